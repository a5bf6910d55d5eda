package request

import (
	"cmp"
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Board is what the duty room sees: everything that waits or is under way at an institution, who is on duty, and what is not covered.
type Board struct {
	At       time.Time
	Counts   Counts
	Requests []Seen
	Duty     []Duty
	Gaps     []Uncovered
}

// Counts are the figures of the board.
type Counts struct {
	Rescue              int `json:"rescue"` // open, by kind
	Urgent              int `json:"urgent"`
	Assist              int `json:"assist"`
	Today               int `json:"today"` // submitted today
	ClosedToday         int `json:"closedToday"`
	MedianAcceptSeconds int `json:"medianAcceptSeconds"` // of today's, from submission to the first acceptance; -1: none yet
	Unanswered          int `json:"unanswered"`
}

// Duty is one person on duty. Mismatch: the roster says so, but they give no sign of life.
type Duty struct {
	Person     Person           `json:"person"`
	Specialty  string           `json:"specialty"`
	Line       int              `json:"line"`
	Presence   directory.Status `json:"presence"`
	Since      time.Time        `json:"since,omitzero"`
	Until      time.Time        `json:"until,omitzero"` // of a pause
	Reason     string           `json:"reason,omitempty"`
	ShiftUntil time.Time        `json:"shiftUntil"`
	Mismatch   bool             `json:"mismatch"`
}

// Uncovered is a time ahead in which nobody is rostered for a specialty that the institution covers.
type Uncovered struct {
	Specialty string    `json:"specialty"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until,omitzero"` // zero: to the end of the time looked at
}

// Board answers the board of the actor's institution.
func (s *Service) Board(ctx context.Context, actor yilian.Actor) (b Board, err error) {
	b.At = s.Now().UTC()
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		open, err := s.repo.All(rd, flow.Query{Name: keyOpen, Values: []string{string(actor.Institution)}})
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(r Request) bool { return r.State == Draft })
		slices.SortStableFunc(open, func(x, y Request) int {
			return cmp.Or(cmp.Compare(x.Kind.rank(), y.Kind.rank()), x.SubmittedAt.Compare(y.SubmittedAt))
		})
		if b.Requests, err = s.showBoard(rd, actor, open); err != nil {
			return err
		}
		if b.Counts, err = s.count(rd, actor.Institution, open, b.At); err != nil {
			return err
		}
		b.Duty, b.Gaps, err = s.dutyIn(rd, actor.Institution, b.At)
		return err
	})
	return b, err
}

// showBoard also lets a wall screen look, which has no part in anything: without what tells who the patient is.
func (s *Service) showBoard(rd flow.Reader, actor yilian.Actor, open []Request) ([]Seen, error) {
	if !actor.Is(yilian.RoleKiosk) {
		return s.show(rd, actor, open), nil
	}
	seen := make([]Seen, len(open))
	for i, r := range open {
		r.Patient.Name, r.Patient.ID, r.Patient.IDTail, r.Summary, r.Purpose = "", "", "", "", ""
		seen[i] = Seen{Request: r, Actions: []Action{}}
	}
	return seen, nil
}

func (s *Service) count(rd flow.Reader, institution yilian.InstitutionID, open []Request, now time.Time) (Counts, error) {
	c := Counts{MedianAcceptSeconds: -1}
	for _, r := range open {
		switch r.Kind {
		case Rescue:
			c.Rescue++
		case Urgent:
			c.Urgent++
		case Assist:
			c.Assist++
		}
		if r.State == Unanswered {
			c.Unanswered++
		}
	}
	local := now.In(s.Location)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, s.Location)
	today, err := s.repo.All(rd, flow.Query{Name: keyDay, Values: []string{string(institution)}, From: flow.SortTime(midnight)})
	if err != nil {
		return c, err
	}
	c.Today = len(today)
	var waits []time.Duration
	for _, r := range today {
		if r.State == Closed {
			c.ClosedToday++
		}
		if !r.FirstAcceptedAt.IsZero() {
			waits = append(waits, r.FirstAcceptedAt.Sub(r.SubmittedAt))
		}
	}
	if m, ok := median(waits); ok {
		c.MedianAcceptSeconds = int(m.Round(time.Second).Seconds())
	}
	return c, nil
}

// median answers the middle of the times (the mean of the two middle ones if there is an even number); false for none.
func median(times []time.Duration) (time.Duration, bool) {
	if len(times) == 0 {
		return 0, false
	}
	slices.Sort(times)
	n := len(times)
	return (times[(n-1)/2] + times[n/2]) / 2, true
}

// Duty answers who is on duty at an institution, and what is not covered ahead.
func (s *Service) Duty(ctx context.Context, institution yilian.InstitutionID) (on []Duty, gaps []Uncovered, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		on, gaps, err = s.dutyIn(rd, institution, s.Now().UTC())
		return err
	})
	return on, gaps, err
}

func (s *Service) dutyIn(rd flow.Reader, institution yilian.InstitutionID, now time.Time) ([]Duty, []Uncovered, error) {
	shifts, err := s.Directory.CoveringIn(rd, institution, "", now)
	if err != nil {
		return nil, nil, err
	}
	on := []Duty{}
	for _, shift := range shifts {
		p, err := s.Directory.PersonIn(rd, shift.Person)
		if err != nil {
			return nil, nil, err
		}
		is, err := s.Directory.PresenceIn(rd, shift.Person)
		if err != nil {
			return nil, nil, err
		}
		on = append(on, Duty{
			Person:    Person{ID: shift.Person, Name: p.Name, Title: p.Title, Phone: p.Phone, Institution: institution},
			Specialty: shift.Specialty, Line: shift.Line, Presence: is.Status(), Since: is.Since, Until: is.Until, Reason: is.Reason,
			ShiftUntil: shift.Until, Mismatch: !is.Online && is.Call == "",
		})
	}
	slices.SortStableFunc(on, func(x, y Duty) int {
		return cmp.Or(cmp.Compare(x.Specialty, y.Specialty), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Person.Name, y.Person.Name))
	})
	gaps, err := s.gapsIn(rd, institution, now)
	return on, gaps, err
}

// gapsIn looks ahead: for each specialty that the institution has rostered lately or will, the first time without a first line.
func (s *Service) gapsIn(rd flow.Reader, institution yilian.InstitutionID, now time.Time) ([]Uncovered, error) {
	rules, err := s.Directory.SettingsIn(rd, institution, now)
	if err != nil {
		return nil, err
	}
	end := now.Add(rules.Duty.GapsAhead.D())
	shifts, err := s.Directory.ShiftsIn(rd, now.Add(-rules.Duty.GapsAhead.D()), end)
	if err != nil {
		return nil, err
	}
	bySpecialty := map[string][]directory.Shift{}
	for _, x := range shifts {
		if x.Institution == institution && x.Line == 1 {
			bySpecialty[x.Specialty] = append(bySpecialty[x.Specialty], x)
		}
	}
	gaps := []Uncovered{}
	for specialty, own := range bySpecialty {
		if g, found := firstGap(own, now, end); found {
			g.Specialty = specialty
			gaps = append(gaps, g)
		}
	}
	slices.SortFunc(gaps, func(x, y Uncovered) int { return cmp.Or(x.From.Compare(y.From), cmp.Compare(x.Specialty, y.Specialty)) })
	return gaps, nil
}

// firstGap answers the first time between now and end that no shift covers.
func firstGap(shifts []directory.Shift, now, end time.Time) (Uncovered, bool) {
	slices.SortFunc(shifts, func(x, y directory.Shift) int { return x.From.Compare(y.From) })
	at := now
	for _, x := range shifts {
		if x.From.After(at) {
			return Uncovered{From: at, Until: x.From}, true
		}
		if x.Until.After(at) {
			at = x.Until
		}
	}
	return Uncovered{From: at}, at.Before(end)
}

// Coverage is what a requester is told before they submit.
type Coverage struct {
	OnDuty       []Duty
	Expected     time.Duration // until somebody accepts, as far as one can tell
	Nobody       bool          // nobody entitled is on duty
	Agreement    bool          // an agreement in force covers the specialty
	Fallback     string        // the specialty to ask instead, if nobody is on duty
	FallbackDuty int           // how many are on duty for it
	Partner      bool          // a partner hospital has somebody
}

// Coverage answers who could help a site now with a specialty.
func (s *Service) Coverage(ctx context.Context, site yilian.InstitutionID, kind Kind, specialty string) (c Coverage, err error) {
	now := s.Now().UTC()
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		rules, err := s.Directory.SettingsIn(rd, site, now)
		if err != nil {
			return err
		}
		own, partners, err := s.Directory.ProvidersIn(rd, site, directory.ServiceConsult, specialty, now)
		if err != nil {
			return err
		}
		c.Agreement = len(own)+len(partners) > 0
		on, err := s.Directory.OnDutyIn(rd, directory.Ask{Site: site, Specialty: specialty, At: now, Rules: rules})
		if err != nil {
			return err
		}
		c.fill(on, kind.rules(rules.Consult))
		if c.Nobody {
			return s.fallback(rd, &c, directory.Ask{Site: site, Specialty: specialty, At: now, Rules: rules})
		}
		return nil
	})
	return c, err
}

// fill lists who is entitled, and expects half a ring if somebody is free, the second line's time if all are busy.
func (c *Coverage) fill(on []directory.OnDuty, rules directory.Kind) {
	c.OnDuty, c.Nobody, c.Expected = []Duty{}, true, rules.Desk.D()
	free := false
	for _, d := range on {
		if d.Barred != nil {
			continue
		}
		if d.Partner {
			c.Partner = true
			continue
		}
		c.Nobody = false
		free = free || d.Free() && d.Shift.Line == 1
		c.OnDuty = append(c.OnDuty, Duty{
			Person: onDuty(d), Specialty: d.Shift.Specialty, Line: d.Shift.Line, Presence: d.Presence.Status(),
			Since: d.Presence.Since, Until: d.Presence.Until, ShiftUntil: d.Shift.Until,
		})
	}
	switch {
	case free:
		c.Expected = rules.Lease.D() / 2
	case !c.Nobody:
		c.Expected = rules.Second.D()
	}
}

func (s *Service) fallback(rd flow.Reader, c *Coverage, ask directory.Ask) error {
	for _, other := range directory.Fallbacks(ask.Specialty) {
		ask.Specialty = other
		on, err := s.Directory.OnDutyIn(rd, ask)
		if err != nil {
			return err
		}
		n := len(slices.DeleteFunc(on, func(d directory.OnDuty) bool { return d.Barred != nil || d.Partner }))
		if n > 0 {
			c.Fallback, c.FallbackDuty = other, n
			return nil
		}
	}
	return nil
}
