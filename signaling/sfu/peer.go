package sfu

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// State is how a transport is doing.
type State string

// The states of a transport.
const (
	Connecting State = "connecting"
	Connected  State = "connected"
	Silent     State = "silent" // nothing came for some seconds; it may come back by itself
	Failed     State = "failed" // it needs an ICE restart or a new transport
)

// Peer is one transport of one participant: one generation of a peer connection.
type Peer struct {
	id      string
	gen     int
	canSend bool
	lenient bool
	layered bool // its pictures' packets tell of their layers
	room    *Room
	pc      *webrtc.PeerConnection
	loops   sync.WaitGroup // read loops
	closing context.CancelFunc
	closed  context.Context

	negotiating sync.Mutex // one offer at a time
	out         *outlet
	streams     directory

	// Owned by Room.mu:
	slots    []*slot
	sources  []*source
	groups   map[string]*group   // by mid: what the sources belong to
	declared map[string]string   // mid → source name
	rids     map[string][]string // mid → encodings it may send
	state    State
	want     Wanted
	line     downlink // estimate without transport-wide feedback
	spending spending

	reached  atomic.Int64 // when ICE first connected, in Unix nanoseconds, 0 never: if DTLS then fails, the suites are to blame
	everUp   atomic.Bool  // was connected once
	rttNanos atomic.Int64 // smoothed round-trip time
	reported atomic.Int64 // when RTCP last told it, in Unix nanoseconds
	estimate atomic.Int64 // bits/s the receiver says its line can take, 0 unknown
	path     atomic.Value // string

	looking  atomic.Pointer[channel] // the data channel in use, nil for none
	channels atomic.Int32            // that were opened so far
}

func (r *Room) newPeer(id string, o Offer, lenient bool) (*Peer, error) {
	p := &Peer{
		id: id, gen: o.Gen, canSend: o.CanSend, lenient: lenient, layered: prefersAV1(o.SDP) && allowsMixed(o.SDP), room: r, state: Connecting, out: newOutlet(), groups: map[string]*group{},
	}
	api, err := r.engine.newAPI(p)
	if err != nil {
		return nil, fmt.Errorf("open transport: %w", err)
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("open transport: %w", err)
	}
	p.pc = pc
	p.closed, p.closing = context.WithCancel(context.Background())
	p.loops.Go(func() { p.out.run(p.closed) })
	pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) { p.receive(track, receiver) })
	pc.OnDataChannel(p.admit)
	pc.OnICEConnectionStateChange(func(s webrtc.ICEConnectionState) {
		if s == webrtc.ICEConnectionStateConnected {
			p.reached.CompareAndSwap(0, time.Now().UnixNano())
		}
	})
	// pion calls back in goroutines of their own, so that the order is not sure: what counts is the state now.
	pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { p.changed(pc.ConnectionState()) })
	return p, nil
}

// close ends the transport and waits for all of it.
func (p *Peer) close() {
	p.room.mu.Lock()
	p.closing() // from here on no loop is added
	p.room.mu.Unlock()
	if err := p.pc.GracefulClose(); err != nil {
		p.room.engine.log.Debug("close transport", "err", err)
	}
	p.loops.Wait()
}

// dtlsFailed tells that packets came through but no keys could be agreed on.
func (p *Peer) dtlsFailed() bool { return p.reached.Load() > 0 && !p.everUp.Load() }

// distance is the round trip as far as it is known when the transport has just come up: else what DTLS took, of two of them.
func (p *Peer) distance(now time.Time) time.Duration {
	if rtt, reached := p.rtt(), p.reached.Load(); rtt > 0 || reached == 0 {
		return rtt
	}
	return max(now.Sub(time.Unix(0, p.reached.Load())), time.Millisecond) / 2
}

// byeWithin is how long the word that somebody leaves may take behind the end of their transport.
const byeWithin = 500 * time.Millisecond

// hungUp takes a transport that the client closed as failed, unless it turns out that the client left.
func (p *Peer) hungUp() {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.closed.Err() != nil {
		return
	}
	p.loops.Go(func() {
		wait := time.NewTimer(byeWithin)
		defer wait.Stop()
		select {
		case <-wait.C:
			p.room.setState(p, Failed)
		case <-p.closed.Done():
		}
	})
}

func (p *Peer) changed(s webrtc.PeerConnectionState) {
	if s == webrtc.PeerConnectionStateClosed { // a page that was left, or a crash
		p.hungUp()
		return
	}
	state, ok := map[webrtc.PeerConnectionState]State{
		webrtc.PeerConnectionStateConnecting:   Connecting,
		webrtc.PeerConnectionStateConnected:    Connected,
		webrtc.PeerConnectionStateDisconnected: Silent,
		webrtc.PeerConnectionStateFailed:       Failed,
	}[s]
	if !ok {
		return
	}
	if state == Connected {
		p.everUp.Store(true)
		p.room.ready(p)
		return
	}
	p.room.setState(p, state)
}

// negotiate answers an offer. The answer carries all candidates of the server.
func (p *Peer) negotiate(ctx context.Context, o Offer, lines []line) (sdp string, err error) {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.SDP}); err != nil {
		return "", refuse(err)
	}
	if err := p.addSlots(lines); err != nil {
		return "", refuse(err)
	}
	p.room.declare(p, o.Tracks, lines)

	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", refuse(err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return "", refuse(err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return "", ctx.Err()
	case <-p.closed.Done():
		return "", errClosed
	}
	return p.pc.LocalDescription().SDP, nil
}

var errClosed = errors.New("the transport was closed")

// addSlots makes a slot of every m-line on which the client is ready to receive and that has none.
func (p *Peer) addSlots(lines []line) error {
	p.room.mu.Lock()
	have := map[string]bool{}
	count := map[Kind]int{}
	for _, s := range p.slots {
		have[s.mid] = true
		count[s.kind]++
	}
	p.room.mu.Unlock()

	var added []*slot
	for _, l := range lines {
		if !l.receives || have[l.mid] {
			continue
		}
		s := newSlot(p, l.kind, count[l.kind])
		count[l.kind]++
		sender, err := p.pc.AddTrack(s)
		if err != nil {
			return err
		}
		for _, t := range p.pc.GetTransceivers() {
			if t.Sender() == sender {
				s.mid = t.Mid()
			}
		}
		if s.mid == "" {
			return errors.New("an m-line cannot be answered in its direction")
		}
		s.sender = sender
		added = append(added, s)
	}
	p.room.addSlots(p, added)
	return nil
}

// receive is called by pion, in a goroutine of its own, for every stream that arrives.
func (p *Peer) receive(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	mid := ""
	for _, t := range p.pc.GetTransceivers() {
		if t.Receiver() == receiver {
			mid = t.Mid()
		}
	}
	s := newSource(p, sourceKey{peer: p.id}, mid, track, receiver.GetParameters())
	p.streams.addSource(s.ssrc, s)
	p.room.addSource(p, s)
}

// sendRTCP writes feedback to the client. A failed write is the transport's to notice.
func (p *Peer) sendRTCP(packets ...rtcp.Packet) {
	if err := p.pc.WriteRTCP(packets); err != nil && !errors.Is(err, p.closed.Err()) {
		p.room.engine.log.Debug("write rtcp", "err", err)
	}
}

func (p *Peer) rtt() time.Duration { return time.Duration(p.rttNanos.Load()) }

func (p *Peer) setEstimate(bitsPerSecond float64) {
	if bitsPerSecond > 0 {
		p.estimate.Store(int64(min(bitsPerSecond, 1e9)))
	}
}

// setRTT takes a round trip that RTCP told.
func (p *Peer) setRTT(rtt time.Duration) {
	p.reported.Store(time.Now().UnixNano())
	if old := p.rtt(); old > 0 {
		rtt = old + (rtt-old)/4
	}
	p.rttNanos.Store(int64(rtt))
}

// reportFresh is how long RTCP's round trip counts for more than that of ICE, which is told seldom.
const reportFresh = 5 * time.Second

// observe reads round-trip time and path from the selected candidate pair.
func (p *Peer) observe(now time.Time) {
	transport := p.pc.SCTP().Transport().ICETransport()
	if now.Sub(time.Unix(0, p.reported.Load())) > reportFresh {
		if stats, ok := transport.GetSelectedCandidatePairStats(); ok && stats.CurrentRoundTripTime > 0 {
			p.rttNanos.Store(int64(stats.CurrentRoundTripTime * 1e9))
		}
	}
	if pair, err := transport.GetSelectedCandidatePair(); err == nil && pair != nil {
		p.path.Store(pathOf(pair))
	}
}

func pathOf(pair *webrtc.ICECandidatePair) string {
	if pair.Local.Protocol == webrtc.ICEProtocolTCP {
		return "tcp"
	}
	if pair.Remote.Typ == webrtc.ICECandidateTypeRelay {
		return "relay"
	}
	return "udp"
}
