package patient

import (
	"context"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Service registers and finds patients.
type Service struct {
	store flow.Store
	repo  *flow.Repo[Patient]
	now   func() time.Time
}

// NewService makes a service over store; now is the server's clock.
func NewService(store flow.Store, now func() time.Time) *Service {
	return &Service{store: store, now: now, repo: flow.NewRepo(store, flow.Spec[Patient]{
		Kind:     Kind,
		Meta:     func(p *Patient) *flow.Meta { return &p.Meta },
		Keys:     keys,
		Audience: func(p Patient) []string { return audience(p) },
	})}
}

// Kind is the entity kind of a patient in trail and messages.
const Kind = "patient"

func audience(p Patient) []string {
	out := make([]string, len(p.Institutions))
	for i, inst := range p.Institutions {
		out[i] = "institution:" + string(inst)
	}
	return out
}

// clinical are the roles that deal with patients at all.
var clinical = []yilian.Role{
	yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleTechnologist,
	yilian.RoleCoordinator, yilian.RoleHead,
}

// Register finds or makes the patient that d describes and makes them known to the actor's institution. A patient with the same
// ID number or the same institution number is the same person if name, sex and birth date agree; otherwise Conflict.
func (s *Service) Register(ctx context.Context, cmd flow.Command, d Details) (p Patient, err error) {
	err = s.store.Update(ctx, func(tx flow.Tx) (err error) {
		p, err = s.RegisterIn(tx, cmd, d)
		return err
	})
	return p, err
}

// RegisterIn is Register within a transaction.
func (s *Service) RegisterIn(tx flow.Tx, cmd flow.Command, d Details) (Patient, error) {
	if !cmd.Actor.Is(clinical...) || cmd.Actor.Institution == "" {
		return Patient{}, yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here may not register patients.")
	}
	p, err := build(d, s.now())
	if err != nil {
		return Patient{}, err
	}
	found, err := s.same(tx, p, cmd.Actor.Institution)
	if err != nil {
		return Patient{}, err
	}
	if found.ID != "" {
		return s.adopt(tx, cmd, found, p)
	}
	return s.repo.CreateIn(tx, cmd, func(tx flow.Tx) (Patient, flow.Change, error) {
		p.Institutions = []yilian.InstitutionID{cmd.Actor.Institution}
		err := s.issue(tx, &p, cmd.Actor.Institution)
		return p, flow.Change{Action: "register"}, err
	})
}

// same looks for the patient under the ID number, the institution's number, or (name, sex, birth date and telephone together).
func (s *Service) same(tx flow.Tx, p Patient, inst yilian.InstitutionID) (Patient, error) {
	if p.IDNumber != "" {
		if found, err := s.oneBy(tx, keyNumber, digest(p.IDNumber)); err != nil || found.ID != "" {
			return found, err
		}
	}
	for _, id := range p.Identities {
		if found, err := s.oneBy(tx, keyIdentity, id.Key()); err != nil || found.ID != "" {
			return found, err
		}
	}
	if p.Phone == "" || p.Birth == "" {
		return Patient{}, nil
	}
	page, _, err := s.repo.FindIn(tx, flow.Query{Name: keyFind, Values: []string{findValue(inst, First(p.Phone))}, Limit: 1000})
	if err != nil {
		return Patient{}, err
	}
	for _, q := range page {
		if q.Phone == p.Phone && NameKey(q.Name) == NameKey(p.Name) && q.Sex == p.Sex && q.Birth == p.Birth && (p.IDNumber == "" || q.IDNumber == "") {
			return q, nil
		}
	}
	return Patient{}, nil
}

func (s *Service) oneBy(rd flow.Reader, key, value string) (Patient, error) {
	page, _, err := s.repo.FindIn(rd, flow.Query{Name: key, Values: []string{value}, Limit: 1})
	if err != nil || len(page) == 0 {
		return Patient{}, err
	}
	return page[0], nil
}

// adopt makes a patient who is registered already known to the actor's institution and fills in what was missing.
func (s *Service) adopt(tx flow.Tx, cmd flow.Command, found, typed Patient) (Patient, error) {
	if NameKey(found.Name) != NameKey(typed.Name) || differ(string(found.Sex), string(typed.Sex), string(Unknown)) || differ(string(found.Birth), string(typed.Birth), "") {
		return Patient{}, yilian.Errorf(yilian.Conflict, "patient.differs", "A patient with this number is registered with another name, sex or birth date. Please check the document.")
	}
	inst := cmd.Actor.Institution
	cmd.Key, cmd.Version = "", 0
	return s.repo.UpdateIn(tx, cmd, found.ID, func(tx flow.Tx, p Patient) (Patient, flow.Change, error) {
		changed := false
		fill := func(to *string, from string) {
			if *to == "" && from != "" {
				*to, changed = from, true
			}
		}
		fill(&p.Phone, typed.Phone)
		fill(&p.Latin, typed.Latin)
		fill((*string)(&p.IDNumber), string(typed.IDNumber))
		fill((*string)(&p.Birth), string(typed.Birth))
		for _, id := range typed.Identities {
			if p.NumberOf(id.Issuer) == "" {
				p.Identities, changed = append(p.Identities, id), true
			}
		}
		if !p.known(inst) {
			p.Institutions, changed = append(p.Institutions, inst), true
			if err := s.issue(tx, &p, inst); err != nil {
				return p, flow.Change{}, err
			}
		}
		if !changed {
			return p, flow.Change{}, nil
		}
		return p, flow.Change{Action: "adopt"}, nil
	})
}

// differ tells whether two values contradict each other; the unknown one contradicts nothing.
func differ(a, b, unknown string) bool {
	return a != b && a != unknown && b != unknown && a != "" && b != ""
}

// issue gives the patient a number of an institution that has none of its own for them: eight digits, easy to type at a console.
func (s *Service) issue(tx flow.Tx, p *Patient, inst yilian.InstitutionID) error {
	if p.NumberOf(string(inst)) != "" {
		return nil
	}
	n, err := Sequence(tx, "patient/"+string(inst))
	if err != nil {
		return err
	}
	p.Identities = append(p.Identities, Identity{Issuer: string(inst), ID: patientNumber(n)})
	return nil
}

// NumberIn answers the patient with a number of the institution, which is issued if there is none: its devices will know the patient
// by it. That makes the patient no patient of the institution's staff.
func (s *Service) NumberIn(tx flow.Tx, cmd flow.Command, id yilian.PatientID, inst yilian.InstitutionID) (Patient, error) {
	return s.repo.UpdateIn(tx, cmd, string(id), func(tx flow.Tx, p Patient) (Patient, flow.Change, error) {
		if p.NumberOf(string(inst)) != "" {
			return p, flow.Change{}, nil
		}
		return p, flow.Change{Action: "number"}, s.issue(tx, &p, inst)
	})
}

// Search finds patients of the actor's institution by a part of the name, the ID number or its tail, telephone or patient
// number; an empty q lists all, the newest first.
func (s *Service) Search(ctx context.Context, actor yilian.Actor, q, after string, limit int) ([]Patient, string, error) {
	if !actor.Is(clinical...) || actor.Institution == "" {
		return nil, "", yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here may not look for patients.")
	}
	token := NameKey(strings.TrimSpace(q))
	if n, err := ParseIDNumber(q, s.now()); err == nil {
		token = digest(n)
	}
	if token == "" && strings.TrimSpace(q) != "" {
		return []Patient{}, "", nil
	}
	page, next, err := s.repo.Find(ctx, flow.Query{Name: keyFind, Values: []string{findValue(actor.Institution, First(token))}, Desc: true, After: after, Limit: limit})
	return slices.DeleteFunc(page, func(p Patient) bool { return !found(p, token) }), next, err
}

// Get answers a patient without asking who wants to know: for services that have decided that already.
func (s *Service) Get(ctx context.Context, id yilian.PatientID) (Patient, error) {
	return s.repo.Get(ctx, string(id))
}

// GetIn is Get within a transaction.
func (s *Service) GetIn(rd flow.Reader, id yilian.PatientID) (Patient, error) {
	return s.repo.GetIn(rd, string(id))
}

// ByIdentity answers the patient under an issuer's number, or a patient without ID if there is none.
func (s *Service) ByIdentity(rd flow.Reader, id Identity) (Patient, error) {
	return s.oneBy(rd, keyIdentity, id.Key())
}
