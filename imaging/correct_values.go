package imaging

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"yilian"
	"yilian/imaging/dicom"
)

// What a correction may set. Pixels, geometry and UIDs are never corrected by value: that is a new object, or a Move.
var (
	patientCorrectable = []dicom.Tag{
		dicom.PatientName, dicom.PatientID, dicom.IssuerOfPatientID, dicom.PatientBirthDate, dicom.PatientSex,
	}
	studyCorrectable = append(slices.Clone(patientCorrectable),
		dicom.StudyDate, dicom.StudyTime, dicom.AccessionNumber, dicom.InstitutionName, dicom.ReferringPhysicianName, dicom.StudyDescription, dicom.StudyID)
	seriesCorrectable = []dicom.Tag{
		dicom.SeriesDescription, dicom.BodyPartExamined, dicom.Laterality, dicom.ImageLaterality, dicom.SeriesNumber, dicom.Modality, dicom.StationName,
		dicom.OperatorsName, dicom.ProtocolName,
	}
)

// overlay makes the DICOM JSON object (PS3.18 F) that says what the values replace, or why they cannot be set.
func (v Values) overlay(allowed []dicom.Tag) (json.RawMessage, error) {
	d := dicom.New("ISO_IR 192")
	for _, keyword := range slices.Sorted(maps.Keys(v)) {
		tag, ok := dicom.TagOf(keyword)
		if !ok || !slices.Contains(allowed, tag) {
			return nil, yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "%.64s cannot be corrected here.", keyword)
		}
		values := slices.Clone(v[keyword])
		for i := range values {
			values[i] = strings.TrimSpace(values[i])
			if why := unfit(tag, values[i]); why != "" {
				return nil, yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "The value of %s %s.", keyword, why)
			}
		}
		if len(values) > 1 {
			return nil, yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "%s has one value.", keyword)
		}
		d.SetString(tag, values...)
	}
	d.Delete(dicom.SpecificCharacterSet)
	return d.AppendJSON(nil, dicom.JSONOptions{}), nil
}

// longest is how many characters a value may have (PS3.5 6.2).
var longest = map[dicom.VR]int{dicom.LO: 64, dicom.SH: 16, dicom.PN: 3*64 + 2, dicom.CS: 16, dicom.DA: 8, dicom.TM: 14, dicom.IS: 12}

// unfit says why a value cannot stand in an element, or "".
func unfit(tag dicom.Tag, s string) string {
	vr := tag.VR()
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) || !utf8.ValidString(s):
		return "has characters that may not stand in it"
	case longest[vr] != 0 && utf8.RuneCountInString(s) > longest[vr]:
		return "is too long"
	case s == "":
		return ""
	}
	ok := true
	switch {
	case tag == dicom.PatientSex:
		ok = s == "M" || s == "F" || s == "O"
	case tag == dicom.Laterality, tag == dicom.ImageLaterality:
		ok = s == "L" || s == "R" || tag == dicom.ImageLaterality && (s == "B" || s == "U")
	case vr == dicom.DA:
		_, ok = dicom.ParseDate(s)
		ok = ok && len(s) == 8
	case vr == dicom.TM:
		_, ok = dicom.ParseTimeOfDay(s)
	case vr == dicom.CS:
		ok = !strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != ' ' && r != '_' })
	case vr == dicom.IS:
		var n int32
		_, err := fmt.Sscanf(s, "%d", &n)
		ok = err == nil && fmt.Sprint(n) == s
	}
	if !ok {
		return "is not valid"
	}
	return ""
}

// Overlay puts the attributes of DICOM JSON objects over those of base, later ones over earlier ones. Attributes stand in ascending
// order, as PS3.18 F.2.2 has them. Without overlays base is answered as it is.
func Overlay(base json.RawMessage, over ...json.RawMessage) (json.RawMessage, error) {
	over = slices.DeleteFunc(slices.Clone(over), func(o json.RawMessage) bool { return len(o) == 0 || string(o) == "{}" })
	if len(over) == 0 {
		return base, nil
	}
	all := map[string]json.RawMessage{}
	for _, o := range append([]json.RawMessage{base}, over...) {
		if len(o) == 0 {
			continue
		}
		if err := json.Unmarshal(o, &all); err != nil {
			return nil, fmt.Errorf("imaging: attributes to be corrected: %w", err)
		}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, tag := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", tag)
		b.Write(all[tag])
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Described is the part of a Study that its header says and a correction may change.
type Described struct {
	PatientID, PatientIssuer   string
	PatientName                dicom.PersonName
	Sex, BirthDate             string
	Accession, AccessionIssuer string
	StudyID, Date, Time        string
	Description                string
	Referring                  dicom.PersonName
	InstitutionName            string
	Attributes                 json.RawMessage
}

func (s Study) described() Described {
	return Described{
		s.PatientID, s.PatientIssuer, s.PatientName, s.Sex, s.BirthDate, s.Accession, s.AccessionIssuer, s.StudyID, s.Date, s.Time,
		s.Description, s.Referring, s.InstitutionName, s.Attributes,
	}
}

func (s Study) as(d Described) Study {
	s.PatientID, s.PatientIssuer, s.PatientName, s.Sex, s.BirthDate = d.PatientID, d.PatientIssuer, d.PatientName, d.Sex, d.BirthDate
	s.Accession, s.AccessionIssuer, s.StudyID, s.Date, s.Time = d.Accession, d.AccessionIssuer, d.StudyID, d.Date, d.Time
	s.Description, s.Referring, s.InstitutionName, s.Attributes = d.Description, d.Referring, d.InstitutionName, d.Attributes
	return s
}

// Uncorrected is the study as its first instance described it.
func (s Study) Uncorrected() Study {
	if s.Original == nil {
		return s
	}
	s = s.as(*s.Original)
	s.Original = nil
	return s
}

// Corrected is the study with an overlay over what its first instance said; an empty overlay gives that back.
func (s Study) Corrected(over json.RawMessage) (Study, error) {
	s = s.Uncorrected()
	if len(over) == 0 || string(over) == "{}" {
		return s, nil
	}
	d, err := dicom.ParseJSON(over, nil)
	if err != nil {
		return s, fmt.Errorf("imaging: a correction of a study: %w", err)
	}
	original := s.described()
	if s.Attributes, err = Overlay(s.Attributes, over); err != nil {
		return s, err
	}
	said := describeStudy(d, s.Institution)
	for tag, set := range map[dicom.Tag]func(){
		dicom.PatientID:              func() { s.PatientID = said.PatientID },
		dicom.IssuerOfPatientID:      func() { s.PatientIssuer = said.PatientIssuer },
		dicom.PatientName:            func() { s.PatientName = said.PatientName },
		dicom.PatientSex:             func() { s.Sex = said.Sex },
		dicom.PatientBirthDate:       func() { s.BirthDate = said.BirthDate },
		dicom.AccessionNumber:        func() { s.Accession = said.Accession },
		dicom.StudyID:                func() { s.StudyID = said.StudyID },
		dicom.StudyDate:              func() { s.Date = said.Date },
		dicom.StudyTime:              func() { s.Time = said.Time },
		dicom.StudyDescription:       func() { s.Description = said.Description },
		dicom.ReferringPhysicianName: func() { s.Referring = said.Referring },
		dicom.InstitutionName:        func() { s.InstitutionName = said.InstitutionName },
	} {
		if d.Has(tag) {
			set()
		}
	}
	s.Original = &original
	return s, nil
}

// Corrected is the series with an overlay over what its first instance said; an empty overlay gives that back.
func (s Series) Corrected(over json.RawMessage) (Series, error) {
	if s.Original != nil {
		original := *s.Original
		original.InstanceCount, original.Bytes, original.FirstArrival, original.LastArrival = s.InstanceCount, s.Bytes, s.FirstArrival, s.LastArrival
		original.Revision = s.Revision
		s = original
	}
	if len(over) == 0 || string(over) == "{}" {
		return s, nil
	}
	d, err := dicom.ParseJSON(over, nil)
	if err != nil {
		return s, fmt.Errorf("imaging: a correction of a series: %w", err)
	}
	original := s
	if s.Attributes, err = Overlay(s.Attributes, seriesPart(over)); err != nil {
		return s, err
	}
	said := describeSeries(d)
	for tag, set := range map[dicom.Tag]func(){
		dicom.Modality:          func() { s.Modality = said.Modality },
		dicom.SeriesNumber:      func() { s.Number = said.Number },
		dicom.SeriesDescription: func() { s.Description = said.Description },
		dicom.BodyPartExamined:  func() { s.BodyPart = said.BodyPart },
		dicom.Laterality:        func() { s.Laterality = said.Laterality },
		dicom.StationName:       func() { s.StationName = said.StationName },
	} {
		if d.Has(tag) {
			set()
		}
	}
	s.Original = &original
	return s, nil
}

// seriesPart is what of an overlay describes the series.
func seriesPart(over json.RawMessage) json.RawMessage { return part(over, seriesAttribute) }

// part keeps the attributes of a DICOM JSON object that pass.
func part(attributes json.RawMessage, keep func(dicom.Tag) bool) json.RawMessage {
	all := map[string]json.RawMessage{}
	if json.Unmarshal(attributes, &all) != nil {
		return nil
	}
	maps.DeleteFunc(all, func(k string, _ json.RawMessage) bool {
		t, err := dicom.ParseTag(k)
		return err != nil || !keep(t)
	})
	return encoded(all) // the keys of a map are encoded in ascending order
}

// StudyOverlay is what corrections in force, in their order, put over the study part of a study's headers.
func StudyOverlay(uid yilian.StudyUID, force []Correction) (json.RawMessage, error) {
	var all []json.RawMessage
	for _, c := range force {
		var one json.RawMessage
		var err error
		switch {
		case c.Amend != nil && c.Amend.Study == uid && c.Amend.Series == "":
			one, err = c.Amend.Set.overlay(studyCorrectable)
		case c.Merge != nil:
			one, err = c.Merge.Overlay()
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return Overlay(nil, all...)
}

// SeriesOverlay is the same for the headers of one series.
func SeriesOverlay(study yilian.StudyUID, series yilian.SeriesUID, force []Correction) (json.RawMessage, error) {
	var all []json.RawMessage
	for _, c := range force {
		if c.Amend == nil || c.Amend.Study != study || c.Amend.Series != series {
			continue
		}
		one, err := c.Amend.Set.overlay(seriesCorrectable)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return Overlay(nil, all...)
}

// encoded is the JSON of strings and numbers, which cannot fail.
func encoded(v any) json.RawMessage {
	b, _ := json.Marshal(v)
	return b
}
