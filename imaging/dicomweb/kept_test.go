package dicomweb_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"yilian/imaging"
	"yilian/imaging/dicomweb"
)

// ownWay is a store that sends what it has by its own way, as one does whose objects stand in files.
type ownWay struct {
	imaging.Blobs
	sent atomic.Int64 // bytes
	open atomic.Int64 // readers that were not closed
	cut  int64        // leave so many bytes out at the end
}

type ownReader struct {
	io.ReadCloser
	s *ownWay
}

func (s *ownWay) Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	r, err := s.Blobs.Open(ctx, key, off, n)
	if err != nil {
		return nil, err
	}
	s.open.Add(1)
	return &ownReader{r, s}, nil
}

func (r *ownReader) WriteTo(w io.Writer) (int64, error) {
	all, err := io.ReadAll(r.ReadCloser)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, bytes.NewReader(all[:max(0, int64(len(all))-r.s.cut)]))
	r.s.sent.Add(n)
	return n, err
}

func (r *ownReader) Close() error {
	r.s.open.Add(-1)
	return r.ReadCloser.Close()
}

// TestKept: what is given as it is kept tells its length before, is the same by whichever way it goes, and is broken off when less
// is there than the index says.
func TestKept(t *testing.T) {
	w := newWorld(t)
	var files [][]byte
	for n, size := range []int{16, 900, 64, 600, 8} { // one of more than is read ahead
		c := slice(1, n+1)
		c.size = size
		files = append(files, c.file(t))
		w.put(files[n])
	}
	own := &ownWay{Blobs: w.blobs}
	archive, err := imaging.New(imaging.Config{Index: w.index, Blobs: own, Access: rights{w.index}})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := dicomweb.New(dicomweb.Config{Archive: archive, Authenticate: authenticate, PublicURL: w.url[:len(w.url)-len("/dicom-web")]})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	other := *w
	other.url = server.URL + "/dicom-web"

	instance := "/studies/" + root + "1/series/" + root + "1.1/instances/" + root + "1.1."
	for _, c := range []struct{ path, accept string }{
		{"/studies/" + root + "1", `multipart/related; type="application/dicom"; transfer-syntax=*`},
		{"/studies/" + root + "1/series/" + root + "1.1", `multipart/related; type="application/dicom"`},
		{instance + "2", "application/dicom"},
		{instance + "2/frames/1", `multipart/related; type="application/octet-stream"`},
		{instance + "2/frames/1", "application/octet-stream"},
		{instance + "2/bulkdata/7FE00010", `multipart/related; type="application/octet-stream"`},
	} {
		a, before := w.get("north", c.path, "Accept", c.accept), own.sent.Load()
		b := other.get("north", c.path, "Accept", c.accept)
		for _, one := range []answer{a, b} {
			if length := one.header.Get("Content-Length"); one.status != http.StatusOK || length != strconv.Itoa(len(one.body)) {
				t.Errorf("%s: status %d, Content-Length %q of %d bytes", c.path, one.status, length, len(one.body))
			}
		}
		if sent := own.sent.Load() - before; sent < int64(len(b.body))*9/10-5000 {
			t.Errorf("%s: %d bytes of %d went the store's own way", c.path, sent, len(b.body))
		}
		if a.header.Get("Content-Type")[:17] != "multipart/related" {
			if !bytes.Equal(a.body, b.body) {
				t.Errorf("%s: other bytes", c.path)
			}
			continue
		}
		x, y := a.parts(t), b.parts(t)
		if len(x) != len(y) {
			t.Fatalf("%s: %d parts and %d", c.path, len(x), len(y))
		}
		for i := range x {
			if !bytes.Equal(x[i].body, y[i].body) {
				t.Errorf("%s: part %d has other bytes", c.path, i)
			}
		}
	}
	if head := w.do(http.MethodHead, "north", "/studies/"+root+"1", nil, "Accept", `multipart/related; type="application/dicom"; transfer-syntax=*`); head.status != http.StatusOK || len(head.body) > 0 {
		t.Errorf("HEAD: status %d", head.status)
	}

	own.cut = 3
	for _, path := range []string{"/studies/" + root + "1", instance + "2/frames/1"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, other.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Institution", "north")
		r.Header.Set("Accept", "multipart/related; type=\"*/*\"; transfer-syntax=*")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // so early that nothing was sent
		}
		if _, err := io.Copy(io.Discard, resp.Body); err == nil {
			t.Errorf("%s: nobody would notice that bytes are missing: %s", path, fmt.Sprint(resp.Header))
		}
		_ = resp.Body.Close()
	}
	server.Close() // waits for the requests
	if n := own.open.Load(); n != 0 {
		t.Errorf("%d readers were left open", n)
	}
}
