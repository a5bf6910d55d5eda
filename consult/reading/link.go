package reading

import (
	"context"
	"fmt"
	"slices"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// bind links a study to an order and makes its read task, all in tx.
func (s *Service) bind(tx flow.Tx, cmd flow.Command, uid yilian.StudyUID, action StudyAction, id yilian.OrderID, by Field) (Study, error) {
	return s.move(tx, cmd, string(uid), action, func(st *Study) error {
		reading := yilian.ReadingID(flow.NewID())
		o, err := s.Orders.ApplyIn(tx, as(cmd), id, order.Match, func(o *order.Order) { o.Study, o.Read = uid, reading })
		if err != nil {
			return err
		}
		if action == StudyLink && o.Site != st.Info.Institution && o.Institution != st.Info.Institution {
			return yilian.Errorf(yilian.Invalid, "study.otherSite", "The order was placed for another site than the images come from.")
		}
		to, err := s.readersOf(tx, o.Site, o.Modality)
		if err != nil {
			return err
		}
		if err := s.open(tx, *st, o, reading, to); err != nil {
			return err
		}
		st.Order, st.Patient, st.Read, st.By = yilian.OrderID(o.ID), o.Patient, reading, by
		st.Claimed, st.Differs, st.Overdue, st.Orderer, st.Readers = "", nil, false, o.Institution, to.near
		if action == StudyLink {
			st.LinkedBy = cmd.Actor.Name
			if st.Overridden, err = s.overridden(tx, st.Info, o); err != nil {
				return err
			}
		}
		return tx.ClearDue(studyRef(uid), dueLoose)
	})
}

// overridden is in what the images contradict an order; that they had it open already is nothing of theirs.
func (s *Service) overridden(rd flow.Reader, info StudyInfo, o order.Order) ([]Field, error) {
	all, err := s.describe(rd, []order.Order{o})
	if err != nil {
		return nil, err
	}
	_, differs := Compare(info, all[0])
	return differs, nil
}

// Link links a loose study to an order by hand. The person who does it answers for it; the trail keeps who it was.
func (s *Service) Link(ctx context.Context, cmd flow.Command, uid yilian.StudyUID, id yilian.OrderID) (st Study, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		st, err = s.bind(tx, cmd, uid, StudyLink, id, "")
		return err
	})
	return st, err
}

// Unlink takes a study away from its order as long as nothing about it is signed: its read task ends, the order waits again.
func (s *Service) Unlink(ctx context.Context, cmd flow.Command, uid yilian.StudyUID, reason string) (st Study, err error) {
	if reason == "" {
		return Study{}, yilian.Errorf(yilian.Invalid, "reason.missing", "A reason is needed.")
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		st, err = s.moveFor(tx, cmd, string(uid), StudyUnlink, reason, func(st *Study) error {
			if _, err := s.Orders.ApplyIn(tx, as(cmd), st.Order, order.Unmatch, func(o *order.Order) { o.Study, o.Read = "", "" }); err != nil {
				return err
			}
			if err := s.cancel(tx, as(cmd), st.Read, reason); err != nil {
				return err
			}
			st.Order, st.Patient, st.Read, st.By, st.LinkedBy, st.Orderer = "", "", "", "", "", ""
			st.Overridden = nil
			return s.looseAgain(tx, *st)
		})
		return err
	})
	return st, err
}

// contradicted is in what images contradict a patient, whatever was ordered.
func contradicted(info StudyInfo, p patient.Patient) []Field {
	_, differs := Compare(info, Candidate{Name: p.Name, Latin: p.Latin, Sex: p.Sex, Birth: p.Birth, Identifiers: p.Identities})
	return slices.DeleteFunc(differs, func(f Field) bool {
		return !slices.Contains([]Field{FieldPatientID, FieldName, FieldSex, FieldBirth}, f)
	})
}

// File keeps a loose study as an earlier exam of a patient: whoever reads for that patient finds it beside. The person who does it answers
// for it; the trail keeps who it was, and in what the images contradict the patient.
func (s *Service) File(ctx context.Context, cmd flow.Command, uid yilian.StudyUID, id yilian.PatientID) (st Study, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		st, err = s.move(tx, cmd, string(uid), StudyFile, func(st *Study) error {
			p, err := s.Patients.GetIn(tx, id)
			if err != nil {
				return err
			}
			if !p.KnownAt(st.Info.Institution) && !p.KnownAt(cmd.Actor.Institution) {
				return yilian.Errorf(yilian.NotFound, "patient.unknown", "There is no such patient, or you have no part in their care.")
			}
			st.Patient, st.LinkedBy, st.Overridden = id, cmd.Actor.Name, contradicted(st.Info, p)
			st.Claimed, st.Differs, st.Overdue = "", nil, false
			return tx.ClearDue(studyRef(uid), dueLoose)
		})
		return err
	})
	return st, err
}

// Unfile takes an earlier exam away from a patient: it is matched as if it had just come.
func (s *Service) Unfile(ctx context.Context, cmd flow.Command, uid yilian.StudyUID, reason string) (st Study, err error) {
	if reason == "" {
		return Study{}, yilian.Errorf(yilian.Invalid, "reason.missing", "A reason is needed.")
	}
	filed, err := s.studies.Get(ctx, string(uid))
	if err != nil {
		return filed, err
	}
	evidence, err := s.evidence(ctx, filed.Info)
	if err != nil {
		return filed, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		st, err = s.moveFor(tx, cmd, string(uid), StudyUnfile, reason, func(st *Study) error {
			st.Patient, st.LinkedBy, st.Overridden = "", "", nil
			return nil
		})
		if err != nil || st.State != StudyComplete { // said twice: it is settled already
			return err
		}
		if err := s.match(tx, st, evidence); err != nil {
			return err
		}
		st, err = s.studies.GetIn(tx, string(uid))
		return err
	})
	return st, err
}

// cancel ends a read task that lost its study.
func (s *Service) cancel(tx flow.Tx, cmd flow.Command, id yilian.ReadingID, reason string) error {
	if err := s.unlock(tx, id); err != nil {
		return err
	}
	_, err := s.step(tx, cmd, id, Cancel, reason, func(t *Task) error {
		t.Holder, t.CancelReason = Person{}, reason
		return nil
	})
	return err
}

// checkStudy evaluates the guards of the study's table.
func (s *Service) checkStudy(rd flow.Reader, st Study, actor yilian.Actor) flow.Check {
	return func(guard string) error {
		if err := s.mayLink(rd, actor, st); err != nil {
			return err
		}
		if guard == guardUnsigned {
			return s.unsigned(rd, st)
		}
		return nil
	}
}

func (s *Service) unsigned(rd flow.Reader, st Study) error {
	t, err := s.tasks.GetIn(rd, string(st.Read))
	if err != nil {
		return err
	}
	if _, err := s.task.Next(t.State, Cancel, yilian.System, nil); err != nil {
		return yilian.Errorf(yilian.Conflict, "study.signed", "The report is signed already: the link can only be settled by a correction.")
	}
	return nil
}

// mayLink: at the site of the images, or at an institution that reads for it.
func (s *Service) mayLink(rd flow.Reader, actor yilian.Actor, st Study) error {
	if actor.Is(yilian.RoleSystem) || actor.Institution == st.Info.Institution || slices.Contains(st.Readers, actor.Institution) {
		return nil
	}
	return yilian.Errorf(yilian.NotFound, "study.unknown", "There is no such study.")
}

// late notes images that came after a study was complete: readers are warned, and after a release an addendum is opened.
func (s *Service) late(tx flow.Tx, study Study, info StudyInfo) error {
	now := s.Now().UTC()
	st, err := s.move(tx, s.system(), study.ID, StudyLate, func(st *Study) error {
		st.Info, st.Late, st.LateAt = info, true, now
		return nil
	})
	if err != nil {
		return err
	}
	if st.Read == "" {
		return nil
	}
	t, err := s.tasks.GetIn(tx, string(st.Read))
	if err != nil {
		return err
	}
	if t.State != Cancelled {
		if err := s.note(tx, s.system(), t.ID, "late", func(t *Task) { t.Late, t.Images = true, info.Instances }); err != nil {
			return err
		}
	}
	rules, err := s.completeness(tx, info)
	if err != nil {
		return err
	}
	verdict := rules.Judge(info, Evidence{}, s.Now()) // silence decides: what was announced is over
	if verdict.Complete {
		verdict.Again = s.Now()
	}
	return tx.SetDue(flow.Due{Ref: studyRef(st.UID()), Name: dueLate, At: verdict.Again})
}

// lateReason is the reason that the reader of such an addendum sees.
const lateReason = "报告发布后又收到影像"

// lateDue opens an addendum for images that came after the report was released, once they have stopped coming.
func (s *Service) lateDue(ctx context.Context, d flow.Due) error {
	info, err := s.Images.Study(ctx, yilian.StudyUID(d.ID))
	if err != nil && yilian.KindOf(err) != yilian.NotFound {
		return fmt.Errorf("late study: %w", err)
	}
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil || info.UID == "" {
			return err
		}
		study, err := s.studies.GetIn(tx, d.ID)
		if err != nil || study.Read == "" {
			return err
		}
		rules, err := s.completeness(tx, info)
		if err != nil {
			return err
		}
		if verdict := rules.Judge(info, Evidence{}, s.Now()); !verdict.Complete {
			return tx.SetDue(flow.Due{Ref: d.Ref, Name: dueLate, At: verdict.Again})
		}
		t, err := s.tasks.GetIn(tx, string(study.Read))
		if err != nil || (t.State != Released && t.State != Closed) {
			return err
		}
		_, err = s.follow(tx, s.system(), t, Appending, lateReason)
		return err
	})
}
