package deident

import (
	"io"
	"slices"

	"yilian/imaging/dicom"
)

// codestreams clears what the segments of JPEG codestreams say beside the picture: comments and application data such as EXIF (ISO/IEC 10918-1 B.2.4.5 and
// B.2.4.6, 15444-1 A.9.2), which name cameras, places and people. Lengths stay, so that nothing else moves; what decoders need (JFIF, ICC profile, the colour
// transforms of APP8 and APP14) stays too.
type codestreams struct {
	r      io.Reader
	starts []int64 // offsets of fragments that begin a codestream, ascending
	at     int64   // of the next byte of r

	state  segmentState
	left   int  // bytes of the segment, or of its length field
	length int  // as far as it is read
	clear  bool // the segment at hand
}

type segmentState uint8

const (
	outside segmentState = iota // not in the head of a codestream
	markerFF
	markerCode
	lengthField
	payload
)

// commented tells which fragments may hold segments, of an object that was scanned.
func commented(o *dicom.Object) (starts []int64) {
	if !o.Layout.Encapsulated || o.Layout.Deflated || isVideo(o.Syntax.UID) {
		return nil
	}
	for _, f := range o.Layout.Fragments {
		if f.Start {
			starts = append(starts, f.Offset)
		}
	}
	slices.Sort(starts)
	return starts
}

func (c *codestreams) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for b := p[:n]; len(b) > 0; {
		// Between heads nothing is looked at.
		if c.state == outside {
			skip := int64(len(b))
			if len(c.starts) > 0 {
				skip = min(skip, c.starts[0]-c.at)
			}
			if skip > 0 {
				b, c.at = b[skip:], c.at+skip
				continue
			}
			c.starts, c.state = c.starts[1:], markerFF
		}
		b[0] = c.step(b[0])
		b, c.at = b[1:], c.at+1
	}
	return n, err
}

// step takes one byte of a head and answers what becomes of it.
func (c *codestreams) step(b byte) byte {
	switch c.state {
	case markerFF:
		if c.state = markerCode; b != 0xFF {
			c.state = outside
		}
	case markerCode:
		c.mark(b)
	case lengthField:
		c.length = c.length<<8 | int(b)
		if c.left--; c.left > 0 {
			return b
		}
		if c.left = c.length - 2; c.left <= 0 {
			c.state = markerFF
		} else {
			c.state = payload
		}
	case payload:
		if c.left--; c.left == 0 {
			c.state = markerFF
		}
		if c.clear {
			return 0
		}
	}
	return b
}

// mark begins the segment of a marker.
func (c *codestreams) mark(code byte) {
	switch {
	case code == 0xFF: // fill
		return
	case code == 0xD8, code == 0x4F, code == 0x01, code >= 0xD0 && code <= 0xD7: // start of image or codestream, and markers that stand alone
		c.state = markerFF
		return
	case code == 0xDA, code == 0x90, code == 0xD9, code == 0x00: // what follows is the picture
		c.state = outside
		return
	}
	app := code >= 0xE1 && code <= 0xEF && code != 0xE2 && code != 0xE8 && code != 0xEE
	c.clear = code == 0xFE || code == 0x64 || app
	c.state, c.left, c.length = lengthField, 2, 0
}
