package sfu

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

const (
	videoCache      = 1024 // packets: about 5 s at 2 Mbit/s
	audioCache      = 128
	keyframeSpacing = 500 * time.Millisecond // between two requests to one sender
)

// source is one stream that a peer sends, with the slots it is forwarded to. Its read loop is the only writer of the packet state.
type source struct {
	key       sourceKey
	kind      Kind
	mime      string // lower case
	clockRate uint32
	channels  uint16
	mid       string
	rid       string              // of simulcast, else empty
	isKey     packet.KeyframeFunc // nil for audio
	named     atomic.Value        // string: key.name, for the read loop
	muted     atomic.Bool         // by the chair: nothing of it is forwarded
	feed      feed                // owned by the read loop
	peer      *Peer
	track     *webrtc.TrackRemote
	cache     *packet.Cache
	slots     atomic.Pointer[[]*slot] // replaced as a whole, under Room.mu

	mu        sync.Mutex
	reception packet.Reception
	losses    packet.Losses
	asked     time.Time // last key frame request
	wanted    bool      // a key frame is wanted as soon as it may be asked for
	report    senderReport
	arrived   time.Time // last packet
}

// senderReport is the last RTCP SR of the sender: which timestamp belonged to the moment at.
type senderReport struct {
	at  time.Time // when it came
	ntp time.Time // the sender's clock
	rtp uint32
}

func newSource(p *Peer, key sourceKey, mid string, track *webrtc.TrackRemote) *source {
	codec := track.Codec()
	s := &source{
		key: key, mid: mid, peer: p, track: track,
		mime: strings.ToLower(codec.MimeType), clockRate: codec.ClockRate, channels: codec.Channels, rid: track.RID(),
		kind: Audio, isKey: keyframes(codec.MimeType),
	}
	size := audioCache
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		s.kind, size = Video, videoCache
	}
	s.cache = packet.NewCache(size)
	s.slots.Store(new([]*slot))
	return s
}

// run reads and forwards until the track ends.
func (s *source) run() {
	defer s.untap()
	buf := make([]byte, 1600)
	var ask []uint16
	for {
		n, _, err := s.track.Read(buf)
		if err != nil {
			return
		}
		p, err := packet.Parse(buf[:n])
		if err != nil {
			continue
		}
		now := time.Now()
		s.cache.Put(p.Seq, buf[:n])
		ask = s.account(p, now, ask[:0])
		if len(ask) > 0 {
			s.peer.sendRTCP(&rtcp.TransportLayerNack{MediaSSRC: p.SSRC, Nacks: rtcp.NackPairsFromSequenceNumbers(ask)})
		}
		s.tapPacket(p, now)
		if s.muted.Load() {
			continue
		}
		starts := s.isKey == nil || s.isKey(p.Payload)
		for _, slot := range *s.slots.Load() {
			slot.write(s, p, starts, now)
		}
	}
}

// account updates the statistics and gives the numbers to ask for again.
func (s *source) account(p packet.Packet, now time.Time, ask []uint16) []uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reception.Add(p, s.clockRate, now)
	s.arrived = now
	if s.isKey == nil {
		return nil // Opus conceals what is lost, and has no NACK
	}
	hopeless := s.losses.Arrived(p.Seq, now)
	ask, gaveUp := s.losses.Due(now, s.peer.rtt(), ask)
	if hopeless || gaveUp {
		s.wanted = true
	}
	if s.wanted && now.Sub(s.asked) >= keyframeSpacing {
		s.askKeyframe(now)
	}
	return ask
}

// keyframe asks the sender for a key frame; requests of several receivers within a short time become one.
func (s *source) keyframe() {
	if s.isKey == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.asked) >= keyframeSpacing {
		s.askKeyframe(now)
	} else {
		s.wanted = true // the read loop asks when it may
	}
}

// askKeyframe sends the request; s.mu is held.
func (s *source) askKeyframe(now time.Time) {
	s.asked, s.wanted = now, false
	s.peer.sendRTCP(&rtcp.PictureLossIndication{MediaSSRC: uint32(s.track.SSRC())})
}

// control reads the sender's RTCP until the stream ends; the interceptors need it read.
func (s *source) control(receiver *webrtc.RTPReceiver) {
	for {
		packets, _, err := receiver.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			if sr, ok := p.(*rtcp.SenderReport); ok && sr.SSRC == uint32(s.track.SSRC()) {
				s.mu.Lock()
				s.report = senderReport{at: time.Now(), ntp: fromNTP(sr.NTPTime), rtp: sr.RTPTime}
				s.mu.Unlock()
			}
		}
	}
}

// timestampAt gives the sender's timestamp of a moment, if it has told.
func (s *source) timestampAt(now time.Time) (uint32, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.report.at.IsZero() {
		return 0, false
	}
	return s.report.rtp + uint32(now.Sub(s.report.at).Seconds()*float64(s.clockRate)), true
}

// take gives the reception figures since the last take.
func (s *source) take() packet.Interval {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reception.Take(s.clockRate)
}

// rename gives the stream its name; Room.mu is held.
func (s *source) rename(name string) {
	s.key.name = name
	s.named.Store(name)
}

// name is what the peer calls the stream, empty until it has said so.
func (s *source) name() string {
	name, _ := s.named.Load().(string)
	return name
}

// lastReport gives the sender's last report, zero before the first.
func (s *source) lastReport() senderReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report
}
