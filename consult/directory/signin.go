package directory

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// attempts counts the failed sign-ins of one login, known or not. Its identifier is a hash of the login.
type attempts struct {
	Failures int       `json:"failures"` // since the last success
	Until    time.Time `json:"until"`    // locked until
}

func errWrong() error {
	return yilian.Errorf(yilian.Unauthenticated, "auth.wrong", "Login or password is wrong.")
}

func errLocked(until, now time.Time) error {
	minutes := max(int(math.Ceil(until.Sub(now).Minutes())), 1)
	e := yilian.Errorf(yilian.TooMany, "auth.locked", "Too many wrong attempts. Please try again in %d minutes.", minutes)
	e.Params = map[string]any{"minutes": minutes}
	return e
}

// SignIn opens a session and answers the token for its cookie. Wrong passwords and unknown logins take the same time, count
// alike, and lock the login for a while; an address that tries too often is slowed whatever the login.
func (s *Service) SignIn(ctx context.Context, login, password string, from Client) (token string, id Identity, err error) {
	now := s.now().UTC()
	if until := s.callers.blocked(from.Address, now); !until.IsZero() {
		return "", id, errLocked(until, now)
	}
	rules, person, phc, locked, err := s.signInFacts(ctx, login, now)
	if err != nil {
		return "", id, err
	}
	if locked.After(now) {
		return "", id, errLocked(locked, now)
	}
	if len(password) > 1024 || !s.matches(phc, password) || person.ID == "" || person.Disabled {
		s.callers.failed(from.Address, now)
		return "", id, s.noteFailure(ctx, login, person, from, rules, now)
	}
	s.callers.succeeded(from.Address)
	return s.open(ctx, person, from, rules, now)
}

// signInFacts reads all that a sign-in depends on in one go. An unknown login gets the hash that nobody matches.
func (s *Service) signInFacts(ctx context.Context, login string, now time.Time) (rules SignIn, p Person, phc string, locked time.Time, err error) {
	phc = nobody
	err = s.store.View(ctx, func(rd flow.Reader) error {
		all, err := s.SettingsIn(rd, "", now)
		if err != nil {
			return err
		}
		rules = all.SignIn
		count, _, err := attemptsIn(rd, login)
		if err != nil {
			return err
		}
		locked = count.Until
		found, err := s.byLogin(rd, login)
		if err != nil || len(found) == 0 {
			return err
		}
		p = found[0]
		cred, err := s.credentials.GetIn(rd, p.ID)
		if err == nil {
			phc = cred.Hash
		}
		return ignoreMissing(err)
	})
	return rules, p, phc, locked, err
}

func ignoreMissing(err error) error {
	if err != nil && yilian.KindOf(err) == yilian.NotFound {
		return nil
	}
	return err
}

func (s *Service) byLogin(rd flow.Reader, login string) ([]Person, error) {
	found, _, err := s.people.FindIn(rd, flow.Query{Name: "login", Values: []string{foldLogin(login)}, Limit: 1})
	return found, err
}

func attemptsRef(login string) flow.Ref {
	return flow.Ref{Kind: "attempts", ID: hashOf("login:" + foldLogin(login))}
}

func attemptsIn(rd flow.Reader, login string) (attempts, int64, error) {
	var a attempts
	rec, err := rd.Get(attemptsRef(login))
	if err != nil {
		return a, 0, ignoreMissing(err)
	}
	return a, rec.Version, json.Unmarshal(rec.Doc, &a)
}

func putAttempts(tx flow.Tx, login string, a attempts, version int64) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return tx.Put(flow.Record{Ref: attemptsRef(login), Version: version, Doc: doc})
}

// noteFailure counts, locks when it is enough, leaves an event, and answers what the caller is told.
func (s *Service) noteFailure(ctx context.Context, login string, p Person, from Client, rules SignIn, now time.Time) error {
	err := s.store.Update(ctx, func(tx flow.Tx) error {
		a, version, err := attemptsIn(tx, login)
		if err != nil {
			return err
		}
		a.Failures++
		if a.Failures%max(rules.Failures, 1) == 0 {
			a.Until = now.Add(rules.Lock.D())
		}
		if err := putAttempts(tx, login, a, version); err != nil {
			return err
		}
		e := yilian.Event{
			Chain: "system", Entity: "person", EntityID: p.ID, Action: "signInFailed", At: now,
			Actor: yilian.Actor{Address: from.Address},
		}
		if p.ID == "" { // nobody has this login: the trail names its hash, as what was typed may be a password
			e.Entity, e.EntityID = attemptsRef(login).Kind, attemptsRef(login).ID
		}
		return tx.Append(e, nil)
	})
	if err != nil {
		return err
	}
	return errWrong()
}

// open makes the session at the person's first valid point. Beyond the allowed number the oldest session of the person ends.
func (s *Service) open(ctx context.Context, p Person, from Client, rules SignIn, now time.Time) (token string, id Identity, err error) {
	i := slices.IndexFunc(p.Points, func(q Point) bool { return q.Valid(now) })
	if i < 0 {
		return "", id, yilian.Errorf(yilian.Forbidden, "auth.nopoint", "You have no valid practice point. Please ask your administrator.")
	}
	token, hash := secret()
	_, csrf := secret()
	actor := yilian.Actor{Person: yilian.PersonID(p.ID), Name: p.Name, Institution: p.Points[i].Institution, Roles: p.Points[i].Roles, Address: from.Address}
	err = s.store.Update(ctx, func(tx flow.Tx) error {
		_, version, err := attemptsIn(tx, p.Login)
		if err != nil {
			return err
		}
		if err := putAttempts(tx, p.Login, attempts{}, version); err != nil {
			return err
		}
		if err := s.makeRoom(tx, actor, rules); err != nil {
			return err
		}
		_, err = s.sessions.CreateIn(tx, s.by(actor), func(flow.Tx) (Session, flow.Change, error) {
			return Session{
				Hash: hash, CSRF: csrf, Person: actor.Person, Point: p.Points[i].ID, Address: from.Address, Agent: from.Agent,
				Seen: now, Expires: now.Add(rules.Absolute.D()), Idle: rules.Idle,
			}, flow.Change{Action: "open"}, nil
		})
		return err
	})
	if err != nil {
		return "", id, err
	}
	id, err = s.Who(ctx, token)
	return token, id, err
}

func (s *Service) makeRoom(tx flow.Tx, actor yilian.Actor, rules SignIn) error {
	live, err := s.liveIn(tx, actor.Person)
	if err != nil {
		return err
	}
	for len(live) >= max(rules.Sessions, 1) {
		if err := s.endIn(tx, s.by(actor), live[0].ID, "moved"); err != nil {
			return err
		}
		live = live[1:]
	}
	return nil
}

// Unlock lifts the lock of a person's login.
func (s *Service) Unlock(ctx context.Context, actor yilian.Actor, person yilian.PersonID) error {
	return s.store.Update(ctx, func(tx flow.Tx) error {
		p, err := s.people.GetIn(tx, string(person))
		if err != nil {
			return err
		}
		_, version, err := attemptsIn(tx, p.Login)
		if err != nil {
			return err
		}
		if err := putAttempts(tx, p.Login, attempts{}, version); err != nil {
			return err
		}
		return tx.Append(yilian.Event{
			Chain: flow.ChainOf(actor), Entity: "person", EntityID: p.ID, Version: p.Version,
			Action: "unlock", Actor: actor, At: s.now().UTC(),
		}, nil)
	})
}

// ChangePassword lets a person choose another password; all their other sessions end.
func (s *Service) ChangePassword(ctx context.Context, id Identity, old, password string) error {
	cred, err := s.credentials.Get(ctx, id.Person.ID)
	if err != nil {
		return err
	}
	if !s.matches(cred.Hash, old) {
		s.callers.failed(id.Session.Address, s.now())
		return yilian.Errorf(yilian.Forbidden, "password.wrong", "The present password is wrong.")
	}
	return s.setPassword(ctx, id.Actor(), id.Person, password, id.Session.ID)
}

// SetPassword lets an administrator give a person a new password; all their sessions end.
func (s *Service) SetPassword(ctx context.Context, actor yilian.Actor, person yilian.PersonID, password string) error {
	p, err := s.people.Get(ctx, string(person))
	if err != nil {
		return err
	}
	return s.setPassword(ctx, actor, p, password, "")
}

func (s *Service) setPassword(ctx context.Context, actor yilian.Actor, p Person, password, keep string) error {
	rules, err := s.Settings(ctx, "")
	if err != nil {
		return err
	}
	if err := checkPassword(password, p.Login, rules.SignIn.PasswordMin); err != nil {
		return err
	}
	phc := s.hash(password)
	return s.store.Update(ctx, func(tx flow.Tx) error {
		if err := s.putPassword(tx, actor, p.ID, phc); err != nil {
			return err
		}
		return s.endAllIn(tx, s.by(actor), yilian.PersonID(p.ID), keep, "revoked")
	})
}

// CheckPassword answers Forbidden unless password is the person's: signing asks for it when the institution wants it.
func (s *Service) CheckPassword(ctx context.Context, person yilian.PersonID, password string) error {
	cred, err := s.credentials.Get(ctx, string(person))
	if err != nil {
		return err
	}
	if !s.matches(cred.Hash, password) {
		return yilian.Errorf(yilian.Forbidden, "password.wrong", "The present password is wrong.")
	}
	return nil
}

func (s *Service) putPassword(tx flow.Tx, actor yilian.Actor, person, phc string) error {
	cmd := s.by(actor)
	change := flow.Change{Action: "password", Silent: true}
	if _, err := s.credentials.GetIn(tx, person); err == nil {
		_, err = s.credentials.UpdateIn(tx, cmd, person, func(_ flow.Tx, c credential) (credential, flow.Change, error) {
			c.Hash = phc
			return c, change, nil
		})
		return err
	} else if ignoreMissing(err) != nil {
		return err
	}
	_, err := s.credentials.CreateIn(tx, cmd, func(flow.Tx) (credential, flow.Change, error) {
		return credential{Meta: flow.Meta{ID: person}, Hash: phc}, change, nil
	})
	return err
}
