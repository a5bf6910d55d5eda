package storagetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
)

func flowFaults(t *testing.T, open func(t *testing.T) FlowSubject) {
	if open(t).Fail == nil {
		t.Skip("this store cannot be made to fail")
	}
	t.Run("not persisted", func(t *testing.T) {
		s := open(t)
		r := ref("request")
		end := s.Fail(NotPersisted)
		if err := s.Store.Update(t.Context(), func(tx flow.Tx) error { return writeAll(tx, r) }); err == nil {
			t.Error("a commit that failed was acknowledged")
		}
		end()
		empty(t, s.Store, r)
		update(t, s.Store, func(tx flow.Tx) error { return writeAll(tx, r) })
		whole(t, s.Store, r)
	})
	t.Run("persisted but told it failed", func(t *testing.T) {
		s := open(t)
		r := ref("request")
		end := s.Fail(PersistedButError)
		wantKind(t, s.Store.Update(t.Context(), func(tx flow.Tx) error { return writeAll(tx, r) }), yilian.Unavailable)
		end()
		// The caller tries again with the same idempotency key and learns that it was done.
		update(t, s.Store, func(tx flow.Tx) error {
			stored, err := tx.Once("key of "+r.ID, []byte(r.ID))
			if string(stored) != r.ID {
				t.Errorf("the idempotency key has %q", stored)
			}
			return err
		})
		whole(t, s.Store, r)
	})
	t.Run("faults among many", func(t *testing.T) { faultsAmongMany(t, open(t)) })
}

// whole checks that everything of writeAll is there, once.
func whole(t *testing.T, s flow.Store, r flow.Ref) {
	t.Helper()
	if rec := read(t, s, r); rec.Version != 1 {
		t.Errorf("version %d", rec.Version)
	}
	view(t, s, func(rd flow.Reader) error {
		events, err := rd.Events(r)
		if len(events) != 1 {
			t.Errorf("%d events", len(events))
		}
		return err
	})
	if n, err := s.VerifyChain(t.Context(), ""); err != nil || n != 1 {
		t.Errorf("chain of %d, %v", n, err)
	}
	if d, err := s.ClaimDue(t.Context(), time.Now(), 10, time.Minute); err != nil || len(d) != 1 {
		t.Errorf("due-times %v, %v", d, err)
	}
	if m, err := s.ClaimMessages(t.Context(), time.Now(), 10, time.Minute); err != nil || len(m) != 1 {
		t.Errorf("messages %v, %v", m, err)
	}
}

// faultsAmongMany: with commits failing now and then in both ways, every acknowledged write is there, every write that was refused
// for good is not, and the store as a whole fits together.
func faultsAmongMany(t *testing.T, s FlowSubject) {
	const writers, each = 8, 20
	stop := make(chan struct{})
	var faults, wg sync.WaitGroup
	faults.Go(func() {
		for i := 0; ; i++ {
			end := s.Fail(Fault(i % 2))
			time.Sleep(500 * time.Microsecond)
			end()
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	acknowledged := make([][]flow.Ref, writers)
	for w := range writers {
		wg.Go(func() {
			for i := 0; i < each; i++ {
				r := ref("request")
				for { // tries again under the same key until it is told
					err := s.Store.Update(t.Context(), func(tx flow.Tx) error {
						if stored, err := tx.Once("key of "+r.ID, []byte(r.ID)); err != nil || stored != nil {
							return err
						}
						return errors.Join(tx.Put(flow.Record{Ref: r, Doc: doc(1)}), tx.Append(event(r, 1, "create"), nil))
					})
					if err == nil {
						break
					}
				}
				acknowledged[w] = append(acknowledged[w], r)
			}
		})
	}
	wg.Wait()
	close(stop)
	faults.Wait()
	for _, r := range slices.Concat(acknowledged...) {
		if rec := read(t, s.Store, r); rec.Version != 1 {
			t.Errorf("version %d", rec.Version)
		}
	}
	if n, err := s.Store.VerifyChain(t.Context(), ""); err != nil || n != writers*each {
		t.Errorf("chain of %d, %v, want %d", n, err, writers*each)
	}
}
