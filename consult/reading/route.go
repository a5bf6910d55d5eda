package reading

import (
	"context"
	"fmt"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
)

// step does one action of the read task's table. fill sets what goes with it and may write other entities.
func (s *Service) step(tx flow.Tx, cmd flow.Command, id yilian.ReadingID, action Action, reason string, fill func(*Task) error) (Task, error) {
	return s.tasks.UpdateIn(tx, unversioned(cmd), string(id), func(_ flow.Tx, t Task) (Task, flow.Change, error) {
		if err := flow.Unseen(cmd, t.Since); err != nil {
			return t, flow.Change{}, err
		}
		next, err := s.task.Next(t.State, action, cmd.Actor, s.check(tx, t, cmd.Actor))
		if err != nil {
			return t, flow.Change{}, err
		}
		if fill != nil {
			if err := fill(&t); err != nil {
				return t, flow.Change{}, err
			}
		}
		if next != t.State {
			t.State, t.Since = next, t.Version+1
		}
		return t, flow.Change{Action: string(action), Reason: reason}, nil
	})
}

// unversioned leaves the version to flow.Unseen: an alarm in between makes nobody's click outdated.
func unversioned(cmd flow.Command) flow.Command {
	cmd.Version = 0
	return cmd
}

// note changes something beside the state.
func (s *Service) note(tx flow.Tx, cmd flow.Command, id, what string, fill func(*Task)) error {
	_, err := s.tasks.UpdateIn(tx, unversioned(cmd), id, func(_ flow.Tx, t Task) (Task, flow.Change, error) {
		fill(&t)
		return t, flow.Change{Action: what}, nil
	})
	return err
}

// open makes the read task of a matched study and routes it. The clock starts when both is true: complete and matched.
func (s *Service) open(tx flow.Tx, st Study, o order.Order, id yilian.ReadingID, to readers) error {
	set, err := s.settings(tx, o.Site)
	if err != nil {
		return err
	}
	now := s.Now().UTC()
	body := st.Info.BodyPart
	if body == "" {
		body = o.BodyPart
	}
	t := Task{
		Meta: flow.Meta{ID: string(id)}, State: Created, Since: 1,
		Order: yilian.OrderID(o.ID), Study: st.UID(), Patient: o.Patient, Institution: o.Institution, Site: o.Site,
		Accession: o.Accession, Modality: o.Modality, BodyPart: body, Description: o.Exam, Laterality: st.Info.Laterality,
		Priority: o.Priority, Images: st.Info.Instances, Partial: st.Partial, Late: st.Late,
		CompleteAt: now, DueAt: now.Add(pick(set.Due, string(o.Priority))),
	}
	return s.create(tx, t, to)
}

// readers are the institutions that may read a task: near ones at once, far ones when the time runs short.
type readers struct{ near, far []yilian.InstitutionID }

func (s *Service) readersOf(rd flow.Reader, site yilian.InstitutionID, modality string) (r readers, err error) {
	if r.near, r.far, err = s.Directory.Readers(rd, site, Specialties(modality), s.Now()); err != nil {
		return r, fmt.Errorf("readers of a site: %w", err)
	}
	if len(r.near) == 0 {
		return readers{near: r.far}, nil
	}
	return r, nil
}

// create stores a new task and takes it as far towards the pool as it goes.
func (s *Service) create(tx flow.Tx, t Task, to readers) error {
	t, err := s.tasks.CreateIn(tx, s.system(), func(flow.Tx) (Task, flow.Change, error) { return t, flow.Change{}, nil })
	if err != nil {
		return err
	}
	return s.route(tx, t, to)
}

// reroute is how often somebody entitled is looked for again for a task that nobody may read.
const reroute = 5 * time.Minute

// route offers a task to the institutions that may read it, or sets it aside for a coordinator and looks again later.
func (s *Service) route(tx flow.Tx, t Task, to readers) error {
	if len(to.near) == 0 {
		if t.State == Created {
			if _, err := s.step(tx, s.system(), t.TaskID(), Strand, "", nil); err != nil {
				return err
			}
		}
		return tx.SetDue(flow.Due{Ref: taskRef(t.TaskID()), Name: dueRoute, At: s.Now().Add(reroute)})
	}
	if _, err := s.step(tx, s.system(), t.TaskID(), Admit, "", func(t *Task) error {
		t.Readers, t.Partners = to.near, to.far
		return nil
	}); err != nil {
		return err
	}
	_, err := s.step(tx, s.system(), t.TaskID(), Offer, "", nil)
	return err
}

func taskRef(id yilian.ReadingID) flow.Ref { return flow.Ref{Kind: ReadingKind, ID: string(id)} }

// routeDue looks again for somebody who may read a stranded task.
func (s *Service) routeDue(ctx context.Context, d flow.Due) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil {
			return err
		}
		t, err := s.tasks.GetIn(tx, d.ID)
		if err != nil || t.State != Unassigned {
			return err
		}
		to, err := s.readersOf(tx, t.Site, t.Modality)
		if err != nil {
			return err
		}
		return s.route(tx, t, to)
	})
}

// follow opens the task of an addendum or a correction to a released report; it is kept for its reader for a while.
func (s *Service) follow(tx flow.Tx, cmd flow.Command, t Task, kind TaskKind, reason string) (Task, error) {
	if open, err := s.openChild(tx, t.TaskID(), kind); err != nil || open.ID != "" {
		return open, err
	}
	set, err := s.settings(tx, t.Site)
	if err != nil {
		return Task{}, err
	}
	now := s.Now().UTC()
	child := t
	child.Meta = flow.Meta{ID: flow.NewID()}
	child.State, child.Since, child.Kind, child.Parent = Created, 1, kind, t.TaskID()
	child.CompleteAt, child.DueAt, child.Alarms = now, now.Add(pick(set.Due, string(t.Priority))), 0
	child.Reader, child.Reviewer, child.Holder, child.ReaderFrom, child.Critical = Person{}, Person{}, Person{}, "", ""
	child.SubmittedAt, child.ReleasedAt, child.HeldSince, child.OpenBy, child.Unopened = time.Time{}, time.Time{}, time.Time{}, time.Time{}, false
	child.ReturnedReason, child.Discrepancy = reason, 0
	child.KeptFor, child.KeptUntil = t.Reader.ID, now.Add(pick(set.Aside, string(t.Priority)))
	if !cmd.Actor.Is(yilian.RoleSystem) {
		child.KeptFor = cmd.Actor.Person
	}
	if err := s.create(tx, child, readers{t.Readers, t.Partners}); err != nil {
		return Task{}, err
	}
	return s.tasks.GetIn(tx, child.ID)
}

func (s *Service) openChild(rd flow.Reader, parent yilian.ReadingID, kind TaskKind) (Task, error) {
	children, err := s.tasks.All(rd, flow.Query{Name: keyParent, Values: []string{string(parent)}})
	if err != nil {
		return Task{}, err
	}
	for _, c := range children {
		if c.Open() && c.Kind == kind {
			return c, nil
		}
	}
	return Task{}, nil
}

// alarmDue notes that 50, 75 or 100 % of the time has passed; when it runs short, partners may read the task too.
func (s *Service) alarmDue(ctx context.Context, d flow.Due) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.tasks.GetIn(tx, d.ID)
		if err != nil {
			return err
		}
		set, err := s.settings(tx, t.Site)
		if err != nil {
			return err
		}
		wide := false
		err = s.note(tx, flow.Firing(d, s.Now()), d.ID, "alarm", func(t *Task) {
			t.Alarms++
			for t.Alarms < len(alarmSteps) && t.Percent(s.Now()) >= alarmSteps[t.Alarms] {
				t.Alarms++ // the service stood still meanwhile
			}
			if wide = set.Widen > 0 && alarmSteps[t.Alarms-1] >= set.Widen && len(t.Partners) > 0; wide {
				t.Readers, t.Partners = union(t.Readers, t.Partners), nil
			}
		})
		if err != nil || !wide {
			return err
		}
		return s.widen(tx, t)
	})
}

// widen lets the partners who may read a task now see its study.
func (s *Service) widen(tx flow.Tx, t Task) error {
	_, err := s.studies.UpdateIn(tx, s.system(), string(t.Study), func(_ flow.Tx, st Study) (Study, flow.Change, error) {
		st.Readers = union(st.Readers, t.Partners)
		return st, flow.Change{Action: "widen"}, nil
	})
	return err
}

// unopenedDue notes that nobody at the site has opened a released emergency report: somebody has to telephone.
func (s *Service) unopenedDue(ctx context.Context, d flow.Due) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		return s.note(tx, flow.Firing(d, s.Now()), d.ID, "unopened", func(t *Task) { t.Unopened = t.State == Released })
	})
}
