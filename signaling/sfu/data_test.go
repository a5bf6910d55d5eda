package sfu

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// heardOf lists the messages that were told of a generation.
func heardOf(events []Event, gen int) (out []string) {
	for _, e := range events {
		if e.Data != nil && e.Peer == "p" && e.Gen == gen && e.Data.Label == LabelLooking {
			out = append(out, string(e.Data.Payload))
		}
	}
	return out
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never: %s", what)
		}
	}
}

// looks opens a channel and keeps what comes on it.
func looks(t *testing.T, pc *webrtc.PeerConnection, label string, init *webrtc.DataChannelInit) (dc *webrtc.DataChannel, got chan string, closed chan struct{}) {
	t.Helper()
	dc, err := pc.CreateDataChannel(label, init)
	if err != nil {
		t.Fatal(err)
	}
	got, closed = make(chan string, 1000), make(chan struct{})
	dc.OnMessage(func(m webrtc.DataChannelMessage) { got <- string(m.Data) })
	dc.OnClose(func() { close(closed) })
	return dc, got, closed
}

func open(dc *webrtc.DataChannel) func() bool {
	return func() bool { return dc.ReadyState() == webrtc.DataChannelStateOpen }
}

// TestDataBothWays has the channel in the first offer: messages of all sizes arrive, in order, both ways.
func TestDataBothWays(t *testing.T) {
	r, events := newRoom(t, newEngine(t, Config{}))
	pc := dial(t, nil)
	dc, got, _ := looks(t, pc, LabelLooking, nil)
	if r.SendData("p", LabelLooking, []byte("{}")) {
		t.Error("sent to nobody")
	}
	negotiate(t, r, pc, 1)
	eventually(t, "the channel opens", open(dc))
	want := []string{`{"n":1}`, strings.Repeat("b", 1999), strings.Repeat("c", 30_000), strings.Repeat("d", maxMessage-100), "e"}
	for _, text := range want {
		if err := dc.SendText(text); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all arrive", func() bool { return len(heardOf(events(), 1)) == len(want) })
	for i, text := range heardOf(events(), 1) {
		if text != want[i] {
			t.Errorf("message %d has %d bytes, want %d", i, len(text), len(want[i]))
		}
	}
	for i, text := range want {
		if !r.SendData("p", LabelLooking, []byte(text)) {
			t.Fatalf("message %d is not sent", i)
		}
		if back := <-got; back != text {
			t.Errorf("message %d has %d bytes", i, len(back))
		}
	}
	if r.SendData("p", "other", nil) || r.SendData("q", LabelLooking, nil) || r.SendData("p", LabelLooking, make([]byte, maxMessage+1)) {
		t.Error("sent to nobody, or too much")
	}
	again, got, _ := looks(t, pc, LabelLooking, nil) // takes the place of the first
	eventually(t, "it opens again", open(again))
	eventually(t, "the new one is in use", func() bool {
		r.SendData("p", LabelLooking, []byte("new"))
		select {
		case text := <-got:
			return text == "new"
		default:
			return false
		}
	})
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is closed", func() bool { return !r.SendData("p", LabelLooking, []byte("x")) })
}

// TestDataLater asks for the channel in a later offer; before that nothing of it is there.
func TestDataLater(t *testing.T) {
	r, events := newRoom(t, newEngine(t, Config{}))
	pc := dial(t, nil)
	negotiate(t, r, pc, 1)
	waitState(t, events, 1, Connected)
	stacks := make([]byte, 1<<20)
	if stacks = stacks[:runtime.Stack(stacks, true)]; bytes.Contains(stacks, []byte("pion/sctp")) {
		t.Errorf("SCTP runs although nobody asked for it:\n%s", stacks)
	}
	dc, _, _ := looks(t, pc, LabelLooking, nil)
	negotiate(t, r, pc, 1)
	eventually(t, "the channel opens", open(dc))
	if err := dc.Send([]byte("late")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it arrives", func() bool { h := heardOf(events(), 1); return len(h) == 1 && h[0] == "late" })
}

// TestDataRefused opens channels that nobody wants, says too much at once, and opens channels without end: only that is the end of its transport.
func TestDataRefused(t *testing.T) {
	r, events := newRoom(t, newEngine(t, Config{}))
	pc := dial(t, nil)
	unordered, few := false, uint16(1)
	for label, init := range map[string]*webrtc.DataChannelInit{
		"chat": nil, LabelLooking: {Ordered: &unordered}, LabelLooking + " ": {MaxRetransmits: &few},
	} {
		dc, _, closed := looks(t, pc, label, init)
		if pc.CurrentLocalDescription() == nil {
			negotiate(t, r, pc, 1)
		}
		eventually(t, label+" opens", func() bool { return dc.ReadyState() >= webrtc.DataChannelStateOpen })
		<-closed
	}
	long, _, closed := looks(t, pc, LabelLooking, nil)
	eventually(t, "the channel opens", open(long))
	if err := long.Send(make([]byte, maxMessage)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "64 KB arrive", func() bool { return len(heardOf(events(), 1)) == 1 })
	if err := long.Send(make([]byte, maxMessage+1)); err == nil {
		<-closed // a client that does not know how long a message may be
	}
	if n := len(heardOf(events(), 1)); n != 1 || pc.ConnectionState() != webrtc.PeerConnectionStateConnected {
		t.Errorf("%d messages, the transport is %v", n, pc.ConnectionState())
	}
	for range maxChannels {
		if _, err := pc.CreateDataChannel("more", nil); err != nil {
			break // it is over already
		}
	}
	waitState(t, events, 1, Failed)
}

// TestDataIsBounded sends to somebody who does not read: what waits is bounded, and nothing blocks.
func TestDataIsBounded(t *testing.T) {
	r, _ := newRoom(t, newEngine(t, Config{}))
	pc := dial(t, func(s *webrtc.SettingEngine) { s.SetSCTPMaxReceiveBufferSize(64 << 10) })
	dc, err := pc.CreateDataChannel(LabelLooking, nil)
	if err != nil {
		t.Fatal(err)
	}
	hold := make(chan struct{})
	dc.OnMessage(func(webrtc.DataChannelMessage) { <-hold })
	defer close(hold)
	negotiate(t, r, pc, 1)
	eventually(t, "the channel opens", open(dc))
	eventually(t, "it is in use", func() bool { return r.SendData("p", LabelLooking, []byte("x")) })
	payload, taken := make([]byte, 16<<10), 0
	for limit := time.Now().Add(2 * time.Second); r.SendData("p", LabelLooking, payload) && time.Now().Before(limit); {
		taken += len(payload)
	}
	if taken == 0 || taken > maxUnsent+(256<<10) {
		t.Errorf("%d bytes were taken for somebody who does not read", taken)
	}
}

// TestDataFlood says much more than may be said: it is taken at the pace that is allowed, and nothing is lost.
func TestDataFlood(t *testing.T) {
	r, events := newRoom(t, newEngine(t, Config{}))
	pc := dial(t, nil)
	dc, _, _ := looks(t, pc, LabelLooking, nil)
	negotiate(t, r, pc, 1)
	eventually(t, "the channel opens", open(dc))
	start := time.Now()
	const all = messagesASecond * 3 / 2
	for range all {
		if err := dc.SendText("x"); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all arrive", func() bool { return len(heardOf(events(), 1)) == all })
	if took := time.Since(start); took < 450*time.Millisecond {
		t.Errorf("%d messages were taken in %v", all, took)
	}
}
