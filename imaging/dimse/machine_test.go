package dimse

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// standard is PS3.8 Table 9-10 a second time, written down from the standard in another form and apart from the first:
// an event, then state or range of states = action. What is not named is an empty cell.
const standard = `
E1   1=AE-1
E2   4=AE-2
E3   2=AA-1 3=AA-8 5=AE-3 6-12=AA-8 13=AA-6
E4   2=AA-1 3=AA-8 5=AE-4 6-12=AA-8 13=AA-6
E5   1=AE-5
E6   2=AE-6 3=AA-8 5-12=AA-8 13=AA-7
E7   3=AE-7
E8   3=AE-8
E9   6=DT-1 8=AR-7
E10  2=AA-1 3=AA-8 5=AA-8 6=DT-2 7=AR-6 8-12=AA-8 13=AA-6
E11  6=AR-1
E12  2=AA-1 3=AA-8 5=AA-8 6=AR-2 7=AR-8 8-12=AA-8 13=AA-6
E13  2=AA-1 3=AA-8 5-6=AA-8 7=AR-3 8-9=AA-8 10=AR-10 11=AR-3 12=AA-8 13=AA-6
E14  8=AR-4 9=AR-9 12=AR-4
E15  3=AA-1 4=AA-2 5-12=AA-1
E16  2=AA-2 3=AA-3 5-12=AA-3 13=AA-2
E17  2=AA-5 3-12=AA-4 13=AR-5
E18  2=AA-2 13=AA-2
E19  2=AA-1 3=AA-8 5-12=AA-8 13=AA-7
`

// transcription reads standard into "E3 Sta5" → "AE-3".
func transcription(t *testing.T) map[string]string {
	t.Helper()
	cells := map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(standard)) {
		words := strings.Fields(line)
		for _, word := range words[1:] {
			where, act, _ := strings.Cut(word, "=")
			from, to, isRange := strings.Cut(where, "-")
			if !isRange {
				to = from
			}
			first, err1 := strconv.Atoi(from)
			last, err2 := strconv.Atoi(to)
			if err1 != nil || err2 != nil {
				t.Fatalf("bad cell %q", word)
			}
			for s := first; s <= last; s++ {
				cells[fmt.Sprintf("%s Sta%d", words[0], s)] = act
			}
		}
	}
	return cells
}

func TestTransitionsAreTheStandards(t *testing.T) {
	want := transcription(t)
	seen := 0
	for e := event(1); e <= events; e++ {
		for s := state(1); s <= states; s++ {
			cell := fmt.Sprintf("%v %v", e, s)
			expected, named := want[cell]
			if !named {
				expected = "-"
			}
			if got := s.on(e).String(); got != expected {
				t.Errorf("%s: %s, want %s", cell, got, expected)
			}
			seen++
		}
	}
	if seen != 247 {
		t.Errorf("compared %d cells, want 247", seen)
	}
}

// TestNextStates holds each action's next state against PS3.8 Tables 9-6 to 9-9, again written down apart.
func TestNextStates(t *testing.T) {
	want := map[string]string{
		"AE-1": "4", "AE-2": "5", "AE-3": "6", "AE-4": "1", "AE-5": "2", "AE-6": "3 or 13", "AE-7": "6", "AE-8": "13",
		"DT-1": "6", "DT-2": "6",
		"AR-1": "7", "AR-2": "8", "AR-3": "1", "AR-4": "13", "AR-5": "1", "AR-6": "7", "AR-7": "8", "AR-8": "9 or 10", "AR-9": "11", "AR-10": "12",
		"AA-1": "13", "AA-2": "1", "AA-3": "1", "AA-4": "1", "AA-5": "1", "AA-6": "13", "AA-7": "13", "AA-8": "13",
	}
	for _, r := range rules[1:] {
		got := strconv.Itoa(int(r.next))
		if r.orTo != 0 {
			got += " or " + strconv.Itoa(int(r.orTo))
		}
		if got != want[r.name] {
			t.Errorf("%s leads to %s, want %s", r.name, got, want[r.name])
		}
		delete(want, r.name)
	}
	if len(want) != 0 {
		t.Errorf("actions missing: %v", want)
	}
}

func TestOutsideTheTableIsRefused(t *testing.T) {
	for _, s := range []state{0, states + 1, 255} {
		for _, e := range []event{0, e1, events + 1, 255} {
			if a := s.on(e); a != no {
				t.Errorf("%v %v: %v", s, e, a)
			}
		}
	}
}
