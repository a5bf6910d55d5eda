package share_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/share"
	"yilian/storage/sqlstore"
	"yilian/storage/storagetest"
)

// engines answer the stores of each node: whoever looks by a link may come to any of them.
var engines = []struct {
	name string
	open func(t *testing.T) []flow.Store
}{
	{"memory", func(*testing.T) []flow.Store { return []flow.Store{flowtest.New()} }},
	{"SQLite", func(t *testing.T) []flow.Store {
		return []flow.Store{opened(t, sqlstore.Options{Path: t.TempDir() + "/yilian.db"})}
	}},
	{"PostgreSQL", func(t *testing.T) []flow.Store {
		o := sqlstore.Options{URL: ownDatabase(t)}
		return []flow.Store{opened(t, o), opened(t, o)}
	}},
}

func opened(t *testing.T, o sqlstore.Options) flow.Store {
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
	return db.Flow()
}

func ownDatabase(t *testing.T) string {
	t.Helper()
	server := storagetest.Backend(t, "YILIAN_TEST_POSTGRES")
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	name := "share_" + strings.ToLower(rand.Text())
	psql := func(statement string) {
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "psql", server, "-c", statement).CombinedOutput(); err != nil {
			t.Fatalf("psql: %v %s", err, out)
		}
	}
	psql("CREATE DATABASE " + name)
	t.Cleanup(func() { psql("DROP DATABASE " + name + " WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

// onEngines runs a test on every engine, each time with nothing in it.
func onEngines(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			w := &world{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
			for _, store := range e.open(t) {
				w.store = store
				w.nodes = append(w.nodes, share.New(store, w, func() time.Time { return w.now }))
			}
			w.svc = w.nodes[0]
			test(t, w)
		})
	}
}

// atOnce calls do n times side by side, each on the next node, and answers how often each code came.
func (w *world) atOnce(n int, do func(i int, svc *share.Service) error) map[string]int {
	codes, begin := make([]string, n), make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			if err := do(i, w.nodes[i%len(w.nodes)]); err != nil {
				codes[i] = code(err)
			}
		})
	}
	close(begin)
	all.Wait()
	counted := map[string]int{}
	for _, c := range codes {
		counted[c]++
	}
	return counted
}

func (w *world) counted(l share.Link) map[string]int {
	n := map[string]int{}
	for _, action := range w.trail(l) {
		n[action]++
	}
	return n
}

// Many browsers come with one link and its code at the same moment: one of them sees the study, and every other one is on record.
func TestOneOfManyBrowsers(t *testing.T) { onEngines(t, oneOfManyBrowsers) }

func oneOfManyBrowsers(t *testing.T, w *world) {
	const browsers = 8
	secrets, l := w.make(share.NewLink{For: "x"})
	keys := make([]string, browsers)
	got := w.atOnce(browsers, func(i int, svc *share.Service) (err error) {
		_, keys[i], err = svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", share.Client{Address: "10.0.0.9"})
		return err
	})
	if got[""] != 1 || got["share.used"] != browsers-1 {
		t.Errorf("%v", got)
	}
	see := 0
	for _, key := range keys {
		if _, err := w.nodes[len(w.nodes)-1].Seer(t.Context(), key, study, ""); err == nil {
			see++
		}
	}
	if n := w.counted(l); see != 1 || n["open"] != 1 || n["refuse"] != browsers-1 {
		t.Errorf("%d browsers see it; the trail: %v", see, n)
	}
}

// Wrong codes that are tried at the same moment count one by one.
func TestWrongCodesAtOnce(t *testing.T) { onEngines(t, wrongCodesAtOnce) }

func wrongCodesAtOnce(t *testing.T, w *world) {
	secrets, l := w.make(share.NewLink{For: "x"})
	got := w.atOnce(12, func(_ int, svc *share.Service) error {
		_, _, err := svc.Unlock(t.Context(), secrets.Token, wrong(secrets.Code), "", cafe)
		return err
	})
	if n := w.counted(l); got["share.code"] != 4 || got["share.locked"] != 8 || n["wrongCode"] != 4 || n["lock"] != 1 {
		t.Errorf("%v; the trail: %v", got, n)
	}
	_, _, err := w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
	w.want("the right one then", err, "share.locked")
}

// A link that is withdrawn while its page is busy shows and gives nothing from then on, on any node.
func TestWithdrawnWhileOpen(t *testing.T) { onEngines(t, withdrawnWhileOpen) }

func withdrawnWhileOpen(t *testing.T, w *world) {
	secrets, l := w.make(share.NewLink{For: "x", Download: true})
	_, key, err := w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
	if err != nil {
		t.Fatal(err)
	}
	got := w.atOnce(7, func(i int, svc *share.Service) error {
		if i == 3 {
			_, err := svc.Revoke(t.Context(), w.cmd(giver), l.ID)
			return err
		}
		for {
			_, err := svc.Enter(t.Context(), secrets.Token, key, phone)
			if err == nil {
				_, err = svc.TakeAway(t.Context(), key, study, phone)
			}
			if err != nil {
				return err // until it is withdrawn
			}
		}
	})
	if got[""] != 1 || got["share.revoked"]+got["share.unknown"] != 6 {
		t.Errorf("%v", got)
	}
	actor := yilian.Actor{Session: "share:" + l.ID, Roles: []yilian.Role{share.RoleGuest}}
	for _, svc := range w.nodes {
		_, err := svc.Seer(t.Context(), key, study, "")
		w.want("the pictures", err, "share.unknown")
		_, err = svc.MaySee(t.Context(), actor)
		w.want("the pictures", err, "share.unknown")
		_, err = svc.TakeAway(t.Context(), key, study, phone)
		w.want("a download", err, "share.unknown")
	}
	if trail := w.trail(l); trail[len(trail)-1] != "revoke" {
		t.Errorf("something was shown after it was withdrawn: %v", trail)
	}
}

// Two who withdraw it at once have one effect, and a link is not opened while somebody withdraws it.
func TestWithdrawnWhileItIsOpened(t *testing.T) { onEngines(t, withdrawnWhileItIsOpened) }

func withdrawnWhileItIsOpened(t *testing.T, w *world) {
	for range 6 {
		secrets, l := w.make(share.NewLink{For: "x"})
		var key string
		w.atOnce(3, func(i int, svc *share.Service) (err error) {
			if i == 1 {
				_, key, err = svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
				return err
			}
			_, err = svc.Revoke(t.Context(), w.cmd(giver), l.ID)
			if err != nil {
				t.Error(err)
			}
			return err
		})
		_, err := w.svc.Seer(t.Context(), key, study, "")
		w.want("what was opened meanwhile", err, "share.unknown")
		if got := strings.Join(w.trail(l), " "); got != "make revoke" && got != "make open revoke" {
			t.Errorf("the trail: %s", got)
		}
	}
}

// The bound of open links holds when they are made at the same moment, and each time a copy leaves is counted.
func TestCountsAtOnce(t *testing.T) { onEngines(t, countsAtOnce) }

func countsAtOnce(t *testing.T, w *world) {
	got := w.atOnce(24, func(_ int, svc *share.Service) error {
		_, _, err := svc.Make(t.Context(), w.cmd(giver), study, share.NewLink{For: "x"})
		return err
	})
	if got[""] != 20 || got["share.many"] != 4 {
		t.Errorf("%v", got)
	}
	r, err := w.svc.Release(t.Context(), w.cmd(giver), share.Release{Study: study})
	if err != nil {
		t.Fatal(err)
	}
	got = w.atOnce(6, func(_ int, svc *share.Service) error {
		_, err := svc.Fetch(t.Context(), w.cmd(giver), r.ID)
		return err
	})
	if last, err := w.svc.Fetch(t.Context(), w.cmd(giver), r.ID); err != nil || got[""] != 6 || last.Fetched != 7 {
		t.Errorf("%v, fetched %d times: %v", got, last.Fetched, err)
	}
}
