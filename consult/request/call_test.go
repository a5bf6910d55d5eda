package request

import (
	"context"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
)

// inCall is a request that is being consulted on, with both sides in the room.
func (b *bench) inCall(kind Kind, specialist string) Request {
	b.t.Helper()
	r := b.ask(kind)
	b.must(b.svc.Accept(context.Background(), b.by(specialist), b.id(r)))
	b.media(r, "town", PersonJoined)
	b.media(r, specialist, PersonJoined)
	r = b.get(r)
	if r.State != InService {
		b.t.Fatalf("state %s with both sides in", r.State)
	}
	return r
}

// passOnline lets time pass while pages stay open.
func (b *bench) passOnline(d time.Duration, logins ...string) {
	b.t.Helper()
	for end := b.now.Add(d); b.now.Before(end); {
		b.stay(logins...)
		b.pass(min(30*time.Second, end.Sub(b.now)))
	}
}

// TestNotJoined: accepted but not come in two minutes: back into the queue, and the lost lease is on record.
func TestNotJoined(t *testing.T) {
	b := newBench(t)
	r := b.ask(Rescue)
	r = b.must(b.svc.Accept(t.Context(), b.by("first"), b.id(r)))
	b.media(r, "town", PersonJoined)
	b.passOnline(119*time.Second, everyone...)
	wantState(t, b.get(r), Accepted, MediaConnecting)
	b.passOnline(2*time.Second, everyone...)
	r = b.get(r)
	wantState(t, r, Offered, MediaRinging)
	if got := b.ringing(r); !slices.Equal(got, []string{"first2"}) {
		t.Errorf("rings at %v: not at the one who did not come, not before the next level", got)
	}
	if i := slices.IndexFunc(r.Offers, func(o Offer) bool { return o.Outcome == NotJoined }); i < 0 || r.Offers[i].Person.ID != b.county.ID("first") {
		t.Errorf("offers %+v", r.Offers)
	}
	if p, _ := b.dir.Presence(t.Context(), b.county.ID("first")); p.Status() == directory.Busy {
		t.Error("still busy with a request that went on")
	}
	if r.seat(b.county.ID("town")) == nil {
		t.Error("the requester lost their place")
	}
	r = b.must(b.svc.Accept(t.Context(), b.by("first2"), b.id(r)))
	b.media(r, "first2", PersonJoined)
	wantState(t, b.get(r), InService, MediaLive)
}

// TestSpecialistLost: 5a, INTERRUPTED and take-over. The grace is 30 s in a rescue; then another specialist is sought, and the first
// one's notes stay theirs.
func TestSpecialistLost(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Rescue, "first")
	b.must(b.svc.Write(t.Context(), b.by("first"), b.id(r), Text{Findings: "first's notes"}))
	b.media(r, "first", PersonInterrupted)
	wantState(t, b.get(r), InService, MediaInterrupted)
	b.passOnline(20*time.Second, everyone...)
	b.media(r, "first", PersonResumed)
	r = b.get(r)
	wantState(t, r, InService, MediaLive)
	if g := r.leg().Gaps; len(g) != 1 || g[0].Until.Sub(g[0].From) != 20*time.Second {
		t.Errorf("gaps %+v", g)
	}
	if len(r.Legs) != 1 {
		t.Errorf("%d legs: coming back is not a new call", len(r.Legs))
	}
	b.media(r, "first", PersonInterrupted)
	b.passOnline(31*time.Second, everyone...)
	r = b.get(r)
	wantState(t, r, Offered, MediaRinging)
	if len(b.calls.closed) != 0 {
		t.Error("the room was closed though the requester waits in it")
	}
	r = b.must(b.svc.Accept(t.Context(), b.by("first2"), b.id(r)))
	b.media(r, "first2", PersonJoined)
	r = b.get(r)
	wantState(t, r, InService, MediaLive)
	if r.Leg != 2 || len(r.Legs) != 2 || r.Legs[0].Notes == nil || r.Legs[0].Notes.Findings != "first's notes" || r.Opinion.State != DocNone {
		t.Errorf("leg %d, notes %+v, opinion %s", r.Leg, r.Legs[0].Notes, r.Opinion.State)
	}
	seen, err := b.svc.Get(t.Context(), b.county.Actor("first2"), b.id(r))
	if err != nil || seen.Legs[0].Notes != nil {
		t.Errorf("the second specialist reads the first one's notes: %v", err)
	}
	if _, err := b.svc.Write(t.Context(), b.by("first"), b.id(r), Text{Findings: "?"}); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("the first specialist still writes: %v", err)
	}
	// A late word from the first one's old seat is nobody's.
	b.media(r, "first", PersonLeft)
	wantState(t, b.get(r), InService, MediaLive)
}

// TestRequesterLost: nothing is taken from the specialist; they end, or go on by telephone.
func TestRequesterLost(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	b.media(r, "town", PersonInterrupted)
	b.passOnline(2*time.Minute, everyone...)
	r = b.get(r)
	wantState(t, r, InService, MediaFailed)
	if !r.seat(b.county.ID("town")).GivenUp {
		t.Error("the seat is not given up after the grace")
	}
	r = b.must(b.svc.Callback(t.Context(), b.seen("first", r), b.id(r)))
	b.media(r, "first", PersonLeft)
	b.passOnline(20*time.Minute, everyone...)
	r = b.get(r)
	if r.State != InService || !r.leg().Phone {
		t.Fatalf("%s: a consult by telephone ended by itself", r.State)
	}
	r = b.must(b.svc.End(t.Context(), b.seen("first", r), b.id(r), ""))
	wantState(t, r, AwaitingOpinion, MediaEnded)
}

// TestCameBackAfterGrace: the room is open until the consult ends.
func TestCameBackAfterGrace(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	b.media(r, "town", PersonInterrupted)
	b.passOnline(2*time.Minute, everyone...)
	b.media(r, "town", PersonJoined)
	r = b.get(r)
	wantState(t, r, InService, MediaLive)
}

// TestBothLost: the consult is not lost: the room is empty for ten minutes, then the opinion is due.
func TestBothLost(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	b.media(r, "town", PersonInterrupted)
	b.media(r, "first", PersonInterrupted)
	b.passOnline(9*time.Minute, everyone...)
	wantState(t, b.get(r), InService, MediaFailed)
	if got := b.actions("town", b.get(r)); !slices.Contains(got, ActTakeover) {
		t.Errorf("the requester may %v, but not seek another specialist", got)
	}
	b.passOnline(2*time.Minute, everyone...)
	r = b.get(r)
	wantState(t, r, AwaitingOpinion, MediaEnded)
	if r.Legs[0].Reason != "empty" || r.OpinionDue.At.IsZero() {
		t.Errorf("leg %+v, due %+v", r.Legs[0], r.OpinionDue)
	}
}

// TestWrapUpAfterCall: no ring for five minutes; then free again by itself.
func TestWrapUpAfterCall(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	b.must(b.svc.End(t.Context(), b.by("town"), b.id(r), ""))
	status := func() directory.Status {
		p, err := b.dir.Presence(t.Context(), b.county.ID("first"))
		if err != nil {
			t.Fatal(err)
		}
		return p.Status()
	}
	if status() != directory.WrapUp {
		t.Errorf("%s right after the call", status())
	}
	b.passOnline(5*time.Minute+time.Second, everyone...)
	if status() != directory.Available {
		t.Errorf("%s five minutes after the call", status())
	}
}

// TestStrangersInTheRoom: news about somebody who is no party changes nothing.
func TestStrangersInTheRoom(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	for _, who := range []string{"hamlet", "first2", "admin"} {
		b.media(r, who, PersonJoined)
	}
	if now := b.get(r); now.Version != r.Version {
		t.Errorf("version %d after strangers, was %d", now.Version, r.Version)
	}
	if err := b.svc.Admit(t.Context(), r.ID, b.county.ID("first2")); err == nil {
		t.Error("a stranger is admitted")
	}
	if err := b.svc.Admit(t.Context(), r.ID, b.county.ID("first")); err != nil {
		t.Errorf("the specialist is not admitted: %v", err)
	}
}
