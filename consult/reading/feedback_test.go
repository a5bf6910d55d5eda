package reading_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// inReview is a read that the reader has signed and the reviewer has taken.
func (w *world) inReview() yilian.ReadingID {
	w.t.Helper()
	id := w.task(order.Routine).TaskID()
	w.write(reader, id, normal)
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	return id
}

func (w *world) feedback(who yilian.Actor) []reading.FeedbackItem {
	w.t.Helper()
	items, _, err := w.Feedback(w.ctx, who, "", 0)
	w.ok(err)
	return items
}

// TestFeedbackIsTheWriters: a significant difference is told to whom it concerns and to nobody else, once, until they take note.
func TestFeedbackIsTheWriters(t *testing.T) {
	w := newWorld(t)
	id := w.inReview()
	cmd := w.by(reviewer)
	cmd.Key = "press"
	for range 2 { // the line broke before the answer came: the page sends it again
		_, err := w.Return(w.ctx, cmd, id, "左右写反", 3)
		w.ok(err)
	}
	list := w.feedback(reader)
	if len(list) != 1 {
		t.Fatalf("%d notices, want 1", len(list))
	}
	f := list[0]
	if f.Grade != 3 || f.Reviewer.ID != reviewer.Person || f.Seen == nil || f.Seen.Person.Name != "王小东" || f.Seen.Graded.Reason != "左右写反" || f.Seen.Graded.Step != reading.StepReturned {
		t.Fatalf("%+v", f)
	}
	w.told(f.ID, "person:"+string(reader.Person))
	elsewhere := reader
	elsewhere.Institution = sister
	desk := reader
	desk.Roles = []yilian.Role{yilian.RoleCoordinator}
	for _, who := range []yilian.Actor{reviewer, second, coordinator, doctor, siteHead, stranger, elsewhere, desk, yilian.System} {
		if n := len(w.feedback(who)); n != 0 {
			t.Errorf("%s at %s sees %d notices", who.Name, who.Institution, n)
		}
		if err := w.AcknowledgeFeedback(w.ctx, w.by(who), f.ID); err == nil {
			t.Errorf("%s at %s takes note for the writer", who.Name, who.Institution)
		}
	}
	if got := code(w.AcknowledgeFeedback(w.ctx, w.by(second), f.ID)); got != "feedback.unknown" {
		t.Errorf("another reader is told %s", got)
	}
	if got := code(w.AcknowledgeFeedback(w.ctx, w.by(reader), "none")); got != "feedback.unknown" {
		t.Errorf("a notice that never was: %s", got)
	}
	for range 2 { // in two windows
		w.ok(w.AcknowledgeFeedback(w.ctx, w.by(reader), f.ID))
	}
	if n := len(w.feedback(reader)); n != 0 {
		t.Errorf("%d notices after they were noted", n)
	}
	if got := w.feedbackTrail(f.ID); !slices.Equal(got, []string{"tell qiao", "acknowledge lin"}) {
		t.Errorf("the trail says %v", got)
	}
}

// feedbackTrail answers who did what to a notice, and fails if the trail names the patient.
func (w *world) feedbackTrail(id string) (did []string) {
	w.t.Helper()
	w.ok(w.store.View(w.ctx, func(rd flow.Reader) error {
		events, err := rd.Events(flow.Ref{Kind: reading.FeedbackKind, ID: id})
		for _, e := range events {
			did = append(did, e.Action+" "+string(e.Actor.Person))
			if doc, _ := json.Marshal(e); strings.Contains(string(doc), "王小东") || strings.Contains(string(doc), "左右") {
				w.t.Errorf("the trail says %s", doc)
			}
		}
		return err
	}))
	return did
}

// told looks into the outbox: one message about a notice waits there, for one audience.
func (w *world) told(id, audience string) {
	w.t.Helper()
	messages, err := w.store.ClaimMessages(w.ctx, w.clock(), 10_000, time.Minute)
	w.ok(err)
	n := 0
	for _, m := range messages {
		if m.Topic != reading.FeedbackKind || m.Key != id {
			continue
		}
		if n++; !slices.Equal(m.Audience, []string{audience}) {
			w.t.Errorf("told to %v", m.Audience)
		}
	}
	if n != 1 {
		w.t.Errorf("%d messages wait in the outbox, want one", n)
	}
}

// TestFeedbackByGrade: only significant and urgent differences are told, with a return and with the second signature.
func TestFeedbackByGrade(t *testing.T) {
	for grade, want := range []int{0, 0, 0, 1, 1} {
		w := newWorld(t)
		id := w.inReview()
		_, err := w.Release(w.ctx, w.by(reviewer), id, reading.Signing{Discrepancy: grade})
		w.ok(err)
		if got := w.feedback(reader); len(got) != want || want == 1 && (got[0].Grade != grade || got[0].Seen.Graded.Step != reading.StepFinal) {
			t.Errorf("released with %d: %+v", grade, got)
		}
		w = newWorld(t)
		id = w.inReview()
		_, err = w.Return(w.ctx, w.by(reviewer), id, "x", grade)
		w.ok(err)
		if got := w.feedback(reader); len(got) != want {
			t.Errorf("returned with %d: %d notices", grade, len(got))
		}
	}
}

// TestFeedbackOfEachReview: each review tells for itself, the urgent one stands first, and a report taken back carries no old grade.
func TestFeedbackOfEachReview(t *testing.T) {
	w := newWorld(t)
	id := w.inReview()
	_, err := w.Return(w.ctx, w.by(reviewer), id, "x", 3)
	w.ok(err)
	sign := func() {
		w.write(reader, id, normal)
		_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
		w.ok(err)
	}
	sign()
	_, err = w.Recall(w.ctx, w.by(reader), id, "typo")
	w.ok(err)
	d, err := w.Detail(w.ctx, reader, id)
	w.ok(err)
	if last := d.Report.Versions[len(d.Report.Versions)-1]; last.Discrepancy != 0 || len(w.feedback(reader)) != 1 {
		t.Errorf("taking it back has grade %d, %d notices", last.Discrepancy, len(w.feedback(reader)))
	}
	sign()
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	if _, err := w.Release(w.ctx, w.by(reviewer), id, reading.Signing{Discrepancy: 5}); err == nil || len(w.feedback(reader)) != 1 {
		t.Errorf("a release that was refused: %v", err)
	}
	_, err = w.Release(w.ctx, w.by(reviewer), id, reading.Signing{Discrepancy: 4})
	w.ok(err)
	if got := w.feedback(reader); len(got) != 2 || got[0].Grade != 4 || got[1].Grade != 3 {
		t.Errorf("%+v", got)
	}
}
