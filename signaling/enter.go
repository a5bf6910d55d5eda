package signaling

import (
	"maps"
	"slices"
	"time"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
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
