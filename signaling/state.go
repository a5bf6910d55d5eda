package signaling

import (
	"time"

	"yilian"
	"yilian/signaling/protocol"
)

// roomState is all that a room remembers, and its rules: step takes one input at a time of day and gives the effects. It does no I/O and
// knows no clock.
type roomState struct {
	name         string
	maxPeople    int // who are listed
	maxListeners int
	canRecord    bool
	resume       func(*seat) string // makes a resume token
	ice          func(yilian.PersonID) []ICEServer

	now       time.Time
	opened    bool
	seats     []*seat // in order of arrival
	lobby     []*seat // who wait; nothing that is for the seats may reach them
	edition   int     // of the lobby, from 1
	presenter yilian.PersonID
	speaker   yilian.PersonID // who spoke last, if still here
	led       formerLead
	recording recordingState
	audience  audience
	dismissed time.Time // when the listeners were sent away last
	former    map[yilian.PersonID]formerSeat
	chat      []protocol.Chat
	lastSeq   int64
	shared    []protocol.Shared // kept values, oldest topic first
	empty     time.Time         // since when nobody is here; zero while somebody is
	closes    time.Time         // when it is over in any case; zero: never
	ended     bool
	out       []any
}

// formerSeat is what is remembered of a person whose seat is gone.
type formerSeat struct {
	leg     int
	removed bool // by a chair: comes back through the lobby only
}

// linger is how long an empty room keeps its chat and shared values for somebody who comes back.
const linger = time.Minute

func (r *roomState) step(now time.Time, input any) []any {
	r.now, r.out = now, nil
	if r.ended {
		return nil
	}
	switch in := input.(type) {
	case enter:
		r.enter(in)
	case received:
		r.received(in)
	case dropped:
		r.dropped(in.socket)
	case answered:
		r.answered(in)
	case media:
		r.media(in.Event)
	case sampled:
		r.sampled(in.samples)
	case recorded:
		r.recorded(in)
	case broken:
		r.broken(in)
	case dismiss:
		r.dismiss()
	case tick:
	case shut:
		r.shut(in)
		return r.out
	}
	r.expire()
	if !r.ended {
		r.announce()
	}
	return r.out
}

func (r *roomState) dropped(socket uint64) {
	if s := r.bySocket(socket); s != nil {
		s.socket = 0
		r.relink(s)
	} else if w := r.waiterBySocket(socket); w != nil {
		w.socket, w.until = 0, r.now.Add(w.who.grace())
	}
}

// announce tells what follows from the state as it is now, and has not been told.
func (r *roomState) announce() {
	r.announceLobby()
	r.announceAudience()
}

func (r *roomState) do(effect any) { r.out = append(r.out, effect) }

func (r *roomState) tell(s *seat, m protocol.Message) {
	if s.socket != 0 {
		r.do(send{s.socket, m})
	}
}

func (r *roomState) tellOthers(not *seat, m protocol.Message) {
	var sockets []uint64
	for _, s := range r.seats {
		if s != not && s.socket != 0 {
			sockets = append(sockets, s.socket)
		}
	}
	if len(sockets) > 0 {
		r.do(sendAll{sockets, m})
	}
}

// changed tells everybody how a participant is now.
func (r *roomState) changed(s *seat) {
	if s.listed() {
		r.tellOthers(nil, protocol.Changed{Participant: s.participant()})
	}
}

func (r *roomState) record(s *seat, e Event) {
	e.Room, e.At = r.name, r.now.UTC()
	if s != nil {
		e.Person, e.Name, e.Role, e.Institution = s.who.Person, s.who.Name, s.who.Role, s.who.Institution
		e.Device, e.Leg, e.Guest, e.Listener = s.device, s.leg, s.who.Guest, s.who.Listener
	}
	r.do(observe{e})
}

func (r *roomState) bySocket(socket uint64) *seat {
	for _, s := range r.seats {
		if s.socket == socket && socket != 0 {
			return s
		}
	}
	return nil
}

func (r *roomState) byPerson(p yilian.PersonID) *seat {
	for _, s := range r.seats {
		if s.who.Person == p {
			return s
		}
	}
	return nil
}

// refuse ends a socket that has no seat.
func (r *roomState) refuse(socket uint64, p protocol.Problem, code int) {
	p.Fatal, p.Re = true, "hello"
	r.do(send{socket, p})
	r.do(hangUp{socket, code, p.Code})
}

var (
	problemGone  = protocol.Problem{Code: "gone", Text: "The seat is no longer kept. Open the call again."}
	problemMoved = protocol.Problem{Code: "moved", Text: "The call goes on on another device of yours."}
	problemUsed  = protocol.Problem{Code: "ticket", Text: "The ticket was used already. Open the call again."}
	problemFull  = protocol.Problem{Code: "full", Text: "The room has no seat left."}
)

// received handles a message of somebody who has a seat.
func (r *roomState) received(in received) {
	s := r.bySocket(in.socket)
	if s == nil {
		if w := r.waiterBySocket(in.socket); w != nil {
			r.receivedFromLobby(w, in.msg)
		}
		return // or the seat was taken over while the message was under way
	}
	switch m := in.msg.(type) {
	case *protocol.Hello:
		r.do(send{s.socket, protocol.Problem{Code: "hello-first", Text: "Hello is said once.", Re: "hello", Fatal: true}})
		r.do(hangUp{s.socket, protocol.CloseBadRequest, "second hello"})
	case *protocol.Offer:
		r.offer(s, *m)
	case *protocol.Candidate:
		r.candidate(s, *m)
	case *protocol.State:
		r.switched(s, *m)
	case *protocol.Say:
		r.say(s, *m)
	case *protocol.Share:
		r.share(s, *m)
	case *protocol.Report:
		s.report = m
	case *protocol.Ping:
		r.tell(s, protocol.Pong{T: m.T, Now: r.now.UTC()})
	case *protocol.Leave:
		reason := m.Reason
		if reason == "" {
			reason = "left"
		}
		r.leave(s, "left", reason, protocol.Bye{Reason: "left"}, 1000)
	default:
		r.receivedOfRoom(s, in.msg)
	}
}

// receivedOfRoom handles what has to do with chair, presenter, tiles and recording.
func (r *roomState) receivedOfRoom(s *seat, m protocol.Message) {
	switch m := m.(type) {
	case *protocol.Views:
		r.do(view{s.who.Person, m.Views})
	case *protocol.Control:
		r.control(s, *m)
	case *protocol.Present:
		r.present(s, m.On)
	case *protocol.Record:
		r.askToRecord(s, m.On)
	case *protocol.Consent:
		r.consent(s, m.Recording)
	case *protocol.Mark:
		r.mark(s, m.Text)
	}
}
