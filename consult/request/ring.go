package request

import (
	"context"
	"slices"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// ringIn offers a waiting request to everybody who can be rung at its level and has not been yet. Nobody free is no error: the
// ladder goes on.
func (s *Service) ringIn(tx flow.Tx, cmd flow.Command, r Request) (Request, error) {
	if r.State != Queued && r.State != Offered {
		return r, nil
	}
	v := &view{s: s, rd: tx, r: &r, actor: yilian.System, now: cmd.At}
	ask, err := v.ask()
	if err != nil {
		return r, err
	}
	on, err := s.Directory.OnDutyIn(tx, ask)
	if err != nil {
		return r, err
	}
	first := firstLine(on)
	callees := slices.DeleteFunc(on, func(d directory.OnDuty) bool { return !r.wants(d, first) })
	if len(callees) == 0 {
		return r, nil
	}
	return s.actIn(tx, system(cmd), r.ID, ActRing, func(st *step) (flow.Change, error) {
		st.r.Ring++
		for _, d := range callees {
			st.offer(d, false)
		}
		st.media(MediaRing)
		return flow.Change{Data: map[string]any{"ring": st.r.Ring, "level": st.r.Ladder.Level, "people": ids(callees)}}, nil
	})
}

// firstLine answers the line that is asked first: 1, or the second where nobody of the first is rostered.
func firstLine(on []directory.OnDuty) int {
	line := 2
	for _, d := range on {
		if d.Barred == nil && !d.Partner {
			line = min(line, d.Shift.Line)
		}
	}
	return line
}

// system is the service acting in the course of somebody's command.
func system(cmd flow.Command) flow.Command { return flow.Command{Actor: yilian.System, At: cmd.At} }

func ids(on []directory.OnDuty) []yilian.PersonID {
	list := make([]yilian.PersonID, len(on))
	for i, d := range on {
		list[i] = d.ID()
	}
	return list
}

func (st *step) offer(d directory.OnDuty, assigned bool) {
	st.r.Offers = append(st.r.Offers, Offer{
		Ring: st.r.Ring, Level: st.r.Ladder.Level, Assigned: assigned, At: st.now, Until: st.now.Add(st.r.Rules.Lease.D()), Person: onDuty(d),
	})
}

func onDuty(d directory.OnDuty) Person {
	return Person{ID: d.ID(), Name: d.Person.Name, Title: d.Person.Title, Phone: d.Person.Phone, Institution: d.Shift.Institution, Department: d.Point.Department}
}

// wants tells whether a ring goes to somebody on duty at the present level. Who declined is not asked again; who let it ring out is
// asked again one level up.
func (r *Request) wants(d directory.OnDuty, first int) bool {
	if d.Barred != nil || d.ID() == r.Requester.ID || d.Partner && r.Ladder.Level < L4 {
		return false
	}
	for _, o := range r.Offers {
		if o.Person.ID != d.ID() {
			continue
		}
		if o.Outcome == Open || o.Outcome == Declined || o.Level >= r.Ladder.Level && o.Outcome != Recalled && o.Outcome != Taken {
			return false
		}
	}
	switch status := d.Presence.Status(); r.Ladder.Level {
	case L0:
		return status == directory.Available && d.Shift.Line == first
	case L1:
		return status == directory.Available || status == directory.WrapUp
	default:
		return status == directory.Available || status == directory.WrapUp || status == directory.Paused
	}
}

// lapse ends the offers whose lease is over, counts them as missed, and rings whoever has become free meanwhile.
func (s *Service) lapse(tx flow.Tx, cmd flow.Command, r Request) error {
	var missed []yilian.PersonID
	r, err := s.actIn(tx, cmd, r.ID, ActLapse, func(st *step) (flow.Change, error) {
		missed = nil
		for _, i := range st.r.open() {
			if o := &st.r.Offers[i]; !o.Until.After(st.now) {
				o.Outcome, o.Answered = Lapsed, st.now
				missed = append(missed, o.Person.ID)
			}
		}
		if len(missed) == 0 {
			return nothing()
		}
		return flow.Change{Data: map[string]any{"people": missed}}, nil
	})
	if err != nil {
		return err
	}
	rules, err := s.Directory.SettingsIn(tx, r.Site, cmd.At)
	if err != nil {
		return err
	}
	slices.Sort(missed)
	for _, p := range missed {
		if _, err := s.Directory.MissedIn(tx, system(cmd), p, rules.Duty); err != nil {
			return err
		}
	}
	_, err = s.requeueIn(tx, cmd, r)
	return err
}

// requeueIn puts a request that rings nowhere any more back into the queue, and rings who can be rung.
func (s *Service) requeueIn(tx flow.Tx, cmd flow.Command, r Request) (Request, error) {
	if r.State == Offered && len(r.open()) == 0 {
		var err error
		r, err = s.actIn(tx, system(cmd), r.ID, ActRequeue, func(st *step) (flow.Change, error) {
			st.media(MediaQuiet)
			return flow.Change{}, nil
		})
		if err != nil {
			return r, err
		}
	}
	return s.ringIn(tx, cmd, r)
}

// climb raises the level to all that time has passed, one event a level, and rings at the new one.
func (s *Service) climb(tx flow.Tx, cmd flow.Command, r Request) (Request, error) {
	for {
		target, at := r.nextLevel()
		if target == "" || at.After(cmd.At) {
			return s.ringIn(tx, cmd, r)
		}
		var err error
		if r, err = s.raise(tx, cmd, r, target); err != nil {
			return r, err
		}
	}
}

func (s *Service) raise(tx flow.Tx, cmd flow.Command, r Request, target Level) (Request, error) {
	return s.actIn(tx, system(cmd), r.ID, ActEscalate, func(st *step) (flow.Change, error) {
		from := st.r.Ladder.Level
		for st.r.Ladder.Level != target {
			next, err := s.machines.Escalation.Next(st.r.Ladder.Level, Raise, yilian.System, nil)
			if err != nil {
				return flow.Change{}, err
			}
			st.r.Ladder.Level = next
		}
		st.r.Ladder.Alarm = st.r.Ladder.Alarm || target >= L3
		return flow.Change{Data: map[string]any{"from": from, "level": target}}, nil
	})
}

// exhaust ends the ladder: from here on a coordinator must dispose. The alarm stays until then.
func (s *Service) exhaust(tx flow.Tx, cmd flow.Command, r Request) error {
	_, err := s.actIn(tx, cmd, r.ID, ActExhaust, func(st *step) (flow.Change, error) {
		st.r.settle(Lapsed, st.now)
		st.r.Ladder.Alarm = true
		st.media(MediaQuiet)
		return flow.Change{}, nil
	})
	return err
}

// presenceChanged rings the waiting requests at somebody who has become free.
func (s *Service) presenceChanged(ctx context.Context, m flow.Message) error {
	p, err := s.Directory.Presence(ctx, yilian.PersonID(m.Key))
	if err != nil {
		return err
	}
	if st := p.Status(); st == directory.Off || st == directory.Busy {
		return nil
	}
	waiting, err := s.waiting(ctx)
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if r.rings(yilian.PersonID(p.ID)) != nil {
			continue
		}
		if err := s.ringAgain(ctx, r.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) ringAgain(ctx context.Context, id string) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		now, err := s.repo.GetIn(tx, id)
		if err != nil {
			return err
		}
		_, err = s.ringIn(tx, flow.Command{Actor: yilian.System, At: s.Now().UTC()}, now)
		return err
	})
}

// waiting answers every request that nobody has yet, the longest waiting first.
func (s *Service) waiting(ctx context.Context) (list []Request, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) (err error) {
		list, err = s.repo.All(rd, flow.Query{Name: keyWaiting, Values: []string{""}})
		return err
	})
	return list, err
}
