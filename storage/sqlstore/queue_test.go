package sqlstore_test

import (
	"testing"

	"yilian/storage/sqlstore"
	"yilian/storage/storagetest"
)

func TestQueue(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			storagetest.QueueSuite(t, func(t *testing.T) storagetest.QueueSubject {
				db := open(t, e.open(t))
				return storagetest.QueueSubject{Store: db.Queue(), Fail: sqlstore.Faulty(db)}
			})
		})
	}
}
