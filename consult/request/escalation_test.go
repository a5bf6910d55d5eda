package request

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// stepwise lets time pass second by second while pages stay open, and notes when the level or state changed.
func (b *bench) stepwise(r Request, d time.Duration, stay ...string) (Request, []string) {
	b.t.Helper()
	var log []string
	last := ""
	start := b.now
	for b.now.Sub(start) < d {
		b.stay(stay...)
		b.pass(time.Second)
		r = b.get(r)
		if now := fmt.Sprintf("%s %s", r.Ladder.Level, r.State); now != last {
			log = append(log, fmt.Sprintf("%3.0fs %s", b.now.Sub(start).Seconds(), now))
			last = now
		}
	}
	return r, log
}

var everyone = []string{"first", "first2", "second", "young", "brain", "far", "head", "desk"}

// TestLadderOfARescue: 5a, E1: lease 30 s, L1 60 s, L2 120 s, L3 180 s, L4 300 s, then a coordinator must dispose.
func TestLadderOfARescue(t *testing.T) {
	b := newBench(t)
	b.stay(everyone...)
	r := b.ask(Rescue)
	r, log := b.stepwise(r, 440*time.Second, everyone...)
	want := []string{
		"  1s L0 offered", " 30s L0 queued", " 60s L1 offered", " 90s L1 queued", "120s L2 offered", "150s L2 queued", "180s L3 offered", "210s L3 queued",
		"300s L4 offered", "330s L4 queued", "420s L4 unanswered",
	}
	if !slices.Equal(log, want) {
		t.Errorf("the ladder went\n%q\nwant\n%q", log, want)
	}
	if !r.Ladder.Alarm {
		t.Error("no alarm at the end")
	}
	byLevel := map[Level][]string{}
	for _, o := range r.Offers {
		for _, l := range everyone {
			if b.county.ID(l) == o.Person.ID {
				byLevel[o.Level] = append(byLevel[o.Level], l)
			}
		}
	}
	for level, people := range map[Level][]string{
		L0: {"first", "first2"}, L1: {"first", "first2", "second"}, L2: {"first", "first2", "second", "head"}, L4: {"first", "first2", "second", "far", "head"},
	} {
		slices.Sort(byLevel[level])
		slices.Sort(people)
		if !slices.Equal(byLevel[level], people) {
			t.Errorf("%s rang at %v, want %v", level, byLevel[level], people)
		}
	}
	for _, l := range []string{"first", "first2"} {
		if p, _ := b.dir.Presence(t.Context(), b.county.ID(l)); p.Status() != directory.Paused || p.Reason != "missed" {
			t.Errorf("%s missed four offers and is %s (%s)", l, p.Status(), p.Reason)
		}
	}
}

// TestLaddersOfTheOtherKinds: only the times differ.
func TestLaddersOfTheOtherKinds(t *testing.T) {
	for kind, want := range map[Kind]map[Level]time.Duration{
		Urgent: {L1: 2 * time.Minute, L2: 4 * time.Minute, L3: 6 * time.Minute, L4: 10 * time.Minute},
		Assist: {L1: 5 * time.Minute, L2: 10 * time.Minute, L3: 15 * time.Minute},
	} {
		b := newBench(t)
		r := b.ask(kind)
		for level, at := range want {
			if got := r.levelTime(level); !got.Equal(b.now.Add(at)) {
				t.Errorf("%s reaches %s after %s, want %s", kind, level, got.Sub(b.now), at)
			}
		}
		if kind == Assist && !r.levelTime(L4).IsZero() {
			t.Error("an assist request climbs to a partner hospital")
		}
		b.pass(time.Hour)
		if r = b.get(r); r.State != Unanswered {
			t.Errorf("%s is %s after an hour without an answer", kind, r.State)
		}
	}
}

// TestNoEscalationAfterAccept: edge case 3; the ladder's due-times are gone with the accept.
func TestNoEscalationAfterAccept(t *testing.T) {
	b := newBench(t)
	b.stay("first")
	r := b.ask(Rescue)
	b.pass(59 * time.Second)
	b.stay("first")
	r = b.must(b.svc.Accept(t.Context(), b.by("first"), b.id(r)))
	b.media(r, "first", PersonJoined)
	b.media(r, "town", PersonJoined)
	b.pass(10 * time.Minute)
	if r = b.get(r); r.Ladder.Level != L0 || r.State != InService {
		t.Errorf("level %s, state %s ten minutes after the accept", r.Ladder.Level, r.State)
	}
}

// TestDeclinedIsNotAskedAgain, whatever the level.
func TestDeclinedIsNotAskedAgain(t *testing.T) {
	b := newBench(t)
	r := b.ask(Rescue)
	r = b.must(b.svc.Decline(t.Context(), b.seen("first", r), b.id(r), Reason{Code: "rescuing"}))
	if got := b.ringing(r); !slices.Equal(got, []string{"first2"}) {
		t.Fatalf("rings at %v after one declined", got)
	}
	r = b.must(b.svc.Decline(t.Context(), b.by("first2"), b.id(r), Reason{Code: "other", Text: "正在手术"}))
	if r.State != Queued {
		t.Fatalf("state %s after all declined", r.State)
	}
	r, _ = b.stepwise(r, 400*time.Second, everyone...)
	for _, o := range r.Offers[2:] {
		if o.Person.ID == b.county.ID("first") || o.Person.ID == b.county.ID("first2") {
			t.Errorf("%s was asked again at %s", o.Person.Name, o.Level)
		}
	}
	if _, err := b.svc.Decline(t.Context(), b.by("first"), b.id(r), Reason{Code: "no_time"}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("an unknown reason: %v", err)
	}
	if _, err := b.svc.Decline(t.Context(), b.by("first"), b.id(r), Reason{Code: "other"}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("another reason without saying which: %v", err)
	}
}

// TestWhoBecomesFreeIsRung: a request that waits finds the doctor who comes online, ends a pause, or ends a call.
func TestWhoBecomesFreeIsRung(t *testing.T) {
	b := newBench(t)
	for _, l := range []string{"first", "first2"} {
		if _, err := b.dir.SetPresence(t.Context(), b.county.Actor(l), directory.Paused, 10, "lunch"); err != nil {
			t.Fatal(err)
		}
	}
	r := b.ask(Assist)
	if r.State != Queued {
		t.Fatalf("rings at %v though all are paused", b.ringing(r))
	}
	if _, err := b.dir.SetPresence(t.Context(), b.county.Actor("first"), directory.Available, 0, ""); err != nil {
		t.Fatal(err)
	}
	b.settle()
	if r = b.get(r); !slices.Equal(b.ringing(r), []string{"first"}) {
		t.Errorf("rings at %v after one came back", b.ringing(r))
	}
}

// TestNobodyOnDuty: edge case 12; the coordinator at once, and the gap is on record.
func TestNobodyOnDuty(t *testing.T) {
	b := newBench(t)
	n := b.content(Urgent)
	n.Specialty = "paediatrics"
	c, err := b.svc.Coverage(t.Context(), b.county.Town, Urgent, "paediatrics")
	if err != nil || !c.Nobody || !c.Agreement {
		t.Fatalf("coverage %+v, %v", c, err)
	}
	r := b.must(b.svc.Create(t.Context(), b.by("town"), n))
	if r.State != Queued || r.Ladder.Level != L3 || !r.Ladder.Alarm || !r.Ladder.Gap {
		t.Errorf("state %s, ladder %+v", r.State, r.Ladder)
	}
	r = b.must(b.svc.Assign(t.Context(), b.seen("desk", r), b.id(r), b.county.ID("brain")))
	if r.State != Offered || !slices.Equal(b.ringing(r), []string{"brain"}) {
		t.Fatalf("state %s, rings at %v", r.State, b.ringing(r))
	}
	r = b.must(b.svc.Accept(t.Context(), b.seen("brain", r), b.id(r)))
	if r.State != Accepted || r.Ladder.Alarm {
		t.Errorf("the assigned doctor of another specialty: %s, alarm %v", r.State, r.Ladder.Alarm)
	}
}

// TestFallbackIsShownBefore: nobody of the specialty, but somebody who can help.
func TestFallbackIsShownBefore(t *testing.T) {
	b := newBench(t)
	c, err := b.svc.Coverage(t.Context(), b.county.Town, Rescue, "neurosurgery")
	if err != nil || !c.Nobody || c.Fallback != "neurology" || c.FallbackDuty != 1 {
		t.Errorf("coverage %+v, %v", c, err)
	}
}

// TestUnansweredIsDisposedOf: only with what was done, and never by itself.
func TestUnansweredIsDisposedOf(t *testing.T) {
	b := newBench(t)
	r := b.ask(Rescue)
	b.pass(24 * time.Hour)
	if r = b.get(r); r.State != Unanswered || !r.Ladder.Alarm {
		t.Fatalf("after a day: %s, alarm %v", r.State, r.Ladder.Alarm)
	}
	if _, err := b.svc.Dispose(context.Background(), b.by("desk"), b.id(r), "close", " "); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("disposed of without a word: %v", err)
	}
	if got := b.actions("desk", r); !slices.Contains(got, ActDispose) || !slices.Contains(got, ActAssign) {
		t.Errorf("the coordinator may %v", got)
	}
	r = b.must(b.svc.Dispose(context.Background(), b.seen("desk", r), b.id(r), "phone", "电话指导，已转诊"))
	if r.State != Closed || r.Ladder.Alarm || r.Disposition.Code != "phone" {
		t.Errorf("disposed: %+v", r.Disposition)
	}
}

// TestAssignedRingHasItsTime: the ladder of a request that was unanswered goes on from its level, and does not cut the new ring short.
func TestAssignedRingHasItsTime(t *testing.T) {
	b := newBench(t)
	r := b.ask(Rescue)
	b.pass(time.Hour)
	b.stay("first2")
	r = b.must(b.svc.Assign(t.Context(), b.by("desk"), b.id(r), b.county.ID("first2")))
	if r.State != Offered {
		t.Fatal(r.State)
	}
	b.pass(29 * time.Second)
	if r = b.get(r); !slices.Equal(b.ringing(r), []string{"first2"}) {
		t.Errorf("rings at %v after 29 of 30 s", b.ringing(r))
	}
	b.pass(3 * time.Minute)
	if r = b.get(r); r.State != Unanswered || !r.Ladder.Alarm {
		t.Errorf("%s, alarm %v, when the assigned one did not answer either", r.State, r.Ladder.Alarm)
	}
}

// TestOnlySecondLine: where nobody of the first line is rostered, the second is asked at once and not after the first level's time.
func TestOnlySecondLine(t *testing.T) {
	b := newBench(t)
	shifts, err := b.dir.Shifts(t.Context(), b.now, b.now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range shifts {
		if v.Line == 1 && v.Specialty == "cardiology" {
			v.Cancelled = true
			if _, err := b.dir.SaveShift(t.Context(), flow.Command{Actor: yilian.System, At: b.now, Version: v.Version}, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := b.ringing(b.ask(Assist)); !slices.Equal(got, []string{"second"}) {
		t.Errorf("rings at %v", got)
	}
}
