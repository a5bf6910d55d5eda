package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/imaging/dicom"
)

// keptNow is what the page sees of the objects that were made of marks.
type keptNow struct {
	Number  int
	Waiting bool
	Failed  string
	Objects []struct{ Modality, Series, Instance string }
	LeftOut []struct{ ID, Why string }
}

// TestMarksAreKept: what a reader draws becomes objects of the study with the signature, also if the program dies in between; each reader
// finds them, and the read does not take them for late images.
func TestMarksAreKept(t *testing.T) {
	judge := tool(t, "dciodvfy")
	p := startProgram(t, t.TempDir())
	c := newCase(t, p)
	p.signIn("admin").settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"CT": "1s", "": "1s"}}})
	c.imaged(t, 3)
	c.awaitRead()
	at := "/api/readings/" + c.reading
	c.reader.do("POST", at+"/claim", nil)
	c.reader.do("PUT", at+"/report", map[string]any{"technique": "平扫", "findings": "右肺见小结节。", "impression": "右肺小结节。"})
	var m struct{ Version int64 }
	c.reader.call("PUT", at+"/measurements", map[string]any{"version": 0, "items": c.drawn(10)}, &m)
	c.reader.do("POST", at+"/submit", nil)
	p.kill()
	p.start()
	first := c.kept(1)
	if len(first.Objects) != 3 {
		t.Fatalf("%+v", first)
	}
	for _, o := range first.Objects {
		c.judged(t, judge, o.Modality, o.Series, o.Instance)
	}
	// The reviewer signs the same: nothing new is made.
	c.reviewer.do("POST", at+"/take-review", nil)
	c.reviewer.do("POST", at+"/release", nil)
	if again := c.kept(2); again.Objects[0] != first.Objects[0] || len(c.doctor.located()) != 3+3 {
		t.Errorf("%+v after %+v, %d instances", again, first, len(c.doctor.located()))
	}
	var now struct {
		Late    bool
		Images  int
		Addenda []any
	}
	time.Sleep(2500 * time.Millisecond) // longer than a series is waited for
	c.reader.call("GET", at, nil, &now)
	if now.Late || now.Images != 3 || len(now.Addenda) != 0 {
		t.Errorf("the read takes its own objects for late images: %+v", now)
	}
	c.correctedMarks(t, judge, first)
}

// correctedMarks: a correction that draws otherwise makes a second version, which names the first.
func (c *clinicalCase) correctedMarks(t *testing.T, judge string, first keptNow) {
	var task struct{ ID string }
	var now struct{ Version int64 }
	c.reviewer.call("GET", "/api/readings/"+c.reading, nil, &now)
	c.reviewer.call("POST", "/api/readings/"+c.reading+"/recall", map[string]any{"version": now.Version, "reason": "重新测量"}, &task)
	at := "/api/readings/" + task.ID
	c.reviewer.do("POST", at+"/claim", nil)
	c.reviewer.call("PUT", at+"/measurements", map[string]any{"version": 0, "items": c.drawn(12)}, nil)
	c.reviewer.call("POST", at+"/measurements/kept", nil, nil)
	second := c.kept(3)
	if second.Objects[0].Series != first.Objects[0].Series || second.Objects[0].Instance == first.Objects[0].Instance {
		t.Errorf("%+v after %+v", second.Objects, first.Objects)
	}
	d := c.judged(t, judge, "SR", second.Objects[0].Series, second.Objects[0].Instance)
	before := d.First(0x0040A360, dicom.ReferencedSeriesSequence, dicom.ReferencedSOPSequence)
	if got := before.UID(dicom.ReferencedSOPInstanceUID); got != first.Objects[0].Instance {
		t.Errorf("it supersedes %q", got)
	}
}

// drawn are a length, an arrow and a key image on the first picture.
func (c *clinicalCase) drawn(mm float64) []map[string]any {
	mark := func(id, tool string, more map[string]any) map[string]any {
		more["id"], more["tool"], more["series"], more["instance"], more["frame"] = id, tool, c.series, c.instance, 1
		return more
	}
	return []map[string]any{
		mark("6f0f3d0e-7a55-4a0a-8f0e-0f1f5b8e7a01", "Length", map[string]any{
			"points": [][]float64{{0, 0, 0}, {mm, 0, 0}}, "figures": []map[string]any{{"kind": "length", "value": mm, "unit": "mm"}},
			"look": map[string]any{"window": map[string]any{"center": -600, "width": 1500}, "turn": 0},
		}),
		mark("6f0f3d0e-7a55-4a0a-8f0e-0f1f5b8e7a02", "ArrowAnnotate", map[string]any{"points": [][]float64{{0, 0, 0}, {5, 5, 0}}, "label": "结节"}),
		mark("6f0f3d0e-7a55-4a0a-8f0e-0f1f5b8e7a03", "RectangleROI", map[string]any{
			"space": "patient", "frameOfReference": c.frameOfReference(), "viewPlaneNormal": []float64{0, -1, 0}, "viewUp": []float64{0, 0, 1},
			"points":  [][]float64{{0, 4, 0}, {20, 4, 0}, {0, 4, 10}, {20, 4, 10}},
			"figures": []map[string]any{{"kind": "mean", "value": -820.4, "unit": "HU"}, {"kind": "area", "value": 200, "unit": "mm²"}},
		}),
		mark("key-1", "KeyImage", map[string]any{"kind": "key", "points": [][]float64{}, "label": "右上叶"}),
	}
}

// frameOfReference is that of the series.
func (c *clinicalCase) frameOfReference() string {
	c.p.t.Helper()
	file := c.p.instance(c.doctor, "/dicom-web/studies/"+c.study+"/series/"+c.series+"/instances/"+c.instance)
	o, err := dicom.ScanFile(bytes.NewReader(file), dicom.Options{})
	if err != nil {
		c.p.t.Fatal(err)
	}
	return o.Dataset.UID(dicom.FrameOfReferenceUID)
}

// kept waits until a version stands in the archive.
func (c *clinicalCase) kept(number int) (k keptNow) {
	c.p.t.Helper()
	c.p.await("kept", 40*time.Second, func() bool {
		k = keptNow{}
		c.reader.call("GET", "/api/readings/"+c.reading+"/measurements/kept", nil, &k)
		return k.Number == number && !k.Waiting
	})
	if k.Failed != "" {
		c.p.t.Fatal(k.Failed)
	}
	return k
}

// judged fetches an object as the ordering doctor and lets dciodvfy look at it.
func (c *clinicalCase) judged(t *testing.T, judge, modality, series, instance string) *dicom.Dataset {
	t.Helper()
	file := c.p.instance(c.doctor, "/dicom-web/studies/"+c.study+"/series/"+series+"/instances/"+instance)
	path := filepath.Join(t.TempDir(), modality+".dcm")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), judge, path).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Error") {
			t.Errorf("%s: %s", modality, strings.TrimSpace(line))
		}
	}
	o, err := dicom.ScanFile(bytes.NewReader(file), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := o.Dataset
	if d.String(dicom.Modality) != modality || d.PersonName(dicom.PatientName).Ideographic != "欧阳^拂晓" || d.String(dicom.AccessionNumber) != c.accession {
		t.Errorf("%s %s %s", d.String(dicom.Modality), d.String(dicom.PatientName), d.String(dicom.AccessionNumber))
	}
	return d
}
