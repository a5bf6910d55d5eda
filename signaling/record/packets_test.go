package record

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOpusSamples(t *testing.T) {
	for _, c := range []struct {
		packet []byte
		want   uint32
	}{
		{nil, 0},
		{[]byte{0x00}, 480},                // SILK NB 10 ms
		{[]byte{0x18, 1}, 2880},            // SILK NB 60 ms
		{[]byte{0x78, 1}, 960},             // hybrid FB 20 ms
		{[]byte{0xF8, 0xFF, 0xFE}, 960},    // CELT FB 20 ms
		{[]byte{0xF9, 1, 1}, 1920},         // two of them
		{[]byte{0xFB}, 0},                  // how many is missing
		{[]byte{0xFB, 3}, 2880},            // three
		{[]byte{0xFB, 63}, 0},              // more than 120 ms
		{[]byte{0xE0, 1}, 120},             // 2.5 ms
		{silence, uint32(opusRate * 2e-2)}, // ours
	} {
		if got := opusSamples(c.packet); got != c.want {
			t.Errorf("%x: %d samples, want %d", c.packet, got, c.want)
		}
	}
}

// TestOrder: in whatever order packets come, they go out in that of their numbers, each once, with what is missing counted.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Uint16().Draw(t, "first")
		n := rapid.IntRange(1, 300).Draw(t, "n")
		var o order
		var got []uint16
		missing := 0
		emit := func(p rtp, lost int) {
			got, missing = append(got, p.seq), missing+lost
		}
		freed := 0
		free := func(rtp) { freed++ }
		now := time.Unix(0, 0)
		o.push(rtp{seq: first, arrived: now}, emit, free)
		var sent []rtp
		for i := 1; i < n; i++ {
			if rapid.IntRange(0, 9).Draw(t, "lost") == 0 && i < n-1 {
				continue
			}
			late := time.Duration(rapid.IntRange(0, 900).Draw(t, "late")) * time.Millisecond
			sent = append(sent, rtp{seq: first + uint16(i), arrived: now.Add(time.Duration(i)*time.Millisecond + late)})
		}
		slices.SortStableFunc(sent, func(a, b rtp) int { return a.arrived.Compare(b.arrived) })
		for _, p := range sent {
			o.push(p, emit, free)
			o.push(p, emit, free) // said twice
		}
		o.flush(emit)
		if len(got) != len(sent)+1 || freed != len(sent) || missing != n-1-len(sent) {
			t.Fatalf("%d of %d came out, %d were freed, %d counted as missing of %d", len(got), len(sent)+1, freed, missing, n-1-len(sent))
		}
		for i := 1; i < len(got); i++ {
			if d := got[i] - got[i-1]; d == 0 || d > 1<<15 {
				t.Fatalf("%d after %d", got[i], got[i-1])
			}
		}
	})
}

// TestOrderIsBounded: a number that never comes holds up no more than so many packets.
func TestOrderIsBounded(t *testing.T) {
	var o order
	out := 0
	now := time.Unix(0, 0)
	for i := range uint16(3000) {
		if i != 1 {
			o.push(rtp{seq: i, arrived: now}, func(rtp, int) { out++ }, func(rtp) {})
		}
		if len(o.held) > heldMost {
			t.Fatalf("%d packets are held", len(o.held))
		}
	}
	if out < 1900 {
		t.Errorf("%d came out", out)
	}
}

func TestClock(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := clock{rate: 48000}
	var who sender
	ts, at := uint32(0xffff_f000), start
	var worst time.Duration
	for i := range 6 * 3600 * 50 { // six hours; the sender's clock runs fast by 50 millionths
		c.arrive(ts, at.Add(40*time.Millisecond))
		if i%250 == 0 {
			theirs := start.Add(9 * time.Hour).Add(time.Duration(i) * 20 * time.Millisecond)
			c.report(ts, who.local(theirs, c.arrival(ts)))
		}
		if off := c.at(ts).Sub(at.Add(40 * time.Millisecond)).Abs(); off > worst {
			worst = off
		}
		ts += 960
		at = at.Add(20*time.Millisecond - time.Microsecond)
	}
	if worst > 30*time.Millisecond {
		t.Errorf("after six hours it is off by %v", worst)
	}
	c.arrive(ts+48000*3600, at) // the sender began to count anew
	if off := c.at(ts + 48000*3600).Sub(at).Abs(); off > time.Millisecond {
		t.Errorf("off by %v after a new count", off)
	}
}

func TestSPS(t *testing.T) {
	for name, c := range map[string]struct {
		sps  []byte
		w, h int
		ok   bool
	}{
		"empty":                  {nil, 0, 0, false},
		"cut":                    {[]byte{0x67, 0x42, 0xc0, 0x1f}, 0, 0, false},
		"640x480 baseline":       {[]byte{0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x3d, 0xa1, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x3c, 0x0f, 0x16, 0x2e, 0x48}, 640, 480, true},
		"endless golomb numbers": {[]byte{0x67, 0x42, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, false},
	} {
		if w, h, ok := spsSize(c.sps); ok != c.ok || ok && (w != c.w || h != c.h) {
			t.Errorf("%s: %dx%d, %v", name, w, h, ok)
		}
	}
}

// FuzzPackets: whatever comes over the line, nothing breaks and nothing grows without bound.
func FuzzPackets(f *testing.F) {
	f.Add([]byte{0x90, 0x80, 0x12, 0x10, 0, 0, 0x9d, 1, 0x2a, 0xa0, 0, 0x78, 0}, true)
	f.Add([]byte{0x78, 0, 4, 0x67, 0x42, 0xc0, 0x1e, 0, 2, 0x68, 1}, true)
	f.Add([]byte{0x7c, 0x85, 1, 2, 3}, true)
	f.Add([]byte{0x8f, 0x80, 0, 0x49, 0x83, 0x42, 0, 1, 2, 3}, true)
	f.Add([]byte{0x28, 11, 0x0a, 9, 0, 0, 0, 2, 0xaf, 0xff, 0x9b, 0x5f, 0x30, 0x30, 0x10, 0, 0xc0}, true)
	f.Add([]byte{0x50, 0x30, 0x10, 0, 0xc0, 0x90, 1, 2, 3}, false)
	f.Fuzz(func(t *testing.T, data []byte, marker bool) {
		for _, mime := range []string{"video/vp8", "video/vp9", "video/h264", "video/av1"} {
			a := assembler{codec: newDepacketizer(mime)}
			for i, n := 0, 0; i <= len(data); i, n = i+7, n+1 { // as several packets, and as one
				p := rtp{seq: uint16(n), ts: uint32(n / 3), marker: marker && n%3 == 2, payload: data[i:]}
				if pic, ok := a.push(p, n%5/4); ok && (len(pic.data) == 0 || pic.key && a.codec.video().Width <= 0) {
					t.Fatalf("%s: a frame of %d bytes, %+v", mime, len(pic.data), a.codec.video())
				}
			}
		}
		opusSamples(data)
		if _, _, err := readEntry(bytes.NewReader(data)); err == nil && !bytes.HasPrefix(data, []byte(pieceMagic)) {
			t.Fatal("that is no piece")
		}
	})
}

// FuzzReel: whatever frames come when, clusters are whole, in order, within their bounds, and their times come back.
func FuzzReel(f *testing.F) {
	f.Add([]byte{1, 0, 0, 9, 2, 1, 50, 9, 1, 0, 20, 4})
	f.Add([]byte{2, 1, 0, 200, 2, 0, 255, 3, 2, 1, 1, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reel{file: File{Number: 1, Audio: len(data)%2 == 0}}
		var at, until time.Duration
		var before int64 = -1
		for len(data) >= 4 {
			track, key := byte(audioTrack), true
			if data[0]%2 == 0 || !r.file.Audio {
				track, key = videoTrack, data[1]%2 == 1
			}
			at += time.Duration(data[2]) * 4 * time.Millisecond
			payload := append([]byte{0xF8}, bytes.Repeat([]byte{1}, int(data[3]))...)
			r.add(frame{at: at - time.Duration(data[0])*time.Millisecond, track: track, key: key, data: payload})
			if data[1]%4 == 3 {
				until = max(until, at-100*time.Millisecond)
				var e element
				e, chunks := r.cut(e, until, until)
				before = checkChunks(t, e, chunks, before, r.file.Offset)
			}
			data = data[4:]
		}
		e, chunks := r.cut(nil, 1<<62, at)
		checkChunks(t, e, chunks, before, r.file.Offset)
		if len(r.pending) != 0 || r.bytes != 0 {
			t.Fatalf("%d frames and %d bytes are left", len(r.pending), r.bytes)
		}
	})
}

// checkChunks walks over the clusters as they are written.
func checkChunks(t *testing.T, e element, chunks []chunk, before, zero int64) int64 {
	end := int64(0)
	for _, c := range chunks {
		if c.Offset != end || c.At < before || c.End < c.At {
			t.Fatalf("%+v behind %d bytes, after %d ms", c, end, before)
		}
		before, end = c.At, c.Offset+c.Size
		cluster := slices.Clone(e[c.Offset:end])
		if err := rebase(cluster, time.Duration(zero)*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if got := int64(binary.BigEndian.Uint64(cluster[clusterTimestamp:])); got != c.At-zero {
			t.Fatalf("the cluster says %d ms, the journal %d", got, c.At-zero)
		}
		if size := int64(binary.BigEndian.Uint64(cluster[4:]) &^ (1 << 56)); size != c.Size-12 {
			t.Fatalf("the cluster says %d bytes, the journal %d", size, c.Size-12)
		}
		walkBlocks(t, cluster[clusterHead:])
	}
	if end != int64(len(e)) {
		t.Fatalf("%d bytes of %d belong to a cluster", end, len(e))
	}
	return before
}

func walkBlocks(t *testing.T, b []byte) {
	for len(b) > 0 {
		if b[0] != idSimpleBlock {
			t.Fatalf("%x is no block", b[0])
		}
		size, n := 0, 0
		switch {
		case b[1]&0x80 != 0:
			size, n = int(b[1]&0x7f), 1
		case b[1]&0x40 != 0:
			size, n = int(b[1]&0x3f)<<8|int(b[2]), 2
		default:
			t.Fatal("a longer size than any of these frames needs")
		}
		if rel := int16(binary.BigEndian.Uint16(b[1+n+1:])); rel < 0 || time.Duration(rel)*time.Millisecond > maxSpan {
			t.Fatalf("a block %d ms after its cluster", rel)
		}
		b = b[1+n+size:]
	}
}

// TestBounded: twelve people for hours cost no more memory than for a minute: what is kept of each stream has a bound.
func TestBounded(t *testing.T) {
	s := &Session{cfg: Config{}.withDefaults(), reels: map[string]*reel{}, senders: map[string]*sender{}}
	s.cfg.Now = func() time.Time { return s.start.Zero }
	r := s.newReel("a/main", "a", mainSource)
	r.file.Audio = true
	data := slices.Concat([]byte{0xF8}, make([]byte, 80))
	measure := func(minutes int, from time.Duration) (n int) {
		for i := range minutes * 60 * 50 {
			at := from + time.Duration(i)*20*time.Millisecond
			r.add(frame{at: at, track: audioTrack, key: true, data: data})
			if i%100 == 99 {
				_, _ = r.cut(nil, at-time.Second, at-time.Second)
				n = max(n, cap(r.pending))
			}
		}
		return n
	}
	first := measure(1, 0)
	if later := measure(120, time.Minute); later > 2*first {
		t.Errorf("%d frames have room after a minute, %d after two hours", first, later)
	}
}
