package blob

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"yilian"
)

// smallDisk is a disk with little space.
type smallDisk struct {
	disk
	left    int64
	noSpace bool
}

func (d *smallDisk) free(string) (int64, error) { return d.left, nil }

func (d *smallDisk) create(name string) (file, error) {
	f, err := d.disk.create(name)
	return &smallFile{f, d}, err
}

type smallFile struct {
	file
	d *smallDisk
}

func (f *smallFile) Write(p []byte) (int, error) {
	if f.d.noSpace {
		return 0, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	return f.file.Write(p)
}

func wantFull(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*yilian.Error](err)
	if !ok || e.Kind != yilian.Unavailable || e.Code != "storage.full" {
		t.Errorf("%v, want storage.full", err)
	}
}

// A full disk is told as such, before the database has no room either, and leaves nothing behind.
func TestFolderFull(t *testing.T) {
	d := &smallDisk{left: reserve - 1}
	root := t.TempDir()
	s, err := openFolder(d, root)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Create(t.Context())
	wantFull(t, err)

	d.left = reserve
	w, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.left = 0
	chunk := make([]byte, 1<<20)
	for range 2 * freeEvery / len(chunk) {
		if _, err = w.Write(chunk); err != nil {
			break
		}
	}
	wantFull(t, err)
	wantFull(t, w.Commit(t.Context(), "x"))

	d.left, d.noSpace = reserve, true
	w, err = s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.Write([]byte("small")); err != nil { // waits in a buffer
		t.Fatal(err)
	}
	wantFull(t, w.Commit(t.Context(), "x"))
	left, err := filepath.Glob(root + "/*/*")
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// A program that died leaves files in incoming/; the next one removes the old ones.
func TestFolderSweeps(t *testing.T) {
	root := t.TempDir()
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w, err := s.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(root + "/incoming/*")
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v", files, err)
	}
	old := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := Folder(root); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(root + "/incoming/*")
	if err != nil || fmt.Sprint(left) != fmt.Sprint(files[1:]) {
		t.Errorf("left %q of %q", left, files)
	}
}

// Nothing outside of the folder is touched, whatever the key, and nobody else can read what is inside.
func TestFolderPaths(t *testing.T) {
	root := t.TempDir() + "/inner"
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"+", "=", "+a/=b", "...", ".hidden/.x", strings.Repeat("长", 66)} {
		w, err := s.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context(), key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
		path := s.d.(*folder).path(key)
		if !strings.HasPrefix(path, root+"/objects/") {
			t.Errorf("%q is kept in %q", key, path)
		}
	}
	err = filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Folders that are empty go, and somebody else who removes folders harms nobody.
func TestFolderTidies(t *testing.T) {
	root := t.TempDir()
	s, err := Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	put := func(key string) {
		t.Helper()
		w, err := s.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	put("a/b/c/1")
	put("a/b/2")
	for _, key := range []string{"a/b/c/1", "a/b/2"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := filepath.Glob(root + "/objects/*"); err != nil || len(left) != 0 {
		t.Errorf("left %q, %v", left, err)
	}
	put("a/b/c/1")
	if err := os.RemoveAll(root + "/objects/+a"); err != nil {
		t.Fatal(err)
	}
	put("a/b/c/1")
	if _, err := s.Stat(t.Context(), "a/b/c/1"); err != nil {
		t.Error(err)
	}
}
