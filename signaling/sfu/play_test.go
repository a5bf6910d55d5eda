package sfu

import (
	"slices"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

// talk sends 20 ms frames of Opus, as RED with one repetition where it was negotiated. The payload tells when it was sent.
func (p *person) talk() {
	s := p.sends["mic"]
	var own packet.Sound
	start := time.Now()
	p.wait.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for seq := uint16(65_000); ; seq++ {
			select {
			case <-p.stop:
				return
			case <-tick.C:
			}
			ts := uint32(time.Since(start)/time.Millisecond) * 48
			payload := make([]byte, 80) // 32 kbit/s
			stampPayload(payload)
			if p.red {
				own.Add(packet.Frame{Seq: seq, Timestamp: ts, Payload: payload}, false)
				payload = packet.AppendRED(nil, 120, own.Last(seq, 1, nil))
			}
			out := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: ts}, Payload: payload}
			_ = out.SetExtension(s.ids(sdp.AudioLevelURI), []byte{0x80 | byte(p.level.Load())})
			_ = s.track.WriteRTP(out)
		}
	})
}

func stampPayload(b []byte) {
	now := uint64(time.Now().UnixNano())
	for i := range 8 {
		b[i] = byte(now >> (56 - 8*i))
	}
}

func stampOf(b []byte) time.Time {
	var v uint64
	for _, x := range b[:8] {
		v = v<<8 | uint64(x)
	}
	return time.Unix(0, int64(v))
}

// film sends 20 frames a second in an encoding of so many bits/s, with every second frame in a higher temporal layer.
func (p *person) film(source string, bits int, height int) {
	s := p.sends[source]
	start := time.Now()
	p.wait.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		seq, first := uint16(len(source)*9000), true
		for n := uint16(0); ; n++ {
			select {
			case <-p.stop:
				return
			case <-tick.C:
			}
			p.mu.Lock()
			off := s.off
			p.mu.Unlock()
			if off {
				continue
			}
			key := first
			select {
			case <-s.key:
				key = true
			default:
			}
			first = false
			size := bits / 8 / 20
			if key {
				size *= 4
			}
			seq = s.frame(p, seq, n, uint32(time.Since(start)/time.Millisecond)*90, key, size, height)
		}
	})
}

// frame sends one VP8 frame in packets.
func (s *sending) frame(p *person, seq, n uint16, ts uint32, key bool, size, height int) uint16 {
	const most = 1100
	for at := 0; at < size; at += most {
		tid := byte(n & 1)
		b := make([]byte, 30+min(most, size-at))
		b[0], b[1], b[2], b[3], b[4], b[5] = 0x80, 0xe0, 0x80|byte(n>>8)&0x7f, byte(n), byte(n/2), tid<<6|0x20
		if key {
			b[5] = 0
		}
		if at == 0 {
			b[0], b[6] = 0x90, 1
			if key {
				copy(b[6:], []byte{0, 0, 0, 0x9d, 1, 0x2a, 0, 0, byte(height), byte(height >> 8)})
			}
		}
		seq++
		out := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: ts, Marker: at+most >= size}, Payload: b}
		if s.rid != "" {
			_ = out.SetExtension(s.ids(sdp.SDESMidURI), []byte(s.mid()))
			_ = out.SetExtension(s.ids(sdp.SDESRTPStreamIDURI), []byte(s.rid))
		}
		_ = s.track.WriteRTP(out)
	}
	_ = p
	return seq
}

// read takes account of what comes on an m-line.
func (p *person) read(mid string, track *webrtc.TrackRemote) {
	buf := make([]byte, 1600)
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		in, err := packet.Parse(buf[:n])
		if err != nil {
			continue
		}
		p.mu.Lock()
		if track.Kind() == webrtc.RTPCodecTypeAudio {
			p.heard.take(in, p.red && in.PayloadType == 121)
		} else {
			s := p.seen[mid]
			if s == nil {
				s = &seeing{missing: map[uint16]bool{}}
				p.seen[mid] = s
			}
			s.take(in)
			if s.first.overdue() { // as a browser does
				_ = p.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}})
			}
		}
		p.mu.Unlock()
	}
}

// playable is how much later than the fastest a frame of sound may come: the buffer that a browser settles on.
const playable = 120 * time.Millisecond

func (h *hearing) take(p packet.Packet, red bool) {
	frames := []packet.Frame{{Seq: p.Seq, Timestamp: p.Timestamp, Payload: p.Payload}}
	if red {
		var ok bool
		if frames, ok = packet.SplitRED(p, nil); !ok {
			return
		}
	}
	for i, f := range frames {
		if !h.sound.Add(f, i < len(frames)-1) || len(f.Payload) < 8 {
			continue
		}
		delay := time.Since(stampOf(f.Payload))
		if h.first == 0 || delay < h.first {
			h.first = delay
		}
		h.got++
		if delay > h.first+playable {
			h.late++
		}
	}
}

func (s *seeing) take(p packet.Packet) {
	if len(p.Payload) == 0 {
		return
	}
	s.packets++
	s.bytes += p.Size
	d, _ := packet.ParseVP8(p.Payload)
	s.first.take(p, d)
	if d.Keyframe {
		s.keys++
		if h := packet.VP8Height(p.Payload); h > 0 {
			s.height = h
		}
	}
	if p.Marker {
		s.frames++
	}
	switch {
	case !s.started:
		s.started, s.last, s.ts = true, p.Seq, p.Timestamp
	case packet.Newer(p.Seq, s.last):
		for q := s.last + 1; q != p.Seq; q++ {
			s.missing[q] = true
		}
		if int32(p.Timestamp-s.ts) < 0 {
			s.back++
		}
		s.last, s.ts = p.Seq, p.Timestamp
	default:
		delete(s.missing, p.Seq)
	}
}

// beginning finds the moment at which a first key frame is there with all its packets.
type beginning struct {
	whole time.Time
	asked time.Time
	keys  map[uint16]bool // first packets of key frames
	came  map[uint16]bool // and whether it ends a frame
}

// overdue tells, now and then, that there still is no picture although something comes.
func (b *beginning) overdue() bool {
	if !b.whole.IsZero() || time.Since(b.asked) < 300*time.Millisecond {
		return false
	}
	first := b.asked.IsZero()
	b.asked = time.Now()
	return !first
}

func (b *beginning) take(p packet.Packet, d packet.VP8) {
	if !b.whole.IsZero() {
		return
	}
	if b.came == nil {
		b.keys, b.came = map[uint16]bool{}, map[uint16]bool{}
	}
	b.came[p.Seq] = p.Marker
	if d.Keyframe && d.Start {
		b.keys[p.Seq] = true
	}
	for seq := range b.keys {
		for at := seq; ; at++ {
			marker, there := b.came[at]
			if there && marker {
				b.whole = time.Now()
			}
			if !there || marker {
				break
			}
		}
	}
}

// during lets time pass and gives what came in it: sound that was sent and could be played, and the pictures.
func (p *person) during(d time.Duration) (concealed float64, pictures map[string]seeing) {
	p.mu.Lock()
	p.heard.got, p.heard.late = 0, 0
	for _, s := range p.seen {
		s.packets, s.keys, s.frames, s.bytes, s.back = 0, 0, 0, 0, 0
		clear(s.missing)
	}
	p.mu.Unlock()
	time.Sleep(d)
	p.mu.Lock()
	defer p.mu.Unlock()
	pictures = map[string]seeing{}
	for mid, s := range p.seen {
		c := *s
		c.lost = len(s.missing)
		pictures[mid] = c
	}
	sent := float64(d / (20 * time.Millisecond))
	return 1 - float64(p.heard.got-p.heard.late)/sent, pictures
}

// picture gives what came of one source.
func (p *person) picture(pictures map[string]seeing, from, source string) seeing {
	p.w.t.Helper()
	slots := p.w.slotsOf(p.id)
	i := slices.IndexFunc(slots, func(s Slot) bool { return s.From == from && s.Source == source })
	if i < 0 {
		p.w.t.Fatalf("%s is not shown %s of %s: %+v", p.id, source, from, slots)
	}
	return pictures[slots[i].Mid]
}
