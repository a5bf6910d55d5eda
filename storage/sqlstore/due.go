package sqlstore

import (
	"cmp"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"yilian/consult/flow"
)

func (t *txn) setDue(d flow.Due) error {
	if err := cmp.Or(checkRef(d.Ref), checkKey("due-time's name", d.Name)); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO due (kind, id, name, at, data, token) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kind, id, name) DO UPDATE SET at = excluded.at, data = excluded.data, token = excluded.token, lease_until = 0`,
		d.Kind, d.ID, d.Name, nanos(d.At), optional(d.Data), rand.Text())
	if err != nil {
		return fmt.Errorf("set the due-time %s: %w", d.Name, err)
	}
	return nil
}

func (t *txn) clearDue(ref flow.Ref, name string) error {
	_, err := t.exec("DELETE FROM due WHERE kind = $1 AND id = $2 AND name = $3", ref.Kind, ref.ID, name)
	if err != nil {
		return fmt.Errorf("clear the due-time %s: %w", name, err)
	}
	return nil
}

func (t *txn) fire(d flow.Due) error {
	n, err := t.exec("DELETE FROM due WHERE kind = $1 AND id = $2 AND name = $3 AND token = $4", d.Kind, d.ID, d.Name, d.Token)
	if err != nil {
		return fmt.Errorf("fire the due-time %s: %w", d.Name, err)
	}
	if n == 0 {
		return flow.ErrStale
	}
	return nil
}

// claimDue is one statement that holds by itself: the outer condition is checked again on each row when it is locked.
func (t *txn) claimDue(now time.Time, limit int, lease time.Duration) ([]flow.Due, error) {
	claimed, err := collect(t, func(r *sql.Rows) (d flow.Due, err error) {
		var at int64
		err = r.Scan(&d.Kind, &d.ID, &d.Name, &at, &d.Data, &d.Token)
		d.At = moment(at)
		return d, err
	}, `UPDATE due SET lease_until = $1 WHERE lease_until <= $2 AND (kind, id, name) IN
			(SELECT kind, id, name FROM due WHERE at <= $2 AND lease_until <= $2 ORDER BY at`+upTo(max(limit, 0))+`)
		RETURNING kind, id, name, at, data, token`, nanos(now.Add(lease)), nanos(now))
	if err != nil {
		return nil, fmt.Errorf("claim due-times: %w", err)
	}
	slices.SortFunc(claimed, func(a, b flow.Due) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
	})
	return claimed, nil
}

// nextDue is the first moment at which claimDue has something to give: a due-time in somebody's hand counts from the end of its lease.
func (t *txn) nextDue() (time.Time, error) {
	var at sql.NullInt64
	err := t.queryRow(`SELECT min(m) FROM (
		SELECT min(at) AS m FROM due WHERE lease_until = 0
		UNION ALL SELECT min(CASE WHEN lease_until > at THEN lease_until ELSE at END) FROM due WHERE lease_until <> 0) AS x`).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("next due-time: %w", err)
	}
	return moment(at.Int64), nil
}
