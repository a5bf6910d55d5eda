package bus

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// sweepEvery is how often Local forgets what has expired, when it is used at all.
const sweepEvery = time.Minute

// Local is the bus inside one process.
type Local struct {
	hub *hub

	mu     sync.Mutex
	sets   map[string]map[string]presence // guarded by mu
	leases map[string]lease               // guarded by mu
	fence  int64                          // guarded by mu: the last one given
	swept  time.Time                      // guarded by mu
}

type presence struct {
	data  []byte
	until time.Time
}

type lease struct {
	owner string
	fence int64
	until time.Time
}

var _ Bus = (*Local)(nil)

// NewLocal makes a bus for one process.
func NewLocal() *Local {
	return &Local{hub: newHub(), sets: map[string]map[string]presence{}, leases: map[string]lease{}}
}

// Publish implements Bus.
func (l *Local) Publish(ctx context.Context, topic string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.hub.publish(topic, data)
	return nil
}

// Subscribe implements Bus.
func (l *Local) Subscribe(ctx context.Context, topic string) (<-chan []byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.hub.subscribe(ctx, topic), nil
}

// Touch implements Bus.
func (l *Local) Touch(ctx context.Context, set, member string, data []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.sweep(now)
	if l.sets[set] == nil {
		l.sets[set] = map[string]presence{}
	}
	l.sets[set][member] = presence{data: bytes.Clone(data), until: now.Add(ttl)}
	return nil
}

// Members implements Bus.
func (l *Local) Members(ctx context.Context, set string) (map[string][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	members := map[string][]byte{}
	for m, p := range l.sets[set] {
		if p.until.After(now) {
			members[m] = bytes.Clone(p.data)
		}
	}
	return members, nil
}

// Remove implements Bus.
func (l *Local) Remove(ctx context.Context, set, member string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sets[set], member)
	return nil
}

// Acquire implements Bus.
func (l *Local) Acquire(ctx context.Context, name, owner string, ttl time.Duration) (fence int64, holder string, err error) {
	if err := ctx.Err(); err != nil {
		return 0, "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.sweep(now)
	held, ok := l.leases[name]
	if ok && held.until.After(now) && held.owner != owner {
		return held.fence, held.owner, nil
	}
	if !ok || !held.until.After(now) {
		// As in Redis, a fence is a moment: it also grows when the counter was lost.
		l.fence = max(l.fence+1, now.UnixMicro())
		held = lease{owner: owner, fence: l.fence}
	}
	held.until = now.Add(ttl)
	l.leases[name] = held
	return held.fence, owner, nil
}

// Renew implements Bus.
func (l *Local) Renew(ctx context.Context, name, owner string, fence int64, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	held, ok := l.leases[name]
	if !ok || held.owner != owner || held.fence != fence || !held.until.After(now) {
		return errLost()
	}
	held.until = now.Add(ttl)
	l.leases[name] = held
	return nil
}

// Release implements Bus.
func (l *Local) Release(ctx context.Context, name, owner string, fence int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if held := l.leases[name]; held.owner == owner && held.fence == fence {
		delete(l.leases, name)
	}
	return nil
}

// sweep forgets what has expired; the caller holds mu.
func (l *Local) sweep(now time.Time) {
	if now.Sub(l.swept) < sweepEvery {
		return
	}
	l.swept = now
	for name, set := range l.sets {
		for m, p := range set {
			if !p.until.After(now) {
				delete(set, m)
			}
		}
		if len(set) == 0 {
			delete(l.sets, name)
		}
	}
	for name, held := range l.leases {
		if !held.until.After(now) {
			delete(l.leases, name)
		}
	}
}

// Dropped implements Bus.
func (l *Local) Dropped() uint64 { return l.hub.dropped.Load() }

// Ping implements Bus.
func (l *Local) Ping(ctx context.Context) error { return ctx.Err() }

// Close implements Bus.
func (l *Local) Close() error {
	l.hub.close()
	return nil
}
