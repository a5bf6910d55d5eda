package structured

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"yilian/imaging/dicom"
)

// Attributes of places in time (PS3.3 C.18.7).
const (
	temporalRange dicom.Tag = 0x0040A130
	timeOffsets   dicom.Tag = 0x0040A138
)

// Wave is where a mark lies on a waveform.
type Wave struct {
	// Channel is the item of the Waveform Sequence and the channel in it, both from 1 (PS3.3 C.18.5).
	Channel [2]int
	// Moments are seconds from the start of the data: one, or the first and the last of a span.
	Moments []float64
}

// WaveOf is a place on a waveform with this header: on a channel that it has, at moments that are some. They stand in the order of time, each once.
func WaveOf(header *dicom.Dataset, channel [2]int, moments ...float64) (*Wave, error) {
	in, _, err := channelOf(header, channel)
	if err != nil {
		return nil, err
	}
	if len(moments) == 0 {
		return nil, fmt.Errorf("a place on a waveform needs a moment")
	}
	for _, s := range moments {
		if math.IsNaN(s) || math.IsInf(s, 0) || s < 0 {
			return nil, fmt.Errorf("%g s is no moment of a waveform", s)
		}
	}
	at := slices.Clone(moments)
	slices.Sort(at)
	samples, known := in.Int(dicom.NumberOfWaveformSamples)
	if rate, ok := in.Float(dicom.SamplingFrequency); ok && known && rate > 0 && at[0] > float64(samples)/rate {
		return nil, fmt.Errorf("%g s is behind the end of the waveform", at[0])
	}
	return &Wave{Channel: channel, Moments: slices.Compact(at)}, nil
}

// channelOf finds the group of a channel and its definition.
func channelOf(header *dicom.Dataset, channel [2]int) (in, definition *dicom.Dataset, err error) {
	if in = group(header.Sequence(dicom.WaveformSequence), channel[0]-1); in != nil {
		definition = group(in.Sequence(dicom.ChannelDefinitionSequence), channel[1]-1)
	}
	if definition == nil {
		return nil, nil, fmt.Errorf("the waveform has no channel %d of group %d", channel[1], channel[0])
	}
	return in, definition, nil
}

// limbAndChest are the leads of a standard ECG by their numbers in PS3.16 CID 3001, which are those of SCP-ECG.
var limbAndChest = map[string]string{
	"1": "Lead I", "2": "Lead II", "61": "Lead III", "62": "aVR, augmented voltage, right", "63": "aVL, augmented voltage, left",
	"64": "aVF, augmented voltage, foot", "3": "Lead V1", "4": "Lead V2", "5": "Lead V3", "6": "Lead V4", "7": "Lead V5", "8": "Lead V6",
}

// LeadOf is the lead of a channel: as the file codes it, in the present code where it has that of before; nil where it does not say.
func LeadOf(header *dicom.Dataset, channel [2]int) *Code {
	_, definition, err := channelOf(header, channel)
	if err != nil {
		return nil
	}
	source := definition.First(dicom.ChannelSourceSequence)
	c := Code{source.String(dicom.CodeValue), source.String(dicom.CodingSchemeDesignator), source.String(dicom.CodeMeaning)}
	if c.Value == "" || c.Scheme == "" || c.Meaning == "" {
		return nil
	}
	partition := map[string]string{"MDC": "2:", "SCPECG": "5.6.3-9-"}[c.Scheme]
	if number, ok := strings.CutPrefix(c.Value, partition); ok && partition != "" && limbAndChest[number] != "" {
		return &Code{"2:" + number, "MDC", limbAndChest[number]}
	}
	return &c
}

// moments is a TCOORD with the channel that it was selected from (PS3.3 C.18.7, PS3.16 TID 321).
func (c content) moments(relation string, name Code, m Mark) *dicom.Dataset {
	d := c.item(relation, "TCOORD", name)
	kind := "POINT"
	if len(m.Wave.Moments) > 1 {
		kind = "SEGMENT"
	}
	d.SetString(temporalRange, kind)
	d.SetString(timeOffsets, offsets(m.Wave.Moments)...)
	w := c.item(selectedFrom, "WAVEFORM", Code{})
	sop := m.Picture.Reference.sop(w)
	sop.SetInt(dicom.ReferencedWaveformChannels, m.Wave.Channel[:]...)
	w.SetSequence(dicom.ReferencedSOPSequence, sop)
	d.SetSequence(dicom.ContentSequence, w)
	return d
}

// offsets are seconds to the microsecond: no electrocardiograph samples faster, and the text of a DS holds them.
func offsets(seconds []float64) (out []string) {
	for _, s := range seconds {
		out = append(out, dicom.FormatDS(math.Round(s*1e6)/1e6))
	}
	return out
}
