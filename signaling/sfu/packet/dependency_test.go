package packet

import (
	"slices"
	"testing"
)

// bitWriter writes what bits reads, from the grammar of A.8.
type bitWriter struct {
	b []byte
	n int
}

func (w *bitWriter) put(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

// told is a structure as its sender thinks of it: templates as "spatial temporal indications", one letter a target.
type told struct {
	offset    uint32
	templates []struct {
		spatial, temporal int
		targets           string
		distances         []uint32
	}
	chains  int
	sizes   [][2]uint32
	targets int
}

var letters = map[rune]uint32{'-': 0, 'D': 1, 'S': 2, 'R': 3}

func (s told) write(w *bitWriter) {
	w.put(s.offset, 6)
	w.put(uint32(s.targets-1), 5)
	for i, t := range s.templates {
		next := uint32(3)
		if i+1 < len(s.templates) {
			switch n := s.templates[i+1]; {
			case n.spatial > t.spatial:
				next = 2
			case n.temporal > t.temporal:
				next = 1
			default:
				next = 0
			}
		}
		w.put(next, 2)
	}
	for _, t := range s.templates {
		for _, l := range t.targets {
			w.put(letters[l], 2)
		}
	}
	for _, t := range s.templates {
		for _, d := range t.distances {
			w.put(1, 1)
			w.put(d-1, 4)
		}
		w.put(0, 1)
	}
	// chain_cnt as ns(targets+1), for 4 targets: 3 values of 2 bits, 2 of 3.
	if s.targets != 4 {
		panic("only four targets are written")
	}
	switch s.chains {
	case 0, 1, 2:
		w.put(uint32(s.chains), 2)
	}
	if s.chains == 2 {
		for t := range s.targets {
			w.put(uint32(t/2), 1) // ns(2)
		}
		for range s.templates {
			w.put(1, 4)
			w.put(2, 4)
		}
	}
	if s.sizes == nil {
		w.put(0, 1)
		return
	}
	w.put(1, 1)
	for _, size := range s.sizes {
		w.put(size[0]-1, 16)
		w.put(size[1]-1, 16)
	}
}

// l2t2key is two sizes by two rates where only key frames of the larger depend on the smaller (L2T2_KEY).
func l2t2key() told {
	s := told{offset: 60, chains: 2, targets: 4, sizes: [][2]uint32{{320, 180}, {640, 360}}}
	add := func(spatial, temporal int, targets string, distances ...uint32) {
		s.templates = append(s.templates, struct {
			spatial, temporal int
			targets           string
			distances         []uint32
		}{spatial, temporal, targets, distances})
	}
	add(0, 0, "SSSS")
	add(0, 0, "SS--", 4)
	add(0, 1, "-D--", 2)
	add(1, 0, "--SS", 1)
	add(1, 0, "--SS", 4)
	add(1, 1, "---D", 2)
	return s
}

func header(start, end bool, id, number uint32, w *bitWriter) {
	flag := map[bool]uint32{true: 1}
	w.put(flag[start], 1)
	w.put(flag[end], 1)
	w.put(id, 6)
	w.put(number, 16)
}

func first(s told) []byte {
	w := &bitWriter{}
	header(true, false, s.offset, 1000, w)
	w.put(0b10000, 5)
	s.write(w)
	return w.b
}

func TestDependency(t *testing.T) {
	d, err := ParseDependency(first(l2t2key()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Start || d.End || d.Number != 1000 || d.Spatial != 0 || d.Temporal != 0 || d.Structure == nil {
		t.Fatalf("%+v", d)
	}
	s := d.Structure
	if want := []Target{{0, 0}, {0, 1}, {1, 0}, {1, 1}}; !slices.Equal(s.Targets, want) {
		t.Errorf("targets %v, want %v", s.Targets, want)
	}
	if want := []int{180, 360}; !slices.Equal(s.Heights, want) {
		t.Errorf("heights %v", s.Heights)
	}
	for _, c := range []struct {
		id                uint32 // of the template; the numbers wrap at 64
		spatial, temporal uint8
		is                string
	}{{60, 0, 0, "SSSS"}, {61, 0, 0, "SS--"}, {62, 0, 1, "-D--"}, {63, 1, 0, "--SS"}, {0, 1, 0, "--SS"}, {1, 1, 1, "---D"}} {
		w := &bitWriter{}
		header(false, true, c.id, 1007, w)
		d, err := ParseDependency(w.b, s)
		if err != nil || d.Spatial != c.spatial || d.Temporal != c.temporal || d.Start || !d.End || d.Structure != nil {
			t.Errorf("template %d: %+v %v", c.id, d, err)
		}
		for i, l := range c.is {
			if d.Of(i) != Indication(letters[l]) {
				t.Errorf("template %d is %d to target %d, want %c", c.id, d.Of(i), i, l)
			}
		}
		if d.Of(4) != NotPresent || d.Of(-1) != NotPresent {
			t.Error("a target that there is not")
		}
	}
}

func TestDependencyOfItsOwn(t *testing.T) {
	d, err := ParseDependency(first(l2t2key()), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &bitWriter{}
	header(true, true, 61, 7, w)
	w.put(0b01100, 5) // other active targets, other indications
	w.put(0b0011, 4)
	for _, l := range "RD-S" {
		w.put(letters[l], 2)
	}
	got, err := ParseDependency(w.b, d.Structure)
	if err != nil || got.Active != 0b0011 || got.Of(0) != Required || got.Of(1) != Discardable || got.Of(2) != NotPresent || got.Of(3) != Switch {
		t.Errorf("%+v %v", got, err)
	}
}

func TestDependencyMalformed(t *testing.T) {
	raw := first(l2t2key())
	for n := range len(raw) - 1 {
		if _, err := ParseDependency(raw[:n], nil); err == nil {
			t.Errorf("%d of %d bytes were taken", n, len(raw))
		}
	}
	d, err := ParseDependency(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &bitWriter{}
	header(true, true, 2, 1, w) // the sixth template is the last
	if _, err := ParseDependency(w.b, d.Structure); err == nil {
		t.Error("a template that there is not")
	}
	if _, err := ParseDependency(w.b, nil); err == nil {
		t.Error("without a structure")
	}
}

func TestTarget(t *testing.T) {
	s := &Structure{Targets: []Target{{1, 1}, {1, 0}, {0, 1}, {0, 0}}}
	for _, c := range []struct{ spatial, temporal, want int }{{2, 2, 0}, {1, 1, 0}, {1, 0, 1}, {0, 2, 2}, {0, 0, 3}, {-1, 0, -1}} {
		if got := s.Target(c.spatial, c.temporal, 0); got != c.want {
			t.Errorf("%d/%d: %d, want %d", c.spatial, c.temporal, got, c.want)
		}
	}
	if got := s.Target(2, 2, 0b1100); got != 2 {
		t.Errorf("%d, though the sharper are not sent", got)
	}
}

func FuzzDependency(f *testing.F) {
	f.Add(first(l2t2key()), []byte{0xc0 | 61, 0, 7})
	f.Add([]byte{0x80, 0, 1, 0x80, 0, 0, 0, 0, 0, 0}, []byte{0xc0, 0, 2, 0x60, 0xff})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		d, err := ParseDependency(a, nil)
		if err != nil {
			return
		}
		if n := len(d.Structure.Targets); n < 1 || n > maxTargets {
			t.Fatalf("%d targets", n)
		}
		if _, err := ParseDependency(b, d.Structure); err == nil {
			for i := range d.Structure.Targets {
				if d.Of(i) > Required {
					t.Fatal(d.Of(i))
				}
			}
		}
	})
}
