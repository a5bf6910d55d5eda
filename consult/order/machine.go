package order

import (
	"yilian"
	"yilian/consult/flow"
)

// State is how far an order has come.
type State string

// The states of an order.
const (
	Ordered      State = "ordered"      // waits for the exam
	InProgress   State = "in_progress"  // a device has begun it (MPPS): it can be neither cancelled nor booked anew
	Performed    State = "performed"    // the device is done; the images have not all come yet
	Images       State = "images"       // a study is linked to it
	Reading      State = "reading"      // somebody has begun to read it
	Released     State = "released"     // the report is out; the ordering doctor has not opened it yet
	Acknowledged State = "acknowledged" // the ordering doctor has taken note
	Cancelled    State = "cancelled"
)

// Action is what is done to an order.
type Action string

// The actions. Begin, Perform, Discontinue and Note are what devices report; Match, Unmatch, Read, Release and Amend are steps of
// the reading workflow.
const (
	Cancel      Action = "cancel"
	Book        Action = "book"
	Abandon     Action = "abandon"
	Begin       Action = "begin"
	Perform     Action = "perform"
	Discontinue Action = "discontinue"
	Note        Action = "note"
	Acknowledge Action = "acknowledge"
	Match       Action = "match"
	Unmatch     Action = "unmatch"
	Read        Action = "read"
	Release     Action = "release"
	Amend       Action = "amend"
)

// The guards.
const (
	guardOwn     = "own"     // the actor works where it was ordered
	guardOrderer = "orderer" // the actor ordered it, or works where it was ordered
	guardSite    = "site"    // the actor works where it was ordered or where it is performed
)

var (
	system  = []yilian.Role{yilian.RoleSystem}
	linkers = []yilian.Role{yilian.RoleSystem, yilian.RoleTechnologist, yilian.RoleCoordinator}
	readers = []yilian.Role{yilian.RoleSystem, yilian.RoleRadiologist, yilian.RoleReviewer}
	doctors = []yilian.Role{yilian.RoleRequester, yilian.RoleHead}
	bookers = []yilian.Role{yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator, yilian.RoleTechnologist}
	masters = []yilian.Role{yilian.RoleTechnologist, yilian.RoleCoordinator}
)

// Machine is the table of an order's states.
func Machine() *flow.Machine[State, Action] {
	return flow.New("order",
		[]State{Ordered, InProgress, Performed, Images, Reading, Released, Acknowledged, Cancelled},
		[]flow.Row[State, Action]{
			{From: []State{Ordered}, Action: Cancel, To: Cancelled, Roles: []yilian.Role{yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator}, Guard: guardOwn, Why: "at the ordering institution, before a device has begun"},
			{From: []State{Ordered}, Action: Book, Roles: bookers, Guard: guardSite, Why: "for a device and a time, before a device has begun"},
			{From: []State{Ordered, Performed}, Action: Begin, To: InProgress, Roles: system, Why: "a device reports IN PROGRESS"},
			{From: []State{Ordered, InProgress}, Action: Perform, To: Performed, Roles: system, Why: "a device reports COMPLETED, and no other step is open"},
			{From: []State{InProgress}, Action: Discontinue, To: Ordered, Roles: system, Why: "a device reports DISCONTINUED, and nothing else was done"},
			{From: []State{InProgress, Performed}, Action: Abandon, To: Ordered, Roles: masters, Guard: guardSite, Why: "the device never told the end, or told it wrongly: the exam is to be done again"},
			{From: []State{Ordered, InProgress, Performed, Images, Reading, Released, Acknowledged}, Action: Note, Roles: system, Why: "a report of a device that decides nothing"},
			{From: []State{Ordered, InProgress, Performed}, Action: Match, To: Images, Roles: linkers},
			{From: []State{Images, Reading}, Action: Unmatch, To: Ordered, Roles: linkers, Why: "the study belongs to another order"},
			{From: []State{Images}, Action: Read, To: Reading, Roles: readers},
			{From: []State{Reading}, Action: Read, Roles: readers, Why: "another reader goes on"},
			{From: []State{Reading}, Action: Release, To: Released, Roles: readers},
			{From: []State{Released, Acknowledged}, Action: Amend, To: Released, Roles: readers, Why: "an addendum or a correction has to be acknowledged again"},
			{From: []State{Released}, Action: Acknowledge, To: Acknowledged, Roles: doctors, Guard: guardOrderer, Why: "the ordering doctor, or a colleague at the same institution"},
		})
}
