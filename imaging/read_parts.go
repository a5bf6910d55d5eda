package imaging

import (
	"bytes"
	"context"
	"io"
	"sync"

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
	return (&cutter{ReadCloser: source, ranges: part, at: span(part).Offset}).whole(), nil
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

// maxLayouts bounds the layouts that are kept at hand, by the size of what they were read from.
const maxLayouts = 16 << 20

// layouts are those that were read lately: to look up one frame of a long run, its table is not read again each time.
type layouts struct {
	mu   sync.Mutex
	kept map[string]layoutEntry // guarded by mu
	size int                    // guarded by mu
}

type layoutEntry struct {
	layout layout
	size   int
}

// content names what an instance consists of: it has the same layout as long as it is the same.
func (i Instance) content() string { return string(i.UID) + " " + i.SHA256 }

func (l *layouts) get(i Instance) (layout, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.kept[i.content()]
	return e.layout, ok
}

func (l *layouts) put(i Instance, one layout) {
	size := len(i.Layout) + 500
	if size > maxLayouts/4 || i.SHA256 == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil {
		l.kept = map[string]layoutEntry{}
	}
	for key, e := range l.kept { // any is as good as another
		if l.size+size <= maxLayouts {
			break
		}
		delete(l.kept, key)
		l.size -= e.size
	}
	if _, ok := l.kept[i.content()]; !ok {
		l.kept[i.content()] = layoutEntry{one, size}
		l.size += size
	}
}
