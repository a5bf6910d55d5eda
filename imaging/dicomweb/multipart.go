package dicomweb

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
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
}

func newRelated(w http.ResponseWriter, r *http.Request, kind string) *related {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	return &related{w: w, head: r.Method == http.MethodHead, boundary: hex.EncodeToString(b[:]), kind: kind}
}

// part writes one part; headers are lines without their ends.
func (m *related) part(headers []string, body io.Reader) error {
	if !m.begun {
		m.begun = true
		m.w.Header().Set("Content-Type", fmt.Sprintf(`%s; type="%s"; boundary=%s`, typeRelated, m.kind, m.boundary))
		m.w.Header().Set("X-Content-Type-Options", "nosniff")
		m.w.WriteHeader(http.StatusOK)
	}
	if m.head {
		return errEnough
	}
	if _, err := io.WriteString(m.w, "--"+m.boundary+"\r\n"+strings.Join(headers, "\r\n")+"\r\n\r\n"); err != nil {
		return err
	}
	if err := copyTo(m.w, body); err != nil {
		return err
	}
	_, err := io.WriteString(m.w, "\r\n")
	return err
}

// copyBuffers are used again: an answer in chunks costs two calls of the system for each.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// copyTo copies in large pieces, which neither end may undo by a way of its own.
func copyTo(w io.Writer, r io.Reader) error {
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, *buffer)
	return err
}

// errEnough ends a request for the header alone: all of its answer is out.
var errEnough = errors.New("dicomweb: a HEAD request has its answer")

func (m *related) end() error {
	_, err := io.WriteString(m.w, "--"+m.boundary+"--\r\n")
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

func (s *seeker) close() {
	if s.r != nil {
		_ = s.r.Close()
		s.r = nil
	}
}
