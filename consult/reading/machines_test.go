package reading_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/reading"
)

var update = flag.Bool("update", false, "write MACHINES.md anew")

var allRoles = []yilian.Role{
	yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleTechnologist, yilian.RoleCoordinator,
	yilian.RoleHead, yilian.RoleAdmin, yilian.RoleAuditor, yilian.RoleKiosk, yilian.RoleProgram, yilian.RoleSystem,
}

// walk compares a machine with a second transcription of its rules, cell by cell and role by role. Each line of want is
// "states: action -> next (roles)"; "=" is the same state; what no line names must be refused as a Conflict that carries the state.
func walk[S, A ~string](t *testing.T, m *flow.Machine[S, A], want string) {
	t.Helper()
	type cell struct {
		s S
		a A
	}
	next, who := map[cell]S{}, map[cell][]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		from, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		action, rest, _ := strings.Cut(rest, " -> ")
		to, roles, _ := strings.Cut(rest, " (")
		for _, s := range strings.Split(from, " ") {
			c := cell{S(strings.Trim(s, "-")), A(action)}
			if _, twice := next[c]; twice {
				t.Fatalf("the transcription names %s in %q twice", action, s)
			}
			next[c], who[c] = S(to), strings.Split(strings.TrimSuffix(roles, ")"), " ")
			if to == "=" {
				next[c] = c.s
			}
		}
	}
	seen := 0
	for _, s := range m.States() {
		for _, a := range m.Actions() {
			to, ok := next[cell{s, a}]
			if ok {
				seen++
			}
			for _, role := range allRoles {
				got, err := m.Next(s, a, yilian.Actor{Person: "p", Roles: []yilian.Role{role}}, nil)
				switch {
				case !ok && yilian.KindOf(err) == yilian.Conflict && got == s:
				case ok && slices.Contains(who[cell{s, a}], string(role)) && err == nil && got == to:
				case ok && !slices.Contains(who[cell{s, a}], string(role)) && yilian.KindOf(err) == yilian.Forbidden && got == s:
				default:
					t.Errorf("%s: %s by %s in %q: %q, %v", m.Name(), a, role, s, got, err)
				}
			}
		}
	}
	if seen != len(next) {
		t.Errorf("%s: the transcription names %d cells, the table has %d of them", m.Name(), len(next), seen)
	}
}

func TestStudyMachine(t *testing.T) {
	walk(t, reading.StudyMachine(), `
		receiving: arrive -> receiving (system)
		receiving: complete -> complete (system)
		complete: match -> matched (system)
		complete: miss -> unmatched (system)
		complete: contest -> conflict (system)
		matched unmatched conflict filed: late -> = (system)
		unmatched conflict: overdue -> = (system)
		unmatched conflict: correct -> complete (system)
		matched filed: correct -> = (system)
		unmatched conflict: link -> matched (technologist coordinator)
		matched: unlink -> unmatched (technologist coordinator)
		unmatched conflict: file -> filed (technologist coordinator)
		filed: unfile -> complete (technologist coordinator)`)
}

func TestTaskMachine(t *testing.T) {
	walk(t, reading.Machine(), `
		created unassigned: admit -> eligible (system)
		created: strand -> unassigned (system)
		eligible: offer -> offered (system)
		offered put_aside returned: claim -> claimed (radiologist reviewer)
		offered put_aside returned: skip -> = (radiologist reviewer)
		claimed reading in_review: heartbeat -> = (radiologist reviewer)
		claimed: write -> reading (radiologist reviewer)
		reading in_review: write -> = (radiologist reviewer)
		claimed reading: aside -> put_aside (radiologist reviewer)
		in_review: aside -> submitted (reviewer)
		claimed reading: lapse -> put_aside (system)
		in_review: lapse -> submitted (system)
		reading: submit -> submitted (radiologist reviewer)
		submitted: recall -> returned (radiologist reviewer)
		released closed: recall -> = (reviewer)
		submitted: take-review -> in_review (reviewer)
		in_review: return -> returned (reviewer)
		in_review: release -> released (reviewer)
		released closed: addendum -> = (radiologist reviewer)
		claimed reading submitted in_review returned released closed put_aside: critical -> = (radiologist reviewer)
		released: close -> closed (requester head system)
		created eligible offered unassigned claimed reading put_aside: cancel -> cancelled (system technologist coordinator)`)
}

func TestReportMachine(t *testing.T) {
	walk(t, reading.ReportMachine(), `
		- draft: sign -> submitted (radiologist reviewer)
		- draft: signPreliminary -> preliminary (radiologist reviewer)
		final appended corrected: sign -> = (radiologist reviewer)
		final appended corrected: return -> = (radiologist reviewer)
		submitted preliminary: return -> draft (radiologist reviewer)
		submitted preliminary: review -> reviewed (reviewer)
		reviewed: finalise -> final (reviewer)
		final appended corrected: append -> appended (reviewer)
		final appended corrected: correct -> corrected (reviewer)
		final appended corrected: mark -> = (reviewer)`)
}

func TestCriticalMachine(t *testing.T) {
	walk(t, reading.CriticalMachine(), `
		flagged: notify -> notifying (system radiologist reviewer)
		notifying escalated: delivered -> delivered (requester head coordinator)
		delivered: delivered -> = (requester head coordinator)
		notifying delivered escalated: acknowledge -> acknowledged (requester head coordinator)
		notifying delivered escalated: escalate -> escalated (system)
		acknowledged: act -> acted (requester head coordinator)
		acknowledged: remind -> = (system)
		acted: close -> closed (system requester head coordinator)
		flagged notifying delivered escalated acknowledged acted: downgrade -> downgraded (radiologist reviewer)
		downgraded: acknowledge -> closed (requester head coordinator)`)
}

func TestFeedbackMachine(t *testing.T) {
	walk(t, reading.FeedbackMachine(), `
		-: tell -> told (reviewer)
		told: acknowledge -> acknowledged (radiologist reviewer)
		acknowledged: acknowledge -> = (radiologist reviewer)`)
}

// TestPictures keeps MACHINES.md what the tables say; go test -update writes it.
func TestPictures(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The state machines of consult/reading\n\nGenerated from the tables by `go test ./consult/reading -run TestPictures -update`; a test compares.\n")
	for _, m := range []struct {
		title   string
		picture func() string
		table   func() string
	}{
		{"Study: the clinical life of a study", reading.StudyMachine().Mermaid, reading.StudyMachine().Table},
		{"Read task", reading.Machine().Mermaid, reading.Machine().Table},
		{"Report", reading.ReportMachine().Mermaid, reading.ReportMachine().Table},
		{"Critical finding (危急值)", reading.CriticalMachine().Mermaid, reading.CriticalMachine().Table},
		{"Feedback: a review's significant or urgent difference, told to the writer", reading.FeedbackMachine().Mermaid, reading.FeedbackMachine().Table},
	} {
		b.WriteString("\n## " + m.title + "\n\n```mermaid\n" + m.picture() + "```\n\n" + m.table())
	}
	if *update {
		if err := os.WriteFile("MACHINES.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("MACHINES.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("MACHINES.md is not what the tables say: go test ./consult/reading -run TestPictures -update")
	}
}
