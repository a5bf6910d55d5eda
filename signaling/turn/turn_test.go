package turn

import (
	"bytes"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/turn/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a settable time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) get() time.Time      { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// echo answers every packet, as the media port would.
func echo(t *testing.T) (port int, got chan string) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	got = make(chan string, 10)
	var loop sync.WaitGroup
	loop.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			got <- string(buf[:n])
			if _, err := conn.WriteTo(buf[:n], from); err != nil {
				return
			}
		}
	})
	t.Cleanup(func() { _ = conn.Close(); loop.Wait() })
	return conn.LocalAddr().(*net.UDPAddr).Port, got
}

func start(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	c := Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", Secret: bytes.Repeat([]byte("s"), 32), MediaPort: 7882, Loopback: true, Hosts: []string{"127.0.0.1"}}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// allocate gets a relay over UDP, and the way to end it.
func allocate(t *testing.T, s *Server, user, password string) (net.PacketConn, func(), error) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Ports().UDP))
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: at, TURNServerAddr: at, Conn: conn, Username: user, Password: password, LoggerFactory: quiet{}, RTO: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	end := func() { client.Close(); _ = conn.Close() }
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	relayed, err := client.Allocate()
	if err != nil {
		end()
		return nil, nil, err
	}
	return relayed, func() { _ = relayed.Close(); end() }, nil
}

func TestRelaysToTheMediaPortOnly(t *testing.T) {
	port, got := echo(t)
	elsewhere, none := echo(t)
	s := start(t, func(c *Config) { c.MediaPort = port })
	ice := s.ICE("p1")[0]
	relayed, end, err := allocate(t, s, ice.Username, ice.Credential)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	to := func(port int) net.Addr { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }
	if _, err := relayed.WriteTo([]byte("secret service"), to(elsewhere)); err != nil {
		t.Fatal(err)
	}
	if _, err := relayed.WriteTo([]byte("media"), to(port)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if err := relayed.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, _, err := relayed.ReadFrom(buf); err != nil || string(buf[:n]) != "media" {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	if len(got) != 1 || len(none) != 0 {
		t.Errorf("%d and %d packets", len(got), len(none))
	}
	if _, err := relayed.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(198, 51, 100, 1), Port: port}); err == nil {
		t.Error("an address elsewhere was permitted")
	}
}

func TestCredentials(t *testing.T) {
	now := &clock{now: time.Now()}
	s := start(t, func(c *Config) { c.Now, c.TTL = now.get, time.Hour })
	ice := s.ICE("p1")[0]
	if want := "turn:127.0.0.1:" + strconv.Itoa(s.Ports().TCP) + "?transport=tcp"; !strings.Contains(strings.Join(ice.URLs, " "), want) {
		t.Errorf("%v has no %s", ice.URLs, want)
	}
	expires, _, _ := strings.Cut(ice.Username, ":")
	for name, c := range map[string]struct{ user, password string }{
		"wrong password": {ice.Username, "x"},
		"another person": {expires + ":p2", ice.Credential},
		"longer life":    {"9" + ice.Username, ice.Credential},
		"no time":        {"p1", ice.Credential},
	} {
		if _, end, err := allocate(t, s, c.user, c.password); err == nil {
			end()
			t.Errorf("%s: accepted", name)
		}
	}
	_, end, err := allocate(t, s, ice.Username, ice.Credential)
	if err != nil {
		t.Fatal(err)
	}
	end()
	now.add(2 * time.Hour)
	if _, end, err := allocate(t, s, ice.Username, ice.Credential); err == nil {
		end()
		t.Error("expired: accepted")
	}
}

func TestQuota(t *testing.T) {
	s := start(t, nil)
	ice := s.ICE("p1")[0]
	for range maxPerPerson {
		_, end, err := allocate(t, s, ice.Username, ice.Credential)
		if err != nil {
			t.Fatal(err)
		}
		defer end()
	}
	if s.Allocations() != maxPerPerson {
		t.Errorf("%d allocations", s.Allocations())
	}
	if _, end, err := allocate(t, s, ice.Username, ice.Credential); err == nil {
		end()
		t.Error("one too many was given")
	}
	other := s.ICE("p2")[0]
	_, end, err := allocate(t, s, other.Username, other.Credential)
	if err != nil {
		t.Fatalf("somebody else: %v", err)
	}
	end()
}

func TestPermit(t *testing.T) {
	s := start(t, func(c *Config) { c.MediaIPs = []netip.Addr{netip.MustParseAddr("203.0.113.7")} })
	for ip, want := range map[string]bool{"127.0.0.1": true, "203.0.113.7": true, "203.0.113.8": false, "169.254.169.254": false, "::ffff:127.0.0.1": true} {
		if got := s.permit(nil, net.ParseIP(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
	if s.permit(nil, nil) {
		t.Error("no address was permitted")
	}
}

func TestBadConfig(t *testing.T) {
	for name, c := range map[string]Config{
		"short secret":  {UDP: "127.0.0.1:0", Secret: []byte("s"), MediaPort: 1},
		"no media port": {UDP: "127.0.0.1:0", Secret: bytes.Repeat([]byte("s"), 32)},
		"bad address":   {UDP: "nowhere", Secret: bytes.Repeat([]byte("s"), 32), MediaPort: 1},
		"no port":       {Secret: bytes.Repeat([]byte("s"), 32), MediaPort: 1},
	} {
		if s, err := New(c); err == nil {
			_ = s.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}
