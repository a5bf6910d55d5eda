package request

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Accept gives the request to the actor, if they are the first: compare-and-set on the state. Everybody else gets a Conflict with
// the winner's name, and both are in the trail.
func (s *Service) Accept(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	r, err := s.act(ctx, cmd, id, ActAccept, func(st *step) (flow.Change, error) { return st.take() })
	if e, ok := errors.AsType[*yilian.Error](err); ok && e.Kind == yilian.Conflict {
		look := yilian.Event{Chain: flow.ChainOf(cmd.Actor), Entity: EntityKind, EntityID: string(id), Action: "acceptLost", Actor: cmd.Actor, At: s.Now().UTC(), Reason: e.Code}
		if lookErr := flow.Look(ctx, s.Store, look); lookErr != nil {
			return r, errors.Join(err, lookErr)
		}
	}
	return r, err
}

func (st *step) take() (flow.Change, error) {
	r := st.r
	v := &view{s: st.s, rd: st.tx, r: r, actor: st.cmd.Actor, now: st.now}
	d, err := v.dutyOf(st.cmd.Actor.Person)
	if err != nil {
		return flow.Change{}, err
	}
	if o := r.rings(d.ID()); o != nil {
		o.Outcome, o.Answered = Taken, st.now
	}
	r.settle(Recalled, st.now)
	r.Accepted = &Acceptance{Person: onDuty(d), Point: d.Point.ID, At: st.now, JoinBy: st.now.Add(r.Rules.Join.D())}
	r.Ladder.Alarm = false
	r.Seats = slices.DeleteFunc(r.Seats, func(x Seat) bool { return x.Specialist })
	for i := range r.Seats { // a colleague who was asked in may be the one who takes it
		r.Seats[i].Specialist, r.Seats[i].Other = r.has(r.Seats[i].Person.ID), r.other(r.Seats[i].Person.ID)
	}
	r.Leg++
	if r.FirstAcceptedAt.IsZero() {
		r.FirstAcceptedAt = st.now
	}
	st.media(MediaAnswer)
	wait := st.now.Sub(r.SubmittedAt).Milliseconds()
	return flow.Change{Data: map[string]any{"waitedMs": wait, "level": r.Ladder.Level, "leg": r.Leg}},
		st.s.Directory.EngageIn(st.tx, system(st.cmd), d.ID(), r.ID)
}

// Decline lets a rung doctor say no, with a reason. They are not rung for this request again.
func (s *Service) Decline(ctx context.Context, cmd flow.Command, id yilian.RequestID, why Reason) (r Request, err error) {
	if err := coded(why, declineReasons); err != nil {
		return r, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err = s.actIn(tx, cmd, string(id), ActDecline, func(st *step) (flow.Change, error) {
			o := st.r.rings(st.cmd.Actor.Person)
			o.Outcome, o.Reason, o.Answered = Declined, why.Code, st.now
			return flow.Change{Reason: why.Code}, st.s.Directory.AnsweredIn(st.tx, system(st.cmd), o.Person.ID)
		})
		if err != nil {
			return err
		}
		r, err = s.requeueIn(tx, cmd, r)
		return err
	})
	return r, err
}

func coded(r Reason, allowed []string) error {
	if !slices.Contains(allowed, r.Code) {
		e := invalid("reason.unknown", "The reason must be one of: %s.", strings.Join(allowed, ", "))
		e.Params = map[string]any{"allowed": allowed}
		return e
	}
	if r.Code == "other" && strings.TrimSpace(r.Text) == "" {
		return invalid("reason.text", "Please say what the other reason is.")
	}
	return nil
}

func (st *step) decision(why Reason) *Decision {
	return &Decision{Code: why.Code, Text: strings.TrimSpace(why.Text), By: st.by(), At: st.now}
}

// Return sends a request back for more material; the clock stands meanwhile. Emergencies are not sent back.
func (s *Service) Return(ctx context.Context, cmd flow.Command, id yilian.RequestID, why Reason) (Request, error) {
	if err := coded(why, returnReasons); err != nil {
		return Request{}, err
	}
	return s.act(ctx, cmd, id, ActReturn, func(st *step) (flow.Change, error) {
		st.r.settle(Recalled, st.now)
		st.r.Returned, st.r.Ladder.Paused, st.r.RemindAt = st.decision(why), st.now, st.now.Add(st.r.Rules.Returned.D())
		st.r.Ladder.Alarm = false
		st.media(MediaQuiet)
		return flow.Change{Reason: why.Code}, nil
	})
}

// Cancel takes a request away before the consult began. The specialist who had it is free again.
func (s *Service) Cancel(ctx context.Context, cmd flow.Command, id yilian.RequestID, why Reason) (Request, error) {
	if err := coded(why, cancelReasons); err != nil {
		return Request{}, err
	}
	return s.act(ctx, cmd, id, ActCancel, func(st *step) (flow.Change, error) {
		st.r.settle(Recalled, st.now)
		st.r.Cancelled, st.r.Ladder.Alarm = st.decision(why), false
		st.media(MediaQuiet)
		return flow.Change{Reason: why.Code}, st.release(0)
	})
}

// release frees the specialist who has it, if anybody has.
func (st *step) release(wrapUp time.Duration) error {
	if st.r.Accepted == nil {
		return nil
	}
	return st.s.Directory.ReleaseIn(st.tx, system(st.cmd), st.r.Accepted.Person.ID, st.r.ID, wrapUp)
}

// Assign lets the desk ring one chosen person, who may be on duty for another specialty. If they do not accept, the ladder goes on.
func (s *Service) Assign(ctx context.Context, cmd flow.Command, id yilian.RequestID, person yilian.PersonID) (Request, error) {
	return s.act(ctx, cmd, id, ActAssign, func(st *step) (flow.Change, error) {
		v := &view{s: s, rd: st.tx, r: st.r, actor: st.cmd.Actor, now: st.now}
		ask, err := v.ask()
		if err != nil {
			return flow.Change{}, err
		}
		ask.Specialty = ""
		d, err := s.Directory.EntitledIn(st.tx, ask, person)
		if err != nil {
			e := yilian.Errorf(yilian.Forbidden, "assign.notEntitled", "This person cannot take the request.")
			e.Err = err
			return flow.Change{}, e
		}
		st.r.Ring++
		if o := st.r.rings(person); o != nil {
			o.Assigned, o.Until = true, st.now.Add(st.r.Rules.Lease.D())
		} else {
			st.offer(d, true)
		}
		st.restart()
		st.media(MediaRing)
		return flow.Change{Data: map[string]any{"person": person}}, nil
	})
}

// restart lets the ladder go on from the present level as if it were reached now, so that a new ring has its time.
func (st *step) restart() {
	r := st.r
	at := r.levelTime(r.Ladder.Level)
	if at.IsZero() {
		at = r.Ladder.Start
	}
	if at.Before(st.now) {
		r.Ladder.Start = r.Ladder.Start.Add(st.now.Sub(at))
	}
}

// Dispose lets a coordinator end what nobody answered: helped by telephone, referred, or closed, with what was done.
func (s *Service) Dispose(ctx context.Context, cmd flow.Command, id yilian.RequestID, how, text string) (Request, error) {
	if !slices.Contains(disposals, how) {
		return Request{}, invalid("dispose.action", "The way out is one of: assign, %s.", strings.Join(disposals, ", "))
	}
	if strings.TrimSpace(text) == "" {
		return Request{}, invalid("reason.text", "Please say what was done.")
	}
	return s.act(ctx, cmd, id, ActDispose, func(st *step) (flow.Change, error) {
		st.r.Disposition, st.r.Ladder.Alarm = st.decision(Reason{Code: how, Text: text}), false
		return flow.Change{Reason: how}, nil
	})
}
