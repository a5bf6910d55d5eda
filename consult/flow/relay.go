package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// Publisher tells other processes and pages; storage/bus implements it. A lost message is a page that is late, never a lost record.
type Publisher interface {
	Publish(ctx context.Context, topic string, data []byte) error
}

// Changed is the bus topic on which the relay publishes every message, as JSON.
const Changed = "changed"

// Relay empties the outbox: each message goes to the handlers of its topic (at least once: they are idempotent), then to the
// bus, then it is marked delivered. Any number of nodes may run a Relay on the same store.
type Relay struct {
	store    Store
	bus      Publisher
	log      *slog.Logger
	now      func() time.Time
	handlers map[string][]func(context.Context, Message) error // fixed before Run
	wake     chan struct{}
}

const (
	relayPoll  = 200 * time.Millisecond // how late a message written by another node may be seen
	relayLease = 30 * time.Second
	relayBatch = 128
	hintTries  = 5 // then a hint that the bus does not take is given up: pages look again by themselves
)

// NewRelay makes a relay from store to bus; register handlers, then Run.
func NewRelay(store Store, bus Publisher, log *slog.Logger) *Relay {
	return &Relay{
		store: store, bus: bus, log: log, now: time.Now, wake: make(chan struct{}, 1),
		handlers: map[string][]func(context.Context, Message) error{},
	}
}

// Handle adds a durable handler for a topic. Call it before Run. A handler that fails is called again later, and so are its fellows.
func (r *Relay) Handle(topic string, fn func(context.Context, Message) error) {
	r.handlers[topic] = append(r.handlers[topic], fn)
}

// Wake makes the relay look at once; it never blocks.
func (r *Relay) Wake() { nudge(r.wake) }

// Run works until ctx ends, and returns when no handler runs any more.
func (r *Relay) Run(ctx context.Context) error {
	for {
		n, err := r.Deliver(ctx, r.now())
		if err != nil {
			logUnlessOver(ctx, r.log, "outbox", err)
		}
		wait := relayPoll
		if err == nil && n == relayBatch {
			wait = 0
		}
		if !sleep(ctx, r.wake, wait) {
			return nil
		}
	}
}

// Deliver delivers one batch and answers how many messages it held. Run calls it; a test may step with it instead.
func (r *Relay) Deliver(ctx context.Context, now time.Time) (int, error) {
	msgs, err := r.store.ClaimMessages(ctx, now, relayBatch, relayLease)
	if err != nil {
		return 0, fmt.Errorf("claim: %w", err)
	}
	var done []int64
	for _, m := range msgs {
		if err := r.deliver(ctx, m); err != nil {
			if ctx.Err() != nil {
				break
			}
			r.log.Warn("message not delivered", "topic", m.Topic, "key", m.Key, "tries", m.Attempts+1, "err", err)
			if err := r.store.Retry(ctx, m.ID, now.Add(backoff(m.Attempts+1))); err != nil {
				return len(msgs), fmt.Errorf("retry: %w", err)
			}
			continue
		}
		done = append(done, m.ID)
	}
	if len(done) == 0 {
		return len(msgs), nil
	}
	// What was told must be marked even while the program stops.
	if err := r.store.Delivered(context.WithoutCancel(ctx), done...); err != nil {
		return len(msgs), fmt.Errorf("mark delivered: %w", err)
	}
	return len(msgs), nil
}

func (r *Relay) deliver(ctx context.Context, m Message) error {
	for _, fn := range r.handlers[m.Topic] {
		if err := fn(ctx, m); err != nil {
			return fmt.Errorf("handler: %w", err)
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if err := r.bus.Publish(ctx, Changed, data); err != nil && m.Attempts < hintTries {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// Watch answers store with hooks that run after each Update that was committed: wake the relay and the clock of this node, so
// that a ring or a due-time does not wait for their next look.
func Watch(store Store, hooks ...func()) Store { return watched{store, hooks} }

type watched struct {
	Store
	hooks []func()
}

func (w watched) Update(ctx context.Context, fn func(Tx) error) error {
	if err := w.Store.Update(ctx, fn); err != nil {
		return err
	}
	for _, hook := range w.hooks {
		hook()
	}
	return nil
}
