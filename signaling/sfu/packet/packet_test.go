package packet

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"
	"pgregory.net/rapid"
)

func TestParseAgreesWithPion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rtp.Packet{
			Header: rtp.Header{
				Version: 2, Marker: rapid.Bool().Draw(t, "marker"), PayloadType: uint8(rapid.IntRange(0, 127).Draw(t, "pt")),
				SequenceNumber: rapid.Uint16().Draw(t, "seq"), Timestamp: rapid.Uint32().Draw(t, "ts"), SSRC: rapid.Uint32().Draw(t, "ssrc"),
				CSRC: rapid.SliceOfN(rapid.Uint32(), 0, 15).Draw(t, "csrc"),
			},
			Payload: rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "payload"),
		}
		if rapid.Bool().Draw(t, "extension") {
			if err := in.SetExtension(3, []byte{1, 2, 3}); err != nil {
				t.Fatal(err)
			}
		}
		if n := rapid.IntRange(0, 20).Draw(t, "padding"); n > 0 {
			in.Padding, in.Header.PaddingSize = true, byte(n)
		}
		raw, err := in.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got.Marker != in.Marker || got.PayloadType != in.PayloadType || got.Seq != in.SequenceNumber || got.Timestamp != in.Timestamp ||
			got.SSRC != in.SSRC || !bytes.Equal(got.Payload, in.Payload) || got.Size != len(raw) {
			t.Fatalf("%+v from %+v", got, in)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x80, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x10, 0})
	f.Add([]byte{0xbf, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		if len(p.Payload) > len(b)-fixedHeader {
			t.Fatalf("%d bytes of payload in %d", len(p.Payload), len(b))
		}
		ParseH264(p.Payload)
		VP8Height(p.Payload)
		if d, ok := ParseVP9(p.Payload); ok && d.Spatial > 7 {
			t.Fatalf("%+v", d)
		}
		var r VP8Rewriter
		r.Switch(p.Payload)
		if out := r.Rewrite(p.Payload, make([]byte, len(b)), 0); len(out) != len(p.Payload) {
			t.Fatalf("%d bytes became %d", len(p.Payload), len(out))
		}
	})
}

// TestMapperOfManyStreams sends streams one after another, with loss and reordering, and looks at what a receiver would see.
func TestMapperOfManyStreams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Mapper
		type out struct {
			seq uint16
			ts  uint32
		}
		var last *out // newest that went out
		for range rapid.IntRange(1, 4).Draw(t, "streams") {
			seq, ts := rapid.Uint16().Draw(t, "seq"), rapid.Uint32().Draw(t, "ts")
			r.Switch(seq, ts, 3000)
			first := true
			highest := seq
			for i := range rapid.IntRange(1, 400).Draw(t, "packets") {
				in := seq + uint16(i)*uint16(rapid.IntRange(1, 3).Draw(t, "step")) // loss, repetition, reordering
				outSeq, outTS, _, ok := r.Map(in, ts+uint32(in-seq)*90)
				if Newer(seq, in) {
					if ok {
						t.Fatalf("%d is from before %d", in, seq)
					}
					continue
				}
				if !ok {
					t.Fatalf("%d was refused after %d", in, seq)
				}
				if first && last != nil && (outSeq != last.seq+1 || outTS-last.ts != 3000) {
					t.Fatalf("a switch went from %+v to %d, %d", *last, outSeq, outTS)
				}
				first = false
				if !Newer(highest, in) {
					highest = in
					last = &out{outSeq, outTS}
				}
				if back, _, ok := r.Reverse(outSeq); !ok || back != in {
					t.Fatalf("%d went out as %d and came back as %d, %v", in, outSeq, back, ok)
				}
			}
			if _, _, ok := r.Reverse(last.seq + 1); ok {
				t.Fatal("what was not sent is said to have been")
			}
		}
	})
}

func TestMapperOverALongStream(t *testing.T) {
	var r Mapper
	r.Switch(60_000, 7, 1)
	for i := range uint32(200_000) {
		in := uint16(60_000 + i)
		seq, ts, _, ok := r.Map(in, 7+i*960)
		if !ok || seq != in || ts != 7+i*960 {
			t.Fatalf("packet %d: %d %d %v", i, seq, ts, ok)
		}
		if back, _, ok := r.Reverse(in - uint16(min(i, 500))); !ok || back != in-uint16(min(i, 500)) {
			t.Fatalf("packet %d is lost", i)
		}
	}
}

func vp8(picture uint16, tl0 byte, key bool) []byte {
	first := byte(1)
	if key {
		first = 0
	}
	return []byte{0x90, 0xe0, 0x80 | byte(picture>>8), byte(picture), tl0, 0x20, first, 9, 9}
}

func TestVP8(t *testing.T) {
	for name, c := range map[string]struct {
		payload    []byte
		ok         bool
		start, key bool
		picture    uint16
	}{
		"empty":              {nil, false, false, false, 0},
		"plain key frame":    {[]byte{0x10, 0x00}, true, true, true, 0},
		"plain delta frame":  {[]byte{0x10, 0x01}, true, true, false, 0},
		"second packet":      {[]byte{0x00, 0x00}, true, false, false, 0},
		"second partition":   {[]byte{0x11, 0x00}, true, false, false, 0},
		"15 bits of picture": {vp8(0x1234, 5, true), true, true, true, 0x1234},
		"7 bits of picture":  {[]byte{0x90, 0x80, 0x12, 0x00}, true, true, true, 0x12},
		"cut picture":        {[]byte{0x90, 0x80, 0x80}, false, true, false, 0},
		"cut flags":          {[]byte{0x90, 0x40}, false, true, false, 0},
		"descriptor only":    {[]byte{0x90, 0x80, 0x12}, false, true, false, 0x12},
	} {
		d, ok := ParseVP8(c.payload)
		if ok != c.ok || ok && (d.Start != c.start || d.Keyframe != c.key || d.PictureID != c.picture) {
			t.Errorf("%s: %+v, %v", name, d, ok)
		}
	}
}

func TestVP8RewriterIsContinuous(t *testing.T) {
	var r VP8Rewriter
	scratch := make([]byte, MaxSize)
	var seen []VP8
	for _, stream := range []struct {
		picture uint16
		tl0     byte
	}{{0x7ffe, 254}, {17, 3}, {0x4000, 200}} {
		for i := range uint16(5) {
			p := vp8((stream.picture+i)&0x7fff, stream.tl0+byte(i), i == 0)
			if i == 0 {
				r.Switch(p)
			}
			d, ok := ParseVP8(r.Rewrite(p, scratch, 0))
			if !ok || d.Keyframe != (i == 0) {
				t.Fatalf("%+v", d)
			}
			seen = append(seen, d)
		}
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].PictureID != (seen[i-1].PictureID+1)&0x7fff || seen[i].TL0 != seen[i-1].TL0+1 {
			t.Fatalf("%d: %+v after %+v", i, seen[i], seen[i-1])
		}
	}
}

func TestH264Keyframe(t *testing.T) {
	for name, c := range map[string]struct {
		payload []byte
		want    bool
	}{
		"empty":           {nil, false},
		"IDR":             {[]byte{0x65}, true},
		"SPS":             {[]byte{0x67}, true},
		"slice":           {[]byte{0x41}, false},
		"STAP-A with SPS": {[]byte{0x78, 0, 4, 0x67}, true},
		"STAP-A with SEI": {[]byte{0x78, 0, 4, 0x06}, false},
		"short STAP-A":    {[]byte{0x78, 0, 4}, false},
		"first FU-A":      {[]byte{0x7c, 0x85}, true},
		"later FU-A":      {[]byte{0x7c, 0x05}, false},
		"FU-A of a slice": {[]byte{0x7c, 0x81}, false},
	} {
		if got := ParseH264(c.payload).Key; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCache(t *testing.T) {
	c := NewCache(8)
	buf := make([]byte, MaxSize)
	for seq := range uint16(20) {
		c.Put(seq, []byte{byte(seq), 1, 2})
	}
	for seq := range uint16(25) {
		n := c.Get(seq, buf)
		if kept := seq >= 12 && seq < 20; kept != (n == 3) || kept && buf[0] != byte(seq) {
			t.Errorf("%d: %d bytes", seq, n)
		}
	}
	c.Put(30, make([]byte, MaxSize+1))
	if c.Get(30, make([]byte, 2*MaxSize)) != 0 || c.Get(19, buf[:2]) != 0 {
		t.Error("a packet that does not fit was given")
	}
}

func TestLosses(t *testing.T) {
	var l Losses
	at := time.Unix(100, 0)
	l.Arrived(65534, at)
	l.Arrived(2, at) // 65535, 0 and 1 are missing
	due := func(after time.Duration) []uint16 {
		ask, _ := l.Due(at.Add(after), 100*time.Millisecond, nil)
		return ask
	}
	same := func(got []uint16, want ...uint16) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	}
	same(due(0)) // it may only be out of order
	same(due(reordered), 65535, 0, 1)
	same(due(100 * time.Millisecond)) // a round trip has not passed
	l.Arrived(0, at)
	same(due(120*time.Millisecond), 65535, 1)
	if _, gaveUp := l.Due(at.Add(2*time.Second), 0, nil); !gaveUp {
		t.Error("nothing was given up")
	}
	same(due(3 * time.Second))
	if l.Arrived(3, at) || !l.Arrived(1000, at) || l.Arrived(1001, at) {
		t.Error("a gap of 996 is hopeless, one of 0 is not")
	}
}

func TestReception(t *testing.T) {
	var r Reception
	at := time.Unix(100, 0)
	for i := range uint16(100) {
		if i%10 == 3 {
			continue
		}
		r.Add(Packet{Seq: 65500 + i, Timestamp: uint32(i) * 960, Size: 100}, 48000, at.Add(time.Duration(i)*20*time.Millisecond))
	}
	got := r.Take(48000)
	if got.Expected != 100 || got.Received != 90 || got.Loss() != 0.1 || got.Bytes != 9000 || got.JitterMS > 0.1 {
		t.Errorf("%+v, loss %v", got, got.Loss())
	}
	if again := r.Take(48000); again.Expected != 0 || again.Loss() != 0 {
		t.Errorf("%+v", again)
	}
	for i := range uint16(200) { // every other packet 20 ms late
		late := time.Duration(i%2) * 20 * time.Millisecond
		r.Add(Packet{Seq: 64 + i, Timestamp: uint32(100+i) * 960}, 48000, at.Add(time.Duration(100+int(i))*20*time.Millisecond+late))
	}
	if got := r.Take(48000); got.JitterMS < 15 || got.JitterMS > 21 {
		t.Errorf("jitter %v ms", got.JitterMS)
	}
}

func TestVP9(t *testing.T) {
	for name, c := range map[string]struct {
		payload []byte
		ok      bool
		want    VP9
		key     bool
	}{
		"empty":              {nil, false, VP9{}, false},
		"plain key frame":    {[]byte{0x0c, 1}, true, VP9{Begin: true, End: true}, true},
		"plain inter frame":  {[]byte{0x4c, 1}, true, VP9{Inter: true, Begin: true, End: true}, false},
		"layers of key":      {[]byte{0xa8, 0x81, 0x23, 0x00, 7, 1}, true, VP9{Begin: true}, true},
		"upper layer of key": {[]byte{0xa8, 0x81, 0x23, 0x03, 7, 1}, true, VP9{Begin: true, Spatial: 1, upper: true}, false},
		"temporal layer 2":   {[]byte{0xec, 0x05, 0x50, 7, 1}, true, VP9{Inter: true, Begin: true, End: true, TID: 2, Up: true}, false},
		"flexible":           {[]byte{0xfc, 0x05, 0x34, 1}, true, VP9{Inter: true, Begin: true, End: true, TID: 1, Up: true, Spatial: 2}, false},
		"cut":                {[]byte{0xa8, 0x81, 0x23}, false, VP9{Begin: true}, true},
	} {
		d, ok := ParseVP9(c.payload)
		told := VP9{Inter: d.Inter, Begin: d.Begin, End: d.End, Spatial: d.Spatial, TID: d.TID, Up: d.Up, upper: d.upper}
		if ok != c.ok || ok && (told != c.want || d.Keyframe() != c.key) {
			t.Errorf("%s: %+v, %v", name, d, ok)
		}
	}
}

func TestVP8HeightAndLayers(t *testing.T) {
	key := []byte{0x90, 0x80, 0x12, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 0}
	if got := VP8Height(key); got != 480 {
		t.Errorf("a key frame of 480 lines has %d", got)
	}
	if got := VP8Height(key[:12]); got != 0 {
		t.Errorf("a cut key frame has %d lines", got)
	}
	d, ok := ParseVP8([]byte{0x90, 0xe0, 0x12, 0x05, 0x60, 1})
	if !ok || d.TID != 1 || !d.Sync {
		t.Errorf("%+v %v", d, ok)
	}
	var r VP8Rewriter
	r.Switch(vp8(100, 1, true))
	if d, _ := ParseVP8(r.Rewrite(vp8(105, 2, false), make([]byte, MaxSize), 3)); d.PictureID != 102 {
		t.Errorf("picture %d after 3 were left out", d.PictureID)
	}
}
