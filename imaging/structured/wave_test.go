package structured

import (
	"math"
	"slices"
	"testing"

	"yilian/imaging/dicom"
)

const ecgClass = "1.2.840.10008.5.1.4.1.1.9.1.1"

// recording is the header of an ECG: ten seconds of three channels, coded as today, as before, and in words of its maker's.
func recording() *dicom.Dataset {
	d := dicom.New("ISO_IR 192")
	w := d.NewItem()
	w.SetInt(dicom.NumberOfWaveformSamples, 5000)
	w.SetFloat(dicom.SamplingFrequency, 500)
	var channels []*dicom.Dataset
	for _, c := range []Code{{"2:2", "MDC", "MDC_ECG_LEAD_II"}, {"5.6.3-9-63", "SCPECG", "aVL"}, {"X9", "99MAKER", "Back"}, {}} {
		channel := w.NewItem()
		channel.SetSequence(dicom.ChannelSourceSequence, c.item(channel))
		channels = append(channels, channel)
	}
	w.SetSequence(dicom.ChannelDefinitionSequence, channels...)
	d.SetSequence(dicom.WaveformSequence, w)
	return d
}

// waves is a set of calipers on an ECG, one of which says no number.
func waves() Set {
	p := Picture{Reference: Reference{ecgClass, study, "1.2.3.4", "1.2.3.4.1"}, Modality: "ECG"}
	on := func(channel int, moments ...float64) *Wave {
		return &Wave{Channel: [2]int{1, channel}, Moments: moments}
	}
	two, left := LeadOf(recording(), [2]int{1, 1}), LeadOf(recording(), [2]int{1, 2})
	s := every()
	s.Keys, s.Looks = nil, nil
	s.Marks = []Mark{
		{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7b01", Tool: "EcgInterval", Picture: p, Wave: on(1, 1.2, 1.62), Site: two, Label: "QT", Figures: []Figure{{"time", 420, "ms"}}},
		{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7b02", Tool: "EcgHeight", Picture: p, Wave: on(2, 2.304), Site: left, Figures: []Figure{{"voltage", 1.2, "mV"}}},
		{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7b03", Tool: "EcgMarch", Picture: p, Wave: on(1, 0.123456, 0.967456), Site: two, Figures: []Figure{{"time", 844, "ms"}, {"rate", 71, "bpm"}}},
		{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7b04", Tool: "EcgInterval", Picture: p, Wave: on(3, 4, 4.5)},
	}
	return s
}

func TestPlacesOnAWaveform(t *testing.T) {
	for name, c := range map[string]struct {
		channel [2]int
		moments []float64
		want    []float64 // nil: refused
	}{
		"a span":           {[2]int{1, 2}, []float64{1.5, 0.25}, []float64{0.25, 1.5}},
		"one moment":       {[2]int{1, 1}, []float64{2, 2}, []float64{2}},
		"over the end":     {[2]int{1, 1}, []float64{9.9, 10.2}, []float64{9.9, 10.2}},
		"behind the end":   {[2]int{1, 1}, []float64{10.1, 10.2}, nil},
		"no such channel":  {[2]int{1, 5}, []float64{1}, nil},
		"no such group":    {[2]int{2, 1}, []float64{1}, nil},
		"no channel":       {[2]int{}, []float64{1}, nil},
		"below the first":  {[2]int{-1, -1}, []float64{1}, nil},
		"before the start": {[2]int{1, 1}, []float64{-0.001, 1}, nil},
		"not a number":     {[2]int{1, 1}, []float64{math.NaN(), 1}, nil},
		"endless":          {[2]int{1, 1}, []float64{1, math.Inf(1)}, nil},
		"nowhere":          {[2]int{1, 1}, nil, nil},
	} {
		w, err := WaveOf(recording(), c.channel, c.moments...)
		if (err != nil) != (c.want == nil) || w != nil && !slices.Equal(w.Moments, c.want) {
			t.Errorf("%s: %+v %v", name, w, err)
		}
	}
	if w, err := WaveOf(header(), [2]int{1, 1}, 1); err == nil {
		t.Errorf("a place on what has no waveform: %+v", w)
	}
}

func TestLeads(t *testing.T) {
	for channel, want := range map[int]*Code{
		1: {"2:2", "MDC", "Lead II"}, 2: {"2:63", "MDC", "aVL, augmented voltage, left"}, 3: {"X9", "99MAKER", "Back"}, 4: nil, 5: nil,
	} {
		got := LeadOf(recording(), [2]int{1, channel})
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("channel %d: %v", channel, got)
		}
	}
}

// TestWavesAreNoPictures: a waveform stands in no image library and has no look, and is evidence all the same.
func TestWavesAreNoPictures(t *testing.T) {
	has := func(s Set) (library bool) {
		report := s.objects(t)[0].Dataset
		for _, item := range report.Sequence(dicom.ContentSequence) {
			if item.First(dicom.ConceptNameCodeSequence).String(dicom.CodeValue) != imageLibrary.Value {
				continue
			}
			library = true
			for _, in := range item.First(dicom.ContentSequence).Sequence(dicom.ContentSequence) {
				if in.First(dicom.ReferencedSOPSequence).UID(dicom.ReferencedSOPClassUID) == ecgClass {
					t.Error("a waveform is among the images")
				}
			}
		}
		named := report.First(evidenceSequence).Sequence(dicom.ReferencedSeriesSequence)
		if !slices.ContainsFunc(named, func(d *dicom.Dataset) bool {
			return d.First(dicom.ReferencedSOPSequence).UID(dicom.ReferencedSOPInstanceUID) == "1.2.3.4.1"
		}) {
			t.Error("the waveform is no evidence")
		}
		return library
	}
	if all := waves().objects(t); len(all) != 1 || has(waves()) {
		t.Errorf("%d objects of calipers alone", len(all))
	}
	if s := mixed(); len(s.objects(t)) != len(every().objects(t)) || !has(s) {
		t.Error("calipers beside marks on pictures")
	}
	nowhere := waves()
	nowhere.Marks = []Mark{{Tool: "EcgHeight", Picture: nowhere.Marks[0].Picture, Wave: &Wave{Channel: [2]int{1, 1}}}}
	if all := nowhere.objects(t); len(all) != 0 {
		t.Errorf("%d objects of a mark without a moment", len(all))
	}
}

// mixed has marks on pictures and on waveforms.
func mixed() Set {
	s := every()
	s.Marks = append(s.Marks, waves().Marks...)
	return s
}

func TestTheSameCalipersAgain(t *testing.T) {
	one, two := waves().objects(t)[0], waves().objects(t)[0]
	if one.Digest != two.Digest || one.Reference() != two.Reference() {
		t.Error("calipers differ when they are kept again")
	}
	moved := waves()
	moved.Marks[0].Wave.Moments[1] += 0.002
	other := waves()
	other.Marks[0].Wave.Channel[1] = 2
	for _, s := range []Set{moved, other} {
		if s.objects(t)[0].Digest == one.Digest {
			t.Error("a caliper that was moved is not told")
		}
	}
}
