package request

import (
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Takeover seeks another specialist for the next leg, because the one who had it is gone: by the service when the grace is over
// and somebody of the site is still in the room, or by a person.
func (s *Service) Takeover(ctx context.Context, cmd flow.Command, id yilian.RequestID) (r Request, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err = s.takeoverIn(tx, cmd, string(id))
		return err
	})
	return r, err
}

func (s *Service) takeoverIn(tx flow.Tx, cmd flow.Command, id string) (Request, error) {
	r, err := s.actIn(tx, cmd, id, ActTakeover, func(st *step) (flow.Change, error) {
		if err := st.release(0); err != nil {
			return flow.Change{}, err
		}
		seats := slices.DeleteFunc(slices.Clone(st.r.Seats), func(x Seat) bool { return st.r.has(x.Person.ID) })
		if st.r.Opinion.State == DocDraft {
			if l := st.r.leg(); l != nil {
				notes := st.r.Opinion.Text
				l.Notes = &notes
			}
			if err := st.document(ActTakeover); err != nil {
				return flow.Change{}, err
			}
			st.r.Opinion.Text, st.r.Opinion.Author = Text{}, Person{}
		}
		st.endLeg(st.cmd.Actor.Name, "lost")
		st.r.Seats, st.r.Accepted, st.r.QueuedAt = seats, nil, st.now
		st.restart()
		st.media(MediaHandOver)
		return flow.Change{Reason: "lost", Data: map[string]any{"leg": st.r.Leg}}, nil
	})
	if err != nil {
		return r, err
	}
	return s.ringIn(tx, cmd, r)
}

// unjoined puts a request back into the queue whose specialist accepted but did not come: that counts as a missed offer.
func (s *Service) unjoined(tx flow.Tx, cmd flow.Command, r Request) error {
	rules, err := s.Directory.SettingsIn(tx, r.Site, cmd.At)
	if err != nil {
		return err
	}
	who := r.Accepted.Person.ID
	r, err = s.actIn(tx, cmd, r.ID, ActUnjoined, func(st *step) (flow.Change, error) {
		if err := st.release(0); err != nil {
			return flow.Change{}, err
		}
		st.r.notJoined(who, st.now)
		st.r.Accepted, st.r.QueuedAt = nil, st.now
		st.restart()
		st.media(MediaQuiet)
		return flow.Change{Reason: "unjoined", Data: map[string]any{"person": who}}, nil
	})
	if err != nil {
		return err
	}
	if _, err := s.Directory.MissedIn(tx, system(cmd), who, rules.Duty); err != nil {
		return err
	}
	_, err = s.ringIn(tx, cmd, r)
	return err
}

// notJoined notes on the offer that it was taken in vain; who accepted without being rung gets one for the record.
func (r *Request) notJoined(who yilian.PersonID, now time.Time) {
	for i := range r.Offers {
		if o := &r.Offers[i]; o.Person.ID == who && o.Outcome == Taken {
			o.Outcome = NotJoined
			return
		}
	}
	r.Offers = append(r.Offers, Offer{Ring: r.Ring, Person: r.Accepted.Person, Level: r.Ladder.Level, At: r.Accepted.At, Until: now, Outcome: NotJoined, Answered: now})
}

// giveUp is what follows when the grace of a lost seat is over. The specialist's: another one is sought if the site still waits in
// the room. The site's: the specialist sees that nobody is there, and ends or calls back.
func (s *Service) giveUp(tx flow.Tx, cmd flow.Command, r Request) error {
	specialistGone := false
	r, err := s.actIn(tx, cmd, r.ID, ActObserve, func(st *step) (flow.Change, error) {
		specialistGone = false
		var gone []yilian.PersonID
		for i := range st.r.Seats {
			x := &st.r.Seats[i]
			if x.Other != "" || x.Connected || x.GivenUp || x.LostAt.IsZero() || x.LostAt.Add(st.r.Rules.Grace.D()).After(st.now) {
				continue
			}
			x.GivenUp = true
			gone = append(gone, x.Person.ID)
			specialistGone = specialistGone || st.r.has(x.Person.ID)
		}
		if len(gone) == 0 {
			return nothing()
		}
		if !st.r.bothIn() {
			st.media(MediaGiveUp)
		}
		return flow.Change{Action: "graceOver", Data: map[string]any{"people": gone}}, nil
	})
	if err != nil || !specialistGone || !r.siteIn() {
		return err
	}
	_, err = s.takeoverIn(tx, cmd, r.ID)
	return err
}

// siteIn tells whether somebody of the site is in the room.
func (r *Request) siteIn() bool {
	return slices.ContainsFunc(r.Seats, func(x Seat) bool { return x.Connected && x.Other == "" && !r.has(x.Person.ID) })
}
