// Package bwe estimates what a receiver's line can carry, from the sender's side: from when packets were sent and when the receiver says they came
// (transport-wide feedback). It is pure: time is an argument, and it knows no connection.
package bwe

import (
	"math"
	"time"
)

// usage is what the delay of the last packets says of the line.
type usage int

const (
	normal usage = iota
	over         // a queue is growing
	under        // a queue is emptying
)

// Constants of the delay-based detector (draft-ietf-rmcat-gcc-02 5, with the line fit that replaced its Kalman filter).
const (
	burst        = 5 * time.Millisecond // packets sent within it are one group
	trendWindow  = 20                   // groups
	trendSmooth  = 0.9
	trendGain    = 4.0
	maxDeltas    = 60
	overuseAfter = 10 * time.Millisecond
	thresholdMin = 6.0 // ms
	thresholdMax = 600.0
	kUp, kDown   = 0.0087, 0.039 // adaption of the threshold, per ms
)

// trend fits a line through the one-way delay of groups of packets: its slope tells whether a queue grows.
type trend struct {
	current, previous group
	groups            int
	accumulated       float64 // ms of delay gained since the start
	smoothed          float64
	points            [trendWindow]point
	n                 int
	first             time.Duration // arrival of the first group
	threshold         float64
	overFor           time.Duration
	overs             int
	lastSlope         float64
	lastUpdate        time.Duration
	state             usage
}

type group struct {
	firstSent, lastSent time.Duration
	arrived             time.Duration
	used                bool
}

type point struct{ at, delay float64 } // ms

// add takes a packet that arrived; sent and arrived are on two clocks with any offset.
func (t *trend) add(sent, arrived time.Duration) {
	switch {
	case !t.current.used:
		t.current = group{sent, sent, arrived, true}
	case sent < t.current.firstSent:
		return // sent before the group began: out of order
	case sent-t.current.firstSent <= burst || arrived-t.current.arrived <= burst && arrived-t.current.arrived < sent-t.current.lastSent:
		t.current.lastSent = max(t.current.lastSent, sent)
		t.current.arrived = max(t.current.arrived, arrived)
	default:
		if t.previous.used {
			t.group()
		}
		t.previous, t.current = t.current, group{sent, sent, arrived, true}
	}
}

// group takes the step from the previous group to the current one.
func (t *trend) group() {
	sent, arrived := t.current.lastSent-t.previous.lastSent, t.current.arrived-t.previous.arrived
	if arrived < 0 || arrived > 3*time.Second {
		*t = trend{threshold: t.threshold}
		return
	}
	if t.threshold == 0 {
		t.threshold = 12.5
	}
	if t.groups == 0 {
		t.first = t.previous.arrived
	}
	t.groups++
	t.accumulated += ms(arrived - sent)
	t.smoothed = trendSmooth*t.smoothed + (1-trendSmooth)*t.accumulated
	t.points[t.n%trendWindow] = point{ms(t.current.arrived - t.first), t.smoothed}
	t.n++
	if t.n >= trendWindow {
		t.detect(t.slope(), sent)
	}
}

// slope fits a line by least squares.
func (t *trend) slope() float64 {
	var x, y float64
	for _, p := range t.points {
		x += p.at
		y += p.delay
	}
	x /= trendWindow
	y /= trendWindow
	var num, den float64
	for _, p := range t.points {
		num += (p.at - x) * (p.delay - y)
		den += (p.at - x) * (p.at - x)
	}
	if den == 0 {
		return 0
	}
	return num / den
}

func (t *trend) detect(slope float64, step time.Duration) {
	modified := float64(min(t.groups, maxDeltas)) * slope * trendGain
	switch {
	case modified > t.threshold:
		t.overFor += step
		t.overs++
		if t.overFor > overuseAfter && t.overs > 1 && slope >= t.lastSlope {
			t.overFor, t.overs, t.state = 0, 0, over
		}
	case modified < -t.threshold:
		t.overFor, t.overs, t.state = 0, 0, under
	default:
		t.overFor, t.overs, t.state = 0, 0, normal
	}
	t.lastSlope = slope
	t.adapt(math.Abs(modified))
}

// adapt moves the threshold towards what is seen, so that a competing flow or a jittery line does not starve us.
func (t *trend) adapt(seen float64) {
	now := t.current.arrived
	step := min(ms(now-t.lastUpdate), 100)
	t.lastUpdate = now
	if seen > t.threshold+15 {
		return // a spike
	}
	k := kDown
	if seen > t.threshold {
		k = kUp
	}
	t.threshold = min(max(t.threshold+k*(seen-t.threshold)*step, thresholdMin), thresholdMax)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
