package sqlstore

import (
	"encoding/json"
	"fmt"
	"slices"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
)

// restate brings the rows of a study and its series to what its originals and the corrections in force say together.
func (t *txn) restate(uid yilian.StudyUID) error {
	study, err := present(t.imagingStudy(uid))
	if err != nil || study == nil {
		return err // it has no rows now; when it gets some again, this is called again
	}
	force, err := t.inForce(uid)
	if err != nil {
		return err
	}
	over, err := imaging.StudyOverlay(uid, force)
	if err != nil {
		return err
	}
	corrected, err := study.Corrected(over)
	if err != nil {
		return err
	}
	corrected.Version++
	if err := t.amendment(uid, "", over); err != nil {
		return err
	}
	if err := t.rewriteStudy(corrected); err != nil {
		return fmt.Errorf("correct a study: %w", err)
	}
	if err := t.restateSeries(corrected, force); err != nil {
		return err
	}
	if err := t.revise(uid, ""); err != nil {
		return err
	}
	return t.send(flow.Message{Topic: studyTopic, Key: string(uid), Version: corrected.Version, Audience: ownersOf(corrected)})
}

func (t *txn) restateSeries(study imaging.Study, force []imaging.Correction) error {
	all, err := t.seriesOf(study.UID)
	if err != nil {
		return err
	}
	for _, s := range all {
		moved, err := t.movedInto(study.UID, s.UID)
		if err != nil {
			return err
		}
		own, err := imaging.SeriesOverlay(study.UID, s.UID, force)
		if err != nil {
			return err
		}
		over, err := imaging.Overlay(moved, own)
		if err != nil {
			return err
		}
		if err := t.amendment(study.UID, s.UID, over); err != nil {
			return err
		}
		if s, err = s.Corrected(own); err != nil {
			return err
		}
		if err := t.rewriteSeries(s); err != nil {
			return fmt.Errorf("correct a series: %w", err)
		}
	}
	return t.recount(study.UID)
}

func (t *txn) seriesOf(study yilian.StudyUID) ([]imaging.Series, error) {
	all, err := collect(t, scanSeries, "SELECT "+seriesColumns+" FROM imaging_series se WHERE se.study = $1 ORDER BY se.uid", study)
	if err != nil {
		return nil, fmt.Errorf("series of a study: %w", err)
	}
	return all, nil
}

// amendment writes what is put over the headers of a study or series; nothing takes it away.
func (t *txn) amendment(study yilian.StudyUID, series yilian.SeriesUID, over json.RawMessage) error {
	if len(over) == 0 || string(over) == "{}" {
		_, err := t.exec("DELETE FROM imaging_amendment WHERE study = $1 AND series = $2", study, series)
		return err
	}
	packed, err := pack(over)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO imaging_amendment (study, series, doc) VALUES ($1, $2, $3)
		ON CONFLICT (study, series) DO UPDATE SET doc = excluded.doc`, study, series, packed)
	if err != nil {
		return fmt.Errorf("write an amendment: %w", err)
	}
	return nil
}

// rewriteStudy writes what describes a study, and leaves the aggregates alone. The lists of its modalities are for recount to write
// again.
func (t *txn) rewriteStudy(s imaging.Study) error {
	raw, err := doc(s)
	if err != nil {
		return err
	}
	if err := t.delist(s.UID); err != nil {
		return err
	}
	name := keyText(imaging.NameKey(s.PatientName))
	_, err = t.exec(`UPDATE imaging_study SET sort = $2, time = $3, patient_id = $4, patient_issuer = $5, patient_name = $6, birth_date = $7, sex = $8,
		accession = $9, study_id = $10, description = $11, referring = $12, site = $13, doc = $14, version = $15 WHERE uid = $1`,
		s.UID, studySort(s), s.Time, folded(imaging.TextField, s.PatientID), folded(imaging.TextField, s.PatientIssuer), name, s.BirthDate,
		folded(imaging.CodeField, s.Sex), folded(imaging.TextField, s.Accession), folded(imaging.TextField, s.StudyID),
		folded(imaging.TextField, s.Description), keyText(imaging.NameKey(s.Referring)), folded(imaging.TextField, s.InstitutionName), raw, s.Version)
	if err != nil {
		return err
	}
	return t.enlist(s, name)
}

func (t *txn) rewriteSeries(s imaging.Series) error {
	raw, err := doc(s)
	if err != nil {
		return err
	}
	_, err = t.exec("UPDATE imaging_series SET number = $3, modality = $4, description = $5, body_part = $6, doc = $7 WHERE study = $1 AND uid = $2",
		s.Study, s.UID, s.Number, folded(imaging.CodeField, s.Modality), folded(imaging.TextField, s.Description), folded(imaging.CodeField, s.BodyPart), raw)
	return err
}

// recount brings the aggregates of a study and its series to what instances they have, and removes what has none.
func (t *txn) recount(uid yilian.StudyUID) error {
	instances, err := collect(t, scanBare, "SELECT i.doc FROM imaging_instance i WHERE i.study = $1", uid)
	if err != nil {
		return fmt.Errorf("count the instances of a study: %w", err)
	}
	type sum struct{ n, bytes int64 }
	var whole sum
	each := map[yilian.SeriesUID]sum{}
	for _, i := range instances {
		s := each[i.Series]
		each[i.Series] = sum{s.n + 1, s.bytes + i.Size}
		whole.n, whole.bytes = whole.n+1, whole.bytes+i.Size
	}
	series, err := t.seriesOf(uid)
	if err != nil {
		return err
	}
	study, err := present(t.imagingStudy(uid))
	if err != nil || study == nil {
		return err
	}
	kept := 0
	study.Modalities = nil
	if _, err = t.exec("DELETE FROM imaging_list WHERE study = $1 AND list >= $2 AND list < $3", uid, modalityList, modalityList+lastText); err != nil {
		return err
	}
	for _, s := range series {
		have := each[s.UID]
		if have.n == 0 {
			_, err = t.exec("DELETE FROM imaging_series WHERE study = $1 AND uid = $2", uid, s.UID)
		} else {
			kept++
			if s.Modality != "" && !slices.Contains(study.Modalities, s.Modality) {
				study.Modalities = append(study.Modalities, s.Modality)
			}
			if err = t.listModality(*study, s); err == nil {
				_, err = t.exec("UPDATE imaging_series SET instances = $3, bytes = $4 WHERE study = $1 AND uid = $2", uid, s.UID, have.n, have.bytes)
			}
		}
		if err != nil {
			return fmt.Errorf("count a series: %w", err)
		}
	}
	slices.Sort(study.Modalities)
	if whole.n == 0 {
		err = t.removeStudy(uid)
	} else {
		_, err = t.exec("UPDATE imaging_study SET series = $2, instances = $3, bytes = $4, modalities = $5 WHERE uid = $1",
			uid, kept, whole.n, whole.bytes, joinList(study.Modalities))
	}
	if err != nil {
		return fmt.Errorf("count a study: %w", err)
	}
	return nil
}

// merge applies or takes away the rule that one patient is another.
func (t *txn) merge(c imaging.Correction, gone bool) (imaging.Correction, error) {
	if gone {
		if _, err := t.exec("DELETE FROM imaging_merged WHERE correction = $1", c.ID); err != nil {
			return c, fmt.Errorf("end a merge: %w", err)
		}
	} else {
		now, err := t.studiesOf(c.Institution, c.Merge.From) // some may have come since it was proposed, or are another's by now
		if err == nil {
			_, err = t.exec("DELETE FROM imaging_correction_study WHERE correction = $1", c.ID)
		}
		if err != nil {
			return c, err
		}
		_, err = t.exec(`INSERT INTO imaging_merged (institution, issuer, id, correction) VALUES ($1, $2, $3, $4)
			ON CONFLICT (institution, issuer, id) DO UPDATE SET correction = excluded.correction`,
			c.Institution, keyText(c.Merge.From.Issuer), keyText(c.Merge.From.ID), c.ID)
		if err != nil {
			return c, fmt.Errorf("merge patients: %w", err)
		}
		c.Studies = now
		if err := t.saveCorrection(c); err != nil {
			return c, err
		}
	}
	touched, err := t.studiesOfCorrection(c.ID)
	if err != nil {
		return c, err
	}
	for _, uid := range touched {
		if err := t.restate(uid); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (t *txn) studiesOfCorrection(id string) ([]yilian.StudyUID, error) {
	all, err := collect(t, scanText[yilian.StudyUID], "SELECT study FROM imaging_correction_study WHERE correction = $1 ORDER BY study", id)
	if err != nil {
		return nil, fmt.Errorf("studies of a correction: %w", err)
	}
	return all, nil
}

// arrived applies what was decided before an instance came: its study or series is new to the rows, and a merge or a correction may
// be about it.
func (t *txn) arrived(s imaging.Study) error {
	merge, err := collect(t, scanText[string], "SELECT correction FROM imaging_merged WHERE institution = $1 AND issuer = $2 AND id = $3",
		s.Institution, keyText(s.PatientIssuer), keyText(s.PatientID))
	if err == nil && len(merge) > 0 && s.Original == nil {
		_, err = t.exec("INSERT INTO imaging_correction_study (study, correction) VALUES ($1, $2) ON CONFLICT (study, correction) DO NOTHING", s.UID, merge[0])
	}
	if err != nil {
		return fmt.Errorf("look for a merge: %w", err)
	}
	force, err := t.inForce(s.UID)
	if err != nil || len(force) == 0 {
		return err
	}
	return t.restate(s.UID)
}

// settled does what an arrival brings with it: corrections that were decided before it came, the end of a rejection, and what a
// rejection note says.
func (t *txn) settled(before imaging.State, c imaging.Change, a imaging.Addition) error {
	if before.Rejected != nil {
		if err := t.revived(*before.Rejected, a); err != nil {
			return err
		}
	}
	if before.Series == nil {
		if err := t.arrived(c.Study); err != nil {
			return err
		}
	}
	if a.Rejects == nil {
		return nil
	}
	return t.noteArrived(a)
}
