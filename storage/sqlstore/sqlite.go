package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"yilian/imaging"
)

// sqliteEngine is one file with a write-ahead log. What was committed is durable after an fsync of that log (see syncLog); checkpoints
// fsync the file.
type sqliteEngine struct{}

func (sqliteEngine) begin(bool) string { return "BEGIN IMMEDIATE" } // there is but one at a time

func (sqliteEngine) fault(err error) fault {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		if errors.Is(err, sql.ErrConnDone) {
			return faultLost
		}
		return faultNone
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return faultAgain // another process on the same file
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return faultRetry
	case sqlite3.SQLITE_FULL:
		return faultFull
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN:
		return faultLost
	}
	return faultNone
}

func openSQLite(ctx context.Context, o Options) (_ *DB, err error) {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := &DB{engine: sqliteEngine{}, log: o.Logger, clock: &clock{}}
	defer func() {
		if err != nil {
			for _, p := range db.pools {
				_ = p.Close()
			}
		}
	}()
	writes, err := sql.Open("sqlite", sqliteURL(path, "synchronous(NORMAL)", "journal_mode(WAL)", "cache_size(-16000)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	writes.SetMaxOpenConns(1)
	db.pools = append(db.pools, writes)
	if err := migrate(ctx, goose.DialectSQLite3, writes, nil, o.Logger); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	reads, err := sql.Open("sqlite", sqliteURL(path, "query_only(1)", "cache_size(-4000)"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	reads.SetMaxOpenConns(o.Connections)
	db.pools = append(db.pools, reads)
	connect := func(pool *sql.DB) func(context.Context) (*session, error) {
		return func(ctx context.Context) (*session, error) {
			c, err := pool.Conn(ctx)
			if err != nil {
				return nil, fmt.Errorf("connect: %w", err)
			}
			return &session{engine: db.engine, conn: c, prepared: map[string]statement{}}, nil
		}
	}
	db.lane = &lane{clock: db.clock, link: link{
		connect: connect(writes), release: release, commit: commit, keep: true, sync: syncLog(path + "-wal"),
	}}
	db.ahead = newAhead(func(all []imaging.Addition) ([]imaging.Outcome, error) {
		return db.addAll(context.WithoutCancel(ctx), all)
	}, o.Logger)
	db.reads = newSQLiteReaders(o.Connections, connect(reads))
	return db, nil
}

// syncLog makes durable what was committed: with synchronous=NORMAL the writer's commits leave the log unsynced (checkpoints sync it
// before they use it, so that what a power cut leaves is a beginning of it). This is the sync that FULL would do, out of the
// writer's way. The log is the same file as long as a connection is open.
func syncLog(name string) func() error {
	return func() error {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	}
}

// createPrivate makes an empty file that only its owner may read; SQLite gives the files beside it the same mode.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func sqliteURL(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{
		"busy_timeout(10000)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)",
	}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// sqliteReaders is a pool of read-only connections, each with its prepared statements.
type sqliteReaders struct {
	connect func(context.Context) (*session, error)
	idle    chan *session // nil entries are connections not made yet
	closed  chan struct{}
}

func newSQLiteReaders(n int, connect func(context.Context) (*session, error)) *sqliteReaders {
	r := &sqliteReaders{connect: connect, idle: make(chan *session, n), closed: make(chan struct{})}
	for range n {
		r.idle <- nil
	}
	return r
}

func (r *sqliteReaders) view(ctx context.Context, fn func(*txn) error) (err error) {
	return r.borrow(ctx, func(s *session) (broken bool, err error) {
		always := context.WithoutCancel(ctx)
		if _, err := s.exec(always, "BEGIN"); err != nil {
			return false, errUnavailable(fmt.Errorf("begin: %w", err))
		}
		defer func() {
			_, e := s.exec(always, "ROLLBACK")
			broken = e != nil
		}()
		return false, fn(&txn{ctx: ctx, under: ctx, s: s})
	})
}

// look runs a function with one statement, which sees one state by itself.
func (r *sqliteReaders) look(ctx context.Context, fn func(*txn) error) error {
	return r.borrow(ctx, func(s *session) (bool, error) { return false, fn(&txn{ctx: ctx, under: ctx, s: s}) })
}

func (r *sqliteReaders) borrow(ctx context.Context, fn func(*session) (broken bool, err error)) (err error) {
	var s *session
	select {
	case s = <-r.idle:
	case <-ctx.Done():
		return ctx.Err()
	case <-r.closed:
		return errClosed
	}
	broken := false
	defer func() {
		if broken {
			release(s, true)
			s = nil
		}
		r.idle <- s
	}()
	if s == nil {
		if s, err = r.connect(ctx); err != nil {
			return cmp.Or(ctx.Err(), error(errUnavailable(err)))
		}
	}
	broken, err = fn(s)
	return err
}

// close waits for the views under way.
func (r *sqliteReaders) close() error {
	var first error
	close(r.closed)
	for range cap(r.idle) {
		if s := <-r.idle; s != nil {
			if err := s.close(); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}
