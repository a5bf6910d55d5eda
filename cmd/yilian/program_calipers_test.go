package main

import (
	"slices"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/phantom"
)

// TestCalipersAreKept: what a reader measures on an ECG becomes a report of its study, with its moments and its channel, and nothing else; what
// lies outside the file is left out and named, all of it is refused, and neither keeps anybody from signing.
func TestCalipersAreKept(t *testing.T) {
	judge := tool(t, "dciodvfy")
	p := startProgram(t, t.TempDir())
	c := newCase(t, p)
	c.reader, c.reviewer = p.signIn("xindian"), p.signIn("xindian2")
	p.signIn("admin").settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"ECG": "1s", "": "1s"}}})
	c.examined(t, "ECG", "", "十二导联心电图", phantom.ECG, 0)
	c.awaitRead()
	at := "/api/readings/" + c.reading
	c.reader.do("POST", at+"/claim", nil)
	c.reader.do("PUT", at+"/report", map[string]any{"technique": "十二导联", "findings": "窦性心律。", "impression": "正常心电图。"})
	var m struct{ Version int64 }
	c.reader.call("PUT", at+"/measurements", map[string]any{"version": 0, "items": c.calipers(13)}, &m)
	c.reader.call("POST", at+"/measurements/kept", nil, nil)
	p.await("a refusal", 20*time.Second, func() bool {
		var k keptNow
		c.reader.call("GET", at+"/measurements/kept", nil, &k)
		return k.Failed != "" && len(k.Objects) == 0
	})
	c.reader.call("PUT", at+"/measurements", map[string]any{"version": m.Version, "items": append(c.calipers(2), c.astray()...)}, &m)
	c.reader.do("POST", at+"/submit", nil)
	first := c.kept(1)
	if len(first.Objects) != 1 || first.Objects[0].Modality != "SR" {
		t.Fatalf("%+v", first)
	}
	if len(first.LeftOut) != 3 || first.LeftOut[0].ID != "behind" || first.LeftOut[1].ID != "elsewhere" || first.LeftOut[2].ID != "endless" {
		t.Errorf("left out: %+v", first.LeftOut)
	}
	c.foundCalipers(t, c.judged(t, judge, "SR", first.Objects[0].Series, first.Objects[0].Instance))
	c.reviewer.do("POST", at+"/take-review", nil)
	c.reviewer.do("POST", at+"/release", nil)
	if again := c.kept(2); again.Objects[0] != first.Objects[0] || len(c.doctor.located()) != 2 {
		t.Errorf("%+v after %+v, %d instances", again, first, len(c.doctor.located()))
	}
}

// astray are what another client might have measured: behind the end of the recording, on a channel that it does not have, and without an end.
func (c *clinicalCase) astray() []map[string]any {
	caliper := func(id string, channel int, points ...any) map[string]any {
		return map[string]any{
			"id": id, "tool": "EcgInterval", "series": c.series, "instance": c.instance, "frame": 1, "points": points, "channel": []int{1, channel},
		}
	}
	at := func(s float64) []float64 { return []float64{s, 0} }
	return []map[string]any{caliper("behind", 2, at(900), at(901)), caliper("elsewhere", 13, at(1), at(2)), caliper("endless", 2, at(1))}
}

// calipers are one of each kind on a channel of the recording.
func (c *clinicalCase) calipers(channel int) []map[string]any {
	caliper := func(id, tool string, points [][]float64, figures ...map[string]any) map[string]any {
		return map[string]any{
			"id": "6f0f3d0e-7a55-4a0a-8f0e-0f1f5b8e7b" + id, "tool": tool, "series": c.series, "instance": c.instance, "frame": 1,
			"points": points, "lead": "II", "channel": []int{1, channel}, "figures": figures,
		}
	}
	figure := func(kind string, value float64, unit string) map[string]any {
		return map[string]any{"kind": kind, "value": value, "unit": unit}
	}
	return []map[string]any{
		caliper("01", "EcgInterval", [][]float64{{1.2, 0}, {1.62, 0.1}}, figure("time", 420, "ms"), figure("rate", 143, "bpm")),
		caliper("02", "EcgHeight", [][]float64{{2.304, 0}, {2.304, 1.2}}, figure("voltage", 1.2, "mV")),
		caliper("03", "EcgMarch", [][]float64{{4.2, 0}, {3.36, 0}}, figure("time", 840, "ms"), figure("rate", 71, "bpm")),
	}
}

// foundCalipers looks for them in the report as it came back.
func (c *clinicalCase) foundCalipers(t *testing.T, report *dicom.Dataset) {
	t.Helper()
	evidence := report.First(0x0040A375, dicom.ReferencedSeriesSequence)
	if got := evidence.First(dicom.ReferencedSOPSequence).UID(dicom.ReferencedSOPInstanceUID); got != c.instance || evidence.UID(dicom.SeriesInstanceUID) != c.series {
		t.Errorf("the evidence is %q", got)
	}
	var moments [][]float64
	var visit func(d *dicom.Dataset)
	visit = func(d *dicom.Dataset) {
		for _, item := range d.Sequence(dicom.ContentSequence) {
			if item.String(dicom.ValueType) == "TCOORD" {
				moments = append(moments, item.Floats(0x0040A138))
				wave := item.First(dicom.ContentSequence, dicom.ReferencedSOPSequence)
				if wave.UID(dicom.ReferencedSOPInstanceUID) != c.instance || !slices.Equal(wave.Ints(dicom.ReferencedWaveformChannels), []int{1, 2}) {
					t.Errorf("selected from channel %v", wave.Ints(dicom.ReferencedWaveformChannels))
				}
			}
			visit(item)
		}
	}
	visit(report)
	want := [][]float64{{1.2, 1.62}, {1.2, 1.62}, {2.304}, {3.36, 4.2}, {3.36, 4.2}}
	if !slices.EqualFunc(moments, want, slices.Equal) {
		t.Errorf("moments %v", moments)
	}
}
