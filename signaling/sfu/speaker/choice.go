package speaker

import "time"

// Score is one person's loudness at a moment.
type Score struct {
	ID   string
	Loud float64 // see Voice.Score
}

// Choice keeps who speaks. Nobody takes over by a cough or a "yes" between: only who is louder for a while. The zero value is ready.
type Choice struct {
	id    string
	since time.Time
	rival string
	from  time.Time // since when the rival is louder
}

const (
	speaking = 8 // dB above the noise
	louder   = 6 // dB above who speaks now
	persists = 500 * time.Millisecond
	holds    = 2 * time.Second // that somebody stays who is still heard
)

// Speaker is who speaks, or spoke last; empty before the first word and when they are gone.
func (c *Choice) Speaker() string { return c.id }

// Next takes the loudness of all who are there, and tells whether another speaks now.
func (c *Choice) Next(scores []Score, now time.Time) (changed bool) {
	var best Score
	own, here := 0.0, false
	for _, s := range scores {
		if s.ID == c.id {
			own, here = s.Loud, true
		} else if s.Loud > best.Loud {
			best = s
		}
	}
	if !here && c.id != "" {
		*c = Choice{}
		changed = true
	}
	if best.Loud < speaking || best.Loud < own+louder {
		c.rival = ""
		return changed
	}
	if c.rival != best.ID {
		c.rival, c.from = best.ID, now
	}
	heard := own >= speaking
	if now.Sub(c.from) < persists || heard && now.Sub(c.since) < holds {
		return changed
	}
	*c = Choice{id: best.ID, since: now}
	return true
}
