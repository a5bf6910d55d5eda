package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

// sink keeps the numbers of what goes out.
type sink struct {
	headers []rtp.Header
	payload [][]byte
	quiet   bool
}

func (s *sink) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	if !s.quiet {
		s.headers = append(s.headers, h.Clone())
		s.payload = append(s.payload, append([]byte(nil), payload...))
	}
	return len(payload) + 12, nil
}

func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

// stage is a slot that is bound and ready, with two sources of video that know no connection.
func stage(t testing.TB) (s *slot, out *sink, a, b *group) {
	t.Helper()
	out = &sink{}
	p := &Peer{id: "receiver", out: newOutlet()}
	s = newSlot(p, Video, 0)
	s.writer, s.ready, s.ssrc, s.rtxSSRC = out, true, 11, 12
	s.types = map[string]payloads{"video/vp8": {media: 96, rtx: 97}}
	return s, out, camera(p, "a", ""), camera(p, "b", "")
}

// camera is a picture in encodings with these names.
func camera(p *Peer, peer string, rids ...string) *group {
	g := &group{key: sourceKey{peer, "camera"}, kind: Video}
	for _, rid := range rids {
		src := &source{
			key: g.key, kind: Video, mime: mimeVP8, clockRate: 90000, cache: packet.NewCache(64), peer: p, rid: rid, describe: describing(mimeVP8),
		}
		src.asked = time.Now().Add(time.Hour) // no connection to ask on
		g.add(src)
	}
	return g
}

// raw makes an RTP packet of one VP8 frame.
func raw(t testing.TB, seq uint16, ts uint32, key bool) []byte {
	t.Helper()
	frame := byte(1)
	if key {
		frame = 0
	}
	p := rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: true, PayloadType: 120, SequenceNumber: seq, Timestamp: ts, SSRC: 5},
		Payload: []byte{0x90, 0x80, 0x80 | byte(seq>>8), byte(seq), frame, 7, 7},
	}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func forward(t testing.TB, s *slot, g *group, seq uint16, ts uint32, key bool, now time.Time) {
	t.Helper()
	b := raw(t, seq, ts, key)
	u := read(t, b)
	g.encodings[0].cache.Put(seq, b)
	s.write(g.encodings[0], &u, now)
}

func read(t testing.TB, b []byte) unit {
	t.Helper()
	p, err := packet.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	u := unit{Packet: p}
	describing(mimeVP8)(&u)
	return u
}

func TestSlotSwitchesOnAKeyframe(t *testing.T) {
	s, out, a, b := stage(t)
	now := time.Now()
	s.put(a)
	forward(t, s, a, 100, 1000, false, now) // nothing to decode yet
	forward(t, s, a, 101, 4000, true, now)
	forward(t, s, a, 102, 7000, false, now)
	s.put(b)
	forward(t, s, a, 103, 10_000, false, now) // no longer on the slot
	forward(t, s, b, 9000, 50, false, now)
	forward(t, s, b, 9001, 3050, true, now.Add(time.Second))
	forward(t, s, b, 9003, 9050, false, now.Add(time.Second)) // 9002 is lost on the way
	var seqs []uint16
	for _, h := range out.headers {
		seqs = append(seqs, h.SequenceNumber)
		if h.SSRC != 11 || h.PayloadType != 96 {
			t.Errorf("%+v", h)
		}
	}
	if len(seqs) != 4 || seqs[1] != seqs[0]+1 || seqs[2] != seqs[1]+1 || seqs[3] != seqs[2]+2 {
		t.Errorf("numbers %v", seqs)
	}
	if gap := out.headers[2].Timestamp - out.headers[1].Timestamp; gap != 90_000 {
		t.Errorf("the picture jumped by %d", gap)
	}
	s.setPaused(true)
	forward(t, s, b, 9004, 12_050, true, now.Add(2*time.Second))
	s.setPaused(false)
	forward(t, s, b, 9005, 15_050, false, now.Add(2*time.Second))
	forward(t, s, b, 9006, 18_050, true, now.Add(2*time.Second))
	if n := len(out.headers); n != 5 || out.headers[4].SequenceNumber != seqs[3]+1 {
		t.Errorf("%d packets after the pause", n)
	}
}

func TestSlotAnswersNACK(t *testing.T) {
	s, out, a, _ := stage(t)
	now := time.Now()
	s.put(a)
	for i := range uint16(10) {
		forward(t, s, a, 65530+i, uint32(i)*3000, i == 0, now)
	}
	sent := len(out.headers)
	lost := out.headers[7].SequenceNumber
	nack := func(ssrc uint32) {
		s.feedback(&rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{lost, lost + 1000})})
	}
	nack(99)
	if len(out.headers) != sent {
		t.Fatal("a NACK for another stream was answered")
	}
	nack(11)
	nack(11) // at once again: the first answer is still under way
	if len(out.headers) != sent+1 {
		t.Fatalf("%d packets were sent again", len(out.headers)-sent)
	}
	h, payload := out.headers[sent], out.payload[sent]
	if h.SSRC != 12 || h.PayloadType != 97 || h.Timestamp != 7*3000 || uint16(payload[0])<<8|uint16(payload[1]) != lost {
		t.Errorf("%+v % x", h, payload)
	}
	if string(payload[2:]) != string(out.payload[7]) {
		t.Errorf("% x came again as % x", out.payload[7], payload[2:])
	}
	s.pt.rtx = 0 // a receiver without RTX
	s.resent = nil
	nack(11)
	if h := out.headers[len(out.headers)-1]; h.SSRC != 11 || h.SequenceNumber != lost {
		t.Errorf("%+v", h)
	}
}

func TestForwardingAllocatesNothing(t *testing.T) {
	s, out, a, b := stage(t)
	out.quiet = true
	now := time.Now()
	s.put(a)
	forward(t, s, a, 1, 0, true, now)
	s.put(b) // from here on everything is rewritten
	forward(t, s, b, 1, 0, true, now)
	units := make([]unit, 200)
	for i := range units {
		units[i] = read(t, raw(t, uint16(i+2), uint32(i)*3000, false))
	}
	i := 0
	if n := testing.AllocsPerRun(100, func() { s.write(b.encodings[0], &units[i%200], now); i++ }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

var _ webrtc.TrackLocalWriter = (*sink)(nil)
