package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"yilian"
)

// record stores an object with a note.
func record(t *testing.T, s *Store, key string, content, note []byte) (at, page string, end int64) {
	t.Helper()
	w, err := s.Begin(t.Context(), "dicom")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for part := range slices.Chunk(content, 100_000) {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	at, page, end, err = w.Record(t.Context(), key, note)
	if err != nil {
		t.Fatal(err)
	}
	return at, page, end
}

func bytesOf(t *testing.T, s *Store, key string, off, n int64) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), key, off, n)
	if err != nil {
		t.Fatalf("open %s: %v", key, err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// notes replays everything behind the positions.
func notes(t *testing.T, s *Store, positions map[string]int64) (keys, texts []string) {
	t.Helper()
	err := s.Replay(t.Context(), func(page string) (int64, error) { return positions[page], nil },
		func(key, _ string, _ int64, note []byte) error {
			keys, texts = append(keys, key), append(texts, string(note))
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return keys, texts
}

// again opens the folder as a program does that was started after this one has died.
func again(t *testing.T, root string, s *Store) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecord(t *testing.T) {
	root := t.TempDir()
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	contents := map[string][]byte{}
	for i, size := range []int{0, 1, 4095, 4096, 4097, tailSize - 1, tailSize, 100_000, 525_042, maxPacked, maxPacked + 1, 2*maxPacked + 5} {
		content := noise(uint64(i), size)
		at, page, end := record(t, s, fmt.Sprintf("dicom/ab/1.2.3/%d.x", i), content, []byte(fmt.Sprint("note ", i)))
		if !strings.HasPrefix(at, "dicom/") || !strings.HasSuffix(at, fmt.Sprintf("/%d.x", i)) {
			t.Errorf("%d bytes are at %s", size, at)
		}
		if packed := page != ""; packed != (size <= maxPacked) || packed != (end > 0) {
			t.Errorf("%d bytes are on page %q, %d", size, page, end)
		}
		contents[at] = content
		keys = append(keys, at)
	}
	check := func(s *Store) {
		t.Helper()
		for at, content := range contents {
			if got := bytesOf(t, s, at, 0, -1); !bytes.Equal(got, content) {
				t.Errorf("%s: %d bytes, want %d", at, len(got), len(content))
			}
			if size, err := s.Stat(t.Context(), at); err != nil || size != int64(len(content)) {
				t.Errorf("%s: size %d, %v", at, size, err)
			}
			if n := len(content); n > 1000 {
				if got := bytesOf(t, s, at, 500, 300); !bytes.Equal(got, content[500:800]) {
					t.Errorf("%s: a range differs", at)
				}
				if got := bytesOf(t, s, at, int64(n)-10, 300); !bytes.Equal(got, content[n-10:]) {
					t.Errorf("%s: a range over the end has %d bytes", at, len(got))
				}
			}
		}
		wantList(t, s, keys)
	}
	slices.Sort(keys)
	check(s)
	s = again(t, root, s)
	check(s)
	if _, texts := notes(t, s, nil); len(texts) != 10 || texts[0] != "note 0" || texts[9] != "note 9" {
		t.Errorf("replayed %q", texts)
	}
	sealed := 0
	if err := s.Seal(t.Context(), func(context.Context, []string) error { sealed++; return nil }); err != nil || sealed != 1 {
		t.Errorf("sealed %d times, %v", sealed, err)
	}
	check(s)
	if _, texts := notes(t, again(t, root, s), nil); len(texts) != 0 {
		t.Errorf("sealed pages gave %q", texts)
	}
}

// wantList compares listings in pages of every size with what is there.
func wantList(t *testing.T, s *Store, keys []string) {
	t.Helper()
	for limit := 1; limit <= len(keys)+1; limit++ {
		var got []string
		for after := ""; ; {
			page, err := s.List(t.Context(), "dicom/", after, limit)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if len(page) < limit {
				break
			}
			after = page[len(page)-1]
		}
		if !slices.Equal(got, keys) {
			t.Fatalf("pages of %d list\n%q, want\n%q", limit, got, keys)
		}
	}
}

// Deleting gives the space back, and a pack in which nothing lives goes.
func TestRecordDelete(t *testing.T) {
	root := t.TempDir()
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for i := range 5 {
		at, _, _ := record(t, s, fmt.Sprint("dicom/x/", i), noise(uint64(i), 1<<20), nil)
		keys = append(keys, at)
	}
	if err := s.Delete(t.Context(), keys[2]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), keys[2]); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("deleted: %v", err)
	}
	if err := s.Delete(t.Context(), keys[2]); err != nil {
		t.Errorf("deleted again: %v", err)
	}
	wantList(t, s, slices.Delete(slices.Clone(keys), 2, 3))
	if got := bytesOf(t, s, keys[3], 0, -1); !bytes.Equal(got, noise(3, 1<<20)) {
		t.Error("the object behind it was touched")
	}
	s = again(t, root, s)
	if replayed, _ := notes(t, s, nil); len(replayed) != 4 || slices.Contains(replayed, keys[2]) {
		t.Errorf("replayed %q", replayed)
	}
	if err := s.Seal(t.Context(), func(context.Context, []string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	packs, err := filepath.Glob(root + "/packs/*/*.pack")
	if err != nil || len(packs) != 1 {
		t.Fatalf("packs %q, %v", packs, err)
	}
	for _, key := range keys {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if got := allocated(t, packs[0]); got > int64(len(keys)+2)*block {
		t.Errorf("%d bytes stay allocated", got)
	}
	wantList(t, s, nil)
	if err := s.Sweep(t.Context(), longAgo()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(packs[0]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty pack stays: %v", err)
	}
}

// What was not recorded leaves nothing that could be taken for a record, whatever its bytes are.
func TestAbortedRecordIsNone(t *testing.T) {
	root := t.TempDir()
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	_, page, end := record(t, s, "dicom/a/1", []byte("first"), []byte("n1"))
	// A whole record of the right place, but with a salt that is a guess.
	forged := head{offset: end + 2*block, data: 6, note: 2, dataSum: checksum([]byte("forged")), noteSum: checksum([]byte("xx")), key: "dicom/forged"}
	evil := append(make([]byte, block), forged.encode(newSalt())...)
	evil = append(evil, make([]byte, 1<<20)...)
	copy(evil[2*block:], "forgedxx")
	w, err := s.Begin(t.Context(), "dicom")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(evil); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	record(t, s, "dicom/a/2", []byte("second"), []byte("n2"))
	s = again(t, root, s)
	if _, texts := notes(t, s, nil); !slices.Equal(texts, []string{"n1", "n2"}) {
		t.Errorf("replayed %q", texts)
	}
	if _, texts := notes(t, s, map[string]int64{page: end}); len(texts) != 0 {
		t.Errorf("a page that waits to be sealed was replayed again: %q", texts)
	}
}

// Two programs on one folder leave each other's pages alone.
func TestPagesOfOthers(t *testing.T) {
	root := t.TempDir()
	one, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	at, _, _ := record(t, one, "dicom/a/1", []byte("first"), []byte("n1"))
	two, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, texts := notes(t, two, nil); len(texts) != 0 {
		t.Errorf("replayed %q of a program that runs", texts)
	}
	record(t, two, "dicom/a/2", []byte("second"), nil)
	record(t, one, "dicom/a/3", []byte("third"), nil)
	if got := bytesOf(t, two, at, 0, -1); string(got) != "first" {
		t.Errorf("%q", got)
	}
	keys, err := two.List(t.Context(), "dicom/", "", 10)
	if err != nil || len(keys) != 3 {
		t.Errorf("%q, %v", keys, err)
	}
}

// Many senders at a time, each into its own pack; positions ascend on every page.
func TestRecordTogether(t *testing.T) {
	root := t.TempDir()
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	last := map[string]int64{}
	var wg sync.WaitGroup
	for sender := range 2 * 8 {
		wg.Go(func() {
			for i := range 5 {
				w, err := s.Begin(t.Context(), "dicom")
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := w.Write(noise(uint64(sender), 30_000)); err != nil {
					t.Error(err)
				}
				_, page, end, err := w.Record(t.Context(), fmt.Sprintf("dicom/x/%d.%d", sender, i), nil)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if end <= last[page] {
					t.Errorf("position %d after %d", end, last[page])
				}
				last[page] = end
				mu.Unlock()
				w.Abort()
			}
		})
	}
	wg.Wait()
	keys, err := s.List(t.Context(), "dicom/", "", 1000)
	if err != nil || len(keys) != 80 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}
