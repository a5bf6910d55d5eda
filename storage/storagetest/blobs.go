package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"yilian"
)

// BlobWriter receives one object.
type BlobWriter = interface {
	io.Writer
	Commit(ctx context.Context, key string) error
	Abort()
}

// Blobs is the port under test: a place for immutable objects.
type Blobs interface {
	Create(ctx context.Context) (BlobWriter, error)
	Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error)
	Stat(ctx context.Context, key string) (size int64, err error)
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, prefix, after string, limit int) ([]string, error)
}

// BlobSuite checks a place for objects. open answers an empty one.
func BlobSuite(t *testing.T, open func(t *testing.T) Blobs) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Blobs)
	}{
		{"objects come back whole", blobsWhole},
		{"ranges", blobsRanges},
		{"nothing is seen before commit", blobsUnseen},
		{"a second commit of a key replaces the first", blobsAgain},
		{"what is missing", blobsMissing},
		{"odd keys", blobsOddKeys},
		{"refused keys", blobsRefused},
		{"lists in pages", blobsList},
		{"many at once", blobsMany},
		{"a context that ended", blobsCancelled},
		{"the writer's rules", blobsWriter},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// put stores an object in writes of odd sizes.
func put(t *testing.T, b Blobs, key string, content []byte) {
	t.Helper()
	w, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for rest := content; len(rest) > 0; {
		n := min(len(rest), 1+len(rest)/3)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Commit(t.Context(), key); err != nil {
		t.Fatalf("commit %q: %v", key, err)
	}
}

func get(t *testing.T, b Blobs, key string, off, n int64) []byte {
	t.Helper()
	r, err := b.Open(t.Context(), key, off, n)
	if err != nil {
		t.Fatalf("open %q: %v", key, err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return content
}

// noise is content that is the same for the same seed.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	source := rand.New(rand.NewPCG(seed, 1))
	for i := range b {
		b[i] = byte(source.Uint32())
	}
	return b
}

func wantKind(t *testing.T, err error, kind yilian.Kind) {
	t.Helper()
	if _, ok := errors.AsType[*yilian.Error](err); !ok || yilian.KindOf(err) != kind {
		t.Errorf("error %v has kind %d, want %d", err, yilian.KindOf(err), kind)
	}
}

func blobsWhole(t *testing.T, b Blobs) {
	// Around the sizes at which an object store changes its way of sending.
	for i, n := range []int{0, 1, 4096, 5<<20 - 1, 5 << 20, 5<<20 + 1, 12<<20 + 7} {
		key := fmt.Sprintf("whole/%d", n)
		content := noise(uint64(i), n)
		put(t, b, key, content)
		if got := get(t, b, key, 0, -1); !bytes.Equal(got, content) {
			t.Errorf("%d bytes came back as %d other ones", n, len(got))
		}
		if size, err := b.Stat(t.Context(), key); err != nil || size != int64(n) {
			t.Errorf("Stat = %d, %v, want %d", size, err, n)
		}
	}
}

func blobsRanges(t *testing.T, b Blobs) {
	content := noise(7, 6<<20)
	put(t, b, "range", content)
	size := int64(len(content))
	for _, r := range [][2]int64{{0, 0}, {0, 1}, {1, 10}, {size - 1, 1}, {size - 1, 5}, {size - 3, -1}, {size, 1}, {size + 5, -1}, {100, size}, {5, 0}, {1 << 20, 1 << 20}} {
		want := content[min(r[0], size):]
		if r[1] >= 0 {
			want = want[:min(r[1], int64(len(want)))]
		}
		if got := get(t, b, "range", r[0], r[1]); !bytes.Equal(got, want) {
			t.Errorf("range %v gave %d bytes, want %d", r, len(got), len(want))
		}
	}
	_, err := b.Open(t.Context(), "range", -1, 1)
	wantKind(t, err, yilian.Invalid)
}

func blobsUnseen(t *testing.T, b Blobs) {
	for _, n := range []int{10, 11 << 20} {
		w, err := b.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(noise(1, n)); err != nil {
			t.Fatal(err)
		}
		if keys, err := b.List(t.Context(), "", "", 10); err != nil || len(keys) != 0 {
			t.Errorf("seen before commit: %q, %v", keys, err)
		}
		w.Abort()
		w.Abort()
		if keys, err := b.List(t.Context(), "", "", 10); err != nil || len(keys) != 0 {
			t.Errorf("seen after abort: %q, %v", keys, err)
		}
	}
}

func blobsAgain(t *testing.T, b Blobs) {
	put(t, b, "again", []byte("first"))
	put(t, b, "again", []byte("first"))
	put(t, b, "again", noise(2, 6<<20))
	if got := get(t, b, "again", 0, -1); !bytes.Equal(got, noise(2, 6<<20)) {
		t.Errorf("%d bytes of something else", len(got))
	}
	if keys, err := b.List(t.Context(), "", "", 10); err != nil || !slices.Equal(keys, []string{"again"}) {
		t.Errorf("keys %q, %v", keys, err)
	}
}

func blobsMissing(t *testing.T, b Blobs) {
	_, err := b.Open(t.Context(), "not/here", 0, -1)
	wantKind(t, err, yilian.NotFound)
	_, err = b.Open(t.Context(), "not/here", 0, 0)
	wantKind(t, err, yilian.NotFound)
	_, err = b.Stat(t.Context(), "not/here")
	wantKind(t, err, yilian.NotFound)
	if err := b.Delete(t.Context(), "not/here"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	put(t, b, "here", []byte("x"))
	for range 2 {
		if err := b.Delete(t.Context(), "here"); err != nil {
			t.Error(err)
		}
	}
	_, err = b.Stat(t.Context(), "here")
	wantKind(t, err, yilian.NotFound)
}

// oddKeys are unusual and good.
func oddKeys() []string {
	return []string{
		"a", "中文/报告 2026.pdf", "dots/.hidden", "dots/...", "dots/a..b", "percent/%2F%00%", "plus/+a=b", "=", "+", "spaces/ lead and trail ",
		`back\slash`, "quote/'\"`", "question?and#hash&amp;<x>", "CON", "very/" + strings.Repeat("长", 66) + "xx", strings.Repeat("s", 200),
		strings.Repeat("d/", 100) + "deep", "emoji/🩻", "tilde~/~", "semi;colon:,@!$()*[]{}|^",
	}
}

func blobsOddKeys(t *testing.T, b Blobs) {
	keys := oddKeys()
	for _, key := range keys {
		put(t, b, key, []byte("content of "+key))
	}
	for _, key := range keys {
		if got := string(get(t, b, key, 0, -1)); got != "content of "+key {
			t.Errorf("%q came back as %q", key, got)
		}
	}
	listed, err := b.List(t.Context(), "", "", 100)
	slices.Sort(keys)
	if err != nil || !slices.Equal(listed, keys) {
		t.Errorf("listed %q, %v\nwant %q", listed, err, keys)
	}
	for _, key := range keys {
		if err := b.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	if listed, err := b.List(t.Context(), "", "", 100); err != nil || len(listed) != 0 {
		t.Errorf("left %q, %v", listed, err)
	}
}

func blobsRefused(t *testing.T, b Blobs) {
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "nul\x00", "line\nfeed", "del\x7f", "bad\xff", "\u0085",
		strings.Repeat("s", 201), strings.Repeat("d/", 500) + "deep",
	} {
		w, err := b.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, w.Commit(t.Context(), key), yilian.Invalid)
		_, err = b.Open(t.Context(), key, 0, -1)
		wantKind(t, err, yilian.Invalid)
		_, err = b.Stat(t.Context(), key)
		wantKind(t, err, yilian.Invalid)
		wantKind(t, b.Delete(t.Context(), key), yilian.Invalid)
	}
}

func blobsList(t *testing.T, b Blobs) {
	keys := []string{"a-b", "a/b/c", "a/b/d", "a/c", "a0", "ab/1", "b", "b!/x", "中/1", "中/2"}
	for _, key := range keys {
		put(t, b, key, nil)
	}
	for _, prefix := range []string{"", "a", "a/", "a/b", "a/b/", "b", "b!", "中", "中/2", "z", "a/b/c/d"} {
		var want []string
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) {
				want = append(want, key)
			}
		}
		slices.Sort(want)
		for _, limit := range []int{1, 2, 3, 100} {
			var got []string
			after := ""
			for {
				page, err := b.List(t.Context(), prefix, after, limit)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, page...)
				if len(page) < limit {
					break
				}
				after = page[len(page)-1]
			}
			if !slices.Equal(got, want) {
				t.Errorf("prefix %q by %d: %q, want %q", prefix, limit, got, want)
			}
		}
	}
	if page, err := b.List(t.Context(), "", "a/b/cc", 2); err != nil || !slices.Equal(page, []string{"a/b/d", "a/c"}) {
		t.Errorf("after a key that is not there: %q, %v", page, err)
	}
	if page, err := b.List(t.Context(), "", "", 0); err != nil || len(page) != 0 {
		t.Errorf("limit 0: %q, %v", page, err)
	}
}

func blobsMany(t *testing.T, b Blobs) {
	const writers, each = 8, 12
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				w, err := b.Create(t.Context())
				if err != nil {
					errs <- err
					return
				}
				_, err = w.Write(noise(uint64(i*each+j), 3000))
				// Half of them come and go in the same folders.
				key := fmt.Sprintf("many/%d/%d-%d", j%3, i, j)
				if err = errors.Join(err, w.Commit(t.Context(), key)); err == nil && j%2 == 0 {
					err = b.Delete(t.Context(), key)
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	keys, err := b.List(t.Context(), "many/", "", 1000)
	if err != nil || len(keys) != writers*each/2 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for _, key := range keys {
		var folder, i, j int
		if _, err := fmt.Sscanf(key, "many/%d/%d-%d", &folder, &i, &j); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(get(t, b, key, 0, -1), noise(uint64(i*each+j), 3000)) {
			t.Errorf("%q has another content", key)
		}
	}
}

func blobsCancelled(t *testing.T, b Blobs) {
	put(t, b, "kept", noise(3, 100))
	ctx, cancel := context.WithCancel(t.Context())
	w, err := b.Create(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Open(ctx, "kept", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v", err)
	}
	if err := w.Commit(t.Context(), "never"); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	if _, err := b.Create(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("create: %v", err)
	}
	if _, err := b.List(ctx, "", "", 10); !errors.Is(err, context.Canceled) {
		t.Errorf("list: %v", err)
	}
	if keys, err := b.List(t.Context(), "", "", 10); err != nil || !slices.Equal(keys, []string{"kept"}) {
		t.Errorf("keys %q, %v", keys, err)
	}
}

func blobsWriter(t *testing.T, b Blobs) {
	w, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context(), "once"); err != nil {
		t.Fatal(err)
	}
	w.Abort() // after a commit it does nothing
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("a committed object can be written")
	}
	if err := w.Commit(t.Context(), "twice"); err == nil {
		t.Error("committed twice")
	}
	if keys, err := b.List(t.Context(), "", "", 10); err != nil || !slices.Equal(keys, []string{"once"}) {
		t.Errorf("keys %q, %v", keys, err)
	}
}
