package pixel

import (
	"bytes"
	"image"
	"path/filepath"
	"testing"

	"yilian/imaging/dicom"
)

// frame reads the first frame of a file of the shared corpus.
func frame(b *testing.B, name string) (im *Image, data []byte, skip int) {
	obj, file, err := load(filepath.Join(corpus(b), name))
	if err != nil {
		b.Fatal(err)
	}
	if im, err = Describe(obj.Dataset, obj.Syntax, 0); err != nil {
		b.Fatal(err)
	}
	if data, skip, err = frameBytes(obj, file, 0); err != nil {
		b.Fatal(err)
	}
	return im, data, skip
}

func decoded(b *testing.B, name string) (*Image, *Frame) {
	im, data, skip := frame(b, name)
	f, err := im.Decode(data, skip)
	if err != nil {
		b.Fatal(err)
	}
	return im, f
}

// BenchmarkDecode measures one frame of a CT slice, of 512 by 512 samples of 16 bits (8 in JPEG baseline), in each encoding.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"explicit_le", "rle", "jpeg_lossless_sv1_70", "jpeg_lossless_p14_57", "jpegls_lossless_80", "jpegls_near_81", "jpeg_baseline_8bit", "jpeg_extended_12bit"} {
		b.Run(name, func(b *testing.B) {
			im, data, skip := frame(b, "ts/CTImage_"+name+".dcm")
			b.SetBytes(im.nativeBytes())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := im.Decode(data, skip); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode measures the same slice the other way.
func BenchmarkEncode(b *testing.B) {
	im, f := decoded(b, "ts/CTImage_explicit_le.dcm")
	for _, c := range []struct {
		name, syntax string
		o            EncodeOptions
	}{
		{"rle", dicom.RLELossless, EncodeOptions{}},
		{"lossless_sv1", dicom.JPEGLosslessSV1, EncodeOptions{}},
		{"lossless_7", dicom.JPEGLossless, EncodeOptions{Predictor: 7}},
		{"jpegls", dicom.JPEGLSLossless, EncodeOptions{}},
		{"jpegls_near_2", dicom.JPEGLSNearLossless, EncodeOptions{Near: 2}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(f.Data)))
			b.ReportAllocs()
			var coded []byte
			for b.Loop() {
				var err error
				if coded, err = im.Encode(coded[:0], f, c.syntax, c.o); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(f.Data))/float64(len(coded)), "ratio")
		})
	}
}

// BenchmarkRender measures what follows decoding: the slice as a JPEG of its own size, and of a quarter.
func BenchmarkRender(b *testing.B) {
	im, f := decoded(b, "ts/CTImage_explicit_le.dcm")
	for name, o := range map[string]RenderOptions{"full": {}, "half": {Width: 256}, "double": {Width: 1024, Height: 1024, Enlarge: true}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(f.Data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := im.Render(f, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("jpeg", func(b *testing.B) {
		b.SetBytes(int64(len(f.Data)))
		var out bytes.Buffer
		for b.Loop() {
			img, err := im.Render(f, RenderOptions{})
			if err != nil {
				b.Fatal(err)
			}
			out.Reset()
			if err := EncodeJPEG(&out, img, 90); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkThumbnail measures what follows decoding for a thumbnail: of a mammogram, and of a photograph in colour.
func BenchmarkThumbnail(b *testing.B) {
	for _, name := range []string{"modality/MG_GE_3062x2394_jpegll.dcm", "modality/SC_photo_cookie_2048x1536.dcm"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			im, f := decoded(b, name)
			b.SetBytes(int64(len(f.Data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := im.Thumbnail(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncodePicture measures the writing of a picture of 512 by 512, grey and in colour.
func BenchmarkEncodePicture(b *testing.B) {
	im, f := decoded(b, "ts/CTImage_explicit_le.dcm")
	gray, err := im.Render(f, RenderOptions{})
	if err != nil {
		b.Fatal(err)
	}
	im, f = decoded(b, "modality/SC_photo_cookie_2048x1536.dcm")
	rgb, err := im.Render(f, RenderOptions{Width: 512})
	if err != nil {
		b.Fatal(err)
	}
	for name, img := range map[string]image.Image{"gray": gray, "rgb": rgb} {
		b.Run(name, func(b *testing.B) {
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				if err := EncodeJPEG(&out, img, 90); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(out.Len()), "bytes")
		})
	}
}

// BenchmarkRenderer measures a slice of 12 bits whose table is there already.
func BenchmarkRenderer(b *testing.B) {
	im := &Image{
		Rows: 512, Columns: 512, Samples: 1, BitsAllocated: 16, BitsStored: 12, HighBit: 11, Photometric: "MONOCHROME2", Frames: 1, Aspect: 1,
		Slope: 1, Intercept: -1024, Windows: []Window{{Center: 40, Width: 400}},
	}
	f := &Frame{Rows: 512, Columns: 512, Samples: 1, Width: 2, Photometric: im.Photometric, Data: make([]byte, im.nativeBytes())}
	rng := newRand(33)
	for i := range f.Data {
		f.Data[i] = byte(rng.IntN(256) >> (i % 2 * 4))
	}
	r := NewRenderer(0)
	b.SetBytes(im.nativeBytes())
	for b.Loop() {
		img, err := im.Render(f, RenderOptions{By: r})
		if err != nil {
			b.Fatal(err)
		}
		r.Recycle(img)
	}
}
