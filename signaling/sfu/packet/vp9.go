package packet

// VP9 is the payload descriptor of RFC 9628 4.2, as far as forwarding needs it.
type VP9 struct {
	Inter     bool   // refers to other frames in time
	Begin     bool   // first packet of a layer frame
	End       bool   // last packet of a layer frame
	Spatial   uint8  // spatial layer
	TID       uint8  // temporal layer
	Up        bool   // from here on this temporal layer can be decoded
	PictureID uint16 // the same for all spatial layers of a picture
	TL0       uint8  // number of the base layer's picture, not in flexible mode
	upper     bool   // inter-layer predicted
	pictureAt int    // offset of the picture ID, 0 if absent
	wide      bool   // picture ID has 15 bits
	tl0At     int    // offset of TL0PICIDX, 0 if absent
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
		d.pictureAt, d.PictureID = at, uint16(p[at]&0x7f)
		if d.wide = p[at]&0x80 != 0; d.wide {
			if at++; at >= len(p) {
				return d, false
			}
			d.PictureID = d.PictureID<<8 | uint16(p[at])
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
		if flags&0x10 == 0 { // not flexible
			if at >= len(p) {
				return d, false
			}
			d.tl0At, d.TL0 = at, p[at]
			at++
		}
	}
	return d, at < len(p)
}

// VP9Rewriter keeps picture IDs and TL0PICIDX continuous where streams follow one another on one SSRC. What is left out of a stream leaves a gap: a receiver
// finds out by the numbers what refers to what (RFC 9628 4.2: PG and P_DIFF). The zero value is ready.
type VP9Rewriter struct{ pictures }

// Switch begins a stream with the payload of its first key frame.
func (r *VP9Rewriter) Switch(p []byte) {
	if d, ok := ParseVP9(p); ok {
		r.begin(d.PictureID, d.TL0)
	}
}

// Rewrite gives the payload with its outgoing numbers: p itself when nothing changes, otherwise a copy in scratch, which must be as long.
func (r *VP9Rewriter) Rewrite(p, scratch []byte) []byte {
	d, ok := ParseVP9(p)
	if !ok {
		return p
	}
	picture, tl0 := r.next(d.PictureID, d.TL0)
	if r.pictureOffset == 0 && r.tl0Offset == 0 {
		return p
	}
	out := scratch[:copy(scratch, p)]
	switch {
	case d.pictureAt == 0:
	case d.wide:
		out[d.pictureAt], out[d.pictureAt+1] = 0x80|byte(picture>>8), byte(picture)
	default:
		out[d.pictureAt] = byte(picture) & 0x7f
	}
	if d.tl0At > 0 {
		out[d.tl0At] = tl0
	}
	return out
}
