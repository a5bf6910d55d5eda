package share

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Studies knows who may give a study away.
type Studies interface {
	// MayGive answers the institution whose images they are and its name, or NotFound for who may not give them away.
	MayGive(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) (yilian.InstitutionID, string, error)
}

// Client is where a guest comes from.
type Client struct{ Address, Agent string }

// Service keeps links and releases. It is safe for concurrent use.
type Service struct {
	store    flow.Store
	studies  Studies
	now      func() time.Time
	links    *flow.Repo[Link]
	releases *flow.Repo[Release]
}

// New makes the service.
func New(store flow.Store, studies Studies, now func() time.Time) *Service {
	return &Service{store, studies, now, flow.NewRepo(store, linkSpec()), flow.NewRepo(store, releaseSpec())}
}

// Register binds the due-times to the clock.
func (s *Service) Register(clock *flow.Clock) { clock.Handle(LinkKind, s.Due) }

// Due writes down that a link has expired.
func (s *Service) Due(ctx context.Context, d flow.Due) error {
	now := s.now().UTC()
	_, err := s.links.Update(ctx, flow.Firing(d, now), d.ID, func(_ flow.Tx, l Link) (Link, flow.Change, error) {
		l.ExpiredAt = now
		return l, flow.Change{Action: "expire"}, nil
	})
	return err
}

func random(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// sixDigits is a code that can be told on the telephone.
func sixDigits() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // never fails
	return fmt.Sprintf("%06d", n)
}

// Secrets are what a link is opened with. They are answered once and kept nowhere.
type Secrets struct{ Token, Code string }

// Make makes a link to a study. Who asks again with the same key has not seen the answer: it is the same link then, with new secrets, as nobody knows
// the first ones.
func (s *Service) Make(ctx context.Context, cmd flow.Command, study yilian.StudyUID, n NewLink) (secrets Secrets, l Link, err error) {
	if err := n.check(); err != nil {
		return secrets, l, err
	}
	house, name, err := s.studies.MayGive(ctx, cmd.Actor, study)
	if err != nil {
		return secrets, l, err
	}
	secrets = Secrets{random(24), sixDigits()}
	cmd.At = s.now().UTC()
	l, err = s.links.Create(ctx, cmd, func(tx flow.Tx) (Link, flow.Change, error) {
		all, err := s.links.All(tx, flow.Query{Name: keyStudy, Values: []string{string(study)}})
		if err != nil {
			return l, flow.Change{}, err
		}
		open := 0
		for i := range all {
			if state := all[i].State(cmd.At); state == Waiting || state == Open {
				open++
			}
		}
		if open >= atOnce {
			return l, flow.Change{}, yilian.Errorf(yilian.Invalid, "share.many", "A study has at most %d open links. Withdraw one first.", atOnce)
		}
		l := Link{
			Study: study, Institution: house, House: name, By: cmd.Actor.Person, ByName: cmd.Actor.Name, For: n.For, Until: cmd.At.Add(n.Life), Download: n.Download,
			Report: n.Report, Hash: hashed(secrets.Token), Code: hashed(secrets.Token + secrets.Code),
		}
		return l, flow.Change{Action: "make", Data: map[string]any{"study": study, "until": l.Until, "download": l.Download, "report": l.Report}}, nil
	})
	if err != nil || l.Hash == hashed(secrets.Token) {
		return secrets, l, err
	}
	cmd.Key = ""
	l, err = s.links.Update(ctx, cmd, l.ID, func(_ flow.Tx, l Link) (Link, flow.Change, error) {
		if l.State(cmd.At) != Waiting {
			return l, flow.Change{}, flow.Stale()
		}
		l.Hash, l.Code = hashed(secrets.Token), hashed(secrets.Token+secrets.Code)
		return l, flow.Change{Action: "renew"}, nil
	})
	return secrets, l, err
}

// List answers all links to a study, the newest first, to who may give it away.
func (s *Service) List(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) (all []Link, err error) {
	if _, _, err := s.studies.MayGive(ctx, actor, study); err != nil {
		return nil, err
	}
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		all, err = s.links.All(rd, flow.Query{Name: keyStudy, Values: []string{string(study)}, Desc: true})
		return err
	})
	return all, err
}

// Revoke makes a link worthless at once, also on pages that are open.
func (s *Service) Revoke(ctx context.Context, cmd flow.Command, id string) (l Link, err error) {
	l, err = s.links.Get(ctx, id)
	if err != nil {
		return l, err
	}
	if _, _, err := s.studies.MayGive(ctx, cmd.Actor, l.Study); err != nil {
		return Link{}, err
	}
	return s.links.Update(ctx, cmd, id, func(_ flow.Tx, l Link) (Link, flow.Change, error) {
		if s := l.State(cmd.At); s == Revoked || s == Expired {
			return l, flow.Change{}, nil
		}
		l.RevokedAt, l.Revoker = cmd.At.UTC(), cmd.Actor.Name
		return l, flow.Change{Action: "revoke"}, nil
	})
}

// in finds the link of a token and whether the browser is the one that opened it.
func (s *Service) in(rd flow.Reader, token string) (Link, error) {
	if token == "" || len(token) > 128 {
		return Link{}, unknown()
	}
	found, _, err := s.links.FindIn(rd, flow.Query{Name: keyHash, Values: []string{hashed(token)}, Limit: 1})
	if err != nil {
		return Link{}, err
	}
	if len(found) == 0 {
		return Link{}, unknown()
	}
	return found[0], nil
}

// mine tells whether a browser's key is that of the one that opened the link.
func (l *Link) mine(key string) bool {
	return l.Browser != "" && key != "" && subtle.ConstantTimeCompare([]byte(l.Browser), []byte(hashed(key))) == 1
}

// Look answers a link that works in this browser, and whether it is open here already. What it answers before that tells nothing of the study but for
// whom it is. A browser that comes with a link that another has opened is written down; else nothing changes.
func (s *Service) Look(ctx context.Context, token, key string, from Client) (l Link, here bool, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		l, err = s.in(rd, token)
		return err
	})
	if err == nil {
		err = over(l.State(s.now()))
	}
	switch {
	case err != nil:
		return Link{}, false, err
	case l.Browser == "" || l.mine(key):
		return l, l.Browser != "", nil
	}
	cmd := flow.Command{Actor: l.Actor(from.Address), At: s.now().UTC()}
	_, err = s.links.Update(ctx, cmd, l.ID, func(_ flow.Tx, l Link) (Link, flow.Change, error) {
		l.Refused++
		return l, flow.Change{Action: "refuse"}, nil
	})
	if err == nil {
		err = used()
	}
	return Link{}, false, err
}

// Unlock opens a link with its code, for the browser that shows key ("": none yet), and answers the key to keep there. A wrong code counts, the last one locks.
func (s *Service) Unlock(ctx context.Context, token, code, key string, from Client) (l Link, _ string, err error) {
	given, fresh := key, random(32)
	var refusal error
	err = s.store.Update(ctx, func(tx flow.Tx) error {
		found, err := s.in(tx, token)
		if err != nil {
			return err
		}
		if key = given; key != "" {
			// Only a key that was made here is taken: one that somebody put into this browser is not.
			known, _, err := s.links.FindIn(tx, flow.Query{Name: keyBrowser, Values: []string{hashed(key)}, Limit: 1})
			if err != nil {
				return err
			}
			if len(known) == 0 {
				key = ""
			}
		}
		if key == "" {
			key = fresh
		}
		cmd := flow.Command{Actor: found.Actor(from.Address), At: s.now().UTC()}
		l, err = s.links.UpdateIn(tx, cmd, found.ID, func(_ flow.Tx, l Link) (Link, flow.Change, error) {
			var change flow.Change
			change, refusal = l.unlock(token, strings.TrimSpace(code), key, from, cmd.At)
			return l, change, nil
		})
		return err
	})
	if err == nil {
		err = refusal
	}
	return l, key, err
}

// unlock is one try with a code.
func (l *Link) unlock(token, code, key string, from Client, now time.Time) (flow.Change, error) {
	if err := over(l.State(now)); err != nil {
		return flow.Change{}, err
	}
	if l.Browser != "" && !l.mine(key) {
		l.Refused++
		return flow.Change{Action: "refuse"}, used()
	}
	if subtle.ConstantTimeCompare([]byte(l.Code), []byte(hashed(token+code))) != 1 {
		l.Wrong++
		if l.Wrong >= wrongCodes {
			l.LockedAt = now
			return flow.Change{Action: "lock", Data: map[string]any{"wrong": l.Wrong}}, over(Locked)
		}
		e := yilian.Errorf(yilian.Forbidden, "share.code", "The code is wrong. %d tries are left.", wrongCodes-l.Wrong)
		e.Params = map[string]any{"left": wrongCodes - l.Wrong}
		return flow.Change{Action: "wrongCode", Data: map[string]any{"wrong": l.Wrong}}, e
	}
	l.Wrong = 0
	if l.Browser != "" {
		return flow.Change{}, nil
	}
	l.Browser, l.OpenedAt, l.OpenedFrom, l.Agent = hashed(key), now, from.Address, from.Agent
	return flow.Change{Action: "open"}, nil
}

// Enter notes that the page of a link was opened in its browser, and answers the link.
func (s *Service) Enter(ctx context.Context, token, key string, from Client) (l Link, err error) {
	var refusal error
	err = s.store.Update(ctx, func(tx flow.Tx) error {
		found, err := s.in(tx, token)
		if err != nil {
			return err
		}
		cmd := flow.Command{Actor: found.Actor(from.Address), At: s.now().UTC()}
		l, err = s.links.UpdateIn(tx, cmd, found.ID, func(_ flow.Tx, l Link) (Link, flow.Change, error) {
			if refusal = over(l.State(cmd.At)); refusal != nil {
				return l, flow.Change{}, nil
			}
			if !l.mine(key) {
				l.Refused++
				refusal = used()
				return l, flow.Change{Action: "refuse"}, nil
			}
			l.Looks++
			l.LookedAt = cmd.At
			return l, flow.Change{Action: "look"}, nil
		})
		return err
	})
	if err == nil {
		err = refusal
	}
	return l, err
}

// TakeAway notes that a study is downloaded by the link to it that was opened in a browser, and answers the link.
func (s *Service) TakeAway(ctx context.Context, key string, study yilian.StudyUID, from Client) (l Link, err error) {
	open, err := s.opened(ctx, key, study)
	if err != nil {
		return l, err
	}
	if !open.Download {
		return l, yilian.Errorf(yilian.Forbidden, "share.noDownload", "The hospital lets you look at these images, not take them.")
	}
	cmd := flow.Command{Actor: open.Actor(from.Address), At: s.now().UTC()}
	return s.links.Update(ctx, cmd, open.ID, func(_ flow.Tx, l Link) (Link, flow.Change, error) {
		if l.State(cmd.At) != Open {
			return l, flow.Change{}, unknown()
		}
		l.Downloads++
		return l, flow.Change{Action: "download"}, nil
	})
}

// Seer answers who looks at a study in a browser: the guest of the link to it that was opened there. NotFound for everybody else.
func (s *Service) Seer(ctx context.Context, key string, study yilian.StudyUID, address string) (yilian.Actor, error) {
	l, err := s.opened(ctx, key, study)
	if err != nil {
		return yilian.Actor{}, err
	}
	return l.Actor(address), nil
}

// opened finds a link to a study that a browser has opened and that works.
func (s *Service) opened(ctx context.Context, key string, study yilian.StudyUID) (l Link, err error) {
	if key == "" || len(key) > 128 {
		return l, unknown()
	}
	var all []Link
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		all, err = s.links.All(rd, flow.Query{Name: keyBrowser, Values: []string{hashed(key)}, From: string(study), To: string(study) + "!"}) // "!" stands before whatever may follow in a longer UID
		return err
	})
	if err != nil {
		return l, err
	}
	i := slices.IndexFunc(all, func(l Link) bool { return l.Study == study && l.State(s.now()) == Open })
	if j := slices.IndexFunc(all, func(l Link) bool { return l.Study == study && l.State(s.now()) == Open && l.Download }); j >= 0 {
		i = j // the one that allows more
	}
	if i < 0 {
		return l, unknown()
	}
	return all[i], nil
}

// MaySee answers the study that an actor sees by a link, while the link lasts.
func (s *Service) MaySee(ctx context.Context, actor yilian.Actor) (l Link, err error) {
	id, ok := strings.CutPrefix(actor.Session, session)
	if !ok || !actor.Is(RoleGuest) {
		return l, unknown()
	}
	if l, err = s.links.Get(ctx, id); err != nil {
		return Link{}, unknown()
	}
	if l.State(s.now()) != Open {
		return Link{}, unknown()
	}
	return l, nil
}
