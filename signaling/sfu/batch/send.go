package batch

import (
	"net"
	"net/netip"
	"sync/atomic"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

const (
	maxMessages = 64    // of one system call
	maxSegments = 48    // of one message; the kernel takes 64
	maxMessage  = 60000 // bytes; a UDP datagram has at most 65507
)

// sender hands packets to the kernel. It belongs to one goroutine.
type sender struct {
	write    func([]ipv4.Message, int) (int, error)
	segment  atomic.Bool // the kernel cuts messages
	open     map[netip.AddrPort]int
	groups   []group
	messages []ipv4.Message
	addrs    []net.UDPAddr
	ips      [][16]byte
}

// group is a run of packets for one destination that can go as one message: all of one size, but the last may be shorter.
type group struct {
	to      netip.AddrPort
	buffers [][]byte
	size    int // of a segment
	total   int
	ended   bool   // by a shorter one
	control []byte // tells the kernel where to cut
}

func newSender(conn *net.UDPConn) *sender {
	s := &sender{
		open:     make(map[netip.AddrPort]int, maxMessages),
		messages: make([]ipv4.Message, maxMessages),
		addrs:    make([]net.UDPAddr, maxMessages),
		ips:      make([][16]byte, maxMessages),
	}
	if local, ok := conn.LocalAddr().(*net.UDPAddr); ok && local.IP.To4() == nil {
		s.write = ipv6.NewPacketConn(conn).WriteBatch
	} else {
		s.write = ipv4.NewPacketConn(conn).WriteBatch
	}
	s.segment.Store(canSegment)
	return s
}

// all sends packets; those for one destination in order.
func (s *sender) all(packets []written) {
	s.group(packets)
	for at := 0; at < len(s.groups); {
		n := min(maxMessages, len(s.groups)-at)
		s.post(s.groups[at : at+n])
		at += n
	}
}

// group puts packets that can go together into one group.
func (s *sender) group(packets []written) {
	clear(s.open)
	for i := range s.groups {
		clear(s.groups[i].buffers)
	}
	s.groups = s.groups[:0]
	segment := s.segment.Load()
	for _, p := range packets {
		if i, ok := s.open[p.to]; ok && segment && s.groups[i].take(p.data) {
			continue
		}
		s.open[p.to] = len(s.groups)
		s.begin(p)
	}
}

// begin starts a group, in the memory of one of an earlier batch where there is one.
func (s *sender) begin(p written) {
	if len(s.groups) < cap(s.groups) {
		s.groups = s.groups[:len(s.groups)+1]
	} else {
		s.groups = append(s.groups, group{})
	}
	g := &s.groups[len(s.groups)-1]
	*g = group{to: p.to, buffers: append(g.buffers[:0], p.data), size: len(p.data), total: len(p.data), control: g.control}
}

func (g *group) take(b []byte) bool {
	if g.ended || len(b) > g.size || len(g.buffers) >= maxSegments || g.total+len(b) > maxMessage {
		return false
	}
	g.buffers = append(g.buffers, b)
	g.total += len(b)
	g.ended = len(b) < g.size
	return true
}

// post sends groups with as few system calls as possible. A message that the kernel refuses is tried packet by packet, and then skipped: it is for one
// destination, the others must not suffer.
func (s *sender) post(groups []group) {
	for i := range groups {
		g := &groups[i]
		s.ips[i] = g.to.Addr().As16()
		ip := s.ips[i][:]
		if g.to.Addr().Is4() || g.to.Addr().Is4In6() {
			ip = s.ips[i][12:]
		}
		s.addrs[i] = net.UDPAddr{IP: ip, Port: int(g.to.Port()), Zone: g.to.Addr().Zone()}
		m := &s.messages[i]
		m.Buffers, m.Addr, m.OOB = g.buffers, &s.addrs[i], nil
		if len(g.buffers) > 1 {
			g.control = cutAt(g.control, g.size)
			m.OOB = g.control
		}
	}
	for at := 0; at < len(groups); {
		n, err := s.write(s.messages[at:len(groups)], 0)
		at += max(n, 0)
		if err != nil {
			if at < len(groups) {
				s.single(&groups[at], at, err)
			}
			at++
		}
	}
}

// single sends a refused group packet by packet.
func (s *sender) single(g *group, at int, err error) {
	if len(g.buffers) == 1 {
		return
	}
	if cannotSegment(err) {
		s.segment.Store(false)
	}
	for i := range g.buffers {
		m := []ipv4.Message{{Buffers: g.buffers[i : i+1], Addr: &s.addrs[at]}}
		if _, err := s.write(m, 0); err != nil {
			return
		}
	}
}
