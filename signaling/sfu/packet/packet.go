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

// Extension gives the value of a header extension of a raw RTP packet (RFC 8285), nil if it is not there. It points into the packet.
func Extension(b []byte, id uint8) []byte {
	if len(b) < fixedHeader || b[0]&0x10 == 0 || id == 0 {
		return nil
	}
	at := fixedHeader + 4*int(b[0]&0x0f)
	if len(b) < at+4 {
		return nil
	}
	profile, size := binary.BigEndian.Uint16(b[at:]), 4*int(binary.BigEndian.Uint16(b[at+2:]))
	at += 4
	if len(b) < at+size {
		return nil
	}
	switch b = b[at : at+size]; {
	case profile == oneByteHeaders:
		return oneByteExtension(b, id)
	case profile&0xfff0 == twoByteHeaders:
		return twoByteExtension(b, id)
	}
	return nil
}

const (
	oneByteHeaders = 0xbede
	twoByteHeaders = 0x1000
)

func oneByteExtension(b []byte, id uint8) []byte {
	for len(b) > 0 {
		is, n := b[0]>>4, int(b[0]&0x0f)+1
		switch {
		case b[0] == 0: // padding
			b = b[1:]
			continue
		case is == 15 || is == 0 || len(b) < 1+n: // reserved (RFC 8285 4.2), or cut off
			return nil
		case is == id:
			return b[1 : 1+n]
		}
		b = b[1+n:]
	}
	return nil
}

func twoByteExtension(b []byte, id uint8) []byte {
	for len(b) > 1 {
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		n := int(b[1])
		if len(b) < 2+n {
			return nil
		}
		if b[0] == id {
			return b[2 : 2+n]
		}
		b = b[2+n:]
	}
	return nil
}

// Newer tells whether sequence number a comes after b, across a wrap-around.
func Newer(a, b uint16) bool { return a != b && a-b < 1<<15 }
