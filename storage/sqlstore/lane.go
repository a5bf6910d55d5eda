package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	batchSize = 128                   // functions that share one commit
	batchAge  = 20 * time.Millisecond // a batch is committed when it is that old, even if more callers wait

	commitPatience = 5 * time.Second // how much longer than its context a caller waits for the outcome of a commit
)

// lane is the one connection of this program that writes, used by one caller after the other. Each runs its function behind a savepoint in the
// transaction that is open; the last one that nobody waits behind commits for all of them. So callers that write at the same time
// pay for one commit (one fsync), and a caller alone waits for nobody.
//
//	caller 1  take ─ begin ─ fn ─ pass ────────────────┐
//	caller 2            (waits) take ─ fn ─ pass ──────┤ all return when the commit is durable
//	caller 3                      (waits) take ─ fn ─ commit
//
// Where committing and making durable are two steps (SQLite), the next batch runs while this one is being synced.
//
// Functions run on their caller's goroutine, so a panic stays where it belongs.
type lane struct {
	link  link
	clock *clock

	mu    sync.Mutex
	busy  bool            // guarded by mu: somebody has the turn
	queue []chan struct{} // guarded by mu: who waits for the turn, first come first served
	done  bool            // guarded by mu: closed; nobody gets a turn any more

	// Owned by whoever has the turn.
	s    *session
	open *batch

	syncing sync.Mutex     // guards the next three
	failed  error          // of the first sync that failed: nobody knows what later ones would be worth
	unsafe  []*batch       // committed, not durable
	syncer  bool           // somebody syncs, and will go on with unsafe
	syncers sync.WaitGroup // the goroutine that syncs
}

// need says what a caller asks of its transaction.
type need struct {
	// alone: no other node writes meanwhile.
	alone bool
	// lazy: the outcome need not be durable when it is answered, since the caller has it in a journal. It is durable with the next
	// transaction of somebody who needs that; no later transaction survives a power cut that an earlier one does not.
	lazy bool
}

// link is how a lane gets at its engine.
type link struct {
	connect func(context.Context) (*session, error)
	release func(s *session, broken bool)
	commit  func(context.Context, *session) error
	sync    func() error  // makes durable what was committed before; nil: commit does
	keep    bool          // the lane keeps its connection between batches
	limit   time.Duration // no statement takes longer; 0: none
}

// batch is one transaction shared by several callers.
type batch struct {
	begun    time.Time
	size     int
	alone    bool
	lazy     bool          // nobody in it needs more than the commit
	finished chan struct{} // closed when err is set for good
	err      error
	durable  chan struct{} // closed after finished, when fault is set for good
	fault    error         // of making it durable
}

// errLost: the transaction was rolled back because of another caller or another node; run the function again.
var errLost = errors.New("the transaction was rolled back")

// errAgain: the function failed, perhaps only because of what another transaction wrote; run it again a few times.
var errAgain = errors.New("a row was there already")

// errClosed answers calls after Close.
var errClosed = errors.New("the database is closed")

// run runs fn once in a transaction and answers when the outcome is durable (see need), or errLost.
func (l *lane) run(ctx context.Context, n need, fn func(*txn) error) error {
	if err := l.take(ctx); err != nil {
		return err
	}
	b, err := l.turn(ctx, n, fn)
	if b == nil {
		return err
	}
	// Also a function that failed waits: what it saw may be the work of others in this batch.
	if e := b.wait(ctx, b.finished, &b.err); e != nil {
		return e
	}
	if n.lazy {
		return err
	}
	return cmp.Or(b.wait(ctx, b.durable, &b.fault), err)
}

// wait waits for an outcome, some time longer than ctx lasts, because an unknown one is a nuisance for everybody.
func (b *batch) wait(ctx context.Context, known <-chan struct{}, outcome *error) error {
	select {
	case <-known:
		return *outcome
	case <-ctx.Done():
	}
	select {
	case <-known:
		return *outcome
	case <-time.After(commitPatience):
		return errUnknown(ctx.Err())
	}
}

// take waits for the turn.
func (l *lane) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	if l.done {
		l.mu.Unlock()
		return errClosed
	}
	if !l.busy {
		l.busy = true
		l.mu.Unlock()
		return nil
	}
	ready := make(chan struct{})
	l.queue = append(l.queue, ready)
	l.mu.Unlock()
	select {
	case <-ready:
		return l.taken()
	case <-ctx.Done():
	}
	if l.leave(ready) {
		return ctx.Err()
	}
	// The turn came at the same moment and cannot be refused: pass it on.
	if err := l.taken(); err != nil {
		return err
	}
	l.pass()
	return ctx.Err()
}

// taken tells a woken waiter whether it has the turn or the lane was closed.
func (l *lane) taken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return errClosed
	}
	return nil
}

// leave takes a waiter out of the queue; false if it was woken already.
func (l *lane) leave(ready chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.queue, ready)
	if i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	return i >= 0
}

// turn runs fn behind a savepoint and passes the turn on, also when fn panics or ends its goroutine.
func (l *lane) turn(ctx context.Context, n need, fn func(*txn) error) (*batch, error) {
	defer l.pass()
	if err := l.begin(ctx, n); err != nil {
		return nil, err
	}
	b := l.open
	b.size++
	return b, l.savepoint(ctx, fn)
}

func (l *lane) begin(ctx context.Context, n need) error {
	if l.open != nil && n.alone && !l.open.alone {
		l.commit() // who was here before is not held up by it
	}
	if l.open != nil {
		l.open.lazy = l.open.lazy && n.lazy
		return nil
	}
	if l.s == nil {
		s, err := l.link.connect(ctx)
		if err != nil {
			return cmp.Or(ctx.Err(), error(errUnavailable(err)))
		}
		l.s = s
	}
	b := &batch{finished: make(chan struct{}), durable: make(chan struct{}), begun: time.Now(), alone: n.alone, lazy: n.lazy}
	under, cancel := l.under(ctx)
	defer cancel()
	if _, err := l.s.exec(under, l.s.engine.begin(n.alone)); err != nil {
		l.end(true)
		return errUnavailable(fmt.Errorf("begin: %w", err))
	}
	l.open = b
	return nil
}

// under gives the context for statements of the shared transaction. They do not end with one caller's context, which would take the
// work of all others with it; only a server that does not answer is given up, some time after the caller has.
func (l *lane) under(ctx context.Context) (context.Context, context.CancelFunc) {
	shared := context.WithoutCancel(ctx)
	if l.link.limit == 0 {
		return shared, func() {}
	}
	shared, cancel := context.WithTimeout(shared, l.link.limit)
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(commitPatience):
			cancel()
		case <-shared.Done():
		}
	})
	return shared, func() { stop(); cancel() }
}

// savepoint runs fn so that its failure takes back only what it wrote itself.
func (l *lane) savepoint(ctx context.Context, fn func(*txn) error) (err error) {
	under, cancel := l.under(ctx)
	defer cancel()
	if _, err := l.s.exec(under, "SAVEPOINT caller"); err != nil {
		return l.abort(err)
	}
	t := &txn{ctx: ctx, under: under, s: l.s, clock: l.clock}
	returned := false
	defer func() {
		if returned && err == nil && t.spoilt == nil {
			err = ctx.Err()
		}
		if e := l.release(under, t, returned && err == nil); e != nil {
			err = e
		}
	}()
	err = fn(t)
	returned = true
	return err
}

// release ends the savepoint, keeping what was written behind it or not.
func (l *lane) release(under context.Context, t *txn, keep bool) error {
	f := l.s.engine.fault(t.spoilt)
	if f != faultNone && f != faultAgain {
		return l.abort(t.spoilt)
	}
	statements := []string{"ROLLBACK TO SAVEPOINT caller", "RELEASE SAVEPOINT caller"}
	if keep && f == faultNone {
		statements = statements[1:]
	}
	for _, q := range statements {
		if _, err := l.s.exec(under, q); err != nil {
			return l.abort(errors.Join(err, t.spoilt))
		}
	}
	if f == faultAgain {
		return fmt.Errorf("%w: %w", errAgain, t.spoilt)
	}
	return nil
}

// abort marks the transaction as spoilt for everybody in it.
func (l *lane) abort(cause error) error {
	if l.open.err == nil {
		l.open.err = fmt.Errorf("%w: %w", errLost, cause)
		if l.s.engine.fault(cause) == faultFull {
			l.open.err = errFull(cause)
		}
	}
	return l.open.err
}

// pass ends a turn: it commits if the batch is spoilt or ripe or nobody waits, and wakes the next in line.
func (l *lane) pass() {
	for {
		if l.open != nil && (l.open.ripe() || !l.waiting()) {
			l.commit()
		}
		if l.handOver() {
			return
		}
	}
}

func (b *batch) ripe() bool {
	return b.err != nil || b.size >= batchSize || time.Since(b.begun) > batchAge
}

func (l *lane) waiting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue) > 0
}

// handOver gives the turn to the next in line, or up. It answers false if a batch is open and those who waited have left.
func (l *lane) handOver() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		close(l.queue[0])
		l.queue = l.queue[1:]
		return true
	}
	if l.open != nil {
		return false
	}
	l.busy = false
	return true
}

// commit makes the batch durable, or rolls it back if it was spoilt, and tells everybody in it.
func (l *lane) commit() {
	b := l.open
	l.open = nil
	defer l.settle(b)
	ctx, cancel := l.under(context.Background())
	defer cancel()
	if b.err != nil {
		_, err := l.s.exec(ctx, "ROLLBACK")
		l.end(err != nil)
		return
	}
	err := l.link.commit(ctx, l.s)
	if err == nil {
		l.end(false)
		return
	}
	switch l.s.engine.fault(err) {
	case faultRetry, faultAgain:
		b.err = fmt.Errorf("%w: %w", errLost, err)
	case faultFull:
		b.err = errFull(err)
	default:
		b.err = errUnknown(err)
	}
	_, _ = l.s.exec(ctx, "ROLLBACK") // fails if the engine rolled back by itself
	l.end(true)
}

// settle tells everybody in a batch about its commit, and sees to it that it becomes durable if somebody needs that. Others have their
// turn meanwhile.
func (l *lane) settle(b *batch) {
	close(b.finished)
	if b.err != nil || b.lazy || l.link.sync == nil {
		close(b.durable)
		return
	}
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.unsafe = append(l.unsafe, b)
	if !l.syncer {
		l.syncer = true
		l.syncers.Go(l.syncAll)
	}
}

// syncAll syncs until everything that was committed meanwhile is durable: one sync serves all that were committed before it began.
func (l *lane) syncAll() {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	for len(l.unsafe) > 0 {
		batches, failed := l.unsafe, l.failed
		l.unsafe = nil
		l.syncing.Unlock()
		if failed == nil {
			if err := l.link.sync(); err != nil {
				failed = errUnknown(err)
			}
		}
		for _, b := range batches {
			b.fault = failed
			close(b.durable)
		}
		l.syncing.Lock()
		l.failed = failed
	}
	l.syncer = false
}

func commit(ctx context.Context, s *session) error {
	_, err := s.exec(ctx, "COMMIT")
	return err
}

// end gives the connection back after a batch.
func (l *lane) end(broken bool) {
	if broken || !l.link.keep {
		l.link.release(l.s, broken)
		l.s = nil
	}
}

// close waits for the turn, keeps it and sends away who waits.
func (l *lane) close() {
	if err := l.take(context.Background()); err != nil {
		return
	}
	if l.open != nil {
		l.commit()
	}
	l.syncers.Wait()
	if l.s != nil {
		l.end(true)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = true
	for _, w := range l.queue {
		close(w)
	}
	l.queue = nil
}
