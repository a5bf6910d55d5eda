package reading

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// The due-times of a study. They are set beside the entity: looking again is no event.
const (
	dueComplete = "complete"
	dueLate     = "late"
	dueLoose    = "loose"
)

// StudyChanged takes the hint that something of a study has arrived. It is idempotent; the truth is asked of the archive.
func (s *Service) StudyChanged(ctx context.Context, uid yilian.StudyUID) error {
	info, err := s.Images.Study(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound {
		return s.emptied(ctx, uid)
	}
	if err != nil {
		return fmt.Errorf("study for its clinical life: %w", err)
	}
	evidence, err := s.evidence(ctx, info)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		study, err := s.studies.GetIn(tx, string(uid))
		switch {
		case yilian.KindOf(err) == yilian.NotFound:
			return s.begin(tx, info, evidence)
		case err != nil:
			return err
		case study.State == StudyReceiving:
			return s.hasten(tx, info, evidence)
		}
		more := info.Instances > study.Info.Instances
		if info.corrects(study.Info) {
			if study, err = s.corrected(tx, study, info, evidence); err != nil {
				return err
			}
		}
		if !more { // the hint was ours, or of a correction
			return nil
		}
		return s.late(tx, study, info)
	})
}

// hasten lets a study be looked at now if what others say of it makes it complete. Without that its due-time is soon enough.
func (s *Service) hasten(tx flow.Tx, info StudyInfo, e Evidence) error {
	if e.Silent() {
		return nil
	}
	rules, err := s.completeness(tx, info)
	if err != nil || !rules.Judge(info, e, s.Now()).Complete {
		return err
	}
	return tx.SetDue(flow.Due{Ref: studyRef(info.UID), Name: dueComplete, At: s.Now()})
}

// StepReported takes the hint that a device has reported a performed step: the studies that it makes may be complete now.
func (s *Service) StepReported(ctx context.Context, step string) error {
	p, err := s.Orders.Performance(ctx, step)
	if err != nil {
		return err
	}
	for _, uid := range p.Studies() {
		if err := s.StudyChanged(ctx, uid); err != nil {
			return err
		}
	}
	return nil
}

// begin writes down a study whose first images have come, and when to look whether it is complete.
func (s *Service) begin(tx flow.Tx, info StudyInfo, e Evidence) error {
	rules, err := s.completeness(tx, info)
	if err != nil {
		return err
	}
	_, err = s.studies.CreateIn(tx, s.system(), func(flow.Tx) (Study, flow.Change, error) {
		st := Study{Meta: flow.Meta{ID: string(info.UID)}, State: StudyReceiving, Info: info}
		return st, flow.Change{Action: string(StudyArrive)}, nil
	})
	if err != nil {
		return err
	}
	verdict := rules.Judge(info, e, s.Now())
	if verdict.Complete {
		verdict.Again = s.Now()
	}
	return tx.SetDue(flow.Due{Ref: studyRef(info.UID), Name: dueComplete, At: verdict.Again})
}

func studyRef(uid yilian.StudyUID) flow.Ref { return flow.Ref{Kind: StudyKind, ID: string(uid)} }

// completeness answers the rules for a study: those of its site, and the quiet time of its device where that has its own.
func (s *Service) completeness(rd flow.Reader, info StudyInfo) (Completeness, error) {
	set, err := s.settings(rd, info.Institution)
	if err != nil {
		return Completeness{}, err
	}
	c := Completeness{MaxWait: set.MaxWait.D(), Quiet: func(modality string) time.Duration { return pick(set.Quiet, modality) }}
	if own, err := s.Directory.QuietTime(rd, info.DeviceAE); err != nil {
		return c, fmt.Errorf("quiet time of a device: %w", err)
	} else if own > 0 {
		c.Quiet = func(string) time.Duration { return own }
	}
	return c, nil
}

// completeDue looks whether a study is complete now; if it is, it is matched in the same transaction.
func (s *Service) completeDue(ctx context.Context, d flow.Due) error {
	info, err := s.Images.Study(ctx, yilian.StudyUID(d.ID))
	if yilian.KindOf(err) == yilian.NotFound {
		return s.Store.Update(ctx, func(tx flow.Tx) error { return tx.Fire(d) })
	}
	if err != nil {
		return fmt.Errorf("study to complete: %w", err)
	}
	evidence, err := s.evidence(ctx, info)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil {
			return err
		}
		rules, err := s.completeness(tx, info)
		if err != nil {
			return err
		}
		verdict := rules.Judge(info, evidence, s.Now())
		if !verdict.Complete {
			return s.stillReceiving(tx, info, verdict)
		}
		study, err := s.move(tx, s.system(), d.ID, StudyFinish, func(st *Study) error {
			st.Info, st.Partial, st.CompleteAt = info, verdict.Partial, s.Now().UTC()
			return nil
		})
		if err != nil {
			return err
		}
		return s.match(tx, study, evidence)
	})
}

// told is what the trail keeps of a step beside the state: whose the study is now, or was until this step.
func (s Study) told(was Study) any {
	return struct {
		Order      yilian.OrderID   `json:"order,omitempty"`
		Patient    yilian.PatientID `json:"patient,omitempty"`
		By         Field            `json:"by,omitempty"`
		Claimed    yilian.OrderID   `json:"claimed,omitempty"`
		Differs    []Field          `json:"differs,omitempty"`
		Overridden []Field          `json:"overridden,omitempty"`
		Instances  int              `json:"instances"`
	}{cmp.Or(s.Order, was.Order), cmp.Or(s.Patient, was.Patient), s.By, s.Claimed, s.Differs, s.Overridden, s.Info.Instances}
}

func (s *Service) stillReceiving(tx flow.Tx, info StudyInfo, v Verdict) error {
	old, err := s.studies.GetIn(tx, string(info.UID))
	if err != nil {
		return err
	}
	if old.Info.Instances != info.Instances {
		if _, err := s.move(tx, s.system(), old.ID, StudyArrive, func(st *Study) error { st.Info = info; return nil }); err != nil {
			return err
		}
	}
	return tx.SetDue(flow.Due{Ref: studyRef(info.UID), Name: dueComplete, At: v.Again})
}

// move does one action of the study's table. fill sets what goes with it and
// may write other entities: so that a repeated command does nothing twice.
func (s *Service) move(tx flow.Tx, cmd flow.Command, uid string, action StudyAction, fill func(*Study) error) (Study, error) {
	return s.moveFor(tx, cmd, uid, action, "", fill)
}

// moveFor is move with the reason that somebody gave.
func (s *Service) moveFor(tx flow.Tx, cmd flow.Command, uid string, action StudyAction, reason string, fill func(*Study) error) (Study, error) {
	return s.studies.UpdateIn(tx, cmd, uid, func(_ flow.Tx, st Study) (Study, flow.Change, error) {
		next, err := s.study.Next(st.State, action, cmd.Actor, s.checkStudy(tx, st, cmd.Actor))
		if err != nil {
			return st, flow.Change{}, err
		}
		was := st
		if err := fill(&st); err != nil {
			return st, flow.Change{}, err
		}
		st.State = next
		return st, flow.Change{Action: string(action), Reason: reason, Data: st.told(was)}, nil
	})
}

// match finds the order of a complete study; what it cannot match stands on the list of loose studies, with an alarm.
func (s *Service) match(tx flow.Tx, study Study, e Evidence) error {
	byAccession, byStudy, byPatient, err := s.candidates(tx, study.Info)
	if err != nil {
		return err
	}
	found := Match(study.Info, byAccession, byStudy, byPatient)
	if found.State == StudyMatched && e.WrongEntry {
		found.State, found.Differs = StudyConflict, []Field{FieldEntry}
	}
	switch found.State {
	case StudyMatched:
		_, err := s.bind(tx, s.system(), study.UID(), StudyMatch, found.Order, found.By)
		return err
	case StudyConflict:
		return s.loose(tx, study, StudyContest, found)
	default:
		return s.loose(tx, study, StudyMiss, found)
	}
}

func (s *Service) loose(tx flow.Tx, study Study, action StudyAction, found Outcome) error {
	at := s.Now()
	to, err := s.readersOf(tx, study.Info.Institution, study.Info.Modality())
	if err != nil {
		return err
	}
	set, err := s.settings(tx, study.Info.Institution)
	if err != nil {
		return err
	}
	wait := pick(set.Unmatched, "")
	if found.Order != "" {
		if o, err := s.Orders.GetIn(tx, found.Order); err == nil {
			wait = pick(set.Unmatched, string(o.Priority))
		}
	}
	_, err = s.move(tx, s.system(), study.ID, action, func(st *Study) error {
		st.Claimed, st.Differs, st.Readers = found.Order, found.Differs, to.near
		return nil
	})
	if err != nil {
		return err
	}
	return tx.SetDue(flow.Due{Ref: studyRef(study.UID()), Name: dueLoose, At: at.Add(wait)})
}

// looseAgain sets the alarm for a study that was taken away from its order.
func (s *Service) looseAgain(tx flow.Tx, st Study) error {
	set, err := s.settings(tx, st.Info.Institution)
	if err != nil {
		return err
	}
	return tx.SetDue(flow.Due{Ref: studyRef(st.UID()), Name: dueLoose, At: s.Now().Add(pick(set.Unmatched, ""))})
}

// looseDue alarms that nobody has linked a study in time.
func (s *Service) looseDue(ctx context.Context, d flow.Due) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		st, err := s.studies.GetIn(tx, d.ID)
		if err != nil {
			return err
		}
		if _, err := s.study.Next(st.State, StudyOverdue, yilian.System, nil); err != nil {
			return tx.Fire(d)
		}
		cmd := flow.Firing(d, s.Now())
		_, err = s.move(tx, cmd, d.ID, StudyOverdue, func(st *Study) error { st.Overdue = true; return nil })
		return err
	})
}

// candidates are the orders that a study names: by its accession number, by its UID if that was assigned to one at its site, and by
// its patient ID.
func (s *Service) candidates(rd flow.Reader, info StudyInfo) (byAccession, byStudy, byPatient []Candidate, err error) {
	if info.Accession != "" {
		orders, err := s.Orders.ByAccession(rd, issuerOf(info.AccessionIssuer, info.Institution), info.Accession)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("orders by accession number: %w", err)
		}
		if byAccession, err = s.describe(rd, orders); err != nil {
			return nil, nil, nil, err
		}
	}
	planned, err := s.Orders.ByPlanned(rd, info.Institution, info.UID)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("order by study: %w", err)
	}
	if byStudy, err = s.describe(rd, planned); err != nil || info.PatientID == "" {
		return byAccession, byStudy, nil, err
	}
	p, err := s.Patients.ByIdentity(rd, patient.Identity{Issuer: issuerOf(info.PatientIssuer, info.Institution), ID: info.PatientID})
	if err != nil || p.ID == "" {
		return byAccession, byStudy, nil, err
	}
	orders, err := s.Orders.ByPatient(rd, yilian.PatientID(p.ID), 50)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("orders by patient: %w", err)
	}
	byPatient, err = s.describe(rd, orders)
	return byAccession, byStudy, byPatient, err
}

func (s *Service) describe(rd flow.Reader, orders []order.Order) ([]Candidate, error) {
	out := make([]Candidate, 0, len(orders))
	for _, o := range orders {
		p, err := s.Patients.GetIn(rd, o.Patient)
		if err != nil {
			return nil, fmt.Errorf("patient of an order: %w", err)
		}
		out = append(out, Candidate{
			Order: yilian.OrderID(o.ID), Planned: o.Planned, Accession: o.Accession, Issuer: o.Issuer, Site: o.Site, Modality: o.Modality, BodyPart: o.BodyPart,
			OrderedAt: o.CreatedAt, Open: o.Open(), Name: p.Name, Latin: p.Latin, Sex: p.Sex, Birth: p.Birth, Identifiers: p.Identities,
		})
	}
	return out, nil
}
