package pixel

import (
	"bytes"
	"image"
	"image/jpeg"
	"runtime"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// allocated measures the memory that f takes, garbage or not.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// TestMemory: a decoder takes the frame and little more, one of the DCT two bytes a sample more; encoders take a few lines.
func TestMemory(t *testing.T) {
	const side, slack = 1024, 1 << 19
	for name, f := range map[string]form{"8 bits": {side, side, 1, 8, 8, false}, "16 bits": {side, side, 1, 16, 12, false}, "colour": {side, side, 3, 8, 8, false}} {
		frame := &Frame{Rows: side, Columns: side, Samples: f.samples, Width: f.allocated / 8, Data: make([]byte, side*side*f.samples*f.allocated/8)}
		for _, syntax := range []string{dicom.RLELossless, dicom.JPEGLosslessSV1, dicom.JPEGLSLossless, dicom.JPEGLSNearLossless, dicom.DeflatedImageFrame} {
			im := f.describe(t, syntax)
			coded, err := im.Encode(nil, frame, syntax, EncodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if syntax != dicom.DeflatedImageFrame { // which keeps a window and tables of its own
				room := make([]byte, 0, len(coded))
				if got := allocated(func() { _, err = im.Encode(room, frame, syntax, EncodeOptions{}) }); err != nil || got > slack {
					t.Errorf("%s: encoding %s takes %d bytes, %v", name, syntax, got, err)
				}
			}
			if got := allocated(func() { _, err = im.Decode(coded, 0) }); err != nil || got > im.nativeBytes()+slack {
				t.Errorf("%s: decoding %s takes %d bytes for %d, %v", name, syntax, got, im.nativeBytes(), err)
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, side, side)), nil); err != nil {
		t.Fatal(err)
	}
	im := describe(t, dicom.JPEGBaseline8Bit, side, side, 1, 8, 8, "MONOCHROME2")
	var err error
	if got := allocated(func() { _, err = im.Decode(b.Bytes(), 0) }); err != nil || got > 3*im.nativeBytes()+slack {
		t.Errorf("decoding JPEG takes %d bytes for %d, %v", got, im.nativeBytes(), err)
	}
}

// TestHostile: small codestreams that promise much are over soon, whatever they hold behind their headers.
func TestHostile(t *testing.T) {
	const side = 4096
	f := form{side, side, 1, 16, 12, false}
	head := func(process byte, tail ...byte) []byte {
		p := raster{rows: side, cols: side, samples: 1}
		return append(appendFrameHeader(nil, process, 12, &p), tail...)
	}
	table := func(class byte) []byte { // one code of one bit, for 0
		return append([]byte{0xFF, mDHT, 0, 20, class}, append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0)...)
	}
	quant := append([]byte{0xFF, mDQT, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
	scan := func(a, b, c byte) []byte { return appendScanHeader(nil, 0, 1, a, b, c) }
	bandOfBlocks := append([]byte{0xFF, mDHT, 0, 20, 0x10}, append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0xE0)...) // end of band, 2^14 blocks
	many := bytes.Join([][]byte{head(mSOF2), quant, table(0), bandOfBlocks}, nil)
	for range 200 {
		many = append(append(many, scan(1, 63, 0)...), make([]byte, 200)...)
	}
	streams := map[string]struct {
		syntax string
		data   []byte
	}{
		"lossless without data":   {dicom.JPEGLosslessSV1, bytes.Join([][]byte{head(mSOF3), table(0), scan(1, 0, 0)}, nil)},
		"lossless of zeros":       {dicom.JPEGLosslessSV1, bytes.Join([][]byte{head(mSOF3), table(0), scan(1, 0, 0), make([]byte, 5000)}, nil)},
		"JPEG-LS without data":    {dicom.JPEGLSLossless, bytes.Join([][]byte{head(mSOF55), scan(0, 0, 0)}, nil)},
		"JPEG-LS of ones":         {dicom.JPEGLSLossless, bytes.Join([][]byte{head(mSOF55), scan(0, 0, 0), bytes.Repeat([]byte{0xFF, 0x7F}, 20)}, nil)},
		"sequential without data": {dicom.JPEGExtended12Bit, bytes.Join([][]byte{head(mSOF1), quant, table(0), table(0x10), scan(0, 63, 0)}, nil)},
		"many progressive scans":  {dicom.JPEGExtended12Bit, many},
		"RLE of nothing":          {dicom.RLELossless, append([]byte{2, 0, 0, 0, 64, 0, 0, 0, 64}, make([]byte, 100)...)},
		"deflate of nothing":      {dicom.DeflatedImageFrame, []byte{3, 0}},
	}
	for name, s := range streams {
		im := f.describe(t, s.syntax)
		start := time.Now()
		_, err := im.Decode(s.data, 0)
		if took := time.Since(start); yilian.KindOf(err) != yilian.Invalid || took > 20*time.Second {
			t.Errorf("%s: %v after %v", name, err, took)
		} else {
			t.Logf("%s: %v after %v", name, err, took)
		}
	}
}
