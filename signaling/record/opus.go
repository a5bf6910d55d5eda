package record

import "time"

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
