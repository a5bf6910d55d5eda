package imaging

import (
	"context"
	"io"

	"yilian/imaging/dicom"
)

// Stream is the pixel data of an instance of which all frames are one stream (PS3.5 8.2.5 to 8.2.10), as it is kept.
type Stream struct {
	Size   int64
	frames *Frames
	ranges []dicom.Range
}

// Stream answers the pixel data as one stream; false for frames that stand one by one.
func (f *Frames) Stream() (s Stream, ok bool) {
	if !f.Syntax.IsVideo() || !f.layout.Pixels.Encapsulated || len(f.layout.Pixels.Fragments) == 0 {
		return Stream{}, false
	}
	s.frames = f
	for _, one := range f.layout.Pixels.Fragments {
		s.ranges = append(s.ranges, dicom.Range{Offset: one.Offset, Length: one.Length})
		s.Size += one.Length
	}
	return s, true
}

// OpenAt reads n bytes from off on. Only these are read, whatever fragments they are in.
func (s Stream) OpenAt(ctx context.Context, off, n int64) (io.ReadCloser, error) {
	part := cut(s.ranges, off, n)
	source, err := openRange(ctx, s.frames.blobs, s.frames.Instance, false, span(part))
	if err != nil {
		return nil, err
	}
	return (&cutter{ReadCloser: source, ranges: part, at: span(part).Offset}).whole(), nil
}
