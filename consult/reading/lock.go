package reading

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// A lock is the lease on a read task. Who holds it stands in the task (compare-and-set: exactly one wins); until when stands in
// this document beside it, which heartbeats move without an entry in the trail. A lease that has run out is taken away by its
// due-time, not by the clock of whoever looks: until then its holder still holds it.
type lock struct {
	Until time.Time `json:"until"`
}

func lockRef(id yilian.ReadingID) flow.Ref { return flow.Ref{Kind: "lock", ID: string(id)} }

// hold sets or renews the lease of a task and answers its end.
func (s *Service) hold(tx flow.Tx, id yilian.ReadingID, site yilian.InstitutionID) (time.Time, error) {
	set, err := s.settings(tx, site)
	if err != nil {
		return time.Time{}, err
	}
	_, seen, err := getDoc[lock](tx, lockRef(id))
	if err != nil {
		return time.Time{}, err
	}
	until := s.Now().Add(set.ClaimLease.D()).UTC()
	if err := putDoc(tx, lockRef(id), seen, lock{Until: until}); err != nil {
		return time.Time{}, err
	}
	return until, tx.SetDue(flow.Due{Ref: taskRef(id), Name: dueLease, At: until})
}

// unlock ends the lease of a task.
func (s *Service) unlock(tx flow.Tx, id yilian.ReadingID) error {
	return tx.ClearDue(taskRef(id), dueLease)
}

// lockedUntil answers the end of a task's lease; the zero time if nobody holds it.
func lockedUntil(rd flow.Reader, t Task) (time.Time, error) {
	if t.Holder.ID == "" {
		return time.Time{}, nil
	}
	l, _, err := getDoc[lock](rd, lockRef(t.TaskID()))
	return l.Until, err
}

// Claim gives the actor the lock of a task: exactly one of any number that try.
func (s *Service) Claim(ctx context.Context, cmd flow.Command, id yilian.ReadingID) (Task, error) {
	return s.take(ctx, cmd, id, Claim, func(tx flow.Tx, t *Task) error {
		t.Reader, t.ReaderFrom, t.KeptFor, t.KeptUntil = person(cmd.Actor), string(cmd.Actor.Institution), "", time.Time{}
		if t.Kind != FirstRead {
			return nil
		}
		_, err := s.Orders.ApplyIn(tx, as(cmd), t.Order, "read", nil)
		return err
	})
}

// TakeReview gives the actor, who is not the writer, the lock of a signed report for the second signature.
func (s *Service) TakeReview(ctx context.Context, cmd flow.Command, id yilian.ReadingID) (Task, error) {
	return s.take(ctx, cmd, id, TakeReview, func(_ flow.Tx, t *Task) error {
		t.Reviewer = person(cmd.Actor)
		return nil
	})
}

func (s *Service) take(ctx context.Context, cmd flow.Command, id yilian.ReadingID, action Action, fill func(flow.Tx, *Task) error) (t Task, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		t, err = s.step(tx, cmd, id, action, "", func(t *Task) error {
			t.Holder, t.HeldSince = person(cmd.Actor), s.Now().UTC()
			if err := fill(tx, t); err != nil {
				return err
			}
			_, err := s.hold(tx, id, t.Site)
			return err
		})
		return err
	})
	return t, err
}

// Heartbeat renews the lease of a task that the actor holds and answers its new end.
func (s *Service) Heartbeat(ctx context.Context, actor yilian.Actor, id yilian.ReadingID) (until time.Time, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.tasks.GetIn(tx, string(id))
		if err != nil {
			return err
		}
		if _, err := s.task.Next(t.State, Heartbeat, actor, s.check(tx, t, actor)); err != nil {
			return s.lost(err, t)
		}
		until, err = s.hold(tx, id, t.Site)
		return err
	})
	return until, err
}

// lost completes the Conflict that somebody gets who is no longer the holder: who it is now.
func (s *Service) lost(err error, t Task) error {
	if yilian.KindOf(err) == yilian.Conflict {
		e := notHolder(t)
		e.Current = t
		return e
	}
	return err
}

func notHolder(t Task) *yilian.Error {
	e := yilian.Errorf(yilian.Conflict, "reading.notHolder", "You do not hold this read any more. Your draft is kept.")
	e.Params = map[string]any{"winner": t.Holder.Name, "state": string(t.State)}
	return e
}

// Aside gives a task back of the actor's own will; the draft is kept, and for a while the task is kept for them.
func (s *Service) Aside(ctx context.Context, cmd flow.Command, id yilian.ReadingID, reason string) (t Task, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		t, err = s.letGo(tx, cmd, id, Aside, reason)
		return err
	})
	return t, err
}

// Skip records that the actor, who could take a task, passes it over, and why: the order of the list is not theirs to choose.
func (s *Service) Skip(ctx context.Context, cmd flow.Command, id yilian.ReadingID, reason string) (t Task, err error) {
	if err := needReason(reason); err != nil {
		return t, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		t, err = s.step(tx, cmd, id, Skip, reason, nil)
		return err
	})
	return t, err
}

// leaseDue takes a task from a reader or reviewer who has not been heard of for the time of the lease.
func (s *Service) leaseDue(ctx context.Context, d flow.Due) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.tasks.GetIn(tx, d.ID)
		if err != nil {
			return err
		}
		if _, err := s.task.Next(t.State, Lapse, yilian.System, nil); err != nil {
			return tx.Fire(d)
		}
		_, err = s.letGo(tx, flow.Firing(d, s.Now()), t.TaskID(), Lapse, "lease")
		return err
	})
}

// letGo ends a lock. A read that is put aside waits a while for its reader; a review goes back to all reviewers.
func (s *Service) letGo(tx flow.Tx, cmd flow.Command, id yilian.ReadingID, action Action, reason string) (Task, error) {
	return s.step(tx, cmd, id, action, reason, func(t *Task) error {
		if t.State == InReview {
			t.Reviewer = Person{}
		} else if err := s.keep(tx, t); err != nil {
			return err
		}
		t.Holder, t.HeldSince = Person{}, time.Time{}
		if cmd.Due != nil {
			return nil // fired: there is nothing to clear
		}
		return s.unlock(tx, id)
	})
}

// keep reserves a task for its reader for as long as the settings say.
func (s *Service) keep(rd flow.Reader, t *Task) error {
	set, err := s.settings(rd, t.Site)
	if err != nil {
		return err
	}
	t.KeptFor, t.KeptUntil = t.Reader.ID, s.Now().Add(pick(set.Aside, string(t.Priority))).UTC()
	return nil
}

// check evaluates the guards of the read task's table for an actor.
func (s *Service) check(rd flow.Reader, t Task, actor yilian.Actor) flow.Check {
	return func(guard string) error {
		switch guard {
		case guardClaim:
			if err := s.entitled(rd, t, actor); err != nil {
				return err
			}
			return s.reserved(t, actor)
		case guardHolder:
			return holds(t, actor)
		case guardRelease:
			if t.Reader.ID == actor.Person {
				return sameSigner()
			}
			return holds(t, actor)
		case guardSecond:
			if t.Reader.ID == actor.Person {
				return sameSigner()
			}
			return s.entitled(rd, t, actor)
		case guardWriter:
			if t.Reader.ID == actor.Person {
				return nil
			}
			return yilian.Errorf(yilian.Forbidden, "reading.notWriter", "Only the writer may take the report back.")
		case guardCorrect:
			return s.correctable(rd, t, actor)
		case guardReader, guardFlag:
			if err := s.privileged(rd, t, actor); err != nil {
				return err
			}
			return raisable(guard, t)
		}
		return fmt.Errorf("reading: unknown guard %s", guard)
	}
}

func holds(t Task, actor yilian.Actor) error {
	if t.Holder.ID != "" && t.Holder.ID == actor.Person {
		return nil
	}
	return notHolder(t)
}

func sameSigner() error {
	return yilian.Errorf(yilian.Forbidden, "reading.sameSigner", "The second signature must be somebody else's than the writer's.")
}

// reads tells whether the actor's institution reads this task.
func reads(t Task, actor yilian.Actor) error {
	if slices.Contains(t.Readers, actor.Institution) {
		return nil
	}
	return yilian.Errorf(yilian.Forbidden, "reading.noAgreement", "There is no agreement in force by which your institution reads for this site.")
}

// privileged: the institution reads this task, and the actor may read this kind of exam there, on duty or not.
func (s *Service) privileged(rd flow.Reader, t Task, actor yilian.Actor) error {
	if err := reads(t, actor); err != nil {
		return err
	}
	return s.Directory.Privileged(rd, actor, Specialties(t.Modality), s.Now())
}

// raisable: one critical finding of a read at a time.
func raisable(guard string, t Task) error {
	if guard == guardFlag && t.Critical != "" && t.Critical != string(Done) {
		return yilian.Errorf(yilian.Conflict, "critical.open", "A critical finding of this read is being dealt with already.")
	}
	return nil
}

// entitled: the institution reads for the site now, and the actor has the specialty, practises there and is on duty.
func (s *Service) entitled(rd flow.Reader, t Task, actor yilian.Actor) error {
	if err := reads(t, actor); err != nil {
		return err
	}
	sites, err := s.Directory.Sites(rd, actor.Institution, s.Now())
	if err != nil {
		return fmt.Errorf("sites of a reader: %w", err)
	}
	if !slices.Contains(sites, t.Site) {
		return reads(Task{}, actor)
	}
	return s.Directory.Reads(rd, actor, Specialties(t.Modality), s.Now())
}

// reserved leaves a task that was put aside, returned or is an addendum to its reader for a while.
func (s *Service) reserved(t Task, actor yilian.Actor) error {
	if t.KeptFor == "" || t.KeptFor == actor.Person || !s.Now().Before(t.KeptUntil) {
		return nil
	}
	e := yilian.Errorf(yilian.Forbidden, "reading.kept", "This read is kept for %s for a while.", t.Reader.Name)
	e.Params = map[string]any{"reader": t.Reader.Name, "until": t.KeptUntil}
	return e
}

func (s *Service) correctable(rd flow.Reader, t Task, actor yilian.Actor) error {
	if err := reads(t, actor); err != nil {
		return err
	}
	set, err := s.settings(rd, t.Site)
	if err != nil {
		return err
	}
	if within := set.Correct.D(); within > 0 && s.Now().After(t.ReleasedAt.Add(within)) {
		return yilian.Errorf(yilian.Forbidden, "reading.tooLate", "The time in which a report may be corrected is over; write an addendum.")
	}
	return nil
}
