package pixel

import (
	"encoding/binary"

	"yilian/imaging/dicom"
)

// Overlay is a plane of bits over an image (PS3.3 C.9.2): graphics, or the outline of a region.
type Overlay struct {
	Group         uint16 // 6000 to 601E
	Rows, Columns int
	Top, Left     int    // of its first pixel in the image, from 0; it may lie outside
	Type          string // G graphics, R region of interest
	Description   string

	bit  int    // of the samples, where the plane stands among the pixel data; -1: in data
	data []byte // from the byte on in which the plane of the frame begins
	skip int    // bits in data before it
}

// Elements of the repeating group 60xx (PS3.3 table C.9-2).
const (
	overlayRows         = 0x0010
	overlayColumns      = 0x0011
	overlayFrames       = 0x0015
	overlayDescription  = 0x0022
	overlayType         = 0x0040
	overlayOrigin       = 0x0050
	overlayFirstFrame   = 0x0051
	overlayBitsAlloc    = 0x0100
	overlayBitPosition  = 0x0102
	overlayData         = 0x3000
	overlayGroups       = 16
	overlayFirstGroup   = 0x6000
	overlayLargestPlane = 0xFFFF
)

// overlays reads those that lie over a frame (from 0). What is incomplete or does not fit together is left out.
func (im *Image) overlays(d *dicom.Dataset, frame int) (all []Overlay) {
	for i := range overlayGroups {
		group := uint16(overlayFirstGroup + 2*i)
		if o, ok := im.overlay(d, group, frame); ok {
			all = append(all, o)
		}
	}
	return all
}

func (im *Image) overlay(d *dicom.Dataset, group uint16, frame int) (o Overlay, ok bool) {
	tag := func(element uint16) dicom.Tag { return dicom.NewTag(group, element) }
	number := func(element uint16, other int) int {
		if v, ok := d.Int(tag(element)); ok {
			return v
		}
		return other
	}
	o = Overlay{Group: group, Rows: number(overlayRows, 0), Columns: number(overlayColumns, 0), bit: -1, Type: d.String(tag(overlayType)), Description: d.String(tag(overlayDescription))}
	if o.Rows <= 0 || o.Columns <= 0 || o.Rows > overlayLargestPlane || o.Columns > overlayLargestPlane {
		return o, false
	}
	if origin := d.Ints(tag(overlayOrigin)); len(origin) >= 2 {
		o.Top, o.Left = origin[0]-1, origin[1]-1
	}
	e := d.Get(tag(overlayData))
	if e == nil { // among the bits of the samples (retired, PS3.5 8.1.2)
		o.bit = number(overlayBitPosition, -1)
		return o, o.bit >= 0 && o.bit < im.BitsAllocated && number(overlayBitsAlloc, 0) == im.BitsAllocated && im.Samples == 1 && !im.Float
	}
	first, count := number(overlayFirstFrame, 1)-1, number(overlayFrames, 1)
	plane := max(frame, 0) - first
	if first == 0 && !d.Has(tag(overlayFrames)) {
		plane = 0 // one for all frames
	}
	value, size := e.Value, o.Rows*o.Columns
	if plane < 0 || plane >= count || plane >= 8*len(value)/size {
		return o, false
	}
	from := plane * size
	if e.VR == dicom.OW && im.Syntax.BigEndian {
		value = swapped(value)
	}
	o.data, o.skip = value[from/8:], from%8
	return o, true
}

// swapped brings words of big endian into the order of their bits.
func swapped(b []byte) []byte {
	out := make([]byte, len(b)&^1)
	for i := 0; i+1 < len(b); i += 2 {
		binary.LittleEndian.PutUint16(out[i:], binary.BigEndian.Uint16(b[i:]))
	}
	return out
}

// set tells whether a pixel of the image is covered.
func (o *Overlay) set(f *Frame, y, x int) bool {
	if o.bit >= 0 {
		return f.Data[(y*f.Columns+x)*f.Width+o.bit/8]>>(o.bit%8)&1 == 1
	}
	at := o.skip + (y-o.Top)*o.Columns + x - o.Left
	return o.data[at/8]>>(at%8)&1 == 1
}

// burn paints overlays over what p paints, in white.
func burn(p painter, f *Frame, overlays []Overlay) painter {
	return painter{p.channels, func(y, from, to int, dst []byte) {
		p.paint(y, from, to, dst)
		for i := range overlays {
			o := &overlays[i]
			if y < o.Top || y >= o.Top+o.Rows {
				continue
			}
			for x := max(from, o.Left); x < min(to, o.Left+o.Columns); x++ {
				if o.set(f, y, x) {
					for c := range p.channels {
						dst[(x-from)*p.channels+c] = 0xFF
					}
				}
			}
		}
	}}
}
