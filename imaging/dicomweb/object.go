package dicomweb

import (
	"encoding/json"
	"fmt"
	"strconv"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

// object is one object of the DICOM JSON model (PS3.18 F.2) in the making, by tag. It is written in ascending order.
type object map[string]json.RawMessage

func (o object) bytes() (json.RawMessage, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("dicomweb: write DICOM JSON: %w", err)
	}
	return b, nil
}

// set puts values of an attribute; none makes it empty, as one that is known to have no value.
func (o object) set(tag dicom.Tag, values ...any) {
	kept := values[:0:0]
	for _, v := range values {
		if v != "" {
			kept = append(kept, v)
		}
	}
	b, err := json.Marshal(struct {
		VR    string `json:"vr"`
		Value []any  `json:"Value,omitempty"`
	}{tag.VR().String(), kept})
	if err == nil { // strings and numbers only
		o[tag.String()] = b
	}
}

// merge copies the attributes that keep wants from stored DICOM JSON; what is there stays.
func (o object) merge(stored json.RawMessage, keep func(dicom.Tag) bool) error {
	if len(stored) == 0 {
		return nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(stored, &all); err != nil {
		return fmt.Errorf("dicomweb: stored DICOM JSON: %w", err)
	}
	for name, v := range all {
		n, err := strconv.ParseUint(name, 16, 32)
		if _, there := o[name]; there || err != nil || !keep(dicom.Tag(n)) {
			continue
		}
		o[name] = v
	}
	return nil
}

// The attributes that every answer has (PS3.18 tables 10.6.3-3, -4 and -5); those that stand in stored attributes are copied, an
// absent one is given empty.
var (
	studyDefaults = []dicom.Tag{
		dicom.StudyDate, dicom.StudyTime, dicom.AccessionNumber, dicom.ReferringPhysicianName, dicom.PatientName, dicom.PatientID,
		dicom.PatientBirthDate, dicom.PatientSex, dicom.StudyID,
	}
	studyOptional  = []dicom.Tag{dicom.TimezoneOffsetFromUTC, dicom.StudyDescription, dicom.IssuerOfPatientID}
	seriesDefaults = []dicom.Tag{dicom.SeriesDescription, dicom.SeriesNumber}
	seriesOptional = []dicom.Tag{
		dicom.PerformedProcedureStepStartDate, dicom.PerformedProcedureStepStartTime, dicom.RequestAttributesSequence, dicom.BodyPartExamined,
	}
)

// availableTransferSyntax is Available Transfer Syntax UID, which only stands in answers.
const availableTransferSyntax dicom.Tag = 0x00083002

const utf8Repertoire = "ISO_IR 192" // PS3.18 F.2: DICOM JSON is UTF-8

func (a *results) study(o object, s imaging.Study) error {
	o.set(dicom.SpecificCharacterSet, utf8Repertoire)
	o.set(dicom.InstanceAvailability, "ONLINE")
	modalities := make([]any, len(s.Modalities))
	for i, m := range s.Modalities {
		modalities[i] = m
	}
	o.set(dicom.ModalitiesInStudy, modalities...)
	o.set(dicom.RetrieveURL, a.base+"/studies/"+string(s.UID))
	o.set(dicom.StudyInstanceUID, string(s.UID))
	o.set(dicom.NumberOfStudyRelatedSeries, s.SeriesCount)
	o.set(dicom.NumberOfStudyRelatedInstances, s.InstanceCount)
	return a.copy(o, s.Attributes, studyDefaults, studyOptional)
}

func (a *results) series(o object, s imaging.Series) error {
	o.set(dicom.SpecificCharacterSet, utf8Repertoire)
	o.set(dicom.InstanceAvailability, "ONLINE")
	o.set(dicom.Modality, s.Modality)
	o.set(dicom.StudyInstanceUID, string(s.Study))
	o.set(dicom.SeriesInstanceUID, string(s.UID))
	o.set(dicom.RetrieveURL, a.base+"/studies/"+string(s.Study)+"/series/"+string(s.UID))
	o.set(dicom.NumberOfSeriesRelatedInstances, s.InstanceCount)
	if err := a.copy(o, s.Attributes, seriesDefaults, seriesOptional); err != nil || !a.relational && !a.search.all {
		return err
	}
	url := o[dicom.RetrieveURL.String()]
	err := a.study(o, a.page.ParentStudies[s.Study])
	o[dicom.RetrieveURL.String()] = url
	return err
}

func (a *results) instance(o object, i imaging.Instance) error {
	o.set(dicom.SpecificCharacterSet, utf8Repertoire)
	o.set(dicom.InstanceAvailability, "ONLINE")
	o.set(dicom.SOPClassUID, i.SOPClass)
	o.set(dicom.SOPInstanceUID, string(i.UID))
	o.set(dicom.StudyInstanceUID, string(i.Study))
	o.set(dicom.SeriesInstanceUID, string(i.Series))
	o.set(dicom.InstanceNumber, i.Number)
	if i.Frames > 0 {
		o.set(dicom.Rows, i.Rows)
		o.set(dicom.Columns, i.Columns)
		o.set(dicom.BitsAllocated, i.BitsAllocated)
		o.set(dicom.NumberOfFrames, i.Frames)
	}
	o.set(availableTransferSyntax, i.TransferSyntax)
	url := instanceURL(a.base, i)
	o.set(dicom.RetrieveURL, url)
	var err error
	if a.search.wants(i.Metadata, dicom.TimezoneOffsetFromUTC) {
		err = o.merge(imaging.ResolveBulk(i.Metadata, url+"/bulkdata/"), func(t dicom.Tag) bool { return a.search.keeps(t) || t == dicom.TimezoneOffsetFromUTC })
	}
	if err != nil || !a.relational {
		return err
	}
	own := o[dicom.RetrieveURL.String()]
	if s, ok := a.page.ParentSeries[imaging.Path{Study: i.Study, Series: i.Series}]; ok {
		if err := a.series(o, s); err != nil {
			return err
		}
	}
	o[dicom.RetrieveURL.String()] = own
	return nil
}

// copy takes the standard attributes and those asked for from stored ones.
func (a *results) copy(o object, stored json.RawMessage, defaults, optional []dicom.Tag) error {
	err := o.merge(stored, func(t dicom.Tag) bool {
		return a.search.keeps(t) || contains(defaults, t) || contains(optional, t)
	})
	for _, t := range defaults {
		if _, ok := o[t.String()]; !ok {
			o.set(t)
		}
	}
	return err
}

func contains(all []dicom.Tag, t dicom.Tag) bool {
	for _, x := range all {
		if x == t {
			return true
		}
	}
	return false
}

// reference names an instance (PS3.3 10.8).
func (o object) reference(s imaging.Stored) {
	o.set(dicom.ReferencedSOPClassUID, s.SOPClass)
	o.set(dicom.ReferencedSOPInstanceUID, string(s.Instance))
}

// sequence puts items, if there are any.
func (o object) sequence(tag dicom.Tag, items []any) {
	if len(items) > 0 {
		o.set(tag, items...)
	}
}
