package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
)

// Imaging gives the database as the index of the image archive.
func (db *DB) Imaging() imaging.Index { return imagingIndex{settled{db}} }

// imagingIndex is imaging.Index over DB. What an addition does is decided by imaging.Apply; here it is read and written.
type imagingIndex struct{ db settled }

// Topics of the messages about studies, and about instances that were kept aside.
const (
	studyTopic    = "study"
	conflictTopic = "conflict"
)

// present turns "no such row" into nil.
func present[T any](v T, err error) (*T, error) {
	if yilian.KindOf(err) == yilian.NotFound {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func (x imagingIndex) EndAssociation(ctx context.Context, association string) error {
	return x.endAssociations(ctx, "id = $1", association)
}

func (x imagingIndex) EndAssociations(ctx context.Context, prefix string, since time.Time) error {
	if since.IsZero() {
		return x.endAssociations(ctx, "id >= $1 AND id < $2", prefix, prefix+lastText)
	}
	return x.endAssociations(ctx, "id >= $1 AND id < $2 AND at < $3", prefix, prefix+lastText, nanos(since))
}

// ownersOf are those whose pages are told of a study that has arrived. Who reads it is told by the clinical side, which knows them.
func ownersOf(s imaging.Study) []string { return []string{"institution:" + string(s.Institution)} }

// administrators are told of what was kept aside.
func administrators() []string { return []string{"role:" + string(yilian.RoleAdmin)} }

// lastText sorts after every text that a key can go on with.
const lastText = "\U0010FFFF"

func (x imagingIndex) endAssociations(ctx context.Context, where string, args ...any) error {
	return x.db.update(ctx, func(t *txn) error {
		studies, err := collect(t, func(r *sql.Rows) (uid string, err error) { return uid, r.Scan(&uid) },
			"DELETE FROM imaging_association WHERE "+where+" RETURNING study", args...)
		if err != nil {
			return fmt.Errorf("end associations: %w", err)
		}
		slices.Sort(studies)
		for _, uid := range slices.Compact(studies) {
			study, err := t.imagingStudy(yilian.StudyUID(uid))
			if yilian.KindOf(err) == yilian.NotFound {
				continue // removed meanwhile
			}
			if err != nil {
				return err
			}
			if err := t.send(flow.Message{Topic: studyTopic, Key: uid, Audience: ownersOf(study)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (x imagingIndex) Study(ctx context.Context, uid yilian.StudyUID) (s imaging.Study, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		s, err = t.imagingStudy(uid)
		return err
	})
	return s, err
}

func (x imagingIndex) Series(ctx context.Context, uid yilian.StudyUID) (all []imaging.Series, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		all, err = collect(t, scanSeries, "SELECT "+seriesColumns+" FROM imaging_series se WHERE se.study = $1 ORDER BY se.number, se.uid", uid)
		return err
	})
	return all, err
}

func (x imagingIndex) Instance(ctx context.Context, uid yilian.InstanceUID) (i imaging.Instance, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		i, err = t.imagingInstance(uid)
		return err
	})
	return i, err
}

func (x imagingIndex) Instances(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID, after string, limit int) ([]imaging.Instance, string, error) {
	return x.instances(ctx, instanceColumns, study, series, after, limit)
}

func (x imagingIndex) Outline(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID, after string, limit int) ([]imaging.Instance, string, error) {
	return x.instances(ctx, outlineColumns, study, series, after, limit)
}

func (x imagingIndex) instances(ctx context.Context, columns string, study yilian.StudyUID, series yilian.SeriesUID, after string, limit int) (page []imaging.Instance, next string, err error) {
	at, err := parseInstanceCursor(after)
	if err != nil {
		return nil, "", err
	}
	limit = pageSize(limit)
	query := "SELECT " + columns + " FROM imaging_instance i WHERE i.study = $1"
	args := []any{study}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if series != "" {
		query += " AND i.series = " + arg(series)
	}
	if at != nil {
		query += " AND (i.series, i.number, i.uid) > (" + arg(at.series) + ", " + arg(at.number) + ", " + arg(at.uid) + ")"
	}
	query += " ORDER BY i.series, i.number, i.uid" + upTo(limit+1)
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanInstance, query, args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list instances: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		next = instanceCursor{string(last.Series), last.Number, string(last.UID)}.String()
	}
	return page, next, nil
}

func (x imagingIndex) Known(ctx context.Context, keys []string) (map[string]bool, error) {
	known := make(map[string]bool, len(keys))
	for part := range chunks(keys, 500) {
		args := make([]any, len(part))
		for i, k := range part {
			args[i] = k
		}
		in := list(1, len(part))
		err := x.db.view(ctx, func(t *txn) error {
			found, err := collect(t, func(r *sql.Rows) (k string, err error) { return k, r.Scan(&k) },
				"SELECT blob FROM imaging_instance WHERE blob IN ("+in+") UNION SELECT blob FROM imaging_conflict WHERE blob IN ("+in+") UNION SELECT blob FROM imaging_rejected WHERE blob <> '' AND blob IN ("+in+")", args...)
			for _, k := range found {
				known[k] = true
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look up blobs: %w", err)
		}
	}
	return known, nil
}

// chunks cuts a list into parts of at most n.
func chunks(keys []string, n int) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for len(keys) > 0 {
			m := min(n, len(keys))
			if !yield(keys[:m]) {
				return
			}
			keys = keys[m:]
		}
	}
}

func (x imagingIndex) Audit(ctx context.Context, e yilian.Event) error {
	return x.db.DB.update(ctx, func(t *txn) error { return t.appendEvent(e, nil) })
}

// keyText makes any text of a header fit to stand in a key column: of valid UTF-8, without control characters, not too long.
func keyText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > maxKey/2 {
		s = strings.ToValidUTF8(s[:maxKey/2], "")
	}
	return s
}

// doc is the JSON of what is only read.
func doc(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b, nil
}
