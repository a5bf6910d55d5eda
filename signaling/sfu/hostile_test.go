package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"pgregory.net/rapid"

	"yilian/signaling/sfu/packet"
)

// FuzzControl lets a client send any RTCP about its streams.
func FuzzControl(f *testing.F) {
	for _, p := range []rtcp.Packet{
		&rtcp.TransportLayerNack{MediaSSRC: 11, Nacks: []rtcp.NackPair{{PacketID: 3, LostPackets: 0xffff}}},
		&rtcp.PictureLossIndication{MediaSSRC: 11},
		&rtcp.FullIntraRequest{MediaSSRC: 11, FIR: []rtcp.FIREntry{{SSRC: 11}}},
		&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 11, FractionLost: 255, LastSenderReport: 1, Delay: 1 << 31}}},
		&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1e30, SSRCs: []uint32{11}},
		&rtcp.SenderReport{SSRC: 21, NTPTime: 1<<64 - 1, RTPTime: 7},
		&rtcp.TransportLayerCC{MediaSSRC: 11, PacketStatusCount: 1, PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{RunLength: 1}}},
	} {
		raw, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, _, a, _ := stage(t)
		p := s.peer
		p.out.begin(400_000, time.Now())
		p.streams.addSlot(11, s)
		src := a.encodings[0]
		src.ssrc = 21
		p.streams.addSource(21, src)
		s.put(a)
		for i := range uint16(10) {
			forward(t, s, a, i, uint32(i)*3000, i == 0, time.Now())
		}
		for _, ssrc := range []uint32{11, 21, 99} {
			c := &control{peer: p, ssrc: ssrc, done: make(chan struct{})}
			if n, err := c.Write(raw); n != len(raw) || err != nil {
				t.Fatalf("%d of %d bytes, %v", n, len(raw), err)
			}
		}
		if p.rtt() < 0 || p.rtt() > 10*time.Second {
			t.Fatalf("a round trip of %v", p.rtt())
		}
	})
}

// FuzzPicture lets a client send any RTP on a stream of pictures and of sound.
func FuzzPicture(f *testing.F) {
	f.Add(uint8(0), []byte{0x80, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x90, 0x80, 0x81, 1, 0, 7})
	f.Add(uint8(1), []byte{0x80, 63, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xef, 0x0f, 0, 2, 111, 1, 2, 3})
	f.Add(uint8(2), []byte{0x80, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xa8, 0x81, 0x23, 0x00, 7, 1})
	f.Fuzz(func(t *testing.T, kind uint8, raw []byte) {
		s, out, a, _ := stage(t)
		s.peer.room = &Room{}
		src := a.encodings[0]
		switch kind % 4 {
		case 1:
			src.kind, src.mime, src.describe, src.red, s.red, s.depth = Audio, mimeOpus, nil, 63, 64, 3
			s.types[mimeOpus] = payloads{media: 111}
		case 2:
			src.mime, src.describe = mimeVP9, describing(mimeVP9)
			s.types[mimeVP9] = payloads{media: 98, rtx: 99}
		case 3:
			src.mime, src.describe = mimeH264, describing(mimeH264)
			s.types[mimeH264] = payloads{media: 102}
		}
		src.slots.Store(&[]*slot{s})
		s.put(a)
		for range 3 {
			p, err := packet.Parse(raw)
			if err != nil || len(p.Payload) == 0 {
				return
			}
			src.take(p, nil, time.Now())
			raw[3]++
		}
		for _, payload := range out.payload {
			if len(payload) > packet.MaxSize+2 && len(payload) > len(raw) {
				t.Fatalf("%d bytes went out", len(payload))
			}
		}
	})
}

// TestAnyStream sends a stream whose numbers and timestamps jump, run backwards and wrap around, in encodings that come and go: what goes out never
// repeats a number for another packet and its time never runs backwards in order.
func TestAnyStream(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, out, _, _ := stage(t)
		g := camera(s.peer, "a", "l", "m", "h")
		s.put(g)
		now := time.Unix(1_800_000_000, 0)
		type state struct {
			seq uint16
			ts  uint32
		}
		states := []state{
			{rapid.Uint16().Draw(rt, "seq"), rapid.Uint32().Draw(rt, "ts")},
			{rapid.Uint16().Draw(rt, "seq"), rapid.Uint32().Draw(rt, "ts")},
			{rapid.Uint16().Draw(rt, "seq"), rapid.Uint32().Draw(rt, "ts")},
		}
		for range rapid.IntRange(1, 200).Draw(rt, "packets") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "ms")) * time.Millisecond)
			e := rapid.IntRange(0, 2).Draw(rt, "encoding")
			st := &states[e]
			switch rapid.IntRange(0, 30).Draw(rt, "event") {
			case 0:
				s.aim(g.encodings[rapid.IntRange(0, 2).Draw(rt, "aim")], filter{maxSpatial: 3, maxTemporal: rapid.IntRange(0, 2).Draw(rt, "temporal")})
			case 1:
				s.setPaused(rapid.Bool().Draw(rt, "paused"))
			case 2:
				st.seq += rapid.Uint16Range(1, 300).Draw(rt, "gap")
			}
			st.seq++
			st.ts += 3000
			b := raw(t, st.seq, st.ts, rapid.IntRange(0, 9).Draw(rt, "key") == 0)
			u := read(t, b)
			g.encodings[e].cache.Put(st.seq, b)
			s.write(g.encodings[e], &u, now)
		}
		check(rt, out.headers)
	})
}

func check(t *rapid.T, headers []rtp.Header) {
	for i := 1; i < len(headers); i++ {
		a, b := headers[i-1], headers[i]
		if !packet.Newer(b.SequenceNumber, a.SequenceNumber) {
			t.Fatalf("number %d after %d", b.SequenceNumber, a.SequenceNumber)
		}
		if int32(b.Timestamp-a.Timestamp) <= 0 {
			t.Fatalf("timestamp %d after %d", b.Timestamp, a.Timestamp)
		}
	}
}
