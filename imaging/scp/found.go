package scp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

// What C-FIND answers: one data set in UTF-8 for each match, with everything that may be asked for.

// headerOf reads a header kept in DICOM JSON. One that cannot be read gives what the index knows beside it.
func headerOf(attributes json.RawMessage) *dicom.Dataset {
	if len(attributes) > 0 {
		d, err := dicom.ParseJSON(attributes, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
		if err == nil {
			return d
		}
	}
	return dicom.New(utf8Set)
}

// put sets an element unless it would become empty.
func put(d *dicom.Dataset, t dicom.Tag, values ...string) {
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	if len(values) > 0 {
		d.SetString(t, values...)
	}
}

// lay puts the elements of another data set under those that d has.
func lay(d, under *dicom.Dataset) {
	for _, e := range under.Elements {
		if !d.Has(e.Tag) {
			d.Put(e)
		}
	}
}

func (c *association) studyFound(st imaging.Study) *dicom.Dataset {
	d := headerOf(st.Attributes)
	put(d, dicom.StudyInstanceUID, string(st.UID))
	put(d, dicom.PatientName, st.PatientName.String())
	put(d, dicom.PatientID, st.PatientID)
	if !d.Has(dicom.IssuerOfPatientID) {
		put(d, dicom.IssuerOfPatientID, st.PatientIssuer)
	}
	put(d, dicom.PatientBirthDate, st.BirthDate)
	put(d, dicom.PatientSex, st.Sex)
	put(d, dicom.AccessionNumber, st.Accession)
	put(d, dicom.StudyID, st.StudyID)
	put(d, dicom.StudyDate, st.Date)
	put(d, dicom.StudyTime, st.Time)
	put(d, dicom.StudyDescription, st.Description)
	put(d, dicom.ReferringPhysicianName, st.Referring.String())
	put(d, dicom.InstitutionName, st.InstitutionName)
	put(d, dicom.ModalitiesInStudy, slices.Clone(st.Modalities)...)
	d.SetInt(dicom.NumberOfStudyRelatedSeries, st.SeriesCount)
	d.SetInt(dicom.NumberOfStudyRelatedInstances, st.InstanceCount)
	c.available(d)
	return d
}

func (c *association) seriesFound(se imaging.Series, st imaging.Study) *dicom.Dataset {
	d := headerOf(se.Attributes)
	put(d, dicom.SeriesInstanceUID, string(se.UID))
	put(d, dicom.Modality, se.Modality)
	if !d.Has(dicom.SeriesNumber) {
		d.SetInt(dicom.SeriesNumber, se.Number)
	}
	put(d, dicom.SeriesDescription, se.Description)
	put(d, dicom.BodyPartExamined, se.BodyPart)
	put(d, dicom.Laterality, se.Laterality)
	put(d, dicom.PerformedProcedureStepStartDate, se.PPSStartDate)
	put(d, dicom.PerformedProcedureStepStartTime, se.PPSStartTime)
	d.SetInt(dicom.NumberOfSeriesRelatedInstances, se.InstanceCount)
	lay(d, c.studyFound(st))
	return d
}

func (c *association) instanceFound(i imaging.Instance, se imaging.Series, st imaging.Study) *dicom.Dataset {
	d := headerOf(i.Metadata)
	put(d, dicom.SOPInstanceUID, string(i.UID))
	put(d, dicom.SOPClassUID, i.SOPClass)
	if !d.Has(dicom.InstanceNumber) {
		d.SetInt(dicom.InstanceNumber, i.Number)
	}
	if i.Frames > 1 && !d.Has(dicom.NumberOfFrames) {
		d.SetInt(dicom.NumberOfFrames, i.Frames)
	}
	lay(d, c.seriesFound(se, st))
	return d
}

// available tells where a match can be retrieved from (PS3.4 C.4.1.1.3.2).
func (c *association) available(d *dicom.Dataset) {
	d.SetString(dicom.RetrieveAETitle, c.server.config.AETitle)
	d.SetString(dicom.InstanceAvailability, "ONLINE")
}

// patientFolder folds studies into patients.
type patientFolder struct {
	order []string
	all   map[string]*patientFound
}

type patientFound struct {
	study                      imaging.Study
	studies, series, instances int
}

// add takes a study up and tells whether its patient is new.
func (f *patientFolder) add(st imaging.Study) bool {
	if f.all == nil {
		f.all = map[string]*patientFound{}
	}
	key := fmt.Sprintf("%q %q", st.PatientIssuer, st.PatientID)
	p, known := f.all[key]
	if !known {
		p = &patientFound{study: st}
		f.all[key] = p
		f.order = append(f.order, key)
	}
	p.studies++
	p.series += st.SeriesCount
	p.instances += st.InstanceCount
	return !known
}

func (c *association) patientFound(p *patientFound) *dicom.Dataset {
	from := c.studyFound(p.study)
	d := from.NewItem()
	for _, e := range from.Elements {
		if e.Tag.Group() == 0x0010 {
			d.Put(e)
		}
	}
	d.SetInt(dicom.NumberOfPatientRelatedStudies, p.studies)
	d.SetInt(tagPatientSeries, p.series)
	d.SetInt(tagPatientInstances, p.instances)
	c.available(d)
	return d
}

// keptAt tells which attributes the archive keeps at a level, with a value or without.
func (s *search) keptAt(t dicom.Tag) bool {
	if info, ok := imaging.FieldOf(t); ok {
		return info.Level <= s.query.Level && (!s.patients || t.Group() == 0x0010)
	}
	if s.query.Level == imaging.InstanceLevel {
		return !t.IsPrivate() && t.VR() != dicom.UN
	}
	return t.Group() == 0x0010 || t == dicom.RetrieveAETitle || t == dicom.InstanceAvailability ||
		strings.HasPrefix(t.Keyword(), "NumberOf") && t.Group() == 0x0020
}
