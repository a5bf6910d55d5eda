package scp

import (
	"errors"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// Values of Query/Retrieve Level (PS3.4 C.6).
const (
	levelPatient = "PATIENT"
	levelStudy   = "STUDY"
	levelSeries  = "SERIES"
	levelImage   = "IMAGE"
)

// negotiated is what the extended negotiation of a class has agreed on.
type negotiated struct{ relational, combined, fuzzy bool }

func (c *association) negotiated(class string) (n negotiated) {
	for _, e := range c.dimse.Agreed.Extended {
		if e.SOPClass != class {
			continue
		}
		for i, at := range []*bool{extRelational: &n.relational, extDateTime: &n.combined, extFuzzy: &n.fuzzy} {
			*at = i < len(e.Info) && e.Info[i] == 1
		}
	}
	return n
}

// search is a C-FIND identifier, understood.
type search struct {
	patients bool // the patient level, which the index does not have: studies are folded into their patients
	query    imaging.Query
	keys     *dicom.Dataset // the identifier
	rest     *dicom.Dataset // keys that the index cannot compare
	matcher  dicom.Matcher
}

// parseSearch understands an identifier (PS3.4 C.4.1.1.3). The error is an Invalid yilian.Error; blame are the elements.
func parseSearch(class string, keys *dicom.Dataset, n negotiated) (s search, blame []dicom.Tag, err error) {
	s = search{keys: keys, rest: keys.NewItem(), matcher: dicom.Matcher{Combined: n.combined, Fuzzy: n.fuzzy}}
	if blame, err = s.level(class, n); err != nil {
		return s, blame, err
	}
	together := together(keys, n.combined)
	for i := range keys.Elements {
		e := &keys.Elements[i]
		if control(e.Tag) {
			continue
		}
		if err := s.key(e, together); err != nil {
			return s, []dicom.Tag{e.Tag}, err
		}
	}
	return s, nil, nil
}

// level reads the level, and asks for the unique keys above it where no relational queries were agreed on (PS3.4 C.4.1.1.3.1). A
// Patient ID is not asked for: a Study Instance UID says more.
func (s *search) level(class string, n negotiated) ([]dicom.Tag, error) {
	above := []dicom.Tag{}
	switch level := s.keys.String(dicom.QueryRetrieveLevel); {
	case level == levelPatient && patientRoot(class):
		s.patients = true
	case level == levelStudy:
	case level == levelSeries:
		s.query.Level, above = imaging.SeriesLevel, []dicom.Tag{dicom.StudyInstanceUID}
	case level == levelImage:
		s.query.Level, above = imaging.InstanceLevel, []dicom.Tag{dicom.StudyInstanceUID, dicom.SeriesInstanceUID}
	default:
		return []dicom.Tag{dicom.QueryRetrieveLevel}, invalidKey("The query/retrieve level is not one of this information model.")
	}
	for _, t := range above {
		if all, ok := uids(s.keys, t); !n.relational && (!ok || len(all) != 1) {
			return []dicom.Tag{t}, invalidKey("A unique key above the level is missing, and no relational query was negotiated.")
		}
	}
	return nil, nil
}

func invalidKey(text string) error {
	return yilian.Errorf(yilian.Invalid, imaging.CodeQuery, "%s", text)
}

// key makes one key a condition of the index, or leaves it to the matcher.
func (s *search) key(e *dicom.Element, together []dicom.Tag) error {
	if e.VR == dicom.SQ {
		if len(e.Items) > 0 && !universal(e.Items[0]) {
			s.rest.Put(*e)
		}
		return nil
	}
	text := strings.Join(s.keys.ValuesOf(e), `\`)
	if strings.Trim(text, "*") == "" {
		return nil
	}
	info, known := imaging.FieldOf(e.Tag)
	if e.Tag == dicom.Modality && s.query.Level == imaging.StudyLevel {
		info, known = imaging.FieldModalities.Info() // a common mistake that means Modalities in Study
	}
	switch {
	case known && info.Level > s.query.Level:
		return nil // of a level below: not a key here
	case !known:
		s.rest.Put(*e)
		return nil
	}
	for i, t := range together {
		if t == e.Tag {
			s.rest.Put(*e)
			if i%2 == 1 { // the time; the date narrows the index all the same
				return nil
			}
		}
	}
	if s.matcher.Fuzzy && info.Kind == imaging.NameField && !strings.ContainsAny(text, "*?") {
		return s.fuzzy(info, text)
	}
	m, restricts, err := imaging.ParseMatch(info, text)
	if err == nil && restricts {
		s.query.Match = append(s.query.Match, m)
	}
	return err
}

// fuzzy narrows the index by the longest word of a name and leaves the others to the matcher.
func (s *search) fuzzy(info imaging.FieldInfo, text string) error {
	longest := ""
	for _, w := range strings.FieldsFunc(text, notWord) {
		if len(w) > len(longest) {
			longest = w
		}
	}
	if longest == "" {
		return nil
	}
	if e := s.keys.Get(info.Tag); e != nil {
		s.rest.Put(*e)
	}
	m, restricts, err := imaging.ParseMatch(info, "*"+longest+"*")
	if err == nil && restricts {
		s.query.Match = append(s.query.Match, m)
	}
	return err
}

// misunderstood answers an identifier that parseSearch refused.
func misunderstood(rq *dimse.Command, err error, blame []dicom.Tag) *dimse.Command {
	text := "the identifier makes no sense"
	if known, ok := errors.AsType[*yilian.Error](err); ok && len(blame) > 0 {
		text = comment(known, dimse.DataSetMismatch)
		if !strings.HasPrefix(known.Text, "A unique") && !strings.HasPrefix(known.Text, "The query") {
			text = "a key has a value that cannot be matched" // the value itself may name a patient
		}
	}
	return refusal(rq, text, blame...)
}
