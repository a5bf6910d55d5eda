package scp

import (
	"context"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// selection finds out which studies, series or instances the identifier of a C-MOVE or C-GET names by its unique keys (PS3.4
// C.4.2.2.1).
type selection struct {
	*association
	keys                 *dicom.Dataset
	relational, patients bool
}

// level is what is looked for at a level of retrieval.
type retrieveLevel struct {
	name  string
	key   dicom.Tag
	field imaging.Field
	level imaging.Level
	above []dicom.Tag
}

var retrieveLevels = [...]retrieveLevel{
	{levelStudy, dicom.StudyInstanceUID, imaging.FieldStudyUID, imaging.StudyLevel, nil},
	{levelSeries, dicom.SeriesInstanceUID, imaging.FieldSeriesUID, imaging.SeriesLevel, []dicom.Tag{dicom.StudyInstanceUID}},
	{levelImage, dicom.SOPInstanceUID, imaging.FieldInstanceUID, imaging.InstanceLevel, []dicom.Tag{dicom.StudyInstanceUID, dicom.SeriesInstanceUID}},
}

func (s selection) paths(ctx context.Context) ([]imaging.Path, []dicom.Tag, error) {
	level := s.keys.String(dicom.QueryRetrieveLevel)
	if level == levelPatient && s.patients {
		return s.ofPatient(ctx)
	}
	for _, l := range retrieveLevels {
		if l.name == level {
			return s.ofLevel(ctx, l)
		}
	}
	return nil, []dicom.Tag{dicom.QueryRetrieveLevel}, invalidKey("The query/retrieve level is not one of this information model.")
}

func (s selection) ofLevel(ctx context.Context, l retrieveLevel) ([]imaging.Path, []dicom.Tag, error) {
	named, ok := uids(s.keys, l.key)
	if !ok || len(named) == 0 {
		return nil, []dicom.Tag{l.key}, invalidKey("A unique key of the level is missing.")
	}
	match := []imaging.Match{{Field: l.field, Op: imaging.Equal, Values: named}}
	for _, t := range l.above {
		above, ok := uids(s.keys, t)
		if !ok || !s.relational && len(above) != 1 {
			return nil, []dicom.Tag{t}, invalidKey("A unique key above the level is missing, and no relational query was negotiated.")
		}
		if info, known := imaging.FieldOf(t); known && len(above) > 0 {
			match = append(match, imaging.Match{Field: info.Field, Op: imaging.Equal, Values: above})
		}
	}
	if l.level == imaging.StudyLevel {
		paths := make([]imaging.Path, len(named))
		for i, uid := range named {
			paths[i].Study = yilian.StudyUID(uid)
		}
		return paths, nil, nil
	}
	return s.found(ctx, imaging.Query{Level: l.level, Match: match})
}

// ofPatient names all studies of a patient. A number that several patients have, of several issuers, is refused: what was not
// meant must not go with what was.
func (s selection) ofPatient(ctx context.Context) ([]imaging.Path, []dicom.Tag, error) {
	blame := []dicom.Tag{dicom.PatientID}
	id := s.keys.String(dicom.PatientID)
	if id == "" {
		return nil, blame, invalidKey("A unique key of the level is missing.")
	}
	q := imaging.Query{Level: imaging.StudyLevel, Match: []imaging.Match{
		{Field: imaging.FieldPatientID, Op: imaging.Equal, Values: []string{imaging.TextField.Fold(id)}},
	}}
	if issuer := s.keys.String(dicom.IssuerOfPatientID); issuer != "" {
		q.Match = append(q.Match, imaging.Match{Field: imaging.FieldPatientIssuer, Op: imaging.Equal, Values: []string{imaging.TextField.Fold(issuer)}})
	}
	var paths []imaging.Path
	issuers := map[string]bool{}
	err := s.pages(ctx, q, func(page imaging.Page) {
		for _, st := range page.Studies {
			issuers[st.PatientIssuer] = true
			paths = append(paths, imaging.Path{Study: st.UID})
		}
	})
	if err == nil && len(issuers) > 1 {
		return nil, append(blame, dicom.IssuerOfPatientID), invalidKey("A unique key is not unique: several issuers have given this number.")
	}
	return paths, nil, err
}

// found looks up where series or instances are.
func (s selection) found(ctx context.Context, q imaging.Query) (paths []imaging.Path, blame []dicom.Tag, err error) {
	err = s.pages(ctx, q, func(page imaging.Page) {
		for _, se := range page.Series {
			paths = append(paths, imaging.Path{Study: se.Study, Series: se.UID})
		}
		for _, i := range page.Instances {
			paths = append(paths, imaging.Path{Study: i.Study, Series: i.Series, Instance: i.UID})
		}
	})
	return paths, nil, err
}

func (s selection) pages(ctx context.Context, q imaging.Query, each func(imaging.Page)) error {
	q.Limit = pageOfFind
	for n := 0; ; {
		page, err := s.server.config.Library.Find(ctx, s.caller.Actor, q)
		if err != nil {
			return err
		}
		each(page)
		n += len(page.Studies) + len(page.Series) + len(page.Instances)
		if page.Next == "" {
			return nil
		}
		if n > s.server.config.Limits.Instances {
			return yilian.Errorf(yilian.TooLarge, imaging.CodeTooLarge, "Too much is asked for at a time.")
		}
		q.After = page.Next
	}
}
