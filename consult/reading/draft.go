package reading

import (
	"context"
	"time"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// Draft is what one person has typed for one read task and not signed yet. Each keeps their own: a task that goes to somebody
// else takes no draft away from its author. Saving it again and again is no event of the trail; the first save, each loss of the
// lock and each signature are.
type Draft struct {
	Text
	Author  Person    `json:"author"`
	SavedAt time.Time `json:"savedAt"`
	Version int64     `json:"version"` // 0: nothing saved yet
	// Mark is what Item.Seen was right after it was saved: whoever has seen less has not seen this text.
	Mark int64 `json:"mark,omitempty"`
	// Base is the signed version (Version.N) that it goes on from; 0: none.
	Base int `json:"base,omitempty"`
	// Before is the author's own text that a version signed by somebody else has overtaken.
	Before *Text `json:"before,omitempty"`
}

func draftRef(id yilian.ReadingID, author yilian.PersonID) flow.Ref {
	return flow.Ref{Kind: "draft", ID: string(id) + "/" + string(author)}
}

// The longest texts of a report, in characters.
const (
	maxText      = 20000
	maxTechnique = 4000
)

func (t Text) check() error {
	if utf8.RuneCountInString(t.Findings) > maxText || utf8.RuneCountInString(t.Impression) > maxText || utf8.RuneCountInString(t.Technique) > maxTechnique {
		return yilian.Errorf(yilian.Invalid, "report.long", "The report is too long.")
	}
	return nil
}

// draftOf answers the draft of a person for a task; Version 0 if there is none.
func draftOf(rd flow.Reader, id yilian.ReadingID, author yilian.PersonID) (Draft, error) {
	d, version, err := getDoc[Draft](rd, draftRef(id, author))
	d.Version = version
	return d, err
}

// SaveDraft stores the text of the holder of the lock. cmd.Version is what they had seen (Item.Seen): a second tab that is behind
// gets a Conflict and keeps what it has.
func (s *Service) SaveDraft(ctx context.Context, cmd flow.Command, id yilian.ReadingID, text Text) (d Draft, err error) {
	if err := text.check(); err != nil {
		return d, err
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.tasks.GetIn(tx, string(id))
		if err != nil {
			return err
		}
		if _, err := s.task.Next(t.State, Write, cmd.Actor, s.check(tx, t, cmd.Actor)); err != nil {
			return s.lost(err, t)
		}
		if t.State == Claimed {
			if t, err = s.step(tx, as(cmd), id, Write, "", nil); err != nil {
				return err
			}
		}
		if d, err = s.workingCopy(tx, t, cmd.Actor); err != nil {
			return err
		}
		if d.Version > 0 && d.Text == text {
			return nil // saved already: the answer was lost
		}
		if cmd.Version < d.Mark {
			return draftConflict(d)
		}
		before := d.Version
		d.Version++
		d.Text, d.Author, d.SavedAt, d.Mark = text, person(cmd.Actor), s.Now().UTC(), t.Version+d.Version
		return putDoc(tx, draftRef(id, d.Author.ID), before, d)
	})
	return d, err
}

func draftConflict(d Draft) error {
	e := yilian.Errorf(yilian.Conflict, "report.draftMoved", "This draft was saved elsewhere in the meantime. Compare before you go on.")
	e.Current, e.Params = d, map[string]any{"winner": d.Author.Name, "state": "draft"}
	return e
}

// workingCopy answers the text that the holder goes on with: their own draft, unless somebody else has signed something since;
// then that, and their own beside it.
func (s *Service) workingCopy(rd flow.Reader, t Task, actor yilian.Actor) (Draft, error) {
	d, err := draftOf(rd, t.TaskID(), actor.Person)
	if err != nil {
		return d, err
	}
	d.Author = person(actor)
	r, err := s.reportIn(rd, t)
	if err != nil {
		return d, err
	}
	v, ok := r.latest(t.TaskID())
	if !ok && t.Kind == Correcting && d.Version == 0 { // a correction begins with what is wrong
		v, _ = r.Current()
		d.Text = v.Text
	}
	if !ok || v.N <= d.Base {
		return d, nil
	}
	d.Base = v.N
	if v.Writer.ID == actor.Person {
		return d, nil // what they signed is what they had
	}
	if !d.Empty() && d.Text != v.Text {
		own := d.Text
		d.Before = &own
	}
	d.Text = v.Text
	return d, nil
}
