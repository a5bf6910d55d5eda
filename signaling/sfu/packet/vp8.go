package packet

// VP8 is the payload descriptor of RFC 7741 4.2, as far as forwarding needs it.
type VP8 struct {
	Start     bool // first packet of a frame: S set, partition 0
	Keyframe  bool // of the frame, known in its first packet only
	pictureAt int  // offset of the picture ID, 0 if absent
	wide      bool // picture ID has 15 bits
	tl0At     int  // offset of TL0PICIDX, 0 if absent
	PictureID uint16
	TL0       uint8
	TID       uint8 // temporal layer, 0 where there are none
	size      int   // of the descriptor
	Sync      bool  // a frame of a higher temporal layer that needs only frames of layer 0
}

// ParseVP8 reads the descriptor; it is not ok if the payload is too short for it.
func ParseVP8(p []byte) (d VP8, ok bool) {
	if len(p) < 2 {
		return d, false
	}
	d.Start = p[0]&0x10 != 0 && p[0]&0x07 == 0
	at := 1
	if p[0]&0x80 != 0 {
		if at, ok = d.extended(p); !ok {
			return d, false
		}
	}
	if at >= len(p) {
		return d, false
	}
	d.size = at
	d.Keyframe = d.Start && p[at]&0x01 == 0 // RFC 6386 9.1: the first bit is 0 in a key frame
	return d, true
}

// extended reads the optional fields that the X bit announces and gives the offset behind them.
func (d *VP8) extended(p []byte) (at int, ok bool) {
	flags, at := p[1], 2
	need := func(n int) bool { return at+n <= len(p) }
	if flags&0x80 != 0 { // I
		if !need(1) {
			return 0, false
		}
		d.pictureAt = at
		if d.wide = p[at]&0x80 != 0; d.wide {
			if !need(2) {
				return 0, false
			}
			d.PictureID = uint16(p[at]&0x7f)<<8 | uint16(p[at+1])
			at++
		} else {
			d.PictureID = uint16(p[at])
		}
		at++
	}
	if flags&0x40 != 0 { // L
		if !need(1) {
			return 0, false
		}
		d.tl0At, d.TL0 = at, p[at]
		at++
	}
	if flags&0x30 != 0 { // T or K
		if !need(1) {
			return 0, false
		}
		if flags&0x20 != 0 {
			d.TID, d.Sync = p[at]>>6, p[at]&0x20 != 0
		}
		at++
	}
	return at, true
}

// patch writes other numbers into a copy of the payload the descriptor was parsed from.
func (d VP8) patch(p []byte, pictureID uint16, tl0 uint8) {
	if d.pictureAt > 0 {
		if d.wide {
			p[d.pictureAt] = 0x80 | byte(pictureID>>8)&0x7f
			p[d.pictureAt+1] = byte(pictureID)
		} else {
			p[d.pictureAt] = byte(pictureID) & 0x7f
		}
	}
	if d.tl0At > 0 {
		p[d.tl0At] = tl0
	}
}

// VP8Rewriter keeps picture IDs and TL0PICIDX continuous where streams follow one another on one SSRC. The zero value is ready.
type VP8Rewriter struct{ pictures }

// Switch begins a stream with the payload of its first key frame.
func (r *VP8Rewriter) Switch(p []byte) {
	if d, ok := ParseVP8(p); ok {
		r.begin(d.PictureID, d.TL0)
	}
}

// Rewrite gives the payload with its outgoing numbers, when so many pictures were left out before it since the stream began: p itself when nothing changes,
// otherwise a copy in scratch, which must be as long.
func (r *VP8Rewriter) Rewrite(p, scratch []byte, dropped uint16) []byte {
	d, ok := ParseVP8(p)
	if !ok {
		return p
	}
	picture, tl0 := r.next(d.PictureID-dropped, d.TL0)
	if r.pictureOffset == dropped && r.tl0Offset == 0 {
		return p
	}
	out := scratch[:copy(scratch, p)]
	d.patch(out, picture, tl0)
	return out
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
