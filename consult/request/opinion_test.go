package request

import (
	"context"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
)

var said = Text{Findings: "ST 抬高", Diagnosis: "急性心肌梗死", Advice: "溶栓", Referral: true}

// opined is a request whose opinion is signed by "first".
func (b *bench) opined() Request {
	b.t.Helper()
	r := b.inCall(Urgent, "first")
	b.must(b.svc.End(context.Background(), b.by("first"), b.id(r), ""))
	b.must(b.svc.Write(context.Background(), b.by("first"), b.id(r), said))
	return b.must(b.svc.Sign(context.Background(), b.by("first"), b.id(r)))
}

// TestAmendAndWithdraw: what is signed stays; the requester must acknowledge again.
func TestAmendAndWithdraw(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	r := b.opined()
	r = b.must(b.svc.Acknowledge(ctx, b.seen("town", r), b.id(r), "adopted", ""))
	changed := said
	changed.Advice = "急诊 PCI"
	if _, err := b.svc.Amend(ctx, b.seen("first2", r), b.id(r), changed, Reason{Code: "new_data"}); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("a colleague amended: %v", err)
	}
	r = b.must(b.svc.Amend(ctx, b.seen("first", r), b.id(r), changed, Reason{Code: "new_data"}))
	wantState(t, r, Opined, MediaEnded)
	if len(r.Opinion.History) != 2 || r.Opinion.History[0].Text != said || r.Adoption != nil || r.Opinion.State != DocAmended {
		t.Errorf("opinion %+v, adoption %+v", r.Opinion, r.Adoption)
	}
	head := b.by("head")
	head.Version = r.Version
	r = b.must(b.svc.Withdraw(ctx, head, b.id(r), Reason{Code: "correction"}))
	wantState(t, r, AwaitingOpinion, MediaEnded)
	if r.Opinion.current() != nil || len(r.Opinion.History) != 3 || r.Opinion.History[2].Author.Name != "科主任" {
		t.Errorf("after the withdrawal: %+v", r.Opinion)
	}
	b.must(b.svc.Write(ctx, b.by("first"), b.id(r), changed))
	r = b.must(b.svc.Sign(ctx, b.by("first"), b.id(r)))
	if v := r.Opinion.current(); v == nil || v.Version != 4 || v.State != DocSigned {
		t.Errorf("signed again: %+v", v)
	}
	for _, v := range r.Opinion.History {
		if v.Hash != v.digest(r.Number) {
			t.Errorf("version %d is not what was hashed", v.Version)
		}
	}
}

// TestStaleOpinion: an autosave from a second window does not overwrite, and news from the call do not disturb.
func TestStaleOpinion(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	first := b.must(b.svc.Write(t.Context(), b.seen("first", r), b.id(r), Text{Findings: "one"}))
	b.media(r, "first", PersonDegraded)
	second := b.must(b.svc.Write(t.Context(), b.seen("first", first), b.id(r), Text{Findings: "two"}))
	if _, err := b.svc.Write(t.Context(), b.seen("first", first), b.id(r), Text{Findings: "three"}); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("an old window overwrote: %v", err)
	}
	if again := b.must(b.svc.Write(t.Context(), b.seen("first", second), b.id(r), Text{Findings: "two"})); again.Version != second.Version {
		t.Error("saving the same text made a version")
	}
}

// TestSigningNeedsAFiledPoint: edge case 21, and A13.
func TestSigningNeedsAFiledPoint(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	b.must(b.svc.End(t.Context(), b.by("first"), b.id(r), ""))
	r = b.must(b.svc.Write(t.Context(), b.by("first"), b.id(r), said))
	elsewhere := b.by("first")
	elsewhere.Actor.Institution = b.county.Partner
	if _, err := b.svc.Sign(t.Context(), elsewhere, b.id(r)); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("signed at an institution without a practice point: %v", err)
	}
	p := b.person("first")
	p.Points[0].Filed = false
	b.save(p)
	if _, err := b.svc.Sign(t.Context(), b.by("first"), b.id(r)); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("signed at a point that is not filed: %v", err)
	}
	if got := b.actions("first", b.get(r)); slices.Contains(got, ActSign) {
		t.Errorf("the page offers %v", got)
	}
}

func (b *bench) person(login string) directory.Person {
	b.t.Helper()
	p, err := b.dir.Person(context.Background(), b.county.ID(login))
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) save(p directory.Person) {
	b.t.Helper()
	cmd := b.by("admin")
	cmd.Version = p.Version
	if _, err := b.dir.SavePerson(context.Background(), cmd, p); err != nil {
		b.t.Fatal(err)
	}
}

// TestOpinionReminders: 50, 80 and 100 percent of 30 minutes; then the desk sees it.
func TestOpinionReminders(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	r = b.must(b.svc.End(t.Context(), b.by("first"), b.id(r), ""))
	for i, want := range []struct {
		at       time.Duration
		reminded int
		alarm    bool
	}{{14 * time.Minute, 0, false}, {2 * time.Minute, 1, false}, {9 * time.Minute, 2, false}, {6 * time.Minute, 3, true}, {100 * time.Minute, 3, true}} {
		b.pass(want.at)
		if r = b.get(r); r.OpinionDue.Reminded != want.reminded || r.Ladder.Alarm != want.alarm {
			t.Errorf("step %d: reminded %d times, alarm %v", i, r.OpinionDue.Reminded, r.Ladder.Alarm)
		}
	}
	b.must(b.svc.Write(t.Context(), b.by("first"), b.id(r), said))
	if r = b.must(b.svc.Sign(t.Context(), b.by("first"), b.id(r))); r.Ladder.Alarm {
		t.Error("the alarm stays after the signature")
	}
}

// TestUnacknowledged: the requester is reminded after 30 minutes, then the desk is told.
func TestUnacknowledged(t *testing.T) {
	b := newBench(t)
	r := b.opined()
	b.pass(31 * time.Minute)
	if r = b.get(r); r.AckDue.Reminded != 1 || r.Ladder.Alarm {
		t.Errorf("after 31 minutes: %+v, alarm %v", r.AckDue, r.Ladder.Alarm)
	}
	b.pass(30 * time.Minute)
	if r = b.get(r); r.AckDue.Reminded != 2 || !r.Ladder.Alarm {
		t.Errorf("after 61 minutes: %+v, alarm %v", r.AckDue, r.Ladder.Alarm)
	}
	if _, err := b.svc.Acknowledge(t.Context(), b.seen("town", r), b.id(r), "rejected", ""); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("rejected without a reason: %v", err)
	}
	r = b.must(b.svc.Acknowledge(t.Context(), b.seen("town2", r), b.id(r), "partly", "药品缺货"))
	if r.State != Closed || r.Adoption.Adoption != "partly" || r.Ladder.Alarm {
		t.Errorf("%s, %+v", r.State, r.Adoption)
	}
}

// TestEvidence: edge case 16; the opinion names the version of the evidence that it saw.
func TestEvidence(t *testing.T) {
	b := newBench(t)
	r := b.opined()
	saw := r.Opinion.current().Evidence
	r.Attachments = append(r.Attachments, Attachment{ID: "later"})
	r.seal()
	if r.Evidence == saw || r.Evidence.Version != saw.Version+1 {
		t.Errorf("new material left the evidence at %+v", r.Evidence)
	}
}
