package packet

import (
	"slices"
	"time"
)

const (
	maxMissing = 256 // numbers looked for at once
	maxTries   = 8   // requests for one number
	giveUp     = 1500 * time.Millisecond
	minRetry   = 20 * time.Millisecond
	reordered  = 5 * time.Millisecond // how long an out-of-order packet may be on its way before it is asked for
)

// Losses decides which packets to ask for again, and when: soon after the gap is seen, then once a round trip until it comes or is too late.
// The zero value is ready; it is not safe for concurrent use.
type Losses struct {
	started bool
	highest uint16
	missing []missing // ascending
}

type missing struct {
	seq   uint16
	since time.Time
	next  time.Time
	tries int
}

// Arrived takes note of a packet. It tells when more was lost than can be asked for: only a key frame helps then.
func (l *Losses) Arrived(seq uint16, now time.Time) (hopeless bool) {
	if !l.started {
		l.started, l.highest = true, seq
		return false
	}
	if !Newer(seq, l.highest) {
		l.missing = slices.DeleteFunc(l.missing, func(m missing) bool { return m.seq == seq })
		return false
	}
	gap := seq - l.highest - 1
	if int(gap)+len(l.missing) > maxMissing {
		l.missing, l.highest = l.missing[:0], seq
		return true
	}
	for s := l.highest + 1; s != seq; s++ {
		l.missing = append(l.missing, missing{seq: s, since: now, next: now.Add(reordered)})
	}
	l.highest = seq
	return false
}

// Due appends to ask the numbers that are to be asked for now, at a round-trip time. It tells when one was given up.
func (l *Losses) Due(now time.Time, rtt time.Duration, ask []uint16) (due []uint16, gaveUp bool) {
	keep := l.missing[:0]
	for _, m := range l.missing {
		if m.tries >= maxTries || now.Sub(m.since) > giveUp {
			gaveUp = true
			continue
		}
		if !now.Before(m.next) {
			ask = append(ask, m.seq)
			m.tries++
			m.next = now.Add(max(minRetry, rtt+rtt/8))
		}
		keep = append(keep, m)
	}
	l.missing = keep
	return ask, gaveUp
}
