package load

import (
	"context"
	"encoding/binary"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yilian"
	"yilian/signaling"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStream(t *testing.T) {
	s := &stream{}
	var video, audio, keys int
	last := map[bool]time.Duration{}
	seq := map[bool]uint16{true: 0xffff, false: 0xffff}
	for range 20 * 10 {
		for _, p := range s.next() {
			if p.due < last[p.video] {
				t.Fatalf("due at %v after %v", p.due, last[p.video])
			}
			last[p.video] = p.due
			if p.SequenceNumber != seq[p.video]+1 {
				t.Fatalf("number %d after %d", p.SequenceNumber, seq[p.video])
			}
			seq[p.video] = p.SequenceNumber
			if !p.video {
				audio++
				continue
			}
			video++
			if p.Payload[0]&0x10 != 0 && p.Payload[vp8Descriptor]&1 == 0 {
				keys++
				if w := binary.LittleEndian.Uint16(p.Payload[vp8Descriptor+6:]); w != 640 {
					t.Errorf("a key frame %d wide", w)
				}
			}
			p.stamp(p.due)
			if at, ok := readStamp(p.Payload); !ok || at != p.due {
				t.Errorf("stamp %v %v", at, ok)
			}
		}
	}
	if video != 1840 || audio != 500 || keys != 10 {
		t.Errorf("%d of video, %d of audio, %d key frames in 10 s", video, audio, keys)
	}
}

func TestReadStampOfAnything(t *testing.T) {
	for _, b := range [][]byte{nil, {0}, stampMark, append(make([]byte, 80), stampMark...), append(make([]byte, 60), stampMark...)} {
		if at, ok := readStamp(b); ok {
			t.Errorf("%x: %v", b, at)
		}
	}
}

// hall is a call server in this process. A seat is kept for a moment only.
func hall(t *testing.T) (*Yilian, *signaling.Server) {
	t.Helper()
	s, err := signaling.New(signaling.Config{Key: []byte(strings.Repeat("k", 32)), MediaUDP: "127.0.0.1:0", Loopback: true, Grace: time.Second, MaxPeople: 100})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- s.Run(ctx) }()
	web := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		cancel()
		if err := <-over; err != nil {
			t.Error(err)
		}
		web.Close()
	})
	api, err := NewAPI(true)
	if err != nil {
		t.Fatal(err)
	}
	return &Yilian{URL: "ws" + strings.TrimPrefix(web.URL, "http"), API: api, Ticket: func(room, person string, sends bool) (string, error) {
		return s.Ticket(signaling.TicketRequest{Room: room, Person: yilian.PersonID(person), Name: person, CanSend: sends, Listener: !sends})
	}}, s
}

func TestOneToThree(t *testing.T) {
	y, _ := hall(t)
	clock := NewClock()
	source, err := NewSource(clock, "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := source.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	parties := []Party{{Name: "a", Source: source}}
	var sinks []*Sink
	for _, name := range []string{"b", "c", "d"} {
		sinks = append(sinks, NewSink(clock))
		parties = append(parties, Party{Name: name, Sink: sinks[len(sinks)-1]})
	}
	leave, err := y.Fill(t.Context(), "r", parties)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		done := true
		for _, s := range sinks {
			s.Measure(s.Streams() == 2)
			done = done && s.Packets() > 200
		}
		if done {
			break
		}
	}
	for _, s := range sinks {
		if s.Packets() < 200 || s.Streams() != 2 {
			t.Errorf("%d packets of %d streams", s.Packets(), s.Streams())
		}
	}
	if err := leave(); err != nil {
		t.Error(err)
	}
	cancel()
	wg.Wait()
}

// TestChurn: hundreds come, leave, are killed and come back; the server forgets them all. What would be left at the end is seen by goleak too.
func TestChurn(t *testing.T) {
	y, s := hall(t)
	people := 300
	if testing.Short() {
		people = 60
	}
	// The rooms themselves stay for a minute after the last person, so that chat outlives a lost line: every wave opens all of them, and the first one's count
	// holds them already.
	settled := func(within int) (goroutines int) {
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if goroutines = runtime.NumGoroutine(); s.Stats().Sockets == 0 && goroutines <= within {
				break
			}
		}
		return goroutines
	}
	first := 0
	for wave := range uint64(3) {
		c := Churn{People: people / 3, Rooms: 10, Media: 6, AtOnce: 24, Seed: wave, Stay: 300 * time.Millisecond}
		seen, err := c.Run(t.Context(), y)
		if err != nil {
			t.Fatal(err)
		}
		if wave == 0 {
			time.Sleep(5 * time.Second) // longer than any seat is kept
			first = settled(1 << 30)
			continue
		}
		if after := settled(first + 5); after > first+5 {
			t.Errorf("%d goroutines after the first wave, %d after wave %d", first, after, wave+1)
			_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		}
		t.Log(seen)
	}
	if n := s.Stats().Sockets; n != 0 {
		t.Errorf("%d sockets are left", n)
	}
}
