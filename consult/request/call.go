package request

import (
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// MediaType names what happened in a room.
type MediaType string

// What can happen in a room. The names are those of the call protocol's events; others are ignored.
const (
	PersonJoined      MediaType = "joined"
	PersonLive        MediaType = "live"
	PersonDegraded    MediaType = "degraded"
	PersonInterrupted MediaType = "interrupted"
	PersonResumed     MediaType = "resumed"
	PersonFailed      MediaType = "failed"
	PersonLeft        MediaType = "left"
)

// MediaEvent is one thing that happened to one person in a room.
type MediaEvent struct {
	Type        MediaType
	Person      yilian.PersonID
	Name        string
	Device      string
	Reason      string
	Institution yilian.InstitutionID
	At          time.Time
}

// Ticket lets one of the consult's parties into its room: the specialist who has it, the requesting site, and colleagues whom the specialist asked in. Guests
// come by EnterGuest; nobody else enters.
func (s *Service) Ticket(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (Pass, Request, error) {
	if s.Calls == nil {
		return Pass{}, Request{}, yilian.Errorf(yilian.Unavailable, "call.none", "This service carries no calls.")
	}
	r, err := s.look(ctx, actor, id, ActJoin)
	if err != nil {
		return Pass{}, r, err
	}
	who := Participant{Person: named(actor), Role: yilian.RoleRequester, Grace: r.Rules.Grace.D(), Specialist: r.has(actor.Person)}
	if who.Specialist || r.panelist(actor.Person) != nil {
		who.Role = yilian.RoleSpecialist
	}
	pass, err := s.Calls.Ticket(ctx, r.ID, who)
	return pass, r, err
}

// Admit tells whether a person may (still) be in the room of a request.
func (s *Service) Admit(ctx context.Context, room string, person yilian.PersonID) error {
	r, err := s.repo.Get(ctx, room)
	if err != nil {
		return err
	}
	g := r.guest(person)
	known := r.has(person) || r.Requester.ID == person || r.seat(person) != nil || r.panelist(person) != nil
	if r.State.held() && (g == nil && known || g != nil && g.Key != "" && g.open(s.Now())) {
		return nil
	}
	if may, err := s.mayListen(ctx, &r, person); may || err != nil {
		return err
	}
	return notYours()
}

// Join notes that a party is in, when their page says so; the media session says the same by Media. When both sides are in, the
// consult begins.
func (s *Service) Join(ctx context.Context, cmd flow.Command, id yilian.RequestID) (r Request, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err = s.actIn(tx, cmd, string(id), ActJoin, func(st *step) (flow.Change, error) {
			if x := st.r.seat(st.cmd.Actor.Person); x != nil && x.Connected {
				return nothing()
			}
			st.sit(st.by())
			return flow.Change{}, nil
		})
		if err != nil {
			return err
		}
		r, err = s.beginIn(tx, cmd, r)
		return err
	})
	return r, err
}

// sit gives a person their seat, or gives it back: never two seats for one person.
func (st *step) sit(p Person) {
	x := st.r.seat(p.ID)
	if x == nil {
		st.r.Seats = append(st.r.Seats, Seat{Person: p, JoinedAt: st.now})
		x = &st.r.Seats[len(st.r.Seats)-1]
	}
	if !x.LostAt.IsZero() {
		st.gap(p.ID, x.LostAt)
	}
	x.Connected, x.GivenUp, x.LostAt, x.Specialist, x.Other = true, false, time.Time{}, st.r.has(p.ID), st.r.other(p.ID)
	if x.Other == "" {
		st.r.EmptyAt = time.Time{}
	}
	if l := st.r.leg(); l != nil && !slices.ContainsFunc(l.Participants, func(q Person) bool { return q.ID == p.ID }) {
		l.Participants = append(l.Participants, p)
	}
}

func (st *step) gap(person yilian.PersonID, from time.Time) {
	if l := st.r.leg(); l != nil {
		l.Gaps = append(l.Gaps, Gap{Person: person, From: from, Until: st.now})
	}
}

// bothIn tells whether the specialist and somebody of the site are connected.
func (r *Request) bothIn() bool {
	return r.siteIn() && slices.ContainsFunc(r.Seats, func(x Seat) bool { return x.Connected && r.has(x.Person.ID) })
}

func (s *Service) beginIn(tx flow.Tx, cmd flow.Command, r Request) (Request, error) {
	if r.State != Accepted || !r.bothIn() {
		return r, nil
	}
	return s.actIn(tx, system(cmd), r.ID, ActBegin, func(st *step) (flow.Change, error) {
		st.begin(false)
		st.media(MediaConnect)
		return flow.Change{Data: map[string]any{"leg": st.r.Leg}}, nil
	})
}

func (st *step) begin(phone bool) {
	l := Leg{Leg: st.r.Leg, Specialist: st.r.Accepted.Person, StartedAt: st.now, Phone: phone, Participants: []Person{}}
	for _, x := range st.r.Seats {
		if x.Connected {
			l.Participants = append(l.Participants, x.Person)
		}
	}
	st.r.Legs = append(st.r.Legs, l)
}

// Callback notes that the specialist goes on by telephone: the line does not carry a call. A lost seat has no consequence then.
func (s *Service) Callback(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return s.act(ctx, cmd, id, ActCallback, func(st *step) (flow.Change, error) {
		if l := st.r.leg(); l != nil {
			l.Phone = true
		} else {
			st.begin(true)
		}
		for i := range st.r.Seats {
			st.r.Seats[i].LostAt = time.Time{}
		}
		st.r.EmptyAt = time.Time{}
		return flow.Change{Reason: "phone"}, nil
	})
}

// Media takes news from the media session. It decides nothing by itself: a lost seat has a due-time, and what follows is decided
// when that comes. News about strangers, and news that come too late, change nothing.
func (s *Service) Media(ctx context.Context, id yilian.RequestID, e MediaEvent) error {
	cmd := flow.Command{Actor: yilian.System, At: e.At}
	if cmd.At.IsZero() {
		cmd.At = s.Now()
	}
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err := s.repo.GetIn(tx, string(id))
		if err != nil {
			return err
		}
		if !r.State.held() {
			return nil
		}
		p, err := s.partyIn(tx, &r, e.Person)
		if err != nil || p.ID == "" {
			return err
		}
		if r, err = s.actIn(tx, cmd, r.ID, ActObserve, func(st *step) (flow.Change, error) { return st.observe(e, p) }); err != nil {
			return err
		}
		_, err = s.beginIn(tx, cmd, r)
		return err
	})
}

// partyIn answers who the person in the room is, or nobody if they are no party.
func (s *Service) partyIn(rd flow.Reader, r *Request, id yilian.PersonID) (Person, error) {
	if x := r.seat(id); x != nil {
		return x.Person, nil
	}
	if r.has(id) {
		return r.Accepted.Person, nil
	}
	if g := r.guest(id); g != nil {
		return g.person(), nil
	}
	if x := r.panelist(id); x != nil {
		return x.Person, nil
	}
	p, err := s.Directory.PersonIn(rd, id)
	if err != nil {
		return Person{}, ignoreMissing(err)
	}
	for _, q := range p.Points {
		if q.Institution == r.Site && slices.Contains(q.Roles, yilian.RoleRequester) {
			return Person{ID: id, Name: p.Name, Title: p.Title, Phone: p.Phone, Institution: q.Institution, Department: q.Department}, nil
		}
	}
	return Person{}, nil
}

// observe is the effect of one piece of news.
func (st *step) observe(e MediaEvent, p Person) (flow.Change, error) {
	data := map[string]any{"type": e.Type, "person": p.ID, "device": e.Device, "reason": e.Reason}
	x := st.r.seat(p.ID)
	if other := st.r.other(p.ID); other != "" {
		return st.observeOther(e, p, x, flow.Change{Action: "media", Data: data})
	}
	switch e.Type {
	case PersonJoined, PersonResumed:
		if x != nil && x.Connected {
			return nothing()
		}
		st.sit(p)
		if st.r.bothIn() {
			st.media(MediaRejoin)
		}
	case PersonInterrupted, PersonLeft, PersonFailed:
		if e.Reason == "ended" || e.Type == PersonFailed && e.Reason == "media" || x == nil || !x.Connected {
			return nothing()
		}
		st.lose(x)
	case PersonDegraded:
		if !st.media(MediaDegrade) {
			return nothing()
		}
	case PersonLive:
		if x != nil && x.Connected && !st.media(MediaRecover) {
			return nothing()
		}
		st.sit(p)
	default:
		return nothing()
	}
	return flow.Change{Action: "media", Data: data}, nil
}

// observeOther takes news of a guest or an invited colleague: their seat comes and goes, and nothing follows from that.
func (st *step) observeOther(e MediaEvent, p Person, x *Seat, change flow.Change) (flow.Change, error) {
	here := x != nil && x.Connected
	switch e.Type {
	case PersonJoined, PersonResumed, PersonLive:
		if here {
			return nothing()
		}
		st.sit(p)
	case PersonInterrupted, PersonLeft, PersonFailed:
		if !here || e.Reason == "ended" || e.Type == PersonFailed && e.Reason == "media" {
			return nothing()
		}
		x.Connected, x.LostAt = false, st.now
	default:
		return nothing()
	}
	return change, nil
}

// lose takes a seat as lost from now on; its grace begins.
func (st *step) lose(x *Seat) {
	x.Connected = false
	if l := st.r.leg(); l == nil || !l.Phone {
		x.LostAt = st.now
	}
	st.media(MediaLose)
	if !slices.ContainsFunc(st.r.Seats, func(y Seat) bool { return y.Connected && y.Other == "" }) && (st.r.leg() == nil || !st.r.leg().Phone) {
		st.r.EmptyAt = st.now
	}
}

// End ends the call for all; the opinion is due from now on.
func (s *Service) End(ctx context.Context, cmd flow.Command, id yilian.RequestID, reason string) (r Request, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err = s.endIn(tx, cmd, string(id), reason)
		return err
	})
	return r, err
}

func (s *Service) endIn(tx flow.Tx, cmd flow.Command, id, reason string) (Request, error) {
	return s.actIn(tx, cmd, id, ActEnd, func(st *step) (flow.Change, error) {
		rules, err := st.settings()
		if err != nil {
			return flow.Change{}, err
		}
		st.endLeg(st.cmd.Actor.Name, reason)
		st.media(MediaEnd)
		st.r.OpinionDue = Deadline{From: st.now, At: st.now.Add(st.r.Rules.Opinion.D())}
		return flow.Change{Reason: reason}, st.release(rules.Duty.WrapUp.D())
	})
}

func (st *step) endLeg(by, reason string) {
	if l := st.r.Lecture; l != nil && l.Closed.IsZero() {
		l.Closed = st.now
	}
	if l := st.r.leg(); l != nil {
		l.EndedAt, l.EndedBy, l.Reason = st.now, by, reason
	}
	st.r.EmptyAt = time.Time{}
	st.r.Seats = []Seat{}
}
