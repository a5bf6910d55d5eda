package queue

import (
	"context"
	"encoding/json"
	"time"

	"yilian"
)

// State is where a job stands. A waiting job with a lease is being worked on.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Done      State = "done"
	Dead      State = "dead"      // given up; somebody must look
	Cancelled State = "cancelled" // somebody decided so
)

// Priority is the order within a lane, the smallest first; between equals the oldest goes first.
type Priority int

// The priorities in use.
const (
	Stat    Priority = 0
	Urgent  Priority = 3
	Routine Priority = 6
	Bulk    Priority = 9
)

// Order is what is to be done. Kind, Key and Lane are needed.
type Order struct {
	Kind string // which handler does it
	Key  string // unique within the kind; ordering again under the same key changes the job instead of making another
	// Rev tells what the order is about in its present form. The same Rev again changes nothing, whatever became of the job. Another
	// one makes it wait anew with the new content; if it is being worked on, it runs once more afterwards.
	Rev       string
	Lane      string
	About     string // two jobs of a lane about the same thing never run side by side; "": nothing in particular
	Priority  Priority
	NotBefore time.Time
	Doc       json.RawMessage // at most MaxDoc bytes
}

// MaxDoc bounds what a job carries.
const MaxDoc = 8 << 20

// Job is an order and what became of it.
type Job struct {
	Order
	ID       string
	State    State
	Attempts int       // that counted, since Queued
	Failure  Failure   // the last one; zero when there was none since Queued
	Created  time.Time // of the job
	Queued   time.Time // when it began to wait, first or anew
	Changed  time.Time
	Running  bool   // somebody has it in hand now
	Node     string // who has, or had it last
}

// Failure says why something did not work.
type Failure struct {
	Code string `json:"code,omitempty"` // stable, for translation: "forward.refused"
	Text string `json:"text,omitempty"` // English, without patient data
}

// Claim is a job in hand. Its token proves it: whatever is done with a claim that another has taken over answers ErrLost.
type Claim struct {
	Job
	Token string
	// Failures is how often in a row the lane was held before; this claim is a probe if it is not 0.
	Failures int
}

// Take says what to claim.
type Take struct {
	Lane  string
	Limit int // jobs of the lane in hand at the same time, on all nodes
	Kinds []string
	Node  string
	Lease time.Duration
}

// Return says how a job goes back.
type Return struct {
	At      time.Time // not before
	Counted bool      // it used up an attempt
	Failure Failure
	Hold    time.Time // nobody takes a job of this lane before; zero: no hold
}

// Filter chooses jobs. The zero Filter is all of them.
type Filter struct {
	State State
	Lane  string
	Kind  string
	About string
	After string // cursor
	Limit int    // 0: 100; at most 1000
}

// Count is how many jobs of a lane are in a state. Jobs that are done are not counted.
type Count struct {
	Lane    string
	State   State
	Jobs    int64
	Running int64     // of those that wait
	Oldest  time.Time // Queued of the oldest
}

// Hold is a lane that is held, or was when it was last tried.
type Hold struct {
	Lane     string
	Until    time.Time
	Failures int
	Failure  Failure
	Since    time.Time // of the first failure in a row
}

// Lasting begins the scopes whose marks Sweep leaves alone.
const Lasting = "lasting/"

// Store remembers jobs. All methods are safe for concurrent use, on any number of nodes; what they did is durable when they
// return nil, and after an error the outcome may be unknown. Methods that take a Claim answer ErrLost when it is not theirs any
// more. Times come from the caller, so that tests can pass them.
type Store interface {
	// Put places orders in one transaction, see Order.Rev, and answers for each whether anything is to be done now that was not
	// before.
	Put(ctx context.Context, now time.Time, orders ...Order) (fresh []bool, err error)
	// Lanes answers the lanes in which something of these kinds can be claimed now.
	Lanes(ctx context.Context, now time.Time, kinds []string) ([]string, error)
	// Take claims the next job of a lane, or answers false.
	Take(ctx context.Context, now time.Time, t Take) (Claim, bool, error)
	// Recover ends the leases of a node that has started again: it has nothing in hand.
	Recover(ctx context.Context, node string) error
	// Extend lengthens the lease.
	Extend(ctx context.Context, now time.Time, c Claim, lease time.Duration) error
	// Done ends a job and the hold of its lane. It answers true if it must run once more, because a new order came meanwhile.
	Done(ctx context.Context, now time.Time, c Claim) (again bool, err error)
	// Return gives a job back to wait.
	Return(ctx context.Context, now time.Time, c Claim, r Return) error
	// Bury gives a job up. A new order that came meanwhile makes it wait again all the same.
	Bury(ctx context.Context, now time.Time, c Claim, f Failure) error

	// Mark notes items of a scope as finished, for good: a job that runs again leaves them out. It also ends the hold of the lane.
	Mark(ctx context.Context, now time.Time, c Claim, scope string, items []string) error
	// Marked answers the items of a scope that are finished.
	Marked(ctx context.Context, scope string) (map[string]bool, error)
	// Overtaken tells whether a more urgent job of the same lane waits and could be claimed now.
	Overtaken(ctx context.Context, now time.Time, c Claim) (bool, error)

	// Job answers one job, or NotFound.
	Job(ctx context.Context, id string) (Job, error)
	// List answers one page, without the documents: what waits in the order of its turn, all else newest first.
	List(ctx context.Context, now time.Time, f Filter) (page []Job, next string, err error)
	// Counts answers how much there is in each lane that is not done, and Holds the lanes that are held.
	Counts(ctx context.Context, now time.Time) ([]Count, error)
	Holds(ctx context.Context) ([]Hold, error)
	// Replay lets dead and cancelled jobs wait again with all their attempts; Cancel ends jobs that wait (also those in somebody's
	// hand, who then learns ErrLost) or are dead. Both answer how many they changed, at most Limit of the filter; ids, unless
	// empty, restrict it.
	Replay(ctx context.Context, now time.Time, f Filter, ids ...string) (int64, error)
	Cancel(ctx context.Context, now time.Time, f Filter, ids ...string) (int64, error)
	// Release ends the hold of a lane: it is tried at once.
	Release(ctx context.Context, lane string) error
	// Sweep forgets up to limit jobs that were done or cancelled before a moment, and the marks that were set before it, but for
	// those in Lasting scopes.
	Sweep(ctx context.Context, before time.Time, limit int) (int64, error)
}

// ErrLost: the job is another's now, or was cancelled.
var ErrLost = yilian.Errorf(yilian.Conflict, "queue.lost", "This job is in other hands now.")
