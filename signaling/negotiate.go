package signaling

import (
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

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
		if s.gen > 0 {
			r.repeatLooking(s)
		}
		s.gen, s.transport, s.slots, s.want, s.waiting, s.layers = o.Gen, sfu.Connecting, nil, sfu.Wanted{}, nil, nil
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
	for source := range s.muted { // a new transport knows nothing of it
		r.do(muteMedia{s.who.Person, source, true})
	}
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
