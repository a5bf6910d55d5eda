package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/queue"
)

func queueHold(t *testing.T, q queueUnder) {
	q.put(noon, job("a"), job("b"), job("c"), job("x", func(o *queue.Order) { o.Lane = "other" }))
	a, b := q.must(noon, "a"), q.must(noon.Add(1), "b")
	down := func(c queue.Claim, until time.Time) {
		t.Helper()
		if err := q.Return(t.Context(), noon, c, queue.Return{At: noon, Failure: queue.Failure{Code: "down"}, Hold: until}); err != nil {
			t.Fatal(err)
		}
	}
	down(a, noon.Add(10*time.Second))
	down(b, noon.Add(5*time.Second)) // a hold is never shortened
	q.none(noon.Add(9 * time.Second))
	if lanes, err := q.Lanes(t.Context(), noon.Add(9*time.Second), []string{"send"}); err != nil || !slices.Equal(lanes, []string{"other"}) {
		t.Errorf("lanes %v, %v", lanes, err)
	}
	holds, err := q.Holds(t.Context())
	if err != nil || len(holds) != 1 || holds[0].Lane != "peer" || holds[0].Failures != 2 || holds[0].Failure.Code != "down" || !holds[0].Since.Equal(noon) {
		t.Errorf("holds %+v, %v", holds, err)
	}
	probe := q.must(noon.Add(10*time.Second), "a")
	if probe.Failures != 2 || probe.Attempts != 0 {
		t.Errorf("probe %+v", probe)
	}
	q.none(noon.Add(10 * time.Second)) // one probe at a time
	// The first thing that works ends the hold.
	if err := q.Mark(t.Context(), noon.Add(11*time.Second), probe, "s", []string{"1"}); err != nil {
		t.Fatal(err)
	}
	q.must(noon.Add(11*time.Second), "b")
	down(probe, noon.Add(time.Hour))
	if err := q.Release(t.Context(), "peer"); err != nil {
		t.Fatal(err)
	}
	q.must(noon.Add(12*time.Second), "a")
}

func queueDead(t *testing.T, q queueUnder) {
	q.put(noon, job("a", func(o *queue.Order) { o.About = "1.2" }), job("b"), job("c"))
	why := queue.Failure{Code: "refused", Text: "It was refused."}
	var claims []queue.Claim
	for range 2 {
		c, _ := q.take(noon)
		claims = append(claims, c)
		if err := q.Bury(t.Context(), noon.Add(time.Second), c, why); err != nil {
			t.Fatal(err)
		}
	}
	if j := q.state(claims[0], queue.Dead); j.Failure != why || j.Attempts != 1 {
		t.Errorf("dead %+v", j)
	}
	running := q.must(noon, "c")
	counts, err := q.Counts(t.Context(), noon)
	if err != nil || len(counts) != 2 || counts[0].State != queue.Dead || counts[0].Jobs != 2 || counts[1].State != queue.Waiting || counts[1].Running != 1 || !counts[0].Oldest.Equal(noon) {
		t.Errorf("counts %+v, %v", counts, err)
	}
	// Cancelling takes a job out of somebody's hand.
	if n, err := q.Cancel(t.Context(), noon, queue.Filter{}, running.ID); err != nil || n != 1 {
		t.Errorf("cancelled %d, %v", n, err)
	}
	_, err = q.Done(t.Context(), noon, running)
	q.lost(err)
	q.state(running, queue.Cancelled)
	if n, err := q.Replay(t.Context(), noon.Add(time.Minute), queue.Filter{State: queue.Dead, Lane: "peer"}); err != nil || n != 2 {
		t.Errorf("replayed %d, %v", n, err)
	}
	if j := q.state(claims[0], queue.Waiting); j.Attempts != 0 || !j.Queued.Equal(noon.Add(time.Minute)) {
		t.Errorf("replayed %+v", j)
	}
	if n, err := q.Replay(t.Context(), noon, queue.Filter{}, claims[0].ID, claims[1].ID); err != nil || n != 0 {
		t.Errorf("replayed what waits: %d, %v", n, err)
	}
	if n, err := q.Cancel(t.Context(), noon, queue.Filter{About: "1.2"}); err != nil || n != 1 {
		t.Errorf("cancelled %d, %v", n, err)
	}
}

func queueMarks(t *testing.T, q queueUnder) {
	q.put(noon, job("k"))
	c := q.must(noon, "k")
	for range 2 { // again changes nothing
		if err := q.Mark(t.Context(), noon, c, "peer/1.2", []string{"1", "2"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Mark(t.Context(), noon, c, "peer/1.3", []string{"3"}); err != nil {
		t.Fatal(err)
	}
	q.done(noon, c)
	marked, err := q.Marked(t.Context(), "peer/1.2")
	if err != nil || len(marked) != 2 || !marked["1"] || !marked["2"] {
		t.Errorf("marked %v, %v", marked, err)
	}
}

func queueOvertaken(t *testing.T, q queueUnder) {
	q.put(noon, job("k"))
	c := q.must(noon, "k")
	for _, step := range []struct {
		order queue.Order
		want  bool
	}{
		{job("same", func(o *queue.Order) { o.Priority = queue.Routine }), false},
		{job("elsewhere", func(o *queue.Order) { o.Priority, o.Lane = queue.Stat, "other" }), false},
		{job("later", func(o *queue.Order) { o.Priority, o.NotBefore = queue.Stat, noon.Add(time.Hour) }), false},
		{job("now", func(o *queue.Order) { o.Priority = queue.Stat }), true},
	} {
		q.put(noon, step.order)
		if over, err := q.Overtaken(t.Context(), noon, c); err != nil || over != step.want {
			t.Errorf("after %s: %v, %v", step.order.Key, over, err)
		}
	}
	q.must(noon, "now")
	if over, err := q.Overtaken(t.Context(), noon, c); err != nil || over {
		t.Errorf("by a job in hand: %v, %v", over, err)
	}
}

func queuePages(t *testing.T, q queueUnder) {
	for i := range 7 {
		q.put(noon.Add(time.Duration(i/2)), job(fmt.Sprint(i), func(o *queue.Order) { o.Priority = queue.Priority(i % 3) }))
	}
	all := func(f queue.Filter) (keys []string) {
		t.Helper()
		f.Limit = 2
		for {
			page, next, err := q.List(t.Context(), noon, f)
			if err != nil || len(page) > 2 {
				t.Fatalf("%d, %v", len(page), err)
			}
			for _, j := range page {
				keys = append(keys, j.Key)
			}
			if f.After = next; next == "" {
				return keys
			}
		}
	}
	var turns []string
	waiting := all(queue.Filter{State: queue.Waiting, Lane: "peer"})
	for i := range 7 {
		c, ok := q.take(noon.Add(10), func(t *queue.Take) { t.Limit = 10 })
		if !ok {
			t.Fatal("nothing to take")
		}
		turns = append(turns, c.Key)
		if err := q.Bury(t.Context(), noon.Add(time.Duration(20+i/2)), c, queue.Failure{}); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(waiting, turns) {
		t.Errorf("listed %v, taken %v", waiting, turns)
	}
	dead := all(queue.Filter{State: queue.Dead})
	if len(dead) != 7 || dead[0] != turns[6] {
		t.Errorf("dead %v, buried in the order %v", dead, turns)
	}
	slices.Sort(dead)
	if len(slices.Compact(dead)) != 7 {
		t.Errorf("dead %v", dead)
	}
	if _, _, err := q.List(t.Context(), noon, queue.Filter{After: "nonsense"}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a made-up cursor: %v", err)
	}
}

func queueSweep(t *testing.T, q queueUnder) {
	q.put(noon, job("done"), job("dead"), job("waiting"))
	done, dead := q.must(noon, "done"), func() queue.Claim { c, _ := q.take(noon); return c }()
	for _, scope := range []string{"s", queue.Lasting + "s"} {
		if err := q.Mark(t.Context(), noon, done, scope, []string{"old"}); err != nil {
			t.Fatal(err)
		}
	}
	q.done(noon, done)
	if err := q.Bury(t.Context(), noon, dead, queue.Failure{}); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Sweep(t.Context(), noon, 10); err != nil || n != 0 {
		t.Errorf("swept %d, %v", n, err)
	}
	if n, err := q.Sweep(t.Context(), noon.Add(1), 10); err != nil || n != 2 {
		t.Errorf("swept %d, %v", n, err)
	}
	if _, err := q.Job(t.Context(), done.ID); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("still there: %v", err)
	}
	q.state(dead, queue.Dead)
	if marks, err := q.Marked(t.Context(), queue.Lasting+"s"); err != nil || !marks["old"] {
		t.Errorf("what is to last was forgotten: %v, %v", marks, err)
	}
}

func queueRace(t *testing.T, q queueUnder) {
	const n = 20
	for i := range n {
		q.put(noon, job(fmt.Sprint(i)))
	}
	var mu sync.Mutex
	taken := map[string]int{}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for {
				c, ok, err := q.Take(t.Context(), noon, queue.Take{Lane: "peer", Limit: n, Kinds: []string{"send"}, Lease: time.Minute})
				if err != nil {
					t.Error(err)
				}
				if !ok {
					return
				}
				mu.Lock()
				taken[c.ID]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(taken) != n {
		t.Errorf("%d jobs taken, want %d", len(taken), n)
	}
	for id, times := range taken {
		if times != 1 {
			t.Errorf("%s was taken %d times", id, times)
		}
	}
}

func queueOddTexts(t *testing.T, q queueUnder) {
	for _, o := range []queue.Order{
		job(""), job("k", func(o *queue.Order) { o.Lane = "" }), job("k", func(o *queue.Order) { o.Kind = "a\x00b" }),
		job(strings.Repeat("k", 600)), job("k", func(o *queue.Order) { o.Doc = make([]byte, queue.MaxDoc+1) }),
	} {
		if _, err := q.Put(t.Context(), noon, o); err == nil {
			t.Errorf("took %.20q", o.Key)
		}
	}
	q.put(noon, job("中文 ' % _ \\", func(o *queue.Order) { o.Doc = nil }))
	c := q.must(noon, "中文 ' % _ \\")
	if err := q.Return(t.Context(), noon, c, queue.Return{Failure: queue.Failure{Text: "a\x00b"}}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a text with NUL: %v", err)
	}
}

// queueFaults: what was answered with nil is there, whatever a broken commit did before.
func queueFaults(t *testing.T, s QueueSubject) {
	if s.Fail == nil {
		t.Skip("cannot be made to fail")
	}
	q := queueUnder{t, s.Store}
	for i, fault := range []Fault{NotPersisted, PersistedButError} {
		o := job(fmt.Sprint(i))
		end := s.Fail(fault)
		if _, err := q.Put(t.Context(), noon, o); err == nil {
			t.Error("a failed commit was not told")
		}
		end()
		q.put(noon, o)
		end = s.Fail(fault)
		if _, _, err := q.Take(t.Context(), noon, queue.Take{Lane: "peer", Limit: 4, Kinds: []string{"send"}, Lease: time.Minute}); err == nil {
			t.Error("a failed commit was not told")
		}
		end()
		c := q.must(noon.Add(time.Minute), o.Key) // at the latest when the lease of nobody ends
		end = s.Fail(fault)
		_, err := q.Done(t.Context(), noon.Add(time.Minute), c)
		end()
		if err == nil {
			t.Error("a failed commit was not told")
		}
		if _, err := q.Done(t.Context(), noon.Add(time.Minute), c); err != nil && !errors.Is(err, queue.ErrLost) {
			t.Error(err)
		}
		q.state(c, queue.Done)
	}
}
