package pixel

import (
	"bytes"
	"encoding/binary"
	"image"
	"math"
	"testing"

	"yilian/imaging/dicom"
)

// TestInverse: the shape decides where there is one (PS3.3 C.11.6).
func TestInverse(t *testing.T) {
	for _, c := range []struct {
		photometric, shape string
		want               bool
	}{
		{"MONOCHROME1", "", true},
		{"MONOCHROME2", "", false},
		{"MONOCHROME1", "INVERSE", true},
		{"MONOCHROME2", "IDENTITY", false},
		{"MONOCHROME2", "INVERSE", true},
		{"MONOCHROME1", "IDENTITY", false},
	} {
		im, f := build(t, 1, 2, []uint16{0, 4095}, func(d *dicom.Dataset) {
			d.SetString(dicom.PhotometricInterpretation, c.photometric)
			d.SetFloat(dicom.WindowCenter, 2048)
			d.SetFloat(dicom.WindowWidth, 4096)
			if c.shape != "" {
				d.SetString(dicom.PresentationLUTShape, c.shape)
			}
		})
		if got := grays(t, im, f, RenderOptions{}); got[0] == 255 != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestPadding: a range, written with the wrong sign too; it has no part in the histogram.
func TestPadding(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*dicom.Dataset)
		want Interval
	}{
		"one value": {func(d *dicom.Dataset) { d.SetInt(dicom.PixelPaddingValue, 4095) }, Interval{4095, 4095}},
		"a range": {func(d *dicom.Dataset) {
			d.SetInt(dicom.PixelPaddingValue, 30)
			d.SetInt(dicom.PixelPaddingRangeLimit, 0)
		}, Interval{0, 30}},
		"signed as US": {func(d *dicom.Dataset) {
			d.SetInt(dicom.PixelRepresentation, 1)
			d.SetInt(dicom.PixelPaddingValue, 63536)
		}, Interval{-2000, -2000}},
		"unsigned as SS": {func(d *dicom.Dataset) { d.SetSigned(dicom.PixelPaddingValue, -1) }, Interval{65535, 65535}},
		"signed as it is": {func(d *dicom.Dataset) {
			d.SetInt(dicom.PixelRepresentation, 1)
			d.SetSigned(dicom.PixelPaddingValue, -5)
		}, Interval{-5, -5}},
		"a limit by itself": {func(d *dicom.Dataset) { d.SetInt(dicom.PixelPaddingRangeLimit, 7) }, Interval{math.NaN(), 0}},
	} {
		im, _ := build(t, 1, 1, []uint16{0}, c.set)
		if got := im.Padding; got == nil != math.IsNaN(c.want.Low) || got != nil && *got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	values := make([]uint16, 1000)
	for i := range values {
		values[i] = uint16(100 + i%50)
		if i < 500 {
			values[i] = 4000
		}
	}
	im, f := build(t, 10, 100, values, func(d *dicom.Dataset) { d.SetInt(dicom.PixelPaddingValue, 4000) })
	if got := grays(t, im, f, RenderOptions{}); got[0] != 0 || got[999] != 255 || got[975] < 110 || got[975] > 145 {
		t.Errorf("padding counts in the histogram: %d, %d, %d", got[0], got[975], got[999])
	}
}

// TestFirstMapped: the first value of a VOI LUT is read by what the modality transformation can give.
func TestFirstMapped(t *testing.T) {
	for name, c := range map[string]struct {
		first     int
		signed    bool
		intercept float64
		want      []byte
	}{
		"unsigned values, rescaled below zero": {-1024, true, -1024, []byte{10, 20, 30}},
		"the same, written as unsigned":        {64512, false, -1024, []byte{10, 20, 30}},
		"unsigned all the way":                 {1, false, 0, []byte{10, 10, 20}},
	} {
		im, f := build(t, 1, 3, []uint16{0, 1, 2}, func(d *dicom.Dataset) {
			d.SetFloat(dicom.RescaleIntercept, c.intercept)
			d.SetFloat(dicom.RescaleSlope, 1)
			item := d.NewItem()
			if c.signed {
				item.SetSigned(dicom.LUTDescriptor, 3, c.first, 8)
			} else {
				item.SetInt(dicom.LUTDescriptor, 3, c.first, 8)
			}
			item.SetBytes(dicom.LUTData, dicom.OW, words(10, 20, 30))
			d.SetSequence(dicom.VOILUTSequence, item)
		})
		if got := grays(t, im, f, RenderOptions{}); !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestWide shows samples of 32 and 64 bits: whole numbers by their extent, floating point by extent and window; what is no number is black.
func TestWide(t *testing.T) {
	ints := describe(t, dicom.ExplicitVRLittleEndian, 1, 3, 1, 32, 32, "MONOCHROME2")
	ints.Padding = &Interval{7, 7}
	singles := describe(t, dicom.ExplicitVRLittleEndian, 1, 4, 1, 32, 32, "MONOCHROME2")
	singles.Float = true
	doubles := *singles
	doubles.BitsAllocated = 64
	windowed := *singles
	windowed.Windows = []Window{{Center: 1, Width: 2, Function: LinearExact}}
	var four, eight []byte
	for _, v := range []float64{-1, 1, 3, math.NaN()} {
		four = binary.LittleEndian.AppendUint32(four, math.Float32bits(float32(v)))
		eight = binary.LittleEndian.AppendUint64(eight, math.Float64bits(v))
	}
	for name, c := range map[string]struct {
		im   *Image
		data []byte
		want []byte
	}{
		"whole numbers": {ints, []byte{100, 0, 0, 0, 0, 1, 0, 0, 7, 0, 0, 0}, []byte{0, 255, 0}},
		"single":        {singles, four, []byte{0, 128, 255, 0}},
		"double":        {&doubles, eight, []byte{0, 128, 255, 0}},
		"a window":      {&windowed, four, []byte{0, 128, 255, 0}},
		"no number":     {singles, bytes.Repeat([]byte{0, 0, 0xC0, 0x7F}, 4), []byte{0, 0, 0, 0}},
		"infinite":      {singles, bytes.Repeat([]byte{0, 0, 0x80, 0x7F}, 4), []byte{255, 255, 255, 255}},
	} {
		f, err := c.im.Decode(c.data, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := grays(t, c.im, f, RenderOptions{}); !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestOverlays burns planes of their own and those among the samples, outside of the image in part, and of several frames.
func TestOverlays(t *testing.T) {
	group := func(element uint16) dicom.Tag { return dicom.NewTag(0x6002, element) }
	plane := func(rows, columns, top, left int, data ...byte) func(*dicom.Dataset) {
		return func(d *dicom.Dataset) {
			d.SetText(group(overlayRows), dicom.US, "")
			d.Put(dicom.Element{Tag: group(overlayRows), VR: dicom.US, Value: words(uint16(rows))})
			d.Put(dicom.Element{Tag: group(overlayColumns), VR: dicom.US, Value: words(uint16(columns))})
			d.Put(dicom.Element{Tag: group(overlayOrigin), VR: dicom.SS, Value: words(uint16(top), uint16(left))})
			d.Put(dicom.Element{Tag: group(overlayData), VR: dicom.OW, Value: data})
			d.SetFloat(dicom.WindowCenter, 2048)
			d.SetFloat(dicom.WindowWidth, 4096)
		}
	}
	embedded := func(d *dicom.Dataset) {
		plane(2, 3, 1, 1)(d)
		d.Delete(group(overlayData))
		d.Put(dicom.Element{Tag: group(overlayBitsAlloc), VR: dicom.US, Value: words(16)})
		d.Put(dicom.Element{Tag: group(overlayBitPosition), VR: dicom.US, Value: words(14)})
	}
	for name, c := range map[string]struct {
		set  func(*dicom.Dataset)
		want []byte
	}{
		"the whole image":   {plane(2, 3, 1, 1, 0b00100001, 0), []byte{255, 0, 0, 0, 0, 255}},
		"one pixel":         {plane(1, 1, 2, 3, 1, 0), []byte{0, 0, 0, 0, 0, 255}},
		"beyond the edges":  {plane(3, 5, 0, -1, 0xFF, 0xFF), []byte{255, 255, 255, 255, 255, 255}},
		"outside":           {plane(1, 1, 9, 9, 1, 0), make([]byte, 6)},
		"too few bits":      {plane(2, 30, 1, 1, 0xFF, 0xFF), make([]byte, 6)},
		"among the samples": {embedded, []byte{0, 0, 0, 0, 255, 0}},
		"no rows":           {plane(0, 3, 1, 1, 0xFF, 0xFF), make([]byte, 6)},
		"of a later frame only": {func(d *dicom.Dataset) {
			plane(2, 3, 1, 1, 0xFF)(d)
			d.Put(dicom.Element{Tag: group(overlayFirstFrame), VR: dicom.US, Value: words(2)})
		}, make([]byte, 6)},
	} {
		im, f := build(t, 2, 3, []uint16{0, 0, 0, 0, 0x4000, 0}, c.set)
		if got := grays(t, im, f, RenderOptions{Overlays: true}); !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := grays(t, im, f, RenderOptions{}); !bytes.Equal(got, make([]byte, 6)) {
			t.Errorf("%s: burned in unasked: %v", name, got)
		}
	}
	im, f := build(t, 2, 3, make([]uint16, 6), plane(1, 1, 2, 3, 1, 0))
	img, err := im.Render(f, RenderOptions{Overlays: true, Viewport: image.Rect(1, 1, 3, 2)})
	if err != nil || !bytes.Equal(img.(*image.Gray).Pix, []byte{0, 255}) {
		t.Errorf("in a viewport: %v, %v", img, err)
	}
}

// TestOverlayFrames takes the plane of the frame; what is one for all lies over all.
func TestOverlayFrames(t *testing.T) {
	_, _ = build(t, 1, 3, make([]uint16, 3), func(d *dicom.Dataset) {
		d.SetInt(dicom.NumberOfFrames, 2)
		for group, frames := range map[uint16]string{0x6000: "2", 0x6002: ""} {
			d.Put(dicom.Element{Tag: dicom.NewTag(group, overlayRows), VR: dicom.US, Value: words(1)})
			d.Put(dicom.Element{Tag: dicom.NewTag(group, overlayColumns), VR: dicom.US, Value: words(3)})
			d.Put(dicom.Element{Tag: dicom.NewTag(group, overlayData), VR: dicom.OW, Value: []byte{0b110001, 0}})
			if frames != "" {
				d.SetText(dicom.NewTag(group, overlayFrames), dicom.IS, frames)
			}
		}
		for frame, want := range []string{"100", "011"} {
			im, err := Describe(d, dicom.Syntax(dicom.ExplicitVRLittleEndian), frame)
			if err != nil || len(im.Overlays) != 2 {
				t.Fatalf("%d overlays, %v", len(im.Overlays), err)
			}
			for i, want := range []string{want, "100"} {
				got := ""
				for x := range 3 {
					got += map[bool]string{true: "1", false: "0"}[im.Overlays[i].set(nil, 0, x)]
				}
				if got != want {
					t.Errorf("frame %d, overlay %d: %s, want %s", frame, i, got, want)
				}
			}
		}
	})
}
