package imaging_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
)

// fifteen keeps everything for 15 years and 90 days.
type fifteen struct{}

func (fifteen) Keep(context.Context, imaging.Study) (imaging.Retention, error) {
	return imaging.Retention{Class: "outpatient", Years: 15, Grace: 90 * 24 * time.Hour}, nil
}

// TestExpire: after its time a study leaves the listings with a note, and its bytes go after the grace; a hold, or a later visit of the
// patient, keeps it.
func TestExpire(t *testing.T) {
	w := newWorld(t)
	day := 24 * time.Hour
	old, held, visitor := thing{study: 1, series: 1, instance: 1, patient: "P1"}, thing{study: 2, series: 1, instance: 1, patient: "P2"}, thing{study: 3, series: 1, instance: 1, patient: "P3"}
	for _, x := range []thing{old, held, visitor} {
		w.mustSend(x)
		if err := w.archive.PreparePreviews(t.Context(), x.studyUID()); err != nil {
			t.Fatal(err)
		}
	}
	expire := func() (studies, instances int) {
		studies, instances, err := w.archive.Expire(t.Context(), fifteen{})
		if err != nil {
			t.Fatal(err)
		}
		return studies, instances
	}
	hold, err := w.archive.SetHold(t.Context(), head, held.studyUID(), "a complaint is open")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.archive.SetHold(t.Context(), doctor, old.studyUID(), "why not")
	wantKind(t, err, yilian.Forbidden)
	w.sleep(10 * 365 * day)
	again := thing{study: 4, series: 1, instance: 1, patient: "P3"}
	w.mustSend(again)
	if n, m := expire(); n+m != 0 {
		t.Errorf("%d studies, %d instances before their time", n, m)
	}
	w.sleep(5*365*day + 10*day)
	if n, m := expire(); n != 1 || m != 0 {
		t.Errorf("%d studies, %d instances", n, m)
	}
	for x, want := range map[thing]int{old: 0, held: 1, visitor: 1} {
		if _, n := w.counts(x); n != want {
			t.Errorf("study %d has %d instances, want %d", x.study, n, want)
		}
	}
	keys := len(w.blobKeys())
	w.sleep(80 * day)
	if _, m := expire(); m != 0 {
		t.Error("deleted within the grace")
	}
	w.sleep(11 * day)
	if _, m := expire(); m != 1 || len(w.blobKeys()) != keys-1 {
		t.Errorf("%d deleted, %d objects of %d", m, len(w.blobKeys()), keys)
	}
	for _, key := range w.previewKeys() {
		if strings.Contains(key, "/"+string(old.studyUID())+"/") {
			t.Errorf("%s outlives its study", key)
		}
	}
	if n, m := expire(); n+m != 0 {
		t.Errorf("again: %d studies, %d instances", n, m)
	}
	if _, err := w.archive.ReleaseHold(t.Context(), head, hold.ID, "it is settled"); err != nil {
		t.Fatal(err)
	}
	if n, _ := expire(); n != 1 {
		t.Errorf("%d studies after the hold was released", n)
	}
	events := w.actions("study", string(old.studyUID()))
	if events[len(events)-1] != "study.deleted" {
		t.Errorf("the trail ends with %v", events)
	}
}

// disk is a store that has so much space.
type disk struct{ free, total int64 }

func (d *disk) Space(context.Context) (int64, int64, error) { return d.free, d.total, nil }

// TestFull: below the critical mark nothing new is taken until there is clearly more again; what is there can be read all the time.
func TestFull(t *testing.T) {
	d := &disk{50, 100}
	var gauge *imaging.Gauge
	w := newWorld(t)
	gauge = imaging.NewGauge(d, imaging.Marks{Low: imaging.Percent(20), Critical: imaging.Percent(5), Every: time.Second}, w.clock, nil)
	a := w.open(func(c *imaging.Config) { c.Gauge = gauge })
	n := 0
	send := func() error {
		n++
		w.sleep(2 * time.Second)
		_, err := w.send(a, thing{study: 1, series: 1, instance: n, patient: "P1"})
		return err
	}
	for _, c := range []struct {
		free  int64
		level imaging.SpaceLevel
		taken bool
	}{
		{50, imaging.SpaceOK, true},
		{19, imaging.SpaceLow, true},
		{5, imaging.SpaceLow, true},
		{4, imaging.SpaceFull, false},
		{5, imaging.SpaceFull, false},
		{6, imaging.SpaceFull, false},
		{7, imaging.SpaceLow, true},
		{21, imaging.SpaceLow, true},
		{26, imaging.SpaceOK, true},
		{1, imaging.SpaceFull, false},
		{60, imaging.SpaceOK, true},
	} {
		d.free = c.free
		err := send()
		if (err == nil) != c.taken {
			t.Errorf("%d free: %v", c.free, err)
		}
		if err != nil {
			wantCode(t, err, imaging.CodeFull)
			wantKind(t, err, yilian.Unavailable)
		}
		if got := gauge.State(t.Context()); got.Level != c.level {
			t.Errorf("%d free: level %s, want %s", c.free, got.Level, c.level)
		}
		if _, err := a.Object(t.Context(), doctor, thing{study: 1, series: 1, instance: 1}.path()); err != nil {
			t.Errorf("%d free: reading: %v", c.free, err)
		}
	}
}

// actions are what the trail has of an entity.
func (w *world) actions(kind, id string) (all []string) {
	w.t.Helper()
	err := w.db.Flow().View(w.t.Context(), func(r flow.Reader) error {
		events, err := r.Events(flow.Ref{Kind: kind, ID: id})
		for _, e := range events {
			all = append(all, e.Action)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}
