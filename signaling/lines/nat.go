package lines

import (
	"net/netip"
	"sync"
)

// nat is a home router or a carrier's at the far end: it gives everything behind it one address and ports of its own, whatever it talks to
// (endpoint-independent mapping, RFC 4787 4.1), and forgets them when the line is bound anew. What comes for a port that it does not know is dropped, as is
// what has no ports.
type nat struct {
	outside netip.Addr // the first; each rebinding takes the next

	mu       sync.Mutex
	now      netip.Addr
	port     uint16
	outward  map[endpoint]uint16
	inward   map[inner]netip.AddrPort
	rebounds int
}

type endpoint struct {
	protocol uint8
	at       netip.AddrPort
}

type inner struct {
	protocol uint8
	port     uint16
}

const firstNATPort = 20000

func newNAT(outside netip.Addr) *nat {
	n := &nat{outside: outside}
	n.rebind()
	return n
}

// rebind forgets all mappings and takes another address.
func (n *nat) rebind() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now.IsValid() {
		n.rebounds++
	}
	last := n.outside.As4()
	last[3] += byte(n.rebounds % 100)
	n.now, n.port = netip.AddrFrom4(last), firstNATPort+uint16(n.rebounds%100)*300
	n.outward, n.inward = map[endpoint]uint16{}, map[inner]netip.AddrPort{}
}

// out translates a packet on its way out; false: dropped.
func (n *nat) out(p ipv4) bool {
	if !p.ported() {
		return false
	}
	from := endpoint{p.protocol(), netip.AddrPortFrom(p.src(), p.look().Src)}
	n.mu.Lock()
	defer n.mu.Unlock()
	port, known := n.outward[from]
	if !known {
		n.port++
		port = n.port
		n.outward[from] = port
		n.inward[inner{from.protocol, port}] = from.at
	}
	p.setSource(netip.AddrPortFrom(n.now, port))
	return true
}

// in translates a packet on its way in; false: dropped.
func (n *nat) in(p ipv4) bool {
	if !p.ported() {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	to, known := n.inward[inner{p.protocol(), p.look().Dst}]
	if !known || p.dst() != n.now {
		return false
	}
	p.setDestination(to)
	return true
}
