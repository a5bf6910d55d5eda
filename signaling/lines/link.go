package lines

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Config is what a Link needs. The zero value is a perfect line without NAT.
type Config struct {
	Up, Down Conditions // up: from the far end to the near one
	NAT      bool       // a router with address translation at the far end
	Seed     uint64
}

// Link is two network namespaces of their own with nothing between them but an emulated line. The server, and whoever is to have
// a perfect line to it, run in Near; who is behind the line runs in Far. Its methods may be called from several goroutines.
type Link struct {
	Near, Far string // names of the namespaces, for `ip netns exec`

	nat      *nat // nil: none
	up, down *wire
	devices  []*os.File
	over     chan struct{}
	wg       sync.WaitGroup

	mu  sync.Mutex
	far netip.Addr
}

// Addresses inside the namespaces. They are the same in every Link: nobody else sees them.
var (
	nearAddr    = netip.MustParseAddr("10.77.0.1")
	farAddr     = netip.MustParseAddr("10.77.0.2")
	outsideAddr = netip.MustParseAddr("10.77.0.100") // of the NAT
	lineNet     = netip.MustParsePrefix("10.77.0.0/24")
)

const (
	device    = "line0"
	namespace = "yl-line-" // + pid + "-" + number + "n" or "f"
	setUp     = 10 * time.Second
)

// Missing tells why links cannot be made on this machine, nil if they can.
func Missing() error {
	if os.Geteuid() != 0 {
		return errors.New("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return errors.New("ip is not installed (Debian: apt-get install iproute2)")
	}
	_, err := os.Stat("/dev/net/tun")
	return err
}

var links atomic.Int64 // made by this process, for their names

// Open makes the namespaces, after removing those of processes that died without cleaning up. Close removes them.
func Open(ctx context.Context, c Config) (*Link, error) {
	if err := Missing(); err != nil {
		return nil, err
	}
	if err := removeStale(ctx); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s%d-%d", namespace, os.Getpid(), links.Add(1))
	l := &Link{Near: name + "n", Far: name + "f", over: make(chan struct{}), far: farAddr}
	if err := l.lay(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if c.NAT {
		l.nat = newNAT(outsideAddr)
	}
	l.join(c)
	return l, nil
}

// lay makes namespaces and devices.
func (l *Link) lay(ctx context.Context) error {
	for _, end := range []struct {
		ns   string
		addr netip.Addr
	}{{l.Near, nearAddr}, {l.Far, l.far}} {
		if err := run(ctx, "ip", "netns", "add", end.ns); err != nil {
			return err
		}
		temporary := "yl" + end.ns[len(namespace):] // a device name has at most 15 bytes
		file, err := openTUN(temporary)
		if err != nil {
			return err
		}
		l.devices = append(l.devices, file)
		for _, command := range [][]string{
			{"ip", "link", "set", temporary, "netns", end.ns, "name", device},
			// Without it the kernel sends router solicitations, and browsers gather candidates that lead nowhere.
			{"ip", "netns", "exec", end.ns, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"},
			{"ip", "-n", end.ns, "link", "set", "lo", "up"},
			{"ip", "-n", end.ns, "addr", "add", netip.PrefixFrom(end.addr, lineNet.Bits()).String(), "dev", device},
			{"ip", "-n", end.ns, "link", "set", device, "up"},
			// Programs look for the way to the world; it ends in this emulator.
			{"ip", "-n", end.ns, "route", "add", "default", "dev", device},
		} {
			if err := run(ctx, command...); err != nil {
				return err
			}
		}
	}
	return nil
}

// join starts carrying packets.
func (l *Link) join(c Config) {
	began := time.Now()
	clock := func() time.Duration { return time.Since(began) }
	inside := func(p ipv4) bool { return lineNet.Contains(p.dst()) }
	out := func(p ipv4) bool { return inside(p) && (l.nat == nil || l.nat.out(p)) }
	in := func(p ipv4) bool { return l.nat == nil || l.nat.in(p) }
	pass := func(ipv4) bool { return true }
	near, far := l.devices[0], l.devices[1]
	l.up = &wire{from: far, to: near, enter: out, leave: pass, clock: clock, model: NewModel(c.Up, c.Seed), wake: make(chan struct{}, 1)}
	l.down = &wire{from: near, to: far, enter: inside, leave: in, clock: clock, model: NewModel(c.Down, c.Seed+1), wake: make(chan struct{}, 1)}
	for _, w := range []*wire{l.up, l.down} {
		l.wg.Go(w.take)
		l.wg.Go(func() { w.deliver(l.over) })
	}
}

// NearAddr is where the far end reaches the near one.
func (l *Link) NearAddr() netip.Addr { return nearAddr }

// FarAddr is the far end's own address, which Move changes.
func (l *Link) FarAddr() netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.far
}

// Command prepares a program that runs in one of the namespaces.
func (l *Link) Command(ctx context.Context, ns, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", ns, name}, args...)...)
}

// Set changes the conditions; packets under way arrive as they would have.
func (l *Link) Set(up, down Conditions) {
	l.up.change(func(m *Model) { m.Set(up) })
	l.down.change(func(m *Model) { m.Set(down) })
}

// Dark lets nothing through, both ways, from now on for a while.
func (l *Link) Dark(d time.Duration) {
	for _, w := range []*wire{l.up, l.down} {
		w.change(func(m *Model) { m.Darken(w.clock(), w.clock()+d) })
	}
}

// Rebind gives the far end another outside address and other ports, unseen by it. Without NAT nothing happens.
func (l *Link) Rebind() {
	if l.nat != nil {
		l.nat.rebind()
	}
}

// Move takes the far end's address away and gives it another, outside too, as a phone that leaves its Wi-Fi: its sockets are dead.
func (l *Link) Move(ctx context.Context) error {
	l.Rebind()
	l.mu.Lock()
	defer l.mu.Unlock()
	old, next := l.far, l.far.Next()
	if next == outsideAddr {
		return errors.New("moved too often")
	}
	l.far = next
	with := func(a netip.Addr) string { return netip.PrefixFrom(a, lineNet.Bits()).String() }
	return errors.Join(
		run(ctx, "ip", "-n", l.Far, "addr", "del", with(old), "dev", device),
		run(ctx, "ip", "-n", l.Far, "addr", "add", with(next), "dev", device),
		run(ctx, "ip", "-n", l.Far, "route", "replace", "default", "dev", device),
	)
}

// Stats tells what became of the packets of a direction.
type Stats struct{ Up, Down map[string]int }

// Stats counts since the beginning.
func (l *Link) Stats() (s Stats) {
	l.up.change(func(m *Model) { s.Up = m.Counts() })
	l.down.change(func(m *Model) { s.Down = m.Counts() })
	return s
}

// Close ends the line and removes the namespaces. Programs that still run in them are left without a network.
func (l *Link) Close() error {
	close(l.over)
	var errs []error
	for _, f := range l.devices {
		errs = append(errs, f.Close())
	}
	l.wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), setUp)
	defer cancel()
	for _, ns := range []string{l.Near, l.Far} {
		if _, err := os.Stat(filepath.Join("/run/netns", ns)); err == nil {
			errs = append(errs, run(ctx, "ip", "netns", "del", ns))
		}
	}
	return errors.Join(errs...)
}

// removeStale removes the namespaces of processes that are no more. Their devices went with them.
func removeStale(ctx context.Context) error {
	entries, err := os.ReadDir("/run/netns")
	if err != nil {
		return nil //nolint:nilerr // there has never been one
	}
	var errs []error
	for _, e := range entries {
		if pid, ours := owner(e.Name()); ours && !alive(pid) {
			err := run(ctx, "ip", "netns", "del", e.Name())
			if _, gone := os.Stat(filepath.Join("/run/netns", e.Name())); gone == nil { // else another process was quicker
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// owner reads the process from a namespace's name.
func owner(name string) (pid int, ours bool) {
	rest, ours := strings.CutPrefix(name, namespace)
	if !ours {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	return pid, err == nil && pid > 0
}

func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

func run(ctx context.Context, command ...string) error {
	ctx, cancel := context.WithTimeout(ctx, setUp)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
