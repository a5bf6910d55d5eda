package signaling

import (
	"slices"
	"time"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// led are the topics of looking together in which only one leads. Pointing is everybody's who may send.
var led = []string{protocol.TopicViewer, protocol.TopicMarks, protocol.TopicStudy}

// underWay is how long something may still come from somebody who has just handed the lead on, and has not heard of it.
const underWay = 2 * time.Second

// formerLead is who led before the presenter, and until when.
type formerLead struct {
	person yilian.PersonID
	until  time.Time
}

// verdict is what happens to a shared value.
type verdict int

const (
	relayed verdict = iota
	ignored         // it came too late, which is nobody's fault
	refused
)

// judgeShare tells whether a seat may share a value. Where somebody presents, what is looked at is theirs; a kept value that the room has lost, or never had, may
// come from anybody who may send: after a restart each says again what was theirs, in any order.
func (r *roomState) judgeShare(s *seat, m protocol.Share) verdict {
	looking := slices.Contains(led, m.Topic)
	switch {
	case !looking && m.Topic != protocol.TopicPointer:
		return relayed
	case !s.who.CanSend:
		return refused
	case !looking, r.presenter == "", r.presenter == s.who.Person:
		return relayed
	case m.Keep && !r.keeps(m.Topic):
		return relayed
	case r.led.person == s.who.Person && r.now.Before(r.led.until.Add(underWay)):
		return ignored
	}
	return refused
}

// keeps tells whether a topic has a last value.
func (r *roomState) keeps(topic string) bool {
	return slices.ContainsFunc(r.shared, func(v protocol.Shared) bool { return v.Topic == topic })
}

// isLooking tells whether a topic is one of looking together.
func isLooking(topic string) bool {
	return topic == protocol.TopicPointer || slices.Contains(led, topic)
}

// counts takes note of the number of a shared value; false if a later one of the topic came before it, by another way.
func (s *seat) counts(m protocol.Share) bool {
	if m.N == 0 || !isLooking(m.Topic) {
		return true
	}
	if m.N < s.numbers[m.Topic] {
		return false
	}
	if s.numbers == nil {
		s.numbers = map[string]int64{}
	}
	s.numbers[m.Topic] = m.N
	return true
}

// relay hands a shared value on: over the data channel to whose transport is up, if the value is one of looking together, else over the socket.
func (r *roomState) relay(v protocol.Shared, to []*seat) {
	var all relay
	for _, s := range to {
		d := destination{socket: s.socket}
		if isLooking(v.Topic) && s.transport == sfu.Connected {
			d.person = s.who.Person
		}
		if d != (destination{}) {
			all.to = append(all.to, d)
		}
	}
	if len(all.to) > 0 {
		all.msg = v
		r.do(all)
	}
}

// repeatLooking tells a seat whose transport is a new one what is looked at: what was on its way in the old one may be lost.
func (r *roomState) repeatLooking(s *seat) {
	for _, v := range r.shared {
		if isLooking(v.Topic) && v.From != string(s.who.Person) {
			r.tell(s, v)
		}
	}
}

// said takes what came on a data channel: as on the socket, but only of looking together.
func (r *roomState) said(s *seat, payload []byte) {
	if !s.rate.take(r.now) {
		r.throwOut(s, refuseWith(protocol.CloseTooFast, "limit", "Too many messages."))
		return
	}
	msg, err := protocol.DecodeClient(payload)
	problem, fatal := problemOf(err)
	share, ok := msg.(*protocol.Share)
	switch {
	case fatal:
		r.throwOut(s, refuseWith(protocol.CloseBadRequest, problem.Code, problem.Text))
	case problem != nil:
		r.tell(s, *problem)
	case !ok || !isLooking(share.Topic):
		r.tell(s, notAllowed(msg.Kind(), ""))
	default:
		r.share(s, *share)
	}
}

// throwOut ends socket and transport of a peer that breaks the protocol on its data channel. The seat is kept for the grace, as with a socket.
func (r *roomState) throwOut(s *seat, why refusal) {
	if s.socket != 0 {
		r.do(send{s.socket, why.problem})
		r.do(hangUp{s.socket, why.code, why.problem.Code})
	}
	r.do(removeMedia{s.who.Person})
	s.socket, s.gen, s.transport, s.answering, s.slots, s.layers, s.rate = 0, 0, sfu.Failed, nil, nil, nil, bucket{}
	r.relink(s)
}
