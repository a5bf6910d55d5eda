package imaging_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/storage/blob"
)

// brokenIndex fails to add, before or after it has.
type brokenIndex struct {
	imaging.Index
	before, after bool
}

func (x *brokenIndex) Add(ctx context.Context, a imaging.Addition) (imaging.Outcome, error) {
	if x.before {
		return imaging.Outcome{}, errors.New("the index is down")
	}
	o, err := x.Index.Add(ctx, a)
	if x.after {
		return imaging.Outcome{}, errors.New("the connection broke")
	}
	return o, err
}

// restarted is the archive as it is after a restart of the program, with everything in order again.
func (w *world) restarted() *imaging.Archive {
	w.t.Helper()
	if err := w.blobs.(*blob.Store).Close(); err != nil {
		w.t.Fatal(err)
	}
	blobs, err := blob.Folder(filepath.Join(w.dir, "objects"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.blobs = blobs
	a := w.open()
	if err := a.Recover(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// What came into the journal but not into the index is there after a restart, with its event, once; whether or not it has been sent
// again meanwhile.
func TestRecoverJournal(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after bool
		again         bool
	}{
		{"not added", true, false, false},
		{"added, but told otherwise", false, true, false},
		{"not added, sent again", true, false, true},
		{"added, sent again", false, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			index := &brokenIndex{Index: w.index, before: c.before, after: c.after}
			a := w.open(func(o *imaging.Config) { o.Index = index })
			w.mustSend(thing{study: 1, instance: 1})
			x := thing{study: 1, instance: 2}
			if _, err := w.send(a, x); yilian.KindOf(err) != yilian.Unavailable {
				t.Fatalf("%v", err)
			}
			if c.again {
				if s, err := w.send(w.archive, x); err != nil || s.Duplicate != c.after {
					t.Fatalf("sent again: %+v, %v", s, err)
				}
			}
			w.archive = w.restarted()
			if !bytes.Equal(w.dataOf(x), x.bytes(t)) {
				t.Error("other bytes came back")
			}
			study, err := w.index.Study(t.Context(), x.studyUID())
			if err != nil || study.InstanceCount != 2 || study.OpenAssociations != 0 {
				t.Errorf("%+v, %v", study, err)
			}
			if n, err := w.db.Flow().VerifyChain(t.Context(), "north"); err != nil || n < 2 {
				t.Errorf("a trail of %d, %v", n, err)
			}
			w.archive = w.restarted()
			if _, err := w.archive.Sweep(t.Context(), time.Hour); err != nil {
				t.Error(err)
			}
			w.sleep(24 * time.Hour)
			if _, err := w.archive.Sweep(t.Context(), time.Hour); err != nil {
				t.Error(err)
			}
			if keys := w.blobKeys(); len(keys) != 2 {
				t.Errorf("objects %q", keys)
			}
		})
	}
}

// A note that cannot be read stops the start: it stands for something that was acknowledged.
func TestRecoverUnreadable(t *testing.T) {
	w := newWorld(t)
	s := w.mustSend(thing{study: 1, instance: 1})
	b, ok := w.blobs.(imaging.Journal)
	if !ok {
		t.Fatal("no journal")
	}
	r, err := b.Begin(t.Context(), "dicom")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := r.Record(t.Context(), "dicom/x", []byte(`{"Study":{"UID":"1.2"},"Instance":{"UID":"not what it was"}`)); err != nil {
		t.Fatal(err)
	}
	r.Abort()
	if err := w.blobs.(*blob.Store).Close(); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Folder(filepath.Join(w.dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	w.blobs = blobs
	if err := w.open().Recover(t.Context()); err == nil {
		t.Error("a note that cannot be read was passed over")
	}
	if i, err := w.index.Instance(t.Context(), s.Instance); err != nil || i.UID != s.Instance {
		t.Error(err)
	}
}
