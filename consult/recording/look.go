package recording

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/request"
)

// Index is what belongs to a recording beside its files; times are milliseconds since Zero.
type Index struct {
	Zero     time.Time    `json:"zero"`
	Duration int64        `json:"durationMs"`
	Events   []IndexEvent `json:"events"`
	Gaps     []IndexGap   `json:"gaps"`
}

// IndexEvent is something that happened in the call.
type IndexEvent struct {
	At     int64  `json:"atMs"`
	Type   string `json:"type"`
	Person string `json:"person,omitempty"`
	Name   string `json:"name,omitempty"`
	Source string `json:"source,omitempty"`
	Text   string `json:"text,omitempty"`
}

// IndexGap is something that is missing.
type IndexGap struct {
	At     int64  `json:"atMs"`
	Until  int64  `json:"untilMs"`
	Person string `json:"person,omitempty"`
	Source string `json:"source,omitempty"`
	Cause  string `json:"cause" enum:"line,server,store"`
	Lost   int    `json:"lost"`
}

func unknown() error {
	return yilian.Errorf(yilian.NotFound, "recording.unknown", "There is no such recording.")
}

// Seen is a recording as one actor may see it, with what they may do.
type Seen struct {
	Recording
	Actions []Action
}

// party tells whether somebody took part in a consult; they may look at its recordings.
func party(seen request.Seen, who yilian.PersonID) bool {
	if who == "" {
		return false
	}
	asked := slices.ContainsFunc(seen.Panel, func(p request.Panelist) bool { return p.Person.ID == who })
	if asked || seen.Requester.ID == who || slices.ContainsFunc(specialists(seen), func(p request.Person) bool { return p.ID == who }) {
		return true
	}
	return slices.ContainsFunc(seen.Legs, func(l request.Leg) bool {
		return slices.ContainsFunc(l.Participants, func(p request.Person) bool { return p.ID == who })
	})
}

// mayLook tells whether the actor may see the recordings of a consult: those who took part, and the heads of the site and of the specialists'
// institutions, who answer for quality.
func mayLook(actor yilian.Actor, seen request.Seen) bool {
	if actor.Is(yilian.RoleSystem) {
		return true
	}
	return actor.Is(yilian.RoleHead) && slices.Contains(institutions(seen), actor.Institution) || actor.Is(yilian.RoleRequester, yilian.RoleSpecialist) && party(seen, actor.Person)
}

// List answers the recordings of a consult that the actor may see, the newest first.
func (s *Service) List(ctx context.Context, actor yilian.Actor, id yilian.RequestID) ([]Seen, error) {
	seen, err := s.Consults.Get(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	list := []Seen{}
	if !mayLook(actor, seen) {
		return list, nil
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		all, err := s.repo.All(rd, flow.Query{Name: keyRequest, Values: []string{string(id)}, Desc: true})
		for _, r := range all {
			list = append(list, s.seen(r, actor))
		}
		return err
	})
	return list, err
}

// Get answers one recording to somebody who may see it, NotFound to everybody else.
func (s *Service) Get(ctx context.Context, actor yilian.Actor, id string) (Seen, error) {
	r, err := s.repo.Get(ctx, id)
	if yilian.KindOf(err) == yilian.NotFound {
		return Seen{}, unknown()
	}
	if err != nil {
		return Seen{}, err
	}
	consult, err := s.Consults.Get(ctx, actor, r.Request)
	if yilian.KindOf(err) == yilian.NotFound || err == nil && !mayLook(actor, consult) {
		return Seen{}, unknown()
	}
	return s.seen(r, actor), err
}

// seen adds what the actor may do.
func (s *Service) seen(r Recording, actor yilian.Actor) Seen {
	return Seen{Recording: r, Actions: s.machine.Allowed(r.State, actor, func(string) error {
		if actor.Institution != r.Site {
			return notHere()
		}
		return free(&r)
	})}
}

func notHere() error {
	return yilian.Errorf(yilian.Forbidden, "recording.site", "Only the head of the institution that asked for the consult may do this.")
}

// look is somebody who looks at a recording in one session.
type look struct{ session, recording string }

// lookedLately is for how long one entry in the trail stands for all reads of one session.
const lookedLately = 15 * time.Minute

// written tells whether a look is in the trail already.
func (s *Service) written(l look, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, at := range s.looked {
		if now.Sub(at) > lookedLately {
			delete(s.looked, k)
		}
	}
	_, known := s.looked[l]
	return known
}

// play lets somebody look, and writes that down before they see anything.
func (s *Service) play(ctx context.Context, actor yilian.Actor, id string) (Recording, error) {
	r, err := s.Get(ctx, actor, id)
	if err != nil {
		return r.Recording, err
	}
	if r.State != Stored {
		e := yilian.Errorf(yilian.Conflict, "recording.state", "The recording cannot be played: it is %s.", r.State)
		e.Params = map[string]any{"state": string(r.State)}
		return r.Recording, e
	}
	l, now := look{actor.Session, id}, s.Now().UTC()
	if actor.Session != "" && s.written(l, now) {
		return r.Recording, nil
	}
	err = flow.Look(ctx, s.Store, yilian.Event{
		Chain: string(r.Site), Entity: EntityKind, EntityID: r.ID, Version: r.Version, Action: "play", Actor: actor, At: now,
	})
	if err == nil {
		s.mu.Lock()
		s.looked[l] = now
		s.mu.Unlock()
	}
	return r.Recording, err
}

// indexMost bounds an index that is read.
const indexMost = 64 << 20

// Index answers the index of a recording to somebody who plays it.
func (s *Service) Index(ctx context.Context, actor yilian.Actor, id string) (x Index, err error) {
	r, err := s.play(ctx, actor, id)
	if err != nil {
		return x, err
	}
	body, err := s.Media.Open(ctx, r.ID, r.Index.Name, 0, -1)
	if err != nil {
		return x, fmt.Errorf("open the index of a recording: %w", err)
	}
	defer func() { _ = body.Close() }() // only read
	doc, err := io.ReadAll(io.LimitReader(body, indexMost))
	if err != nil {
		return x, fmt.Errorf("read the index of a recording: %w", err)
	}
	if sum := sha256.Sum256(doc); hex.EncodeToString(sum[:]) != r.Index.SHA256 {
		return x, fmt.Errorf("the index of recording %s is not what was stored", r.ID)
	}
	if err := json.Unmarshal(doc, &x); err != nil {
		return x, fmt.Errorf("read the index of recording %s: %w", r.ID, err)
	}
	return x, nil
}

// Open answers a part of a file to somebody who plays the recording: n bytes from off on, or all to the end for n < 0. The caller closes it.
func (s *Service) Open(ctx context.Context, actor yilian.Actor, id, name string) (File, func(off, n int64) (io.ReadCloser, error), error) {
	r, err := s.play(ctx, actor, id)
	if err != nil {
		return File{}, nil, err
	}
	i := slices.IndexFunc(r.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, nil, unknown()
	}
	return r.Files[i], func(off, n int64) (io.ReadCloser, error) { return s.Media.Open(ctx, r.ID, name, off, n) }, nil
}

// reasoned is a head's action on a recording, with a reason.
func (s *Service) reasoned(ctx context.Context, cmd flow.Command, id, reason string, a Action, do change) (Seen, error) {
	if strings.TrimSpace(reason) == "" {
		return Seen{}, yilian.Errorf(yilian.Invalid, "recording.reason", "Say why.")
	}
	r, err := s.Get(ctx, cmd.Actor, id)
	if err != nil {
		return r, err
	}
	if cmd.Actor.Institution != r.Site {
		return r, notHere()
	}
	changed, err := s.act(ctx, cmd, id, a, cmd.Actor, do)
	return s.seen(changed, cmd.Actor), err
}

// Delete deletes a recording for good.
func (s *Service) Delete(ctx context.Context, cmd flow.Command, id, reason string) (Seen, error) {
	return s.reasoned(ctx, cmd, id, reason, ActDelete, removal(named(cmd.Actor), strings.TrimSpace(reason)))
}

// Hold puts a recording on legal hold.
func (s *Service) Hold(ctx context.Context, cmd flow.Command, id, reason string) (Seen, error) {
	return s.reasoned(ctx, cmd, id, reason, ActHold, func(r *Recording, now time.Time) (flow.Change, error) {
		h := Hold{ID: flow.NewID(), Reason: strings.TrimSpace(reason), By: named(cmd.Actor), At: now}
		r.Holds = append(r.Holds, h)
		return flow.Change{Reason: h.Reason, Data: map[string]any{"hold": h.ID}}, nil
	})
}

// Release ends all legal holds that last.
func (s *Service) Release(ctx context.Context, cmd flow.Command, id, reason string) (Seen, error) {
	return s.reasoned(ctx, cmd, id, reason, ActRelease, func(r *Recording, now time.Time) (flow.Change, error) {
		if !r.held() {
			return flow.Change{}, errKnown
		}
		by := named(cmd.Actor)
		for i := range r.Holds {
			if h := &r.Holds[i]; h.ReleasedAt.IsZero() {
				h.ReleasedAt, h.ReleasedBy, h.ReleaseReason = now, &by, strings.TrimSpace(reason)
			}
		}
		if !r.KeepUntil.IsZero() && r.KeepUntil.Before(now) {
			r.KeepUntil = now // what has expired meanwhile goes now
		}
		return flow.Change{Reason: strings.TrimSpace(reason)}, nil
	})
}

// Each answers every stored recording, for a check of its objects.
func (s *Service) Each(ctx context.Context, do func(Recording) error) error {
	for after := ""; ; {
		page, next, err := s.repo.Find(ctx, flow.Query{Name: keyAll, Values: []string{""}, After: after, Limit: 200})
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := do(r); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			return nil
		}
	}
}
