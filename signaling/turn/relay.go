package turn

import (
	"errors"
	"net"
	"net/netip"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// relay makes the sockets of allocations. What they send goes to the media port or nowhere.
type relay struct {
	announce netip.Addr // address of the relayed candidates
	port     int        // the media port
}

func (s *Server) relay(listener net.Addr) *relay {
	r := &relay{port: s.c.MediaPort, announce: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	if at, err := netip.ParseAddrPort(listener.String()); err == nil && !at.Addr().IsUnspecified() {
		r.announce = at.Addr().Unmap()
	} else if len(s.locals) > 0 {
		r.announce = s.locals[0]
	}
	for _, ip := range s.c.MediaIPs {
		if ip.Is4() == r.announce.Is4() {
			r.announce = ip
			break
		}
	}
	return r
}

var errUDPOnly = errors.New("only UDP is relayed")

// Validate is turn.RelayAddressGenerator.
func (r *relay) Validate() error { return nil }

// AllocatePacketConn opens the socket of one allocation.
func (r *relay) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	conn, err := net.ListenUDP(c.Network, nil)
	if err != nil {
		return nil, nil, err
	}
	port := conn.LocalAddr().(*net.UDPAddr).Port
	return onePort{conn, r.port}, net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.announce, uint16(port))), nil
}

// AllocateListener and AllocateConn would be TCP relays (RFC 6062).
func (r *relay) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errUDPOnly
}

// AllocateConn is turn.RelayAddressGenerator.
func (r *relay) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errUDPOnly }

// onePort sends to one port only; the rest is dropped as a network would drop it.
type onePort struct {
	*net.UDPConn
	port int
}

// WriteTo is net.PacketConn.
func (c onePort) WriteTo(b []byte, to net.Addr) (int, error) {
	if a, ok := to.(*net.UDPAddr); ok && a.Port == c.port {
		return c.UDPConn.WriteTo(b, to)
	}
	return len(b), nil
}

// quiet discards pion's log: all that a hostile client can cause is in it.
type quiet struct{}

func (quiet) NewLogger(string) logging.LeveledLogger { return silent{} }

type silent struct{}

func (silent) Trace(string)          {}
func (silent) Tracef(string, ...any) {}
func (silent) Debug(string)          {}
func (silent) Debugf(string, ...any) {}
func (silent) Info(string)           {}
func (silent) Infof(string, ...any)  {}
func (silent) Warn(string)           {}
func (silent) Warnf(string, ...any)  {}
func (silent) Error(string)          {}
func (silent) Errorf(string, ...any) {}
