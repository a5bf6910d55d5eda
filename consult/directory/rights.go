package directory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Ask is what is wanted: a service for a site, of a specialty, at a moment.
type Ask struct {
	Site      yilian.InstitutionID
	Specialty string // "": any
	At        time.Time
	Rules     Settings // the site's
	Heads     bool     // department heads of the specialty count as called in, off the roster too
}

// OnDuty is somebody on the roster for an Ask, and whether they may and can help.
type OnDuty struct {
	Person   Person
	Shift    Shift
	Point    Point // where they consult; zero when Barred
	Presence Presence
	Partner  bool  // through a partner agreement only
	Barred   error // not entitled: why (licence, practice point, agreement). Nil: entitled
}

// ID answers the person's identifier.
func (d OnDuty) ID() yilian.PersonID { return yilian.PersonID(d.Person.ID) }

// Free tells whether a ring may reach them now.
func (d OnDuty) Free() bool { return d.Barred == nil && d.Presence.Status() == Available }

// OnDutyIn answers everybody on the roster who covers the specialty at an institution with an agreement with the site, each
// person once (the better line wins), first line first.
func (s *Service) OnDutyIn(rd flow.Reader, ask Ask) ([]OnDuty, error) {
	agreements, err := s.agreements.All(rd, flow.Query{Name: "site", Values: []string{string(ask.Site)}})
	if err != nil {
		return nil, err
	}
	shifts, err := s.coveringIn(rd, ask.At)
	if err != nil {
		return nil, err
	}
	if ask.Heads {
		called, err := s.headsIn(rd, ask, agreements)
		if err != nil {
			return nil, err
		}
		shifts = append(shifts, called...)
	}
	slices.SortStableFunc(shifts, func(a, b Shift) int { return cmp.Compare(a.Line, b.Line) })
	var found []OnDuty
	for _, shift := range shifts {
		if ask.Specialty != "" && shift.Specialty != ask.Specialty || slices.ContainsFunc(found, func(d OnDuty) bool { return d.Shift.Person == shift.Person }) {
			continue
		}
		ties := agreementsWith(agreements, shift.Institution)
		if len(ties) == 0 && shift.Institution != ask.Site {
			continue // of a stranger
		}
		d, err := s.judge(rd, ask, shift, ties)
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, nil
}

// headLine is the line of those who are called in beyond the roster.
const headLine = 3

// headsIn answers a duty for each head of the specialty at the institutions that serve the site.
func (s *Service) headsIn(rd flow.Reader, ask Ask, agreements []Agreement) ([]Shift, error) {
	var called []Shift
	for _, a := range agreements {
		if !a.Covers(ServiceConsult, ask.Specialty, ask.At) {
			continue
		}
		heads, err := s.HoldersIn(rd, a.Provider, yilian.RoleHead, ask.Specialty, ask.At)
		if err != nil {
			return nil, err
		}
		for _, p := range heads {
			called = append(called, Shift{Person: yilian.PersonID(p.ID), Institution: a.Provider, Specialty: ask.Specialty, Line: headLine, From: ask.At})
		}
	}
	return called, nil
}

// EntitledIn answers the duty by which a person may help, or the reason why not: off the roster, no agreement, practice point
// not filed, too short a licence. Whether they are free is another question.
func (s *Service) EntitledIn(rd flow.Reader, ask Ask, person yilian.PersonID) (OnDuty, error) {
	on, err := s.OnDutyIn(rd, ask)
	if err != nil {
		return OnDuty{}, err
	}
	i := slices.IndexFunc(on, func(d OnDuty) bool { return d.ID() == person })
	if i < 0 {
		return OnDuty{}, yilian.Errorf(yilian.Forbidden, "entitled.shift", "You are not on duty for this specialty now.")
	}
	return on[i], on[i].Barred
}

func agreementsWith(agreements []Agreement, provider yilian.InstitutionID) []Agreement {
	return slices.DeleteFunc(slices.Clone(agreements), func(a Agreement) bool { return a.Provider != provider })
}

// judge reads the person behind a shift and decides whether they are entitled.
func (s *Service) judge(rd flow.Reader, ask Ask, shift Shift, ties []Agreement) (d OnDuty, err error) {
	d.Shift = shift
	if d.Person, err = s.people.GetIn(rd, string(shift.Person)); err != nil {
		return d, err
	}
	if d.Presence, err = s.PresenceIn(rd, shift.Person); err != nil {
		return d, err
	}
	inForce := slices.DeleteFunc(ties, func(a Agreement) bool { return !a.Covers(ServiceConsult, ask.Specialty, ask.At) })
	d.Partner = len(inForce) > 0 && !slices.ContainsFunc(inForce, func(a Agreement) bool { return !a.Partner })
	d.Point, d.Barred = d.Person.entitled(shift, ask, len(inForce) > 0 || shift.Institution == ask.Site)
	return d, nil
}

// entitled is the rule itself.
func (p Person) entitled(shift Shift, ask Ask, agreed bool) (Point, error) {
	i := slices.IndexFunc(p.Points, func(q Point) bool {
		return q.Institution == shift.Institution && q.Practises(yilian.RoleSpecialist, ask.At)
	})
	switch {
	case !agreed:
		return Point{}, yilian.Errorf(yilian.Forbidden, "entitled.agreement", "No agreement with this institution is in force.")
	case p.Disabled || i < 0:
		return Point{}, yilian.Errorf(yilian.Forbidden, "entitled.point", "No filed practice point as a specialist is valid here now.")
	case p.YearsLicensed(ask.At) < ask.Rules.Consult.LicenceYears:
		e := yilian.Errorf(yilian.Forbidden, "entitled.licence", "This needs %d years of independent practice.", ask.Rules.Consult.LicenceYears)
		e.Params = map[string]any{"years": ask.Rules.Consult.LicenceYears}
		return Point{}, e
	}
	return p.Points[i], nil
}

// ShiftsIn answers the shifts that end after from and begin before until, by their end.
func (s *Service) ShiftsIn(rd flow.Reader, from, until time.Time) ([]Shift, error) {
	q := register
	q.From, q.To = flow.SortTime(from), flow.SortTime(until.Add(longestShift+time.Nanosecond)) // by their end
	shifts, err := s.shifts.All(rd, q)
	return slices.DeleteFunc(shifts, func(v Shift) bool { return v.Cancelled || !v.From.Before(until) }), err
}

func (s *Service) coveringIn(rd flow.Reader, at time.Time) ([]Shift, error) {
	shifts, err := s.ShiftsIn(rd, at, at.Add(time.Nanosecond))
	return slices.DeleteFunc(shifts, func(v Shift) bool { return !v.Covers(at) }), err
}

// CoveringIn answers the shifts of a specialty ("": any) at an institution ("": any) that are on at a moment.
func (s *Service) CoveringIn(rd flow.Reader, institution yilian.InstitutionID, specialty string, at time.Time) ([]Shift, error) {
	shifts, err := s.coveringIn(rd, at)
	return slices.DeleteFunc(shifts, func(v Shift) bool {
		return institution != "" && v.Institution != institution || specialty != "" && v.Specialty != specialty
	}), err
}

// ProvidersIn answers the institutions that serve a site under an agreement in force; partners last.
func (s *Service) ProvidersIn(rd flow.Reader, site yilian.InstitutionID, service, specialty string, at time.Time) (own, partners []yilian.InstitutionID, err error) {
	agreements, err := s.agreements.All(rd, flow.Query{Name: "site", Values: []string{string(site)}})
	if err != nil {
		return nil, nil, err
	}
	for _, a := range agreements {
		switch {
		case !a.Covers(service, specialty, at):
		case a.Partner:
			partners = append(partners, a.Provider)
		default:
			own = append(own, a.Provider)
		}
	}
	return own, partners, nil
}

// SitesIn answers the institutions that a provider serves under an agreement in force.
func (s *Service) SitesIn(rd flow.Reader, provider yilian.InstitutionID, service string, at time.Time) ([]yilian.InstitutionID, error) {
	agreements, err := s.agreements.All(rd, flow.Query{Name: "provider", Values: []string{string(provider)}})
	var sites []yilian.InstitutionID
	for _, a := range agreements {
		if a.Covers(service, "", at) && !slices.Contains(sites, a.Site) {
			sites = append(sites, a.Site)
		}
	}
	return sites, err
}

// Sites is SitesIn now.
func (s *Service) Sites(ctx context.Context, provider yilian.InstitutionID, service string) (sites []yilian.InstitutionID, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		sites, err = s.SitesIn(rd, provider, service, s.now())
		return err
	})
	return sites, err
}

// HoldersIn answers the people who hold a role at a valid point of an institution, and work in the specialty unless it is "".
func (s *Service) HoldersIn(rd flow.Reader, institution yilian.InstitutionID, role yilian.Role, specialty string, at time.Time) ([]Person, error) {
	people, err := s.PeopleOfIn(rd, institution)
	return slices.DeleteFunc(people, func(p Person) bool {
		return p.Disabled || !slices.ContainsFunc(p.Points, func(q Point) bool {
			return q.Institution == institution && q.Valid(at) && slices.Contains(q.Roles, role) && (specialty == "" || q.Specialty == specialty)
		})
	}), err
}

// ShiftIn answers the shift that a person is on at a moment, if any.
func (s *Service) ShiftIn(rd flow.Reader, person yilian.PersonID, at time.Time) (Shift, bool, error) {
	shifts, err := s.shifts.All(rd, flow.Query{Name: "person", Values: []string{string(person)}, From: flow.SortTime(at)})
	i := slices.IndexFunc(shifts, func(v Shift) bool { return v.Covers(at) })
	if i < 0 {
		return Shift{}, false, err
	}
	return shifts[i], true, err
}
