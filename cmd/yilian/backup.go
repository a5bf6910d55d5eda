package main

import (
	"context"
	"log/slog"
	"time"

	"yilian/storage/backup"
)

// backupCmd copies a running embedded installation into a file.
type backupCmd struct {
	Data string `help:"The installation's data folder." default:"data" type:"path" placeholder:"DIR"`
	To   string `help:"The new file, or a folder in which it gets a name of its own." required:"" type:"path" placeholder:"FILE|DIR"`
}

// Run makes the backup; it answers when the file is complete and on disk.
func (c *backupCmd) Run(ctx context.Context, log *slog.Logger) error {
	to := backup.Target(c.To, time.Now())
	m, err := backup.Write(ctx, c.Data, to, version)
	if err != nil {
		return err
	}
	log.Info("backed up", "file", to, "files", len(m.Files), "bytes", m.Bytes(), "took", m.Ended.Sub(m.Begun).Round(time.Millisecond))
	return nil
}

// restoreCmd makes an installation from a backup.
type restoreCmd struct {
	From string `help:"The file that yilian backup has written." required:"" type:"existingfile" placeholder:"FILE"`
	Data string `help:"The new data folder; it must be empty or missing." required:"" type:"path" placeholder:"DIR"`
}

// Run restores; the folder is there only when all of it was found intact.
func (c *restoreCmd) Run(ctx context.Context, log *slog.Logger) error {
	m, err := backup.Restore(ctx, c.From, c.Data)
	if err != nil {
		return err
	}
	log.Info("restored", "data", c.Data, "files", len(m.Files), "bytes", m.Bytes(), "made", m.Begun)
	return nil
}
