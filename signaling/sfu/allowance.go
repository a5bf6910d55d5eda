package sfu

import "time"

// allowance bounds what one peer may cause: everything takes its time, and some time may be saved for a burst. The zero value is ready.
type allowance struct{ until time.Time }

// take takes note of something that takes a time, and tells how long to wait before the next; saved is what may be saved up at most.
func (a *allowance) take(worth, saved time.Duration, now time.Time) (wait time.Duration) {
	if earliest := now.Add(-saved); a.until.Before(earliest) {
		a.until = earliest
	}
	a.until = a.until.Add(worth)
	return a.until.Sub(now)
}

// may is take for what is not done at all rather than late: it is not ok, and counts for nothing, if it is too soon.
func (a *allowance) may(worth, saved time.Duration, now time.Time) bool {
	if a.until.After(now) {
		return false
	}
	a.take(worth, saved, now)
	return true
}
