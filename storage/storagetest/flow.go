package storagetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Fault is what becomes of a commit.
type Fault int

// The two ways in which a commit fails.
const (
	NotPersisted      Fault = iota // nothing was written, and the caller is told so
	PersistedButError              // all was written, but the caller is told that it failed
)

// FlowSubject is one empty store under test.
type FlowSubject struct {
	Store flow.Store
	// Fail makes commits fail until the answered function is called. Nil: this store cannot be made to fail.
	Fail func(Fault) (end func())
	// Double is set for a store in memory that stands in for a real one in other tests. The finer points are not asked of it.
	Double bool
}

// FlowSuite checks a memory of workflows. open answers a new empty one.
func FlowSuite(t *testing.T, open func(t *testing.T) FlowSubject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, flow.Store)
		real bool // not asked of a double
	}{
		{"records come back", recordsComeBack, false},
		{"a stale version is refused", recordsStale, false},
		{"keys follow the record", recordsKeys, false},
		{"lists", findLists, false},
		{"lists in pages", findPages, false},
		{"lists agree with a model", findModel, true},
		{"a record stands once in a list", findOnce, true},
		{"pages hold while records come and go", findStable, false},
		{"odd names", oddNames, false},
		{"refused names", refusedNames, true},
		{"an error takes back everything", rollsBack, false},
		{"a panic takes back everything", rollsBackPanic, true},
		{"a goroutine that ends takes back everything", rollsBackGoexit, true},
		{"a transaction sees itself", seesItself, false},
		{"a view is one moment", viewIsOneMoment, false},
		{"the trail", trail, true},
		{"chains are apart", trailChains, false},
		{"idempotency keys", onceKeeps, false},
		{"due-times", dueTimes, false},
		{"a due-time is claimed once", dueClaimedOnce, false},
		{"an outdated due-time does not fire", dueOutdated, false},
		{"the outbox", outbox, false},
		{"messages are coalesced", outboxCoalesces, false},
		{"a message may have time", outboxWaits, false},
		{"a change during delivery is delivered", outboxRedelivers, true},
		{"a message given back comes later", outboxRetries, true},
		{"a message is claimed once", outboxClaimedOnce, false},
		{"one of many wins each version", compareAndSet, false},
		{"transactions are serialisable", serialisable, false},
		{"many append to one chain", manyAppend, false},
		{"a context that ended", contextEnded, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			if c.real && s.Double {
				t.Skip("not asked of a double")
			}
			c.test(t, s.Store)
		})
	}
	t.Run("faults", func(t *testing.T) { flowFaults(t, open) })
}

// ref makes a reference that no other test uses.
func ref(kind string) flow.Ref { return flow.Ref{Kind: kind, ID: rand.Text()} }

func doc(n int) []byte { return fmt.Appendf(nil, `{"n":%d}`, n) }

func update(t *testing.T, s flow.Store, fn func(tx flow.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, s flow.Store, fn func(r flow.Reader) error) {
	t.Helper()
	if err := s.View(t.Context(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// create stores version 1 of a record.
func create(t *testing.T, s flow.Store, r flow.Ref, keys ...flow.Key) {
	t.Helper()
	update(t, s, func(tx flow.Tx) error { return tx.Put(flow.Record{Ref: r, Doc: doc(1), Keys: keys}) })
}

func read(t *testing.T, s flow.Store, r flow.Ref) (rec flow.Record) {
	t.Helper()
	view(t, s, func(rd flow.Reader) (err error) {
		rec, err = rd.Get(r)
		return err
	})
	return rec
}

func find(t *testing.T, s flow.Store, q flow.Query) (ids []string, next string) {
	t.Helper()
	view(t, s, func(rd flow.Reader) error {
		page, n, err := rd.Find(q)
		next, ids = n, nil
		for _, rec := range page {
			ids = append(ids, rec.ID)
		}
		return err
	})
	return ids, next
}

func wantIDs(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// empty checks that nothing at all was stored for a reference.
func empty(t *testing.T, s flow.Store, r flow.Ref) {
	t.Helper()
	view(t, s, func(rd flow.Reader) error {
		_, err := rd.Get(r)
		wantKind(t, err, yilian.NotFound)
		page, _, err := rd.Find(flow.Query{Kind: r.Kind, Name: "all", Values: []string{""}})
		if len(page) != 0 {
			t.Errorf("%d records were left", len(page))
		}
		if err != nil {
			return err
		}
		events, err := rd.Events(r)
		if len(events) != 0 {
			t.Errorf("%d events were left", len(events))
		}
		return err
	})
	if next, err := s.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("a due-time was left: %v, %v", next, err)
	}
	if m, err := s.ClaimMessages(t.Context(), time.Now(), 10, time.Minute); err != nil || len(m) != 0 {
		t.Errorf("messages were left: %v, %v", m, err)
	}
}

// writeAll writes something of everything.
func writeAll(tx flow.Tx, r flow.Ref) error {
	_, err := tx.Once("key of "+r.ID, []byte(r.ID))
	return errors.Join(err,
		tx.Put(flow.Record{Ref: r, Doc: doc(1), Keys: []flow.Key{{Name: "all", Sort: "1"}}}),
		tx.SetDue(flow.Due{Ref: r, Name: "wake", At: time.Now()}),
		tx.Append(event(r, 1, "create"), &flow.Message{Topic: r.Kind, Key: r.ID, Version: 1}))
}

func event(r flow.Ref, version int64, action string) yilian.Event {
	return yilian.Event{Entity: r.Kind, EntityID: r.ID, Version: version, Action: action, Actor: yilian.System, At: time.Now()}
}

// rollsBack: what a failed function wrote is gone, and its error comes back as it was.
func rollsBack(t *testing.T, s flow.Store) {
	r := ref("request")
	mine := errors.New("mine")
	err := s.Update(t.Context(), func(tx flow.Tx) error {
		if err := writeAll(tx, r); err != nil {
			return err
		}
		return mine
	})
	if !errors.Is(err, mine) {
		t.Errorf("the error came back as %v", err)
	}
	empty(t, s, r)
	// Even a function that goes on after a refused write keeps the rest.
	other := ref("request")
	create(t, s, other)
	update(t, s, func(tx flow.Tx) error {
		if err := tx.Put(flow.Record{Ref: other, Doc: doc(2)}); !errors.Is(err, flow.ErrStale) {
			t.Errorf("put again: %v", err)
		}
		return tx.Put(flow.Record{Ref: r, Doc: doc(1)})
	})
	if rec := read(t, s, r); rec.Version != 1 {
		t.Errorf("version %d", rec.Version)
	}
	update(t, s, func(tx flow.Tx) error {
		stored, err := tx.Once("key of "+r.ID, []byte("anew"))
		if stored != nil {
			t.Errorf("the idempotency key was kept: %q", stored)
		}
		return err
	})
}

func rollsBackPanic(t *testing.T, s flow.Store) {
	r := ref("request")
	func() {
		defer func() {
			if p := recover(); p != "mine" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = s.Update(t.Context(), func(tx flow.Tx) error {
			if err := writeAll(tx, r); err != nil {
				t.Error(err)
			}
			panic("mine")
		})
	}()
	empty(t, s, r)
	create(t, s, r)
}

func rollsBackGoexit(t *testing.T, s flow.Store) {
	r := ref("request")
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Update(t.Context(), func(tx flow.Tx) error {
			if err := writeAll(tx, r); err != nil {
				t.Error(err)
			}
			runtimeGoexit()
			return nil
		})
	})
	wg.Wait()
	empty(t, s, r)
	create(t, s, r)
}

func seesItself(t *testing.T, s flow.Store) {
	r := ref("request")
	update(t, s, func(tx flow.Tx) error {
		if err := writeAll(tx, r); err != nil {
			return err
		}
		rec, err := tx.Get(r)
		if err != nil {
			return err
		}
		page, _, err := tx.Find(flow.Query{Kind: r.Kind, Name: "all", Values: []string{""}})
		if err != nil {
			return err
		}
		events, err := tx.Events(r)
		if rec.Version != 1 || len(page) != 1 || len(events) != 1 {
			t.Errorf("version %d, %d found, %d events", rec.Version, len(page), len(events))
		}
		rec.Doc = doc(2)
		if err := tx.Put(rec); err != nil {
			return err
		}
		if err := tx.Put(rec); !errors.Is(err, flow.ErrStale) {
			t.Errorf("the same version twice: %v", err)
		}
		return err
	})
	if rec := read(t, s, r); rec.Version != 2 || string(rec.Doc) != string(doc(2)) {
		t.Errorf("version %d, %s", rec.Version, rec.Doc)
	}
}

func viewIsOneMoment(t *testing.T, s flow.Store) {
	r := ref("request")
	create(t, s, r)
	var wg sync.WaitGroup
	view(t, s, func(rd flow.Reader) error {
		first, err := rd.Get(r)
		if err != nil {
			return err
		}
		done := make(chan struct{})
		wg.Go(func() {
			defer close(done)
			first.Doc = doc(2)
			if err := s.Update(context.WithoutCancel(t.Context()), func(tx flow.Tx) error { return tx.Put(first) }); err != nil {
				t.Error(err)
			}
		})
		select {
		case <-done: // this store writes beside readers
		case <-time.After(300 * time.Millisecond): // this one waits for them
		}
		again, err := rd.Get(r)
		if again.Version != 1 {
			t.Errorf("the view moved to version %d", again.Version)
		}
		return err
	})
	wg.Wait()
	if rec := read(t, s, r); rec.Version != 2 {
		t.Errorf("version %d afterwards", rec.Version)
	}
}

func contextEnded(t *testing.T, s flow.Store) {
	r := ref("request")
	ended, end := context.WithCancel(t.Context())
	end()
	called := false
	for i, err := range []error{
		s.Update(ended, func(flow.Tx) error { called = true; return nil }),
		s.View(ended, func(flow.Reader) error { called = true; return nil }),
		second(s.ClaimDue(ended, time.Now(), 1, time.Minute)), second(s.NextDue(ended)),
		second(s.ClaimMessages(ended, time.Now(), 1, time.Minute)), s.Delivered(ended, 1), s.Retry(ended, 1, time.Now()),
		second(s.VerifyChain(ended, "system")),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if called {
		t.Error("the function was called")
	}
	// A context that ends inside takes back what was written.
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx flow.Tx) error {
		err := writeAll(tx, r)
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended inside: %v", err)
	}
	empty(t, s, r)
	// Waiting for another writer ends with the context.
	var wg sync.WaitGroup
	defer wg.Wait()
	inside, leave := make(chan struct{}), make(chan struct{})
	defer close(leave)
	var once sync.Once
	for range 8 { // as many as would occupy every writer there is
		wg.Go(func() {
			if err := s.Update(context.WithoutCancel(t.Context()), func(flow.Tx) error {
				once.Do(func() { close(inside) })
				<-leave
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	<-inside
	for range 8 {
		short, stop := context.WithTimeout(t.Context(), 30*time.Millisecond)
		err := s.Update(short, func(flow.Tx) error { <-short.Done(); return nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting: %v", err)
		}
		stop()
	}
}

func second[T any](_ T, err error) error { return err }
