package reading

import (
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
)

// State is where a read task stands.
type State string

// The states of a read task.
const (
	Created    State = "created"
	Eligible   State = "eligible" // an institution is entitled to read it
	Offered    State = "offered"  // stands in the pool of those who may take it
	Claimed    State = "claimed"  // locked by one reader
	Reading    State = "reading"  // and they have begun to write
	Submitted  State = "submitted"
	InReview   State = "in_review" // locked by one reviewer
	Returned   State = "returned"  // to the writer, with a reason
	Released   State = "released"
	Closed     State = "closed" // the ordering doctor has taken note
	PutAside   State = "put_aside"
	Unassigned State = "unassigned" // nobody is entitled: a coordinator must see to it
	Cancelled  State = "cancelled"
)

// States are all of them, in the order of life.
func States() []State {
	return []State{Created, Eligible, Offered, Claimed, Reading, Submitted, InReview, Returned, Released, Closed, PutAside, Unassigned, Cancelled}
}

// Action is what is done to a read task.
type Action string

// The actions.
const (
	Admit      Action = "admit"
	Strand     Action = "strand"
	Offer      Action = "offer"
	Claim      Action = "claim"
	Heartbeat  Action = "heartbeat"
	Write      Action = "write"
	Aside      Action = "aside"
	Skip       Action = "skip"
	Lapse      Action = "lapse"
	Submit     Action = "submit"
	TakeReview Action = "take-review"
	Return     Action = "return"
	Release    Action = "release"
	Recall     Action = "recall"
	Addendum   Action = "addendum"
	Flag       Action = "critical"
	Close      Action = "close"
	Cancel     Action = "cancel"
)

// The guards of the table; task.check evaluates them.
const (
	guardClaim   = "claimable" // entitled, on duty, and a task put aside is left to its reader for a while
	guardHolder  = "holder"    // the actor holds the lock
	guardSecond  = "second"    // entitled, and not the writer
	guardRelease = "holderNotWriter"
	guardWriter  = "writer"
	guardCorrect = "correctable" // entitled, and within the time for corrections
	guardReader  = "entitled"
	guardFlag    = "flag"
)

var (
	byReaders   = []yilian.Role{yilian.RoleRadiologist, yilian.RoleReviewer}
	byReviewers = []yilian.Role{yilian.RoleReviewer}
	byDoctors   = []yilian.Role{yilian.RoleRequester, yilian.RoleHead, yilian.RoleSystem}
	byStoppers  = []yilian.Role{yilian.RoleSystem, yilian.RoleTechnologist, yilian.RoleCoordinator}
)

// Machine is the table of a read task. What it does not name (OFFERED to one person, REASSIGNED, CONSULT_ASKED) is refused.
func Machine() *flow.Machine[State, Action] {
	return flow.New("reading", States(), []flow.Row[State, Action]{
		{From: []State{Created, Unassigned}, Action: Admit, To: Eligible, Roles: bySystem, Why: "an agreement lets an institution read for the site"},
		{From: []State{Created}, Action: Strand, To: Unassigned, Roles: bySystem, Why: "no institution may read for the site"},
		{From: []State{Eligible}, Action: Offer, To: Offered, Roles: bySystem},
		{From: []State{Offered, PutAside, Returned}, Action: Claim, To: Claimed, Roles: byReaders, Guard: guardClaim, Why: "entitled, on duty; what was put aside or returned waits a while for its reader"},
		{From: []State{Offered, PutAside, Returned}, Action: Skip, Roles: byReaders, Guard: guardClaim, Why: "passed over with a reason by somebody who could have taken it"},
		{From: []State{Claimed, Reading, InReview}, Action: Heartbeat, Roles: byReaders, Guard: guardHolder, Why: "renews the lease"},
		{From: []State{Claimed, Reading}, Action: Write, To: Reading, Roles: byReaders, Guard: guardHolder},
		{From: []State{InReview}, Action: Write, Roles: byReaders, Guard: guardHolder},
		{From: []State{Claimed, Reading}, Action: Aside, To: PutAside, Roles: byReaders, Guard: guardHolder},
		{From: []State{Claimed, Reading}, Action: Lapse, To: PutAside, Roles: bySystem, Why: "the lease has ended"},
		{From: []State{Reading}, Action: Submit, To: Submitted, Roles: byReaders, Guard: guardHolder, Why: "first signature"},
		{From: []State{Submitted}, Action: Recall, To: Returned, Roles: byReaders, Guard: guardWriter, Why: "before a reviewer has taken it"},
		{From: []State{Submitted}, Action: TakeReview, To: InReview, Roles: byReviewers, Guard: guardSecond, Why: "entitled, on duty, and not the writer"},
		{From: []State{InReview}, Action: Return, To: Returned, Roles: byReviewers, Guard: guardHolder},
		{From: []State{InReview}, Action: Aside, To: Submitted, Roles: byReviewers, Guard: guardHolder},
		{From: []State{InReview}, Action: Lapse, To: Submitted, Roles: bySystem, Why: "the lease has ended"},
		{From: []State{InReview}, Action: Release, To: Released, Roles: byReviewers, Guard: guardRelease, Why: "second signature, by another than the writer"},
		{From: []State{Released, Closed}, Action: Addendum, Roles: byReaders, Guard: guardReader, Why: "makes a task of its own"},
		{From: []State{Released, Closed}, Action: Recall, Roles: byReviewers, Guard: guardCorrect, Why: "makes a correction of its own; the report is marked meanwhile"},
		{From: []State{Claimed, Reading, Submitted, InReview, Returned, Released, Closed, PutAside}, Action: Flag, Roles: byReaders, Guard: guardFlag, Why: "a critical finding does not wait for review; one at a time"},
		{From: []State{Released}, Action: Close, To: Closed, Roles: byDoctors, Why: "the ordering side has taken note"},
		{From: []State{Created, Eligible, Offered, Unassigned, Claimed, Reading, PutAside}, Action: Cancel, To: Cancelled, Roles: byStoppers, Why: "the study belongs to another order; nothing is signed yet"},
	})
}

// TaskKind tells a read from what comes after its report.
type TaskKind string

// The kinds of task.
const (
	FirstRead  TaskKind = ""
	Appending  TaskKind = "addendum"
	Correcting TaskKind = "correction"
)

// Task is a read task.
type Task struct {
	flow.Meta
	State State `json:"state"`
	// Since is the version at which the state last changed: what somebody saw before that is out of date, alarms are not.
	Since  int64            `json:"since"`
	Kind   TaskKind         `json:"kind,omitempty"`
	Parent yilian.ReadingID `json:"parent,omitempty"` // whose report an addendum or correction belongs to

	Order       yilian.OrderID         `json:"order"`
	Study       yilian.StudyUID        `json:"study"`
	Patient     yilian.PatientID       `json:"patient"`
	Institution yilian.InstitutionID   `json:"institution"` // where it was ordered
	Site        yilian.InstitutionID   `json:"site"`        // where it was made
	Readers     []yilian.InstitutionID `json:"readers,omitempty"`
	Partners    []yilian.InstitutionID `json:"partners,omitempty"` // become readers when the time runs short
	Accession   string                 `json:"accession,omitempty"`
	Modality    string                 `json:"modality"`
	BodyPart    string                 `json:"bodyPart,omitempty"`
	Description string                 `json:"description,omitempty"`
	Laterality  string                 `json:"laterality,omitempty"`
	Priority    order.Priority         `json:"priority"`
	Images      int                    `json:"images"`
	Late        bool                   `json:"late,omitempty"`      // images came after the study was complete
	Corrected   bool                   `json:"corrected,omitempty"` // what the images say of patient or exam was set right, or some were rejected
	Partial     bool                   `json:"partial,omitempty"`

	CompleteAt time.Time `json:"completeAt"` // the clock starts
	DueAt      time.Time `json:"dueAt"`
	Alarms     int       `json:"alarms,omitempty"` // of 50, 75 and 100 % of the time
	// OpenBy is when a released emergency report must have been opened; Unopened is set when it was not.
	OpenBy   time.Time `json:"openBy,omitzero"`
	Unopened bool      `json:"unopened,omitempty"`

	Holder     Person    `json:"holder,omitzero"` // of the lock, in claimed, reading and in_review
	HeldSince  time.Time `json:"heldSince,omitzero"`
	Reader     Person    `json:"reader,omitzero"`
	ReaderFrom string    `json:"readerFrom,omitempty"` // institution of the reader
	Reviewer   Person    `json:"reviewer,omitzero"`
	// KeptFor and KeptUntil reserve a task that was put aside, returned, or is an addendum: others may take it after KeptUntil.
	KeptFor   yilian.PersonID `json:"keptFor,omitempty"`
	KeptUntil time.Time       `json:"keptUntil,omitzero"`

	SubmittedAt    time.Time `json:"submittedAt,omitzero"`
	ReleasedAt     time.Time `json:"releasedAt,omitzero"`
	ReturnedReason string    `json:"returnedReason,omitempty"`
	CancelReason   string    `json:"cancelReason,omitempty"`
	Discrepancy    int       `json:"discrepancy,omitempty"`
	Critical       string    `json:"critical,omitempty"` // state of its critical finding, if one was flagged
}

// TaskID is the task's identifier.
func (t Task) TaskID() yilian.ReadingID { return yilian.ReadingID(t.ID) }

// report is the task whose report this one writes.
func (t Task) report() yilian.ReadingID {
	if t.Parent != "" {
		return t.Parent
	}
	return t.TaskID()
}

// Open tells whether the task still waits for a report.
func (t Task) Open() bool {
	return t.State != Released && t.State != Closed && t.State != Cancelled
}

// Percent is how much of the time until it is due has passed; over 100 it is late.
func (t Task) Percent(now time.Time) int {
	if !t.ReleasedAt.IsZero() {
		now = t.ReleasedAt
	}
	whole := t.DueAt.Sub(t.CompleteAt)
	if whole <= 0 {
		return 100
	}
	return int(100 * now.Sub(t.CompleteAt) / whole)
}

// alarmSteps are the shares of the time, in percent, at which an open task alarms.
var alarmSteps = []int{50, 75, 100}

// ReadingKind is the entity kind of a read task in trail and messages.
const ReadingKind = "reading"

// The due-times of a read task. dueLease is set beside the entity: a heartbeat moves it without an entry in the trail.
const (
	dueAlarm    = "sla"
	dueUnopened = "unopened"
	dueLease    = "lease"
	dueRoute    = "route"
)

func taskDues(t Task) []flow.Due {
	var out []flow.Due
	if t.Open() && t.Alarms < len(alarmSteps) {
		at := t.CompleteAt.Add(t.DueAt.Sub(t.CompleteAt) * time.Duration(alarmSteps[t.Alarms]) / 100)
		out = append(out, flow.Due{Name: dueAlarm, At: at})
	}
	if t.State == Released && !t.Unopened && !t.OpenBy.IsZero() {
		out = append(out, flow.Due{Name: dueUnopened, At: t.OpenBy})
	}
	return out
}

// The names of the keys under which a read task is found, besides keyPatient.
const (
	keyPool     = "pool"
	keyMine     = "mine"
	keyReview   = "review"
	keyReleased = "released"
	keyAll      = "all"
	keyStudy    = "study"
	keyParent   = "parent"
)

func taskKeys(t Task) []flow.Key {
	urgency := fmt.Sprintf("%d%s", t.Priority.Rank(), flow.SortTime(t.DueAt))
	made := flow.SortTime(t.CompleteAt)
	var out []flow.Key
	add := func(name, value, sort string) { out = append(out, flow.Key{Name: name, Value: value, Sort: sort}) }
	add(keyPatient, string(t.Patient), made)
	add(keyStudy, string(t.Study), made)
	if t.Parent != "" {
		add(keyParent, string(t.Parent), made)
	}
	for _, inst := range t.circle() {
		add(keyAll, string(inst), made)
		if t.State == Released || t.State == Closed {
			add(keyReleased, string(inst), flow.SortTime(t.ReleasedAt))
		}
	}
	for _, inst := range t.Readers {
		switch t.State {
		case Offered, PutAside, Returned, Claimed, Reading:
			add(keyPool, string(inst), urgency)
		case Submitted, InReview:
			add(keyReview, string(inst), urgency)
		}
	}
	if t.Open() {
		for _, p := range slices.Compact(slices.Sorted(slices.Values([]yilian.PersonID{t.Reader.ID, t.Holder.ID, t.KeptFor}))) {
			if p != "" {
				add(keyMine, string(p), urgency)
			}
		}
	}
	return out
}

func (t Task) circle() []yilian.InstitutionID {
	return union([]yilian.InstitutionID{t.Site, t.Institution}, t.Readers)
}
