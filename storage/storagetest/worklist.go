package storagetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging/ups"
)

// WorklistSuite checks a memory of workitems, with the memory of workflows that shares its transactions.
func WorklistSuite(t *testing.T, open func(t *testing.T) (ups.Store, flow.Store)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, ups.Store, flow.Store)
	}{
		{"a workitem comes back and is told", workitemComesBack},
		{"of many changes each sees the one before", workitemRace},
		{"workitems in pages", workitemPages},
		{"final ones are forgotten unless held", workitemForget},
		{"subscriptions", workitemSubscriptions},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, trail := open(t)
			c.test(t, store, trail)
		})
	}
}

var workitemTime = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// putWorkitem makes a workitem of the institution "north", changed at a minute.
func putWorkitem(t *testing.T, s ups.Store, uid string, state ups.State, minute int) ups.Item {
	t.Helper()
	item, err := s.Change(t.Context(), uid, func(old ups.Item) (ups.Item, yilian.Event, error) {
		old.UID, old.Institution, old.State, old.Version = uid, "north", state, old.Version+1
		old.Attributes = ups.Attributes{"00741204": []byte(`{"vr":"LO","Value":["肺结节"]}`)}
		old.ChangedAt = workitemTime.Add(time.Duration(minute) * time.Minute)
		return old, yilian.Event{Chain: "north", Entity: ups.Topic, EntityID: uid, Version: old.Version, Action: "set", Actor: yilian.System, At: old.ChangedAt}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func workitemComesBack(t *testing.T, s ups.Store, trail flow.Store) {
	if _, err := s.Item(t.Context(), "1.2"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("nothing there: %v", err)
	}
	put := putWorkitem(t, s, "1.2", ups.Scheduled, 0)
	got, err := s.Item(t.Context(), "1.2")
	if err != nil || !reflect.DeepEqual(got, put) {
		t.Errorf("came back %+v, %v, want %+v", got, err, put)
	}
	boom := errors.New("boom")
	_, err = s.Change(t.Context(), "1.2", func(old ups.Item) (ups.Item, yilian.Event, error) {
		old.State = ups.Completed
		return old, yilian.Event{}, boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("an error of fn is answered as %v", err)
	}
	if got, err := s.Item(t.Context(), "1.2"); err != nil || got.State != ups.Scheduled {
		t.Errorf("a change that failed left %s, %v", got.State, err)
	}
	msgs, err := trail.ClaimMessages(t.Context(), time.Now(), 10, time.Minute)
	if err != nil || len(msgs) != 1 || msgs[0].Topic != ups.Topic || msgs[0].Key != "1.2" {
		t.Errorf("told: %+v, %v", msgs, err)
	}
}

func workitemRace(t *testing.T, s ups.Store, _ flow.Store) {
	const n = 20
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() { putWorkitem(t, s, "1.2", ups.InProgress, 0) })
	}
	wg.Wait()
	if got, err := s.Item(t.Context(), "1.2"); err != nil || got.Version != n {
		t.Errorf("version %d after %d changes, %v", got.Version, n, err)
	}
}

func workitemPages(t *testing.T, s ups.Store, _ flow.Store) {
	const n = 25
	for k := range n {
		state := ups.Scheduled
		if k%5 == 0 {
			state = ups.Completed
		}
		putWorkitem(t, s, fmt.Sprintf("1.2.%d", k), state, k/2) // two in each minute
	}
	for state, want := range map[ups.State]int{ups.None: n, ups.Completed: 5, ups.Canceled: 0} {
		seen := map[string]bool{}
		last := workitemTime.Add(time.Hour)
		for after := ""; ; {
			page, next, err := s.Items(t.Context(), "north", state, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page {
				if seen[i.UID] || i.ChangedAt.After(last) {
					t.Errorf("%q: %s comes twice or in the wrong order", state, i.UID)
				}
				seen[i.UID], last = true, i.ChangedAt
			}
			if after = next; after == "" {
				break
			}
		}
		if len(seen) != want {
			t.Errorf("%q: %d, want %d", state, len(seen), want)
		}
	}
	if page, _, err := s.Items(t.Context(), "south", ups.None, "", 10); err != nil || len(page) != 0 {
		t.Errorf("another institution sees %d, %v", len(page), err)
	}
	if _, _, err := s.Items(t.Context(), "north", ups.None, "nonsense", 10); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a foreign cursor: %v", err)
	}
}

func workitemForget(t *testing.T, s ups.Store, _ flow.Store) {
	putWorkitem(t, s, "1.1", ups.Completed, 0)
	putWorkitem(t, s, "1.2", ups.Canceled, 0)
	putWorkitem(t, s, "1.3", ups.InProgress, 0)
	putWorkitem(t, s, "1.4", ups.Completed, 10)
	if err := s.Subscribe(t.Context(), ups.Subscription{Institution: "north", AE: "HOLD", Workitem: "1.2", Lock: true}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Forget(t.Context(), workitemTime.Add(5*time.Minute), 100); err != nil || n != 1 {
		t.Errorf("forgot %d, %v", n, err)
	}
	left, _, err := s.Items(t.Context(), "north", ups.None, "", 10)
	if err != nil || len(left) != 3 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

func workitemSubscriptions(t *testing.T, s ups.Store, _ flow.Store) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	of := func(ctx context.Context, ae string) []ups.Subscription {
		all, err := s.Subscriptions(ctx, "north", ae)
		must(err)
		return all
	}
	one := ups.Subscription{Institution: "north", AE: "ONE", Workitem: "1.2", Filter: []string{"PatientName=张*"}}
	must(s.Subscribe(ctx, one))
	one.Lock = true
	must(s.Subscribe(ctx, one))
	must(s.Subscribe(ctx, ups.Subscription{Institution: "north", AE: "TWO", Workitem: "1.2"}))
	if got := of(ctx, "ONE"); len(got) != 1 || !reflect.DeepEqual(got[0], one) {
		t.Errorf("subscribed: %+v", got)
	}
	must(s.Unsubscribe(ctx, "north", "ONE", "1.2"))
	must(s.Unsubscribe(ctx, "north", "ONE", "1.2"))
	if len(of(ctx, "ONE")) != 0 || len(of(ctx, "TWO")) != 1 {
		t.Error("the wrong one was unsubscribed")
	}
}
