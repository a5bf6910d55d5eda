package batch

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/ipv4"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T, ip net.IP) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
	if err != nil {
		t.Skip(err) // no IPv6 here
	}
	return c
}

// TestAllArriveInOrder sends packets of several sizes to several sockets from several goroutines.
func TestAllArriveInOrder(t *testing.T) {
	for name, ip := range map[string]net.IP{"IPv4": net.IPv4(127, 0, 0, 1), "IPv6": net.IPv6loopback} {
		t.Run(name, func(t *testing.T) {
			c := New(listen(t, ip), time.Millisecond)
			const each = 600
			sizes := []int{1200, 1200, 1200, 700, 160, 160, 1200, 40}
			var wait sync.WaitGroup
			for range 3 {
				in := listen(t, ip)
				if err := in.SetReadBuffer(4 << 20); err != nil {
					t.Fatal(err)
				}
				to := in.LocalAddr().(*net.UDPAddr).AddrPort()
				wait.Go(func() {
					b := make([]byte, 1500)
					for i := range each {
						binary.BigEndian.PutUint32(b, uint32(i))
						if _, err := c.WriteToAddrPort(b[:sizes[i%len(sizes)]], to); err != nil {
							t.Error(err)
						}
						if i%50 == 49 {
							time.Sleep(2 * time.Millisecond)
						}
					}
				})
				wait.Go(func() {
					defer func() { _ = in.Close() }()
					_ = in.SetReadDeadline(time.Now().Add(10 * time.Second))
					b := make([]byte, 65536)
					for i := range each {
						n, err := in.Read(b)
						if err != nil {
							t.Errorf("packet %d: %v", i, err)
							return
						}
						if got := binary.BigEndian.Uint32(b); int(got) != i || n != sizes[i%len(sizes)] {
							t.Errorf("packet %d came as %d with %d bytes", i, got, n)
							return
						}
					}
				})
			}
			wait.Wait()
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if _, err := c.WriteToAddrPort([]byte{1}, netip.MustParseAddrPort("127.0.0.1:9")); !errors.Is(err, net.ErrClosed) {
				t.Errorf("written to a closed socket: %v", err)
			}
		})
	}
}

// TestGroups checks for any packets that the groups are what the kernel may cut, and keep the order of each destination.
func TestGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []written
		for range rapid.IntRange(0, 300).Draw(t, "packets") {
			port := rapid.IntRange(1, 4).Draw(t, "port")
			size := rapid.SampledFrom([]int{20, 160, 1200}).Draw(t, "size")
			in = append(in, written{netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(port)), make([]byte, size)})
		}
		s := &sender{open: map[netip.AddrPort]int{}}
		s.segment.Store(rapid.Bool().Draw(t, "segment"))
		for range 2 { // the second time in used memory
			s.group(in)
		}
		got := map[netip.AddrPort][]int{}
		for _, g := range s.groups {
			total := 0
			for i, b := range g.buffers {
				got[g.to] = append(got[g.to], len(b))
				total += len(b)
				if len(b) > g.size || len(b) < g.size && i < len(g.buffers)-1 {
					t.Fatalf("segment of %d in a group of %d", len(b), g.size)
				}
			}
			if total != g.total || total > maxMessage || len(g.buffers) > maxSegments {
				t.Fatalf("a message of %d bytes in %d segments", total, len(g.buffers))
			}
			if !s.segment.Load() && len(g.buffers) > 1 {
				t.Fatal("cut although the kernel cannot")
			}
		}
		for to, sizes := range got {
			i := 0
			for _, p := range in {
				if p.to != to {
					continue
				}
				if i >= len(sizes) || sizes[i] != len(p.data) {
					t.Fatalf("%v is out of order", to)
				}
				i++
			}
		}
	})
}

// TestRefused lets the kernel refuse one message: the others go out, and segments are tried one by one.
func TestRefused(t *testing.T) {
	s := &sender{
		open: map[netip.AddrPort]int{}, messages: make([]ipv4.Message, maxMessages), addrs: make([]net.UDPAddr, maxMessages), ips: make([][16]byte, maxMessages),
	}
	s.segment.Store(true)
	sent := map[int]int{} // port → packets
	s.write = func(ms []ipv4.Message, _ int) (int, error) {
		for i, m := range ms {
			port := m.Addr.(*net.UDPAddr).Port
			if port == 2 || len(m.Buffers) > 1 {
				return i, syscall.EIO
			}
			sent[port]++
		}
		return len(ms), nil
	}
	var in []written
	for _, port := range []uint16{1, 1, 2, 3, 1, 3, 2, 4} {
		in = append(in, written{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port), make([]byte, 100)})
	}
	s.all(in)
	if sent[1] != 3 || sent[2] != 0 || sent[3] != 2 || sent[4] != 1 {
		t.Errorf("%v", sent)
	}
	if s.segment.Load() {
		t.Error("the kernel is still asked to cut")
	}
}
