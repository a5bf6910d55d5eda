package packet

import (
	"testing"

	"pgregory.net/rapid"
)

// TestMapper sends a stream with drops, losses and reordering across the wrap-around, and holds the mapper against a plain account of what it must do.
func TestMapper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m Mapper
		start := rapid.Uint16().Draw(t, "start")
		if rapid.Bool().Draw(t, "second") { // something was on the SSRC before
			m.Switch(rapid.Uint16().Draw(t, "before"), 77, 0)
			m.Map(m.highest+1, 77)
		}
		const length = 400
		drop, late := make([]bool, length), make([]int, length)
		for i := range length {
			drop[i] = i > 0 && rapid.IntRange(0, 3).Draw(t, "drop") == 0
			if i > 0 && rapid.IntRange(0, 9).Draw(t, "late") == 0 {
				late[i] = rapid.IntRange(1, 30).Draw(t, "by")
			}
		}
		var order []int // of arrival
		waiting := map[int][]int{}
		for i := range length {
			if late[i] > 0 {
				waiting[i+late[i]] = append(waiting[i+late[i]], i)
			} else {
				order = append(order, i)
			}
			order = append(order, waiting[i]...)
		}
		m.Switch(start, 1000, 3000)
		got := map[int]uint16{}
		for _, i := range order {
			seq := start + uint16(i)
			if drop[i] && late[i] == 0 {
				m.Drop(seq, false)
				continue
			}
			if out, ts, _, ok := m.Map(seq, 1000+uint32(i)); ok {
				got[i] = out
				if ts != m.Timestamp(1000+uint32(i)) {
					t.Fatalf("timestamp %d", ts)
				}
			} else if i > length-100 {
				t.Fatalf("%d is not mapped", i)
			}
		}
		first := got[0]
		expected := first
		for i := range length {
			if drop[i] && late[i] == 0 {
				continue
			}
			if out, ok := got[i]; ok && out != expected {
				t.Fatalf("%d went out as %d, not %d", i, out-first, expected-first)
			}
			if i > length-60 {
				if in, _, ok := m.Reverse(expected); got[i] == expected && (!ok || in != start+uint16(i)) {
					t.Fatalf("%d is found as %d %v", i, in-start, ok)
				}
			}
			expected++
		}
		if _, _, ok := m.Reverse(expected); ok {
			t.Fatal("what was not sent is found")
		}
	})
}

func TestMapperForever(t *testing.T) {
	var m Mapper
	m.Switch(65_000, 0, 0)
	var last uint16
	for i := range 300_000 {
		seq := uint16(65_000 + i)
		if i%10 == 9 && i > 100_000 {
			m.Drop(seq, true)
			continue
		}
		out, _, pictures, ok := m.Map(seq, uint32(i))
		if !ok || i > 0 && out != last+1 {
			t.Fatalf("%d: %d after %d, %v", i, out, last, ok)
		}
		if want := uint16(max(0, i-100_000) / 10); i > 100_010 && pictures != want && pictures != want+1 {
			t.Fatalf("%d: %d pictures dropped, not %d", i, pictures, want)
		}
		last = out
	}
	if _, _, _, ok := m.Map(m.highest-20_000, 0); ok {
		t.Error("a packet from long ago is mapped")
	}
	if _, _, ok := (&Mapper{}).Reverse(1); ok {
		t.Error("found before anything was sent")
	}
}

// TestMapperCloses leaves no gap where what is missing will not come.
func TestMapperCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m Mapper
		seq := rapid.Uint16().Draw(t, "start")
		m.Switch(seq, 0, 0)
		first, _, _, _ := m.Map(seq, 0)
		for i := range uint16(200) {
			seq += rapid.Uint16Range(1, 5).Draw(t, "step")
			if rapid.IntRange(0, 5).Draw(t, "drop") == 0 {
				m.Close(seq)
				m.Drop(seq, false)
				seq++
			}
			m.Close(seq)
			out, _, _, ok := m.Map(seq, 0)
			if !ok || out != first+1+i {
				t.Fatalf("%d went out as %d, %v", i, out-first, ok)
			}
			if in, _, ok := m.Reverse(out); !ok || in != seq {
				t.Fatalf("%d is found as %d, %v", seq, in, ok)
			}
		}
	})
}
