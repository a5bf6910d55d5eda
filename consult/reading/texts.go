package reading

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// Owner says whose a template is.
type Owner string

// The owners of templates. What a person has stands before what the institution has, and that before the program's own.
const (
	OfPerson      Owner = "person"
	OfInstitution Owner = "institution"
	OfProgram     Owner = "program"
)

// KeptTemplate is a template that a person or an institution made.
type KeptTemplate struct {
	flow.Meta
	Owner   Owner    `json:"owner"`
	OwnerID string   `json:"ownerId"`
	Retired bool     `json:"retired,omitempty"` // not offered any more
	Of      Template `json:"of"`
}

// TemplateKind is the entity kind of a kept template in trail and messages.
const TemplateKind = "template"

const (
	keyOwner = "owner"
	// maxTemplates bounds how many one owner may keep.
	maxTemplates = 300
)

func templateKeys(t KeptTemplate) []flow.Key {
	if t.Retired {
		return nil
	}
	return []flow.Key{{Name: keyOwner, Value: string(t.Owner) + "/" + t.OwnerID, Sort: t.Of.Name}}
}

// OwnedTemplate is a template with whose it is; Version is 0 for the program's own.
type OwnedTemplate struct {
	Template
	Owner   Owner
	Version int64
}

// ownerID answers who keeps the actor's templates of an owner.
func ownerID(actor yilian.Actor, o Owner) string {
	if o == OfPerson {
		return string(actor.Person)
	}
	return string(actor.Institution)
}

// Templates answers what the actor may start a report from: their own, their institution's, the program's.
func (s *Service) Templates(ctx context.Context, actor yilian.Actor, q TemplateQuery) (out []OwnedTemplate, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		out = nil
		for _, o := range []Owner{OfPerson, OfInstitution} {
			kept, err := s.kept.All(rd, flow.Query{Name: keyOwner, Values: []string{string(o) + "/" + ownerID(actor, o)}})
			if err != nil {
				return fmt.Errorf("templates of %s: %w", o, err)
			}
			version := map[string]int64{}
			var all Templates
			for _, k := range kept {
				k.Of.ID = k.ID
				version[k.ID] = k.Version
				all = append(all, k.Of)
			}
			for _, t := range all.For(q) {
				out = append(out, OwnedTemplate{t, o, version[t.ID]})
			}
		}
		return nil
	})
	for _, t := range s.templates.For(q) {
		out = append(out, OwnedTemplate{t, OfProgram, 0})
	}
	return out, err
}

// SaveTemplate makes a template (no id) or replaces one; cmd.Version is the version that was seen.
func (s *Service) SaveTemplate(ctx context.Context, cmd flow.Command, owner Owner, id string, t Template) (k KeptTemplate, err error) {
	t.ID = ""
	if err := t.check(); err != nil {
		return k, err
	}
	if err := mayKeep(cmd.Actor, owner); err != nil {
		return k, err
	}
	who := ownerID(cmd.Actor, owner)
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		if id != "" {
			k, err = s.changeTemplate(tx, cmd, owner, id, "change", func(k *KeptTemplate) { k.Of = t })
			return err
		}
		have, err := s.kept.All(tx, flow.Query{Name: keyOwner, Values: []string{string(owner) + "/" + who}})
		if err != nil {
			return err
		}
		if len(have) >= maxTemplates {
			return yilian.Errorf(yilian.TooLarge, "template.many", "There may be %d templates at most.", maxTemplates)
		}
		k, err = s.kept.CreateIn(tx, cmd, func(flow.Tx) (KeptTemplate, flow.Change, error) {
			return KeptTemplate{Owner: owner, OwnerID: who, Of: t}, flow.Change{Action: "create", Silent: true}, nil
		})
		return err
	})
	return k, err
}

// RetireTemplate takes a template out of use; reports that began with it are not touched.
func (s *Service) RetireTemplate(ctx context.Context, cmd flow.Command, owner Owner, id string) error {
	if err := mayKeep(cmd.Actor, owner); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx flow.Tx) error {
		_, err := s.changeTemplate(tx, cmd, owner, id, "retire", func(k *KeptTemplate) { k.Retired = true })
		return err
	})
}

func (s *Service) changeTemplate(tx flow.Tx, cmd flow.Command, owner Owner, id, action string, change func(*KeptTemplate)) (KeptTemplate, error) {
	return s.kept.UpdateIn(tx, cmd, id, func(_ flow.Tx, k KeptTemplate) (KeptTemplate, flow.Change, error) {
		if k.Owner != owner || k.OwnerID != ownerID(cmd.Actor, owner) || k.Retired {
			return k, flow.Change{}, yilian.Errorf(yilian.NotFound, "template.unknown", "There is no such template.")
		}
		change(&k)
		return k, flow.Change{Action: action, Silent: true}, nil
	})
}

// mayKeep: everybody who reads keeps templates of their own; those of the institution are its administrators'.
func mayKeep(actor yilian.Actor, owner Owner) error {
	switch {
	case owner == OfPerson && actor.Is(byReaders...), owner == OfInstitution && actor.Is(yilian.RoleAdmin):
		return nil
	case owner == OfPerson, owner == OfInstitution:
		return yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here keeps no such templates.")
	}
	return yilian.Errorf(yilian.Invalid, "template.owner", "A template is a person's or an institution's.")
}

// Macro is an abbreviation and what it stands for.
type Macro struct {
	Key  string `json:"key" minLength:"1" maxLength:"20" doc:"Letters and digits, no blank"`
	Text string `json:"text" minLength:"1" maxLength:"2000"`
}

// Macros are the abbreviations of one person.
type Macros struct {
	Version int64   `json:"version"` // 0: nothing saved yet
	Items   []Macro `json:"items"`
}

// maxMacros bounds how many one person may have.
const maxMacros = 500

func macrosRef(p yilian.PersonID) flow.Ref { return flow.Ref{Kind: "macros", ID: string(p)} }

// Macros answers the actor's abbreviations.
func (s *Service) Macros(ctx context.Context, actor yilian.Actor) (m Macros, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) (err error) {
		m, m.Version, err = getDoc[Macros](rd, macrosRef(actor.Person))
		return err
	})
	if m.Items == nil {
		m.Items = []Macro{}
	}
	return m, err
}

// SaveMacros replaces the actor's abbreviations; cmd.Version is what they had seen.
func (s *Service) SaveMacros(ctx context.Context, cmd flow.Command, items []Macro) (m Macros, err error) {
	if err := checkMacros(items); err != nil {
		return m, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		old, version, err := getDoc[Macros](tx, macrosRef(cmd.Actor.Person))
		if err != nil {
			return err
		}
		if slices.Equal(old.Items, items) && version > 0 {
			m = Macros{version, items} // saved already: the answer was lost
			return nil
		}
		if cmd.Version != version {
			return yilian.Errorf(yilian.Conflict, "macros.moved", "The abbreviations were changed elsewhere in the meantime.")
		}
		m = Macros{version + 1, items}
		return putDoc(tx, macrosRef(cmd.Actor.Person), version, m)
	})
	return m, err
}

func checkMacros(items []Macro) error {
	seen := map[string]bool{}
	for _, m := range items {
		key := strings.ToLower(m.Key)
		if key == "" || strings.ContainsAny(key, " \t\n") || strings.TrimSpace(m.Text) == "" || utf8.RuneCountInString(m.Text) > 2000 {
			return yilian.Errorf(yilian.Invalid, "macros.entry", "An abbreviation needs a key without blanks and a text.")
		}
		if seen[key] {
			e := yilian.Errorf(yilian.Invalid, "macros.twice", "The abbreviation %s stands twice.", m.Key)
			e.Params = map[string]any{"key": m.Key}
			return e
		}
		seen[key] = true
	}
	if len(items) > maxMacros {
		return yilian.Errorf(yilian.TooLarge, "macros.many", "There may be %d abbreviations at most.", maxMacros)
	}
	return nil
}
