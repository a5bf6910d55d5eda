package preview_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"yilian/imaging/pixel"
	"yilian/imaging/preview"
)

// TestAnyPixels: whatever the values are and however they are rescaled, a preview's codes stand for values within half a step of them,
// in at most 256 codes, and its record survives the way.
func TestAnyPixels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom([]int{8, 10, 12, 16}).Draw(t, "bits")
		im := &pixel.Image{
			Modality: rapid.SampledFrom([]string{"CT", "MR", "PT", "XA"}).Draw(t, "modality"), Rows: rapid.IntRange(1, 9).Draw(t, "rows"),
			Columns: rapid.IntRange(1, 9).Draw(t, "columns"), Samples: 1, BitsAllocated: 16, BitsStored: bits, HighBit: bits - 1,
			Signed: rapid.Bool().Draw(t, "signed"), Photometric: "MONOCHROME2",
			Slope:     rapid.SampledFrom([]float64{1, -1, 0.5, 2.7, -0.003, 40}).Draw(t, "slope"),
			Intercept: rapid.Float64Range(-5000, 5000).Draw(t, "intercept"),
		}
		if rapid.Bool().Draw(t, "windowed") {
			im.Windows = []pixel.Window{{Center: rapid.Float64Range(-1e4, 1e4).Draw(t, "center"), Width: rapid.Float64Range(1, 1e4).Draw(t, "width")}}
		}
		f := &pixel.Frame{Rows: im.Rows, Columns: im.Columns, Samples: 1, Width: 2, Photometric: im.Photometric}
		f.Data = rapid.SliceOfN(rapid.Byte(), 2*im.Rows*im.Columns, 2*im.Rows*im.Columns).Draw(t, "data")
		p, err := preview.Make(im, f, 1)
		if err != nil {
			t.Fatal(err)
		}
		p.Instance, p.Frame, p.Native = "1.2.3", 4, true
		back, err := preview.Parse(preview.Append([]byte(nil), p))
		if err != nil || back.Instance != p.Instance || back.Frame != 4 || !back.Native || back.Factor != 1 || !slices.Equal(back.Steps, p.Steps) ||
			!slices.Equal(back.Data, p.Data) {
			t.Fatalf("%v: %+v instead of %+v", err, back, p)
		}
		if n := len(preview.Values(p.Steps)); n > 256 {
			t.Fatalf("%d codes", n)
		}
		plain := *im
		plain.Slope, plain.Intercept = 1, 0
		stored := frame{im, f}
		for i, got := range shownStored(t, back, &plain) {
			want := stored.storedValue(i)
			if off := math.Abs(got - want); off > float64(widest(p.Steps))/2+0.5 {
				t.Fatalf("pixel %d: %v stands for %v, steps %v", i, got, want, p.Steps)
			}
		}
	})
}

func (f frame) storedValue(i int) float64 {
	v := uint32(f.decoded.Data[2*i]) | uint32(f.decoded.Data[2*i+1])<<8
	shift := 32 - f.BitsStored
	if f.Signed {
		return float64(int32(v<<shift) >> shift) //nolint:gosec // the sign is meant
	}
	return float64(v << shift >> shift)
}

func widest(steps []preview.Step) (w uint16) {
	for _, s := range steps {
		w = max(w, s.Width)
	}
	return w
}

// TestUnfit: colour, palettes and floating point have no preview.
func TestUnfit(t *testing.T) {
	for _, im := range []*pixel.Image{
		{Samples: 3, BitsAllocated: 8, BitsStored: 8, HighBit: 7, Photometric: "RGB"},
		{Samples: 1, BitsAllocated: 8, BitsStored: 8, HighBit: 7, Photometric: "PALETTE COLOR"},
		{Samples: 1, BitsAllocated: 32, BitsStored: 32, HighBit: 31, Photometric: "MONOCHROME2", Float: true},
		{Samples: 1, BitsAllocated: 16, BitsStored: 12, HighBit: 15, Photometric: "MONOCHROME2"},
	} {
		var unsupported *pixel.UnsupportedError
		if _, err := preview.Make(im, &pixel.Frame{}, 2); !errors.As(err, &unsupported) {
			t.Errorf("%+v: %v", im, err)
		}
	}
}

// TestDamaged: a record of which any byte is another one is none.
func TestDamaged(t *testing.T) {
	good := preview.Append(nil, preview.Picture{Instance: "1.2.3", Frame: 1, Rows: 2, Columns: 3, Factor: 1, Steps: []preview.Step{{From: -5, Width: 2, Count: 9}}, Data: []byte("stream")})
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 1
		if preview.Check(bad) == nil {
			t.Errorf("nobody notices another byte %d", i)
		}
	}
	for n := range good {
		if preview.Check(good[:n]) == nil {
			t.Errorf("%d of %d bytes count as whole", n, len(good))
		}
	}
}

// TestOrder: each picture once; after n of them no gap is much wider than it need be.
func TestOrder(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 16, 17, 300, 2000} {
		for _, loop := range []bool{false, true} {
			all := preview.Order(n, loop)
			sorted := slices.Sorted(slices.Values(all))
			for i, v := range sorted {
				if i != v {
					t.Fatalf("%d pictures: place %d is %d", n, i, v)
				}
			}
			if len(all) != n {
				t.Fatalf("%d of %d pictures", len(all), n)
			}
			if n > 1 && (loop && all[0] != 0 || !loop && all[0] != n/2) {
				t.Errorf("%d pictures begin with %d", n, all[0])
			}
		}
	}
	first := slices.Sorted(slices.Values(preview.Order(300, false)[:20]))
	for i := range first[1:] {
		if gap := first[i+1] - first[i]; gap > 16 {
			t.Errorf("a gap of %d after 20 of 300 pictures", gap)
		}
	}
}
