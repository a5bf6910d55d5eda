package directory

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Session is one sign-in of one person (or one wall screen) on one device. Its secret is in the cookie; here is its hash only.
type Session struct {
	flow.Meta
	Hash    string          `json:"hash"` // SHA-256 of the cookie's value, hex
	CSRF    string          `json:"csrf"` // what unsafe requests must repeat in X-CSRF-Token
	Person  yilian.PersonID `json:"person"`
	Point   string          `json:"point"`           // the practice point the person works at
	Kiosk   string          `json:"kiosk,omitempty"` // the token of a wall screen, which has no person
	Address string          `json:"address"`
	Agent   string          `json:"agent"`
	Seen    time.Time       `json:"seen"`    // written at most once a minute
	Expires time.Time       `json:"expires"` // absolute
	Idle    Duration        `json:"idle"`    // unseen for longer: over
	Ended   time.Time       `json:"ended,omitzero"`
	Why     string          `json:"why,omitempty"` // signedOut, moved, revoked, expired
}

func sessionSpec() flow.Spec[Session] {
	return flow.Spec[Session]{
		Kind: "session", Meta: func(v *Session) *flow.Meta { return &v.Meta },
		Keys: func(v Session) []flow.Key {
			if !v.Ended.IsZero() {
				return nil
			}
			return []flow.Key{
				{Name: "hash", Value: v.Hash},
				{Name: "person", Value: string(v.Person), Sort: flow.SortTime(v.CreatedAt)},
				{Name: "kiosk", Value: v.Kiosk},
			}
		},
		Dues: func(v Session) []flow.Due {
			if !v.Ended.IsZero() {
				return nil
			}
			return []flow.Due{{Name: "expire", At: v.Expires}}
		},
		Audience: func(v Session) []string { return []string{"person:" + string(v.Person), "session:" + v.ID} },
		State: func(v Session) string {
			if v.Ended.IsZero() {
				return "open"
			}
			return "ended"
		},
	}
}

// Client is where a request comes from.
type Client struct{ Address, Agent string }

// Identity is who stands behind a session: everything a page needs to know about itself.
type Identity struct {
	Session     Session
	Person      Person
	Point       Point
	Institution Institution
}

// Actor answers the actor of a signed-in person at the session's point.
func (i Identity) Actor() yilian.Actor {
	return yilian.Actor{
		Person: yilian.PersonID(i.Person.ID), Name: i.Person.Name, Institution: i.Point.Institution, Department: i.Point.Department,
		Roles: i.Point.Roles, Session: i.Session.ID, Address: i.Session.Address,
	}
}

func errSignedOut() error {
	return yilian.Errorf(yilian.Unauthenticated, "auth.required", "Please sign in.")
}

// secret answers a new random token of 256 bits and its hash.
func secret() (token, hash string) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, hashOf(token)
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Who answers who holds the token of a live session; Unauthenticated otherwise. It notes the sign of life.
func (s *Service) Who(ctx context.Context, token string) (Identity, error) {
	var id Identity
	now := s.now().UTC()
	err := s.store.View(ctx, func(rd flow.Reader) (err error) {
		id, err = s.whoIn(rd, token, now)
		return err
	})
	if err != nil {
		return Identity{}, err
	}
	if now.Sub(id.Session.Seen) > time.Minute {
		if err := s.seen(ctx, id.Session.ID, now); err != nil {
			s.log.Warn("session not noted as seen", "session", id.Session.ID, "err", err)
		}
	}
	return id, nil
}

func (s *Service) whoIn(rd flow.Reader, token string, now time.Time) (Identity, error) {
	found, _, err := s.sessions.FindIn(rd, flow.Query{Name: "hash", Values: []string{hashOf(token)}, Limit: 1})
	if err != nil {
		return Identity{}, err
	}
	if len(found) == 0 || !found[0].live(now) {
		return Identity{}, errSignedOut()
	}
	if found[0].Kiosk != "" {
		return s.kioskIn(rd, found[0], now)
	}
	id := Identity{Session: found[0]}
	if id.Person, err = s.people.GetIn(rd, string(id.Session.Person)); err != nil {
		return Identity{}, err
	}
	point, ok := id.Person.Point(id.Session.Point)
	if id.Person.Disabled || !ok || !point.Valid(now) {
		return Identity{}, errSignedOut()
	}
	id.Point = point
	id.Institution, err = s.institutions.GetIn(rd, string(point.Institution))
	return id, err
}

func (v Session) live(now time.Time) bool {
	return v.Ended.IsZero() && now.Before(v.Expires) && now.Sub(v.Seen) < v.Idle.D()
}

// seen notes a sign of life without an event: it is no decision of anybody.
func (s *Service) seen(ctx context.Context, id string, now time.Time) error {
	return s.store.Update(ctx, func(tx flow.Tx) error {
		v, err := s.sessions.GetIn(tx, id)
		if err != nil || !v.Ended.IsZero() || now.Before(v.Seen) {
			return err
		}
		v.Seen = now
		return s.sessions.PutQuietly(tx, v)
	})
}

// SignOut ends a session. Whoever signs out of their last one is offline at once.
func (s *Service) SignOut(ctx context.Context, actor yilian.Actor, id, why string) error {
	cmd := s.by(actor)
	err := s.store.Update(ctx, func(tx flow.Tx) error {
		if err := s.endIn(tx, cmd, id, why); err != nil || actor.Person == "" {
			return err
		}
		live, err := s.liveIn(tx, actor.Person)
		if err != nil || len(live) > 0 {
			return err
		}
		return s.goneIn(tx, cmd, actor.Person)
	})
	s.forget(actor.Person)
	return err
}

func (s *Service) endIn(tx flow.Tx, cmd flow.Command, id, why string) error {
	_, err := s.sessions.UpdateIn(tx, cmd, id, func(_ flow.Tx, v Session) (Session, flow.Change, error) {
		if !v.Ended.IsZero() {
			return v, flow.Change{}, nil
		}
		v.Ended, v.Why = s.now().UTC(), why
		return v, flow.Change{Action: "end", Reason: why}, nil
	})
	return err
}

// sessionDue ends a session whose time is over, so that its page is told and it is found no more.
func (s *Service) sessionDue(ctx context.Context, d flow.Due) error {
	now := s.now().UTC()
	_, err := s.sessions.Update(ctx, flow.Firing(d, now), d.ID, func(_ flow.Tx, v Session) (Session, flow.Change, error) {
		if !v.Ended.IsZero() {
			return v, flow.Change{}, nil
		}
		v.Ended, v.Why = now, "expired"
		return v, flow.Change{Action: "end", Reason: "expired"}, nil
	})
	return err
}

// Sessions answers the live sessions of a person, oldest first.
func (s *Service) Sessions(ctx context.Context, person yilian.PersonID) (live []Session, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		live, err = s.liveIn(rd, person)
		return err
	})
	return live, err
}

func (s *Service) liveIn(rd flow.Reader, person yilian.PersonID) ([]Session, error) {
	open, err := s.sessions.All(rd, flow.Query{Name: "person", Values: []string{string(person)}})
	var live []Session
	for _, v := range open {
		if v.live(s.now()) {
			live = append(live, v)
		}
	}
	return live, err
}

// SessionLive tells whether a session is still good; the push uses it to close what was signed out.
func (s *Service) SessionLive(ctx context.Context, id string) (bool, error) {
	v, err := s.sessions.Get(ctx, id)
	if yilian.KindOf(err) == yilian.NotFound {
		return false, nil
	}
	return err == nil && v.live(s.now()), err
}

// endAllIn ends every session of a person, as when the password changes; keep is spared.
func (s *Service) endAllIn(tx flow.Tx, cmd flow.Command, person yilian.PersonID, keep, why string) error {
	open, err := s.sessions.All(tx, flow.Query{Name: "person", Values: []string{string(person)}})
	if err != nil {
		return err
	}
	for _, v := range open {
		if v.ID == keep {
			continue
		}
		if err := s.endIn(tx, cmd, v.ID, why); err != nil {
			return err
		}
	}
	return nil
}

// SwitchPoint moves a session to another practice point of the same person. The token changes: the old one is worthless at once.
func (s *Service) SwitchPoint(ctx context.Context, id Identity, point string) (token string, _ Identity, err error) {
	token, hash := secret()
	now := s.now().UTC()
	err = s.store.Update(ctx, func(tx flow.Tx) error {
		p, ok := id.Person.Point(point)
		if !ok || !p.Valid(now) {
			return yilian.Errorf(yilian.Forbidden, "point.unknown", "You do not work at this practice point.")
		}
		_, err := s.sessions.UpdateIn(tx, s.by(id.Actor()), id.Session.ID, func(_ flow.Tx, v Session) (Session, flow.Change, error) {
			if !v.Ended.IsZero() {
				return v, flow.Change{}, errSignedOut()
			}
			v.Hash, v.Point, v.Seen = hash, point, now
			_, v.CSRF = secret()
			return v, flow.Change{Action: "switch", Data: map[string]any{"point": point}}, nil
		})
		return err
	})
	if err != nil {
		return "", Identity{}, err
	}
	next, err := s.Who(ctx, token)
	return token, next, err
}

// KeepAlive notes that a page of the session is open, and tells whether the session is still good.
func (s *Service) KeepAlive(ctx context.Context, id string, actor yilian.Actor) (bool, error) {
	live, err := s.SessionLive(ctx, id)
	if err != nil || !live {
		return false, err
	}
	if err := s.Alive(ctx, actor); err != nil {
		return true, err
	}
	return true, s.seen(ctx, id, s.now().UTC())
}
