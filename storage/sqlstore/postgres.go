package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// singles is how many statements of DB.single run side by side.
const singles = 4

// postgresEngine runs every transaction as SERIALIZABLE and acknowledges after the commit is on disk.
type postgresEngine struct{}

// begin takes its lock before the transaction's snapshot is taken (LOCK TABLE takes none), so who had to wait sees what the others
// have written.
func (postgresEngine) begin(alone bool) string {
	mode := "ROW EXCLUSIVE"
	if alone {
		mode = "EXCLUSIVE"
	}
	return "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE chain IN " + mode + " MODE"
}

// fault classifies by SQLSTATE (PostgreSQL manual, appendix A).
func (postgresEngine) fault(err error) fault {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return faultNone
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresState(e)
	}
	if broken(err) {
		return faultLost
	}
	return faultNone
}

// broken tells an error of the connection from one of a statement.
func broken(err error) bool {
	for _, known := range []error{
		driver.ErrBadConn, sql.ErrConnDone, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok || pgconn.SafeToRetry(err)
}

func postgresState(e *pgconn.PgError) fault {
	switch {
	case e.Code == "40001", e.Code == "40P01":
		return faultRetry
	case e.Code == "23505":
		// Two serialisable transactions that insert the same key may be told so instead of 40001.
		return faultAgain
	case e.Code == "53100", e.Code == "53200":
		return faultFull
	case e.Severity == "FATAL", e.Severity == "PANIC", e.Code[:2] == "08", e.Code[:2] == "57":
		return faultLost
	}
	return faultNone
}

func openPostgres(ctx context.Context, o Options) (_ *DB, err error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("the database URL: %w", err)
	}
	db := &DB{engine: postgresEngine{}, log: o.Logger, clock: &clock{}}
	defer func() {
		if err != nil {
			for _, p := range db.pools {
				_ = p.Close()
			}
		}
	}()
	// Writers prefer an index even where a small table would be read faster as a whole: a serialisable transaction conflicts with
	// whatever changes what it has read.
	writes := db.pool(config, singles+1, map[string]string{"synchronous_commit": "on", "enable_seqscan": "off"})
	reads := db.pool(config, o.Connections, nil)
	if err := writes.PingContext(ctx); err != nil {
		return nil, errUnavailable(fmt.Errorf("connect to %s: %w", config.Host, err))
	}
	if err := preparePostgres(ctx, writes, o); err != nil {
		return nil, err
	}
	l := link{
		connect: func(ctx context.Context) (*session, error) {
			c, err := writes.Conn(ctx)
			if err != nil {
				return nil, fmt.Errorf("connect: %w", err)
			}
			return &session{engine: db.engine, conn: c}, nil
		},
		release: release,
		commit:  commit,
		limit:   30 * time.Second,
	}
	// One lane here too: transactions that append to the same trail only lose against each other when they run side by side. Measured
	// on one machine, one lane does three times what four do.
	db.lane = &lane{clock: db.clock, link: l}
	db.alone = func(ctx context.Context, fn func(*txn) error) error { return postgresSingle(ctx, l, fn) }
	db.reads = &postgresReaders{pool: reads, engine: db.engine}
	return db, nil
}

// postgresSingle runs one statement as a transaction of its own, READ COMMITTED.
func postgresSingle(ctx context.Context, l link, fn func(*txn) error) error {
	var err error
	for attempt := range maxAttempts {
		s, e := l.connect(ctx)
		if e != nil {
			return errUnavailable(e)
		}
		t := &txn{ctx: ctx, under: ctx, s: s}
		err = fn(t)
		f := s.engine.fault(t.spoilt)
		l.release(s, f == faultLost)
		switch f {
		case faultNone:
			return err
		case faultFull:
			return errFull(err)
		case faultLost:
			return cmp.Or(ctx.Err(), error(errUnknown(err)))
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
	return errContention(err)
}

// pool opens a pool of connections with settings of their own.
func (db *DB) pool(config *pgx.ConnConfig, n int, settings map[string]string) *sql.DB {
	config = config.Copy()
	config.RuntimeParams["application_name"] = "yilian"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	for k, v := range settings {
		config.RuntimeParams[k] = v
	}
	p := stdlib.OpenDB(*config)
	p.SetMaxOpenConns(n)
	p.SetMaxIdleConns(n)
	p.SetConnMaxIdleTime(5 * time.Minute)
	db.pools = append(db.pools, p)
	return p
}

// preparePostgres brings the schema up to date, one node at a time.
func preparePostgres(ctx context.Context, pool *sql.DB, o Options) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// The only schema text of its own: the type of texts that are compared byte by byte. See the package comment.
	const domain = `DO $$ BEGIN CREATE DOMAIN keytext AS text COLLATE "C"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`
	if _, err := pool.ExecContext(ctx, domain); err != nil {
		return fmt.Errorf("create the type keytext: %w", err)
	}
	return migrate(ctx, goose.DialectPostgres, pool, locker, o.Logger)
}

// postgresReaders runs views as read-only snapshots.
type postgresReaders struct {
	pool   *sql.DB
	engine engine
}

func (r *postgresReaders) look(ctx context.Context, fn func(*txn) error) error {
	return r.view(ctx, fn)
}

func (r *postgresReaders) view(ctx context.Context, fn func(*txn) error) (err error) {
	c, err := r.pool.Conn(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errUnavailable(fmt.Errorf("connect: %w", err))
	}
	s := &session{engine: r.engine, conn: c}
	gone := true
	defer func() { release(s, gone) }()
	if _, err := s.exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errUnavailable(fmt.Errorf("begin: %w", err))
	}
	t := &txn{ctx: ctx, under: ctx, s: s}
	err = fn(t)
	if r.engine.fault(t.spoilt) == faultLost {
		return cmp.Or(ctx.Err(), error(errUnavailable(t.spoilt)))
	}
	_, end := s.exec(context.WithoutCancel(ctx), "COMMIT")
	gone = end != nil
	return err
}

func (r *postgresReaders) close() error { return nil }
