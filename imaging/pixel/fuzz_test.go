package pixel

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
)

// fuzzed are the images whose frames are fuzzed, 9 by 11 pixels each.
func fuzzed(f testing.TB) []*Image {
	return []*Image{
		describe(f, dicom.JPEGLossless, 9, 11, 1, 16, 12, "MONOCHROME2"), describe(f, dicom.JPEGLosslessSV1, 9, 11, 3, 8, 8, "RGB"),
		describe(f, dicom.RLELossless, 9, 11, 1, 16, 12, "MONOCHROME1"), describe(f, dicom.JPEGLSLossless, 9, 11, 1, 8, 8, "MONOCHROME2"),
		describe(f, dicom.JPEGLSNearLossless, 9, 11, 3, 8, 8, "RGB"), describe(f, dicom.JPEGBaseline8Bit, 9, 11, 3, 8, 8, "YBR_FULL"),
		describe(f, dicom.DeflatedImageFrame, 9, 11, 1, 1, 1, "MONOCHROME2"), describe(f, dicom.JPEGLSLossless, 9, 11, 1, 16, 16, "MONOCHROME2"),
		describe(f, dicom.JPEGExtended12Bit, 9, 11, 1, 16, 12, "MONOCHROME2"), describe(f, dicom.RLELossless, 9, 11, 1, 1, 1, "MONOCHROME2"),
		describe(f, dicom.ExplicitVRBigEndian, 9, 11, 1, 32, 32, "MONOCHROME2"), describe(f, dicom.ExplicitVRLittleEndian, 9, 12, 3, 8, 8, "YBR_FULL_422"),
	}
}

// seed encodes a frame as the image wants it.
func seed(f *testing.F, im *Image, o EncodeOptions) []byte {
	p := form{im.Rows, im.Columns, im.Samples, im.BitsAllocated, im.BitsStored, false}
	if im.BitsAllocated != 8 && im.BitsAllocated != 16 {
		return make([]byte, 9*12*4)
	}
	b, err := im.Encode(nil, &Frame{Rows: im.Rows, Columns: im.Columns, Samples: im.Samples, Width: im.width(), Data: p.pixels(newRand(3))}, im.Syntax.UID, o)
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// baseline encodes a picture, and a variant that claims another process or depth.
func baseline(f *testing.F, process, precision byte) []byte {
	var b bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 11, 9))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i)
	}
	if err := jpeg.Encode(&b, img, nil); err != nil {
		f.Fatal(err)
	}
	out := b.Bytes()
	at := bytes.Index(out, []byte{0xFF, mSOF0})
	out[at+1], out[at+4] = process, precision
	return out
}

// FuzzDecode: any bytes under any codec are decoded or refused, and what is decoded has its size, can be shown, and, if its samples allow it,
// comes back from JPEG-LS as it was.
func FuzzDecode(f *testing.F) {
	images := fuzzed(f)
	for i, im := range images {
		switch im.Syntax.UID {
		case dicom.JPEGBaseline8Bit:
			f.Add(uint8(i), baseline(f, mSOF0, 8))
			f.Add(uint8(i), baseline(f, mSOF2, 8))
		case dicom.JPEGExtended12Bit:
			f.Add(uint8(i), baseline(f, mSOF1, 12))
		case dicom.ExplicitVRBigEndian, dicom.ExplicitVRLittleEndian:
			f.Add(uint8(i), make([]byte, 9*12*4))
		default:
			f.Add(uint8(i), seed(f, im, EncodeOptions{}))
			f.Add(uint8(i), seed(f, im, EncodeOptions{Interleave: BySample}))
			f.Add(uint8(i), seed(f, im, EncodeOptions{Interleave: ByPlane}))
		}
	}
	f.Add(uint8(0), losslessStream{rows: 9, cols: 11, samples: 1, precision: 12, predictor: 4, restart: 11}.encode(picture(newRand(3), 9, 11, 1, 12)))
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		im := images[int(which)%len(images)]
		frame, err := im.Decode(b, 0)
		if err != nil {
			if yilian.KindOf(err) != yilian.Invalid {
				t.Fatal(err)
			}
			return
		}
		if int64(len(frame.Data)) != im.nativeBytes() {
			t.Fatalf("%d bytes", len(frame.Data))
		}
		if _, err := im.Thumbnail(frame); err != nil {
			t.Fatal(err)
		}
		if im.BitsAllocated != 8 && im.BitsAllocated != 16 {
			return
		}
		again, err := im.Encode(nil, frame, dicom.JPEGLSLossless, EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		other := *im
		other.Syntax = dicom.Syntax(dicom.JPEGLSLossless)
		if back, err := other.Decode(again, 0); err != nil || !bytes.Equal(back.Data, frame.Data) {
			t.Fatalf("it does not come back: %v", err)
		}
	})
}
