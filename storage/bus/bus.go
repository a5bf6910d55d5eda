// Package bus carries what may be lost: hints between processes and pages, who is present, and which node holds what for a while.
// It keeps no record: when it loses everything, work goes on from the store.
//
// One process alone uses Local; several join through Redis.
package bus

import (
	"context"
	"log/slog"
	"time"

	"yilian"
)

// Bus is what both kinds offer. All methods are safe for concurrent use and end early with ctx. When the other side cannot be
// reached they answer an Unavailable yilian.Error.
type Bus interface {
	// Publish tells all present subscribers of a topic, in every process. It does not wait for them.
	Publish(ctx context.Context, topic string, data []byte) error
	// Subscribe answers what is published from now on, in the order of each publisher, until ctx ends; then the channel is closed.
	// A subscriber that falls more than Buffer messages behind loses the oldest ones. Nobody changes the bytes of a message.
	// After an interruption the subscription returns by itself; what was published meanwhile is lost, and the topic Gap tells so.
	Subscribe(ctx context.Context, topic string) (<-chan []byte, error)

	// Touch says that member is in set until ttl has passed, or until the next Touch or Remove. data may be nil.
	Touch(ctx context.Context, set, member string, data []byte, ttl time.Duration) error
	// Members answers who is in set now, with their data.
	Members(ctx context.Context, set string) (map[string][]byte, error)
	Remove(ctx context.Context, set, member string) error

	// Acquire takes the lease of a name for ttl if nobody holds it, or prolongs it if owner holds it already. It answers who holds
	// it now (owner itself, or somebody else) and that holder's fence: a number that grows with each new holder of the name. Who
	// writes under a lease hands the fence along, and a write with a lower fence than one seen before is refused there.
	Acquire(ctx context.Context, name, owner string, ttl time.Duration) (fence int64, holder string, err error)
	// Renew prolongs a lease; a Conflict yilian.Error if it was lost.
	Renew(ctx context.Context, name, owner string, fence int64, ttl time.Duration) error
	// Release gives a lease back; no error if it was lost already.
	Release(ctx context.Context, name, owner string, fence int64) error

	// Dropped counts the messages that slow subscribers of this process have lost.
	Dropped() uint64
	// Ping answers nil if the bus works now.
	Ping(ctx context.Context) error
	// Close ends all subscriptions and waits for what runs inside.
	Close() error
}

const (
	// Buffer is how many messages a subscriber may fall behind.
	Buffer = 256
	// Gap is a topic that the bus itself publishes on, with empty messages, when messages may have been lost.
	Gap = "bus.gap"
)

// Open opens the bus that a setting names: a Redis URL, or "" for this process alone.
func Open(ctx context.Context, url string, log *slog.Logger) (Bus, error) {
	if url == "" {
		return NewLocal(), nil
	}
	return NewRedis(ctx, url, log)
}

func errLost() error {
	return yilian.Errorf(yilian.Conflict, "lease.lost", "The lease was lost.")
}
