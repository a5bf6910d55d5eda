package sfu

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/vnet"
)

// direction is one direction of a line: a rate with a queue that drops at its tail, random loss, and a delay. The zero value is a perfect one.
type direction struct {
	bits  float64 // bits/s, 0: no limit
	delay time.Duration
	queue time.Duration
	loss  float64
}

// shaped is the forwarder's network: what it sends to an address and gets from it passes that address's line. All in the time of the bubble.
type shaped struct {
	*vnet.Net
	mu     sync.Mutex
	down   map[string]direction // by host
	up     map[string]direction
	free   map[string]time.Time // when a direction has sent everything
	last   map[string]time.Time // when the last packet of a direction arrives
	random *rand.Rand
	lost   int               // in the queues
	moved  map[string]string // hosts that are seen at another address now, and where
}

func newShaped(n *vnet.Net) *shaped {
	return &shaped{Net: n, down: map[string]direction{}, up: map[string]direction{}, free: map[string]time.Time{}, last: map[string]time.Time{}, moved: map[string]string{}, random: rand.New(rand.NewPCG(3, 4))}
}

func (s *shaped) set(host string, down, up direction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down[host], s.up[host] = down, up
}

// move lets a host be seen at another address, where its line stays what it was: what still goes to the former one is lost.
func (s *shaped) move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved[from] = to
	s.down[to], s.up[to] = s.down[from], s.up[from]
}

// outside gives the address at which a host is seen.
func (s *shaped) outside(addr net.Addr) net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := addr.(*net.UDPAddr)
	if to, ok := s.moved[at.IP.String()]; ok {
		return &net.UDPAddr{IP: net.ParseIP(to).To4(), Port: at.Port}
	}
	return addr
}

// inside gives the host that is seen at an address; not ok if it was and has moved.
func (s *shaped) inside(addr net.Addr) (net.Addr, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := addr.(*net.UDPAddr)
	for from, to := range s.moved {
		if at.IP.String() == to {
			return &net.UDPAddr{IP: net.ParseIP(from).To4(), Port: at.Port}, true
		}
	}
	_, gone := s.moved[at.IP.String()]
	return addr, !gone
}

func (s *shaped) seed(n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.random = rand.New(rand.NewPCG(n, 7))
}

func (s *shaped) ListenUDP(network string, addr *net.UDPAddr) (transport.UDPConn, error) {
	inner, err := s.Net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	c := &shapedConn{UDPConn: inner, net: s, in: make(chan datagram, 4096), done: make(chan struct{})}
	c.reading.Go(c.read)
	return c, nil
}

// pass gives how long a packet takes; not ok if it gets lost.
func (s *shaped) pass(lines map[string]direction, way string, addr net.Addr, size int) (time.Duration, bool) {
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return 0, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := lines[host]
	now := time.Now()
	if s.random.Float64() < d.loss {
		return 0, false
	}
	if d.bits == 0 {
		return s.inOrder(way+host, now, d.delay), true
	}
	free := s.free[way+host]
	if free.Before(now) {
		free = now
	}
	if free.Sub(now) > d.queue {
		s.lost++
		return 0, false
	}
	free = free.Add(time.Duration(float64(size+28) * 8 / d.bits * float64(time.Second)))
	s.free[way+host] = free
	return s.inOrder(way+host, now, free.Sub(now)+d.delay), true
}

// inOrder keeps packets of one direction a moment apart, as timers of one instant fire in any order.
func (s *shaped) inOrder(way string, now time.Time, wait time.Duration) time.Duration {
	at := now.Add(wait)
	if last := s.last[way]; !at.After(last) {
		at = last.Add(time.Microsecond)
	}
	s.last[way] = at
	return at.Sub(now)
}

type datagram struct {
	data []byte
	from net.Addr
}

type shapedConn struct {
	transport.UDPConn
	net     *shaped
	in      chan datagram
	done    chan struct{}
	once    sync.Once
	reading sync.WaitGroup
}

func (c *shapedConn) WriteTo(b []byte, to net.Addr) (int, error) {
	wait, ok := c.net.pass(c.net.down, "down", to, len(b))
	to, there := c.net.inside(to)
	if !ok || !there {
		return len(b), nil
	}
	if wait == 0 {
		return c.UDPConn.WriteTo(b, to)
	}
	data := append([]byte(nil), b...)
	later(wait, func() { _, _ = c.UDPConn.WriteTo(data, to) })
	return len(b), nil
}

// later calls f after a while. A timer of a bubble that is due at once runs where it is set, and two that do so at the same moment share a state of the race
// detector, which crashes now and then (Go 1.26, unlockAndRun).
func later(wait time.Duration, f func()) {
	if wait <= 0 {
		go f()
		return
	}
	time.AfterFunc(wait, f)
}

func (c *shapedConn) read() {
	buf := make([]byte, 2000)
	for {
		n, from, err := c.UDPConn.ReadFrom(buf)
		if err != nil {
			return
		}
		from = c.net.outside(from)
		wait, ok := c.net.pass(c.net.up, "up", from, n)
		if !ok {
			continue
		}
		d := datagram{append([]byte(nil), buf[:n]...), from}
		later(wait, func() {
			select {
			case c.in <- d:
			case <-c.done:
			}
		})
	}
}

func (c *shapedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.in:
		return copy(b, d.data), d.from, nil
	case <-c.done:
		return 0, nil, net.ErrClosed
	}
}

func (c *shapedConn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		close(c.done)
		err = c.UDPConn.Close()
		c.reading.Wait()
	})
	return err
}
