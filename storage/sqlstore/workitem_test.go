package sqlstore_test

import (
	"testing"

	"yilian/consult/flow"
	"yilian/imaging/ups"
	"yilian/storage/storagetest"
)

func TestWorklist(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			storagetest.WorklistSuite(t, func(t *testing.T) (ups.Store, flow.Store) {
				db := open(t, e.open(t))
				return db.Worklist(), db.Flow()
			})
		})
	}
}
