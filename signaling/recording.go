package signaling

import (
	"slices"
	"time"

	"yilian"
	"yilian/signaling/protocol"
)

// recordingState is how the recording of a room stands.
type recordingState struct {
	state    string // protocol.Recording…; "" is off
	since    time.Time
	by       yilian.PersonID // who asked, or ended it
	consents []protocol.Answered
	epoch    int  // counts the starts
	started  bool // startRecording was given out and not taken back
	attached bool // and its recording is there
}

// ifAny is the message for somebody who comes in; nil while it is off.
func (s *recordingState) ifAny() *protocol.Recording {
	if s.state == "" || s.state == protocol.RecordingOff {
		return nil
	}
	m := s.message()
	return &m
}

func (s *recordingState) message() protocol.Recording {
	m := protocol.Recording{State: s.state, By: string(s.by), Consents: slices.Clone(s.consents)}
	if m.Consents == nil {
		m.Consents = []protocol.Answered{}
	}
	if !s.since.IsZero() {
		since := s.since.UTC()
		m.Since = &since
	}
	return m
}

// open tells whether a recording runs or is asked for.
func (s *recordingState) open() bool {
	return s.state == protocol.RecordingAsked || s.state == protocol.RecordingOn
}

// answer gives what a person said, and whether they said anything.
func (s *recordingState) answer(p yilian.PersonID) (given, answered bool) {
	for _, c := range s.consents {
		if c.ID == string(p) {
			return c.Given, true
		}
	}
	return false, false
}

func (s *recordingState) setAnswer(p yilian.PersonID, given bool) {
	for i := range s.consents {
		if s.consents[i].ID == string(p) {
			s.consents[i].Given = given
			return
		}
	}
	s.consents = append(s.consents, protocol.Answered{ID: string(p), Given: given})
}

func (s *recordingState) agreed() (people []yilian.PersonID) {
	for _, c := range s.consents {
		if c.Given {
			people = append(people, yilian.PersonID(c.ID))
		}
	}
	return people
}

// recordingIs takes the recording to another state and tells everybody.
func (r *roomState) recordingIs(state string, by yilian.PersonID) {
	rec := &r.recording
	rec.state, rec.since = state, r.now
	if by != "" {
		rec.by = by
	}
	e := Event{Type: EventRecording, Reason: state}
	r.record(r.byPerson(rec.by), e)
	r.tellOthers(nil, rec.message())
}

// askToRecord is a person's wish to begin or end a recording.
func (r *roomState) askToRecord(s *seat, on bool) {
	rec := &r.recording
	switch {
	case !s.who.Chair && !s.who.Record, on && !r.canRecord:
		r.tell(s, notAllowed("record", ""))
	case on && rec.open(), !on && !rec.open():
		r.tell(s, rec.message())
	case on:
		rec.consents = nil
		rec.setAnswer(s.who.Person, true)
		r.record(s, Event{Type: EventConsent, Reason: "given"})
		r.recordingIs(protocol.RecordingAsked, s.who.Person)
		for _, o := range r.seats {
			r.askRecording(o)
		}
		r.allAgreed()
	default:
		r.endRecording(s.who.Person, "ended")
	}
}

// askRecording asks somebody who has not answered yet.
func (r *roomState) askRecording(s *seat) {
	if _, answered := r.recording.answer(s.who.Person); r.recording.open() && !answered && s.who.CanSend {
		r.tell(s, protocol.Asked{What: protocol.AskRecord, By: string(r.recording.by)})
	}
}

// consent takes a person's answer. Who takes a consent back ends the recording for all; a newcomer who does not agree is not recorded.
func (r *roomState) consent(s *seat, given bool) {
	rec := &r.recording
	before, _ := rec.answer(s.who.Person)
	if !rec.open() || !s.who.CanSend {
		r.tell(s, rec.message())
		return
	}
	rec.setAnswer(s.who.Person, given)
	switch {
	case given && before:
		return
	case given:
		r.record(s, Event{Type: EventConsent, Reason: "given"})
		if rec.attached {
			r.do(agreeRecording{s.who.Person})
		}
	case before:
		r.record(s, Event{Type: EventConsent, Reason: "withdrawn"})
		r.endRecording(s.who.Person, "withdrawn")
		return
	default:
		r.record(s, Event{Type: EventConsent, Reason: "refused"})
		if rec.state == protocol.RecordingAsked {
			r.endRecording(s.who.Person, "refused")
			return
		}
	}
	r.tellOthers(nil, rec.message())
	r.allAgreed()
}

// allAgreed begins the recording once everybody who may send has agreed.
func (r *roomState) allAgreed() {
	rec := &r.recording
	if rec.state != protocol.RecordingAsked || rec.started || len(r.seats) == 0 {
		return
	}
	for _, s := range r.seats {
		if given, _ := rec.answer(s.who.Person); s.who.CanSend && !given {
			return
		}
	}
	rec.started = true
	rec.epoch++
	r.do(startRecording{rec.epoch, RecordingStart{Room: r.name, At: r.now.UTC(), By: rec.by, Consents: rec.agreed()}})
}

// recorded takes the news that a recording was started, or could not be.
func (r *roomState) recorded(in recorded) {
	rec := &r.recording
	switch {
	case in.epoch != rec.epoch || !rec.started:
		if in.recording != nil { // it was ended before it began
			r.do(stopRecording{in.recording, "ended"})
		}
	case in.err != nil:
		rec.started = false
		r.recordingIs(protocol.RecordingFailed, "")
	default:
		rec.attached = true
		r.do(keepRecording{in.epoch, in.recording, rec.agreed()})
		r.recordingIs(protocol.RecordingOn, "")
	}
}

// broken follows when a recording is over that nobody ended: everybody sees that it failed, and the call goes on.
func (r *roomState) broken(in broken) {
	rec := &r.recording
	if in.epoch != rec.epoch || !rec.attached {
		return
	}
	rec.started, rec.attached = false, false
	r.recordingIs(protocol.RecordingFailed, "")
	r.do(stopRecording{nil, "failed"})
}

// endRecording ends what is asked for or runs; by is empty for the room itself.
func (r *roomState) endRecording(by yilian.PersonID, reason string) {
	rec := &r.recording
	if !rec.open() {
		return
	}
	attached := rec.attached
	rec.started, rec.attached = false, false
	r.recordingIs(protocol.RecordingOff, by)
	if attached {
		r.do(stopRecording{nil, reason})
	}
}

// recordingWithout follows when somebody has left: the rest may have agreed, or nobody be left to record.
func (r *roomState) recordingWithout() {
	if !slices.ContainsFunc(r.seats, func(s *seat) bool { return s.who.CanSend }) {
		r.endRecording("", "empty")
		return
	}
	r.allAgreed()
}

// mark puts a mark into the recording.
func (r *roomState) mark(s *seat, text string) {
	if !r.recording.attached || !s.who.CanSend {
		r.tell(s, notAllowed("mark", ""))
		return
	}
	r.record(s, Event{Type: EventMark, Text: text})
}
