package request

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
)

const browser = "a key that a browser made"

func (b *bench) guestEvent(r Request, who yilian.PersonID, what MediaType) {
	b.t.Helper()
	if err := b.svc.Media(context.Background(), b.id(r), MediaEvent{Type: what, Person: who, Name: "whatever", At: b.now}); err != nil {
		b.t.Fatal(err)
	}
	b.settle()
}

// TestGuestIsNamedAndDecidesNothing: 5a edge case 18. A guest is in the record and in the opinion, and neither begins a consult nor keeps it going.
func TestGuestIsNamedAndDecidesNothing(t *testing.T) {
	b := newBench(t)
	r := b.ask(Urgent)
	token, g, r, err := b.svc.InviteGuest(t.Context(), b.by("town"), b.id(r), NewGuest{Kind: Interpreter, Name: " 翻译 "})
	if err != nil || g.Name != "翻译" || !g.Until.Equal(b.now.Add(2*time.Hour)) || strings.Contains(r.Guests[0].Hash, token) {
		t.Fatalf("%+v, %v", g, err)
	}
	if _, _, err := b.svc.EnterGuest(t.Context(), token, browser); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("in before anybody had the request: %v", err)
	}
	b.must(b.svc.Accept(t.Context(), b.by("first"), b.id(r)))
	pass, _, err := b.svc.EnterGuest(t.Context(), token, browser)
	if err != nil || pass.Token != r.ID+"/interpreter" {
		t.Fatalf("%+v, %v", pass, err)
	}
	who := g.person().ID
	if err := b.svc.Admit(t.Context(), r.ID, who); err != nil {
		t.Errorf("not taken back after a restart: %v", err)
	}
	b.media(r, "first", PersonJoined)
	b.guestEvent(r, who, PersonJoined)
	if r = b.get(r); r.State != Accepted {
		t.Fatalf("%s by a guest", r.State)
	}
	b.media(r, "town", PersonJoined)
	wantState(t, b.get(r), InService, MediaLive)
	b.guestEvent(r, who, PersonDegraded)
	b.guestEvent(r, who, PersonInterrupted)
	b.passOnline(3*time.Minute, everyone...)
	wantState(t, b.get(r), InService, MediaLive)
	b.guestEvent(r, who, PersonResumed)
	r = b.get(r)
	if x := r.seat(who); x == nil || !x.Connected || x.Other != "guest" || x.Person.Name != "翻译" {
		t.Errorf("seat %+v", x)
	}
	b.media(r, "town", PersonLeft)
	b.media(r, "first", PersonLeft)
	if b.get(r).EmptyAt.IsZero() {
		t.Error("a guest alone keeps the consult going")
	}
	b.media(r, "first", PersonJoined)
	r = b.must(b.svc.End(t.Context(), b.by("first"), b.id(r), ""))
	if _, _, err := b.svc.EnterGuest(t.Context(), token, browser); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("in after the call: %v", err)
	}
	b.must(b.svc.Write(t.Context(), b.by("first"), b.id(r), Text{Diagnosis: "x", Advice: "y"}))
	r = b.must(b.svc.Sign(t.Context(), b.by("first"), b.id(r)))
	v := r.Opinion.current()
	if !slices.ContainsFunc(v.Participants, func(p Person) bool { return p.ID == who && p.Name == "翻译" && p.Title == "interpreter" }) || v.Hash != v.digest(r.Number) {
		t.Errorf("participants %+v", v.Participants)
	}
	events, err := b.svc.Events(t.Context(), b.county.Actor("first"), b.id(r))
	if err != nil || !slices.ContainsFunc(events, func(e yilian.Event) bool { return e.Action == "guest" }) || !slices.ContainsFunc(events, func(e yilian.Event) bool { return e.Action == "guestUse" }) {
		t.Errorf("trail %v, %v", events, err)
	}
	for _, e := range events {
		if strings.Contains(string(e.Data), token) || strings.Contains(string(e.Data), "翻译") {
			t.Errorf("the trail tells too much: %s", e.Data)
		}
	}
}

func TestGuestLinks(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	invite := func(who string, n NewGuest) error {
		_, _, _, err := b.svc.InviteGuest(t.Context(), b.by(who), b.id(r), n)
		return err
	}
	for name, c := range map[string]struct {
		who  string
		n    NewGuest
		want yilian.Kind
	}{
		"no name":      {"first", NewGuest{Kind: Family}, yilian.Invalid},
		"no kind":      {"first", NewGuest{Name: "x"}, yilian.Invalid},
		"a week":       {"first", NewGuest{Kind: Family, Name: "x", Life: 7 * 24 * time.Hour}, yilian.Invalid},
		"another town": {"hamlet", NewGuest{Kind: Family, Name: "x"}, yilian.NotFound},
		"not theirs":   {"first2", NewGuest{Kind: Family, Name: "x"}, yilian.Forbidden},
	} {
		if err := invite(c.who, c.n); yilian.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	token, g, _, err := b.svc.InviteGuest(t.Context(), b.by("first"), b.id(r), NewGuest{Kind: Family, Name: "x", Life: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if i, err := b.svc.Invitation(t.Context(), token, browser); err != nil || !i.Open || i.Used || i.By.ID != b.county.ID("first") {
		t.Errorf("%+v, %v", i, err)
	}
	if _, _, err := b.svc.EnterGuest(t.Context(), token, browser); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.svc.EnterGuest(t.Context(), token, browser+"2"); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("used twice: %v", err)
	}
	b.now = b.now.Add(time.Minute)
	if _, _, err := b.svc.EnterGuest(t.Context(), token, browser); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("used when it was over: %v", err)
	}
	if err := b.svc.Admit(t.Context(), r.ID, g.person().ID); err == nil {
		t.Error("taken back when it was over")
	}
	token, g, _, err = b.svc.InviteGuest(t.Context(), b.by("first"), b.id(r), NewGuest{Kind: Family, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	b.must(b.svc.RevokeGuest(t.Context(), b.by("town"), b.id(r), g.ID))
	if _, err := b.svc.Invitation(t.Context(), token, ""); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a revoked link works: %v", err)
	}
	for range guestsAtOnce {
		if err := invite("first", NewGuest{Kind: Family, Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := invite("first", NewGuest{Kind: Family, Name: "x"}); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("endless guests: %v", err)
	}
}

// TestPanel: a colleague who was asked in sees the request, has a seat and no say over the consult.
func TestPanel(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	second := b.county.ID("first2")
	if _, err := b.svc.Invite(t.Context(), b.by("town"), b.id(r), second); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("invited by the requester: %v", err)
	}
	for _, who := range []string{"town", "first", "desk"} {
		if _, err := b.svc.Invite(t.Context(), b.by("first"), b.id(r), b.county.ID(who)); err == nil {
			t.Errorf("%s was invited", who)
		}
	}
	if list, err := b.svc.Colleagues(t.Context(), b.county.Actor("first"), b.id(r)); err != nil || !slices.ContainsFunc(list, func(p Person) bool { return p.ID == second }) {
		t.Errorf("colleagues %+v, %v", list, err)
	}
	r = b.must(b.svc.Invite(t.Context(), b.by("first"), b.id(r), second))
	if pass, _, err := b.svc.Ticket(t.Context(), b.county.Actor("first2"), b.id(r)); err != nil || pass.Token != r.ID+"/specialist" {
		t.Errorf("%+v, %v", pass, err)
	}
	if got := b.actions("first2", r); slices.Contains(got, ActEnd) || slices.Contains(got, ActWrite) || slices.Contains(got, ActInvite) || !slices.Contains(got, ActJoin) {
		t.Errorf("may %v", got)
	}
	b.media(r, "first2", PersonJoined)
	b.media(r, "first2", PersonInterrupted)
	wantState(t, b.get(r), InService, MediaLive)
	b.media(r, "first2", PersonResumed)
	b.media(r, "first", PersonInterrupted)
	b.passOnline(2*time.Minute, everyone...)
	if got := b.get(r); got.Leg != 1 || got.State == InService {
		t.Errorf("leg %d, state %s: a panelist does not stand in for the specialist", got.Leg, got.State)
	}
	r = b.must(b.svc.Accept(t.Context(), b.by("first2"), b.id(b.get(r)))) // the panelist takes over as the specialist of the second leg
	b.media(r, "first2", PersonJoined)
	if r = b.get(r); r.State != InService || r.Leg != 2 || r.seat(second).Other != "" || !r.seat(second).Specialist {
		t.Errorf("leg %d, %s, seat %+v", r.Leg, r.State, r.seat(second))
	}
}

// TestInvitationRings: who is asked in is rung until they come or say that they cannot, and no longer than the invitation and the call last.
func TestInvitationRings(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	second := b.county.ID("first2")
	rings := func() (by []string) {
		t.Helper()
		list, err := b.svc.RingsOf(t.Context(), second)
		if err != nil {
			t.Fatal(err)
		}
		all, _, err := b.svc.Rings(t.Context(), b.id(r))
		if err != nil || !slices.Equal(all, list) {
			t.Fatalf("of the request %+v, of the person %+v, %v", all, list, err)
		}
		for _, x := range list {
			if x.Person != second || x.Request != b.id(r) || !x.Until.IsZero() {
				t.Errorf("rings %+v", x)
			}
			by = append(by, x.By)
		}
		return by
	}
	want := func(what string, names ...string) {
		t.Helper()
		if got := rings(); !slices.Equal(got, names) {
			t.Errorf("%s: rung by %v, want %v", what, got, names)
		}
	}
	inviter := b.county.Actor("first").Name
	invite := func() { b.must(b.svc.Invite(t.Context(), b.by("first"), b.id(r), second)) }
	if _, err := b.svc.Excuse(t.Context(), b.by("first2"), b.id(r)); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("excused without being asked: %v", err)
	}
	want("nobody was asked")
	invite()
	want("asked", inviter)
	if got := b.actions("first2", b.get(r)); !slices.Contains(got, ActExcuse) {
		t.Errorf("may %v", got)
	}
	b.must(b.svc.Excuse(t.Context(), b.by("first2"), b.id(r)))
	want("excused")
	now := b.get(r)
	if x := now.panelist(second); x == nil || x.Excused.IsZero() {
		t.Errorf("the specialist does not see it: %+v", x)
	}
	invite()
	want("asked once more", inviter)
	b.must(b.svc.Uninvite(t.Context(), b.by("first"), b.id(r), second))
	want("taken back")
	invite()
	b.media(r, "first2", PersonJoined)
	want("is here")
	b.media(r, "first2", PersonLeft)
	want("was here")
	b.must(b.svc.Uninvite(t.Context(), b.by("first"), b.id(r), second))
	b.must(b.svc.Invite(t.Context(), b.by("first"), b.id(r), b.county.ID("second")))
	b.must(b.svc.End(t.Context(), b.by("first"), b.id(r), "done"))
	if list, err := b.svc.RingsOf(t.Context(), b.county.ID("second")); err != nil || len(list) != 0 {
		t.Errorf("after the end: %+v, %v", list, err)
	}
}
