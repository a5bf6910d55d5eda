package pixel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"yilian"
	"yilian/imaging/dicom"
)

// describe makes the description of a picture for a transfer syntax.
func describe(t testing.TB, uid string, rows, columns, samples, allocated, stored int, photometric string) *Image {
	t.Helper()
	d := dicom.New("")
	d.SetInt(dicom.Rows, rows)
	d.SetInt(dicom.Columns, columns)
	d.SetInt(dicom.SamplesPerPixel, samples)
	d.SetInt(dicom.BitsAllocated, allocated)
	d.SetInt(dicom.BitsStored, stored)
	d.SetInt(dicom.HighBit, stored-1)
	d.SetString(dicom.PhotometricInterpretation, photometric)
	im, err := Describe(d, dicom.Syntax(uid), 0)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// picture makes samples with what codecs meet: flat areas, ramps, edges, noise.
func picture(rng *rand.Rand, rows, columns, samples, precision int) []uint16 {
	out := make([]uint16, rows*columns*samples)
	top := 1<<precision - 1
	for y := range rows {
		for x := range columns {
			for s := range samples {
				v := 0
				switch {
				case y < rows/4:
					v = top / 3
				case x < columns/3:
					v = (x + y) * top / (rows + columns) * (s + 1) / samples
				case (x/5+y/7)%2 == 0:
					v = top
				default:
					v = rng.IntN(top + 1)
				}
				out[(y*columns+x)*samples+s] = uint16(v)
			}
		}
	}
	return out
}

func little(samples []uint16, allocated int) []byte {
	var b []byte
	for _, v := range samples {
		b = append(b, byte(v))
		if allocated == 16 {
			b = append(b, byte(v>>8))
		}
	}
	return b
}

// TestRLE encodes as PS3.5 G.4 says and decodes.
func TestRLE(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct{ samples, allocated int }{{1, 8}, {1, 16}, {3, 8}, {3, 16}} {
		im := describe(t, dicom.RLELossless, 33, 47, c.samples, c.allocated, c.allocated, map[int]string{1: "MONOCHROME2", 3: "RGB"}[c.samples])
		want := little(picture(rng, 33, 47, c.samples, c.allocated), c.allocated)
		f, err := im.Decode(encodeRLE(want, c.samples, c.allocated/8), 0)
		if err != nil || !bytes.Equal(f.Data, want) {
			t.Errorf("%+v: error %v, equal %v", c, err, err == nil && bytes.Equal(f.Data, want))
		}
	}
}

func encodeRLE(data []byte, samples, width int) []byte {
	stride := samples * width
	var parts [][]byte
	for s := range stride {
		plane := make([]byte, 0, len(data)/stride)
		for at := s/width*width + width - 1 - s%width; at < len(data); at += stride {
			plane = append(plane, data[at])
		}
		parts = append(parts, packRuns(plane))
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(parts)))
	at := uint32(rleHeader)
	for _, p := range parts {
		out = binary.LittleEndian.AppendUint32(out, at)
		at += uint32(len(p))
	}
	out = append(out, make([]byte, rleHeader-len(out))...)
	return append(out, bytes.Join(parts, nil)...)
}

func packRuns(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		n := 1
		for n < len(b) && n < 128 && b[n] == b[0] {
			n++
		}
		if n >= 2 {
			out = append(out, byte(1-n), b[0])
			b = b[n:]
			continue
		}
		for n < len(b) && n < 128 && (n+1 >= len(b) || b[n] != b[n+1]) {
			n++
		}
		out = append(append(out, byte(n-1)), b[:n]...)
		b = b[n:]
	}
	if len(out)%2 != 0 {
		out = append(out, 0)
	}
	return out
}

func TestPackBitsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 1, 255}), 1, 400).Draw(t, "plane")
		got := make([]byte, len(want))
		if err := packBits(got, 1, packRuns(want)); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v comes back as %v (%v)", want, got, err)
		}
	})
}

// TestBaseline decodes what the standard library encodes, as grey and as colour.
func TestBaseline(t *testing.T) {
	gray := image.NewGray(image.Rect(0, 0, 37, 29))
	rgba := image.NewRGBA(gray.Rect)
	for y := range 29 {
		for x := range 37 {
			gray.SetGray(x, y, color.Gray{byte(x*5 + y)})
			rgba.SetRGBA(x, y, color.RGBA{byte(x * 6), byte(y * 8), 90, 255})
		}
	}
	for _, c := range []struct {
		img         image.Image
		samples     int
		photometric string
	}{{gray, 1, "MONOCHROME2"}, {rgba, 3, "YBR_FULL_422"}} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, c.img, &jpeg.Options{Quality: 95}); err != nil {
			t.Fatal(err)
		}
		im := describe(t, dicom.JPEGBaseline8Bit, 29, 37, c.samples, 8, 8, c.photometric)
		f, err := im.Decode(append(b.Bytes(), 0), 0)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0
		for i, v := range f.Data {
			want := byte(0)
			x, y := i/c.samples%37, i/c.samples/37
			switch {
			case c.samples == 1:
				want = gray.GrayAt(x, y).Y
			default:
				p := rgba.RGBAAt(x, y)
				want = []byte{p.R, p.G, p.B}[i%3]
			}
			worst = max(worst, diff(v, want))
		}
		if worst > 14 || c.samples == 3 && f.Photometric != "RGB" {
			t.Errorf("%s: off by %d, photometric %s", c.photometric, worst, f.Photometric)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	sof := func(process byte, precision, rows, cols, n byte) []byte {
		b := []byte{0xFF, mSOI, 0xFF, process, 0, 8 + 3*n, precision, 0, rows, 0, cols, n}
		for i := range n {
			b = append(b, i+1, 0x11, 0)
		}
		return append(b, 0xFF, mSOS, 0, 6+2*n, n, 1, 0, 1, 0, 0)
	}
	gray16 := describe(t, dicom.JPEGLossless, 4, 4, 1, 16, 12, "MONOCHROME2")
	gray8 := describe(t, dicom.JPEGBaseline8Bit, 4, 4, 1, 8, 8, "MONOCHROME2")
	run := describe(t, dicom.RLELossless, 4, 4, 1, 8, 8, "MONOCHROME2")
	native := describe(t, dicom.ExplicitVRLittleEndian, 4, 4, 1, 8, 8, "MONOCHROME2")
	for name, c := range map[string]struct {
		im   *Image
		data []byte
	}{
		"nothing":                       {gray8, nil},
		"no SOI":                        {gray8, []byte("hello, this is no JPEG")},
		"another size":                  {gray8, sof(mSOF0, 8, 5, 4, 1)},
		"65500 by 65500":                {gray8, []byte{0xFF, mSOI, 0xFF, mSOF0, 0, 11, 8, 0xFF, 0xDC, 0xFF, 0xDC, 1, 1, 0x11, 0, 0xFF, mSOS, 0, 8}},
		"lossy of 12 bits, no tables":   {describe(t, dicom.JPEGExtended12Bit, 4, 4, 1, 16, 12, "MONOCHROME2"), sof(mSOF1, 12, 4, 4, 1)},
		"lossy of 10 bits":              {describe(t, dicom.JPEGExtended12Bit, 4, 4, 1, 16, 12, "MONOCHROME2"), sof(mSOF1, 10, 4, 4, 1)},
		"progressive without tables":    {gray8, sof(mSOF2, 8, 4, 4, 1)},
		"more components":               {gray8, sof(mSOF0, 8, 4, 4, 3)},
		"lossless without tables":       {gray16, sof(mSOF3, 12, 4, 4, 1)},
		"lossless of 17 bits":           {gray16, sof(mSOF3, 17, 4, 4, 1)},
		"more bits than allocated":      {describe(t, dicom.JPEGLossless, 4, 4, 1, 8, 8, "MONOCHROME2"), sof(mSOF3, 12, 4, 4, 1)},
		"lossy of 8 bits in 16":         {gray16, sof(mSOF0, 8, 4, 4, 1)},
		"JPEG-LS without data":          {gray8, sof(mSOF55, 8, 4, 4, 1)},
		"no frame header":               {gray8, []byte{0xFF, mSOI, 0xFF, mEOI, 0, 2}},
		"RLE cut in its header":         {run, make([]byte, 20)},
		"RLE of no segments":            {run, make([]byte, 64)},
		"RLE of 16 segments":            {run, append([]byte{16}, make([]byte, 80)...)},
		"RLE offset behind the end":     {run, append([]byte{1, 0, 0, 0, 0xFF, 0xFF}, make([]byte, 80)...)},
		"RLE offset in the header":      {run, append([]byte{1, 0, 0, 0, 4}, make([]byte, 80)...)},
		"RLE that ends early":           {run, append(append([]byte{1, 0, 0, 0, 64}, make([]byte, 59)...), 3, 1, 2)},
		"native too short":              {native, make([]byte, 15)},
		"deflated frame that is none":   {describe(t, dicom.DeflatedImageFrame, 4, 4, 1, 8, 8, "MONOCHROME2"), []byte("no deflate")},
		"half the colours, odd columns": {describe(t, dicom.ExplicitVRLittleEndian, 4, 3, 3, 8, 8, "YBR_FULL_422"), make([]byte, 100)},
	} {
		if f, err := c.im.Decode(c.data, 0); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%s: %v, %v", name, f, err)
		} else if _, ok := errors.AsType[*UnsupportedError](err); ok {
			t.Errorf("%s: called unsupported", name)
		}
	}
	for name, c := range map[string]struct {
		im   *Image
		data []byte
	}{
		"arithmetic": {gray8, sof(0xC9, 8, 4, 4, 1)},
		"JPEG 2000":  {describe(t, dicom.JPEG2000, 4, 4, 1, 8, 8, "MONOCHROME2"), nil},
		"video":      {describe(t, "1.2.840.10008.1.2.4.102", 4, 4, 3, 8, 8, "YBR_PARTIAL_420"), nil},
		"private":    {describe(t, "1.2.3.4", 4, 4, 1, 8, 8, "MONOCHROME2"), nil},
	} {
		_, err := c.im.Decode(c.data, 0)
		if e, ok := errors.AsType[*UnsupportedError](err); !ok || e.Reason == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBits(t *testing.T) {
	im := describe(t, dicom.ExplicitVRLittleEndian, 3, 5, 1, 1, 1, "MONOCHROME2")
	f, err := im.Decode([]byte{0b10000000, 0b00000001, 0b01000000}, 7)
	want := []byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	if err != nil || !slices.Equal(f.Data, want) {
		t.Errorf("%v, want %v (error %v)", f, want, err)
	}
	if _, err := im.Decode([]byte{0, 0}, 7); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("too few bits: %v", err)
	}
}
