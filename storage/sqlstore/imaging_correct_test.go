package sqlstore_test

import (
	"testing"

	"yilian/storage/sqlstore"
	"yilian/storage/storagetest"
)

func TestCorrections(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			storagetest.CorrectionSuite(t, func(t *testing.T) storagetest.IndexSubject {
				db := open(t, e.open(t))
				return storagetest.IndexSubject{Index: db.Imaging(), Flow: db.Flow(), Fail: sqlstore.Faulty(db)}
			})
		})
	}
}
