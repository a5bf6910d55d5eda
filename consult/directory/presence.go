package directory

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Status is what a person is doing, as others see it.
type Status string

// The statuses (5a, presence): the roster says what should be, the presence what is.
const (
	Available Status = "available"
	Busy      Status = "busy" // in a call, or on the way into one
	WrapUp    Status = "wrapup"
	Paused    Status = "paused"
	Off       Status = "off" // said so, or gives no sign of life
)

// Presence is what a person is doing. Its identifier is the person's.
type Presence struct {
	flow.Meta
	Said   Status    `json:"said"` // available, paused, wrapup, off
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"`  // end of a pause or wrap-up
	Reason string    `json:"reason,omitzero"` // of a pause; "missed": the service paused them
	Online bool      `json:"online"`          // gives signs of life
	Call   string    `json:"call,omitzero"`   // the request they are occupied with
	Missed int       `json:"missed,omitzero"` // offers missed in a row
}

// Status answers what the person is doing.
func (p Presence) Status() Status {
	switch {
	case p.Call != "":
		return Busy
	case !p.Online || p.Said == "":
		return Off
	}
	return p.Said
}

func presenceSpec() flow.Spec[Presence] {
	return flow.Spec[Presence]{
		Kind: "presence", Meta: func(v *Presence) *flow.Meta { return &v.Meta },
		Keys: func(v Presence) []flow.Key { return []flow.Key{everything(v.ID)} },
		Dues: func(v Presence) []flow.Due {
			if v.Until.IsZero() {
				return nil
			}
			return []flow.Due{{Name: "until", At: v.Until}}
		},
		State: func(v Presence) string { return string(v.Status()) },
	}
}

// PresenceIn answers the presence of a person; somebody never seen is off.
func (s *Service) PresenceIn(rd flow.Reader, person yilian.PersonID) (Presence, error) {
	p, err := s.presences.GetIn(rd, string(person))
	if err != nil {
		return Presence{Meta: flow.Meta{ID: string(person)}, Said: Available}, ignoreMissing(err)
	}
	return p, nil
}

// Presence answers the presence of a person.
func (s *Service) Presence(ctx context.Context, person yilian.PersonID) (p Presence, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		p, err = s.PresenceIn(rd, person)
		return err
	})
	return p, err
}

// changePresence updates the presence of a person, making it if there is none yet.
func (s *Service) changePresence(tx flow.Tx, cmd flow.Command, person yilian.PersonID, fn func(p Presence) (Presence, flow.Change)) (Presence, error) {
	if _, err := s.presences.GetIn(tx, string(person)); err != nil {
		if ignoreMissing(err) != nil {
			return Presence{}, err
		}
		return s.presences.CreateIn(tx, cmd, func(flow.Tx) (Presence, flow.Change, error) {
			p, change := fn(Presence{Meta: flow.Meta{ID: string(person)}, Said: Available, Since: cmd.At})
			return p, change, nil
		})
	}
	return s.presences.UpdateIn(tx, cmd, string(person), func(_ flow.Tx, p Presence) (Presence, flow.Change, error) {
		p, change := fn(p)
		return p, change, nil
	})
}

// say sets what a person says to be doing.
func (p Presence) say(status Status, now, until time.Time, reason string) Presence {
	p.Said, p.Since, p.Until, p.Reason = status, now, until, reason
	return p
}

// SetPresence lets a person say what they are doing: available, wrapup, off, or paused for one of the allowed minutes.
func (s *Service) SetPresence(ctx context.Context, actor yilian.Actor, status Status, minutes int, reason string) (p Presence, err error) {
	cmd := s.by(actor)
	err = s.store.Update(ctx, func(tx flow.Tx) error {
		all, err := s.SettingsIn(tx, actor.Institution, cmd.At)
		if err != nil {
			return err
		}
		until, err := sayUntil(all.Duty, status, minutes, cmd.At.UTC())
		if err != nil {
			return err
		}
		p, err = s.changePresence(tx, cmd, actor.Person, func(p Presence) (Presence, flow.Change) {
			p = p.say(status, cmd.At.UTC(), until, reason)
			p.Missed = 0
			return p, flow.Change{Action: string(status), Reason: reason}
		})
		return err
	})
	return p, err
}

func sayUntil(rules Duty, status Status, minutes int, now time.Time) (time.Time, error) {
	switch status {
	case Available, Off:
		return time.Time{}, nil
	case WrapUp:
		return now.Add(rules.WrapUp.D()), nil
	case Paused:
		if slices.Contains(rules.Pauses, minutes) {
			return now.Add(time.Duration(minutes) * time.Minute), nil
		}
		e := invalid("presence.minutes", "A pause lasts one of %v minutes.", rules.Pauses)
		e.Params = map[string]any{"minutes": rules.Pauses}
		return time.Time{}, e
	}
	return time.Time{}, invalid("presence.status", "Unknown status %q.", status)
}

// EngageIn notes that a person is occupied with a request, from the moment it is theirs.
func (s *Service) EngageIn(tx flow.Tx, cmd flow.Command, person yilian.PersonID, request string) error {
	_, err := s.changePresence(tx, cmd, person, func(p Presence) (Presence, flow.Change) {
		p.Call, p.Missed = request, 0
		return p, flow.Change{Action: "engage"}
	})
	return err
}

// ReleaseIn frees a person from a request. After a call they wrap up for as long as their institution grants, unless they said
// that they are off or paused.
func (s *Service) ReleaseIn(tx flow.Tx, cmd flow.Command, person yilian.PersonID, request string, wrapUp time.Duration) error {
	_, err := s.changePresence(tx, cmd, person, func(p Presence) (Presence, flow.Change) {
		if p.Call != request {
			return p, flow.Change{}
		}
		p.Call = ""
		if wrapUp > 0 && (p.Said == Available || p.Said == WrapUp) {
			p = p.say(WrapUp, cmd.At, cmd.At.Add(wrapUp), "")
		}
		return p, flow.Change{Action: "release"}
	})
	return err
}

// MissedIn counts an offer that a person let pass. After too many in a row they are paused; it answers whether that happened now.
func (s *Service) MissedIn(tx flow.Tx, cmd flow.Command, person yilian.PersonID, rules Duty) (paused bool, err error) {
	_, err = s.changePresence(tx, cmd, person, func(p Presence) (Presence, flow.Change) {
		p.Missed++
		if rules.MissedOffers > 0 && p.Missed >= rules.MissedOffers && p.Said == Available {
			p.Missed, paused = 0, true
			return p.say(Paused, cmd.At, cmd.At.Add(rules.MissedPause.D()), "missed"), flow.Change{Action: "autoPause", Reason: "missed"}
		}
		return p, flow.Change{Action: "missed", Silent: true}
	})
	return paused, err
}

// AnsweredIn forgets the missed offers of somebody who answered one, if only to decline.
func (s *Service) AnsweredIn(tx flow.Tx, cmd flow.Command, person yilian.PersonID) error {
	_, err := s.changePresence(tx, cmd, person, func(p Presence) (Presence, flow.Change) {
		if p.Missed == 0 {
			return p, flow.Change{}
		}
		p.Missed = 0
		return p, flow.Change{Action: "answered", Silent: true}
	})
	return err
}

type sign struct {
	At time.Time `json:"at"`
}

func signRef(person yilian.PersonID) flow.Ref { return flow.Ref{Kind: "seen", ID: string(person)} }

// Alive notes a sign of life of a person: their page is open. It writes at most every 20 s a person, and makes an event only
// when somebody comes online.
func (s *Service) Alive(ctx context.Context, actor yilian.Actor) error {
	now := s.now().UTC()
	if actor.Person == "" || !s.due(actor.Person, now) {
		return nil
	}
	return s.store.Update(ctx, func(tx flow.Tx) error {
		if err := putSign(tx, actor.Person, now); err != nil {
			return err
		}
		p, err := s.PresenceIn(tx, actor.Person)
		if err != nil || p.Online {
			return err
		}
		all, err := s.SettingsIn(tx, actor.Institution, now)
		if err != nil {
			return err
		}
		_, err = s.changePresence(tx, flow.Command{Actor: actor, At: now}, actor.Person, func(p Presence) (Presence, flow.Change) {
			p.Online = true
			return p, flow.Change{Action: "online"}
		})
		if err != nil {
			return err
		}
		return tx.SetDue(flow.Due{Ref: flow.Ref{Kind: "presence", ID: string(actor.Person)}, Name: "offline", At: now.Add(all.Duty.SeenWithin.D())})
	})
}

const aliveEvery = 20 * time.Second

// due tells whether it is time to write a sign of life again, and remembers that it was.
func (s *Service) due(person yilian.PersonID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.touched[person]; ok && now.Sub(last) < aliveEvery {
		return false
	}
	s.touched[person] = now
	return true
}

// forget lets the next sign of life of a person be written at once.
func (s *Service) forget(person yilian.PersonID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.touched, person)
}

// Gone notes that a person is not there any more: they are offline at once.
func (s *Service) Gone(ctx context.Context, actor yilian.Actor) error {
	s.forget(actor.Person)
	return s.store.Update(ctx, func(tx flow.Tx) error { return s.goneIn(tx, s.by(actor), actor.Person) })
}

func (s *Service) goneIn(tx flow.Tx, cmd flow.Command, person yilian.PersonID) error {
	_, err := s.changePresence(tx, cmd, person, func(p Presence) (Presence, flow.Change) {
		if !p.Online {
			return p, flow.Change{}
		}
		p.Online = false
		return p, flow.Change{Action: "offline"}
	})
	if err != nil {
		return err
	}
	return tx.ClearDue(flow.Ref{Kind: "presence", ID: string(person)}, "offline")
}

func putSign(tx flow.Tx, person yilian.PersonID, at time.Time) error {
	rec, err := tx.Get(signRef(person))
	if ignoreMissing(err) != nil {
		return err
	}
	doc, err := json.Marshal(sign{at})
	if err != nil {
		return err
	}
	return tx.Put(flow.Record{Ref: signRef(person), Version: rec.Version, Doc: doc})
}

func seenAt(rd flow.Reader, person yilian.PersonID) (time.Time, error) {
	rec, err := rd.Get(signRef(person))
	if err != nil {
		return time.Time{}, ignoreMissing(err)
	}
	var v sign
	err = json.Unmarshal(rec.Doc, &v)
	return v.At, err
}

// presenceDue ends a pause or wrap-up, and finds out who is not there any more.
func (s *Service) presenceDue(ctx context.Context, d flow.Due) error {
	now := s.now().UTC()
	if d.Name == "offline" {
		return s.lookForLife(ctx, d, now)
	}
	_, err := s.presences.Update(ctx, flow.Firing(d, now), d.ID, func(_ flow.Tx, p Presence) (Presence, flow.Change, error) {
		if p.Until.IsZero() || p.Until.After(now) {
			return p, flow.Change{}, nil
		}
		return p.say(Available, now, time.Time{}, ""), flow.Change{Action: "resume"}, nil
	})
	return err
}

func (s *Service) lookForLife(ctx context.Context, d flow.Due, now time.Time) error {
	person := yilian.PersonID(d.ID)
	return s.store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil {
			return err
		}
		at, err := seenAt(tx, person)
		if err != nil {
			return err
		}
		all, err := s.SettingsIn(tx, "", now)
		if err != nil {
			return err
		}
		if gone := at.Add(all.Duty.SeenWithin.D()); gone.After(now) {
			return tx.SetDue(flow.Due{Ref: d.Ref, Name: d.Name, At: gone})
		}
		return s.goneIn(tx, flow.Command{Actor: yilian.System, At: now}, person)
	})
}

// shiftDue tells the pages and the queues that a duty begins or ends.
func (s *Service) shiftDue(ctx context.Context, d flow.Due) error {
	return s.store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil {
			return err
		}
		shift, err := s.shifts.GetIn(tx, d.ID)
		if err != nil || shift.Cancelled {
			return err
		}
		e := yilian.Event{
			Chain: string(shift.Institution), Entity: "shift", EntityID: shift.ID, Version: shift.Version,
			Action: d.Name, Actor: yilian.System, At: s.now().UTC(),
		}
		return tx.Append(e, &flow.Message{Topic: "presence", Key: string(shift.Person), Version: shift.Version})
	})
}
