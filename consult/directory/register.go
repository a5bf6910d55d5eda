package directory

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

func invalid(code, format string, args ...any) *yilian.Error {
	return yilian.Errorf(yilian.Invalid, code, format, args...)
}

// save creates the entity when its identifier is empty, and otherwise replaces it at the version that cmd saw. check runs in the
// transaction and may normalise.
func save[T any](ctx context.Context, repo *flow.Repo[T], cmd flow.Command, v T, meta *flow.Meta, check func(rd flow.Reader, v *T) error) (T, error) {
	if meta.ID == "" {
		return repo.Create(ctx, cmd, func(tx flow.Tx) (T, flow.Change, error) {
			w := v
			err := check(tx, &w)
			return w, flow.Change{Action: "create"}, err
		})
	}
	return repo.Update(ctx, cmd, meta.ID, func(tx flow.Tx, _ T) (T, flow.Change, error) {
		w := v
		err := check(tx, &w)
		return w, flow.Change{Action: "edit"}, err
	})
}

// SaveInstitution creates (no ID) or replaces an institution.
func (s *Service) SaveInstitution(ctx context.Context, cmd flow.Command, v Institution) (Institution, error) {
	return save(ctx, s.institutions, cmd, v, &v.Meta, func(rd flow.Reader, v *Institution) error {
		v.Name, v.Short = strings.TrimSpace(v.Name), strings.TrimSpace(v.Short)
		switch {
		case v.Name == "":
			return invalid("institution.name", "An institution needs a name.")
		case !slices.Contains([]Tier{County, Township, Village}, v.Tier):
			return invalid("institution.tier", "The tier is county, township or village.")
		case v.DistanceKm < 0 || v.DistanceKm > 5000:
			return invalid("institution.distance", "The distance must be between 0 and 5000 km.")
		case v.Parent != "" && string(v.Parent) == v.ID:
			return invalid("institution.parent", "An institution cannot be its own parent.")
		}
		if v.Short == "" {
			v.Short = v.Name
		}
		return s.known(rd, v.Parent)
	})
}

// known refuses an institution that does not exist; "" passes.
func (s *Service) known(rd flow.Reader, ids ...yilian.InstitutionID) error {
	for _, id := range ids {
		if id == "" {
			continue
		}
		if _, err := s.institutions.GetIn(rd, string(id)); err != nil {
			if yilian.KindOf(err) == yilian.NotFound {
				return invalid("institution.unknown", "There is no institution %q.", id)
			}
			return err
		}
	}
	return nil
}

// SaveAlliance creates or replaces an alliance.
func (s *Service) SaveAlliance(ctx context.Context, cmd flow.Command, v Alliance) (Alliance, error) {
	return save(ctx, s.alliances, cmd, v, &v.Meta, func(rd flow.Reader, v *Alliance) error {
		if strings.TrimSpace(v.Name) == "" || v.Lead == "" {
			return invalid("alliance.name", "An alliance needs a name and a lead institution.")
		}
		return s.known(rd, append(slices.Clone(v.Members), v.Lead)...)
	})
}

var loginForm = regexp.MustCompile(`^[\p{L}\p{N}._@-]{2,64}$`)

// SavePerson creates or replaces a person; a new one can sign in once a password is set.
func (s *Service) SavePerson(ctx context.Context, cmd flow.Command, v Person) (Person, error) {
	return save(ctx, s.people, cmd, v, &v.Meta, s.checkPerson)
}

func (s *Service) checkPerson(rd flow.Reader, v *Person) error {
	v.Login, v.Name = strings.TrimSpace(v.Login), strings.TrimSpace(v.Name)
	if !loginForm.MatchString(v.Login) {
		return invalid("person.login", "A login has 2 to 64 letters, digits, dots, dashes or underscores.")
	}
	if v.Name == "" {
		return invalid("person.name", "A person needs a name.")
	}
	if v.LicenceSince != "" {
		if _, err := time.Parse(time.DateOnly, v.LicenceSince); err != nil {
			return invalid("person.licence", "The licence date must look like 2006-01-31.")
		}
	}
	same, err := s.byLogin(rd, v.Login)
	if err != nil {
		return err
	}
	if len(same) > 0 && same[0].ID != v.ID {
		return yilian.Errorf(yilian.Conflict, "person.loginTaken", "Somebody else has this login.")
	}
	return s.checkPoints(rd, v.Points)
}

// personRoles are the roles that a person can have; the others belong to screens, programs and the service itself.
var personRoles = []yilian.Role{
	yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleTechnologist,
	yilian.RoleCoordinator, yilian.RoleHead, yilian.RoleAdmin, yilian.RoleAuditor,
}

// checkPoints also gives identifiers to new points.
func (s *Service) checkPoints(rd flow.Reader, points []Point) error {
	for i := range points {
		p := &points[i]
		if p.ID == "" {
			p.ID = flow.NewID()
		}
		if p.Institution == "" || len(p.Roles) == 0 {
			return invalid("point.incomplete", "A practice point needs an institution and at least one role.")
		}
		for _, r := range p.Roles {
			if !slices.Contains(personRoles, r) {
				return invalid("point.role", "Unknown role %q.", r)
			}
		}
		if slices.Contains(p.Roles, yilian.RoleAdmin) && slices.Contains(p.Roles, yilian.RoleAuditor) {
			return invalid("point.separation", "The administrator and the auditor must be different people.")
		}
		if p.Specialty != "" && !KnownSpecialty(p.Specialty) {
			return invalid("specialty.unknown", "Unknown specialty %q.", p.Specialty)
		}
		if p.Line < 0 || p.Line > 2 {
			return invalid("point.line", "The line is 1, 2 or none.")
		}
		if !p.Until.IsZero() && !p.Until.After(p.From) {
			return invalid("period", "The end must be after the beginning.")
		}
		if err := s.known(rd, p.Institution); err != nil {
			return err
		}
	}
	return nil
}

const longestShift = 24 * time.Hour

// SaveShift creates, replaces or (Cancelled) takes back a shift. A shift is at most 24 h, for somebody who practises the specialty
// there.
func (s *Service) SaveShift(ctx context.Context, cmd flow.Command, v Shift) (Shift, error) {
	return save(ctx, s.shifts, cmd, v, &v.Meta, func(rd flow.Reader, v *Shift) error {
		v.From, v.Until = v.From.UTC(), v.Until.UTC()
		switch {
		case !v.Until.After(v.From):
			return invalid("period", "The end must be after the beginning.")
		case v.Until.Sub(v.From) > longestShift:
			return invalid("shift.long", "A shift is at most 24 hours.")
		case v.Line != 1 && v.Line != 2:
			return invalid("shift.line", "The line is 1 or 2.")
		case !KnownSpecialty(v.Specialty):
			return invalid("specialty.unknown", "Unknown specialty %q.", v.Specialty)
		}
		p, err := s.people.GetIn(rd, string(v.Person))
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(p.Points, func(q Point) bool { return q.Institution == v.Institution }) {
			return invalid("shift.point", "This person has no practice point at this institution.")
		}
		return s.known(rd, v.Institution)
	})
}

// SaveAgreement creates or replaces an agreement.
func (s *Service) SaveAgreement(ctx context.Context, cmd flow.Command, v Agreement) (Agreement, error) {
	return save(ctx, s.agreements, cmd, v, &v.Meta, func(rd flow.Reader, v *Agreement) error {
		if v.Site == "" || v.Provider == "" || v.Site == v.Provider {
			return invalid("agreement.parties", "An agreement is between two institutions.")
		}
		if len(v.Services) == 0 || slices.ContainsFunc(v.Services, func(x string) bool { return x != ServiceConsult && x != ServiceRead }) {
			return invalid("agreement.services", "An agreement covers consult, read, or both.")
		}
		for _, code := range v.Specialties {
			if !KnownSpecialty(code) {
				return invalid("specialty.unknown", "Unknown specialty %q.", code)
			}
		}
		if !v.Until.IsZero() && !v.Until.After(v.From) {
			return invalid("period", "The end must be after the beginning.")
		}
		return s.known(rd, v.Site, v.Provider)
	})
}

// ChosenSettings answers what an institution (or DefaultSettings) chose itself; empty if nothing.
func (s *Service) ChosenSettings(ctx context.Context, id string) (Chosen, error) {
	c, err := s.settings.Get(ctx, id)
	if err != nil {
		return Chosen{Meta: flow.Meta{ID: id}, Periods: []Period{}}, ignoreMissing(err)
	}
	return c, nil
}

// SaveSettings lets an institution (or DefaultSettings) choose values from a date on. Past periods stay as they are.
func (s *Service) SaveSettings(ctx context.Context, cmd flow.Command, id string, from time.Time, values json.RawMessage) (Chosen, error) {
	if from.IsZero() || from.Before(s.now()) {
		from = s.now()
	}
	from = from.UTC()
	probe := Defaults()
	if err := strictJSON(values, &probe); err != nil {
		return Chosen{}, invalid("settings.values", "These settings are not understood: %v.", err)
	}
	add := func(c Chosen) Chosen {
		c.Periods = slices.DeleteFunc(slices.Clone(c.Periods), func(p Period) bool { return !p.From.Before(from) })
		c.Periods = append(c.Periods, Period{From: from, Values: values})
		return c
	}
	var c Chosen
	err := s.store.Update(ctx, func(tx flow.Tx) error {
		if id != DefaultSettings {
			if err := s.known(tx, yilian.InstitutionID(id)); err != nil {
				return err
			}
		}
		change := flow.Change{Action: "edit", Data: map[string]any{"from": from, "values": values}}
		_, err := s.settings.GetIn(tx, id)
		if yilian.KindOf(err) == yilian.NotFound {
			c, err = s.settings.CreateIn(tx, cmd, func(flow.Tx) (Chosen, flow.Change, error) {
				return add(Chosen{Meta: flow.Meta{ID: id}}), change, nil
			})
			return err
		}
		c, err = s.settings.UpdateIn(tx, cmd, id, func(_ flow.Tx, old Chosen) (Chosen, flow.Change, error) {
			return add(old), change, nil
		})
		return err
	})
	return c, err
}

// Bootstrap makes the first administrator, at an institution that is made too if it is not there. It refuses when an
// administrator exists already.
func (s *Service) Bootstrap(ctx context.Context, institution, login, name, password string) (Person, error) {
	if err := checkPassword(password, login, Defaults().SignIn.PasswordMin); err != nil {
		return Person{}, err
	}
	people, err := s.People(ctx)
	if err != nil {
		return Person{}, err
	}
	for _, p := range people {
		if !p.Disabled && slices.ContainsFunc(p.Points, func(q Point) bool { return slices.Contains(q.Roles, yilian.RoleAdmin) }) {
			return Person{}, yilian.Errorf(yilian.Conflict, "bootstrap.done", "There is an administrator already (%s).", p.Login)
		}
	}
	return s.Enrol(ctx, institution, login, name, password, yilian.RoleAdmin)
}

// Enrol makes a person with one role and a password at the institution of that name, making it if needed: for the command line.
func (s *Service) Enrol(ctx context.Context, institution, login, name, password string, role yilian.Role) (Person, error) {
	cmd := s.by(yilian.System)
	all, err := s.Institutions(ctx)
	if err != nil {
		return Person{}, err
	}
	i := slices.IndexFunc(all, func(v Institution) bool { return v.Name == institution })
	var home Institution
	if i >= 0 {
		home = all[i]
	} else if home, err = s.SaveInstitution(ctx, cmd, Institution{Name: institution, Tier: County}); err != nil {
		return Person{}, err
	}
	p, err := s.SavePerson(ctx, cmd, Person{Login: login, Name: name, Points: []Point{{
		Institution: yilian.InstitutionID(home.ID), Roles: []yilian.Role{role}, From: s.now().UTC().Truncate(24 * time.Hour), Filed: true,
	}}})
	if err != nil {
		return Person{}, err
	}
	return p, s.SetPassword(ctx, yilian.System, yilian.PersonID(p.ID), password)
}
