package storagetest

import (
	"encoding/json"
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

// QueueSubject is one empty work list under test.
type QueueSubject struct {
	Store queue.Store
	// Fail makes commits fail until the answered function is called. Nil: this store cannot be made to fail.
	Fail func(Fault) (end func())
}

// QueueSuite checks a store of the work queue. open answers a new empty one.
func QueueSuite(t *testing.T, open func(t *testing.T) QueueSubject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, queueUnder)
	}{
		{"a job comes back and ends", queueRoundTrip},
		{"the same order again changes nothing", queueIdempotent},
		{"a new order runs once more", queueNews},
		{"priority, then age", queueTurns},
		{"so many of a lane at a time", queueLimit},
		{"two about the same thing wait for each other", queueAbout},
		{"a lease that ends is handed over", queueLease},
		{"a job goes back and waits", queueReturn},
		{"a held lane is probed by one", queueHold},
		{"dead, replayed, cancelled", queueDead},
		{"marks stay", queueMarks},
		{"a more urgent job overtakes", queueOvertaken},
		{"lists in pages", queuePages},
		{"old jobs are forgotten", queueSweep},
		{"one of many takes a job", queueRace},
		{"odd texts", queueOddTexts},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, queueUnder{t, open(t).Store}) })
	}
	t.Run("faults", func(t *testing.T) { queueFaults(t, open(t)) })
}

// queueUnder is a store under test with short calls.
type queueUnder struct {
	*testing.T
	queue.Store
}

func job(key string, change ...func(*queue.Order)) queue.Order {
	o := queue.Order{Kind: "send", Key: key, Rev: "1", Lane: "peer", Priority: queue.Routine, Doc: json.RawMessage(`{"n":1}`)}
	for _, f := range change {
		f(&o)
	}
	return o
}

func (q queueUnder) put(now time.Time, orders ...queue.Order) []bool {
	q.Helper()
	fresh, err := q.Put(q.Context(), now, orders...)
	if err != nil {
		q.Fatal(err)
	}
	return fresh
}

func (q queueUnder) take(now time.Time, change ...func(*queue.Take)) (queue.Claim, bool) {
	q.Helper()
	t := queue.Take{Lane: "peer", Limit: 4, Kinds: []string{"send", "tell"}, Node: "a", Lease: time.Minute}
	for _, f := range change {
		f(&t)
	}
	c, ok, err := q.Take(q.Context(), now, t)
	if err != nil {
		q.Fatal(err)
	}
	return c, ok
}

func (q queueUnder) must(now time.Time, key string) queue.Claim {
	q.Helper()
	c, ok := q.take(now)
	if !ok || c.Key != key {
		q.Fatalf("took %q (%v), want %q", c.Key, ok, key)
	}
	return c
}

func (q queueUnder) none(now time.Time) {
	q.Helper()
	if c, ok := q.take(now); ok {
		q.Fatalf("took %q, want nothing", c.Key)
	}
}

func (q queueUnder) done(now time.Time, c queue.Claim) bool {
	q.Helper()
	again, err := q.Done(q.Context(), now, c)
	if err != nil {
		q.Fatal(err)
	}
	return again
}

func (q queueUnder) state(c queue.Claim, want queue.State) queue.Job {
	q.Helper()
	j, err := q.Job(q.Context(), c.ID)
	if err != nil || j.State != want {
		q.Fatalf("%s is %q (%v), want %q", c.Key, j.State, err, want)
	}
	return j
}

func (q queueUnder) lost(err error) {
	q.Helper()
	if !errors.Is(err, queue.ErrLost) {
		q.Fatalf("%v, want ErrLost", err)
	}
}

func queueRoundTrip(t *testing.T, q queueUnder) {
	o := job("k", func(o *queue.Order) { o.About, o.NotBefore = "1.2.3", noon.Add(time.Second) })
	if fresh := q.put(noon, o); !slices.Equal(fresh, []bool{true}) {
		t.Errorf("fresh %v", fresh)
	}
	q.none(noon)
	lanes, err := q.Lanes(t.Context(), noon, []string{"send"})
	if err != nil || len(lanes) != 0 {
		t.Errorf("lanes before the time: %v, %v", lanes, err)
	}
	later := noon.Add(2 * time.Second)
	if lanes, err = q.Lanes(t.Context(), later, []string{"send"}); err != nil || !slices.Equal(lanes, []string{"peer"}) {
		t.Errorf("lanes %v, %v", lanes, err)
	}
	if lanes, err = q.Lanes(t.Context(), later, []string{"other"}); err != nil || len(lanes) != 0 {
		t.Errorf("lanes of another kind: %v, %v", lanes, err)
	}
	if c, ok := q.take(later, func(t *queue.Take) { t.Kinds = []string{"other"} }); ok {
		t.Errorf("took %q for another kind", c.Key)
	}
	c := q.must(later, "k")
	if c.ID == "" || c.Token == "" || c.Kind != "send" || c.Rev != "1" || c.About != "1.2.3" || string(c.Doc) != `{"n":1}` || c.Priority != queue.Routine ||
		!c.Created.Equal(noon) || !c.Queued.Equal(noon) || !c.Running || c.Node != "a" || c.Attempts != 0 || c.Failures != 0 {
		t.Errorf("claim %+v", c)
	}
	if again := q.done(later, c); again {
		t.Error("runs again")
	}
	if j := q.state(c, queue.Done); !j.Changed.Equal(later) || j.Running {
		t.Errorf("done %+v", j)
	}
	_, err = q.Done(t.Context(), later, c)
	q.lost(err)
	q.none(later)
	if _, err := q.Job(t.Context(), "none"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("an unknown job: %v", err)
	}
}

func queueIdempotent(t *testing.T, q queueUnder) {
	if fresh := q.put(noon, job("k"), job("k"), job("k", func(o *queue.Order) { o.Kind = "tell" })); !slices.Equal(fresh, []bool{true, false, true}) {
		t.Errorf("fresh %v", fresh)
	}
	c := q.must(noon, "k")
	q.done(noon, c)
	if fresh := q.put(noon.Add(1), job(c.Key, func(o *queue.Order) { o.Kind = c.Kind })); fresh[0] {
		t.Error("what is done was put again")
	}
	q.state(c, queue.Done)
}

func queueNews(t *testing.T, q queueUnder) {
	next := func(rev string) queue.Order {
		return job("k", func(o *queue.Order) { o.Rev, o.Doc = rev, json.RawMessage(`{"n":`+rev+`}`) })
	}
	q.put(noon, next("1"))
	// While it waits, the newer content takes the place of the older and the turn stays.
	q.put(noon.Add(1), next("2"))
	c := q.must(noon.Add(2), "k")
	if string(c.Doc) != `{"n":2}` || !c.Queued.Equal(noon) {
		t.Errorf("claim %+v", c)
	}
	// While it is in hand, it runs once more afterwards; nobody takes it before.
	q.put(noon.Add(3), next("3"))
	q.none(noon.Add(4))
	if err := q.Extend(t.Context(), noon.Add(5), c, time.Minute); err != nil {
		t.Error(err)
	}
	if again := q.done(noon.Add(6), c); !again {
		t.Error("does not run again")
	}
	c = q.must(noon.Add(7), "k")
	q.put(noon.Add(8), next("4"))
	if err := q.Bury(t.Context(), noon.Add(9), c, queue.Failure{Code: "x", Text: "of the old content"}); err != nil {
		t.Error(err)
	}
	c = q.must(noon.Add(10), "k")
	if c.Attempts != 0 || c.Failure.Code != "" {
		t.Errorf("owes to its old content: %+v", c)
	}
	q.done(noon.Add(11), c)
	// News of something that was done make it wait anew.
	if fresh := q.put(noon.Add(12), next("5")); !fresh[0] {
		t.Error("news are not fresh")
	}
	if c = q.must(noon.Add(13), "k"); !c.Queued.Equal(noon.Add(12)) || !c.Created.Equal(noon) {
		t.Errorf("claim %+v", c)
	}
}

func queueTurns(t *testing.T, q queueUnder) {
	at := func(key string, p queue.Priority) queue.Order {
		return job(key, func(o *queue.Order) { o.Priority = p })
	}
	q.put(noon, at("c", queue.Routine))
	q.put(noon.Add(10), at("d", queue.Routine), at("e", queue.Bulk), at("b", queue.Urgent))
	q.put(noon.Add(20), at("a", queue.Stat), job("x", func(o *queue.Order) { o.Lane = "other" }))
	// A second rule may make it more urgent, never less.
	q.put(noon.Add(30), job("e", func(o *queue.Order) { o.Priority, o.Rev = queue.Stat, "2" }), job("a", func(o *queue.Order) { o.Priority, o.Rev = queue.Bulk, "2" }))
	var got []string
	for {
		c, ok := q.take(noon.Add(40))
		if !ok {
			break
		}
		got = append(got, c.Key)
		q.done(noon.Add(40), c)
	}
	if s := strings.Join(got, ""); s != "eabcd" {
		t.Errorf("turns %s", s)
	}
}

func queueLimit(t *testing.T, q queueUnder) {
	q.put(noon, job("a"), job("b"), job("c"))
	two := func(t *queue.Take) { t.Limit = 2 }
	first, _ := q.take(noon, two)
	_, ok := q.take(noon, two)
	if _, third := q.take(noon, two); !ok || third {
		t.Errorf("second %v, third %v", ok, third)
	}
	q.done(noon, first)
	if _, third := q.take(noon, two); !third {
		t.Error("no third after the first was done")
	}
	if _, any := q.take(noon, func(t *queue.Take) { t.Limit = 0 }); any {
		t.Error("took from a lane that is closed")
	}
}

func queueAbout(t *testing.T, q queueUnder) {
	about := func(key, what string) queue.Order { return job(key, func(o *queue.Order) { o.About = what }) }
	q.put(noon, about("a", "1.2"))
	q.put(noon.Add(1), about("b", "1.2"))
	q.put(noon.Add(2), about("c", "1.3"))
	a := q.must(noon.Add(3), "a")
	q.must(noon.Add(3), "c")
	q.none(noon.Add(3))
	q.done(noon.Add(3), a)
	q.must(noon.Add(3), "b")
}

func queueLease(t *testing.T, q queueUnder) {
	q.put(noon, job("k"))
	old := q.must(noon, "k")
	if err := q.Extend(t.Context(), noon.Add(50*time.Second), old, time.Minute); err != nil {
		t.Fatal(err)
	}
	q.none(noon.Add(61 * time.Second))
	at := noon.Add(111 * time.Second)
	mine, ok := q.take(at, func(t *queue.Take) { t.Node = "b" })
	if !ok || mine.ID != old.ID || mine.Token == old.Token || mine.Node != "b" {
		t.Fatalf("not handed over: %+v", mine)
	}
	_, err := q.Done(t.Context(), at, old)
	q.lost(err)
	q.lost(q.Extend(t.Context(), at, old, time.Minute))
	q.lost(q.Return(t.Context(), at, old, queue.Return{At: at}))
	q.lost(q.Bury(t.Context(), at, old, queue.Failure{}))
	q.lost(q.Mark(t.Context(), at, old, "scope", []string{"x"}))
	if marked, err := q.Marked(t.Context(), "scope"); err != nil || len(marked) != 0 {
		t.Errorf("marked by who had lost it: %v, %v", marked, err)
	}
	// A node that starts again has nothing in hand; what others have stays theirs.
	for i, node := range []string{"a", "b"} {
		if err := q.Recover(t.Context(), node); err != nil {
			t.Fatal(err)
		}
		if err := q.Extend(t.Context(), at, mine, time.Minute); (i == 1) != errors.Is(err, queue.ErrLost) {
			t.Errorf("after the start of %s: %v", node, err)
		}
	}
	q.done(at, q.must(at, "k"))
}

func queueReturn(t *testing.T, q queueUnder) {
	q.put(noon, job("k"))
	c := q.must(noon, "k")
	why := queue.Failure{Code: "refused", Text: "It was refused."}
	if err := q.Return(t.Context(), noon, c, queue.Return{At: noon.Add(time.Minute), Counted: true, Failure: why}); err != nil {
		t.Fatal(err)
	}
	if j := q.state(c, queue.Waiting); j.Attempts != 1 || j.Failure != why || j.Running || !j.NotBefore.Equal(noon.Add(time.Minute)) {
		t.Errorf("returned %+v", j)
	}
	q.none(noon.Add(59 * time.Second))
	c = q.must(noon.Add(time.Minute), "k")
	if err := q.Return(t.Context(), noon, c, queue.Return{At: noon}); err != nil {
		t.Fatal(err)
	}
	if c = q.must(noon.Add(time.Minute), "k"); c.Attempts != 1 {
		t.Errorf("%d attempts, want 1", c.Attempts)
	}
	// What was returned while news came goes on at once.
	q.put(noon, job("k", func(o *queue.Order) { o.Rev = "2" }))
	if err := q.Return(t.Context(), noon, c, queue.Return{At: noon.Add(time.Hour), Counted: true, Failure: why}); err != nil {
		t.Fatal(err)
	}
	if c = q.must(noon.Add(time.Minute), "k"); c.Attempts != 0 {
		t.Errorf("%d attempts of the new content", c.Attempts)
	}
}

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
	if err := q.Mark(t.Context(), noon, done, "s", []string{"old"}); err != nil {
		t.Fatal(err)
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
