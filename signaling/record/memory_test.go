package record_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yilian/signaling/record"
	"yilian/signaling/sfu"
)

// sink is a store that takes everything and keeps nothing.
type sink struct {
	*memory
	bytes *atomic.Int64
}

func (s sink) Create(context.Context) (record.Writer, error) { return s, nil }
func (s sink) Write(p []byte) (int, error)                   { s.bytes.Add(int64(len(p))); return len(p), nil }
func (sink) Commit(context.Context, string) error            { return nil }
func (sink) Abort()                                          {}

// TestTwelveForLong: a recording of twelve people takes no more memory after twenty minutes than after two.
func TestTwelveForLong(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	video, audio := vp8Packets(t), opusPackets(t)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	var stored atomic.Int64
	synctest.Test(t, func(t *testing.T) {
		s, err := record.New(record.Config{Store: sink{newMemory(), &stored}}).Begin(t.Context(), record.Start{ID: "r1"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range uint64(12) {
			c, m := camera, mic
			c.ID, m.ID, c.Peer = 2*i, 2*i+1, fmt.Sprint("p", i)
			m.Peer = c.Peer
			s.Begin(c)
			s.Begin(m)
		}
		next, round := 0, uint32(0)
		for tick := range 20 * 60 * 50 {
			time.Sleep(20 * time.Millisecond)
			frames := 0
			for ; frames < 3 && (frames == 0 || !video[(next+frames-1)%len(video)].p.Marker); frames++ {
			}
			for i := range uint64(12) {
				a := audio[tick%len(audio)].p
				a.Seq, a.Timestamp = uint16(tick), uint32(tick)*960
				s.Packet(2*i+1, a, time.Now())
				if tick%3 != 0 {
					continue
				}
				for k := range frames {
					v := video[(next+k)%len(video)].p
					v.Seq, v.Timestamp = uint16(next+k), round*5400
					s.Packet(2*i, v, time.Now())
				}
			}
			if tick%3 == 0 {
				next += frames
				round++
			}
			switch tick {
			case 2 * 60 * 50:
				early = heap()
			case 20*60*50 - 1:
				late = heap()
			}
		}
		if err := s.Stop("ended"); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%.1f MB after 2 minutes, %.1f MB after 20; %.0f MB stored", float64(early)/1e6, float64(late)/1e6, float64(stored.Load())/1e6)
	if stored.Load() < 100<<20 {
		t.Errorf("only %d bytes were stored", stored.Load())
	}
	if late > early+early/4+(1<<20) {
		t.Errorf("%d bytes after 2 minutes, %d after 20", early, late)
	}
}

var _ sfu.Tap = (*record.Session)(nil)
