package sfu

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// The benchmark forwards one sender's picture (1.5 Mbit/s, 184 packets/s) and sound (50 packets/s) to many receivers over loopback. The clients run in a
// process of their own, so that the figures are the forwarder's:
//
//	go test -run - -bench Forward -benchtime 1x ./signaling/sfu
//
// benchClients is set in the process of the clients: how many receivers there are.
const benchClients = "YILIAN_BENCH_CLIENTS"

const (
	benchSettle = 3 * time.Second
	benchTime   = 8 * time.Second
)

func BenchmarkForward(b *testing.B) {
	for _, n := range []int{10, 40, 100} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for range b.N {
				bench(b, n)
			}
		})
	}
}

// message goes between the two processes, one a line.
type message struct {
	ID     string            `json:"id,omitempty"`
	SDP    string            `json:"sdp,omitempty"`
	Tracks map[string]string `json:"tracks,omitempty"`
	Do     string            `json:"do,omitempty"`
	Got    int               `json:"got,omitempty"`
	MicroS []int             `json:"us,omitempty"` // delays, some percentiles
}

func bench(b *testing.B, n int) {
	e, err := NewEngine(Config{UDP: "127.0.0.1:0", Loopback: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	r := e.NewRoom(func(Event) {})
	defer r.Close()
	child := exec.Command(os.Args[0], "-test.run=^TestBenchClients$")
	child.Env = append(os.Environ(), benchClients+"="+strconv.Itoa(n))
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = child.Wait() }()
	defer func() { _ = in.Close() }()
	lines := bufio.NewReaderSize(out, 1<<20)
	for range n + 1 {
		m := receiveMessage(b, lines)
		sdp, err := r.Answer(context.Background(), m.ID, Offer{Gen: 1, SDP: m.SDP, CanSend: true, Tracks: m.Tracks})
		if err != nil {
			b.Fatal(err)
		}
		sendMessage(b, in, message{ID: m.ID, SDP: sdp})
	}
	time.Sleep(benchSettle)
	sendMessage(b, in, message{Do: "start"})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cpuTime()
	time.Sleep(benchTime)
	cpu = cpuTime() - cpu
	runtime.ReadMemStats(&after)
	rss := residentMB()
	sendMessage(b, in, message{Do: "stop"})
	m := receiveMessage(b, lines)
	if m.Got == 0 {
		b.Fatal("nothing arrived")
	}
	got := float64(m.Got)
	b.ReportMetric(float64(cpu.Microseconds())/got, "µs/packet")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/got, "allocs/packet")
	b.ReportMetric(rss, "MB")
	b.ReportMetric(float64(m.MicroS[0])/1000, "p50-ms")
	b.ReportMetric(float64(m.MicroS[1])/1000, "p99-ms")
	b.ReportMetric(got/(234*float64(n)*benchTime.Seconds()), "delivered")
}

func receiveMessage(t testing.TB, r *bufio.Reader) (m message) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "{") {
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
}

func sendMessage(t testing.TB, w io.Writer, m message) {
	t.Helper()
	line, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(w, "\n%s\n", line); err != nil {
		t.Fatal(err)
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func residentMB() float64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		return 0
	}
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

// TestBenchClients is the process of the clients: not a test.
func TestBenchClients(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv(benchClients))
	if err != nil {
		t.Skip("only as the process of the clients")
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	var meter benchMeter
	join := func(pc *webrtc.PeerConnection, id string, tracks map[string]string) {
		offer, err := pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := pc.SetLocalDescription(offer); err != nil {
			t.Fatal(err)
		}
		sendMessage(t, os.Stdout, message{ID: id, SDP: offer.SDP, Tracks: tracks})
		answer := receiveMessage(t, in)
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
			t.Fatal(err)
		}
	}
	sender := benchPeer(t)
	var tracks []*webrtc.TrackLocalStaticRTP
	for _, mime := range []string{webrtc.MimeTypeOpus, webrtc.MimeTypeVP8} {
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime}, mime, "bench")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sender.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
			t.Fatal(err)
		}
		tracks = append(tracks, track)
	}
	join(sender, "sender", map[string]string{"0": "mic", "1": "camera"})
	for i := range n {
		pc := benchPeer(t)
		for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
			if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				t.Fatal(err)
			}
		}
		pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { meter.read(track) })
		join(pc, fmt.Sprintf("receiver%d", i), nil)
	}
	stop := make(chan struct{})
	var wait sync.WaitGroup
	keyframe := make(chan struct{}, 1)
	wait.Go(func() { benchPlay(t, tracks, keyframe, stop) })
	for _, s := range sender.GetSenders() {
		go func() {
			for {
				packets, _, err := s.ReadRTCP()
				if err != nil {
					return
				}
				for _, p := range packets {
					if _, ok := p.(*rtcp.PictureLossIndication); ok {
						select {
						case keyframe <- struct{}{}:
						default:
						}
					}
				}
			}
		}()
	}
	receiveMessage(t, in)
	meter.on.Store(true)
	receiveMessage(t, in)
	meter.on.Store(false)
	close(stop)
	wait.Wait()
	sendMessage(t, os.Stdout, meter.result())
	os.Exit(0)
}

func benchPeer(t *testing.T) *webrtc.PeerConnection {
	t.Helper()
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	registry := &interceptor.Registry{}
	if os.Getenv("YILIAN_BENCH_TWCC") != "0" {
		if err := webrtc.ConfigureTWCCHeaderExtensionSender(m, registry); err != nil {
			t.Fatal(err)
		}
		feedback, err := twcc.NewSenderInterceptor(twcc.SendInterval(100 * time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		registry.Add(feedback)
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s), webrtc.WithInterceptorRegistry(registry)).
		NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

// benchPlay sends sound every 20 ms and a frame of about 6 packets every 33 ms; every packet carries when it was sent.
func benchPlay(t *testing.T, tracks []*webrtc.TrackLocalStaticRTP, keyframe, stop chan struct{}) {
	start := time.Now()
	var seq [2]uint16
	send := func(i int, ts uint32, payload []byte, marker bool) {
		seq[i]++
		binary.BigEndian.PutUint64(payload[len(payload)-8:], uint64(time.Now().UnixNano()))
		p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq[i], Timestamp: ts, Marker: marker}, Payload: payload}
		if err := tracks[i].WriteRTP(p); err != nil {
			t.Error(err)
		}
	}
	sound, picture := make([]byte, 120), make([]byte, 1020)
	next := [2]time.Duration{}
	frame := 0
	for {
		now := time.Since(start)
		if now >= next[0] {
			send(0, uint32(next[0]/(time.Second/48000)), sound, false)
			next[0] += 20 * time.Millisecond
		}
		if now >= next[1] {
			key := byte(1)
			select {
			case <-keyframe:
				key = 0
			default:
			}
			packets := 6
			if frame%7 == 0 {
				packets = 7
			}
			for i := range packets {
				clear(picture[:8])
				picture[0], picture[1], picture[2], picture[3] = 0x80, 0x80, 0x80|byte(frame>>8), byte(frame)
				if i == 0 {
					picture[0], picture[4] = 0x90, key
				}
				send(1, uint32(next[1]*9/100000), picture, i == packets-1)
			}
			frame++
			next[1] += time.Second / 30
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Until(start.Add(min(next[0], next[1])))):
		}
	}
}

// benchMeter counts what the receivers get, and how long it was on its way.
type benchMeter struct {
	on  atomic.Bool
	mu  sync.Mutex
	us  []int
	got int
}

func (m *benchMeter) read(track *webrtc.TrackRemote) {
	buf := make([]byte, 1500)
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		if !m.on.Load() || n < 20 {
			continue
		}
		us := int(time.Now().UnixNano()-int64(binary.BigEndian.Uint64(buf[n-8:n]))) / 1000
		m.mu.Lock()
		m.us = append(m.us, us)
		m.got++
		m.mu.Unlock()
	}
}

func (m *benchMeter) result() message {
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.Sort(m.us)
	if len(m.us) == 0 {
		return message{}
	}
	return message{Got: m.got, MicroS: []int{m.us[len(m.us)/2], m.us[len(m.us)*99/100]}}
}
