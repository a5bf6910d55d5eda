package imaging_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/phantom"
	"yilian/imaging/preview"
)

// scan is a small CT in the archive, and what its series is.
func (w *world) scan(slices int, seed uint64) imaging.Path {
	w.t.Helper()
	var p imaging.Path
	for o, err := range phantom.Study(phantom.HeadCT, phantom.Options{Seed: seed, Images: slices, Size: 256}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.archive.Store(context.Background(), actor("north"), imaging.Incoming{Part10: true}, bytes.NewReader(o.File)); err != nil {
			w.t.Fatal(err)
		}
		p.Study, p.Series = yilian.StudyUID(o.StudyUID), yilian.SeriesUID(o.SeriesUID)
	}
	return p
}

// pictures reads previews and answers their instances, in the order in which they came.
func pictures(t *testing.T, p imaging.Previews, numbers ...int) (uids []string) {
	t.Helper()
	err := p.Write(t.Context(), numbers, func(record []byte) error {
		picture, err := preview.Parse(record)
		if err != nil {
			return err
		}
		if picture.Rows != 256 || picture.Columns != 256 || picture.Frame != 1 || !picture.Native || len(picture.Data) == 0 {
			t.Errorf("%+v", picture)
		}
		uids = append(uids, picture.Instance)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return uids
}

func (w *world) previews(p imaging.Path) imaging.Previews {
	w.t.Helper()
	all, err := w.archive.Previews(context.Background(), actor("north"), p)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) previewKeys() []string {
	w.t.Helper()
	keys, err := w.blobs.List(context.Background(), "p/", "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// TestPreviews: the same pictures in the same order, made at once or kept; only for who may see the images.
func TestPreviews(t *testing.T) {
	w := newWorld(t)
	path := w.scan(24, 1)
	p := w.previews(path)
	made := pictures(t, p)
	if p.Kept(t.Context()) || len(made) != 24 {
		t.Fatalf("%d pictures; kept without having been made", len(made))
	}
	if err := w.archive.PreparePreviews(t.Context(), path.Study); err != nil {
		t.Fatal(err)
	}
	if !p.Kept(t.Context()) || len(w.previewKeys()) != 1 {
		t.Fatalf("not kept: %q", w.previewKeys())
	}
	if kept := pictures(t, p); !slices.Equal(kept, made) {
		t.Errorf("%q are kept, %q were made", kept, made)
	}
	first, err := p.First(t.Context(), 3)
	if err != nil || len(first) != 3 || first[0] != 13 {
		t.Errorf("the first are %v, %v", first, err)
	}
	if some := pictures(t, p, 13, 99, 2, 3); len(some) != 3 || some[0] != made[0] {
		t.Errorf("%q", some)
	}
	if _, err := w.archive.Previews(t.Context(), actor("south"), path); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("another institution: %v", err)
	}
}

// TestPreviewsDamaged: whatever happens to the kept object, readers get their pictures, and it is made anew.
func TestPreviewsDamaged(t *testing.T) {
	w := newWorld(t)
	path := w.scan(20, 2)
	p := w.previews(path)
	if err := p.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := pictures(t, p)
	key := w.previewKeys()[0]
	good := w.object(key)
	for name, bad := range map[string][]byte{
		"cut off": good[:len(good)-1], "cut in half": good[:len(good)/2], "empty": {}, "another byte in a picture": flipped(good, 2000),
		"another byte in the table": flipped(good, len(good)-30), "another byte at its end": flipped(good, len(good)-1),
	} {
		w.replace(key, bad)
		w.archive = w.open() // nothing at hand
		p = w.previews(path)
		if got := pictures(t, p); !slices.Equal(got, want) {
			t.Errorf("%s: %d pictures", name, len(got))
		}
		if err := p.Prepare(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if now := w.object(key); !bytes.Equal(now, good) {
			t.Errorf("%s: was not made anew", name)
		}
	}
}

func flipped(b []byte, at int) []byte {
	b = slices.Clone(b)
	b[at] ^= 0x10
	return b
}

func (w *world) object(key string) []byte {
	w.t.Helper()
	r, err := w.blobs.Open(context.Background(), key, 0, -1)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *world) replace(key string, b []byte) {
	w.t.Helper()
	if err := w.blobs.Delete(context.Background(), key); err != nil {
		w.t.Fatal(err)
	}
	out, err := w.blobs.Create(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := out.Write(b); err != nil {
		w.t.Fatal(err)
	}
	if err := out.Commit(context.Background(), key); err != nil {
		w.t.Fatal(err)
	}
}

// TestPreviewsLeave: what is rejected has no preview any more, and the sweep deletes what was made of a state that is over.
func TestPreviewsLeave(t *testing.T) {
	w := newWorld(t)
	path := w.scan(21, 3)
	before := w.previews(path)
	if err := before.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := pictures(t, before)
	w.approved(imaging.Correction{Kind: imaging.RejectKind, Reject: &imaging.Reject{
		Code: imaging.RejectedQuality, Instances: []imaging.Reference{{Study: path.Study, Series: path.Series, Instance: yilian.InstanceUID(all[0])}},
	}})
	after := w.previews(path)
	if after.Tag() == before.Tag() {
		t.Fatal("a rejection leaves the previews as they were")
	}
	if left := pictures(t, after); len(left) != 20 || slices.Contains(left, all[0]) {
		t.Errorf("%d previews after one of 21 was rejected", len(left))
	}
	if _, err := w.archive.Sweep(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	for _, key := range w.previewKeys() {
		if strings.Contains(key, string(path.Series)) {
			t.Errorf("%s outlives what it shows", key)
		}
	}
}

// TestPreviewsBroken: a preparation that is cut off leaves nothing, and the next one is whole.
func TestPreviewsBroken(t *testing.T) {
	w := newWorld(t)
	path := w.scan(20, 4)
	p := w.previews(path)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := p.Write(ctx, nil, func([]byte) error {
		if n++; n == 5 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%d pictures, %v", n, err)
	}
	if err := p.Prepare(ctx); err == nil {
		t.Error("it was prepared after its end")
	}
	if keys := w.previewKeys(); len(keys) != 0 {
		t.Errorf("half of it is there: %q", keys)
	}
	if err := p.Prepare(t.Context()); err != nil || len(pictures(t, p)) != 20 {
		t.Error(err)
	}
}

// TestPreviewsFsck: a damaged object is told of and deleted; a good one is no fault.
func TestPreviewsFsck(t *testing.T) {
	w := newWorld(t)
	p := w.previews(w.scan(20, 5))
	if err := p.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if faults, _ := w.checked(func(*imaging.Fsck) {}); len(faults) != 0 {
		t.Fatalf("%v", faults)
	}
	key := w.previewKeys()[0]
	w.replace(key, flipped(w.object(key), 2000))
	faults, _ := w.checked(func(f *imaging.Fsck) { f.Repair = true })
	if len(faults[imaging.FaultPreview]) != 1 || faults[imaging.FaultPreview][0].Repair == "" || len(w.previewKeys()) != 0 {
		t.Errorf("%v, kept %q", faults, w.previewKeys())
	}
}
