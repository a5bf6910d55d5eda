package sqlstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"yilian"
	"yilian/imaging/queue"
)

// Queue gives the database as the memory of the work queue.
func (db *DB) Queue() queue.Store { return queueStore{db} }

// queueStore is queue.Store over DB.
type queueStore struct{ db *DB }

func (q queueStore) Put(ctx context.Context, now time.Time, orders ...queue.Order) ([]bool, error) {
	for _, o := range orders {
		if err := checkOrder(o); err != nil {
			return nil, err
		}
	}
	var fresh []bool
	err := q.db.update(ctx, func(t *txn) error {
		fresh = make([]bool, len(orders))
		for i, o := range orders {
			var err error
			// A nanosecond apart, so that orders of one call keep their turn.
			if fresh[i], err = t.putJob(now.Add(time.Duration(i)), o); err != nil {
				return fmt.Errorf("put a job: %w", err)
			}
		}
		return nil
	})
	return fresh, err
}

func checkOrder(o queue.Order) error {
	if len(o.Doc) > queue.MaxDoc {
		return yilian.Errorf(yilian.TooLarge, "queue.doc", "A job carries at most %d bytes.", queue.MaxDoc)
	}
	return cmp.Or(checkKey("job's kind", o.Kind), checkKey("job's key", o.Key), checkKey("job's lane", o.Lane),
		checkText("job's revision", o.Rev), checkText("job's subject", o.About))
}

// putJob inserts a job or gives the one under its key a new content. A job that is in somebody's hand keeps its lease.
func (t *txn) putJob(now time.Time, o queue.Order) (bool, error) {
	n, err := t.exec(`INSERT INTO queue_job (id, kind, key, rev, lane, about, priority, doc, state, not_before, created, queued, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9, $10, $10, $10)
		ON CONFLICT (kind, key) DO UPDATE SET rev = excluded.rev, lane = excluded.lane, about = excluded.about, doc = excluded.doc,
			priority = CASE WHEN queue_job.state = 'waiting' AND queue_job.priority < excluded.priority THEN queue_job.priority ELSE excluded.priority END,
			queued = CASE WHEN queue_job.state = 'waiting' THEN queue_job.queued ELSE excluded.queued END,
			state = 'waiting', not_before = excluded.not_before, attempts = 0, code = '', text = '', changed = excluded.changed
		WHERE queue_job.rev <> excluded.rev`,
		newJobID(), o.Kind, o.Key, o.Rev, o.Lane, o.About, int64(o.Priority), optional(o.Doc), nanos(o.NotBefore), nanos(now))
	return n == 1, err
}

func newJobID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

func (q queueStore) Take(ctx context.Context, now time.Time, take queue.Take) (c queue.Claim, found bool, err error) {
	err = q.db.update(ctx, func(t *txn) error {
		c, found, err = t.takeJob(now, take)
		return err
	})
	if err != nil {
		return queue.Claim{}, false, fmt.Errorf("take a job: %w", err)
	}
	return c, found, nil
}

// kindList is a condition on the kind of a job, with parameters from $from on.
func kindList(from int, kinds []string) (string, []any) {
	args := make([]any, len(kinds))
	for i, k := range kinds {
		args[i] = k
	}
	return "j.kind IN (" + list(from, len(kinds)) + ")", args
}

// free is a job that can be claimed at $1 in the lane $2. Two about the same thing never run side by side.
const free = `j.lane = $2 AND j.state = 'waiting' AND j.not_before <= $1 AND j.lease_until <= $1 AND (j.about = '' OR NOT EXISTS
	(SELECT 1 FROM queue_job r WHERE r.lane = j.lane AND r.lease_until > $1 AND r.lease_until <> 0 AND r.about = j.about))`

func (t *txn) takeJob(now time.Time, take queue.Take) (c queue.Claim, found bool, err error) {
	if len(take.Kinds) == 0 {
		return c, false, nil
	}
	var until int64
	err = t.queryRow("SELECT until, failures FROM queue_hold WHERE lane = $1", take.Lane).Scan(&until, &c.Failures)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return c, false, err
	case until > nanos(now):
		return c, false, nil
	}
	limit := max(take.Limit, 0)
	if c.Failures > 0 {
		limit = min(limit, 1) // one probe, not a storm
	}
	var running int
	err = t.queryRow("SELECT count(*) FROM queue_job WHERE lane = $1 AND lease_until > $2 AND lease_until <> 0 AND state = 'waiting'",
		take.Lane, nanos(now)).Scan(&running)
	if err != nil || running >= limit {
		return c, false, err
	}
	kinds, args := kindList(6, take.Kinds)
	c.Token = rand.Text()
	jobs, err := collect(t, scanJob(now), `UPDATE queue_job SET lease = $3, lease_until = $4, leased_rev = rev, node = $5 WHERE id =
			(SELECT j.id FROM queue_job j WHERE `+free+" AND "+kinds+" ORDER BY j.priority, j.queued, j.id LIMIT 1) RETURNING "+jobColumns,
		append([]any{nanos(now), take.Lane, c.Token, nanos(now.Add(take.Lease)), take.Node}, args...)...)
	if err != nil || len(jobs) == 0 {
		return queue.Claim{}, false, err
	}
	c.Job = jobs[0]
	return c, true, nil
}

func (q queueStore) Recover(ctx context.Context, node string) error {
	return q.db.update(ctx, func(t *txn) error {
		_, err := t.exec("UPDATE queue_job SET lease = '', lease_until = 0 WHERE lease_until <> 0 AND node = $1", node)
		return err
	})
}

func (q queueStore) Extend(ctx context.Context, now time.Time, c queue.Claim, lease time.Duration) error {
	return q.owned(ctx, "extend a lease", func(t *txn) (int64, error) {
		return t.exec("UPDATE queue_job SET lease_until = $3 WHERE id = $1 AND lease = $2 AND state = 'waiting'", c.ID, c.Token, nanos(now.Add(lease)))
	})
}

// owned runs a change of a claimed job: one that touches no row tells that the claim is lost.
func (q queueStore) owned(ctx context.Context, what string, change func(*txn) (int64, error)) error {
	err := q.db.update(ctx, func(t *txn) error {
		n, err := change(t)
		if err == nil && n == 0 {
			err = queue.ErrLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (q queueStore) Done(ctx context.Context, now time.Time, c queue.Claim) (again bool, err error) {
	err = q.db.update(ctx, func(t *txn) error {
		state, err := t.finish(now, c, queue.Done, queue.Failure{})
		if err != nil {
			return err
		}
		again = state == queue.Waiting
		return t.release(c.Lane)
	})
	if err != nil {
		return false, fmt.Errorf("end a job: %w", err)
	}
	return again, nil
}

func (q queueStore) Bury(ctx context.Context, now time.Time, c queue.Claim, f queue.Failure) error {
	err := q.db.update(ctx, func(t *txn) error {
		_, err := t.finish(now, c, queue.Dead, f)
		return err
	})
	if err != nil {
		return fmt.Errorf("give a job up: %w", err)
	}
	return nil
}

// finish ends a job, unless its content changed while it was in hand: then it waits again.
func (t *txn) finish(now time.Time, c queue.Claim, as queue.State, f queue.Failure) (state queue.State, err error) {
	if err := checkProse("failure", f.Code+f.Text); err != nil {
		return "", err
	}
	err = t.queryRow(`UPDATE queue_job SET state = CASE WHEN rev = leased_rev THEN $3 ELSE state END,
			code = CASE WHEN rev = leased_rev THEN $4 ELSE code END, text = CASE WHEN rev = leased_rev THEN $5 ELSE text END,
			attempts = CASE WHEN rev = leased_rev AND $3 = 'dead' THEN attempts + 1 ELSE attempts END,
			lease = '', lease_until = 0, changed = $6
		WHERE id = $1 AND lease = $2 AND state = 'waiting' RETURNING state`, c.ID, c.Token, string(as), f.Code, f.Text, nanos(now)).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", queue.ErrLost
	}
	return state, err
}

func (q queueStore) Return(ctx context.Context, now time.Time, c queue.Claim, r queue.Return) error {
	if err := checkProse("failure", r.Failure.Code+r.Failure.Text); err != nil {
		return err
	}
	var counted int64
	if r.Counted {
		counted = 1
	}
	return q.owned(ctx, "give a job back", func(t *txn) (int64, error) {
		if !r.Hold.IsZero() {
			if err := t.hold(now, c.Lane, r); err != nil {
				return 0, err
			}
		}
		// A job whose content changed meanwhile owes nothing to its old one.
		return t.exec(`UPDATE queue_job SET lease = '', lease_until = 0, changed = $3,
				not_before = CASE WHEN rev = leased_rev THEN $4 ELSE not_before END, attempts = CASE WHEN rev = leased_rev THEN attempts + $5 ELSE attempts END,
				code = $6, text = $7
			WHERE id = $1 AND lease = $2 AND state = 'waiting'`, c.ID, c.Token, nanos(now), nanos(r.At), counted, r.Failure.Code, r.Failure.Text)
	})
}

func (t *txn) hold(now time.Time, lane string, r queue.Return) error {
	_, err := t.exec(`INSERT INTO queue_hold (lane, until, failures, code, text, since) VALUES ($1, $2, 1, $3, $4, $5)
		ON CONFLICT (lane) DO UPDATE SET until = CASE WHEN queue_hold.until > excluded.until THEN queue_hold.until ELSE excluded.until END,
			failures = queue_hold.failures + 1, code = excluded.code, text = excluded.text`,
		lane, nanos(r.Hold), r.Failure.Code, r.Failure.Text, nanos(now))
	return err
}

func (t *txn) release(lane string) error {
	_, err := t.exec("DELETE FROM queue_hold WHERE lane = $1", lane)
	return err
}

func (q queueStore) Release(ctx context.Context, lane string) error {
	return q.db.update(ctx, func(t *txn) error { return t.release(lane) })
}

func (q queueStore) Mark(ctx context.Context, now time.Time, c queue.Claim, scope string, items []string) error {
	if err := checkKey("scope", scope); err != nil {
		return err
	}
	return q.owned(ctx, "mark what is finished", func(t *txn) (int64, error) {
		var one int64
		err := t.queryRow("SELECT count(*) FROM queue_job WHERE id = $1 AND lease = $2 AND state = 'waiting'", c.ID, c.Token).Scan(&one)
		if err != nil || one == 0 {
			return 0, err
		}
		at := nanos(now)
		if strings.HasPrefix(scope, queue.Lasting) {
			at = math.MaxInt64 // sweeping goes by this
		}
		for _, item := range items {
			if err := checkKey("item", item); err != nil {
				return 0, err
			}
			if _, err := t.exec("INSERT INTO queue_mark (scope, item, at) VALUES ($1, $2, $3) ON CONFLICT (scope, item) DO UPDATE SET at = excluded.at",
				scope, item, at); err != nil {
				return 0, err
			}
		}
		return one, t.release(c.Lane)
	})
}
