package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/storage/backup"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// installation is an embedded one that is in use.
type installation struct {
	data  string
	store flow.Store
	blobs *blob.Store
	close func()
}

func open(t *testing.T, data string) *installation {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(data, backup.Database)})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Folder(filepath.Join(data, backup.Objects))
	if err != nil {
		t.Fatal(err)
	}
	close := sync.OnceFunc(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(close)
	return &installation{data, db.Flow(), blobs, close}
}

// add stores an object, in a pack if its name begins with "during", and then a record that says where it is.
func (i *installation) add(ctx context.Context, name string) error {
	key, err := i.put(ctx, name)
	if err != nil {
		return err
	}
	return i.store.Update(ctx, func(tx flow.Tx) error {
		doc, err := json.Marshal(key)
		return errors.Join(err,
			tx.Put(flow.Record{Ref: flow.Ref{Kind: "instance", ID: name}, Doc: doc, Keys: []flow.Key{{Name: "all", Sort: name}}}),
			tx.Append(yilian.Event{Entity: "instance", EntityID: name, Version: 1, Action: "add"}, nil))
	})
}

func (i *installation) put(ctx context.Context, name string) (key string, err error) {
	key = "dicom/" + name
	if strings.HasPrefix(name, "during") {
		w, err := i.blobs.Begin(ctx, "dicom")
		if err != nil {
			return "", err
		}
		defer w.Abort()
		if _, err := w.Write(content(name)); err != nil {
			return "", err
		}
		key, _, _, err = w.Record(ctx, key, nil)
		return key, err
	}
	w, err := i.blobs.Create(ctx)
	if err != nil {
		return "", err
	}
	defer w.Abort()
	if _, err := w.Write(content(name)); err != nil {
		return "", err
	}
	return key, w.Commit(ctx, key)
}

// remove takes the record's name out of the list and deletes its object.
func (i *installation) remove(ctx context.Context, name string) error {
	err := i.store.Update(ctx, func(tx flow.Tx) error {
		rec, err := tx.Get(flow.Ref{Kind: "instance", ID: name})
		if err != nil {
			return err
		}
		rec.Keys = nil
		return tx.Put(rec)
	})
	if err != nil {
		return err
	}
	return i.blobs.Delete(ctx, "dicom/"+name)
}

func content(name string) []byte { return bytes.Repeat([]byte(name+" "), 500) }

// listed answers the names in the list, with the keys of their objects.
func (i *installation) listed(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	err := i.store.View(t.Context(), func(r flow.Reader) error {
		q := flow.Query{Kind: "instance", Name: "all", Values: []string{""}, Limit: 1000}
		for {
			page, next, err := r.Find(q)
			for _, rec := range page {
				var key string
				if err := json.Unmarshal(rec.Doc, &key); err != nil {
					return err
				}
				names[rec.ID] = key
			}
			if q.After = next; err != nil || next == "" {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// check looks for the object of everything in the list.
func (i *installation) check(t *testing.T) {
	t.Helper()
	for name, key := range i.listed(t) {
		r, err := i.blobs.Open(t.Context(), key, 0, -1)
		if err != nil {
			t.Errorf("%s is listed, and %v", name, err)
			continue
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, content(name)) {
			t.Errorf("%s has %d other bytes, %v", name, len(got), err)
		}
		_ = r.Close()
	}
	if _, err := i.store.VerifyChain(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

// A backup of an installation where objects come and go all the time is one consistent state, with all that was there before.
func TestBackupWhileWriting(t *testing.T) {
	base := t.TempDir()
	live := open(t, filepath.Join(base, "data"))
	for n := range 120 {
		if err := live.add(t.Context(), fmt.Sprintf("before/%03d", n)); err != nil {
			t.Fatal(err)
		}
		if err := live.add(t.Context(), fmt.Sprintf("passing/%03d", n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(live.data, "tls"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(live.data, "tls", "key.pem"), []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var during atomic.Int64
	var wg sync.WaitGroup
	for c := range 4 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				err := live.add(ctx, fmt.Sprintf("during/%d-%d", c, n))
				if passing := c + 4*n; err == nil && passing < 120 {
					err = live.remove(ctx, fmt.Sprintf("passing/%03d", passing))
				}
				if err == nil {
					during.Add(1)
				} else if ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() { // pages are sealed meanwhile
		for ctx.Err() == nil {
			err := errors.Join(live.blobs.Sweep(ctx, time.Now()), live.blobs.Seal(ctx, func(context.Context, []string) error { return nil }))
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			time.Sleep(time.Millisecond)
		}
	})
	for during.Load() < 20 {
		time.Sleep(time.Millisecond)
	}
	files := make([]string, 3)
	for i := range files {
		files[i] = filepath.Join(base, fmt.Sprint("backup", i))
		if _, err := backup.Write(t.Context(), live.data, files[i], "test"); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	wg.Wait()
	for i, file := range files {
		data := filepath.Join(base, fmt.Sprint("restored", i))
		m, err := backup.Restore(t.Context(), file, data)
		if err != nil {
			t.Fatal(err)
		}
		restored := open(t, data)
		restored.check(t)
		// As it is done at the start: what grew when it was copied is cut at its end.
		err = restored.blobs.Replay(t.Context(), func(string) (int64, error) { return 0, nil },
			func(string, string, int64, []byte) error { return nil })
		if err != nil {
			t.Error(err)
		}
		restored.check(t)
		names := restored.listed(t)
		for n := range 120 {
			if name := fmt.Sprintf("before/%03d", n); names[name] == "" {
				t.Errorf("%s is not in the backup", name)
			}
		}
		if key, err := os.ReadFile(filepath.Join(data, "tls", "key.pem")); err != nil || string(key) != "key" {
			t.Errorf("other files: %q, %v", key, err)
		}
		// It is a working installation.
		if err := restored.add(t.Context(), "after/"+rand.Text()); err != nil {
			t.Error(err)
		}
		t.Logf("%d files, %d listed", len(m.Files), len(names))
	}
	live.check(t)
}

// small makes a finished backup of a small installation.
func small(t *testing.T) (file, base string) {
	base = t.TempDir()
	live := open(t, filepath.Join(base, "data"))
	for n := range 3 {
		if err := live.add(t.Context(), fmt.Sprint("名字/", n)); err != nil {
			t.Fatal(err)
		}
	}
	live.close()
	file = filepath.Join(base, "backup.tar")
	if _, err := backup.Write(t.Context(), live.data, file, "test"); err != nil {
		t.Fatal(err)
	}
	return file, base
}

// Whatever is wrong with a file, nothing is restored from it.
func TestRestoreRefusesDamage(t *testing.T) {
	file, base := small(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(change func(name string, content []byte) (string, []byte)) []byte {
		var b bytes.Buffer
		w, r := tar.NewWriter(&b), tar.NewReader(bytes.NewReader(whole))
		for {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			content, err2 := io.ReadAll(r)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			h.Name, content = change(h.Name, content)
			if h.Name == "" {
				continue
			}
			h.Size = int64(len(content))
			if err := errors.Join(w.WriteHeader(h), second(w.Write(content))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	object := func(name string) bool { return strings.HasSuffix(name, "=1") }
	for name, bad := range map[string][]byte{
		"empty":       nil,
		"not a tar":   bytes.Repeat([]byte("x"), 5000),
		"cut":         whole[:len(whole)/2],
		"no manifest": whole[:bytes.LastIndex(whole, []byte("MANIFEST.json"))/512*512],
		"altered": edit(func(n string, c []byte) (string, []byte) {
			if object(n) {
				c[5] ^= 1
			}
			return n, c
		}),
		"longer": edit(func(n string, c []byte) (string, []byte) {
			if object(n) {
				c = append(c, 'x')
			}
			return n, c
		}),
		"missing": edit(func(n string, c []byte) (string, []byte) {
			if object(n) {
				n = ""
			}
			return n, c
		}),
		"renamed": edit(func(n string, c []byte) (string, []byte) { return strings.Replace(n, "=1", "=9", 1), c }),
		"outside": edit(func(n string, c []byte) (string, []byte) {
			if object(n) {
				n = "../outside"
			}
			return n, c
		}),
		"absolute": edit(func(n string, c []byte) (string, []byte) {
			if object(n) {
				n = base + "/outside"
			}
			return n, c
		}),
		"another format": edit(func(n string, c []byte) (string, []byte) {
			return n, bytes.Replace(c, []byte(`"format": 1`), []byte(`"format": 2`), 1)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			bad0 := filepath.Join(base, "bad.tar")
			if err := os.WriteFile(bad0, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Restore(t.Context(), bad0, filepath.Join(base, "restored")); yilian.KindOf(err) != yilian.Invalid {
				t.Errorf("%v", err)
			}
			left, err := filepath.Glob(base + "/*")
			if err != nil {
				t.Fatal(err)
			}
			hidden, err := filepath.Glob(base + "/.y*")
			if err != nil || len(left) != 3 || len(hidden) != 0 { // data, backup.tar, bad.tar
				t.Errorf("left behind: %q %q, %v", left, hidden, err)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestRestoreTarget(t *testing.T) {
	file, base := small(t)
	if _, err := backup.Restore(t.Context(), file, filepath.Join(base, "data")); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("into an installation: %v", err)
	}
	emptied := filepath.Join(base, "empty")
	if err := os.Mkdir(emptied, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), file, emptied); err != nil {
		t.Errorf("into an empty folder: %v", err)
	}
	open(t, emptied).check(t)
	if _, err := backup.Restore(t.Context(), file, file); err == nil {
		t.Error("into a file")
	}
}

func TestWriteTarget(t *testing.T) {
	file, base := small(t)
	data := filepath.Join(base, "data")
	for to, kind := range map[string]yilian.Kind{file: yilian.Invalid, filepath.Join(data, "backup.tar"): yilian.Invalid} {
		if _, err := backup.Write(t.Context(), data, to, "test"); err == nil || yilian.KindOf(err) != kind {
			t.Errorf("to %s: %v", to, err)
		}
	}
	if _, err := backup.Write(t.Context(), filepath.Join(base, "nothing"), filepath.Join(base, "new.tar"), "test"); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("of nothing: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := backup.Write(ended, data, filepath.Join(base, "new.tar"), "test"); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	now := time.Date(2026, 3, 1, 20, 0, 0, 0, time.FixedZone("CST", 8*3600))
	if got := backup.Target(base, now); got != filepath.Join(base, "yilian-20260301T120000Z.tar") {
		t.Errorf("in a folder: %s", got)
	}
	if got := backup.Target(file, now); got != file {
		t.Errorf("a file: %s", got)
	}
	left, err := filepath.Glob(base + "/*")
	if err != nil || len(left) != 2 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
