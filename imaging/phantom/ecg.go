package phantom

import (
	"encoding/binary"
	"iter"
	"math"

	"yilian/imaging/dicom"
)

const (
	ecg12LeadStorage = "1.2.840.10008.5.1.4.1.1.9.1.1"

	ecgRate        = 500  // Hz
	ecgSeconds     = 10   // length
	ecgSensitivity = 2.5  // µV of one step
	ecgHeartRate   = 72.0 // beats a minute, unless another is asked for
)

// lead is a channel: its name and code (PS3.16 CID 3001), and the heights of its waves in mV.
type lead struct {
	name, code    string
	p, q, r, s, t float64
	stInferior    float64 // share of an inferior elevation, negative where it mirrors
}

// ecgLeads are those measured; III and the augmented leads follow from I and II (Einthoven, Goldberger).
var ecgLeads = []lead{
	{"Lead I (Einthoven)", "2:1", 0.09, -0.04, 0.72, -0.12, 0.22, -0.55},
	{"Lead II", "2:2", 0.14, -0.06, 1.15, -0.16, 0.32, 0.9},
	{name: "Lead III", code: "2:61"},
	{name: "aVR, augmented voltage, right", code: "2:62"},
	{name: "aVL, augmented voltage, left", code: "2:63"},
	{name: "aVF, augmented voltage, foot", code: "2:64"},
	{"Lead V1", "2:3", 0.05, 0, 0.22, -0.92, -0.08, -0.3},
	{"Lead V2", "2:4", 0.06, 0, 0.48, -1.35, 0.42, -0.45},
	{"Lead V3", "2:5", 0.07, -0.02, 0.85, -0.92, 0.48, -0.3},
	{"Lead V4", "2:6", 0.08, -0.06, 1.42, -0.48, 0.45, 0},
	{"Lead V5", "2:7", 0.08, -0.08, 1.25, -0.22, 0.36, 0.15},
	{"Lead V6", "2:8", 0.08, -0.08, 0.95, -0.1, 0.28, 0.25},
}

// ecg is a resting 12-lead ECG in sinus rhythm; with the finding, ST elevation in II, III and aVF.
func ecg(s *study) iter.Seq[*dicom.Dataset] {
	return func(yield func(*dicom.Dataset) bool) {
		d := s.dataset(header{class: ecg12LeadStorage, modality: "ECG", series: 1, number: 1, study: "静息十二导联心电图", description: "十二导联 10秒", model: "YL-ECG 12"})
		d.SetString(dicom.AcquisitionDateTime, s.Time.Format("20060102150405"))
		d.SetSequence(dicom.AcquisitionContextSequence)
		d.SetSequence(dicom.WaveformSequence, multiplex(d, s.leads()))
		d.SetSequence(dicom.WaveformAnnotationSequence, s.annotations(d)...)
		yield(d)
	}
}

// leads makes the samples of all channels in mV.
func (s *study) leads() [][]float64 {
	n := ecgRate * ecgSeconds
	var beats []float64
	for t := 0.32; t < ecgSeconds+0.4; {
		beats = append(beats, t)
		breath := 0.03 * math.Sin(2*math.Pi*t/4.1)
		t += 60/s.HeartRate*(1+breath) + 0.006*s.rng.NormFloat64()
	}
	out := make([][]float64, len(ecgLeads))
	for c, l := range ecgLeads {
		out[c] = make([]float64, n)
		if l.r == 0 {
			continue
		}
		drift, phase := 0.03+0.03*s.rng.Float64(), 6*s.rng.Float64()
		for i := range n {
			t := float64(i) / ecgRate
			v := drift*math.Sin(2*math.Pi*0.24*t+phase) + 0.008*s.rng.NormFloat64()
			for _, b := range beats {
				if d := t - b; d > -0.4 && d < 0.6 {
					v += l.wave(d, s.Finding)
				}
			}
			out[c][i] = v
		}
	}
	for i := range n {
		one, two := out[0][i], out[1][i]
		out[2][i] = two - one
		out[3][i] = -(one + two) / 2
		out[4][i] = one - two/2
		out[5][i] = two - one/2
	}
	return out
}

// wave gives the voltage at a time from the R wave.
func (l lead) wave(t float64, finding bool) float64 {
	bump := func(at, width, height float64) float64 {
		d := (t - at) / width
		return height * math.Exp(-d*d/2)
	}
	v := bump(-0.16, 0.022, l.p) + bump(-0.026, 0.008, l.q) + bump(0, 0.0105, l.r) + bump(0.028, 0.0105, l.s)
	v += bump(0.25, 0.045, l.t*0.9) + bump(0.3, 0.035, l.t*0.35)
	if finding {
		v += l.stInferior * (bump(0.11, 0.05, 0.28) + bump(0.19, 0.06, 0.3))
	}
	return v
}

// multiplex makes the waveform item (PS3.3 C.10.9).
func multiplex(d *dicom.Dataset, channels [][]float64) *dicom.Dataset {
	n := len(channels[0])
	w := d.NewItem()
	w.SetString(dicom.WaveformOriginality, "ORIGINAL")
	w.SetInt(dicom.NumberOfWaveformChannels, len(channels))
	w.SetInt(dicom.NumberOfWaveformSamples, n)
	w.SetFloat(dicom.SamplingFrequency, ecgRate)
	w.SetString(dicom.MultiplexGroupLabel, "RHYTHM")
	definitions := make([]*dicom.Dataset, 0, len(channels))
	for _, l := range ecgLeads {
		definitions = append(definitions, definition(d, l))
	}
	w.SetSequence(dicom.ChannelDefinitionSequence, definitions...)
	w.SetInt(dicom.WaveformBitsAllocated, 16)
	w.SetString(dicom.WaveformSampleInterpretation, "SS")
	data := make([]byte, 0, 2*n*len(channels))
	for i := range n {
		for _, c := range channels {
			data = binary.LittleEndian.AppendUint16(data, uint16(int16(math.Round(c[i]*1000/ecgSensitivity))))
		}
	}
	w.SetBytes(dicom.WaveformData, dicom.OW, data)
	return w
}

func definition(d *dicom.Dataset, l lead) *dicom.Dataset {
	c := d.NewItem()
	c.SetSequence(dicom.ChannelSourceSequence, code(d, l.code, "MDC", l.name))
	c.SetFloat(dicom.ChannelSensitivity, ecgSensitivity)
	c.SetSequence(dicom.ChannelSensitivityUnitsSequence, code(d, "uV", "UCUM", "microvolt"))
	c.SetFloat(dicom.ChannelSensitivityCorrectionFactor, 1)
	c.SetFloat(dicom.ChannelBaseline, 0)
	c.SetFloat(dicom.ChannelSampleSkew, 0)
	c.SetInt(dicom.WaveformBitsStored, 16)
	c.SetFloat(dicom.FilterLowFrequency, 0.05)
	c.SetFloat(dicom.FilterHighFrequency, 150)
	return c
}

// annotations are what the device says it measured (PS3.3 C.10.10).
func (s *study) annotations(d *dicom.Dataset) []*dicom.Dataset {
	value := func(name, meaning, unit, unitMeaning string, v float64) *dicom.Dataset {
		a := d.NewItem()
		a.SetInt(dicom.ReferencedWaveformChannels, 1, 0)
		a.SetSequence(dicom.ConceptNameCodeSequence, code(d, name, "MDC", meaning))
		a.SetSequence(dicom.MeasurementUnitsCodeSequence, code(d, unit, "UCUM", unitMeaning))
		a.SetFloat(dicom.NumericValue, v)
		return a
	}
	text := d.NewItem()
	text.SetInt(dicom.ReferencedWaveformChannels, 1, 0)
	verdict := "窦性心律，心电图未见明显异常（体模）"
	if s.Finding {
		verdict = "窦性心律，II、III、aVF导联ST段抬高（体模）"
	}
	text.SetString(dicom.UnformattedTextValue, verdict)
	return []*dicom.Dataset{
		value("2:16020", "Heart Rate", "{H.B.}/min", "heart beats per minute", s.HeartRate),
		value("2:15872", "PR Interval", "ms", "millisecond", 172),
		value("2:16156", "QRS Duration", "ms", "millisecond", 92),
		value("2:16160", "QT Interval", "ms", "millisecond", 388),
		text,
	}
}
