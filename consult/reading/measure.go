package reading

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"yilian"
	"yilian/consult/flow"
)

// Measurements are what one reader drew on a study: opaque to this service, kept so that they come back.
type Measurements struct {
	flow.Meta
	Study  yilian.StudyUID   `json:"study"`
	Author Person            `json:"author"`
	Items  []json.RawMessage `json:"items"`
}

// MeasurementsKind is the entity kind of measurements in the trail.
const MeasurementsKind = "measurements"

// maxMeasurements bounds what one reader may keep for one study, in bytes of JSON.
const maxMeasurements = 1 << 20

func measurementsID(uid yilian.StudyUID, p yilian.PersonID) string {
	return string(uid) + "/" + string(p)
}

// Measurements answers what the actor drew on the study of a task; if nothing, what its reader drew, as a copy to go on from
// (Version 0).
func (s *Service) Measurements(ctx context.Context, actor yilian.Actor, id yilian.ReadingID) (m Measurements, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		t, err := s.seen(rd, actor, id)
		if err != nil {
			return err
		}
		m, err = s.marksOf(rd, t, actor.Person)
		if err != nil || m.Version > 0 || t.Reader.ID == actor.Person || t.Reader.ID == "" {
			return err
		}
		m, err = s.marksOf(rd, t, t.Reader.ID)
		m.Version = 0
		return err
	})
	if m.Items == nil {
		m.Items = []json.RawMessage{}
	}
	return m, err
}

func (s *Service) marksOf(rd flow.Reader, t Task, p yilian.PersonID) (Measurements, error) {
	m, err := s.marks.GetIn(rd, measurementsID(t.Study, p))
	if yilian.KindOf(err) == yilian.NotFound {
		return Measurements{Study: t.Study}, nil
	}
	return m, err
}

// SaveMeasurements stores what the actor drew; cmd.Version is the version they saw, 0 for the first time.
func (s *Service) SaveMeasurements(ctx context.Context, cmd flow.Command, id yilian.ReadingID, items []json.RawMessage) (m Measurements, err error) {
	size := 0
	for _, item := range items {
		size += len(item)
	}
	if size > maxMeasurements {
		return m, yilian.Errorf(yilian.TooLarge, "measurements.large", "The measurements of one study may take 1 MB.")
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.seen(tx, cmd.Actor, id)
		if err != nil {
			return err
		}
		if !cmd.Actor.Is(byReaders...) {
			return yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here may not measure.")
		}
		change := flow.Change{Action: "measure", Silent: true, Data: map[string]int{"items": len(items)}}
		old, err := s.marksOf(tx, t, cmd.Actor.Person)
		if err != nil {
			return err
		}
		if old.Version == 0 {
			m, err = s.marks.CreateIn(tx, cmd, func(flow.Tx) (Measurements, flow.Change, error) {
				return Measurements{Meta: flow.Meta{ID: measurementsID(t.Study, cmd.Actor.Person)}, Study: t.Study, Author: person(cmd.Actor), Items: items}, change, nil
			})
			return err
		}
		if slices.EqualFunc(old.Items, items, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			m = old // saved already: the answer was lost
			return nil
		}
		if cmd.Version != old.Version {
			e := flow.Stale()
			e.Current = old
			return e
		}
		m, err = s.marks.UpdateIn(tx, cmd, old.ID, func(_ flow.Tx, m Measurements) (Measurements, flow.Change, error) {
			m.Items = items
			return m, change, nil
		})
		return err
	})
	return m, err
}
