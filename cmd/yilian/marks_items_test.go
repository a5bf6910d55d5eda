package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"yilian/consult/reading"
	"yilian/imaging/dicom"
	"yilian/imaging/phantom"
	"yilian/imaging/structured"
)

// TestMarksInThePatientNeedTheirFrameOfReference: a place on a reconstructed plane is one only in the series' frame of reference.
func TestMarksInThePatientNeedTheirFrameOfReference(t *testing.T) {
	for _, c := range []struct {
		space, within, series string
		refused               bool
	}{
		{"", "", "", false},
		{"patient", "1.2.3", "1.2.3", false},
		{"patient", "1.2.3", "1.2.4", true},
		{"patient", "", "", true},
	} {
		m := markItem{Space: c.space, Within: c.within}
		err := m.placed(structured.Picture{FrameOfReference: c.series})
		if (err != nil) != c.refused {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestCalipersOnAWaveform: what the page keeps of them lies on a channel that the file has, at moments of it; all else is refused.
func TestCalipersOnAWaveform(t *testing.T) {
	var header *dicom.Dataset
	for o, err := range phantom.Study(phantom.ECG, phantom.Options{Seed: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		scanned, err := dicom.ScanFile(bytes.NewReader(o.File), dicom.Options{})
		if err != nil {
			t.Fatal(err)
		}
		header = scanned.Dataset
	}
	for name, c := range map[string]struct {
		item string
		want []float64 // nil: refused
	}{
		"interval":            {`{"tool":"EcgInterval","points":[[1.2,0],[1.62,0.4]],"channel":[1,2]}`, []float64{1.2, 1.62}},
		"drawn to the left":   {`{"tool":"EcgMarch","points":[[1.62,0],[1.2,0]],"channel":[1,12],"rhythm":true}`, []float64{1.2, 1.62}},
		"height":              {`{"tool":"EcgHeight","points":[[1.2,0],[1.2,1.1]],"channel":[1,1]}`, []float64{1.2}},
		"one end":             {`{"tool":"EcgHeight","points":[[1.2,0]],"channel":[1,1]}`, nil},
		"no ends":             {`{"tool":"EcgInterval","channel":[1,1]}`, nil},
		"an end that is none": {`{"tool":"EcgInterval","points":[[1.2,0],[]],"channel":[1,1]}`, nil},
		"before the start":    {`{"tool":"EcgInterval","points":[[-1,0],[1,0]],"channel":[1,1]}`, nil},
		"a channel too many":  {`{"tool":"EcgInterval","points":[[1,0],[2,0]],"channel":[1,13]}`, nil},
		"a group too many":    {`{"tool":"EcgInterval","points":[[1,0],[2,0]],"channel":[2,1]}`, nil},
		"no channel":          {`{"tool":"EcgInterval","points":[[1,0],[2,0]]}`, nil},
	} {
		var m markItem
		if err := json.Unmarshal([]byte(c.item), &m); err != nil {
			t.Fatal(name, err)
		}
		mark, err := m.mark(structured.Picture{}, header)
		if c.want == nil {
			if err == nil {
				t.Errorf("%s: %+v", name, mark.Wave)
			}
			continue
		}
		if err != nil || !slices.Equal(mark.Wave.Moments, c.want) || len(mark.Points)+len(mark.World) > 0 || mark.Site == nil {
			t.Errorf("%s: %+v %v", name, mark, err)
		}
	}
}

// TestMarksThatAreNone are left out by their name, or else by their place; the others stay.
func TestMarksThatAreNone(t *testing.T) {
	order := reading.Keeping{}
	for _, raw := range []string{
		`{"id":"a","instance":"1.2","tool":"EcgHeight","points":[[1e999,0]]}`, `{"id":"b","instance":"1.2","tool":"Length"}`,
		`{"instance":"1.2","tool":"EcgHeight","channel":"II"}`,
	} {
		order.Items = append(order.Items, json.RawMessage(raw))
	}
	items, leftOut := markItems(order)
	if len(items) != 1 || items[0].ID != "b" || len(leftOut) != 2 || leftOut[0].ID != "a" || leftOut[1].ID != "#3" || leftOut[1].Why == "" {
		t.Errorf("%+v, without %+v", items, leftOut)
	}
}
