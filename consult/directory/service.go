package directory

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Service is the directory. Methods that end in In take part in the caller's transaction.
type Service struct {
	store flow.Store
	log   *slog.Logger
	now   func() time.Time

	institutions *flow.Repo[Institution]
	alliances    *flow.Repo[Alliance]
	people       *flow.Repo[Person]
	devices      *flow.Repo[Device]
	shifts       *flow.Repo[Shift]
	agreements   *flow.Repo[Agreement]
	settings     *flow.Repo[Chosen]
	presences    *flow.Repo[Presence]
	sessions     *flow.Repo[Session]
	tokens       *flow.Repo[Token]
	credentials  *flow.Repo[credential]
	preferences  *flow.Repo[Preferences]

	hashing chan struct{} // slots for argon2id: each takes 19 MiB

	mu      sync.Mutex
	touched map[yilian.PersonID]time.Time // last sign of life written; owned by mu, bounded by the number of people
	callers *limiter
}

// New makes a directory over store; now is the server's clock, nil for time.Now.
func New(store flow.Store, log *slog.Logger, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{
		store: store, log: log, now: now,
		institutions: flow.NewRepo(store, institutionSpec()),
		alliances:    flow.NewRepo(store, allianceSpec()),
		people:       flow.NewRepo(store, personSpec()),
		devices:      flow.NewRepo(store, deviceSpec()),
		shifts:       flow.NewRepo(store, shiftSpec()),
		agreements:   flow.NewRepo(store, agreementSpec()),
		settings:     flow.NewRepo(store, settingsSpec()),
		presences:    flow.NewRepo(store, presenceSpec()),
		sessions:     flow.NewRepo(store, sessionSpec()),
		tokens:       flow.NewRepo(store, tokenSpec()),
		credentials:  flow.NewRepo(store, credentialSpec()),
		preferences:  flow.NewRepo(store, preferencesSpec()),
		hashing:      make(chan struct{}, 2),
		touched:      map[yilian.PersonID]time.Time{},
		callers:      newLimiter(),
	}
}

// Register binds the directory's due-times (ends of pauses and sessions, signs of life, shifts) to the clock.
func (s *Service) Register(clock *flow.Clock) {
	clock.Handle("presence", s.presenceDue)
	clock.Handle("shift", s.shiftDue)
	clock.Handle("session", s.sessionDue)
}

// Institution, Person and the other single look-ups answer NotFound for what does not exist.
func (s *Service) Institution(ctx context.Context, id yilian.InstitutionID) (Institution, error) {
	return s.institutions.Get(ctx, string(id))
}

// InstitutionIn is Institution within a transaction.
func (s *Service) InstitutionIn(rd flow.Reader, id yilian.InstitutionID) (Institution, error) {
	return s.institutions.GetIn(rd, string(id))
}

// Person answers one person.
func (s *Service) Person(ctx context.Context, id yilian.PersonID) (Person, error) {
	return s.people.Get(ctx, string(id))
}

// PersonIn is Person within a transaction.
func (s *Service) PersonIn(rd flow.Reader, id yilian.PersonID) (Person, error) {
	return s.people.GetIn(rd, string(id))
}

// Settings answers the settings of an institution now.
func (s *Service) Settings(ctx context.Context, id yilian.InstitutionID) (all Settings, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		all, err = s.SettingsIn(rd, id, s.now())
		return err
	})
	return all, err
}

// everything is the key under which a whole register is listed, by sort.
func everything(sort string) flow.Key { return flow.Key{Name: "all", Sort: sort} }

// register asks for a whole register, in its order.
var register = flow.Query{Name: "all", Values: []string{""}}

func listed[T any](ctx context.Context, s *Service, repo *flow.Repo[T], q flow.Query) (list []T, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		list, err = repo.All(rd, q)
		return err
	})
	return list, err
}

// Institutions answers the register of institutions, by name.
func (s *Service) Institutions(ctx context.Context) ([]Institution, error) {
	return listed(ctx, s, s.institutions, register)
}

// Alliances answers the register of alliances.
func (s *Service) Alliances(ctx context.Context) ([]Alliance, error) {
	return listed(ctx, s, s.alliances, register)
}

// People answers the register of people, by name.
func (s *Service) People(ctx context.Context) ([]Person, error) {
	return listed(ctx, s, s.people, register)
}

// PeopleOf answers the people with a practice point at an institution.
func (s *Service) PeopleOf(ctx context.Context, id yilian.InstitutionID) ([]Person, error) {
	return listed(ctx, s, s.people, flow.Query{Name: "institution", Values: []string{string(id)}})
}

// PeopleOfIn is PeopleOf within a transaction.
func (s *Service) PeopleOfIn(rd flow.Reader, id yilian.InstitutionID) ([]Person, error) {
	return s.people.All(rd, flow.Query{Name: "institution", Values: []string{string(id)}})
}

// Agreements answers all agreements.
func (s *Service) Agreements(ctx context.Context) ([]Agreement, error) {
	return listed(ctx, s, s.agreements, register)
}

// Shifts answers the shifts that end after from and begin before until.
func (s *Service) Shifts(ctx context.Context, from, until time.Time) (list []Shift, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		list, err = s.ShiftsIn(rd, from, until)
		return err
	})
	return list, err
}

func institutionSpec() flow.Spec[Institution] {
	return flow.Spec[Institution]{
		Kind: "institution", Meta: func(v *Institution) *flow.Meta { return &v.Meta },
		Keys: func(v Institution) []flow.Key { return []flow.Key{everything(v.Name)} },
	}
}

func allianceSpec() flow.Spec[Alliance] {
	return flow.Spec[Alliance]{
		Kind: "alliance", Meta: func(v *Alliance) *flow.Meta { return &v.Meta },
		Keys: func(v Alliance) []flow.Key { return []flow.Key{everything(v.Name)} },
	}
}

func personSpec() flow.Spec[Person] {
	return flow.Spec[Person]{
		Kind: "person", Meta: func(v *Person) *flow.Meta { return &v.Meta },
		Keys: func(v Person) []flow.Key {
			keys := []flow.Key{everything(v.Name), {Name: "login", Value: foldLogin(v.Login)}}
			for _, p := range v.Points {
				keys = append(keys, flow.Key{Name: "institution", Value: string(p.Institution), Sort: v.Name})
			}
			return unique(keys)
		},
	}
}

func unique(keys []flow.Key) []flow.Key {
	seen := map[flow.Key]bool{}
	var once []flow.Key
	for _, k := range keys {
		if !seen[k] {
			once = append(once, k)
		}
		seen[k] = true
	}
	return once
}

func shiftSpec() flow.Spec[Shift] {
	return flow.Spec[Shift]{
		Kind: "shift", Meta: func(v *Shift) *flow.Meta { return &v.Meta },
		Keys: func(v Shift) []flow.Key {
			end := flow.SortTime(v.Until)
			return []flow.Key{everything(end), {Name: "person", Value: string(v.Person), Sort: end}}
		},
		Dues: func(v Shift) []flow.Due {
			if v.Cancelled {
				return nil
			}
			return []flow.Due{{Name: "start", At: v.From}, {Name: "end", At: v.Until}}
		},
	}
}

func agreementSpec() flow.Spec[Agreement] {
	return flow.Spec[Agreement]{
		Kind: "agreement", Meta: func(v *Agreement) *flow.Meta { return &v.Meta },
		Keys: func(v Agreement) []flow.Key {
			return []flow.Key{everything(flow.SortTime(v.From)), {Name: "site", Value: string(v.Site)}, {Name: "provider", Value: string(v.Provider)}}
		},
	}
}

func settingsSpec() flow.Spec[Chosen] {
	return flow.Spec[Chosen]{Kind: "settings", Meta: func(v *Chosen) *flow.Meta { return &v.Meta }}
}

// by is a command of actor now.
func (s *Service) by(actor yilian.Actor) flow.Command {
	return flow.Command{Actor: actor, At: s.now().UTC()}
}
