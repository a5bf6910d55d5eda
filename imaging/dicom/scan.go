package dicom

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math"
)

// Options bound a scan. The zero value of each field means its default.
type Options struct {
	MaxValue     int   // bytes of a value that is kept in memory (128 KiB, the largest palette); longer ones become Bulk
	MaxHeader    int64 // bytes of all values kept (32 MiB)
	MaxElements  int   // elements and items on all levels (500 000)
	MaxDepth     int   // nested sequences (32)
	MaxFragments int   // of encapsulated pixel data (1 000 000)
	MaxSize      int64 // bytes of the stream, after inflating (16 GiB; deflated 1 GiB)

	Size   int64 // bytes in the stream when known: lengths are checked against it before anything is read
	Base   int64 // added to every offset of Layout and Bulk: the length of what stands before the stream in storage
	Header bool  // stop before the pixel data: the stream is not read further, and Layout has no fragments

	// Charset is what text really is that no Specific Character Set declares, or a wrong one: what is known of the sender. It is one
	// defined term, and counts only where the bytes do not contradict it.
	Charset string

	// Buffer is used for reading if it holds at least 4 KiB; its size is the size of most reads (else 32 KiB).
	Buffer []byte
}

const (
	defaultMaxSize  = 16 << 30
	inflatedMaxSize = 1 << 30
)

func (o *Options) defaults() {
	def := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&o.MaxValue, 128<<10)
	def(&o.MaxElements, 500_000)
	def(&o.MaxDepth, 32)
	def(&o.MaxFragments, 1_000_000)
	if o.MaxHeader <= 0 {
		o.MaxHeader = 32 << 20
	}
	if o.MaxSize <= 0 {
		o.MaxSize = defaultMaxSize
	}
}

// Object is the outcome of a scan.
type Object struct {
	Preamble []byte   // the 128 bytes before the prefix, nil when there was none
	Meta     *Dataset // file meta information (group 0002), nil when there was none
	Syntax   TransferSyntax
	Dataset  *Dataset
	Layout   Layout
	Start    int64     // offset of the data set in the stream: the length of preamble and file meta information
	Size     int64     // bytes of the stream (inflated ones after Start when deflated); those read so far with Options.Header
	Warnings []Warning // what was tolerated, the first 32
}

// Warning is a defect that was tolerated.
type Warning struct {
	Offset int64
	Tag    Tag
	Text   string
}

// Scan reads a data set without file meta information, as it comes in a C-STORE, to the end of the stream. Hand it an
// io.TeeReader to store and hash the same bytes: each is read exactly once and in order. Errors are *SyntaxError for bad bytes,
// and those of r as they are.
func Scan(r io.Reader, ts TransferSyntax, o Options) (*Object, error) {
	o.defaults()
	return scanDataset(newSource(r, &o), ts, &o, nil)
}

// Parse reads a data set that is in memory: a C-FIND identifier, a command set. Values of any size are kept; they alias b.
func Parse(b []byte, ts TransferSyntax) (*Dataset, error) {
	o := Options{MaxValue: math.MaxInt, MaxHeader: math.MaxInt64}
	o.defaults()
	if ts.Deflated {
		o.MaxHeader = 64 << 20
		obj, err := scanDataset(newSource(bytes.NewReader(b), &o), ts, &o, nil)
		if err != nil {
			return nil, err
		}
		return obj.Dataset, nil
	}
	obj, err := scanDataset(wholeSource(b), ts, &o, nil)
	if err != nil {
		return nil, err
	}
	return obj.Dataset, nil
}

// scanDataset scans from where src stands; file is what was read before, if anything.
func scanDataset(src *source, ts TransferSyntax, o *Options, file *Object) (*Object, error) {
	obj := file
	if obj == nil {
		obj = &Object{}
	}
	obj.Syntax, obj.Start = ts, src.pos
	raw := src
	if ts.Deflated {
		src = inflated(src, o)
	}
	s := newScanner(src, ts, o, obj)
	if err := s.run(); err != nil {
		return nil, s.explain(err)
	}
	if raw != src && !o.Header {
		if err := raw.drain(); err != nil {
			return nil, err
		}
	}
	obj.Size = src.pos
	obj.Layout.Deflated = ts.Deflated
	for _, c := range s.charsets {
		c.settle(o.Charset)
	}
	s.finishLayout()
	return obj, nil
}

// inflated is the data set behind RFC 1951 (PS3.5 A.5). Its offsets go on from where the compressed bytes start.
func inflated(src *source, o *Options) *source {
	limit := o.MaxSize
	if limit == defaultMaxSize {
		limit = inflatedMaxSize
	}
	plain := newSource(flate.NewReader(remains{src}), &Options{MaxSize: limit})
	plain.pos = src.pos
	return plain
}

// remains reads what a source has left. It has ReadByte, so that flate reads no further than its stream.
type remains struct{ s *source }

func (r remains) Read(p []byte) (int, error) {
	if r.s.lo == r.s.hi && r.s.err == nil {
		r.s.lo, r.s.hi = 0, 0
		r.s.fill()
	}
	n := copy(p, r.s.buf[r.s.lo:r.s.hi])
	r.s.advance(n)
	if n == 0 {
		return 0, r.s.err
	}
	return n, nil
}

func (r remains) ReadByte() (byte, error) {
	b, err := r.s.peek(1)
	if err != nil {
		return 0, err
	}
	r.s.advance(1)
	return b[0], nil
}

// explain turns the plain ends of streams into SyntaxErrors.
func (s *scanner) explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt):
		return &SyntaxError{Reason: ReasonDeflate, Offset: s.src.pos, Tag: s.tag, Text: "the deflated stream is corrupt"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &SyntaxError{Reason: ReasonTruncated, Offset: s.src.pos, Tag: s.tag, Text: "the stream ends inside the data set"}
	}
	return err
}

func (s *scanner) fail(r Reason, format string, args ...any) error {
	return &SyntaxError{Reason: r, Offset: s.at, Tag: s.tag, Text: fmt.Sprintf(format, args...)}
}

const maxWarnings = 32

func (s *scanner) warn(text string) {
	if len(s.obj.Warnings) < maxWarnings {
		s.obj.Warnings = append(s.obj.Warnings, Warning{Offset: s.at + s.o.Base, Tag: s.tag, Text: text})
	}
}
