package ups

import (
	"errors"
	"strings"
	"testing"

	"yilian"
)

// oracle is a second transcription of PS3.4 Table CC.1.1-2: for each state and action, the answer with the right Transaction UID and
// without it. A word in capitals is the next state, otherwise the refusal; "=" before a state: a warning that it is there already.
var oracle = `
state        create  set                       claim                     complete                  cancel                    request
-            SCHED   unknown/unknown           unknown/unknown           unknown/unknown           unknown/unknown           unknown
SCHED        exists  SCHED/SCHED               PROGRESS/transaction      unclaimed/unclaimed       unclaimed/unclaimed       CANCELED
PROGRESS     exists  PROGRESS/transaction      claimed/claimed           COMPLETED/transaction     CANCELED/transaction      PROGRESS
COMPLETED    exists  final/final               final/final               =COMPLETED/transaction    final/final               completed
CANCELED     exists  final/final               final/final               final/final               =CANCELED/transaction     =CANCELED
`

func TestEveryStateTimesEveryAction(t *testing.T) {
	names := map[string]State{"-": None, "SCHED": Scheduled, "PROGRESS": InProgress, "COMPLETED": Completed, "CANCELED": Canceled}
	lines := strings.Split(strings.TrimSpace(oracle), "\n")
	actions := strings.Fields(lines[0])[1:]
	cells := 0
	for _, line := range lines[1:] {
		row := strings.Fields(line)
		for k, cell := range row[1:] {
			with, without, both := strings.Cut(cell, "/")
			if !both {
				without = with
			}
			for owned, want := range map[bool]string{true: with, false: without} {
				cells++
				v, err := next(names[row[0]], Action(actions[k]), owned)
				state, warn := strings.CutPrefix(want, "=")
				to, isState := names[state]
				switch {
				case isState && (err != nil || v.to != to || v.done != warn):
					t.Errorf("%s, %s, owned %v: %v %v, want %s", row[0], actions[k], owned, v, err, want)
				case !isState && (err == nil || codeOf(err) != "ups."+want):
					t.Errorf("%s, %s, owned %v: %v %v, want %s", row[0], actions[k], owned, v, err, want)
				}
			}
		}
	}
	if cells != 60 {
		t.Errorf("%d cells were checked", cells)
	}
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return e.Code
	}
	return ""
}
