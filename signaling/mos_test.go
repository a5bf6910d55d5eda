package signaling

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
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

// TestWhatIsHeardOfALine: loss after repair counts, as far as somebody tells.
func TestWhatIsHeardOfALine(t *testing.T) {
	const frame = 20 * time.Millisecond
	said := func(concealed, seconds float64) *protocol.Report {
		return &protocol.Report{Concealed: concealed, Seconds: seconds}
	}
	for name, c := range map[string]struct {
		sample   sfu.Sample
		report   *protocol.Report
		want     speech
		from, to float64 // MOS
	}{
		"nothing lost":                       {sfu.Sample{RED: true}, nil, speech{}, 4.3, 4.5},
		"10 % lost, not repaired":            {sfu.Sample{DownLoss: 0.1, AudioDownLoss: 0.1}, nil, speech{loss: 0.1}, 2.8, 3.6},
		"10 % lost, RED":                     {sfu.Sample{DownLoss: 0.1, AudioDownLoss: 0.01, RED: true}, nil, speech{loss: 0.01, repair: frame}, 4.2, 4.4},
		"30 % lost of the sender, RED":       {sfu.Sample{UpLoss: 0.3, AudioUpLoss: 0.09, RED: true}, nil, speech{loss: 0.09, repair: frame}, 2.9, 3.8},
		"the worse way counts":               {sfu.Sample{UpLoss: 0.1, AudioUpLoss: 0.1, AudioDownLoss: 0.02}, nil, speech{loss: 0.1}, 2.8, 3.6},
		"only the picture lost":              {sfu.Sample{DownLoss: 0.2}, nil, speech{}, 4.3, 4.5},
		"the receiver concealed less":        {sfu.Sample{DownLoss: 0.1, AudioDownLoss: 0.1}, said(0.02, 5), speech{loss: 0.02}, 4.0, 4.3},
		"the receiver concealed more":        {sfu.Sample{DownLoss: 0.1, AudioDownLoss: 0.01, RED: true}, said(0.06, 5), speech{loss: 0.06, repair: frame}, 3.2, 3.9},
		"the receiver says of no time":       {sfu.Sample{DownLoss: 0.1, AudioDownLoss: 0.1}, said(0, 0), speech{loss: 0.1}, 2.8, 3.6},
		"what the sender lost, it hears not": {sfu.Sample{UpLoss: 0.1, AudioUpLoss: 0.1}, said(0, 5), speech{loss: 0.1}, 2.8, 3.6},
	} {
		got := speechOf(c.sample, c.report)
		if mos := got.mos(); got != c.want || mos < c.from || mos > c.to {
			t.Errorf("%s: %+v (%v), want %+v (%v…%v)", name, got, mos, c.want, c.from, c.to)
		}
	}
}

// TestAWorseLineHasNoBetterScore plays any two lines of which one is worse in every figure.
func TestAWorseLineHasNoBetterScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 3000).Draw(t, name)) * time.Millisecond
		}
		a := speech{ms("delay"), ms("jitter"), rapid.Float64Range(0, 1).Draw(t, "loss"), ms("repair")}
		b := speech{a.delay + ms("more delay"), a.jitter + ms("more jitter"), min(1, a.loss+rapid.Float64Range(0, 1).Draw(t, "more loss")), a.repair + ms("more repair")}
		if x, y := a.mos(), b.mos(); y > x || x > 4.5 || y < 1 {
			t.Fatalf("%+v has %v, %+v has %v", a, x, b, y)
		}
	})
}
