package flow

import (
	"time"

	"yilian"
)

// Command is who wants to do something, when, and what they knew.
type Command struct {
	Actor   yilian.Actor
	At      time.Time // the server's time; zero: now
	Key     string    // idempotency key, unique to actor and purpose; "": none
	Version int64     // the version the actor saw; 0: whichever
	Due     *Due      // the due-time this carries out, if any: it is fired in the same transaction
}

// By is a command of actor now; more is set on the result.
func By(actor yilian.Actor) Command { return Command{Actor: actor, At: time.Now()} }

// Firing is the system carrying out a due-time.
func Firing(d Due, now time.Time) Command { return Command{Actor: yilian.System, At: now, Due: &d} }

// Change describes what an update did, for the trail and for those who listen. The zero Change means that nothing happened:
// nothing is written then (a due-time that was carried out is gone all the same).
type Change struct {
	Action string
	Reason string
	Data   any    // details as JSON; never a patient's name or identifier number
	Silent bool   // no message: nobody needs to look again
	Chain  string // overrides Spec.Chain
}

func (c Command) stamped() Command {
	if c.At.IsZero() {
		c.At = time.Now()
	}
	c.At = c.At.UTC()
	return c
}
