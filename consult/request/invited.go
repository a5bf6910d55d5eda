package request

import (
	"context"

	"yilian"
	"yilian/consult/flow"
)

// awaited are the invitations that ring: of colleagues who have not come, and have not said that they cannot.
func (r *Request) awaited() (list []*Panelist) {
	if !r.State.held() {
		return nil
	}
	for i := range r.Panel {
		x := &r.Panel[i]
		if x.Ended.IsZero() && x.Excused.IsZero() && r.seat(x.Person.ID) == nil && !r.has(x.Person.ID) {
			list = append(list, x)
		}
	}
	return list
}

// asked answers the invitation that rings at a person, or nil.
func (r *Request) asked(person yilian.PersonID) *Panelist {
	for _, x := range r.awaited() {
		if x.Person.ID == person {
			return x
		}
	}
	return nil
}

// invited: was asked in, and has not come.
func (v *view) invited() error {
	if v.r.asked(v.actor.Person) == nil {
		return notYours()
	}
	return nil
}

// Excuse lets somebody who was asked in say that they cannot come: it rings no longer, and the specialist sees it.
func (s *Service) Excuse(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return s.act(ctx, cmd, id, ActExcuse, func(st *step) (flow.Change, error) {
		if x := st.r.asked(st.cmd.Actor.Person); x != nil {
			x.Excused = st.now
		}
		return flow.Change{}, nil
	})
}
