package sfu

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/sdp/v3"
	"github.com/pion/transport/v4/vnet"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

// world is a room on a virtual network, in a synctest bubble.
type world struct {
	t      *testing.T
	router *vnet.Router
	net    *shaped
	room   *Room
	engine *Engine
	mu     sync.Mutex
	events []Event
	people []*person
}

const worldIP = "10.0.0.1"

func newWorld(t *testing.T) *world {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", LoggerFactory: logging.NewDefaultLoggerFactory()})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, router: router}
	w.net = newShaped(w.attach(worldIP))
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	if w.engine, err = NewEngine(Config{UDP: worldIP + ":7882", Net: w.net}); err != nil {
		t.Fatal(err)
	}
	w.room = w.engine.NewRoom(func(e Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	})
	return w
}

func (w *world) close() {
	for _, p := range w.people {
		p.leave()
	}
	w.room.Close()
	if err := w.engine.Close(); err != nil {
		w.t.Error(err)
	}
	if err := w.router.Stop(); err != nil {
		w.t.Error(err)
	}
	time.Sleep(time.Second) // what is still flying
}

func (w *world) attach(ip string) *vnet.Net {
	w.t.Helper()
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.router.AddNet(n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// slotsOf gives what a peer was last told.
func (w *world) slotsOf(id string) (out []Slot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Peer == id && e.Slots != nil {
			out = e.Slots
		}
	}
	return out
}

func (w *world) layersOf(id string) (out []LayerWant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Peer == id && e.Layers != nil {
			out = e.Layers
		}
	}
	return out
}

// person is one client: pion with feedback, NACK and RTX as a browser has them.
type person struct {
	w      *world
	id     string
	ip     string
	pc     *webrtc.PeerConnection
	wait   sync.WaitGroup
	stop   chan struct{}
	once   sync.Once
	tracks map[string]string
	sends  map[string]*sending // by source and rid
	mu     sync.Mutex
	heard  hearing
	seen   map[string]*seeing // by mid
	red    bool
	level  atomic.Uint32 // of the sound that it sends, in -dBov
}

type sending struct {
	track *webrtc.TrackLocalStaticRTP
	rid   string
	mid   func() string
	ids   func(uri string) uint8
	key   chan struct{}
	off   bool
}

// hearing is what a receiver's jitter buffer would have of the sound.
type hearing struct {
	sound packet.Sound
	got   int
	late  int
	first time.Duration // smallest delay
}

type seeing struct {
	packets, keys, frames int
	last                  uint16
	started               bool
	lost                  int
	bytes                 int
	back                  int // timestamps that jumped back
	ts                    uint32
	missing               map[uint16]bool
	height                int
	first                 beginning
}

func (w *world) join(id, ip string, red bool, lines int, sends ...string) *person {
	w.t.Helper()
	p := &person{w: w, id: id, ip: ip, stop: make(chan struct{}), tracks: map[string]string{}, sends: map[string]*sending{}, seen: map[string]*seeing{}, red: red}
	w.people = append(w.people, p)
	m := &webrtc.MediaEngine{}
	audio, video := webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo
	var err error
	add := func(kind webrtc.RTPCodecType, c webrtc.RTPCodecCapability, pt webrtc.PayloadType) {
		if e := m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: c, PayloadType: pt}, kind); e != nil {
			w.t.Fatal(e)
		}
	}
	if red {
		add(audio, webrtc.RTPCodecCapability{MimeType: mimeRED, ClockRate: 48000, Channels: 2, SDPFmtpLine: "120/120"}, 121)
	}
	add(audio, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "useinbandfec=1"}, 120)
	feedback := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "transport-cc"}}
	add(video, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}, 100)
	if !slices.Contains(sends, "camera*") { // pion repeats packets of an encoding as if they were a new one
		add(video, webrtc.RTPCodecCapability{MimeType: mimeRTX, ClockRate: 90000, SDPFmtpLine: "apt=100"}, 101)
	}
	for _, uri := range []string{sdp.SDESMidURI, sdp.SDESRTPStreamIDURI, sdp.SDESRepairRTPStreamIDURI, playoutDelayURI} {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, video); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}, audio); err != nil {
		w.t.Fatal(err)
	}
	registry := &interceptor.Registry{}
	if err := webrtc.ConfigureTWCCHeaderExtensionSender(m, registry); err != nil {
		w.t.Fatal(err)
	}
	cc, err := twcc.NewSenderInterceptor()
	if err != nil {
		w.t.Fatal(err)
	}
	ask, err := nack.NewGeneratorInterceptor(nack.GeneratorMaxNacksPerPacket(8))
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := nack.NewResponderInterceptor()
	if err != nil {
		w.t.Fatal(err)
	}
	registry.Add(cc)
	registry.Add(ask)
	registry.Add(answer)
	var s webrtc.SettingEngine
	s.SetNet(w.attach(ip))
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(20*time.Second, 30*time.Second, time.Second)
	if p.pc, err = webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(s)).
		NewPeerConnection(webrtc.Configuration{}); err != nil {
		w.t.Fatal(err)
	}
	p.pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		mid := ""
		for _, t := range p.pc.GetTransceivers() {
			if t.Receiver() == receiver {
				mid = t.Mid()
			}
		}
		p.wait.Go(func() { p.read(mid, track) })
	})
	for _, source := range sends {
		p.send(source)
	}
	for range lines {
		for _, kind := range []webrtc.RTPCodecType{audio, video} {
			if _, err := p.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	p.offer(1)
	return p
}

// send adds a track: "mic", "camera", or "camera*" for one in three encodings.
func (p *person) send(source string) {
	t := p.w.t
	rids, codec := []string{""}, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}
	switch source {
	case "mic":
		codec = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
		if p.red {
			codec.MimeType = mimeRED
		}
	case "camera*":
		source, rids = "camera", []string{"l", "m", "h"}
	}
	var transceiver *webrtc.RTPTransceiver
	for _, rid := range rids {
		var options []func(*webrtc.TrackLocalStaticRTP)
		if rid != "" {
			options = append(options, webrtc.WithRTPStreamID(rid))
		}
		track, err := webrtc.NewTrackLocalStaticRTP(codec, source, p.id, options...)
		if err != nil {
			t.Fatal(err)
		}
		if transceiver == nil {
			if transceiver, err = p.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
				t.Fatal(err)
			}
		} else if err := transceiver.Sender().AddEncoding(track); err != nil {
			t.Fatal(err)
		}
		s := &sending{track: track, rid: rid, key: make(chan struct{}, 1), mid: transceiver.Mid}
		s.ids = func(uri string) uint8 {
			for _, e := range transceiver.Sender().GetParameters().HeaderExtensions {
				if e.URI == uri {
					return uint8(e.ID)
				}
			}
			return 0
		}
		p.sends[source+rid] = s
		p.wait.Go(func() {
			for {
				var packets []rtcp.Packet
				var err error
				if rid == "" {
					packets, _, err = transceiver.Sender().ReadRTCP()
				} else {
					packets, _, err = transceiver.Sender().ReadSimulcastRTCP(rid)
				}
				if err != nil {
					return
				}
				for _, r := range packets {
					if _, ok := r.(*rtcp.PictureLossIndication); ok {
						select {
						case s.key <- struct{}{}:
						default:
						}
					}
				}
			}
		})
	}
	p.tracks[source] = source
}

func (p *person) offer(gen int) { p.offerWith(gen, nil) }

// restart makes an offer with new ICE credentials.
func (p *person) restart(gen int) { p.offerWith(gen, &webrtc.OfferOptions{ICERestart: true}) }

func (p *person) offerWith(gen int, options *webrtc.OfferOptions) {
	t := p.w.t
	offer, err := p.pc.CreateOffer(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	tracks := map[string]string{}
	for _, tr := range p.pc.GetTransceivers() {
		if tr.Sender() != nil && tr.Sender().Track() != nil {
			tracks[tr.Mid()] = tr.Sender().Track().ID()
		}
	}
	answer, err := p.w.room.Answer(context.Background(), p.id, Offer{Gen: gen, SDP: offer.SDP, CanSend: true, Tracks: tracks})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Log(offer.SDP, "\n\n", answer)
		t.Fatal(err)
	}
}

func (p *person) leave() {
	p.once.Do(func() {
		close(p.stop)
		if err := p.pc.GracefulClose(); err != nil {
			p.w.t.Error(err)
		}
		p.wait.Wait()
	})
}

// whenUp waits until the client's side is connected.
func (p *person) whenUp() time.Time {
	p.w.t.Helper()
	limit := time.Now().Add(20 * time.Second)
	for p.pc.ConnectionState() != webrtc.PeerConnectionStateConnected {
		if time.Now().After(limit) {
			p.w.t.Fatalf("%s does not connect", p.id)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Now()
}

// backAfter tells how long it takes from now until sound and a whole picture have come, in steps of 10 ms; -1 for what did not come in time.
func (p *person) backAfter(within time.Duration) (sound, picture time.Duration) {
	start := time.Now()
	sound, picture = -1, -1
	p.mu.Lock()
	heard, frames := p.heard.got, p.pictures()
	p.mu.Unlock()
	for time.Since(start) < within && (sound < 0 || picture < 0) {
		time.Sleep(10 * time.Millisecond)
		p.mu.Lock()
		if sound < 0 && p.heard.got > heard {
			sound = time.Since(start)
		}
		if picture < 0 && p.pictures() > frames+2 {
			picture = time.Since(start)
		}
		p.mu.Unlock()
	}
	return sound, picture
}

// pictures counts what came to an end; p.mu is held.
func (p *person) pictures() (n int) {
	for _, s := range p.seen {
		n += s.frames
	}
	return n
}
