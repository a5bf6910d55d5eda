// Package packet is the arithmetic of forwarding: RTP headers, codec descriptors, sequence and timestamp rewriting, the packet cache, and
// reception statistics. Everything in it is a pure function or a plain data structure; it knows no connection and no clock.
package packet

import (
	"encoding/binary"
	"errors"
)

// Packet is a view into a raw RTP packet (RFC 3550 5.1). The slices point into the buffer it was parsed from.
type Packet struct {
	Marker      bool
	PayloadType uint8
	Seq         uint16
	Timestamp   uint32
	SSRC        uint32
	Payload     []byte // without padding
	Size        int    // bytes of the whole packet
}

// ErrMalformed tells that a buffer is not an RTP packet.
var ErrMalformed = errors.New("malformed RTP packet")

const (
	fixedHeader = 12
	version2    = 2
)

// Parse reads the header of a raw RTP packet.
func Parse(b []byte) (Packet, error) {
	if len(b) < fixedHeader || b[0]>>6 != version2 {
		return Packet{}, ErrMalformed
	}
	at := fixedHeader + 4*int(b[0]&0x0f) // contributing sources
	if b[0]&0x10 != 0 {                  // extension
		if len(b) < at+4 {
			return Packet{}, ErrMalformed
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 { // padding: its length is the last byte
		end -= int(b[len(b)-1])
	}
	if at > end {
		return Packet{}, ErrMalformed
	}
	return Packet{
		Marker:      b[1]&0x80 != 0,
		PayloadType: b[1] & 0x7f,
		Seq:         binary.BigEndian.Uint16(b[2:]),
		Timestamp:   binary.BigEndian.Uint32(b[4:]),
		SSRC:        binary.BigEndian.Uint32(b[8:]),
		Payload:     b[at:end],
		Size:        len(b),
	}, nil
}

// Newer tells whether sequence number a comes after b, across a wrap-around.
func Newer(a, b uint16) bool { return a != b && a-b < 1<<15 }
