package packet

import (
	"encoding/binary"
	"time"
)

// Arrival is what a receiver tells of one packet in transport-wide feedback.
type Arrival struct {
	Seq      uint16
	Received bool
	At       time.Duration // on the receiver's clock, from a start of its own, modulo 2^24 × 64 ms
}

const (
	twccHeader    = 20 // bytes up to the status chunks
	maxTWCCStatus = 4096
	twccWrap      = (1 << 24) * 64 * time.Millisecond
)

// ParseTWCC appends what a transport-wide congestion control feedback packet (draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1) tells, in order of the
// numbers. raw is the RTCP packet from its header on. It is not ok for a malformed packet; what is appended then is to be forgotten.
func ParseTWCC(raw []byte, out []Arrival) (arrivals []Arrival, ok bool) {
	if len(raw) < twccHeader {
		return out, false
	}
	base, count := binary.BigEndian.Uint16(raw[12:]), int(binary.BigEndian.Uint16(raw[14:]))
	if count > maxTWCCStatus {
		return out, false
	}
	reference := time.Duration(uint32(raw[16])<<16|uint32(raw[17])<<8|uint32(raw[18])) * 64 * time.Millisecond
	from, at := len(out), twccHeader
	for len(out)-from < count {
		if at+2 > len(raw) {
			return out, false
		}
		out = appendStatuses(out, binary.BigEndian.Uint16(raw[at:]), base, from, count)
		at += 2
	}
	now := reference
	for i := range out[from:] {
		a := &out[from+i]
		switch a.At {
		case smallDelta:
			if at >= len(raw) {
				return out, false
			}
			now += time.Duration(raw[at]) * 250 * time.Microsecond
			at++
		case largeDelta:
			if at+2 > len(raw) {
				return out, false
			}
			now += time.Duration(int16(binary.BigEndian.Uint16(raw[at:]))) * 250 * time.Microsecond
			at += 2
		default: // lost, or the reserved symbol
			a.At = 0
			continue
		}
		a.Received, a.At = true, now
		if now < 0 { // its clock has just wrapped around
			a.At += twccWrap
		}
	}
	return out, true
}

// Symbols of the status chunks; they stand in Arrival.At until the deltas are read.
const (
	smallDelta = 1
	largeDelta = 2
)

// appendStatuses reads one chunk: a run of equal symbols, or a vector of 14 one-bit or 7 two-bit ones.
func appendStatuses(out []Arrival, chunk, base uint16, from, count int) []Arrival {
	symbols, width := 1, 0
	switch {
	case chunk>>15 == 0:
		symbols = int(chunk & 0x1fff)
	case chunk>>14&1 == 0:
		symbols, width = 14, 1
	default:
		symbols, width = 7, 2
	}
	for i := range symbols {
		n := len(out) - from
		if n == count {
			break
		}
		symbol := chunk >> 13 & 3
		if width > 0 {
			symbol = chunk >> (14 - width*(i+1)) & (1<<width - 1)
		}
		out = append(out, Arrival{Seq: base + uint16(n), At: time.Duration(symbol)})
	}
	return out
}

// UnwrapTWCC gives the time nearest to a former one that means the same modulo the wrap-around of the reference time.
func UnwrapTWCC(at, former time.Duration) time.Duration {
	if d := former - at; d > twccWrap/2 {
		return at + (d+twccWrap/2)/twccWrap*twccWrap
	}
	return at
}
