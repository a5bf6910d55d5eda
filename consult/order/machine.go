package order

import (
	"yilian"
	"yilian/consult/flow"
)

// State is how far an order has come.
type State string

// The states of an order.
const (
	Ordered      State = "ordered"      // waits for images
	Images       State = "images"       // a study is linked to it
	Reading      State = "reading"      // somebody has begun to read it
	Released     State = "released"     // the report is out; the ordering doctor has not opened it yet
	Acknowledged State = "acknowledged" // the ordering doctor has taken note
	Cancelled    State = "cancelled"
)

// Action is what is done to an order.
type Action string

// The actions. Match, Unmatch, Read, Release and Amend are steps of the reading workflow.
const (
	Cancel      Action = "cancel"
	Acknowledge Action = "acknowledge"
	Match       Action = "match"
	Unmatch     Action = "unmatch"
	Read        Action = "read"
	Release     Action = "release"
	Amend       Action = "amend"
)

// The guards.
const (
	guardOwn     = "own"     // the actor works at the ordering or the performing institution
	guardOrderer = "orderer" // the actor ordered it, or works where it was ordered
)

var (
	system  = []yilian.Role{yilian.RoleSystem}
	linkers = []yilian.Role{yilian.RoleSystem, yilian.RoleTechnologist, yilian.RoleCoordinator}
	readers = []yilian.Role{yilian.RoleSystem, yilian.RoleRadiologist, yilian.RoleReviewer}
	doctors = []yilian.Role{yilian.RoleRequester, yilian.RoleHead}
)

// Machine is the table of an order's states.
func Machine() *flow.Machine[State, Action] {
	return flow.New("order",
		[]State{Ordered, Images, Reading, Released, Acknowledged, Cancelled},
		[]flow.Row[State, Action]{
			{From: []State{Ordered}, Action: Cancel, To: Cancelled, Roles: []yilian.Role{yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator}, Guard: guardOwn, Why: "at the ordering institution, before there are images"},
			{From: []State{Ordered}, Action: Match, To: Images, Roles: linkers},
			{From: []State{Images, Reading}, Action: Unmatch, To: Ordered, Roles: linkers, Why: "the study belongs to another order"},
			{From: []State{Images}, Action: Read, To: Reading, Roles: readers},
			{From: []State{Reading}, Action: Read, Roles: readers, Why: "another reader goes on"},
			{From: []State{Reading}, Action: Release, To: Released, Roles: readers},
			{From: []State{Released, Acknowledged}, Action: Amend, To: Released, Roles: readers, Why: "an addendum or a correction has to be acknowledged again"},
			{From: []State{Released}, Action: Acknowledge, To: Acknowledged, Roles: doctors, Guard: guardOrderer, Why: "the ordering doctor, or a colleague at the same institution"},
		})
}
