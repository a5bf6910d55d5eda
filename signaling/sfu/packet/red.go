package packet

import "encoding/binary"

// Frame is one frame of sound, of a packet of its own or out of a RED packet.
type Frame struct {
	Seq       uint16
	Timestamp uint32
	Payload   []byte
}

// Limits of the redundant blocks of RFC 2198 3: 14 bits of timestamp offset, 10 bits of length.
const (
	maxREDOffset = 1<<14 - 1
	maxREDBlock  = 1<<10 - 1
	maxREDBlocks = 8
)

// SplitRED appends the frames of an audio/red payload to frames, oldest first; the last is the packet's own. The others are taken for those of the packets right
// before it, which is what a sender repeats. It is not ok for a malformed payload.
func SplitRED(p Packet, frames []Frame) (out []Frame, ok bool) {
	type block struct{ offset, length int }
	var blocks [maxREDBlocks]block
	n, at, b := 0, 0, p.Payload
	for {
		if at >= len(b) {
			return frames, false
		}
		if b[at]&0x80 == 0 { // the packet's own frame is last and has a header of one byte
			at++
			break
		}
		if at+4 > len(b) || n == maxREDBlocks {
			return frames, false
		}
		v := binary.BigEndian.Uint32(b[at:])
		blocks[n] = block{offset: int(v >> 10 & maxREDOffset), length: int(v & maxREDBlock)}
		n++
		at += 4
	}
	out = frames
	for i, k := range blocks[:n] {
		if at+k.length > len(b) {
			return frames, false
		}
		if k.length > 0 && k.offset > 0 {
			out = append(out, Frame{Seq: p.Seq - uint16(n-i), Timestamp: p.Timestamp - uint32(k.offset), Payload: b[at : at+k.length]})
		}
		at += k.length
	}
	return append(out, Frame{Seq: p.Seq, Timestamp: p.Timestamp, Payload: b[at:]}), true
}

// AppendRED makes an audio/red payload of frames, oldest first, the last of them the packet's own; pt is the payload type of what is inside. Frames that are too
// old or too long to be repeated are left out.
func AppendRED(dst []byte, pt uint8, frames []Frame) []byte {
	if len(frames) == 0 {
		return dst
	}
	own := frames[len(frames)-1]
	repeated := frames[:len(frames)-1]
	for i := len(repeated) - 1; i >= 0; i-- { // the receiver takes the order for the numbers: no holes
		if !repeatable(repeated[i], own) {
			repeated = repeated[i+1:]
			break
		}
	}
	for _, f := range repeated {
		dst = binary.BigEndian.AppendUint32(dst, 1<<31|uint32(pt)<<24|(own.Timestamp-f.Timestamp)<<10|uint32(len(f.Payload)))
	}
	dst = append(dst, pt&0x7f)
	for _, f := range repeated {
		dst = append(dst, f.Payload...)
	}
	return append(dst, own.Payload...)
}

func repeatable(f, own Frame) bool {
	offset := own.Timestamp - f.Timestamp
	return offset > 0 && offset <= maxREDOffset && len(f.Payload) > 0 && len(f.Payload) <= maxREDBlock
}

// Sound keeps the last frames of one stream of sound: it tells which frames of a RED packet are news, and gives those that a RED packet repeats. The zero value
// is ready; it is not safe for concurrent use.
type Sound struct {
	started bool
	highest uint16
	ring    [soundRing]kept
}

const soundRing = 16 // frames

type kept struct {
	full bool
	seq  uint16
	ts   uint32
	data []byte
}

// Add takes a frame and tells whether it is new. A frame from before the last ones is not: it could not be played any more. A repeated one (not the packet's own) is
// told by its timestamp, as its number is only supposed.
func (s *Sound) Add(f Frame, repeated bool) bool {
	if repeated && (!s.started || s.has(f.Timestamp)) {
		return false
	}
	switch {
	case !s.started:
		s.started, s.highest = true, f.Seq
	case Newer(f.Seq, s.highest):
		s.highest = f.Seq
	case s.highest-f.Seq >= soundRing:
		if s.highest-f.Seq < 1<<12 {
			return false
		}
		*s = Sound{started: true, highest: f.Seq} // the sender began anew
	}
	k := &s.ring[f.Seq%soundRing]
	if k.full && k.seq == f.Seq {
		return false
	}
	*k = kept{full: true, seq: f.Seq, ts: f.Timestamp, data: append(k.data[:0], f.Payload...)}
	return true
}

func (s *Sound) has(ts uint32) bool {
	for i := range s.ring {
		if s.ring[i].full && s.ring[i].ts == ts {
			return true
		}
	}
	return false
}

// Last appends up to n frames right before a number, oldest first, and the frame of that number. The payloads are valid until the next Add.
func (s *Sound) Last(seq uint16, n int, frames []Frame) []Frame {
	from := seq
	for range n {
		if k := s.ring[(from-1)%soundRing]; !k.full || k.seq != from-1 {
			break
		}
		from--
	}
	for i := from; ; i++ {
		k := s.ring[i%soundRing]
		if k.full && k.seq == i {
			frames = append(frames, Frame{Seq: k.seq, Timestamp: k.ts, Payload: k.data})
		}
		if i == seq {
			return frames
		}
	}
}
