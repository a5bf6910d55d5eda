package dimse

import "fmt"

// state is a state of the upper layer protocol machine (PS3.8 9.2.1).
type state uint8

const (
	sta1   state = iota + 1 // idle
	sta2                    // transport connection open, awaiting A-ASSOCIATE-RQ PDU
	sta3                    // awaiting local A-ASSOCIATE response primitive
	sta4                    // awaiting transport connection opening to complete
	sta5                    // awaiting A-ASSOCIATE-AC or -RJ PDU
	sta6                    // association established and ready for data transfer
	sta7                    // awaiting A-RELEASE-RP PDU
	sta8                    // awaiting local A-RELEASE response primitive
	sta9                    // release collision, requestor side: awaiting A-RELEASE response primitive
	sta10                   // release collision, acceptor side: awaiting A-RELEASE-RP PDU
	sta11                   // release collision, requestor side: awaiting A-RELEASE-RP PDU
	sta12                   // release collision, acceptor side: awaiting A-RELEASE response primitive
	sta13                   // awaiting transport connection close indication
	states = 13
)

func (s state) String() string { return fmt.Sprintf("Sta%d", uint8(s)) }

// event is what may happen to the machine (PS3.8 9.2.2, Table 9-10, first column).
type event uint8

const (
	e1     event = iota + 1 // A-ASSOCIATE request (local user)
	e2                      // transport connection confirmed (local transport service)
	e3                      // A-ASSOCIATE-AC PDU received
	e4                      // A-ASSOCIATE-RJ PDU received
	e5                      // transport connection indication (local transport service)
	e6                      // A-ASSOCIATE-RQ PDU received
	e7                      // A-ASSOCIATE response primitive, accept
	e8                      // A-ASSOCIATE response primitive, reject
	e9                      // P-DATA request primitive
	e10                     // P-DATA-TF PDU received
	e11                     // A-RELEASE request primitive
	e12                     // A-RELEASE-RQ PDU received
	e13                     // A-RELEASE-RP PDU received
	e14                     // A-RELEASE response primitive
	e15                     // A-ABORT request primitive
	e16                     // A-ABORT PDU received
	e17                     // transport connection closed
	e18                     // ARTIM timer expired
	e19                     // unrecognised or invalid PDU received
	events = 19
)

func (e event) String() string { return fmt.Sprintf("E%d", uint8(e)) }

// action is a cell of the transition table (PS3.8 9.2.3). The zero action, no, is an empty cell: the event cannot or
// must not happen in that state, and is refused.
type action uint8

const (
	no   action = iota
	ae1         // issue a transport connect request
	ae2         // send A-ASSOCIATE-RQ
	ae3         // issue A-ASSOCIATE confirmation (accept)
	ae4         // issue A-ASSOCIATE confirmation (reject), close the transport connection
	ae5         // issue transport connection response, start ARTIM
	ae6         // stop ARTIM; acceptable to the provider: issue A-ASSOCIATE indication; else send A-ASSOCIATE-RJ, start ARTIM
	ae7         // send A-ASSOCIATE-AC
	ae8         // send A-ASSOCIATE-RJ, start ARTIM
	dt1         // send P-DATA-TF
	dt2         // issue P-DATA indication
	ar1         // send A-RELEASE-RQ
	ar2         // issue A-RELEASE indication
	ar3         // issue A-RELEASE confirmation, close the transport connection
	ar4         // send A-RELEASE-RP, start ARTIM
	ar5         // stop ARTIM
	ar6         // issue P-DATA indication
	ar7         // send P-DATA-TF
	ar8         // issue A-RELEASE indication (release collision): requestor to Sta9, acceptor to Sta10
	ar9         // send A-RELEASE-RP
	ar10        // issue A-RELEASE confirmation
	aa1         // send A-ABORT (service-user source), start or restart ARTIM
	aa2         // stop ARTIM, close the transport connection
	aa3         // issue A-ABORT or A-P-ABORT indication, close the transport connection
	aa4         // issue A-P-ABORT indication
	aa5         // stop ARTIM
	aa6         // ignore the PDU
	aa7         // send A-ABORT
	aa8         // send A-ABORT (service-provider source), issue A-P-ABORT indication, start ARTIM
)

// transitions is PS3.8 Table 9-10, a row an event and a column a state, in the order of the standard.
var transitions = [events][states]action{
	// Sta   1    2    3    4    5    6    7    8    9    10   11   12   13
	e1 - 1:  {ae1, no, no, no, no, no, no, no, no, no, no, no, no},
	e2 - 1:  {no, no, no, ae2, no, no, no, no, no, no, no, no, no},
	e3 - 1:  {no, aa1, aa8, no, ae3, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa6},
	e4 - 1:  {no, aa1, aa8, no, ae4, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa6},
	e5 - 1:  {ae5, no, no, no, no, no, no, no, no, no, no, no, no},
	e6 - 1:  {no, ae6, aa8, no, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa7},
	e7 - 1:  {no, no, ae7, no, no, no, no, no, no, no, no, no, no},
	e8 - 1:  {no, no, ae8, no, no, no, no, no, no, no, no, no, no},
	e9 - 1:  {no, no, no, no, no, dt1, no, ar7, no, no, no, no, no},
	e10 - 1: {no, aa1, aa8, no, aa8, dt2, ar6, aa8, aa8, aa8, aa8, aa8, aa6},
	e11 - 1: {no, no, no, no, no, ar1, no, no, no, no, no, no, no},
	e12 - 1: {no, aa1, aa8, no, aa8, ar2, ar8, aa8, aa8, aa8, aa8, aa8, aa6},
	e13 - 1: {no, aa1, aa8, no, aa8, aa8, ar3, aa8, aa8, ar10, ar3, aa8, aa6},
	e14 - 1: {no, no, no, no, no, no, no, ar4, ar9, no, no, ar4, no},
	e15 - 1: {no, no, aa1, aa2, aa1, aa1, aa1, aa1, aa1, aa1, aa1, aa1, no},
	e16 - 1: {no, aa2, aa3, no, aa3, aa3, aa3, aa3, aa3, aa3, aa3, aa3, aa2},
	e17 - 1: {no, aa5, aa4, aa4, aa4, aa4, aa4, aa4, aa4, aa4, aa4, aa4, ar5},
	e18 - 1: {no, aa2, no, no, no, no, no, no, no, no, no, no, aa2},
	e19 - 1: {no, aa1, aa8, no, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa8, aa7},
}

// on gives the action for an event in a state, or no.
func (s state) on(e event) action {
	if s < 1 || s > states || e < 1 || e > events {
		return no
	}
	return transitions[e-1][s-1]
}

// step is one thing that an action does; an action's steps are done in the order of these bits.
type step uint8

const (
	stopTimer     step = 1 << iota // stop ARTIM
	sendPDU                        // send the PDU that came with the primitive
	abortUser                      // send A-ABORT, source 0: the service user
	abortProvider                  // send A-ABORT, source 2: the service provider, with its reason
	startTimer                     // start or restart ARTIM
	disconnect                     // close the transport connection
)

// rule says what an action does and to which state it leads. Issuing an indication or confirmation primitive is no
// step: it is what the call that fired the event returns. Where the standard makes an action depend on a condition
// (AE-6: the request is acceptable to the provider; AR-8: this side is the association requestor), else is for "not".
type rule struct {
	name string
	does step
	next state
	orDo step
	orTo state
}

// rules is PS3.8 Tables 9-6 to 9-9.
var rules = [...]rule{
	ae1:  {name: "AE-1", next: sta4},
	ae2:  {name: "AE-2", does: sendPDU, next: sta5},
	ae3:  {name: "AE-3", next: sta6},
	ae4:  {name: "AE-4", does: disconnect, next: sta1},
	ae5:  {name: "AE-5", does: startTimer, next: sta2},
	ae6:  {name: "AE-6", does: stopTimer, next: sta3, orDo: sendPDU | startTimer, orTo: sta13},
	ae7:  {name: "AE-7", does: sendPDU, next: sta6},
	ae8:  {name: "AE-8", does: sendPDU | startTimer, next: sta13},
	dt1:  {name: "DT-1", does: sendPDU, next: sta6},
	dt2:  {name: "DT-2", next: sta6},
	ar1:  {name: "AR-1", does: sendPDU, next: sta7},
	ar2:  {name: "AR-2", next: sta8},
	ar3:  {name: "AR-3", does: disconnect, next: sta1},
	ar4:  {name: "AR-4", does: sendPDU | startTimer, next: sta13},
	ar5:  {name: "AR-5", does: stopTimer, next: sta1},
	ar6:  {name: "AR-6", next: sta7},
	ar7:  {name: "AR-7", does: sendPDU, next: sta8},
	ar8:  {name: "AR-8", next: sta9, orTo: sta10},
	ar9:  {name: "AR-9", does: sendPDU, next: sta11},
	ar10: {name: "AR-10", next: sta12},
	aa1:  {name: "AA-1", does: abortUser | startTimer, next: sta13},
	aa2:  {name: "AA-2", does: stopTimer | disconnect, next: sta1},
	aa3:  {name: "AA-3", does: disconnect, next: sta1},
	aa4:  {name: "AA-4", next: sta1},
	aa5:  {name: "AA-5", does: stopTimer, next: sta1},
	aa6:  {name: "AA-6", next: sta13},
	aa7:  {name: "AA-7", does: abortProvider, next: sta13},
	aa8:  {name: "AA-8", does: abortProvider | startTimer, next: sta13},
}

func (a action) String() string {
	if a == no || int(a) >= len(rules) {
		return "-"
	}
	return rules[a].name
}
