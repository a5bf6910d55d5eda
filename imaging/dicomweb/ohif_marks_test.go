package dicomweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/structured"
)

// TestOHIFMeasurements: OHIF takes the measurements of our reports over as measurements of its own tools.
func TestOHIFMeasurements(t *testing.T) {
	playwright := playwrightFolder()
	if playwright == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("playwright-core is not installed: run deploy/web.sh")
		}
		t.Skip("playwright-core is not installed")
	}
	dist := ohifDist(t)
	w := newWorld(t)
	var headers []*dicom.Dataset
	for n := 1; n <= 3; n++ {
		c := quadrants(n)
		headers = append(headers, c.dataset())
		w.put(c.file(t))
	}
	tools := measured(t, w, headers[1])
	server := httptest.NewServer(ohifSite(w, dist))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	shots := t.ArtifactDir()
	cmd := exec.CommandContext(ctx, "node", "testdata/ohif-marks.mjs", server.URL, headers[0].UID(dicom.StudyInstanceUID), shots)
	cmd.Env = append(os.Environ(), "PLAYWRIGHT="+playwright)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var report struct {
		Failure      string
		Errors       []string
		Hydratable   bool
		Shown        int
		Measurements []struct {
			Tool, Label, Instance string
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("screenshots in %s; %s", shots, out)
	if report.Failure != "" || !report.Hydratable || report.Shown != len(tools) {
		t.Fatalf("%s; hydratable %v, %d of %d measurements; %q", report.Failure, report.Hydratable, report.Shown, len(tools), report.Errors)
	}
	var got []string
	for _, m := range report.Measurements {
		got = append(got, m.Tool)
		if m.Instance != headers[1].UID(dicom.SOPInstanceUID) {
			t.Errorf("%s stands on %s", m.Tool, m.Instance)
		}
	}
	slices.Sort(got)
	slices.Sort(tools)
	if !slices.Equal(got, tools) {
		t.Errorf("OHIF drew %v, want %v", got, tools)
	}
}

// measured puts a report with one measurement of each tool on a picture, and answers the tools.
func measured(t *testing.T, w *world, header *dicom.Dataset) (tools []string) {
	t.Helper()
	p := structured.Picture{Modality: "CT", FrameOfReference: header.UID(dicom.FrameOfReferenceUID), Reference: structured.Reference{
		SOPClass: header.UID(dicom.SOPClassUID), Study: yilian.StudyUID(header.UID(dicom.StudyInstanceUID)),
		Series: yilian.SeriesUID(header.UID(dicom.SeriesInstanceUID)), Instance: yilian.InstanceUID(header.UID(dicom.SOPInstanceUID)),
	}}
	region := []structured.Figure{{Kind: "mean", Value: 40, Unit: "HU"}, {Kind: "sd", Value: 9, Unit: "HU"}, {Kind: "max", Value: 80, Unit: "HU"}, {Kind: "area", Value: 400, Unit: "mm²"}}
	set := structured.Set{
		Header: header, Owner: "reader", Observer: structured.Observer{Name: "苏文"}, Language: "zh", Number: 1, Complete: true, At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
	}
	for i, m := range []structured.Mark{
		{Tool: "Length", Points: []structured.Point{{20, 20}, {80, 20}}, Figures: []structured.Figure{{Kind: "length", Value: 60, Unit: "mm"}}, Label: "结节"},
		{Tool: "Bidirectional", Points: []structured.Point{{20, 40}, {80, 40}, {50, 30}, {50, 50}}, Figures: []structured.Figure{{Kind: "length", Value: 60, Unit: "mm"}, {Kind: "width", Value: 20, Unit: "mm"}}},
		{Tool: "Angle", Points: []structured.Point{{20, 60}, {50, 90}, {80, 60}}, Figures: []structured.Figure{{Kind: "angle", Value: 90, Unit: "°"}}},
		{Tool: "CobbAngle", Points: []structured.Point{{100, 20}, {140, 20}, {100, 60}, {140, 50}}, Figures: []structured.Figure{{Kind: "angle", Value: 14, Unit: "°"}}},
		{Tool: "EllipticalROI", Points: []structured.Point{{120, 80}, {120, 120}, {100, 100}, {140, 100}}, Figures: region},
		{Tool: "RectangleROI", Points: []structured.Point{{160, 20}, {200, 20}, {160, 60}, {200, 60}}, Figures: region},
		{Tool: "PlanarFreehandROI", Points: []structured.Point{{160, 80}, {200, 80}, {190, 120}, {165, 115}}, Figures: region},
		{Tool: "Probe", Points: []structured.Point{{180, 180}}, Figures: []structured.Figure{{Kind: "value", Value: 42, Unit: "HU"}}},
		{Tool: "ArrowAnnotate", Points: []structured.Point{{60, 180}, {80, 200}}, Label: "磨玻璃影"},
	} {
		m.ID, m.Picture = "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a0"+string(rune('1'+i)), p
		set.Marks = append(set.Marks, m)
		tools = append(tools, m.Tool)
	}
	o, ok, err := set.Report()
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	w.put(part10(t, o.Dataset))
	return tools
}
