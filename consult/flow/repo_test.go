package flow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
)

type lamp struct {
	flow.Meta
	Lit   bool      `json:"lit"`
	Until time.Time `json:"until,omitzero"`
	Room  string    `json:"room"`
}

func lampSpec() flow.Spec[lamp] {
	return flow.Spec[lamp]{
		Kind: "lamp", Meta: func(l *lamp) *flow.Meta { return &l.Meta },
		Keys: func(l lamp) []flow.Key {
			return []flow.Key{{Name: "room", Value: l.Room, Sort: flow.SortTime(l.CreatedAt)}}
		},
		Dues: func(l lamp) []flow.Due {
			if !l.Lit || l.Until.IsZero() {
				return nil
			}
			return []flow.Due{{Name: "out", At: l.Until}}
		},
		Audience: func(l lamp) []string { return []string{"room:" + l.Room} },
		State: func(l lamp) string {
			if l.Lit {
				return "lit"
			}
			return "dark"
		},
	}
}

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func by(name string) flow.Command {
	return flow.Command{Actor: yilian.Actor{Person: yilian.PersonID(name), Name: name, Institution: "h1"}, At: noon}
}

func light(until time.Time) func(flow.Tx, lamp) (lamp, flow.Change, error) {
	return func(_ flow.Tx, l lamp) (lamp, flow.Change, error) {
		if l.Lit {
			return l, flow.Change{}, flow.Refused("lamp", "lit", "light")
		}
		l.Lit, l.Until = true, until
		return l, flow.Change{Action: "light", Data: map[string]int{"watts": 9}}, nil
	}
}

func newLamp(t *testing.T) (*flowtest.Store, *flow.Repo[lamp], lamp) {
	t.Helper()
	store := flowtest.New()
	repo := flow.NewRepo(store, lampSpec())
	l, err := repo.Create(t.Context(), by("ann"), func(flow.Tx) (lamp, flow.Change, error) { return lamp{Room: "hall"}, flow.Change{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return store, repo, l
}

func TestUpdateIsOneTransaction(t *testing.T) {
	store, repo, l := newLamp(t)
	if l.Version != 1 || l.ID == "" || l.ChangedBy != "ann" || !l.CreatedAt.Equal(noon) {
		t.Fatalf("created %+v", l)
	}
	cmd := by("bob")
	cmd.Version = 1
	l, err := repo.Update(t.Context(), cmd, l.ID, light(noon.Add(time.Hour)))
	if err != nil || !l.Lit || l.Version != 2 || l.ChangedBy != "bob" {
		t.Fatalf("%+v, %v", l, err)
	}
	events, err := repo.Events(t.Context(), l.ID)
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if e := events[1]; e.Action != "light" || e.From != "dark" || e.To != "lit" || e.Version != 2 || e.Chain != "h1" || e.Actor.Name != "bob" || string(e.Data) != `{"watts":9}` {
		t.Errorf("event %+v", e)
	}
	if dues := store.Pending(); len(dues) != 1 || dues[0].Name != "out" || !dues[0].At.Equal(noon.Add(time.Hour)) {
		t.Errorf("due-times %+v", dues)
	}
	msgs, err := store.ClaimMessages(t.Context(), noon, 10, time.Minute)
	if err != nil || len(msgs) != 1 || msgs[0].Version != 2 || msgs[0].Audience[0] != "room:hall" {
		t.Errorf("messages %+v, %v: two changes of one entity are one hint", msgs, err)
	}
}

func TestALoserLearnsWhoWon(t *testing.T) {
	_, repo, l := newLamp(t)
	if _, err := repo.Update(t.Context(), by("bob"), l.ID, light(time.Time{})); err != nil {
		t.Fatal(err)
	}
	stale := by("eve")
	stale.Version = 1
	for name, cmd := range map[string]flow.Command{"stale": stale, "state": by("eve")} {
		_, err := repo.Update(t.Context(), cmd, l.ID, light(time.Time{}))
		e, ok := errors.AsType[*yilian.Error](err)
		if !ok || e.Kind != yilian.Conflict || e.Code != name || e.Params["winner"] != "bob" || e.Params["state"] != "lit" {
			t.Errorf("%s: %v %v", name, err, e)
			continue
		}
		if now, ok := e.Current.(lamp); !ok || !now.Lit || now.Version != 2 {
			t.Errorf("%s: current %+v", name, e.Current)
		}
		if errors.Is(err, flow.ErrStale) != (name == "stale") {
			t.Errorf("%s: ErrStale is %v", name, errors.Is(err, flow.ErrStale))
		}
	}
	if flow.ErrStale.Params != nil || flow.ErrStale.Current != nil {
		t.Error("the shared error was changed")
	}
}

func TestIdempotencyKey(t *testing.T) {
	store, repo, l := newLamp(t)
	cmd := by("bob")
	cmd.Key = "k1"
	// The first attempt is persisted, but says it failed: the caller tries again.
	store.SetFault(func() flowtest.Outcome { return flowtest.FailAfter })
	if _, err := repo.Update(t.Context(), cmd, l.ID, light(time.Time{})); yilian.KindOf(err) != yilian.Unavailable {
		t.Fatalf("got %v", err)
	}
	store.SetFault(nil)
	again, err := repo.Update(t.Context(), cmd, l.ID, light(time.Time{}))
	if err != nil || again.Version != 2 {
		t.Errorf("again: %+v, %v", again, err)
	}
	// Lost for good: nothing of it is there, the key neither.
	cmd.Key = "k2"
	dark := func(_ flow.Tx, l lamp) (lamp, flow.Change, error) {
		l.Lit = false
		return l, flow.Change{Action: "darken"}, nil
	}
	store.SetFault(func() flowtest.Outcome { return flowtest.FailBefore })
	if _, err := repo.Update(t.Context(), cmd, l.ID, dark); err == nil {
		t.Fatal("a lost commit succeeded")
	}
	store.SetFault(nil)
	if now, _ := repo.Get(t.Context(), l.ID); !now.Lit {
		t.Error("a lost commit left a trace")
	}
	if now, err := repo.Update(t.Context(), cmd, l.ID, dark); err != nil || now.Lit {
		t.Errorf("retried: %+v, %v", now, err)
	}
	create := func(flow.Tx) (lamp, flow.Change, error) { return lamp{Room: "attic"}, flow.Change{}, nil }
	one, err1 := repo.Create(t.Context(), cmd, create)
	two, err2 := repo.Create(t.Context(), cmd, create)
	other := cmd
	other.Actor.Person = "eve"
	three, err3 := repo.Create(t.Context(), other, create)
	if err := errors.Join(err1, err2, err3); err != nil || one.ID != two.ID || one.ID == three.ID {
		t.Errorf("created %s, %s, %s, %v", one.ID, two.ID, three.ID, err)
	}
}

func TestDueTimesFollowTheState(t *testing.T) {
	store, repo, l := newLamp(t)
	set := func(lit bool, until time.Time) {
		t.Helper()
		_, err := repo.Update(t.Context(), by("bob"), l.ID, func(_ flow.Tx, l lamp) (lamp, flow.Change, error) {
			l.Lit, l.Until = lit, until
			return l, flow.Change{Action: "set"}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(true, noon.Add(time.Hour))
	first := store.Pending()[0]
	set(true, noon.Add(time.Hour))
	if again := store.Pending(); len(again) != 1 || again[0].Token != first.Token {
		t.Error("a due-time that did not change was set anew")
	}
	set(true, noon.Add(2*time.Hour))
	moved := store.Pending()[0]
	out := func(_ flow.Tx, l lamp) (lamp, flow.Change, error) {
		l.Lit = false
		return l, flow.Change{Action: "out"}, nil
	}
	if _, err := repo.Update(t.Context(), flow.Firing(first, noon), l.ID, out); !errors.Is(err, flow.ErrStale) {
		t.Errorf("a due-time that was moved fired: %v", err)
	}
	if _, err := repo.Update(t.Context(), flow.Firing(moved, noon), l.ID, out); err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Update(t.Context(), flow.Firing(moved, noon), l.ID, out); !errors.Is(err, flow.ErrStale) {
		t.Errorf("it fired twice: %v", err)
	}
	set(true, noon.Add(time.Hour))
	set(false, time.Time{})
	if left := store.Pending(); len(left) != 0 {
		t.Errorf("left over: %+v", left)
	}
}

func TestNothingHappened(t *testing.T) {
	store, repo, l := newLamp(t)
	same, err := repo.Update(t.Context(), by("bob"), l.ID, func(_ flow.Tx, l lamp) (lamp, flow.Change, error) {
		l.Room = "elsewhere"
		return l, flow.Change{}, nil
	})
	if err != nil || same.Version != 1 || same.Room != "hall" {
		t.Errorf("%+v, %v", same, err)
	}
	if events, _ := repo.Events(t.Context(), l.ID); len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
	if n, err := store.VerifyChain(t.Context(), "h1"); n != 1 || err != nil {
		t.Errorf("chain %d, %v", n, err)
	}
}

func TestFindPages(t *testing.T) {
	_, repo, _ := newLamp(t)
	for i := range 7 {
		cmd := by("ann")
		cmd.At = noon.Add(time.Duration(i+1) * time.Minute)
		if _, err := repo.Create(t.Context(), cmd, func(flow.Tx) (lamp, flow.Change, error) { return lamp{Room: "hall"}, flow.Change{}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, desc := range []bool{false, true} {
		var all []lamp
		q := flow.Query{Name: "room", Values: []string{"hall"}, Limit: 3, Desc: desc}
		for {
			page, next, err := repo.Find(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page...)
			if next == "" {
				break
			}
			q.After = next
		}
		if len(all) != 8 || all[0].CreatedAt.Before(all[7].CreatedAt) == desc {
			t.Errorf("desc %v: %d lamps from %s to %s", desc, len(all), all[0].CreatedAt, all[len(all)-1].CreatedAt)
		}
	}
	within := flow.Query{Name: "room", Values: []string{"hall", "attic"}, From: flow.SortTime(noon.Add(time.Minute)), To: flow.SortTime(noon.Add(3 * time.Minute))}
	if page, _, err := repo.Find(t.Context(), within); err != nil || len(page) != 2 {
		t.Errorf("%d lamps between, %v", len(page), err)
	}
	if _, err := repo.Get(t.Context(), "nothing"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("unknown: %v", err)
	}
}

func TestUnseen(t *testing.T) {
	for _, c := range []struct {
		saw, since int64
		stale      bool
	}{{0, 9, false}, {3, 4, true}, {4, 4, false}, {5, 4, false}} {
		if err := flow.Unseen(flow.Command{Version: c.saw}, c.since); (err != nil) != c.stale {
			t.Errorf("saw %d, changed at %d: %v", c.saw, c.since, err)
		}
	}
}

func TestLook(t *testing.T) {
	store, _, l := newLamp(t)
	err := flow.Look(context.Background(), store, yilian.Event{Entity: "lamp", EntityID: l.ID, Action: "look", Actor: by("eve").Actor})
	if n, chainErr := store.VerifyChain(t.Context(), "h1"); err != nil || chainErr != nil || n != 2 {
		t.Errorf("chain of %d, %v, %v", n, err, chainErr)
	}
}

func TestLookOnce(t *testing.T) {
	store, _, l := newLamp(t)
	for _, key := range []string{"k1", "k1", "k2", "", ""} {
		cmd := by("eve")
		cmd.Key = key
		if err := flow.LookOnce(t.Context(), store, cmd, yilian.Event{Entity: "lamp", EntityID: l.ID, Action: "look"}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := store.VerifyChain(t.Context(), "h1"); err != nil || n != 1+4 {
		t.Errorf("chain of %d, %v", n, err)
	}
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := flow.NewID()
		if len(id) != 26 || strings.ToLower(id) != id || seen[id] {
			t.Fatalf("identifier %q", id)
		}
		seen[id] = true
	}
}
