package request

import (
	"context"
	"log/slog"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/directory/directorytest"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/patient"
)

// tb is what a bench needs of a test; *testing.T and *rapid.T have it.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// bench is a county with a clock that a test moves by hand.
type bench struct {
	t      tb
	store  *flowtest.Store
	county *directorytest.County
	dir    *directory.Service
	svc    *Service
	clock  *flow.Clock
	relay  *flow.Relay
	calls  *calls
	now    time.Time
	sick   yilian.PatientID
}

// calls records the rooms that were closed, and those whose listeners were sent away.
type calls struct{ closed, dismissed []string }

func (c *calls) Ticket(_ context.Context, room string, who Participant) (Pass, error) {
	return Pass{Token: room + "/" + string(who.Role)}, nil
}

func (c *calls) Close(_ context.Context, room, _ string) error {
	c.closed = append(c.closed, room)
	return nil
}

func (c *calls) Dismiss(_ context.Context, room string) error {
	c.dismissed = append(c.dismissed, room)
	return nil
}

type noBus struct{}

func (noBus) Publish(context.Context, string, []byte) error { return nil }

func newBench(t tb) *bench {
	t.Helper()
	b := &bench{t: t, store: flowtest.New(), calls: &calls{}, now: time.Date(2031, 5, 6, 1, 0, 0, 0, time.UTC)}
	b.start()
	b.county = directorytest.New(t, b.store, b.dir, b.now)
	p, err := patient.NewService(b.store, b.time).Register(context.Background(), flow.Command{Actor: b.county.Actor("town"), At: b.now},
		patient.Details{Name: "测试病人", Sex: patient.Male, Birth: "1960-02-03"})
	if err != nil {
		t.Fatal(err)
	}
	b.sick = yilian.PatientID(p.ID)
	b.settle()
	return b
}

// start makes every part anew over the same store: a restart of the program.
func (b *bench) start() {
	log := slog.New(slog.DiscardHandler)
	b.dir = directory.New(b.store, log, b.time)
	b.svc = New(Config{Store: b.store, Directory: b.dir, Patients: patient.NewService(b.store, b.time), Calls: b.calls, Log: log, Now: b.time})
	b.clock, b.relay = flow.NewClock(b.store, log), flow.NewRelay(b.store, noBus{}, log)
	b.dir.Register(b.clock)
	b.svc.Register(b.clock, b.relay)
}

func (b *bench) time() time.Time { return b.now }

// settle delivers every message and carries out what is due until nothing is.
func (b *bench) settle() {
	b.t.Helper()
	for range 1000 {
		n, err := b.relay.Deliver(context.Background(), b.now)
		if err != nil {
			b.t.Fatal(err)
		}
		m, err := b.clock.CarryOut(context.Background(), b.now)
		if err != nil {
			b.t.Fatal(err)
		}
		if n+m == 0 {
			return
		}
	}
	b.t.Fatal("never settles")
}

// pass lets time pass, one due-time after the other; people who are online stay so.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	end := b.now.Add(d)
	for {
		next, err := b.store.NextDue(context.Background())
		if err != nil {
			b.t.Fatal(err)
		}
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(b.now) {
			b.now = next
		}
		b.settle()
	}
	b.now = end
	b.settle()
}

// stay keeps everybody's page open for the time to come.
func (b *bench) stay(logins ...string) {
	b.t.Helper()
	for _, l := range logins {
		if err := b.dir.Alive(context.Background(), b.county.Actor(l)); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) by(login string) flow.Command {
	return flow.Command{Actor: b.county.Actor(login), At: b.now}
}

func (b *bench) seen(login string, r Request) flow.Command {
	c := b.by(login)
	c.Version = r.Version
	return c
}

func (b *bench) content(kind Kind) NewRequest {
	return NewRequest{PatientID: b.sick, Submit: true, Content: Content{Kind: kind, Specialty: "cardiology", Summary: "胸痛两小时", Consent: Consent{Given: true}}}
}

// ask submits a request of a kind from the town.
func (b *bench) ask(kind Kind) Request {
	b.t.Helper()
	r, err := b.svc.Create(context.Background(), b.by("town"), b.content(kind))
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
	return b.get(r)
}

func (b *bench) get(r Request) Request {
	b.t.Helper()
	now, err := b.svc.repo.Get(context.Background(), r.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return now
}

func (b *bench) must(r Request, err error) Request {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
	return b.get(r)
}

func (b *bench) id(r Request) yilian.RequestID { return yilian.RequestID(r.ID) }

func (b *bench) actions(login string, r Request) []Action {
	b.t.Helper()
	seen, err := b.svc.Get(context.Background(), b.county.Actor(login), b.id(r))
	if err != nil {
		b.t.Fatal(err)
	}
	return seen.Actions
}

// ringing answers the logins at which a request rings.
func (b *bench) ringing(r Request) []string {
	var logins []string
	for _, l := range directorytest.Logins() {
		if r.rings(b.county.ID(l)) != nil {
			logins = append(logins, l)
		}
	}
	return logins
}

// fixedStudies are the studies of whoever is asked for.
type fixedStudies []Study

func (f fixedStudies) StudiesOf(context.Context, yilian.PatientID) ([]Study, error) { return f, nil }
