package request

import (
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Panelist is a colleague whom the specialist has asked into the consult: they see the request and speak in the call; the opinion stays the specialist's.
type Panelist struct {
	Person Person    `json:"person"`
	By     Person    `json:"by"`
	At     time.Time `json:"at"`
	Ended  time.Time `json:"ended,omitzero"` // the invitation was taken back
	// Excused is when they said that they cannot come. The invitation stands; asking once more rings again.
	Excused time.Time `json:"excused,omitzero"`
}

const panelAtMost = 12

func (r *Request) panelist(p yilian.PersonID) *Panelist {
	i := slices.IndexFunc(r.Panel, func(x Panelist) bool { return x.Person.ID == p && x.Ended.IsZero() })
	if i < 0 {
		return nil
	}
	return &r.Panel[i]
}

// other tells what a person in the room is who is neither the specialist nor of the site: their coming and going decides nothing.
func (r *Request) other(p yilian.PersonID) string {
	switch {
	case r.has(p) || r.Requester.ID == p:
		return ""
	case r.guest(p) != nil:
		return "guest"
	case slices.ContainsFunc(r.Panel, func(x Panelist) bool { return x.Person.ID == p }):
		return "panel"
	}
	return ""
}

// Invite asks a colleague into the consult, and rings at them until they come: a specialist with a filed practice point at an institution that is a party to it.
// Who has excused themselves may be asked once more.
func (s *Service) Invite(ctx context.Context, cmd flow.Command, id yilian.RequestID, person yilian.PersonID) (Request, error) {
	return s.act(ctx, cmd, id, ActInvite, func(st *step) (flow.Change, error) {
		if x := st.r.panelist(person); x != nil {
			if x.Excused.IsZero() {
				return nothing()
			}
			x.By, x.At, x.Excused = st.by(), st.now, time.Time{}
			return flow.Change{Reason: "again", Data: map[string]any{"person": person}}, nil
		}
		active := 0
		for _, x := range st.r.Panel {
			if x.Ended.IsZero() {
				active++
			}
		}
		if active >= panelAtMost {
			return flow.Change{}, invalid("panel.many", "A consult has at most %d invited colleagues.", panelAtMost)
		}
		p, err := st.colleague(person)
		if err != nil {
			return flow.Change{}, err
		}
		st.r.Panel = append(st.r.Panel, Panelist{Person: p, By: st.by(), At: st.now})
		return flow.Change{Data: map[string]any{"person": person}}, nil
	})
}

// colleague answers a person who may be invited, as the request names people.
func (st *step) colleague(person yilian.PersonID) (Person, error) {
	if st.r.has(person) || st.r.Requester.ID == person {
		return Person{}, invalid("panel.party", "This person is in the consult already.")
	}
	p, err := st.s.Directory.PersonIn(st.tx, person)
	if err != nil {
		return Person{}, err
	}
	q, ok := invitable(p, st.r, st.now)
	if !ok {
		return Person{}, yilian.Errorf(yilian.Forbidden, "panel.entitled", "This person has no filed practice point as a specialist at an institution of this consult.")
	}
	return Person{ID: person, Name: p.Name, Title: p.Title, Phone: p.Phone, Institution: q.Institution, Department: q.Department}, nil
}

// invitable finds the practice point at which somebody may be asked into a consult.
func invitable(p directory.Person, r *Request, now time.Time) (directory.Point, bool) {
	i := slices.IndexFunc(p.Points, func(q directory.Point) bool {
		return slices.Contains(r.parties(), q.Institution) && q.Practises(yilian.RoleSpecialist, now)
	})
	if i < 0 || p.Disabled {
		return directory.Point{}, false
	}
	return p.Points[i], true
}

// Uninvite takes an invitation back. Who is in the call is removed by its chair.
func (s *Service) Uninvite(ctx context.Context, cmd flow.Command, id yilian.RequestID, person yilian.PersonID) (Request, error) {
	return s.act(ctx, cmd, id, ActInvite, func(st *step) (flow.Change, error) {
		x := st.r.panelist(person)
		if x == nil {
			return nothing()
		}
		x.Ended = st.now
		return flow.Change{Reason: "ended", Data: map[string]any{"person": person}}, nil
	})
}

// Colleagues answers whom the specialist could invite, by name of institution and person.
func (s *Service) Colleagues(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (list []Person, err error) {
	r, err := s.look(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		for _, inst := range r.parties() {
			people, err := s.Directory.PeopleOfIn(rd, inst)
			if err != nil {
				return err
			}
			for _, p := range people {
				q, ok := invitable(p, &r, s.Now().UTC())
				who := yilian.PersonID(p.ID)
				known := slices.ContainsFunc(list, func(x Person) bool { return x.ID == who })
				if !ok || known || r.has(who) || r.Requester.ID == who || r.panelist(who) != nil {
					continue
				}
				list = append(list, Person{ID: who, Name: p.Name, Title: p.Title, Institution: q.Institution, Department: q.Department})
			}
		}
		return nil
	})
	return list, err
}

// seated: a party, or a colleague whom the specialist asked in.
func (v *view) seated() error {
	if v.party() == nil || v.r.panelist(v.actor.Person) != nil {
		return nil
	}
	return notYours()
}

// participants names everybody who took part in the calls, each once: what an opinion lists.
func (r *Request) participants() []Person {
	var all []Person
	for _, l := range r.Legs {
		for _, p := range l.Participants {
			if !slices.ContainsFunc(all, func(q Person) bool { return q.ID == p.ID }) {
				p.Phone = ""
				all = append(all, p)
			}
		}
	}
	return all
}
