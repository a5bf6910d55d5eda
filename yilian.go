// Package yilian holds what every part of the service must agree on: who acts, what went wrong, what happened,
// and the typed identifiers. It has no behaviour beyond that and imports nothing of the service.
package yilian

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Identifiers. The clinical ones are opaque strings made by this service; the UIDs are DICOM's (PS3.5 9).
type (
	InstitutionID string
	PersonID      string
	PatientID     string
	RequestID     string
	ReadingID     string
	OrderID       string
	StudyUID      string
	SeriesUID     string
	InstanceUID   string
)

// Role is what a person may do at one practice point.
type Role string

// The roles. A person has any number of them at each practice point.
const (
	RoleRequester    Role = "requester"    // 申请医师: asks for consults, orders exams
	RoleSpecialist   Role = "specialist"   // 会诊专家: accepts consults, signs opinions
	RoleRadiologist  Role = "radiologist"  // 诊断医师: reads and writes reports
	RoleReviewer     Role = "reviewer"     // 审核医师: gives the second signature
	RoleTechnologist Role = "technologist" // 技师: acquires and matches images
	RoleCoordinator  Role = "coordinator"  // 值班室/总值班: watches the queues, disposes
	RoleHead         Role = "head"         // 科主任: department head
	RoleAdmin        Role = "admin"        // 系统管理员: institutions, people, devices; no clinical data
	RoleAuditor      Role = "auditor"      // 安全审计员: reads the audit trail only
	RoleKiosk        Role = "kiosk"        // 值班大屏: a wall screen, may only look at the board
	RoleProgram      Role = "program"      // a foreign viewer or gateway with a scoped token
	RoleSystem       Role = "system"       // timers and the service itself
)

// Actor is who does something: a person at one practice point in one session, a program, a device, or the system.
type Actor struct {
	Person      PersonID      `json:"person,omitempty"`
	Name        string        `json:"name,omitempty"`
	Institution InstitutionID `json:"institution,omitempty"`
	Department  string        `json:"department,omitempty"`
	Roles       []Role        `json:"roles,omitempty"`
	Scopes      []string      `json:"scopes,omitempty"` // of a program's token
	Session     string        `json:"session,omitempty"`
	Device      string        `json:"device,omitempty"` // AE title of a device
	Address     string        `json:"address,omitempty"`
}

// System is the actor of timers and background work.
var System = Actor{Name: "system", Roles: []Role{RoleSystem}}

// Is tells whether the actor has any of the roles.
func (a Actor) Is(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(a.Roles, r) })
}

// Kind classifies an Error; each door maps it to its own codes (HTTP status, DIMSE status, close code).
type Kind int

// The kinds of error. The zero Kind is an internal error whose text never leaves the process.
const (
	Internal        Kind = iota
	Invalid              // the input is wrong; say which and why
	Unauthenticated      // who is it?
	Forbidden            // known, but not entitled
	NotFound             // no such thing, or not for this actor
	Conflict             // the state or version has moved on; Current tells to what
	TooLarge             // over a limit
	TooMany              // rate limit or lock-out
	Unavailable          // try again later: a store is full, down or too slow
)

// Error is an error with a machine-readable Code (also the key of its translation), and an English Text that is fit for people.
type Error struct {
	Kind    Kind
	Code    string         // stable, dotted: "request.taken"
	Text    string         // English, complete sentence, no patient data
	Params  map[string]any // values for the translated text: winner, state, limit
	Current any            // for Conflict: the entity as it is now
	Err     error          // the cause; logged, never shown
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Text, e.Err)
	}
	return e.Code + ": " + e.Text
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a kind and code with a formatted text.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Text: fmt.Sprintf(format, args...)}
}

// KindOf gives the kind of the first Error in err's chain, or Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Event is one entry of the audit trail: append-only and hash-chained. Entity and EntityID name what changed (or was looked at),
// Version its version after the change. Data holds details, never a patient's name or identifier number.
type Event struct {
	ID       int64           `json:"id"`    // ascending in commit order of one chain; assigned by the store
	Chain    string          `json:"chain"` // the institution whose trail it belongs to, or "system"
	Seq      int64           `json:"seq"`   // 1, 2, 3 … within Chain, without gaps
	Entity   string          `json:"entity"`
	EntityID string          `json:"entityId"`
	Version  int64           `json:"version"`
	Action   string          `json:"action"`
	From     string          `json:"from,omitempty"`
	To       string          `json:"to,omitempty"`
	Actor    Actor           `json:"actor"`
	At       time.Time       `json:"at"`
	Reason   string          `json:"reason,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
	Prev     string          `json:"prev"` // hex SHA-256 of the entry before in Chain
	Hash     string          `json:"hash"` // hex SHA-256 over Prev and this entry
}
