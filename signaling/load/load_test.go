package load

import (
	"context"
	"encoding/binary"
	"net/http/httptest"
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

// hall is a call server in this process.
func hall(t *testing.T) *Yilian {
	t.Helper()
	s, err := signaling.New(signaling.Config{Key: []byte(strings.Repeat("k", 32)), MediaUDP: "127.0.0.1:0", Loopback: true})
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
	}}
}

func TestOneToThree(t *testing.T) {
	y, clock := hall(t), NewClock()
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
