package reading

import "time"

// Completeness is when a study counts as complete. The zero value asks for nothing.
type Completeness struct {
	Quiet   func(modality string) time.Duration // how long each series must have been quiet
	MaxWait time.Duration                       // after the last arrival: then complete although the evidence is missing
}

// Verdict is the answer to "is it complete?".
type Verdict struct {
	Complete bool
	Partial  bool      // the evidence is missing, but the longest wait is over
	Again    time.Time // when to look again, if not complete
}

// Judge decides by evidence: every series quiet and no association open that brought images of the study. A sender that hangs
// cannot hold a study back for longer than MaxWait after its last image.
func (c Completeness) Judge(s StudyInfo, now time.Time) Verdict {
	quietAt, longest := s.LastArrival, time.Duration(0)
	for _, series := range s.Series {
		q := c.Quiet(series.Modality)
		longest = max(longest, q)
		if at := series.LastArrival.Add(q); at.After(quietAt) {
			quietAt = at
		}
	}
	giveUp := s.LastArrival.Add(c.MaxWait)
	quiet := !now.Before(quietAt)
	switch {
	case s.Instances == 0:
		return Verdict{Again: now.Add(max(longest, time.Second))}
	case quiet && s.Associations == 0:
		return Verdict{Complete: true}
	case !now.Before(giveUp):
		return Verdict{Complete: true, Partial: true}
	case quiet:
		return Verdict{Again: earlier(now.Add(max(longest, time.Second)), giveUp)}
	default:
		return Verdict{Again: earlier(quietAt, giveUp)}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
