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
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if current > target {
		return yilian.Errorf(yilian.Invalid, "store.newer",
			"The database was written by a newer release (schema %d, this release knows %d).", current, target)
	}
	done, err := p.Up(ctx)
	for _, m := range done {
		log.Info("schema changed", "migration", m.Source.Path, "took", m.Duration)
	}
	if err != nil {
		return fmt.Errorf("change the schema: %w", err)
	}
	return nil
}
