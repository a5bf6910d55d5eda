package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian/consult/flow"
)

// noon is a moment for tests that pass the time themselves.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)

func setDue(t *testing.T, s flow.Store, r flow.Ref, name string, at time.Time) {
	t.Helper()
	update(t, s, func(tx flow.Tx) error {
		return tx.SetDue(flow.Due{Ref: r, Name: name, At: at, Data: []byte(`{"x":1}`)})
	})
}

func claimDue(t *testing.T, s flow.Store, now time.Time, limit int) []flow.Due {
	t.Helper()
	dues, err := s.ClaimDue(t.Context(), now, limit, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return dues
}

func dueNames(dues []flow.Due) string {
	names := make([]string, len(dues))
	for i, d := range dues {
		names[i] = d.Name
	}
	return strings.Join(names, " ")
}

func wantNextDue(t *testing.T, s flow.Store, want time.Time) {
	t.Helper()
	if next, err := s.NextDue(t.Context()); err != nil || !next.Equal(want) {
		t.Errorf("next due-time %v, %v, want %v", next, err, want)
	}
}

func dueTimes(t *testing.T, s flow.Store) {
	r := ref("request")
	wantNextDue(t, s, time.Time{})
	setDue(t, s, r, "c", noon.Add(3))
	setDue(t, s, r, "a", noon.Add(1))
	setDue(t, s, r, "b", noon.Add(2))
	wantNextDue(t, s, noon.Add(1))
	if got := claimDue(t, s, noon, 10); len(got) != 0 {
		t.Errorf("claimed too early: %v", got)
	}
	claimed := claimDue(t, s, noon.Add(3), 2)
	if dueNames(claimed) != "a b" || claimed[0].Ref != r || !claimed[0].At.Equal(noon.Add(1)) || !bytes.Equal(claimed[0].Data, []byte(`{"x":1}`)) ||
		claimed[0].Token == "" || claimed[0].Token == claimed[1].Token {
		t.Errorf("claimed %+v", claimed)
	}
	// Firing removes it, once.
	update(t, s, func(tx flow.Tx) error { return tx.Fire(claimed[0]) })
	if err := s.Update(t.Context(), func(tx flow.Tx) error { return tx.Fire(claimed[0]) }); !errors.Is(err, flow.ErrStale) {
		t.Errorf("fired twice: %v", err)
	}
	// b comes again when its lease has ended, and is the same setting.
	if got := dueNames(claimDue(t, s, noon.Add(time.Minute), 10)); got != "c" {
		t.Errorf("during the lease: %q", got)
	}
	again := claimDue(t, s, noon.Add(3).Add(time.Minute), 10)
	if dueNames(again) != "b" || again[0].Token != claimed[1].Token {
		t.Errorf("after the lease: %+v", again)
	}
	// Clearing works at any time, also twice.
	for range 2 {
		update(t, s, func(tx flow.Tx) error {
			return errors.Join(tx.ClearDue(r, "b"), tx.ClearDue(r, "c"), tx.ClearDue(r, "nothing"))
		})
	}
	wantNextDue(t, s, time.Time{})
	if got := claimDue(t, s, noon.Add(time.Hour), 0); len(got) != 0 {
		t.Errorf("limit 0 gave %v", got)
	}
}

func dueOutdated(t *testing.T, s flow.Store) {
	r := ref("request")
	for name, change := range map[string]func(flow.Tx) error{
		"moved":   func(tx flow.Tx) error { return tx.SetDue(flow.Due{Ref: r, Name: "wake", At: noon.Add(time.Hour)}) },
		"reset":   func(tx flow.Tx) error { return tx.SetDue(flow.Due{Ref: r, Name: "wake", At: noon}) },
		"cleared": func(tx flow.Tx) error { return tx.ClearDue(r, "wake") },
	} {
		setDue(t, s, r, "wake", noon)
		claimed := claimDue(t, s, noon, 1)
		if len(claimed) != 1 {
			t.Fatalf("%s: claimed %v", name, claimed)
		}
		update(t, s, change)
		err := s.Update(t.Context(), func(tx flow.Tx) error {
			if err := tx.Fire(claimed[0]); err != nil {
				return err
			}
			return tx.Append(event(r, 1, "rang"), nil)
		})
		if !errors.Is(err, flow.ErrStale) {
			t.Errorf("%s: fired all the same: %v", name, err)
		}
	}
	// What was set anew is there for the next one at once: it has no lease.
	setDue(t, s, r, "wake", noon)
	claimDue(t, s, noon, 1)
	setDue(t, s, r, "wake", noon)
	if got := claimDue(t, s, noon, 1); len(got) != 1 {
		t.Errorf("set anew: %v", got)
	}
	view(t, s, func(rd flow.Reader) error {
		events, err := rd.Events(r)
		if len(events) != 0 {
			t.Errorf("%d outdated ones took effect", len(events))
		}
		return err
	})
}

func dueClaimedOnce(t *testing.T, s flow.Store) {
	const all = 60
	r := ref("request")
	update(t, s, func(tx flow.Tx) error {
		for i := range all {
			if err := tx.SetDue(flow.Due{Ref: r, Name: fmt.Sprintf("%02d", i), At: noon.Add(time.Duration(i))}); err != nil {
				return err
			}
		}
		return nil
	})
	var mu sync.Mutex
	claimed := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				dues, err := s.ClaimDue(t.Context(), noon.Add(time.Hour), 7, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if len(dues) == 0 {
					return
				}
				mu.Lock()
				for _, d := range dues {
					claimed[d.Name]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(claimed) != all {
		t.Errorf("%d of %d were claimed", len(claimed), all)
	}
	for name, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", name, n)
		}
	}
	wantNextDue(t, s, noon.Add(time.Hour).Add(time.Minute)) // when the leases end
}

// say sends a message about a reference.
func say(t *testing.T, s flow.Store, r flow.Ref, version int64, data string, audience ...string) {
	t.Helper()
	update(t, s, func(tx flow.Tx) error {
		return tx.Append(event(r, version, "say"), &flow.Message{Topic: r.Kind, Key: r.ID, Version: version, Data: []byte(data), Audience: audience})
	})
}

func claim(t *testing.T, s flow.Store, now time.Time, limit int) []flow.Message {
	t.Helper()
	m, err := s.ClaimMessages(t.Context(), now, limit, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func delivered(t *testing.T, s flow.Store, messages ...flow.Message) {
	t.Helper()
	var ids []int64
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	if err := s.Delivered(t.Context(), ids...); err != nil {
		t.Fatal(err)
	}
}

func outbox(t *testing.T, s flow.Store) {
	one, two, three := ref("request"), ref("request"), ref("ring")
	say(t, s, one, 1, `{"a":1}`, "person:p", "role:r")
	say(t, s, two, 2, "")
	say(t, s, three, 3, "")
	first := claim(t, s, noon, 2)
	if len(first) != 2 || first[0].Key != one.ID || first[0].Topic != "request" || first[0].Version != 1 || string(first[0].Data) != `{"a":1}` ||
		!slices.Equal(first[0].Audience, []string{"person:p", "role:r"}) || first[0].Attempts != 0 {
		t.Fatalf("claimed %+v", first)
	}
	if first[1].Key != two.ID || len(first[1].Data) != 0 || len(first[1].Audience) != 0 {
		t.Errorf("the second is %+v", first[1])
	}
	if then := claim(t, s, noon, 10); len(then) != 1 || then[0].Key != three.ID {
		t.Errorf("then %+v", then)
	}
	delivered(t, s, first...)
	delivered(t, s, first...)
	delivered(t, s)
	// The third was not delivered, and comes again when its lease has ended.
	if again := claim(t, s, noon.Add(59*time.Second), 10); len(again) != 0 {
		t.Errorf("during the lease: %+v", again)
	}
	again := claim(t, s, noon.Add(time.Minute), 10)
	if len(again) != 1 || again[0].Key != three.ID || again[0].Attempts != 1 {
		t.Errorf("after the lease: %+v", again)
	}
	delivered(t, s, again...)
	if left := claim(t, s, noon.Add(time.Hour), 10); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func outboxCoalesces(t *testing.T, s flow.Store) {
	one, two := ref("request"), ref("request")
	say(t, s, one, 1, `1`, "person:a")
	say(t, s, two, 1, "")
	say(t, s, one, 2, `2`, "person:b")
	say(t, s, one, 3, `3`, "person:a")
	say(t, s, two, 2, "", "person:c")
	m := claim(t, s, noon, 10)
	if len(m) != 2 || m[0].Key != one.ID || m[0].Version != 3 || string(m[0].Data) != "3" {
		t.Fatalf("claimed %+v", m)
	}
	slices.Sort(m[0].Audience)
	if !slices.Equal(m[0].Audience, []string{"person:a", "person:b"}) {
		t.Errorf("the audience is %q", m[0].Audience)
	}
	if m[1].Version != 2 || len(m[1].Audience) != 0 {
		t.Errorf("everyone and one is everyone, not %+v", m[1])
	}
}

// outboxWaits: of messages that become one, the earlier moment counts.
func outboxWaits(t *testing.T, s flow.Store) {
	sayAfter := func(r flow.Ref, version int64, after time.Time) {
		t.Helper()
		update(t, s, func(tx flow.Tx) error {
			return tx.Append(event(r, version, "say"), &flow.Message{Topic: r.Kind, Key: r.ID, Version: version, After: after})
		})
	}
	slow, hastened := ref("request"), ref("request")
	sayAfter(slow, 1, noon.Add(time.Second))
	sayAfter(slow, 2, noon.Add(time.Minute))
	sayAfter(hastened, 1, noon.Add(time.Second))
	if early := claim(t, s, noon, 10); len(early) != 0 {
		t.Fatalf("told early: %+v", early)
	}
	sayAfter(hastened, 2, time.Time{})
	now := claim(t, s, noon, 10)
	if len(now) != 1 || now[0].Key != hastened.ID || now[0].Version != 2 {
		t.Fatalf("at once: %+v", now)
	}
	later := claim(t, s, noon.Add(time.Second), 10)
	if len(later) != 1 || later[0].Key != slow.ID || later[0].Version != 2 {
		t.Fatalf("later: %+v", later)
	}
	delivered(t, s, append(now, later...)...)
}

func outboxRedelivers(t *testing.T, s flow.Store) {
	r := ref("request")
	say(t, s, r, 1, "1")
	first := claim(t, s, noon, 10)
	say(t, s, r, 2, "2")
	say(t, s, r, 3, "3")
	// While the first is in somebody's hands, the news wait: handlers see one message of a key at a time.
	if m := claim(t, s, noon.Add(time.Second), 10); len(m) != 0 {
		t.Errorf("two of one key at the same time: %+v", m)
	}
	delivered(t, s, first...)
	then := claim(t, s, noon.Add(time.Second), 10)
	if len(then) != 1 || then[0].Version != 3 || string(then[0].Data) != "3" {
		t.Fatalf("the news are %+v", then)
	}
	// A claimer that was too slow cannot remove news it has not seen.
	delivered(t, s, first...)
	if err := s.Retry(t.Context(), then[0].ID, noon.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	say(t, s, r, 4, "4")
	delivered(t, s, then...)
	if m := claim(t, s, noon.Add(time.Hour), 10); len(m) != 1 || m[0].Version != 4 {
		t.Errorf("the news were removed: %+v", m)
	}
}

func outboxRetries(t *testing.T, s flow.Store) {
	r := ref("request")
	say(t, s, r, 1, "1", "person:a")
	for attempt := range 3 {
		m := claim(t, s, noon, 10)
		if len(m) != 1 || m[0].Attempts != attempt || m[0].Version != 1 || string(m[0].Data) != "1" {
			t.Fatalf("attempt %d: %+v", attempt, m)
		}
		if err := s.Retry(t.Context(), m[0].ID, noon); err != nil {
			t.Fatal(err)
		}
	}
	m := claim(t, s, noon, 10)
	if err := s.Retry(t.Context(), m[0].ID, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if early := claim(t, s, noon.Add(59*time.Minute), 10); len(early) != 0 {
		t.Errorf("too early: %+v", early)
	}
	m = claim(t, s, noon.Add(time.Hour), 10)
	if len(m) != 1 || m[0].Attempts != 4 {
		t.Fatalf("later: %+v", m)
	}
	// News that came during the delivery and the one given back become one; nobody is forgotten.
	say(t, s, r, 2, "2", "person:b")
	if err := s.Retry(t.Context(), m[0].ID, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	m = claim(t, s, noon.Add(2*time.Hour), 10)
	if len(m) != 1 || m[0].Version != 2 || m[0].Attempts == 0 || len(m[0].Audience) != 2 {
		t.Errorf("together: %+v", m)
	}
	delivered(t, s, m...)
	if err := s.Retry(t.Context(), m[0].ID, noon); err != nil {
		t.Errorf("giving back what is delivered: %v", err)
	}
	if left := claim(t, s, noon.Add(5*time.Hour), 10); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func outboxClaimedOnce(t *testing.T, s flow.Store) {
	const all = 60
	for range all {
		say(t, s, ref("request"), 1, "")
	}
	var mu sync.Mutex
	claimed := map[int64]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				messages, err := s.ClaimMessages(t.Context(), noon, 7, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if len(messages) == 0 {
					return
				}
				mu.Lock()
				for _, m := range messages {
					claimed[m.ID]++
				}
				mu.Unlock()
				delivered(t, s, messages[0])
			}
		})
	}
	wg.Wait()
	if len(claimed) != all {
		t.Errorf("%d of %d were claimed", len(claimed), all)
	}
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("%d was claimed %d times", id, n)
		}
	}
}
