package sqlstore

import (
	"context"

	"yilian/imaging"
)

// FillImaging writes studies with one series each straight into the index, many in one transaction: only for measuring searches.
func FillImaging(ctx context.Context, db *DB, make func(i int) (imaging.Study, imaging.Series), from, to int) error {
	const batch = 5000
	for ; from < to; from += batch {
		err := db.update(ctx, func(t *txn) error {
			for i := from; i < min(from+batch, to); i++ {
				study, series := make(i)
				if err := t.insertStudy(study); err != nil {
					return err
				}
				if err := t.insertSeries(study, series); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
