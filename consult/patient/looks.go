package patient

import (
	"sync"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Looks remembers for a while who has opened what, so that a page that fetches the same thing again and again makes one entry in
// the trail. It is safe for concurrent use.
type Looks struct {
	now    func() time.Time
	window time.Duration

	mu   sync.Mutex // guards seen
	seen map[look]time.Time
}

type look struct {
	person  yilian.PersonID
	session string
	flow.Ref
}

// LookWindow is how long one entry in the trail speaks for further looks of the same person in the same session.
const LookWindow = 15 * time.Minute

// maxLooks bounds the memory; what is forgotten is written once more.
const maxLooks = 10000

// NewLooks makes an empty memory.
func NewLooks(now func() time.Time) *Looks {
	return &Looks{now: now, window: LookWindow, seen: map[look]time.Time{}}
}

// Due tells whether this look has to be written, and takes it as written.
func (l *Looks) Due(actor yilian.Actor, ref flow.Ref) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, now := look{actor.Person, actor.Session, ref}, l.now()
	if at, ok := l.seen[key]; ok && now.Sub(at) < l.window {
		return false
	}
	if len(l.seen) >= maxLooks {
		clear(l.seen)
	}
	l.seen[key] = now
	return true
}
