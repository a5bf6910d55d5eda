package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yilian"
)

// txn is one transaction as a function inside update or view sees it. It is used by one goroutine, and only until that function
// returns.
type txn struct {
	ctx   context.Context // the caller's
	under context.Context // of the statements
	s     *session
	clock *clock
	// spoilt is the first error after which the transaction cannot succeed, whatever the function makes of it.
	spoilt error
}

// exec runs a statement and answers how many rows it touched.
func (t *txn) exec(query string, args ...any) (int64, error) {
	if err := t.ready(); err != nil {
		return 0, err
	}
	r, err := t.s.exec(t.under, query, args...)
	if err != nil {
		return 0, t.failed(err)
	}
	return r.RowsAffected()
}

// query runs a statement that answers rows. The caller reads them to the end and closes them before the next statement;
// collect does both.
func (t *txn) query(query string, args ...any) (*sql.Rows, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	r, err := t.s.query(t.under, query, args...)
	if err != nil {
		return nil, t.failed(err)
	}
	return r, nil
}

// queryRow runs a statement that answers at most one row. Scan gives sql.ErrNoRows if there was none.
func (t *txn) queryRow(query string, args ...any) row {
	rows, err := t.query(query, args...)
	return row{t: t, rows: rows, err: err}
}

// row is the answer of queryRow: like sql.Row, and it tells the transaction about faults.
type row struct {
	t    *txn
	rows *sql.Rows
	err  error
}

// Scan copies the columns of the row and ends the query.
func (r row) Scan(dest ...any) (err error) {
	if r.err != nil {
		return r.err
	}
	defer func() { err = r.t.failed(errors.Join(err, r.rows.Close())) }()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return r.rows.Scan(dest...)
}

// collect runs a query and gives what scan makes of each row.
func collect[T any](t *txn, scan func(*sql.Rows) (T, error), query string, args ...any) (all []T, err error) {
	rows, err := t.query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = t.failed(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func (t *txn) ready() error {
	if t.spoilt != nil {
		return t.spoilt
	}
	return t.ctx.Err()
}

// failed remembers an error that spoils the transaction and gives it back.
func (t *txn) failed(err error) error {
	if t.spoilt == nil && t.s.engine.fault(err) != faultNone {
		t.spoilt = err
	}
	return err
}

// fault says what an error of the engine means for the transaction it came up in.
type fault int

const (
	faultNone  fault = iota // no error, or one that only the statement's caller has to deal with
	faultAgain              // perhaps the work of another transaction: run the function again in a new one
	faultRetry              // the transaction has lost against another one: nothing was written, run it again
	faultLost               // the connection or the transaction is gone
	faultFull               // no space
)

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	// begin is the statement that begins a read-write transaction; alone: one that waits for all others and keeps new ones out.
	begin(alone bool) string
	// fault classifies an error of a statement; nil is faultNone.
	fault(error) fault
}

// readers run functions in read-only snapshots.
type readers interface {
	view(ctx context.Context, fn func(*txn) error) error
	look(ctx context.Context, fn func(*txn) error) error // with one statement
	close() error
}

// update runs fn in a serialisable transaction; when it returns nil, all that fn wrote is durable. fn may run several times. A
// function whose statement failed returns that error: it cannot go on.
func (db *DB) update(ctx context.Context, fn func(*txn) error) error {
	return db.lane.update(ctx, false, fn)
}

// updateLazily is update, but what fn wrote need not be durable yet: see need.lazy.
func (db *DB) updateLazily(ctx context.Context, fn func(*txn) error) error {
	return db.lane.update(ctx, true, fn)
}

// single runs a function with one statement that is right by itself, whatever runs beside it. It saves the statement from losing
// against serialisable transactions.
func (db *DB) single(ctx context.Context, fn func(*txn) error) error {
	if db.alone == nil {
		return db.update(ctx, fn)
	}
	return db.alone(ctx, fn)
}

// view runs fn over one consistent state.
func (db *DB) view(ctx context.Context, fn func(*txn) error) error {
	return db.reads.view(ctx, fn)
}

// look is view for a function with one statement.
func (db *DB) look(ctx context.Context, fn func(*txn) error) error {
	return db.reads.look(ctx, fn)
}

// errUnknown: the connection broke while committing.
func errUnknown(err error) error {
	e := yilian.Errorf(yilian.Unavailable, "store.unknown", "The connection broke while saving. Please check whether it was saved, or try again.")
	e.Err = err
	return e
}

func errUnavailable(err error) error {
	e := yilian.Errorf(yilian.Unavailable, "store.unavailable", "The database cannot be reached now. Please try again.")
	e.Err = err
	return e
}

func errFull(err error) error {
	e := yilian.Errorf(yilian.Unavailable, "storage.full", "There is no space left to save this.")
	e.Err = err
	return e
}

func errContention(err error) error {
	e := yilian.Errorf(yilian.Unavailable, "store.busy", "Too many changes at the same time. Please try again.")
	e.Err = fmt.Errorf("gave up after %d attempts: %w", maxAttempts, err)
	return e
}
