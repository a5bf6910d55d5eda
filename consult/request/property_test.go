package request

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
)

// TestRandomInterleavings does what people, lines, clocks and power cuts do, in any order, and looks after each step whether the
// promises hold: at most one owner, nothing lost, no escalation of what somebody has.
func TestRandomInterleavings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{bench: newBench(t), t: t}
		w.ask(t)
		t.Repeat(map[string]func(*rapid.T){
			"ask": w.ask, "command": w.anything, "answer": w.answer, "meet": w.meet, "drop": w.drop, "network": w.network,
			"presence": w.presence, "time": w.time1, "trouble": w.trouble, "": w.check,
		})
		w.finish()
	})
}

// world is a bench under random treatment.
type world struct {
	*bench
	t        *rapid.T
	requests []yilian.RequestID
}

// anything is one command of one person who may or may not be entitled, with a version that may be old.
func (w *world) anything(t *rapid.T) {
	type command struct {
		do  func(context.Context, flow.Command, yilian.RequestID) (Request, error)
		who []string
	}
	doctors := []string{"first", "first2", "second", "head", "brain", "far"}
	c := rapid.SampledFrom([]command{
		{w.svc.Accept, doctors},
		{w.svc.Join, append(doctors, "town", "town2")},
		{w.end, append(doctors, "town")},
		{w.svc.Callback, doctors},
		{w.svc.Takeover, []string{"town", "desk"}},
		{w.sign, doctors},
		{w.withdraw, doctors},
		{w.ack, []string{"town"}},
		{reasonless(w.svc.Decline, "rescuing"), doctors},
		{reasonless(w.svc.Cancel, "improved"), []string{"town", "desk"}},
		{reasonless(w.svc.Return, "insufficient"), []string{"desk", "first"}},
		{w.svc.Resubmit, []string{"town"}},
		{w.assign, []string{"desk", "head"}},
		{w.dispose, []string{"desk"}},
	}).Draw(t, "command")
	w.command(t, c.do, c.who...)
}

// trouble is the program dying and coming back, or time going by while it is down.
func (w *world) trouble(t *rapid.T) {
	if rapid.Bool().Draw(t, "down") {
		w.now = w.now.Add(time.Duration(rapid.SampledFrom([]int{5, 45, 300}).Draw(t, "seconds")) * time.Second)
	}
	w.start()
}

var kinds = rapid.SampledFrom(Kinds())

func (w *world) ask(t *rapid.T) {
	n := w.content(kinds.Draw(t, "kind"))
	n.Alongside = true
	w.faulty(t)
	r, err := w.svc.Create(context.Background(), w.by("town"), n)
	w.store.SetFault(nil)
	w.expected(t, err)
	if err == nil {
		w.requests = append(w.requests, w.id(r))
	}
}

// faulty makes the next commits fail now and then, in both ways.
func (w *world) faulty(t *rapid.T) {
	outcome := rapid.SampledFrom([]flowtest.Outcome{flowtest.Commit, flowtest.Commit, flowtest.Commit, flowtest.FailBefore, flowtest.FailAfter}).Draw(t, "commit")
	w.store.SetFault(func() flowtest.Outcome { return outcome })
}

// expected lets pass what a person can be told; an internal error never is.
func (w *world) expected(t *rapid.T, err error) {
	if err != nil && yilian.KindOf(err) == yilian.Internal {
		t.Fatalf("internal error: %v", err)
	}
}

func (w *world) command(t *rapid.T, do func(context.Context, flow.Command, yilian.RequestID) (Request, error), who ...string) {
	if len(w.requests) == 0 {
		t.Skip("no request yet")
	}
	id := rapid.SampledFrom(w.requests).Draw(t, "request")
	cmd := w.by(rapid.SampledFrom(who).Draw(t, "who"))
	now, err := w.svc.repo.Get(context.Background(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Version = max(now.Version-int64(rapid.IntRange(0, 3).Draw(t, "behind")), 1)
	cmd.Key = rapid.SampledFrom([]string{"", "", "key"}).Draw(t, "key")
	w.faulty(t)
	_, err = do(context.Background(), cmd, id)
	w.store.SetFault(nil)
	w.expected(t, err)
	if rapid.Bool().Draw(t, "deliver") {
		w.settle()
	}
}

func reasonless(do func(context.Context, flow.Command, yilian.RequestID, Reason) (Request, error), code string) func(context.Context, flow.Command, yilian.RequestID) (Request, error) {
	return func(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
		return do(ctx, cmd, id, Reason{Code: code})
	}
}

func (w *world) end(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return w.svc.End(ctx, cmd, id, "")
}

func (w *world) sign(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	unseen := cmd
	unseen.Version, unseen.Key = 0, ""
	if r, err := w.svc.Write(ctx, unseen, id, said); err != nil {
		return r, err
	}
	return w.svc.Sign(ctx, unseen, id)
}

func (w *world) withdraw(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return w.svc.Withdraw(ctx, cmd, id, Reason{Code: "correction"})
}

func (w *world) ack(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return w.svc.Acknowledge(ctx, cmd, id, "adopted", "")
}

func (w *world) assign(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return w.svc.Assign(ctx, cmd, id, w.county.ID("brain"))
}

func (w *world) dispose(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return w.svc.Dispose(ctx, cmd, id, "phone", "done")
}

// some answers a request in one of the states, if there is one.
func (w *world) some(t *rapid.T, states ...State) Request {
	w.settle()
	var fit []Request
	for _, id := range w.requests {
		if r := w.get(Request{Meta: flow.Meta{ID: string(id)}}); slices.Contains(states, r.State) {
			fit = append(fit, r)
		}
	}
	if len(fit) == 0 {
		t.Skip("none in", states)
	}
	return rapid.SampledFrom(fit).Draw(t, "request")
}

// answer is somebody who is being rung, and accepts.
func (w *world) answer(t *rapid.T) {
	r := w.some(t, Offered)
	_, err := w.svc.Accept(context.Background(), w.by(rapid.SampledFrom(w.ringing(r)).Draw(t, "who")), w.id(r))
	w.expected(t, err)
}

// meet is both sides coming into the room.
func (w *world) meet(t *rapid.T) {
	r := w.some(t, Accepted, InService)
	for _, p := range []yilian.PersonID{w.county.ID("town"), r.Accepted.Person.ID} {
		w.expected(t, w.svc.Media(context.Background(), w.id(r), MediaEvent{Type: PersonJoined, Person: p, At: w.now}))
	}
}

// drop is the specialist's line breaking, and sometimes staying so beyond the grace.
func (w *world) drop(t *rapid.T) {
	r := w.some(t, InService)
	w.expected(t, w.svc.Media(context.Background(), w.id(r), MediaEvent{Type: PersonInterrupted, Person: r.Accepted.Person.ID, At: w.now}))
	if rapid.Bool().Draw(t, "beyond") {
		w.pass(91 * time.Second)
	}
}

// network is what the call side reports, in time or late, of parties or strangers.
func (w *world) network(t *rapid.T) {
	if len(w.requests) == 0 {
		t.Skip("no request yet")
	}
	e := MediaEvent{
		Type:   rapid.SampledFrom([]MediaType{PersonJoined, PersonJoined, PersonLive, PersonDegraded, PersonInterrupted, PersonResumed, PersonFailed, PersonLeft}).Draw(t, "news"),
		Person: w.county.ID(rapid.SampledFrom([]string{"town", "first", "first2", "second", "hamlet"}).Draw(t, "of")),
		Reason: rapid.SampledFrom([]string{"", "lost", "media", "left", "ended"}).Draw(t, "reason"), At: w.now,
	}
	w.faulty(t)
	err := w.svc.Media(context.Background(), rapid.SampledFrom(w.requests).Draw(t, "request"), e)
	w.store.SetFault(nil)
	w.expected(t, err)
}

func (w *world) presence(t *rapid.T) {
	who := rapid.SampledFrom([]string{"first", "first2", "second", "brain", "head", "far"}).Draw(t, "who")
	switch rapid.SampledFrom([]string{"there", "there", "available", "paused", "off", "gone"}).Draw(t, "presence") {
	case "there":
		w.stay(who)
	case "available":
		_, err := w.dir.SetPresence(context.Background(), w.county.Actor(who), "available", 0, "")
		w.expected(t, err)
	case "paused":
		_, err := w.dir.SetPresence(context.Background(), w.county.Actor(who), "paused", 10, "")
		w.expected(t, err)
	case "off":
		_, err := w.dir.SetPresence(context.Background(), w.county.Actor(who), "off", 0, "")
		w.expected(t, err)
	case "gone":
		w.expected(t, w.dir.Gone(context.Background(), w.county.Actor(who)))
	}
	w.settle()
}

func (w *world) time1(t *rapid.T) {
	w.pass(time.Duration(rapid.SampledFrom([]int{1, 1, 5, 10, 29, 31, 61, 200, 2000}).Draw(t, "seconds")) * time.Second)
}

// check looks at every request and every person.
func (w *world) check(t *rapid.T) {
	pending := map[string]map[string]time.Time{}
	for _, d := range w.store.Pending() {
		if d.Kind == EntityKind {
			if pending[d.ID] == nil {
				pending[d.ID] = map[string]time.Time{}
			}
			pending[d.ID][d.Name] = d.At
		}
	}
	for _, id := range w.requests {
		r, err := w.svc.repo.Get(context.Background(), string(id))
		if err != nil {
			t.Fatal(err)
		}
		w.oneOwner(t, r)
		w.notLost(t, r, pending[r.ID])
		w.trail(t, r)
	}
}

// oneOwner: a held request has one specialist, who is occupied with it and with nothing else; no other is occupied with it.
func (w *world) oneOwner(t *rapid.T, r Request) {
	if r.State.held() && r.Accepted == nil || r.State.waiting() && r.Accepted != nil {
		t.Fatalf("%s is %s, accepted %v", r.Number, r.State, r.Accepted)
	}
	if r.State != Offered && len(r.open()) > 0 {
		t.Fatalf("%s is %s and rings at %v", r.Number, r.State, w.ringing(r))
	}
	if r.State == Offered && len(r.open()) == 0 {
		t.Fatalf("%s is offered to nobody", r.Number)
	}
	for _, l := range []string{"first", "first2", "second", "brain", "head", "far"} {
		p, err := w.dir.Presence(context.Background(), w.county.ID(l))
		if err != nil {
			t.Fatal(err)
		}
		owns := r.State.held() && r.has(w.county.ID(l))
		if owns != (p.Call == r.ID) {
			t.Fatalf("%s: %s is occupied with %q, owns it: %v (%s)", r.Number, l, p.Call, owns, r.State)
		}
	}
}

// notLost: the due-times in the store are those that the state asks for, and what is not over has one, an alarm, or somebody there.
func (w *world) notLost(t *rapid.T, r Request, pending map[string]time.Time) {
	wanted := map[string]time.Time{}
	for _, d := range dues(r) {
		wanted[d.Name] = d.At
	}
	for name, at := range wanted {
		if !pending[name].Equal(at) {
			t.Fatalf("%s (%s): due-time %s at %s, in the store %s", r.Number, r.State, name, at, pending[name])
		}
	}
	for name := range pending {
		if _, ok := wanted[name]; !ok {
			t.Fatalf("%s (%s): a due-time %s is left over", r.Number, r.State, name)
		}
	}
	there := slices.ContainsFunc(r.Seats, func(x Seat) bool { return x.Connected }) || r.leg() != nil && r.leg().Phone
	if !r.State.over() && len(wanted) == 0 && !r.Ladder.Alarm && !(r.State.held() && there) {
		t.Fatalf("%s is %s and nothing will ever happen to it: %+v", r.Number, r.State, r)
	}
}

// trail: between two accepts somebody gave it up; no escalation while somebody has it; every step starts where the last ended.
func (w *world) trail(t *rapid.T, r Request) {
	events, err := w.svc.repo.Events(context.Background(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	held := false
	at := ""
	for _, e := range events {
		if e.Action == "acceptLost" {
			continue
		}
		if e.From != at {
			t.Fatalf("%s: %s from %s, but it was %s", r.Number, e.Action, e.From, at)
		}
		at = e.To
		switch Action(e.Action) {
		case ActAccept:
			if held {
				t.Fatalf("%s was accepted twice", r.Number)
			}
			held = true
		case ActUnjoined, ActTakeover, ActEnd, ActCancel:
			held = false
		case ActEscalate, ActExhaust, ActRing, ActLapse:
			if held {
				t.Fatalf("%s: %s while somebody has it", r.Number, e.Action)
			}
		}
	}
	if at != string(r.State) {
		t.Fatalf("%s: the trail ends in %s, it is %s", r.Number, at, r.State)
	}
}

// finish: when everybody has gone home, two days later nothing waits unseen.
func (w *world) finish() {
	w.start()
	w.pass(48 * time.Hour)
	for _, id := range w.requests {
		r := w.get(Request{Meta: flow.Meta{ID: string(id)}})
		there := slices.ContainsFunc(r.Seats, func(x Seat) bool { return x.Connected }) || r.leg() != nil && r.leg().Phone
		switch r.State {
		case Queued, Offered:
			w.t.Fatalf("%s still is %s", r.Number, r.State)
		case Accepted, InService:
			if !there {
				w.t.Fatalf("%s still is %s with nobody there", r.Number, r.State)
			}
		case Unanswered, AwaitingOpinion, Opined:
			if !r.Ladder.Alarm {
				w.t.Fatalf("%s is %s without an alarm", r.Number, r.State)
			}
		}
	}
	w.check(w.t)
	for _, chain := range []yilian.InstitutionID{w.county.Town, w.county.Hospital} {
		if _, err := w.store.VerifyChain(context.Background(), string(chain)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestManyAcceptAtOnce: real goroutines; exactly one wins, and all others learn who.
func TestManyAcceptAtOnce(t *testing.T) {
	for range 20 {
		b := newBench(t)
		r := b.ask(Rescue)
		b.pass(61 * time.Second)
		r = b.get(r)
		who := []string{"first", "first2", "second"}
		var wins []string
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 5 {
			for _, l := range who {
				all.Go(func() {
					now, err := b.svc.Accept(context.Background(), b.seen(l, r), b.id(r))
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						wins = append(wins, now.Accepted.Person.Name)
						return
					}
					if e, ok := errors.AsType[*yilian.Error](err); !ok || e.Kind != yilian.Conflict || e.Params["winner"] == "" {
						t.Errorf("a loser got %v", err)
					}
				})
			}
		}
		all.Wait()
		if len(wins) != 1 {
			t.Fatalf("won by %v", wins)
		}
	}
}
