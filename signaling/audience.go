package signaling

import (
	"slices"
	"time"

	"yilian/signaling/protocol"
)

// audience is what the room was told of its listeners.
type audience struct {
	told int
	next time.Time // when it may be told again
}

const audienceEvery = time.Second

func (r *roomState) listeners() (n int) {
	for _, s := range r.seats {
		if s.who.Listener {
			n++
		}
	}
	return n
}

// announceAudience tells how many listen, but not more often than once a second: a lecture fills within one.
func (r *roomState) announceAudience() {
	n := r.listeners()
	if n == r.audience.told || r.now.Before(r.audience.next) {
		return
	}
	r.audience = audience{told: n, next: r.now.Add(audienceEvery)}
	r.tellOthers(nil, protocol.Audience{Count: n})
}

// dismiss sends every listener away: the lecture is over, the consult goes on. A ticket or token from before does not bring them back.
func (r *roomState) dismiss() {
	r.dismissed = r.now
	for _, s := range slices.Clone(r.seats) {
		if s.who.Listener {
			r.leave(s, "removed", "dismissed", protocol.Bye{Reason: "ended", Detail: "dismissed"}, protocol.CloseEnded)
		}
	}
}

func (r *roomState) isDismissed(who claims) bool {
	return !r.dismissed.IsZero() && who.Issued <= r.dismissed.UnixMilli()
}

// DismissAudience sends the listeners of a room away, and voids their tickets and resume tokens; a new ticket lets one in again. A room that is not there is no
// error: nobody listens in it.
func (s *Server) DismissAudience(name string) {
	s.mu.Lock()
	r := s.rooms[name]
	s.mu.Unlock()
	if r != nil {
		r.inbox.post(dismiss{})
	}
}
