package forward

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/imaging/queue"
)

// Rule says which studies go to which peers.
type Rule struct {
	ID, Name string
	Order    int // rules are looked at in this order, then by name
	Disabled bool
	When     Condition
	Peers    []string // identifiers
	Trigger  Trigger
	Part     Part
	Urgency  string // stat, urgent, routine, bulk; "": that of the study
	Stop     bool   // where it holds, no rule after it is looked at: the first match wins
}

// Trigger is when a rule sends.
type Trigger string

// The triggers.
const (
	OnComplete Trigger = "complete" // once the study is complete, and then what comes late
	OnArrival  Trigger = "arrival"  // instance by instance
)

// Part is what of a study a rule sends.
type Part string

// The parts.
const (
	Whole    Part = "study"    // all of it
	Matching Part = "matching" // the series and instances that meet the condition themselves
)

// Condition is what must hold of a study: each list that is not empty must name one of the study's values. Texts are compared
// without regard to case; sources may have "*" and "?".
type Condition struct {
	Sources      []string // AE title or program that sent it
	Institutions []yilian.InstitutionID
	Modalities   []string
	BodyParts    []string
	Referring    []yilian.InstitutionID // who ordered the exam
	Urgencies    []string
	SOPClasses   []string // a UID, or the beginning of one that ends in a dot
	Weekdays     []time.Weekday
	From, Until  string // time of day as 15:04, by the clock of the site; may pass midnight. "": all day
}

// Facts are what rules look at.
type Facts struct {
	Study       yilian.StudyUID
	Sources     []string
	Institution yilian.InstitutionID
	Modalities  []string
	BodyParts   []string
	Referring   yilian.InstitutionID
	Urgency     string // "": not known
	SOPClasses  []string
	Complete    bool
	At          time.Time // local time of the site
}

// Hit is a rule that holds.
type Hit struct {
	Rule     Rule
	Now      bool // it sends now; otherwise it waits until the study is complete
	Priority queue.Priority
}

// Plan answers the rules that hold for a study, in their order.
func Plan(rules []Rule, f Facts) []Hit {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b Rule) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name)) })
	var hits []Hit
	for _, r := range rules {
		if r.Disabled || r.When.Fails(f) != "" {
			continue
		}
		hits = append(hits, Hit{Rule: r, Now: f.Complete || r.Trigger == OnArrival, Priority: PriorityOf(cmp.Or(r.Urgency, f.Urgency))})
		if r.Stop {
			break
		}
	}
	return hits
}

// PriorityOf translates an urgency into a place in the queue.
func PriorityOf(urgency string) queue.Priority {
	switch urgency {
	case "stat":
		return queue.Stat
	case "urgent":
		return queue.Urgent
	case "bulk":
		return queue.Bulk
	}
	return queue.Routine
}

// Fails answers the first part of the condition that the facts do not meet, or "" when all hold.
func (c Condition) Fails(f Facts) string {
	for _, part := range []struct {
		name string
		ok   bool
	}{
		{"source", len(c.Sources) == 0 || slices.ContainsFunc(f.Sources, c.source)},
		{"institution", len(c.Institutions) == 0 || slices.Contains(c.Institutions, f.Institution)},
		{"modality", anyOf(c.Modalities, f.Modalities)},
		{"bodyPart", anyOf(c.BodyParts, f.BodyParts)},
		{"referring", len(c.Referring) == 0 || slices.Contains(c.Referring, f.Referring)},
		{"urgency", anyOf(c.Urgencies, []string{cmp.Or(f.Urgency, "routine")})},
		{"sopClass", len(c.SOPClasses) == 0 || slices.ContainsFunc(f.SOPClasses, c.class)},
		{"weekday", c.onDay(f.At)},
		{"time", c.during(f.At)},
	} {
		if !part.ok {
			return part.name
		}
	}
	return ""
}

func (c Condition) source(ae string) bool {
	return slices.ContainsFunc(c.Sources, func(p string) bool {
		ok, err := path.Match(strings.ToUpper(literal(p)), strings.ToUpper(strings.ReplaceAll(ae, "/", " ")))
		return ok && err == nil
	})
}

// literal leaves "*" and "?" as the only signs with a meaning. A slash, which "*" would stop at, counts as a space.
func literal(pattern string) string {
	return strings.NewReplacer(`\`, `\\`, `[`, `\[`, "/", " ").Replace(pattern)
}

func (c Condition) class(uid string) bool {
	return len(c.SOPClasses) == 0 || slices.ContainsFunc(c.SOPClasses, func(want string) bool {
		return uid == want || strings.HasSuffix(want, ".") && strings.HasPrefix(uid, want)
	})
}

func anyOf(want, have []string) bool {
	return len(want) == 0 || slices.ContainsFunc(have, func(h string) bool {
		return slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, h) })
	})
}

// onDay: a night shift that passes midnight belongs to the day on which it began.
func (c Condition) onDay(at time.Time) bool {
	if len(c.Weekdays) == 0 {
		return true
	}
	if from, until, ok := c.hours(); ok && from > until && minutes(at) < until {
		at = at.AddDate(0, 0, -1)
	}
	return slices.Contains(c.Weekdays, at.Weekday())
}

func (c Condition) during(at time.Time) bool {
	from, until, ok := c.hours()
	now := minutes(at)
	switch {
	case !ok || from == until:
		return true
	case from < until:
		return from <= now && now < until
	}
	return from <= now || now < until
}

func (c Condition) hours() (from, until int, ok bool) {
	if c.From == "" && c.Until == "" {
		return 0, 0, false
	}
	f, err := time.Parse("15:04", cmp.Or(c.From, "00:00"))
	if err != nil {
		return 0, 0, false
	}
	u, err := time.Parse("15:04", cmp.Or(c.Until, "00:00"))
	return minutes(f), minutes(u), err == nil
}

func minutes(t time.Time) int { return t.Hour()*60 + t.Minute() }

// Selection is what of a study is sent; the zero Selection is all of it.
type Selection struct {
	Modalities []string `json:"modalities,omitempty"`
	BodyParts  []string `json:"bodyParts,omitempty"`
	SOPClasses []string `json:"sopClasses,omitempty"`
	Sources    []string `json:"sources,omitempty"`
}

// selection is what a rule sends.
func (r Rule) selection() Selection {
	if r.Part != Matching {
		return Selection{}
	}
	return Selection{Modalities: r.When.Modalities, BodyParts: r.When.BodyParts, SOPClasses: r.When.SOPClasses, Sources: r.When.Sources}
}

// takes tells whether an instance of a series with these properties is sent.
func (s Selection) takes(modality, bodyPart, class, source string) bool {
	c := Condition{Sources: s.Sources, SOPClasses: s.SOPClasses}
	return anyOf(s.Modalities, []string{modality}) && anyOf(s.BodyParts, []string{bodyPart}) && c.class(class) &&
		(len(s.Sources) == 0 || c.source(source))
}
