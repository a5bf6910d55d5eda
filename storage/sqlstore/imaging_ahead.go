package sqlstore

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"yilian"
	"yilian/imaging"
)

const (
	aheadRoom   = 32                    // additions that may wait; each of them keeps its journal's page from others
	aheadBatch  = 24                    // as many are recorded without further delay
	aheadGather = 15 * time.Millisecond // how long the first waits for others
	aheadPause  = 50 * time.Millisecond // between two attempts, the first time
)

// ahead holds additions that were answered before they are in the index. They stand in a journal, so nothing is lost, and nothing
// stands against them, so the answer is sure. They are recorded soon, many in one transaction. Whoever asks the index waits for
// those that were answered before; only while the database takes nothing, what it holds is answered.
//
// For that, nothing may be known of an addition by anybody else: while one is under way, others of the same instance, or for
// the same study from another institution, take turns with it.
type ahead struct {
	record func([]imaging.Addition) ([]imaging.Outcome, error)
	log    *slog.Logger
	room   chan struct{} // a place for each that waits
	hurry  chan struct{} // somebody waits
	done   chan struct{} // closed by close
	tasks  sync.WaitGroup

	mu        sync.Mutex
	instances map[yilian.InstanceUID]bool    // under way
	studies   map[yilian.StudyUID]*sendersOf // of those
	waiting   []imaging.Addition             // not recorded
	answered  uint64                         // how many ever
	recorded  uint64                         // of those
	readers   []reader                       // in the order in which they came
	running   bool                           // somebody records
	fault     error                          // why nothing can be recorded now
}

type sendersOf struct {
	owner yilian.InstitutionID
	n     int
}

// reader waits until so many are recorded.
type reader struct {
	upTo uint64
	free chan struct{}
}

func newAhead(record func([]imaging.Addition) ([]imaging.Outcome, error), log *slog.Logger) *ahead {
	return &ahead{
		record: record, log: log, room: make(chan struct{}, aheadRoom), hurry: make(chan struct{}, 1), done: make(chan struct{}),
		instances: map[yilian.InstanceUID]bool{}, studies: map[yilian.StudyUID]*sendersOf{},
	}
}

// reserve takes the turn for an instance; false if somebody else has it.
func (q *ahead) reserve(a imaging.Addition) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.studies[a.Study.UID]
	if q.instances[a.Instance.UID] || s != nil && s.owner != a.Study.Institution {
		return false
	}
	if s == nil {
		s = &sendersOf{owner: a.Study.Institution}
		q.studies[a.Study.UID] = s
	}
	s.n++
	q.instances[a.Instance.UID] = true
	return true
}

// await is reserve for somebody who has time.
func (q *ahead) await(ctx context.Context, a imaging.Addition) error {
	for !q.reserve(a) {
		q.nudge()
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (q *ahead) release(a imaging.Addition) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.freed(a)
}

// freed ends a turn; mu is held.
func (q *ahead) freed(a imaging.Addition) {
	delete(q.instances, a.Instance.UID)
	if s := q.studies[a.Study.UID]; s.n > 1 {
		s.n--
	} else {
		delete(q.studies, a.Study.UID)
	}
}

// accept answers true if an addition will be recorded. clear tells whether the index holds nothing against it.
func (q *ahead) accept(ctx context.Context, a imaging.Addition, clear func() (bool, error)) (ok bool, err error) {
	if a.Rejects != nil || !q.reserve(a) {
		return false, nil
	}
	defer func() {
		if !ok {
			q.release(a)
		}
	}()
	select {
	case q.room <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() {
		if !ok {
			<-q.room
		}
	}()
	if free, err := clear(); err != nil || !free {
		return false, err
	}
	return q.push(a)
}

func (q *ahead) push(a imaging.Addition) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.done:
		return false, errClosed
	default:
	}
	if q.fault != nil {
		return false, q.fault
	}
	q.waiting = append(q.waiting, a)
	q.answered++
	if len(q.waiting) == aheadBatch {
		q.nudge()
	}
	if !q.running {
		q.running = true
		q.tasks.Go(q.run)
	}
	return true, nil
}

func (q *ahead) nudge() {
	select {
	case q.hurry <- struct{}{}:
	default:
	}
}

// run records until nothing waits.
func (q *ahead) run() {
	timer := time.NewTimer(aheadGather)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-q.hurry:
		case <-q.done:
		}
		q.mu.Lock()
		batch := q.waiting
		q.waiting = nil
		q.running = len(batch) > 0
		q.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		if !q.settle(batch) {
			return
		}
		timer.Reset(aheadGather)
	}
}

// settle records a batch, or else each for itself. It answers false if it had to give up: the journal has them.
func (q *ahead) settle(batch []imaging.Addition) bool {
	outcomes, err := q.record(batch)
	if err == nil {
		q.finish(batch, outcomes)
		return true
	}
	for i := range batch {
		if !q.insist(batch[i : i+1]) {
			return false
		}
	}
	return true
}

// insist records one addition, however long that takes. One that the index refuses, though nothing stood against it, would be refused for
// ever: it stays in the journal's page, for an inspection to find.
func (q *ahead) insist(one []imaging.Addition) bool {
	for pause := aheadPause; ; pause = min(2*pause, 5*time.Second) {
		outcomes, err := q.record(one)
		kind := yilian.KindOf(err)
		if err != nil && kind != yilian.Internal && kind != yilian.Unavailable {
			q.log.Error("instance of the journal refused", "instance", one[0].Instance.UID, "error", err)
			outcomes, err = []imaging.Outcome{{Status: imaging.Ignored}}, nil
		}
		q.setFault(err)
		if err == nil {
			q.finish(one, outcomes)
			return true
		}
		select {
		case <-time.After(pause):
		case <-q.done:
			return false
		}
	}
}

// setFault tells everybody whether the database takes anything. Readers do not wait for it.
func (q *ahead) setFault(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil && q.fault == nil {
		q.log.Error("instances wait in the journal", "error", err)
	}
	if q.fault = err; err == nil {
		return
	}
	for _, r := range q.readers {
		close(r.free)
	}
	q.readers = nil
}

// finish tells everybody what was recorded.
func (q *ahead) finish(batch []imaging.Addition, outcomes []imaging.Outcome) {
	q.mu.Lock()
	for _, a := range batch {
		q.freed(a)
	}
	q.recorded += uint64(len(batch))
	for len(q.readers) > 0 && q.readers[0].upTo <= q.recorded {
		close(q.readers[0].free)
		q.readers = q.readers[1:]
	}
	q.mu.Unlock()
	for i, a := range batch {
		<-q.room
		if a.Recorded != nil {
			a.Recorded(outcomes[i])
		}
	}
}

// wait waits until all is recorded that was answered before.
func (q *ahead) wait(ctx context.Context) error {
	if q == nil {
		return nil
	}
	q.mu.Lock()
	if q.recorded == q.answered || q.fault != nil {
		q.mu.Unlock()
		return nil
	}
	r := reader{q.answered, make(chan struct{})}
	q.readers = append(q.readers, r)
	q.nudge()
	q.mu.Unlock()
	select {
	case <-r.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close records what waits, if that is possible.
func (q *ahead) close() {
	if q == nil {
		return
	}
	close(q.done)
	q.tasks.Wait()
}

// settled is a DB whose callers see all that was answered before.
type settled struct{ *DB }

func (db settled) view(ctx context.Context, fn func(*txn) error) error {
	if err := db.ahead.wait(ctx); err != nil {
		return err
	}
	return db.DB.view(ctx, fn)
}

func (db settled) update(ctx context.Context, fn func(*txn) error) error {
	if err := db.ahead.wait(ctx); err != nil {
		return err
	}
	return db.DB.update(ctx, fn)
}

func (x imagingIndex) Add(ctx context.Context, a imaging.Addition) (imaging.Outcome, error) {
	if x.db.ahead == nil {
		return x.addNow(ctx, a)
	}
	if a.Page != "" && a.Recorded != nil {
		ok, err := x.db.ahead.accept(ctx, a, func() (bool, error) { return x.clear(ctx, a) })
		if ok || err != nil {
			return imaging.Outcome{Status: imaging.Added}, err
		}
	}
	if err := x.db.ahead.await(ctx, a); err != nil {
		return imaging.Outcome{}, err
	}
	defer x.db.ahead.release(a)
	if err := x.db.ahead.wait(ctx); err != nil { // a rejection note, for one, is about others
		return imaging.Outcome{}, err
	}
	return x.addNow(ctx, a)
}

// addNow records an addition before it answers.
func (x imagingIndex) addNow(ctx context.Context, a imaging.Addition) (imaging.Outcome, error) {
	outcomes, err := x.db.addAll(ctx, []imaging.Addition{a})
	if err != nil {
		return imaging.Outcome{}, err
	}
	if a.Recorded != nil {
		a.Recorded(outcomes[0])
	}
	return outcomes[0], nil
}

// addAll records additions in one transaction.
func (db *DB) addAll(ctx context.Context, all []imaging.Addition) (outcomes []imaging.Outcome, err error) {
	update := db.updateLazily
	for _, a := range all {
		if a.Page == "" {
			update = db.update
		}
	}
	err = update(ctx, func(t *txn) error {
		outcomes = outcomes[:0]
		b := newAdder(t)
		for _, a := range all {
			outcome, err := b.add(a, false)
			if err != nil {
				return err
			}
			outcomes = append(outcomes, outcome)
		}
		return b.flush()
	})
	return outcomes, err
}

func (x imagingIndex) Held(ctx context.Context, uid yilian.InstanceUID) (i imaging.Instance, err error) {
	err = x.db.look(ctx, func(t *txn) error {
		i, err = one(t, scanBare, "SELECT doc FROM imaging_instance WHERE uid = $1", uid)
		return err
	})
	return i, err
}

// clear tells whether nothing in the index stands against an addition, so that it would be Added.
func (x imagingIndex) clear(ctx context.Context, a imaging.Addition) (bool, error) {
	var against int64
	err := x.db.look(ctx, func(t *txn) error {
		return t.queryRow(`SELECT (SELECT count(*) FROM imaging_instance WHERE uid = $1) + (SELECT count(*) FROM imaging_rejected WHERE uid = $1)
			+ (SELECT count(*) FROM imaging_moved WHERE study = $2 AND series = $3)
			+ (SELECT count(*) FROM imaging_study WHERE uid = $2 AND institution <> $4)`,
			a.Instance.UID, a.Study.UID, a.Series.UID, a.Study.Institution).Scan(&against)
	})
	if errors.Is(err, errClosed) {
		return false, nil
	}
	return against == 0, err
}
