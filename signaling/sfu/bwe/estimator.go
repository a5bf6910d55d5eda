package bwe

import (
	"time"

	"yilian/signaling/sfu/packet"
)

// Limits in bits/s, and times.
const (
	Min = 50_000
	Max = 20_000_000

	historySize = 2048 // packets on their way: 2 s at 10 Mbit/s
	rateWindow  = 500 * time.Millisecond
	lossWindow  = 600 * time.Millisecond
	lossPackets = 25                    // fewer say nothing
	growing     = 15 * time.Millisecond // with less, a delay that grows is a busy computer
	standing    = 70 * time.Millisecond // a queue that does not go away
	staying     = time.Second           // and that is believed where little is sent
	baseForget  = 10 * time.Second
	silentAfter = time.Second // without feedback while packets go out
	quickGrowth = 0.25        // a second, while no limit was met yet, where an answer takes quickFrom
	quickest    = 0.6         // where it takes less than half of that: too much is noticed before it piles up
	quickFrom   = 300 * time.Millisecond
	slowGrowth  = 0.08
	decrease    = 0.85
	ceilingAge  = 45 * time.Second
	doubtedAge  = 10 * time.Second // where much less was sent than was allowed: it may have been a busy computer
	doubted     = 0.8
	mostPeak    = 1.5 // times the mean
	highLoss    = 0.10
)

// Estimator is one line's state. Create it with New; it is not safe for concurrent use.
type Estimator struct {
	target   float64
	start    time.Time // zero of all durations
	sent     [historySize]sent
	arrivals []packet.Arrival

	trend   trend
	clock   time.Duration // receiver's time of the last arrival, unwrapped
	delays  delays
	rate    rate
	loss    losses
	ceiling float64       // rate at the last congestion, 0 none yet, or long ago
	met     bool          // there has been congestion
	age     time.Duration // of the ceiling, after which it counts no more
	out     rate          // what was sent, by the sender's clock
	stands  time.Duration // since when there is a standing queue, 0: there is none
	heard   bool          // there has been feedback

	before       float64 // estimate before the line fell silent, 0: it is not
	lastFeedback time.Duration
	lastUpdate   time.Duration
	lastDecrease time.Duration
	sinceBack    int // packets sent since the last feedback
	congested    bool
}

type sent struct {
	at   time.Duration
	seq  uint16
	size uint16 // 0: empty or acknowledged
	lost bool   // has been told to be lost
}

// New makes an estimator that begins with a guess in bits/s.
func New(start float64, now time.Time) *Estimator {
	return &Estimator{target: clamp(start), start: now, lastFeedback: 0}
}

// Sent takes note of a packet, with its transport-wide number.
func (e *Estimator) Sent(seq uint16, size int, now time.Time) {
	e.sent[seq%historySize] = sent{at: now.Sub(e.start), seq: seq, size: uint16(min(size, 1<<16-1))}
	if e.sinceBack == 0 && e.lastFeedback < now.Sub(e.start)-silentAfter {
		e.lastFeedback = now.Sub(e.start) // nothing had been sent for long
	}
	e.sinceBack++
	e.out.add(now.Sub(e.start), size)
}

// Feedback takes a transport-wide feedback packet; rtt is the round trip, 0 unknown. It tells whether it could be read.
func (e *Estimator) Feedback(raw []byte, rtt time.Duration, at time.Time) bool {
	var ok bool
	if e.arrivals, ok = packet.ParseTWCC(raw, e.arrivals[:0]); !ok {
		return false
	}
	now := at.Sub(e.start)
	out := e.outage()
	if out {
		e.forget(now)
	}
	for i := range e.arrivals {
		if a := &e.arrivals[i]; a.Received || !out {
			e.arrival(a, now)
		}
	}
	e.lastFeedback, e.sinceBack, e.heard = now, 0, true
	if e.before > 0 { // the line is back: it carries about what it did, but on a way that may be another
		e.target = max(e.target, e.before*comeback)
		e.before = 0
		e.forget(now)
	}
	e.update(now, rtt)
	return true
}

// comeback is what a line that was silent is believed to carry of what it did.
const comeback = 0.7

// forget drops what was learnt of the line but for the estimate itself: it was gone, and may take another way now.
func (e *Estimator) forget(now time.Duration) {
	e.lastDecrease, e.ceiling, e.met = now, 0, false
	e.trend, e.delays, e.loss, e.rate = trend{threshold: e.trend.threshold}, delays{}, losses{usual: e.loss.usual}, rate{}
}

// An outage is a stretch in which nothing at all came through: a full queue lets something through all the time.
const (
	outageTime    = 300 * time.Millisecond
	outagePackets = 5
)

// outage tells that the arrivals show a line that was gone for a while, as in a shadow of the radio or while its address changed: no sign of a full one.
func (e *Estimator) outage() bool {
	var from time.Duration
	n := 0
	for i := range e.arrivals {
		a := &e.arrivals[i]
		s := &e.sent[a.Seq%historySize]
		switch {
		case a.Received:
			n = 0
		case s.size > 0 && s.seq == a.Seq && !s.lost:
			if n++; n == 1 {
				from = s.at
			}
			if n >= outagePackets && s.at-from >= outageTime {
				return true
			}
		}
	}
	return false
}

// arrival takes what is told of one packet; each counts once, so that feedback that comes twice does no harm.
func (e *Estimator) arrival(a *packet.Arrival, now time.Duration) {
	s := &e.sent[a.Seq%historySize]
	if s.size == 0 || s.seq != a.Seq || now-s.at > 10*time.Second {
		return
	}
	if !a.Received {
		if !s.lost {
			s.lost = true // it may still come; it was late then
			e.loss.add(false, now)
		}
		return
	}
	e.loss.add(true, now)
	arrived := packet.UnwrapTWCC(a.At, e.clock)
	e.clock = max(e.clock, arrived)
	e.rate.add(arrived, int(s.size))
	e.delays.add(arrived-s.at, arrived)
	e.trend.add(s.at, arrived)
	s.size = 0
}

// update draws the conclusions.
func (e *Estimator) update(now, rtt time.Duration) {
	if rtt <= 0 {
		rtt = 100 * time.Millisecond
	}
	elapsed := min(now-e.lastUpdate, time.Second)
	e.lastUpdate = now
	acked := e.through()
	queue := e.delays.queue()
	e.congested = e.full(now, queue)
	excess := e.loss.excess(now, queue)
	switch {
	case e.congested || excess > 0:
		if now-e.lastDecrease < max(rtt, 200*time.Millisecond)+100*time.Millisecond {
			return // the last one is not yet to be seen
		}
		e.decrease(now, acked, excess)
		e.lastDecrease = now
	case e.trend.state == under || e.trend.state == over && queue > growing || now-e.lastDecrease < rtt+300*time.Millisecond && e.lastDecrease > 0:
		// the queue empties, or one may be growing: wait
	default:
		e.grow(elapsed, rtt, acked)
	}
}

// decrease takes the line for what came through of late, or a little less.
func (e *Estimator) decrease(now time.Duration, acked, excess float64) {
	switch spare := e.spare(now); {
	case e.congested && acked > 0:
		acked = max(acked, min(e.rate.peak(e.clock), mostPeak*acked))
		again := e.age == doubtedAge && now-e.lastDecrease < 2*time.Second
		e.ceiling, e.met, e.age = acked, true, ceilingAge
		if again || spare {
			e.age = doubtedAge
		}
		e.target = min(e.target, clamp(acked*decrease))
	case e.congested:
		e.target = clamp(e.target * decrease)
	case acked > 0 && !spare: // a loss alone does not say where the line ends
		e.target = min(e.target, clamp(acked*(1-excess/2)))
	default:
		e.target = clamp(e.target * (1 - excess/2))
	}
}

// full tells that the line is: a queue grows, or stands. Where much less is sent than the line is believed to carry, it is as likely that the receiver's computer
// is busy, and comes to its packets late: only a queue that stays is believed then.
func (e *Estimator) full(now, queue time.Duration) bool {
	if queue <= standing {
		e.stands = 0
	} else if e.stands == 0 {
		e.stands = now
	}
	if e.spare(now) {
		return e.stands > 0 && now-e.stands >= staying
	}
	return e.trend.state == over && queue > growing || queue > standing
}

// spare tells that much less is sent than would be allowed.
func (e *Estimator) spare(now time.Duration) bool {
	sent := e.out.bits(now)
	return sent > 0 && sent < doubted*e.target
}

// grow raises the estimate, but never far above what has been seen to come through.
func (e *Estimator) grow(elapsed, rtt time.Duration, acked float64) {
	next := e.target
	switch {
	case e.ceiling == 0 && !e.met:
		next *= 1 + quick(rtt, e.delays.queue())*elapsed.Seconds()
	case e.ceiling == 0 || e.target > e.ceiling*1.2:
		next *= 1 + slowGrowth*elapsed.Seconds()
	case e.target > e.ceiling*0.8: // near where it was too much: about a packet a round trip
		next += min(8*1200/(rtt.Seconds()+0.1), 0.06*next) * elapsed.Seconds()
	default:
		next *= 1 + 2*slowGrowth*elapsed.Seconds()
	}
	if limit := e.limit(acked); next > limit {
		next = max(e.target, min(next, limit)) // little is sent: nothing is known of more
	}
	e.target = clamp(next)
	switch {
	case e.ceiling > 0 && e.target > e.ceiling*1.4: // the line has become better
		e.ceiling, e.met = 0, false
	case e.lastUpdate-e.lastDecrease > e.age:
		e.ceiling = 0
	}
}

// quick is the growth in a second as long as no limit was met: the sooner the receiver answers, the less of what is too much is under way by then.
func quick(rtt, queue time.Duration) float64 {
	if queue > growing/2 {
		return quickGrowth
	}
	return min(max(quickGrowth*float64(quickFrom)/float64(rtt), quickGrowth), quickest)
}

// limit is how far beyond what has been seen to come through the estimate may go: little where it was too much before.
func (e *Estimator) limit(acked float64) float64 {
	if e.ceiling > 0 && e.target > e.ceiling*0.75 {
		return 1.1*acked + 15_000
	}
	if e.met && e.ceiling == 0 {
		return 1.25*acked + 25_000
	}
	return 1.5*acked + 40_000
}

// Tick is called about once a second: without feedback the line is believed to fade.
func (e *Estimator) Tick(at time.Time) {
	now := at.Sub(e.start)
	if e.heard && e.sinceBack > 10 && now-e.lastFeedback > silentAfter {
		if e.before == 0 {
			e.before = e.target
		}
		e.target = clamp(e.target / 2)
		e.lastFeedback = now
		e.trend = trend{threshold: e.trend.threshold}
	}
}

// Heard tells that there has been feedback.
func (e *Estimator) Heard() bool { return e.heard }

// Target is what may be sent, in bits/s.
func (e *Estimator) Target() float64 { return e.target }

// Acked is what came through lately, in bits/s.
func (e *Estimator) Acked() float64 { return e.rate.bits(e.clock) }

// through is what was sent of what came through: a line that loses a third anyway carries what is sent, not what arrives.
func (e *Estimator) through() float64 { return e.rate.bits(e.clock) / (1 - min(e.loss.usual, 0.5)) }

// Loss is the share that was lost lately, 0…1, before repairs.
func (e *Estimator) Loss() float64 { return e.loss.last }

// Ceiling is what came through when the line was last full, in bits/s; 0 if that never was, or is long ago.
func (e *Estimator) Ceiling() float64 { return e.ceiling }

// Queue is how long packets wait on the line, as far as can be seen.
func (e *Estimator) Queue() time.Duration { return e.delays.queue() }

// Calm tells that nothing speaks against trying a little more: no queue, none growing, and no decrease within the time.
func (e *Estimator) Calm(at time.Time, since time.Duration) bool {
	now := at.Sub(e.start)
	return !e.congested && e.trend.state == normal && e.delays.queue() < standing/3 && e.lastFeedback > 0 &&
		(e.lastDecrease == 0 || now-e.lastDecrease > since) && e.loss.last < e.loss.limit()
}

func clamp(bits float64) float64 { return min(max(bits, Min), Max) }
