// Package speaker finds out who speaks in a room, from the loudness that senders tell of their sound (RFC 6464). It is pure: time is an argument.
package speaker

import (
	"math"
	"time"
)

// Voice smooths the loudness of one person. The zero value is ready.
type Voice struct {
	score float64 // dB above the noise
	floor float64 // dB of the noise about this person
	at    time.Time
}

// Loudness is counted in dB above the quietest that there is, so that 127 is the loudest.
const (
	quietest  = 127
	roomNoise = 60 // what a quiet room has
	mostNoise = 85 // a voice is never taken for noise
	floorRise = 3  // dB/s: a fan that starts is forgotten within seconds, a sentence is not
	attack    = 250 * time.Millisecond
	release   = 700 * time.Millisecond
	frame     = 20 * time.Millisecond
	gap       = 60 * time.Millisecond // more between two packets was silence that was not sent
)

// Add takes the level of a packet as it is sent: in -dBov, 0 is the loudest, 127 silence (RFC 6464 3).
func (v *Voice) Add(level uint8, now time.Time) {
	over := now.Sub(v.at)
	switch {
	case v.at.IsZero() || over < 0:
		over, v.floor = frame, roomNoise
	case over > gap:
		v.score = v.Score(now)
		over = frame
	}
	v.at = now
	loud := float64(quietest - min(level, quietest))
	v.floor = min(loud, v.floor+floorRise*over.Seconds(), mostNoise)
	above := max(0, loud-max(v.floor, roomNoise))
	within := attack
	if above < v.score {
		within = release
	}
	v.score += (above - v.score) * (1 - math.Exp(-over.Seconds()/within.Seconds()))
}

// Score is how loud the person is now, in dB above the noise, smoothed. Without packets it fades.
func (v *Voice) Score(now time.Time) float64 {
	silent := now.Sub(v.at) - frame
	if silent <= 0 {
		return v.score
	}
	return v.score * math.Exp(-silent.Seconds()/release.Seconds())
}
