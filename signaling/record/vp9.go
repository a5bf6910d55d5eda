package record

import "github.com/pion/rtp/codecs"

// vp9 is RFC 9628. All spatial layers of a picture are one superframe, as VP9 in Matroska has it.
type vp9 struct {
	buf   []byte
	key   bool
	begun bool
	track Video
}

func (v *vp9) starts(p []byte) bool {
	var d codecs.VP9Packet
	_, err := d.Unmarshal(p)
	return err == nil && d.B && d.SID == 0
}

func (v *vp9) add(p []byte) bool {
	var d codecs.VP9Packet
	payload, err := d.Unmarshal(p)
	if err != nil || len(payload) == 0 {
		return false
	}
	if !v.begun {
		v.begun, v.key = true, !d.P && d.SID == 0
	}
	if d.V && len(d.Width) > 0 {
		v.track.Width, v.track.Height = int(d.Width[len(d.Width)-1]), int(d.Height[len(d.Height)-1])
	}
	v.buf = append(v.buf, payload...)
	return true
}

func (v *vp9) finish() (data []byte, key bool) {
	data, key = v.buf, v.key
	v.buf, v.key, v.begun = nil, false, false
	if len(data) == 0 {
		return nil, false
	}
	if key {
		v.track.Codec = VP9
		if w, h, ok := vp9Size(data); ok && v.track.Width == 0 {
			v.track.Width, v.track.Height = w, h
		}
		if v.track.Width == 0 {
			return nil, false
		}
	}
	return data, key
}

func (v *vp9) video() Video { return v.track }

// vp9Size reads the size from the uncompressed header of a key frame (VP9 bitstream specification 6.2).
func vp9Size(data []byte) (w, h int, ok bool) {
	b := bits{data: data}
	if b.read(2) != 2 { // frame_marker
		return 0, 0, false
	}
	profile := b.read(1) | b.read(1)<<1
	if profile == 3 {
		b.read(1)
	}
	if b.read(1) != 0 { // show_existing_frame
		return 0, 0, false
	}
	notKey := b.read(1)
	b.read(2) // show_frame, error_resilient_mode
	if notKey != 0 || b.read(24) != 0x498342 {
		return 0, 0, false
	}
	if profile >= 2 {
		b.read(1) // ten_or_twelve_bit
	}
	const sRGB = 7
	if b.read(3) == sRGB {
		if profile == 1 || profile == 3 {
			b.read(1)
		}
	} else {
		b.read(1) // color_range
		if profile == 1 || profile == 3 {
			b.read(3)
		}
	}
	w, h = int(b.read(16))+1, int(b.read(16))+1
	return w, h, !b.over
}
