package recording

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/request"
)

// Consults knows the consults that are recorded; request.Service implements it.
type Consults interface {
	Get(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (request.Seen, error)
}

// Rules answers the settings of an institution; directory.Service implements it.
type Rules interface {
	Settings(ctx context.Context, id yilian.InstitutionID) (directory.Settings, error)
}

// Media is where the bytes of recordings are.
type Media interface {
	// Join makes the files of a recording that is over. It may be repeated. A NotFound error says that there is nothing.
	Join(ctx context.Context, id string) (Joined, error)
	// Clear deletes what Join has made the files of, Delete everything.
	Clear(ctx context.Context, id string) error
	Delete(ctx context.Context, id string) error
	// Newest answers a sign of life that sorts after another one while the recording runs, or the same.
	Newest(ctx context.Context, id, after string) (string, error)
	Open(ctx context.Context, id, name string, off, n int64) (io.ReadCloser, error)
}

// Joined is what has become of a recording.
type Joined struct {
	Files    []File
	Index    Object
	Duration time.Duration
	Reason   string
}

// Config is what a Service needs.
type Config struct {
	Store    flow.Store
	Consults Consults
	Rules    Rules
	Media    Media
	Node     string
	Log      *slog.Logger
	Now      func() time.Time // nil: time.Now
}

// Service knows the recordings. It is safe for concurrent use.
type Service struct {
	Config
	machine *flow.Machine[State, Action]
	repo    *flow.Repo[Recording]

	mu     sync.Mutex
	looked map[look]time.Time // guarded by mu: who has been written down lately
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: c, machine: NewMachine(), repo: flow.NewRepo(c.Store, spec()), looked: map[look]time.Time{}}
}

// Register binds the due-times of recordings to the clock.
func (s *Service) Register(clock *flow.Clock) { clock.Handle(EntityKind, s.due) }

// change is what an action does to a recording whose state is the new one already. The zero Change leaves everything as it was.
type change func(r *Recording, now time.Time) (flow.Change, error)

func (s *Service) act(ctx context.Context, cmd flow.Command, id string, a Action, who yilian.Actor, do change) (r Recording, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		r, err = s.actIn(tx, cmd, id, a, who, do)
		return err
	})
	return r, err
}

func (s *Service) actIn(tx flow.Tx, cmd flow.Command, id string, a Action, who yilian.Actor, do change) (Recording, error) {
	if cmd.At.IsZero() {
		cmd.At = s.Now()
	}
	cmd.At = cmd.At.UTC()
	return s.repo.UpdateIn(tx, cmd, id, func(_ flow.Tx, r Recording) (Recording, flow.Change, error) {
		next, err := s.machine.Next(r.State, a, who, func(string) error { return free(&r) })
		if err != nil {
			return r, flow.Change{}, err
		}
		r.State = next
		c, err := do(&r, cmd.At)
		if c.Action == "" && err == nil && !errors.Is(err, errKnown) {
			c.Action = string(a)
		}
		if errors.Is(err, errKnown) {
			return r, flow.Change{}, nil
		}
		return r, c, err
	})
}

// errKnown says that there is nothing to write.
var errKnown = errors.New("known already")

func free(r *Recording) error {
	if r.held() {
		return yilian.Errorf(yilian.Conflict, "recording.held", "The recording is on legal hold and is not deleted.")
	}
	return nil
}

// latestIn answers the newest recording of a consult, or one without identifier.
func (s *Service) latestIn(rd flow.Reader, id yilian.RequestID) (Recording, error) {
	page, _, err := s.repo.FindIn(rd, flow.Query{Name: keyRequest, Values: []string{string(id)}, Desc: true, Limit: 1})
	if err != nil || len(page) == 0 {
		return Recording{}, err
	}
	return page[0], nil
}

// open answers the recording that is asked for or runs, made now if there is none.
func (s *Service) openIn(tx flow.Tx, cmd flow.Command, seen request.Seen, by Person) (Recording, error) {
	r, err := s.latestIn(tx, yilian.RequestID(seen.ID))
	if err != nil || r.ID != "" && r.open() {
		return r, err
	}
	return s.repo.CreateIn(tx, cmd, func(flow.Tx) (Recording, flow.Change, error) {
		r := Recording{
			Request: yilian.RequestID(seen.ID), Site: seen.Site, Institutions: institutions(seen), State: Asked, By: by, AskedAt: cmd.At,
			Consents: []Consent{{Person: by, Given: true, At: cmd.At}}, Files: []File{}, Holds: []Hold{},
		}
		return r, flow.Change{Action: "ask", Data: map[string]any{"request": seen.ID}}, nil
	})
}

func institutions(seen request.Seen) []yilian.InstitutionID {
	all := []yilian.InstitutionID{seen.Site}
	for _, p := range specialists(seen) {
		if p.Institution != "" && !slices.Contains(all, p.Institution) {
			all = append(all, p.Institution)
		}
	}
	return all
}

func specialists(seen request.Seen) (all []request.Person) {
	if seen.Accepted != nil {
		all = append(all, seen.Accepted.Person)
	}
	for _, l := range seen.Legs {
		all = append(all, l.Specialist)
	}
	return all
}

// watchEvery is how often is looked whether a recording that runs is alive.
const watchEvery = time.Minute

// Start notes that a recording begins: everybody there agreed. Who is known by identifier alone gets a name by Answered.
func (s *Service) Start(ctx context.Context, id yilian.RequestID, by Person, agreed []yilian.PersonID, at time.Time) (r Recording, err error) {
	seen, err := s.Consults.Get(ctx, yilian.System, id)
	if err != nil {
		return r, err
	}
	cmd := flow.Command{Actor: by.actor(), At: at.UTC()}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		if r, err = s.openIn(tx, cmd, seen, by); err != nil {
			return err
		}
		r, err = s.actIn(tx, cmd, r.ID, ActStart, yilian.System, func(r *Recording, now time.Time) (flow.Change, error) {
			r.Node, r.StartedAt, r.Next = s.Node, now, now.Add(watchEvery)
			for _, p := range agreed {
				r.answer(Person{ID: p}, true, now)
			}
			return flow.Change{Data: map[string]any{"agreed": agreed}}, nil
		})
		return err
	})
	return r, err
}

// Answered notes what somebody in a call said about being recorded, and the question itself: then by asked it. News that come late find the
// recording that they belong to.
func (s *Service) Answered(ctx context.Context, id yilian.RequestID, p Person, given, asked bool, at time.Time) error {
	at = at.UTC()
	seen, err := s.Consults.Get(ctx, yilian.System, id)
	if err != nil {
		return err
	}
	cmd := flow.Command{Actor: p.actor(), At: at}
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err := s.latestIn(tx, id)
		if err != nil {
			return err
		}
		past := r.ID != "" && !r.open() && !r.EndedAt.IsZero() && !at.After(r.EndedAt)
		if asked && !past && !(r.ID != "" && r.open()) {
			_, err := s.openIn(tx, cmd, seen, p)
			return err
		}
		if r.ID == "" || r.State == Deleted {
			return nil
		}
		_, err = s.actIn(tx, cmd, r.ID, ActConsent, yilian.System, func(r *Recording, _ time.Time) (flow.Change, error) {
			known := slices.ContainsFunc(r.Consents, func(c Consent) bool { return c.Person.ID == p.ID && c.Person.Name != "" })
			if !r.answer(p, given, at) && known {
				return flow.Change{}, errKnown
			}
			return flow.Change{Data: map[string]any{"person": p.ID, "given": given}}, nil
		})
		return err
	})
}

// Declined notes that a recording that was asked for does not come to be.
func (s *Service) Declined(ctx context.Context, id yilian.RequestID, p Person, failed bool, at time.Time) error {
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err := s.latestIn(tx, id)
		if err != nil || r.ID == "" || r.State != Asked || r.AskedAt.After(at) {
			return err
		}
		a := ActDecline
		if failed {
			a = ActFail
		}
		_, err = s.actIn(tx, flow.Command{Actor: p.actor(), At: at}, r.ID, a, yilian.System, func(r *Recording, now time.Time) (flow.Change, error) {
			r.EndedAt = now
			if failed {
				r.Failure = "store"
			} else {
				r.EndedBy = &p
			}
			return flow.Change{}, nil
		})
		return err
	})
}

// Stopped notes that a recording is over. Its files are made from now on; failed says that not all of it could be stored.
func (s *Service) Stopped(ctx context.Context, id string, by Person, reason string, failed bool) error {
	_, err := s.act(ctx, flow.Command{Actor: by.actor()}, id, ActStop, yilian.System, func(r *Recording, now time.Time) (flow.Change, error) {
		r.EndedAt, r.Reason, r.Next, r.Tries = now, reason, now, 0
		if by.ID != "" {
			r.EndedBy = &by
		}
		if failed {
			r.Failure = "store"
		}
		return flow.Change{Reason: reason}, nil
	})
	return err
}

// Recover takes the recordings that this node was making when it died as over.
func (s *Service) Recover(ctx context.Context) error {
	var all []Recording
	err := s.Store.View(ctx, func(rd flow.Reader) (err error) {
		all, err = s.repo.All(rd, flow.Query{Name: keyNode, Values: []string{s.Node}})
		return err
	})
	for _, r := range all {
		err = errors.Join(err, s.Stopped(ctx, r.ID, Person{}, "crash", false))
	}
	return err
}

func (p Person) actor() yilian.Actor {
	if p.ID == "" {
		return yilian.System
	}
	return yilian.Actor{Person: p.ID, Name: p.Name, Institution: p.Institution}
}

func named(a yilian.Actor) Person {
	return Person{ID: a.Person, Name: a.Name, Institution: a.Institution}
}

// class says how long recordings of a site are kept.
func class(rules directory.Recording, from time.Time) (name string, until time.Time) {
	if rules.Years <= 0 {
		return "for ever", time.Time{}
	}
	return strconv.Itoa(rules.Years) + " years", from.AddDate(rules.Years, 0, 0)
}
