package sqlstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"yilian/storage/storagetest"
)

// errInjected is what a commit that was made to fail answers. Like a broken connection, the engine does not know it.
var errInjected = errors.New("injected fault")

// Faulty makes db's commits fail on demand.
func Faulty(db *DB) (fail func(storagetest.Fault) (end func())) {
	var mu sync.Mutex
	var now *storagetest.Fault // guarded by mu
	db.lane.link.commit = func(ctx context.Context, s *session) error {
		mu.Lock()
		fault := now
		mu.Unlock()
		switch {
		case fault == nil:
			return commit(ctx, s)
		case *fault == storagetest.NotPersisted:
			_, err := s.exec(ctx, "ROLLBACK")
			return errors.Join(errInjected, err)
		}
		return errors.Join(errInjected, commit(ctx, s))
	}
	return func(f storagetest.Fault) func() {
		mu.Lock()
		defer mu.Unlock()
		now = &f
		return func() {
			mu.Lock()
			defer mu.Unlock()
			now = nil
		}
	}
}

// CountCommits counts the commits of db.
func CountCommits(db *DB) *atomic.Int64 {
	var n atomic.Int64
	db.lane.link.commit = func(ctx context.Context, s *session) error {
		n.Add(1)
		return commit(ctx, s)
	}
	return &n
}

// WatchSyncs puts a function in the place of the sync of an SQLite database's log; it is given the true one.
func WatchSyncs(db *DB, watch func(sync func() error) error) {
	sync := db.lane.link.sync
	db.lane.link.sync = func() error { return watch(sync) }
}

// ForgetOnce removes the idempotency keys bound before a moment.
func ForgetOnce(ctx context.Context, db *DB, before time.Time) error {
	return db.forgetOnce(ctx, before)
}

// Ask runs a query for one value over a connection of a writer or a reader.
func Ask(ctx context.Context, db *DB, reader bool, query string) (answer string, err error) {
	ask := func(t *txn) error { return t.queryRow(query).Scan(&answer) }
	if reader {
		return answer, db.view(ctx, ask)
	}
	return answer, db.update(ctx, ask)
}

// Exec runs a statement behind the back of the store.
func Exec(ctx context.Context, db *DB, query string, args ...any) error {
	return db.update(ctx, func(t *txn) error {
		_, err := t.exec(query, args...)
		return err
	})
}

// Checkpoint brings what is in the log of an SQLite database into its file; the log begins anew with the next write.
func Checkpoint(ctx context.Context, db *DB) error {
	l := db.lane
	if err := l.take(ctx); err != nil {
		return err
	}
	defer l.pass()
	if l.s == nil {
		return nil
	}
	_, err := l.s.exec(ctx, "PRAGMA wal_checkpoint(RESTART)")
	return err
}
