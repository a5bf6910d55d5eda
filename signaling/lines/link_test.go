package lines

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("LINES_TEST_ROLE"); role != "" {
		play(role) // this binary, started again inside a namespace
		return
	}
	goleak.VerifyTestMain(m)
}

// need skips where links cannot be made, or fails in CI.
func need(t *testing.T) {
	t.Helper()
	if err := Missing(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func open(t *testing.T, c Config) *Link {
	t.Helper()
	need(t)
	l, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		for _, ns := range []string{l.Near, l.Far} {
			if _, err := os.Stat(filepath.Join("/run/netns", ns)); err == nil {
				t.Errorf("%s is left", ns)
			}
		}
	})
	return l
}

// heard is what a probe tells of one exchange.
type heard struct {
	RTT  []float64 // ms
	Sent int
	From []string // who the server saw, each once
}

// exchange runs an echo server in the near namespace and a probe in the far one.
func exchange(t *testing.T, l *Link, network string, probes int, during func()) heard {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	spawn := func(ns string, role string) *exec.Cmd {
		c := l.Command(ctx, ns, os.Args[0])
		c.Env = append(os.Environ(), "LINES_TEST_ROLE="+role, fmt.Sprintf("LINES_TEST_PROBES=%d", probes))
		c.Stderr = os.Stderr
		return c
	}
	server := spawn(l.Near, network+"-server")
	in, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make([]byte, 6)
	if _, err := out.Read(ready); err != nil {
		t.Fatal(err)
	}
	if during != nil {
		go during()
	}
	said, err := spawn(l.Far, network+"-probe").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var h heard
	if err := json.Unmarshal(said, &h); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	var from struct{ From []string }
	if err := json.NewDecoder(out).Decode(&from); err != nil {
		t.Fatal(err)
	}
	h.From = from.From
	if err := server.Wait(); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestDelayAndLoss(t *testing.T) {
	c := Conditions{Delay: 40 * ms, Loss: 0.2}
	h := exchange(t, open(t, Config{Up: c, Down: c, Seed: 3}), "udp", 200, nil)
	if n := len(h.RTT); n < 100 || n > 155 { // 0.8² of 200 is 128
		t.Errorf("%d of %d came back", n, h.Sent)
	}
	for _, rtt := range h.RTT {
		if rtt < 80 {
			t.Errorf("came back after %.1f ms", rtt)
			break
		}
	}
}

// TestTCPLosesToo: the kernel's TCP runs over the line and repeats what was lost.
func TestTCPLosesToo(t *testing.T) {
	c := Conditions{Delay: 10 * ms, Loss: 0.1}
	l := open(t, Config{Up: c, Down: c, Seed: 1})
	if h := exchange(t, l, "tcp", 50, nil); len(h.RTT) != 50 {
		t.Errorf("%d of 50 came back", len(h.RTT))
	}
	if s := l.Stats(); s.Up["lost"] == 0 || s.Down["lost"] == 0 {
		t.Errorf("nothing was lost: %v", s)
	}
}

func TestUDPBlocked(t *testing.T) {
	c := Conditions{NoUDP: true}
	l := open(t, Config{Up: c, Down: c})
	if h := exchange(t, l, "udp", 10, nil); len(h.RTT) != 0 {
		t.Errorf("%d came back", len(h.RTT))
	}
	if h := exchange(t, l, "tcp", 10, nil); len(h.RTT) != 10 {
		t.Errorf("TCP: %d of 10 came back", len(h.RTT))
	}
}

func TestRebinding(t *testing.T) {
	l := open(t, Config{NAT: true, Up: Conditions{Delay: 5 * ms}})
	h := exchange(t, l, "udp", 100, func() {
		time.Sleep(200 * ms)
		l.Rebind()
	})
	if len(h.RTT) < 90 {
		t.Errorf("%d of %d came back", len(h.RTT), h.Sent)
	}
	if len(h.From) != 2 || strings.HasPrefix(h.From[0], "10.77.0.2:") || hostOf(h.From[0]) == hostOf(h.From[1]) {
		t.Errorf("the server saw %v", h.From)
	}
}

func hostOf(addr string) string {
	host, _, _ := strings.Cut(addr, ":")
	return host
}

func TestBlackOutOnALink(t *testing.T) {
	l := open(t, Config{})
	h := exchange(t, l, "udp", 100, func() {
		time.Sleep(200 * ms)
		l.Dark(300 * ms)
	})
	if lost := h.Sent - len(h.RTT); lost < 20 || lost > 60 {
		t.Errorf("%d of %d lost in 0.3 of 1 s", lost, h.Sent)
	}
}

func TestMove(t *testing.T) {
	l := open(t, Config{})
	if err := l.Move(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := exchange(t, l, "udp", 20, nil)
	if len(h.RTT) != 20 || hostOf(h.From[0]) != l.FarAddr().String() || l.FarAddr() == farAddr {
		t.Errorf("%d came back, from %v", len(h.RTT), h.From)
	}
}

// TestNothingLeaves: what is for the world outside ends in the emulator.
func TestNothingLeaves(t *testing.T) {
	l := open(t, Config{})
	out, err := l.Command(t.Context(), l.Far, "ip", "-o", "link").Output()
	if err != nil || strings.Count(string(out), "\n") != 2 {
		t.Errorf("devices beside lo and the line: %s %v", out, err)
	}
	if forwards, err := l.Command(t.Context(), l.Near, "cat", "/proc/sys/net/ipv4/ip_forward").Output(); err != nil || strings.TrimSpace(string(forwards)) != "0" {
		t.Errorf("the near end forwards: %s %v", forwards, err)
	}
}

// TestStaleOnesAreRemoved: a process was killed before it could clean up.
func TestStaleOnesAreRemoved(t *testing.T) {
	need(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	stale := fmt.Sprintf("%s%d-1n", namespace, dead.Process.Pid)
	if err := run(t.Context(), "ip", "netns", "add", stale); err != nil {
		t.Fatal(err)
	}
	open(t, Config{})
	if _, err := os.Stat(filepath.Join("/run/netns", stale)); err == nil {
		t.Error("it is there still")
	}
}

func TestOwner(t *testing.T) {
	for name, want := range map[string]int{"yl-line-123-1n": 123, "yl-line-x": 0, "other": 0, "yl-line-": 0} {
		if pid, _ := owner(name); pid != want {
			t.Errorf("%s: %d", name, pid)
		}
	}
}
