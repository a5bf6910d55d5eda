package signaling

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// channelled is what somebody says on the data channel of a transport.
func channelled(id string, gen int, text string) media {
	return media{sfu.Event{Peer: id, Gen: gen, Data: &sfu.Data{Label: sfu.LabelLooking, Payload: []byte(text)}}}
}

func look(n int, data string) string {
	return fmt.Sprintf(`{"type":"share","topic":"viewer","n":%d,"keep":true,"data":%q}`, n, data)
}

func TestLookingGoesByTheChannel(t *testing.T) {
	s := twoLive(t).in(enters(3, "c")).ignore() // c has no transport: an old client, or one that still connects
	s.in(channelled("a", 1, look(1, "x"))).expect("observe shared a", `2< shared viewer "x" by b`, `3< shared viewer "x"`).
		in(says(1, &protocol.Share{Topic: "viewer", N: 2, Data: json.RawMessage("2")})).expect("2< shared viewer 2 by b", "3< shared viewer 2").
		in(says(1, &protocol.Share{Topic: "still", Data: json.RawMessage("3")})).expect("2< shared still 3", "3< shared still 3").
		in(dropped{2}, says(1, &protocol.Share{Topic: "viewer", N: 3, Data: json.RawMessage("4")})).expect("0< shared viewer 4 by b", "3< shared viewer 4").
		in(channelled("b", 1, look(1, "y"))).expect("observe shared b", `1< shared viewer "y" by a`, `3< shared viewer "y"`). // without a socket
		in(channelled("b", 2, look(2, "z")), channelled("nobody", 1, look(1, "z"))).expect()                                  // of a transport that is not
}

// TestNumbersKeepTheOrder sends by both ways: what was overtaken counts no more, neither for who is in nor for who comes.
func TestNumbersKeepTheOrder(t *testing.T) {
	s := twoLive(t)
	onSocket := func(n int64, data string) received {
		return says(1, &protocol.Share{Topic: "viewer", N: n, Keep: true, Data: json.RawMessage(data)})
	}
	s.in(onSocket(4, "4"), channelled("a", 1, look(6, "six"))).ignore().in(onSocket(5, "5")).expect()
	if kept := string(s.state.shared[0].Data); kept != `"six"` {
		t.Errorf("kept %s", kept)
	}
	s.in(onSocket(6, "6")).events().expect("observe shared a"). // the same again, after a loss
									in(channelled("b", 1, look(1, "b"))).events().expect("observe shared b"). // each counts for themselves
									in(onSocket(0, "0")).events().expect("observe shared a").                 // an old client does not number
									in(enters(9, "a"), offers(9, 1), answers("a", 2, 1)).ignore()
	s.in(says(9, &protocol.Share{Topic: "viewer", N: 1, Data: json.RawMessage("1")})).expect("2< shared viewer 1 by b") // another device begins anew
}

func TestLeaderOnTheChannel(t *testing.T) {
	twoLive(t).in(says(1, &protocol.Present{On: true})).ignore().
		in(channelled("b", 1, look(1, "mine"))).events().expect("observe shared b"). // a kept value that the room does not have
		in(channelled("b", 1, look(2, "mine"))).expect("2< problem not-allowed").
		in(orders(1, protocol.ActionPresent, "b")).ignore().
		in(channelled("b", 1, look(3, "mine"))).events().expect("observe shared b").
		in(channelled("a", 1, look(1, "was under way"))).expect().
		pass(underWay + time.Second).in(channelled("a", 1, look(2, "late"))).expect("1< problem not-allowed")
}

func TestNewTransportIsToldWhatIsLookedAt(t *testing.T) {
	twoLive(t).in(channelled("a", 1, look(1, "x")), says(1, &protocol.Share{Topic: "note", Keep: true, Data: json.RawMessage("1")})).ignore().
		in(offers(2, 2)).events().expect("observe interrupted b media").
		in(offers(1, 1)).expect("negotiate a 1")
	twoLive(t).in(channelled("a", 1, look(1, "x"))).ignore().in(offers(2, 2)).
		expect(`2< shared viewer "x"`, "negotiate b 2", "observe interrupted b media", "1< changed b interrupted", "2< changed b interrupted")
}

func TestHostileOnTheChannel(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"garbage":        {"\x00{", []string{"1< problem bad-message", "1 hang up 4400", "remove a", "observe interrupted a signal", "2< changed a interrupted"}},
		"unknown":        {`{"type":"later-version"}`, []string{"1< problem unknown"}},
		"another kind":   {`{"type":"say","ref":"1","text":"x"}`, []string{"1< problem not-allowed"}},
		"another topic":  {`{"type":"share","topic":"note","data":1}`, []string{"1< problem not-allowed"}},
		"too much":       {`{"type":"share","topic":"viewer"}`, []string{"1< problem limit"}},
		"a hello":        {`{"type":"hello","version":1}`, []string{"1< problem not-allowed"}},
		"number too big": {`{"type":"share","topic":"viewer","n":9007199254740993,"data":1}`, []string{"1< problem limit"}},
	} {
		t.Run(name, func(t *testing.T) { twoLive(t).in(channelled("a", 1, c.text)).expect(c.want...) })
	}
	s := twoLive(t)
	for range protocol.MaxBurst {
		s.in(channelled("a", 1, look(1, "x")))
	}
	s.ignore()
	for range protocol.MaxRate { // one a millisecond
		s.in(channelled("a", 1, look(1, "x")))
	}
	if last := s.log[len(s.log)-1]; last != "2< changed a interrupted" {
		t.Errorf("after a flood: %s", last)
	}
	s.ignore().in(channelled("a", 1, look(2, "x")), channelled("b", 1, look(1, "y"))).events().expect("observe shared b")
	s.in(resumes(4, "a", 1)).in(offers(4, 2), answers("a", 1, 2), transport("a", 2, sfu.Connected)).ignore().
		in(channelled("a", 2, look(3, "back"))).events().expect("observe shared a")
}

// TestSameHelloAgain finds the seat, and only that.
func TestSameHelloAgain(t *testing.T) {
	first := enters(1, "a")
	first.hello.Offer = &protocol.Offer{Gen: 1, SDP: "v=0"}
	repeated := again(2, "a")
	repeated.hello = first.hello
	newScript(t).in(again(1, "a")).expect("1< problem ticket", "1 hang up 4401").
		in(first).expect("observe opened", "observe joined a", "1< welcome token-a-1 [a] resumed=false gen=0", "negotiate a 1").
		in(repeated).expect("1 hang up 4409", "2< welcome token-a-1 [a] resumed=true gen=1"). // the answer is under way
		in(answers("a", 1, 1)).expect("2< answer").
		in(as(again(3, "a"), func(c *claims) { c.ID = "another ticket" })).expect("3< problem ticket", "3 hang up 4401")
	newScript(t).in(guest(1, "g")).ignore().
		in(as(again(2, "g"), func(c *claims) { c.Lobby, c.Guest = true, true })).expect("1 hang up 4409", "2< welcome token-g-1 to the lobby []")
}

// TestNewsWhileAway loses the socket while slots and layers change: they are told on the next.
func TestNewsWhileAway(t *testing.T) {
	slots := media{sfu.Event{Peer: "b", Gen: 1, Slots: []sfu.Slot{{Mid: "0", From: "a", Source: "mic"}}}}
	layers := media{sfu.Event{Peer: "b", Gen: 1, Layers: []sfu.LayerWant{{Source: "camera", Active: []string{"l"}}}}}
	twoLive(t).in(dropped{2}, slots, layers).expect().
		in(resumes(3, "b", 1)).expect("3< welcome token-b-1 [a b] resumed=true gen=1", "3< slots", "3< layers").
		in(offers(3, 2), answers("b", 1, 2)).ignore().
		in(resumes(4, "b", 1)).expect("3 hang up 4409", "4< welcome token-b-1 [a b] resumed=true gen=2")
}

// TestSpeakerIsTold tells everybody who speaks, also who comes later, and nobody of a listener.
func TestSpeakerIsTold(t *testing.T) {
	speaks := func(id string) media { return media{sfu.Event{Speaker: id}} }
	s := twoLive(t).in(listener(3, "l")).ignore()
	s.in(speaks("a")).expect("1< speaker a", "2< speaker a", "3< speaker a").in(speaks("a"), speaks("l"), speaks("gone")).expect()
	var welcome protocol.Welcome
	for _, e := range s.state.step(s.now, enters(4, "c")) {
		if to, ok := e.(send); ok && to.socket == 4 {
			welcome, _ = to.msg.(protocol.Welcome)
		}
	}
	if welcome.Speaker != "a" {
		t.Errorf("who comes later is told of %q", welcome.Speaker)
	}
	s.ignore().in(says(1, &protocol.Leave{})).expect("1< bye left", "1 hang up 1000", "remove a", "observe left a left",
		"2< left a left", "3< left a left", "4< left a left", "2< speaker ", "3< speaker ", "4< speaker ")
}
