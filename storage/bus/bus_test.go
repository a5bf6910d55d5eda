package bus_test

import (
	"crypto/rand"
	"net"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"yilian"
	"yilian/storage/bus"
	"yilian/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLocal(t *testing.T) {
	storagetest.BusSuite(t, func(t *testing.T) (a, b storagetest.Bus) {
		l := bus.NewLocal()
		t.Cleanup(func() { _ = l.Close() })
		return l, l
	})
}

func TestRedis(t *testing.T) {
	address := private(t)
	storagetest.BusSuite(t, func(t *testing.T) (a, b storagetest.Bus) {
		address := with(t, address, "prefix", rand.Text())
		return openRedis(t, address), openRedis(t, address)
	})
}

// private gives the address of the test server with a prefix that nobody else uses.
func private(t *testing.T) string {
	return with(t, storagetest.Backend(t, "YILIAN_TEST_REDIS"), "prefix", rand.Text())
}

func with(t *testing.T, address, key, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func openRedis(t *testing.T, address string) *bus.Redis {
	r, err := bus.NewRedis(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// Local forgets by itself what expired, and its clock is the process's.
func TestLocalExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := bus.NewLocal()
		fence, _, err := l.Acquire(t.Context(), "room", "node1", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(900 * time.Millisecond)
		if err := l.Renew(t.Context(), "room", "node1", fence, time.Second); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := l.Renew(t.Context(), "room", "node1", fence, time.Second); yilian.KindOf(err) != yilian.Conflict {
			t.Errorf("an expired lease was renewed: %v", err)
		}
	})
}

// wired gives an address that leads to the same server through a wire.
func wired(t *testing.T, address string) (*storagetest.Wire, string) {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	w := storagetest.NewWire(t, u.Host)
	u.Host = w.Address()
	return w, u.String()
}

// Subscriptions, presence and leases work again after the link broke, or went silent without breaking.
func TestRedisInterrupted(t *testing.T) {
	address := private(t)
	for _, c := range []struct {
		name      string
		cut, mute bool
	}{{"cut", true, false}, {"silent", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, through := wired(t, with(t, address, "prefix", rand.Text()))
			near := openRedis(t, through)
			heard, err := near.Subscribe(t.Context(), "news")
			if err != nil {
				t.Fatal(err)
			}
			gaps, err := near.Subscribe(t.Context(), bus.Gap)
			if err != nil {
				t.Fatal(err)
			}
			w.Set(c.cut, c.mute)
			begun := time.Now()
			if err := near.Publish(t.Context(), "news", []byte("lost")); yilian.KindOf(err) != yilian.Unavailable {
				t.Errorf("publish without a link: %v", err)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			late, err := near.Subscribe(t.Context(), "late")
			if err != nil {
				t.Errorf("subscribe without a link: %v", err)
			}
			w.Set(false, false)
			storagetest.Receive(t, gaps)
			for topic, messages := range map[string]<-chan []byte{"news": heard, "late": late} {
				storagetest.Eventually(t, "publishing", func() bool { return near.Publish(t.Context(), topic, []byte("back")) == nil })
				if got := storagetest.Receive(t, messages); got != "back" {
					t.Errorf("%s heard %q", topic, got)
				}
			}
		})
	}
}

// When Redis has lost everything, fences still grow and nothing fails.
func TestRedisForgets(t *testing.T) {
	address := private(t)
	one := openRedis(t, with(t, address, "prefix", "before"+rand.Text()))
	first, _, err := one.Acquire(t.Context(), "room", "node1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	// Another prefix is as good as an empty server.
	two := openRedis(t, with(t, address, "prefix", "after"+rand.Text()))
	second, holder, err := two.Acquire(t.Context(), "room", "node2", time.Minute)
	if err != nil || holder != "node2" || second <= first {
		t.Errorf("fence %d after %d, holder %q, %v", second, first, holder, err)
	}
}

func TestRedisSettings(t *testing.T) {
	for _, address := range []string{"redis://\x00", "http://host", "redis://host/notanumber", "redis://host?nonsense=1"} {
		if _, err := bus.NewRedis(t.Context(), address, nil); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%q: %v", address, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if _, err := bus.NewRedis(t.Context(), "redis://"+l.Addr().String(), nil); yilian.KindOf(err) != yilian.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
}
