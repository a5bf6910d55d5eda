package request

import (
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Talk is what belongs to the dossier from inside the calls of a request: what was said by text, and how good the lines were. It is
// an entity of its own, so that a long chat does not make the request heavy. Its identifier is the request's.
type Talk struct {
	flow.Meta
	Lines    []Line    `json:"lines"`
	Quality  []Quality `json:"quality"`
	Audience []Heard   `json:"audience"` // who listened to a lecture
}

// Line is one line of the chat. Seq counts from 1 in each room.
type Line struct {
	Seq    int64           `json:"seq"`
	Person yilian.PersonID `json:"person"`
	Name   string          `json:"name"`
	Text   string          `json:"text"`
	At     time.Time       `json:"at"`
}

const (
	longestTalk = 2000 // lines
	talkKind    = "talk"
)

func talkSpec() flow.Spec[Talk] {
	return flow.Spec[Talk]{Kind: talkKind, Meta: func(t *Talk) *flow.Meta { return &t.Meta }}
}

// Said keeps a line of the chat. The same line told again is the same line; its text is not in the trail, its number is.
func (s *Service) Said(ctx context.Context, id yilian.RequestID, l Line) error {
	return s.talk(ctx, id, func(r Request, t *Talk) (flow.Change, bool) {
		known := slices.ContainsFunc(t.Lines, func(k Line) bool { return k.Seq == l.Seq && k.Person == l.Person && k.At.Equal(l.At) })
		if known || len(t.Lines) >= longestTalk {
			return flow.Change{}, false
		}
		t.Lines = append(t.Lines, l)
		return flow.Change{Action: "say", Silent: true, Chain: string(r.Site), Data: map[string]any{"seq": l.Seq, "person": l.Person}}, true
	})
}

// talk changes the talk of a request, making it if there is none. A change without an action is a measurement: it makes no event.
func (s *Service) talk(ctx context.Context, id yilian.RequestID, change func(Request, *Talk) (flow.Change, bool)) error {
	cmd := flow.Command{Actor: yilian.System, At: s.Now().UTC()}
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		r, err := s.repo.GetIn(tx, string(id))
		if err != nil {
			return err
		}
		t, err := s.talks.GetIn(tx, string(id))
		if ignoreMissing(err) != nil {
			return err
		}
		t.ID = r.ID
		c, changed := change(r, &t)
		switch {
		case !changed:
			return nil
		case c.Action == "":
			return s.talks.PutQuietly(tx, t)
		case t.Version == 0:
			_, err = s.talks.CreateIn(tx, cmd, func(flow.Tx) (Talk, flow.Change, error) { return t, c, nil })
		default:
			_, err = s.talks.UpdateIn(tx, cmd, t.ID, func(flow.Tx, Talk) (Talk, flow.Change, error) { return t, c, nil })
		}
		return err
	})
}

// Talk answers what was said by text in the calls of a request, to somebody who may see it.
func (s *Service) Talk(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (Talk, error) {
	if _, err := s.look(ctx, actor, id); err != nil {
		return Talk{}, err
	}
	t, err := s.talks.Get(ctx, string(id))
	if t.Lines == nil {
		t.Lines = []Line{}
	}
	if t.Quality == nil {
		t.Quality = []Quality{}
	}
	if t.Audience == nil {
		t.Audience = []Heard{}
	}
	return t, ignoreMissing(err)
}
