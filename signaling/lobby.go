package signaling

import (
	"slices"
	"time"

	"yilian"
	"yilian/signaling/protocol"
)

// The lobby: who waits there gets nothing of the room, because nothing that goes over the seats goes over the lobby. The rules here are the only way from the
// one to the other.

const maxLobby = 32

// mustWait tells whether somebody who is not in the room waits for being admitted.
func (r *roomState) mustWait(in enter) bool {
	former, was := r.former[in.who.Person]
	return in.who.Lobby || was && former.removed
}

func (r *roomState) waiter(p yilian.PersonID) *seat {
	return find(r.lobby, func(w *seat) bool { return w.who.Person == p })
}

func (r *roomState) waiterBySocket(socket uint64) *seat {
	return find(r.lobby, func(w *seat) bool { return socket != 0 && w.socket == socket })
}

func find(seats []*seat, fits func(*seat) bool) *seat {
	if i := slices.IndexFunc(seats, fits); i >= 0 {
		return seats[i]
	}
	return nil
}

// wait lets somebody into the lobby, or back into it.
func (r *roomState) wait(in enter) {
	w := r.waiter(in.who.Person)
	switch {
	case w == nil && len(r.lobby) >= maxLobby:
		r.refuse(in.socket, problemFull, protocol.CloseFull)
		return
	case w == nil:
		r.open()
		w = &seat{joined: r.now, leg: max(in.who.Leg, r.former[in.who.Person].leg+1)}
		w.who, w.device = in.who, in.hello.Device
		r.lobby = append(r.lobby, w)
		r.record(w, Event{Type: EventWaiting})
	case in.resume && in.who.Leg < w.leg:
		r.refuse(in.socket, problemMoved, protocol.CloseMoved)
		return
	default:
		r.hangUpWaiter(w, in.resume)
		if !in.resume {
			w.leg++
		}
		w.who, w.device = in.who, in.hello.Device
	}
	w.who.Lobby, w.socket, w.until = true, in.socket, time.Time{}
	r.edition++
	r.tell(w, protocol.Welcome{
		Version: protocol.Version, You: string(w.who.Person), Room: r.name, CanSend: w.who.CanSend, Resume: r.resume(w), GraceMS: w.who.GraceMS,
		Resumed: in.resume, Participants: []protocol.Participant{}, Chat: []protocol.Chat{}, Shared: []protocol.Shared{},
		ICE: r.ice(w.who.Person), Now: r.now.UTC(), Lobby: true,
	})
}

// hangUpWaiter ends the socket that a waiter has, because the person comes in by another.
func (r *roomState) hangUpWaiter(w *seat, resume bool) {
	if w.socket == 0 {
		return
	}
	if !resume {
		r.do(send{w.socket, protocol.Bye{Reason: "moved"}})
	}
	r.do(hangUp{w.socket, protocol.CloseMoved, "moved"})
}

// unwait takes somebody out of the lobby who enters by right.
func (r *roomState) unwait(p yilian.PersonID) {
	if w := r.waiter(p); w != nil {
		r.hangUpWaiter(w, false)
		r.outOfLobby(w)
		r.record(w, Event{Type: EventTurnedAway, Reason: "left"})
	}
}

func (r *roomState) outOfLobby(w *seat) {
	r.lobby = slices.DeleteFunc(slices.Clone(r.lobby), func(o *seat) bool { return o == w })
	r.edition++
}

// receivedFromLobby takes the little that somebody who waits may say.
func (r *roomState) receivedFromLobby(w *seat, m protocol.Message) {
	switch m := m.(type) {
	case *protocol.Ping:
		r.tell(w, protocol.Pong{T: m.T, Now: r.now.UTC()})
	case *protocol.Leave:
		r.turnAway(w, "left", protocol.Bye{Reason: "left"}, 1000, "")
	case *protocol.Candidate, *protocol.State, *protocol.Report, *protocol.Views: // of a client that does not know lobbies
	default:
		r.tell(w, notAllowed(m.Kind(), ""))
	}
}

func notAllowed(re, ref string) protocol.Problem {
	return protocol.Problem{Code: "not-allowed", Text: "This seat may not do that.", Re: re, Ref: ref}
}

// turnAway ends somebody's waiting.
func (r *roomState) turnAway(w *seat, reason string, bye protocol.Bye, code int, by yilian.PersonID) {
	if w.socket != 0 {
		r.do(send{w.socket, bye})
		r.do(hangUp{w.socket, code, bye.Reason})
	}
	r.outOfLobby(w)
	r.remember(w, reason == "denied" || r.former[w.who.Person].removed)
	r.record(w, Event{Type: EventTurnedAway, Reason: reason, By: by})
	r.rest()
}

// admits tells whether a seat may let in: a chair, or, while none is here, whoever may send and is no guest.
func (r *roomState) admits(s *seat) bool {
	if s.who.Chair {
		return true
	}
	return s.who.CanSend && !s.who.Guest && !slices.ContainsFunc(r.seats, func(o *seat) bool { return o.who.Chair && o.socket != 0 })
}

// admit lets somebody in. With a lost socket they find themselves in when they come back.
func (r *roomState) admit(w *seat, by *seat, ref string) {
	if r.full(w.who) {
		r.tell(by, protocol.Problem{Code: problemFull.Code, Text: problemFull.Text, Re: "control", Ref: ref})
		return
	}
	r.outOfLobby(w)
	w.who.Lobby, w.until = false, time.Time{}
	r.record(w, Event{Type: EventAdmitted, By: by.who.Person})
	r.sit(w, "")
	r.tell(w, protocol.Admitted{
		Resume: r.resume(w), Participants: r.participants(), Chat: r.chatAfter(0), Shared: slices.Clone(r.shared),
		Audience: r.listeners(), Presenter: string(r.presenter), Recording: r.recording.ifAny(),
	})
	r.askRecording(w)
	r.relink(w)
}

func (r *roomState) expireLobby() {
	for _, w := range r.lobby {
		if !w.until.IsZero() && !r.now.Before(w.until) {
			r.turnAway(w, "lost", protocol.Bye{}, 0, "")
		}
	}
}

func (r *roomState) shutLobby(bye protocol.Bye, code int) {
	for _, w := range r.lobby {
		if w.socket != 0 {
			r.do(send{w.socket, bye})
			r.do(hangUp{w.socket, code, bye.Reason})
		}
		if bye.Reason != "restart" {
			r.record(w, Event{Type: EventTurnedAway, Reason: "ended"})
		}
	}
	r.lobby = nil
}

// waiting lists the lobby.
func (r *roomState) waiting() []protocol.Person {
	out := []protocol.Person{}
	for _, w := range r.lobby {
		out = append(out, protocol.Person{
			ID: string(w.who.Person), Name: w.who.Name, Role: w.who.Role, Institution: string(w.who.Institution), Guest: w.who.Guest, Since: w.joined.UTC(),
		})
	}
	return out
}

// announceLobby tells who may admit what is new in the lobby, and who no longer may that it is not theirs any more.
func (r *roomState) announceLobby() {
	for _, s := range r.seats {
		if s.socket == 0 || r.edition == 0 {
			continue
		}
		switch admits := r.admits(s); {
		case admits && s.told != r.edition && (s.told != 0 || len(r.lobby) > 0):
			r.tell(s, protocol.Waiting{People: r.waiting()})
			s.told = r.edition
		case !admits && s.told != 0:
			r.tell(s, protocol.Waiting{People: []protocol.Person{}})
			s.told = 0
		}
	}
}
