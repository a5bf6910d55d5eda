// Package e2e_test holds calls between real browsers through the real server. They need Chromium, Node, and the packages of web/app; without them they are
// skipped, except where CI is set.
package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/turn"
)

// need skips a test where a program is missing, or fails it in CI.
func need(t *testing.T) (chromium string) {
	t.Helper()
	missing := func(what string) {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing", what)
		}
		t.Skipf("%s is missing", what)
	}
	if testing.Short() {
		t.Skip("browsers are not short")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		missing("Chromium")
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing("Node")
	}
	if _, err := os.Stat("../../web/app/node_modules/playwright-core"); err != nil {
		missing("web/app/node_modules")
	}
	return chromium
}

// page builds the test page.
func page(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "node", "build.mjs", dir).CombinedOutput(); err != nil {
		t.Fatalf("build the page: %v\n%s", err, out)
	}
	return dir
}

// site is a web server whose signalling can be stopped and started again behind it.
type site struct {
	t      *testing.T
	config signaling.Config
	*httptest.Server

	mu     sync.Mutex
	server *signaling.Server
	lines  map[net.Conn]bool // WebSockets
	stop   func()
}

func open(t *testing.T, dir string, change func(*signaling.Config)) *site {
	t.Helper()
	s := &site{t: t, lines: map[net.Conn]bool{}, config: signaling.Config{
		Key: bytes.Repeat([]byte("k"), 32), MediaUDP: "127.0.0.1:0", Loopback: true, SampleEvery: time.Second,
	}}
	if change != nil {
		change(&s.config)
	}
	s.start()
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("/rtc", func(w http.ResponseWriter, r *http.Request) { s.current().Handler().ServeHTTP(w, r) })
	mux.HandleFunc("/ticket", s.ticket)
	mux.HandleFunc("/restart", func(http.ResponseWriter, *http.Request) { s.halt(); s.start() })
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { s.cut() })
	s.Server = httptest.NewUnstartedServer(mux)
	s.Server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if state == http.StateHijacked {
			s.lines[c] = true
		}
	}
	s.Server.Start()
	t.Cleanup(func() { s.halt(); s.Server.Close() })
	return s
}

// cut breaks every WebSocket without a word.
func (s *site) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.lines {
		_ = c.Close()
		delete(s.lines, c)
	}
}

func (s *site) current() *signaling.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server
}

func (s *site) start() {
	server, err := signaling.New(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- server.Run(ctx) }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = server
	s.stop = func() {
		cancel()
		if err := <-over; err != nil {
			s.t.Error(err)
		}
	}
}

func (s *site) halt() {
	s.mu.Lock()
	stop := s.stop
	s.mu.Unlock()
	stop()
}

func (s *site) ticket(w http.ResponseWriter, r *http.Request) {
	person := r.FormValue("person")
	ticket, err := s.current().Ticket(signaling.TicketRequest{
		Room: r.FormValue("room"), Person: yilian.PersonID(person), Name: "医生 " + person, CanSend: true, Grace: 30 * time.Second,
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = fmt.Fprint(w, ticket)
}

// run plays a scenario of run.mjs.
func (s *site) run(chromium, scenario string, env ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "run.mjs", s.URL, scenario)
	node.Env = append(append(os.Environ(), "CHROMIUM="+chromium), env...)
	out, err := node.CombinedOutput()
	s.t.Log(strings.TrimSpace(string(out)))
	if err != nil {
		s.t.Error(err)
	}
}

func TestBrowsers(t *testing.T) {
	chromium, dir := need(t), page(t)
	for _, scenario := range []string{"two", "three", "moved", "ice", "socket", "killed", "restart"} {
		t.Run(scenario, func(t *testing.T) { open(t, dir, nil).run(chromium, scenario) })
	}
}

// TestWalls holds calls where UDP does not come through.
func TestWalls(t *testing.T) {
	chromium, dir := need(t), page(t)
	t.Run("tcp", func(t *testing.T) {
		s := open(t, dir, func(c *signaling.Config) { c.MediaUDP, c.MediaTCP = "", "127.0.0.1:0" })
		s.run(chromium, "path", "WANT_PATH=tcp")
	})
	// The server's UDP port is open, but this browser may not use UDP at all.
	const noUDP = "FLAGS=--webrtc-ip-handling-policy=disable_non_proxied_udp"
	t.Run("udp-forbidden", func(t *testing.T) {
		s := open(t, dir, func(c *signaling.Config) { c.MediaTCP = "127.0.0.1:0" })
		s.run(chromium, "path", "WANT_PATH=tcp", noUDP)
	})
	t.Run("udp-forbidden-relay", func(t *testing.T) {
		relay := relayServer(t, "tcp")
		s := open(t, dir, func(c *signaling.Config) {
			c.MediaUDP = fmt.Sprintf("127.0.0.1:%d", relay.media)
			c.ICE = relay.ICE
		})
		s.run(chromium, "path", "WANT_PATH=relay-tcp", noUDP)
	})
	for _, way := range []string{"udp", "tcp"} {
		t.Run("relay-"+way, func(t *testing.T) {
			relay := relayServer(t, way)
			s := open(t, dir, func(c *signaling.Config) {
				c.MediaUDP = fmt.Sprintf("127.0.0.1:%d", relay.media)
				c.ICE = relay.ICE
			})
			s.run(chromium, "path", "WANT_PATH=relay-"+way)
		})
	}
}

type relayed struct {
	*turn.Server
	media int
}

func relayServer(t *testing.T, way string) relayed {
	t.Helper()
	probe, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	port := probe.LocalAddr().(*net.UDPAddr).Port
	if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	c := turn.Config{Secret: bytes.Repeat([]byte("s"), 32), MediaPort: port, Loopback: true, Hosts: []string{"127.0.0.1"}}
	if way == "udp" {
		c.UDP = "127.0.0.1:0"
	} else {
		c.TCP = "127.0.0.1:0"
	}
	s, err := turn.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return relayed{s, port}
}
