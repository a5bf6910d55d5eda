package sqlstore

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yilian"
	"yilian/imaging"
)

// index is a table that an ahead under test records into.
type index struct {
	mu      sync.Mutex
	fault   error // of recording
	batches [][]imaging.Addition
	told    []string
}

func (x *index) record(all []imaging.Addition) ([]imaging.Outcome, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fault != nil {
		return nil, x.fault
	}
	for _, a := range all {
		if a.Instance.SHA256 == "refused" {
			return nil, yilian.Errorf(yilian.Invalid, "test.refused", "No.")
		}
	}
	x.batches = append(x.batches, all)
	return make([]imaging.Outcome, len(all)), nil
}

func (x *index) set(fault error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fault = fault
}

func (x *index) names() (all []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, b := range x.batches {
		for _, a := range b {
			all = append(all, string(a.Instance.UID))
		}
	}
	return all
}

func (x *index) addition(uid string) imaging.Addition {
	return imaging.Addition{
		Study: imaging.Study{UID: "1", Institution: "north"}, Instance: imaging.Instance{UID: yilian.InstanceUID(uid)},
		Recorded: func(imaging.Outcome) {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.told = append(x.told, uid)
		},
	}
}

func clearWay() (bool, error) { return true, nil }

func testAhead(t *testing.T, test func(t *testing.T, q *ahead, x *index)) {
	synctest.Test(t, func(t *testing.T) {
		x := &index{}
		q := newAhead(x.record, slog.New(slog.DiscardHandler))
		test(t, q, x)
		q.close()
	})
}

func accept(t *testing.T, q *ahead, a imaging.Addition) {
	t.Helper()
	if ok, err := q.accept(t.Context(), a, clearWay); !ok || err != nil {
		t.Fatalf("accept %s: %v, %v", a.Instance.UID, ok, err)
	}
}

func same(a, b []string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// TestAheadGathers: additions of one moment are recorded together, in their order, and a reader waits for no more than that.
func TestAheadGathers(t *testing.T) {
	testAhead(t, func(t *testing.T, q *ahead, x *index) {
		for _, uid := range []string{"a", "b", "c"} {
			accept(t, q, x.addition(uid))
		}
		began := time.Now()
		if err := q.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("a reader waited %v for the gathering", waited)
		}
		if len(x.batches) != 1 || !same(x.names(), []string{"a", "b", "c"}) {
			t.Errorf("recorded %v in %d batches", x.names(), len(x.batches))
		}
		accept(t, q, x.addition("d"))
		time.Sleep(aheadGather)
		synctest.Wait()
		if !same(x.told, []string{"a", "b", "c", "d"}) {
			t.Errorf("told %v", x.told)
		}
	})
}

// TestAheadTakesTurns: what may stand against one another is not answered ahead.
func TestAheadTakesTurns(t *testing.T) {
	testAhead(t, func(t *testing.T, q *ahead, x *index) {
		accept(t, q, x.addition("a"))
		foreign := x.addition("b")
		foreign.Study.Institution = "south"
		note := x.addition("c")
		note.Rejects = &imaging.Reject{}
		for _, a := range []imaging.Addition{x.addition("a"), foreign, note} {
			if ok, err := q.accept(t.Context(), a, clearWay); ok || err != nil {
				t.Errorf("%s: %v, %v", a.Instance.UID, ok, err)
			}
		}
		if ok, err := q.accept(t.Context(), x.addition("d"), func() (bool, error) { return false, nil }); ok || err != nil {
			t.Errorf("against what is there: %v, %v", ok, err)
		}
		began := time.Now()
		if err := q.await(t.Context(), foreign); err != nil || time.Since(began) > aheadGather {
			t.Errorf("the turn came after %v, %v", time.Since(began), err)
		}
		if !same(x.names(), []string{"a"}) {
			t.Errorf("before its turn: %v", x.names())
		}
		q.release(foreign)
		if len(q.instances) != 0 || len(q.studies) != 0 {
			t.Errorf("left: %v %v", q.instances, q.studies)
		}
	})
}

// TestAheadFault: while the database takes nothing, what was answered waits, readers do not, and nothing more is answered.
func TestAheadFault(t *testing.T) {
	testAhead(t, func(t *testing.T, q *ahead, x *index) {
		down := errUnavailable(errors.New("down"))
		x.set(down)
		accept(t, q, x.addition("a"))
		accept(t, q, x.addition("b"))
		if err := q.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ok, err := q.accept(t.Context(), x.addition("c"), clearWay); ok || yilian.KindOf(err) != yilian.Unavailable {
			t.Errorf("answered while down: %v, %v", ok, err)
		}
		time.Sleep(time.Minute)
		x.set(nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if !same(x.names(), []string{"a", "b"}) || !same(x.told, []string{"a", "b"}) {
			t.Errorf("recorded %v, told %v", x.names(), x.told)
		}
		accept(t, q, x.addition("c"))
	})
}

// TestAheadGivesUp: a database that takes nothing does not keep the program from ending; the journal has what is left.
func TestAheadGivesUp(t *testing.T) {
	testAhead(t, func(t *testing.T, q *ahead, x *index) {
		x.set(errUnavailable(errors.New("down")))
		accept(t, q, x.addition("a"))
		time.Sleep(time.Second)
		if len(x.told) != 0 {
			t.Errorf("told %v", x.told)
		}
	})
}

// TestAheadRefused: one that the index refuses does not hold up the others.
func TestAheadRefused(t *testing.T) {
	testAhead(t, func(t *testing.T, q *ahead, x *index) {
		bad := x.addition("b")
		bad.Instance.SHA256 = "refused"
		accept(t, q, x.addition("a"))
		accept(t, q, bad)
		accept(t, q, x.addition("c"))
		if err := q.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !same(x.names(), []string{"a", "c"}) {
			t.Errorf("recorded %v", x.names())
		}
	})
}

// TestAheadRoom: no more wait than there is room for, and each is recorded once.
func TestAheadRoom(t *testing.T) {
	x := &index{}
	q := newAhead(x.record, slog.New(slog.DiscardHandler))
	var most atomic.Int64
	var all sync.WaitGroup
	for s := range 8 {
		all.Go(func() {
			for i := range 100 {
				if ok, err := q.accept(t.Context(), x.addition(fmt.Sprintf("%d.%d", s, i)), clearWay); !ok || err != nil {
					t.Errorf("accept: %v, %v", ok, err)
				}
				q.mu.Lock()
				most.Store(max(most.Load(), int64(q.answered-q.recorded)))
				q.mu.Unlock()
				if i%10 == 0 {
					if err := q.wait(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	q.close()
	if len(x.told) != 800 || len(x.names()) != 800 || most.Load() > aheadRoom {
		t.Errorf("told %d, recorded %d, at most %d waited", len(x.told), len(x.names()), most.Load())
	}
}
