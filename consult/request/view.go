package request

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Seen is a request as one actor may see it, with what they may do.
type Seen struct {
	Request
	Actions []Action
	Drafts  bool // the actor writes the opinion, so its draft is theirs to see
}

// look reads a request for an actor who may see it and may do what is named; NotFound for a stranger.
func (s *Service) look(ctx context.Context, actor yilian.Actor, id yilian.RequestID, may ...Action) (r Request, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		if r, err = s.repo.GetIn(rd, string(id)); err != nil {
			return err
		}
		v := &view{s: s, rd: rd, r: &r, actor: actor, now: s.Now().UTC()}
		if !v.sees() {
			return unknown()
		}
		for _, a := range may {
			if _, err := s.machines.Task.Next(r.State, a, actor, v.check); err != nil {
				return err
			}
		}
		return nil
	})
	return r, err
}

func unknown() error {
	return yilian.Errorf(yilian.NotFound, "request.unknown", "There is no such request.")
}

// Get answers one request as the actor sees it.
func (s *Service) Get(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (seen Seen, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		r, err := s.repo.GetIn(rd, string(id))
		if err != nil {
			return err
		}
		v := &view{s: s, rd: rd, r: &r, actor: actor, now: s.Now().UTC()}
		if !v.sees() {
			return unknown()
		}
		seen = v.seen()
		return nil
	})
	return seen, err
}

// See answers r, fresh from a command, as the actor sees it.
func (s *Service) See(ctx context.Context, actor yilian.Actor, r Request) (seen Seen, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		v := &view{s: s, rd: rd, r: &r, actor: actor, now: s.Now().UTC()}
		if !v.sees() {
			return unknown()
		}
		seen = v.seen()
		return nil
	})
	return seen, err
}

// seen hides the draft of an opinion from all but its writer.
func (v *view) seen() Seen {
	seen := Seen{Request: *v.r, Actions: v.actions()}
	seen.Drafts = v.r.Opinion.Author.ID == v.actor.Person && v.actor.Person != ""
	if v.r.Opinion.State == DocDraft && !seen.Drafts {
		seen.Opinion.Text, seen.Opinion.Author = Text{}, Person{}
	}
	for i := range seen.Legs {
		if l := &seen.Legs[i]; l.Specialist.ID != v.actor.Person {
			l.Notes = nil
		}
	}
	return seen
}

// Scope is which requests a list shows.
type Scope string

// The scopes of a list.
const (
	Mine  Scope = "mine"  // asked, had or being rung by the actor
	Queue Scope = "queue" // nobody has it yet, at the actor's institution
	Now   Scope = "open"  // not over, at the actor's institution
	Done  Scope = "done"  // over, at the actor's institution, the latest first
)

// List answers one page of what the actor may see.
func (s *Service) List(ctx context.Context, actor yilian.Actor, scope Scope, after string, limit int) (page []Seen, next string, err error) {
	q := flow.Query{Values: []string{string(actor.Institution)}, After: after, Limit: limit}
	switch scope {
	case Mine, "":
		q.Name, q.Values, q.Desc = keyParty, []string{string(actor.Person)}, true
	case Queue:
		q.Name = keyQueue
	case Now:
		q.Name = keyOpen
	case Done:
		q.Name, q.Desc = keyDone, true
	default:
		return nil, "", invalid("scope", "Unknown scope %q.", scope)
	}
	return s.find(ctx, actor, q, scope == Mine && after == "")
}

// find answers what a query finds and the actor may see; with ringing, what rings at the actor comes first.
func (s *Service) find(ctx context.Context, actor yilian.Actor, q flow.Query, ringing bool) (page []Seen, next string, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		var found, ring []Request
		if found, next, err = s.repo.FindIn(rd, q); err != nil {
			return err
		}
		if ringing {
			if ring, err = s.repo.All(rd, flow.Query{Name: keyRinging, Values: []string{string(actor.Person)}}); err != nil {
				return err
			}
			found = slices.DeleteFunc(found, func(r Request) bool { return r.rings(actor.Person) != nil })
		}
		page = s.show(rd, actor, slices.Concat(ring, found))
		return nil
	})
	return page, next, err
}

// show answers those of the requests that the actor may see.
func (s *Service) show(rd flow.Reader, actor yilian.Actor, all []Request) []Seen {
	memo := map[string]dutyAnswer{}
	seen := []Seen{}
	for i := range all {
		v := &view{s: s, rd: rd, r: &all[i], actor: actor, now: s.Now().UTC(), duty: memo}
		if v.sees() {
			seen = append(seen, v.seen())
		}
	}
	return seen
}

// OfPatient answers the requests of a patient that the actor may see, the newest first.
func (s *Service) OfPatient(ctx context.Context, actor yilian.Actor, id yilian.PatientID) ([]Seen, error) {
	page, _, err := s.find(ctx, actor, flow.Query{Name: keyHistory, Values: []string{string(id)}, Desc: true, Limit: 200}, false)
	return page, err
}

// Events answers the trail of a request for somebody who may see it.
func (s *Service) Events(ctx context.Context, actor yilian.Actor, id yilian.RequestID) ([]yilian.Event, error) {
	if _, err := s.look(ctx, actor, id); err != nil {
		return nil, err
	}
	return s.repo.Events(ctx, string(id))
}

// Print answers a request whose opinion is to be printed, and writes down that it was: paper does not follow a later version.
func (s *Service) Print(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (Request, error) {
	r, err := s.look(ctx, actor, id)
	if err != nil {
		return r, err
	}
	if len(r.Opinion.History) == 0 {
		return r, yilian.Errorf(yilian.NotFound, "opinion.none", "No opinion has been signed yet.")
	}
	version := r.Opinion.History[len(r.Opinion.History)-1].Version
	data, err := json.Marshal(map[string]int{"opinion": version})
	if err != nil {
		return r, err
	}
	return r, flow.Look(ctx, s.Store, yilian.Event{
		Chain: string(r.Site), Entity: EntityKind, EntityID: r.ID, Version: r.Version, Action: "print",
		Actor: actor, At: s.Now().UTC(), Data: data,
	})
}

// tieLasts is how long after its end a consult still lets the specialist open the patient.
const tieLasts = 30 * 24 * time.Hour

// Tied tells whether the actor has to do with a patient through a consult: they are rung for it, have it, or had it lately.
func (s *Service) Tied(ctx context.Context, actor yilian.Actor, id yilian.PatientID) (tied bool, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		all, err := s.repo.All(rd, flow.Query{Name: keyHistory, Values: []string{string(id)}})
		tied = slices.ContainsFunc(all, func(r Request) bool { return s.binds(&r, actor) })
		return err
	})
	return tied, err
}

// MayRead tells whether the actor has to do with a study through a consult to which it is attached, or listens to it.
func (s *Service) MayRead(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) (may bool, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		all, err := s.repo.All(rd, flow.Query{Name: keyStudy, Values: []string{string(uid)}})
		if err != nil {
			return err
		}
		may = slices.ContainsFunc(all, func(r Request) bool { return s.binds(&r, actor) })
		for i := 0; i < len(all) && !may; i++ {
			if may, err = s.listens(rd, &all[i], actor.Person); err != nil {
				return err
			}
		}
		return nil
	})
	return may, err
}

// Shared answers the studies that consults share with the actor.
func (s *Service) Shared(ctx context.Context, actor yilian.Actor) (uids []yilian.StudyUID, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		for _, q := range []flow.Query{
			{Name: keyRinging, Values: []string{string(actor.Person)}},
			{Name: keyParty, Values: []string{string(actor.Person)}, From: flow.SortTime(s.Now().Add(-2 * tieLasts))},
		} {
			all, err := s.repo.All(rd, q)
			if err != nil {
				return err
			}
			for _, r := range all {
				for _, study := range r.Studies {
					if s.binds(&r, actor) {
						uids = append(uids, study.UID)
					}
				}
			}
		}
		uids = compact(uids)
		return nil
	})
	return uids, err
}

func (s *Service) binds(r *Request, actor yilian.Actor) bool {
	if actor.Person == "" || !actor.Is(yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleHead, yilian.RoleCoordinator) {
		return false
	}
	part := slices.Contains(r.people(), actor.Person)
	if r.State.over() {
		return part && s.Now().Sub(r.ChangedAt) < tieLasts
	}
	return part || r.rings(actor.Person) != nil
}

// RingAt is one ring at one person: of a request that waits for somebody to accept it, or, with By, of somebody who asks them into a consult. Such an invitation
// has no Until.
type RingAt struct {
	Request yilian.RequestID
	Ring    int
	Kind    Kind
	Person  yilian.PersonID
	Since   time.Time
	Until   time.Time
	By      string
}

// Silence says why a request stopped ringing, and who has it.
type Silence struct {
	Reason string // accepted, declined, lapsed, recalled, cancelled
	By     string
}

// Rings answers whom a request rings now, and, for the others, why it does not.
func (s *Service) Rings(ctx context.Context, id yilian.RequestID) (rings []RingAt, why func(yilian.PersonID) Silence, err error) {
	r, err := s.repo.Get(ctx, string(id))
	if err != nil {
		return nil, nil, err
	}
	return r.ringsAt(), r.silence, nil
}

// RingsOf answers what rings at one person now.
func (s *Service) RingsOf(ctx context.Context, person yilian.PersonID) (rings []RingAt, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		for _, name := range []string{keyRinging, keyInvited} {
			all, err := s.repo.All(rd, flow.Query{Name: name, Values: []string{string(person)}})
			if err != nil {
				return err
			}
			for _, r := range all {
				rings = append(rings, slices.DeleteFunc(r.ringsAt(), func(x RingAt) bool { return x.Person != person })...)
			}
		}
		return nil
	})
	return rings, err
}

func (r Request) ringsAt() []RingAt {
	var rings []RingAt
	for _, i := range r.open() {
		o := r.Offers[i]
		rings = append(rings, RingAt{Request: yilian.RequestID(r.ID), Ring: o.Ring, Kind: r.Kind, Person: o.Person.ID, Since: o.At, Until: o.Until})
	}
	for _, x := range r.awaited() {
		rings = append(rings, RingAt{Request: yilian.RequestID(r.ID), Kind: r.Kind, Person: x.Person.ID, Since: x.At, By: x.By.Name})
	}
	return rings
}

func (r Request) silence(person yilian.PersonID) Silence {
	if r.State == Cancelled {
		return Silence{"cancelled", r.Cancelled.By.Name}
	}
	if r.Accepted != nil {
		return Silence{"accepted", r.Accepted.Person.Name}
	}
	for _, o := range slices.Backward(r.Offers) {
		if o.Person.ID == person {
			return Silence{Reason: string(o.Outcome)}
		}
	}
	return Silence{Reason: string(Recalled)}
}
