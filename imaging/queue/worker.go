package queue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Handler does a job. It returns nil when the job is done, ErrYield, an error of Permanent, Down or Failed, or any other error, which
// counts as an attempt. It may run again after any crash, so what it does twice must be as if done once.
type Handler func(ctx context.Context, t *Task) error

// Policy is how a lane is worked on.
type Policy struct {
	Jobs     int           // at the same time, on all nodes; 0: closed for now
	Attempts int           // that count, until a job is dead; 0: 10
	Patience time.Duration // how long a job may wait for a peer that is down; 0: 7 days
}

// Config is what a Worker needs. Store and Handlers are; the rest has useful zero values.
type Config struct {
	Store    Store
	Handlers map[string]Handler // by kind
	// Lane answers the policy of a lane. A NotFound error ends its jobs: their peer is no more. Nil: one job at a time.
	Lane func(ctx context.Context, lane string) (Policy, error)
	// Ended is told what became of a job, for counting.
	Ended func(j Job, s State)

	Node   string
	Lease  time.Duration // of a job in hand, renewed while it runs; 1 min. Another node takes over what a crash left after it
	Poll   time.Duration // how late a job put on another node may be seen; 1 s
	Retry  Backoff       // of a job; 5 s to 15 min
	Probe  Backoff       // of a lane that is down; 2 s to 5 min
	Keep   time.Duration // of what is done; 14 days
	Clock  func() time.Time
	Logger *slog.Logger
}

func (c *Config) fill() {
	if c.Lane == nil {
		c.Lane = func(context.Context, string) (Policy, error) { return Policy{Jobs: 1}, nil }
	}
	if c.Ended == nil {
		c.Ended = func(Job, State) {}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		at    *time.Duration
		value time.Duration
	}{
		{&c.Lease, time.Minute},
		{&c.Poll, time.Second},
		{&c.Keep, 14 * 24 * time.Hour},
		{&c.Retry.First, 5 * time.Second},
		{&c.Retry.Max, 15 * time.Minute},
		{&c.Probe.First, 2 * time.Second},
		{&c.Probe.Max, 5 * time.Minute},
	} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
}

const (
	defaultAttempts = 10
	defaultPatience = 7 * 24 * time.Hour
	// maxTasks bounds the jobs in hand on one node; lanes have bounds of their own, so a peer that hangs fills only its own.
	maxTasks = 256

	sweepEvery = time.Hour
	sweepBatch = 1000
)

// Worker takes jobs and has them done. Any number of nodes run one on the same store.
type Worker struct {
	c     Config
	kinds []string
	wake  chan struct{}

	tasks sync.WaitGroup
	mu    sync.Mutex
	busy  int // guarded by mu: jobs in hand here
}

// NewWorker makes a worker; let it Run.
func NewWorker(c Config) *Worker {
	c.fill()
	w := &Worker{c: c, wake: make(chan struct{}, 1)}
	for kind := range c.Handlers {
		w.kinds = append(w.kinds, kind)
	}
	return w
}

// Wake makes the worker look at once; it never blocks. Call it after a Put.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Put places orders and wakes the worker.
func (w *Worker) Put(ctx context.Context, orders ...Order) error {
	_, err := w.c.Store.Put(ctx, w.c.Clock(), orders...)
	w.Wake()
	return err
}

// Run works until ctx ends, and returns when no handler runs any more and what was in hand has been given back.
func (w *Worker) Run(ctx context.Context) error {
	defer w.tasks.Wait()
	if err := w.c.Store.Recover(ctx, w.c.Node); err != nil && ctx.Err() == nil {
		w.c.Logger.Warn("what was in hand waits for its leases", "err", err)
	}
	var swept time.Time
	for {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.c.Logger.Warn("work queue", "err", err)
		}
		if now := w.c.Clock(); now.Sub(swept) >= sweepEvery {
			swept = now
			w.sweep(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case <-time.After(w.c.Poll):
		}
	}
}

func (w *Worker) sweep(ctx context.Context) {
	for {
		n, err := w.c.Store.Sweep(ctx, w.c.Clock().Add(-w.c.Keep), sweepBatch)
		if err != nil && ctx.Err() == nil {
			w.c.Logger.Warn("old jobs stay for now", "err", err)
		}
		if err != nil || n < sweepBatch {
			return
		}
	}
}

// look starts whatever can be started now, lane by lane in turn.
func (w *Worker) look(ctx context.Context) error {
	lanes, err := w.c.Store.Lanes(ctx, w.c.Clock(), w.kinds)
	if err != nil {
		return err
	}
	for len(lanes) > 0 && ctx.Err() == nil {
		rest := lanes[:0]
		for _, lane := range lanes {
			started, err := w.start(ctx, lane)
			if err != nil {
				return err
			}
			if started {
				rest = append(rest, lane)
			}
		}
		lanes = rest
	}
	return nil
}

func (w *Worker) start(ctx context.Context, lane string) (bool, error) {
	if !w.room(1) {
		return false, nil
	}
	started := false
	defer func() {
		if !started {
			w.room(-1)
		}
	}()
	policy, gone := w.c.Lane(ctx, lane)
	if gone != nil {
		policy = Policy{Jobs: 1}
	}
	take := Take{Lane: lane, Limit: policy.Jobs, Kinds: w.kinds, Node: w.c.Node, Lease: w.c.Lease}
	claim, ok, err := w.c.Store.Take(ctx, w.c.Clock(), take)
	if err != nil || !ok {
		return false, err
	}
	started = true
	w.tasks.Go(func() {
		defer w.Wake()
		defer w.room(-1)
		w.work(ctx, claim, policy, gone)
	})
	return true, nil
}

// room takes a place, or gives it back.
func (w *Worker) room(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy+n > maxTasks {
		return false
	}
	w.busy += n
	return true
}

// work does one job and settles it. gone is why there is no such lane.
func (w *Worker) work(ctx context.Context, c Claim, p Policy, gone error) {
	err := gone
	if gone == nil {
		err = w.run(ctx, c)
	}
	// What became of it must be written even while the program stops.
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if ctx.Err() != nil && err != nil && !errors.Is(err, ErrLost) {
		err = errStopping
	}
	if err := w.settle(settle, c, p, err, gone != nil); err != nil && !errors.Is(err, ErrLost) {
		w.c.Logger.Warn("job not settled", "kind", c.Kind, "lane", c.Lane, "job", c.ID, "err", err)
	}
}

// errStopping: this node goes; the job is for another or for later.
var errStopping = errors.New("queue: stopping")

// run calls the handler, with the lease renewed meanwhile.
func (w *Worker) run(ctx context.Context, c Claim) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := &Task{Claim: c, store: w.c.Store, now: w.c.Clock, cancel: cancel}
	var side sync.WaitGroup
	defer side.Wait()
	defer cancel(nil)
	side.Go(func() { w.renew(ctx, c, cancel) })
	defer func() {
		if p := recover(); p != nil {
			w.c.Logger.Error("handler panicked", "kind", c.Kind, "job", c.ID, "panic", p)
			err = errors.New("queue: the handler panicked")
		}
	}()
	err = w.c.Handlers[c.Kind](ctx, t)
	if marking := t.Flush(context.WithoutCancel(ctx)); err == nil {
		err = marking
	}
	if errors.Is(context.Cause(ctx), ErrLost) {
		return ErrLost
	}
	return err
}

func (w *Worker) renew(ctx context.Context, c Claim, lost func(error)) {
	tick := time.NewTicker(w.c.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.c.Store.Extend(ctx, w.c.Clock(), c, w.c.Lease)
		if errors.Is(err, ErrLost) {
			lost(ErrLost)
			return
		}
		if err != nil && ctx.Err() == nil {
			w.c.Logger.Warn("lease not renewed", "job", c.ID, "err", err)
		}
	}
}

// settle writes what became of a job.
func (w *Worker) settle(ctx context.Context, c Claim, p Policy, err error, gone bool) error {
	now := w.c.Clock()
	failure := FailureOf(err)
	if p.Attempts <= 0 {
		p.Attempts = defaultAttempts
	}
	if p.Patience <= 0 {
		p.Patience = defaultPatience
	}
	permanent, isPermanent := errors.AsType[*PermanentError](err)
	down, isDown := errors.AsType[*DownError](err)
	failed, isFailed := errors.AsType[*FailedError](err)
	switch {
	case err == nil:
		again, err := w.c.Store.Done(ctx, now, c)
		if err == nil && !again {
			w.c.Ended(c.Job, Done)
		}
		return err
	case errors.Is(err, ErrLost):
		return nil
	case errors.Is(err, ErrYield), errors.Is(err, errStopping):
		return w.c.Store.Return(ctx, now, c, Return{At: now, Failure: c.Failure})
	case isPermanent:
		return w.bury(ctx, c, permanent.Failure)
	case gone:
		return w.bury(ctx, c, failure)
	case isDown && now.Sub(c.Queued) > p.Patience:
		return w.bury(ctx, c, down.Failure)
	case isDown:
		pause := max(down.After, w.c.Probe.Pause(c.Failures+1))
		w.c.Logger.Info("peer takes nothing now", "lane", c.Lane, "code", failure.Code, "why", failure.Text, "pause", pause.Round(time.Second))
		return w.c.Store.Return(ctx, now, c, Return{At: now, Failure: failure, Hold: now.Add(pause)})
	case isFailed && failed.Progress:
		return w.c.Store.Return(ctx, now, c, Return{At: now.Add(w.c.Retry.Pause(1)), Failure: failure})
	}
	attempts := c.Attempts + 1
	if !isFailed {
		w.c.Logger.Warn("job failed", "kind", c.Kind, "lane", c.Lane, "job", c.ID, "attempt", attempts, "err", err)
	}
	if attempts >= p.Attempts {
		return w.bury(ctx, c, failure)
	}
	return w.c.Store.Return(ctx, now, c, Return{At: now.Add(w.c.Retry.Pause(attempts)), Counted: true, Failure: failure})
}

func (w *Worker) bury(ctx context.Context, c Claim, f Failure) error {
	w.c.Logger.Warn("job given up", "kind", c.Kind, "lane", c.Lane, "job", c.ID, "code", f.Code, "why", f.Text)
	err := w.c.Store.Bury(ctx, w.c.Clock(), c, f)
	if err == nil {
		w.c.Ended(c.Job, Dead)
	}
	return err
}
