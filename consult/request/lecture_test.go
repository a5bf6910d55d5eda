package request

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
)

func (b *bench) listening(r Request, login string, what MediaType) {
	b.t.Helper()
	p := b.county.Actor(login)
	e := MediaEvent{Type: what, Person: p.Person, Name: p.Name, Institution: p.Institution, At: b.now}
	if err := b.svc.Listened(context.Background(), b.id(r), e); err != nil {
		b.t.Fatal(err)
	}
	b.settle()
}

// TestLecture: the specialist opens it, people of the consortium find it and get a listener's ticket, what they did is in the record, and it ends with a word or with the call.
func TestLecture(t *testing.T) {
	b := newBench(t)
	r := b.ask(Urgent)
	n := NewLecture{Title: " 胸痛一例 ", Agreed: true}
	b.must(b.svc.Accept(t.Context(), b.by("first"), b.id(r)))
	if _, err := b.svc.OpenLecture(t.Context(), b.by("first"), b.id(r), n); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("before the consult began: %v", err)
	}
	b.media(r, "town", PersonJoined)
	b.media(r, "first", PersonJoined)
	for name, c := range map[string]struct {
		who  string
		n    NewLecture
		want yilian.Kind
	}{
		"no title":          {"first", NewLecture{Title: " ", Agreed: true}, yilian.Invalid},
		"a long title":      {"first", NewLecture{Title: strings.Repeat("长", longestTitle+1), Agreed: true}, yilian.Invalid},
		"nobody was asked":  {"first", NewLecture{Title: "x"}, yilian.Invalid},
		"names the patient": {"first", NewLecture{Title: "测试 病人胸痛", Agreed: true}, yilian.Invalid},
		"by the requester":  {"town", n, yilian.Forbidden},
		"not theirs to say": {"first2", n, yilian.Forbidden},
	} {
		if _, err := b.svc.OpenLecture(t.Context(), b.by(c.who), b.id(r), c.n); yilian.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	listen := func(who string) (Pass, error) {
		pass, _, err := b.svc.Listen(context.Background(), b.county.Actor(who), b.id(r))
		return pass, err
	}
	lectures := func(who string) []Notice {
		list, err := b.svc.Lectures(context.Background(), b.county.Actor(who))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if _, err := listen("first2"); yilian.KindOf(err) != yilian.NotFound || len(lectures("first2")) != 0 {
		t.Errorf("listening before there is a lecture: %v", err)
	}
	r = b.must(b.svc.OpenLecture(t.Context(), b.by("first"), b.id(r), n))
	for _, who := range []string{"first2", "hamlet"} {
		if got := lectures(who); len(got) != 1 || got[0].Title != "胸痛一例" || got[0].By.ID != b.county.ID("first") {
			t.Errorf("%s finds %+v", who, got)
		}
		if pass, err := listen(who); err != nil || pass.Token != r.ID+"/listener" {
			t.Errorf("%s: %+v, %v", who, pass, err)
		}
		if err := b.svc.Admit(t.Context(), r.ID, b.county.ID(who)); err != nil {
			t.Errorf("%s does not come back after a restart: %v", who, err)
		}
	}
	stranger := b.county.Actor("hamlet")
	stranger.Institution = "elsewhere"
	if _, _, err := b.svc.Listen(t.Context(), stranger, b.id(r)); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("without an agreement: %v", err)
	}
	for _, who := range []string{"first", "town"} {
		if _, err := listen(who); yilian.KindOf(err) != yilian.Conflict {
			t.Errorf("%s, who has a seat: %v", who, err)
		}
	}
	version := b.get(r).Version
	began := b.now
	b.listening(r, "hamlet", PersonJoined)
	b.listening(r, "hamlet", PersonJoined) // again after a restart of the calls
	b.listening(r, "hamlet", PersonDegraded)
	b.now = b.now.Add(time.Minute)
	b.listening(r, "hamlet", PersonLeft)
	b.listening(r, "hamlet", PersonLeft)
	b.listening(r, "hamlet", PersonJoined)
	b.listening(r, "first2", PersonJoined)
	talk, err := b.svc.Talk(t.Context(), b.county.Actor("first"), b.id(r))
	if err != nil || len(talk.Audience) != 2 {
		t.Fatalf("%+v, %v", talk.Audience, err)
	}
	h := talk.Audience[0]
	want := []Visit{{From: began, Until: began.Add(time.Minute)}, {From: began.Add(time.Minute)}}
	if h.Person != b.county.ID("hamlet") || h.Institution != b.county.Actor("hamlet").Institution || !slices.Equal(h.Visits, want) {
		t.Errorf("heard %+v", h)
	}
	if got := b.get(r); got.Version != version || len(got.Seats) != 2 || got.seat(b.county.ID("hamlet")) != nil {
		t.Errorf("the audience changed the request: version %d after %d, %d seats", got.Version, version, len(got.Seats))
	}
	b.must(b.svc.CloseLecture(t.Context(), b.by("first"), b.id(r)))
	b.settle()
	if !slices.Contains(b.calls.dismissed, r.ID) {
		t.Error("nobody was sent away")
	}
	wantState(t, b.get(r), InService, MediaLive)
	if _, err := listen("first2"); yilian.KindOf(err) != yilian.NotFound || len(lectures("hamlet")) != 0 || b.svc.Admit(t.Context(), r.ID, b.county.ID("hamlet")) == nil {
		t.Errorf("listening after the end: %v", err)
	}
	events, err := b.svc.Events(t.Context(), b.county.Actor("first"), b.id(r))
	var trail []string
	for _, e := range events {
		if e.Action == string(ActLecture) {
			trail = append(trail, e.Reason)
		}
	}
	if err != nil || !slices.Equal(trail, []string{"", "closed"}) {
		t.Errorf("trail %q, %v", trail, err)
	}
}

// TestLectureEndsWithTheCall: nobody has to remember to close it, and who takes the consult over opens one of their own.
func TestLectureEndsWithTheCall(t *testing.T) {
	for name, end := range map[string]func(*bench, Request){
		"ended": func(b *bench, r Request) { b.must(b.svc.End(context.Background(), b.by("first"), b.id(r), "")) },
		"taken over": func(b *bench, r Request) {
			b.media(r, "first", PersonInterrupted)
			b.passOnline(2*time.Minute, everyone...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			r := b.inCall(Urgent, "first")
			b.must(b.svc.OpenLecture(t.Context(), b.by("first"), b.id(r), NewLecture{Title: "x", Agreed: true}))
			end(b, r)
			b.settle()
			got := b.get(r)
			if got.lecturing() || got.Lecture.Closed.IsZero() || !slices.Contains(b.calls.dismissed, r.ID) {
				t.Errorf("%s: %+v, dismissed %v", got.State, got.Lecture, b.calls.dismissed)
			}
		})
	}
}

// TestListenersFollowTheImages: what a consult shows is shown to its audience, and only while they sit in it.
func TestListenersFollowTheImages(t *testing.T) {
	b := newBench(t)
	b.svc.Studies = fixedStudies{{UID: "1.2.3", Modality: "CT"}}
	r := b.ask(Urgent)
	b.must(b.svc.Accept(t.Context(), b.by("first"), b.id(r)))
	b.media(r, "town", PersonJoined)
	b.media(r, "first", PersonJoined)
	want := func(what string, want bool) {
		t.Helper()
		for uid, want := range map[yilian.StudyUID]bool{"1.2.3": want, "1.2.4": false} {
			if may, err := b.svc.MayRead(t.Context(), b.county.Actor("hamlet"), uid); err != nil || may != want {
				t.Errorf("%s: %s is open to a listener: %t, %v", what, uid, may, err)
			}
		}
	}
	want("before", false)
	b.must(b.svc.OpenLecture(t.Context(), b.by("first"), b.id(r), NewLecture{Title: "胸痛一例", Agreed: true}))
	want("opened", false)
	b.listening(r, "hamlet", PersonJoined)
	want("listens", true)
	b.listening(r, "hamlet", PersonLeft)
	want("has left", false)
	b.listening(r, "hamlet", PersonJoined)
	want("is back", true)
	b.must(b.svc.CloseLecture(t.Context(), b.by("first"), b.id(r)))
	want("closed", false)
}
