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
	maxRetry   = 600 * time.Millisecond
	reordered  = 5 * time.Millisecond // how long an out-of-order packet may be on its way before it is asked for
)

// Losses decides which packets to ask for again, and when: soon after the gap is seen, then once a round trip until it comes or is too late.
// The zero value is ready; it is not safe for concurrent use.
type Losses struct {
	started bool
	highest uint16
	missing []missing // ascending
	missed  uint32
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
	l.missed += uint32(gap)
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
			m.next = now.Add(retry(m.tries, rtt))
		}
		keep = append(keep, m)
	}
	l.missing = keep
	return ask, gaveUp
}

// retry is how long to wait for an answer before asking again: a round trip and a little, and each time a quarter more, as a line that loses answers is
// a line with a queue.
func retry(tries int, rtt time.Duration) time.Duration {
	wait := max(minRetry, rtt+rtt/8)
	for range tries - 1 {
		wait += wait / 4
	}
	return min(wait, maxRetry)
}

// Missed is how many packets were not there in their turn, since the start.
func (l *Losses) Missed() uint32 { return l.missed }

// Next is when something is to be asked for again; zero if nothing is missing.
func (l *Losses) Next() time.Time {
	var next time.Time
	for _, m := range l.missing {
		if next.IsZero() || m.next.Before(next) {
			next = m.next
		}
	}
	return next
}
