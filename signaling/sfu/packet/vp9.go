package packet

// VP9 is the payload descriptor of RFC 9628 4.2, as far as forwarding needs it.
type VP9 struct {
	Inter   bool  // refers to other frames in time
	Begin   bool  // first packet of a layer frame
	End     bool  // last packet of a layer frame
	Spatial uint8 // spatial layer
	TID     uint8 // temporal layer
	Up      bool  // from here on this temporal layer can be decoded
	upper   bool  // inter-layer predicted
}

// Keyframe tells that a decoder can start with the packet.
func (d VP9) Keyframe() bool { return !d.Inter && d.Begin && d.Spatial == 0 && !d.upper }

// ParseVP9 reads the descriptor; it is not ok if the payload is too short for it.
func ParseVP9(p []byte) (d VP9, ok bool) {
	if len(p) < 2 {
		return d, false
	}
	flags, at := p[0], 1
	d.Inter, d.Begin, d.End = flags&0x40 != 0, flags&0x08 != 0, flags&0x04 != 0
	if flags&0x80 != 0 { // I: picture ID of 7 or 15 bits
		if p[at]&0x80 != 0 {
			at++
		}
		at++
	}
	if flags&0x20 != 0 { // L
		if at >= len(p) {
			return d, false
		}
		b := p[at]
		d.TID, d.Up, d.Spatial, d.upper = b>>5, b&0x10 != 0, b>>1&0x07, b&0x01 != 0
		at++
		if flags&0x10 == 0 { // not flexible: TL0PICIDX
			at++
		}
	}
	return d, at < len(p)
}

// VP8Height gives the height in pixels that the first packet of a key frame tells (RFC 6386 9.1), 0 for any other.
func VP8Height(p []byte) int {
	d, ok := ParseVP8(p)
	if !ok || !d.Keyframe || len(p) < d.size+10 {
		return 0
	}
	h := p[d.size:]
	if h[3] != 0x9d || h[4] != 0x01 || h[5] != 0x2a {
		return 0
	}
	return int(h[8]) | int(h[9]&0x3f)<<8
}
