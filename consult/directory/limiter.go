package directory

import (
	"sync"
	"time"
)

// limiter slows addresses that keep failing to sign in. It is in memory and bounded: it protects the processor (argon2id is
// dear on purpose); the count that locks a login is in the store.
type limiter struct {
	mu    sync.Mutex
	calls map[string]*caller // owned by mu
}

type caller struct {
	failures int
	last     time.Time
}

const (
	callerFailures = 30              // within callerWindow: blocked until the window has passed
	callerWindow   = 5 * time.Minute // after this much quiet all is forgotten
	callersKept    = 10_000
)

func newLimiter() *limiter { return &limiter{calls: map[string]*caller{}} }

// blocked answers until when the address must wait, or the zero time.
func (l *limiter) blocked(address string, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.calls[address]
	if c == nil || now.Sub(c.last) > callerWindow || c.failures < callerFailures {
		return time.Time{}
	}
	return c.last.Add(callerWindow)
}

func (l *limiter) failed(address string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= callersKept {
		l.forget(now)
	}
	c := l.calls[address]
	if c == nil || now.Sub(c.last) > callerWindow {
		c = &caller{}
		l.calls[address] = c
	}
	c.failures, c.last = c.failures+1, now
}

// forget drops the quiet ones, and all if every one is busy: then somebody tries from ten thousand addresses, and the locks
// of the logins are what holds.
func (l *limiter) forget(now time.Time) {
	for a, c := range l.calls {
		if now.Sub(c.last) > callerWindow {
			delete(l.calls, a)
		}
	}
	if len(l.calls) >= callersKept {
		clear(l.calls)
	}
}

func (l *limiter) succeeded(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.calls, address)
}
