package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging/ups"
)

// Worklist gives the database as the memory of the Unified Procedure Step worklist.
func (db *DB) Worklist() ups.Store { return worklist{db} }

type worklist struct{ db *DB }

func scanItem(r *sql.Rows) (i ups.Item, err error) {
	var raw []byte
	if err := r.Scan(&raw); err != nil {
		return i, err
	}
	if err := json.Unmarshal(raw, &i); err != nil {
		return i, fmt.Errorf("a workitem: %w", err)
	}
	return i, nil
}

func (t *txn) workitem(uid string) (*ups.Item, error) {
	found, err := collect(t, scanItem, "SELECT doc FROM workitem WHERE uid = $1", uid)
	if err != nil {
		return nil, fmt.Errorf("read a workitem: %w", err)
	}
	if len(found) == 0 {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	return &found[0], nil
}

// Change implements ups.Store.
func (w worklist) Change(ctx context.Context, uid string, fn func(old ups.Item) (ups.Item, yilian.Event, error)) (item ups.Item, err error) {
	err = w.db.update(ctx, func(t *txn) error {
		item = ups.Item{}
		old, err := t.workitem(uid)
		if err != nil {
			return err
		}
		if old != nil {
			item = *old
		}
		changed, event, err := fn(item)
		if err != nil {
			return err
		}
		raw, err := doc(changed)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO workitem (uid, institution, state, changed, doc) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (uid) DO UPDATE SET institution = excluded.institution, state = excluded.state, changed = excluded.changed, doc = excluded.doc`,
			uid, changed.Institution, changed.State, nanos(changed.ChangedAt), raw); err != nil {
			return fmt.Errorf("write a workitem: %w", err)
		}
		item = changed
		return t.appendEvent(event, &flow.Message{Topic: ups.Topic, Key: uid, Version: changed.Version, Audience: []string{"institution:" + string(changed.Institution)}})
	})
	return item, err
}

// Item implements ups.Store.
func (w worklist) Item(ctx context.Context, uid string) (item ups.Item, err error) {
	err = w.db.view(ctx, func(t *txn) error {
		found, err := t.workitem(uid)
		if err != nil {
			return err
		}
		if found == nil {
			return yilian.Errorf(yilian.NotFound, "ups.unknown", "There is no such workitem.")
		}
		item = *found
		return nil
	})
	return item, err
}

// Items implements ups.Store.
func (w worklist) Items(ctx context.Context, institution yilian.InstitutionID, state ups.State, after string, limit int) (page []ups.Item, next string, err error) {
	limit = pageSize(limit)
	where, args := "institution = $1", []any{institution, limit + 1}
	if state != ups.None {
		args = append(args, state)
		where += " AND state = $" + strconv.Itoa(len(args))
	}
	if after != "" {
		changed, uid, ok := strings.Cut(after, "/")
		at, err := strconv.ParseInt(changed, 10, 64)
		if !ok || err != nil {
			return nil, "", yilian.Errorf(yilian.Invalid, "ups.query", "The cursor is not one of ours.")
		}
		args = append(args, at, uid)
		where += fmt.Sprintf(" AND (changed, uid) < ($%d, $%d)", len(args)-1, len(args))
	}
	err = w.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanItem, "SELECT doc FROM workitem WHERE "+where+" ORDER BY changed DESC, uid DESC LIMIT $2", args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list workitems: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		next = strconv.FormatInt(nanos(last.ChangedAt), 10) + "/" + last.UID
	}
	return page, next, nil
}

// Forget implements ups.Store.
func (w worklist) Forget(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = w.db.update(ctx, func(t *txn) error {
		gone, err := collect(t, func(r *sql.Rows) (uid string, err error) { return uid, r.Scan(&uid) },
			`DELETE FROM workitem WHERE uid IN (SELECT w.uid FROM workitem w WHERE w.state IN ('COMPLETED', 'CANCELED') AND w.changed < $1
				AND NOT EXISTS (SELECT 1 FROM workitem_subscription s WHERE s.workitem = w.uid AND s.held = 1) ORDER BY w.changed LIMIT $2) RETURNING uid`,
			nanos(before), limit)
		if err != nil {
			return err
		}
		for _, uid := range gone {
			if _, err := t.exec("DELETE FROM workitem_subscription WHERE workitem = $1", uid); err != nil {
				return err
			}
		}
		n = len(gone)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("forget workitems: %w", err)
	}
	return n, nil
}

// Subscribe implements ups.Store.
func (w worklist) Subscribe(ctx context.Context, s ups.Subscription) error {
	raw, err := doc(s)
	if err != nil {
		return err
	}
	held := 0
	if s.Lock {
		held = 1
	}
	err = w.db.update(ctx, func(t *txn) error {
		_, err := t.exec(`INSERT INTO workitem_subscription (institution, ae, workitem, held, doc) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (institution, ae, workitem) DO UPDATE SET held = excluded.held, doc = excluded.doc`, s.Institution, s.AE, s.Workitem, held, raw)
		return err
	})
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

// Unsubscribe implements ups.Store.
func (w worklist) Unsubscribe(ctx context.Context, institution yilian.InstitutionID, ae, workitem string) error {
	err := w.db.update(ctx, func(t *txn) error {
		_, err := t.exec("DELETE FROM workitem_subscription WHERE institution = $1 AND ae = $2 AND workitem = $3", institution, ae, workitem)
		return err
	})
	if err != nil {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	return nil
}

// Subscriptions implements ups.Store.
func (w worklist) Subscriptions(ctx context.Context, institution yilian.InstitutionID, ae string) (all []ups.Subscription, err error) {
	err = w.db.view(ctx, func(t *txn) error {
		all, err = collect(t, func(r *sql.Rows) (s ups.Subscription, err error) {
			var raw []byte
			if err := r.Scan(&raw); err != nil {
				return s, err
			}
			return s, json.Unmarshal(raw, &s)
		}, "SELECT doc FROM workitem_subscription WHERE institution = $1 AND ae = $2 ORDER BY workitem", institution, ae)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("subscriptions: %w", err)
	}
	return all, nil
}
