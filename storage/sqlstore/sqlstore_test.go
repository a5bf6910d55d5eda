package sqlstore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"go.uber.org/goleak"

	"yilian/storage/sqlstore"
	"yilian/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.Cleanup(databases.end)) }

// engines opens a new empty database of each kind.
var engines = []struct {
	name string
	open func(t testing.TB) sqlstore.Options
}{
	{"sqlite", func(t testing.TB) sqlstore.Options {
		return sqlstore.Options{Path: t.TempDir() + "/odd name ? # %20 中/yilian.db"}
	}},
	{"postgres", postgres},
}

// postgres gives an empty database on the test server that nobody else uses now.
func postgres(t testing.TB) sqlstore.Options {
	return sqlstore.Options{URL: databases.take(t, storagetest.Backend(t, "YILIAN_TEST_POSTGRES"))}
}

// database is the address of another database on the same server.
func database(t testing.TB, server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func execute(t testing.TB, server, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
		t.Error(err)
	}
}

// pool keeps databases for the next test: emptying one is much faster than making one.
type pool struct {
	mu     sync.Mutex
	server string
	made   []string // guarded by mu: names
	free   []string // guarded by mu: addresses
}

var databases pool

func (p *pool) take(t testing.TB, server string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
	if len(p.free) == 0 {
		name := "test_" + strings.ToLower(rand.Text())
		execute(t, server, "CREATE DATABASE "+name)
		p.made = append(p.made, name)
		p.free = append(p.free, database(t, server, name))
	}
	address := p.free[0]
	p.free = p.free[1:]
	t.Cleanup(func() { p.give(t, address) })
	return address
}

func (p *pool) give(t testing.TB, address string) {
	execute(t, address, `DO $$ DECLARE name text; BEGIN
		SET LOCAL session_replication_role = replica; -- no foreign keys meanwhile
		FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration' LOOP
			EXECUTE 'DELETE FROM ' || quote_ident(name);
		END LOOP;
	END $$`)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, address)
}

func (p *pool) end(code int) {
	if db, err := sql.Open("pgx", p.server); err == nil {
		for _, name := range p.made {
			_, _ = db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		}
		_ = db.Close()
	}
	os.Exit(code)
}

func open(t testing.TB, o sqlstore.Options) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestFlow(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			storagetest.FlowSuite(t, func(t *testing.T) storagetest.FlowSubject {
				db := open(t, e.open(t))
				return storagetest.FlowSubject{Store: db.Flow(), Fail: sqlstore.Faulty(db)}
			})
		})
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func containsSecret(err error) bool { return strings.Contains(err.Error(), "secret") }

// empty makes a PostgreSQL database without anything in it.
func empty(t testing.TB) string {
	server := storagetest.Backend(t, "YILIAN_TEST_POSTGRES")
	name := "test_" + strings.ToLower(rand.Text())
	execute(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	return database(t, server, name)
}
