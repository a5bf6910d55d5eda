package pixel

import (
	"bytes"
	"image"
	"testing"
)

// TestRenderer: with helpers, kept tables and used memory the pictures are the same, whatever was made before.
func TestRenderer(t *testing.T) {
	r := NewRenderer(3)
	rng := newRand(32)
	for n := range 12 {
		im := &Image{
			Rows: 200 + n, Columns: 350, Samples: 1, BitsAllocated: 16, BitsStored: []int{10, 12, 16}[n%3], Signed: n%2 == 1,
			Photometric: "MONOCHROME2", Frames: 1, Aspect: 1, Slope: 1 + float64(n%4/3), Intercept: -1024, Inverse: n%7 == 0,
		}
		im.HighBit = im.BitsStored - 1 + n%5/4*(16-im.BitsStored)
		if n%4 == 0 {
			im.Padding = &Interval{0, 3}
		}
		if n%6 == 0 {
			im.Photometric, im.Samples, im.BitsAllocated, im.BitsStored, im.HighBit, im.Padding = "RGB", 3, 8, 8, 7, nil
		}
		f := &Frame{Rows: im.Rows, Columns: im.Columns, Samples: im.Samples, Width: im.width(), Photometric: im.Photometric}
		f.Data = make([]byte, im.nativeBytes())
		for i := range f.Data {
			f.Data[i] = byte(rng.IntN(256))
		}
		for _, o := range []RenderOptions{{}, {Window: &Window{Center: 40, Width: 400}}, {Width: 200}, {Width: 700, Height: 700, Enlarge: true}, {Viewport: image.Rect(10, 20, 340, 190)}} {
			alone, err := im.Render(f, o)
			if err != nil {
				t.Fatal(err)
			}
			o.By = r
			for range 3 {
				together, err := im.Render(f, o)
				if err != nil {
					t.Fatal(err)
				}
				if alone.Bounds() != together.Bounds() || !bytes.Equal(samples(alone), samples(together)) {
					t.Fatalf("image %d with %+v is another picture", n, o)
				}
				r.Recycle(together)
			}
		}
	}
	if len(r.tables.kept) > maxTables {
		t.Errorf("%d tables are kept", len(r.tables.kept))
	}
}

func samples(img image.Image) []byte {
	switch img := img.(type) {
	case *image.Gray:
		return img.Pix
	case *image.RGBA:
		return img.Pix
	}
	return nil
}
