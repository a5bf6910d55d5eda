package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// The scopes of program tokens.
const (
	ScopeRead  = "dicomweb:read"
	ScopeStore = "dicomweb:store"
	ScopeWork  = "worklist:read"  // look at workitems and hear of them
	ScopeTask  = "worklist:write" // create, claim and finish workitems
	scopeKiosk = "kiosk"
)

// Scopes are those that a program's token may have.
func Scopes() []string { return []string{ScopeRead, ScopeStore, ScopeWork, ScopeTask} }

// Token is a bearer token of a program, or the long-lived link of a wall screen. The secret is shown once; here is its hash.
type Token struct {
	flow.Meta
	Name        string               `json:"name"`
	Hash        string               `json:"hash"`
	Scopes      []string             `json:"scopes"`
	Institution yilian.InstitutionID `json:"institution"`
	Until       time.Time            `json:"until,omitzero"` // zero: until revoked
	Revoked     time.Time            `json:"revoked,omitzero"`
}

// Kiosk tells whether this is the link of a wall screen.
func (t Token) Kiosk() bool { return slices.Contains(t.Scopes, scopeKiosk) }

func (t Token) valid(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Until.IsZero() || now.Before(t.Until))
}

func tokenSpec() flow.Spec[Token] {
	return flow.Spec[Token]{
		Kind: "token", Meta: func(v *Token) *flow.Meta { return &v.Meta },
		Keys: func(v Token) []flow.Key {
			return []flow.Key{{Name: "hash", Value: v.Hash}, everything(flow.SortTime(v.CreatedAt))}
		},
		Audience: func(Token) []string { return []string{"role:" + string(yilian.RoleAdmin)} },
	}
}

// NewToken makes a program's token and answers its secret, which cannot be seen again.
func (s *Service) NewToken(ctx context.Context, actor yilian.Actor, t Token) (secret string, _ Token, err error) {
	for _, scope := range t.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return "", t, invalid("token.scope", "Unknown scope %q.", scope)
		}
	}
	if len(t.Scopes) == 0 {
		return "", t, invalid("token.scope", "A token needs at least one scope.")
	}
	return s.newToken(ctx, actor, t)
}

// NewKiosk makes the long-lived link of a wall screen: it may only look at the board of its institution.
func (s *Service) NewKiosk(ctx context.Context, actor yilian.Actor, name string, institution yilian.InstitutionID) (secret string, _ Token, err error) {
	return s.newToken(ctx, actor, Token{Name: name, Institution: institution, Scopes: []string{scopeKiosk}})
}

func (s *Service) newToken(ctx context.Context, actor yilian.Actor, t Token) (string, Token, error) {
	if strings.TrimSpace(t.Name) == "" {
		return "", t, invalid("token.name", "A token needs a name.")
	}
	token, hash := secret()
	t.Hash, t.Revoked = hash, time.Time{}
	t, err := s.tokens.Create(ctx, s.by(actor), func(tx flow.Tx) (Token, flow.Change, error) {
		if _, err := s.institutions.GetIn(tx, string(t.Institution)); err != nil {
			return t, flow.Change{}, err
		}
		return t, flow.Change{Action: "create", Data: map[string]any{"name": t.Name, "scopes": t.Scopes}}, nil
	})
	return token, t, err
}

// Tokens answers all tokens, oldest first, revoked ones too.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) {
	return listed(ctx, s, s.tokens, register)
}

// RevokeToken makes a token worthless at once, and with it the sessions of a wall screen that came by it.
func (s *Service) RevokeToken(ctx context.Context, actor yilian.Actor, id string) error {
	cmd := s.by(actor)
	return s.store.Update(ctx, func(tx flow.Tx) error {
		_, err := s.tokens.UpdateIn(tx, cmd, id, func(_ flow.Tx, t Token) (Token, flow.Change, error) {
			if !t.Revoked.IsZero() {
				return t, flow.Change{}, nil
			}
			t.Revoked = s.now().UTC()
			return t, flow.Change{Action: "revoke"}, nil
		})
		if err != nil {
			return err
		}
		screens, err := s.sessions.All(tx, flow.Query{Name: "kiosk", Values: []string{id}})
		if err != nil {
			return err
		}
		for _, v := range screens {
			if err := s.endIn(tx, cmd, v.ID, "revoked"); err != nil {
				return err
			}
		}
		return nil
	})
}

// Program answers the actor behind a bearer token: a program with its scopes. The links of wall screens are no bearer tokens.
func (s *Service) Program(ctx context.Context, token string, from Client) (yilian.Actor, error) {
	var t Token
	err := s.store.View(ctx, func(rd flow.Reader) (err error) {
		t, err = s.tokenIn(rd, token)
		return err
	})
	if err != nil {
		return yilian.Actor{}, err
	}
	if t.Kiosk() {
		return yilian.Actor{}, errSignedOut()
	}
	return yilian.Actor{
		Name: t.Name, Institution: t.Institution, Roles: []yilian.Role{yilian.RoleProgram}, Scopes: t.Scopes,
		Session: "token:" + t.ID, Address: from.Address,
	}, nil
}

func (s *Service) tokenIn(rd flow.Reader, token string) (Token, error) {
	found, _, err := s.tokens.FindIn(rd, flow.Query{Name: "hash", Values: []string{hashOf(token)}, Limit: 1})
	if err != nil {
		return Token{}, err
	}
	if len(found) == 0 || !found[0].valid(s.now()) {
		return Token{}, errSignedOut()
	}
	return found[0], nil
}

// SignInKiosk opens the session of a wall screen by its link.
func (s *Service) SignInKiosk(ctx context.Context, link string, from Client) (token string, id Identity, err error) {
	now := s.now().UTC()
	if until := s.callers.blocked(from.Address, now); !until.IsZero() {
		return "", id, errLocked(until, now)
	}
	token, hash := secret()
	_, csrf := secret()
	err = s.store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.tokenIn(tx, link)
		if err != nil || !t.Kiosk() {
			s.callers.failed(from.Address, now)
			return errSignedOut()
		}
		actor := yilian.Actor{Name: t.Name, Institution: t.Institution, Roles: []yilian.Role{yilian.RoleKiosk}, Address: from.Address}
		_, err = s.sessions.CreateIn(tx, s.by(actor), func(flow.Tx) (Session, flow.Change, error) {
			return Session{
				Hash: hash, CSRF: csrf, Kiosk: t.ID, Address: from.Address, Agent: from.Agent, Seen: now,
				Expires: now.AddDate(1, 0, 0), Idle: Duration(30 * 24 * time.Hour),
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

// kioskIn answers the identity of a wall screen: no person, one role, its institution.
func (s *Service) kioskIn(rd flow.Reader, v Session, now time.Time) (Identity, error) {
	t, err := s.tokens.GetIn(rd, v.Kiosk)
	if err != nil {
		return Identity{}, err
	}
	if !t.valid(now) {
		return Identity{}, errSignedOut()
	}
	inst, err := s.institutions.GetIn(rd, string(t.Institution))
	if err != nil {
		return Identity{}, err
	}
	point := Point{ID: "kiosk", Institution: t.Institution, Roles: []yilian.Role{yilian.RoleKiosk}, Filed: true}
	return Identity{Session: v, Person: Person{Name: t.Name, Points: []Point{point}}, Point: point, Institution: inst}, nil
}
