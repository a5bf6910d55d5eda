package signaling_test

import (
	"context"
	"maps"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"go.uber.org/goleak"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/client"
	"yilian/signaling/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal is an Observer that remembers.
type journal struct {
	mu     sync.Mutex
	events []signaling.Event
}

func (j *journal) RoomEvent(_ context.Context, e signaling.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
}

// types lists what happened to a person ("" for the room), without the quality samples.
func (j *journal) types(person yilian.PersonID) []signaling.EventType {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []signaling.EventType
	for _, e := range j.events {
		if e.Person == person && e.Type != signaling.EventQuality {
			out = append(out, e.Type)
		}
	}
	return out
}

func (j *journal) has(person yilian.PersonID, t signaling.EventType) bool {
	for _, have := range j.types(person) {
		if have == t {
			return true
		}
	}
	return false
}

// house is a running server.
type house struct {
	*signaling.Server
	url     string
	web     string
	journal *journal
	stop    func() // graceful, waits
}

func open(t *testing.T, change func(*signaling.Config)) *house {
	t.Helper()
	return openFor(t, change)
}

func openFor(t testing.TB, change func(*signaling.Config)) *house {
	t.Helper()
	h := &house{journal: &journal{}}
	c := signaling.Config{
		Key: []byte(strings.Repeat("k", 32)), MediaUDP: "127.0.0.1:0", MediaTCP: "127.0.0.1:0", Loopback: true,
		Observer: h.journal, SampleEvery: time.Second,
	}
	if change != nil {
		change(&c)
	}
	s, err := signaling.New(c)
	if err != nil {
		t.Fatal(err)
	}
	h.Server = s
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- s.Run(ctx) }()
	web := httptest.NewServer(s.Handler())
	h.web = web.URL
	h.url = "ws" + strings.TrimPrefix(web.URL, "http")
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-over; err != nil {
			t.Error("Run:", err)
		}
		web.Close()
	})
	t.Cleanup(h.stop)
	return h
}

func (h *house) ticket(t *testing.T, room, person string) string {
	t.Helper()
	ticket, err := h.Ticket(signaling.TicketRequest{Room: room, Person: yilian.PersonID(person), Name: "Dr " + person, Role: "specialist", CanSend: true, Grace: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// person is a headless participant that counts what arrives.
type person struct {
	*client.Client
	mu       sync.Mutex
	messages []protocol.Message
	packets  map[string]int // by mid
	news     chan struct{}
}

func loopbackAPI(t *testing.T) *webrtc.API {
	t.Helper()
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	return webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s))
}

// options are those of a participant with a microphone and a camera.
func options(t *testing.T, h *house, ticket string) (client.Options, *person) {
	t.Helper()
	p := &person{packets: map[string]int{}, news: make(chan struct{}, 1)}
	mic, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "mic", "me")
	if err != nil {
		t.Fatal(err)
	}
	camera, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "camera", "me")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var pump sync.WaitGroup
	pump.Go(func() { play(ctx, mic, camera) })
	t.Cleanup(func() { cancel(); pump.Wait() })
	return client.Options{
		URL: h.url, Ticket: ticket, API: loopbackAPI(t), Device: "test",
		Dialer:    &websocket.Dialer{HandshakeTimeout: 5 * time.Second},
		Send:      map[string]webrtc.TrackLocal{"mic": mic, "camera": camera},
		OnMessage: p.hears,
		OnTrack:   p.reads,
	}, p
}

func (p *person) changed() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// play sends 50 audio and 20 video frames a second; every video frame is a key frame, which keeps the test free of an encoder.
func play(ctx context.Context, mic, camera *webrtc.TrackLocalStaticSample) {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	frame := make([]byte, 3000) // first byte even: a VP8 key frame
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		_ = mic.WriteSample(media.Sample{Data: []byte{0xfc, 1, 2, 3}, Duration: 20 * time.Millisecond})
		if n%5 == 0 {
			_ = camera.WriteSample(media.Sample{Data: frame, Duration: 100 * time.Millisecond})
		}
	}
}

func join(t *testing.T, h *house, room, name string) *person {
	t.Helper()
	return joinWith(t, h, h.ticket(t, room, name))
}

// silent brings in somebody without media.
func silent(t *testing.T, h *house, ticket string) *person {
	t.Helper()
	p := &person{news: make(chan struct{}, 1)}
	return p.joins(t, client.Options{URL: h.url, Ticket: ticket, OnMessage: p.hears})
}

func joinWith(t *testing.T, h *house, ticket string) *person {
	t.Helper()
	o, p := options(t, h, ticket)
	return p.joins(t, o)
}

func (p *person) hears(m protocol.Message) {
	p.mu.Lock()
	p.messages = append(p.messages, m)
	p.mu.Unlock()
	p.changed()
}

func (p *person) joins(t *testing.T, o client.Options) *person {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Join(ctx, o)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	p.Client = c
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Log(err)
		}
	})
	return p
}

// wait waits until a condition on the person holds.
func (p *person) wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(12 * time.Second)
	for {
		p.mu.Lock()
		done := ok()
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-p.news:
		case <-time.After(50 * time.Millisecond): // for conditions outside of the person
		case <-limit:
			p.mu.Lock()
			packets := maps.Clone(p.packets)
			p.mu.Unlock()
			t.Fatalf("waited too long for %s; packets %v", what, packets)
		}
	}
}

func (p *person) waitMessage(t *testing.T, what string, fits func(protocol.Message) bool) {
	t.Helper()
	p.wait(t, what, func() bool {
		for _, m := range p.messages {
			if fits(m) {
				return true
			}
		}
		return false
	})
}

// receives waits until more packets of a source of somebody arrive.
func (p *person) receives(t *testing.T, from, source string) {
	t.Helper()
	start := -1
	p.wait(t, source+" of "+from, func() bool {
		for mid, n := range p.packets {
			if s, ok := p.Slot(mid); ok && s.From == from && s.Source == source {
				if start < 0 {
					start = n
				}
				return n > start+5
			}
		}
		return false
	})
}
