package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"yilian"
)

// Options say where the database is. Exactly one of Path and URL is set.
type Options struct {
	Path   string       // SQLite: the file; it and its folder are made when missing, readable by the owner only
	URL    string       // PostgreSQL: "postgres://user:password@host:port/database?…"
	Logger *slog.Logger // nil: no log

	// Connections bounds those that read. 0: 16 to PostgreSQL, 8 to SQLite, where each may hold 4 MB of pages.
	Connections int
}

// DB is one open database with its schema up to date. All methods are safe for concurrent use.
type DB struct {
	engine engine
	log    *slog.Logger
	clock  *clock
	lane   *lane
	reads  readers
	ahead  *ahead                                        // nil: additions are recorded before they are answered
	alone  func(context.Context, func(*txn) error) error // see single; nil: as any update

	stop  context.CancelFunc // ends sweeping
	tasks sync.WaitGroup
	pools []*sql.DB
}

// Open connects, brings the schema up to date and starts to sweep out old idempotency keys. A database that a newer release has
// written is refused.
func Open(ctx context.Context, o Options) (*DB, error) {
	if (o.Path == "") == (o.URL == "") {
		return nil, yilian.Errorf(yilian.Invalid, "store.settings", "Name either a database file or a database URL.")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	open, readers := openPostgres, 16
	if o.Path != "" {
		open, readers = openSQLite, 8
	}
	o.Connections = cmp.Or(max(o.Connections, 0), readers)
	db, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	db.stop = stop
	db.tasks.Go(func() { db.sweep(background, sweepEvery) })
	return db, nil
}

// Close waits for the writes under way and closes all connections. Later calls of other methods fail.
func (db *DB) Close() error {
	if db.stop != nil {
		db.stop()
		db.tasks.Wait()
	}
	db.ahead.close()
	db.lane.close()
	var first error
	if err := db.reads.close(); err != nil {
		first = err
	}
	for _, p := range db.pools {
		if err := p.Close(); err != nil && first == nil {
			first = err
		}
	}
	if first != nil {
		return fmt.Errorf("close the database: %w", first)
	}
	return nil
}

// Ping answers nil if the database can be read now.
func (db *DB) Ping(ctx context.Context) error {
	return db.view(ctx, func(t *txn) error {
		var one int64
		return t.queryRow("SELECT 1").Scan(&one)
	})
}

// clock gives identifiers that ascend: microseconds since 1970, moved forward when two fall into one. They fit into the 53 bits
// that JSON readers keep exactly.
type clock struct {
	mu   sync.Mutex
	last int64 // guarded by mu
}

func (c *clock) next() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last+1, time.Now().UnixMicro())
	return c.last
}
