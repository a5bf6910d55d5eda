package dicom

import (
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	defaultBuffer = 32 << 10
	minBuffer     = 4 << 10
)

// source reads a stream through one buffer and knows where it is. In memory (whole) the buffer is the stream.
type source struct {
	r      io.Reader
	buf    []byte
	lo, hi int
	pos    int64 // offset in the stream of buf[lo]
	limit  int64 // Options.MaxSize
	size   int64 // of the stream, math.MaxInt64 when not known
	whole  bool
	tape   *tape // records what is taken, for the editor; else nil
	err    error // what ended reading; io.EOF at the end
}

func newSource(r io.Reader, o *Options) *source {
	s := &source{r: r, buf: o.Buffer[:cap(o.Buffer)], limit: o.MaxSize, size: math.MaxInt64}
	if len(s.buf) < minBuffer {
		s.buf = make([]byte, defaultBuffer)
	}
	if o.Size > 0 {
		s.size = o.Size
	}
	return s
}

func wholeSource(b []byte) *source {
	return &source{buf: b, hi: len(b), limit: math.MaxInt64, size: int64(len(b)), whole: true, err: io.EOF}
}

// peek gives the next n bytes (n ≤ minBuffer) without taking them, or fewer and what ended the stream.
func (s *source) peek(n int) ([]byte, error) {
	for s.hi-s.lo < n && s.err == nil {
		s.fill()
	}
	if s.hi-s.lo < n {
		return s.buf[s.lo:s.hi], s.err
	}
	return s.buf[s.lo : s.lo+n], nil
}

// fill reads once, moving what is left to the front of the buffer when there is little room.
func (s *source) fill() {
	if len(s.buf)-s.hi < minBuffer/2 {
		copy(s.buf, s.buf[s.lo:s.hi])
		s.lo, s.hi = 0, s.hi-s.lo
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.hi:])
		s.hi += n
		if err != nil {
			s.err = err
		}
		if s.pos+int64(s.hi-s.lo) > s.limit {
			s.err = &SyntaxError{Reason: ReasonSize, Offset: s.pos, Text: fmt.Sprintf("the stream is longer than %d bytes", s.limit)}
		}
		if n > 0 || s.err != nil {
			return
		}
	}
	s.err = io.ErrNoProgress
}

// advance takes n bytes that were peeked.
func (s *source) advance(n int) {
	if s.tape != nil {
		s.tape.raw = append(s.tape.raw, s.buf[s.lo:s.lo+n]...)
	}
	s.lo += n
	s.pos += int64(n)
}

// read fills dst.
func (s *source) read(dst []byte) error {
	for {
		n := copy(dst, s.buf[s.lo:s.hi])
		s.advance(n)
		dst = dst[n:]
		switch {
		case len(dst) == 0:
			return nil
		case s.err != nil:
			return s.ended()
		}
		s.fill()
	}
}

// alias gives the next n bytes of a stream that is in memory.
func (s *source) alias(n int) ([]byte, error) {
	if s.hi-s.lo < n {
		return nil, s.ended()
	}
	b := s.buf[s.lo : s.lo+n : s.lo+n]
	s.advance(n)
	return b, nil
}

// skip passes over n bytes, which are read but not kept.
func (s *source) skip(n int64) error {
	for {
		step := min(n, int64(s.hi-s.lo))
		s.advance(int(step))
		n -= step
		switch {
		case n == 0:
			return nil
		case s.err != nil:
			return s.ended()
		}
		s.lo, s.hi = 0, 0
		s.fill()
	}
}

// drain reads to the end of the stream.
func (s *source) drain() error {
	if err := s.skip(math.MaxInt64); !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return nil
}

// ended says why the stream gave no more: io.ErrUnexpectedEOF for a plain end.
func (s *source) ended() error {
	if errors.Is(s.err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return s.err
}

// Read hands out what stands next in the stream, past the buffer once that is empty.
func (s *source) Read(p []byte) (int, error) {
	if s.lo < s.hi {
		n := copy(p, s.buf[s.lo:s.hi])
		s.advance(n)
		return n, nil
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.pos += int64(n)
	if err != nil {
		s.err = err
	}
	if s.pos > s.limit {
		s.err = &SyntaxError{Reason: ReasonSize, Offset: s.pos, Text: fmt.Sprintf("the stream is longer than %d bytes", s.limit)}
		return 0, s.err
	}
	if n > 0 {
		return n, nil
	}
	return 0, err
}
