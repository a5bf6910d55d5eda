package pixel

import (
	"image"
	"image/color"
	"slices"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
)

func words(v ...uint16) []byte {
	var b []byte
	for _, w := range v {
		b = append(b, byte(w), byte(w>>8))
	}
	return b
}

// TestSupplementalPalette: values from the first mapped on are colours, those below stay grey (PS3.3 C.7.6.19).
func TestSupplementalPalette(t *testing.T) {
	for presentation, want := range map[string][]color.RGBA{
		"COLOR":      {{0, 0, 0, 255}, {128, 128, 128, 255}, {10, 20, 30, 255}, {40, 50, 60, 255}, {255, 255, 255, 255}},
		"MONOCHROME": {{0, 0, 0, 255}, {128, 128, 128, 255}, {255, 255, 255, 255}, {255, 255, 255, 255}, {255, 255, 255, 255}},
	} {
		im, f := build(t, 1, 5, []uint16{0, 50, 1000, 1001, 1002}, func(d *dicom.Dataset) {
			d.SetString(pixelPresentation, presentation)
			d.SetFloat(dicom.WindowCenter, 50)
			d.SetFloat(dicom.WindowWidth, 100)
			for i, c := range []struct{ descriptor, data dicom.Tag }{
				{dicom.RedPaletteColorLookupTableDescriptor, dicom.RedPaletteColorLookupTableData},
				{dicom.GreenPaletteColorLookupTableDescriptor, dicom.GreenPaletteColorLookupTableData},
				{dicom.BluePaletteColorLookupTableDescriptor, dicom.BluePaletteColorLookupTableData},
			} {
				d.SetInt(c.descriptor, 2, 1000, 16)
				d.SetBytes(c.data, dicom.OW, words(uint16(10*(i+1))<<8, uint16(10*(i+4))<<8))
			}
		})
		im.Windows[0].Function = LinearExact
		img, err := im.Render(f, RenderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for x, c := range want {
			if got := color.RGBAModel.Convert(img.At(x, 0)); got != c {
				t.Errorf("%s: pixel %d is %v, want %v", presentation, x, got, c)
			}
		}
	}
}

// TestDeepColour shows the highest of the stored bits, and inks.
func TestDeepColour(t *testing.T) {
	cases := []struct {
		photometric string
		samples     int
		allocated   int
		stored      int
		data        []byte
		want        color.RGBA
	}{
		{"RGB", 3, 16, 16, words(0xFF00, 0x8000, 0x00FF), color.RGBA{255, 128, 0, 255}},
		{"RGB", 3, 16, 12, words(0xFF0, 0x800, 0x00F), color.RGBA{255, 128, 0, 255}},
		{"RGB", 3, 8, 5, []byte{31, 16, 0}, color.RGBA{248, 128, 0, 255}},
		{"RGB", 3, 32, 32, []byte{0, 0, 0, 200, 0, 0, 0, 100, 0, 0, 0, 50}, color.RGBA{200, 100, 50, 255}},
		{"YBR_FULL", 3, 16, 16, words(0xFF00, 0x8000, 0x8000), color.RGBA{255, 255, 255, 255}},
		{"YBR_RCT", 3, 8, 8, []byte{1, 2, 3}, color.RGBA{1, 2, 3, 255}},
		{"YBR_ICT", 3, 8, 8, []byte{1, 2, 3}, color.RGBA{1, 2, 3, 255}},
		{"ARGB", 4, 8, 8, []byte{9, 1, 2, 3}, color.RGBA{1, 2, 3, 255}},
		{"CMYK", 4, 8, 8, []byte{0, 255, 128, 51}, color.RGBA{204, 0, 101, 255}},
	}
	for _, c := range cases {
		im := describe(t, dicom.ExplicitVRLittleEndian, 1, 1, c.samples, c.allocated, c.stored, c.photometric)
		f, err := im.Decode(c.data, 0)
		if err != nil {
			t.Fatal(err)
		}
		img, err := im.Render(f, RenderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := img.(*image.RGBA).RGBAAt(0, 0); got != c.want {
			t.Errorf("%s of %d bits: %v, want %v", c.photometric, c.stored, got, c.want)
		}
	}
}

// TestSegmentedBytes: a table of 8-bit entries has segments of bytes, with offsets of four.
func TestSegmentedBytes(t *testing.T) {
	d := dicom.New("")
	tag := dicom.SegmentedRedPaletteColorLookupTableData
	for _, c := range []struct{ data, want []byte }{
		{[]byte{0, 2, 5, 9, 1, 2, 19}, []byte{5, 9, 14, 19}},
		{[]byte{0, 1, 7, 1, 1, 9, 2, 2, 0, 0, 0, 0}, []byte{7, 9, 7, 9}},
		{[]byte{0, 1, 7, 2, 1, 200, 0, 0, 0}, nil},
		{[]byte{0, 1, 7, 2, 1, 0}, nil},
	} {
		d.SetBytes(tag, dicom.OW, c.data)
		got := newSegmented(d, d.Get(tag), 8).expand(4)
		if !slices.EqualFunc(got, c.want, func(a uint16, b byte) bool { return a == uint16(b) }) {
			t.Errorf("%v: %v, want %v", c.data, got, c.want)
		}
	}
}

func TestPalette(t *testing.T) {
	plain := func(d *dicom.Dataset) {
		for i, desc := range []dicom.Tag{dicom.RedPaletteColorLookupTableDescriptor, dicom.GreenPaletteColorLookupTableDescriptor, dicom.BluePaletteColorLookupTableDescriptor} {
			d.SetInt(desc, 3, 10, 16)
			d.SetBytes([]dicom.Tag{dicom.RedPaletteColorLookupTableData, dicom.GreenPaletteColorLookupTableData, dicom.BluePaletteColorLookupTableData}[i], dicom.OW,
				words(0, uint16(0x4000*(i+1)), 0xFFFF))
		}
	}
	im, f := build8(t, "PALETTE COLOR", 1, 0, []byte{11, 200}, plain)
	img, err := im.Render(f, RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := img.(*image.RGBA).RGBAAt(0, 0), img.(*image.RGBA).RGBAAt(1, 0); a != (color.RGBA{0x40, 0x80, 0xC0, 255}) || b != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("%v and %v", a, b)
	}
	im, f = build8(t, "PALETTE COLOR", 1, 0, []byte{0, 1}, nil)
	if _, err := im.Render(f, RenderOptions{}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("without a palette: %v", err)
	}
}

// TestSegments expands the example forms of PS3.3 C.7.9.2.
func TestSegments(t *testing.T) {
	cases := []struct {
		words []uint16
		count int
		want  []uint16
	}{
		{[]uint16{0, 3, 5, 6, 7}, 3, []uint16{5, 6, 7}},
		{[]uint16{0, 1, 0, 1, 4, 100}, 5, []uint16{0, 25, 50, 75, 100}},
		{[]uint16{0, 2, 1, 2, 2, 1, 0, 0}, 4, []uint16{1, 2, 1, 2}},
		{[]uint16{0, 1, 0, 1, 2, 10, 2, 1, 6, 0}, 5, []uint16{0, 5, 10, 10, 10}},
		{[]uint16{0, 9, 1}, 9, nil},
		{[]uint16{1, 4, 100}, 4, nil},
		{[]uint16{7, 4, 100}, 4, nil},
		{[]uint16{0, 1, 0, 2, 1, 999, 0}, 4, nil},
	}
	for _, c := range cases {
		got := (&segmented{units: c.words}).expand(c.count)
		if len(got) != len(c.want) {
			t.Errorf("%v: %v, want %v", c.words, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%v: %v, want %v", c.words, got, c.want)
				break
			}
		}
	}
}
