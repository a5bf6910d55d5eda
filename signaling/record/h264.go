package record

import (
	"encoding/binary"
	"slices"
)

// NAL unit types (ITU-T H.264 table 7-1, RFC 6184 5.2).
const (
	nalIDR    = 5
	nalSPS    = 7
	nalPPS    = 8
	nalAUD    = 9
	nalFiller = 12
	nalSTAPA  = 24
	nalFUA    = 28
)

// h264 is RFC 6184, packetization modes 0 and 1, written with lengths as ISO/IEC 14496-15 has it.
type h264 struct {
	buf      []byte
	key      bool
	fragment []byte // an FU-A under way
	sps, pps []byte
	track    Video
}

func (h *h264) starts(p []byte) bool {
	if len(p) == 0 {
		return false
	}
	return p[0]&0x1f != nalFUA || len(p) > 1 && p[1]&0x80 != 0
}

func (h *h264) add(p []byte) bool {
	switch kind := p[0] & 0x1f; {
	case kind >= 1 && kind <= 23:
		h.unit(p)
	case kind == nalSTAPA:
		return h.aggregate(p[1:])
	case kind == nalFUA:
		return h.part(p)
	default:
		return false
	}
	return true
}

func (h *h264) aggregate(p []byte) bool {
	for len(p) > 0 {
		if len(p) < 2 {
			return false
		}
		n := int(binary.BigEndian.Uint16(p))
		if n == 0 || n > len(p)-2 {
			return false
		}
		h.unit(p[2 : 2+n])
		p = p[2+n:]
	}
	return true
}

func (h *h264) part(p []byte) bool {
	if len(p) < 3 {
		return false
	}
	if first := p[1]&0x80 != 0; first {
		h.fragment = append(h.fragment[:0], p[0]&0xe0|p[1]&0x1f)
	} else if len(h.fragment) == 0 {
		return false
	}
	h.fragment = append(h.fragment, p[2:]...)
	if last := p[1]&0x40 != 0; last {
		h.unit(h.fragment)
		h.fragment = h.fragment[:0]
	}
	return true
}

func (h *h264) unit(u []byte) {
	switch u[0] & 0x1f {
	case nalAUD, nalFiller:
		return
	case nalSPS:
		h.sps = slices.Clone(u)
	case nalPPS:
		h.pps = slices.Clone(u)
	case nalIDR:
		h.key = true
	}
	h.buf = binary.BigEndian.AppendUint32(h.buf, uint32(len(u)))
	h.buf = append(h.buf, u...)
}

func (h *h264) finish() (data []byte, key bool) {
	data, key = h.buf, h.key
	h.buf, h.key, h.fragment = nil, false, h.fragment[:0]
	if len(data) == 0 {
		return nil, false
	}
	if key {
		w, ht, ok := spsSize(h.sps)
		if !ok || len(h.pps) == 0 {
			return nil, false // nothing can be decoded without its parameter sets
		}
		h.track = Video{Codec: H264, Width: w, Height: ht, Private: h.configuration()}
	}
	return data, key
}

func (h *h264) video() Video { return h.track }

// configuration is the AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1), with lengths of four bytes.
func (h *h264) configuration() []byte {
	c := []byte{1, h.sps[1], h.sps[2], h.sps[3], 0xff, 0xe1}
	c = append(binary.BigEndian.AppendUint16(c, uint16(len(h.sps))), h.sps...)
	c = append(c, 1)
	return append(binary.BigEndian.AppendUint16(c, uint16(len(h.pps))), h.pps...)
}

// spsSize reads the size of the pictures from a sequence parameter set (ITU-T H.264 7.3.2.1.1).
func spsSize(sps []byte) (w, h int, ok bool) {
	if len(sps) < 4 {
		return 0, 0, false
	}
	b := bits{data: unescape(sps[1:])}
	profile := b.read(8)
	b.read(16) // constraints, level
	b.golomb() // seq_parameter_set_id
	chroma := uint32(1)
	if slices.Contains([]uint32{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}, profile) {
		if chroma = b.golomb(); chroma == 3 {
			b.read(1)
		}
		b.golomb()
		b.golomb()
		b.read(1)
		if b.read(1) != 0 {
			return 0, 0, false // scaling matrices: no browser sends them
		}
	}
	b.golomb() // log2_max_frame_num
	switch b.golomb() {
	case 0:
		b.golomb()
	case 1:
		b.read(1)
		b.golomb()
		b.golomb()
		for range min(b.golomb(), 255) {
			b.golomb()
		}
	}
	b.golomb() // max_num_ref_frames
	b.read(1)
	wide, high := int(b.golomb())+1, int(b.golomb())+1
	frames := int(b.read(1))
	if frames == 0 {
		b.read(1)
	}
	b.read(1) // direct_8x8_inference_flag
	var crop [4]int
	if b.read(1) != 0 {
		for i := range crop {
			crop[i] = int(b.golomb())
		}
	}
	unitX, unitY := 1, 2-frames
	if chroma == 1 || chroma == 2 {
		unitX = 2
	}
	if chroma == 1 {
		unitY *= 2
	}
	w = wide*16 - unitX*(crop[0]+crop[1])
	h = high*16*(2-frames) - unitY*(crop[2]+crop[3])
	return w, h, !b.over && w > 0 && h > 0 && w <= 16384 && h <= 16384
}

// unescape takes out the bytes that keep start codes from appearing (ITU-T H.264 7.4.1).
func unescape(p []byte) []byte {
	out := make([]byte, 0, len(p))
	for i, c := range p {
		if c == 3 && i >= 2 && p[i-1] == 0 && p[i-2] == 0 {
			continue
		}
		out = append(out, c)
	}
	return out
}

// bits reads a bitstream from its highest bit on; behind its end are zeros, and over is set.
type bits struct {
	data []byte
	at   int
	over bool
}

func (b *bits) read(n int) (v uint32) {
	for range n {
		v <<= 1
		if b.at>>3 >= len(b.data) {
			b.over = true
			continue
		}
		v |= uint32(b.data[b.at>>3]>>(7-b.at&7)) & 1
		b.at++
	}
	return v
}

// golomb reads an unsigned Exp-Golomb number (ITU-T H.264 9.1).
func (b *bits) golomb() uint32 {
	zeros := 0
	for b.read(1) == 0 {
		if zeros++; zeros > 31 || b.over {
			b.over = true
			return 0
		}
	}
	return 1<<zeros - 1 + b.read(zeros)
}
