package sqlstore

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"yilian"
	"yilian/imaging/queue"
)

const (
	jobColumns = "doc, " + jobBrief
	jobBrief   = "id, kind, key, rev, lane, about, priority, state, not_before, attempts, code, text, created, queued, changed, lease_until, node"
)

// scanJob reads jobColumns, as of a moment.

func scanJob(now time.Time) func(*sql.Rows) (queue.Job, error) {
	return func(r *sql.Rows) (j queue.Job, err error) {
		var doc []byte
		var notBefore, created, queued, changed, lease int64
		err = r.Scan(&doc, &j.ID, &j.Kind, &j.Key, &j.Rev, &j.Lane, &j.About, &j.Priority, &j.State, &notBefore, &j.Attempts,
			&j.Failure.Code, &j.Failure.Text, &created, &queued, &changed, &lease, &j.Node)
		j.Doc, j.NotBefore, j.Created, j.Queued, j.Changed = doc, moment(notBefore), moment(created), moment(queued), moment(changed)
		j.Running = j.State == queue.Waiting && lease != 0 && lease > nanos(now)
		return j, err
	}
}

func (q queueStore) Lanes(ctx context.Context, now time.Time, kinds []string) (lanes []string, err error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	in, args := kindList(2, kinds)
	// The lanes are found by steps along the index, so that it does not matter how much waits in each.
	query := `WITH RECURSIVE l (lane) AS (SELECT min(lane) FROM queue_job WHERE state = 'waiting'
			UNION ALL SELECT (SELECT min(n.lane) FROM queue_job n WHERE n.state = 'waiting' AND n.lane > l.lane) FROM l WHERE l.lane IS NOT NULL)
		SELECT l.lane FROM l WHERE l.lane IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM queue_hold h WHERE h.lane = l.lane AND h.until > $1)
			AND EXISTS (SELECT 1 FROM queue_job j WHERE j.lane = l.lane AND j.state = 'waiting' AND j.not_before <= $1 AND j.lease_until <= $1 AND ` + in + ")"
	err = q.db.view(ctx, func(t *txn) error {
		lanes, err = collect(t, scanString, query, append([]any{nanos(now)}, args...)...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find work: %w", err)
	}
	return lanes, nil
}

func (q queueStore) Marked(ctx context.Context, scope string) (map[string]bool, error) {
	marked := map[string]bool{}
	err := q.db.view(ctx, func(t *txn) error {
		items, err := collect(t, scanString, "SELECT item FROM queue_mark WHERE scope = $1", scope)
		for _, i := range items {
			marked[i] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is finished: %w", err)
	}
	return marked, nil
}

func (q queueStore) Overtaken(ctx context.Context, now time.Time, c queue.Claim) (overtaken bool, err error) {
	err = q.db.view(ctx, func(t *txn) error {
		var n int64
		err := t.queryRow(`SELECT count(*) FROM (SELECT 1 FROM queue_job WHERE lane = $1 AND state = 'waiting' AND priority < $2
			AND not_before <= $3 AND lease_until <= $3 LIMIT 1) AS x`, c.Lane, int64(c.Priority), nanos(now)).Scan(&n)
		overtaken = n > 0
		return err
	})
	return overtaken, err
}

func (q queueStore) Job(ctx context.Context, id string) (j queue.Job, err error) {
	err = q.db.view(ctx, func(t *txn) error {
		found, err := collect(t, scanJob(time.Now()), "SELECT "+jobColumns+" FROM queue_job WHERE id = $1", id)
		if err == nil && len(found) == 0 {
			return yilian.Errorf(yilian.NotFound, "queue.unknown", "There is no such job.")
		}
		if err == nil {
			j = found[0]
		}
		return err
	})
	return j, err
}

// jobCursor is where a page ended.
type jobCursor struct {
	Priority int64  `json:"p,omitempty"`
	At       int64  `json:"a"`
	ID       string `json:"i"`
}

func (c jobCursor) String() string {
	b, _ := json.Marshal(c) // numbers and a text
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseJobCursor(s string) (c jobCursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, yilian.Errorf(yilian.Invalid, "store.cursor", "The cursor is not one of ours.")
	}
	return c, nil
}

// jobWhere writes the conditions of a filter, with parameters from $from on.
func jobWhere(f queue.Filter, from int) (where string, args []any) {
	where = "1 = 1"
	for _, c := range []struct{ column, value string }{{"state", string(f.State)}, {"lane", f.Lane}, {"kind", f.Kind}, {"about", f.About}} {
		if c.value != "" {
			where += fmt.Sprintf(" AND %s = $%d", c.column, from+len(args))
			args = append(args, c.value)
		}
	}
	return where, args
}

func (q queueStore) List(ctx context.Context, now time.Time, f queue.Filter) (page []queue.Job, next string, err error) {
	where, args := jobWhere(f, 1)
	inTurn := f.State == queue.Waiting
	order := "changed DESC, id DESC"
	if inTurn {
		order = "priority, queued, id"
	}
	if f.After != "" {
		at, err := parseJobCursor(f.After)
		if err != nil {
			return nil, "", err
		}
		n := len(args)
		if inTurn {
			where += fmt.Sprintf(" AND (priority, queued, id) > ($%d, $%d, $%d)", n+1, n+2, n+3)
			args = append(args, at.Priority, at.At, at.ID)
		} else {
			where += fmt.Sprintf(" AND (changed, id) < ($%d, $%d)", n+1, n+2)
			args = append(args, at.At, at.ID)
		}
	}
	limit := pageSize(f.Limit)
	args = append(args, limit+1)
	query := fmt.Sprintf("SELECT NULL, %s FROM queue_job WHERE %s ORDER BY %s LIMIT $%d", jobBrief, where, order, len(args))
	err = q.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanJob(now), query, args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list jobs: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		cursor := jobCursor{At: nanos(last.Changed), ID: last.ID}
		if inTurn {
			cursor = jobCursor{Priority: int64(last.Priority), At: nanos(last.Queued), ID: last.ID}
		}
		next = cursor.String()
	}
	return page, next, nil
}

func (q queueStore) Counts(ctx context.Context, now time.Time) (all []queue.Count, err error) {
	err = q.db.view(ctx, func(t *txn) error {
		all, err = collect(t, func(r *sql.Rows) (c queue.Count, err error) {
			var oldest int64
			err = r.Scan(&c.Lane, &c.State, &c.Jobs, &c.Running, &oldest)
			c.Oldest = moment(oldest)
			return c, err
		}, `SELECT lane, state, count(*), sum(CASE WHEN lease_until > $1 AND lease_until <> 0 THEN 1 ELSE 0 END), min(queued) FROM queue_job
			WHERE state IN ('waiting', 'dead', 'cancelled') GROUP BY lane, state ORDER BY lane, state`, nanos(now))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return all, nil
}

func (q queueStore) Holds(ctx context.Context) (all []queue.Hold, err error) {
	err = q.db.view(ctx, func(t *txn) error {
		all, err = collect(t, func(r *sql.Rows) (h queue.Hold, err error) {
			var until, since int64
			err = r.Scan(&h.Lane, &until, &h.Failures, &h.Failure.Code, &h.Failure.Text, &since)
			h.Until, h.Since = moment(until), moment(since)
			return h, err
		}, "SELECT lane, until, failures, code, text, since FROM queue_hold ORDER BY lane")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the held lanes: %w", err)
	}
	return all, nil
}

func (q queueStore) Replay(ctx context.Context, now time.Time, f queue.Filter, ids ...string) (int64, error) {
	return q.change(ctx, "replay jobs", "state = 'waiting', attempts = 0, not_before = 0, queued = $1, changed = $1", "state IN ('dead', 'cancelled')", now, f, ids)
}

func (q queueStore) Cancel(ctx context.Context, now time.Time, f queue.Filter, ids ...string) (int64, error) {
	return q.change(ctx, "cancel jobs", "state = 'cancelled', lease = '', lease_until = 0, changed = $1", "state IN ('waiting', 'dead')", now, f, ids)
}

func (q queueStore) change(ctx context.Context, what, set, from string, now time.Time, f queue.Filter, ids []string) (n int64, err error) {
	where, args := jobWhere(f, 2)
	where += " AND " + from
	if len(ids) > 1000 {
		return 0, yilian.Errorf(yilian.Invalid, "queue.many", "At most 1000 jobs at a time.")
	}
	if len(ids) > 0 {
		values := make([]any, len(ids))
		for i, id := range ids {
			values[i] = id
		}
		values = pad(values)
		where += " AND id IN (" + list(2+len(args), len(values)) + ")"
		args = append(args, values...)
	}
	args = append([]any{nanos(now)}, args...)
	args = append(args, pageSize(f.Limit))
	query := fmt.Sprintf("UPDATE queue_job SET %s WHERE id IN (SELECT id FROM queue_job WHERE %s ORDER BY changed, id LIMIT $%d)", set, where, len(args))
	err = q.db.update(ctx, func(t *txn) error {
		n, err = t.exec(query, args...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return n, nil
}

func (q queueStore) Sweep(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	err = q.db.update(ctx, func(t *txn) error {
		n = 0
		for _, query := range []string{
			`DELETE FROM queue_job WHERE id IN (SELECT id FROM queue_job WHERE state = 'done' AND changed < $1 ORDER BY changed LIMIT $2)`,
			`DELETE FROM queue_job WHERE id IN (SELECT id FROM queue_job WHERE state = 'cancelled' AND changed < $1 ORDER BY changed LIMIT $2)`,
			`DELETE FROM queue_mark WHERE (scope, item) IN (SELECT scope, item FROM queue_mark WHERE at < $1 ORDER BY at LIMIT $2)`,
		} {
			gone, err := t.exec(query, nanos(before), max(limit, 0))
			if err != nil {
				return err
			}
			n += gone
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("forget old jobs: %w", err)
	}
	return n, nil
}
