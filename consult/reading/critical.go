package reading

import (
	"time"

	"yilian"
	"yilian/consult/flow"
)

// CriticalState is how far a critical finding (危急值) has come.
type CriticalState string

// The states of a critical finding.
const (
	Flagged      CriticalState = "flagged"
	Notifying    CriticalState = "notifying"
	Delivered    CriticalState = "delivered"
	Acknowledged CriticalState = "acknowledged" // read back
	Acted        CriticalState = "acted"
	Done         CriticalState = "closed"
	Escalated    CriticalState = "escalated"
	Downgraded   CriticalState = "downgraded" // judged wrong later
)

// CriticalAction is what is done about a critical finding.
type CriticalAction string

// The actions.
const (
	Notify      CriticalAction = "notify"
	Deliver     CriticalAction = "delivered"
	Acknowledge CriticalAction = "acknowledge"
	Act         CriticalAction = "act"
	Escalate    CriticalAction = "escalate"
	Remind      CriticalAction = "remind"
	Downgrade   CriticalAction = "downgrade"
	Finish      CriticalAction = "close"
)

const (
	guardRecipient = "recipient" // works where the exam was ordered, or coordinates for the site
	guardFlagger   = "flagger"   // works at an institution that reads for the site
)

var byRecipients = []yilian.Role{yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator}

// CriticalMachine is the table of a critical finding.
func CriticalMachine() *flow.Machine[CriticalState, CriticalAction] {
	waiting := []CriticalState{Notifying, Delivered, Escalated}
	return flow.New("critical",
		[]CriticalState{Flagged, Notifying, Delivered, Acknowledged, Acted, Done, Escalated, Downgraded},
		[]flow.Row[CriticalState, CriticalAction]{
			{From: []CriticalState{Flagged}, Action: Notify, To: Notifying, Roles: append([]yilian.Role{yilian.RoleSystem}, byReaders...), Why: "the ordering doctor and who is on duty at the site"},
			{From: []CriticalState{Notifying, Escalated}, Action: Deliver, To: Delivered, Roles: byRecipients, Guard: guardRecipient, Why: "it is on their screen"},
			{From: []CriticalState{Delivered}, Action: Deliver, Roles: byRecipients, Guard: guardRecipient, Why: "on another screen too"},
			{From: waiting, Action: Acknowledge, To: Acknowledged, Roles: byRecipients, Guard: guardRecipient, Why: "with the text read back"},
			{From: waiting, Action: Escalate, To: Escalated, Roles: bySystem, Why: "nobody has read it back in time: second person, site head, coordinator"},
			{From: []CriticalState{Acknowledged}, Action: Act, To: Acted, Roles: byRecipients, Guard: guardRecipient, Why: "what was done for the patient"},
			{From: []CriticalState{Acknowledged}, Action: Remind, Roles: bySystem, Why: "no action recorded in time"},
			{From: []CriticalState{Acted}, Action: Finish, To: Done, Roles: append([]yilian.Role{yilian.RoleSystem}, byRecipients...)},
			{From: []CriticalState{Flagged, Notifying, Delivered, Escalated, Acknowledged, Acted}, Action: Downgrade, To: Downgraded, Roles: byReaders, Guard: guardFlagger, Why: "judged wrong later; all who were told are told"},
			{From: []CriticalState{Downgraded}, Action: Acknowledge, To: Done, Roles: byRecipients, Guard: guardRecipient, Why: "they know that it was withdrawn"},
		})
}

// Critical is a critical finding and the trail of how it reached somebody who acts.
type Critical struct {
	flow.Meta
	State       CriticalState          `json:"state"`
	Read        yilian.ReadingID       `json:"reading"`
	Order       yilian.OrderID         `json:"order"`
	Patient     yilian.PatientID       `json:"patient"`
	Institution yilian.InstitutionID   `json:"institution"` // where it was ordered: who must act
	Readers     []yilian.InstitutionID `json:"readers"`
	Category    int                    `json:"category"` // 1: minutes, 2: hours, 3: days
	Text        string                 `json:"text"`
	FlaggedBy   Person                 `json:"flaggedBy"`
	FlaggedAt   time.Time              `json:"flaggedAt"`

	Level    int         `json:"level"`           // 0 ordering doctor and duty, 1 second person, 2 site head, 3 coordinator
	Steps    []time.Time `json:"steps,omitempty"` // the moments of levels 1, 2, 3
	Notified []Notice    `json:"notified,omitempty"`

	DeliveredAt  time.Time `json:"deliveredAt,omitzero"`
	ReadBack     string    `json:"readBack,omitempty"`
	Acknowledger Person    `json:"acknowledger,omitzero"`
	AckAt        time.Time `json:"acknowledgedAt,omitzero"`
	ActBy        time.Time `json:"actBy,omitzero"` // an action must be recorded until then
	Overdue      bool      `json:"overdue,omitempty"`
	Action       string    `json:"action,omitempty"`
	Actor        Person    `json:"actor,omitzero"`
	ActedAt      time.Time `json:"actedAt,omitzero"`
	Downgrade    string    `json:"downgrade,omitempty"` // why it was withdrawn
}

// Notice is one person who was told.
type Notice struct {
	Person
	Level int       `json:"level"`
	At    time.Time `json:"at"`
}

// CriticalKind is the entity kind of a critical finding in trail and messages.
const CriticalKind = "critical"

// The due-times of a critical finding.
const (
	dueStep = "step"
	dueAct  = "act"
)

func criticalDues(k Critical) []flow.Due {
	if k.waits() && k.Level < len(k.Steps) {
		return []flow.Due{{Name: dueStep, At: k.Steps[k.Level]}}
	}
	if k.State == Acknowledged && !k.Overdue && !k.ActBy.IsZero() {
		return []flow.Due{{Name: dueAct, At: k.ActBy}}
	}
	return nil
}

// waits tells whether nobody has read it back yet.
func (k Critical) waits() bool {
	return k.State == Notifying || k.State == Delivered || k.State == Escalated
}

// Open tells whether somebody still has to do something.
func (k Critical) Open() bool { return k.State != Done }

// NextAt is the moment of the next escalation, or the zero time.
func (k Critical) NextAt() time.Time {
	if k.waits() && k.Level < len(k.Steps) {
		return k.Steps[k.Level]
	}
	return time.Time{}
}

// pace slows the escalation of the less urgent categories: with the usual steps of 3, 6 and 10 minutes, the last one comes
// after two hours and after three days, as the categories of the American College of Radiology ask.
func pace(category int) time.Duration { return []time.Duration{1, 1, 12, 432}[category] }

const (
	keyOpenCritical = "open"    // by institution: ordering and reading
	keyTold         = "told"    // by person
	keyOfRead       = "reading" // by read task
)

func criticalKeys(k Critical) []flow.Key {
	at := flow.SortTime(k.FlaggedAt)
	out := []flow.Key{{Name: keyOfRead, Value: string(k.Read), Sort: at}, {Name: keyPatient, Value: string(k.Patient), Sort: at}}
	if !k.Open() {
		return out
	}
	for _, inst := range union([]yilian.InstitutionID{k.Institution}, k.Readers) {
		out = append(out, flow.Key{Name: keyOpenCritical, Value: string(inst), Sort: at})
	}
	told := map[yilian.PersonID]bool{k.FlaggedBy.ID: true}
	for _, n := range k.Notified {
		told[n.ID] = true
	}
	for p := range told {
		out = append(out, flow.Key{Name: keyTold, Value: string(p), Sort: at})
	}
	return out
}

func criticalAudience(k Critical) []string {
	return audience(union([]yilian.InstitutionID{k.Institution}, k.Readers))
}
