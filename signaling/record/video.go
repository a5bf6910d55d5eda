package record

import (
	"encoding/binary"

	"yilian/signaling/sfu/packet"
)

// picture is one whole frame of video.
type picture struct {
	ts   uint32
	key  bool
	data []byte
}

// depacketizer collects the payloads of one frame of a codec.
type depacketizer interface {
	// add takes a payload of the frame under way; false if it does not belong to the frame's format.
	add(payload []byte) bool
	// starts tells whether a payload is the first of a frame.
	starts(payload []byte) bool
	// finish gives the frame, or nil, and begins a new one.
	finish() (data []byte, key bool)
	// video says how the track begins, once a key frame has been seen.
	video() Video
}

func newDepacketizer(mime string) depacketizer {
	switch mime {
	case "video/vp8":
		return &vp8{}
	case "video/vp9":
		return &vp9{}
	case "video/h264":
		return &h264{}
	case "video/av1":
		return &av1{}
	}
	return nil
}

// maxFrame bounds a frame; nothing that a browser sends is nearly as large.
const maxFrame = 4 << 20

// assembler makes frames of packets in order. After a loss it waits for a key frame: what a decoder would make of the frames between
// is a smear, and a picture that stands still tells the truth.
type assembler struct {
	codec   depacketizer
	open    bool // a frame is under way and whole so far
	ts      uint32
	size    int
	broken  bool // what comes next cannot be decoded until a key frame
	dropped int  // frames
}

// push takes a packet and gives the frame that it completes; ok is false otherwise.
func (a *assembler) push(p rtp, lost int) (f picture, ok bool) {
	if lost > 0 {
		a.lose()
	}
	if len(p.payload) == 0 {
		return f, false // padding that probes the line
	}
	if a.open && p.ts != a.ts { // the frame before had no marker
		a.lose()
	}
	if !a.open {
		if a.size > 0 && p.ts == a.ts {
			return f, false // the rest of a frame that lost something
		}
		a.ts, a.size = p.ts, 0
		if !a.codec.starts(p.payload) {
			a.lose()
			a.size = 1
			return f, false
		}
		a.codec.finish()
		a.open = true
	}
	a.size += len(p.payload)
	if a.size > maxFrame || !a.codec.add(p.payload) {
		a.lose()
		a.size = max(a.size, 1)
		return f, false
	}
	if !p.marker {
		return f, false
	}
	a.open, a.size = false, 0
	data, key := a.codec.finish()
	if data == nil || a.broken && !key {
		a.dropped++
		return f, false
	}
	a.broken = false
	return picture{ts: p.ts, key: key, data: data}, true
}

func (a *assembler) lose() {
	if a.open {
		a.dropped++
	}
	a.open, a.broken = false, true
}

// vp8 is RFC 7741.
type vp8 struct {
	buf   []byte
	track Video
}

func (v *vp8) starts(p []byte) bool {
	d, ok := packet.ParseVP8(p)
	return ok && d.Start
}

func (v *vp8) add(p []byte) bool {
	n := vp8Descriptor(p)
	if n == 0 {
		return false
	}
	v.buf = append(v.buf, p[n:]...)
	return true
}

// vp8Descriptor is the length of a payload descriptor (RFC 7741 4.2), 0 if nothing is behind it.
func vp8Descriptor(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	n := 1
	if p[0]&0x80 != 0 {
		flags := p[1]
		n++
		if flags&0x80 != 0 {
			if n >= len(p) {
				return 0
			}
			if p[n]&0x80 != 0 {
				n++
			}
			n++
		}
		if flags&0x40 != 0 {
			n++
		}
		if flags&0x30 != 0 {
			n++
		}
	}
	if n >= len(p) {
		return 0
	}
	return n
}

func (v *vp8) finish() (data []byte, key bool) {
	data, v.buf = v.buf, nil
	if len(data) == 0 {
		return nil, false
	}
	if data[0]&1 != 0 {
		return data, false
	}
	// RFC 6386 9.1: start code and size follow the three bytes of the frame tag.
	if len(data) < 10 || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a {
		return nil, false
	}
	w, h := int(binary.LittleEndian.Uint16(data[6:])&0x3fff), int(binary.LittleEndian.Uint16(data[8:])&0x3fff)
	if w == 0 || h == 0 {
		return nil, false
	}
	v.track = Video{Codec: VP8, Width: w, Height: h}
	return data, true
}

func (v *vp8) video() Video { return v.track }
