package reading_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// readersOf are all who may read or review in the property tests.
var readersOf = []yilian.Actor{reader, second, reviewer, actor("hua", county, yilian.RoleReviewer, yilian.RoleRadiologist)}

// TestOneHolder lets readers, reviewers and the clock do whatever they like to one task, in any order, with commands that are lost
// and repeated, and checks after each step: at most one holder, nobody signs twice, no signed version changes, no draft is lost.
func TestOneHolder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		id := w.task(rapid.SampledFrom([]order.Priority{order.Stat, order.Routine}).Draw(rt, "priority")).TaskID()
		h := &history{w: w, id: id, drafts: map[yilian.PersonID]reading.Text{}}
		for i := range rapid.IntRange(5, 60).Draw(rt, "steps") {
			who := rapid.SampledFrom(readersOf).Draw(rt, "who")
			what := h.choose(rt, who)
			lost := rapid.SampledFrom([]flowtest.Outcome{flowtest.Commit, flowtest.Commit, flowtest.Commit, flowtest.FailBefore, flowtest.FailAfter}).Draw(rt, "fault")
			h.step(rt, who, what, lost, i)
			h.check(rt)
		}
	})
}

type history struct {
	w        *world
	id       yilian.ReadingID
	drafts   map[yilian.PersonID]reading.Text // what each has been told is saved
	versions []reading.Version
}

// choose draws what somebody does: mostly what the page would offer them, sometimes anything.
func (h *history) choose(t *rapid.T, who yilian.Actor) string {
	if rapid.IntRange(0, 3).Draw(t, "anything") > 0 {
		d, err := h.w.Detail(h.w.ctx, who, h.id)
		if err != nil {
			t.Fatal(err)
		}
		offered := slices.DeleteFunc(d.Actions, func(a string) bool { return a == "addendum" || a == "critical" })
		return rapid.SampledFrom(append(offered, "wait", "long wait")).Draw(t, "offered")
	}
	return rapid.SampledFrom([]string{"claim", "write", "heartbeat", "aside", "submit", "take-review", "return", "release", "recall"}).Draw(t, "what")
}

// step does one thing; with a fault the command is repeated with its key, as a client does that got no answer.
func (h *history) step(t *rapid.T, who yilian.Actor, what string, fault flowtest.Outcome, n int) {
	w := h.w
	switch what {
	case "wait":
		w.pass(time.Minute)
		return
	case "long wait":
		w.pass(7 * time.Minute)
		return
	}
	cmd := w.by(who)
	cmd.Key = fmt.Sprint(n)
	text := reading.Text{Findings: fmt.Sprintf("%s %d。", who.Person, n), Impression: "x"}
	do := func() error {
		var err error
		switch what {
		case "claim":
			_, err = w.Claim(w.ctx, cmd, h.id)
		case "write":
			_, err = w.SaveDraft(w.ctx, w.saw(who, 1<<40), h.id, text)
		case "heartbeat":
			_, err = w.Heartbeat(w.ctx, who, h.id)
		case "aside":
			_, err = w.Aside(w.ctx, cmd, h.id, "")
		case "submit":
			_, err = w.Submit(w.ctx, cmd, h.id, reading.Signing{})
		case "take-review":
			_, err = w.TakeReview(w.ctx, cmd, h.id)
		case "return":
			_, err = w.Return(w.ctx, cmd, h.id, "why", 2)
		case "release":
			_, err = w.Release(w.ctx, cmd, h.id, reading.Signing{})
		case "recall":
			_, err = w.Recall(w.ctx, cmd, h.id, "why")
		}
		return err
	}
	if fault != flowtest.Commit {
		once := sync.OnceValue(func() flowtest.Outcome { return fault })
		first := true
		w.store.SetFault(func() flowtest.Outcome {
			if first {
				first = false
				return once()
			}
			return flowtest.Commit
		})
	}
	err := do()
	w.store.SetFault(nil)
	if yilian.KindOf(err) == yilian.Unavailable {
		err = do()
	}
	if err == nil && what == "write" {
		h.drafts[who.Person] = text
	}
	if err != nil && yilian.KindOf(err) == yilian.Internal {
		t.Fatalf("%s by %s: %v", what, who.Person, err)
	}
}

func (h *history) check(t *rapid.T) {
	w := h.w
	held := 0
	for _, who := range readersOf {
		d, err := w.Detail(w.ctx, who, h.id)
		if err != nil {
			t.Fatal(err)
		}
		if d.Mine {
			held++
		}
		if d.Mine != has(d.Actions, "heartbeat") {
			t.Fatalf("%s holds it: %v, but may %v", who.Person, d.Mine, d.Actions)
		}
		locked := d.State == reading.Claimed || d.State == reading.Reading || d.State == reading.InReview
		if locked != (d.Holder.ID != "") {
			t.Fatalf("%s is held by %q", d.State, d.Holder.ID)
		}
		h.signed(t, d)
	}
	if held > 1 {
		t.Fatalf("%d hold it", held)
	}
	for who, text := range h.drafts {
		if !h.kept(t, who, text) {
			t.Fatalf("the draft of %s is lost", who)
		}
	}
}

// signed: versions are only ever added, and a final one has two signers.
func (h *history) signed(t *rapid.T, d reading.Detail) {
	got := d.Report.Versions
	if len(got) < len(h.versions) {
		t.Fatal("a signed version is gone")
	}
	for i, v := range h.versions {
		if got[i].Hash != v.Hash || got[i].Text != v.Text {
			t.Fatalf("version %d has changed", v.N)
		}
	}
	for _, v := range got {
		if v.Step == reading.StepFinal && (v.Writer.ID == v.Reviewer.ID || v.Reviewer.ID == "") {
			t.Fatalf("version %d is final with the signatures of %s and %s", v.N, v.Writer.ID, v.Reviewer.ID)
		}
	}
	h.versions = slices.Clone(got)
	if d.State == reading.Released && (d.Order.State != order.Released || !d.Report.Public()) {
		t.Fatalf("released, but order %s, public %v", d.Order.State, d.Report.Public())
	}
}

// kept: what somebody was told is saved is still their draft, or stands beside what overtook it, or was signed.
func (h *history) kept(t *rapid.T, who yilian.PersonID, text reading.Text) bool {
	for _, v := range h.versions {
		if v.Text == text {
			return true
		}
	}
	found := false
	err := h.w.store.View(h.w.ctx, func(rd flow.Reader) error {
		rec, err := rd.Get(flow.Ref{Kind: "draft", ID: string(h.id) + "/" + string(who)})
		found = err == nil && containsText(rec.Doc, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestOneOfManyClaimsWins has all readers claim at the same moment.
func TestOneOfManyClaimsWins(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		id := w.task(order.Routine).TaskID()
		var wait sync.WaitGroup
		errs := make([]error, len(readersOf))
		for i, who := range readersOf {
			wait.Go(func() { _, errs[i] = w.Claim(w.ctx, w.by(who), id) })
		}
		wait.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			e, ok := errors.AsType[*yilian.Error](err)
			if !ok || e.Kind != yilian.Conflict || e.Params["winner"] == "" || e.Params["state"] != string(reading.Claimed) {
				t.Fatalf("a loser is told %v", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d have won", won)
		}
		w.pass(8 * time.Hour)
	}
}
