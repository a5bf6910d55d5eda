package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"yilian"
)

// Snapshot writes a consistent copy of the SQLite database in path, which other programs may be writing to, into the new file to.
func Snapshot(ctx context.Context, path, to string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteURL(path))
	if err != nil {
		return fmt.Errorf("snapshot of %s: %w", path, err)
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", to)
	if e := db.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("snapshot of %s: %w", path, err)
	}
	return Check(ctx, to)
}

// Check reads a whole SQLite database that nobody else uses and answers an error if it is damaged.
func Check(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteURL(path, "query_only(1)"))
	if err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	if verdict != "ok" {
		return yilian.Errorf(yilian.Internal, "store.damaged", "The database %s is damaged: %s.", path, verdict)
	}
	return nil
}
