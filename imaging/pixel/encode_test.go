package pixel

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"yilian"
	"yilian/imaging/dicom"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// form is a kind of image that is encoded.
type form struct {
	rows, cols, samples, allocated, stored int
	signed                                 bool
}

func (f form) describe(t testing.TB, syntax string) *Image {
	im := describe(t, syntax, f.rows, f.cols, f.samples, f.allocated, f.stored, map[int]string{1: "MONOCHROME2", 3: "RGB"}[f.samples])
	im.Signed = f.signed
	return im
}

// pixels makes samples; signed ones have the bits above those stored set like the sign.
func (f form) pixels(rng *rand.Rand) []byte {
	v := picture(rng, f.rows, f.cols, f.samples, f.stored)
	for i := range v {
		if f.signed && v[i]>>(f.stored-1) == 1 {
			v[i] |= ^uint16(0) << f.stored
		}
	}
	return little(v, f.allocated)
}

func forms() (all []form) {
	for _, size := range [][2]int{{1, 1}, {1, 37}, {41, 1}, {2, 3}, {29, 47}, {64, 64}} {
		for _, d := range []form{
			{samples: 1, allocated: 8, stored: 8},
			{samples: 1, allocated: 8, stored: 1},
			{samples: 1, allocated: 8, stored: 7},
			{samples: 1, allocated: 16, stored: 10},
			{samples: 1, allocated: 16, stored: 12},
			{samples: 1, allocated: 16, stored: 16},
			{samples: 1, allocated: 16, stored: 12, signed: true},
			{samples: 1, allocated: 16, stored: 16, signed: true},
			{samples: 1, allocated: 8, stored: 8, signed: true},
			{samples: 3, allocated: 8, stored: 8},
			{samples: 3, allocated: 16, stored: 12},
		} {
			d.rows, d.cols = size[0], size[1]
			all = append(all, d)
		}
	}
	return all
}

// coding is a way to encode.
type coding struct {
	syntax string
	o      EncodeOptions
}

func codings() []coding {
	all := []coding{{dicom.RLELossless, EncodeOptions{}}, {dicom.JPEGLosslessSV1, EncodeOptions{}}, {dicom.DeflatedImageFrame, EncodeOptions{}}, {dicom.ExplicitVRLittleEndian, EncodeOptions{}}}
	for p := 1; p <= 7; p++ {
		all = append(all, coding{dicom.JPEGLossless, EncodeOptions{Predictor: p}})
	}
	for _, mode := range []Interleave{ByLine, BySample, ByPlane} {
		all = append(all, coding{dicom.JPEGLSLossless, EncodeOptions{Interleave: mode}})
		for near := range 4 {
			all = append(all, coding{dicom.JPEGLSNearLossless, EncodeOptions{Interleave: mode, Near: near}})
		}
	}
	return all
}

// TestEncodeRoundTrip encodes and decodes every form in every way: without a difference, or with one that was asked for.
func TestEncodeRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, f := range forms() {
		want := f.pixels(rng)
		for _, c := range codings() {
			im := f.describe(t, c.syntax)
			if c.o.Near > (1<<f.stored-1)/2 {
				continue
			}
			frame := &Frame{Rows: f.rows, Columns: f.cols, Samples: f.samples, Width: f.allocated / 8, Photometric: im.Photometric, Data: want}
			coded, err := im.Encode([]byte("before"), frame, c.syntax, c.o)
			if err != nil {
				t.Errorf("%+v as %+v: %v", f, c, err)
				continue
			}
			if !bytes.HasPrefix(coded, []byte("before")) || len(coded)%2 != 0 {
				t.Errorf("%+v as %+v: the frame is not appended, or of odd length", f, c)
			}
			got, err := im.Decode(coded[len("before"):], 0)
			if err != nil || !near(got.Data, want, f.allocated, c.o.Near) {
				t.Errorf("%+v as %+v: error %v, or other pixels", f, c, err)
			}
		}
	}
}

// TestEncodeProperty does the same with any samples at all.
func TestEncodeProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := form{rows: rapid.IntRange(1, 9).Draw(rt, "rows"), cols: rapid.IntRange(1, 40).Draw(rt, "columns"), samples: rapid.SampledFrom([]int{1, 3}).Draw(rt, "samples"), allocated: 16}
		f.stored = rapid.IntRange(2, 16).Draw(rt, "stored")
		n := f.rows * f.cols * f.samples
		v := rapid.SliceOfN(rapid.OneOf(rapid.Uint16Range(0, 3), rapid.Uint16Range(0, 1<<f.stored-1), rapid.Just(uint16(1<<f.stored-1))), n, n).Draw(rt, "samples")
		c := rapid.SampledFrom(codings()).Draw(rt, "coding")
		if c.o.Near > (1<<f.stored-1)/2 {
			return
		}
		im := f.describe(t, c.syntax)
		want := little(v, 16)
		coded, err := im.Encode(nil, &Frame{Rows: f.rows, Columns: f.cols, Samples: f.samples, Width: 2, Data: want}, c.syntax, c.o)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := im.Decode(coded, 0)
		if err != nil || !near(got.Data, want, 16, c.o.Near) {
			rt.Fatalf("error %v, or other pixels", err)
		}
	})
}

// TestEncodeOtherForms: bits, wide samples, and bits beside those stored come back from the codings that can hold them.
func TestEncodeOtherForms(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.IntN(256))
		}
		return b
	}
	bits := noise(9 * 13)
	for i := range bits {
		bits[i] &= 1
	}
	overlay := describe(t, dicom.RLELossless, 9, 13, 1, 16, 12, "MONOCHROME2")
	high := describe(t, dicom.RLELossless, 9, 13, 1, 16, 12, "MONOCHROME2")
	high.HighBit = 15
	for name, c := range map[string]struct {
		im       *Image
		data     []byte
		syntaxes []string
	}{
		"1 bit":           {describe(t, dicom.RLELossless, 9, 13, 1, 1, 1, "MONOCHROME2"), bits, []string{dicom.RLELossless, dicom.DeflatedImageFrame, dicom.ExplicitVRLittleEndian}},
		"32 bits":         {describe(t, dicom.RLELossless, 9, 13, 1, 32, 32, "MONOCHROME2"), noise(9 * 13 * 4), []string{dicom.RLELossless, dicom.DeflatedImageFrame}},
		"32 bits, colour": {describe(t, dicom.RLELossless, 9, 13, 3, 32, 32, "RGB"), noise(9 * 13 * 12), []string{dicom.RLELossless, dicom.DeflatedImageFrame}},
		"bits above":      {overlay, noise(9 * 13 * 2), []string{dicom.RLELossless, dicom.JPEGLossless, dicom.JPEGLSLossless}},
		"bits below":      {high, noise(9 * 13 * 2), []string{dicom.RLELossless, dicom.JPEGLossless, dicom.JPEGLSLossless}},
	} {
		for _, syntax := range c.syntaxes {
			f := &Frame{Rows: 9, Columns: 13, Samples: c.im.Samples, Width: c.im.width(), Data: c.data}
			coded, err := c.im.Encode(nil, f, syntax, EncodeOptions{})
			if err != nil {
				t.Errorf("%s as %s: %v", name, syntax, err)
				continue
			}
			decoder := *c.im
			decoder.Syntax = dicom.Syntax(syntax)
			if got, err := decoder.Decode(coded, 0); err != nil || !bytes.Equal(got.Data, c.data) {
				t.Errorf("%s as %s: error %v, or other pixels", name, syntax, err)
			}
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	gray := describe(t, dicom.RLELossless, 4, 4, 1, 16, 12, "MONOCHROME2")
	wide := describe(t, dicom.RLELossless, 4, 4, 1, 32, 32, "MONOCHROME2")
	bit := describe(t, dicom.RLELossless, 4, 4, 1, 1, 1, "MONOCHROME2")
	frame := &Frame{Rows: 4, Columns: 4, Samples: 1, Width: 2, Data: make([]byte, 32)}
	overlay := &Frame{Rows: 4, Columns: 4, Samples: 1, Width: 2, Data: bytes.Repeat([]byte{0xFF}, 32)}
	for name, c := range map[string]struct {
		im          *Image
		f           *Frame
		syntax      string
		o           EncodeOptions
		unsupported bool
	}{
		"another size":                 {gray, &Frame{Rows: 4, Columns: 5, Samples: 1, Width: 2, Data: make([]byte, 40)}, dicom.RLELossless, EncodeOptions{}, false},
		"too few bytes":                {gray, &Frame{Rows: 4, Columns: 4, Samples: 1, Width: 2, Data: make([]byte, 30)}, dicom.RLELossless, EncodeOptions{}, false},
		"predictor 8":                  {gray, frame, dicom.JPEGLossless, EncodeOptions{Predictor: 8}, false},
		"predictor 2 as SV1":           {gray, frame, dicom.JPEGLosslessSV1, EncodeOptions{Predictor: 2}, false},
		"near in lossless":             {gray, frame, dicom.JPEGLSLossless, EncodeOptions{Near: 1}, false},
		"near below 0":                 {gray, frame, dicom.JPEGLSNearLossless, EncodeOptions{Near: -1}, false},
		"near above 255":               {gray, frame, dicom.JPEGLSNearLossless, EncodeOptions{Near: 256}, false},
		"near with an overlay":         {gray, overlay, dicom.JPEGLSNearLossless, EncodeOptions{Near: 1}, true},
		"32 bits as JPEG-LS":           {wide, &Frame{Rows: 4, Columns: 4, Samples: 1, Width: 4, Data: make([]byte, 64)}, dicom.JPEGLSLossless, EncodeOptions{}, true},
		"1 bit as JPEG":                {bit, &Frame{Rows: 4, Columns: 4, Samples: 1, Width: 1, Data: make([]byte, 16)}, dicom.JPEGLosslessSV1, EncodeOptions{}, true},
		"JPEG 2000":                    {gray, frame, dicom.JPEG2000Lossless, EncodeOptions{}, true},
		"a private syntax":             {gray, frame, "1.2.3", EncodeOptions{}, true},
		"big endian, which is retired": {gray, frame, dicom.ExplicitVRBigEndian, EncodeOptions{}, true},
	} {
		_, err := c.im.Encode(nil, c.f, c.syntax, c.o)
		if _, ok := errors.AsType[*UnsupportedError](err); yilian.KindOf(err) != yilian.Invalid || ok != c.unsupported {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDNL: the number of lines may stand behind the first scan.
func TestDNL(t *testing.T) {
	f := form{rows: 20, cols: 33, samples: 1, allocated: 16, stored: 12}
	want := f.pixels(rand.New(rand.NewPCG(10, 10)))
	for _, syntax := range []string{dicom.JPEGLosslessSV1, dicom.JPEGLSLossless} {
		im := f.describe(t, syntax)
		coded, err := im.Encode(nil, &Frame{Rows: f.rows, Columns: f.cols, Samples: 1, Width: 2, Data: want}, syntax, EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(coded, []byte{12, 0, 20, 0, 33})
		coded[at+2] = 0
		end := bytes.LastIndex(coded, []byte{0xFF, mEOI})
		for rows, ok := range map[byte]bool{20: true, 21: false} {
			with := slices.Insert(slices.Clone(coded), end, 0xFF, mDNL, 0, 4, 0, rows)
			got, err := im.Decode(with, 0)
			if ok && (err != nil || !bytes.Equal(got.Data, want)) || !ok && yilian.KindOf(err) != yilian.Invalid {
				t.Errorf("%s, DNL of %d: %v", syntax, rows, err)
			}
		}
	}
}

// TestTruncated cuts codestreams anywhere: the error says so, unless only what stands behind the samples is missing.
func TestTruncated(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	f := form{rows: 17, cols: 23, samples: 3, allocated: 8, stored: 8}
	frame := &Frame{Rows: f.rows, Columns: f.cols, Samples: 3, Width: 1, Data: f.pixels(rng)}
	for _, c := range codings() {
		im := f.describe(t, c.syntax)
		coded, err := im.Encode(nil, frame, c.syntax, c.o)
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(coded) - 6 {
			_, err := im.Decode(coded[:n], 0)
			e, ok := errors.AsType[*yilian.Error](err)
			if !ok || e.Kind != yilian.Invalid || n >= rleHeader && e.Code != CodeTruncated {
				t.Fatalf("%+v cut to %d of %d bytes: %v", c, n, len(coded), err)
			}
		}
	}
}

func TestHuffmanCode(t *testing.T) {
	fibonacci := []int{1, 1}
	for len(fibonacci) < 30 {
		fibonacci = append(fibonacci, fibonacci[len(fibonacci)-1]+fibonacci[len(fibonacci)-2])
	}
	for _, counts := range [][]int{{5}, {0, 3, 0}, {1, 1}, {9, 9, 9, 9, 9, 9, 9, 9}, fibonacci, make([]int, 256)} {
		for i := range counts {
			if len(counts) == 256 {
				counts[i] = 1 + i*i
			}
		}
		h := newHuffmanCode(counts)
		decoder, rest, err := newHuffman(append(h.counts[:], h.values...))
		if err != nil || len(rest) != 0 {
			t.Errorf("%v: %v", counts, err)
			continue
		}
		for s, n := range counts {
			if n == 0 {
				continue
			}
			if h.length[s] == 0 || h.code[s] == 1<<h.length[s]-1 {
				t.Errorf("%v: symbol %d has the code %b of %d bits", counts, s, h.code[s], h.length[s])
			}
			w := bitWriter{}
			w.put(uint32(h.code[s]), uint(h.length[s]))
			w.flush()
			if got := decoder.decode(&bitReader{data: w.out}); got != s {
				t.Errorf("%v: symbol %d is read as %d", counts, s, got)
			}
		}
	}
}

// TestBitWriter: what is written in pieces of any length is read back, in both kinds of stuffing.
func TestBitWriter(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 12))
	for _, ls := range []bool{false, true} {
		t.Run(fmt.Sprint(ls), func(t *testing.T) {
			w := bitWriter{ls: ls}
			var values []uint32
			var widths []uint
			for range 5000 {
				k := uint(1 + rng.IntN(32))
				v := uint32(1<<k - 1)
				if rng.IntN(3) == 0 {
					v &= rng.Uint32()
				}
				values, widths = append(values, v), append(widths, k)
				w.put(v, k)
			}
			w.flush()
			if w.out[len(w.out)-1] == 0xFF {
				t.Error("ends with FF")
			}
			r := bitReader{data: append(w.out, 0xFF, mEOI), ls: ls}
			for i, v := range values {
				if got := uint32(r.read(widths[i])); got != v {
					t.Fatalf("piece %d is %x, want %x", i, got, v)
				}
			}
			if r.overrun() {
				t.Error("overrun at the end")
			}
			r.read(16)
			if !r.overrun() {
				t.Error("no overrun behind the end")
			}
		})
	}
}
