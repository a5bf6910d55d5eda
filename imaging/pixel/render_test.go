package pixel

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
)

// build makes an image of little endian 16-bit samples.
func build(t *testing.T, rows, columns int, values []uint16, set func(*dicom.Dataset)) (*Image, *Frame) {
	t.Helper()
	d := dicom.New("")
	d.SetInt(dicom.Rows, rows)
	d.SetInt(dicom.Columns, columns)
	d.SetInt(dicom.SamplesPerPixel, 1)
	d.SetString(dicom.PhotometricInterpretation, "MONOCHROME2")
	d.SetInt(dicom.BitsAllocated, 16)
	d.SetInt(dicom.BitsStored, 12)
	d.SetInt(dicom.HighBit, 11)
	d.SetInt(dicom.PixelRepresentation, 0)
	if set != nil {
		set(d)
	}
	im, err := Describe(d, dicom.Syntax(dicom.ExplicitVRLittleEndian), 0)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, v := range values {
		b = append(b, byte(v), byte(v>>8))
	}
	f, err := im.Decode(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	return im, f
}

func grays(t *testing.T, im *Image, f *Frame, o RenderOptions) []byte {
	t.Helper()
	img, err := im.Render(f, o)
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.Gray).Pix
}

// TestWindows takes the examples and the edges of PS3.3 C.11.2.1.2.1 and C.11.2.1.3.
func TestWindows(t *testing.T) {
	cases := []struct {
		w    Window
		x    float64
		want float64
	}{
		{Window{Center: 2048, Width: 4096}, 0, 0},
		{Window{Center: 2048, Width: 4096}, 4095, 1},
		{Window{Center: 2048, Width: 4096}, 2047.5, 0.5},
		{Window{Center: 2048, Width: 1}, 2047.5, 0},
		{Window{Center: 2048, Width: 1}, 2047.6, 1},
		{Window{Center: 0, Width: 100}, -50, 0},
		{Window{Center: 0, Width: 100}, -51, 0},
		{Window{Center: 0, Width: 100}, 49, 1},
		{Window{Center: 0, Width: 100, Function: LinearExact}, -50, 0},
		{Window{Center: 0, Width: 100, Function: LinearExact}, 0, 0.5},
		{Window{Center: 0, Width: 100, Function: LinearExact}, 50, 1},
		{Window{Center: 0, Width: 100, Function: Sigmoid}, 0, 0.5},
		{Window{Center: 0, Width: 100, Function: Sigmoid}, 50, 1 / (1 + math.Exp(-2))},
	}
	for _, c := range cases {
		if got := c.w.Gray(c.x); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v of %g is %g, want %g", c.w, c.x, got, c.want)
		}
	}
	for w, want := range map[Window]bool{
		{Width: 1}: true, {Width: 0.5}: false, {Width: 0}: false, {Width: 0.5, Function: LinearExact}: true, {Width: 0, Function: Sigmoid}: false,
		{Width: -3}: false, {Width: math.Inf(1)}: false, {Center: math.Inf(-1), Width: 5}: false,
	} {
		if w.valid() != want {
			t.Errorf("%+v is valid: %v", w, !want)
		}
	}
}

func TestGray(t *testing.T) {
	ct := func(d *dicom.Dataset) {
		d.SetString(dicom.Modality, "CT")
		d.SetFloat(dicom.RescaleIntercept, -1024)
		d.SetFloat(dicom.RescaleSlope, 1)
	}
	windowed := func(d *dicom.Dataset) {
		ct(d)
		d.SetFloat(dicom.WindowCenter, 0, 40)
		d.SetFloat(dicom.WindowWidth, 2001, 400)
	}
	values := []uint16{0, 24, 1024, 2024, 4095, 0xF000 | 1024}
	cases := []struct {
		name string
		set  func(*dicom.Dataset)
		w    *Window
		want []byte
	}{
		{"the first window", windowed, nil, []byte{0, 0, 128, 255, 255, 128}},
		{"a window asked for", windowed, &Window{Center: -500, Width: 1001}, []byte{0, 0, 255, 255, 255, 255}},
		{"CT without a window", ct, nil, []byte{0, 0, 102, 255, 255, 102}},
		{"MONOCHROME1", func(d *dicom.Dataset) { windowed(d); d.SetString(dicom.PhotometricInterpretation, "MONOCHROME1") }, nil, []byte{255, 255, 127, 0, 0, 127}},
		{"signed", func(d *dicom.Dataset) {
			d.SetInt(dicom.PixelRepresentation, 1)
			d.SetFloat(dicom.WindowCenter, 0)
			d.SetFloat(dicom.WindowWidth, 4096)
		}, nil, []byte{128, 129, 191, 254, 127, 191}},
		{"by the histogram", nil, nil, []byte{0, 1, 64, 126, 255, 64}},
		{"padding", func(d *dicom.Dataset) {
			d.SetInt(dicom.PixelPaddingValue, 4095)
			d.SetFloat(dicom.WindowCenter, 2048)
			d.SetFloat(dicom.WindowWidth, 4096)
		}, nil, []byte{0, 1, 64, 126, 0, 64}},
		{"a VOI LUT", func(d *dicom.Dataset) {
			item := d.NewItem()
			item.SetInt(dicom.LUTDescriptor, 3, 1023, 8)
			item.SetBytes(dicom.LUTData, dicom.OW, []byte{10, 0, 100, 0, 200, 0})
			d.SetSequence(dicom.VOILUTSequence, item)
		}, nil, []byte{10, 10, 100, 200, 200, 100}},
		{"a modality LUT", func(d *dicom.Dataset) {
			item := d.NewItem()
			item.SetInt(dicom.LUTDescriptor, 2, 1024, 16)
			item.SetBytes(dicom.LUTData, dicom.OW, []byte{0, 0, 255, 0})
			d.SetSequence(dicom.ModalityLUTSequence, item)
			d.SetFloat(dicom.WindowCenter, 128)
			d.SetFloat(dicom.WindowWidth, 256)
		}, nil, []byte{0, 0, 0, 255, 255, 0}},
	}
	for _, c := range cases {
		im, f := build(t, 2, 3, values, c.set)
		if got := grays(t, im, f, RenderOptions{Window: c.w}); !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	im, f := build(t, 1, 1, []uint16{0}, nil)
	if _, err := im.Render(f, RenderOptions{Window: &Window{Width: 0}}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a window of no width: %v", err)
	}
}

// TestEnhanced reads window and rescale from the functional groups of a frame, then of all.
func TestEnhanced(t *testing.T) {
	d := dicom.New("")
	group := func(center, intercept float64) *dicom.Dataset {
		g, voi, value := d.NewItem(), d.NewItem(), d.NewItem()
		voi.SetFloat(dicom.WindowCenter, center)
		voi.SetFloat(dicom.WindowWidth, 100)
		value.SetFloat(dicom.RescaleIntercept, intercept)
		value.SetFloat(dicom.RescaleSlope, 2)
		g.SetSequence(dicom.FrameVOILUTSequence, voi)
		g.SetSequence(dicom.PixelValueTransformationSequence, value)
		return g
	}
	_, _ = build(t, 1, 1, []uint16{1}, func(built *dicom.Dataset) { d = built })
	d.SetSequence(dicom.SharedFunctionalGroupsSequence, group(50, -1))
	d.SetSequence(dicom.PerFrameFunctionalGroupsSequence, d.NewItem(), group(70, -2))
	for i, want := range []float64{50, 70, 50} {
		im, err := Describe(d, dicom.Syntax(dicom.ExplicitVRLittleEndian), i)
		if err != nil || len(im.Windows) != 1 || im.Windows[0].Center != want || im.Slope != 2 || im.Intercept != map[float64]float64{50: -1, 70: -2}[want] {
			t.Errorf("frame %d: %+v, %v", i, im, err)
		}
	}
}

func TestScale(t *testing.T) {
	values := make([]uint16, 60*40)
	for i := range values {
		values[i] = uint16(i % 60 * 4)
	}
	full := func(d *dicom.Dataset) {
		d.SetInt(dicom.BitsStored, 8)
		d.SetInt(dicom.HighBit, 7)
	}
	im, f := build(t, 40, 60, values, full)
	sizes := []struct {
		o    RenderOptions
		w, h int
	}{
		{RenderOptions{}, 60, 40},
		{RenderOptions{Width: 30}, 30, 20},
		{RenderOptions{Width: 30, Height: 10}, 15, 10},
		{RenderOptions{Width: 300, Height: 300}, 60, 40},
		{RenderOptions{Width: 300, Height: 300, Enlarge: true}, 300, 200},
		{RenderOptions{Enlarge: true}, 60, 40},
		{RenderOptions{Viewport: image.Rect(10, 10, 30, 20)}, 20, 10},
		{RenderOptions{Viewport: image.Rect(50, 30, 500, 400)}, 10, 10},
		{RenderOptions{Width: 1}, 1, 1},
	}
	for _, c := range sizes {
		img, err := im.Render(f, c.o)
		if err != nil || img.Bounds().Dx() != c.w || img.Bounds().Dy() != c.h {
			t.Errorf("%+v: %v, %v, want %d by %d", c.o, img.Bounds(), err, c.w, c.h)
		}
	}
	whole, small := grays(t, im, f, RenderOptions{}), grays(t, im, f, RenderOptions{Width: 20})
	if a, b := average(whole), average(small); math.Abs(a-b) > 1 {
		t.Errorf("the mean grey goes from %g to %g", a, b)
	}
	part := grays(t, im, f, RenderOptions{Viewport: image.Rect(10, 0, 20, 5)})
	if part[0] != whole[10] || part[9] != whole[19] {
		t.Errorf("the viewport begins with %d, want %d", part[0], whole[10])
	}
	large := grays(t, im, f, RenderOptions{Width: 240, Enlarge: true})
	for i := 1; i < 240; i++ {
		if large[i] < large[i-1] {
			t.Fatalf("a ramp falls at %d when enlarged", i)
		}
	}
	if _, err := im.Render(f, RenderOptions{Viewport: image.Rect(100, 100, 110, 110)}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a viewport outside: %v", err)
	}
	im.Aspect = 2
	if img, err := im.Render(f, RenderOptions{}); err != nil || img.Bounds().Dy() != 80 {
		t.Errorf("pixels twice as high as wide: %v, %v", img.Bounds(), err)
	}
	im.Aspect = 1
	if img, err := im.Thumbnail(f); err != nil || img.Bounds().Dx() != 60 {
		t.Errorf("a thumbnail of a small image is enlarged: %v, %v", img.Bounds(), err)
	}
}

func average(b []byte) float64 {
	sum := 0
	for _, v := range b {
		sum += int(v)
	}
	return float64(sum) / float64(len(b))
}

func TestColour(t *testing.T) {
	cases := []struct {
		photometric string
		planar      int
		data        []byte
		want        [2]color.RGBA
	}{
		{"RGB", 0, []byte{255, 0, 0, 0, 128, 255}, [2]color.RGBA{{255, 0, 0, 255}, {0, 128, 255, 255}}},
		{"RGB", 1, []byte{255, 0, 0, 128, 0, 255}, [2]color.RGBA{{255, 0, 0, 255}, {0, 128, 255, 255}}},
		{"YBR_FULL", 0, []byte{76, 85, 255, 255, 128, 128}, [2]color.RGBA{{254, 0, 0, 255}, {255, 255, 255, 255}}},
		{"YBR_FULL_422", 0, []byte{0, 255, 128, 128}, [2]color.RGBA{{0, 0, 0, 255}, {255, 255, 255, 255}}},
		{"YBR_PARTIAL_422", 0, []byte{16, 235, 128, 128}, [2]color.RGBA{{0, 0, 0, 255}, {255, 255, 255, 255}}},
	}
	for _, c := range cases {
		im, f := build8(t, c.photometric, 3, c.planar, c.data, nil)
		img, err := im.Render(f, RenderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for x, want := range c.want {
			got := img.(*image.RGBA).RGBAAt(x, 0)
			if diff(got.R, want.R) > 1 || diff(got.G, want.G) > 1 || diff(got.B, want.B) > 1 {
				t.Errorf("%s: pixel %d is %v, want %v", c.photometric, x, got, want)
			}
		}
	}
}

func diff(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }

func build8(t *testing.T, photometric string, samples, planar int, data []byte, set func(*dicom.Dataset)) (*Image, *Frame) {
	t.Helper()
	d := dicom.New("")
	d.SetInt(dicom.Rows, 1)
	d.SetInt(dicom.Columns, 2)
	d.SetInt(dicom.SamplesPerPixel, samples)
	d.SetInt(dicom.PlanarConfiguration, planar)
	d.SetString(dicom.PhotometricInterpretation, photometric)
	d.SetInt(dicom.BitsAllocated, 8)
	if set != nil {
		set(d)
	}
	im, err := Describe(d, dicom.Syntax(dicom.ExplicitVRLittleEndian), 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := im.Decode(data, 0)
	if err != nil {
		t.Fatal(err)
	}
	return im, f
}

func TestDescribeRefuses(t *testing.T) {
	for name, set := range map[string]func(*dicom.Dataset){
		"no rows":            func(d *dicom.Dataset) { d.SetInt(dicom.Rows, 0) },
		"no columns":         func(d *dicom.Dataset) { d.Delete(dicom.Columns) },
		"two samples":        func(d *dicom.Dataset) { d.SetInt(dicom.SamplesPerPixel, 2) },
		"24 bits":            func(d *dicom.Dataset) { d.SetInt(dicom.BitsAllocated, 24) },
		"17 of 16 bits":      func(d *dicom.Dataset) { d.SetInt(dicom.BitsStored, 17) },
		"no bits":            func(d *dicom.Dataset) { d.SetInt(dicom.BitsStored, 0) },
		"high bit too low":   func(d *dicom.Dataset) { d.SetInt(dicom.HighBit, 3) },
		"high bit too high":  func(d *dicom.Dataset) { d.SetInt(dicom.HighBit, 16) },
		"too large a frame":  func(d *dicom.Dataset) { d.SetInt(dicom.Rows, 65535); d.SetInt(dicom.Columns, 65535) },
		"grey of 3 samples":  func(d *dicom.Dataset) { d.SetInt(dicom.SamplesPerPixel, 3) },
		"colour of 1 sample": func(d *dicom.Dataset) { d.SetString(dicom.PhotometricInterpretation, "RGB") },
		"64 bits":            func(d *dicom.Dataset) { d.SetInt(dicom.BitsAllocated, 64) },
	} {
		d := dicom.New("")
		for tag, v := range map[dicom.Tag]int{dicom.Rows: 4, dicom.Columns: 4, dicom.SamplesPerPixel: 1, dicom.BitsAllocated: 16, dicom.BitsStored: 12, dicom.HighBit: 11} {
			d.SetInt(tag, v)
		}
		d.SetString(dicom.PhotometricInterpretation, "MONOCHROME2")
		set(d)
		if im, err := Describe(d, dicom.Syntax(dicom.ExplicitVRLittleEndian), 0); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%s: %+v, %v", name, im, err)
		}
	}
}

func TestEncode(t *testing.T) {
	im, f := build(t, 2, 2, []uint16{0, 1000, 2000, 4095}, nil)
	img, err := im.Render(f, RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := EncodePNG(&b, img); err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(&b)
	if err != nil || !bytes.Equal(back.(*image.Gray).Pix, img.(*image.Gray).Pix) {
		t.Errorf("PNG comes back differently: %v", err)
	}
	for _, q := range []int{-1, 0, 50, 100, 101} {
		b.Reset()
		if err := EncodeJPEG(&b, img, q); err != nil {
			t.Fatal(err)
		}
		if back, err := jpeg.Decode(&b); err != nil || back.Bounds() != img.Bounds() {
			t.Errorf("JPEG of quality %d: %v", q, err)
		}
	}
}
