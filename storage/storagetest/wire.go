package storagetest

import (
	"net"
	"sync"
	"testing"
)

// Wire is a TCP link to an engine that can be cut, muted, or cut after some bytes.
type Wire struct {
	listener net.Listener
	target   string
	tasks    sync.WaitGroup

	mu    sync.Mutex
	cut   bool       // guarded by mu: refuse new connections
	mute  bool       // guarded by mu: take bytes and hand on none
	short []int      // guarded by mu: bytes that each of the next answers lives for
	conns []net.Conn // guarded by mu
}

// NewWire makes a link to target (host:port); its end at this side is Address.
func NewWire(t testing.TB, target string) *Wire {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{listener: l, target: target}
	w.tasks.Go(w.accept)
	t.Cleanup(func() {
		_ = l.Close()
		w.Set(true, false)
		w.tasks.Wait()
	})
	return w
}

// Address is where to connect to.
func (w *Wire) Address() string { return w.listener.Addr().String() }

// Set cuts the wire, mutes it, or lets it work again.
func (w *Wire) Set(cut, mute bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cut || w.mute && !mute {
		for _, c := range w.conns {
			_ = c.Close()
		}
		w.conns = nil
	}
	w.cut, w.mute = cut, mute
}

// CutAfter lets each of the next connections live for so many bytes from the far side. Connections that stand are cut now.
func (w *Wire) CutAfter(bytes ...int) {
	w.Set(true, false)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut, w.short = false, bytes
}

func (w *Wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.target)
		w.mu.Lock()
		if w.cut || err != nil {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
		} else {
			life := 1 << 62
			if len(w.short) > 0 {
				life, w.short = w.short[0], w.short[1:]
			}
			w.conns = append(w.conns, near, far)
			w.tasks.Go(func() { w.copy(near, far, life) })
			w.tasks.Go(func() { w.copy(far, near, 1<<62) })
		}
		w.mu.Unlock()
	}
}

func (w *Wire) copy(to, from net.Conn, life int) {
	defer func() { _, _ = to.Close(), from.Close() }()
	b := make([]byte, 4096)
	for life > 0 {
		n, err := from.Read(b[:min(len(b), life)])
		if err != nil {
			return
		}
		w.mu.Lock()
		mute := w.mute
		w.mu.Unlock()
		if mute {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
		life -= n
	}
}
