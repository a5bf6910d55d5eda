package reading

import (
	"context"
	"encoding/json"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Keeper makes objects of the archive out of what was drawn on a study. It is called again with the very same Keeping after a crash, and
// then answers the very same objects. What cannot be made at all is an Invalid error; any other error is tried again.
type Keeper interface {
	Keep(ctx context.Context, k Keeping) (Made, error)
}

// Made is what became of an order: the objects, and the marks that are in none of them.
type Made struct {
	Objects []KeptObject
	LeftOut []LeftOut
}

// LeftOut is a mark that no object can say, as one that lies outside its recording. The others do not suffer from it.
type LeftOut struct {
	ID   string `json:"id"`
	Tool string `json:"tool,omitempty"`
	Why  string `json:"why"`
}

// Keeping is an order to keep what one reader has drawn for one report, as it was at that moment.
type Keeping struct {
	Report      yilian.ReadingID     `json:"report"` // the objects of one report are versions of one another
	Study       yilian.StudyUID      `json:"study"`
	Number      int                  `json:"number"` // 1, 2 …
	At          time.Time            `json:"at"`
	Complete    bool                 `json:"complete,omitempty"`    // it was signed
	By          Person               `json:"by"`                    // who drew it
	Institution yilian.InstitutionID `json:"institution,omitempty"` // of the reader
	Items       []json.RawMessage    `json:"items"`
	Before      []KeptObject         `json:"before,omitempty"` // what was made the last time
}

// KeptObject is one object that was made.
type KeptObject struct {
	Modality string             `json:"modality"` // SR, PR or KO
	SOPClass string             `json:"sopClass"`
	Study    yilian.StudyUID    `json:"study"`
	Series   yilian.SeriesUID   `json:"series"`
	Instance yilian.InstanceUID `json:"instance"`
	Digest   string             `json:"digest"` // of what it says
}

// Kept is what of the measurements for one report stands in the archive, and what waits to be put there.
type Kept struct {
	flow.Meta
	Site    yilian.InstitutionID `json:"site"`
	Wanted  *Keeping             `json:"wanted,omitempty"` // being carried out
	Next    *Keeping             `json:"next,omitempty"`   // ordered meanwhile: its turn comes after that
	Number  int                  `json:"number,omitempty"` // of what was kept last
	At      time.Time            `json:"at,omitzero"`
	Objects []KeptObject         `json:"objects,omitempty"`
	LeftOut []LeftOut            `json:"leftOut,omitempty"` // of the last order
	Failed  string               `json:"failed,omitempty"`  // code of why the last order could not be carried out
}

// KeptKind is the entity kind of what is kept, in the trail.
const KeptKind = "measurements-kept"

const dueKeep = "keep"

func keptDues(k Kept) []flow.Due {
	if k.Wanted == nil {
		return nil
	}
	return []flow.Due{{Name: dueKeep, At: k.Wanted.At}}
}

// KeepMeasurements orders that what the holder of a task has drawn becomes objects of the archive now, and answers how it stands.
func (s *Service) KeepMeasurements(ctx context.Context, cmd flow.Command, id yilian.ReadingID) (k Kept, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.tasks.GetIn(tx, string(id))
		if err != nil {
			return err
		}
		if _, err := s.task.Next(t.State, Write, cmd.Actor, s.check(tx, t, cmd.Actor)); err != nil {
			return s.lost(err, t)
		}
		if err := s.keepIn(tx, as(cmd), t, false); err != nil {
			return err
		}
		k, err = s.keptOf(tx, t)
		return err
	})
	return k, err
}

// KeptMeasurements answers what of a task's measurements stands in the archive.
func (s *Service) KeptMeasurements(ctx context.Context, actor yilian.Actor, id yilian.ReadingID) (k Kept, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		t, err := s.seen(rd, actor, id)
		if err != nil {
			return err
		}
		k, err = s.keptOf(rd, t)
		return err
	})
	return k, err
}

func (s *Service) keptOf(rd flow.Reader, t Task) (Kept, error) {
	k, err := s.archived.GetIn(rd, string(t.report()))
	if yilian.KindOf(err) == yilian.NotFound {
		return Kept{Meta: flow.Meta{ID: string(t.report())}, Site: t.Site}, nil
	}
	return k, err
}

// keepIn writes the order down, with what the actor has drawn, or else the reader of the task. Nothing drawn is nothing to keep.
func (s *Service) keepIn(tx flow.Tx, cmd flow.Command, t Task, complete bool) error {
	if s.Keeper == nil {
		return nil
	}
	m, err := s.marksOf(tx, t, cmd.Actor.Person)
	from := cmd.Actor.Institution
	if err == nil && m.Version == 0 && t.Reader.ID != "" {
		from = yilian.InstitutionID(t.ReaderFrom)
		m, err = s.marksOf(tx, t, t.Reader.ID)
	}
	if err != nil || len(m.Items) == 0 {
		return err
	}
	k, err := s.keptOf(tx, t)
	if err != nil {
		return err
	}
	wanted := &Keeping{
		Report: t.report(), Study: t.Study, Number: k.Number + 1, At: s.Now().UTC().Truncate(time.Second), Complete: complete,
		By: m.Author, Institution: from, Items: m.Items, Before: k.Objects,
	}
	order := func(k Kept) (Kept, flow.Change, error) {
		if k.Wanted == nil {
			k.Wanted = wanted
		} else {
			wanted.Number = k.Wanted.Number + 1
			k.Next = wanted
		}
		return k, flow.Change{Action: "keep", Silent: true, Data: map[string]any{"number": wanted.Number, "items": len(m.Items), "complete": complete}}, nil
	}
	if k.Version == 0 {
		_, err = s.archived.CreateIn(tx, as(cmd), func(flow.Tx) (Kept, flow.Change, error) { return order(k) })
		return err
	}
	_, err = s.archived.UpdateIn(tx, as(cmd), k.ID, func(_ flow.Tx, k Kept) (Kept, flow.Change, error) { return order(k) })
	return err
}

// keepDue carries an order out: first the objects, which are the same however often they are made, then the note that they are there.
func (s *Service) keepDue(ctx context.Context, d flow.Due) error {
	k, err := s.archived.Get(ctx, d.ID)
	if err != nil {
		return err
	}
	if k.Wanted == nil {
		return s.Store.Update(ctx, func(tx flow.Tx) error { return tx.Fire(d) })
	}
	wanted := *k.Wanted
	made, err := s.Keeper.Keep(ctx, wanted)
	if err != nil && yilian.KindOf(err) != yilian.Invalid {
		return err
	}
	failed := err
	_, err = s.archived.Update(ctx, flow.Firing(d, s.Now()), d.ID, func(_ flow.Tx, k Kept) (Kept, flow.Change, error) {
		return k.done(wanted, made, failed)
	})
	return err
}

// done notes what became of an order, and begins the next one.
func (k Kept) done(order Keeping, made Made, failed error) (Kept, flow.Change, error) {
	change := flow.Change{Action: "kept", Silent: true, Data: map[string]any{"number": order.Number, "objects": made.Objects, "leftOut": made.LeftOut}}
	k.Wanted, k.Failed, k.LeftOut = k.Next, "", made.LeftOut
	k.Next = nil
	if failed == nil {
		k.Number, k.At, k.Objects = order.Number, order.At, made.Objects
	} else {
		k.Failed = "measurements.unfit"
		change = flow.Change{Action: "keep-failed", Reason: failed.Error(), Silent: true}
	}
	if k.Wanted != nil { // a due-time is another one by its moment
		k.Wanted.Number, k.Wanted.Before = order.Number+1, k.Objects
		if first := order.At.Add(time.Second); k.Wanted.At.Before(first) {
			k.Wanted.At = first
		}
	}
	return k, change, nil
}
