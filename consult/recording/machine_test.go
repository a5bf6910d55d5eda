package recording_test

import (
	"flag"
	"os"
	"testing"

	"yilian"
	"yilian/consult/recording"
)

var update = flag.Bool("update", false, "write MACHINES.md anew")

// TestPicture: the picture of the machine is what its table says.
func TestPicture(t *testing.T) {
	m := recording.NewMachine()
	text := "# The state machine of consult/recording\n\n" +
		"Generated from the table by `go test ./consult/recording -run TestPicture -update`; a test compares.\n\n```mermaid\n" +
		m.Mermaid() + "```\n\n" + m.Table()
	if *update {
		if err := os.WriteFile("MACHINES.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("MACHINES.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Error("MACHINES.md is not what the table says: go test ./consult/recording -run TestPicture -update")
	}
}

// TestEveryStateTimesEveryAction: what leads where, and that nothing else does; a person moves nothing but by deleting, holding, releasing.
func TestEveryStateTimesEveryAction(t *testing.T) {
	type edge struct {
		from recording.State
		do   recording.Action
	}
	want := map[edge]recording.State{
		{recording.Asked, recording.ActStart}: recording.On, {recording.Asked, recording.ActDecline}: recording.Declined,
		{recording.Asked, recording.ActFail}: recording.Failed, {recording.On, recording.ActStop}: recording.Stopping,
		{recording.Stopping, recording.ActStore}: recording.Stored, {recording.Stopping, recording.ActFail}: recording.Failed,
		{recording.Stopping, recording.ActDrop}: recording.Deleted, {recording.Stored, recording.ActDrop}: recording.Deleted,
		{recording.Stored, recording.ActDelete}: recording.Deleted,
		{recording.Stored, recording.ActHold}:   recording.Stored, {recording.Stored, recording.ActRelease}: recording.Stored,
		{recording.Stopping, recording.ActHold}: recording.Stopping, {recording.Stopping, recording.ActRelease}: recording.Stopping,
	}
	for _, s := range []recording.State{recording.Asked, recording.On, recording.Stopping, recording.Stored, recording.Declined, recording.Failed} {
		want[edge{s, recording.ActConsent}] = s
	}
	m := recording.NewMachine()
	people := map[recording.Action]bool{recording.ActDelete: true, recording.ActHold: true, recording.ActRelease: true}
	for _, s := range m.States() {
		for _, a := range m.Actions() {
			who, other := yilian.System, townHead
			if people[a] {
				who, other = townHead, town
			}
			to, ok := want[edge{s, a}]
			got, err := m.Next(s, a, who, nil)
			if (err == nil) != ok || ok && got != to {
				t.Errorf("%s in %s: %s, %v; want %s", a, s, got, err, to)
			}
			if _, err := m.Next(s, a, other, nil); err == nil {
				t.Errorf("%s in %s: %v may", a, s, other.Roles)
			}
		}
	}
}
