package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"yilian"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs what is missing of migrations/, forward only. Numbers need not arrive in order: parts of the service have numbers of
// their own.
func migrate(ctx context.Context, dialect goose.Dialect, pool *sql.DB, locker lock.SessionLocker, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	options := []goose.ProviderOption{
		goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true), goose.WithTableName("migration"),
		goose.WithLogger(goose.NopLogger()),
	}
	if locker != nil {
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	current, target, err := versions(ctx, p)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if current > target {
		return yilian.Errorf(yilian.Invalid, "store.newer",
			"The database was written by a newer release (schema %d, this release knows %d).", current, target)
	}
	return up(ctx, p, log)
}

// versions reads what the database has and what we know, and makes the table for it when it is missing.
func versions(ctx context.Context, p *goose.Provider) (current, target int64, err error) {
	for attempt := 0; ; attempt++ {
		current, target, err = p.GetVersions(ctx)
		if err == nil || attempt == maxAttempts {
			return current, target, err
		}
		if err := pause(ctx, attempt+4); err != nil {
			return 0, 0, err
		}
	}
}

// up runs the migrations. On SQLite two programs may start at the same moment, and nothing but a transaction keeps them apart: the one
// that fails looks again.
func up(ctx context.Context, p *goose.Provider, log *slog.Logger) error {
	for attempt := 0; ; attempt++ {
		done, err := p.Up(ctx)
		for _, m := range done {
			log.Info("schema changed", "migration", m.Source.Path, "took", m.Duration)
		}
		if err == nil {
			return nil
		}
		if attempt == maxAttempts || ctx.Err() != nil {
			return fmt.Errorf("change the schema: %w", err)
		}
		if err := pause(ctx, attempt+4); err != nil {
			return err
		}
	}
}
