package packet

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
)

func extended(t testing.TB, profile uint16, values map[uint8][]byte) []byte {
	t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, CSRC: []uint32{7}, Extension: true, ExtensionProfile: profile}, Payload: []byte{1, 2, 3}}
	for id, v := range values {
		if err := p.SetExtension(id, v); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestExtension(t *testing.T) {
	values := map[uint8][]byte{1: {0x99}, 4: {1, 2, 3}, 14: bytes.Repeat([]byte{5}, 16)}
	for _, profile := range []uint16{oneByteHeaders, twoByteHeaders} {
		raw := extended(t, profile, values)
		for id := range uint8(16) {
			if got := Extension(raw, id); !bytes.Equal(got, values[id]) {
				t.Errorf("%x: %d is %v, want %v", profile, id, got, values[id])
			}
		}
		for n := range raw {
			_ = Extension(raw[:n], 14)
		}
	}
	if got := Extension(extended(t, 0x4242, nil), 1); got != nil {
		t.Errorf("%v of another profile", got)
	}
	if n := testing.AllocsPerRun(10, func() { _ = Extension(nil, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzExtension compares with pion, which reads the same rules.
func FuzzExtension(f *testing.F) {
	f.Add(extended(f, oneByteHeaders, map[uint8][]byte{1: {0x99}, 4: {1, 2, 3}}), uint8(4))
	f.Add(extended(f, twoByteHeaders, map[uint8][]byte{1: {0x99}, 40: {1, 2, 3}}), uint8(40))
	f.Add([]byte("\x90000000000000\xbe\xde\x00\x02\x00\x02000000"), uint8(3)) // padding with a length
	f.Fuzz(func(t *testing.T, raw []byte, id uint8) {
		got := Extension(raw, id)
		var h rtp.Header
		if _, err := h.Unmarshal(raw); err != nil || !h.Extension || id == 0 || h.ExtensionProfile != oneByteHeaders && h.ExtensionProfile != twoByteHeaders {
			return
		}
		if want := h.GetExtension(id); !bytes.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
