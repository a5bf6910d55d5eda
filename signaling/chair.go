package signaling

import (
	"yilian"
	"yilian/signaling/protocol"
)

// mute is a source that a chair muted.
type mute struct {
	by  string
	off bool // the person has switched it off since: switching it on again lifts the mute
}

// switchOf finds the switch of a source in a State; nil for a source that has none.
func switchOf(on *protocol.State, source string) *bool {
	switch source {
	case protocol.SourceMic:
		return &on.Mic
	case protocol.SourceCamera:
		return &on.Camera
	case protocol.SourceScreen:
		return &on.Screen
	}
	return nil
}

// switched takes what a person says is switched on.
func (r *roomState) switched(s *seat, on protocol.State) {
	if s.who.Listener {
		return
	}
	for source, m := range s.muted {
		flag := switchOf(&on, source)
		switch {
		case flag == nil: // an extra stream: a chair lets it go again by unmute-ask
		case !*flag:
			m.off = true
		case m.off:
			r.unmute(s, source)
		}
	}
	s.on = on
	r.changed(s)
}

func (r *roomState) unmute(s *seat, source string) {
	delete(s.muted, source)
	r.do(muteMedia{s.who.Person, source, false})
}

// mayControl tells whether a seat may give an order. Handing over is also the presenter's, the lobby everybody's while there is no chair.
func (r *roomState) mayControl(s *seat, action string) bool {
	switch action {
	case protocol.ActionAdmit, protocol.ActionDeny:
		return r.admits(s)
	case protocol.ActionPresent:
		return s.who.Chair || r.presenter == s.who.Person
	}
	return s.who.Chair
}

// control carries out an order.
func (r *roomState) control(s *seat, m protocol.Control) {
	if !r.mayControl(s, m.Action) {
		r.tell(s, notAllowed("control", m.Ref))
		return
	}
	switch m.Action {
	case protocol.ActionEnd:
		r.shut(shut{reason: "ended", by: s.who.Person})
		return
	case protocol.ActionAdmit, protocol.ActionDeny:
		r.decide(s, m)
		return
	}
	target := r.byPerson(yilian.PersonID(m.Target))
	if target == nil || target.who.Listener && m.Action != protocol.ActionRemove {
		r.tell(s, protocol.Problem{Code: "no-target", Text: "Nobody of this id is in the room.", Re: "control", Ref: m.Ref})
		return
	}
	source := or(m.Source, protocol.SourceMic)
	switch m.Action {
	case protocol.ActionMute:
		r.mute(s, target, source)
	case protocol.ActionUnmuteAsk:
		if target.muted[source] != nil && switchOf(&protocol.State{}, source) == nil {
			r.unmute(target, source)
		}
		r.tell(target, protocol.Asked{What: protocol.AskUnmute, Source: source, By: string(s.who.Person)})
	case protocol.ActionLowerHand:
		target.on.Hand = false
		r.changed(target)
	case protocol.ActionPresent:
		r.makePresenter(target.who.Person)
	case protocol.ActionRemove:
		r.leave(target, "removed", "removed", protocol.Bye{Reason: "removed"}, protocol.CloseForbidden)
		r.remember(target, true)
	default:
		r.tell(s, protocol.Problem{Code: "unknown", Text: "There is no such action.", Re: "control", Ref: m.Ref})
	}
}

// decide lets somebody in from the lobby, or sends them away.
func (r *roomState) decide(s *seat, m protocol.Control) {
	w := r.waiter(yilian.PersonID(m.Target))
	switch {
	case w == nil:
		r.tell(s, protocol.Problem{Code: "no-target", Text: "Nobody of this id waits.", Re: "control", Ref: m.Ref})
	case m.Action == protocol.ActionAdmit:
		r.admit(w, s, m.Ref)
	default:
		r.turnAway(w, "denied", protocol.Bye{Reason: "removed", Detail: "denied"}, protocol.CloseForbidden, s.who.Person)
	}
}

const maxMuted = 16 // sources of one person

func (r *roomState) mute(by, target *seat, source string) {
	if len(target.muted) >= maxMuted {
		return
	}
	if target.muted == nil {
		target.muted = map[string]*mute{}
	}
	target.muted[source] = &mute{by: string(by.who.Person)}
	r.do(muteMedia{target.who.Person, source, true})
	r.record(target, Event{Type: EventMuted, Reason: source, By: by.who.Person})
	r.tell(target, protocol.Muted{Source: source, By: string(by.who.Person)})
	r.changed(target)
}

// present asks for the lead in looking together, or gives it up.
func (r *roomState) present(s *seat, on bool) {
	now := r.byPerson(r.presenter)
	switch {
	case !s.who.CanSend:
		r.tell(s, notAllowed("present", ""))
	case !on && now == s:
		r.makePresenter("")
	case !on || now == s:
	case now == nil, now.link == protocol.LinkInterrupted, s.who.Chair, !r.chaired():
		r.makePresenter(s.who.Person)
	default:
		r.tell(now, protocol.Asked{What: protocol.AskPresent, By: string(s.who.Person)})
	}
}

// chaired tells whether anybody here is a chair.
func (r *roomState) chaired() bool {
	return find(r.seats, func(s *seat) bool { return s.who.Chair }) != nil
}

func (r *roomState) makePresenter(p yilian.PersonID) {
	if r.presenter != "" && r.presenter != p {
		r.led = formerLead{r.presenter, r.now}
	}
	r.presenter = p
	if s := r.byPerson(p); s != nil {
		r.record(s, Event{Type: EventPresenter})
	}
	r.tellOthers(nil, protocol.Presenter{ID: string(p)})
}

// remember notes that somebody was here.
func (r *roomState) remember(s *seat, removed bool) {
	if r.former == nil {
		r.former = map[yilian.PersonID]formerSeat{}
	}
	r.former[s.who.Person] = formerSeat{leg: s.leg, removed: removed}
}
