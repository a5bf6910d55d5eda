package request

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Config is what a Service needs. Studies, Calls and Files may be nil: then nothing attaches itself, there are no calls, and
// attachments are refused.
type Config struct {
	Store     flow.Store
	Directory *directory.Service
	Patients  Patients
	Studies   Studies
	Calls     Calls
	Files     Files
	Log       *slog.Logger
	Now       func() time.Time // nil: time.Now
	Location  *time.Location   // whose days number the requests; nil: China's
}

// Service is the assist-consult.
type Service struct {
	Config
	machines Machines
	repo     *flow.Repo[Request]
	talks    *flow.Repo[Talk]
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Location == nil {
		c.Location = time.FixedZone("CST", 8*60*60)
	}
	return &Service{Config: c, machines: NewMachines(), repo: flow.NewRepo(c.Store, spec()), talks: flow.NewRepo(c.Store, talkSpec())}
}

// Register binds the due-times of requests to the clock, and what follows from a change to the relay: doctors who become free are
// rung, rooms that are over are closed.
func (s *Service) Register(clock *flow.Clock, relay *flow.Relay) {
	clock.Handle(EntityKind, s.due)
	relay.Handle("presence", s.presenceChanged)
	relay.Handle(EntityKind, s.changed)
}

// effect changes r, whose State has been set already, as its action demands.
type effect func(st *step) (flow.Change, error)

// step is one action on one request inside a transaction.
type step struct {
	s   *Service
	tx  flow.Tx
	cmd flow.Command
	r   *Request
	now time.Time
}

// act does one action: the table says whether this actor may do it in this state, the guard whether it is theirs, then effect
// does it. The version that the actor saw must not be older than the state they judged.
func (s *Service) act(ctx context.Context, cmd flow.Command, id yilian.RequestID, a Action, do effect) (r Request, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		r, err = s.actIn(tx, cmd, string(id), a, do)
		return err
	})
	return r, err
}

func (s *Service) actIn(tx flow.Tx, cmd flow.Command, id string, a Action, do effect) (Request, error) {
	if cmd.At.IsZero() {
		cmd.At = s.Now()
	}
	cmd.At = cmd.At.UTC()
	loose := cmd
	loose.Version = 0
	return s.repo.UpdateIn(tx, loose, id, func(tx flow.Tx, r Request) (Request, flow.Change, error) {
		st := &step{s: s, tx: tx, cmd: cmd, r: &r, now: cmd.At}
		change, err := st.run(a, do)
		return r, change, err
	})
}

func (st *step) run(a Action, do effect) (flow.Change, error) {
	v := &view{s: st.s, rd: st.tx, r: st.r, actor: st.cmd.Actor, now: st.now}
	if !v.sees() { // before the state is told to somebody whom it does not concern
		return flow.Change{}, unknown()
	}
	if err := st.overtaken(a); err != nil {
		return flow.Change{}, err
	}
	next, err := st.s.machines.Task.Next(st.r.State, a, st.cmd.Actor, v.check)
	if err != nil {
		return flow.Change{}, err
	}
	st.enter(next)
	change, err := do(st)
	if errors.Is(err, errNothing) {
		return flow.Change{}, nil
	}
	if err != nil {
		return flow.Change{}, err
	}
	if change.Action == "" {
		change.Action = string(a)
	}
	return change, nil
}

// errNothing says that an effect had nothing to do: nothing is written.
var errNothing = errors.New("nothing to do")

func nothing() (flow.Change, error) { return flow.Change{}, errNothing }

// overtaken tells an actor that what they judged has changed since. Whoever comes too late to accept learns who was faster.
func (st *step) overtaken(a Action) error {
	r := st.r
	if st.cmd.Version > r.Version { // seen before a backup was restored: another life of this request
		return flow.Stale()
	}
	if (a == ActAccept || a == ActDecline) && r.State.held() {
		e := yilian.Errorf(yilian.Conflict, "request.taken", "%s has accepted this request already.", r.Accepted.Person.Name)
		e.Params = map[string]any{"winner": r.Accepted.Person.Name, "state": string(r.State)}
		return e
	}
	switch a {
	case ActWrite, ActSign, ActAmend, ActWithdraw:
		return flow.Unseen(st.cmd, r.Opinion.Changed)
	case ActJoin, ActAttach:
		return nil // right in every state that allows it
	}
	return flow.Unseen(st.cmd, r.StateVersion)
}

// enter sets the state, and notes the version at which it is entered.
func (st *step) enter(next State) {
	if next != st.r.State {
		st.r.State, st.r.StateVersion = next, st.r.Version+1
	}
}

// media moves the media session if its table allows; late news from the network are nobody's mistake and change nothing.
func (st *step) media(a MediaAction) bool {
	next, err := st.s.machines.Media.Next(st.r.Media, a, yilian.System, nil)
	if err != nil {
		return false
	}
	st.r.Media = next
	return true
}

// document moves the opinion, or refuses.
func (st *step) document(a Action) error {
	next, err := st.s.machines.Opinion.Next(st.r.Opinion.State, a, st.cmd.Actor, nil)
	if err != nil {
		return err
	}
	st.r.Opinion.State, st.r.Opinion.Changed = next, st.r.Version+1
	return nil
}

// by is the actor as a request names people.
func (st *step) by() Person { return named(st.cmd.Actor) }

func named(a yilian.Actor) Person {
	return Person{ID: a.Person, Name: a.Name, Institution: a.Institution, Department: a.Department}
}

func (st *step) settings() (directory.Settings, error) {
	return st.s.Directory.SettingsIn(st.tx, st.r.Site, st.now)
}

// ask is what the directory is asked about who may help.
func (v *view) ask() (directory.Ask, error) {
	rules, err := v.s.Directory.SettingsIn(v.rd, v.r.Site, v.now)
	return directory.Ask{Site: v.r.Site, Specialty: v.r.Specialty, At: v.now, Rules: rules, Heads: v.r.Ladder.Level >= L2}, err
}

func invalid(code, format string, args ...any) *yilian.Error {
	return yilian.Errorf(yilian.Invalid, code, format, args...)
}

// changed follows a change that is durable: a room whose consult is over is closed, and a new request looks once more what has been
// imaged. It may run more than once.
func (s *Service) changed(ctx context.Context, m flow.Message) error {
	r, err := s.repo.Get(ctx, m.Key)
	if err != nil {
		return ignoreMissing(err)
	}
	if m.Version <= 2 { // made, or made and submitted
		if err := s.imagedMeanwhile(ctx, r); err != nil {
			return err
		}
	}
	if s.Calls == nil || len(r.Legs) == 0 {
		return nil
	}
	if r.Lecture != nil && !r.lecturing() {
		if err := s.Calls.Dismiss(ctx, r.ID); err != nil {
			return err
		}
	}
	if !r.State.over() && r.State != AwaitingOpinion {
		return nil
	}
	return s.Calls.Close(ctx, r.ID, "ended")
}

func ignoreMissing(err error) error {
	if err != nil && yilian.KindOf(err) == yilian.NotFound {
		return nil
	}
	return err
}
