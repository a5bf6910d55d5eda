package lines

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// sum is the plain checksum of RFC 1071, the oracle of the incremental one.
func sum(parts ...[]byte) uint16 {
	v := uint32(0)
	for _, p := range parts {
		for i := 0; i+1 < len(p); i += 2 {
			v += uint32(binary.BigEndian.Uint16(p[i:]))
		}
		if len(p)%2 == 1 {
			v += uint32(p[len(p)-1]) << 8
		}
	}
	for v>>16 != 0 {
		v = v&0xffff + v>>16
	}
	return ^uint16(v)
}

// packet makes a whole one with right checksums.
func packet(protocol uint8, from, to netip.AddrPort, load []byte) []byte {
	head := map[uint8]int{ProtocolTCP: tcpHeader, ProtocolUDP: udpHeader}[protocol]
	b := make([]byte, 20+head, 20+head+len(load))
	b = append(b, load...)
	b[0], b[8], b[9] = 0x45, 64, protocol
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	src, dst := from.Addr().As4(), to.Addr().As4()
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	binary.BigEndian.PutUint16(b[10:], sum(b[:20]))
	if head == 0 {
		return b
	}
	binary.BigEndian.PutUint16(b[20:], from.Port())
	binary.BigEndian.PutUint16(b[22:], to.Port())
	if protocol == ProtocolUDP {
		binary.BigEndian.PutUint16(b[24:], uint16(len(b)-20))
	}
	binary.BigEndian.PutUint16(checksum(b), pseudo(b))
	return b
}

func checksum(b []byte) []byte {
	if b[9] == ProtocolUDP {
		return b[26:]
	}
	return b[36:]
}

func pseudo(b []byte) uint16 {
	return sum(b[12:20], []byte{0, b[9]}, binary.BigEndian.AppendUint16(nil, uint16(len(b)-20)), b[20:])
}

func addrPort(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

func TestTranslation(t *testing.T) {
	server := addrPort("10.77.0.1:7882")
	for _, protocol := range []uint8{ProtocolUDP, ProtocolTCP} {
		n := newNAT(outsideAddr)
		inside := addrPort("10.77.0.2:40000")
		out := ipv4(packet(protocol, inside, server, []byte("hello")))
		if !n.out(out) || out.src() != outsideAddr || out.look().Src == 40000 {
			t.Fatalf("%d: out as %v:%d", protocol, out.src(), out.look().Src)
		}
		outside := netip.AddrPortFrom(out.src(), out.look().Src)
		second := ipv4(packet(protocol, inside, addrPort("10.77.0.1:3478"), nil))
		if !n.out(second) || second.look().Src != outside.Port() {
			t.Errorf("%d: another port towards another server", protocol)
		}
		in := ipv4(packet(protocol, server, outside, []byte("hello")))
		if !n.in(in) || in.dst() != inside.Addr() || in.look().Dst != inside.Port() || sum(in[:20]) != 0 || pseudo(in) != 0 {
			t.Errorf("%d: in as %v:%d", protocol, in.dst(), in.look().Dst)
		}
		n.rebind()
		if n.in(packet(protocol, server, outside, nil)) {
			t.Errorf("%d: the old mapping works still", protocol)
		}
		again := ipv4(packet(protocol, inside, server, nil))
		if !n.out(again) || again.src() == outside.Addr() || again.look().Src == outside.Port() {
			t.Errorf("%d: the same again: %v:%d", protocol, again.src(), again.look().Src)
		}
	}
	n := newNAT(outsideAddr)
	if n.in(packet(ProtocolUDP, server, netip.AddrPortFrom(outsideAddr, 9), nil)) {
		t.Error("a stranger came in")
	}
	if ping := packet(ProtocolICMP, addrPort("10.77.0.2:0"), addrPort("10.77.0.1:0"), make([]byte, 8)); n.out(ping) {
		t.Error("what has no ports went out")
	}
}

func TestChecksumsAfterRewriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := func(name string) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, name))), rapid.Uint16().Draw(t, name+" port"))
		}
		protocol := rapid.SampledFrom([]uint8{ProtocolTCP, ProtocolUDP}).Draw(t, "protocol")
		b := packet(protocol, address("from"), address("to"), rapid.SliceOf(rapid.Byte()).Draw(t, "load"))
		p, ok := readIPv4(b)
		if !ok {
			t.Fatal("not read")
		}
		p.setSource(address("new from"))
		p.setDestination(address("new to"))
		if sum(p[:20]) != 0 {
			t.Error("checksum of IP")
		}
		if pseudo(p) != 0 {
			t.Error("checksum of the payload")
		}
	})
}

func TestUDPWithoutChecksumKeepsNone(t *testing.T) {
	b := packet(ProtocolUDP, addrPort("10.77.0.2:1"), addrPort("10.77.0.1:2"), nil)
	binary.BigEndian.PutUint16(b[26:], 0)
	ipv4(b).setSource(addrPort("10.77.0.9:9"))
	if binary.BigEndian.Uint16(b[26:]) != 0 {
		t.Error("a checksum out of nothing")
	}
}

func FuzzReadIPv4(f *testing.F) {
	f.Add(packet(ProtocolUDP, addrPort("10.77.0.2:1"), addrPort("10.77.0.1:2"), []byte("x")))
	f.Add(packet(ProtocolTCP, addrPort("10.77.0.2:1"), addrPort("10.77.0.1:2"), nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := readIPv4(b)
		if !ok {
			return
		}
		_ = p.look()
		n := newNAT(outsideAddr)
		if n.out(p) != p.ported() {
			t.Error("translated what has no ports, or the reverse")
		}
		_ = n.in(p)
	})
}
