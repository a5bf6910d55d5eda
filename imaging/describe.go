package imaging

import (
	"cmp"
	"slices"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// describe turns a received instance into what the index records, and refuses one that is not what the door announced. It
// completes the data set in memory where UIDs are missing; the stored bytes stay as they came.
func describe(got received, in Incoming, owner yilian.InstitutionID) (Addition, error) {
	d := got.object.Dataset
	assigned, err := identify(d, got.meta, owner)
	if err != nil {
		return Addition{}, err
	}
	instance := describeInstance(got, in)
	study := describeStudy(d, owner)
	study.Device, study.Differs = in.Source, assigned
	series := describeSeries(d)
	series.Study, instance.Study, instance.Series = study.UID, study.UID, series.UID
	if err := announced(study, instance, in); err != nil {
		return Addition{}, err
	}
	if instance.Metadata, instance.Layout, err = header(d, got.object.Layout); err != nil {
		return Addition{}, err
	}
	return Addition{Study: study, Series: series, Instance: instance, Rejects: rejection(d)}, nil
}

// mediaDirectory is the SOP class of a DICOMDIR, which describes a medium and is no instance of a study.
const mediaDirectory = "1.2.840.10008.1.3.10"

// identify makes sure that the data set says which instance of which study it is. SOP UIDs that are missing are taken from the
// file meta information or the command; a study or series that is not named gets a UID that follows from what there is, so that
// sending it again ends in the same place. It answers the keywords of what was assigned.
func identify(d *dicom.Dataset, meta dicom.Meta, owner yilian.InstitutionID) (assigned []string, err error) {
	known := func(tag dicom.Tag, otherwise string) string {
		v := d.UID(tag)
		if v == "" && otherwise != "" {
			v = otherwise
			d.SetString(tag, v)
		}
		return v
	}
	assign := func(tag dicom.Tag, from string) string {
		v := d.UID(tag)
		if v == "" {
			v = dicom.DerivedUID(tag.Keyword(), string(owner), from)
			assigned = append(assigned, tag.Keyword())
			d.SetString(tag, v)
		}
		return v
	}
	if !d.Has(dicom.SOPClassUID) && !d.Has(dicom.SOPInstanceUID) && !d.Has(dicom.StudyInstanceUID) {
		return nil, malformed("It holds nothing that identifies an instance.")
	}
	class := known(dicom.SOPClassUID, meta.SOPClassUID)
	instance := known(dicom.SOPInstanceUID, meta.SOPInstanceUID)
	if class == mediaDirectory {
		return nil, malformed("It is the directory of a medium (DICOMDIR), not an instance.")
	}
	if class == "" || instance == "" {
		return nil, malformed("It does not say which instance it is: the SOP Class UID or SOP Instance UID is missing.")
	}
	named := d.UID(dicom.SeriesInstanceUID)
	series := assign(dicom.SeriesInstanceUID, instance)
	study := assign(dicom.StudyInstanceUID, cmp.Or(named, instance))
	for _, id := range []struct{ name, uid string }{
		{"Study Instance UID", study}, {"Series Instance UID", series}, {"SOP Instance UID", instance}, {"SOP Class UID", class},
	} {
		if !ValidUID(id.uid) {
			return nil, malformed("Its " + id.name + " is not a UID.")
		}
	}
	slices.Sort(assigned)
	return assigned, nil
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

// announced refuses an instance that is not the one the door spoke of.
func announced(study Study, i Instance, in Incoming) error {
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
