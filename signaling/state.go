package signaling

import (
	"maps"
	"slices"
	"time"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
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

// enter seats a person, or finds the seat again.
func (r *roomState) enter(in enter) {
	if in.again && !r.repeated(&in) {
		r.refuse(in.socket, problemUsed, protocol.CloseUnauthorized)
		return
	}
	s := r.byPerson(in.who.Person)
	if in.resume {
		if s == nil && r.isFormer(in.who.Person) && r.waiter(in.who.Person) == nil {
			r.refuse(in.socket, problemGone, protocol.CloseGone)
			return
		}
		if s != nil && in.who.Leg < s.leg {
			r.refuse(in.socket, problemMoved, protocol.CloseMoved)
			return
		}
	}
	if s != nil && !in.resume && s.who.Listener != in.who.Listener && !r.full(in.who) {
		r.leave(s, "left", "moved", protocol.Bye{Reason: "moved"}, protocol.CloseMoved) // who was asked in from the audience takes a seat that the others see
		s = nil
	}
	if s == nil && r.mustWait(in) {
		r.wait(in)
		return
	}
	if s == nil && in.who.Listener && r.isDismissed(in.who) {
		r.refuse(in.socket, problemGone, protocol.CloseGone)
		return
	}
	if (s == nil || s.who.Listener != in.who.Listener) && r.full(in.who) {
		r.refuse(in.socket, problemFull, protocol.CloseFull)
		return
	}
	resumed := s != nil && in.resume
	switch {
	case resumed:
		if s.socket != 0 { // a socket of the same device that is dead and does not know it yet
			r.do(hangUp{s.socket, protocol.CloseMoved, "resumed"})
		}
		s.socket = in.socket
	case s != nil:
		r.takeOver(s, in)
	default:
		r.unwait(in.who.Person) // a ticket that need not wait
		s = r.newSeat(in)
	}
	r.welcome(s, in, resumed)
	switch offer := in.hello.Offer; {
	case offer != nil && !(in.again && s.answering != nil): // else its answer is under way
		r.offer(s, *offer)
	case resumed:
		r.catchUp(s)
	}
	r.relink(s)
}

// repeated turns a hello that is said again into a resumption of the seat, or of the place in the lobby, that it was given; false if that is no longer there.
func (r *roomState) repeated(in *enter) bool {
	of := func(s *seat) bool { return s.who.Person == in.who.Person && s.who.ID == in.who.ID }
	s := find(r.seats, of)
	if s == nil {
		s = find(r.lobby, of)
	}
	if s == nil {
		return false
	}
	in.resume, in.who.Leg = true, s.leg
	return true
}

// catchUp tells a seat on a new socket what of its transport may have changed while it had none.
func (r *roomState) catchUp(s *seat) {
	if s.gen == 0 || s.answering != nil {
		return
	}
	if s.slots != nil {
		r.tell(s, s.slotsMessage())
	}
	for _, source := range slices.Sorted(maps.Keys(s.layers)) {
		r.tell(s, s.layers[source])
	}
}

func (r *roomState) isFormer(p yilian.PersonID) bool { _, ok := r.former[p]; return ok }

// full tells whether the room has no place for one more of this sort.
func (r *roomState) full(who claims) bool {
	same := 0
	for _, s := range r.seats {
		if s.who.Listener == who.Listener {
			same++
		}
	}
	if who.Listener {
		return same >= r.maxListeners
	}
	return same >= r.maxPeople
}

// open notes that somebody is here.
func (r *roomState) open() {
	if !r.opened {
		r.opened = true
		r.record(nil, Event{Type: EventOpened})
	}
	r.empty = time.Time{}
}

func (r *roomState) newSeat(in enter) *seat {
	s := &seat{
		who: in.who, socket: in.socket, device: in.hello.Device,
		leg: max(in.who.Leg, r.former[in.who.Person].leg+1),
	}
	reason := ""
	if in.resume {
		reason = "restart" // the seat was made by a process before this one
	}
	r.sit(s, reason)
	return s
}

// sit gives a new seat its place in the room.
func (r *roomState) sit(s *seat, reason string) {
	s.joined, s.link = r.now, protocol.LinkConnecting
	if s.who.CanSend {
		s.connect = r.now.Add(connectWithin)
	}
	r.open()
	delete(r.former, s.who.Person)
	r.seats = append(r.seats, s)
	r.record(s, Event{Type: EventJoined, Reason: reason})
	if s.listed() {
		r.tellOthers(s, protocol.Joined{Participant: s.participant()})
	}
}

// takeOver gives the seat to another device of the same person.
func (r *roomState) takeOver(s *seat, in enter) {
	if s.socket != 0 {
		r.do(send{s.socket, protocol.Bye{Reason: "moved"}})
		r.do(hangUp{s.socket, protocol.CloseMoved, "moved"})
	}
	r.do(removeMedia{s.who.Person})
	in.who.Lobby = false // who was admitted once stays so
	s.who, s.socket, s.device, s.on, s.told = in.who, in.socket, in.hello.Device, protocol.State{}, 0
	s.leg++
	for _, m := range s.muted {
		m.off = false
	}
	s.gen, s.transport, s.answering, s.waiting, s.slots, s.want, s.layers = 0, "", nil, nil, nil, sfu.Wanted{}, nil
	s.numbers, s.rate = nil, bucket{}
	s.everLive, s.quality, s.line, s.paused, s.report = false, quality{}, protocol.Line{}, false, nil
	if s.who.CanSend {
		s.connect = r.now.Add(connectWithin)
	}
	r.record(s, Event{Type: EventMoved})
}

// channels are the data channels that a client may open.
var channels = []string{protocol.ChannelLooking}

func (r *roomState) welcome(s *seat, in enter, resumed bool) {
	w := protocol.Welcome{
		Version: protocol.Version, You: string(s.who.Person), Room: r.name, CanSend: s.who.CanSend,
		Resume: r.resume(s), GraceMS: s.who.GraceMS, Resumed: resumed, Gen: s.gen,
		Participants: r.participants(), Chat: r.chatAfter(in.hello.ChatAfter), Shared: slices.Clone(r.shared),
		ICE: r.ice(s.who.Person), Now: r.now.UTC(), Channels: channels,
		Chair: s.who.Chair, Listener: s.who.Listener, Audience: r.listeners(), Presenter: string(r.presenter), Speaker: string(r.speaker), Recording: r.recording.ifAny(),
	}
	if r.admits(s) && len(r.lobby) > 0 {
		w.Waiting, s.told = r.waiting(), r.edition
	}
	r.tell(s, w)
	r.remind(s)
}

// participants lists who is in, listeners left out.
func (r *roomState) participants() []protocol.Participant {
	out := []protocol.Participant{}
	for _, s := range r.seats {
		if s.listed() {
			out = append(out, s.participant())
		}
	}
	return out
}

// remind tells somebody on a new socket what they would otherwise have missed.
func (r *roomState) remind(s *seat) {
	for _, source := range slices.Sorted(maps.Keys(s.muted)) {
		r.tell(s, protocol.Muted{Source: source, By: s.muted[source].by})
	}
	r.askRecording(s)
}

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
