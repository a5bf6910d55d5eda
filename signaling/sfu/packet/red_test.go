package packet

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestREDThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "frames")
		seq, ts := rapid.Uint16().Draw(t, "seq"), rapid.Uint32().Draw(t, "ts")
		var frames []Frame
		for i := range n {
			frames = append(frames, Frame{
				Seq: seq - uint16(n-1-i), Timestamp: ts - uint32(n-1-i)*960,
				Payload: rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "payload"),
			})
		}
		raw := AppendRED(nil, 111, frames)
		got, ok := SplitRED(Packet{Seq: seq, Timestamp: ts, Payload: raw}, nil)
		if !ok || len(got) != n {
			t.Fatalf("%d frames became %d, %v", n, len(got), ok)
		}
		for i := range got {
			if got[i].Seq != frames[i].Seq || got[i].Timestamp != frames[i].Timestamp || !bytes.Equal(got[i].Payload, frames[i].Payload) {
				t.Fatalf("%+v became %+v", frames[i], got[i])
			}
		}
	})
}

func TestREDLimits(t *testing.T) {
	frames := []Frame{
		{Seq: 1, Timestamp: 0, Payload: []byte{1}},
		{Seq: 2, Timestamp: 20_000, Payload: make([]byte, 1024)}, // too long
		{Seq: 3, Timestamp: 20_960, Payload: []byte{3}},
		{Seq: 4, Timestamp: 21_920, Payload: []byte{4}},
	}
	got, ok := SplitRED(Packet{Seq: 4, Timestamp: 21_920, Payload: AppendRED(nil, 111, frames)}, nil)
	if !ok || len(got) != 2 || got[0].Seq != 3 || got[1].Payload[0] != 4 {
		t.Errorf("%+v %v", got, ok)
	}
	frames[2].Timestamp = 0 // silence before it: too old
	if got, _ := SplitRED(Packet{Seq: 4, Timestamp: 21_920, Payload: AppendRED(nil, 111, frames)}, nil); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	for name, raw := range map[string][]byte{
		"empty": nil, "cut header": {0x80 | 111, 1}, "no own block": {0x80 | 111, 0x0f, 0, 1}, "cut block": {0x80 | 111, 0x0f, 0, 9, 111, 1},
	} {
		if _, ok := SplitRED(Packet{Payload: raw}, nil); ok {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzSplitRED(f *testing.F) {
	f.Add(AppendRED(nil, 111, []Frame{{1, 960, []byte{1, 2}}, {2, 1920, []byte{3}}}))
	f.Add([]byte{0xef, 0x0f, 0, 9, 111, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		frames, ok := SplitRED(Packet{Seq: 9, Timestamp: 100_000, Payload: b}, nil)
		total := 0
		for _, x := range frames {
			total += len(x.Payload)
		}
		if total > len(b) || ok != (len(frames) > 0) {
			t.Fatalf("%d bytes of frames out of %d, %v", total, len(b), ok)
		}
		var s Sound
		for i, x := range frames {
			s.Add(x, i < len(frames)-1)
		}
	})
}

// TestSoundRecovers loses packets of a RED stream: with one repetition single losses are made good, in order.
func TestSoundRecovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.IntRange(1, 3).Draw(t, "depth")
		start := rapid.Uint16().Draw(t, "start")
		var sender, receiver Sound
		lost := 0
		var got []uint16
		missing := map[uint16]bool{}
		for i := range 200 {
			seq := start + uint16(i)
			sender.Add(Frame{Seq: seq, Timestamp: uint32(seq)*960 + 7, Payload: []byte{byte(i)}}, false)
			raw := AppendRED(nil, 111, sender.Last(seq, depth, nil))
			if i > 0 && i < 199 && rapid.IntRange(0, 3).Draw(t, "lose") == 0 {
				lost++
				if lost > depth {
					missing[seq-uint16(depth)] = true
				}
				continue
			}
			lost = 0
			frames, ok := SplitRED(Packet{Seq: seq, Timestamp: uint32(seq)*960 + 7, Payload: raw}, nil)
			if !ok {
				t.Fatal("malformed")
			}
			for j, f := range frames {
				if receiver.Add(f, j < len(frames)-1) {
					got = append(got, f.Seq)
				}
			}
		}
		want := start
		for _, seq := range got {
			for missing[want] {
				want++
			}
			if seq != want {
				t.Fatalf("%d came for %d (from %d, depth %d, missing %v)", seq, want, start, depth, missing)
			}
			want++
		}
	})
}
