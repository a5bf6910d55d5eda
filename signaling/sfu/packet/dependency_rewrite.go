package packet

import "encoding/binary"

// Bytes of a dependency descriptor: the longest that is passed on, and what it becomes with decode targets written into it, which still is a header extension
// (RFC 8285 4.3).
const (
	maxDependency  = 200
	RoomDependency = maxDependency + (5+maxTargets+7)/8
)

// Numbering keeps the frame numbers of dependency descriptors continuous where streams follow one another on one SSRC: a receiver takes a smaller number for an
// older frame. What is left out of a stream leaves a gap, as frames name those they rely on by their distance. The zero value is ready.
type Numbering struct {
	started bool
	offset  uint16
	last    uint16 // newest that went out
}

// Switch begins a stream with the number of its first frame.
func (n *Numbering) Switch(number uint16) {
	if n.started {
		n.offset = n.last + 1 - number
	} else {
		n.last = number
	}
	n.started = true
}

// Number gives the outgoing number of a frame.
func (n *Numbering) Number(number uint16) uint16 {
	out := number + n.offset
	if Newer(out, n.last) {
		n.last = out
	}
	return out
}

// Renumber gives a descriptor with another frame number in scratch; nil if it is too short or too long.
func Renumber(b []byte, number uint16, scratch []byte) []byte {
	if len(b) < 3 || len(b) > maxDependency || len(scratch) < len(b) {
		return nil
	}
	out := scratch[:copy(scratch, b)]
	binary.BigEndian.PutUint16(out[1:], number)
	return out
}

// Narrow is Renumber that also tells which decode targets can be decoded from what is passed on (A.8.3: active_decode_targets_bitmask); d is what the descriptor
// says. It allocates nothing.
func (d *Dependency) Narrow(b []byte, number uint16, active uint32, scratch []byte) []byte {
	if len(b) < 3 || len(b) > maxDependency || len(scratch) < RoomDependency || d.targets == 0 {
		return nil
	}
	clear(scratch[:RoomDependency])
	in, out := bits{b: b}, written{b: scratch}
	out.put(in.take(8), 8)
	in.take(16)
	out.put(uint32(number), 16)
	structured, rest := uint32(0), uint32(0)
	if len(b) > 3 {
		structured = in.take(1)
		in.take(1)
		rest = in.take(3)
	}
	out.put(structured<<4|1<<3|rest, 5)
	for in.at < d.maskAt {
		out.put(in.take(1), 1)
	}
	out.put(active, d.targets)
	if len(b) > 3 {
		for in.at = d.maskEnd; in.at < 8*len(b); {
			out.put(in.take(1), 1)
		}
	}
	return scratch[:(out.at+7)/8]
}

// Reach is the mask of the decode targets of one spatial layer up to a temporal one.
func (s *Structure) Reach(target int) (active uint32) {
	if target < 0 || target >= len(s.Targets) {
		return 0
	}
	to := s.Targets[target]
	for i, t := range s.Targets {
		if t.Spatial == to.Spatial && t.Temporal <= to.Temporal {
			active |= 1 << i
		}
	}
	return active
}

// written writes bit by bit, the highest first, into zeroed memory that has room.
type written struct {
	b  []byte
	at int
}

func (w *written) put(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		w.b[w.at>>3] |= byte(v>>i&1) << (7 - w.at&7)
		w.at++
	}
}
