package signaling

import (
	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// media takes news of the forwarder.
func (r *roomState) media(e sfu.Event) {
	if e.Speaker != "" {
		r.speaks(yilian.PersonID(e.Speaker))
		return
	}
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
	if e.Data != nil {
		r.said(s, e.Data.Payload)
		return
	}
	if e.Layers != nil {
		for _, l := range e.Layers {
			s.needs(protocol.Layers{Source: l.Source, Active: append([]string{}, l.Active...), MaxKbps: l.MaxKbps})
			r.tell(s, s.layers[l.Source])
		}
		return
	}
	s.transport = e.State
	r.relink(s)
}

// speaks takes note of who speaks, and tells everybody.
func (r *roomState) speaks(person yilian.PersonID) {
	if s := r.byPerson(person); r.speaker == person || person != "" && (s == nil || !s.listed()) {
		return
	}
	r.speaker = person
	r.tellOthers(nil, protocol.Speaker{ID: string(person)})
}

// needs keeps what a sender was told of a source, for its next socket.
func (s *seat) needs(l protocol.Layers) {
	if s.layers == nil {
		s.layers = map[string]protocol.Layers{}
	}
	s.layers[l.Source] = l
}

func (s *seat) slotsMessage() protocol.Slots {
	return protocol.Slots{Gen: s.gen, Slots: slotsOf(s.slots), Want: protocol.Want(s.want)}
}

func slotsOf(slots []sfu.Slot) []protocol.Slot {
	out := make([]protocol.Slot, len(slots))
	for i, s := range slots {
		out[i] = protocol.Slot(s)
	}
	return out
}

// sampled takes the figures of every line. Everybody learns those of who is listed, a listener also its own.
func (r *roomState) sampled(samples []sfu.Sample) {
	all := protocol.Quality{Lines: []protocol.Line{}}
	for _, sample := range samples {
		s := r.byPerson(yilian.PersonID(sample.Peer))
		if s == nil || s.gen != sample.Gen || s.transport != sfu.Connected {
			continue
		}
		s.line, s.paused = lineOf(sample, s.report), sample.Paused
		s.quality = s.quality.next(s.line.Grade, s.paused)
		if s.listed() {
			all.Lines = append(all.Lines, s.line)
		} else {
			r.tell(s, protocol.Quality{Lines: []protocol.Line{s.line}})
		}
		r.record(s, Event{Type: EventQuality, Quality: &Sample{Line: s.line, VideoPaused: s.paused, Path: pathOf(sample, s.report), Client: s.report}})
		s.report = nil
		r.relink(s)
	}
	if len(all.Lines) > 0 {
		r.tellOthers(nil, all)
	}
}

// pathOf prefers what the client says of its path: behind a relay of its own the server sees only the relay.
func pathOf(s sfu.Sample, report *protocol.Report) string {
	if report != nil && report.Path != "" {
		return report.Path
	}
	return s.Path
}
