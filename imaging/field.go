package imaging

import (
	"slices"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// Field names an attribute that can be searched, by its DICOM keyword.
type Field string

// The fields. The study's come first (PS3.18 10.6.1.2.3 and what radiologists ask for), then the series' and the instance's.
const (
	FieldStudyUID         Field = "StudyInstanceUID"
	FieldPatientName      Field = "PatientName"
	FieldPatientID        Field = "PatientID"
	FieldPatientIssuer    Field = "IssuerOfPatientID"
	FieldBirthDate        Field = "PatientBirthDate"
	FieldSex              Field = "PatientSex"
	FieldAccession        Field = "AccessionNumber"
	FieldStudyID          Field = "StudyID"
	FieldStudyDate        Field = "StudyDate"
	FieldStudyTime        Field = "StudyTime"
	FieldStudyDescription Field = "StudyDescription"
	FieldReferring        Field = "ReferringPhysicianName"
	FieldModalities       Field = "ModalitiesInStudy"
	FieldInstitutionName  Field = "InstitutionName"

	FieldSeriesUID         Field = "SeriesInstanceUID"
	FieldModality          Field = "Modality"
	FieldSeriesNumber      Field = "SeriesNumber"
	FieldSeriesDescription Field = "SeriesDescription"
	FieldBodyPart          Field = "BodyPartExamined"
	FieldPPSStartDate      Field = "PerformedProcedureStepStartDate"
	FieldPPSStartTime      Field = "PerformedProcedureStepStartTime"
	FieldSPSID             Field = "ScheduledProcedureStepID"
	FieldRPID              Field = "RequestedProcedureID"

	FieldInstanceUID    Field = "SOPInstanceUID"
	FieldSOPClass       Field = "SOPClassUID"
	FieldInstanceNumber Field = "InstanceNumber"
)

// FieldKind is how the values of a field are compared.
type FieldKind int

// The kinds of matching (PS3.4 C.2.2.2).
const (
	UIDField    FieldKind = iota // a list of exact UIDs
	CodeField                    // upper case, wildcards
	TextField                    // folded, wildcards
	NameField                    // folded person name; any of its groups may match
	DateField                    // YYYYMMDD, ranges
	TimeField                    // HHMMSS.FFFFFF, ranges
	NumberField                  // an integer
)

// FieldInfo describes a Field.
type FieldInfo struct {
	Field Field
	Tag   dicom.Tag
	Level Level
	Kind  FieldKind
	In    dicom.Tag // the sequence that holds it, 0 for none
}

// Fields answers all that can be searched.
func Fields() []FieldInfo { return slices.Clone(fields[:]) }

var fields = [...]FieldInfo{
	{FieldStudyUID, dicom.StudyInstanceUID, StudyLevel, UIDField, 0},
	{FieldPatientName, dicom.PatientName, StudyLevel, NameField, 0},
	{FieldPatientID, dicom.PatientID, StudyLevel, TextField, 0},
	{FieldPatientIssuer, dicom.IssuerOfPatientID, StudyLevel, TextField, 0},
	{FieldBirthDate, dicom.PatientBirthDate, StudyLevel, DateField, 0},
	{FieldSex, dicom.PatientSex, StudyLevel, CodeField, 0},
	{FieldAccession, dicom.AccessionNumber, StudyLevel, TextField, 0},
	{FieldStudyID, dicom.StudyID, StudyLevel, TextField, 0},
	{FieldStudyDate, dicom.StudyDate, StudyLevel, DateField, 0},
	{FieldStudyTime, dicom.StudyTime, StudyLevel, TimeField, 0},
	{FieldStudyDescription, dicom.StudyDescription, StudyLevel, TextField, 0},
	{FieldReferring, dicom.ReferringPhysicianName, StudyLevel, NameField, 0},
	{FieldModalities, dicom.ModalitiesInStudy, StudyLevel, CodeField, 0},
	{FieldInstitutionName, dicom.InstitutionName, StudyLevel, TextField, 0},

	{FieldSeriesUID, dicom.SeriesInstanceUID, SeriesLevel, UIDField, 0},
	{FieldModality, dicom.Modality, SeriesLevel, CodeField, 0},
	{FieldSeriesNumber, dicom.SeriesNumber, SeriesLevel, NumberField, 0},
	{FieldSeriesDescription, dicom.SeriesDescription, SeriesLevel, TextField, 0},
	{FieldBodyPart, dicom.BodyPartExamined, SeriesLevel, CodeField, 0},
	{FieldPPSStartDate, dicom.PerformedProcedureStepStartDate, SeriesLevel, DateField, 0},
	{FieldPPSStartTime, dicom.PerformedProcedureStepStartTime, SeriesLevel, TimeField, 0},
	{FieldSPSID, dicom.ScheduledProcedureStepID, SeriesLevel, TextField, dicom.RequestAttributesSequence},
	{FieldRPID, dicom.RequestedProcedureID, SeriesLevel, TextField, dicom.RequestAttributesSequence},

	{FieldInstanceUID, dicom.SOPInstanceUID, InstanceLevel, UIDField, 0},
	{FieldSOPClass, dicom.SOPClassUID, InstanceLevel, UIDField, 0},
	{FieldInstanceNumber, dicom.InstanceNumber, InstanceLevel, NumberField, 0},
}

// Info describes the field; ok is false for one that cannot be searched.
func (f Field) Info() (info FieldInfo, ok bool) {
	i := slices.IndexFunc(fields[:], func(x FieldInfo) bool { return x.Field == f })
	if i < 0 {
		return FieldInfo{}, false
	}
	return fields[i], true
}

// FieldOf answers the field of a tag.
func FieldOf(tag dicom.Tag) (info FieldInfo, ok bool) {
	i := slices.IndexFunc(fields[:], func(x FieldInfo) bool { return x.Tag == tag })
	if i < 0 {
		return FieldInfo{}, false
	}
	return fields[i], true
}

// ParseMatch turns the text of a query key (QIDO-RS, C-FIND) into a condition by the rules of PS3.4 C.2.2.2: lists of UIDs
// divided by "\" or ",", "*" and "?" in text, "a-b" in dates and times. ok is false when the text matches everything (universal
// matching), so that there is no condition. The error is an Invalid yilian.Error.
func ParseMatch(info FieldInfo, text string) (m Match, ok bool, err error) {
	return MatchOptions{}.Parse(info, text)
}

// MatchOptions are ways of matching that a client asks for beyond the usual ones (PS3.18 8.3.4, PS3.4 C.2.2.2.4 to C.2.2.2.6).
type MatchOptions struct {
	Fuzzy    bool // person names match by words: each word given begins a component of the name, in any order and any group
	Empty    bool // `""` asks for what has no value; otherwise it asks for everything
	Multiple bool // any of several values, divided by "\", and by "," but in names
}

// Parse is ParseMatch with these options.
func (o MatchOptions) Parse(info FieldInfo, text string) (m Match, ok bool, err error) {
	text = strings.TrimSpace(text)
	if text == `""` && o.Empty && info.Kind != NumberField && info.Kind != UIDField {
		return Match{info.Field, Empty, []string{""}}, true, nil
	}
	if text == "" || text == `""` || strings.Trim(text, "*") == "" {
		return Match{}, false, nil
	}
	switch info.Kind {
	case UIDField:
		m, err = uidMatch(info.Field, text)
	case DateField:
		m, err = rangeMatch(info.Field, text, validDate)
	case TimeField:
		m, err = rangeMatch(info.Field, text, validTime)
	case NumberField:
		m, err = numberMatch(info.Field, text)
	default:
		if o.Fuzzy && info.Kind == NameField && !strings.ContainsAny(text, "*?") {
			m, ok = fuzzyMatch(info, text)
			return m, ok, nil
		}
		m, ok = textMatch(info, o.values(info, text))
		return m, ok, nil
	}
	return m, err == nil, err
}

// values divides a list where that is asked for, or usual: ModalitiesInStudy=CT,MR.
func (o MatchOptions) values(info FieldInfo, text string) []string {
	switch {
	case info.Kind == CodeField || o.Multiple && info.Kind != NameField:
		return strings.FieldsFunc(text, func(r rune) bool { return r == '\\' || r == ',' })
	case o.Multiple:
		return strings.FieldsFunc(text, func(r rune) bool { return r == '\\' })
	}
	return []string{text}
}

// fuzzyMatch is PS3.4 C.2.2.2.1.1 as it is done here (it leaves the way open).
func fuzzyMatch(info FieldInfo, text string) (Match, bool) {
	var words []string
	for group := range strings.SplitSeq(text, "=") {
		words = append(words, nameWords(strings.ToLower(plainLetters(group)))...)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return Match{info.Field, Fuzzy, words}, len(words) > 0
}

func uidMatch(f Field, text string) (Match, error) {
	values := strings.FieldsFunc(text, func(r rune) bool { return r == '\\' || r == ',' })
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
		if !ValidUID(values[i]) {
			return Match{}, invalidQuery(f, text)
		}
	}
	if len(values) == 0 {
		return Match{}, invalidQuery(f, text)
	}
	return Match{f, Equal, values}, nil
}

func textMatch(info FieldInfo, values []string) (Match, bool) {
	op := Equal
	for i, v := range values {
		values[i] = info.Kind.Fold(v)
		if strings.ContainsAny(v, "*?") {
			op = Like
		}
	}
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	universal := slices.ContainsFunc(values, func(v string) bool { return strings.Trim(v, "*") == "" })
	if len(values) == 0 || universal {
		return Match{}, false
	}
	return Match{info.Field, op, values}, true
}

func rangeMatch(f Field, text string, valid func(string) bool) (Match, error) {
	text = strings.NewReplacer(":", "", " ", "").Replace(text)
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	if from == "" && to == "" || from != "" && !valid(from) || to != "" && !valid(to) {
		return Match{}, invalidQuery(f, text)
	}
	return Match{f, Range, []string{from, to}}, nil
}

func numberMatch(f Field, text string) (Match, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < -1<<31 || n >= 1<<31 {
		return Match{}, invalidQuery(f, text)
	}
	return Match{f, Equal, []string{strconv.Itoa(n)}}, nil
}

func invalidQuery(f Field, text string) error {
	e := yilian.Errorf(yilian.Invalid, CodeQuery, "%q is not a value that %s can be searched by.", text, f)
	e.Params = map[string]any{"field": string(f)}
	return e
}

// validDate accepts YYYY, YYYYMM and YYYYMMDD.
func validDate(s string) bool {
	return (len(s) == 4 || len(s) == 6 || len(s) == 8) && digits(s)
}

// validTime accepts HH, HHMM, HHMMSS and fractions of a second.
func validTime(s string) bool {
	whole, fraction, _ := strings.Cut(s, ".")
	return (len(whole) == 2 || len(whole) == 4 || len(whole) == 6) && digits(whole) && len(fraction) <= 6 && digits(fraction)
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// ValidUID tells whether s can be a UID here. PS3.5 9.1 wants digits and dots; senders in the field also write letters, "-" and
// "_", which harm nobody. What could escape a URL or a key is refused.
func ValidUID(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '.' && r != '-' && r != '_'
	}) < 0
}
