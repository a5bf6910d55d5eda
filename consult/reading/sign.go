package reading

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// Signing is what goes with a signature.
type Signing struct {
	// Preliminary gives an emergency report out with one signature.
	Preliminary bool
	// Discrepancy is the reviewer's grade, 0–4.
	Discrepancy int
	// Confirmed are the codes of warnings that stop a signature and that the signer has looked into.
	Confirmed []string
}

// Submit is the first signature: the writer's.
func (s *Service) Submit(ctx context.Context, cmd flow.Command, id yilian.ReadingID, how Signing) (t Task, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		t, err = s.step(tx, cmd, id, Submit, "", func(t *Task) error { return s.submit(tx, cmd, t, how) })
		return err
	})
	return t, err
}

func (s *Service) submit(tx flow.Tx, cmd flow.Command, t *Task, how Signing) error {
	v, err := s.toSign(tx, *t, cmd, how)
	if err != nil {
		return err
	}
	v.Step, v.Writer = StepSubmitted, sign(cmd.Actor, s.Now())
	action := ReportSign
	if how.Preliminary {
		if t.Priority != order.Stat || t.Kind != FirstRead {
			return yilian.Errorf(yilian.Invalid, "report.preliminary", "Only a report of an emergency exam can be given out before it is reviewed.")
		}
		v.Step, action = StepPreliminary, ReportSignPre
		if _, err := s.Orders.ApplyIn(tx, as(cmd), t.Order, order.Read, func(o *order.Order) { o.Preliminary = true }); err != nil {
			return err
		}
	}
	if _, err := s.documentStep(tx, cmd, *t, action, "", func(r *Report) error { return r.add(v) }); err != nil {
		return err
	}
	t.SubmittedAt, t.ReturnedReason = s.Now().UTC(), ""
	return s.signedOff(tx, cmd, t)
}

// toSign is the signer's text as a version, checked. What is signed is what the signer has seen.
func (s *Service) toSign(tx flow.Tx, t Task, cmd flow.Command, how Signing) (Version, error) {
	d, err := s.workingCopy(tx, t, cmd.Actor)
	if err != nil {
		return Version{}, err
	}
	if cmd.Version != 0 && cmd.Version < d.Mark {
		return Version{}, draftConflict(d)
	}
	if err := t.Kind.signable(d.Text); err != nil {
		return Version{}, err
	}
	exam, err := s.exam(tx, t)
	if err != nil {
		return Version{}, err
	}
	v := Version{Task: t.TaskID(), Text: d.Text, Warnings: Warnings(d.Text, exam)}
	v.Confirmed, err = confirmed(v.Warnings, how.Confirmed)
	return v, err
}

// stopping are the warnings that somebody must have looked into before a report is signed: the images may be of the wrong side.
var stopping = []string{"report.sideImages"}

// confirmed answers the stopping warnings that the signer has looked into, or an error for the first one that they have not.
func confirmed(warnings []Warning, codes []string) (out []string, err error) {
	for _, w := range warnings {
		if !slices.Contains(stopping, w.Code) {
			continue
		}
		if !slices.Contains(codes, w.Code) {
			e := yilian.Errorf(yilian.Invalid, "report.unconfirmed", "Order and images name different sides. Look into it and confirm before you sign.")
			e.Params = map[string]any{"code": w.Code, "word": w.Word}
			return nil, e
		}
		out = append(out, w.Code)
	}
	return out, nil
}

// exam is what the text of a task's report could contradict.
func (s *Service) exam(rd flow.Reader, t Task) (Exam, error) {
	p, err := s.Patients.GetIn(rd, t.Patient)
	if err != nil {
		return Exam{}, fmt.Errorf("patient of a read: %w", err)
	}
	return Exam{Sex: p.Sex, Exam: t.Description + " " + t.BodyPart, Images: t.Laterality}, nil
}

// free takes the lock off a task.
func (s *Service) free(tx flow.Tx, t *Task) error {
	t.Holder, t.HeldSince = Person{}, time.Time{}
	return s.unlock(tx, t.TaskID())
}

// Return sends a report back to its writer.
func (s *Service) Return(ctx context.Context, cmd flow.Command, id yilian.ReadingID, reason string, discrepancy int) (t Task, err error) {
	if err := needReason(reason); err != nil {
		return t, err
	}
	if err := grade(discrepancy); err != nil {
		return t, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		t, err = s.step(tx, cmd, id, Return, reason, func(t *Task) error {
			t.Discrepancy = discrepancy
			proposed, err := s.proposal(tx, *t, cmd.Actor)
			if err != nil {
				return err
			}
			if err := s.sendBack(tx, cmd, t, reason, proposed); err != nil {
				return err
			}
			return s.tellWriter(tx, cmd, *t)
		})
		return err
	})
	return t, err
}

// proposal is what a reviewer made of the writer's text before sending it back; empty if they left it as it was.
func (s *Service) proposal(rd flow.Reader, t Task, reviewer yilian.Actor) (Text, error) {
	d, err := s.workingCopy(rd, t, reviewer)
	if err != nil {
		return Text{}, err
	}
	r, err := s.reportIn(rd, t)
	if err != nil {
		return Text{}, err
	}
	if signed, _ := r.latest(t.TaskID()); d.Text == signed.Text {
		return Text{}, nil
	}
	return d.Text, nil
}

func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return yilian.Errorf(yilian.Invalid, "reason.missing", "A reason is needed.")
	}
	return nil
}

func (s *Service) sendBack(tx flow.Tx, cmd flow.Command, t *Task, reason string, proposed Text) error {
	_, err := s.documentStep(tx, cmd, *t, ReportReturn, reason, func(r *Report) error {
		return r.add(Version{Task: t.TaskID(), Step: StepReturned, Text: proposed, Reviewer: sign(cmd.Actor, s.Now()), Reason: reason, Discrepancy: t.Discrepancy})
	})
	if err != nil {
		return err
	}
	t.ReturnedReason, t.Reviewer = reason, Person{}
	if err := s.keep(tx, t); err != nil {
		return err
	}
	return s.free(tx, t)
}

// Release is the second signature, by another than the writer: the report is final and goes to the ordering doctor.
func (s *Service) Release(ctx context.Context, cmd flow.Command, id yilian.ReadingID, how Signing) (t Task, err error) {
	if err := grade(how.Discrepancy); err != nil {
		return t, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		t, err = s.step(tx, cmd, id, Release, "", func(t *Task) error { return s.release(tx, cmd, t, how) })
		return err
	})
	return t, err
}

func (s *Service) release(tx flow.Tx, cmd flow.Command, t *Task, how Signing) error {
	v, err := s.toSign(tx, *t, cmd, how)
	if err != nil {
		return err
	}
	r, err := s.reportIn(tx, *t)
	if err != nil {
		return err
	}
	written, ok := r.latest(t.TaskID())
	if !ok {
		return fmt.Errorf("reading %s is in review without a signed report", t.ID)
	}
	step, action := t.Kind.release()
	v.Step, v.Writer, v.Reviewer, v.Discrepancy = step, written.Writer, sign(cmd.Actor, s.Now()), how.Discrepancy
	if err := s.finish(tx, cmd, *t, v, action); err != nil {
		return err
	}
	if err := s.tellWriter(tx, cmd, *t); err != nil {
		return err
	}
	set, err := s.settings(tx, t.Site)
	if err != nil {
		return err
	}
	t.ReleasedAt, t.Discrepancy = s.Now().UTC(), how.Discrepancy
	if t.Priority == order.Stat && set.Unopened > 0 {
		t.OpenBy = t.ReleasedAt.Add(set.Unopened.D())
	}
	return s.signedOff(tx, cmd, t)
}

// signedOff ends the work on a task that was signed: what was drawn is kept, and the lock goes.
func (s *Service) signedOff(tx flow.Tx, cmd flow.Command, t *Task) error {
	if err := s.keepIn(tx, cmd, *t, true); err != nil {
		return err
	}
	return s.free(tx, t)
}

// finish brings the second signature to the report and the order. A correction replaces what was recalled.
func (s *Service) finish(tx flow.Tx, cmd flow.Command, t Task, v Version, action ReportAction) error {
	move := order.Amend
	if t.Kind == FirstRead {
		move = order.Release
		if _, err := s.documentStep(tx, cmd, t, ReportReview, "", func(*Report) error { return nil }); err != nil {
			return err
		}
	}
	_, err := s.documentStep(tx, cmd, t, action, "", func(r *Report) error {
		if t.Kind == Correcting {
			r.Recalled = ""
		}
		return r.add(v)
	})
	if err != nil {
		return err
	}
	_, err = s.Orders.ApplyIn(tx, as(cmd), t.Order, move, func(o *order.Order) {
		o.ReleasedAt, o.Preliminary = s.Now().UTC(), false
		o.AcknowledgedAt, o.AcknowledgedBy = time.Time{}, ""
	})
	return err
}

// Recall takes back what the actor signed, before somebody reviews it; or, after the release, marks the report and opens a
// correction, whose task it answers.
func (s *Service) Recall(ctx context.Context, cmd flow.Command, id yilian.ReadingID, reason string) (t Task, err error) {
	if err := needReason(reason); err != nil {
		return t, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err = s.step(tx, cmd, id, Recall, reason, func(t *Task) error {
			if t.State == Submitted {
				t.Discrepancy = 0 // nobody has reviewed what is taken back
				return s.sendBack(tx, cmd, t, reason, Text{})
			}
			_, err := s.documentStep(tx, cmd, *t, ReportMark, reason, func(r *Report) error { r.Recalled = reason; return nil })
			return err
		})
		if err != nil || t.State == Returned {
			return err
		}
		t, err = s.follow(tx, as(cmd), t, Correcting, reason)
		return err
	})
	return t, err
}

// Addendum opens the task of an addendum to a released report and answers it.
func (s *Service) Addendum(ctx context.Context, cmd flow.Command, id yilian.ReadingID, reason string) (t Task, err error) {
	if err := needReason(reason); err != nil {
		return t, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err = s.step(tx, cmd, id, Addendum, reason, nil)
		if err != nil {
			return err
		}
		t, err = s.follow(tx, as(cmd), t, Appending, reason)
		return err
	})
	return t, err
}

// Acknowledge records that the ordering side has taken note of a result: the order is done, and so are its reads.
func (s *Service) Acknowledge(ctx context.Context, cmd flow.Command, id yilian.OrderID) (o order.Order, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		if o, err = s.Orders.AcknowledgeIn(tx, cmd, id); err != nil {
			return err
		}
		tasks, err := s.tasks.All(tx, flow.Query{Name: keyStudy, Values: []string{string(o.Study)}})
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if t.State != Released || t.Order != id {
				continue
			}
			if _, err := s.step(tx, as(cmd), t.TaskID(), Close, "", nil); err != nil {
				return err
			}
		}
		return nil
	})
	return o, err
}

// patientOf reads the patient of a task.
func (s *Service) patientOf(rd flow.Reader, t Task) (patient.Patient, error) {
	p, err := s.Patients.GetIn(rd, t.Patient)
	if err != nil {
		return p, fmt.Errorf("patient of a read: %w", err)
	}
	return p, nil
}
