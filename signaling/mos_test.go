package signaling

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScoresOfKnownLines(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		line     speech
		from, to float64
	}{
		"a village with fibre":       {speech{delay: 20 * ms, jitter: 2 * ms}, 4.3, 4.5},
		"150 ms each way":            {speech{delay: 300 * ms, jitter: 10 * ms}, 4.0, 4.4},
		"a satellite":                {speech{delay: 600 * ms, jitter: 20 * ms}, 2.6, 3.6},
		"5 % of the sound is gone":   {speech{delay: 40 * ms, loss: 0.05}, 3.4, 4.0},
		"30 % of the sound is gone":  {speech{delay: 40 * ms, loss: 0.30}, 1.5, 2.6},
		"all of the sound is gone":   {speech{loss: 1}, 1, 1.3},
		"two seconds and much noise": {speech{delay: 2000 * ms, loss: 0.5}, 1, 1.01},
	} {
		if got := c.line.mos(); got < c.from || got > c.to {
			t.Errorf("%s: %v, want %v…%v", name, got, c.from, c.to)
		}
	}
}

// TestAWorseLineHasNoBetterScore plays any two lines of which one is worse in every figure.
func TestAWorseLineHasNoBetterScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 3000).Draw(t, name)) * time.Millisecond
		}
		a := speech{ms("delay"), ms("jitter"), rapid.Float64Range(0, 1).Draw(t, "loss")}
		b := speech{a.delay + ms("more delay"), a.jitter + ms("more jitter"), min(1, a.loss+rapid.Float64Range(0, 1).Draw(t, "more loss"))}
		if x, y := a.mos(), b.mos(); y > x || x > 4.5 || y < 1 {
			t.Fatalf("%+v has %v, %+v has %v", a, x, b, y)
		}
	})
}
