package sqlstore_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"yilian/consult/flow"
	"yilian/imaging"
	"yilian/storage/sqlstore"
	"yilian/storage/storagetest"
)

func TestImaging(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			storagetest.IndexSuite(t, func(t *testing.T) storagetest.IndexSubject {
				db := open(t, e.open(t))
				return storagetest.IndexSubject{Index: db.Imaging(), Flow: db.Flow(), Fail: sqlstore.Faulty(db)}
			})
		})
	}
}

// TestImagingAhead: an index that records behind the back of who adds is the same index.
func TestImagingAhead(t *testing.T) {
	storagetest.IndexSuite(t, func(t *testing.T) storagetest.IndexSubject {
		db := open(t, sqlstore.Options{Path: t.TempDir() + "/yilian.db"})
		index := &journaled{Index: db.Imaging()}
		return storagetest.IndexSubject{Index: index, Flow: journaledFlow{db.Flow(), index}}
	})
}

// journaled adds as an archive with a journal does: each addition stands in it.
type journaled struct {
	imaging.Index
	added, recorded, end atomic.Int64
}

func (x *journaled) Add(ctx context.Context, a imaging.Addition) (imaging.Outcome, error) {
	a.Page, a.End = "dicom/1", x.end.Add(4096)
	a.Recorded = func(imaging.Outcome) { x.recorded.Add(1) }
	o, err := x.Index.Add(ctx, a)
	if err == nil {
		x.added.Add(1)
	}
	return o, err
}

// journaledFlow looks when the index has recorded all that it answered.
type journaledFlow struct {
	flow.Store
	index imaging.Index
}

func (f journaledFlow) View(ctx context.Context, fn func(flow.Reader) error) error {
	if _, err := f.index.Position(ctx, ""); err != nil {
		return err
	}
	return f.Store.View(ctx, fn)
}

func (f journaledFlow) ClaimMessages(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]flow.Message, error) {
	if _, err := f.index.Position(ctx, ""); err != nil {
		return nil, err
	}
	return f.Store.ClaimMessages(ctx, now, limit, lease)
}
