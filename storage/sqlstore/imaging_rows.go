package sqlstore

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yilian"
	"yilian/imaging"
)

func errNoImage() error {
	return yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There is no such study, series or instance.")
}

const studyColumns = `st.doc, st.version, st.series, st.instances, st.bytes, st.modalities, st.body_part, st.differs, st.first_arrival, st.last_arrival,
	(SELECT count(*) FROM imaging_association a WHERE a.study = st.uid)`

func scanStudy(r *sql.Rows) (s imaging.Study, err error) {
	var raw []byte
	var modalities, body, differs string
	var version, series, instances, bytes, first, last, open int64
	if err := r.Scan(&raw, &version, &series, &instances, &bytes, &modalities, &body, &differs, &first, &last, &open); err != nil {
		return s, err
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("a study's document: %w", err)
	}
	s.Version, s.SeriesCount, s.InstanceCount, s.Bytes = version, int(series), int(instances), bytes
	s.Modalities, s.BodyPart, s.Differs = splitList(modalities), body, splitList(differs)
	s.FirstArrival, s.LastArrival, s.OpenAssociations = moment(first), moment(last), int(open)
	return s, nil
}

const seriesColumns = "se.doc, se.instances, se.bytes, se.first_arrival, se.last_arrival, se.revision"

func scanSeries(r *sql.Rows) (s imaging.Series, err error) {
	var raw []byte
	var instances, bytes, first, last, revision int64
	if err := r.Scan(&raw, &instances, &bytes, &first, &last, &revision); err != nil {
		return s, err
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("a series' document: %w", err)
	}
	s.InstanceCount, s.Bytes, s.FirstArrival, s.LastArrival, s.Revision = int(instances), bytes, moment(first), moment(last), revision
	return s, nil
}

// instanceColumns end with what corrections put over the headers of the instance's series, and of its study: nearly always nothing.
const instanceColumns = `i.doc, i.metadata, ` + amendments

// outlineColumns leave the headers out, which are most of an instance.
const outlineColumns = `i.doc, NULL, ` + amendments

const amendments = `(SELECT am.doc FROM imaging_amendment am WHERE am.study = i.study AND am.series = i.series),
	(SELECT am.doc FROM imaging_amendment am WHERE am.study = i.study AND am.series = '')`

func scanInstance(r *sql.Rows) (i imaging.Instance, err error) {
	var raw, metadata, series, study []byte
	if err := r.Scan(&raw, &metadata, &series, &study); err != nil {
		return i, err
	}
	if err := json.Unmarshal(raw, &i); err != nil {
		return i, fmt.Errorf("an instance's document: %w", err)
	}
	if i.Metadata, err = unpack(metadata); err != nil {
		return i, err
	}
	return amended(i, series, study)
}

// scanBare reads what is not in the header.
func scanBare(r *sql.Rows) (i imaging.Instance, err error) {
	var raw []byte
	if err := r.Scan(&raw); err != nil {
		return i, err
	}
	if err := json.Unmarshal(raw, &i); err != nil {
		return i, fmt.Errorf("an instance's document: %w", err)
	}
	return i, nil
}

func scanText[T ~string](r *sql.Rows) (v T, err error) { return v, r.Scan(&v) }

// amended puts corrections over the header of an instance: those of its series, then those of its study.
func amended(i imaging.Instance, packed ...[]byte) (imaging.Instance, error) {
	var over []json.RawMessage
	for _, p := range packed {
		if len(p) == 0 {
			continue
		}
		raw, err := unpack(p)
		if err != nil {
			return i, err
		}
		over = append(over, raw)
	}
	if len(over) == 0 {
		return i, nil
	}
	var err error
	if i.Amendment, err = imaging.Overlay(nil, over...); err != nil {
		return i, err
	}
	i.Metadata, err = imaging.Overlay(i.Metadata, i.Amendment)
	return i, err
}

// one runs a query for one row; none is NotFound.
func one[T any](t *txn, scan func(*sql.Rows) (T, error), query string, args ...any) (v T, err error) {
	all, err := collect(t, scan, query, args...)
	if err != nil {
		return v, fmt.Errorf("read the image index: %w", err)
	}
	if len(all) == 0 {
		return v, errNoImage()
	}
	return all[0], nil
}

func (t *txn) imagingStudy(uid yilian.StudyUID) (imaging.Study, error) {
	return one(t, scanStudy, "SELECT "+studyColumns+" FROM imaging_study st WHERE st.uid = $1", uid)
}

func (t *txn) imagingSeries(study yilian.StudyUID, uid yilian.SeriesUID) (imaging.Series, error) {
	return one(t, scanSeries, "SELECT "+seriesColumns+" FROM imaging_series se WHERE se.study = $1 AND se.uid = $2", study, uid)
}

// imagingInstance reads one instance whole, with the corrections of its header.
func (t *txn) imagingInstance(uid yilian.InstanceUID) (i imaging.Instance, err error) {
	i, series, study, err := t.readInstance(uid)
	if err != nil {
		return i, err
	}
	return amended(i, series, study)
}

// storedInstance reads one instance whole, as it is stored.
func (t *txn) storedInstance(uid yilian.InstanceUID) (i imaging.Instance, err error) {
	i, _, _, err = t.readInstance(uid)
	return i, err
}

func (t *txn) readInstance(uid yilian.InstanceUID) (i imaging.Instance, series, study []byte, err error) {
	var layout, raw, metadata []byte
	err = t.queryRow("SELECT "+instanceColumns+", i.layout FROM imaging_instance i WHERE i.uid = $1", uid).Scan(&raw, &metadata, &series, &study, &layout)
	if errors.Is(err, sql.ErrNoRows) {
		return i, nil, nil, errNoImage()
	}
	if err != nil {
		return i, nil, nil, fmt.Errorf("read an instance: %w", err)
	}
	if err := json.Unmarshal(raw, &i); err != nil {
		return i, nil, nil, fmt.Errorf("an instance's document: %w", err)
	}
	if i.Metadata, err = unpack(metadata); err != nil {
		return i, nil, nil, err
	}
	i.Layout, err = unpack(layout)
	return i, series, study, err
}

func (t *txn) updateStudy(s imaging.Study) error {
	_, err := t.exec(`UPDATE imaging_study SET version = $2, series = $3, instances = $4, bytes = $5, modalities = $6, body_part = $7, differs = $8,
		last_arrival = $9 WHERE uid = $1`,
		s.UID, s.Version, s.SeriesCount, s.InstanceCount, s.Bytes, joinList(s.Modalities), keyText(s.BodyPart), joinList(s.Differs), nanos(s.LastArrival))
	return err
}

func (t *txn) insertStudy(s imaging.Study) error {
	raw, err := doc(s)
	if err != nil {
		return err
	}
	name := keyText(imaging.NameKey(s.PatientName))
	_, err = t.exec(`INSERT INTO imaging_study (uid, institution, sort, time, patient_id, patient_issuer, patient_name, birth_date, sex, accession, study_id,
		description, referring, site, doc, version, series, instances, bytes, modalities, body_part, differs, first_arrival, last_arrival)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		s.UID, s.Institution, studySort(s), s.Time, folded(imaging.TextField, s.PatientID), folded(imaging.TextField, s.PatientIssuer), name, s.BirthDate,
		folded(imaging.CodeField, s.Sex), folded(imaging.TextField, s.Accession), folded(imaging.TextField, s.StudyID),
		folded(imaging.TextField, s.Description), keyText(imaging.NameKey(s.Referring)), folded(imaging.TextField, s.InstitutionName), raw,
		s.Version, s.SeriesCount, s.InstanceCount, s.Bytes, joinList(s.Modalities), keyText(s.BodyPart), joinList(s.Differs), nanos(s.FirstArrival), nanos(s.LastArrival))
	if err != nil {
		return err
	}
	return t.enlist(s, name)
}

// insertName makes a patient's name findable by every part of it.
func (t *txn) insertName(name string) error {
	if name == "" {
		return nil
	}
	for i, p := range nameParts(name) {
		n, err := t.exec("INSERT INTO imaging_name (part, name, starts) VALUES ($1, $2, $3) ON CONFLICT (part, name) DO NOTHING", p.text, name, p.starts)
		if err != nil {
			return err
		}
		if i == 0 && n == 0 {
			return nil // the name is known, with all its parts
		}
	}
	return nil
}

type namePart struct {
	text   string
	starts int64
}

// nameParts answers every ending of every group, the whole groups first.
func nameParts(name string) []namePart {
	var parts []namePart
	groups := imaging.NameGroups(name)
	for _, g := range groups {
		parts = append(parts, namePart{g, 1})
	}
	for _, g := range groups {
		for i := range g {
			if i > 0 {
				parts = append(parts, namePart{g[i:], 0})
			}
		}
	}
	return parts
}

func (t *txn) insertSeries(study imaging.Study, s imaging.Series) error {
	raw, err := doc(s)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO imaging_series (study, uid, number, modality, description, body_part, pps_date, pps_time, sps_id, rp_id, doc, instances, bytes,
		first_arrival, last_arrival, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		s.Study, s.UID, s.Number, folded(imaging.CodeField, s.Modality), folded(imaging.TextField, s.Description), folded(imaging.CodeField, s.BodyPart),
		s.PPSStartDate, s.PPSStartTime, folded(imaging.TextField, s.SPSID), folded(imaging.TextField, s.RPID), raw, s.InstanceCount, s.Bytes,
		nanos(s.FirstArrival), nanos(s.LastArrival), s.Revision)
	if err != nil {
		return err
	}
	return t.listModality(study, s)
}

// listModality lists a study under the modality of one of its series.
func (t *txn) listModality(study imaging.Study, s imaging.Series) error {
	if s.Modality == "" {
		return nil
	}
	return t.listStudy(study, modalityList+folded(imaging.CodeField, s.Modality))
}

func (t *txn) insertInstance(i imaging.Instance) error {
	metadata, err := pack(i.Metadata)
	if err != nil {
		return err
	}
	layout, err := pack(i.Layout)
	if err != nil {
		return err
	}
	bare := i
	bare.Metadata, bare.Layout = nil, nil
	raw, err := doc(bare)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO imaging_instance (uid, study, series, number, sop_class, blob, doc, metadata, layout)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, i.UID, i.Study, i.Series, i.Number, i.SOPClass, i.Blob, raw, metadata, layout)
	if err != nil {
		return fmt.Errorf("write an instance: %w", err)
	}
	return nil
}

// studySort is what a study is listed by: its date and the whole seconds of its time.
func studySort(s imaging.Study) string {
	if s.Date == "" {
		return ""
	}
	clock, _, _ := strings.Cut(s.Time, ".")
	return s.Date + clock
}

func folded(k imaging.FieldKind, s string) string { return keyText(k.Fold(s)) }

func joinList(all []string) string {
	clean := make([]string, len(all))
	for i, s := range all {
		clean[i] = strings.ReplaceAll(keyText(s), `\`, "")
	}
	return strings.Join(clean, `\`)
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return slices.Clone(strings.Split(s, `\`))
}
