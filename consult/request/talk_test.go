package request

import (
	"strings"
	"testing"

	"yilian"
)

// TestTalk: the chat belongs to the dossier; it is kept once, and its words are not in the trail.
func TestTalk(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	lines := []Line{{Seq: 1, Person: b.county.ID("town"), Name: "镇医生", Text: "血压 80/50", At: b.now}, {Seq: 2, Person: b.county.ID("first"), Name: "一线甲", Text: "补液", At: b.now}}
	for _, l := range append(lines, lines[0]) {
		if err := b.svc.Said(t.Context(), b.id(r), l); err != nil {
			t.Fatal(err)
		}
	}
	for _, grade := range []string{"good", "good", "bad", "excellent"} {
		if err := b.svc.Measured(t.Context(), b.id(r), Measurement{Person: b.county.ID("town"), Name: "镇医生", Grade: grade}); err != nil {
			t.Fatal(err)
		}
	}
	talk, err := b.svc.Talk(t.Context(), b.county.Actor("first"), b.id(r))
	if err != nil || len(talk.Lines) != 2 || talk.Lines[1].Text != "补液" || len(talk.Quality) != 1 || talk.Quality[0].Good != 2 || talk.Quality[0].Bad != 1 {
		t.Errorf("%+v, %v", talk, err)
	}
	events, err := b.svc.talks.Events(t.Context(), r.ID)
	if err != nil || len(events) != 2 || strings.Contains(string(events[0].Data), "80/50") {
		t.Errorf("%+v, %v", events, err)
	}
	if _, err := b.svc.Talk(t.Context(), b.county.Actor("hamlet"), b.id(r)); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a stranger reads along: %v", err)
	}
	if now := b.get(r); now.Version != r.Version {
		t.Error("the chat changed the request")
	}
}
