package reading

import (
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Staff is the Directory over consult/directory.
type Staff struct{ *directory.Service }

// QuietTime implements Directory.
func (s Staff) QuietTime(rd flow.Reader, ae string) (time.Duration, error) {
	d, err := s.DeviceByAEIn(rd, ae)
	if yilian.KindOf(err) == yilian.NotFound { // a program, or nobody any more
		return 0, nil
	}
	return d.QuietTime.D(), err
}

// Readers implements Directory.
func (s Staff) Readers(rd flow.Reader, site yilian.InstitutionID, specialties []string, at time.Time) (near, far []yilian.InstitutionID, err error) {
	people, err := s.PeopleOfIn(rd, site)
	if err != nil {
		return nil, nil, fmt.Errorf("readers at the site: %w", err)
	}
	if slices.ContainsFunc(people, func(p directory.Person) bool { return readsAt(p, site, specialties, at) }) {
		near = append(near, site)
	}
	for _, sp := range specialties {
		own, partners, err := s.ProvidersIn(rd, site, directory.ServiceRead, sp, at)
		if err != nil {
			return nil, nil, fmt.Errorf("agreements of the site: %w", err)
		}
		near, far = union(near, own), union(far, partners)
	}
	return near, far, nil
}

// readsAt tells whether a person practises as a reader of one of the specialties at an institution.
func readsAt(p directory.Person, at yilian.InstitutionID, specialties []string, now time.Time) bool {
	return !p.Disabled && slices.ContainsFunc(p.Points, func(q directory.Point) bool {
		return q.Institution == at && (q.Practises(yilian.RoleRadiologist, now) || q.Practises(yilian.RoleReviewer, now)) &&
			slices.Contains(specialties, q.Specialty)
	})
}

// Sites implements Directory.
func (s Staff) Sites(rd flow.Reader, reader yilian.InstitutionID, at time.Time) ([]yilian.InstitutionID, error) {
	sites, err := s.SitesIn(rd, reader, directory.ServiceRead, at)
	return union([]yilian.InstitutionID{reader}, sites), err
}

// Reads implements Directory: the practice point is filed and has one of the specialties; and the actor is on the roster for it,
// or is there (they are asking right now) and has not said to be off or paused.
func (s Staff) Reads(rd flow.Reader, actor yilian.Actor, specialties []string, at time.Time) error {
	if err := s.Privileged(rd, actor, specialties, at); err != nil {
		return err
	}
	shifts, err := s.CoveringIn(rd, actor.Institution, "", at)
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	if slices.ContainsFunc(shifts, func(v directory.Shift) bool { return v.Person == actor.Person }) {
		return nil
	}
	presence, err := s.PresenceIn(rd, actor.Person)
	if err != nil {
		return fmt.Errorf("presence: %w", err)
	}
	if presence.Said == directory.Off || presence.Said == directory.Paused {
		return yilian.Errorf(yilian.Forbidden, "reading.offDuty", "You are not on duty now. Say that you are available to read.")
	}
	return nil
}

// Privileged implements Directory.
func (s Staff) Privileged(rd flow.Reader, actor yilian.Actor, specialties []string, at time.Time) error {
	p, err := s.PersonIn(rd, actor.Person)
	if err != nil {
		return fmt.Errorf("reader: %w", err)
	}
	if !readsAt(p, actor.Institution, specialties, at) {
		return yilian.Errorf(yilian.Forbidden, "reading.privilege", "Your practice point here does not cover this kind of exam.")
	}
	return nil
}

// OnDuty implements Directory: who is on the roster of the institution, and doctors of it who are there.
func (s Staff) OnDuty(rd flow.Reader, id yilian.InstitutionID, at time.Time) ([]Person, error) {
	shifts, err := s.CoveringIn(rd, id, "", at)
	if err != nil {
		return nil, fmt.Errorf("roster: %w", err)
	}
	people, err := s.PeopleOfIn(rd, id)
	if err != nil {
		return nil, fmt.Errorf("people of an institution: %w", err)
	}
	var out []Person
	for _, p := range people {
		rostered := slices.ContainsFunc(shifts, func(v directory.Shift) bool { return string(v.Person) == p.ID })
		presence, err := s.PresenceIn(rd, yilian.PersonID(p.ID))
		if err != nil {
			return nil, fmt.Errorf("presence: %w", err)
		}
		doctor := slices.ContainsFunc(p.Points, func(q directory.Point) bool {
			return q.Institution == id && q.Valid(at) && slices.Contains(q.Roles, yilian.RoleRequester)
		})
		if !p.Disabled && (rostered || doctor && presence.Online) {
			out = append(out, named(p))
		}
	}
	return out, nil
}

// WithRole implements Directory.
func (s Staff) WithRole(rd flow.Reader, id yilian.InstitutionID, role yilian.Role, at time.Time) ([]Person, error) {
	people, err := s.HoldersIn(rd, id, role, "", at)
	out := make([]Person, len(people))
	for i, p := range people {
		out[i] = named(p)
	}
	return out, err
}

func named(p directory.Person) Person {
	return Person{ID: yilian.PersonID(p.ID), Name: p.Name, Phone: p.Phone}
}
