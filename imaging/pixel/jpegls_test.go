package pixel

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
)

// TestLSExample is the worked example of ISO 14495-1 H.3.
func TestLSExample(t *testing.T) {
	stream := []byte{
		0xFF, 0xD8, 0xFF, 0xF7, 0x00, 0x0B, 0x08, 0x00, 0x04, 0x00, 0x04, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00,
		0xC0, 0x00, 0x00, 0x6C, 0x80, 0x20, 0x8E, 0x01, 0xC0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6E, 0xE6, 0x00, 0x00, 0x01, 0xBC, 0x18, 0x00, 0x00, 0x05, 0xD8, 0x00,
		0x00, 0x91, 0x60, 0xFF, 0xD9,
	}
	want := []byte{0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145}
	im := describe(t, dicom.JPEGLSLossless, 4, 4, 1, 8, 8, "MONOCHROME2")
	f, err := im.Decode(stream, 0)
	if err != nil || !bytes.Equal(f.Data, want) {
		t.Fatalf("%v, want %v (error %v)", f, want, err)
	}
	if _, err := im.Decode(stream[:40], 0); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("cut: %v", err)
	}
}

// TestLSRestart joins bands that were encoded one by one with restart markers, which is what a restart interval of so many lines is.
func TestLSRestart(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, samples := range []int{1, 3} {
		for mode := range 3 {
			whole := form{rows: 24, cols: 31, samples: samples, allocated: 8, stored: 8}
			want := whole.pixels(rng)
			if samples == 1 && mode > 0 || samples == 3 && mode == ilvPlane {
				continue
			}
			var stream []byte
			for band := range 3 {
				p := raster{8, 31, samples, 1, want[band*8*31*samples:][:8*31*samples]}
				params := lsParams{}
				if err := params.derive(8); err != nil {
					t.Fatal(err)
				}
				head := appendScanHeader(appendFrameHeader(nil, mSOF55, 8, &p), 0, samples, 0, byte(mode), 0)
				coded := encodeLS(nil, p, 8, params, mode)
				if band == 0 {
					p.rows = 24
					stream = append([]byte{0xFF, mSOI, 0xFF, mDRI, 0, 4, 0, 8}, appendFrameHeader(nil, mSOF55, 8, &p)[2:]...)
					stream = append(stream, head[len(appendFrameHeader(nil, mSOF55, 8, &p)):]...)
				} else {
					stream = append(stream, 0xFF, byte(mRST0+band-1))
				}
				stream = append(stream, coded[len(head):len(coded)-2]...)
			}
			stream = append(stream, 0xFF, mEOI)
			im := whole.describe(t, dicom.JPEGLSLossless)
			got, err := im.Decode(stream, 0)
			if err != nil || !bytes.Equal(got.Data, want) {
				t.Errorf("%d samples, mode %d: error %v, or other pixels", samples, mode, err)
			}
			broken := bytes.Replace(stream, []byte{0xFF, mRST0 + 1}, []byte{0xFF, mEOI}, 1)
			if _, err := im.Decode(broken, 0); yilian.KindOf(err) != yilian.Invalid {
				t.Errorf("without a restart marker: %v", err)
			}
		}
	}
}

// TestLSPresets decodes codestreams with thresholds, reset and largest value of their own.
func TestLSPresets(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, c := range []struct {
		precision int
		lsParams
	}{
		{8, lsParams{t1: 2, t2: 20, t3: 100}},
		{8, lsParams{t1: 1, t2: 1, t3: 1}},
		{12, lsParams{t1: 18, t2: 67, t3: 276, resetAt: 3}},
		{16, lsParams{resetAt: 255}},
		{16, lsParams{t1: 60000, t2: 65000, t3: 65535}},
		{12, lsParams{maxVal: 2500}},
		{8, lsParams{maxVal: 100, near: 2}},
		{16, lsParams{maxVal: 40000, near: 7, resetAt: 1000}},
	} {
		f := form{rows: 30, cols: 45, samples: 1, allocated: 16, stored: c.precision}
		v := picture(rng, f.rows, f.cols, 1, c.precision)
		for i := range v {
			if c.maxVal > 0 {
				v[i] = min(v[i], uint16(c.maxVal))
			}
		}
		params := c.lsParams
		if err := params.derive(c.precision); err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		p := raster{f.rows, f.cols, 1, 2, little(v, 16)}
		coded := encodeLS(nil, p, c.precision, params, ilvPlane)
		segment := []byte{0xFF, mLSE, 0, 13, 1}
		for _, value := range []int{c.maxVal, c.t1, c.t2, c.t3, c.resetAt} {
			segment = append(segment, byte(value>>8), byte(value))
		}
		got, err := f.describe(t, dicom.JPEGLSLossless).Decode(slices.Insert(coded, 2, segment...), 0)
		if err != nil || !near(got.Data, p.data, 16, c.near) {
			t.Errorf("%+v: error %v, or other pixels", c, err)
		}
	}
}

// TestLSTransformed refuses colour that was transformed before coding, as some encoders outside of DICOM do: it would be shown falsely.
func TestLSTransformed(t *testing.T) {
	f := form{rows: 5, cols: 6, samples: 3, allocated: 8, stored: 8}
	im := f.describe(t, dicom.JPEGLSLossless)
	coded, err := im.Encode(nil, &Frame{Rows: 5, Columns: 6, Samples: 3, Width: 1, Data: make([]byte, 90)}, dicom.JPEGLSLossless, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for transformation, refused := range map[byte]bool{0: false, 1: true} {
		_, err := im.Decode(slices.Insert(slices.Clone(coded), 2, 0xFF, mAPP8, 0, 7, 'm', 'r', 'f', 'x', transformation), 0)
		if _, ok := errors.AsType[*UnsupportedError](err); ok != refused {
			t.Errorf("transformation %d: %v", transformation, err)
		}
	}
}
