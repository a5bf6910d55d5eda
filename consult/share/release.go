package share

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// ReleaseKind is the entity kind of releases.
const ReleaseKind = "deidentified"

// Options are those of the confidentiality profile (PS3.15 E.3).
type Options struct {
	CleanDescriptors  bool `json:"cleanDescriptors" doc:"Descriptions stay, without names and numbers"`
	ShiftDates        bool `json:"shiftDates" doc:"Dates are moved by one number of days for the whole study instead of removed"`
	RetainPatient     bool `json:"retainPatient" doc:"Sex, age, size and weight stay"`
	RetainDevice      bool `json:"retainDevice" doc:"Serial number and name of the device stay"`
	RetainUIDs        bool `json:"retainUids" doc:"UIDs stay: whoever has the original can find it again"`
	RetainSafePrivate bool `json:"retainSafePrivate" doc:"Private attributes that PS3.15 calls safe stay"`
}

// Release is a copy of a study without identity that somebody has looked over. It can be fetched for a while; nothing of the copy itself is kept.
type Release struct {
	flow.Meta
	Study       yilian.StudyUID      `json:"study"`
	Institution yilian.InstitutionID `json:"institution"`
	By          yilian.PersonID      `json:"by"`
	Options     Options              `json:"options"`
	Looked      []yilian.InstanceUID `json:"looked"`   // looked at by the person, and found without text
	Excluded    []yilian.InstanceUID `json:"excluded"` // left out by the person
	Until       time.Time            `json:"until"`
	Fetched     int                  `json:"fetched"`
}

const fetchable = time.Hour

func releaseSpec() flow.Spec[Release] {
	return flow.Spec[Release]{
		Kind: ReleaseKind, Meta: func(r *Release) *flow.Meta { return &r.Meta },
		Audience: func(r Release) []string { return []string{"person:" + string(r.By)} },
		Chain:    func(r Release) string { return string(r.Institution) },
	}
}

// Release notes what somebody looked over and lets go of. check judges whether everything was looked at.
func (s *Service) Release(ctx context.Context, cmd flow.Command, r Release) (Release, error) {
	house, _, err := s.studies.MayGive(ctx, cmd.Actor, r.Study)
	if err != nil {
		return r, err
	}
	cmd.At = s.now().UTC()
	r.Institution, r.By, r.Until = house, cmd.Actor.Person, cmd.At.Add(fetchable)
	return s.releases.Create(ctx, cmd, func(flow.Tx) (Release, flow.Change, error) {
		return r, flow.Change{Action: "release", Silent: true, Data: map[string]any{
			"study": r.Study, "options": r.Options, "looked": len(r.Looked), "excluded": len(r.Excluded),
		}}, nil
	})
}

// Fetch answers a release to who made it, and notes that it leaves.
func (s *Service) Fetch(ctx context.Context, cmd flow.Command, id string) (Release, error) {
	gone := yilian.Errorf(yilian.NotFound, "deident.gone", "This copy can no longer be fetched. Make it anew.")
	r, err := s.releases.Get(ctx, id)
	if yilian.KindOf(err) == yilian.NotFound || err == nil && (r.By != cmd.Actor.Person || !s.now().Before(r.Until)) {
		return Release{}, gone
	}
	if err != nil {
		return r, err
	}
	if _, _, err := s.studies.MayGive(ctx, cmd.Actor, r.Study); err != nil {
		return Release{}, err
	}
	return s.releases.Update(ctx, cmd, id, func(_ flow.Tx, r Release) (Release, flow.Change, error) {
		r.Fetched++
		return r, flow.Change{Action: "fetch", Silent: true, Data: map[string]any{"study": r.Study}}, nil
	})
}
