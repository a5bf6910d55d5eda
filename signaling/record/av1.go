package record

import "slices"

// OBU types (AV1 6.2.2) that matter here.
const (
	obuSequenceHeader    = 1
	obuTemporalDelimiter = 2
	obuFrameHeader       = 3
	obuFrame             = 6
	obuTileList          = 8
	obuPadding           = 15
)

// av1 is the RTP payload format for AV1. What it makes are temporal units as Matroska has them: without delimiters, every OBU with its size. All spatial layers
// of a picture are one unit; a player shows the best.
type av1 struct {
	buf      []byte
	fragment []byte // an OBU under way
	header   []byte // the last sequence header, with its size
	fresh    bool   // the unit has one
	framed   bool   // the unit has a frame
	key      bool   // the first of which is a key frame
	track    Video
}

func (a *av1) starts(p []byte) bool { return len(p) > 1 && p[0]&0x80 == 0 }

// add takes the OBU elements of a packet apart (RTP payload format for AV1, 4.3 and 4.4).
func (a *av1) add(p []byte) bool {
	continues, unfinished, count := p[0]&0x80 != 0, p[0]&0x40 != 0, int(p[0]>>4&3)
	if continues != (len(a.fragment) > 0) {
		return false
	}
	rest := p[1:]
	for n := 1; len(rest) > 0; n++ {
		element := rest
		if n != count {
			size, used := leb128(rest)
			if used == 0 || size > len(rest)-used {
				return false
			}
			element = rest[used : used+size]
			rest = rest[used+size:]
		} else {
			rest = nil
		}
		if continues {
			a.fragment = append(a.fragment, element...)
			element, continues = a.fragment, false
		} else if len(rest) == 0 && unfinished {
			a.fragment = append(a.fragment[:0], element...)
		}
		if len(rest) == 0 && unfinished {
			return len(a.fragment) > 0
		}
		if !a.unit(element) {
			return false
		}
		a.fragment = a.fragment[:0]
	}
	return !unfinished
}

// unit takes one whole OBU (AV1 5.3).
func (a *av1) unit(o []byte) bool {
	if len(o) == 0 || o[0]&0x80 != 0 {
		return len(o) == 0
	}
	kind, head := int(o[0]>>3&15), 1
	if o[0]&0x04 != 0 {
		head++
	}
	if len(o) < head {
		return false
	}
	body := o[head:]
	if o[0]&0x02 != 0 {
		size, used := leb128(body)
		if used == 0 || size > len(body)-used {
			return false
		}
		body = body[used : used+size]
	}
	switch kind {
	case obuTemporalDelimiter, obuTileList, obuPadding:
		return true
	case obuFrameHeader, obuFrame:
		if !a.framed && len(body) > 0 {
			a.framed, a.key = true, a.fresh && body[0]&0xe0 == 0 // show_existing_frame, frame_type (5.9.2)
		}
	}
	at := len(a.buf)
	a.buf = append(a.buf, o[0]|0x02)
	a.buf = append(a.buf, o[1:head]...)
	a.buf = appendLEB128(a.buf, len(body))
	a.buf = append(a.buf, body...)
	if kind == obuSequenceHeader && !a.fresh {
		a.header, a.fresh = slices.Clone(a.buf[at:]), true
	}
	return true
}

func (a *av1) finish() (data []byte, key bool) {
	data, key = a.buf, a.key
	fresh, whole := a.fresh, a.framed && len(a.fragment) == 0
	a.buf, a.fragment, a.fresh, a.framed, a.key = nil, a.fragment[:0], false, false, false
	if !whole {
		return nil, false
	}
	if fresh {
		var s sequence
		if !s.read(a.header) {
			return nil, false
		}
		a.track = Video{Codec: AV1, Width: s.width, Height: s.height, Private: append(s.configuration(), a.header...)}
	}
	return data, key
}

func (a *av1) video() Video { return a.track }

// leb128 reads a number of up to 4 bytes, more than any packet is long, and tells how many it took; 0 if there is none (AV1 4.10.5).
func leb128(p []byte) (v, used int) {
	for i := 0; i < len(p) && i < 4; i++ {
		v |= int(p[i]&0x7f) << (7 * i)
		if p[i]&0x80 == 0 {
			return v, i + 1
		}
	}
	return 0, 0
}

func appendLEB128(b []byte, v int) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}
