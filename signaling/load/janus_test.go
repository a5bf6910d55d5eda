package load

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestJanus: a real Janus forwards what we send, so that the comparison compares something.
func TestJanus(t *testing.T) {
	if _, err := exec.LookPath("janus"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("janus is not installed")
	}
	url := startJanus(t)
	api, err := NewAPI(false)
	if err != nil {
		t.Fatal(err)
	}
	clock := NewClock()
	ctx, stop := context.WithCancel(t.Context())
	var sources sync.WaitGroup
	defer sources.Wait()
	defer stop()
	var parties []Party
	for _, name := range []string{"a", "b"} {
		source, err := NewSource(clock, name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Go(func() { _ = source.Run(ctx) })
		parties = append(parties, Party{Name: name, Source: source, Sink: NewSink(clock)})
	}
	parties = append(parties, Party{Name: "c", Sink: NewSink(clock)})
	leave, err := (&Janus{URL: url, API: api}).Fill(t.Context(), "r", parties)
	if err != nil {
		t.Fatal(err)
	}
	for i, streams := range []int{2, 2, 4} {
		sink := parties[i].Sink
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end) && sink.Packets() < 200; {
			time.Sleep(20 * time.Millisecond)
		}
		if sink.Packets() < 200 || sink.Streams() != streams {
			t.Errorf("%s: %d packets of %d streams", parties[i].Name, sink.Packets(), sink.Streams())
		}
	}
	if err := leave(); err != nil {
		t.Error(err)
	}
}

func startJanus(t *testing.T) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range JanusConfig(dir, port) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	janus := exec.Command("janus", "-F", dir, "-o")
	if err := janus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = janus.Process.Kill()
		_ = janus.Wait() // it was killed
	})
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			break
		}
	}
	return "ws://" + addr
}
