package packet

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// vp9 makes the payload of a packet: a picture ID of 15 bits, layers, and TL0PICIDX.
func vp9(picture uint16, tl0, temporal, spatial byte, inter bool) []byte {
	flags := byte(0xa8) // I, L, B
	if inter {
		flags |= 0x40
	}
	return []byte{flags, 0x80 | byte(picture>>8)&0x7f, byte(picture), temporal<<5 | spatial<<1, tl0, 7, 7}
}

// TestVP9Numbers lets streams follow one another, with pictures left out, lost and late, over the wrap-around of both numbers: what goes out begins one behind
// what went out last, keeps every distance within a stream, and is the same when it is sent again.
func TestVP9Numbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r VP9Rewriter
		scratch := make([]byte, 64)
		var lastPicture uint16
		var lastTL0 uint8
		for n := range rapid.IntRange(1, 4).Draw(t, "streams") {
			picture, tl0 := rapid.Uint16Range(0, 0x7fff).Draw(t, "picture"), rapid.Uint8().Draw(t, "tl0")
			first := vp9(picture, tl0, 0, 0, false)
			r.Switch(first)
			begun, ok := ParseVP9(r.Rewrite(first, scratch))
			if !ok || n > 0 && (begun.PictureID != (lastPicture+1)&0x7fff || begun.TL0 != lastTL0+1) {
				t.Fatalf("stream %d begins with %d, %d after %d, %d", n, begun.PictureID, begun.TL0, lastPicture, lastTL0)
			}
			lastPicture, lastTL0 = begun.PictureID, begun.TL0
			for i := range uint16(rapid.IntRange(1, 200).Draw(t, "pictures")) {
				at := i + 3 - rapid.Uint16Range(0, 3).Draw(t, "late")
				in := vp9((picture+at)&0x7fff, tl0+byte(at/4), byte(at&1), 0, true)
				before := bytes.Clone(in)
				out := bytes.Clone(r.Rewrite(in, scratch))
				if !bytes.Equal(in, before) || len(out) != len(in) || !bytes.Equal(out[5:], in[5:]) || out[3] != in[3] {
					t.Fatalf("%x became %x", before, out)
				}
				d, ok := ParseVP9(out)
				if !ok || (d.PictureID-begun.PictureID)&0x7fff != at || d.TL0-begun.TL0 != byte(at/4) {
					t.Fatalf("picture %d of the stream: %+v", at, d)
				}
				if again := r.Rewrite(in, scratch); !bytes.Equal(again, out) {
					t.Fatalf("sent again: %x, %x", out, again)
				}
				if (d.PictureID-lastPicture)&0x7fff < 1<<14 {
					lastPicture = d.PictureID
				}
				if d.TL0-lastTL0 < 1<<7 {
					lastTL0 = d.TL0
				}
			}
		}
	})
}

// TestVP9Narrow has picture IDs of 7 bits, flexible mode without TL0PICIDX, and no numbers at all.
func TestVP9Narrow(t *testing.T) {
	var r VP9Rewriter
	scratch := make([]byte, 16)
	r.Switch(vp9(0x1234, 9, 0, 0, false))
	r.Rewrite(vp9(0x1234, 9, 0, 0, false), scratch)
	narrow := []byte{0xbc, 0x7e, 0x00, 5} // I, L, F, B, E
	r.Switch(narrow)
	if got := r.Rewrite(narrow, scratch); !bytes.Equal(got, []byte{0xbc, 0x35, 0x00, 5}) {
		t.Errorf("%x", got)
	}
	if got := r.Rewrite([]byte{0xfc, 0x7f, 0x00, 0x02, 5}, scratch); !bytes.Equal(got, []byte{0xfc, 0x36, 0x00, 0x02, 5}) {
		t.Errorf("%x", got)
	}
	if plain := []byte{0x0c, 1}; !bytes.Equal(r.Rewrite(plain, scratch), plain) {
		t.Error("a stream without numbers is changed")
	}
}

func FuzzVP9(f *testing.F) {
	f.Add(vp9(0x7fff, 255, 1, 1, true), vp9(1, 2, 0, 0, false))
	f.Add([]byte{0xbc, 0x7e, 0x00, 5}, []byte{0x0c, 1})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var r VP9Rewriter
		for _, p := range [][]byte{first, second, first} {
			r.Switch(p)
			in, ok := ParseVP9(p)
			out, still := ParseVP9(r.Rewrite(p, make([]byte, len(p))))
			if ok != still || in.Begin != out.Begin || in.Spatial != out.Spatial || in.TID != out.TID || in.wide != out.wide {
				t.Fatalf("%+v became %+v", in, out)
			}
		}
	})
}
