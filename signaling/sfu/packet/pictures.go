package packet

// pictures are the numbers that VP8 and VP9 give their pictures (of 15 bits, or of the 7 lowest) and their base layer's, where streams follow one another.
type pictures struct {
	started       bool
	pictureOffset uint16
	tl0Offset     uint8
	lastPicture   uint16 // newest that went out
	lastTL0       uint8
}

// begin begins a stream with these numbers.
func (n *pictures) begin(picture uint16, tl0 uint8) {
	if n.started {
		n.pictureOffset = (n.lastPicture + 1 - picture) & 0x7fff
		n.tl0Offset = n.lastTL0 + 1 - tl0
	} else {
		n.lastPicture, n.lastTL0 = picture&0x7fff, tl0
	}
	n.started = true
}

// next gives the outgoing numbers of a packet.
func (n *pictures) next(picture uint16, tl0 uint8) (uint16, uint8) {
	picture, tl0 = (picture+n.pictureOffset)&0x7fff, tl0+n.tl0Offset
	if (picture-n.lastPicture)&0x7fff < 1<<14 {
		n.lastPicture = picture
	}
	if tl0-n.lastTL0 < 1<<7 {
		n.lastTL0 = tl0
	}
	return picture, tl0
}
