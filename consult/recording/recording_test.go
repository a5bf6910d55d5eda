package recording_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/recording"
	"yilian/consult/request"
)

// world is a service over a store in memory, with one consult and media that do as they are told.
type world struct {
	t     *testing.T
	store *flowtest.Store
	clock *flow.Clock
	svc   *recording.Service
	now   time.Time
	rules directory.Settings
	media media
	stale error // what Consults answers
}

// media is a port that is scripted.
type media struct {
	join          error
	joined        recording.Joined
	index         []byte
	newest        string
	clears, drops int
	deleteError   error
}

func (m *media) Join(context.Context, string) (recording.Joined, error) { return m.joined, m.join }
func (m *media) Clear(context.Context, string) error                    { m.clears++; return nil }
func (m *media) Delete(context.Context, string) error {
	if m.deleteError == nil {
		m.drops++
	}
	return m.deleteError
}
func (m *media) Newest(context.Context, string, string) (string, error) { return m.newest, nil }
func (m *media) Open(context.Context, string, string, int64, int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m.index)), nil
}

const consult yilian.RequestID = "consult"

var (
	ann      = recording.Person{ID: "ann", Name: "Ann", Role: "requester", Institution: "town"}
	bob      = recording.Person{ID: "bob", Name: "Bob", Role: "specialist", Institution: "city"}
	town     = yilian.Actor{Person: "ann", Name: "Ann", Institution: "town", Roles: []yilian.Role{yilian.RoleRequester}, Session: "s1"}
	city     = yilian.Actor{Person: "bob", Name: "Bob", Institution: "city", Roles: []yilian.Role{yilian.RoleSpecialist}, Session: "s2"}
	townHead = yilian.Actor{Person: "eve", Name: "Eve", Institution: "town", Roles: []yilian.Role{yilian.RoleHead}, Session: "s3"}
	cityHead = yilian.Actor{Person: "ivy", Name: "Ivy", Institution: "city", Roles: []yilian.Role{yilian.RoleHead}, Session: "s4"}
	mate     = yilian.Actor{Person: "max", Name: "Max", Institution: "town", Roles: []yilian.Role{yilian.RoleRequester}, Session: "s5"}
	other    = yilian.Actor{Person: "zed", Name: "Zed", Institution: "far", Roles: []yilian.Role{yilian.RoleHead}, Session: "s6"}
	admin    = yilian.Actor{Person: "adm", Name: "Adm", Institution: "town", Roles: []yilian.Role{yilian.RoleAdmin}, Session: "s7"}
)

// Get implements Consults: everybody of the two institutions sees the consult, as in request.
func (w *world) Get(_ context.Context, actor yilian.Actor, id yilian.RequestID) (request.Seen, error) {
	if id != consult || !actor.Is(yilian.RoleSystem) && actor.Institution != "town" && actor.Institution != "city" || actor.Is(yilian.RoleAdmin) {
		return request.Seen{}, yilian.Errorf(yilian.NotFound, "request.unknown", "There is no such request.")
	}
	var r request.Request
	r.ID, r.Site, r.Requester = string(consult), "town", request.Person{ID: "ann", Institution: "town"}
	r.Accepted = &request.Acceptance{Person: request.Person{ID: "bob", Institution: "city"}}
	return request.Seen{Request: r}, w.stale
}

// Settings implements Rules.
func (w *world) Settings(context.Context, yilian.InstitutionID) (directory.Settings, error) {
	return w.rules, nil
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: flowtest.New(), now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), rules: directory.Defaults()}
	w.media.index = []byte(`{"zero":"2026-11-22T08:00:00Z","durationMs":9000,"events":[{"atMs":5,"type":"mark","text":"here"}],"gaps":[]}`)
	sum := sha256.Sum256(w.media.index)
	w.media.joined = recording.Joined{
		Files: []recording.File{{Number: 1, Name: "001.webm", Size: 7, SHA256: "ff"}}, Duration: 9 * time.Second,
		Index: recording.Object{Name: "index.json", Size: int64(len(w.media.index)), SHA256: hex.EncodeToString(sum[:])},
	}
	w.clock = flow.NewClock(w.store, discard())
	w.svc = recording.New(recording.Config{Store: w.store, Consults: w, Rules: w, Media: &w.media, Node: "n1", Now: func() time.Time { return w.now }})
	w.svc.Register(w.clock)
	return w
}

// pass lets time pass and carries out what is due.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	if _, err := w.clock.CarryOut(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// only answers the one recording there is, as a party sees it.
func (w *world) only() recording.Seen {
	w.t.Helper()
	all, err := w.svc.List(w.t.Context(), town, consult)
	w.must(err)
	if len(all) != 1 {
		w.t.Fatalf("%d recordings", len(all))
	}
	return all[0]
}

func (w *world) is(want recording.State) recording.Seen {
	w.t.Helper()
	r := w.only()
	if r.State != want {
		w.t.Fatalf("state %s, want %s", r.State, want)
	}
	return r
}

func (w *world) actions(id string) (all []string) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), func(rd flow.Reader) error {
		events, err := rd.Events(flow.Ref{Kind: recording.EntityKind, ID: id})
		for _, e := range events {
			all = append(all, e.Action)
		}
		return err
	}))
	return all
}

// started has Ann ask, Bob agree, and the recording begin.
func (w *world) started() recording.Recording {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.svc.Answered(ctx, consult, ann, true, true, w.now))
	w.must(w.svc.Answered(ctx, consult, bob, true, false, w.now.Add(time.Second)))
	w.now = w.now.Add(2 * time.Second)
	r, err := w.svc.Start(ctx, consult, ann, []yilian.PersonID{"ann", "bob"}, w.now)
	w.must(err)
	return r
}

func (w *world) stored() recording.Recording {
	r := w.started()
	w.now = w.now.Add(9 * time.Second)
	w.must(w.svc.Stopped(w.t.Context(), r.ID, bob, "ended", false))
	w.pass(time.Second)
	return w.is(recording.Stored).Recording
}

// TestLife: asked, agreed by name and time, recorded, stored, kept, expired, its bytes gone; and all of it in the trail.
func TestLife(t *testing.T) {
	w := newWorld(t)
	r := w.stored()
	if r.By.Name != "Ann" || r.EndedBy == nil || r.EndedBy.Name != "Bob" || len(r.Consents) != 2 || r.Consents[1].Person.Name != "Bob" || !r.Consents[1].Given ||
		r.Class != "15 years" || r.Bytes != 7+int64(len(w.media.index)) || w.media.clears != 1 {
		t.Errorf("%+v, %d cleared", r, w.media.clears)
	}
	w.pass(15*365*24*time.Hour - 24*time.Hour)
	w.is(recording.Stored)
	w.pass(30 * 24 * time.Hour)
	if r = w.is(recording.Deleted).Recording; r.Removed.Reason != "retention" || len(r.Files) != 0 || len(r.Consents) != 2 {
		t.Errorf("%+v", r)
	}
	w.pass(time.Second)
	if r = w.only().Recording; !r.Removed.Purged || w.media.drops != 1 {
		t.Errorf("%+v", r.Removed)
	}
	want := []string{"ask", "consent", "start", "stop", "store", "drop", "purge"}
	if got := w.actions(r.ID); !slices.Equal(got, want) {
		t.Errorf("the trail has %v, want %v", got, want)
	}
}

// TestLateNews: what the room tells comes after what the recorder does, and finds its place.
func TestLateNews(t *testing.T) {
	w := newWorld(t)
	ctx, at := t.Context(), w.now
	r, err := w.svc.Start(ctx, consult, recording.Person{ID: "ann"}, []yilian.PersonID{"ann", "bob"}, at.Add(2*time.Second))
	w.must(err)
	w.must(w.svc.Answered(ctx, consult, ann, true, true, at))
	w.must(w.svc.Answered(ctx, consult, bob, true, false, at.Add(time.Second)))
	w.now = at.Add(8 * time.Second)
	w.must(w.svc.Stopped(ctx, r.ID, bob, "withdrawn", false))
	w.must(w.svc.Answered(ctx, consult, bob, false, false, at.Add(7*time.Second)))
	w.must(w.svc.Declined(ctx, consult, bob, false, at.Add(7*time.Second)))
	got := w.is(recording.Stopping)
	if len(got.Consents) != 2 || got.Consents[1].Person.Name != "Bob" || got.Consents[1].Given || len(got.Consents[1].Past) != 1 || !got.Consents[1].Past[0].Given {
		t.Errorf("%+v", got.Consents)
	}
	w.now = w.now.Add(time.Minute)
	w.must(w.svc.Answered(ctx, consult, bob, true, true, w.now))
	if all, err := w.svc.List(ctx, town, consult); err != nil || len(all) != 2 || all[0].State != recording.Asked {
		t.Errorf("another one is not asked for: %+v, %v", all, err)
	}
}

// TestDeclined: who does not agree is named.
func TestDeclined(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.must(w.svc.Answered(ctx, consult, ann, true, true, w.now))
	w.must(w.svc.Answered(ctx, consult, bob, false, false, w.now.Add(time.Second)))
	w.must(w.svc.Declined(ctx, consult, bob, false, w.now.Add(time.Second)))
	if r := w.is(recording.Declined); r.EndedBy.Name != "Bob" || r.Consents[1].Given {
		t.Errorf("%+v", r)
	}
}

// TestWithdrawn: the institution's rule says what becomes of the part; a legal hold goes before it.
func TestWithdrawn(t *testing.T) {
	for _, c := range []struct {
		rule string
		hold bool
		want recording.State
	}{
		{directory.DeleteWithdrawn, false, recording.Deleted},
		{directory.KeepWithdrawn, false, recording.Stored},
		{directory.DeleteWithdrawn, true, recording.Stored},
	} {
		w := newWorld(t)
		w.rules.Recording.Withdrawn = c.rule
		r := w.started()
		w.must(w.svc.Stopped(t.Context(), r.ID, bob, "withdrawn", false))
		if c.hold {
			_, err := w.svc.Hold(t.Context(), flow.By(townHead), r.ID, "a complaint")
			w.must(err)
		}
		w.pass(time.Second)
		w.is(c.want)
	}
}

// TestStoreAway: while the store is away the files are tried for, ever more slowly, and come in the end; with nothing there the
// recording has failed.
func TestStoreAway(t *testing.T) {
	w := newWorld(t)
	r := w.started()
	w.media.join = errors.New("the store is away")
	w.must(w.svc.Stopped(t.Context(), r.ID, recording.Person{}, "failed", true))
	for range 5 {
		w.pass(10 * time.Minute)
	}
	if r := w.is(recording.Stopping); r.Tries != 5 || r.Failure != "store" {
		t.Errorf("%+v", r)
	}
	w.media.join = nil
	w.pass(10 * time.Minute)
	w.is(recording.Stored)

	w = newWorld(t)
	r = w.started()
	w.media.join = yilian.Errorf(yilian.NotFound, "recording.nothing", "Nothing was recorded.")
	w.must(w.svc.Stopped(t.Context(), r.ID, recording.Person{}, "failed", true))
	w.pass(time.Second)
	w.is(recording.Failed)
}

// TestCrash: a recording whose node died is over: at once when that node comes back, or as its signs of life end.
func TestCrash(t *testing.T) {
	w := newWorld(t)
	w.started()
	w.must(w.svc.Recover(t.Context()))
	if r := w.is(recording.Stopping); r.Reason != "crash" {
		t.Errorf("%+v", r)
	}

	w = newWorld(t)
	w.started()
	for _, sign := range []string{"1", "2", "3"} {
		w.media.newest = sign
		w.pass(time.Minute + time.Second)
		w.is(recording.On)
	}
	w.pass(time.Minute + time.Second)
	if r := w.only(); r.Reason != "crash" {
		t.Errorf("%+v", r)
	}
	w.pass(time.Second)
	w.is(recording.Stored)
}

// TestWhoLooks: those who took part and the heads of both institutions; for all others there is nothing.
func TestWhoLooks(t *testing.T) {
	w := newWorld(t)
	r := w.stored()
	for _, c := range []struct {
		who  yilian.Actor
		may  bool
		acts []recording.Action
	}{
		{town, true, nil},
		{city, true, nil},
		{townHead, true, []recording.Action{recording.ActDelete, recording.ActHold, recording.ActRelease}},
		{cityHead, true, nil},
		{mate, false, nil},
		{other, false, nil},
		{admin, false, nil},
	} {
		got, err := w.svc.Get(t.Context(), c.who, r.ID)
		if (err == nil) != c.may || err != nil && yilian.KindOf(err) != yilian.NotFound {
			t.Errorf("%s: %v", c.who.Name, err)
		}
		if c.may && c.who.Institution == "town" && !slices.Equal(got.Actions, append([]recording.Action{}, c.acts...)) {
			t.Errorf("%s may %v", c.who.Name, got.Actions)
		}
		_, err = w.svc.Index(t.Context(), c.who, r.ID)
		if (err == nil) != c.may {
			t.Errorf("%s: index: %v", c.who.Name, err)
		}
		if _, _, err = w.svc.Open(t.Context(), c.who, r.ID, "001.webm"); (err == nil) != c.may {
			t.Errorf("%s: file: %v", c.who.Name, err)
		}
		if _, err := w.svc.Delete(t.Context(), flow.By(c.who), r.ID, "why"); err == nil && c.who.Person != "eve" || c.who.Person == "eve" && err != nil {
			t.Errorf("%s deletes: %v", c.who.Name, err)
		}
		if c.who.Person == "eve" { // gone: begin anew for the rest
			w = newWorld(t)
			r = w.stored()
		}
	}
	if _, _, err := w.svc.Open(t.Context(), city, r.ID, "../secret"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("%v", err)
	}
}

// TestLooksAreWritten: each session that looks is one entry, before anything is shown, and again after a while.
func TestLooksAreWritten(t *testing.T) {
	w := newWorld(t)
	r := w.stored()
	look := func(a yilian.Actor) {
		_, err := w.svc.Index(t.Context(), a, r.ID)
		w.must(err)
		_, _, err = w.svc.Open(t.Context(), a, r.ID, "001.webm")
		w.must(err)
	}
	plays := func() (n int) {
		for _, a := range w.actions(r.ID) {
			if a == "play" {
				n++
			}
		}
		return n
	}
	look(town)
	look(town)
	look(cityHead)
	if n := plays(); n != 2 {
		t.Errorf("%d entries for two who looked", n)
	}
	w.now = w.now.Add(time.Hour)
	look(town)
	if n := plays(); n != 3 {
		t.Errorf("%d entries after an hour", n)
	}
	w.store.SetFault(func() flowtest.Outcome { return flowtest.FailBefore })
	w.now = w.now.Add(time.Hour)
	if _, err := w.svc.Index(t.Context(), town, r.ID); err == nil {
		t.Error("somebody looks although it cannot be written down")
	}
}

// TestHold: while a hold lasts nothing deletes the recording; then the rule goes on.
func TestHold(t *testing.T) {
	w := newWorld(t)
	r := w.stored()
	if _, err := w.svc.Hold(t.Context(), flow.By(townHead), r.ID, " "); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a hold without a reason: %v", err)
	}
	_, err := w.svc.Hold(t.Context(), flow.By(townHead), r.ID, "a complaint")
	w.must(err)
	if _, err := w.svc.Delete(t.Context(), flow.By(townHead), r.ID, "no room"); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("deleted on hold: %v", err)
	}
	w.pass(16 * 365 * 24 * time.Hour)
	w.is(recording.Stored)
	_, err = w.svc.Release(t.Context(), flow.By(townHead), r.ID, "settled")
	w.must(err)
	w.pass(time.Second)
	w.is(recording.Deleted)
	w.media.deleteError = errors.New("the store is away")
	w.pass(time.Second)
	if w.only().Removed.Purged {
		t.Error("said to be gone, and is not")
	}
	w.media.deleteError = nil
	w.pass(time.Hour)
	if !w.only().Removed.Purged {
		t.Error("never gone")
	}
}

// TestDamagedIndex: what is not what was stored is not shown.
func TestDamagedIndex(t *testing.T) {
	w := newWorld(t)
	r := w.stored()
	w.media.index = append(w.media.index, ' ')
	if _, err := w.svc.Index(t.Context(), town, r.ID); err == nil {
		t.Error("shown")
	}
	n := 0
	w.must(w.svc.Each(t.Context(), func(recording.Recording) error { n++; return nil }))
	if n != 1 {
		t.Errorf("%d recordings to check", n)
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
