package signaling

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// script plays inputs into a room and writes the effects down in short, so that a test reads like a log.
type script struct {
	t     *testing.T
	state roomState
	now   time.Time
	log   []string
}

func newScript(t *testing.T) *script {
	return &script{t: t, now: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), state: roomState{
		name: "r", maxPeople: 3, maxListeners: 2, canRecord: true,
		resume: func(s *seat) string { return fmt.Sprintf("token-%s-%d", s.who.Person, s.leg) },
		ice:    func(yilian.PersonID) []ICEServer { return nil },
	}}
}

func (s *script) in(inputs ...any) *script {
	for _, input := range inputs {
		s.now = s.now.Add(time.Millisecond)
		for _, e := range s.state.step(s.now, input) {
			s.log = append(s.log, short(e)...)
		}
	}
	return s
}

// pass lets time go by, as the room's goroutine does: tick by tick of what is due.
func (s *script) pass(d time.Duration) *script {
	until := s.now.Add(d)
	for due := s.state.due(); !due.IsZero() && !due.After(until) && !s.state.ended; due = s.state.due() {
		s.now = due.Add(-time.Millisecond)
		s.in(tick{})
	}
	s.now = until
	return s
}

// expect compares the log since the last expect.
func (s *script) expect(lines ...string) *script {
	s.t.Helper()
	if !slices.Equal(s.log, lines) {
		s.t.Fatalf("effects:\n  %s\nwant:\n  %s", strings.Join(s.log, "\n  "), strings.Join(lines, "\n  "))
	}
	s.log = nil
	return s
}

// ignore forgets the log.
func (s *script) ignore() *script { s.log = nil; return s }

// events keeps only what was observed.
func (s *script) events() *script {
	s.log = slices.DeleteFunc(s.log, func(l string) bool { return !strings.HasPrefix(l, "observe") })
	return s
}

func short(effect any) []string {
	if to, ok := effect.(relay); ok {
		var lines []string
		for _, d := range to.to {
			line := shortOf(send{d.socket, to.msg})
			if d.person != "" {
				line += " by " + string(d.person)
			}
			lines = append(lines, line)
		}
		return lines
	}
	all, ok := effect.(sendAll)
	if !ok {
		return []string{shortOf(effect)}
	}
	var lines []string
	for _, socket := range all.sockets {
		lines = append(lines, shortOf(send{socket, all.msg}))
	}
	return lines
}

func shortOf(effect any) string {
	switch e := effect.(type) {
	case send:
		return fmt.Sprintf("%d< %s", e.socket, shortMessage(e.msg))
	case hangUp:
		return fmt.Sprintf("%d hang up %d", e.socket, e.code)
	case negotiate:
		return fmt.Sprintf("negotiate %s %d", e.person, e.offer.Gen)
	case trickle:
		return fmt.Sprintf("trickle %s", e.person)
	case removeMedia:
		return fmt.Sprintf("remove %s", e.person)
	case observe:
		words := fmt.Sprintf("observe %s %s %s", e.event.Type, e.event.Person, e.event.Reason)
		return strings.Join(strings.Fields(words), " ")
	case end:
		return "end"
	case view:
		return fmt.Sprintf("view %s %d", e.person, len(e.views))
	case muteMedia:
		return fmt.Sprintf("mute %s %s %v", e.person, e.source, e.muted)
	case startRecording:
		return fmt.Sprintf("start recording %d %v", e.epoch, e.start.Consents)
	case keepRecording:
		return fmt.Sprintf("keep recording %v", e.agreed)
	case agreeRecording:
		return fmt.Sprintf("record %s", e.person)
	case stopRecording:
		return "stop recording " + e.reason
	}
	return fmt.Sprintf("%T", effect)
}

func shortMessage(m protocol.Message) string {
	switch m := m.(type) {
	case protocol.Welcome:
		var who []string
		for _, p := range m.Participants {
			who = append(who, p.ID)
		}
		if m.Lobby {
			return fmt.Sprintf("welcome %s to the lobby [%s]", m.Resume, strings.Join(who, " "))
		}
		return fmt.Sprintf("welcome %s [%s] resumed=%v gen=%d", m.Resume, strings.Join(who, " "), m.Resumed, m.Gen)
	case protocol.Admitted:
		return fmt.Sprintf("admitted %s %d %d", m.Resume, len(m.Participants), len(m.Chat))
	case protocol.Waiting:
		var who []string
		for _, p := range m.People {
			who = append(who, p.ID)
		}
		return fmt.Sprintf("waiting [%s]", strings.Join(who, " "))
	case protocol.Audience:
		return fmt.Sprintf("audience %d", m.Count)
	case protocol.Speaker:
		return "speaker " + m.ID
	case protocol.Presenter:
		return "presenter " + m.ID
	case protocol.Muted:
		return "muted " + m.Source + " by " + m.By
	case protocol.Asked:
		return "asked " + m.What + " by " + m.By
	case protocol.Recording:
		return "recording " + m.State
	case protocol.Joined:
		return "joined " + m.Participant.ID
	case protocol.Left:
		return "left " + m.ID + " " + m.Reason
	case protocol.Changed:
		return "changed " + m.Participant.ID + " " + m.Participant.Link
	case protocol.Chat:
		return fmt.Sprintf("chat %d %s", m.Seq, m.Text)
	case protocol.Problem:
		return "problem " + m.Code
	case protocol.Bye:
		return "bye " + m.Reason
	case protocol.Shared:
		return "shared " + m.Topic + " " + string(m.Data)
	}
	return m.Kind()
}

func person(id string) claims {
	return claims{Room: "r", Person: yilian.PersonID(id), Name: "Dr " + id, CanSend: true, GraceMS: 30_000}
}

func enters(socket uint64, id string) enter {
	return enter{socket: socket, who: person(id), hello: protocol.Hello{Version: 1}}
}

func resumes(socket uint64, id string, leg int) enter {
	e := enters(socket, id)
	e.resume, e.who.Leg = true, leg
	return e
}

// again is the same hello once more.
func again(socket uint64, id string) enter {
	e := enters(socket, id)
	e.again = true
	return e
}

func offers(socket uint64, gen int) received {
	return received{socket, &protocol.Offer{Gen: gen, SDP: "v=0"}}
}

func answers(id string, leg, gen int) answered {
	return answered{person: yilian.PersonID(id), leg: leg, gen: gen, sdp: "answer"}
}

func transport(id string, gen int, s sfu.State) media {
	return media{sfu.Event{Peer: id, Gen: gen, State: s}}
}

// twoLive is a call of two whose media flow: a on socket 1, b on socket 2.
func twoLive(t *testing.T) *script {
	s := newScript(t).in(enters(1, "a"), enters(2, "b"), offers(1, 1), offers(2, 1), answers("a", 1, 1), answers("b", 1, 1))
	return s.in(transport("a", 1, sfu.Connected), transport("b", 1, sfu.Connected)).ignore()
}

func TestJoinAndLeave(t *testing.T) {
	newScript(t).
		in(enters(1, "a")).
		expect("observe opened", "observe joined a", "1< welcome token-a-1 [a] resumed=false gen=0").
		in(enters(2, "b")).
		expect("observe joined b", "1< joined b", "2< welcome token-b-1 [a b] resumed=false gen=0").
		in(offers(2, 1)).expect("negotiate b 1").
		in(answers("b", 1, 1)).expect("2< answer").
		in(transport("b", 1, sfu.Connected)).
		expect("observe live b", "1< changed b live", "2< changed b live").
		in(received{2, &protocol.Leave{}}).
		expect("2< bye left", "2 hang up 1000", "remove b", "observe left b left", "1< left b left").
		in(received{1, &protocol.Leave{Reason: "done"}}).
		expect("1< bye left", "1 hang up 1000", "remove a", "observe left a done").
		pass(linger+time.Second).
		expect("observe closed empty", "end")
}

func TestLostSocketLeavesMediaUntouched(t *testing.T) {
	twoLive(t).
		in(dropped{2}).expect().
		pass(time.Hour).expect(). // media flow: the seat stays
		in(resumes(3, "b", 1)).
		expect("3< welcome token-b-1 [a b] resumed=true gen=1")
}

func TestSeatIsKeptForTheGrace(t *testing.T) {
	twoLive(t).
		in(dropped{2}, transport("b", 1, sfu.Silent)).
		expect("observe interrupted b signal", "1< changed b interrupted").
		pass(29*time.Second).expect().
		in(resumes(3, "b", 1)). // the socket is back, the media are still silent
		expect("3< welcome token-b-1 [a b] resumed=true gen=1", "observe resumed b", "observe degraded b silent", "1< changed b degraded", "3< changed b degraded").
		in(transport("b", 1, sfu.Connected)).
		expect("observe live b", "1< changed b live", "3< changed b live")
}

func TestGraceEnds(t *testing.T) {
	twoLive(t).
		in(dropped{2}, transport("b", 1, sfu.Failed)).ignore().
		pass(31*time.Second).
		expect("observe failed b lost", "remove b", "observe left b lost", "1< left b lost").
		in(resumes(3, "b", 1)).
		expect("3< problem gone", "3 hang up 4404").
		in(enters(4, "b")). // a new ticket opens a new leg
		expect("observe joined b", "1< joined b", "4< welcome token-b-2 [a b] resumed=false gen=0")
}

func TestMediaLostWhileTheSocketLives(t *testing.T) {
	twoLive(t).
		in(transport("b", 1, sfu.Silent)).events().expect("observe degraded b silent").
		in(transport("b", 1, sfu.Failed)).events().expect("observe interrupted b media").
		pass(31*time.Second).events().expect("observe failed b media"). // still there to chat
		in(offers(2, 2), answers("b", 1, 2)).events().expect().
		in(transport("b", 2, sfu.Connected)).events().expect("observe resumed b")
}

func TestFirstConnectionFails(t *testing.T) {
	newScript(t).in(enters(1, "a"), offers(1, 1), answers("a", 1, 1)).ignore().
		pass(connectWithin).events().expect("observe failed a connect").
		pass(time.Hour).expect()
}

func TestTakeOver(t *testing.T) {
	twoLive(t).
		in(enters(3, "b")).
		expect("2< bye moved", "2 hang up 4409", "remove b", "observe moved b",
			"3< welcome token-b-2 [a b] resumed=false gen=0", "1< changed b connecting", "3< changed b connecting").
		in(dropped{2}).expect().
		in(received{2, &protocol.Say{Ref: "1", Text: "ghost"}}).expect().
		in(resumes(4, "b", 1)).expect("4< problem moved", "4 hang up 4409").
		in(answers("b", 1, 1)).expect(). // late, for the first device
		in(resumes(5, "b", 2)).
		expect("3 hang up 4409", "5< welcome token-b-2 [a b] resumed=true gen=0")
}

func TestResumeAfterRestart(t *testing.T) {
	newScript(t).
		in(resumes(1, "a", 3)).
		expect("observe opened", "observe joined a restart", "1< welcome token-a-3 [a] resumed=false gen=0")
}

func TestRoomIsFull(t *testing.T) {
	newScript(t).in(enters(1, "a"), enters(2, "b"), enters(3, "c")).ignore().
		in(enters(4, "d")).expect("4< problem full", "4 hang up 4423").
		in(enters(5, "c")).events().expect("observe moved c") // a seat of one's own is not another seat
}

func TestShut(t *testing.T) {
	twoLive(t).in(shut{reason: "done"}).expect(
		"1< bye ended", "1 hang up 4410", "remove a", "observe left a ended",
		"2< bye ended", "2 hang up 4410", "remove b", "observe left b ended",
		"observe closed done", "end",
	).
		in(enters(3, "c")).expect()
	twoLive(t).in(dropped{2}, shut{restart: time.Second}).expect(
		"1< bye restart", "1 hang up 1012", "remove a", "remove b", "observe closed stopping", "end",
	)
}

func TestOffers(t *testing.T) {
	newScript(t).in(enters(1, "a")).ignore().
		in(offers(1, 2)).expect("negotiate a 2").
		in(offers(1, 2)).expect("1< problem offer-pending").
		in(received{1, &protocol.Candidate{Gen: 2}}).expect().
		in(received{1, &protocol.Candidate{Gen: 1}}).expect("1< problem no-transport").
		in(media{sfu.Event{Peer: "a", Gen: 2, Slots: []sfu.Slot{{Mid: "0", From: "b", Source: "mic"}}, Want: sfu.Wanted{Video: 1}}}).expect().
		in(answers("a", 1, 2)).expect("1< answer", "trickle a").
		in(received{1, &protocol.Candidate{Gen: 2}}).expect("trickle a").
		in(offers(1, 1)).expect("1< problem offer").
		in(offers(1, 2), answered{person: "a", leg: 1, gen: 2, err: errors.New("no")}).expect("negotiate a 2", "1< problem offer").
		in(transport("a", 1, sfu.Failed)).expect() // news of a transport that is gone
}

func TestChat(t *testing.T) {
	s := newScript(t).in(enters(1, "a"), enters(2, "b")).ignore()
	say := func(ref, text string) received { return received{1, &protocol.Say{Ref: ref, Text: text}} }
	s.in(say("x", "one")).expect("observe chat a", "1< chat 1 one", "2< chat 1 one").
		in(say("x", "one")).expect("1< chat 1 one"). // repeated after a reconnect
		in(received{2, &protocol.Say{Ref: "x", Text: "two"}}).expect("observe chat b", "1< chat 2 two", "2< chat 2 two")
	late := enters(3, "c")
	late.hello.ChatAfter = 1
	for _, e := range s.state.step(s.now, late) {
		if m, ok := e.(send); ok {
			if w, ok := m.msg.(protocol.Welcome); ok && (len(w.Chat) != 1 || w.Chat[0].Text != "two") {
				t.Errorf("chat for a late joiner: %+v", w.Chat)
			}
		}
	}
	for i := range protocol.MaxHistory + 10 {
		s.in(say(fmt.Sprint(i), "more"))
	}
	if n := len(s.state.chat); n != protocol.MaxHistory {
		t.Errorf("%d lines kept", n)
	}
}

func TestShare(t *testing.T) {
	s := newScript(t).in(enters(1, "a"), enters(2, "b"), enters(3, "c")).ignore()
	share := func(topic, data, to string, keep bool) received {
		return received{1, &protocol.Share{Topic: topic, Data: json.RawMessage(data), To: to, Keep: keep}}
	}
	s.in(share("pointer", "1", "", false)).expect("2< shared pointer 1", "3< shared pointer 1").
		in(share("pointer", "2", "c", false)).expect("3< shared pointer 2").
		in(share("pointer", "3", "nobody", false)).expect().
		in(share("viewer", "4", "", true)).expect("observe shared a", "2< shared viewer 4", "3< shared viewer 4")
	if len(s.state.shared) != 1 || string(s.state.shared[0].Data) != "4" {
		t.Errorf("kept: %+v", s.state.shared)
	}
	s.in(share("viewer", "null", "", true)).ignore()
	if len(s.state.shared) != 0 {
		t.Errorf("kept after null: %+v", s.state.shared)
	}
	for i := range protocol.MaxTopics {
		s.in(share(fmt.Sprint(i), "1", "", true))
	}
	s.ignore().in(share("one too many", "1", "", true)).expect("1< problem limit")
}

func TestSecondHello(t *testing.T) {
	newScript(t).in(enters(1, "a")).ignore().
		in(received{1, &protocol.Hello{}}).expect("1< problem hello-first", "1 hang up 4400")
}

func TestQualityMakesDegraded(t *testing.T) {
	s := twoLive(t)
	bad := sampled{[]sfu.Sample{{Peer: "b", Gen: 1, UpLoss: 0.3}, {Peer: "a", Gen: 1}, {Peer: "a", Gen: 9}, {Peer: "nobody", Gen: 1}}}
	good := sampled{[]sfu.Sample{{Peer: "b", Gen: 1}}}
	s.in(bad).expect("observe quality b", "observe quality a", "1< quality", "2< quality").
		in(bad).events().expect("observe quality b", "observe degraded b poor", "observe quality a").
		in(good, good).events().expect("observe quality b", "observe quality b").
		in(good).events().expect("observe quality b", "observe live b").
		in(sampled{[]sfu.Sample{{Peer: "b", Gen: 1, Paused: true}}}).events().expect("observe quality b", "observe degraded b audio-only")
}

// TestRoomInvariants plays anything in any order.
func TestRoomInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := roomState{name: "r", maxPeople: 3, maxListeners: 2, canRecord: true, resume: func(*seat) string { return "" }, ice: func(yilian.PersonID) []ICEServer { return nil }}
		now := time.Unix(1e9, 0)
		present := map[yilian.PersonID]bool{} // by the events
		for n := range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
			for _, e := range s.step(now, anyInput(t, uint64(n+1))) {
				follow(t, present, e)
				nothingForTheLobby(t, &s, e)
			}
			oneOrTheOther(t, &s)
			holders := map[uint64]bool{}
			people := map[yilian.PersonID]bool{}
			for _, seat := range s.seats {
				if people[seat.who.Person] || seat.socket != 0 && holders[seat.socket] {
					t.Fatal("a person or a socket has two seats")
				}
				people[seat.who.Person], holders[seat.socket] = true, true
				if (seat.link == protocol.LinkInterrupted) == seat.until.IsZero() && seat.socket == 0 {
					t.Fatalf("link %s, until %v", seat.link, seat.until)
				}
			}
			if !s.ended && len(people) != len(present) {
				t.Fatalf("seats %v, by the events %v", people, present)
			}
			if due := s.due(); !due.IsZero() && !due.After(now) && !s.ended {
				t.Fatalf("due %v is over at %v", due, now)
			}
		}
	})
}

func anyInput(t *rapid.T, fresh uint64) any {
	id := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "who")
	socket := uint64(rapid.IntRange(1, int(fresh)).Draw(t, "socket"))
	gen := rapid.IntRange(1, 3).Draw(t, "gen")
	state := rapid.SampledFrom([]sfu.State{sfu.Connecting, sfu.Connected, sfu.Silent, sfu.Failed}).Draw(t, "state")
	return rapid.SampledFrom([]any{
		enters(fresh, id), resumes(fresh, id, rapid.IntRange(1, 2).Draw(t, "leg")),
		as(enters(fresh, id), func(c *claims) { c.Lobby, c.Guest = true, true }), as(enters(fresh, id), func(c *claims) { c.Chair = true }),
		as(enters(fresh, id), func(c *claims) { c.Listener, c.CanSend = true, false }),
		received{socket, &protocol.Control{Action: rapid.SampledFrom(actions).Draw(t, "action"), Target: id, Source: "mic"}},
		received{socket, &protocol.State{Mic: gen == 1, Hand: gen == 2}},
		received{socket, &protocol.Present{On: gen < 3}},
		received{socket, &protocol.Record{On: gen < 3}},
		received{socket, &protocol.Consent{Recording: gen < 3}},
		received{socket, &protocol.Mark{Text: "x"}},
		received{socket, &protocol.Say{Ref: id, Text: "x"}},
		received{socket, &protocol.Share{Topic: protocol.TopicViewer, N: int64(gen), Keep: true, Data: json.RawMessage("1")}},
		media{sfu.Event{Peer: id, Gen: gen, Data: &sfu.Data{Payload: []byte(`{"type":"share","topic":"pointer","n":2,"data":1}`)}}},
		media{sfu.Event{Peer: id, Gen: gen, Data: &sfu.Data{Payload: []byte("garbage")}}},
		as(again(fresh, id), func(*claims) {}),
		recorded{epoch: gen, err: errors.New("x")},
		recorded{epoch: gen},
		dropped{socket},
		offers(socket, gen),
		answers(id, 1, gen), transport(id, gen, state), transport(id, gen, sfu.Connected),
		received{socket, &protocol.Leave{}},
		sampled{[]sfu.Sample{{Peer: id, Gen: gen, UpLoss: 0.5}}},
		tick{},
	}).Draw(t, "input")
}

// follow keeps the list of who is present as an observer would.
func follow(t *rapid.T, present map[yilian.PersonID]bool, effect any) {
	o, ok := effect.(observe)
	if !ok {
		return
	}
	p := o.event.Person
	switch o.event.Type {
	case EventJoined:
		if present[p] {
			t.Fatalf("%s joined twice", p)
		}
		present[p] = true
	case EventLeft:
		if !present[p] {
			t.Fatalf("%s left without having joined", p)
		}
		delete(present, p)
	case EventClosed, EventOpened, EventWaiting, EventAdmitted, EventTurnedAway:
	default:
		if !present[p] && p != "" {
			t.Fatalf("%s of %s, who is not present", o.event.Type, p)
		}
	}
}
