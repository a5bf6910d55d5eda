package storagetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
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
