package recording

import (
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// EntityKind is the entity kind of a recording in trail, due-times and messages.
const EntityKind = "recording"

// State is where a recording stands.
type State string

// The states of a recording.
const (
	Asked    State = "asked"    // not everybody has agreed yet
	Declined State = "declined" // somebody did not agree, or it was given up before it began
	On       State = "on"
	Stopping State = "stopping" // over; its files are being made
	Stored   State = "stored"
	Failed   State = "failed"  // nothing came of it
	Deleted  State = "deleted" // by rule or by a person; who agreed and who looked is still known
)

// Action is what moves a recording.
type Action string

// The actions.
const (
	ActStart   Action = "start"
	ActDecline Action = "decline"
	ActConsent Action = "consent"
	ActStop    Action = "stop"
	ActStore   Action = "store"
	ActFail    Action = "fail"
	ActDrop    Action = "drop"   // by rule: the consent was taken back, or the time is over
	ActDelete  Action = "delete" // by a person
	ActHold    Action = "hold"
	ActRelease Action = "release"
)

// Recording is one recording of one consult.
type Recording struct {
	flow.Meta
	Request      yilian.RequestID       `json:"request"`
	Site         yilian.InstitutionID   `json:"site"`         // whose rules hold
	Institutions []yilian.InstitutionID `json:"institutions"` // of those who took part
	State        State                  `json:"state"`
	By           Person                 `json:"by"` // who asked for it
	AskedAt      time.Time              `json:"askedAt"`
	StartedAt    time.Time              `json:"startedAt,omitzero"`
	EndedAt      time.Time              `json:"endedAt,omitzero"`
	EndedBy      *Person                `json:"endedBy,omitempty"`
	Reason       string                 `json:"reason,omitempty"`  // why it ended: ended, withdrawn, empty, crash, failed
	Failure      string                 `json:"failure,omitempty"` // what went wrong: store, nothing
	Node         string                 `json:"node,omitempty"`    // which records
	Consents     []Consent              `json:"consents"`

	Files    []File  `json:"files"`
	Index    *Object `json:"index,omitempty"`
	Duration int64   `json:"durationMs,omitempty"`
	Bytes    int64   `json:"bytes,omitempty"`

	Class     string    `json:"class,omitempty"`
	KeepUntil time.Time `json:"keepUntil,omitzero"`
	Holds     []Hold    `json:"holds"`
	Removed   *Removal  `json:"removed,omitempty"`

	Newest string    `json:"newest,omitempty"` // sign of life that was seen last
	Next   time.Time `json:"next,omitzero"`    // when somebody looks after it again
	Tries  int       `json:"tries,omitempty"`
}

// Person is somebody as they were then.
type Person struct {
	ID          yilian.PersonID      `json:"id,omitempty"`
	Name        string               `json:"name"`
	Role        string               `json:"role,omitempty"`
	Institution yilian.InstitutionID `json:"institution,omitempty"`
	Guest       bool                 `json:"guest,omitempty"`
}

// Consent is what somebody answered last, and all that they answered.
type Consent struct {
	Person Person    `json:"person"`
	Given  bool      `json:"given"`
	At     time.Time `json:"at"`
	Past   []Answer  `json:"past,omitempty"` // before
}

// Answer is one answer to the question whether one may be recorded.
type Answer struct {
	Given bool      `json:"given"`
	At    time.Time `json:"at"`
}

// File is one file that plays.
type File struct {
	Number   int             `json:"number"`
	Name     string          `json:"name"`
	Person   yilian.PersonID `json:"person"`
	Source   string          `json:"source" doc:"main: microphone and camera; else the source alone"`
	MIME     string          `json:"mime"`
	Offset   int64           `json:"offsetMs" doc:"Where it begins on the time line"`
	Duration int64           `json:"durationMs"`
	Width    int             `json:"width,omitempty"`
	Height   int             `json:"height,omitempty"`
	Size     int64           `json:"size"`
	SHA256   string          `json:"sha256"`
}

// Object is something stored that can be checked.
type Object struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Hold is a legal hold: while one lasts, the recording is not deleted, whatever the rules say.
type Hold struct {
	ID            string    `json:"id"`
	Reason        string    `json:"reason"`
	By            Person    `json:"by"`
	At            time.Time `json:"at"`
	ReleasedAt    time.Time `json:"releasedAt,omitzero"`
	ReleasedBy    *Person   `json:"releasedBy,omitempty"`
	ReleaseReason string    `json:"releaseReason,omitempty"`
}

// Removal says who deleted a recording, and why.
type Removal struct {
	By     Person    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"` // withdrawn, retention, or a person's words
	Purged bool      `json:"purged"` // the bytes are gone
}

func (r *Recording) held() bool {
	return slices.ContainsFunc(r.Holds, func(h Hold) bool { return h.ReleasedAt.IsZero() })
}

// open tells whether it is asked for or runs.
func (r *Recording) open() bool { return r.State == Asked || r.State == On }

// answer notes what somebody answered; it is false if that is known.
func (r *Recording) answer(p Person, given bool, at time.Time) bool {
	for i := range r.Consents {
		c := &r.Consents[i]
		if c.Person.ID != p.ID {
			continue
		}
		if p.Name != "" {
			c.Person = p
		}
		if !at.After(c.At) || c.Given == given {
			return false
		}
		c.Past = append(c.Past, Answer{c.Given, c.At})
		c.Given, c.At = given, at
		return true
	}
	r.Consents = append(r.Consents, Consent{Person: p, Given: given, At: at})
	return true
}

// The names of the keys under which recordings are found.
const (
	keyRequest = "request" // by request, the newest sorts last
	keyNode    = "node"    // by node: those that run there
	keyAll     = "all"     // with files
)

// The names of the due-times.
const (
	dueLook   = "look"   // after a recording that runs, files to be made, bytes to be deleted
	dueExpire = "expire" // its time is over
)

func spec() flow.Spec[Recording] {
	return flow.Spec[Recording]{
		Kind: EntityKind,
		Meta: func(r *Recording) *flow.Meta { return &r.Meta },
		Keys: func(r Recording) []flow.Key {
			keys := []flow.Key{{Name: keyRequest, Value: string(r.Request), Sort: flow.SortTime(r.AskedAt)}}
			if r.State == On {
				keys = append(keys, flow.Key{Name: keyNode, Value: r.Node})
			}
			if r.State == Stored {
				keys = append(keys, flow.Key{Name: keyAll, Sort: flow.SortTime(r.AskedAt)})
			}
			return keys
		},
		Dues: func(r Recording) (dues []flow.Due) {
			if r.State == On || r.State == Stopping || r.State == Deleted && !r.Removed.Purged {
				dues = append(dues, flow.Due{Name: dueLook, At: r.Next})
			}
			if r.State == Stored && !r.KeepUntil.IsZero() && !r.held() {
				dues = append(dues, flow.Due{Name: dueExpire, At: r.KeepUntil})
			}
			return dues
		},
		Audience: func(r Recording) (who []string) {
			for _, i := range r.Institutions {
				who = append(who, "institution:"+string(i))
			}
			return who
		},
		State: func(r Recording) string { return string(r.State) },
		Chain: func(r Recording) string { return string(r.Site) },
	}
}

// NewMachine is the table of what can happen to a recording.
func NewMachine() *flow.Machine[State, Action] {
	system := []yilian.Role{yilian.RoleSystem}
	head := []yilian.Role{yilian.RoleHead}
	type row = flow.Row[State, Action]
	return flow.New("recording", []State{Asked, Declined, On, Stopping, Stored, Failed, Deleted}, []row{
		{From: []State{Asked}, Action: ActStart, To: On, Roles: system, Why: "everybody who may send has agreed"},
		{From: []State{Asked}, Action: ActDecline, To: Declined, Roles: system, Why: "somebody does not agree, or all have left"},
		{From: []State{Asked}, Action: ActFail, To: Failed, Roles: system, Why: "the store takes nothing"},
		{From: []State{Asked, On, Stopping, Stored, Declined, Failed}, Action: ActConsent, Roles: system, Why: "what was answered in the call is kept, however late the news comes"},
		{From: []State{On}, Action: ActStop, To: Stopping, Roles: system, Why: "ended, a consent taken back, the call over, or a crash"},
		{From: []State{Stopping}, Action: ActStore, To: Stored, Roles: system, Why: "the files are durable"},
		{From: []State{Stopping}, Action: ActFail, To: Failed, Roles: system, Why: "there is nothing to make files of"},
		{From: []State{Stopping, Stored}, Action: ActDrop, To: Deleted, Roles: system, Guard: "free", Why: "consent taken back, or retention over; no legal hold"},
		{From: []State{Stored}, Action: ActDelete, To: Deleted, Roles: head, Guard: "free", Why: "head of the site; no legal hold"},
		{From: []State{Stopping, Stored}, Action: ActHold, Roles: head},
		{From: []State{Stopping, Stored}, Action: ActRelease, Roles: head},
	})
}
