package imaging_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/preview"
)

// enhanced is one object of many frames at these heights, in millimetres; without any there are no places.
func enhanced(w *world, study, frames int, heights []float64, more func(*dicom.Dataset)) imaging.Previews {
	w.t.Helper()
	x := thing{study: study, series: 1, instance: 1}
	d := x.dataset()
	d.SetInt(dicom.NumberOfFrames, frames)
	d.SetInt(dicom.Rows, 256)
	d.SetInt(dicom.Columns, 256)
	d.SetBytes(dicom.PixelData, dicom.OB, bytes.Repeat([]byte{1, 2, 3, 4}, frames*256*256/4))
	inner := func(macro, tag dicom.Tag, values ...string) *dicom.Dataset {
		group, item := dicom.New("GB18030"), dicom.New("GB18030")
		item.SetString(tag, values...)
		group.SetSequence(macro, item)
		return group
	}
	if heights != nil {
		d.SetSequence(dicom.SharedFunctionalGroupsSequence, inner(dicom.PlaneOrientationSequence, dicom.ImageOrientationPatient, "1", "0", "0", "0", "1", "0"))
		var groups []*dicom.Dataset
		for _, z := range heights {
			groups = append(groups, inner(dicom.PlanePositionSequence, dicom.ImagePositionPatient, "-10", "-10", fmt.Sprint(z)))
		}
		d.SetSequence(dicom.PerFrameFunctionalGroupsSequence, groups...)
	}
	if more != nil {
		more(d)
	}
	b, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.archive.Store(w.t.Context(), actor("north"), x.incoming(), bytes.NewReader(b)); err != nil {
		w.t.Fatal(err)
	}
	return w.previews(imaging.Path{Study: x.studyUID(), Series: yilian.SeriesUID(fmt.Sprint(x.studyUID(), ".1"))})
}

// scintigram makes the frames of an object slices that were made of views, as PS3.3 C.8.4.9.1.1 has it.
func scintigram(d *dicom.Dataset) {
	first := dicom.New("GB18030")
	first.SetString(dicom.ImagePositionPatient, "-10", "-10", "0")
	first.SetString(dicom.ImageOrientationPatient, "1", "0", "0", "0", "1", "0")
	d.SetSequence(0x00540022, first)
	d.SetString(dicom.ImageType, "ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION")
	d.SetString(dicom.SpacingBetweenSlices, "4")
}

// TestPreviewsOfAnEnhancedStack: frames that lie side by side come as slices do, from the middle of the body outward, wherever they stand in
// the file; all others come as they follow one another in time.
func TestPreviewsOfAnEnhancedStack(t *testing.T) {
	w := newWorld(t)
	const frames = 33
	shuffled, doubled := make([]float64, frames), make([]float64, frames)
	for i := range shuffled {
		shuffled[i], doubled[i] = float64(i*7%frames)*2, float64(i/2)
	}
	heights := func(numbers []int) (out []float64) {
		for _, n := range numbers {
			out = append(out, shuffled[n-1])
		}
		return out
	}
	for i, c := range []struct {
		name   string
		places []float64
		more   func(*dicom.Dataset)
		first  []int // nil: by height
	}{
		{name: "a stack", places: shuffled},
		{name: "phases", places: doubled, first: []int{17, 1, 33, 9}},
		{name: "a loop", first: []int{1, 2, 3, 4}},
		{name: "one place", places: make([]float64, frames), first: []int{1, 2, 3, 4}},
		{name: "too few places", places: shuffled[:5], first: []int{1, 2, 3, 4}},
		{name: "slices of a scintigram", more: scintigram, first: []int{17, 33, 1, 25}},
		{name: "a stack that plays", places: shuffled, first: []int{1, 2, 3, 4}, more: func(d *dicom.Dataset) { d.SetString(dicom.FrameTime, "40") }},
	} {
		p := enhanced(w, 10+i, frames, c.places, c.more)
		made, err := p.First(t.Context(), 4)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if c.first != nil && !slices.Equal(made, c.first) {
			t.Errorf("%s: %v come first, not %v", c.name, made, c.first)
		}
		if want := []float64{32, 64, 0, 48}; c.first == nil && !slices.Equal(heights(made), want) {
			t.Errorf("%s: %v come first, not %v", c.name, heights(made), want)
		}
		if err := p.Prepare(t.Context()); err != nil {
			t.Fatal(c.name, err)
		}
		var kept []int
		if err := p.Write(t.Context(), nil, func(record []byte) error {
			picture, err := preview.Parse(record)
			kept = append(kept, picture.Frame)
			return err
		}); err != nil {
			t.Fatal(c.name, err)
		}
		if len(kept) != frames || !slices.Equal(kept[:4], made) {
			t.Errorf("%s: %v are kept", c.name, kept)
		}
	}
}
