package request

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// GuestKind is what a guest is to the consult.
type GuestKind string

// The kinds of guests.
const (
	Family      GuestKind = "family"
	Interpreter GuestKind = "interpreter"
	Resident    GuestKind = "resident" // a doctor in training, or another colleague without an account
	Witness     GuestKind = "other"
)

var guestKinds = []GuestKind{Family, Interpreter, Resident, Witness}

// Guest is somebody without an account who may come into the call by a link, once, until a time, and through the lobby. The link's token and what binds it to
// the browser that used it are here as hashes only.
type Guest struct {
	ID      string          `json:"id"`
	Kind    GuestKind       `json:"kind"`
	Name    string          `json:"name"`
	By      Person          `json:"by"` // who invited
	At      time.Time       `json:"at"`
	Until   time.Time       `json:"until"`
	Entered time.Time       `json:"entered,omitzero"` // when the link was used
	Revoked time.Time       `json:"revoked,omitzero"`
	Revoker yilian.PersonID `json:"revoker,omitempty"`
	Hash    string          `json:"hash"`
	Key     string          `json:"key,omitempty"` // of the browser that used the link
}

// GuestPrefix begins the identifier of everybody in a call who is no person of the directory.
const GuestPrefix = "guest-"

// Bounds of guest links.
const (
	guestDefault = 2 * time.Hour
	guestLongest = 24 * time.Hour
	guestsAtOnce = 20 // of one request
	guestToken   = 24 // random bytes
)

// person is the guest as the call and the record name them.
func (g *Guest) person() Person {
	return Person{ID: yilian.PersonID(GuestPrefix + g.ID), Name: g.Name, Title: string(g.Kind)}
}

// open tells whether the link works at a moment.
func (g *Guest) open(now time.Time) bool { return g.Revoked.IsZero() && now.Before(g.Until) }

func (r *Request) guest(p yilian.PersonID) *Guest {
	id, ok := strings.CutPrefix(string(p), GuestPrefix)
	if i := slices.IndexFunc(r.Guests, func(g Guest) bool { return g.ID == id }); ok && i >= 0 {
		return &r.Guests[i]
	}
	return nil
}

func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// NewGuest says who is to be invited. Life is how long the link works; 0: two hours.
type NewGuest struct {
	Kind GuestKind
	Name string
	Life time.Duration
}

func (n *NewGuest) check() error {
	n.Name = strings.TrimSpace(n.Name)
	if n.Life == 0 {
		n.Life = guestDefault
	}
	switch {
	case !slices.Contains(guestKinds, n.Kind):
		return invalid("guest.kind", "A guest is family, an interpreter, a resident or another person.")
	case n.Name == "" || utf8.RuneCountInString(n.Name) > 64:
		return invalid("guest.name", "A guest has a name of at most 64 characters.")
	case n.Life < time.Minute || n.Life > guestLongest:
		return invalid("guest.life", "A guest link works for a minute to %d hours.", int(guestLongest.Hours()))
	}
	return nil
}

// InviteGuest makes a link for one guest and answers its token, which cannot be seen again.
func (s *Service) InviteGuest(ctx context.Context, cmd flow.Command, id yilian.RequestID, n NewGuest) (token string, g Guest, _ Request, err error) {
	if err := n.check(); err != nil {
		return "", g, Request{}, err
	}
	var raw [guestToken]byte
	_, _ = rand.Read(raw[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	r, err := s.act(ctx, cmd, id, ActGuest, func(st *step) (flow.Change, error) {
		open := 0
		for i := range st.r.Guests {
			if st.r.Guests[i].open(st.now) {
				open++
			}
		}
		if open >= guestsAtOnce {
			return flow.Change{}, invalid("guest.many", "A consult has at most %d open guest links.", guestsAtOnce)
		}
		g = Guest{ID: flow.NewID(), Kind: n.Kind, Name: n.Name, By: st.by(), At: st.now, Until: st.now.Add(n.Life), Hash: hashed(token)}
		st.r.Guests = append(st.r.Guests, g)
		return flow.Change{Data: map[string]any{"guest": g.ID, "kind": g.Kind, "until": g.Until}}, nil
	})
	return token, g, r, err
}

// RevokeGuest makes a guest's link worthless. A guest who is in the call is removed by its chair.
func (s *Service) RevokeGuest(ctx context.Context, cmd flow.Command, id yilian.RequestID, guest string) (Request, error) {
	return s.act(ctx, cmd, id, ActGuest, func(st *step) (flow.Change, error) {
		g := st.r.guest(yilian.PersonID(GuestPrefix + guest))
		switch {
		case g == nil:
			return flow.Change{}, yilian.Errorf(yilian.NotFound, "guest.unknown", "There is no such guest.")
		case !g.Revoked.IsZero():
			return nothing()
		}
		g.Revoked, g.Revoker = st.now, st.cmd.Actor.Person
		return flow.Change{Reason: "revoked", Data: map[string]any{"guest": g.ID}}, nil
	})
}

// Guests answers who was invited by link, to somebody who may see the request.
func (s *Service) Guests(ctx context.Context, actor yilian.Actor, id yilian.RequestID) ([]Guest, error) {
	r, err := s.look(ctx, actor, id)
	return r.Guests, err
}

// Invitation is what a guest link shows before it is used: nothing of the patient.
type Invitation struct {
	Name  string
	Kind  GuestKind
	By    Person // who invited
	Until time.Time
	Open  bool // the consult's own people have a room now
	Used  bool // on another device or browser; this one may not
}

func noGuest() error {
	return yilian.Errorf(yilian.NotFound, "guest.link", "This link does not work, or no longer. Ask the doctor for a new one.")
}

// guestIn finds the request and guest of a token. key is what the browser gave, "" for none yet.
func (s *Service) guestIn(rd flow.Reader, token string) (r Request, g *Guest, err error) {
	if token == "" || len(token) > 128 {
		return r, nil, noGuest()
	}
	hash := hashed(token)
	found, _, err := s.repo.FindIn(rd, flow.Query{Name: keyGuest, Values: []string{hash}, Limit: 1})
	if err != nil || len(found) == 0 {
		return r, nil, orElse(err, noGuest())
	}
	r = found[0]
	i := slices.IndexFunc(r.Guests, func(g Guest) bool { return g.Hash == hash })
	if i < 0 || !r.Guests[i].open(s.Now()) || r.State.over() || r.State == AwaitingOpinion || r.State == Opined {
		return r, nil, noGuest()
	}
	return r, &r.Guests[i], nil
}

func orElse(err, instead error) error {
	if err != nil {
		return err
	}
	return instead
}

// Invitation answers what a link is for, without using it.
func (s *Service) Invitation(ctx context.Context, token, key string) (i Invitation, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		r, g, err := s.guestIn(rd, token)
		if err != nil {
			return err
		}
		i = Invitation{Name: g.Name, Kind: g.Kind, By: g.By, Until: g.Until, Open: r.State.held(), Used: g.Key != "" && g.Key != hashed(key)}
		return nil
	})
	return i, err
}

const minGuestKey = 16 // characters

// EnterGuest uses a link and answers a ticket into the lobby of the call. The first use binds the link to the key that the browser made, so that it can come
// again after a reload and nobody else can.
func (s *Service) EnterGuest(ctx context.Context, token, key string) (pass Pass, r Request, err error) {
	switch {
	case s.Calls == nil:
		return pass, r, yilian.Errorf(yilian.Unavailable, "call.none", "This service carries no calls.")
	case len(key) < minGuestKey || len(key) > 128:
		return pass, r, invalid("guest.key", "The key has %d to 128 characters.", minGuestKey)
	}
	var who Person
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		found, g, err := s.guestIn(tx, token)
		if err != nil {
			return err
		}
		if !found.State.held() {
			return yilian.Errorf(yilian.Conflict, "guest.early", "The consult has not begun yet. Please wait.")
		}
		if g.Key != "" && g.Key != hashed(key) {
			return yilian.Errorf(yilian.Conflict, "guest.used", "This link was used already. Ask the doctor for a new one.")
		}
		who, r = g.person(), found
		if g.Key != "" {
			return nil
		}
		cmd := flow.Command{Actor: yilian.System, At: s.Now().UTC()}
		r, err = s.actIn(tx, cmd, found.ID, ActGuestUse, func(st *step) (flow.Change, error) {
			mine := st.r.guest(who.ID)
			mine.Entered, mine.Key = st.now, hashed(key)
			return flow.Change{Data: map[string]any{"guest": mine.ID}}, nil
		})
		return err
	})
	if err != nil {
		return pass, r, err
	}
	pass, err = s.Calls.Ticket(ctx, r.ID, Participant{Person: who, Role: yilian.Role(who.Title), Grace: r.Rules.Grace.D(), Guest: true, Lobby: true})
	return pass, r, err
}
