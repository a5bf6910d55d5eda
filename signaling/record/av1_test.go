package record

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// TestSequenceHeader reads what ffmpeg writes before files of libaom and SVT-AV1: the configuration that is made of a sequence header is the same.
func TestSequenceHeader(t *testing.T) {
	for name, c := range map[string]struct {
		configuration string
		w, h          int
	}{
		"160x120":         {"81000c000a0a00000003b4ff736be401", 160, 120},
		"322x242, 10 bit": {"81004c000a0b000000043d07c4daf94040", 322, 242},
		"1282x722, SVT":   {"81050c000a0b0000002d4d01b4402f8004", 1282, 722},
		"130x98, grey":    {"81001c000a0d00000003b40e136be4c0404068", 130, 98},
	} {
		want, err := hex.DecodeString(c.configuration)
		if err != nil {
			t.Fatal(err)
		}
		a := &av1{}
		frame := []byte{obuFrame << 3, 0x10, 1, 2}
		if !a.add(append([]byte{0x28, byte(len(want) - 4)}, append(bytes.Clone(want[4:]), frame...)...)) {
			t.Fatalf("%s: not taken", name)
		}
		data, key := a.finish()
		if v := a.video(); !key || v.Codec != AV1 || v.Width != c.w || v.Height != c.h || !bytes.Equal(v.Private, want) {
			t.Errorf("%s: key %v, %dx%d, %x, want %x", name, key, v.Width, v.Height, v.Private, want)
		}
		if !bytes.Equal(data, append(bytes.Clone(want[4:]), obuFrame<<3|2, 3, 0x10, 1, 2)) {
			t.Errorf("%s: %x", name, data)
		}
		for n := range len(want) - 4 - 3 { // cut off, with what it says of its length
			cut := append([]byte{want[4], byte(n)}, want[6:6+n]...)
			var s sequence
			if s.read(cut) && n < len(want)-4-4 {
				t.Errorf("%s: %d bytes are a whole header", name, n)
			}
		}
	}
}

// TestElements takes OBUs that are in pieces, of several a packet, and in none that can be.
func TestElements(t *testing.T) {
	for _, c := range []struct {
		name    string
		packets [][]byte
		want    []byte // nil: refused
	}{
		{"one", [][]byte{{0x10, 0x30, 7}}, []byte{0x32, 1, 7}},
		{"with lengths", [][]byte{{0x00, 2, 0x30, 7, 2, 0x30, 8}}, []byte{0x32, 1, 7, 0x32, 1, 8}},
		{"delimiter and padding are left out", [][]byte{{0x30, 1, 0x10, 2, 0x78, 0, 0x30, 7}}, []byte{0x32, 1, 7}},
		{"a size of its own, and an extension", [][]byte{{0x10, 0x36, 0x08, 1, 7}}, []byte{0x36, 0x08, 1, 7}},
		{"three pieces", [][]byte{{0x50, 0x30, 1}, {0xd0, 2}, {0xa0, 1, 3, 0x30, 4}}, []byte{0x32, 3, 1, 2, 3, 0x32, 1, 4}},
		{"a piece without its beginning", [][]byte{{0x90, 2}}, nil},
		{"a beginning without its end", [][]byte{{0x50, 0x30, 1}, {0x10, 0x30, 2}}, nil},
		{"longer than the packet", [][]byte{{0x00, 9, 0x30}}, nil},
		{"a length without end", [][]byte{{0x00, 0xff, 0xff, 0xff, 0xff, 0x01}}, nil},
		{"the forbidden bit", [][]byte{{0x10, 0xb0, 7}}, nil},
		{"nothing but a delimiter", [][]byte{{0x10, 0x10}}, nil},
		{"unfinished", [][]byte{{0x50, 0x30, 1}}, nil},
	} {
		a := &av1{}
		taken := true
		for _, p := range c.packets {
			taken = taken && a.add(p)
		}
		data, key := a.finish()
		if !taken {
			data = nil
		}
		if !bytes.Equal(data, c.want) || key {
			t.Errorf("%s: %x, want %x; key %v", c.name, data, c.want, key)
		}
		if data, _ := a.finish(); data != nil {
			t.Errorf("%s: something is left", c.name)
		}
	}
}
