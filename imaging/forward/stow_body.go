package forward

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// multipart streams the parts of a request, opening one object after the other.
type multipart struct {
	io.Reader
	boundary string
	ctx      context.Context
	w        *stowSender
	items    []imaging.Instance

	at   int // the item under way
	part io.ReadCloser
	head []byte
	done bool
	read bool
	err  error // of our side
	idle chan struct{}
}

func (w *stowSender) body(ctx context.Context, items []imaging.Instance) (*multipart, int64) {
	m := &multipart{boundary: strings.ToLower(rand.Text()), ctx: ctx, w: w, items: items, at: -1, idle: make(chan struct{}, 1)}
	m.idle <- struct{}{}
	m.Reader = &reader{ctx: ctx, r: readerFunc(m.next), limits: w.line.limits, count: func(n int) { w.line.meter.add(w.s.c.Clock(), 0, int64(n)) }}
	length := int64(len(m.trailer()))
	for n, i := range items {
		size := w.s.c.Archive.ObjectOf(i).Size
		if w.syntax(i) != i.TransferSyntax || size < 0 { // converted, or corrected: known when it is written
			return m, -1
		}
		length += int64(len(m.header(n))) + size
	}
	return m, length
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (m *multipart) header(n int) string {
	line := ""
	if n > 0 {
		line = "\r\n"
	}
	return line + "--" + m.boundary + "\r\nContent-Type: application/dicom\r\n\r\n"
}

func (m *multipart) trailer() string { return "\r\n--" + m.boundary + "--\r\n" }

// next reads on; net/http calls it from a goroutine of its own, which may outlive the request for a moment (see fault).
func (m *multipart) next(p []byte) (int, error) {
	<-m.idle
	defer func() { m.idle <- struct{}{} }()
	m.read = true
	for {
		if len(m.head) > 0 {
			n := copy(p, m.head)
			m.head = m.head[n:]
			return n, nil
		}
		if m.done {
			return 0, io.EOF
		}
		if m.part != nil {
			n, err := m.part.Read(p)
			if err == nil || n > 0 {
				return n, nil
			}
			closing(m.part)
			m.part = nil
			if !errors.Is(err, io.EOF) {
				m.err = err
				return 0, err
			}
		}
		if err := m.begin(); err != nil {
			return 0, err
		}
	}
}

// begin goes to the next part.
func (m *multipart) begin() (err error) {
	if m.at++; m.at == len(m.items) {
		m.done = true
		m.head = []byte(m.trailer())
		return nil
	}
	m.head = []byte(m.header(m.at))
	i := m.items[m.at]
	m.part, err = m.w.s.file(m.ctx, i, m.w.syntax(i))
	if yilian.KindOf(err) == yilian.Invalid { // it cannot be converted: the peer may take it as it is
		m.part, err = m.w.s.file(m.ctx, i, i.TransferSyntax)
	}
	m.err = err
	return err
}

// syntax is the transfer syntax in which an instance goes: there is no negotiation, only a second try.
func (w *stowSender) syntax(i imaging.Instance) string {
	if w.fallen && dicom.Syntax(i.TransferSyntax).Encapsulated {
		return dicom.ExplicitVRLittleEndian
	}
	if w.fallen {
		return i.TransferSyntax
	}
	return w.peer.syntaxes(i.TransferSyntax)[0]
}

// fault answers the item that was under way, and the error of our own side if there was one.
func (m *multipart) fault() (int, error) {
	<-m.idle
	defer func() { m.idle <- struct{}{} }()
	return max(m.at, 0), m.err
}

func (m *multipart) begun() bool {
	<-m.idle
	defer func() { m.idle <- struct{}{} }()
	return m.read
}

// Close closes the object under way.
func (m *multipart) Close() error {
	<-m.idle
	defer func() { m.idle <- struct{}{} }()
	m.done = true
	m.head = nil
	if m.part != nil {
		closing(m.part)
		m.part = nil
	}
	return nil
}
