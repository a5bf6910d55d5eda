package dicomweb

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// related writes an answer of type multipart/related (RFC 2387) part by part.
type related struct {
	w        http.ResponseWriter
	head     bool // only the header is asked for
	boundary string
	begun    bool
	kind     string // of the parts
	length   int64  // of all parts, if each was announced
}

func newRelated(w http.ResponseWriter, r *http.Request, kind string) *related {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	return &related{w: w, head: r.Method == http.MethodHead, boundary: hex.EncodeToString(b[:]), kind: kind}
}

// announce counts a part that will come, with the size of its body. Where all are announced before the first, the answer tells its
// length, and bodies that stand in files need not go through this program's memory.
func (m *related) announce(headers []string, size int64) {
	m.length += int64(len(m.opening(headers))) + size + int64(len("\r\n"))
}

func (m *related) opening(headers []string) string {
	return "--" + m.boundary + "\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
}

func (m *related) closing() string { return "--" + m.boundary + "--\r\n" }

// part writes one part; headers are lines without their ends, size is that of the body, or below 0 if nobody knows.
func (m *related) part(headers []string, body io.Reader, size int64) error {
	if !m.begun {
		m.begun = true
		m.w.Header().Set("Content-Type", fmt.Sprintf(`%s; type="%s"; boundary=%s`, typeRelated, m.kind, m.boundary))
		m.w.Header().Set("X-Content-Type-Options", "nosniff")
		if m.length > 0 {
			m.w.Header().Set("Content-Length", strconv.FormatInt(m.length+int64(len(m.closing())), 10))
		}
		m.w.WriteHeader(http.StatusOK)
	}
	if m.head {
		return errEnough
	}
	if _, err := io.WriteString(m.w, m.opening(headers)); err != nil {
		return err
	}
	n, err := copyTo(m.w, body)
	if err != nil {
		return err
	}
	if size >= 0 && n != size {
		return fmt.Errorf("dicomweb: a part of %d bytes has %d: %w", size, n, io.ErrUnexpectedEOF)
	}
	_, err = io.WriteString(m.w, "\r\n")
	return err
}

// copyBuffers are used again: an answer in chunks costs two calls of the system for each.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// copyTo copies by the source's own way, which may be the system's, or in large pieces.
func copyTo(w io.Writer, r io.Reader) (int64, error) {
	if whole, ok := r.(io.WriterTo); ok {
		return whole.WriteTo(w)
	}
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, *buffer)
}

// errEnough ends a request for the header alone: all of its answer is out.
var errEnough = errors.New("dicomweb: a HEAD request has its answer")

func (m *related) end() error {
	_, err := io.WriteString(m.w, m.closing())
	return err
}

// opener reads n bytes of something stored from off on.
type opener func(ctx context.Context, off, n int64) (io.ReadCloser, error)

// seeker lets http.ServeContent (ranges, conditions) read what opener opens. It belongs to one request.
type seeker struct {
	ctx  context.Context
	open opener
	size int64
	at   int64
	r    io.ReadCloser // opened at `at`
}

func (s *seeker) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += s.at
	case io.SeekEnd:
		off += s.size
	}
	if off != s.at {
		s.close()
	}
	s.at = off
	return off, nil
}

func (s *seeker) Read(p []byte) (int, error) {
	if s.at >= s.size {
		return 0, io.EOF
	}
	if s.r == nil {
		r, err := s.open(s.ctx, s.at, s.size-s.at)
		if err != nil {
			return 0, err
		}
		s.r = r
	}
	n, err := s.r.Read(p)
	s.at += int64(n)
	return n, err
}

// writeTo writes the next n bytes.
func (s *seeker) writeTo(w io.Writer, n int64) (int64, error) {
	r, err := s.open(s.ctx, s.at, min(n, s.size-s.at))
	if err != nil {
		return 0, err
	}
	s.close()
	defer func() { _ = r.Close() }()
	done, err := copyTo(w, r)
	s.at += done
	return done, err
}

func (s *seeker) close() {
	if s.r != nil {
		_ = s.r.Close()
		s.r = nil
	}
}
