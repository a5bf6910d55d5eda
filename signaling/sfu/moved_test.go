package sfu

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestMoved gives somebody another address in the middle of a call, as a phone has that goes from Wi-Fi to the mobile network. A moment later the client
// restarts ICE: from then on it takes round trips, and nothing waits for the former path to be given up.
func TestMoved(t *testing.T) {
	for name, c := range map[string]struct {
		line    direction
		sound   time.Duration // both ways, after the answer
		picture time.Duration
	}{
		"road":      {direction{4_000_000, 40 * ms, 200 * ms, 0.005}, 500 * ms, 1000 * ms},
		"satellite": {direction{400_000, 150 * ms, 200 * ms, 0}, 1000 * ms, 2000 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.close()
				w.net.set("10.0.0.3", c.line, c.line)
				a, b := talkTogether(w)
				w.net.move("10.0.0.3", "10.0.0.30")
				time.Sleep(600 * ms)
				b.restart(1)
				at := make(chan [2]time.Duration, 1)
				go func() {
					sound, picture := a.backAfter(20 * time.Second)
					at <- [2]time.Duration{sound, picture}
				}()
				sound, picture := b.backAfter(20 * time.Second)
				other := <-at
				t.Logf("moved: hears after %v, sees after %v; is heard after %v, seen after %v", sound, picture, other[0], other[1])
				for _, got := range []time.Duration{sound, other[0]} {
					if got < 0 || got > c.sound {
						t.Errorf("sound after %v", got)
					}
				}
				for _, got := range []time.Duration{picture, other[1]} {
					if got < 0 || got > c.picture {
						t.Errorf("a picture after %v", got)
					}
				}
				time.Sleep(5 * time.Second)
				if s := w.slotsOf("b"); len(s) != 2 || s[0].Paused || s[1].Paused {
					t.Errorf("after 5 s: %+v", s)
				}
			})
		})
	}
}

// talkTogether puts two people into a call, both with sound and pictures, and lets it run for a while.
func talkTogether(w *world) (a, b *person) {
	a = w.join("a", "10.0.0.2", true, 1, "mic", "camera")
	b = w.join("b", "10.0.0.3", true, 1, "mic", "camera")
	time.Sleep(3 * time.Second)
	for _, p := range []*person{a, b} {
		p.talk()
		p.film("camera", 200_000, 240)
	}
	time.Sleep(10 * time.Second)
	return a, b
}
