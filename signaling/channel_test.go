package signaling_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yilian/signaling/protocol"
)

// shown keeps what everybody was shown of whom, and how late.
type shown struct {
	mu     sync.Mutex
	values map[string][]int64 // by "who<from"
	late   []time.Duration
}

func (s *shown) hears(name string, v *protocol.Shared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sent time.Time
	if json.Unmarshal(v.Data, &sent) == nil {
		s.late = append(s.late, time.Since(sent))
	}
	key := name + "<" + v.From
	s.values[key] = append(s.values[key], v.N)
}

func (s *shown) take(key string) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.values[key]
	s.values[key] = nil
	return out
}

// scroll shows 15 pictures a second for a time and gives the last number.
func scroll(t *testing.T, p *participant, from int64, d time.Duration) (last int64) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second / 15) {
		from++
		data, err := time.Now().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if channel, err := p.Share(protocol.Share{Topic: protocol.TopicViewer, N: from, Keep: true, Data: data}); err != nil || !channel {
			t.Fatalf("%v, by the channel: %v", err, channel)
		}
	}
	return from
}

// within tells how many of the delays are at most d.
func within(late []time.Duration, d time.Duration) float64 {
	n := 0
	for _, l := range late {
		if l <= d {
			n++
		}
	}
	return float64(n) / float64(max(1, len(late)))
}

// TestInStep looks together over lines of 75 ms each way: everybody is in step within the line and 150 ms, loses nothing when the line does, and who comes late
// begins where the others are. Sockets have no delay here, so that what comes late came by the channel.
func TestInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const way = 75 * time.Millisecond
		w := newFarWorld(t, way)
		defer w.close()
		seen := &shown{values: map[string][]int64{}}
		w.looks, w.heard = true, seen.hears
		a, b := w.join("a"), w.join("b")
		w.join("c")
		time.Sleep(3 * time.Second)
		if err := a.Send(protocol.Present{On: true}); err != nil {
			t.Fatal(err)
		}
		last := scroll(t, a, 0, 10*time.Second)
		time.Sleep(time.Second)
		for _, who := range []string{"b<a", "c<a"} {
			if got := seen.take(who); int64(len(got)) != last || !slices.IsSorted(got) {
				t.Errorf("%s: %d of %d", who, len(got), last)
			}
		}
		if slices.Min(seen.late) < 2*way || slices.Max(seen.late) > 2*way+150*time.Millisecond {
			t.Errorf("between %v and %v late", slices.Min(seen.late), slices.Max(seen.late))
		}

		w.loss.Store(50)
		seen.late = nil
		before := last
		last = scroll(t, a, last, 2*time.Minute) // so long that chance evens out
		time.Sleep(5 * time.Second)
		for _, who := range []string{"b<a", "c<a"} {
			if got := seen.take(who); int64(len(got)) != last-before || !slices.IsSorted(got) {
				t.Errorf("%s, with loss: %d of %d", who, len(got), last-before)
			}
		}
		slices.Sort(seen.late)
		share := within(seen.late, 2*way+150*time.Millisecond)
		t.Logf("5 %% lost: %.0f %% within the line and 150 ms, the worst %v", share*100, slices.Max(seen.late))
		if share < 0.65 {
			t.Errorf("%.0f %% in step", share*100)
		}

		w.loss.Store(0)
		late := w.join("d")
		if got := late.Welcomed(); len(got.Shared) != 1 || got.Shared[0].N != last {
			t.Errorf("who comes late is shown %+v, not %d", got.Shared, last)
		}
		if err := a.Control(protocol.ActionPresent, "b", ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		last = scroll(t, b, last, time.Second)
		time.Sleep(time.Second)
		for _, who := range []string{"a<b", "c<b", "d<b"} {
			if got := seen.take(who); len(got) == 0 || got[len(got)-1] != last {
				t.Errorf("after the hand-over %s: %v, not up to %d", who, got, last)
			}
		}
	})
}

// TestFloodOnTheChannel lets one say as much as the transport takes: the others stay in step.
func TestFloodOnTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFarWorld(t, 20*time.Millisecond)
		defer w.close()
		seen := &shown{values: map[string][]int64{}}
		w.looks, w.heard = true, seen.hears
		a, b, mallory := w.join("a"), w.join("b"), w.join("mallory")
		time.Sleep(3 * time.Second)
		ctx, stop := context.WithCancel(t.Context())
		var flood sync.WaitGroup
		flood.Go(func() {
			data := json.RawMessage(fmt.Sprintf("%q", strings.Repeat("x", 1000)))
			for n := 0; ctx.Err() == nil; n++ {
				_, _ = mallory.Share(protocol.Share{Topic: protocol.TopicPointer, N: 1, Data: data})
				time.Sleep(2 * time.Millisecond)
			}
		})
		last := scroll(t, a, 0, 10*time.Second)
		time.Sleep(time.Second)
		stop()
		flood.Wait()
		if got := seen.take("b<a"); int64(len(got)) != last {
			t.Errorf("b: %d of %d", len(got), last)
		}
		if worst := slices.Max(seen.late); worst > 190*time.Millisecond {
			t.Errorf("the worst was %v late", worst)
		}
		if n := len(seen.take("b<mallory")); n > protocol.MaxBurst+10*protocol.MaxRate {
			t.Errorf("b was told %d times", n)
		}
		if mallory.closed.Load() == 0 {
			t.Error("the flood was borne")
		}
		if b.left.Load() != 0 || b.during(time.Second, "mic", "a") < 40 {
			t.Error("the others noticed")
		}
	})
}
