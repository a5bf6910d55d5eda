package flow

import (
	"context"
	"time"

	"yilian"
)

// Ref names one entity: its kind ("request", "reading", "person") and identifier.
type Ref struct{ Kind, ID string }

// Record is an entity as the store keeps it: a JSON document with a version, and the keys it can be found by.
type Record struct {
	Ref
	Version int64  // 0: not stored yet. Put stores Version+1
	Doc     []byte // JSON
	Keys    []Key
}

// Key makes a Record findable: Find answers the records of one kind that carry (Name, Value), ordered by Sort, then ID.
// Sort is compared bytewise: use fixed-width text such as SortTime.
type Key struct{ Name, Value, Sort string }

// Query asks for records of Kind that carry a key Name with one of Values.
type Query struct {
	Kind, Name string
	Values     []string
	From, To   string // bounds on Sort, From inclusive, To exclusive; "" is open; Invalid if no key could be that
	Desc       bool
	After      string // cursor: the next of the page before
	Limit      int    // 0: 100; at most 1000
}

// Due is a moment at which something must happen to an entity. There is one per (Ref, Name); setting it again moves it.
type Due struct {
	Ref
	Name string
	At   time.Time
	Data []byte // JSON for the handler; may be nil
	// Token identifies this very setting. It is assigned by the store; Tx.Fire refuses an outdated one.
	Token string
}

// Message is an outbox row: "something happened to this entity". It is a hint; the truth is fetched.
// Messages of one Topic and Key that wait for delivery are coalesced into one.
type Message struct {
	ID       int64
	Topic    string // the entity kind, or a topic of its own such as "ring"
	Key      string // the entity's identifier
	Version  int64
	Audience []string // whom a push may tell: "person:ID", "institution:ID", "role:NAME"; empty is everyone signed in
	Data     []byte   // small JSON without patient data; may be nil
	Attempts int      // deliveries tried before this one

	// After is the moment before which it need not be told; zero: at once. Of messages that become one, the earlier moment counts.
	After time.Time
}

// Reader reads a consistent state.
type Reader interface {
	// Get answers a NotFound yilian.Error for an unknown entity.
	Get(Ref) (Record, error)
	// Find answers one page and the cursor of the next ("" at the end).
	Find(Query) (page []Record, next string, err error)
	// Events answers the trail of one entity, oldest first.
	Events(Ref) ([]yilian.Event, error)
}

// Tx is one read-write transaction.
type Tx interface {
	Reader
	// Put stores rec at rec.Version+1 if the stored version is rec.Version (0: it must not exist); otherwise ErrStale.
	Put(rec Record) error
	// Append adds an event to its chain (Seq, Prev, Hash, ID are assigned) and, unless msg is nil, an outbox message.
	Append(e yilian.Event, msg *Message) error
	// SetDue sets or moves a due-time; ClearDue removes it (no error if there is none).
	SetDue(Due) error
	ClearDue(ref Ref, name string) error
	// Fire removes a due-time that was claimed, in the transaction that carries out its effect. It answers ErrStale if that
	// setting was cleared, moved or fired already: then the caller does nothing.
	Fire(Due) error
	// Once binds an idempotency key to a result. The first call in any transaction stores result and answers (nil, nil);
	// later ones answer the stored result. Keys are kept for at least 48 hours.
	Once(key string, result []byte) (stored []byte, err error)
}

// Store is the memory of every workflow. Implementations are in storage/sqlstore.
//
// Update runs fn in one serialisable transaction. When it returns nil, all that fn wrote is durable; when it returns an error
// that fn returned, nothing was written. fn may run several times (contention is retried inside), so it must have no effect
// outside of tx. A lost connection at commit gives an Unavailable error with an unknown outcome: retry with the same
// idempotency key. All methods are safe for concurrent use and end early with ctx.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Reader) error) error

	// ClaimDue leases up to limit due-times whose moment is not after now and that nobody else has leased; a lease that is
	// neither fired nor cleared ends by itself and the due-time is claimed again.
	ClaimDue(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]Due, error)
	// NextDue answers the moment of the earliest due-time, or the zero time.
	NextDue(ctx context.Context) (time.Time, error)

	// ClaimMessages leases up to limit outbox messages, oldest first; Delivered removes them, Retry gives one back until a later moment.
	ClaimMessages(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]Message, error)
	Delivered(ctx context.Context, ids ...int64) error
	Retry(ctx context.Context, id int64, at time.Time) error

	// VerifyChain recomputes the hashes of a chain and answers its length, or an error that names the first entry that does not fit.
	VerifyChain(ctx context.Context, chain string) (int64, error)
}

// SortTime formats t so that bytewise order is time order (UTC, nanoseconds).
func SortTime(t time.Time) string { return t.UTC().Format("20060102T150405.000000000") }

// ErrStale: the entity has another version than the caller saw, or the due-time is not that one any more.
var ErrStale = yilian.Errorf(yilian.Conflict, "stale", "This has changed in the meantime.")
