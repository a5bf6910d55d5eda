package signaling_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/transport/v4/vnet"
	"github.com/pion/webrtc/v4"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/client"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// pipes is a listener whose connections are in memory, so that time in them is the bubble's.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.over) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.IPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.over:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// world is a server and its participants on a virtual network, in a synctest bubble.
type world struct {
	*house
	t      *testing.T
	router *vnet.Router
	lines  *pipes
	loss   atomic.Int64 // packets lost of 1000
	cut    sync.Map     // addresses that are cut off
	next   int
	end    []func()
	looks  bool // participants open a data channel
	heard  func(name string, m *protocol.Shared)
}

const serverIP = "10.0.0.1"

func newWorld(t *testing.T) *world {
	t.Helper()
	// Sockets have no delay here, and media must not overtake the answer that describes it: pion's receiver races with it then.
	return newFarWorld(t, time.Millisecond)
}

// newFarWorld has a delay each way between everybody and the server.
func newFarWorld(t *testing.T, delay time.Duration) *world {
	t.Helper()
	w := &world{t: t, lines: &pipes{conns: make(chan net.Conn), over: make(chan struct{})}, next: 10}
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", MinDelay: delay, LoggerFactory: logging.NewDefaultLoggerFactory()})
	if err != nil {
		t.Fatal(err)
	}
	w.router = router
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	router.AddChunkFilter(func(c vnet.Chunk) bool {
		for _, a := range []net.Addr{c.SourceAddr(), c.DestinationAddr()} {
			if host, _, err := net.SplitHostPort(a.String()); err == nil {
				if _, off := w.cut.Load(host); off {
					return false
				}
			}
		}
		mu.Lock()
		defer mu.Unlock()
		return random.Int64N(1000) >= w.loss.Load()
	})
	network := w.attach(serverIP)
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	engine, err := sfu.NewEngine(sfu.Config{UDP: serverIP + ":7882", Net: network})
	if err != nil {
		t.Fatal(err)
	}
	w.house = &house{journal: &journal{}, url: "ws://yilian/rtc"}
	server, err := signaling.NewOver(signaling.Config{Key: []byte(strings.Repeat("k", 32)), Observer: w.journal}, engine)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = server
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := server.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	web := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: time.Second}
	running.Go(func() { _ = web.Serve(w.lines) })
	w.end = append(w.end, func() {
		cancel()
		_ = web.Close()
		running.Wait()
		if err := router.Stop(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// close ends everything, last first.
func (w *world) close() {
	for _, f := range slices.Backward(w.end) {
		f()
	}
}

func (w *world) attach(ip string) *vnet.Net {
	w.t.Helper()
	network, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.router.AddNet(network); err != nil {
		w.t.Fatal(err)
	}
	return network
}

// participant is somebody on the virtual network.
type participant struct {
	*client.Client
	name, ip string
	packets  sync.Map // source@from → *atomic.Int64
	left     atomic.Int64
	shared   atomic.Int64
	closed   atomic.Int64
}

// join brings somebody in who sends sound and picture.
func (w *world) join(name string) *participant {
	w.t.Helper()
	ip := net.IPv4(10, 0, 0, byte(w.next)).String()
	w.next++
	p := &participant{name: name, ip: ip}
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		w.t.Fatal(err)
	}
	var s webrtc.SettingEngine
	s.SetNet(w.attach(ip))
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(5*time.Second, time.Hour, 2*time.Second)
	mic, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "mic", "me")
	if err != nil {
		w.t.Fatal(err)
	}
	camera, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "camera", "me")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var pump sync.WaitGroup
	pump.Go(func() { play(ctx, mic, camera) })
	ticket, err := w.Ticket(signaling.TicketRequest{Room: "r", Person: yilian.PersonID(name), Name: name, CanSend: true, Grace: 30 * time.Second})
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := client.Join(context.Background(), client.Options{
		URL: w.url, Ticket: ticket, Dialer: &websocket.Dialer{NetDialContext: w.lines.dial},
		API:  webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(s)),
		Send: map[string]webrtc.TrackLocal{"mic": mic, "camera": camera}, Audio: 2, Video: 2, Looking: w.looks,
		OnMessage: func(m protocol.Message) {
			if _, ok := m.(*protocol.Left); ok {
				p.left.Add(1)
			}
			if v, ok := m.(*protocol.Shared); ok {
				p.shared.Add(1)
				if w.heard != nil {
					w.heard(name, v)
				}
			}
			if _, ok := client.Closed(m); ok {
				p.closed.Add(1)
			}
		},
		OnTrack: func(c *client.Client, mid string, track *webrtc.TrackRemote) {
			buf := make([]byte, 1600)
			for {
				if _, _, err := track.Read(buf); err != nil {
					return
				}
				if slot, ok := c.Slot(mid); ok {
					p.count(slot.Source, slot.From).Add(1)
				}
			}
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	p.Client = c
	w.end = append(w.end, func() {
		cancel()
		pump.Wait()
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			w.t.Error(err)
		}
	})
	return p
}

func (p *participant) count(source, from string) *atomic.Int64 {
	n, _ := p.packets.LoadOrStore(source+"@"+from, new(atomic.Int64))
	return n.(*atomic.Int64)
}

// during gives how many packets of a stream come in a time.
func (p *participant) during(d time.Duration, source, from string) int64 {
	before := p.count(source, from).Load()
	time.Sleep(d)
	return p.count(source, from).Load() - before
}
