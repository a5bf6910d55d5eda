package sfu

import "yilian/signaling/sfu/packet"

// h264Layers finds the temporal layers of H.264, where its packets show any: by the prefix NAL units of SVC, or as the pictures that no other refers to.
type h264Layers struct {
	begun  bool
	newest uint32 // timestamp of the newest picture
	told   [toldOf]struct {
		timestamp uint32
		layer     uint8
		known     bool
	}
}

// toldOf is how many pictures late a packet may be and still be known by what an earlier one told of its picture.
const toldOf = 8

// describe reads a packet; packets come in order, but for a few.
func (h *h264Layers) describe(u *unit) {
	d := packet.ParseH264(u.Payload)
	u.key = d.Key
	if u.begin = !h.begun || int32(u.Timestamp-h.newest) > 0; u.begin {
		copy(h.told[1:], h.told[:])
		h.told[0].timestamp, h.told[0].known = u.Timestamp, false
		h.begun, h.newest = true, u.Timestamp
	}
	at := 0
	for at < toldOf-1 && h.told[at].timestamp != u.Timestamp {
		at++
	}
	now := &h.told[at]
	if d.Temporal >= 0 && now.timestamp == u.Timestamp {
		now.layer, now.known = uint8(min(d.Temporal, maxTemporal-1)), true
	}
	switch {
	case now.known && now.timestamp == u.Timestamp:
		u.temporal = now.layer
	case d.Slice && !d.Reference:
		u.temporal = 1
	}
	u.up, u.step = u.temporal <= 1, true
}
