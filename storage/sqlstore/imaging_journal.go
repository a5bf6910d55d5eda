package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// reach notes up to where a page of the blob store's journal has been recorded: it is in the same transaction as what was recorded,
// so after a power cut the two agree.
func (t *txn) reach(page string, end int64) error {
	if page == "" {
		return nil
	}
	_, err := t.exec("INSERT INTO imaging_journal (page, position) VALUES ($1, $2) ON CONFLICT (page) DO UPDATE SET position = excluded.position", page, end)
	if err != nil {
		return fmt.Errorf("note the position in a journal: %w", err)
	}
	return nil
}

func (x imagingIndex) Position(ctx context.Context, page string) (position int64, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		err := t.queryRow("SELECT position FROM imaging_journal WHERE page = $1", page).Scan(&position)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("position in a journal: %w", err)
	}
	return position, nil
}

// Settle commits durably, and with that everything before it, whether or not there is something to forget.
func (x imagingIndex) Settle(ctx context.Context, forget []string) error {
	return x.db.DB.update(ctx, func(t *txn) error {
		// A transaction that writes nothing is not committed: this row is for that.
		if err := t.reach("settled", t.clock.next()); err != nil {
			return err
		}
		for _, page := range forget {
			if _, err := t.exec("DELETE FROM imaging_journal WHERE page = $1", page); err != nil {
				return fmt.Errorf("forget a page of the journal: %w", err)
			}
		}
		return nil
	})
}
