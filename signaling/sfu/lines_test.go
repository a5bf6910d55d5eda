package sfu

import (
	"testing"
	"testing/synctest"
	"time"
)

const ms = time.Millisecond

// TestLines plays a minute of a consult over the lines that count: the sender in three encodings, the receiver or the sender behind the line.
func TestLines(t *testing.T) {
	narrow := direction{400_000, 150 * ms, 200 * ms, 0.02}
	lossy := direction{2_000_000, 150 * ms, 200 * ms, 0.05}
	wild := direction{1_000_000, 60 * ms, 200 * ms, 0.30}
	for name, c := range map[string]struct {
		down, up  direction // of the receiver's line
		sender    direction // of the sender's line, both ways
		concealed float64
		fps       int
	}{
		"clear":                     {direction{}, direction{}, direction{}, 0.001, 19},
		"receiver at 0.4 Mbit/s":    {narrow, narrow, direction{}, 0.005, 9},
		"receiver at 2 Mbit/s, 5 %": {lossy, lossy, direction{}, 0.005, 15},
		"sender at 5 %":             {direction{}, direction{}, direction{0, 150 * ms, 0, 0.05}, 0.008, 15},
		"a third gets lost":         {wild, wild, direction{}, 0.04, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.close()
				w.net.set("10.0.0.2", c.sender, c.sender)
				w.net.set("10.0.0.3", c.down, c.up)
				a := w.join("a", "10.0.0.2", true, 0, "mic", "camera*")
				time.Sleep(2 * time.Second)
				a.talk()
				a.film("cameral", 120_000, 120)
				a.film("cameram", 350_000, 240)
				a.film("camerah", 900_000, 480)
				b := w.join("b", "10.0.0.3", true, 1)
				time.Sleep(15 * time.Second)
				concealed, pictures := b.during(30 * time.Second)
				got := b.picture(pictures, "a", "camera")
				var line Sample
				for _, s := range w.room.Sample(time.Second) {
					if s.Peer == "b" {
						line = s
					}
				}
				t.Logf("%-26s concealed %.2f %%, %d frames of %d lines, %d kbit/s, %d lost for good, %d keys, estimate %.0f kbit/s, layer %s, %d dropped by the line",
					name, concealed*100, got.frames, got.height, got.bytes*8/30_000, got.lost, got.keys, line.Estimate/1000, line.Layer, w.net.lost)
				if concealed > c.concealed {
					t.Errorf("%.2f %% of the sound is concealed", concealed*100)
				}
				if got.frames < c.fps*30 {
					t.Errorf("%d frames in 30 s", got.frames)
				}
				if got.back > 0 {
					t.Errorf("time jumped back %d times", got.back)
				}
			})
		})
	}
}
