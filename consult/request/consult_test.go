package request

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
)

func wantState(t *testing.T, r Request, s State, m Media) {
	t.Helper()
	if r.State != s || r.Media != m {
		t.Fatalf("state %s, media %s; want %s, %s", r.State, r.Media, s, m)
	}
}

// TestWholeConsult goes the way from the first sentence to the acknowledged opinion.
func TestWholeConsult(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	r := b.ask(Urgent)
	wantState(t, r, Offered, MediaRinging)
	if got := b.ringing(r); !slices.Equal(got, []string{"first", "first2"}) {
		t.Fatalf("rings at %v: every free, entitled first-line doctor, and nobody else", got)
	}
	if r.Number != "HZ3105060001" {
		t.Errorf("number %s", r.Number)
	}
	b.now = b.now.Add(7 * time.Second)
	r = b.must(b.svc.Accept(ctx, b.seen("first2", r), b.id(r)))
	wantState(t, r, Accepted, MediaConnecting)
	if len(b.ringing(r)) != 0 || r.Accepted.Person.Name != "一线乙" {
		t.Fatalf("still ringing at %v, accepted by %v", b.ringing(r), r.Accepted)
	}
	if p, _ := b.dir.Presence(ctx, b.county.ID("first2")); p.Status() != directory.Busy {
		t.Errorf("presence %s after accepting", p.Status())
	}
	for _, who := range []string{"town", "first2"} {
		if _, _, err := b.svc.Ticket(ctx, b.county.Actor(who), b.id(r)); err != nil {
			t.Errorf("ticket for %s: %v", who, err)
		}
	}
	for _, who := range []string{"first", "hamlet", "desk"} {
		if _, _, err := b.svc.Ticket(ctx, b.county.Actor(who), b.id(r)); err == nil {
			t.Errorf("%s got a ticket", who)
		}
	}
	b.media(r, "town", PersonJoined)
	wantState(t, b.get(r), Accepted, MediaConnecting)
	b.media(r, "first2", PersonJoined)
	r = b.get(r)
	wantState(t, r, InService, MediaLive)
	r = b.must(b.svc.Write(ctx, b.seen("first2", r), b.id(r), Text{Diagnosis: "不稳定型心绞痛"}))
	r = b.must(b.svc.End(ctx, b.seen("first2", r), b.id(r), ""))
	wantState(t, r, AwaitingOpinion, MediaEnded)
	if !slices.Contains(b.calls.closed, r.ID) {
		t.Error("the room was not closed")
	}
	if _, err := b.svc.Sign(ctx, b.seen("first2", r), b.id(r)); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("an opinion without advice was signed: %v", err)
	}
	r = b.must(b.svc.Write(ctx, b.seen("first2", r), b.id(r), Text{Diagnosis: "不稳定型心绞痛", Advice: "阿司匹林，转诊"}))
	r = b.must(b.svc.Sign(ctx, b.seen("first2", r), b.id(r)))
	wantState(t, r, Opined, MediaEnded)
	if o := r.Opinion.current(); o == nil || o.Version != 1 || o.Hash != o.digest(r.Number) || o.Evidence != r.Evidence {
		t.Errorf("opinion %+v", r.Opinion)
	}
	r = b.must(b.svc.Acknowledge(ctx, b.seen("town", r), b.id(r), "adopted", ""))
	wantState(t, r, Closed, MediaEnded)
	events, err := b.svc.Events(ctx, b.county.Actor("town"), b.id(r))
	if err != nil {
		t.Fatal(err)
	}
	var path []string
	for _, e := range events {
		path = append(path, e.Action)
	}
	want := []string{"create", "submit", "queue", "ring", "accept", "media", "media", "begin", "write", "end", "write", "sign", "acknowledge"}
	if !slices.Equal(path, want) {
		t.Errorf("trail %v, want %v", path, want)
	}
	if n, err := b.store.VerifyChain(ctx, string(b.county.Town)); err != nil || n == 0 {
		t.Errorf("chain of %d: %v", n, err)
	}
}

func (b *bench) media(r Request, login string, what MediaType) {
	b.t.Helper()
	if err := b.svc.Media(context.Background(), b.id(r), MediaEvent{Type: what, Person: b.county.ID(login), At: b.now}); err != nil {
		b.t.Fatal(err)
	}
	b.settle()
}

// TestSecondAcceptLearnsTheWinner: edge case 1 and 2 of 5a.
func TestSecondAcceptLearnsTheWinner(t *testing.T) {
	b := newBench(t)
	r := b.ask(Rescue)
	b.must(b.svc.Accept(t.Context(), b.seen("first", r), b.id(r)))
	_, err := b.svc.Accept(t.Context(), b.seen("first2", r), b.id(r))
	e, ok := errors.AsType[*yilian.Error](err)
	if !ok || e.Kind != yilian.Conflict || e.Code != "request.taken" || e.Params["winner"] != "一线甲" {
		t.Fatalf("the loser got %v", err)
	}
	if now, ok := e.Current.(Request); !ok || now.State != Accepted {
		t.Errorf("current %T", e.Current)
	}
	if _, err := b.svc.Cancel(t.Context(), b.seen("town", r), b.id(r), Reason{Code: "improved"}); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("a cancel that had seen the request ringing went through after it was accepted: %v", err)
	}
	events, _ := b.svc.Events(t.Context(), b.county.Actor("town"), b.id(r))
	if last := events[len(events)-1]; last.Action != "acceptLost" || last.Actor.Person != b.county.ID("first2") {
		t.Errorf("the trail does not have the loser: %+v", last)
	}
}
