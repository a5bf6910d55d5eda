package record

import "time"

// red is one block of a packet of redundant audio (RFC 2198).
type red struct {
	offset uint32 // timestamp before the packet's
	data   []byte
}

// parseRED gives the blocks of a payload, the oldest first and the primary last; nil if it is malformed.
func parseRED(p []byte) []red {
	var blocks []red
	at := 0
	var lengths [16]int
	for {
		if at >= len(p) || len(blocks) == len(lengths) {
			return nil
		}
		if p[at]&0x80 == 0 { // the primary's header has one byte
			at++
			break
		}
		if at+4 > len(p) {
			return nil
		}
		lengths[len(blocks)] = int(p[at+2]&0x03)<<8 | int(p[at+3])
		blocks = append(blocks, red{offset: uint32(p[at+1])<<6 | uint32(p[at+2])>>2})
		at += 4
	}
	for i := range blocks {
		end := at + lengths[i]
		if end > len(p) {
			return nil
		}
		blocks[i].data, at = p[at:end], end
	}
	return append(blocks, red{data: p[at:]})
}

// opusSamples is how long an Opus packet lasts at 48 kHz (RFC 6716 3.1 and 3.2), 0 if it is malformed.
func opusSamples(p []byte) uint32 {
	if len(p) == 0 {
		return 0
	}
	var frame uint32
	switch config := p[0] >> 3; {
	case config < 12:
		frame = [4]uint32{480, 960, 1920, 2880}[config&3]
	case config < 16:
		frame = [2]uint32{480, 960}[config&1]
	default:
		frame = [4]uint32{120, 240, 480, 960}[config&3]
	}
	count := uint32(1)
	switch p[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(p) < 2 {
			return 0
		}
		count = uint32(p[1] & 0x3F)
	}
	if n := frame * count; n <= 5760 { // 120 ms
		return n
	}
	return 0
}

// silence is an Opus packet of 20 ms in which nothing is heard. Players count samples and ignore times, so what is missing is filled.
var silence = []byte{0xF8, 0xFF, 0xFE}

const silenceLasts = 20 * time.Millisecond

func samples(n uint32) time.Duration { return time.Duration(n) * time.Second / opusRate }

// voice turns packets in order into Opus frames, filling what was lost from the redundancy of later packets. The zero value is ready.
type voice struct {
	started   bool
	next      uint32 // timestamp after the last frame
	recovered int
}

// push gives the frames of one packet.
func (v *voice) push(p rtp, redundant bool, emit func(ts uint32, data []byte)) {
	blocks := []red{{data: p.payload}}
	if redundant {
		if blocks = parseRED(p.payload); blocks == nil {
			return
		}
	}
	if !v.started {
		v.started, v.next = true, p.ts
		blocks = blocks[len(blocks)-1:]
	}
	for i, b := range blocks {
		n, ts := opusSamples(b.data), p.ts-b.offset
		primary := i == len(blocks)-1
		if n == 0 || !primary && int32(ts-v.next) < 0 {
			continue
		}
		if !primary {
			v.recovered++
		}
		v.next = ts + n
		emit(ts, b.data)
	}
}
