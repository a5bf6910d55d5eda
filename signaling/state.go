package signaling

import (
	"encoding/json"
	"slices"
	"time"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// roomState is all that a room remembers, and its rules: step takes one input at a time of day and gives the effects. It does no I/O and
// knows no clock.
type roomState struct {
	name      string
	maxPeople int
	resume    func(*seat) string // makes a resume token
	ice       func(yilian.PersonID) []ICEServer

	now     time.Time
	seats   []*seat // in order of arrival
	former  map[yilian.PersonID]formerSeat
	chat    []protocol.Chat
	lastSeq int64
	shared  []protocol.Shared // kept values, oldest topic first
	empty   time.Time         // since when nobody is here; zero while somebody is
	ended   bool
	out     []any
}

// formerSeat is what is remembered of a person whose seat is gone.
type formerSeat struct{ leg int }

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
		if s := r.bySocket(in.socket); s != nil {
			s.socket = 0
			r.relink(s)
		}
	case answered:
		r.answered(in)
	case media:
		r.media(in.Event)
	case sampled:
		r.sampled(in.samples)
	case tick:
	case shut:
		r.shut(in)
		return r.out
	}
	r.expire()
	return r.out
}

func (r *roomState) do(effect any) { r.out = append(r.out, effect) }

func (r *roomState) tell(s *seat, m protocol.Message) {
	if s.socket != 0 {
		r.do(send{s.socket, m})
	}
}

func (r *roomState) tellOthers(not *seat, m protocol.Message) {
	for _, s := range r.seats {
		if s != not {
			r.tell(s, m)
		}
	}
}

func (r *roomState) record(s *seat, e Event) {
	e.Room, e.At = r.name, r.now.UTC()
	if s != nil {
		e.Person, e.Name, e.Role, e.Institution = s.who.Person, s.who.Name, s.who.Role, s.who.Institution
		e.Device, e.Leg = s.device, s.leg
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
	problemFull  = protocol.Problem{Code: "full", Text: "The room has no seat left."}
)

// enter seats a person, or finds the seat again.
func (r *roomState) enter(in enter) {
	s := r.byPerson(in.who.Person)
	if in.resume {
		if s == nil && r.isFormer(in.who.Person) {
			r.refuse(in.socket, problemGone, protocol.CloseGone)
			return
		}
		if s != nil && in.who.Leg < s.leg {
			r.refuse(in.socket, problemMoved, protocol.CloseMoved)
			return
		}
	}
	if s == nil && len(r.seats) >= r.maxPeople {
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
		s = r.newSeat(in)
	}
	r.welcome(s, in, resumed)
	if in.hello.Offer != nil {
		r.offer(s, *in.hello.Offer)
	}
	r.relink(s)
}

func (r *roomState) isFormer(p yilian.PersonID) bool { _, ok := r.former[p]; return ok }

func (r *roomState) newSeat(in enter) *seat {
	s := &seat{
		who: in.who, socket: in.socket, device: in.hello.Device, joined: r.now,
		leg:  max(in.who.Leg, r.former[in.who.Person].leg+1),
		link: protocol.LinkConnecting,
	}
	if s.who.CanSend {
		s.connect = r.now.Add(connectWithin)
	}
	if len(r.seats) == 0 && r.empty.IsZero() {
		r.record(nil, Event{Type: EventOpened})
	}
	r.empty = time.Time{}
	delete(r.former, in.who.Person)
	r.seats = append(r.seats, s)
	reason := ""
	if in.resume {
		reason = "restart" // the seat was made by a process before this one
	}
	r.record(s, Event{Type: EventJoined, Reason: reason})
	r.tellOthers(s, protocol.Joined{Participant: s.participant()})
	return s
}

// takeOver gives the seat to another device of the same person.
func (r *roomState) takeOver(s *seat, in enter) {
	if s.socket != 0 {
		r.do(send{s.socket, protocol.Bye{Reason: "moved"}})
		r.do(hangUp{s.socket, protocol.CloseMoved, "moved"})
	}
	r.do(removeMedia{s.who.Person})
	s.who, s.socket, s.device, s.on = in.who, in.socket, in.hello.Device, protocol.State{}
	s.leg++
	s.gen, s.transport, s.answering, s.waiting, s.slots, s.want = 0, "", nil, nil, nil, sfu.Wanted{}
	s.everLive, s.quality, s.line, s.paused, s.report = false, quality{}, protocol.Line{}, false, nil
	if s.who.CanSend {
		s.connect = r.now.Add(connectWithin)
	}
	r.record(s, Event{Type: EventMoved})
}

func (r *roomState) welcome(s *seat, in enter, resumed bool) {
	w := protocol.Welcome{
		Version: protocol.Version, You: string(s.who.Person), Room: r.name, CanSend: s.who.CanSend,
		Resume: r.resume(s), GraceMS: s.who.GraceMS, Resumed: resumed, Gen: s.gen,
		Participants: []protocol.Participant{}, Chat: []protocol.Chat{}, Shared: slices.Clone(r.shared),
		ICE: r.ice(s.who.Person), Now: r.now.UTC(),
	}
	for _, other := range r.seats {
		w.Participants = append(w.Participants, other.participant())
	}
	for _, line := range r.chat {
		if line.Seq > in.hello.ChatAfter {
			w.Chat = append(w.Chat, line)
		}
	}
	r.tell(s, w)
}

// received handles a message of somebody who has a seat.
func (r *roomState) received(in received) {
	s := r.bySocket(in.socket)
	if s == nil {
		return // the seat was taken over while the message was under way
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
		s.on = *m
		r.tellOthers(s, protocol.Changed{Participant: s.participant()})
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
	}
}

func (r *roomState) offer(s *seat, o protocol.Offer) {
	problem := protocol.Problem{Re: "offer"}
	switch {
	case s.answering != nil:
		problem.Code, problem.Text = "offer-pending", "The offer before is still being answered."
	case o.Gen < s.gen:
		problem.Code, problem.Text = "offer", "The offer is for an older transport."
	}
	if problem.Code != "" {
		r.tell(s, problem)
		return
	}
	if o.Gen > s.gen {
		s.gen, s.transport, s.slots, s.want, s.waiting = o.Gen, sfu.Connecting, nil, sfu.Wanted{}, nil
	}
	s.answering = &o
	r.do(negotiate{person: s.who.Person, leg: s.leg, canSend: s.who.CanSend, offer: o})
	r.relink(s)
}

func (r *roomState) answered(in answered) {
	s := r.byPerson(in.person)
	if s == nil || s.leg != in.leg || s.answering == nil || s.answering.Gen != in.gen {
		return
	}
	s.answering = nil
	if in.err != nil {
		r.tell(s, protocol.Problem{Code: "offer", Text: in.err.Error(), Re: "offer"})
		return
	}
	r.tell(s, protocol.Answer{Gen: in.gen, SDP: in.sdp, Slots: slotsOf(s.slots), Want: protocol.Want(s.want)})
	for _, c := range s.waiting {
		r.do(trickle{s.who.Person, c})
	}
	s.waiting = nil
}

const maxWaiting = 64 // candidates of one offer

func (r *roomState) candidate(s *seat, c protocol.Candidate) {
	switch {
	case c.Gen != s.gen:
		r.tell(s, protocol.Problem{Code: "no-transport", Text: "There is no transport of this generation.", Re: "candidate"})
	case s.answering == nil:
		r.do(trickle{s.who.Person, c})
	case len(s.waiting) < maxWaiting:
		s.waiting = append(s.waiting, c)
	}
}

func (r *roomState) say(s *seat, m protocol.Say) {
	for _, line := range r.chat {
		if line.From == string(s.who.Person) && line.Ref == m.Ref {
			r.tell(s, line)
			return
		}
	}
	r.lastSeq++
	line := protocol.Chat{
		Seq: r.lastSeq, From: string(s.who.Person), Name: s.who.Name, Ref: m.Ref, Text: m.Text, At: r.now.UTC(),
	}
	r.chat = append(r.chat, line)
	if len(r.chat) > protocol.MaxHistory {
		r.chat = slices.Delete(r.chat, 0, 1)
	}
	r.record(s, Event{Type: EventChat, Chat: &line})
	r.tellOthers(nil, line)
}

func (r *roomState) share(s *seat, m protocol.Share) {
	v := protocol.Shared{Topic: m.Topic, From: string(s.who.Person), Keep: m.Keep, Data: m.Data}
	if m.Keep && !r.keep(v) {
		r.tell(s, protocol.Problem{Code: "limit", Text: "The room keeps no more topics.", Re: "share"})
		return
	}
	if m.To == "" {
		r.tellOthers(s, v)
	} else if other := r.byPerson(yilian.PersonID(m.To)); other != nil && other != s {
		r.tell(other, v)
	}
}

// keep remembers the last value of a topic; null forgets it.
func (r *roomState) keep(v protocol.Shared) bool {
	at := slices.IndexFunc(r.shared, func(o protocol.Shared) bool { return o.Topic == v.Topic })
	if string(v.Data) == "null" {
		if at >= 0 {
			r.shared = slices.Delete(r.shared, at, at+1)
		}
		return true
	}
	v.Data = slices.Clone(json.RawMessage(v.Data))
	if at >= 0 {
		r.shared[at] = v
		return true
	}
	if len(r.shared) >= protocol.MaxTopics {
		return false
	}
	r.shared = append(r.shared, v)
	return true
}

// media takes news of the forwarder.
func (r *roomState) media(e sfu.Event) {
	s := r.byPerson(yilian.PersonID(e.Peer))
	if s == nil || s.gen != e.Gen {
		return
	}
	if e.Slots != nil {
		s.slots, s.want = e.Slots, e.Want
		if s.answering == nil { // else it goes with the answer
			r.tell(s, s.slotsMessage())
		}
		return
	}
	s.transport = e.State
	r.relink(s)
}

func (s *seat) slotsMessage() protocol.Slots {
	return protocol.Slots{Gen: s.gen, Slots: slotsOf(s.slots), Want: protocol.Want(s.want)}
}

func slotsOf(slots []sfu.Slot) []protocol.Slot {
	out := make([]protocol.Slot, len(slots))
	for i, s := range slots {
		out[i] = protocol.Slot{Mid: s.Mid, From: s.From, Source: s.Source, Paused: s.Paused}
	}
	return out
}

// sampled takes the figures of every line.
func (r *roomState) sampled(samples []sfu.Sample) {
	var all protocol.Quality
	for _, sample := range samples {
		s := r.byPerson(yilian.PersonID(sample.Peer))
		if s == nil || s.gen != sample.Gen || s.transport != sfu.Connected {
			continue
		}
		s.line, s.paused = lineOf(sample), sample.Paused
		s.quality = s.quality.next(s.line.Grade, s.paused)
		all.Lines = append(all.Lines, s.line)
		r.record(s, Event{Type: EventQuality, Quality: &Sample{Line: s.line, VideoPaused: s.paused, Client: s.report}})
		s.report = nil
		r.relink(s)
	}
	if len(all.Lines) > 0 {
		r.tellOthers(nil, all)
	}
}
