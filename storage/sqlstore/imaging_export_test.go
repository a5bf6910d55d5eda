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

// otherWays is an index that searches as it would in other archives.
type otherWays struct {
	imagingIndex
	ways ways
}

func (x otherWays) Find(ctx context.Context, scope imaging.Scope, q imaging.Query) (page imaging.Page, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		page, err = t.findPage(scope, q, x.ways)
		return err
	})
	return page, err
}

// AsIfLarge is an index that searches as if it held very many studies.
func AsIfLarge(db *DB) imaging.Index {
	return otherWays{db.Imaging().(imagingIndex), ways{walks: 12}}
}

// AsIfScattered is one that looks up what it can, and takes a page from each list where it cannot.
func AsIfScattered(db *DB) imaging.Index {
	return otherWays{db.Imaging().(imagingIndex), ways{walks: 3, apart: true, farBehind: 3, names: 5, named: 20, namesInitial: 3, namedInitial: 8}}
}
