package dimse

import (
	"fmt"
	"time"
)

// Timeouts bound how long a peer may keep this side waiting. Zero values take the default.
type Timeouts struct {
	ARTIM    time.Duration // association request, rejection, release (PS3.8 9.1.5); 15 s
	Idle     time.Duration // between two messages of an open association; 5 min
	Read     time.Duration // for the next byte within a PDU or message; 30 s
	Write    time.Duration // for one PDU to be taken; 60 s
	Response time.Duration // requestor: for the answer to a request or a message; 2 min
	// MinRate is how many bytes a second a peer must deliver within a message, counted over the time spent waiting for it and
	// asked for only after Read has passed; 256.
	MinRate int
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		at    *time.Duration
		value time.Duration
	}{
		{&t.ARTIM, 15 * time.Second},
		{&t.Idle, 5 * time.Minute},
		{&t.Read, 30 * time.Second},
		{&t.Write, time.Minute},
		{&t.Response, 2 * time.Minute},
	} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
	if t.MinRate <= 0 {
		t.MinRate = 256
	}
	return t
}

// CheckAETitle tells what is wrong with an application entity title (PS3.5 6.2, VR AE): 1 to 16 characters of the default
// repertoire without control characters and backslash, not only spaces.
func CheckAETitle(title string) error {
	if aeTitle([]byte(title)) == "" {
		return fmt.Errorf("AE title %q is empty", title)
	}
	if len(title) > 16 {
		return fmt.Errorf("AE title %q is longer than 16 characters", title)
	}
	for _, r := range title {
		if r < ' ' || r > '~' || r == '\\' {
			return fmt.Errorf("AE title %q has the character %q", title, r)
		}
	}
	return nil
}
