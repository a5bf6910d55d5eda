package main

import (
	"testing"

	"yilian"
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
		if (err != nil) != c.refused || err != nil && yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
