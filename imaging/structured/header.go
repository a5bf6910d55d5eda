package structured

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"yilian/imaging/dicom"
)

// inherited are the patient's and the study's attributes that every object of the study repeats (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2).
var inherited = []dicom.Tag{
	dicom.StudyDate, dicom.StudyTime, dicom.AccessionNumber, dicom.ReferringPhysicianName, dicom.StudyDescription, dicom.PatientName, dicom.PatientID,
	dicom.IssuerOfPatientID, dicom.PatientBirthDate, dicom.PatientSex, dicom.PatientAge, dicom.StudyInstanceUID, dicom.StudyID,
}

// mandatory are those of them that must be there, if only empty.
var mandatory = []dicom.Tag{
	dicom.StudyDate, dicom.StudyTime, dicom.AccessionNumber, dicom.ReferringPhysicianName, dicom.PatientName, dicom.PatientID, dicom.PatientBirthDate,
	dicom.PatientSex, dicom.StudyID,
}

// series tells the three kinds of objects apart.
type series struct {
	modality, description string
	number                int
}

var (
	reports       = series{"SR", descriptionMeasures, firstSeries}
	presentations = series{"PR", descriptionPresents, firstSeries + 1}
	keyObjects    = series{"KO", descriptionKeys, firstSeries + 2}
)

// begin makes an object of a kind: patient, study, series, equipment. It has its SOP Instance UID once its content is known: see finish.
func (s Set) begin(kind series, class string) *dicom.Dataset {
	d := dicom.New(utf8)
	for _, tag := range inherited {
		if v := s.Header.Strings(tag); len(v) > 0 {
			d.SetString(tag, v...)
		}
	}
	for _, tag := range mandatory {
		if !d.Has(tag) {
			d.SetString(tag)
		}
	}
	s.inheritIssuer(d)
	at := s.At
	d.SetString(dicom.SOPClassUID, class)
	d.SetString(dicom.Modality, kind.modality)
	d.SetString(dicom.SeriesInstanceUID, dicom.DerivedUID(kind.description, d.UID(dicom.StudyInstanceUID), s.Owner))
	d.SetInt(dicom.SeriesNumber, kind.number)
	d.SetString(dicom.SeriesDescription, kind.description)
	d.SetInt(dicom.InstanceNumber, s.Number)
	d.SetString(dicom.Manufacturer, Manufacturer)
	d.SetString(dicom.ManufacturerModelName, Manufacturer)
	d.SetString(dicom.DeviceSerialNumber, implementationSoftware)
	d.SetString(dicom.SoftwareVersions, implementationSoftware)
	d.SetString(dicom.InstanceCreationDate, at.Format("20060102"))
	d.SetString(dicom.InstanceCreationTime, at.Format("150405"))
	d.SetString(dicom.TimezoneOffsetFromUTC, at.Format("-0700"))
	return d
}

// inheritIssuer repeats whose accession numbers these are.
func (s Set) inheritIssuer(d *dicom.Dataset) {
	from := s.Header.First(dicom.IssuerOfAccessionNumberSequence)
	if from == nil {
		return
	}
	item := d.NewItem()
	for _, tag := range []dicom.Tag{dicom.LocalNamespaceEntityID, dicom.UniversalEntityID, dicom.UniversalEntityIDType} {
		if v := from.String(tag); v != "" {
			item.SetString(tag, v)
		}
	}
	if len(item.Elements) > 0 {
		d.SetSequence(dicom.IssuerOfAccessionNumberSequence, item)
	}
}

// momentary are the attributes in which two versions of the same content differ.
var momentary = []dicom.Tag{
	dicom.InstanceCreationDate, dicom.InstanceCreationTime, dicom.ContentDate, dicom.ContentTime, presentationDate, presentationTime, dicom.InstanceNumber,
	dicom.TimezoneOffsetFromUTC, predecessors,
}

// finish gives an object its UID, which follows from what it says: the same content of the same version has the same one.
func (s Set) finish(d *dicom.Dataset) (Object, error) {
	digest, err := fingerprint(d)
	if err != nil {
		return Object{}, err
	}
	d.SetString(dicom.SOPInstanceUID, dicom.DerivedUID(d.UID(dicom.SeriesInstanceUID), fmt.Sprint(s.Number), digest))
	return Object{Dataset: d, Digest: digest}, nil
}

// Object is one that was made.
type Object struct {
	Dataset *dicom.Dataset
	// Digest is the same for two objects that say the same, whenever they were made.
	Digest string
}

// Reference names the object.
func (o Object) Reference() Reference {
	return Reference{
		SOPClass: o.Dataset.UID(dicom.SOPClassUID), Study: studyUID(o.Dataset), Series: seriesUID(o.Dataset), Instance: instanceUID(o.Dataset),
	}
}

// File encodes the object as a Part 10 file.
func (o Object) File() ([]byte, error) {
	return dicom.AppendFile(nil, o.Dataset, dicom.Syntax(dicom.ExplicitVRLittleEndian))
}

// fingerprint is of what an object says, without when and as which version.
func fingerprint(d *dicom.Dataset) (string, error) {
	bare := *d
	bare.Elements = slices.DeleteFunc(slices.Clone(d.Elements), func(e dicom.Element) bool {
		return e.Tag == dicom.SOPInstanceUID || slices.Contains(momentary, e.Tag)
	})
	b, err := dicom.AppendDataset(nil, &bare, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		return "", fmt.Errorf("structured: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// author is the observer as a PN (PS3.5 6.2.1.1): a name in Chinese characters is the ideographic group.
func (o Observer) author() string {
	name := strings.NewReplacer(`\`, "", "=", "", "^", " ").Replace(strings.TrimSpace(o.Name))
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x2E80 }) {
		return "=" + name
	}
	return cmp.Or(name, "unknown")
}
