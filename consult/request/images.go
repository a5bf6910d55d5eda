package request

import (
	"context"
	"fmt"
	"slices"

	"yilian"
	"yilian/consult/flow"
)

// Imaged takes the news that a study belongs to a patient now, or, with an empty patient, to nobody. Open requests for that patient
// get it, unless their studies were chosen one by one; those that hold it for another patient lose it, and with it their specialist
// loses the right to see it. It is idempotent.
func (s *Service) Imaged(ctx context.Context, study Study, of yilian.PatientID) error {
	holding, err := s.openBy(ctx, keyStudy, string(study.UID))
	if err != nil {
		return err
	}
	for _, r := range holding {
		if r.Patient.ID != of {
			if err := s.image(ctx, r, func(r *Request) bool { return r.drop(study.UID) }); err != nil {
				return err
			}
		}
	}
	if of == "" {
		return nil
	}
	waiting, err := s.openBy(ctx, keyPatient, string(of))
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if err := s.image(ctx, r, func(r *Request) bool { return r.gain(study) }); err != nil {
			return err
		}
	}
	return nil
}

// imagedMeanwhile attaches what came between looking for the patient's studies and writing the request down.
func (s *Service) imagedMeanwhile(ctx context.Context, r Request) error {
	if !r.AllStudies {
		return nil
	}
	studies, err := s.imagedOf(ctx, r.Patient.ID)
	if err != nil {
		return err
	}
	for _, study := range slices.Backward(studies) { // the newest last, so that it comes first
		if err := s.image(ctx, r, func(r *Request) bool { return r.gain(study) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) openBy(ctx context.Context, key, value string) ([]Request, error) {
	found, _, err := s.repo.Find(ctx, flow.Query{Name: key, Values: []string{value}, Desc: true, Limit: 50})
	if err != nil {
		return nil, fmt.Errorf("requests by %s: %w", key, err)
	}
	return slices.DeleteFunc(found, func(r Request) bool { return r.State.over() }), nil
}

// image changes what is attached of the archive. A request that was closed meanwhile keeps what it had.
func (s *Service) image(ctx context.Context, r Request, change func(*Request) bool) error {
	if !change(&r) {
		return nil
	}
	_, err := s.act(ctx, flow.Command{Actor: yilian.System}, yilian.RequestID(r.ID), ActImage, func(st *step) (flow.Change, error) {
		if !change(st.r) {
			return nothing()
		}
		if st.r.State != Draft && st.r.State != Returned {
			st.r.seal() // an opinion names the version that it saw
		}
		return flow.Change{Data: map[string]any{"studies": len(st.r.Studies)}}, nil
	})
	if yilian.KindOf(err) == yilian.Conflict {
		return nil
	}
	return err
}

// gain attaches a study that came after the request was written.
func (r *Request) gain(study Study) bool {
	if !r.AllStudies || slices.ContainsFunc(r.Studies, func(s Study) bool { return s.UID == study.UID }) {
		return false
	}
	if study.Earlier {
		r.Studies = append(slices.Clone(r.Studies), study)
	} else {
		r.Studies = slices.Insert(slices.Clone(r.Studies), 0, study) // the newest first
	}
	return true
}

// drop takes a study away that turned out to be another patient's.
func (r *Request) drop(uid yilian.StudyUID) bool {
	had := len(r.Studies)
	r.Studies = slices.DeleteFunc(slices.Clone(r.Studies), func(s Study) bool { return s.UID == uid })
	return len(r.Studies) != had
}
