package sqlstore

import (
	"context"
	"fmt"
)

// abandoned is when the leases of a process that is gone have ended. It is not 0, which says that nobody ever had the row in hand: then a newer message may
// have taken its place.
const abandoned = 1

// Abandon gives back the messages and due-times that a process which is gone had in hand, so that nobody waits for the end of their leases. It is for the
// program that begins to serve: a database file has one such program. With PostgreSQL other nodes may hold them, and nothing is done.
func (db *DB) Abandon(ctx context.Context) error {
	if _, alone := db.engine.(sqliteEngine); !alone {
		return nil
	}
	return db.update(ctx, func(t *txn) error {
		for _, table := range []string{"outbox", "due"} {
			if _, err := t.exec("UPDATE "+table+" SET lease_until = $1 WHERE lease_until <> 0", int64(abandoned)); err != nil {
				return fmt.Errorf("abandoned leases of %s: %w", table, err)
			}
		}
		return nil
	})
}
