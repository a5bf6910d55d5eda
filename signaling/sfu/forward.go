package sfu

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/pion/rtcp"

	"yilian/signaling/sfu/packet"
)

// write forwards one packet of src, if src is on this slot.
func (s *slot) write(src *source, u *unit, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if src != s.now && src != s.next || !s.ready || s.paused || s.hidden || s.writer == nil {
		return
	}
	if u.key && u.begin && src == s.now && !s.waiting {
		s.renew(u)
	}
	if src == s.next && (s.waiting || src != s.now) {
		if u.key {
			s.begin(src, u, now)
		} else {
			src.needed.Store(true) // it is asked for until it comes
		}
	}
	if s.waiting || src != s.now || s.pt.media == 0 {
		return
	}
	if src.describe == nil {
		s.writeSound(src, u, now)
		return
	}
	ok, last := s.layers.pass(u)
	if !ok {
		s.rewrite.Drop(u.Seq, src.mime == mimeVP8 && s.layers.leave(u.picture))
		return
	}
	seq, ts, pictures, ok := s.rewrite.Map(u.Seq, u.Timestamp)
	if !ok {
		return
	}
	payload := s.renumber(u.Payload, pictures)
	it := item{
		to: s.writer, class: s.class, video: true, marker: last, pt: s.pt.media, seq: seq, ts: ts, ssrc: s.ssrc, delay: s.delay, payload: payload,
		layers: s.descriptor(src, u),
	}
	if !s.peer.out.send(it, now) { // the line is far too slow: begin anew with the next key frame
		s.waiting = true
		src.needed.Store(true)
		return
	}
	s.sent(&it, now)
	if last && s.twice {
		s.twice = false
		s.insure(u.Seq, now)
	}
}

// renumber gives a payload of what goes out with its outgoing numbers, when so many pictures had been left out before it: maybe a copy in s.scratch.
func (s *slot) renumber(payload []byte, pictures uint16) []byte {
	switch s.now.mime {
	case mimeVP8:
		return s.vp8.Rewrite(payload, s.scratch[:], pictures)
	case mimeVP9:
		return s.vp9.Rewrite(payload, s.scratch[:])
	}
	return payload
}

// renew takes note of a key frame amid the stream: what was lost before it is needed no more.
func (s *slot) renew(u *unit) {
	if s.now.describe != nil && s.writer != nil {
		s.first = u.Seq
		s.peer.out.outdated(s.writer)
	}
}

// insure sends the first key frame once more behind itself, where it takes long to ask for what is lost of it: without it there is no picture at all.
func (s *slot) insure(last uint16, now time.Time) {
	var raw [packet.MaxSize + 2]byte
	for seq := s.first; !packet.Newer(seq, last) && seq-s.first < maxInsured; seq++ {
		if out, pictures, ok := s.rewrite.Find(seq); ok {
			s.repeat(classProbe, seq, out, pictures, now, raw[:])
		}
	}
}

const (
	insureFrom = 100 * time.Millisecond // of round trip
	maxInsured = 24                     // packets
)

// writeSound forwards one frame of sound, with the ones before it again where the receiver takes that (RFC 2198).
func (s *slot) writeSound(src *source, u *unit, now time.Time) {
	if src.usesRED.Load() { // what did not come in time comes no more; to the receiver it is not a loss of its own line
		s.rewrite.Close(u.Seq)
	}
	seq, ts, _, ok := s.rewrite.Map(u.Seq, u.Timestamp)
	if !ok {
		return
	}
	it := item{to: s.writer, class: classSound, marker: u.Marker, pt: s.pt.media, seq: seq, ts: ts, ssrc: s.ssrc, payload: u.Payload}
	if s.red != 0 && s.depth > 0 {
		s.frames = src.sound.Last(u.Seq, s.depth, s.frames[:0])
		if red := packet.AppendRED(s.scratch[:0], s.pt.media, s.frames); len(s.frames) > 0 && len(red) <= maxRED {
			it.pt, it.payload = s.red, red
		}
	}
	s.peer.out.send(it, now)
	s.sent(&it, now)
}

const maxRED = 1200 // bytes: one packet on any line

// sent counts a packet; s.mu is held.
func (s *slot) sent(it *item, now time.Time) {
	s.lastOut = now
	s.packets++
	s.octets += uint32(len(it.payload))
	s.count(it)
}

func (s *slot) count(it *item) {
	s.bytes += uint64(it.size())
	s.secondBytes += uint64(it.size())
}

// begin starts an encoding with the first packet of a key frame; s.mu is held.
func (s *slot) begin(src *source, u *unit, now time.Time) {
	elapsed := uint32(1)
	if !s.lastOut.IsZero() {
		elapsed = uint32(now.Sub(s.lastOut).Seconds() * float64(src.clockRate))
	}
	if s.now != nil && s.now != src && !s.waiting { // another encoding of the same picture: the senders' clock says how far apart they are
		former, ok1 := s.now.captured(s.rewrite.LastIncoming())
		this, ok2 := src.captured(u.Timestamp)
		if apart := this.Sub(former); ok1 && ok2 && apart < time.Second {
			elapsed = uint32(max(0, apart.Seconds()) * float64(src.clockRate))
		}
	}
	s.rewrite.Switch(u.Seq, u.Timestamp, elapsed)
	switch src.mime {
	case mimeVP8:
		s.vp8.Switch(u.Payload)
	case mimeVP9:
		s.vp9.Switch(u.Payload)
	}
	if s.narrowed = false; u.told != nil {
		s.numbering.Switch(u.told.Number)
	}
	s.layers.start()
	s.pt = s.types[src.mime]
	s.changed = s.changed || s.now != src
	s.first, s.twice = u.Seq, s.packets == 0 && s.rtxSSRC != 0 && s.pt.rtx != 0 && s.peer.rtt() >= insureFrom
	s.now, s.waiting = src, false
}

// feedback takes the receiver's RTCP.
func (s *slot) feedback(p rtcp.Packet) {
	switch p := p.(type) {
	case *rtcp.TransportLayerNack:
		if p.MediaSSRC == s.ssrc {
			s.resend(p.Nacks)
		}
	case *rtcp.PictureLossIndication:
		if p.MediaSSRC == s.ssrc {
			s.wanted(time.Now())
		}
	case *rtcp.FullIntraRequest:
		if slices.ContainsFunc(p.FIR, func(f rtcp.FIREntry) bool { return f.SSRC == s.ssrc }) {
			s.wanted(time.Now())
		}
	case *rtcp.ReceiverReport:
		s.reports(p.Reports)
	case *rtcp.SenderReport: // a client that sends reports so
		s.reports(p.Reports)
	case *rtcp.ReceiverEstimatedMaximumBitrate:
		s.peer.setEstimate(float64(p.Bitrate))
	}
}

func (s *slot) reports(reports []rtcp.ReceptionReport) {
	for _, r := range reports {
		if r.SSRC != s.ssrc {
			continue
		}
		if rtt, ok := roundTrip(r, time.Now()); ok {
			s.peer.setRTT(rtt)
		}
		s.mu.Lock()
		s.lost = float64(r.FractionLost) / 256
		s.usual += (s.lost - s.usual) * 0.3
		s.mu.Unlock()
	}
}

// Limits of what is sent again.
const (
	minAgain   = 20 * time.Millisecond
	maxResends = 10  // of one packet
	maxNacks   = 400 // numbers of one request

	againASecond = 600 // packets to one slot: what a good picture takes, twice over
	againSaved   = time.Second
)

// resend answers a NACK from the source's cache, on the RTX stream where there is one (RFC 4588).
func (s *slot) resend(pairs []rtcp.NackPair) {
	now := time.Now()
	again := max(minAgain, s.peer.rtt()*3/4)
	var raw [packet.MaxSize + 2]byte
	left := maxNacks
	for _, pair := range pairs {
		pair.Range(func(out uint16) bool {
			left--
			s.resendOne(out, now, again, raw[:])
			return left > 0
		})
		if left <= 0 {
			return
		}
	}
}

func (s *slot) resendOne(out uint16, now time.Time, again time.Duration, raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil || s.now.cache == nil || s.writer == nil || s.paused || s.hidden || s.waiting {
		return
	}
	seq, pictures, ok := s.rewrite.Reverse(out)
	if !ok {
		return
	}
	if s.resent == nil {
		s.resent = &resent{}
	}
	if packet.Newer(s.first, seq) || !s.resent.may(out, now, again) || !s.again.may(time.Second/againASecond, againSaved, now) {
		return
	}
	s.repeat(classAgain, seq, out, pictures, now, raw)
}

// repeat sends a packet of the cache again; s.mu is held. raw has room for the largest packet and 2 bytes.
func (s *slot) repeat(c class, seq, out, pictures uint16, now time.Time, raw []byte) bool {
	n := s.now.cache.Get(seq, raw[2:])
	p, err := packet.Parse(raw[2 : 2+n])
	if n == 0 || err != nil {
		return false
	}
	payload := s.renumber(p.Payload, pictures)
	it := item{
		to: s.writer, class: c, video: true, marker: p.Marker, pt: s.pt.media, seq: out, ts: s.rewrite.Timestamp(p.Timestamp), ssrc: s.ssrc,
		delay: s.delay, payload: payload, layers: s.repeated(raw[2 : 2+n]),
	}
	if s.rtxSSRC != 0 && s.pt.rtx != 0 {
		s.rtxSeq++
		it.pt, it.seq, it.ssrc = s.pt.rtx, s.rtxSeq, s.rtxSSRC
		// The original number goes before the payload; s.scratch may hold the payload, raw always has room.
		it.payload = raw[:2+len(payload)]
		copy(it.payload[2:], payload)
		binary.BigEndian.PutUint16(it.payload, out)
	}
	if !s.peer.out.send(it, now) {
		if c == classAgain { // more is missing than can be made good in time
			s.now.needed.Store(true)
		}
		return false
	}
	s.count(&it)
	return true
}

// probe sends the newest packets again, as much as there is room for and the receiver has RTX for: it shows what the line can carry, and mends a loss now and then.
func (s *slot) probe(bytes int, now time.Time) (sent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil || s.next == nil || !s.ready || s.rtxSSRC == 0 {
		return 0
	}
	if s.now == nil || s.now.cache == nil || !s.active() || s.waiting || s.pt.rtx == 0 || s.now.newest.Load() == 0 {
		return s.pad(bytes, now)
	}
	newest := s.now.newest.Load()
	var raw [packet.MaxSize + 2]byte
	const oldest = 12
	for back := uint16(0); back < oldest && bytes > 0; back++ {
		seq := uint16(newest) - back
		out, pictures, ok := s.rewrite.Find(seq)
		if !ok || out == s.probed {
			continue
		}
		before := s.bytes
		if !s.repeat(classProbe, seq, out, pictures, now, raw[:]) {
			return sent
		}
		s.probed = out
		sent += int(s.bytes - before)
		bytes -= int(s.bytes - before)
	}
	return sent
}

// pad sends packets of nothing, where there is no picture to send again; s.mu is held.
func (s *slot) pad(bytes int, now time.Time) (sent int) {
	const each = 240
	pt := s.types[s.next.mime].rtx
	for pt != 0 && sent < bytes {
		s.rtxSeq++
		it := item{
			to: s.writer, class: classProbe, video: true, padding: each, pt: pt, seq: s.rtxSeq, ssrc: s.rtxSSRC, ts: s.rewrite.Timestamp(0), delay: s.delay,
		}
		if !s.peer.out.send(it, now) {
			break
		}
		sent += it.size()
	}
	return sent
}

// senderReport makes the RTCP SR of the slot: it ties the receiver's playback of sound and picture together and lets it measure the round trip.
func (s *slot) senderReport(now time.Time) *rtcp.SenderReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil || s.writer == nil || s.waiting || s.packets == 0 {
		return nil
	}
	ts, ok := s.now.timestampAt(now)
	if !ok {
		return nil
	}
	return &rtcp.SenderReport{
		SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: s.rewrite.Timestamp(ts), PacketCount: s.packets, OctetCount: s.octets,
	}
}

// resent remembers when packets were last sent again, so that one number is not sent twice for requests that crossed on the way, nor for ever.
type resent struct {
	seq   [256]uint16
	times [256]uint8
	at    [256]time.Time
}

func (r *resent) may(seq uint16, now time.Time, again time.Duration) bool {
	i := seq & 0xff
	if r.seq[i] != seq || now.Sub(r.at[i]) > 10*time.Second {
		r.seq[i], r.at[i], r.times[i] = seq, now, 1
		return true
	}
	if now.Sub(r.at[i]) < again || r.times[i] >= maxResends {
		return false
	}
	r.at[i] = now
	r.times[i]++
	return true
}
