package directory

import (
	"context"
	"encoding/json"

	"yilian"
	"yilian/consult/flow"
)

// Preferences are what one person has chosen for their pages, wherever they sign in: keys and mouse, windows, hangings. The page knows
// what they mean; here they are sections of one small document, of which every change is a version.
type Preferences struct {
	flow.Meta
	Sections map[string]json.RawMessage `json:"sections"`
}

// maxPreferences bounds the document, in bytes of JSON; maxSections its parts.
const (
	maxPreferences = 64 << 10
	maxSections    = 32
)

func preferencesSpec() flow.Spec[Preferences] {
	return flow.Spec[Preferences]{
		Kind: "preferences", Meta: func(v *Preferences) *flow.Meta { return &v.Meta },
		Audience: func(v Preferences) []string { return []string{"person:" + v.ID} },
	}
}

// Preferences answers those of the actor; Version 0: nothing was ever chosen.
func (s *Service) Preferences(ctx context.Context, actor yilian.Actor) (p Preferences, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		p, err = s.preferencesIn(rd, actor.Person)
		return err
	})
	return p, err
}

func (s *Service) preferencesIn(rd flow.Reader, person yilian.PersonID) (Preferences, error) {
	p, err := s.preferences.GetIn(rd, string(person))
	if err != nil {
		return Preferences{Sections: map[string]json.RawMessage{}}, ignoreMissing(err)
	}
	return p, nil
}

// SavePreferences replaces the actor's own; cmd.Version is the version they saw, 0 for none. A stale one is answered with what stands
// there: another window or machine of the same person was faster.
func (s *Service) SavePreferences(ctx context.Context, cmd flow.Command, sections map[string]json.RawMessage) (p Preferences, err error) {
	if doc, err := json.Marshal(sections); err != nil || len(doc) > maxPreferences || len(sections) > maxSections {
		return p, yilian.Errorf(yilian.TooLarge, "preferences.large", "Preferences may take 64 KB.")
	}
	change := flow.Change{Action: "prefer"}
	err = s.store.Update(ctx, func(tx flow.Tx) error {
		old, err := s.preferencesIn(tx, cmd.Actor.Person)
		if err != nil {
			return err
		}
		if cmd.Version != old.Version {
			e := flow.Stale()
			e.Current = old
			return e
		}
		if old.Version == 0 {
			p, err = s.preferences.CreateIn(tx, cmd, func(flow.Tx) (Preferences, flow.Change, error) {
				return Preferences{Meta: flow.Meta{ID: string(cmd.Actor.Person)}, Sections: sections}, change, nil
			})
			return err
		}
		p, err = s.preferences.UpdateIn(tx, cmd, old.ID, func(_ flow.Tx, p Preferences) (Preferences, flow.Change, error) {
			p.Sections = sections
			return p, change, nil
		})
		return err
	})
	return p, err
}
