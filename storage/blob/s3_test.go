package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/storage/blob"
	"yilian/storage/storagetest"
)

// wired opens the test bucket through a wire.
func wired(t *testing.T) (*storagetest.Wire, *blob.Store, string) {
	direct := place(t)
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	endpoint, err := url.Parse(q.Get("endpoint"))
	if err != nil {
		t.Fatal(err)
	}
	w := storagetest.NewWire(t, endpoint.Host)
	endpoint.Host = w.Address()
	q.Set("endpoint", endpoint.String())
	u.RawQuery = q.Encode()
	s, err := blob.S3(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	return w, s, direct
}

func noise(n int) []byte {
	b := make([]byte, n)
	source := rand.New(rand.NewPCG(uint64(n), 9))
	for i := range b {
		b[i] = byte(source.Uint32())
	}
	return b
}

func store(ctx context.Context, s *blob.Store, key string, content []byte) error {
	w, err := s.Create(ctx)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		w.Abort()
		return err
	}
	return w.Commit(ctx, key)
}

// A reader goes on where it was when the connection breaks, and gives up when it breaks again and again.
func TestS3ReadGoesOn(t *testing.T) {
	w, s, _ := wired(t)
	content := noise(8 << 20)
	if err := store(t.Context(), s, "big", content); err != nil {
		t.Fatal(err)
	}
	for _, r := range [][2]int64{{0, -1}, {1000, 7 << 20}} {
		w.CutAfter(1<<20, 2<<20, 500_000)
		body, err := s.Open(t.Context(), "big", r[0], r[1])
		if err != nil {
			t.Fatal(err)
		}
		want := content[r[0]:]
		if r[1] >= 0 {
			want = want[:r[1]]
		}
		got, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("range %v: %d of %d bytes, %v", r, len(got), len(want), err)
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
	}
	w.CutAfter(1 << 20)
	body, err := s.Open(t.Context(), "big", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := body.Read(one); err != nil {
		t.Fatal(err)
	}
	w.Set(true, false)
	if _, err := io.ReadAll(body); yilian.KindOf(err) != yilian.Unavailable {
		t.Errorf("a store that is gone: %v", err)
	}
	_ = body.Close()
}

// A broken upload is tried again; one that cannot be finished is Unavailable and leaves nothing to be seen.
func TestS3UploadInterrupted(t *testing.T) {
	w, s, direct := wired(t)
	content := noise(11 << 20)
	// No answer comes over the next connections: each request has to be sent again.
	w.CutAfter(0, 0)
	if err := store(t.Context(), s, "again", content); err != nil {
		t.Errorf("two broken connections: %v", err)
	}
	w.Set(true, false)
	for name, size := range map[string]int{"small": 100, "large": 11 << 20} {
		if err := store(t.Context(), s, name, noise(size)); yilian.KindOf(err) != yilian.Unavailable {
			t.Errorf("%s without a connection: %v", name, err)
		}
	}
	w.Set(false, false)
	other, err := blob.S3(t.Context(), direct)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := other.List(t.Context(), "", "", 10)
	if err != nil || strings.Join(keys, " ") != "again" {
		t.Errorf("keys %q, %v", keys, err)
	}
	r, err := other.Open(t.Context(), "again", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_ = r.Close()
}

// A caller that gives up is not kept waiting.
func TestS3GivesUp(t *testing.T) {
	w, s, _ := wired(t)
	w.Set(false, true)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := store(ctx, s, "x", []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// An object of any size takes the memory of a few parts.
func TestS3Memory(t *testing.T) {
	s, err := blob.S3(t.Context(), place(t))
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chunk := noise(1 << 20)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 96 {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&now)
	if grown := int64(now.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("holds %d MiB for an object of 96 MiB", grown>>20)
	}
	if err := w.Commit(t.Context(), "big"); err != nil {
		t.Fatal(err)
	}
	if size, err := s.Stat(t.Context(), "big"); err != nil || size != 96<<20 {
		t.Errorf("size %d, %v", size, err)
	}
}

// What an upload that died has left is swept, and nothing else.
func TestS3Sweep(t *testing.T) {
	s, err := blob.S3(t.Context(), place(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := store(t.Context(), s, "kept", []byte("x")); err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(noise(6 << 20)); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(noise(6 << 20)); err != nil {
		t.Errorf("a young upload was swept: %v", err)
	}
	if err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context(), "late"); err == nil {
		t.Error("an old upload was not swept")
	}
	if keys, err := s.List(t.Context(), "", "", 10); err != nil || strings.Join(keys, " ") != "kept" {
		t.Errorf("keys %q, %v", keys, err)
	}
}

func TestS3Settings(t *testing.T) {
	for _, address := range []string{
		"s3://key:secret@/x", "s3://key:secret@bucket", "s3://key:secret@bucket?endpoint=host", "s3://key:secret@bucket?endpoint=ftp://host",
		"s3://key:secret@bucket?endpoint=http://h&lookup=x", "s3://key:secret@bu\x00cket", "http://key:secret@bucket?endpoint=http://h",
	} {
		_, err := blob.S3(t.Context(), address)
		if yilian.KindOf(err) != yilian.Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	u, err := url.Parse(place(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = "no-such-bucket"
	if _, err := blob.S3(t.Context(), u.String()); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a bucket that is not there: %v", err)
	}
	u.User = url.UserPassword("yilian", "wrong-secret")
	if _, err := blob.S3(t.Context(), u.String()); err == nil || strings.Contains(err.Error(), "wrong-secret") {
		t.Errorf("wrong keys: %v", err)
	}
}
