package preview_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"yilian/imaging/dicom"
	"yilian/imaging/phantom"
	"yilian/imaging/pixel"
	"yilian/imaging/preview"
)

// frame is one slice, described and decoded.
type frame struct {
	*pixel.Image
	decoded *pixel.Frame
}

// slices40 are some of the 40 slices of a phantom.
func slices40(t testing.TB, kind phantom.Kind, want ...int) (all []frame) {
	t.Helper()
	n := 0
	for object, err := range phantom.Study(kind, phantom.Options{Seed: 7, Finding: true, Images: 40}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; !slices.Contains(want, n) {
			continue
		}
		o, err := dicom.ScanFile(bytes.NewReader(object.File), dicom.Options{MaxValue: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		im, err := pixel.Describe(o.Dataset, o.Syntax, 0)
		if err != nil {
			t.Fatal(err)
		}
		f, err := im.Decode(object.File[o.Layout.Offset:][:o.Layout.Length], 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, frame{im, f})
	}
	return all
}

// averaged are the values after rescaling, averaged over squares, by floating point.
func (f frame) averaged(factor int) (out []float64) {
	for y := 0; y < f.Rows; y += factor {
		for x := 0; x < f.Columns; x += factor {
			sum, n := 0.0, 0.0
			for j := y; j < min(y+factor, f.Rows); j++ {
				for i := x; i < min(x+factor, f.Columns); i++ {
					sum, n = sum+f.value(j*f.Columns+i), n+1
				}
			}
			out = append(out, sum/n*f.Slope+f.Intercept)
		}
	}
	return out
}

func (f frame) value(at int) float64 {
	v := uint16(f.decoded.Data[2*at]) | uint16(f.decoded.Data[2*at+1])<<8
	if f.Signed {
		return float64(int16(v)) //nolint:gosec // the sign is meant
	}
	return float64(v)
}

// psnr compares what a window shows of two pictures.
func psnr(a, b []float64, w pixel.Window) float64 {
	sum := 0.0
	for i := range a {
		d := w.Gray(a[i]) - w.Gray(b[i])
		sum += d * d
	}
	if sum == 0 {
		return 99
	}
	return 10 * math.Log10(float64(len(a))/sum)
}

var ctWindows = map[string]pixel.Window{
	"brain": {Center: 40, Width: 80}, "mediastinum": {Center: 40, Width: 400}, "lung": {Center: -600, Width: 1500},
	"bone": {Center: 400, Width: 1800}, "abdomen": {Center: 50, Width: 350}, "liver": {Center: 80, Width: 150},
}

// TestQuality: 35 dB and more in each of the usual windows, at 256 by 256 at least, in so little room that 300 slices pass a line of
// 4 Mbit/s in 15 s.
func TestQuality(t *testing.T) {
	const room = 7 << 20 / 300
	for _, kind := range []phantom.Kind{phantom.ChestCT, phantom.HeadCT} {
		for i, f := range slices40(t, kind, 4, 14, 22, 30, 38) {
			p, err := preview.Make(f.Image, f.decoded, preview.Factor(f.Rows, f.Columns, preview.Least))
			if err != nil {
				t.Fatal(err)
			}
			if p.Rows < preview.Least || p.Columns < preview.Least || len(p.Data) > room {
				t.Errorf("%s: %d by %d in %d bytes", kind, p.Columns, p.Rows, len(p.Data))
			}
			picture := shown(t, p, f.Image)
			for name, w := range ctWindows {
				got := psnr(picture, f.averaged(p.Factor), w)
				if t.Logf("%s %d: %.1f dB %s, %d bytes", kind, i, got, name, len(p.Data)); got < 35 {
					t.Errorf("%s %d: %.1f dB in the window of %s", kind, i, got, name)
				}
			}
		}
	}
}

// shown decodes a preview to values after rescaling.
func shown(t testing.TB, p preview.Picture, im *pixel.Image) []float64 {
	t.Helper()
	return shownStored(t, p, im)
}

// fataler is what testing.TB and rapid.T have in common.
type fataler interface{ Fatal(args ...any) }

func shownStored(t fataler, p preview.Picture, im *pixel.Image) []float64 {
	small := &pixel.Image{
		Syntax: dicom.Syntax(dicom.JPEGLSLossless), Rows: p.Rows, Columns: p.Columns, Samples: 1, BitsAllocated: 8, BitsStored: 8, HighBit: 7,
		Photometric: "MONOCHROME2", Frames: 1, Slope: 1,
	}
	f, err := small.Decode(p.Data, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := preview.Values(p.Steps)
	out := make([]float64, len(f.Data))
	for i, code := range f.Data {
		out[i] = float64(values[code])*im.Slope + im.Intercept
	}
	return out
}
