package sfu

import (
	"fmt"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

// slot is one m-line towards a receiver: an outgoing SSRC on which any stream of its kind can be put without negotiation. It implements
// webrtc.TrackLocal and does all the work on outgoing packets itself: choice of layers, rewriting, retransmission, sender reports.
type slot struct {
	place  // mid is set once before use; holder is owned by Room.mu
	peer   *Peer
	sender *webrtc.RTPSender // set once before use
	option int               // of the qualities of what is on it, -1 for none; owned by Room.mu
	climb  climbing          // owned by Room.mu

	mu      sync.Mutex
	writer  webrtc.TrackLocalWriter // nil until bound
	ssrc    uint32
	rtxSSRC uint32
	types   map[string]payloads

	group *group  // what is on it, nil for nothing
	now   *source // the encoding that goes out, nil before the first packet
	next  *source // the encoding that should: the same, or another as soon as a key frame of it comes

	pt      payloads
	red     uint8 // payload type of Opus RED, 0: not negotiated
	depth   int   // frames that RED repeats
	ready   bool  // the transport is up
	waiting bool  // for the first packet of a key frame
	paused  bool  // the line is too weak for it
	hidden  bool  // the receiver does not show it
	changed bool  // other layers go out than was told

	layers  filter
	class   class
	delay   uint32 // playout delay that the receiver is asked for
	holding holding
	usual   float64 // loss of the line, smoothed
	rewrite packet.Mapper
	vp8     packet.VP8Rewriter
	vp9     packet.VP9Rewriter

	describes bool // the receiver takes dependency descriptors
	narrowed  bool // it was told to expect less than everything, and not yet otherwise
	numbering packet.Numbering
	described [packet.RoomDependency]byte

	lastOut time.Time
	scratch [packet.MaxSize]byte
	frames  []packet.Frame
	resent  *resent // made when something is sent again
	again   allowance
	keys    allowance // key frames that the receiver wants without the slot waiting for one
	rtxSeq  uint16
	probed  uint16 // number last sent again as a probe
	first   uint16 // number of the first packet of the last key frame
	twice   bool   // the first key frame is under way, and is to be sent again

	packets, octets uint32 // for sender reports
	bytes           uint64 // for the quality sample
	secondBytes     uint64 // for the estimate of a line without transport-wide feedback
	lost            float64
}

func newSlot(p *Peer, kind Kind, index int) *slot {
	return &slot{place: place{kind: kind, index: index}, peer: p, class: classSound, option: -1}
}

// ID, RID, StreamID and Kind are webrtc.TrackLocal.
func (s *slot) ID() string       { return fmt.Sprintf("%s%d", s.kind, s.index) }
func (s *slot) RID() string      { return "" }
func (s *slot) StreamID() string { return fmt.Sprintf("slot%d", s.index) }
func (s *slot) Kind() webrtc.RTPCodecType {
	if s.kind == Video {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}

// Bind is called when the m-line has been negotiated.
func (s *slot) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	codecs := ctx.CodecParameters()
	if len(codecs) == 0 {
		return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
	}
	if err := s.peer.out.negotiated(s.kind, ctx.HeaderExtensions()); err != nil {
		return webrtc.RTPCodecParameters{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer = ctx.WriteStream()
	s.ssrc, s.rtxSSRC = uint32(ctx.SSRC()), uint32(ctx.SSRCRetransmission())
	s.types = payloadTypes(codecs)
	s.red = s.types[mimeRED].media
	s.describes = extensionOf(ctx.HeaderExtensions(), dependencyURI) != 0
	s.depth = 1
	s.peer.streams.addSlot(s.ssrc, s)
	return codecs[0], nil
}

// Unbind is called when the transport closes.
func (s *slot) Unbind(webrtc.TrackLocalContext) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer, s.ready = nil, false
	return nil
}

// put makes a stream (or nil for nothing) the slot's; Room.mu is held.
func (s *slot) put(g *group) {
	s.mu.Lock()
	if s.group != g {
		s.group, s.now, s.next, s.waiting, s.pt, s.lost = g, nil, nil, true, payloads{}, 0
		s.class = classSound
		if g != nil && g.kind == Video {
			s.class = classCamera
			if g.key.name == "screen" {
				s.class = classScreen
			}
		}
	}
	if g != nil && (s.next == nil || !contains(g.encodings, s.next)) {
		s.next, s.layers = g.encodings[0], everything
	}
	s.mu.Unlock()
	s.askKeyframe(false)
}

func contains(sources []*source, s *source) bool {
	for _, o := range sources {
		if o == s {
			return true
		}
	}
	return false
}

// open tells that packets can go out.
func (s *slot) open() {
	s.mu.Lock()
	s.ready = true
	s.mu.Unlock()
}

// aim says which encoding and which layers of it should go out.
func (s *slot) aim(src *source, layers filter) {
	s.mu.Lock()
	s.layers.aim(layers)
	s.next = src
	s.mu.Unlock()
	s.askKeyframe(false)
}

// setPaused stops and restarts the stream of a weak line; it tells whether that changed anything.
func (s *slot) setPaused(paused bool) bool { return s.hold(&s.paused, paused) }

// setHidden stops and restarts what the receiver does not show; it tells whether that changed anything.
func (s *slot) setHidden(hidden bool) bool { return s.hold(&s.hidden, hidden) }

func (s *slot) hold(flag *bool, on bool) bool {
	s.mu.Lock()
	changed := *flag != on
	*flag = on
	if changed {
		s.waiting, s.lost = true, 0
	}
	s.mu.Unlock()
	if changed {
		s.askKeyframe(false)
	}
	return changed
}

// askKeyframe asks the sender for a key frame if the slot waits for one, or if the receiver wants one anyway.
func (s *slot) askKeyframe(anyway bool) {
	s.mu.Lock()
	src := s.next
	idle := s.paused || s.hidden || !s.ready || src == nil
	waits := s.waiting || s.now != src || s.layers.waits()
	s.mu.Unlock()
	if !idle && (waits || anyway) {
		src.keyframe()
	}
}

// A receiver may want a key frame so often: all that get the stream pay for it.
const (
	keyWorth = 2 * time.Second
	keySaved = 3 * keyWorth
)

// wanted takes the receiver's wish for a key frame.
func (s *slot) wanted(now time.Time) {
	s.mu.Lock()
	may := s.keys.may(keyWorth, keySaved, now)
	s.mu.Unlock()
	s.askKeyframe(may)
}

// shown tells what is on the slot; Room.mu is held.
func (s *slot) shown() Slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = false
	out := Slot{Mid: s.mid, From: s.holder.peer, Source: s.holder.name}
	switch {
	case s.group != nil && s.group.muted():
		out.Reason = ReasonMuted
	case s.hidden:
		out.Reason = ReasonHidden
	case s.paused:
		out.Reason = ReasonLine
	}
	out.Paused = out.Reason != ""
	if out.Paused || s.now == nil || s.kind == Audio {
		return out
	}
	out.Layer, out.Height = s.layerName(), int(s.now.height.Load())
	return out
}

// layerName names what goes out; mu is held.
func (s *slot) layerName() string {
	switch {
	case s.now == nil:
		return ""
	case s.layers.spatialLayers:
		return [...]string{"l", "m", "h"}[min(s.layers.spatial, maxSpatial-1)]
	}
	return s.now.rid
}

// takeChanged tells whether other layers go out than was last told.
func (s *slot) takeChanged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *slot) isPaused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paused
}

// active tells whether something goes out; mu is held.
func (s *slot) active() bool { return s.next != nil && s.ready && !s.paused && !s.hidden }

// take gives the bytes sent since the last take, and the loss last told.
func (s *slot) take() (bytes uint64, lost float64, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bytes, s.bytes = s.bytes, 0
	return bytes, s.lost, s.active()
}

// second gives what was sent in the last second and the loss last told.
func (s *slot) second() (bits, lost float64, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bits, s.secondBytes = float64(s.secondBytes)*8, 0
	return bits, s.lost, s.active() && !s.waiting
}

var _ webrtc.TrackLocal = (*slot)(nil)
