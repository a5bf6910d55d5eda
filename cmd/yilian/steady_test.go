package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// TestStandingStill: a sender that stops is let go after the pause, one that is merely slow is not; the same for those who take.
func TestStandingStill(t *testing.T) {
	const pause = 300 * time.Millisecond
	read, wrote := make(chan error, 1), make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil { // a long time of work after the body does not count
			select {
			case <-time.After(2 * pause):
			case <-r.Context().Done():
				err = r.Context().Err()
			}
		}
		read <- err
	})
	mux.HandleFunc("GET /short", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		var err error
		for range 1024 {
			if _, err = w.Write(make([]byte, 64<<10)); err != nil {
				break
			}
		}
		wrote <- err
	})
	server := httptest.NewServer(unread(steady(mux, pause), pause))
	defer server.Close()
	dial := func(text string) net.Conn {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		return conn
	}

	for range 2 { // over one connection, with a rest
		res, err := server.Client().Get(server.URL + "/short")
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != "ok" {
			t.Errorf("after a rest: %q %v", body, err)
		}
		_ = res.Body.Close()
		time.Sleep(pause + pause/2)
	}
	slow := dial("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n")
	for range 6 {
		time.Sleep(pause / 3)
		_, _ = io.WriteString(slow, "x")
	}
	if err := <-read; err != nil {
		t.Errorf("a slow sender: %v", err)
	}
	dial("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nxx")
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a sender that stands still: %v", err)
	}
	refused := dial("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nxx")
	_ = refused.SetReadDeadline(time.Now().Add(10 * pause))
	if _, err := io.ReadAll(refused); err != nil {
		t.Errorf("a body that nobody wants keeps its connection: %v", err)
	}
	dial("GET / HTTP/1.1\r\nHost: x\r\n\r\n") // and never reads
	if err := <-wrote; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a taker that stands still: %v", err)
	}
}
