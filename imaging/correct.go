package imaging

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"yilian"
)

// Correction is one change of what the archive says of its objects, from the proposal to its end. The stored bytes never change: what
// is in force is applied on the way out, and taken away by the same two persons' steps, since an undoing changes what everybody
// sees as much as the correction did.
type Correction struct {
	ID          string
	Kind        CorrectionKind
	State       CorrectionState
	Version     int64
	Institution yilian.InstitutionID // owner of the studies
	Studies     []yilian.StudyUID    // that it touches, sorted; a study that a move makes is among them
	At          time.Time            // of the proposal

	// The one of its kind is set.
	Amend    *Amend       `json:",omitempty"`
	Merge    *Merge       `json:",omitempty"`
	Move     *Move        `json:",omitempty"`
	Reject   *Reject      `json:",omitempty"`
	Conflict *ConflictFix `json:",omitempty"`

	Steps []CorrectionStep // everything that was done with it, oldest first
}

// CorrectionKind is what a correction does.
type CorrectionKind string

// The kinds.
const (
	AmendKind    CorrectionKind = "amend"    // other values of attributes of a study or series
	MergeKind    CorrectionKind = "merge"    // the studies of one patient belong to another
	MoveKind     CorrectionKind = "move"     // series or instances belong to another study
	RejectKind   CorrectionKind = "reject"   // instances leave every listing
	ConflictKind CorrectionKind = "conflict" // what becomes of an instance that was kept aside
)

// Amend gives attributes of a study, or of one series of it, other values.
type Amend struct {
	Study  yilian.StudyUID
	Series yilian.SeriesUID // "": the study and its patient
	Set    Values
}

// Values are the values of attributes by their DICOM keyword; none empties an attribute.
type Values map[string][]string

// PatientKey names a patient: an identifier means nothing without who gave it.
type PatientKey struct{ Issuer, ID string }

// Merge says that all studies of one patient are another's, those that arrive later included (PIR; HL7 A40).
type Merge struct {
	From, Into PatientKey
	Set        Values // name, sex and birth date of the patient that stays
}

// Move takes series, or single instances, into another study: Study Instance UID and Series Instance UID are coerced, the SOP Instance
// UIDs stay (PS3.4 B.4.1.3).
type Move struct {
	From []Path
	To   yilian.StudyUID // one that is there, or the UID of a new one
	New  bool            // To is not there yet
	Set  Values          // of a new study: how it differs from the one that the first series comes from
}

// Reject lets instances leave every listing (IHE RAD TF-3 4.66).
type Reject struct {
	Instances []Reference
	Code      string // one of the Rejected constants
	Note      yilian.InstanceUID
	NoteHome  yilian.StudyUID // the study that the note is part of
	Received  bool            // the note was sent to us; what it rejects, it rejects at once
}

// Reference names one instance by all three levels.
type Reference struct {
	Study    yilian.StudyUID
	Series   yilian.SeriesUID
	Instance yilian.InstanceUID
	SOPClass string
}

// ConflictFix says what becomes of an instance that was kept aside.
type ConflictFix struct {
	ID       string
	Instance yilian.InstanceUID
	Replace  bool // it takes the place of the current one, which is kept aside instead; otherwise it stays aside for good
}

// CorrectionStep is one thing that somebody did with a correction.
type CorrectionStep struct {
	Action CorrectionAction
	By     yilian.Actor
	At     time.Time
	Reason string
}

// CorrectionState is where a correction stands.
type CorrectionState string

// The states.
const (
	CorrectionNone      CorrectionState = ""
	CorrectionProposed  CorrectionState = "proposed"
	CorrectionActive    CorrectionState = "active"
	CorrectionRefused   CorrectionState = "refused"
	CorrectionWithdrawn CorrectionState = "withdrawn"
	CorrectionUndoing   CorrectionState = "undoing" // in force, and its undoing is proposed
	CorrectionUndone    CorrectionState = "undone"
)

// CorrectionAction is what can be done with a correction.
type CorrectionAction string

// The actions. Approve, Refuse and Withdraw answer what was asked last: the correction, or its undoing.
const (
	Propose  CorrectionAction = "propose"
	Approve  CorrectionAction = "approve"
	Refuse   CorrectionAction = "refuse"
	Withdraw CorrectionAction = "withdraw"
	Undo     CorrectionAction = "undo"
)

// corrections is the machine; what it does not name is refused.
var corrections = map[CorrectionState]map[CorrectionAction]CorrectionState{
	CorrectionNone:     {Propose: CorrectionProposed},
	CorrectionProposed: {Approve: CorrectionActive, Refuse: CorrectionRefused, Withdraw: CorrectionWithdrawn},
	CorrectionActive:   {Undo: CorrectionUndoing},
	CorrectionUndoing:  {Approve: CorrectionUndone, Refuse: CorrectionActive, Withdraw: CorrectionActive},
}

// Error codes of corrections.
const (
	CodeCorrectionState  = "correction.state"   // Conflict: it stands elsewhere by now
	CodeCorrectionSelf   = "correction.self"    // Forbidden: the same person may not do both
	CodeCorrectionRole   = "correction.role"    // Forbidden: not this role, or of no party to the study
	CodeCorrectionLater  = "correction.later"   // Conflict: a later correction stands on it
	CodeCorrectionValue  = "correction.value"   // Invalid: an attribute or value that cannot be set
	CodeCorrectionTarget = "correction.target"  // Invalid: nothing there to correct, or nothing to do
	CodeCorrectionOwner  = "correction.owner"   // Conflict: the studies belong to different institutions
	CodeCorrectionHeld   = "correction.on-hold" // Conflict: a legal hold forbids it
)

// Effect is what a step does to what people see.
type Effect int

// The effects.
const (
	NoEffect Effect = iota
	TakesEffect
	LosesEffect
)

// Next is the one rule of what a step does, for every implementation of Corrections: it checks state and persons and answers the
// correction afterwards. Who may act at all on these studies was checked before.
func (c Correction) Next(s CorrectionStep, version int64) (Correction, Effect, error) {
	to, ok := corrections[c.State][s.Action]
	if !ok || version != 0 && version != c.Version {
		e := yilian.Errorf(yilian.Conflict, CodeCorrectionState, "The correction is %s by now.", c.State)
		e.Params, e.Current = map[string]any{"state": string(c.State)}, c
		return c, NoEffect, e
	}
	asked := c.asked()
	switch s.Action {
	case Approve, Refuse:
		if asked.By.Person == s.By.Person {
			return c, NoEffect, yilian.Errorf(yilian.Forbidden, CodeCorrectionSelf, "Another person than the one who asked for it decides.")
		}
	case Withdraw:
		if asked.By.Person != s.By.Person {
			return c, NoEffect, yilian.Errorf(yilian.Forbidden, CodeCorrectionSelf, "Only who asked for it takes it back.")
		}
	}
	effect := NoEffect
	if s.Action == Approve {
		effect = TakesEffect
		if to == CorrectionUndone {
			effect = LosesEffect
		}
	}
	s.By = signer(s.By)
	c.State, c.Steps = to, append(slices.Clone(c.Steps), s)
	c.Version++
	return c, effect, nil
}

// asked is the step that waits for an answer: the proposal, or that of its undoing.
func (c Correction) asked() CorrectionStep {
	for _, s := range slices.Backward(c.Steps) {
		if s.Action == Propose || s.Action == Undo {
			return s
		}
	}
	return CorrectionStep{}
}

// Why is the reason of what was asked last.
func (c Correction) Why() string { return c.asked().Reason }

// InForce tells whether it is applied.
func (c Correction) InForce() bool {
	return c.State == CorrectionActive || c.State == CorrectionUndoing
}

// Since is when it took effect first.
func (c Correction) Since() time.Time {
	for _, s := range c.Steps {
		if s.Action == Approve {
			return s.At
		}
	}
	return time.Time{}
}

// signer is what is kept of who did a step.
func signer(a yilian.Actor) yilian.Actor { a.Session, a.Scopes = "", nil; return a }

// Event is the audit entry of the last step of a correction. It names no patient.
func (c Correction) Event(from CorrectionState) yilian.Event {
	last := c.Steps[len(c.Steps)-1]
	e := yilian.Event{
		Chain: string(c.Institution), Entity: "correction", EntityID: c.ID, Version: c.Version, Action: "correction." + string(last.Action),
		From: string(from), To: string(c.State), Actor: last.By, At: last.At, Reason: last.Reason,
	}
	e.Data, _ = json.Marshal(map[string]any{"kind": c.Kind, "studies": c.Studies}) // strings only: cannot fail
	return e
}

// Notice tells one person that what they saw was wrong, until they acknowledge it.
type Notice struct {
	ID           string
	Correction   string
	Kind         CorrectionKind
	Undone       bool // what they were told has been taken back
	Study        yilian.StudyUID
	Person       yilian.PersonID
	At           time.Time
	Reason       string
	Acknowledged time.Time // zero: not yet
}

// CorrectionFilter narrows a list of corrections. Within a Scope, a correction is listed if one of its studies or its institution is.
type CorrectionFilter struct {
	Study  yilian.StudyUID
	States []CorrectionState // none: all
	Kinds  []CorrectionKind  // none: all
}

// Corrections remembers corrections and carries them out. All methods are safe for concurrent use.
type Corrections interface {
	// Correction answers one, or NotFound.
	Correction(ctx context.Context, id string) (Correction, error)
	// Corrections answers one page, newest first.
	Corrections(ctx context.Context, scope Scope, f CorrectionFilter, after string, limit int) (page []Correction, next string, err error)
	// Correct does one step: what Next decides, its whole effect on rows and aggregates, events, notices to everyone who has seen
	// what was wrong, and messages become durable in one transaction, or nothing does. note is the rejection note that a rejection of
	// ours is told by; its blob is durable already.
	Correct(ctx context.Context, id string, s CorrectionStep, version int64, note *Addition) (Correction, error)
	// Suggest records a new correction with its first step.
	Suggest(ctx context.Context, c Correction) error
	// Conflict answers one instance that was kept aside, settled or not.
	Conflict(ctx context.Context, id string) (Conflict, error)
	// RejectedOf answers rejected instances that are stored, of a study that their headers name, by UID.
	RejectedOf(ctx context.Context, study yilian.StudyUID, after yilian.InstanceUID, limit int) ([]Rejected, error)
	// RejectedInstance answers one of them.
	RejectedInstance(ctx context.Context, uid yilian.InstanceUID) (Rejected, error)
	// StudiesOf answers the studies of an institution that name a patient.
	StudiesOf(ctx context.Context, owner yilian.InstitutionID, p PatientKey) ([]yilian.StudyUID, error)

	Holds
	Inspection

	// Notices answers what a person has to know, newest first; open: only what they have not acknowledged.
	Notices(ctx context.Context, person yilian.PersonID, open bool, after string, limit int) (page []Notice, next string, err error)
	// Acknowledge ends a notice of a person; again is harmless.
	Acknowledge(ctx context.Context, person yilian.PersonID, id string, at time.Time) error
	// Notify tells further people about a correction; who was told of this step already is not told twice.
	Notify(ctx context.Context, id string, people []yilian.PersonID, at time.Time) error
}
