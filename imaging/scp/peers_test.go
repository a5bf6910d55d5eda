package scp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
	"yilian/internal/foreign"
)

// kept is what the test archive has taken in.
type kept struct {
	in   imaging.Incoming
	sum  string
	size int64
}

// memory is an archive that keeps only sums. fault, when set, is asked before the data set is read.
type memory struct {
	fault func(imaging.Incoming) error
	hold  chan struct{} // when set, Store waits for it after reading

	mu    sync.Mutex
	kept  map[yilian.InstanceUID]kept
	ended []string
}

func (m *memory) Store(_ context.Context, _ yilian.Actor, in imaging.Incoming, data io.Reader) (imaging.Stored, error) {
	if m.fault != nil {
		if err := m.fault(in); err != nil {
			return imaging.Stored{}, err
		}
	}
	sum := sha256.New()
	n, err := io.Copy(sum, data)
	if err != nil {
		return imaging.Stored{}, fmt.Errorf("reading the data set: %w", err)
	}
	if m.hold != nil {
		<-m.hold
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[yilian.InstanceUID]kept{}
	}
	m.kept[in.SOPInstance] = kept{in, hex.EncodeToString(sum.Sum(nil)), n}
	return imaging.Stored{Study: "1.2.3", Instance: in.SOPInstance, Size: n}, nil
}

func (m *memory) EndAssociation(_ context.Context, association string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = append(m.ended, association)
	return nil
}

func (m *memory) get(uid yilian.InstanceUID) (kept, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.kept[uid]
	return k, ok
}

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.kept)
}

// devices knows every calling AE title but STRANGER; DOWN makes the look-up fail.
type devices struct{}

func (devices) Device(_ context.Context, c Connection) (Caller, error) {
	switch c.Calling {
	case "STRANGER":
		return Caller{}, yilian.Errorf(yilian.NotFound, "device.unknown", "No such device.")
	case "DOWN":
		return Caller{}, fmt.Errorf("database is down")
	}
	return Caller{Actor: yilian.Actor{Device: c.Calling, Address: c.Address.String(), Institution: "county"}, Query: true}, nil
}

// door is a running server.
type door struct {
	*Server
	addr string
	stop func()
}

func open(t testing.TB, c Config) *door {
	t.Helper()
	if c.Listener == nil {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.Listener = l
	}
	if c.AETitle == "" {
		c.AETitle = "YILIAN"
	}
	if c.Devices == nil {
		c.Devices = devices{}
	}
	if c.Timeouts == (dimse.Timeouts{}) {
		c.Timeouts = dimse.Timeouts{ARTIM: 2 * time.Second, Idle: 10 * time.Second, Read: 5 * time.Second}
	}
	if testing.Verbose() {
		c.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	d := &door{Server: s, addr: c.Listener.Addr().String()}
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(d.stop)
	return d
}

// tool finds a program of DCMTK. Where the tests have to be whole, its absence is a failure.
func tool(t testing.TB, name string) string {
	t.Helper()
	return foreign.Program(t, name)
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, tool(t, name), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestEchoSCU(t *testing.T) {
	d := open(t, Config{Archive: &memory{}})
	host, port, _ := net.SplitHostPort(d.addr)
	run(t, "echoscu", "-v", "-aet", "TESTER", "-aec", "YILIAN", "--repeat", "3", host, port)
	if n := d.Stats().Echoes; n != 3 {
		t.Errorf("%d echoes counted, want 3", n)
	}
}
