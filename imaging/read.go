package imaging

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"

	"yilian"
	"yilian/imaging/dicom"
)

// Object is one instance as a Part 10 stream, byte for byte as it is kept but for the corrections in force.
type Object struct {
	Instance Instance
	Size     int64 // of the whole stream; below 0 while it is not known, which is so for what ObjectOf answers with corrections
	blobs    Blobs
	amended  *amended // nil: read as it is kept
}

// Object answers one instance whole.
func (a *Archive) Object(ctx context.Context, actor yilian.Actor, p Path) (Object, error) {
	i, err := a.Instance(ctx, actor, p)
	if err != nil {
		return Object{}, err
	}
	return a.object(i).correct(ctx)
}

// ObjectOf answers an instance that Instances has yielded.
func (a *Archive) ObjectOf(i Instance) Object { return a.object(i) }

func (a *Archive) object(i Instance) Object {
	return Object{Instance: i, Size: i.DataOffset + i.Size, blobs: a.blobs}.mark()
}

// Open reads n bytes from off on; n < 0 reads to the end.
func (o Object) Open(ctx context.Context, off, n int64) (io.ReadCloser, error) {
	if o.amended != nil {
		return o.openAmended(ctx, off, n)
	}
	return o.raw(ctx, off, n)
}

// raw reads what is stored.
func (o Object) raw(ctx context.Context, off, n int64) (io.ReadCloser, error) {
	r, err := o.blobs.Open(ctx, o.Instance.Blob, off, n)
	if err != nil {
		return nil, lost(o.Instance, err)
	}
	return r, nil
}

// lost marks the absence of a blob that the index names: a damaged archive, not a wrong request.
func lost(i Instance, err error) error {
	if yilian.KindOf(err) == yilian.NotFound {
		return fmt.Errorf("imaging: object of %s is missing from the store: %v", i.UID, err) //nolint:errorlint // its kind must not be seen
	}
	return unavailable("open an object", err)
}

// Frames are the frames of one instance, for one request. Numbers count from 1, as DICOM does.
type Frames struct {
	Instance Instance
	Syntax   dicom.TransferSyntax
	header   *dicom.Dataset // read when it is needed first
	layout   layout
	blobs    Blobs
	pixels   gate
}

// Frames answers the frames of one instance, or NotFound if it has no pixel data.
func (a *Archive) Frames(ctx context.Context, actor yilian.Actor, p Path) (*Frames, error) {
	if err := a.authorise(ctx, actor, p.Study); err != nil {
		return nil, err
	}
	i, err := a.index.Bare(ctx, p.Instance)
	if err != nil {
		return nil, unavailable("look up an instance", err)
	}
	if i.Study != p.Study || p.Series != "" && i.Series != p.Series {
		return nil, notFound()
	}
	if l, ok := a.layouts.get(i); ok {
		return a.framesIn(i, l)
	}
	whole, err := a.instance(ctx, p)
	if err != nil {
		return nil, err
	}
	i.Layout = whole.Layout
	return a.framesOf(i)
}

func (a *Archive) framesOf(i Instance) (*Frames, error) {
	l, ok := a.layouts.get(i)
	if !ok {
		var err error
		if l, err = i.layout(); err != nil {
			return nil, err
		}
		a.layouts.put(i, l)
	}
	return a.framesIn(i, l)
}

func (a *Archive) framesIn(i Instance, l layout) (*Frames, error) {
	if l.Pixels.Tag == 0 || l.Pixels.Frames == 0 {
		return nil, yilian.Errorf(yilian.NotFound, CodeNotFound, "This instance has no pixel data.")
	}
	return &Frames{Instance: i, Syntax: dicom.Syntax(i.TransferSyntax), layout: l, blobs: a.blobs, pixels: a.pixels}, nil
}

// Count is the number of frames.
func (f *Frames) Count() int { return f.layout.Pixels.Frames }

// Open reads one frame as it is kept: native pixels in the byte order of Syntax, or one codestream. size is its length.
func (f *Frames) Open(ctx context.Context, number int) (r io.ReadCloser, size int64, err error) {
	ranges, skip, err := f.layout.Pixels.Frame(number - 1)
	if err != nil {
		return nil, 0, err
	}
	for _, one := range ranges {
		size += one.Length
	}
	source, err := openRange(ctx, f.blobs, f.Instance, f.layout.Pixels.Deflated, span(ranges))
	if err != nil {
		return nil, 0, err
	}
	cut := &cutter{ReadCloser: source, ranges: ranges, at: span(ranges).Offset}
	if skip == 0 {
		return cut.whole(), size, nil
	}
	size = (f.layout.Pixels.FrameBits + 7) / 8
	return &shifter{ReadCloser: cut, skip: uint(skip), left: size}, size, nil
}

// span is the range from the first to the last of some ranges.
func span(ranges []dicom.Range) dicom.Range {
	if len(ranges) == 0 {
		return dicom.Range{}
	}
	first, last := ranges[0], ranges[len(ranges)-1]
	return dicom.Range{Offset: first.Offset, Length: last.Offset + last.Length - first.Offset}
}

// openRange reads a range of an instance's file. In a deflated data set offsets count inflated bytes, so everything before is
// inflated too.
func openRange(ctx context.Context, blobs Blobs, i Instance, deflated bool, r dicom.Range) (io.ReadCloser, error) {
	if !deflated {
		source, err := blobs.Open(ctx, i.Blob, r.Offset, r.Length)
		if err != nil {
			return nil, lost(i, err)
		}
		return source, nil
	}
	source, err := blobs.Open(ctx, i.Blob, i.DataOffset, -1)
	if err != nil {
		return nil, lost(i, err)
	}
	plain := flate.NewReader(source)
	if _, err := io.CopyN(io.Discard, plain, r.Offset-i.DataOffset); err != nil {
		_ = source.Close()
		return nil, fmt.Errorf("imaging: inflate %s: %w", i.UID, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(plain, r.Length), source}, nil
}

// cutter gives out only the ranges of a stream that begins at the first of them: it leaves out the item headers between fragments.
type cutter struct {
	io.ReadCloser
	ranges []dicom.Range
	at     int64
}

func (c *cutter) Read(p []byte) (int, error) {
	for len(c.ranges) > 0 {
		r := &c.ranges[0]
		if gap := r.Offset - c.at; gap > 0 {
			n, err := io.CopyN(io.Discard, c.ReadCloser, gap)
			if c.at += n; err != nil {
				return 0, noEOF(err)
			}
		}
		if r.Length == 0 {
			c.ranges = c.ranges[1:]
			continue
		}
		n, err := c.ReadCloser.Read(p[:min(int64(len(p)), r.Length)])
		c.at += int64(n)
		*r = dicom.Range{Offset: c.at, Length: r.Length - int64(n)}
		if n == 0 && err != nil {
			return 0, noEOF(err)
		}
		return n, nil
	}
	return 0, io.EOF
}

// whole lets a store that can send a range by its own way do so, where nothing has to be left out.
func (c *cutter) whole() io.ReadCloser {
	if from, ok := c.ReadCloser.(io.WriterTo); ok && len(c.ranges) == 1 {
		return straight{c, from, c.ranges[0].Length}
	}
	return c
}

// straight is one range of an object.
type straight struct {
	*cutter
	from io.WriterTo
	size int64
}

// WriteTo implements io.WriterTo. It is called instead of Read.
func (s straight) WriteTo(w io.Writer) (int64, error) {
	n, err := s.from.WriteTo(w)
	if err == nil && n != s.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// noEOF: an object that ends before its index says is damaged.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// shifter moves the bits of a frame of 1-bit pixels that does not begin on a byte down to one (PS3.5 8.1.1: the first pixel is
// the lowest bit).
type shifter struct {
	io.ReadCloser
	skip  uint
	left  int64 // bytes to give out
	carry byte
	have  bool
}

func (s *shifter) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), s.left)]
	if !s.have {
		var b [1]byte
		if _, err := io.ReadFull(s.ReadCloser, b[:]); err != nil {
			return 0, noEOF(err)
		}
		s.carry, s.have = b[0], true
	}
	n, err := s.ReadCloser.Read(p)
	for i, b := range p[:n] {
		p[i] = s.carry>>s.skip | b<<(8-s.skip)
		s.carry = b
	}
	s.left -= int64(n)
	if n == 0 && errors.Is(err, io.EOF) && s.left == 1 {
		p[0] = s.carry >> s.skip
		s.left = 0
		return 1, nil
	}
	if n == 0 && err != nil {
		return 0, noEOF(err)
	}
	return n, nil
}

// BulkValue is a large value of an instance.
type BulkValue struct {
	Instance Instance
	VR       dicom.VR
	Size     int64
	syntax   dicom.TransferSyntax
	at       dicom.Range
	deflated bool
	memory   []byte // a value that stands in the header
	blobs    Blobs
}

// Bulk answers the value behind a BulkDataURI of the instance's metadata; path is what follows the base, "54000100/0/54001010".
// Encapsulated pixel data are answered with all their item headers.
func (a *Archive) Bulk(ctx context.Context, actor yilian.Actor, p Path, path string) (BulkValue, error) {
	i, err := a.Instance(ctx, actor, p)
	if err != nil {
		return BulkValue{}, err
	}
	l, err := i.layout()
	if err != nil {
		return BulkValue{}, err
	}
	v := BulkValue{Instance: i, syntax: dicom.Syntax(i.TransferSyntax), blobs: a.blobs, deflated: l.Pixels.Deflated}
	if l.Pixels.Tag != 0 && path == l.Pixels.Tag.String() {
		v.VR, v.at, v.Size = l.Pixels.VR, dicom.Range{Offset: l.Pixels.Offset, Length: l.Pixels.Length}, l.Pixels.Length
		return v, nil
	}
	if b, ok := l.Bulk[path]; ok {
		v.VR, v.at, v.Size = b.VR, dicom.Range{Offset: b.Offset, Length: b.Length}, b.Length
		return v, nil
	}
	return v, v.fromHeader(ctx, path)
}

// fromHeader finds a value that is longer than the metadata hold and shorter than a bulk value with a place of its own.
func (v *BulkValue) fromHeader(ctx context.Context, path string) error {
	err := v.scanned(ctx, path, true)
	if yilian.KindOf(err) == yilian.NotFound {
		err = v.scanned(ctx, path, false) // behind the pixel data
	}
	return err
}

func (v *BulkValue) scanned(ctx context.Context, path string, header bool) error {
	r, err := v.blobs.Open(ctx, v.Instance.Blob, v.Instance.DataOffset, -1)
	if err != nil {
		return lost(v.Instance, err)
	}
	defer func() { _ = r.Close() }()
	object, err := dicom.Scan(r, v.syntax, dicom.Options{Header: header})
	if err != nil {
		return fmt.Errorf("imaging: read the header of %s: %w", v.Instance.UID, err)
	}
	e, _ := object.Dataset.Lookup(path)
	if e == nil || e.VR == dicom.SQ || e.IsBulk() {
		return notFound()
	}
	v.VR, v.memory, v.Size = e.VR, e.Value, int64(len(e.Value))
	return nil
}

// Open reads n bytes of the value from off on, in the byte order of its transfer syntax; n < 0 reads to the end.
func (v BulkValue) Open(ctx context.Context, off, n int64) (io.ReadCloser, error) {
	if n < 0 || off+n > v.Size {
		n = v.Size - off
	}
	if v.memory != nil || v.Size == 0 {
		return io.NopCloser(io.NewSectionReader(bytes.NewReader(v.memory), off, n)), nil
	}
	return openRange(ctx, v.blobs, v.Instance, v.deflated, dicom.Range{Offset: v.at.Offset + off, Length: n})
}
