package reading

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// ReportState is what a report is worth.
type ReportState string

// The states of a report.
const (
	ReportNone        ReportState = ""
	ReportDraft       ReportState = "draft"       // returned by the reviewer, or taken back
	ReportPreliminary ReportState = "preliminary" // one signature, given out in an emergency: 急诊报告,以正式报告为准
	ReportSubmitted   ReportState = "submitted"   // one signature
	ReportReviewed    ReportState = "reviewed"    // two signatures
	ReportFinal       ReportState = "final"
	ReportAppended    ReportState = "appended"
	ReportCorrected   ReportState = "corrected"
)

// ReportAction is what is done to a report.
type ReportAction string

// The actions.
const (
	ReportSign     ReportAction = "sign"
	ReportSignPre  ReportAction = "signPreliminary"
	ReportReturn   ReportAction = "return"
	ReportReview   ReportAction = "review"
	ReportFinalise ReportAction = "finalise"
	ReportAppend   ReportAction = "append"
	ReportCorrect  ReportAction = "correct"
	ReportMark     ReportAction = "mark" // it is being corrected
)

// ReportMachine is the table of a report's states. Withdrawing is not in it.
func ReportMachine() *flow.Machine[ReportState, ReportAction] {
	signed := []ReportState{ReportFinal, ReportAppended, ReportCorrected}
	return flow.New("report",
		[]ReportState{ReportNone, ReportDraft, ReportPreliminary, ReportSubmitted, ReportReviewed, ReportFinal, ReportAppended, ReportCorrected},
		[]flow.Row[ReportState, ReportAction]{
			{From: []ReportState{ReportNone, ReportDraft}, Action: ReportSign, To: ReportSubmitted, Roles: byReaders, Why: "the writer signs"},
			{From: []ReportState{ReportNone, ReportDraft}, Action: ReportSignPre, To: ReportPreliminary, Roles: byReaders, Why: "the writer signs an emergency report that is given out at once"},
			{From: signed, Action: ReportSign, Roles: byReaders, Why: "the first signature under an addendum or a correction"},
			{From: signed, Action: ReportReturn, Roles: byReaders},
			{From: []ReportState{ReportSubmitted, ReportPreliminary}, Action: ReportReturn, To: ReportDraft, Roles: byReaders, Why: "by the reviewer with a reason, or taken back by the writer"},
			{From: []ReportState{ReportSubmitted, ReportPreliminary}, Action: ReportReview, To: ReportReviewed, Roles: byReviewers, Why: "the second signature"},
			{From: []ReportState{ReportReviewed}, Action: ReportFinalise, To: ReportFinal, Roles: byReviewers},
			{From: signed, Action: ReportAppend, To: ReportAppended, Roles: byReviewers, Why: "an addendum with two signatures of its own"},
			{From: signed, Action: ReportCorrect, To: ReportCorrected, Roles: byReviewers, Why: "a correction with two signatures replaces the text; the old one stays readable"},
			{From: signed, Action: ReportMark, Roles: byReviewers, Why: "recalled: a correction is on its way"},
		})
}

// Report is a report with all that was ever signed of it. Its identifier is that of the first read's task; addenda and
// corrections, which are tasks of their own, are kept with it. Nothing in Versions is ever changed or removed.
type Report struct {
	flow.Meta
	State    ReportState          `json:"state"`
	Site     yilian.InstitutionID `json:"site"`
	Versions []Version            `json:"versions,omitempty"`
	// Recalled is why a correction is being written, while it is.
	Recalled string `json:"recalled,omitempty"`
}

// Step says how a version of a report came about.
type Step string

// The steps.
const (
	StepSubmitted   Step = "submitted"
	StepPreliminary Step = "preliminary"
	StepReturned    Step = "returned" // a reviewer sent it back; its text, if any, is what they propose
	StepFinal       Step = "final"
	StepAddendum    Step = "addendum"
	StepCorrection  Step = "correction"
)

// Version is one signed state of a report.
type Version struct {
	N    int              `json:"n"`
	Task yilian.ReadingID `json:"task"` // the first read, or the addendum's or correction's task
	Step Step             `json:"step"`
	Text
	Writer      Signature `json:"writer"`
	Reviewer    Signature `json:"reviewer,omitzero"`
	Discrepancy int       `json:"discrepancy,omitempty"` // graded by the reviewer, 0–4
	Reason      string    `json:"reason,omitempty"`
	Changed     []Edit    `json:"changed,omitempty"` // against the version before of the same task
	Warnings    []Warning `json:"warnings,omitempty"`
	Confirmed   []string  `json:"confirmed,omitempty"` // codes of stopping warnings that the signer looked into
	Hash        string    `json:"hash"`                // hex SHA-256 over all of the above but Changed and Warnings, and over the hash before
}

// Signature is who signed, where, and when.
type Signature struct {
	Person
	Institution yilian.InstitutionID `json:"institution,omitempty"`
	At          time.Time            `json:"at,omitzero"`
}

// ReportKind is the entity kind of a report in trail and messages.
const ReportKind = "report"

// latest answers the newest version that a task has written.
func (r Report) latest(task yilian.ReadingID) (Version, bool) {
	for i := len(r.Versions) - 1; i >= 0; i-- {
		if v := r.Versions[i]; v.Task == task && v.Step != StepReturned {
			return v, true
		}
	}
	return Version{}, false
}

// Current answers the text that holds: the last correction, the final report, or a preliminary one.
func (r Report) Current() (Version, bool) {
	for i := len(r.Versions) - 1; i >= 0; i-- {
		switch v := r.Versions[i]; v.Step {
		case StepFinal, StepCorrection:
			return v, true
		case StepPreliminary:
			return v, true // it has been given out: it holds until the final one, even if the reviewer sent it back
		}
	}
	return Version{}, false
}

// Addenda answers the released addenda, the first one first.
func (r Report) Addenda() (out []Version) {
	for _, v := range r.Versions {
		if v.Step == StepAddendum {
			out = append(out, v)
		}
	}
	return out
}

// Public tells whether the ordering side may see the report.
func (r Report) Public() bool {
	_, ok := r.Current()
	return ok
}

// add appends a version with its number, its difference from what the task wrote before, and its hash.
func (r *Report) add(v Version) error {
	if before, ok := r.latest(v.Task); ok && !v.Empty() {
		v.Changed = Diff(before.Text, v.Text)
	}
	v.N = len(r.Versions) + 1
	prev := ""
	if v.N > 1 {
		prev = r.Versions[v.N-2].Hash
	}
	sealed := v
	sealed.Changed, sealed.Warnings, sealed.Hash = nil, nil, ""
	doc, err := json.Marshal(struct {
		Report string
		Prev   string
		Version
	}{r.ID, prev, sealed})
	if err != nil {
		return fmt.Errorf("encode a version: %w", err)
	}
	sum := sha256.Sum256(doc)
	v.Hash = hex.EncodeToString(sum[:])
	r.Versions = append(r.Versions, v)
	return nil
}

// Edit is one piece of a difference between two texts.
type Edit struct {
	Part string `json:"part"` // technique, findings or impression
	Op   string `json:"op"`   // same, insert or delete
	Text string `json:"text"`
}

// Diff answers how b differs from a, by sentence; nothing for a part that is the same.
func Diff(a, b Text) []Edit {
	var out []Edit
	for _, p := range []struct{ part, a, b string }{
		{"technique", a.Technique, b.Technique}, {"findings", a.Findings, b.Findings}, {"impression", a.Impression, b.Impression},
	} {
		if p.a != p.b {
			out = append(out, diff(p.part, sentences(p.a), sentences(p.b))...)
		}
	}
	return out
}

// sentences cuts a text after each stop or line, keeping them.
func sentences(s string) (out []string) {
	from := 0
	for i, r := range s {
		if strings.ContainsRune("。；;\n！？", r) {
			to := i + len(string(r))
			out = append(out, s[from:to])
			from = to
		}
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

// maxCells bounds the work of comparing two texts; reports have some hundred sentences.
const maxCells = 1 << 20

// diff is the edit script by the longest common subsequence.
func diff(part string, a, b []string) (out []Edit) {
	if len(a)*len(b) > maxCells {
		return []Edit{{part, "delete", strings.Join(a, "")}, {part, "insert", strings.Join(b, "")}}
	}
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	emit := func(op, text string) {
		if n := len(out); n > 0 && out[n-1].Op == op {
			out[n-1].Text += text
			return
		}
		out = append(out, Edit{part, op, text})
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			emit("same", a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			emit("delete", a[i])
			i++
		default:
			emit("insert", b[j])
			j++
		}
	}
	return out
}

// reportIn answers the report that a task writes; an empty one before the first signature.
func (s *Service) reportIn(rd flow.Reader, t Task) (Report, error) {
	r, err := s.reports.GetIn(rd, string(t.report()))
	if yilian.KindOf(err) == yilian.NotFound {
		return Report{Meta: flow.Meta{ID: string(t.report())}, Site: t.Site}, nil
	}
	return r, err
}

// documentStep does one action of the report's table; fill appends the version that goes with it.
func (s *Service) documentStep(tx flow.Tx, cmd flow.Command, t Task, action ReportAction, reason string, fill func(*Report) error) (Report, error) {
	change := func(r Report) (Report, flow.Change, error) {
		next, err := s.document.Next(r.State, action, cmd.Actor, nil)
		if err != nil {
			return r, flow.Change{}, err
		}
		if err := fill(&r); err != nil {
			return r, flow.Change{}, err
		}
		r.State = next
		last := Version{}
		if n := len(r.Versions); n > 0 {
			last = r.Versions[n-1]
		}
		// Silent: whoever follows the read hears of it by its task.
		return r, flow.Change{Action: string(action), Reason: reason, Silent: true, Data: map[string]any{"n": last.N, "hash": last.Hash}}, nil
	}
	r, err := s.reportIn(tx, t)
	if err != nil {
		return r, err
	}
	if r.Version == 0 {
		return s.reports.CreateIn(tx, as(cmd), func(flow.Tx) (Report, flow.Change, error) { return change(r) })
	}
	return s.reports.UpdateIn(tx, as(cmd), r.ID, func(_ flow.Tx, r Report) (Report, flow.Change, error) { return change(r) })
}

func sign(a yilian.Actor, at time.Time) Signature {
	return Signature{Person: person(a), Institution: a.Institution, At: at.UTC()}
}

// release answers what the release of a task makes of the report.
func (k TaskKind) release() (Step, ReportAction) {
	switch k {
	case Appending:
		return StepAddendum, ReportAppend
	case Correcting:
		return StepCorrection, ReportCorrect
	default:
		return StepFinal, ReportFinalise
	}
}

// signable refuses a text that says nothing. An addendum may be findings or impression alone.
func (k TaskKind) signable(t Text) error {
	findings, impression := strings.TrimSpace(t.Findings) != "", strings.TrimSpace(t.Impression) != ""
	if findings && impression || k == Appending && (findings || impression) {
		return nil
	}
	return yilian.Errorf(yilian.Invalid, "report.empty", "Findings and impression must be written before the report is signed.")
}

// grade checks a reviewer's grade of discrepancy: 0 none, 1 wording, 2 minor, 3 significant, 4 urgent.
func grade(n int) error {
	if n < 0 || n > 4 {
		return yilian.Errorf(yilian.Invalid, "report.discrepancy", "The discrepancy is graded from 0 to 4.")
	}
	return nil
}

// State is what a version of this step is worth.
func (s Step) State() ReportState {
	switch s {
	case StepPreliminary:
		return ReportPreliminary
	case StepSubmitted:
		return ReportSubmitted
	case StepReturned:
		return ReportDraft
	case StepAddendum:
		return ReportAppended
	case StepCorrection:
		return ReportCorrected
	default:
		return ReportFinal
	}
}
