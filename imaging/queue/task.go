package queue

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Task is a job in a handler's hand. Its methods are for one goroutine.
type Task struct {
	Claim
	store  Store
	now    func() time.Time
	cancel func(error)
	looked time.Time // when Overtaken asked last

	mu      sync.Mutex
	pending map[string][]string // guarded by mu: scope → items not yet written
	err     error               // guarded by mu: the first failed write
	writing bool                // guarded by mu
	idle    *sync.Cond          // on mu: writing ended
}

// Marked answers the items of a scope that are finished.
func (t *Task) Marked(ctx context.Context, scope string) (map[string]bool, error) {
	return t.store.Marked(ctx, scope)
}

// Mark notes an item as finished and does not wait until that is durable: what comes in while one write is under way goes into the
// next. So a crash forgets no more than the last few, and nobody waits for the disk. Flush waits.
func (t *Task) Mark(scope, item string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle == nil {
		t.idle = sync.NewCond(&t.mu)
		t.pending = map[string][]string{}
	}
	t.pending[scope] = append(t.pending[scope], item)
	if !t.writing {
		t.writing = true
		go t.write()
	}
}

// write writes until nothing is pending.
func (t *Task) write() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.pending) > 0 && t.err == nil {
		batch := t.pending
		t.pending = map[string][]string{}
		t.mu.Unlock()
		err := t.writeBatch(batch)
		t.mu.Lock()
		if err != nil {
			t.err = err
			if errors.Is(err, ErrLost) {
				t.cancel(ErrLost)
			}
		}
	}
	t.writing = false
	t.idle.Broadcast()
}

func (t *Task) writeBatch(batch map[string][]string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for scope, items := range batch {
		if err := t.store.Mark(ctx, t.now(), t.Claim, scope, items); err != nil {
			return err
		}
	}
	return nil
}

// Flush waits until everything marked is durable, and tells whether it is. The end of a handler flushes.
func (t *Task) Flush(context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.writing {
		t.idle.Wait()
	}
	return t.err
}

// lookEvery is how often Overtaken asks the store.
const lookEvery = 2 * time.Second

// Overtaken tells whether a more urgent job of the lane waits: the handler returns ErrYield when it can go on later. It is cheap
// to ask often.
func (t *Task) Overtaken(ctx context.Context) bool {
	now := t.now()
	if now.Sub(t.looked) < lookEvery {
		return false
	}
	t.looked = now
	over, err := t.store.Overtaken(ctx, now, t.Claim)
	return err == nil && over
}
