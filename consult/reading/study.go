package reading

import (
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// StudyState is the clinical life of a study, from its first image to the order it belongs to.
type StudyState string

// The states of a study.
const (
	StudyReceiving StudyState = "receiving"
	StudyComplete  StudyState = "complete"
	StudyMatched   StudyState = "matched"
	StudyUnmatched StudyState = "unmatched" // images without an order
	StudyConflict  StudyState = "conflict"  // an order was found, but something about the patient contradicts it
	StudyFiled     StudyState = "filed"     // an earlier exam from elsewhere, kept with its patient to compare with; nobody reads it
)

// StudyAction is what happens to a study.
type StudyAction string

// The actions. Link, Unlink, File and Unfile are done by people, the others by the system.
const (
	StudyArrive   StudyAction = "arrive"
	StudyFinish   StudyAction = "complete"
	StudyMatch    StudyAction = "match"
	StudyMiss     StudyAction = "miss"
	StudyContest  StudyAction = "contest"
	StudyLate     StudyAction = "late"
	StudyOverdue  StudyAction = "overdue" // nobody has linked it in time
	StudyLink     StudyAction = "link"
	StudyUnlink   StudyAction = "unlink"
	StudyFile     StudyAction = "file" // with a patient, as an earlier exam
	StudyUnfile   StudyAction = "unfile"
	StudyCorrect  StudyAction = "correct" // what the archive says of it was set right
	guardSite                 = "site"
	guardUnsigned             = "unsigned"
)

var (
	bySystem  = []yilian.Role{yilian.RoleSystem}
	byLinkers = []yilian.Role{yilian.RoleTechnologist, yilian.RoleCoordinator}
)

// StudyMachine is the table of a study's states.
func StudyMachine() *flow.Machine[StudyState, StudyAction] {
	return flow.New("study",
		[]StudyState{StudyReceiving, StudyComplete, StudyMatched, StudyUnmatched, StudyConflict, StudyFiled},
		[]flow.Row[StudyState, StudyAction]{
			{From: []StudyState{StudyReceiving}, Action: StudyArrive, Roles: bySystem, Why: "more images, before it is complete"},
			{From: []StudyState{StudyReceiving}, Action: StudyFinish, To: StudyComplete, Roles: bySystem, Why: "all that was announced is here, or every series is quiet and no association open; or the longest wait is over"},
			{From: []StudyState{StudyComplete}, Action: StudyMatch, To: StudyMatched, Roles: bySystem, Why: "by accession number or patient ID, with issuer, and all key demographics agree"},
			{From: []StudyState{StudyComplete}, Action: StudyMiss, To: StudyUnmatched, Roles: bySystem, Why: "no order"},
			{From: []StudyState{StudyComplete}, Action: StudyContest, To: StudyConflict, Roles: bySystem, Why: "the order's patient differs"},
			{From: []StudyState{StudyMatched, StudyUnmatched, StudyConflict, StudyFiled}, Action: StudyLate, Roles: bySystem, Why: "images after it was complete"},
			{From: []StudyState{StudyUnmatched, StudyConflict}, Action: StudyOverdue, Roles: bySystem},
			{From: []StudyState{StudyMatched, StudyFiled}, Action: StudyCorrect, Roles: bySystem, Why: "the archive gives it out under other values, or without images that it had; whoever reads it is warned"},
			{From: []StudyState{StudyUnmatched, StudyConflict}, Action: StudyCorrect, To: StudyComplete, Roles: bySystem, Why: "so that it is matched again"},
			{From: []StudyState{StudyUnmatched, StudyConflict}, Action: StudyLink, To: StudyMatched, Roles: byLinkers, Guard: guardSite, Why: "at the site or an institution that reads for it"},
			{From: []StudyState{StudyMatched}, Action: StudyUnlink, To: StudyUnmatched, Roles: byLinkers, Guard: guardUnsigned, Why: "at the site, and nothing is signed yet"},
			{From: []StudyState{StudyUnmatched, StudyConflict}, Action: StudyFile, To: StudyFiled, Roles: byLinkers, Guard: guardSite, Why: "an earlier exam that was brought along: it stands beside, and is not read"},
			{From: []StudyState{StudyFiled}, Action: StudyUnfile, To: StudyComplete, Roles: byLinkers, Guard: guardSite, Why: "it was filed with the wrong patient, and is matched again"},
		})
}

// Study is the clinical side of a study; its identifier is the Study Instance UID.
type Study struct {
	flow.Meta
	State StudyState `json:"state"`
	Info  StudyInfo  `json:"info"` // as of the last look at the archive
	// Partial: it counts as complete although the evidence for it is missing.
	Partial    bool      `json:"partial,omitempty"`
	CompleteAt time.Time `json:"completeAt,omitzero"`
	// Late: images came after it was complete; LateAt is when the last of them was noticed.
	Late   bool      `json:"late,omitempty"`
	LateAt time.Time `json:"lateAt,omitzero"`
	// Overdue: nobody has linked it within the time for that.
	Overdue bool `json:"overdue,omitempty"`

	Order   yilian.OrderID   `json:"order,omitempty"`
	Patient yilian.PatientID `json:"patient,omitempty"`
	Read    yilian.ReadingID `json:"reading,omitempty"`
	By      Field            `json:"by,omitempty"` // what led to the order; "" after a link by hand
	// Claimed and Differs say, in conflict, which order the study names and in what its patient differs.
	Claimed  yilian.OrderID `json:"claimed,omitempty"`
	Differs  []Field        `json:"differs,omitempty"`
	LinkedBy string         `json:"linkedBy,omitempty"`
	// Overridden is in what the images contradict the order that they were linked to by hand.
	Overridden []Field                `json:"overridden,omitempty"`
	Orderer    yilian.InstitutionID   `json:"orderer,omitempty"` // the ordering institution
	Readers    []yilian.InstitutionID `json:"readers,omitempty"` // who reads for the site; set when it is complete
}

// UID is the study's identifier.
func (s Study) UID() yilian.StudyUID { return yilian.StudyUID(s.ID) }

// StudyKind is the entity kind of a study in trail and messages. The archive tells of new images under the same topic.
const StudyKind = "study"

// The names of the keys under which a study is found.
const (
	keyFind    = "find" // institution + token, by study date
	keyLoose   = "loose"
	keyPatient = "patient"
	keyFiled   = "filed" // earlier exams from elsewhere, by patient
)

func studyKeys(s Study) []flow.Key {
	at := flow.SortTime(s.when())
	var out []flow.Key
	for _, inst := range s.circle() {
		for _, token := range studyTokens(s) {
			out = append(out, flow.Key{Name: keyFind, Value: findValue(inst, token), Sort: at})
		}
		if s.State == StudyUnmatched || s.State == StudyConflict {
			out = append(out, flow.Key{Name: keyLoose, Value: string(inst), Sort: at})
		}
	}
	if s.Patient != "" {
		out = append(out, flow.Key{Name: keyPatient, Value: string(s.Patient), Sort: at})
	}
	if s.State == StudyFiled {
		out = append(out, flow.Key{Name: keyFiled, Value: string(s.Patient), Sort: at})
	}
	return out
}

// when is the moment by which studies are listed.
func (s Study) when() time.Time {
	if s.Info.Date.IsZero() {
		return s.Info.FirstArrival
	}
	return s.Info.Date
}

// circle are the institutions that have to do with a study: where it was made, where it was ordered, who reads it.
func (s Study) circle() []yilian.InstitutionID {
	return union([]yilian.InstitutionID{s.Info.Institution, s.Orderer}, s.Readers)
}

func union(a, b []yilian.InstitutionID) []yilian.InstitutionID {
	var out []yilian.InstitutionID
	seen := map[yilian.InstitutionID]bool{"": true}
	for _, list := range [][]yilian.InstitutionID{a, b} {
		for _, id := range list {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

func findValue(inst yilian.InstitutionID, token string) string { return string(inst) + "␟" + token }

// studyTokens are what finds a study in the index: nothing (all of them), and the beginnings of its texts.
func studyTokens(s Study) []string {
	out := []string{""}
	for _, text := range studyTexts(s) {
		out = append(out, patient.Beginnings(text)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// studyTexts are what a study can be looked for by, folded: the name's groups and their words, patient ID and accession number.
func studyTexts(s Study) []string {
	out := []string{patient.NameKey(s.Info.PatientID), patient.NameKey(s.Info.Accession)}
	for group := range strings.SplitSeq(s.Info.PatientName, "=") {
		out = append(out, patient.NameKey(group))
		for word := range strings.FieldsFuncSeq(group, func(r rune) bool { return r == '^' || r == ' ' || r == '·' }) {
			out = append(out, patient.NameKey(word))
		}
	}
	return out
}

func audience(circle []yilian.InstitutionID) []string {
	out := make([]string, len(circle))
	for i, inst := range circle {
		out[i] = "institution:" + string(inst)
	}
	return out
}
