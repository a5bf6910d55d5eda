package flow

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Clock carries out due-times: it claims those whose moment has come and hands each to the handler of its entity kind, several
// at a time, each one once at a time. A handler takes effect by an Update with Firing(due), so that what is carried out twice
// (a node died in between, a lease ended) has its effect once. A handler that fails is tried again, ever more slowly.
//
// Any number of nodes may run a Clock on the same store.
type Clock struct {
	store    Store
	log      *slog.Logger
	now      func() time.Time
	handlers map[string]func(context.Context, Due) error // fixed before Run
	wake     chan struct{}
	failed   map[string]failure // by token; owned by Run
}

type failure struct {
	times int
	again time.Time
}

const (
	clockPoll    = time.Second // how late a due-time set by another node may be seen
	clockBusy    = 100 * time.Millisecond
	clockLease   = 30 * time.Second
	clockBatch   = 64
	clockWorkers = 4
	slowest      = 5 * time.Minute // between two tries of something that keeps failing
)

// NewClock makes a clock over store; register handlers, then Run.
func NewClock(store Store, log *slog.Logger) *Clock {
	return &Clock{
		store: store, log: log, now: time.Now, wake: make(chan struct{}, 1), failed: map[string]failure{},
		handlers: map[string]func(context.Context, Due) error{},
	}
}

// Handle registers the handler for the due-times of one entity kind. Call it before Run.
func (c *Clock) Handle(kind string, fn func(context.Context, Due) error) { c.handlers[kind] = fn }

// Wake makes the clock look again at once; it never blocks. Without it, it looks at the latest each second.
func (c *Clock) Wake() { nudge(c.wake) }

// Run works until ctx ends, and returns when no handler runs any more.
func (c *Clock) Run(ctx context.Context) error {
	for {
		wait := c.round(ctx)
		if !sleep(ctx, c.wake, wait) {
			return nil
		}
	}
}

// round carries out all that is due and answers how long to sleep.
func (c *Clock) round(ctx context.Context) time.Duration {
	n, err := c.CarryOut(ctx, c.now())
	if err != nil {
		logUnlessOver(ctx, c.log, "claim due-times", err)
		return clockPoll
	}
	if n == clockBatch {
		return 0
	}
	next, err := c.store.NextDue(ctx)
	if err != nil {
		logUnlessOver(ctx, c.log, "next due-time", err)
		return clockPoll
	}
	if next.IsZero() {
		return clockPoll
	}
	wait := next.Sub(c.now())
	if wait <= 0 { // leased: being worked on elsewhere, or to be tried again later
		return clockBusy
	}
	return min(wait, clockPoll)
}

// CarryOut carries out what is due at a moment, at most one batch, and answers how many due-times that were. Run calls it; a test
// may step through time with it instead, not beside Run.
func (c *Clock) CarryOut(ctx context.Context, now time.Time) (int, error) {
	dues, err := c.store.ClaimDue(ctx, now, clockBatch, clockLease)
	if err != nil {
		return 0, err
	}
	c.handle(ctx, dues, now)
	return len(dues), nil
}

func (c *Clock) handle(ctx context.Context, dues []Due, now time.Time) {
	type result struct {
		due Due
		err error
	}
	results := make(chan result, len(dues))
	slots := make(chan struct{}, clockWorkers)
	var running sync.WaitGroup
	for _, d := range dues {
		fn, known := c.handlers[d.Kind]
		if !known || now.Before(c.failed[d.Token].again) {
			continue
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			results <- result{d, fn(ctx, d)}
		})
	}
	running.Wait()
	close(results)
	for r := range results {
		c.settle(ctx, r.due, r.err, now)
	}
}

// settle forgets a due-time that is done, and remembers when to try a failed one again. ErrStale is done: somebody was faster.
func (c *Clock) settle(ctx context.Context, d Due, err error, now time.Time) {
	if err == nil || errors.Is(err, ErrStale) {
		delete(c.failed, d.Token)
		return
	}
	if ctx.Err() != nil {
		return
	}
	f := c.failed[d.Token]
	f.times++
	f.again = now.Add(backoff(f.times))
	c.failed[d.Token] = f
	c.log.Error("due-time failed", "kind", d.Kind, "id", d.ID, "name", d.Name, "tries", f.times, "err", err)
}

// backoff is 1 s, 2 s, 4 s … up to slowest.
func backoff(times int) time.Duration {
	return min(time.Second<<min(max(times-1, 0), 20), slowest)
}

// sleep waits for d, a wake or the end of ctx; it answers whether to go on.
func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-t.C:
	}
	return true
}

func nudge(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

func logUnlessOver(ctx context.Context, log *slog.Logger, what string, err error) {
	if ctx.Err() == nil {
		log.Error(what, "err", err)
	}
}
