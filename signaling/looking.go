package signaling

import (
	"slices"
	"time"

	"yilian"
	"yilian/signaling/protocol"
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
