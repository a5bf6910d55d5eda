package request

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/flow"
)

// oracle is the task table written a second time, the other way round: for each state what leads where. A cell that is not here
// must be refused.
var oracle = map[State]string{
	None:            "create>draft",
	Draft:           "edit>draft attach>draft image>draft submit>submitted cancel>cancelled",
	Submitted:       "queue>queued return>returned cancel>cancelled",
	Queued:          "attach>queued image>queued ring>offered escalate>queued exhaust>unanswered return>returned accept>accepted assign>offered cancel>cancelled guest>queued",
	Offered:         "attach>offered image>offered ring>offered lapse>offered decline>offered requeue>queued escalate>offered exhaust>unanswered return>returned accept>accepted assign>offered cancel>cancelled guest>offered",
	Accepted:        "attach>accepted image>accepted join>accepted begin>in_service callback>in_service unjoined>queued observe>accepted cancel>cancelled guest>accepted guestUse>accepted invite>accepted excuse>accepted",
	InService:       "attach>in_service image>in_service join>in_service callback>in_service observe>in_service takeover>queued end>awaiting_opinion write>in_service guest>in_service guestUse>in_service invite>in_service excuse>in_service lecture>in_service",
	AwaitingOpinion: "attach>awaiting_opinion image>awaiting_opinion observe>awaiting_opinion write>awaiting_opinion sign>opined remind>awaiting_opinion",
	Opined:          "attach>opined image>opined acknowledge>closed amend>opined withdraw>awaiting_opinion remind>opined",
	Closed:          "amend>opined withdraw>awaiting_opinion",
	Returned:        "edit>returned attach>returned image>returned resubmit>submitted cancel>cancelled remind>returned",
	Cancelled:       "",
	Unanswered:      "attach>unanswered image>unanswered accept>accepted assign>offered dispose>closed cancel>cancelled remind>unanswered guest>unanswered",
}

// everybody has every role, so that only the table can refuse.
var everybody = yilian.Actor{Person: "p", Roles: []yilian.Role{yilian.RoleSystem, yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleCoordinator, yilian.RoleHead}}

func TestEveryStateTimesEveryAction(t *testing.T) {
	m := NewMachines().Task
	if len(oracle) != len(m.States()) {
		t.Fatalf("%d states in the oracle, %d in the table", len(oracle), len(m.States()))
	}
	transcript(t, m, oracle)
}

// TestTheOtherRegions: the same for the media session, the opinion and the ladder.
func TestTheOtherRegions(t *testing.T) {
	m := NewMachines()
	transcript(t, m.Media, map[Media]string{
		MediaNone:        "ring>ringing answer>connecting",
		MediaRinging:     "ring>ringing quiet>none answer>connecting",
		MediaConnecting:  "quiet>none connect>live giveUp>failed handOver>none end>ended",
		MediaLive:        "degrade>degraded lose>interrupted giveUp>failed handOver>none end>ended",
		MediaDegraded:    "recover>live lose>interrupted giveUp>failed handOver>none end>ended",
		MediaInterrupted: "rejoin>live giveUp>failed handOver>none end>ended",
		MediaEnded:       "ring>ringing answer>connecting",
		MediaFailed:      "ring>ringing answer>connecting rejoin>live handOver>none end>ended",
	})
	transcript(t, m.Opinion, map[DocState]string{
		DocNone: "write>draft", DocDraft: "write>draft sign>signed takeover>none", DocSigned: "amend>amended withdraw>withdrawn",
		DocAmended: "amend>amended withdraw>withdrawn", DocWithdrawn: "write>draft",
	})
	transcript(t, m.Escalation, map[Level]string{L0: "raise>L1", L1: "raise>L2", L2: "raise>L3", L3: "raise>L4", L4: ""})
}

// transcript compares every cell of a machine with a second transcription of it.
func transcript[S, A ~string](t *testing.T, m *flow.Machine[S, A], oracle map[S]string) {
	t.Helper()
	for _, from := range m.States() {
		want := map[A]S{}
		for _, pair := range strings.Fields(oracle[from]) {
			a, to, _ := strings.Cut(pair, ">")
			want[A(a)] = S(to)
		}
		for _, a := range m.Actions() {
			to, err := m.Next(from, a, everybody, nil)
			expected, named := want[a]
			if named && (err != nil || to != expected) || !named && (yilian.KindOf(err) != yilian.Conflict || to != from) {
				t.Errorf("%s: %s in %q leads to %q (%v), want %q", m.Name(), a, from, to, err, expected)
			}
		}
	}
}

// TestRolesOfEveryAction: each action for each role, from a state that has it.
func TestRolesOfEveryAction(t *testing.T) {
	who := map[Action]string{
		ActCreate: "requester", ActEdit: "requester", ActAttach: "requester specialist", ActSubmit: "requester", ActResubmit: "requester",
		ActReturn: "coordinator specialist", ActCancel: "requester coordinator", ActAccept: "specialist", ActDecline: "specialist",
		ActAssign: "coordinator head", ActDispose: "coordinator head", ActJoin: "requester specialist", ActCallback: "specialist",
		ActTakeover: "system coordinator requester", ActEnd: "specialist requester system", ActWrite: "specialist", ActSign: "specialist",
		ActAmend: "specialist head", ActWithdraw: "specialist head", ActAcknowledge: "requester",
		ActQueue: "system", ActRing: "system", ActLapse: "system", ActRequeue: "system", ActEscalate: "system", ActExhaust: "system",
		ActBegin: "system", ActUnjoined: "system", ActObserve: "system", ActRemind: "system", ActImage: "system", ActGuestUse: "system",
		ActGuest: "requester specialist", ActInvite: "specialist", ActExcuse: "specialist", ActLecture: "specialist",
	}
	roles := []yilian.Role{
		yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleTechnologist, yilian.RoleCoordinator,
		yilian.RoleHead, yilian.RoleAdmin, yilian.RoleAuditor, yilian.RoleKiosk, yilian.RoleProgram, yilian.RoleSystem,
	}
	m := NewMachines().Task
	for _, row := range m.Rows() {
		for _, role := range roles {
			_, err := m.Next(row.From[0], row.Action, yilian.Actor{Roles: []yilian.Role{role}}, nil)
			if allowed := slices.Contains(strings.Fields(who[row.Action]), string(role)); allowed != (err == nil) {
				t.Errorf("%s by %s: %v", row.Action, role, err)
			}
		}
	}
}

// TestEveryGuardHasARule: a name in the table without a rule would let nobody through.
func TestEveryGuardHasARule(t *testing.T) {
	for _, row := range NewMachines().Task.Rows() {
		if _, known := guards[row.Guard]; row.Guard != "" && !known {
			t.Errorf("guard %q of %s has no rule", row.Guard, row.Action)
		}
	}
}

// TestNoDeadEnds: from every state but the final ones, the service or somebody can go on, and every state can be reached.
func TestNoDeadEnds(t *testing.T) {
	m := NewMachines().Task
	reached := map[State]bool{None: true}
	for range m.States() {
		for _, row := range m.Rows() {
			for _, from := range row.From {
				if to, err := m.Next(from, row.Action, everybody, nil); reached[from] && err == nil {
					reached[to] = true
				}
			}
		}
	}
	for _, s := range m.States() {
		if !reached[s] {
			t.Errorf("%q is never reached", s)
		}
		if leaves := strings.Contains(oracle[s], ">"); !leaves && s != Cancelled {
			t.Errorf("nothing leads out of %q", s)
		}
	}
}

var write = flag.Bool("write", false, "write MACHINES.md anew")

// TestPicture: MACHINES.md is what the tables say. `go test ./consult/request -run Picture -write` draws it anew.
func TestPicture(t *testing.T) {
	m := NewMachines()
	var b strings.Builder
	b.WriteString("# The machines of a consult request\n\nDrawn from the tables in machines.go by `go test ./consult/request -run Picture -write`; a test holds them together. What a table does not name is refused.\n")
	chapter(&b, "Task", m.Task)
	chapter(&b, "Media session", m.Media)
	chapter(&b, "Opinion", m.Opinion)
	chapter(&b, "Escalation", m.Escalation)
	if *write {
		if err := os.WriteFile("MACHINES.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile("MACHINES.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != b.String() {
		t.Error("MACHINES.md is not what the tables say; draw it anew with -write")
	}
}

func chapter[S, A ~string](b *strings.Builder, title string, m *flow.Machine[S, A]) {
	fmt.Fprintf(b, "\n## %s\n\n```mermaid\n%s```\n\n%s", title, m.Mermaid(), m.Table())
}
