package main

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// stillness is how long a peer of the image door may neither send nor take anything. There is no bound on the whole: a study over a
// poor line takes as long as it takes.
const stillness = time.Minute

// steady serves next with deadlines that move on with every byte: a peer that stands still loses its connection, and with it the
// goroutine and the half-written object that it held.
func steady(next http.Handler, pause time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		r.Body = &steadyBody{r.Body, control, pause}
		next.ServeHTTP(&steadyWriter{w, control, pause}, r)
		// The connection may serve another door next, after a long rest.
		_ = control.SetWriteDeadline(time.Time{})
	})
}

// unread bounds how long the server waits for the rest of a body that its handler did not want: net/http reads up to 256 KB of it
// before the next request, for ever if the peer does not send.
func unread(next http.Handler, pause time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(pause))
		}
	})
}

type steadyBody struct {
	io.ReadCloser
	control *http.ResponseController
	pause   time.Duration
}

func (b *steadyBody) Read(p []byte) (int, error) {
	if err := b.control.SetReadDeadline(time.Now().Add(b.pause)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, err // the deadline stays, so that nobody waits for the rest
	}
	// The server goes on listening behind the body for the peer's going away, for however long the answer takes.
	if off := b.control.SetReadDeadline(time.Time{}); err == nil && off != nil && !errors.Is(off, http.ErrNotSupported) {
		err = off
	}
	return n, err
}

type steadyWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	pause   time.Duration
}

func (s *steadyWriter) Write(p []byte) (int, error) {
	if err := s.control.SetWriteDeadline(time.Now().Add(s.pause)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return s.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *steadyWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
