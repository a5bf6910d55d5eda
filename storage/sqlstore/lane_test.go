package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/storage/sqlstore"
	"yilian/storage/storagetest"
)

func put(id string) func(flow.Tx) error {
	return func(tx flow.Tx) error {
		return tx.Put(flow.Record{Ref: flow.Ref{Kind: "request", ID: id}, Doc: []byte("{}")})
	}
}

func versionOf(t *testing.T, s flow.Store, id string) (version int64) {
	t.Helper()
	err := s.View(t.Context(), func(r flow.Reader) error {
		rec, err := r.Get(flow.Ref{Kind: "request", ID: id})
		version = rec.Version
		return err
	})
	if err != nil && yilian.KindOf(err) != yilian.NotFound {
		t.Fatal(err)
	}
	return version
}

// Callers that write while another one writes share a commit, and one that fails or gives up takes nobody with it.
func TestGroupCommit(t *testing.T) {
	db := open(t, engines[0].open(t))
	commits := sqlstore.CountCommits(db)
	s := db.Flow()
	const callers = 20
	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Update(t.Context(), func(tx flow.Tx) error {
			close(inside)
			<-leave
			return put("first")(tx)
		}); err != nil {
			t.Error(err)
		}
	})
	<-inside
	mine := errors.New("mine")
	impatient, giveUp := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for i := range callers {
		waiting.Add(1)
		wg.Go(func() {
			ctx, want := t.Context(), error(nil)
			fn := put(fmt.Sprint(i))
			switch i % 4 {
			case 1:
				want = mine
				fn = func(tx flow.Tx) error { return errors.Join(put(fmt.Sprint(i))(tx), mine) }
			case 2:
				ctx, want = impatient, context.Canceled
			}
			waiting.Done()
			if err := s.Update(ctx, fn); !errors.Is(err, want) {
				t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	waiting.Wait()
	time.Sleep(20 * time.Millisecond) // for the last ones to stand in line
	giveUp()
	time.Sleep(5 * time.Millisecond)
	close(leave)
	wg.Wait()
	for i := range callers {
		want := int64(1)
		if i%4 == 1 || i%4 == 2 {
			want = 0
		}
		if got := versionOf(t, s, fmt.Sprint(i)); got != want {
			t.Errorf("record %d has version %d, want %d", i, got, want)
		}
	}
	if n := commits.Load(); n > 3 {
		t.Errorf("%d commits for %d callers", n, callers+1)
	}
}

// An acknowledged write is on disk: commits are synchronous on every connection that writes, or followed by a sync (TestSyncs).
func TestDurabilitySettings(t *testing.T) {
	db := open(t, engines[0].open(t))
	for _, c := range []struct {
		reader      bool
		query, want string
	}{
		{false, "PRAGMA journal_mode", "wal"}, {false, "PRAGMA synchronous", "1"}, {false, "PRAGMA foreign_keys", "1"}, {true, "PRAGMA query_only", "1"},
	} {
		if got, err := sqlstore.Ask(t.Context(), db, c.reader, c.query); err != nil || got != c.want {
			t.Errorf("%s is %q, %v, want %q", c.query, got, err, c.want)
		}
	}
	pg := open(t, engines[1].open(t))
	for _, q := range []string{"SHOW synchronous_commit", "SHOW fsync"} {
		if got, err := sqlstore.Ask(t.Context(), pg, false, q); err != nil || got != "on" {
			t.Errorf("%s is %q, %v", q, got, err)
		}
	}
	if got, err := sqlstore.Ask(t.Context(), pg, false, "SHOW transaction_isolation"); err != nil || got != "serializable" {
		t.Errorf("isolation is %q, %v", got, err)
	}
}

// Two programs on the same database (the service and an administrator's command, or two nodes) keep each other's promises.
func TestTwoPrograms(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			o := e.open(t)
			const each = 40
			var wg sync.WaitGroup
			stores := []flow.Store{open(t, o).Flow(), open(t, o).Flow()}
			for p, s := range stores {
				for c := range 4 {
					wg.Go(func() {
						for i := range each / 4 {
							id := fmt.Sprintf("%d-%d-%d", p, c, i)
							err := s.Update(t.Context(), func(tx flow.Tx) error {
								return errors.Join(put(id)(tx), tx.Append(yilian.Event{Entity: "request", EntityID: id, Action: "create"}, &flow.Message{}))
							})
							if err != nil {
								t.Error(err)
							}
						}
					})
				}
			}
			wg.Wait()
			for _, s := range stores {
				if n, err := s.VerifyChain(t.Context(), ""); err != nil || n != 2*each {
					t.Errorf("chain of %d, %v", n, err)
				}
			}
			m, err := stores[0].ClaimMessages(t.Context(), time.Now(), 1000, time.Minute)
			if err != nil || len(m) != 2*each {
				t.Errorf("%d messages, %v", len(m), err)
			}
		})
	}
}

// Nodes that start together bring the schema up to date once.
func TestOpenTogether(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			o := e.open(t)
			if o.URL != "" {
				o.URL = empty(t)
			}
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					db, err := sqlstore.Open(t.Context(), o)
					if err != nil {
						t.Error(err)
						return
					}
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			o := e.open(t)
			if o.URL != "" {
				o.URL = empty(t)
			}
			db := open(t, o)
			if err := sqlstore.Exec(t.Context(), db, "INSERT INTO migration (version_id, is_applied) VALUES (99999, true)"); err != nil {
				t.Fatal(err)
			}
			if _, err := sqlstore.Open(t.Context(), o); yilian.KindOf(err) != yilian.Invalid {
				t.Errorf("a newer database was opened: %v", err)
			}
		})
	}
}

func TestOpenSettings(t *testing.T) {
	for _, o := range []sqlstore.Options{{}, {Path: "a", URL: "postgres://b"}} {
		if _, err := sqlstore.Open(t.Context(), o); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, o := range []sqlstore.Options{{URL: "postgres://yilian:secret@127.0.0.1:1/x"}, {URL: "postgres://yilian:secret@:::/x"}} {
		_, err := sqlstore.Open(t.Context(), o)
		if err == nil || containsSecret(err) {
			t.Errorf("%v", err)
		}
	}
	if _, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join("/dev/null", "x.db")}); err == nil {
		t.Error("a database under a file")
	}
}

func TestClosed(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			db, err := sqlstore.Open(t.Context(), e.open(t))
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 8 { // who is inside or waits is finished or told
				wg.Go(func() {
					for i := 0; db.Flow().Update(t.Context(), put(fmt.Sprint(&i, i))) == nil; i++ {
					}
				})
			}
			time.Sleep(10 * time.Millisecond)
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			wg.Wait()
		})
	}
}

// A server that ends connections in the middle costs no acknowledged write and blocks nobody.
func TestPostgresEndsConnections(t *testing.T) {
	o := engines[1].open(t)
	db, other := open(t, o), open(t, o)
	s := db.Flow()
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			err := sqlstore.Exec(t.Context(), other, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5`)
			if err != nil && yilian.KindOf(err) != yilian.Unavailable {
				t.Error(err)
			}
		}
	})
	var wg sync.WaitGroup
	acknowledged := make([][]string, 4)
	for c := range acknowledged {
		wg.Go(func() {
			for i := range 60 {
				id := fmt.Sprintf("%d-%d", c, i)
				err := s.Update(t.Context(), func(tx flow.Tx) error {
					return errors.Join(put(id)(tx), tx.Append(yilian.Event{Entity: "request", EntityID: id, Action: "create"}, nil))
				})
				switch {
				case err == nil:
					acknowledged[c] = append(acknowledged[c], id)
				case yilian.KindOf(err) != yilian.Unavailable:
					t.Errorf("a broken connection is told as %v", err)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	killer.Wait()
	total := 0
	for _, ids := range acknowledged {
		total += len(ids)
		for _, id := range ids {
			if versionOf(t, s, id) != 1 {
				t.Errorf("%s was acknowledged and is not there", id)
			}
		}
	}
	if n, err := s.VerifyChain(t.Context(), ""); err != nil || n < int64(total) {
		t.Errorf("chain of %d for %d acknowledged, %v", n, total, err)
	}
	if total == 0 {
		t.Error("nothing got through")
	}
}

func TestOnceIsForgotten(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			db := open(t, e.open(t))
			bind := func(want bool) {
				t.Helper()
				err := db.Flow().Update(t.Context(), func(tx flow.Tx) error {
					stored, err := tx.Once("key", []byte("x"))
					if (stored != nil) != want {
						t.Errorf("bound before: %v, want %v", stored != nil, want)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			bind(false)
			if err := sqlstore.ForgetOnce(t.Context(), db, time.Now().Add(-48*time.Hour)); err != nil {
				t.Fatal(err)
			}
			bind(true)
			if err := sqlstore.ForgetOnce(t.Context(), db, time.Now()); err != nil {
				t.Fatal(err)
			}
			bind(false)
		})
	}
}

// A link to the server that breaks is told as Unavailable, to readers and writers, and heals by itself.
func TestPostgresInterrupted(t *testing.T) {
	o := engines[1].open(t)
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	wire := storagetest.NewWire(t, u.Host)
	u.Host = wire.Address()
	s := open(t, sqlstore.Options{URL: u.String()}).Flow()
	for round := range 3 {
		if err := s.Update(t.Context(), put(fmt.Sprint(round))); err != nil {
			t.Fatal(err)
		}
		versionOf(t, s, "0")
		wire.Set(true, false)
		if err := s.Update(t.Context(), put("lost")); yilian.KindOf(err) != yilian.Unavailable {
			t.Errorf("update without a link: %v", err)
		}
		err := s.View(t.Context(), func(r flow.Reader) error { _, err := r.Get(flow.Ref{Kind: "request", ID: "0"}); return err })
		if yilian.KindOf(err) != yilian.Unavailable {
			t.Errorf("view without a link: %v", err)
		}
		if _, err := s.ClaimDue(t.Context(), time.Now(), 1, time.Minute); yilian.KindOf(err) != yilian.Unavailable {
			t.Errorf("claim without a link: %v", err)
		}
		wire.Set(false, false)
		storagetest.Eventually(t, "the link heals", func() bool {
			return s.Update(t.Context(), put(fmt.Sprint("healed", round))) == nil && s.View(t.Context(), func(flow.Reader) error { return nil }) == nil
		})
	}
	// A server that does not answer keeps nobody longer than they wait.
	wire.Set(false, true)
	for _, call := range []func(context.Context) error{
		func(ctx context.Context) error {
			return s.View(ctx, func(r flow.Reader) error { _, err := r.Get(flow.Ref{}); return err })
		},
		func(ctx context.Context) error { _, err := s.ClaimDue(ctx, time.Now(), 1, time.Minute); return err },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("silent server: %v", err)
		}
		cancel()
	}
	wire.Set(false, false)
}

// A full disk refuses a writer, keeps what is there, and is over when there is space again.
func TestFullDisk(t *testing.T) {
	db := open(t, engines[0].open(t))
	s := db.Flow()
	if err := s.Update(t.Context(), put("before")); err != nil {
		t.Fatal(err)
	}
	pages, err := sqlstore.Ask(t.Context(), db, false, "PRAGMA page_count")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Ask(t.Context(), db, false, "PRAGMA max_page_count = "+pages); err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx flow.Tx) error {
		return tx.Put(flow.Record{Ref: flow.Ref{Kind: "request", ID: "large"}, Doc: make([]byte, 100_000)})
	})
	if e, ok := errors.AsType[*yilian.Error](err); !ok || e.Kind != yilian.Unavailable || e.Code != "storage.full" {
		t.Errorf("%v", err)
	}
	if versionOf(t, s, "before") != 1 || versionOf(t, s, "large") != 0 {
		t.Error("the failed write left traces")
	}
	if _, err := sqlstore.Ask(t.Context(), db, false, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), put("after")); err != nil {
		t.Errorf("with space again: %v", err)
	}
}
