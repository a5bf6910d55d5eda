package api

import (
	"context"
	"sync"
	"testing"
	"time"
)

// brokenBus drops each subscription as soon as it is told to.
type brokenBus struct {
	mu   sync.Mutex
	subs []chan []byte
}

func (b *brokenBus) Subscribe(context.Context, string) (<-chan []byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := make(chan []byte)
	b.subs = append(b.subs, s)
	return s, nil
}

func (b *brokenBus) drop() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.subs) == 0 {
		return false
	}
	close(b.subs[len(b.subs)-1])
	b.subs = b.subs[:len(b.subs)-1]
	return true
}

func quietSocket() *socket {
	return &socket{out: make(chan Hint, liveQueue), done: make(chan struct{})}
}

// TestBusComesBack: pages that may have missed something are told to look for themselves.
func TestBusComesBack(t *testing.T) {
	d := newDoor(t)
	b := &brokenBus{}
	a, err := New(Config{Store: d.store, Directory: d.dir, Requests: d.req, Bus: b, Log: d.api.log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	s := quietSocket()
	if !a.hub.join(s) {
		t.Fatal("not taken in")
	}
	for deadline := time.Now().Add(10 * time.Second); !b.drop(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never subscribed")
		}
	}
	for h := range s.out {
		if h.Type == "changed" && h.Topic == "*" {
			break
		}
	}
	a.hub.gone(s) // as its writer would, when done is closed
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if a.hub.join(quietSocket()) {
		t.Error("a page is taken in while the service stops")
	}
}

// TestSlowPageIsLetGo: what a page does not read is not kept for it, and nobody waits for it.
func TestSlowPageIsLetGo(t *testing.T) {
	d := newDoor(t)
	h := newHub(d.api)
	s := quietSocket()
	h.join(s)
	for range liveQueue + 1 {
		h.tell(s, Hint{Type: "changed"})
	}
	select {
	case <-s.done:
	default:
		t.Error("a page that reads nothing is kept")
	}
	if len(h.all()) != 0 {
		t.Error("it is still on the list")
	}
	h.leave(s) // once more does no harm
}
