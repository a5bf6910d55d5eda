package api

import (
	"sync"
	"time"

	"yilian"
)

// throttle lets each address call so often, and then so many times a minute. It is in memory and bounded.
type throttle struct {
	burst, perMinute float64

	mu    sync.Mutex
	calls map[string]tokens
}

type tokens struct {
	left float64
	at   time.Time
}

const throttled = 10_000 // addresses that are remembered

func newThrottle(burst, perMinute float64) *throttle {
	return &throttle{burst: burst, perMinute: perMinute, calls: map[string]tokens{}}
}

// take uses one call of an address, or refuses with the seconds until the next.
func (t *throttle) take(address string, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.calls) >= throttled {
		t.forget(now)
	}
	c, known := t.calls[address]
	if !known {
		c = tokens{t.burst, now}
	}
	c.left = min(t.burst, c.left+now.Sub(c.at).Minutes()*t.perMinute)
	c.at = now
	defer func() { t.calls[address] = c }()
	if c.left >= 1 {
		c.left--
		return nil
	}
	e := yilian.Errorf(yilian.TooMany, "call.often", "Too often. Please wait a moment.")
	e.Params = map[string]any{"seconds": int((1-c.left)/t.perMinute*60) + 1}
	return e
}

// forget drops whoever has all their calls again, and everybody if nobody has.
func (t *throttle) forget(now time.Time) {
	for a, c := range t.calls {
		if c.left+now.Sub(c.at).Minutes()*t.perMinute >= t.burst {
			delete(t.calls, a)
		}
	}
	if len(t.calls) >= throttled {
		clear(t.calls)
	}
}
