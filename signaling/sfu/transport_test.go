package sfu

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(t *testing.T, c Config) *Engine {
	t.Helper()
	if c.UDP == "" && c.TCP == "" {
		c.UDP = "127.0.0.1:0"
	}
	c.Loopback = true
	e, err := NewEngine(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// newRoom makes a room whose events are kept.
func newRoom(t *testing.T, e *Engine) (r *Room, events func() []Event) {
	t.Helper()
	var mu sync.Mutex
	var all []Event
	r = e.NewRoom(func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, e)
	})
	t.Cleanup(r.Close)
	return r, func() []Event {
		mu.Lock()
		defer mu.Unlock()
		return append([]Event(nil), all...)
	}
}

// dial makes a client's peer connection with a microphone.
func dial(t *testing.T, change func(*webrtc.SettingEngine)) *webrtc.PeerConnection {
	t.Helper()
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if change != nil {
		change(&s)
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pc.GracefulClose(); err != nil {
			t.Error(err)
		}
	})
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	return pc
}

func negotiate(t *testing.T, r *Room, pc *webrtc.PeerConnection, gen int) (answer string) {
	t.Helper()
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	answer, err = r.Answer(ctx, "p", Offer{Gen: gen, SDP: offer.SDP, CanSend: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	return answer
}

func waitState(t *testing.T, events func() []Event, gen int, want State) {
	t.Helper()
	limit := time.Now().Add(20 * time.Second)
	for time.Now().Before(limit) {
		for _, e := range events() {
			if e.Gen == gen && e.State == want {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("transport %d was never %s: %+v", gen, want, events())
}

func TestAnswer(t *testing.T) {
	e := newEngine(t, Config{TCP: "127.0.0.1:0", UDP: "127.0.0.1:0", PublicIPs: []netip.Addr{netip.MustParseAddr("203.0.113.7")}})
	r, _ := newRoom(t, e)
	answer := negotiate(t, r, dial(t, nil), 1)
	for _, want := range []string{
		"a=setup:active", " udp ", " tcp ", "203.0.113.7", "127.0.0.1", "a=sendrecv", "opus/48000/2", "useinbandfec=1",
	} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer has no %q:\n%s", want, answer)
		}
	}
	if _, err := r.Answer(t.Context(), "p", Offer{Gen: 0, SDP: "x"}); err == nil {
		t.Error("garbage was answered")
	}
}

// TestOlderSuites connects a client that has no GCM: the first transport fails, the next one works.
func TestOlderSuites(t *testing.T) {
	r, events := newRoom(t, newEngine(t, Config{}))
	old := func(s *webrtc.SettingEngine) { s.SetSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80) }
	negotiate(t, r, dial(t, old), 1)
	waitState(t, events, 1, Failed)
	negotiate(t, r, dial(t, old), 2)
	waitState(t, events, 2, Connected)
}

func TestGenerations(t *testing.T) {
	r, events := newRoom(t, newEngine(t, Config{}))
	negotiate(t, r, dial(t, nil), 3)
	waitState(t, events, 3, Connected)
	if err := r.Candidate("p", 2, webrtc.ICECandidateInit{}); err == nil {
		t.Error("a candidate of another generation was taken")
	}
	pc := dial(t, nil)
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Answer(t.Context(), "p", Offer{Gen: 2, SDP: offer.SDP}); err == nil {
		t.Error("an older generation was answered")
	}
	negotiate(t, r, dial(t, nil), 4)
	waitState(t, events, 4, Connected)
	if got := r.Sample(time.Second); len(got) != 1 || got[0].Gen != 4 {
		t.Errorf("%+v", got)
	}
	r.Remove("p")
	if got := r.Sample(time.Second); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestPortInUse(t *testing.T) {
	e := newEngine(t, Config{UDP: "127.0.0.1:0"})
	at := net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: e.Ports().UDP}
	if second, err := NewEngine(Config{UDP: at.String()}); err == nil {
		_ = second.Close()
		t.Error("one port was opened twice")
	}
	if second, err := NewEngine(Config{}); err == nil {
		_ = second.Close()
		t.Error("an engine without ports was opened")
	}
}
