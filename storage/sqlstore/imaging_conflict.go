package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"

	"yilian"
	"yilian/imaging"
)

// newConflictID gives identifiers that sort by age.
func (t *txn) newConflictID() string {
	return fmt.Sprintf("%014s", strconv.FormatInt(t.clock.next(), 32))
}

// keepAside stores an addition that was objected to, whole.
func (t *txn) keepAside(o imaging.Outcome, a imaging.Addition) error {
	raw, err := doc(a)
	if err != nil {
		return err
	}
	packed, err := pack(raw)
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO imaging_conflict (id, institution, instance, sha256, blob, reason, addition, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		o.Conflict, a.Study.Institution, a.Instance.UID, a.Instance.SHA256, a.Instance.Blob, o.Reason, packed, nanos(a.At))
	if err != nil {
		return fmt.Errorf("keep an instance aside: %w", err)
	}
	return nil
}

// kept is a row of imaging_conflict.
type kept struct {
	id, reason string
	addition   imaging.Addition
}

const keptColumns = "id, reason, addition"

func scanKept(r *sql.Rows) (k kept, err error) {
	var packed []byte
	if err := r.Scan(&k.id, &k.reason, &packed); err != nil {
		return k, err
	}
	raw, err := unpack(packed)
	if err != nil {
		return k, err
	}
	if err := json.Unmarshal(raw, &k.addition); err != nil {
		return k, fmt.Errorf("a kept addition: %w", err)
	}
	return k, nil
}

func (x imagingIndex) Conflicts(ctx context.Context, scope imaging.Scope, after string, limit int) (page []imaging.Conflict, next string, err error) {
	limit = pageSize(limit)
	args := []any{after, limit + 1}
	where := "id > $1 AND settled = ''"
	if !scope.All {
		if len(scope.Institutions) == 0 {
			return nil, "", nil
		}
		where += " AND institution IN (" + list(3, len(scope.Institutions)) + ")"
		for _, i := range scope.Institutions {
			args = append(args, i)
		}
	}
	err = x.db.view(ctx, func(t *txn) error {
		page = nil
		rows, err := collect(t, scanKept, "SELECT "+keptColumns+" FROM imaging_conflict WHERE "+where+" ORDER BY id LIMIT $2", args...)
		if err != nil {
			return err
		}
		for _, k := range rows {
			c, err := t.conflict(k)
			if err != nil {
				return err
			}
			page = append(page, c)
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("list conflicts: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	return page, next, nil
}

func (x imagingIndex) Conflict(ctx context.Context, id string) (c imaging.Conflict, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		k, err := one(t, scanKept, "SELECT "+keptColumns+" FROM imaging_conflict WHERE id = $1", id)
		if err != nil {
			return err
		}
		c, err = t.conflict(k)
		return err
	})
	return c, err
}

func (t *txn) conflict(k kept) (imaging.Conflict, error) {
	a := k.addition
	c := imaging.Conflict{ID: k.id, Reason: k.reason, Institution: a.Study.Institution, Device: a.Instance.Source, At: a.At, Kept: a.Instance}
	current, err := present(t.imagingInstance(a.Instance.UID))
	if current != nil {
		c.Current = *current
	}
	return c, err
}

// settleConflict does what two persons decided about an instance that was kept aside, or takes it back. No bytes are deleted.
func (t *txn) settleConflict(c imaging.Correction, gone bool) (imaging.Correction, error) {
	k, err := one(t, scanKept, "SELECT "+keptColumns+" FROM imaging_conflict WHERE id = $1", c.Conflict.ID)
	if err != nil {
		return c, err
	}
	if !c.Conflict.Replace {
		settled := c.ID
		if gone {
			settled = ""
		}
		_, err := t.exec("UPDATE imaging_conflict SET settled = $2 WHERE id = $1", k.id, settled)
		return c, err
	}
	return c, t.exchange(c, k, gone)
}

// exchange lets a kept instance and the current one change places. The row of the conflict then holds the other one, so that doing it
// again undoes it. Where there is no current one, the row stays and is only settled.
func (t *txn) exchange(c imaging.Correction, k kept, gone bool) error {
	settled := c.ID
	if gone {
		settled = ""
	}
	old, err := present(t.storedInstance(k.addition.Instance.UID))
	if err != nil {
		return err
	}
	touched := []yilian.StudyUID{k.addition.Study.UID}
	alone := old == nil || gone && old.Blob == k.addition.Instance.Blob
	if !alone {
		if err := t.swapKept(k, *old); err != nil {
			return err
		}
	}
	if old != nil {
		touched = append(touched, old.Study)
		if err := t.removeInstance(*old); err != nil {
			return err
		}
	}
	if _, err := t.exec("UPDATE imaging_conflict SET settled = $2 WHERE id = $1", k.id, settled); err != nil {
		return fmt.Errorf("settle a conflict: %w", err)
	}
	switch last := c.Steps[len(c.Steps)-1]; {
	case gone && alone:
	case gone:
		err = t.bringBack(k.addition)
	default:
		a := k.addition
		a.Actor, a.At, a.Association = last.By, last.At, ""
		_, err = t.addInstance(a, true)
	}
	if err != nil {
		return err
	}
	for _, uid := range touched {
		if err := t.recount(uid); err != nil {
			return err
		}
		if err := t.restate(uid); err != nil {
			return err
		}
	}
	return nil
}

// swapKept puts the current instance into the row of a conflict.
func (t *txn) swapKept(k kept, current imaging.Instance) (err error) {
	other := imaging.Addition{Instance: current, At: current.Arrival}
	if other.Study, err = t.imagingStudy(current.Study); err != nil {
		return err
	}
	if other.Series, err = t.imagingSeries(current.Study, current.Series); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM imaging_conflict WHERE id = $1", k.id); err != nil {
		return fmt.Errorf("settle a conflict: %w", err)
	}
	return t.keepAside(imaging.Outcome{Conflict: k.id, Reason: k.reason}, other)
}

// removeInstance takes an instance out of the index; its series and study stay, with one instance less.
func (t *txn) removeInstance(i imaging.Instance) error {
	_, err := t.exec("DELETE FROM imaging_instance WHERE uid = $1", i.UID)
	if err == nil {
		_, err = t.exec("UPDATE imaging_series SET instances = instances - 1, bytes = bytes - $3 WHERE study = $1 AND uid = $2", i.Study, i.Series, i.Size)
	}
	if err == nil {
		err = t.revise(i.Study, i.Series)
	}
	if err == nil {
		_, err = t.exec("UPDATE imaging_study SET instances = instances - 1, bytes = bytes - $2, version = version + 1 WHERE uid = $1", i.Study, i.Size)
	}
	if err != nil {
		return fmt.Errorf("remove an instance: %w", err)
	}
	return nil
}

// instanceCursor is a position in the list of a study's instances.
type instanceCursor struct {
	series string
	number int
	uid    string
}

func (c instanceCursor) String() string {
	return cursor{c.series, strconv.Itoa(c.number) + " " + c.uid}.String()
}

func parseInstanceCursor(s string) (*instanceCursor, error) {
	c, err := parseCursor(s)
	if err != nil || c == nil {
		return nil, err
	}
	var at instanceCursor
	at.series = c.sort
	if _, err := fmt.Sscanf(c.id, "%d %s", &at.number, &at.uid); err != nil {
		return nil, yilian.Errorf(yilian.Invalid, "cursor", "This page marker is not valid. Start again from the first page.")
	}
	return &at, nil
}
