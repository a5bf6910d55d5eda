package imaging

import (
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// describe turns a received instance into what the index records, and refuses one that is not what the door announced.
func describe(got received, in Incoming, owner yilian.InstitutionID) (Addition, error) {
	d := got.object.Dataset
	instance := describeInstance(got, in)
	study := describeStudy(d, owner)
	study.Device = in.Source
	series := describeSeries(d)
	series.Study, instance.Study, instance.Series = study.UID, study.UID, series.UID
	if err := checkIdentity(study, series, instance, in); err != nil {
		return Addition{}, err
	}
	study.Bytes, series.Bytes = got.size, got.size
	var err error
	if instance.Metadata, instance.Layout, err = header(d, got.object.Layout); err != nil {
		return Addition{}, err
	}
	return Addition{Study: study, Series: series, Instance: instance}, nil
}

func describeStudy(d *dicom.Dataset, owner yilian.InstitutionID) Study {
	s := Study{
		UID:             yilian.StudyUID(d.UID(dicom.StudyInstanceUID)),
		Institution:     owner,
		PatientID:       d.String(dicom.PatientID),
		PatientIssuer:   d.String(dicom.IssuerOfPatientID),
		PatientName:     d.PersonName(dicom.PatientName),
		Sex:             strings.ToUpper(d.String(dicom.PatientSex)),
		BirthDate:       date(d, dicom.PatientBirthDate),
		Accession:       d.String(dicom.AccessionNumber),
		AccessionIssuer: issuer(d.First(dicom.IssuerOfAccessionNumberSequence)),
		StudyID:         d.String(dicom.StudyID),
		Date:            date(d, dicom.StudyDate),
		Time:            clock(d, dicom.StudyTime),
		Description:     d.String(dicom.StudyDescription),
		Referring:       d.PersonName(dicom.ReferringPhysicianName),
		InstitutionName: d.String(dicom.InstitutionName),
		Attributes:      d.AppendJSON(nil, dicom.JSONOptions{Include: studyAttribute}),
	}
	if s.PatientIssuer == "" {
		s.PatientIssuer = issuer(d.First(dicom.IssuerOfPatientIDQualifiersSequence))
	}
	if s.PatientIssuer == "" {
		s.PatientIssuer = string(owner)
	}
	if s.AccessionIssuer == "" {
		s.AccessionIssuer = string(owner)
	}
	return s
}

// issuer reads the item of an HL7v2 hierarchic designator (PS3.3 10.14).
func issuer(item *dicom.Dataset) string {
	if local := item.String(dicom.LocalNamespaceEntityID); local != "" {
		return local
	}
	return item.String(dicom.UniversalEntityID)
}

func describeSeries(d *dicom.Dataset) Series {
	number, _ := d.Int(dicom.SeriesNumber)
	request := d.First(dicom.RequestAttributesSequence)
	return Series{
		UID:          yilian.SeriesUID(d.UID(dicom.SeriesInstanceUID)),
		Modality:     strings.ToUpper(d.String(dicom.Modality)),
		Number:       int(int32(number)),
		Description:  d.String(dicom.SeriesDescription),
		BodyPart:     strings.ToUpper(d.String(dicom.BodyPartExamined)),
		Laterality:   strings.ToUpper(d.String(dicom.Laterality)),
		StationName:  d.String(dicom.StationName),
		Manufacturer: d.String(dicom.Manufacturer),
		PPSStartDate: date(d, dicom.PerformedProcedureStepStartDate),
		PPSStartTime: clock(d, dicom.PerformedProcedureStepStartTime),
		SPSID:        request.String(dicom.ScheduledProcedureStepID),
		RPID:         request.String(dicom.RequestedProcedureID),
		Attributes:   d.AppendJSON(nil, dicom.JSONOptions{Include: seriesAttribute}),
	}
}

func describeInstance(got received, in Incoming) Instance {
	d := got.object.Dataset
	number, _ := d.Int(dicom.InstanceNumber)
	rows, _ := d.Int(dicom.Rows)
	columns, _ := d.Int(dicom.Columns)
	bits, _ := d.Int(dicom.BitsAllocated)
	return Instance{
		UID:            yilian.InstanceUID(d.UID(dicom.SOPInstanceUID)),
		SOPClass:       d.UID(dicom.SOPClassUID),
		TransferSyntax: got.object.Syntax.UID,
		Number:         int(int32(number)),
		Rows:           rows,
		Columns:        columns,
		BitsAllocated:  bits,
		Frames:         got.object.Layout.Frames,
		DataOffset:     got.dataOffset,
		Size:           got.size,
		SHA256:         got.sha256,
		Source:         in.Source,
	}
}

// checkIdentity refuses an instance that cannot be filed, or that is not the one announced. Texts name the attribute, never its value of a patient.
func checkIdentity(study Study, series Series, i Instance, in Incoming) error {
	for _, id := range []struct{ name, uid string }{
		{"Study Instance UID", string(study.UID)}, {"Series Instance UID", string(series.UID)},
		{"SOP Instance UID", string(i.UID)}, {"SOP Class UID", i.SOPClass},
	} {
		if id.uid == "" {
			return malformed("It has no " + id.name + ".")
		}
		if !ValidUID(id.uid) {
			return malformed("Its " + id.name + " is not a UID.")
		}
	}
	if in.SOPClass != "" && in.SOPClass != i.SOPClass {
		return mismatch("SOP Class UID", in.SOPClass, i.SOPClass)
	}
	if in.SOPInstance != "" && in.SOPInstance != i.UID {
		return mismatch("SOP Instance UID", string(in.SOPInstance), string(i.UID))
	}
	if in.Study != "" && in.Study != study.UID {
		return mismatch("Study Instance UID", string(in.Study), string(study.UID))
	}
	return nil
}

func mismatch(attribute, announced, found string) error {
	e := yilian.Errorf(yilian.Invalid, CodeMismatch, "The instance is not the announced one: its %s is %.64s, not %.64s.", attribute, found, announced)
	e.Params = map[string]any{"attribute": attribute, "announced": announced, "found": found}
	return e
}

// date gives a DA as YYYYMMDD, also when it was written in an older form; "" when it is none.
func date(d *dicom.Dataset, tag dicom.Tag) string {
	t, ok := d.Date(tag)
	if !ok {
		return ""
	}
	return t.Format("20060102")
}

// clock gives a TM as HHMMSS[.FFFFFF]; "" when it is none.
func clock(d *dicom.Dataset, tag dicom.Tag) string {
	s := strings.ReplaceAll(d.String(tag), ":", "")
	if _, ok := dicom.ParseTimeOfDay(s); !ok {
		return ""
	}
	whole, fraction, _ := strings.Cut(s, ".")
	whole += "000000"[len(whole):]
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		whole += "." + fraction
	}
	return whole
}
