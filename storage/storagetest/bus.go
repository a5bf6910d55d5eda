package storagetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
)

// Bus is the port under test.
type Bus interface {
	Publish(ctx context.Context, topic string, data []byte) error
	Subscribe(ctx context.Context, topic string) (<-chan []byte, error)
	Touch(ctx context.Context, set, member string, data []byte, ttl time.Duration) error
	Members(ctx context.Context, set string) (map[string][]byte, error)
	Remove(ctx context.Context, set, member string) error
	Acquire(ctx context.Context, name, owner string, ttl time.Duration) (fence int64, holder string, err error)
	Renew(ctx context.Context, name, owner string, fence int64, ttl time.Duration) error
	Release(ctx context.Context, name, owner string, fence int64) error
	Dropped() uint64
}

// BusBuffer is how many messages a subscriber may fall behind.
const BusBuffer = 256

// BusSuite checks a bus. open answers two ends of one new bus; they may be the same.
func BusSuite(t *testing.T, open func(t *testing.T) (a, b Bus)) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, a, b Bus)
	}{
		{"every subscriber hears everything in order", busOrder},
		{"a subscription ends with its context", busEnds},
		{"a slow subscriber loses the oldest", busSlow},
		{"presence", busPresence},
		{"presence expires", busPresenceExpires},
		{"a lease has one holder", busLease},
		{"a lease expires", busLeaseExpires},
		{"one of many wins a lease", busLeaseRace},
		{"odd names", busOddNames},
		{"a context that ended", busCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := open(t)
			c.test(t, a, b)
		})
	}
}

// Receive waits for the next message.
func Receive(t *testing.T, messages <-chan []byte) string {
	t.Helper()
	select {
	case m, ok := <-messages:
		if !ok {
			t.Fatal("the subscription has ended")
		}
		return string(m)
	case <-time.After(10 * time.Second):
		t.Fatal("no message came")
	}
	return ""
}

// Eventually polls until done answers true.
func Eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func subscribe(t *testing.T, b Bus, topic string) <-chan []byte {
	t.Helper()
	messages, err := b.Subscribe(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func busOrder(t *testing.T, a, b Bus) {
	one, two, three := subscribe(t, a, "news"), subscribe(t, b, "news"), subscribe(t, b, "other")
	for i := range 100 {
		if err := a.Publish(t.Context(), "news", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		for _, s := range []<-chan []byte{one, two} {
			if got := Receive(t, s); got != fmt.Sprint(i) {
				t.Fatalf("message %d is %q", i, got)
			}
		}
	}
	if err := b.Publish(t.Context(), "other", nil); err != nil {
		t.Fatal(err)
	}
	if got := Receive(t, three); got != "" {
		t.Errorf("another topic heard %q", got)
	}
}

func busEnds(t *testing.T, a, _ Bus) {
	ctx, cancel := context.WithCancel(t.Context())
	ending, err := a.Subscribe(ctx, "news")
	if err != nil {
		t.Fatal(err)
	}
	staying := subscribe(t, a, "news")
	cancel()
	Eventually(t, "the channel is closed", func() bool {
		select {
		case _, ok := <-ending:
			return !ok
		default:
			return false
		}
	})
	if err := a.Publish(t.Context(), "news", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got := Receive(t, staying); got != "x" {
		t.Errorf("heard %q", got)
	}
	// The topic can be left by all and be taken up again.
	for i := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := a.Subscribe(ctx, "again"); err != nil {
			t.Fatal(err)
		}
		cancel()
		anew := subscribe(t, a, fmt.Sprint("again", i%2))
		if err := a.Publish(t.Context(), fmt.Sprint("again", i%2), fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
		if got := Receive(t, anew); got != fmt.Sprint(i) {
			t.Errorf("round %d heard %q", i, got)
		}
	}
}

func busSlow(t *testing.T, a, b Bus) {
	const all = BusBuffer + 50
	slow, fast := subscribe(t, b, "news"), subscribe(t, b, "news")
	dropped := b.Dropped()
	for i := range all {
		if err := a.Publish(t.Context(), "news", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
		if got := Receive(t, fast); got != fmt.Sprint(i) {
			t.Fatalf("the fast one heard %q for %d", got, i)
		}
	}
	Eventually(t, "the loss is counted", func() bool { return b.Dropped()-dropped == all-BusBuffer })
	for i := all - BusBuffer; i < all; i++ {
		if got := Receive(t, slow); got != fmt.Sprint(i) {
			t.Fatalf("the slow one heard %q, want %d", got, i)
		}
	}
}

func members(t *testing.T, b Bus, set string) []string {
	t.Helper()
	m, err := b.Members(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, name+"="+string(m[name]))
	}
	return all
}

func busPresence(t *testing.T, a, b Bus) {
	if got := members(t, a, "room"); len(got) != 0 {
		t.Errorf("an empty set has %q", got)
	}
	for _, touch := range [][2]string{{"zhao", "1"}, {"qian", ""}, {"zhao", "2"}} {
		if err := a.Touch(t.Context(), "room", touch[0], []byte(touch[1]), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Touch(t.Context(), "elsewhere", "sun", nil, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := members(t, b, "room"); !slices.Equal(got, []string{"qian=", "zhao=2"}) {
		t.Errorf("present are %q", got)
	}
	for range 2 {
		if err := b.Remove(t.Context(), "room", "zhao"); err != nil {
			t.Error(err)
		}
	}
	if got := members(t, a, "room"); !slices.Equal(got, []string{"qian="}) {
		t.Errorf("after one has left: %q", got)
	}
}

func busPresenceExpires(t *testing.T, a, b Bus) {
	for _, who := range []struct {
		name string
		ttl  time.Duration
	}{{"long", time.Hour}, {"short", 50 * time.Millisecond}} {
		if err := a.Touch(t.Context(), "room", who.name, nil, who.ttl); err != nil {
			t.Fatal(err)
		}
	}
	Eventually(t, "the short one is gone", func() bool { return slices.Equal(members(t, b, "room"), []string{"long="}) })
}

func acquire(t *testing.T, b Bus, name, owner string, ttl time.Duration) (fence int64, holder string) {
	t.Helper()
	fence, holder, err := b.Acquire(t.Context(), name, owner, ttl)
	if err != nil {
		t.Fatal(err)
	}
	return fence, holder
}

func busLease(t *testing.T, a, b Bus) {
	first, holder := acquire(t, a, "room", "node1", time.Minute)
	if holder != "node1" || first <= 0 {
		t.Fatalf("a free lease went to %q with fence %d", holder, first)
	}
	if fence, holder := acquire(t, b, "room", "node2", time.Minute); holder != "node1" || fence != first {
		t.Errorf("the other is told %q, %d", holder, fence)
	}
	if fence, holder := acquire(t, a, "room", "node1", time.Minute); holder != "node1" || fence != first {
		t.Errorf("the holder is told %q, %d", holder, fence)
	}
	if err := a.Renew(t.Context(), "room", "node1", first, time.Minute); err != nil {
		t.Errorf("renew: %v", err)
	}
	wantKind(t, b.Renew(t.Context(), "room", "node2", first, time.Minute), yilian.Conflict)
	wantKind(t, b.Renew(t.Context(), "room", "node1", first-1, time.Minute), yilian.Conflict)
	wantKind(t, b.Renew(t.Context(), "nothing", "node1", first, time.Minute), yilian.Conflict)
	if err := b.Release(t.Context(), "room", "node2", first); err != nil {
		t.Errorf("releasing what another holds: %v", err)
	}
	if _, holder := acquire(t, b, "room", "node2", time.Minute); holder != "node1" {
		t.Errorf("a stranger has released it: %q", holder)
	}
	if err := a.Release(t.Context(), "room", "node1", first); err != nil {
		t.Errorf("release: %v", err)
	}
	if second, holder := acquire(t, b, "room", "node2", time.Minute); holder != "node2" || second <= first {
		t.Errorf("after the release: %q, fence %d after %d", holder, second, first)
	}
	wantKind(t, a.Renew(t.Context(), "room", "node1", first, time.Minute), yilian.Conflict)
}

func busLeaseExpires(t *testing.T, a, b Bus) {
	first, _ := acquire(t, a, "room", "node1", 50*time.Millisecond)
	Eventually(t, "the lease ends", func() bool {
		second, holder := acquire(t, b, "room", "node2", time.Minute)
		return holder == "node2" && second > first
	})
	wantKind(t, a.Renew(t.Context(), "room", "node1", first, time.Minute), yilian.Conflict)
}

func busLeaseRace(t *testing.T, a, b Bus) {
	var mu sync.Mutex
	winners := map[string]int{}
	fences := map[int64]int{}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			end := []Bus{a, b}[i%2]
			fence, holder, err := end.Acquire(t.Context(), "room", fmt.Sprint("node", i), time.Minute)
			mu.Lock()
			defer mu.Unlock()
			winners[holder]++
			fences[fence]++
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(winners) != 1 || len(fences) != 1 {
		t.Errorf("winners %v, fences %v", winners, fences)
	}
}

func busOddNames(t *testing.T, a, b Bus) {
	for _, name := range []string{"中文 房间", "a:b{c}d", "", "*?[x]", "line\nfeed", "nul\x00", strings.Repeat("长", 400)} {
		heard := subscribe(t, b, "topic"+name)
		if err := a.Publish(t.Context(), "topic"+name, []byte("\x00\xff"+name)); err != nil {
			t.Fatal(err)
		}
		if got := Receive(t, heard); got != "\x00\xff"+name {
			t.Errorf("topic %q heard %q", name, got)
		}
		if err := a.Touch(t.Context(), "set"+name, name, []byte("\x00"+name), time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := members(t, b, "set"+name); !slices.Equal(got, []string{name + "=\x00" + name}) {
			t.Errorf("set %q has %q", name, got)
		}
		if _, holder := acquire(t, a, "lease"+name, "owner"+name, time.Minute); holder != "owner"+name {
			t.Errorf("lease %q is held by %q", name, holder)
		}
	}
}

func busCancelled(t *testing.T, a, _ Bus) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, subscribed := a.Subscribe(ctx, "x")
	_, listed := a.Members(ctx, "x")
	_, _, acquired := a.Acquire(ctx, "x", "x", time.Minute)
	for i, err := range []error{
		subscribed, listed, acquired, a.Publish(ctx, "x", nil), a.Touch(ctx, "x", "x", nil, time.Minute), a.Remove(ctx, "x", "x"),
		a.Renew(ctx, "x", "x", 1, time.Minute), a.Release(ctx, "x", "x", 1),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}
