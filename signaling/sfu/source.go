package sfu

import (
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
	"yilian/signaling/sfu/speaker"
)

const (
	videoCache      = 1024                   // packets: about 5 s at 2 Mbit/s
	keyframeSpacing = 500 * time.Millisecond // between two requests to one sender
)

// source is one stream that a peer sends, with the slots it is forwarded to. Its read loop is the only writer of the packet state.
type source struct {
	key       sourceKey // owned by Room.mu
	kind      Kind
	mime      string // lower case; sound is Opus, whatever it is packed in
	clockRate uint32
	channels  uint16
	mid       string
	rid       string // of simulcast, else empty
	ssrc      uint32
	red       uint8    // payload type of Opus RED, 0: not negotiated
	level     uint8    // number of the extension that tells its loudness, 0: not negotiated
	depends   uint8    // number of the extension that tells of the layers of AV1, 0: not negotiated
	describe  describe // nil for sound
	peer      *Peer
	track     *webrtc.TrackRemote
	cache     *packet.Cache           // nil for sound
	slots     atomic.Pointer[[]*slot] // replaced as a whole, under Room.mu
	named     atomic.Value            // string: key.name, for the read loop
	muted     atomic.Bool             // by the chair: nothing of it is forwarded
	needed    atomic.Bool             // a receiver waits for a key frame
	usesRED   atomic.Bool
	height    atomic.Int32  // of the last key frame that told
	newest    atomic.Uint32 // number of the last packet in order, plus 1<<16

	// Owned by the read loop:
	feed   feed
	sound  packet.Sound
	frames []packet.Frame
	layers *packet.Structure // of AV1, as last told
	active uint32            // which of its decode targets are sent, 0: all
	told   packet.Dependency // of the last packet that told

	mu        sync.Mutex
	reception packet.Reception
	losses    packet.Losses
	asked     time.Time // last key frame request
	report    senderReport
	arrived   time.Time // last packet
	meter     meter
	gaps      float64 // share of packets that do not come at first, smoothed
	lastGaps  [2]uint32
	heard     uint32 // frames of sound since the last sample, repaired ones too
	voice     speaker.Voice
}

// senderReport is the last RTCP SR of the sender: which timestamp belonged to the moment at.
type senderReport struct {
	at  time.Time // when it came
	ntp time.Time // the sender's clock
	mid uint32    // the middle of its NTP time, for reception reports
	rtp uint32
}

func newSource(p *Peer, key sourceKey, mid string, track *webrtc.TrackRemote, parameters webrtc.RTPParameters) *source {
	codec := track.Codec()
	s := &source{
		key: key, mid: mid, peer: p, track: track, rid: track.RID(), ssrc: uint32(track.SSRC()),
		mime: strings.ToLower(codec.MimeType), clockRate: codec.ClockRate, channels: codec.Channels, kind: Audio,
	}
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		s.kind, s.cache, s.describe = Video, packet.NewCache(videoCache), describing(s.mime)
		if s.mime == mimeAV1 {
			s.depends = extensionID(parameters, dependencyURI)
		}
	} else {
		s.mime, s.red, s.level = mimeOpus, payloadTypes(parameters.Codecs)[mimeRED].media, extensionID(parameters, sdp.AudioLevelURI)
	}
	s.slots.Store(new([]*slot))
	return s
}

// run reads and forwards until the track ends.
func (s *source) run() {
	defer s.untap()
	buf := make([]byte, 1600)
	var ask []uint16
	var due time.Time // when something is to be asked for again
	for {
		n, _, err := s.track.Read(buf)
		now := time.Now()
		if err != nil && !timedOut(err) {
			return
		}
		if p, malformed := packet.Parse(buf[:n]); err == nil && malformed == nil && len(p.Payload) > 0 {
			if s.describe != nil {
				s.cache.Put(p.Seq, buf[:n])
			} else if l := packet.Extension(buf[:n], s.level); len(l) > 0 {
				s.louder(l[0]&0x7f, now)
			}
			s.take(p, packet.Extension(buf[:n], s.depends), now)
		}
		if s.describe == nil {
			continue // Opus conceals what is lost, RED makes it good, and it has no NACK
		}
		ask = s.missing(now, ask[:0], &due)
		if len(ask) > 0 {
			s.peer.sendRTCP(&rtcp.TransportLayerNack{MediaSSRC: s.ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(ask)})
		}
	}
}

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// take forwards one packet; layers is its dependency descriptor, if it has one.
func (s *source) take(p packet.Packet, layers []byte, now time.Time) {
	if s.describe == nil {
		s.account(&unit{Packet: p}, now)
		s.hear(p, now)
		return
	}
	u := unit{Packet: p}
	s.describe(&u)
	if len(layers) > 0 {
		s.layered(&u, layers)
	}
	u.end = u.end || u.Marker
	s.account(&u, now)
	if u.key && s.mime == mimeVP8 {
		if h := packet.VP8Height(p.Payload); h > 0 {
			s.height.Store(int32(h))
		}
	}
	s.pass(&u, now)
}

// hear takes a packet of sound apart: what RED repeats makes good what was lost before it.
func (s *source) hear(p packet.Packet, now time.Time) {
	s.frames = s.frames[:0]
	if s.red != 0 && p.PayloadType == s.red {
		var ok bool
		if s.frames, ok = packet.SplitRED(p, s.frames); !ok {
			return
		}
		s.usesRED.Store(true)
	} else {
		s.frames = append(s.frames, packet.Frame{Seq: p.Seq, Timestamp: p.Timestamp, Payload: p.Payload})
	}
	for i, f := range s.frames {
		repeated := i < len(s.frames)-1
		if !s.sound.Add(f, repeated) || len(f.Payload) == 0 {
			continue
		}
		u := unit{Packet: p, key: true, begin: true, end: true}
		u.Seq, u.Timestamp, u.Payload, u.Marker = f.Seq, f.Timestamp, f.Payload, p.Marker && !repeated
		u.Size = len(f.Payload) + 12
		s.mu.Lock()
		s.heard++
		s.mu.Unlock()
		s.pass(&u, now)
	}
}

// pass gives a packet to the tap and to every receiver.
func (s *source) pass(u *unit, now time.Time) {
	s.tapPacket(u.Packet, now)
	if s.muted.Load() {
		return
	}
	for _, slot := range *s.slots.Load() {
		slot.write(s, u, now)
	}
}

// account updates the statistics.
func (s *source) account(u *unit, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reception.Add(u.Packet, s.clockRate, now)
	s.arrived = now
	s.meter.add(u)
	if s.describe == nil {
		return
	}
	if s.losses.Arrived(u.Seq, now) {
		s.needed.Store(true)
	}
	if last := s.newest.Load(); last == 0 || packet.Newer(u.Seq, uint16(last)) {
		s.newest.Store(1<<16 | uint32(u.Seq))
	}
	if u.key {
		s.needed.Store(false) // who still waits says so with the next packet
	}
	if s.needed.Load() && now.Sub(s.asked) >= s.spacing() {
		s.askKeyframe(now)
	}
}

// missing gives the numbers to ask for (again) now, and lets the next read end when more are due.
func (s *source) missing(now time.Time, ask []uint16, due *time.Time) []uint16 {
	s.mu.Lock()
	ask, gaveUp := s.losses.Due(now, s.peer.rtt(), ask)
	next := s.losses.Next()
	s.mu.Unlock()
	if gaveUp {
		s.keyframe()
	}
	if !next.Equal(*due) {
		*due = next
		_ = s.track.SetReadDeadline(next) // an ended track says so by itself
	}
	return ask
}

// spacing is how long to wait for a key frame before it is asked for again.
func (s *source) spacing() time.Duration {
	return max(keyframeSpacing, s.peer.rtt()*3/2)
}

// keyframe asks the sender for a key frame; requests of several receivers within a short time become one.
func (s *source) keyframe() {
	if s.describe == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.asked) >= s.spacing() {
		s.askKeyframe(now)
	} else {
		s.needed.Store(true) // the read loop asks when it may
	}
}

// askKeyframe sends the request; s.mu is held.
func (s *source) askKeyframe(now time.Time) {
	s.asked = now
	s.needed.Store(false)
	s.peer.sendRTCP(&rtcp.PictureLossIndication{MediaSSRC: s.ssrc})
}

// feedback takes the sender's RTCP.
func (s *source) feedback(p rtcp.Packet) {
	if sr, ok := p.(*rtcp.SenderReport); ok && sr.SSRC == s.ssrc {
		s.mu.Lock()
		s.report = senderReport{at: time.Now(), ntp: fromNTP(sr.NTPTime), mid: uint32(sr.NTPTime >> 16), rtp: sr.RTPTime}
		s.mu.Unlock()
	}
}

// receptionReport tells the sender how its stream arrives, since the last one.
func (s *source) receptionReport(now time.Time) (rtcp.ReceptionReport, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.reception.Report()
	if !ok {
		return rtcp.ReceptionReport{}, false
	}
	missed, came := s.losses.Missed(), s.reception.Received()
	if n := float64(came - s.lastGaps[1]); n > 0 {
		s.gaps += (min(float64(missed-s.lastGaps[0])/n, 1) - s.gaps) * 0.2
	}
	s.lastGaps = [2]uint32{missed, came}
	out := rtcp.ReceptionReport{
		SSRC: s.ssrc, FractionLost: r.Fraction, TotalLost: r.Lost, LastSequenceNumber: r.Highest, Jitter: r.Jitter,
	}
	if !s.report.at.IsZero() {
		out.LastSenderReport = s.report.mid
		out.Delay = uint32(now.Sub(s.report.at) << 16 / time.Second)
	}
	return out, true
}

// timestampAt gives the sender's timestamp of a moment, if it has told.
func (s *source) timestampAt(now time.Time) (uint32, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.report.at.IsZero() {
		return 0, false
	}
	return s.report.rtp + uint32(int64(now.Sub(s.report.at).Seconds()*float64(s.clockRate))), true
}

// captured gives the moment of a timestamp on the sender's clock, if it has told.
func (s *source) captured(rtp uint32) (time.Time, bool) {
	r := s.lastReport()
	if r.at.IsZero() {
		return time.Time{}, false
	}
	return r.ntp.Add(time.Duration(float64(int32(rtp-r.rtp)) / float64(s.clockRate) * float64(time.Second))), true
}

// louder takes the loudness that a packet of sound tells (RFC 6464).
func (s *source) louder(level uint8, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.voice.Add(level, now)
}

// loudness is how loud it is now, smoothed.
func (s *source) loudness(now time.Time) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.voice.Score(now)
}

// figures are what arrived of a stream since the last sample.
type figures struct {
	packet.Interval
	heard uint32
}

func (s *source) figures() figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := figures{s.reception.Take(s.clockRate), s.heard}
	s.heard = 0
	return out
}

// rates closes the meter's interval and gives what the layers take, and whether anything arrived lately.
func (s *source) rates(now time.Time) (r rates, live bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meter.take(now), now.Sub(s.arrived) < liveWithin
}

// liveWithin is how old the last packet of an encoding may be while it counts as being sent.
const liveWithin = 700 * time.Millisecond

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

// gapRate is the share of packets that do not come at first.
func (s *source) gapRate() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gaps
}
