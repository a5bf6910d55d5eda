package record

import "time"

// clock puts the timestamps of one stream on the recorder's time line: at first by the arrival of its packets, then by the sender reports,
// which tie the streams of one sender together. The zero value with a rate is ready.
type clock struct {
	rate    int64
	started bool
	last    uint32 // timestamp
	ticks   int64  // of last, counted without wrapping from the first
	base    time.Time
	tied    bool
	apart   int       // reports in a row that were far off
	soonest time.Time // what base would be by the packet that was fastest on its way
	seen    time.Time
}

// lostCount is a difference between a timestamp and its arrival that no line makes: the sender began to count anew.
const lostCount = 10 * time.Second

// drift is more than the quartz of a telephone does in a second: what was the fastest is forgotten that slowly.
const drift = 100 * time.Microsecond

func drifted(from, to time.Time) time.Duration {
	return time.Duration(to.Sub(from).Seconds() * float64(drift))
}

// arrive takes note of a packet; it comes before at and report.
func (c *clock) arrive(ts uint32, arrived time.Time) {
	if !c.started {
		c.started, c.last, c.base, c.soonest, c.seen = true, ts, arrived, arrived, arrived
	}
	ticks := c.unwrap(ts)
	if off := arrived.Sub(c.base.Add(c.lasts(ticks))); off.Abs() > lostCount {
		c.base, c.tied = c.base.Add(off), false
		c.soonest = c.base
	}
	zero := arrived.Add(-c.lasts(ticks))
	c.soonest = c.soonest.Add(max(drifted(c.seen, arrived), 0))
	if zero.Before(c.soonest) {
		c.soonest = zero
	}
	c.seen = arrived
}

// at gives the moment of a timestamp.
func (c *clock) at(ts uint32) time.Time { return c.base.Add(c.lasts(c.count(ts))) }

// arrival is when a timestamp would have come at the best.
func (c *clock) arrival(ts uint32) time.Time { return c.soonest.Add(c.lasts(c.count(ts))) }

func (c *clock) count(ts uint32) int64 { return c.ticks + int64(int32(ts-c.last)) }

func (c *clock) unwrap(ts uint32) int64 {
	ticks := c.count(ts)
	if ticks > c.ticks {
		c.last, c.ticks = ts, ticks
	}
	return ticks
}

func (c *clock) lasts(ticks int64) time.Duration {
	return time.Duration(ticks/c.rate)*time.Second + time.Duration(ticks%c.rate)*time.Second/time.Duration(c.rate)
}

// Corrections by sender reports: the first counts whole, later ones slowly. One that is far off is a mistake, unless it is said again.
const (
	slew    = 8
	near    = 40 * time.Millisecond // what nobody hears
	far     = 300 * time.Millisecond
	insists = 3
)

// report takes note that a timestamp belongs to a moment of the time line.
func (c *clock) report(ts uint32, at time.Time) {
	off := at.Sub(c.at(ts))
	switch {
	case off.Abs() >= far:
		if c.apart++; c.apart < insists {
			return
		}
	case c.tied && off.Abs() < near:
		off /= slew
	case c.tied:
		off /= 2
	}
	c.base, c.tied, c.apart = c.base.Add(off), true, 0
}

// sender ties a sender's clock to the recorder's. Nothing arrives before it was sent, so the smallest difference between the two that any of
// the sender's streams shows is the closest to the truth.
type sender struct {
	known  bool
	offset time.Duration
	seen   time.Time
}

// local gives the recorder's time of a moment of the sender's, which a stream shows to have arrived at a moment of the recorder's.
func (s *sender) local(at, arrived time.Time) time.Time {
	d := arrived.Sub(at)
	if s.known {
		s.offset += max(drifted(s.seen, arrived), 0)
	}
	if !s.known || d < s.offset || d-s.offset > time.Minute { // the last: the sender's clock was set back
		s.known, s.offset = true, d
	}
	s.seen = arrived
	return at.Add(s.offset)
}
