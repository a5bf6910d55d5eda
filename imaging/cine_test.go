package imaging_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

// countingBlobs counts the bytes that are read.
type countingBlobs struct {
	imaging.Blobs
	read *atomic.Int64
}

func (b countingBlobs) Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	r, err := b.Blobs.Open(ctx, key, off, n)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r, counter{b.read}), r}, nil
}

type counter struct{ n *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

// cine is a run of frames of different lengths, each in two fragments; tables says which offset table tells where they begin.
func cine(t testing.TB, frames int, tables string) (file []byte, codestream func(n int) []byte) {
	t.Helper()
	codestream = func(n int) []byte { return bytes.Repeat([]byte{0xFF, 0xD8, 0xFF, byte(n)}, 40+n%50) }
	d := thing{study: 1, series: 1, instance: 1}.dataset()
	d.Delete(dicom.PixelData)
	d.SetInt(dicom.NumberOfFrames, frames)
	var items, basic, extended []byte
	item := func(b []byte) {
		items = append(items, 0xFE, 0xFF, 0x00, 0xE0)
		items = append(binary.LittleEndian.AppendUint32(items, uint32(len(b))), b...)
	}
	for n := range frames {
		basic = binary.LittleEndian.AppendUint32(basic, uint32(len(items)))
		extended = binary.LittleEndian.AppendUint64(extended, uint64(len(items)))
		b := codestream(n)
		item(b[:32])
		item(b[32:])
	}
	if tables == "extended" {
		d.SetBytes(dicom.ExtendedOffsetTable, dicom.OV, extended)
		d.SetBytes(dicom.ExtendedOffsetTableLengths, dicom.OV, make([]byte, len(extended)))
	}
	file = dicom.AppendMeta(nil, dicom.Meta{SOPClassUID: "1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID: d.UID(dicom.SOPInstanceUID), TransferSyntax: dicom.JPEGBaseline8Bit})
	file, err := dicom.AppendDataset(file, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	file = append(file, 0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0)
	if tables != "basic" {
		basic = nil
	}
	file = append(binary.LittleEndian.AppendUint32(file, uint32(len(basic))), basic...)
	file = append(file, items...)
	return append(file, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0), codestream
}

// TestFrameTouchesItsBytesOnly: one frame of a long run is found by the table of the object, and nothing but its fragments is read.
func TestFrameTouchesItsBytesOnly(t *testing.T) {
	for _, tables := range []string{"basic", "extended"} {
		t.Run(tables, func(t *testing.T) {
			w := newWorld(t)
			read := &atomic.Int64{}
			a := w.open(func(c *imaging.Config) { c.Blobs = countingBlobs{w.blobs, read} })
			file, codestream := cine(t, 3000, tables)
			s, err := a.Store(t.Context(), actor("north"), imaging.Incoming{Part10: true}, bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 2, 1500, 2999, 3000} {
				f, err := a.Frames(t.Context(), actor("north"), imaging.Path{Study: s.Study, Series: s.Series, Instance: s.Instance})
				if err != nil {
					t.Fatal(err)
				}
				read.Store(0)
				r, _, err := f.Open(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(r)
				if err != nil || !bytes.Equal(got, codestream(n-1)) {
					t.Errorf("frame %d: %d bytes, %v", n, len(got), err)
				}
				_ = r.Close()
				if extra := read.Load() - int64(len(got)); extra < 0 || extra > 16 {
					t.Errorf("frame %d of %d bytes: %d more were read", n, len(got), extra)
				}
				read.Store(0)
				part, err := f.OpenAt(t.Context(), n, 30, 20)
				if err != nil {
					t.Fatal(err)
				}
				if b, err := io.ReadAll(part); err != nil || !bytes.Equal(b, codestream(n - 1)[30:50]) || read.Load() > 40 {
					t.Errorf("20 bytes of frame %d: %d read, %v", n, read.Load(), err)
				}
				_ = part.Close()
			}
		})
	}
}

// BenchmarkCine reads a frame of runs of different lengths: the time must not grow with them.
func BenchmarkCine(b *testing.B) {
	for _, frames := range []int{10, 500, 5000} {
		b.Run(fmt.Sprint("frames=", frames), func(b *testing.B) {
			w := newWorld(b)
			file, _ := cine(b, frames, "basic")
			s, err := w.archive.Store(b.Context(), actor("north"), imaging.Incoming{Part10: true}, bytes.NewReader(file))
			if err != nil {
				b.Fatal(err)
			}
			p := imaging.Path{Study: s.Study, Series: s.Series, Instance: s.Instance}
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				f, err := w.archive.Frames(b.Context(), actor("north"), p)
				if err != nil {
					b.Fatal(err)
				}
				r, _, err := f.Open(b.Context(), 1+n%frames)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
				_ = r.Close()
			}
		})
	}
}
