package imaging_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
)

// countingIndex counts how often instances are listed.
type countingIndex struct {
	imaging.Index
	lists *atomic.Int64
}

func (x countingIndex) Instances(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID, after string, limit int) ([]imaging.Instance, string, error) {
	x.lists.Add(1)
	time.Sleep(time.Millisecond) // so that those who ask together overlap
	return x.Index.Instances(ctx, study, series, after, limit)
}

// read inflates metadata and answers the SOP Instance UIDs and the addresses of the pixels.
func read(t *testing.T, m imaging.SeriesMetadata) (uids, pixels []string) {
	t.Helper()
	r, err := m.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	zip, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]struct {
		Value       []any
		BulkDataURI string
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	for _, o := range all {
		uids = append(uids, o["00080018"].Value[0].(string))
		pixels = append(pixels, o["7FE00010"].BulkDataURI)
	}
	return uids, pixels
}

func addresses(base string) imaging.Addresses {
	return imaging.Addresses{Base: base, Bulk: func(i imaging.Instance) string { return base + "/" + string(i.UID) + "/" }}
}

func TestSeriesMetadata(t *testing.T) {
	w := newWorld(t)
	lists := &atomic.Int64{}
	a := w.open(func(c *imaging.Config) { c.Index = countingIndex{w.index, lists} })
	for n := 1; n <= 3; n++ {
		if _, err := w.send(a, thing{study: 1, series: 1, instance: n}); err != nil {
			t.Fatal(err)
		}
	}
	p := imaging.Path{Study: thing{study: 1}.studyUID(), Series: "1.2.826.0.1.3680043.10.998.1.1"}
	get := func(base string) imaging.SeriesMetadata {
		t.Helper()
		all, err := a.Metadata(t.Context(), actor("north"), p, addresses(base))
		if err != nil || len(all) != 1 {
			t.Fatalf("%d, %v", len(all), err)
		}
		return all[0]
	}
	first := get("http://a")
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			uids, pixels := read(t, first)
			if len(uids) != 3 || pixels[2] != fmt.Sprintf("http://a/%s/7FE00010", uids[2]) {
				t.Errorf("%q %q", uids, pixels)
			}
		})
	}
	readers.Wait()
	if n := lists.Load(); n != 1 {
		t.Errorf("the index listed instances %d times for eight readers", n)
	}
	// Another address is another object; more than a few are not kept.
	for n := range 8 {
		if _, pixels := read(t, get(fmt.Sprint("http://", n))); !strings.HasPrefix(pixels[0], fmt.Sprint("http://", n, "/")) {
			t.Errorf("%q", pixels)
		}
	}
	if keys, err := w.blobs.List(t.Context(), "m/", "", 100); err != nil || len(keys) > 4 {
		t.Errorf("kept %d forms, %v", len(keys), err)
	}
	// What arrives later makes it anew and removes what was before.
	if _, err := w.send(a, thing{study: 1, series: 1, instance: 4}); err != nil {
		t.Fatal(err)
	}
	second := get("http://a")
	if second.Tag() == first.Tag() {
		t.Error("the tag did not change")
	}
	if uids, _ := read(t, second); len(uids) != 4 {
		t.Errorf("%q", uids)
	}
	if keys, err := w.blobs.List(t.Context(), "m/", "", 100); err != nil || len(keys) != 1 {
		t.Errorf("kept %q, %v", keys, err)
	}
	if _, err := a.Metadata(t.Context(), actor("south"), p, addresses("")); err == nil {
		t.Error("another institution reads metadata")
	}
	p.Series = "1.2.3"
	if _, err := a.Metadata(t.Context(), actor("north"), p, addresses("")); err == nil {
		t.Error("a series that is not there has metadata")
	}
}

// TestMetadataSweep: what belongs to a state that is over, or to nothing, is deleted; what is current stays.
func TestMetadataSweep(t *testing.T) {
	w := newWorld(t)
	for study := 1; study <= 2; study++ {
		if _, err := w.send(w.archive, thing{study: study, series: 1, instance: 1}); err != nil {
			t.Fatal(err)
		}
		if err := w.archive.PrepareMetadata(t.Context(), thing{study: study}.studyUID(), addresses("http://a")); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := w.blobs.List(t.Context(), "m/", "", 100)
	if err != nil || len(kept) != 2 {
		t.Fatalf("%q, %v", kept, err)
	}
	for _, key := range []string{"m/00/9.9/9.9.1~1~aaaaaaaaaaaa.gz", "m/00/stray", strings.Replace(kept[0], "~", "~0", 1) + "x"} {
		b, err := w.blobs.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Commit(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.send(w.archive, thing{study: 2, series: 1, instance: 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.archive.Sweep(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	left, err := w.blobs.List(t.Context(), "m/", "", 100)
	if err != nil || len(left) == 0 {
		t.Fatalf("%q, %v", left, err)
	}
	for _, key := range left {
		if !strings.Contains(key, string(thing{study: 1}.studyUID())+"/") {
			t.Errorf("left behind: %s", key)
		}
	}
}
