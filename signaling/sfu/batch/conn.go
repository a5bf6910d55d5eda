// Package batch is a UDP socket that collects what is written to it for about a millisecond and hands it to the kernel in one system call: packets for
// one destination go as one segmented message where the kernel can cut it (UDP GSO), several messages go with one sendmmsg. Most of the cost of
// forwarding a packet is the system call. It is not for sockets whose writer needs to know whether a packet was sent.
package batch

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	maxPackets = 512
	arenaSize  = maxPackets * 1280 // bytes of one batch
	flushAt    = 384               // packets: does not wait for the window
)

// Conn is a net.PacketConn that also has pion's allocation-free methods (ice.AddrPortReaderWriter). It is safe for concurrent use. A write never fails for the
// network's sake: an error of the kernel concerns a packet that was taken long ago.
type Conn struct {
	*net.UDPConn
	window time.Duration
	send   *sender
	done   sync.WaitGroup

	wake chan struct{} // a batch has begun
	full chan struct{} // and should not wait

	mu      sync.Mutex
	swapped *sync.Cond // the batch being filled is empty again, or closed
	filling *pile
	closed  bool
}

// pile is what waits to be sent, in the order it was written.
type pile struct {
	packets []written
	arena   []byte
}

type written struct {
	to   netip.AddrPort
	data []byte // in the arena
}

func newPile() *pile {
	return &pile{packets: make([]written, 0, maxPackets), arena: make([]byte, 0, arenaSize)}
}

func (p *pile) room(n int) bool {
	return len(p.packets) < maxPackets && len(p.arena)+n <= cap(p.arena)
}

func (p *pile) add(b []byte, to netip.AddrPort) {
	at := len(p.arena)
	p.arena = append(p.arena, b...)
	p.packets = append(p.packets, written{to: to, data: p.arena[at:len(p.arena):len(p.arena)]})
}

func (p *pile) clear() {
	clear(p.packets)
	p.packets, p.arena = p.packets[:0], p.arena[:0]
}

// New takes a socket over. What is written is sent within about the window. Close closes the socket.
func New(conn *net.UDPConn, window time.Duration) *Conn {
	c := &Conn{
		UDPConn: conn, window: window, send: newSender(conn), filling: newPile(),
		wake: make(chan struct{}, 1), full: make(chan struct{}, 1),
	}
	c.swapped = sync.NewCond(&c.mu)
	c.done.Go(c.flush)
	return c
}

// ReadFromAddrPort reads one packet.
func (c *Conn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	return c.ReadFromUDPAddrPort(b)
}

// WriteTo takes a packet; addr is a *net.UDPAddr.
func (c *Conn) WriteTo(b []byte, addr net.Addr) (int, error) {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, &net.OpError{Op: "write", Net: "udp", Addr: addr, Err: net.InvalidAddrError("not a UDP address")}
	}
	return c.WriteToAddrPort(b, udp.AddrPort())
}

// WriteToAddrPort takes a copy of a packet. It waits while the kernel is busy with two full batches.
func (c *Conn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if len(b) > arenaSize {
		return 0, &net.OpError{Op: "write", Net: "udp", Err: net.InvalidAddrError("packet too long")}
	}
	c.mu.Lock()
	for !c.closed && !c.filling.room(len(b)) {
		notify(c.full)
		c.swapped.Wait()
	}
	if c.closed {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	c.filling.add(b, to)
	n := len(c.filling.packets)
	c.mu.Unlock()
	switch n {
	case 1:
		notify(c.wake)
	case flushAt:
		notify(c.full)
	}
	return len(b), nil
}

func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// flush sends one batch after the other, until the socket is closed.
func (c *Conn) flush() {
	spare := newPile()
	timer := time.NewTimer(c.window)
	defer timer.Stop()
	for {
		<-c.wake
		timer.Reset(c.window)
		select {
		case <-timer.C:
		case <-c.full:
		}
		c.mu.Lock()
		c.filling, spare = spare, c.filling
		closed := c.closed
		c.swapped.Broadcast()
		c.mu.Unlock()
		c.send.all(spare.packets)
		spare.clear()
		if closed {
			return
		}
	}
}

// Close sends what is left, closes the socket and waits.
func (c *Conn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.closed = true
	c.swapped.Broadcast()
	c.mu.Unlock()
	notify(c.full)
	notify(c.wake)
	c.done.Wait()
	return c.UDPConn.Close()
}
