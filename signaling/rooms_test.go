package signaling

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

var actions = []string{
	protocol.ActionMute, protocol.ActionUnmuteAsk, protocol.ActionRemove, protocol.ActionAdmit, protocol.ActionDeny, protocol.ActionLowerHand,
	protocol.ActionPresent, protocol.ActionEnd,
}

func as(e enter, change func(*claims)) enter {
	change(&e.who)
	return e
}

func chair(socket uint64, id string) enter {
	return as(enters(socket, id), func(c *claims) { c.Chair = true })
}

func guest(socket uint64, id string) enter {
	return as(enters(socket, id), func(c *claims) { c.Lobby, c.Guest = true, true })
}

func listener(socket uint64, id string) enter {
	return as(enters(socket, id), func(c *claims) { c.Listener, c.CanSend = true, false })
}

func orders(socket uint64, action, target string) received {
	return received{socket, &protocol.Control{Action: action, Target: target}}
}

func says(socket uint64, m protocol.Message) received { return received{socket, m} }

func TestLobby(t *testing.T) {
	newScript(t).in(chair(1, "a"), enters(2, "b"), says(1, &protocol.Say{Ref: "1", Text: "secret"})).ignore().
		in(guest(3, "g")).
		expect("observe waiting g", "3< welcome token-g-1 to the lobby []", "1< waiting [g]").
		in(says(3, &protocol.Say{Ref: "1", Text: "hello?"})).expect("3< problem not-allowed").
		in(offers(3, 1)).expect("3< problem not-allowed").
		in(says(3, &protocol.State{Mic: true}), says(3, &protocol.Candidate{Gen: 1})).expect().
		in(says(3, &protocol.Ping{})).expect("3< pong").
		in(says(1, &protocol.Say{Ref: "2", Text: "not for the guest"})).expect("observe chat a", "1< chat 2 not for the guest", "2< chat 2 not for the guest").
		in(orders(2, protocol.ActionAdmit, "g")).expect("2< problem not-allowed").
		in(orders(3, protocol.ActionAdmit, "g")).expect("3< problem not-allowed").
		in(orders(1, protocol.ActionAdmit, "nobody")).expect("1< problem no-target").
		in(orders(1, protocol.ActionAdmit, "g")).
		expect("observe admitted g", "observe joined g", "1< joined g", "2< joined g", "3< admitted token-g-1 3 2", "1< waiting []").
		in(offers(3, 1)).expect("negotiate g 1").
		in(guest(4, "g")). // another device of one who is in
		events().expect("observe moved g")
}

func TestNobodyIsAdmittedByAnEmptyRoom(t *testing.T) {
	newScript(t).in(guest(1, "g"), guest(2, "h")).events().expect("observe opened", "observe waiting g", "observe waiting h").
		in(orders(1, protocol.ActionAdmit, "g"), orders(1, protocol.ActionAdmit, "h")).expect("1< problem not-allowed", "1< problem not-allowed").
		in(enters(3, "a")).expect("observe joined a", "3< welcome token-a-1 [a] resumed=false gen=0"). // whose welcome names who waits
		in(orders(3, protocol.ActionAdmit, "g")).events().expect("observe admitted g", "observe joined g").
		in(orders(1, protocol.ActionAdmit, "h")).expect("1< problem not-allowed") // a guest lets nobody in
}

func TestLobbyIsTheChairsWhenThereIsOne(t *testing.T) {
	newScript(t).in(enters(1, "a"), guest(2, "g")).ignore().
		in(chair(3, "c")).expect("observe joined c", "1< joined c", "3< welcome token-c-1 [a c] resumed=false gen=0", "1< waiting []").
		in(dropped{3}).expect("observe interrupted c signal", "1< changed c interrupted", "1< waiting [g]")
}

func TestDeniedAndRemoved(t *testing.T) {
	s := newScript(t).in(chair(1, "a"), guest(2, "g")).ignore().
		in(orders(1, protocol.ActionDeny, "g")).
		expect("2< bye removed", "2 hang up 4403", "observe turned-away g denied", "1< waiting []").
		in(resumes(3, "g", 1)).expect("3< problem gone", "3 hang up 4404").
		in(enters(4, "b")).ignore().
		in(orders(4, protocol.ActionRemove, "a")).expect("4< problem not-allowed").
		in(orders(1, protocol.ActionRemove, "b")).
		expect("4< bye removed", "4 hang up 4403", "remove b", "observe left b removed", "1< left b removed").
		in(resumes(5, "b", 1)).expect("5< problem gone", "5 hang up 4404").
		in(enters(6, "b")). // even with a ticket of their own
		expect("observe waiting b", "6< welcome token-b-2 to the lobby []", "1< waiting [b]").
		in(says(6, &protocol.Leave{})).expect("6< bye left", "6 hang up 1000", "observe turned-away b left", "1< waiting []")
	s.in(enters(7, "b")).expect("observe waiting b", "7< welcome token-b-3 to the lobby []", "1< waiting [b]") // leaving the lobby forgets nothing
}

func TestLobbyLosesTheLine(t *testing.T) {
	s := newScript(t).in(chair(1, "a"), guest(2, "g")).ignore().
		in(dropped{2}).expect().
		in(as(resumes(3, "g", 1), func(c *claims) { c.Lobby = true })).
		expect("3< welcome token-g-1 to the lobby []", "1< waiting [g]").
		in(dropped{3}).pass(31*time.Second).
		expect("observe failed a connect", "observe turned-away g lost", "1< waiting []")
	// Admitted while away:
	s.in(guest(4, "g")).ignore().in(dropped{4}, orders(1, protocol.ActionAdmit, "g")).ignore().
		in(as(resumes(5, "g", 2), func(c *claims) { c.Lobby = true })).
		expect("5< welcome token-g-2 [a g] resumed=true gen=0", "1< changed g connecting", "5< changed g connecting")
}

func TestLobbyAfterARestart(t *testing.T) {
	newScript(t).
		in(as(resumes(1, "g", 1), func(c *claims) { c.Lobby = true })).
		expect("observe opened", "observe waiting g", "1< welcome token-g-1 to the lobby []").
		in(resumes(2, "h", 1)). // was admitted: the token of the admission says so
		expect("observe joined h restart", "2< welcome token-h-1 [h] resumed=false gen=0").
		in(shut{restart: time.Second}).expect("2< bye restart", "2 hang up 1012", "remove h", "1< bye restart", "1 hang up 1012", "observe closed stopping", "end")
}

func TestChairMutes(t *testing.T) {
	s := newScript(t).in(chair(1, "a"), enters(2, "b"), says(2, &protocol.State{Mic: true, Camera: true})).ignore().
		in(orders(2, protocol.ActionMute, "a")).expect("2< problem not-allowed").
		in(orders(1, protocol.ActionMute, "b")).
		expect("mute b mic true", "observe muted b mic", "2< muted mic by a", "1< changed b connecting", "2< changed b connecting")
	b := s.state.byPerson("b")
	if on := b.state(); on.Mic || !on.Camera {
		t.Errorf("shown as %+v", on)
	}
	// One that crossed the mute on the way lifts nothing:
	s.in(says(2, &protocol.State{Mic: true, Hidden: true})).expect("1< changed b connecting", "2< changed b connecting").
		in(says(2, &protocol.State{})).ignore().
		in(says(2, &protocol.State{Mic: true})).
		expect("mute b mic false", "1< changed b connecting", "2< changed b connecting")
	if !b.state().Mic {
		t.Error("still muted")
	}
	// Another device is muted still:
	s.in(orders(1, protocol.ActionMute, "b"), enters(3, "b")).ignore().
		in(offers(3, 1), answers("b", 2, 1)).expect("negotiate b 1", "3< answer", "mute b mic true").
		in(orders(1, protocol.ActionUnmuteAsk, "b")).expect("3< asked unmute by a").
		in(says(3, &protocol.State{Hand: true})).ignore().
		in(orders(1, protocol.ActionLowerHand, "b")).expect("1< changed b connecting", "3< changed b connecting").
		in(says(1, &protocol.Control{Action: "spin", Target: "b"})).expect("1< problem unknown")
	if s.state.byPerson("b").on.Hand {
		t.Error("the hand is still raised")
	}
	s.in(orders(1, protocol.ActionEnd, "")).events().expect("observe left a ended", "observe left b ended", "observe closed ended")
}

func TestAnExtraStreamIsLetGoByTheChair(t *testing.T) {
	mute := &protocol.Control{Action: protocol.ActionMute, Target: "b", Source: "scope"}
	ask := &protocol.Control{Action: protocol.ActionUnmuteAsk, Target: "b", Source: "scope"}
	newScript(t).in(chair(1, "a"), enters(2, "b"), says(1, mute), says(2, &protocol.State{})).ignore().
		in(says(1, ask)).expect("mute b scope false", "2< asked unmute by a")
}

// TestAListenerIsAskedIn: who listened and comes with a ticket to speak leaves the audience and joins, for everybody to see; the token of the listener is void.
func TestAListenerIsAskedIn(t *testing.T) {
	listener := enters(2, "b")
	listener.who.CanSend, listener.who.Listener = false, true
	s := newScript(t).in(enters(1, "a"), listener).pass(2 * time.Second).ignore()
	s.in(enters(3, "b")).expect("2< bye moved", "2 hang up 4409", "remove b", "observe left b moved",
		"observe joined b", "1< joined b", "3< welcome token-b-2 [a b] resumed=false gen=0", "1< audience 0", "3< audience 0")
	old := resumes(4, "b", 1)
	old.who.CanSend, old.who.Listener = false, true
	s.in(old).expect("4< problem moved", "4 hang up 4409")
	s.in(enters(5, "c"), enters(6, "d")).ignore() // c fills the room, d is too many
	listener = enters(7, "e")
	listener.who.CanSend, listener.who.Listener = false, true
	s.in(listener).ignore().in(enters(8, "e")).expect("8< problem full", "8 hang up 4423") // and e listens on
	if e := s.state.byPerson("e"); e == nil || e.socket != 7 {
		t.Errorf("seat %+v", e)
	}
}

// TestOnlyThePresenterShows: what is looked at is the presenter's, pointing is everybody's who may send, and what is under way when the lead changes hands is nobody's fault.
func TestOnlyThePresenterShows(t *testing.T) {
	on := &protocol.Present{On: true}
	show := func(topic string, keep bool) *protocol.Share {
		return &protocol.Share{Topic: topic, Data: json.RawMessage("1"), Keep: keep}
	}
	deaf := enters(3, "c")
	deaf.who.CanSend, deaf.who.Listener = false, true
	s := newScript(t).in(enters(1, "a"), enters(2, "b"), deaf).ignore()
	s.state.maxListeners = 2
	s.in(says(2, show("viewer", true))).expect("observe shared b", "1< shared viewer 1", "3< shared viewer 1"). // nobody leads
															in(says(1, on)).ignore()
	for _, topic := range []string{"viewer", "marks", "study"} {
		s.in(says(1, show(topic, true))).expect("observe shared a", "2< shared "+topic+" 1", "3< shared "+topic+" 1").
			in(says(2, show(topic, true))).expect("2< problem not-allowed").
			in(says(2, &protocol.Share{Topic: topic, To: "a", Data: json.RawMessage("1")})).expect("2< problem not-allowed").
			in(says(3, show(topic, false))).expect("3< problem not-allowed")
	}
	s.in(says(2, show("pointer", false))).expect("1< shared pointer 1", "3< shared pointer 1").
		in(says(3, show("pointer", false))).expect("3< problem not-allowed").
		in(says(2, show("still-camera", false))).expect("1< shared still-camera 1", "3< shared still-camera 1").
		in(says(3, show("still-wish", false))).expect("1< shared still-wish 1", "2< shared still-wish 1")
	s.in(says(2, on)).ignore(). // nobody is a chair: b has it
					in(says(1, show("viewer", true))).expect(). // under way
					in(says(2, show("viewer", true))).events().expect("observe shared b").
					pass(underWay).in(says(1, show("viewer", true))).expect("1< problem not-allowed")
	s.in(says(2, &protocol.Share{Topic: "study", Data: json.RawMessage("null"), Keep: true})).ignore().
		in(says(1, show("study", false))).expect("1< problem not-allowed").
		in(says(1, show("study", true))).events().expect("observe shared a"). // the room has none
		in(says(2, &protocol.Leave{})).ignore().
		in(says(1, show("viewer", true))).events().expect("observe shared a")
}

func TestPresenter(t *testing.T) {
	on, off := &protocol.Present{On: true}, &protocol.Present{}
	newScript(t).in(enters(1, "a"), enters(2, "b")).ignore().
		in(says(1, on)).expect("observe presenter a", "1< presenter a", "2< presenter a").
		in(says(1, on)).expect().
		in(says(2, on)).expect("observe presenter b", "1< presenter b", "2< presenter b"). // nobody is a chair: who asks gets it
		in(says(1, off)).expect().
		in(says(2, off)).expect("1< presenter ", "2< presenter ").
		in(says(2, on), chair(3, "c")).ignore().
		in(says(1, on)).expect("2< asked present by a").
		in(orders(1, protocol.ActionPresent, "a")).expect("1< problem not-allowed").
		in(orders(2, protocol.ActionPresent, "a")).expect("observe presenter a", "1< presenter a", "2< presenter a", "3< presenter a"). // handed over
		in(says(3, on)).events().expect("observe presenter c").
		in(dropped{3}).ignore().
		in(says(2, on)).events().expect("observe presenter b"). // who is interrupted leads no more
		in(says(2, &protocol.Leave{})).expect("2< bye left", "2 hang up 1000", "remove b", "observe left b left", "1< left b left", "1< presenter ").
		in(listener(9, "l")).ignore().in(says(9, on)).expect("9< problem not-allowed")
}

func TestAudience(t *testing.T) {
	s := newScript(t).in(enters(1, "a")).ignore().
		in(listener(11, "l1")).
		expect("observe joined l1", "11< welcome token-l1-1 [a] resumed=false gen=0", "1< audience 1", "11< audience 1").
		in(listener(12, "l2")).
		expect("observe joined l2", "12< welcome token-l2-1 [a] resumed=false gen=0"). // counted within a second
		in(listener(13, "l3")).expect("13< problem full", "13 hang up 4423").
		pass(2*time.Second).expect("1< audience 2", "11< audience 2", "12< audience 2").
		in(says(11, &protocol.State{Mic: true}), orders(11, protocol.ActionMute, "a")).expect("11< problem not-allowed").
		in(says(11, &protocol.Say{Ref: "1", Text: "a question"})).
		expect("observe chat l1", "1< chat 1 a question", "11< chat 1 a question", "12< chat 1 a question").
		in(enters(2, "b"), enters(3, "c")).events().expect("observe joined b", "observe joined c"). // the listeners take nobody's place
		in(says(12, &protocol.Leave{})).
		expect("12< bye left", "12 hang up 1000", "remove l2", "observe left l2 left", "1< audience 1", "11< audience 1", "2< audience 1", "3< audience 1")
	s.in(offers(11, 1), answers("l1", 1, 1), transport("l1", 1, sfu.Connected), offers(1, 1), answers("a", 1, 1), transport("a", 1, sfu.Connected)).ignore().
		in(sampled{[]sfu.Sample{{Peer: "l1", Gen: 1}, {Peer: "a", Gen: 1}}}).
		expect("11< quality", "observe quality l1", "observe quality a", "1< quality", "11< quality", "2< quality", "3< quality")
}

func TestRecording(t *testing.T) {
	yes, no := &protocol.Consent{Recording: true}, &protocol.Consent{}
	asked := func() *script {
		return newScript(t).in(chair(1, "a"), enters(2, "b"), listener(9, "l")).ignore().
			in(says(2, &protocol.Record{On: true})).expect("2< problem not-allowed").
			in(says(2, &protocol.Mark{Text: "x"})).expect("2< problem not-allowed").
			in(says(1, &protocol.Record{On: true})).
			expect("observe consent a given", "observe recording a asked", "1< recording asked", "2< recording asked", "9< recording asked", "2< asked record by a")
	}
	on := func() *script {
		return asked().in(says(2, yes)).
			expect("observe consent b given", "1< recording asked", "2< recording asked", "9< recording asked", "start recording 1 [a b]").
			in(recorded{epoch: 1}).expect("keep recording [a b]", "observe recording a on", "1< recording on", "2< recording on", "9< recording on")
	}
	on().in(says(2, &protocol.Mark{Text: "here"})).expect("observe mark b").
		in(enters(3, "c")). // a newcomer is asked, and not recorded until then
		expect("observe joined c", "1< joined c", "2< joined c", "9< joined c", "3< welcome token-c-1 [a b c] resumed=false gen=0", "3< asked record by a").
		in(says(3, no)).events().expect("observe consent c refused").
		in(says(3, yes)).expect("observe consent c given", "record c", "1< recording on", "2< recording on", "9< recording on", "3< recording on").
		in(says(3, no)).
		expect("observe consent c withdrawn", "observe recording c off", "1< recording off", "2< recording off", "9< recording off", "3< recording off", "stop recording withdrawn")
	on().in(says(1, &protocol.Record{})).events().expect("observe recording a off")
	on().in(says(1, &protocol.Leave{}), says(2, &protocol.Leave{})).events().
		expect("observe left a left", "observe left b left", "observe recording off")
	on().in(shut{reason: "done"}).ignore().in(recorded{epoch: 1}).expect()
	asked().in(says(2, no)).events().expect("observe consent b refused", "observe recording b off")
	// Who is left has agreed:
	asked().in(says(2, &protocol.Leave{})).events().expect("observe left b left").
		in(recorded{epoch: 1, err: errors.New("no room on the disk")}).events().expect("observe recording a failed").
		in(says(1, &protocol.Record{On: true})).events().expect("observe consent a given", "observe recording a asked").
		in(recorded{epoch: 1}).expect().
		in(recorded{epoch: 2}).events().expect("observe recording a on")
	started := asked().in(says(2, yes), says(2, no)).ignore()
	if started.in(recorded{epoch: 1, recording: &tape{}}).expect("stop recording ended"); started.state.recording.open() {
		t.Error("began although the consent was taken back")
	}
	none := newScript(t)
	none.state.canRecord = false
	none.in(chair(1, "a")).ignore().in(says(1, &protocol.Record{On: true})).expect("1< problem not-allowed")
}

func TestTiles(t *testing.T) {
	newScript(t).in(enters(1, "a")).ignore().
		in(says(1, &protocol.Views{Views: []protocol.View{{From: "b", Source: "camera"}}})).expect("view a 1").
		in(offers(1, 1), answers("a", 1, 1)).ignore().
		in(media{sfu.Event{Peer: "a", Gen: 1, Layers: []sfu.LayerWant{{Source: "camera", Active: []string{"l"}}}}}).expect("1< layers")
}

// nothingForTheLobby checks that nothing of the room goes to who waits.
func nothingForTheLobby(t *rapid.T, s *roomState, effect any) {
	var to []uint64
	var m protocol.Message
	switch e := effect.(type) {
	case send:
		to, m = []uint64{e.socket}, e.msg
	case sendAll:
		to, m = e.sockets, e.msg
	case relay:
		m = e.msg
		for _, d := range e.to {
			if to = append(to, d.socket); d.person != "" && s.byPerson(d.person) == nil {
				t.Fatalf("%s is not in and gets %T", d.person, m)
			}
		}
	}
	for _, w := range s.lobby {
		if !slices.Contains(to, w.socket) || w.socket == 0 {
			continue
		}
		switch m := m.(type) {
		case protocol.Welcome:
			if !m.Lobby || len(m.Participants)+len(m.Chat)+len(m.Shared)+len(m.Waiting)+m.Audience > 0 || m.Recording != nil || m.Presenter != "" {
				t.Fatalf("%s learns %+v", w.who.Person, m)
			}
		case protocol.Pong, protocol.Problem, protocol.Bye:
		default:
			t.Fatalf("%s in the lobby gets %T", w.who.Person, m)
		}
	}
}

// oneOrTheOther checks that nobody is in the room and in the lobby, that the presenter is in, and that a recording has somebody's consent.
func oneOrTheOther(t *rapid.T, s *roomState) {
	for _, w := range s.lobby {
		if s.byPerson(w.who.Person) != nil || w.socket != 0 && s.bySocket(w.socket) != nil {
			t.Fatalf("%s is in the lobby and in the room", w.who.Person)
		}
	}
	if s.presenter != "" && s.byPerson(s.presenter) == nil && !s.ended {
		t.Fatalf("%s leads and is not here", s.presenter)
	}
	if rec := s.recording; rec.attached != (rec.state == protocol.RecordingOn) || rec.open() && len(rec.agreed()) == 0 {
		t.Fatalf("recording %+v", rec)
	}
	if s.recording.attached {
		for _, c := range s.recording.consents {
			if seat := s.byPerson(yilian.PersonID(c.ID)); seat != nil && seat.who.Listener && c.Given {
				t.Fatalf("%s listens and has agreed to be recorded", c.ID)
			}
		}
	}
}

// tape is a Recording that forgets everything.
type tape struct{ Recording }
