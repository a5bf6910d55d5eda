package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
)

// notifyViewers tells everyone who has looked at the studies of a correction, by the trail of the archive, but those who made it.
func (t *txn) notifyViewers(c imaging.Correction, effect imaging.Effect) error {
	saw := map[yilian.PersonID]yilian.StudyUID{}
	for _, uid := range c.Studies {
		people, err := t.viewers(uid)
		if err != nil {
			return err
		}
		for _, p := range people {
			if saw[p] == "" {
				saw[p] = uid
			}
		}
	}
	for _, s := range c.Steps {
		delete(saw, s.By.Person)
	}
	return t.notify(c, effect == imaging.LosesEffect, saw, c.Steps[len(c.Steps)-1].At)
}

// viewers answers the people whom the trail has as readers of a study.
func (t *txn) viewers(uid yilian.StudyUID) ([]yilian.PersonID, error) {
	actors, err := collect(t, func(r *sql.Rows) (a yilian.Actor, err error) {
		var raw []byte
		if err := r.Scan(&raw); err != nil {
			return a, err
		}
		return a, json.Unmarshal(raw, &a)
	}, "SELECT DISTINCT actor FROM event WHERE entity = 'study' AND entity_id = $1 AND action = 'study.read'", uid)
	if err != nil {
		return nil, fmt.Errorf("who has seen a study: %w", err)
	}
	var people []yilian.PersonID
	for _, a := range actors {
		if a.Person != "" {
			people = append(people, a.Person)
		}
	}
	slices.Sort(people)
	return slices.Compact(people), nil
}

func (t *txn) notify(c imaging.Correction, undone bool, saw map[yilian.PersonID]yilian.StudyUID, at time.Time) error {
	people := make([]yilian.PersonID, 0, len(saw))
	for p := range saw {
		people = append(people, p)
	}
	slices.Sort(people)
	taken := int64(0)
	if undone {
		taken = 1
	}
	for _, p := range people {
		id := t.newConflictID()
		n, err := t.exec(`INSERT INTO imaging_notice (id, correction, undone, person, kind, study, at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (correction, undone, person) DO NOTHING`, id, c.ID, taken, p, c.Kind, saw[p], nanos(at), c.Why())
		if err == nil && n > 0 {
			err = t.send(flow.Message{Topic: noticeTopic, Key: id, Audience: []string{"person:" + string(p)}})
		}
		if err != nil {
			return fmt.Errorf("write a notice: %w", err)
		}
	}
	return nil
}

func (x imagingIndex) Notify(ctx context.Context, id string, people []yilian.PersonID, at time.Time) error {
	return x.db.update(ctx, func(t *txn) error {
		c, err := t.correction(id)
		if err != nil {
			return err
		}
		undone := c.State == imaging.CorrectionUndone
		if !undone && !c.InForce() || len(c.Studies) == 0 {
			return nil
		}
		saw := map[yilian.PersonID]yilian.StudyUID{}
		for _, p := range people {
			saw[p] = c.Studies[0]
		}
		for _, s := range c.Steps {
			delete(saw, s.By.Person)
		}
		return t.notify(c, undone, saw, at)
	})
}

func scanNotice(r *sql.Rows) (n imaging.Notice, err error) {
	var undone, at, acknowledged int64
	err = r.Scan(&n.ID, &n.Correction, &undone, &n.Person, &n.Kind, &n.Study, &at, &n.Reason, &acknowledged)
	n.Undone, n.At = undone != 0, moment(at)
	if acknowledged != 0 {
		n.Acknowledged = moment(acknowledged)
	}
	return n, err
}

func (x imagingIndex) Notices(ctx context.Context, person yilian.PersonID, open bool, after string, limit int) (page []imaging.Notice, next string, err error) {
	limit = pageSize(limit)
	s := &search{}
	s.add("person = " + s.arg(person))
	if open {
		s.add("acknowledged = 0")
	}
	if after != "" {
		s.add("id < " + s.arg(after))
	}
	query := "SELECT id, correction, undone, person, kind, study, at, reason, acknowledged FROM imaging_notice" + whereSQL(s.where) +
		" ORDER BY id DESC LIMIT " + s.arg(limit+1)
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanNotice, query, s.args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list notices: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	return page, next, nil
}

func (x imagingIndex) Acknowledge(ctx context.Context, person yilian.PersonID, id string, at time.Time) error {
	return x.db.update(ctx, func(t *txn) error {
		n, err := one(t, scanNotice, `SELECT id, correction, undone, person, kind, study, at, reason, acknowledged FROM imaging_notice
			WHERE id = $1 AND person = $2`, id, person)
		if err != nil || !n.Acknowledged.IsZero() {
			return err
		}
		c, err := t.correction(n.Correction)
		if err != nil {
			return err
		}
		if _, err := t.exec("UPDATE imaging_notice SET acknowledged = $2 WHERE id = $1", id, nanos(at)); err != nil {
			return fmt.Errorf("acknowledge a notice: %w", err)
		}
		return t.appendEvent(yilian.Event{
			Chain: string(c.Institution), Entity: "correction", EntityID: c.ID, Version: c.Version, Action: "correction.acknowledged",
			Actor: yilian.Actor{Person: person}, At: at,
		}, &flow.Message{Topic: noticeTopic, Key: id, Audience: []string{"person:" + string(person)}})
	})
}
