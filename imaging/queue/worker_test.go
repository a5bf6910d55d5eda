package queue_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yilian"
	"yilian/imaging/queue"
	"yilian/storage/sqlstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a store with workers over it, which end before the test does.
type bench struct {
	*testing.T
	store queue.Store
}

func newBench(t *testing.T) *bench {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "q.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &bench{t, db.Queue()}
}

// work runs a worker until stop is called.
func (b *bench) work(c queue.Config) (w *queue.Worker, stop func()) {
	c.Store = b.store
	if c.Poll == 0 {
		c.Poll = 20 * time.Millisecond
	}
	fast := queue.Backoff{First: time.Millisecond, Max: 5 * time.Millisecond}
	c.Retry, c.Probe = fast, fast
	w = queue.NewWorker(c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(stop)
	return w, stop
}

func send(key string, change ...func(*queue.Order)) queue.Order {
	o := queue.Order{Kind: "send", Key: key, Rev: "1", Lane: "peer", Priority: queue.Routine}
	for _, f := range change {
		f(&o)
	}
	return o
}

func (b *bench) await(what string, done func() bool) {
	b.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("not %s in time", what)
		}
	}
}

func (b *bench) jobs(s queue.State) []queue.Job {
	b.Helper()
	page, _, err := b.store.List(context.Background(), time.Now(), queue.Filter{State: s})
	if err != nil {
		b.Fatal(err)
	}
	return page
}

// script is a handler that does to each key what it is told, attempt by attempt, and then succeeds.
type script struct {
	mu    sync.Mutex
	does  map[string][]error
	calls []string
}

func (s *script) handle(_ context.Context, t *queue.Task) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, t.Key)
	if todo := s.does[t.Key]; len(todo) > 0 {
		s.does[t.Key] = todo[1:]
		return todo[0]
	}
	return nil
}

func (s *script) count(key string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.calls {
		if k == key {
			n++
		}
	}
	return n
}

func TestWorkerOutcomes(t *testing.T) {
	b := newBench(t)
	plain := errors.New("secret text")
	s := &script{does: map[string][]error{
		"retried":   {plain, queue.Failed("x", "Failed.", false), queue.ErrYield},
		"exhausted": {plain, plain, plain, plain},
		"permanent": {queue.Permanent("refused", "Refused.")},
		"progress":  {queue.Failed("x", "", true), queue.Failed("x", "", true), queue.Failed("x", "", true), queue.Failed("x", "", true)},
		"down":      {queue.Down("down", ""), queue.Down("down", ""), queue.Down("down", ""), queue.Down("down", ""), queue.Down("down", "")},
	}}
	w, _ := b.work(queue.Config{
		Handlers: map[string]queue.Handler{"send": s.handle},
		Lane:     func(context.Context, string) (queue.Policy, error) { return queue.Policy{Jobs: 3, Attempts: 3}, nil },
	})
	for _, key := range []string{"fine", "retried", "exhausted", "permanent", "progress", "down"} {
		if err := w.Put(t.Context(), send(key)); err != nil {
			t.Fatal(err)
		}
	}
	b.await("settled", func() bool { return len(b.jobs(queue.Done)) == 4 && len(b.jobs(queue.Dead)) == 2 })
	for key, want := range map[string]int{"fine": 1, "retried": 4, "exhausted": 3, "permanent": 1, "progress": 5, "down": 6} {
		if n := s.count(key); n != want {
			t.Errorf("%s ran %d times, want %d", key, n, want)
		}
	}
	for _, j := range b.jobs(queue.Dead) {
		want := map[string]queue.Failure{
			"permanent": {Code: "refused", Text: "Refused."}, "exhausted": {Code: "queue.internal", Text: "An internal error; the log says more."},
		}[j.Key]
		if j.Failure != want {
			t.Errorf("%s died of %+v", j.Key, j.Failure)
		}
	}
}

func TestWorkerPatience(t *testing.T) {
	b := newBench(t)
	down := func(context.Context, *queue.Task) error { return queue.Down("down", "Off.") }
	w, _ := b.work(queue.Config{
		Handlers: map[string]queue.Handler{"send": down},
		Lane: func(context.Context, string) (queue.Policy, error) {
			return queue.Policy{Jobs: 2, Attempts: 1, Patience: 100 * time.Millisecond}, nil
		},
	})
	began := time.Now()
	if err := w.Put(t.Context(), send("a"), send("b")); err != nil {
		t.Fatal(err)
	}
	b.await("dead", func() bool { return len(b.jobs(queue.Dead)) == 2 })
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("given up after %v", took)
	}
}

// TestWorkerLaneGone: the jobs of a lane that is no more are dead letters with the reason.
func TestWorkerLaneGone(t *testing.T) {
	b := newBench(t)
	w, _ := b.work(queue.Config{
		Handlers: map[string]queue.Handler{"send": func(context.Context, *queue.Task) error { t.Error("was handled"); return nil }},
		Lane: func(context.Context, string) (queue.Policy, error) {
			return queue.Policy{}, yilian.Errorf(yilian.NotFound, "peer.unknown", "No such peer.")
		},
	})
	if err := w.Put(t.Context(), send("a")); err != nil {
		t.Fatal(err)
	}
	b.await("dead", func() bool { d := b.jobs(queue.Dead); return len(d) == 1 && d[0].Failure.Code == "peer.unknown" })
}

// TestWorkerStops: what is in hand goes back uncounted when the program stops, and marks made until then are there.
func TestWorkerStops(t *testing.T) {
	b := newBench(t)
	began := make(chan struct{})
	w, stop := b.work(queue.Config{Handlers: map[string]queue.Handler{"send": func(ctx context.Context, t *queue.Task) error {
		for i := range 100 {
			t.Mark("scope", fmt.Sprint(i))
		}
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}}})
	if err := w.Put(t.Context(), send("a")); err != nil {
		t.Fatal(err)
	}
	<-began
	stop()
	if j := b.jobs(queue.Waiting); len(j) != 1 || j[0].Running || j[0].Attempts != 0 || j[0].Failure.Code != "" {
		t.Errorf("after the stop: %+v", j)
	}
	if marked, err := b.store.Marked(t.Context(), "scope"); err != nil || len(marked) != 100 {
		t.Errorf("%d marks, %v", len(marked), err)
	}
}

// TestWorkerCancelled: a job that is cancelled while it runs is told so at once.
func TestWorkerCancelled(t *testing.T) {
	b := newBench(t)
	began, ended := make(chan struct{}), make(chan error, 1)
	w, _ := b.work(queue.Config{Lease: 60 * time.Millisecond, Handlers: map[string]queue.Handler{"send": func(ctx context.Context, _ *queue.Task) error {
		close(began)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	}}})
	if err := w.Put(t.Context(), send("a")); err != nil {
		t.Fatal(err)
	}
	<-began
	if n, err := b.store.Cancel(t.Context(), time.Now(), queue.Filter{Lane: "peer"}); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if err := <-ended; !errors.Is(err, queue.ErrLost) {
		t.Errorf("ended with %v", err)
	}
	b.await("cancelled", func() bool { return len(b.jobs(queue.Cancelled)) == 1 })
}

// TestWorkersShare: a lease lasts as long as its job, and two nodes share the lanes without doing anything twice.
func TestWorkersShare(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	ran, most, now := map[string]int{}, 0, 0
	handle := func(_ context.Context, t *queue.Task) error {
		mu.Lock()
		ran[t.Key]++
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(1200 * time.Millisecond) // longer than the lease
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}
	var w *queue.Worker
	for _, node := range []string{"a", "b"} {
		w, _ = b.work(queue.Config{
			Node: node, Lease: 900 * time.Millisecond, Handlers: map[string]queue.Handler{"send": handle}, // a busy machine renews late
			Lane: func(context.Context, string) (queue.Policy, error) { return queue.Policy{Jobs: 2}, nil },
		})
	}
	for i := range 8 {
		if err := w.Put(t.Context(), send(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	b.await("done", func() bool { return len(b.jobs(queue.Done)) == 8 })
	mu.Lock()
	defer mu.Unlock()
	for key, n := range ran {
		if n != 1 {
			t.Errorf("%s ran %d times", key, n)
		}
	}
	if most > 2 {
		t.Errorf("%d at the same time, want at most 2", most)
	}
}

func TestBackoff(t *testing.T) {
	b := queue.Backoff{First: time.Second, Max: time.Minute}
	for failures, want := range map[int]time.Duration{0: 1, 1: 1, 2: 2, 4: 8, 7: 60, 100: 60, 1 << 40: 60} {
		for range 20 {
			want := want * time.Second
			if d := b.Pause(failures); d < want*3/4 || d > want*5/4 {
				t.Errorf("after %d failures %v, want about %v", failures, d, want)
			}
		}
	}
}

func TestPanicIsAFailure(t *testing.T) {
	b := newBench(t)
	w, _ := b.work(queue.Config{
		Handlers: map[string]queue.Handler{"send": func(context.Context, *queue.Task) error { panic("secret") }},
		Lane:     func(context.Context, string) (queue.Policy, error) { return queue.Policy{Jobs: 1, Attempts: 2}, nil },
	})
	if err := w.Put(t.Context(), send("a")); err != nil {
		t.Fatal(err)
	}
	b.await("dead", func() bool { d := b.jobs(queue.Dead); return len(d) == 1 && d[0].Attempts == 2 })
}
