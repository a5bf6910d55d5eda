package packet

import "encoding/binary"

// H.264 NAL unit types (RFC 6184 5.2, ITU-T H.264 table 7-1).
const (
	nalSlice  = 1
	nalIDR    = 5
	nalSPS    = 7
	nalPrefix = 14
	nalSTAPA  = 24
	nalFUA    = 28
)

// H264 is what a payload tells of its picture.
type H264 struct {
	Key       bool // begins an IDR picture, or brings its parameter sets
	Slice     bool // has some of the picture itself
	Reference bool // other pictures refer to this one (nal_ref_idc)
	Temporal  int  // layer as a prefix NAL unit tells it (ITU-T H.264 F.7.3.1.1), -1 if none does
}

// ParseH264 reads a payload (RFC 6184 5.6 to 5.8): one NAL unit, several, or a part of one.
func ParseH264(p []byte) H264 {
	d := H264{Temporal: -1}
	if len(p) == 0 {
		return d
	}
	switch p[0] & 0x1f {
	case nalSTAPA:
		for p = p[1:]; len(p) > 2; {
			n := int(binary.BigEndian.Uint16(p))
			d.unit(p[2:min(2+n, len(p))])
			p = p[min(2+n, len(p)):]
		}
	case nalFUA:
		if len(p) > 1 {
			kind := p[1] & 0x1f
			d.slice(kind, p[0])
			d.Key = p[1]&0x80 != 0 && (kind == nalIDR || kind == nalSPS)
		}
	default:
		d.unit(p)
	}
	return d
}

// unit takes one NAL unit, or its beginning.
func (d *H264) unit(n []byte) {
	if len(n) == 0 {
		return
	}
	kind := n[0] & 0x1f
	d.slice(kind, n[0])
	d.Key = d.Key || kind == nalIDR || kind == nalSPS
	if kind == nalPrefix && len(n) > 3 && n[1]&0x80 != 0 { // svc_extension_flag
		d.Temporal = int(n[3] >> 5)
	}
}

// slice takes note of a slice or a part of one; header is the octet with its nal_ref_idc.
func (d *H264) slice(kind, header byte) {
	if kind >= nalSlice && kind <= nalIDR {
		d.Slice = true
		d.Reference = d.Reference || header&0x60 != 0
	}
}
