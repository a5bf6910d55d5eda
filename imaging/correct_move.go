package imaging

import (
	"encoding/json"
	"fmt"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// MovedSeries is the Series Instance UID of what a move takes out of a series: the same whenever it is asked.
func MovedSeries(correction string, study yilian.StudyUID, series yilian.SeriesUID) yilian.SeriesUID {
	return yilian.SeriesUID(dicom.DerivedUID("moved series", correction, string(study), string(series)))
}

// NewStudy is the study that a move makes, without any instance, from the one that the first series comes out of.
func (m Move) NewStudy(from Study, at time.Time) (Study, error) {
	over, err := m.Set.overlay(studyCorrectable)
	if err != nil {
		return Study{}, err
	}
	s, err := from.Corrected(nil)
	if err != nil {
		return s, err
	}
	if s, err = s.Corrected(over); err != nil {
		return s, err
	}
	s.UID, s.Original, s.Differs, s.Modalities, s.BodyPart = m.To, nil, nil, nil, ""
	s.SeriesCount, s.InstanceCount, s.Bytes, s.OpenAssociations, s.Version = 0, 0, 0, 0, 0
	s.LastArrival = at
	s.Attributes, err = Overlay(s.Attributes, studyUIDOverlay(s.UID))
	return s, err
}

// MovedInto is a series as part of another study, without any instance, and what is put over the headers of its instances: all that the
// study says of itself and its patient, and nothing of what the one before did.
func MovedInto(to Study, from Study, s Series, uid yilian.SeriesUID) (Series, json.RawMessage, error) {
	s, err := s.Corrected(nil)
	if err != nil {
		return s, nil, err
	}
	target := to.Uncorrected()
	uids := fmt.Sprintf(`{"0020000D":{"vr":"UI","Value":[%q]},"0020000E":{"vr":"UI","Value":[%q]}}`, to.UID, uid)
	over, err := Overlay(emptied(from.Uncorrected().Attributes), target.Attributes, json.RawMessage(uids))
	if err != nil {
		return s, nil, err
	}
	s.Study, s.UID, s.InstanceCount, s.Bytes = to.UID, uid, 0, 0
	s.Attributes, err = Overlay(s.Attributes, seriesPart(json.RawMessage(uids)))
	return s, over, err
}

func studyUIDOverlay(uid yilian.StudyUID) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"0020000D":{"vr":"UI","Value":[%q]}}`, uid))
}

// emptied keeps the attributes and takes their values.
func emptied(attributes json.RawMessage) json.RawMessage {
	all := map[string]struct {
		VR string `json:"vr"`
	}{}
	if json.Unmarshal(attributes, &all) != nil {
		return nil
	}
	b, _ := json.Marshal(all)
	return b
}

// MovedTo is the instance in another study and series; it remembers where its header puts it.
func (i Instance) MovedTo(to Home) Instance {
	home := i.Whence()
	i.Study, i.Series, i.Home = to.Study, to.Series, &home
	if home == to {
		i.Home = nil
	}
	return i
}
