package request

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Lecture is a consult to which the specialist lets colleagues of the consortium listen: they hear and see the call and may write in its chat, and are no party to
// the consult. The last lecture of a request is kept.
type Lecture struct {
	Title  string    `json:"title"` // what those see who could listen; nothing of the patient belongs in it
	By     Person    `json:"by"`
	At     time.Time `json:"at"`
	Closed time.Time `json:"closed,omitzero"`
}

// NewLecture says what a lecture is called, and that the patient, or who speaks for them, agreed to being listened to.
type NewLecture struct {
	Title  string
	Agreed bool
}

const longestTitle = 64 // characters

// lecturing tells whether listeners may come now.
func (r *Request) lecturing() bool {
	return r.Lecture != nil && r.Lecture.Closed.IsZero() && r.State == InService && r.has(r.Lecture.By.ID)
}

// OpenLecture lets colleagues of the consortium listen to the consult.
func (s *Service) OpenLecture(ctx context.Context, cmd flow.Command, id yilian.RequestID, n NewLecture) (Request, error) {
	n.Title = strings.TrimSpace(n.Title)
	switch {
	case n.Title == "" || utf8.RuneCountInString(n.Title) > longestTitle:
		return Request{}, invalid("lecture.title", "A lecture has a title of at most %d characters.", longestTitle)
	case !n.Agreed:
		return Request{}, invalid("lecture.agreed", "The patient must have agreed that others listen.")
	}
	return s.act(ctx, cmd, id, ActLecture, func(st *step) (flow.Change, error) {
		if st.r.lecturing() {
			return nothing()
		}
		if names(n.Title, st.r.Patient.Name) {
			return flow.Change{}, invalid("lecture.patient", "The title must not name the patient: everybody who could listen reads it.")
		}
		st.r.Lecture = &Lecture{Title: n.Title, By: st.by(), At: st.now}
		return flow.Change{Data: map[string]any{"title": n.Title, "agreed": true}}, nil
	})
}

// names tells whether a text holds a name, whatever blanks are in either. A name of one character says nothing of a person.
func names(text, name string) bool {
	text, name = strings.Join(strings.Fields(text), ""), strings.Join(strings.Fields(name), "")
	return utf8.RuneCountInString(name) > 1 && strings.Contains(text, name)
}

// CloseLecture sends the listeners away; the consult goes on.
func (s *Service) CloseLecture(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return s.act(ctx, cmd, id, ActLecture, func(st *step) (flow.Change, error) {
		if !st.r.lecturing() {
			return nothing()
		}
		st.r.Lecture.Closed = st.now
		return flow.Change{Reason: "closed"}, nil
	})
}

// Notice is a lecture as those see it who could listen: nothing of the patient.
type Notice struct {
	Request yilian.RequestID
	Title   string
	By      Person
	At      time.Time
}

// Lectures answers what somebody could listen to now, the latest first.
func (s *Service) Lectures(ctx context.Context, actor yilian.Actor) (list []Notice, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		open, err := s.repo.All(rd, flow.Query{Name: keyLecture, Values: []string{""}})
		if err != nil {
			return err
		}
		for i := range open {
			r := &open[i]
			circle, err := s.circleIn(rd, r)
			if err != nil {
				return err
			}
			if r.lecturing() && slices.Contains(circle, actor.Institution) {
				list = append(list, Notice{Request: yilian.RequestID(r.ID), Title: r.Lecture.Title, By: r.Lecture.By, At: r.Lecture.At})
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Notice) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Request, b.Request)) })
	return list, err
}

// circleIn answers the institutions whose people may listen: the parties, and those that the specialist's institution serves under an agreement in force.
func (s *Service) circleIn(rd flow.Reader, r *Request) ([]yilian.InstitutionID, error) {
	if r.Lecture == nil {
		return nil, nil
	}
	served, err := s.Directory.SitesIn(rd, r.Lecture.By.Institution, directory.ServiceConsult, s.Now().UTC())
	return append(r.parties(), served...), err
}

func noLecture() error {
	return yilian.Errorf(yilian.NotFound, "lecture.unknown", "There is no such lecture, or it is over.")
}

// Listen answers a listener's ticket into a lecture. Who has a seat in the consult comes in by that.
func (s *Service) Listen(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (pass Pass, r Request, err error) {
	if s.Calls == nil {
		return pass, r, yilian.Errorf(yilian.Unavailable, "call.none", "This service carries no calls.")
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		if r, err = s.repo.GetIn(rd, string(id)); err != nil {
			return orElse(ignoreMissing(err), noLecture())
		}
		circle, err := s.circleIn(rd, &r)
		switch {
		case err != nil:
			return err
		case !r.lecturing() || actor.Person == "" || !slices.Contains(circle, actor.Institution):
			return noLecture()
		case r.participates(actor.Person):
			return yilian.Errorf(yilian.Conflict, "lecture.seat", "You take part in this consult. Open it as your own.")
		}
		return nil
	})
	if err != nil {
		return pass, r, err
	}
	pass, err = s.Calls.Ticket(ctx, r.ID, Participant{Person: named(actor), Role: ListenerRole, Grace: r.Rules.Grace.D(), Listener: true})
	return pass, r, err
}

// ListenerRole is what a call names somebody who listens.
const ListenerRole yilian.Role = "listener"

// participates tells whether somebody is more than a listener.
func (r *Request) participates(p yilian.PersonID) bool {
	return r.has(p) || r.Requester.ID == p || r.panelist(p) != nil || r.seat(p) != nil
}

// mayListen tells whether a person, wherever they work, may (still) listen.
func (s *Service) mayListen(ctx context.Context, r *Request, person yilian.PersonID) (may bool, err error) {
	if !r.lecturing() {
		return false, nil
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		circle, err := s.circleIn(rd, r)
		if err != nil {
			return err
		}
		p, err := s.Directory.PersonIn(rd, person)
		if err != nil {
			return ignoreMissing(err)
		}
		may = !p.Disabled && slices.ContainsFunc(p.Points, func(q directory.Point) bool { return slices.Contains(circle, q.Institution) })
		return nil
	})
	return may, err
}

// listens tells whether somebody sits in the audience of a lecture now: the images that are shown in it are theirs to follow.
func (s *Service) listens(rd flow.Reader, r *Request, person yilian.PersonID) (bool, error) {
	if person == "" || !r.lecturing() {
		return false, nil
	}
	t, err := s.talks.GetIn(rd, r.ID)
	if err != nil {
		return false, ignoreMissing(err)
	}
	h := t.heard(person)
	return h != nil && len(h.Visits) > 0 && h.Visits[len(h.Visits)-1].Until.IsZero(), nil
}

// Heard is how long somebody listened, visit by visit.
type Heard struct {
	Person      yilian.PersonID      `json:"person"`
	Name        string               `json:"name"`
	Institution yilian.InstitutionID `json:"institution,omitempty"`
	Visits      []Visit              `json:"visits"`
}

// Visit is from when until when somebody listened; Until is absent while they do, and where nobody saw them go.
type Visit struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

// Bounds of what is kept of an audience.
const (
	audienceAtMost = 1000 // people
	visitsAtMost   = 50   // of one person
)

// Listened keeps who listened, and when. What follows from a consult's own people coming and going does not follow from theirs.
func (s *Service) Listened(ctx context.Context, id yilian.RequestID, e MediaEvent) error {
	return s.talk(ctx, id, func(r Request, t *Talk) (flow.Change, bool) {
		change := flow.Change{Action: "listen", Reason: string(e.Type), Silent: true, Chain: string(r.Site), Data: map[string]any{"person": e.Person}}
		switch e.Type {
		case PersonJoined:
			return change, t.comes(e)
		case PersonLeft:
			return change, t.goes(e)
		}
		return flow.Change{}, false
	})
}

func (t *Talk) heard(p yilian.PersonID) *Heard {
	i := slices.IndexFunc(t.Audience, func(h Heard) bool { return h.Person == p })
	if i < 0 {
		return nil
	}
	return &t.Audience[i]
}

// comes begins a visit, unless one goes on: after a restart of the calls everybody joins again.
func (t *Talk) comes(e MediaEvent) (changed bool) {
	h := t.heard(e.Person)
	if h == nil {
		if len(t.Audience) >= audienceAtMost {
			return false
		}
		t.Audience = append(t.Audience, Heard{Person: e.Person, Name: e.Name, Institution: e.Institution})
		h = &t.Audience[len(t.Audience)-1]
	}
	if n := len(h.Visits); n >= visitsAtMost || n > 0 && h.Visits[n-1].Until.IsZero() {
		return false
	}
	h.Visits = append(h.Visits, Visit{From: e.At})
	return true
}

func (t *Talk) goes(e MediaEvent) (changed bool) {
	h := t.heard(e.Person)
	if h == nil || len(h.Visits) == 0 || !h.Visits[len(h.Visits)-1].Until.IsZero() {
		return false
	}
	h.Visits[len(h.Visits)-1].Until = e.At
	return true
}
