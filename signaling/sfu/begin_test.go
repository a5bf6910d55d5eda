package sfu

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestFirstPicture lets a receiver join a room in which somebody sends already, from behind 300 ms there and back: how long after its line is up has it a
// whole key frame?
func TestFirstPicture(t *testing.T) {
	for name, c := range map[string]struct {
		line          direction
		median, worst time.Duration // after the client's own side is up
	}{
		"nothing lost": {direction{2_000_000, 150 * ms, 200 * ms, 0}, 420 * ms, 450 * ms},
		"township":     {direction{2_000_000, 150 * ms, 200 * ms, 0.05}, 500 * ms, 2000 * ms},
		"satellite":    {direction{400_000, 150 * ms, 200 * ms, 0.02}, 600 * ms, 2000 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			var took []time.Duration
			for seed := range uint64(9) {
				took = append(took, firstPicture(t, c.line, seed))
			}
			t.Log(took)
			slices.Sort(took)
			if got := took[len(took)/2]; got > c.median {
				t.Errorf("%v in the middle", got)
			}
			if got := took[len(took)-1]; got > c.worst {
				t.Errorf("%v at worst", got)
			}
		})
	}
}

func firstPicture(t *testing.T, line direction, seed uint64) (took time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		a := w.join("a", "10.0.0.2", false, 0, "mic", "camera*")
		time.Sleep(2 * time.Second)
		a.talk()
		a.film("cameral", 120_000, 120)
		a.film("cameram", 350_000, 240)
		a.film("camerah", 900_000, 480)
		time.Sleep(3*time.Second + time.Duration(seed)*37*ms)
		w.net.seed(seed)
		w.net.set("10.0.0.3", line, line)
		b := w.join("b", "10.0.0.3", false, 1)
		up := b.whenUp()
		limit := time.Now().Add(20 * time.Second)
		for took == 0 && time.Now().Before(limit) {
			time.Sleep(10 * ms)
			b.mu.Lock()
			for _, s := range b.seen {
				if at := s.first.whole; !at.IsZero() {
					took = at.Sub(up)
				}
			}
			b.mu.Unlock()
		}
		if took == 0 {
			t.Error("no whole key frame")
		}
	})
	return took
}
