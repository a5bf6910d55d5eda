package sfu

import "time"

// downlink estimates what a receiver's line can take, once a second, from what its owner can see without its help: loss, and the growth of the round trip that a
// filling queue makes. What the receiver itself believes (REMB) counts only while there are signs of trouble: by itself it collapses when a busy
// computer reads its packets late, and never finds back up, because it only grows with what it is sent. It is a plain value; next is pure.
type downlink struct {
	target float64       // bits/s; 0 until the first second
	base   time.Duration // round trip of the empty line
	loss   float64       // smoothed: a second has too few packets to judge by
	late   int           // seconds in a row with a long round trip
}

// second is what was seen in one second.
type second struct {
	sent     float64 // bits/s that were sent
	loss     float64 // share that did not arrive, 0…1
	rtt      time.Duration
	believed float64 // the receiver's own estimate in bits/s, 0 unknown
}

// Limits and signs of trouble.
const (
	lineMax   = 6_000_000 // bits/s
	lineMin   = 60_000
	hardLoss  = 0.10
	softLoss  = 0.04
	hardQueue = 300 * time.Millisecond
	softQueue = 120 * time.Millisecond
	lateAfter = 3 // seconds: one late answer is a busy computer, not a full queue
)

func (d downlink) next(s second) downlink {
	if d.target == 0 {
		d.target = lineMax
	}
	if d.base == 0 || s.rtt < d.base {
		d.base = s.rtt
	}
	queue := s.rtt - d.base
	d.loss += (s.loss - d.loss) * 0.4
	if d.late++; queue < softQueue {
		d.late = 0
	}
	full := d.late >= lateAfter
	d.base += d.base / 100 // a route that became longer is believed after a while
	switch {
	case full && queue >= hardQueue:
		d.target = min(d.target, s.sent) * 0.8
	case d.loss >= hardLoss: // as GCC's loss-based part does
		d.target = min(d.target, s.sent) * (1 - d.loss/2)
	case (d.loss >= softLoss || full) && s.believed > 0 && s.believed < s.sent:
		d.target = min(d.target, max(s.believed, s.sent*0.8))
	default:
		d.target = d.target*1.08 + 25_000
	}
	d.target = min(max(d.target, lineMin), lineMax)
	return d
}
