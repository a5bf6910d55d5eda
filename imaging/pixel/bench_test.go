package pixel

import (
	"path/filepath"
	"testing"
)

// BenchmarkDecode measures one frame of a CT slice, of 512 by 512 samples of 16 bits, in each encoding.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"explicit_le", "rle", "jpeg_lossless_sv1_70", "jpegls_lossless_80", "jpeg_baseline_8bit"} {
		b.Run(name, func(b *testing.B) {
			obj, file, err := load(filepath.Join(corpus(b), "ts/CTImage_"+name+".dcm"))
			if err != nil {
				b.Fatal(err)
			}
			im, err := Describe(obj.Dataset, obj.Syntax, 0)
			if err != nil {
				b.Fatal(err)
			}
			data, skip, err := frameBytes(obj, file, 0)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(im.nativeBytes())
			for b.Loop() {
				if _, err := im.Decode(data, skip); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkThumbnail measures what follows decoding for a thumbnail of a mammogram.
func BenchmarkThumbnail(b *testing.B) {
	obj, file, err := load(filepath.Join(corpus(b), "modality/MG_GE_3062x2394_jpegll.dcm"))
	if err != nil {
		b.Fatal(err)
	}
	im, err := Describe(obj.Dataset, obj.Syntax, 0)
	if err != nil {
		b.Fatal(err)
	}
	data, skip, err := frameBytes(obj, file, 0)
	if err != nil {
		b.Fatal(err)
	}
	f, err := im.Decode(data, skip)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := im.Thumbnail(f); err != nil {
			b.Fatal(err)
		}
	}
}
