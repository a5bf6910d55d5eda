package request

import (
	"context"

	"yilian"
	"yilian/consult/flow"
)

// due carries out one due-time of a request. Firing it and all that follows is one transaction; what the state has overtaken does
// nothing.
func (s *Service) due(ctx context.Context, d flow.Due) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil {
			return err
		}
		r, err := s.repo.GetIn(tx, d.ID)
		if err != nil {
			return err
		}
		cmd := flow.Command{Actor: yilian.System, At: s.Now().UTC()}
		do, known := s.carryOut()[d.Name]
		if !known || !r.asksFor(d) {
			return nil
		}
		return do(tx, cmd, r)
	})
}

// asksFor tells whether the state still asks for this due-time.
func (r Request) asksFor(d flow.Due) bool {
	for _, now := range dues(r) {
		if now.Name == d.Name && !now.At.After(d.At) {
			return true
		}
	}
	return false
}

// carryOut maps each due-time to what it does.
func (s *Service) carryOut() map[string]func(flow.Tx, flow.Command, Request) error {
	return map[string]func(flow.Tx, flow.Command, Request) error{
		dueLease:    s.lapse,
		dueEscalate: func(tx flow.Tx, cmd flow.Command, r Request) error { _, err := s.climb(tx, cmd, r); return err },
		dueExhaust:  s.exhaust,
		dueJoin:     s.unjoined,
		dueLost:     s.giveUp,
		dueEmpty:    s.endEmpty,
		dueOpinion:  s.remindOpinion,
		dueAck:      s.remindAck,
		dueReturned: s.remindReturned,
	}
}

// endEmpty ends a call that nobody is in any more.
func (s *Service) endEmpty(tx flow.Tx, cmd flow.Command, r Request) error {
	_, err := s.endIn(tx, cmd, r.ID, "empty")
	return err
}

// remindOpinion reminds the specialist at 50 and 80 percent of the time, and tells the head at 100.
func (s *Service) remindOpinion(tx flow.Tx, cmd flow.Command, r Request) error {
	_, err := s.actIn(tx, cmd, r.ID, ActRemind, func(st *step) (flow.Change, error) {
		percent := opinionReminders[st.r.OpinionDue.Reminded]
		st.r.OpinionDue.Reminded++
		st.r.Ladder.Alarm = st.r.Ladder.Alarm || percent >= 100
		return flow.Change{Reason: "opinion", Data: map[string]any{"percent": percent}}, nil
	})
	return err
}

// remindAck reminds the requester when the time is over, and the coordinator after twice the time.
func (s *Service) remindAck(tx flow.Tx, cmd flow.Command, r Request) error {
	_, err := s.actIn(tx, cmd, r.ID, ActRemind, func(st *step) (flow.Change, error) {
		percent := ackReminders[st.r.AckDue.Reminded]
		st.r.AckDue.Reminded++
		st.r.Ladder.Alarm = st.r.Ladder.Alarm || percent > 100
		return flow.Change{Reason: "acknowledge", Data: map[string]any{"percent": percent}}, nil
	})
	return err
}

func (s *Service) remindReturned(tx flow.Tx, cmd flow.Command, r Request) error {
	_, err := s.actIn(tx, cmd, r.ID, ActRemind, func(st *step) (flow.Change, error) {
		st.r.RemindAt = st.now.Add(st.r.Rules.Returned.D())
		return flow.Change{Reason: "returned"}, nil
	})
	return err
}
