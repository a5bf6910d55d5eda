package packet

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// same tells whether two descriptors say the same but for the number and the active targets.
func same(a, b Dependency) bool {
	a.Number, a.Active, a.maskAt, a.maskEnd = b.Number, b.Active, b.maskAt, b.maskEnd
	sa, sb := a.Structure, b.Structure
	a.Structure, b.Structure = nil, nil
	if (sa == nil) != (sb == nil) || a != b {
		return false
	}
	return sa == nil || sa.offset == sb.offset && len(sa.templates) == len(sb.templates) && len(sa.Heights) == len(sb.Heights)
}

// TestNarrow writes decode targets into descriptors with and without a structure, targets of their own, and indications of their own.
func TestNarrow(t *testing.T) {
	structured := first(l2t2key())
	d, err := ParseDependency(structured, nil)
	if err != nil {
		t.Fatal(err)
	}
	known := d.Structure
	short := &bitWriter{}
	header(true, true, 62, 7, short)
	own := &bitWriter{}
	header(true, false, 61, 65535, own)
	own.put(0b01100, 5)
	own.put(0b1111, 4)
	for _, l := range "RD-S" {
		own.put(letters[l], 2)
	}
	scratch := make([]byte, RoomDependency)
	for name, raw := range map[string][]byte{"structure": structured, "three bytes": short.b, "of its own": own.b} {
		was, err := ParseDependency(raw, known)
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(raw)
		out := was.Narrow(raw, 4242, 0b0101, scratch)
		got, err := ParseDependency(out, known)
		if err != nil || got.Number != 4242 || got.Active != 0b0101 || !same(was, got) {
			t.Errorf("%s: %x became %x: %+v %v", name, raw, out, got, err)
		}
		again := got.Narrow(bytes.Clone(out), 7, 0b0011, scratch)
		if got, err := ParseDependency(again, known); err != nil || got.Number != 7 || got.Active != 0b0011 || !same(was, got) {
			t.Errorf("%s, once more: %x: %+v %v", name, again, got, err)
		}
		if !bytes.Equal(raw, before) {
			t.Errorf("%s was changed in place", name)
		}
		plain, err := ParseDependency(Renumber(raw, 9, scratch), known)
		if err != nil || plain.Number != 9 || plain.Active != was.Active || !same(was, plain) {
			t.Errorf("%s renumbered: %+v %v", name, plain, err)
		}
		if n := testing.AllocsPerRun(50, func() { was.Narrow(raw, 1, 1, scratch); Renumber(raw, 2, scratch) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if Renumber(structured[:2], 1, scratch) != nil || Renumber(make([]byte, maxDependency+1), 1, scratch) != nil || d.Narrow(make([]byte, maxDependency+1), 1, 1, scratch) != nil {
		t.Error("too short or too long")
	}
}

func TestReach(t *testing.T) {
	s := &Structure{Targets: []Target{{0, 0}, {0, 1}, {1, 0}, {1, 1}}}
	for target, want := range map[int]uint32{0: 0b0001, 1: 0b0011, 2: 0b0100, 3: 0b1100, 4: 0, -1: 0} {
		if got := s.Reach(target); got != want {
			t.Errorf("target %d: %04b, want %04b", target, got, want)
		}
	}
}

// TestNumbering lets streams follow one another, with frames left out and late, over the wrap-around.
func TestNumbering(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n Numbering
		last, any := uint16(0), false
		for range rapid.IntRange(1, 4).Draw(t, "streams") {
			start := rapid.Uint16().Draw(t, "start")
			n.Switch(start)
			begun := n.Number(start)
			if any && begun != last+1 {
				t.Fatalf("%d begins a stream behind %d", begun, last)
			}
			last, any = begun, true
			for range rapid.IntRange(0, 100).Draw(t, "frames") {
				at := rapid.Uint16Range(0, 300).Draw(t, "frame")
				out := n.Number(start + at)
				if out-begun != at {
					t.Fatalf("frame %d of the stream is %d behind its first", at, out-begun)
				}
				if Newer(out, last) {
					last = out
				}
			}
		}
	})
}

func FuzzNarrow(f *testing.F) {
	f.Add(first(l2t2key()), []byte{0xc0 | 61, 0, 7}, uint32(5))
	f.Add([]byte{0x80, 0, 1, 0x80, 0, 0, 0, 0, 0, 0}, []byte{0xc0, 0, 2, 0x60, 0xff}, uint32(1))
	f.Fuzz(func(t *testing.T, a, b []byte, active uint32) {
		d, err := ParseDependency(a, nil)
		if err != nil {
			return
		}
		scratch := make([]byte, RoomDependency)
		for _, raw := range [][]byte{a, b} {
			was, err := ParseDependency(raw, d.Structure)
			if err != nil {
				return
			}
			mask := active & (1<<was.targets - 1)
			out := was.Narrow(raw, 99, mask, scratch)
			if out == nil {
				return
			}
			if got, err := ParseDependency(out, d.Structure); err != nil || got.Number != 99 || got.Active != mask || !same(was, got) {
				t.Fatalf("%x became %x: %+v %v", raw, out, got, err)
			}
		}
	})
}
