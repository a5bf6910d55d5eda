package queue

import (
	"errors"
	"math/rand/v2"
	"time"

	"yilian"
)

// Outcomes of a handler, beside nil (it is done) and any other error (it is tried again later, so many times).
var (
	// ErrYield: a more urgent job goes first; this one goes on where it was. See Task.Overtaken.
	ErrYield = errors.New("queue: a more urgent job goes first")
)

// PermanentError: trying again will not help.
type PermanentError struct{ Failure }

func (e *PermanentError) Error() string { return e.Code + ": " + e.Text }

// Permanent is a failure that no repetition mends.
func Permanent(code, text string) error { return &PermanentError{Failure{code, text}} }

// DownError: the peer of the lane takes nothing now, whatever the job. The lane is held, and the job does not pay for it.
type DownError struct {
	Failure
	After time.Duration // what the peer asked for; 0: the usual pause
}

func (e *DownError) Error() string { return e.Code + ": " + e.Text }

// Down is a failure of the whole lane.
func Down(code, text string) error { return &DownError{Failure: Failure{code, text}} }

// FailedError is a failure of this job that may pass.
type FailedError struct {
	Failure
	Progress bool // something was finished: the attempt does not count
}

func (e *FailedError) Error() string { return e.Code + ": " + e.Text }

// Failed is a failure that may pass.
func Failed(code, text string, progress bool) error {
	return &FailedError{Failure{code, text}, progress}
}

// FailureOf describes any error for people. The text of an unexpected one stays inside.
func FailureOf(err error) Failure {
	if e, ok := errors.AsType[*PermanentError](err); ok {
		return e.Failure
	}
	if e, ok := errors.AsType[*DownError](err); ok {
		return e.Failure
	}
	if e, ok := errors.AsType[*FailedError](err); ok {
		return e.Failure
	}
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return Failure{e.Code, e.Text}
	}
	return Failure{"queue.internal", "An internal error; the log says more."}
}

// Backoff is how long to wait between attempts: First, then twice as long each time up to Max, each a quarter shorter or longer
// by chance so that those who failed together do not come back together.
type Backoff struct{ First, Max time.Duration }

// Pause answers the wait after so many failures in a row, from 1.
func (b Backoff) Pause(failures int) time.Duration {
	d := b.Max
	if n := max(failures, 1) - 1; n < 32 && b.First<<n > 0 {
		d = min(b.First<<n, b.Max)
	}
	return d - d/4 + time.Duration(rand.Int64N(int64(d/2)+1))
}
