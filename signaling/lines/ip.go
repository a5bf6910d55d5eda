package lines

import (
	"encoding/binary"
	"net/netip"
)

// ipv4 is an IPv4 packet whose header, and the ports where the protocol has them, are known to be there.
type ipv4 []byte

const (
	tcpHeader = 20
	udpHeader = 8
)

// readIPv4 checks a packet's frame (RFC 791 3.1); ok is false for anything that is not a whole IPv4 packet.
func readIPv4(b []byte) (p ipv4, ok bool) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return nil, false
	}
	size, head := int(binary.BigEndian.Uint16(b[2:])), int(b[0]&15)*4
	if head < 20 || size < head || size > len(b) {
		return nil, false
	}
	p = ipv4(b[:size])
	switch rest := size - head; {
	case p.fragment():
	case p.protocol() == ProtocolTCP && rest < tcpHeader, p.protocol() == ProtocolUDP && rest < udpHeader:
		return nil, false
	}
	return p, true
}

func (p ipv4) protocol() uint8 { return p[9] }

// fragment tells whether this is a later piece, which has no ports.
func (p ipv4) fragment() bool { return binary.BigEndian.Uint16(p[6:])&0x1fff != 0 }

func (p ipv4) payload() []byte { return p[int(p[0]&15)*4:] }

func (p ipv4) src() netip.Addr { return netip.AddrFrom4([4]byte(p[12:16])) }
func (p ipv4) dst() netip.Addr { return netip.AddrFrom4([4]byte(p[16:20])) }

func (p ipv4) ported() bool {
	return !p.fragment() && (p.protocol() == ProtocolTCP || p.protocol() == ProtocolUDP)
}

// look is what the model wants to know.
func (p ipv4) look() Packet {
	l := Packet{Size: len(p), Protocol: p.protocol()}
	if p.ported() {
		l.Src, l.Dst = binary.BigEndian.Uint16(p.payload()), binary.BigEndian.Uint16(p.payload()[2:])
	}
	return l
}

// setSource and setDestination rewrite address and port, and mend both checksums. The packet must be ported.
func (p ipv4) setSource(to netip.AddrPort)      { p.rewrite(12, 0, to) }
func (p ipv4) setDestination(to netip.AddrPort) { p.rewrite(16, 2, to) }

func (p ipv4) rewrite(addrAt, portAt int, to netip.AddrPort) {
	addr, load := to.Addr().As4(), p.payload()
	check := 16 // of TCP (RFC 9293 3.1)
	if p.protocol() == ProtocolUDP {
		check = 6
	}
	// A UDP checksum of 0 says that there is none (RFC 768).
	sums := p.protocol() != ProtocolUDP || binary.BigEndian.Uint16(load[check:]) != 0
	for i := 0; i < 4; i += 2 {
		old, now := binary.BigEndian.Uint16(p[addrAt+i:]), binary.BigEndian.Uint16(addr[i:])
		mend(p[10:], old, now)
		if sums {
			mend(load[check:], old, now)
		}
	}
	copy(p[addrAt:], addr[:])
	if sums {
		mend(load[check:], binary.BigEndian.Uint16(load[portAt:]), to.Port())
	}
	binary.BigEndian.PutUint16(load[portAt:], to.Port())
	if sums && p.protocol() == ProtocolUDP && binary.BigEndian.Uint16(load[check:]) == 0 {
		binary.BigEndian.PutUint16(load[check:], 0xffff)
	}
}

// mend changes a checksum for one word that changed (RFC 1624, equation 3).
func mend(sum []byte, old, now uint16) {
	v := uint32(^binary.BigEndian.Uint16(sum)) + uint32(^old) + uint32(now)
	v = v&0xffff + v>>16
	v = v&0xffff + v>>16
	binary.BigEndian.PutUint16(sum, ^uint16(v))
}
