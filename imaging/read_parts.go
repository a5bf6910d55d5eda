package imaging

import (
	"bytes"
	"context"
	"io"

	"yilian/imaging/dicom"
)

// BulkPaths answers the paths of all values that the metadata name by an address, in their order.
func (i Instance) BulkPaths() (paths []string) {
	rest := []byte(i.Metadata)
	for {
		_, after, ok := bytes.Cut(rest, []byte(bulkMember))
		if !ok {
			return paths
		}
		path, tail, _ := bytes.Cut(after, []byte(`"`))
		paths, rest = append(paths, string(path)), tail
	}
}

// Size is the length of one frame as it is kept.
func (f *Frames) Size(number int) (size int64, err error) {
	ranges, skip, err := f.layout.Pixels.Frame(number - 1)
	if err != nil {
		return 0, err
	}
	if skip != 0 {
		return (f.layout.Pixels.FrameBits + 7) / 8, nil
	}
	for _, r := range ranges {
		size += r.Length
	}
	return size, nil
}

// OpenAt reads n bytes of a frame as it is kept, from off on. Only these are read, unless the frame does not begin on a byte.
func (f *Frames) OpenAt(ctx context.Context, number int, off, n int64) (io.ReadCloser, error) {
	ranges, skip, err := f.layout.Pixels.Frame(number - 1)
	if err != nil {
		return nil, err
	}
	if skip != 0 {
		return f.openSkipped(ctx, number, off, n)
	}
	part := cut(ranges, off, n)
	source, err := openRange(ctx, f.blobs, f.Instance, f.layout.Pixels.Deflated, span(part))
	if err != nil {
		return nil, err
	}
	return &cutter{ReadCloser: source, ranges: part, at: span(part).Offset}, nil
}

// openSkipped reads a frame from its beginning and drops what is before off.
func (f *Frames) openSkipped(ctx context.Context, number int, off, n int64) (io.ReadCloser, error) {
	r, _, err := f.Open(ctx, number)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, r, off); err != nil {
		_ = r.Close()
		return nil, noEOF(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, n), r}, nil
}

// cut answers the part of some ranges that n bytes from off on make.
func cut(ranges []dicom.Range, off, n int64) (part []dicom.Range) {
	for _, r := range ranges {
		skip := min(off, r.Length)
		off -= skip
		if take := min(n, r.Length-skip); take > 0 {
			part = append(part, dicom.Range{Offset: r.Offset + skip, Length: take})
			n -= take
		}
	}
	return part
}
