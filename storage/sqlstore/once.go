package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

const (
	onceKept   = 72 * time.Hour // how long an idempotency key is remembered; the port promises 48 hours
	sweepEvery = 15 * time.Minute
	sweepBatch = 1000
)

// once binds an idempotency key to its first result.
func (t *txn) once(key string, result []byte) ([]byte, error) {
	if err := checkKey("idempotency key", key); err != nil {
		return nil, err
	}
	if result == nil {
		result = []byte{}
	}
	n, err := t.exec("INSERT INTO once (key, result, at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING", key, result, time.Now().UnixNano())
	if err != nil || n == 1 {
		return nil, err
	}
	var stored []byte
	err = t.queryRow("SELECT result FROM once WHERE key = $1", key).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		err = errLost // swept between the two statements
	}
	if err == nil && stored == nil {
		stored = []byte{}
	}
	return stored, err
}

// sweep forgets old idempotency keys until ctx ends.
func (db *DB) sweep(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := db.forgetOnce(ctx, time.Now().Add(-onceKept)); err != nil && ctx.Err() == nil {
			db.log.Warn("old idempotency keys stay for now", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// forgetOnce removes the keys bound before a moment, some at a time so that nobody waits long.
func (db *DB) forgetOnce(ctx context.Context, before time.Time) error {
	for {
		old, err := db.oldOnce(ctx, before)
		if err != nil || len(old) == 0 {
			return err
		}
		err = db.update(ctx, func(t *txn) error {
			for _, key := range old {
				if _, err := t.exec("DELETE FROM once WHERE key = $1 AND at < $2", key, before.UnixNano()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func (db *DB) oldOnce(ctx context.Context, before time.Time) (keys []string, err error) {
	err = db.view(ctx, func(t *txn) error {
		keys, err = collect(t, scanString, "SELECT key FROM once WHERE at < $1 ORDER BY at LIMIT $2", before.UnixNano(), sweepBatch)
		return err
	})
	return keys, err
}

func scanString(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }
