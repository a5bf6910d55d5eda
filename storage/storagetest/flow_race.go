package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"yilian"
	"yilian/consult/flow"
)

func runtimeGoexit() { runtime.Goexit() }

// compareAndSet: of 32 that change the same version, one wins, and the others are told.
func compareAndSet(t *testing.T, s flow.Store) {
	const writers, versions = 32, 8
	r := ref("request")
	create(t, s, r)
	for version := int64(1); version <= versions; version++ {
		var mu sync.Mutex
		var winners []string
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				me := fmt.Sprint("writer", w)
				err := s.Update(t.Context(), func(tx flow.Tx) error {
					rec := flow.Record{Ref: r, Version: version, Doc: fmt.Appendf(nil, "%q", me)}
					return errors.Join(tx.Put(rec), tx.Append(event(r, version+1, me), nil))
				})
				switch {
				case err == nil:
					mu.Lock()
					winners = append(winners, me)
					mu.Unlock()
				case !errors.Is(err, flow.ErrStale):
					t.Errorf("%s: %v", me, err)
				}
			})
		}
		wg.Wait()
		if len(winners) != 1 {
			t.Fatalf("version %d was won by %q", version, winners)
		}
		rec := read(t, s, r)
		if rec.Version != version+1 || string(rec.Doc) != fmt.Sprintf("%q", winners[0]) {
			t.Fatalf("version %d with %s after %q won", rec.Version, rec.Doc, winners)
		}
	}
	if n, err := s.VerifyChain(t.Context(), ""); err != nil || n != versions {
		t.Errorf("chain of %d, %v: the losers left traces", n, err)
	}
}

// serialisable: two doctors on call, each may leave if the other stays. Under anything less than serialisable both leave at once.
func serialisable(t *testing.T, s flow.Store) {
	for round := range 25 {
		a, b := ref("doctor"), ref("doctor")
		list := flow.Key{Name: "on call", Value: fmt.Sprint(round)}
		create(t, s, a, list)
		create(t, s, b, list)
		var wg sync.WaitGroup
		for i, r := range []flow.Ref{a, b} {
			wg.Go(func() {
				err := s.Update(t.Context(), func(tx flow.Tx) error {
					var others int
					if round%2 == 0 { // by the records themselves
						rec, err := tx.Get([]flow.Ref{b, a}[i])
						if err != nil {
							return err
						}
						others = len(rec.Keys)
					} else { // by a list
						page, _, err := tx.Find(flow.Query{Kind: "doctor", Name: "on call", Values: []string{list.Value}})
						if err != nil {
							return err
						}
						others = len(page) - 1
					}
					if others == 0 {
						return nil
					}
					rec, err := tx.Get(r)
					if err != nil {
						return err
					}
					rec.Keys = nil
					return tx.Put(rec)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if ids, _ := find(t, s, flow.Query{Kind: "doctor", Name: "on call", Values: []string{list.Value}}); len(ids) != 1 {
			t.Fatalf("round %d: %d are on call", round, len(ids))
		}
	}
}

// manyAppend: writers that meet only in the chain and in a counter all get through, and the chain has each once.
func manyAppend(t *testing.T, s flow.Store) {
	const writers, each = 16, 10
	counter := ref("counter")
	create(t, s, counter)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := range each {
				r := ref("request")
				if err := s.Update(t.Context(), func(tx flow.Tx) error {
					if err := writeAll(tx, r); err != nil || i%5 != 0 {
						return err
					}
					return increment(tx, counter)
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := s.VerifyChain(t.Context(), ""); err != nil || n != writers*each {
		t.Errorf("chain of %d, %v, want %d", n, err, writers*each)
	}
	if rec := read(t, s, counter); string(rec.Doc) != fmt.Sprint(`{"n":`, 1+writers*each/5, "}") {
		t.Errorf("counted %s", rec.Doc)
	}
	var seen []string
	q := flow.Query{Kind: "request", Name: "all", Values: []string{""}, Limit: 33}
	for {
		ids, next := find(t, s, q)
		seen = append(seen, ids...)
		if q.After = next; next == "" {
			break
		}
	}
	slices.Sort(seen)
	if n := len(slices.Compact(seen)); n != writers*each {
		t.Errorf("%d records are listed", n)
	}
}

func increment(tx flow.Tx, r flow.Ref) error {
	rec, err := tx.Get(r)
	if err != nil {
		return err
	}
	var v struct{ N int }
	if err := json.Unmarshal(rec.Doc, &v); err != nil {
		return err
	}
	rec.Doc = fmt.Appendf(nil, `{"n":%d}`, v.N+1)
	return errors.Join(tx.Put(rec), tx.Append(yilian.Event{Chain: "counter", Entity: r.Kind, EntityID: r.ID, Version: rec.Version + 1, Action: "count"}, nil))
}
