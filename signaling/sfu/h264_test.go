package sfu

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian/signaling/sfu/packet"
)

// TestLayersOfH264 leaves out what nobody refers to, and lets it in again, by both ways in which a stream can show it.
func TestLayersOfH264(t *testing.T) {
	idr, base, spare := []byte{0x65, 1}, []byte{0x61, 1}, []byte{0x01, 1}
	svc := func(layer byte) []byte { return []byte{0x78, 0, 4, 0x6e, 0x80, 0, layer << 5, 0, 2, 0x61, 9} }
	for _, c := range []struct {
		name     string
		temporal int
		payloads [][]byte
		want     string
	}{
		{"everything", 2, [][]byte{idr, spare, base, spare}, "xxxx"},
		{"less", 0, [][]byte{idr, spare, base, spare}, "x.x."},
		{"two layers of three", 1, [][]byte{idr, svc(2), svc(1), svc(2), svc(0), svc(2), svc(1)}, "x.x.x.x"},
		{"one of three", 0, [][]byte{idr, svc(2), svc(1), svc(2), svc(0), svc(2), svc(1)}, "x...x.."},
		{"all of three", 2, [][]byte{idr, svc(2), svc(1), svc(2), svc(0)}, "xxxxx"},
		{"no layers", 0, [][]byte{idr, base, base}, "xxx"},
	} {
		var h h264Layers
		f := filter{maxTemporal: c.temporal, maxSpatial: maxSpatial}
		got := ""
		for i, p := range c.payloads {
			u := unit{Packet: packet.Packet{Payload: p, Timestamp: uint32(i)*3000 - 4000, Marker: true}}
			h.describe(&u)
			ok, _ := f.pass(&u)
			got += map[bool]string{true: "x", false: "."}[ok]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}

	// The layer above comes in only behind the one it may rely on.
	var h h264Layers
	f := filter{maxSpatial: maxSpatial}
	got := ""
	for i, p := range [][]byte{idr, svc(2), svc(1), svc(2), svc(0), svc(2), svc(1), svc(2)} {
		if i == 3 {
			f.aim(filter{maxSpatial: maxSpatial, maxTemporal: 2})
		}
		u := unit{Packet: packet.Packet{Payload: p, Timestamp: uint32(i) * 3000}}
		h.describe(&u)
		ok, _ := f.pass(&u)
		got += map[bool]string{true: "x", false: "."}[ok]
	}
	if got != "x...x.xx" {
		t.Errorf("climbing: %s", got)
	}
}

// TestH264Reordered tells the layer of every packet of pictures in parts, whatever order neighbours come in, over a wrap-around of the timestamps.
func TestH264Reordered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h h264Layers
		first := rapid.Uint32().Draw(t, "timestamp")
		type sent struct {
			unit
			want uint8
		}
		var all []sent
		for i := range rapid.IntRange(2, 60).Draw(t, "pictures") {
			layer := uint8(i & 1)
			nri := byte(0x60)
			if layer > 0 {
				nri = 0
			}
			for _, p := range [][]byte{{nri | 28, 0x81, 1}, {nri | 28, 0x01, 1}, {nri | 28, 0x41, 1}} {
				all = append(all, sent{unit{Packet: packet.Packet{Payload: p, Timestamp: first + uint32(i)*3000}}, layer})
			}
		}
		for range rapid.IntRange(0, 20).Draw(t, "swaps") {
			i := rapid.IntRange(0, len(all)-2).Draw(t, "swap")
			all[i], all[i+1] = all[i+1], all[i]
		}
		begun := map[uint32]bool{}
		for _, s := range all {
			u := s.unit
			h.describe(&u)
			if u.temporal != s.want || u.begin && begun[u.Timestamp] {
				t.Fatalf("%+v, want layer %d", u, s.want)
			}
			begun[u.Timestamp] = true
		}
	})
}

// TestForwardsLayersOfH264 drops a layer on the way to a receiver: its numbers have no gaps.
func TestForwardsLayersOfH264(t *testing.T) {
	s, out, a, _ := stage(t)
	src := a.encodings[0]
	src.mime, src.describe = mimeH264, describing(mimeH264)
	s.types[mimeH264] = payloads{media: 102}
	s.put(a)
	s.aim(src, filter{maxSpatial: maxSpatial})
	for i, p := range [][]byte{{0x65, 1}, {0x01, 1}, {0x61, 1}, {0x01, 1}, {0x61, 1}} {
		u := unit{Packet: packet.Packet{Payload: p, Seq: 65534 + uint16(i), Timestamp: uint32(i) * 3000, Marker: true}}
		src.describe(&u)
		s.write(src, &u, time.Now())
	}
	if len(out.headers) != 3 {
		t.Fatalf("%d packets went out", len(out.headers))
	}
	for i, h := range out.headers {
		if h.SequenceNumber != out.headers[0].SequenceNumber+uint16(i) || h.Timestamp != out.headers[0].Timestamp+uint32(i)*6000 {
			t.Errorf("packet %d: %+v", i, h)
		}
	}
}

// TestForwardsNumbersOfVP9 puts one stream behind another: the pictures go on counting, also when one is sent again.
func TestForwardsNumbersOfVP9(t *testing.T) {
	s, out, a, b := stage(t)
	s.types[mimeVP9] = payloads{media: 98, rtx: 99}
	now := time.Now()
	play := func(g *group, seq uint16, picture byte, key bool) {
		src := g.encodings[0]
		src.mime, src.describe = mimeVP9, describing(mimeVP9)
		flags := byte(0xac)
		if !key {
			flags |= 0x40
		}
		raw := append([]byte{0x80, 0x80 | 98, byte(seq >> 8), byte(seq), 0, 0, 0, picture, 0, 0, 0, 5}, flags, 0x80|1, picture, 0x00, 2*picture, 7)
		src.cache.Put(seq, raw)
		p, err := packet.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		u := unit{Packet: p}
		src.describe(&u)
		s.write(src, &u, now)
	}
	s.put(a)
	play(a, 10, 20, true)
	play(a, 11, 21, false)
	s.put(b)
	play(b, 900, 200, true)
	play(b, 901, 201, false)
	var raw [packet.MaxSize + 2]byte
	s.resendOne(out.headers[3].SequenceNumber, now, 0, raw[:])
	out.payload[4] = out.payload[4][2:]
	for i, want := range [][2]byte{{20, 40}, {21, 42}, {22, 43}, {23, 45}, {23, 45}} {
		d, ok := packet.ParseVP9(out.payload[i])
		if !ok || d.PictureID != 256+uint16(want[0]) || d.TL0 != want[1] {
			t.Errorf("packet %d: %+v, want %v", i, d, want)
		}
	}
}
