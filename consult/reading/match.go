package reading

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// Candidate is an order that a study may belong to, with the patient it was placed for.
type Candidate struct {
	Order       yilian.OrderID
	Planned     yilian.StudyUID // assigned to it when it was placed
	Accession   string
	Issuer      string // of the accession number
	Site        yilian.InstitutionID
	Modality    string
	BodyPart    string
	OrderedAt   time.Time
	Open        bool // still without images
	Name        string
	Latin       string // the name in Latin letters, if it is known
	Sex         patient.Sex
	Birth       patient.Date
	Identifiers []patient.Identity
}

// Field names one thing in which a study and an order agree or differ.
type Field string

// The fields that matching looks at.
const (
	FieldAccession Field = "accession"
	FieldStudyUID  Field = "studyUid"
	FieldPatientID Field = "patientId"
	FieldName      Field = "name"
	FieldSex       Field = "sex"
	FieldBirth     Field = "birthDate"
	FieldModality  Field = "modality"
	FieldBodyPart  Field = "bodyPart"
	FieldTime      Field = "time"
	FieldTaken     Field = "order"  // the order has images already
	FieldImages    Field = "images" // the images of the study contradict one another
	FieldEntry     Field = "entry"  // the device reports that it had chosen the wrong line of its worklist
)

// Outcome is what matching found.
type Outcome struct {
	State   StudyState     // StudyMatched, StudyUnmatched or StudyConflict
	Order   yilian.OrderID // with StudyMatched the order; with StudyConflict the one that was claimed
	By      Field          // FieldAccession, FieldStudyUID or FieldPatientID: what led to the order
	Differs []Field        // with StudyConflict: why
}

// Match decides to which order a study belongs. byAccession are the orders under the study's accession number and issuer,
// byStudy the one that the study's UID was assigned to, byPatient those of the patient under the study's patient ID and issuer. A
// name alone never matches anything, and whatever contradicts the order's patient makes a conflict that a person has to settle.
func Match(s StudyInfo, byAccession, byStudy, byPatient []Candidate) Outcome {
	switch {
	case len(byAccession) == 1:
		found := verdict(s, byAccession[0], FieldAccession)
		if len(byStudy) == 1 && byStudy[0].Order != found.Order { // its accession number is one order's, its UID another's
			found.State, found.Differs = StudyConflict, append(found.Differs, FieldStudyUID)
		}
		return found
	case len(byAccession) > 1:
		return Outcome{State: StudyUnmatched}
	case len(byStudy) == 1:
		return verdict(s, byStudy[0], FieldStudyUID)
	case s.Accession != "":
		return Outcome{State: StudyUnmatched}
	}
	open := slices.DeleteFunc(slices.Clone(byPatient), func(c Candidate) bool {
		return !c.Open || !order.SameModality(c.Modality, s.Modality()) || !within(s, c, 7*24*time.Hour)
	})
	if len(open) == 1 {
		return verdict(s, open[0], FieldPatientID)
	}
	return Outcome{State: StudyUnmatched}
}

func verdict(s StudyInfo, c Candidate, by Field) Outcome {
	agrees, differs := Compare(s, c)
	if !c.Open {
		differs = append(differs, FieldTaken)
	}
	if len(s.Inconsistent) > 0 {
		differs = append(differs, FieldImages)
	}
	certain := by == FieldStudyUID && slices.Contains(agrees, FieldPatientID)
	if len(differs) == 0 && identifiers(agrees) < 2 && !certain {
		// Nothing contradicts, but one identifier alone is not who the patient is. Beside a UID that this service has made it is.
		differs = missing(agrees)
	}
	if len(differs) > 0 {
		return Outcome{State: StudyConflict, Order: c.Order, By: by, Differs: differs}
	}
	return Outcome{State: StudyMatched, Order: c.Order, By: by}
}

// identifiers counts the patient identifiers that agree: name, birth date and patient ID.
func identifiers(agrees []Field) (n int) {
	for _, f := range []Field{FieldName, FieldBirth, FieldPatientID} {
		if slices.Contains(agrees, f) {
			n++
		}
	}
	return n
}

func missing(agrees []Field) (out []Field) {
	for _, f := range []Field{FieldName, FieldBirth} {
		if !slices.Contains(agrees, f) {
			out = append(out, f)
		}
	}
	return out
}

// Compare lists in what a study and an order agree and in what they contradict each other. A value that is missing on one side
// does neither; nor does a name that is in Latin letters on one side only.
func Compare(s StudyInfo, c Candidate) (agrees, differs []Field) {
	judge := func(f Field, known, same bool) {
		switch {
		case !known:
		case same:
			agrees = append(agrees, f)
		default:
			differs = append(differs, f)
		}
	}
	judge(FieldAccession, s.Accession != "", s.Accession == c.Accession && issuerOf(s.AccessionIssuer, s.Institution) == c.Issuer)
	// A UID that a device has made itself contradicts nothing; one that belongs to another order is found as that order's.
	judge(FieldStudyUID, s.UID == c.Planned && s.UID != "", true)
	known, same := compareID(s, c)
	judge(FieldPatientID, known, same)
	known, same = compareName(s.PatientName, c.Name, c.Latin)
	judge(FieldName, known, same)
	sex := patient.Sex(strings.ToUpper(s.Sex))
	judge(FieldSex, sided(sex) && sided(c.Sex), sex == c.Sex)
	birth, err := patient.ParseDate(s.BirthDate)
	judge(FieldBirth, err == nil && c.Birth != "", birth == c.Birth)
	judge(FieldModality, s.Modality() != "" && c.Modality != "", order.SameModality(s.Modality(), c.Modality))
	return agrees, differs
}

func sided(s patient.Sex) bool { return s == patient.Male || s == patient.Female }

func issuerOf(issuer string, site yilian.InstitutionID) string { return cmp.Or(issuer, string(site)) }

// compareID is known only if the order's patient has an identifier of the same issuer.
func compareID(s StudyInfo, c Candidate) (known, same bool) {
	if s.PatientID == "" {
		return false, false
	}
	for _, id := range c.Identifiers {
		if id.Issuer == issuerOf(s.PatientIssuer, s.Institution) {
			known = true
			same = same || id.ID == s.PatientID
		}
	}
	return known, same
}

// compareName compares each component group of a DICOM person name with the order's name, in characters and in Latin letters.
func compareName(pn string, names ...string) (known, same bool) {
	for group := range strings.SplitSeq(pn, "=") {
		key := patient.NameKey(group)
		if key == "" {
			continue
		}
		for _, name := range names {
			own := patient.NameKey(name)
			if own == "" {
				continue
			}
			if key == own {
				return true, true
			}
			known = known || latin(key) == latin(own)
		}
	}
	return known, false
}

func latin(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) })
}

// within tells whether the images were made in the time window after the order (an hour of clock error is forgiven).
func within(s StudyInfo, c Candidate, window time.Duration) bool {
	made := s.Date
	if h, m, sec := made.Clock(); made.IsZero() || h+m+sec == 0 { // a study date without a time is midnight
		made = s.FirstArrival
	}
	return !made.Before(c.OrderedAt.Add(-time.Hour)) && made.Before(c.OrderedAt.Add(window))
}

// Suggestion is an order that a person might link a study to.
type Suggestion struct {
	Order  yilian.OrderID `json:"order"`
	Score  int            `json:"score"` // 0–100
	Agrees []Field        `json:"agrees"`
}

// points weigh what agrees; what contradicts costs the same.
var points = map[Field]int{
	FieldAccession: 30, FieldStudyUID: 30, FieldPatientID: 25, FieldName: 25, FieldBirth: 20, FieldModality: 10, FieldSex: 5, FieldBodyPart: 5, FieldTime: 5,
}

// Suggest scores open orders for a study that could not be matched and answers the best five. A suggestion never links by itself.
func Suggest(s StudyInfo, orders []Candidate) []Suggestion {
	var out []Suggestion
	for _, c := range orders {
		if !c.Open {
			continue
		}
		agrees, differs := Compare(s, c)
		if s.BodyPart != "" && strings.EqualFold(s.BodyPart, c.BodyPart) {
			agrees = append(agrees, FieldBodyPart)
		}
		if within(s, c, 24*time.Hour) {
			agrees = append(agrees, FieldTime)
		}
		score := 0
		for _, f := range agrees {
			score += points[f]
		}
		for _, f := range differs {
			score -= points[f]
		}
		if score >= 20 {
			out = append(out, Suggestion{Order: c.Order, Score: min(score, 100), Agrees: agrees})
		}
	}
	slices.SortFunc(out, func(a, b Suggestion) int { return cmp.Or(b.Score-a.Score, cmp.Compare(a.Order, b.Order)) })
	return out[:min(len(out), 5)]
}
