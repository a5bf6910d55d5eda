package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"yilian"
	"yilian/imaging"
)

func (x imagingIndex) Revisions(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID) (all []imaging.Revision, err error) {
	query, args := "SELECT se.uid, se.revision, se.instances FROM imaging_series se WHERE se.study = $1", []any{study}
	if series != "" {
		query, args = query+" AND se.uid = $2", append(args, series)
	}
	err = x.db.view(ctx, func(t *txn) error {
		all, err = collect(t, func(r *sql.Rows) (v imaging.Revision, err error) {
			return v, r.Scan(&v.Series, &v.Revision, &v.Instances)
		},
			query+" ORDER BY se.number, se.uid", args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	return all, nil
}

func (x imagingIndex) Bare(ctx context.Context, uid yilian.InstanceUID) (i imaging.Instance, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		i, err = one(t, scanBare, "SELECT i.doc FROM imaging_instance i WHERE i.uid = $1", uid)
		return err
	})
	return i, err
}

// revise marks what is in a series, or in all series of a study, as changed. Whatever changes how instances are shown calls it in its
// own transaction.
func (t *txn) revise(study yilian.StudyUID, series yilian.SeriesUID) error {
	query, args := "UPDATE imaging_series SET revision = revision + 1 WHERE study = $1", []any{study}
	if series != "" {
		query, args = query+" AND uid = $2", append(args, series)
	}
	if _, err := t.exec(query, args...); err != nil {
		return fmt.Errorf("mark a series as changed: %w", err)
	}
	return nil
}
