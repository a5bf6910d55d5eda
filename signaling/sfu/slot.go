package sfu

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

// slot is one m-line towards a receiver: an outgoing SSRC on which any stream of its kind can be put without negotiation. It implements
// webrtc.TrackLocal and does all the work on outgoing packets itself: rewriting, retransmission, sender reports.
type slot struct {
	place      // mid is set once before use; holder is owned by Room.mu
	peer       *Peer
	sender     *webrtc.RTPSender // set once before use
	controlled bool              // its RTCP is being read; owned by Room.mu

	mu      sync.Mutex
	writer  webrtc.TrackLocalWriter // nil until bound
	ssrc    uint32
	rtxSSRC uint32
	types   map[string]payloads
	header  rtp.Header // reused for every packet
	rtx     rtp.Header
	sent24  []byte // abs-send-time inside header's extension, nil if not negotiated

	src     *source // what is on it now, nil for nothing
	pt      payloads
	ready   bool // the transport is up
	waiting bool // for the first packet of a key frame
	paused  bool // the line is too weak for it
	hidden  bool // the receiver does not show it
	rewrite packet.Mapper
	vp8     packet.VP8Rewriter
	lastOut time.Time
	scratch [packet.MaxSize]byte
	resent  resent

	packets, octets uint32 // for sender reports
	bytes           uint64 // for the quality sample
	secondBytes     uint64 // for the estimate of the line
	lost            float64
}

func newSlot(p *Peer, kind Kind, index int) *slot {
	return &slot{place: place{kind: kind, index: index}, peer: p}
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer = ctx.WriteStream()
	s.ssrc, s.rtxSSRC = uint32(ctx.SSRC()), uint32(ctx.SSRCRetransmission())
	s.types = payloadTypes(codecs)
	s.header = rtp.Header{Version: 2, SSRC: s.ssrc}
	s.rtx = rtp.Header{Version: 2, SSRC: s.rtxSSRC}
	for _, e := range ctx.HeaderExtensions() {
		if e.URI == absSendTimeURI {
			s.sent24 = make([]byte, 3)
			if err := s.header.SetExtension(uint8(e.ID), s.sent24); err != nil {
				return webrtc.RTPCodecParameters{}, err
			}
			if err := s.rtx.SetExtension(uint8(e.ID), s.sent24); err != nil {
				return webrtc.RTPCodecParameters{}, err
			}
		}
	}
	if s.src != nil {
		s.pt = s.types[s.src.mime]
	}
	return codecs[0], nil
}

// Unbind is called when the transport closes.
func (s *slot) Unbind(webrtc.TrackLocalContext) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer, s.ready = nil, false
	return nil
}

// put makes a stream (or nil for nothing) the slot's.
func (s *slot) put(src *source) {
	s.mu.Lock()
	changed := s.src != src
	if changed {
		s.src, s.waiting, s.pt, s.lost = src, true, payloads{}, 0
		if src != nil {
			s.pt = s.types[src.mime]
		}
	}
	ask := changed && s.ready && src != nil && !s.paused
	s.mu.Unlock()
	if ask {
		src.keyframe()
	}
}

// setReady tells that packets can go out.
func (s *slot) setReady() {
	s.mu.Lock()
	s.ready = true
	src := s.src
	s.mu.Unlock()
	if src != nil {
		src.keyframe()
	}
}

// setPaused stops and restarts the stream of a weak line; it tells whether that changed anything.
func (s *slot) setPaused(paused bool) bool {
	s.mu.Lock()
	changed := s.paused != paused
	s.paused = paused
	if changed {
		s.waiting, s.lost = true, 0
	}
	src := s.src
	s.mu.Unlock()
	if changed && !paused && src != nil {
		src.keyframe()
	}
	return changed
}

// setHidden stops and restarts what the receiver does not show; it tells whether that changed anything.
func (s *slot) setHidden(hidden bool) bool {
	s.mu.Lock()
	changed := s.hidden != hidden
	s.hidden = hidden
	if changed {
		s.waiting, s.lost = true, 0
	}
	src := s.src
	s.mu.Unlock()
	if changed && !hidden && src != nil {
		src.keyframe()
	}
	return changed
}

// shown tells what is on the slot; Room.mu is held.
func (s *slot) shown() Slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Slot{Mid: s.mid, From: s.holder.peer, Source: s.holder.name}
	switch {
	case s.src != nil && s.src.muted.Load():
		out.Reason = ReasonMuted
	case s.hidden:
		out.Reason = ReasonHidden
	case s.paused:
		out.Reason = ReasonLine
	}
	out.Paused = out.Reason != ""
	return out
}

// write forwards one packet of src, if src is still on this slot. starts tells that a decoder can start with it.
func (s *slot) write(src *source, p packet.Packet, starts bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.src != src || !s.ready || s.paused || s.hidden || s.writer == nil || s.pt.media == 0 {
		return
	}
	if s.waiting {
		if !starts {
			return
		}
		s.begin(src, p, now)
	}
	seq, ts, pictures, ok := s.rewrite.Map(p.Seq, p.Timestamp)
	if !ok {
		return
	}
	payload := p.Payload
	if src.mime == "video/vp8" {
		payload = s.vp8.Rewrite(payload, s.scratch[:], pictures)
	}
	s.header.Marker, s.header.PayloadType = p.Marker, s.pt.media
	s.header.SequenceNumber, s.header.Timestamp = seq, ts
	s.stamp(now)
	if n, err := s.writer.WriteRTP(&s.header, payload); err != nil || n == 0 {
		return
	}
	s.lastOut = now
	s.packets++
	s.octets += uint32(len(payload))
	s.sent(p.Size)
}

// sent counts a packet; s.mu is held.
func (s *slot) sent(size int) {
	s.bytes += uint64(size)
	s.secondBytes += uint64(size)
}

// begin starts a stream with a packet; s.mu is held.
func (s *slot) begin(src *source, p packet.Packet, now time.Time) {
	s.waiting = false
	elapsed := uint32(1)
	if !s.lastOut.IsZero() {
		elapsed = uint32(now.Sub(s.lastOut).Seconds() * float64(src.clockRate))
	}
	s.rewrite.Switch(p.Seq, p.Timestamp, elapsed)
	if src.mime == "video/vp8" {
		s.vp8.Switch(p.Payload)
	}
}

// stamp writes the 24-bit 6.18 fixed-point send time, from which the receiver estimates its line; s.mu is held.
func (s *slot) stamp(now time.Time) {
	if s.sent24 == nil {
		return
	}
	v := uint32((uint64(now.UnixNano()) << 18) / 1e9 & 0xffffff)
	s.sent24[0], s.sent24[1], s.sent24[2] = byte(v>>16), byte(v>>8), byte(v)
}

// control reads the receiver's RTCP until the transport ends.
func (s *slot) control(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			s.feedback(p)
		}
	}
}

func (s *slot) feedback(p rtcp.Packet) {
	switch p := p.(type) {
	case *rtcp.TransportLayerNack:
		if p.MediaSSRC == s.ssrc {
			s.resend(p.Nacks)
		}
	case *rtcp.PictureLossIndication:
		if p.MediaSSRC == s.ssrc {
			s.askKeyframe()
		}
	case *rtcp.FullIntraRequest:
		for _, f := range p.FIR {
			if f.SSRC == s.ssrc {
				s.askKeyframe()
			}
		}
	case *rtcp.ReceiverReport:
		for _, r := range p.Reports {
			if r.SSRC == s.ssrc {
				s.mu.Lock()
				s.lost = float64(r.FractionLost) / 256
				s.mu.Unlock()
			}
		}
	case *rtcp.ReceiverEstimatedMaximumBitrate:
		s.peer.setEstimate(float64(p.Bitrate))
	}
}

func (s *slot) isPaused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paused
}

func (s *slot) source() *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.src
}

func (s *slot) askKeyframe() {
	s.mu.Lock()
	src, idle := s.src, s.paused || !s.ready
	s.mu.Unlock()
	if src != nil && !idle {
		src.keyframe()
	}
}

// resend answers a NACK from the source's cache, on the RTX stream where there is one (RFC 4588).
func (s *slot) resend(pairs []rtcp.NackPair) {
	now := time.Now()
	again := max(20*time.Millisecond, s.peer.rtt()*3/4)
	var raw [packet.MaxSize + 2]byte
	for _, pair := range pairs {
		for _, out := range pair.PacketList() {
			s.resendOne(out, now, again, raw[:])
		}
	}
}

func (s *slot) resendOne(out uint16, now time.Time, again time.Duration, raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.src == nil || s.writer == nil || s.paused || s.waiting || !s.resent.may(out, now, again) {
		return
	}
	seq, pictures, ok := s.rewrite.Reverse(out)
	if !ok {
		return
	}
	n := s.src.cache.Get(seq, raw[2:])
	p, err := packet.Parse(raw[2 : 2+n])
	if n == 0 || err != nil {
		return
	}
	payload := p.Payload
	if s.src.mime == "video/vp8" {
		payload = s.vp8.Rewrite(payload, s.scratch[:], pictures)
	}
	h := &s.header
	if s.rtxSSRC != 0 && s.pt.rtx != 0 {
		h = &s.rtx
		h.PayloadType = s.pt.rtx
		h.SequenceNumber++
		// The original number goes before the payload; s.scratch may hold the payload, raw always has room.
		body := raw[:2+len(payload)]
		copy(body[2:], payload)
		binary.BigEndian.PutUint16(body, out)
		payload = body
	} else {
		h.PayloadType, h.SequenceNumber = s.pt.media, out
	}
	h.Marker, h.Timestamp = p.Marker, s.rewrite.Timestamp(p.Timestamp)
	s.stamp(now)
	if _, err := s.writer.WriteRTP(h, payload); err == nil {
		s.sent(p.Size)
	}
}

// senderReport makes the RTCP SR of the slot: it ties the receiver's playback of sound and picture together and lets it measure the round trip.
func (s *slot) senderReport(now time.Time) *rtcp.SenderReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.src == nil || s.writer == nil || s.waiting || s.packets == 0 {
		return nil
	}
	ts, ok := s.src.timestampAt(now)
	if !ok {
		return nil
	}
	return &rtcp.SenderReport{
		SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: s.rewrite.Timestamp(ts), PacketCount: s.packets, OctetCount: s.octets,
	}
}

const from1900to1970 = 2208988800 // seconds

// ntp is the 64-bit NTP time (RFC 3550 4).
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+from1900to1970)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// fromNTP is the moment of a 64-bit NTP time in the era that began in 1900.
func fromNTP(v uint64) time.Time {
	return time.Unix(int64(v>>32)-from1900to1970, int64(v&0xffffffff*1e9>>32)).UTC()
}

// take gives the bytes sent since the last take, and the loss last told.
func (s *slot) take() (bytes uint64, lost float64, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bytes, s.bytes = s.bytes, 0
	return bytes, s.lost, s.src != nil && s.ready && !s.paused
}

// second gives what was sent in the last second and the loss last told.
func (s *slot) second() (bits, lost float64, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bits, s.secondBytes = float64(s.secondBytes)*8, 0
	return bits, s.lost, s.src != nil && s.ready && !s.paused && !s.waiting
}

// resent remembers when packets were last sent again, so that one number is not sent twice for requests that crossed on the way.
type resent struct {
	seq [256]uint16
	at  [256]time.Time
}

func (r *resent) may(seq uint16, now time.Time, again time.Duration) bool {
	i := seq & 0xff
	if r.seq[i] == seq && now.Sub(r.at[i]) < again {
		return false
	}
	r.seq[i], r.at[i] = seq, now
	return true
}

var _ webrtc.TrackLocal = (*slot)(nil)
