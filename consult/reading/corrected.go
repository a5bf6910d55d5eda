package reading

import (
	"context"
	"fmt"

	"yilian"
	"yilian/consult/flow"
)

// corrects tells whether the archive says of a study what it did not say before: a correction, or images that were rejected.
func (i StudyInfo) corrects(was StudyInfo) bool {
	return i.PatientID != was.PatientID || i.PatientIssuer != was.PatientIssuer || i.PatientName != was.PatientName || i.Sex != was.Sex ||
		i.BirthDate != was.BirthDate || i.Accession != was.Accession || i.AccessionIssuer != was.AccessionIssuer ||
		i.Description != was.Description || i.Instances < was.Instances
}

// corrected takes over what the archive says now. A study without an order is matched again; of one that has an order it is noted
// in what it contradicts that, and whoever reads it is warned.
func (s *Service) corrected(tx flow.Tx, study Study, info StudyInfo, e Evidence) (Study, error) {
	st, err := s.move(tx, s.system(), study.ID, StudyCorrect, func(st *Study) (err error) {
		st.Info = info
		if st.State == StudyFiled {
			p, err := s.Patients.GetIn(tx, st.Patient)
			if err != nil {
				return fmt.Errorf("patient of a corrected study: %w", err)
			}
			st.Overridden = contradicted(info, p)
		}
		if st.Order == "" {
			return nil
		}
		o, err := s.Orders.GetIn(tx, st.Order)
		if err != nil {
			return fmt.Errorf("order of a corrected study: %w", err)
		}
		st.Overridden, err = s.overridden(tx, info, o)
		return err
	})
	if err != nil {
		return study, err
	}
	if st.State == StudyComplete {
		if err := s.match(tx, st, e); err != nil {
			return study, err
		}
		return s.studies.GetIn(tx, study.ID)
	}
	return st, s.warn(tx, st, info.Instances)
}

// warn notes on a read that what it shows has changed.
func (s *Service) warn(tx flow.Tx, st Study, images int) error {
	if st.Read == "" {
		return nil
	}
	t, err := s.tasks.GetIn(tx, string(st.Read))
	if err != nil || t.State == Cancelled || t.Corrected && t.Images == images {
		return err
	}
	return s.note(tx, s.system(), t.ID, "corrected", func(t *Task) { t.Corrected, t.Images = true, images })
}

// emptied warns whoever reads a study of which no image is given out any more: all were rejected.
func (s *Service) emptied(ctx context.Context, uid yilian.StudyUID) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		study, err := s.studies.GetIn(tx, string(uid))
		if yilian.KindOf(err) == yilian.NotFound {
			return nil // deleted before its clinical life began
		}
		if err != nil || study.State != StudyMatched && study.State != StudyFiled || study.Info.Instances == 0 {
			return err
		}
		info := study.Info
		info.Instances, info.Series = 0, nil
		if _, err := s.move(tx, s.system(), study.ID, StudyCorrect, func(st *Study) error { st.Info = info; return nil }); err != nil {
			return err
		}
		return s.warn(tx, study, 0)
	})
}
