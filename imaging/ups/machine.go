package ups

import (
	"yilian"
)

// Action is what a requester asks of a workitem's state.
type Action string

// The actions of PS3.4 Table CC.1.1-2.
const (
	Create   Action = "create"
	Set      Action = "set"
	Claim    Action = "claim"    // change state to IN PROGRESS
	Complete Action = "complete" // … to COMPLETED
	Cancel   Action = "cancel"   // … to CANCELED
	Request  Action = "request"  // request cancellation
)

// verdict is one cell of the table: the next state, or a refusal. done says that the workitem is there already: a warning, no error.
type verdict struct {
	to      State
	refusal string
	done    bool
}

// The refusals, named by the status of PS3.4 CC.2.
const (
	codeFinal      = "ups.final"       // C300
	codeTransact   = "ups.transaction" // C301
	codeClaimed    = "ups.claimed"     // C302
	codeIncomplete = "ups.incomplete"  // C304
	codeUnknown    = "ups.unknown"     // C307
	codeUnclaimed  = "ups.unclaimed"   // C310
	codeCompleted  = "ups.completed"   // C311
	codeExists     = "ups.exists"      // 0111
)

// cells is PS3.4 Table CC.1.1-2 for requests that name the right Transaction UID; see next for those that do not.
var cells = map[State]map[Action]verdict{
	None: {
		Create: {to: Scheduled}, Set: {refusal: codeUnknown}, Claim: {refusal: codeUnknown}, Complete: {refusal: codeUnknown},
		Cancel: {refusal: codeUnknown}, Request: {refusal: codeUnknown},
	},
	Scheduled: {
		Create: {refusal: codeExists}, Set: {to: Scheduled}, Claim: {to: InProgress}, Complete: {refusal: codeUnclaimed},
		Cancel: {refusal: codeUnclaimed}, Request: {to: Canceled},
	},
	InProgress: {
		Create: {refusal: codeExists}, Set: {to: InProgress}, Claim: {refusal: codeClaimed}, Complete: {to: Completed},
		Cancel: {to: Canceled}, Request: {to: InProgress}, // its performer is told and decides
	},
	Completed: {
		Create: {refusal: codeExists}, Set: {refusal: codeFinal}, Claim: {refusal: codeFinal}, Complete: {to: Completed, done: true},
		Cancel: {refusal: codeFinal}, Request: {refusal: codeCompleted},
	},
	Canceled: {
		Create: {refusal: codeExists}, Set: {refusal: codeFinal}, Claim: {refusal: codeFinal}, Complete: {refusal: codeFinal},
		Cancel: {to: Canceled, done: true}, Request: {to: Canceled, done: true},
	},
}

// next looks an action up. owned tells that the request named the Transaction UID of the claim (or none where there is no claim yet).
func next(from State, a Action, owned bool) (verdict, error) {
	v := cells[from][a]
	if v.refusal == "" && !owned && needsTransaction(from, a) {
		v = verdict{refusal: codeTransact}
	}
	if v.refusal == "" {
		return v, nil
	}
	return v, refuse(v.refusal)
}

// needsTransaction: whoever changes a claimed workitem must be who claimed it; a claim itself must bring a Transaction UID.
func needsTransaction(from State, a Action) bool {
	switch a {
	case Claim, Complete, Cancel:
		return true
	case Set:
		return from == InProgress
	}
	return false
}

var texts = map[string]string{
	codeFinal:      "The workitem is final and may no longer be updated.",
	codeTransact:   "The Transaction UID of the claim is missing or not the right one.",
	codeClaimed:    "The workitem is IN PROGRESS already: somebody else has claimed it.",
	codeIncomplete: "The workitem lacks attributes that its final state needs.",
	codeUnknown:    "There is no such workitem.",
	codeUnclaimed:  "The workitem is not IN PROGRESS yet: claim it first.",
	codeCompleted:  "The workitem is COMPLETED already and cannot be canceled.",
	codeExists:     "There is a workitem with this UID already.",
}

func refuse(code string) error {
	kind := yilian.Conflict
	switch code {
	case codeUnknown:
		kind = yilian.NotFound
	case codeTransact, codeIncomplete:
		kind = yilian.Invalid
	}
	return yilian.Errorf(kind, code, "%s", texts[code])
}
