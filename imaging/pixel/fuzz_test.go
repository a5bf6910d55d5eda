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

// described are the elements that a description reads, and the VRs that a stream may give them.
var described = []dicom.Tag{
	dicom.Rows, dicom.Columns, dicom.SamplesPerPixel, dicom.BitsAllocated, dicom.BitsStored, dicom.HighBit, dicom.PixelRepresentation, dicom.PlanarConfiguration,
	dicom.PhotometricInterpretation, dicom.NumberOfFrames, dicom.Modality, dicom.RescaleSlope, dicom.RescaleIntercept, dicom.WindowCenter, dicom.WindowWidth, dicom.VOILUTFunction,
	dicom.PixelPaddingValue, dicom.PixelPaddingRangeLimit, dicom.PixelAspectRatio, dicom.PresentationLUTShape, pixelPresentation,
	dicom.RedPaletteColorLookupTableDescriptor, dicom.GreenPaletteColorLookupTableDescriptor, dicom.BluePaletteColorLookupTableDescriptor,
	dicom.RedPaletteColorLookupTableData, dicom.GreenPaletteColorLookupTableData, dicom.SegmentedBluePaletteColorLookupTableData, dicom.LUTDescriptor, dicom.LUTData,
	dicom.NewTag(0x6000, overlayRows), dicom.NewTag(0x6000, overlayColumns), dicom.NewTag(0x6000, overlayOrigin), dicom.NewTag(0x6000, overlayFrames),
	dicom.NewTag(0x6000, overlayFirstFrame), dicom.NewTag(0x6000, overlayData), dicom.NewTag(0x6000, overlayBitsAlloc), dicom.NewTag(0x6000, overlayBitPosition),
	dicom.FloatPixelData,
}

// FuzzDescribe: whatever a header says, it is refused, or frames can be shown by it.
func FuzzDescribe(f *testing.F) {
	photometric := []string{"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "ARGB", "CMYK"}
	vrs := []dicom.VR{dicom.US, dicom.SS, dicom.DS, dicom.IS, dicom.OW, dicom.OB, dicom.FD, dicom.UN}
	f.Add(uint8(2), []byte{21, 0, 6, 4, 0, 0, 0, 8, 0, 24, 4, 8, 1, 2, 3, 4, 5, 6, 7, 8}, []byte{1, 2, 3})
	f.Add(uint8(1), []byte{29, 0, 2, 4, 0, 30, 0, 2, 4, 0, 34, 4, 2, 0xFF, 0xFF, 31, 1, 4, 0xFF, 0xFF, 9, 0}, []byte{1, 2, 3})
	f.Add(uint8(1), []byte{13, 2, 4, '1', 'e', '9', '9', 14, 2, 2, '.', '1', 27, 0, 6, 2, 0, 0, 0, 16, 0, 28, 4, 4, 1, 2, 3, 4}, []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, kind uint8, header, data []byte) {
		d := dicom.New("")
		for tag, v := range map[dicom.Tag]int{dicom.Rows: 3, dicom.Columns: 4, dicom.BitsAllocated: 16, dicom.BitsStored: 12, dicom.HighBit: 11} {
			d.SetInt(tag, v)
		}
		d.SetString(dicom.PhotometricInterpretation, photometric[int(kind)%len(photometric)])
		if kind%16 > 2 {
			d.SetInt(dicom.SamplesPerPixel, 3+int(kind)/16%2)
		}
		voi := d.NewItem()
		for b := header; len(b) >= 3; {
			tag, vr, n := described[int(b[0])%len(described)], vrs[int(b[1])%len(vrs)], min(int(b[2]), len(b)-3)
			into := d
			if tag == dicom.LUTDescriptor || tag == dicom.LUTData {
				into = voi
			}
			into.SetBytes(tag, vr, b[3:3+n])
			b = b[3+n:]
		}
		if len(voi.Elements) > 0 {
			d.SetSequence(dicom.VOILUTSequence, voi)
			d.SetSequence(dicom.ModalityLUTSequence, voi)
		}
		im, err := Describe(d, dicom.Syntax(dicom.ExplicitVRLittleEndian), int(kind)/32)
		if err != nil || im.nativeBytes() > 1<<14 {
			return
		}
		frame := &Frame{Rows: im.Rows, Columns: im.Columns, Samples: im.Samples, Width: im.width(), Photometric: im.Photometric, Data: make([]byte, im.nativeBytes())}
		for i := range frame.Data {
			if len(data) > 0 {
				frame.Data[i] = data[i%len(data)]
			}
		}
		for _, o := range []RenderOptions{{Overlays: true}, {Width: 2, Height: 2}, {Viewport: image.Rect(1, 1, 3, 3), Width: 9, Height: 9, Enlarge: true}} {
			if _, err := im.Render(frame, o); err != nil && yilian.KindOf(err) != yilian.Invalid {
				t.Fatal(err)
			}
		}
	})
}
