package signaling

import (
	"time"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// relink works out anew how a seat is connected, and tells when that has changed.
func (r *roomState) relink(s *seat) {
	link, reason := linkOf(s.socket != 0, s.everLive, s.transport, s.quality.degraded)
	if link == s.link && reason == s.reason {
		return
	}
	was := s.link
	s.link, s.reason = link, reason
	if link == was { // only the reason is another one
		if link == protocol.LinkDegraded {
			r.record(s, Event{Type: EventDegraded, Reason: reason})
		}
		return
	}
	if link == protocol.LinkInterrupted {
		s.since, s.until = r.now, r.now.Add(s.who.grace())
		s.quality = quality{}
		r.record(s, Event{Type: EventInterrupted, Reason: reason, Grace: s.who.grace()})
	} else {
		r.relinked(s, was, link, reason)
	}
	r.changed(s)
}

// relinked records what a link that is not interrupted means after what it was.
func (r *roomState) relinked(s *seat, was, link, reason string) {
	s.until = time.Time{}
	if link == protocol.LinkConnecting {
		return
	}
	if was == protocol.LinkInterrupted && s.everLive {
		r.record(s, Event{Type: EventResumed, Since: s.since.UTC()})
	} else if link == protocol.LinkLive {
		r.record(s, Event{Type: EventLive})
	}
	if link == protocol.LinkDegraded {
		r.record(s, Event{Type: EventDegraded, Reason: reason})
	}
	if s.transport == sfu.Connected {
		s.everLive, s.connect = true, time.Time{}
	}
}

// expire does what time alone brings about.
func (r *roomState) expire() {
	if due := r.due(); due.IsZero() || r.now.Before(due) {
		return
	}
	if !r.closes.IsZero() && !r.now.Before(r.closes) {
		r.shut(shut{reason: "over"})
		return
	}
	r.expireLobby()
	for _, s := range append([]*seat(nil), r.seats...) {
		if !s.connect.IsZero() && !r.now.Before(s.connect) {
			s.connect = time.Time{}
			r.record(s, Event{Type: EventFailed, Reason: "connect", Since: s.joined.UTC()})
		}
		if s.until.IsZero() || r.now.Before(s.until) {
			continue
		}
		s.until = time.Time{}
		if s.socket != 0 { // still present, only without media
			r.record(s, Event{Type: EventFailed, Reason: "media", Since: s.since.UTC()})
			r.changed(s)
			continue
		}
		r.record(s, Event{Type: EventFailed, Reason: "lost", Since: s.since.UTC()})
		r.leave(s, "lost", "lost", protocol.Bye{Reason: "lost"}, protocol.CloseGone)
	}
	if !r.empty.IsZero() && !r.now.Before(r.empty.Add(linger)) {
		r.finish("empty", nil)
	}
}

// leave removes a seat. told is what the others learn, reason what is recorded.
func (r *roomState) leave(s *seat, told, reason string, bye protocol.Bye, code int) {
	if s.socket != 0 {
		r.do(send{s.socket, bye})
		r.do(hangUp{s.socket, code, bye.Reason})
	}
	r.do(removeMedia{s.who.Person})
	for i, other := range r.seats {
		if other == s {
			r.seats = append(r.seats[:i:i], r.seats[i+1:]...)
			break
		}
	}
	r.remember(s, false)
	r.record(s, Event{Type: EventLeft, Reason: reason})
	if s.listed() {
		r.tellOthers(s, protocol.Left{ID: string(s.who.Person), Reason: told})
	}
	if r.presenter == s.who.Person {
		r.makePresenter("")
	}
	if r.speaker == s.who.Person {
		r.speaks("")
	}
	r.recordingWithout()
	r.rest()
}

// rest notes since when nobody is here.
func (r *roomState) rest() {
	if len(r.seats) == 0 && len(r.lobby) == 0 {
		r.empty = r.now
	}
}

// shut ends the room for everybody.
func (r *roomState) shut(in shut) {
	bye, code, left := protocol.Bye{Reason: "ended", Detail: in.reason}, protocol.CloseEnded, "ended"
	if in.restart > 0 {
		bye = protocol.Bye{Reason: "restart", AfterMS: in.restart.Milliseconds()}
		code, left = protocol.CloseRestart, "" // they will be back: nobody has left
	}
	for _, s := range r.seats {
		if s.socket != 0 {
			r.do(send{s.socket, bye})
			r.do(hangUp{s.socket, code, bye.Reason})
		}
		r.do(removeMedia{s.who.Person})
		if left != "" {
			r.record(s, Event{Type: EventLeft, Reason: left, By: in.by})
		}
	}
	r.seats = nil
	r.shutLobby(bye, code)
	reason := in.reason
	if in.restart > 0 {
		reason = "stopping"
	}
	r.finish(reason, in.done)
}

func (r *roomState) finish(reason string, done chan struct{}) {
	r.ended = true
	r.endRecording("", reason)
	r.record(nil, Event{Type: EventClosed, Reason: reason})
	r.do(end{done})
}

// due gives the next moment at which step must be called even if nothing happens; zero for never.
func (r *roomState) due() time.Time {
	var next time.Time
	if !r.empty.IsZero() {
		next = r.empty.Add(linger)
	}
	earlier := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	earlier(r.closes)
	for _, s := range r.seats {
		earlier(s.due())
	}
	for _, s := range r.lobby {
		earlier(s.until)
	}
	if r.audience.told != r.listeners() {
		earlier(r.audience.next)
	}
	return next
}
