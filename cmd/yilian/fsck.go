package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// fsckCmd checks the archive: every object against its SHA-256, and the index both ways; and the files of recordings. It may run while the service does.
type fsckCmd struct {
	settings `embed:""`

	Repair bool   `help:"Repair what can be: count again, read layouts again, add objects without a row to the index, fetch good bytes from the backup, take what is damaged out of the listings."`
	From   string `help:"Where good bytes may be found: the data folder of a restored backup, a folder of objects or an s3:// URL." placeholder:"PLACE"`
	Owner  string `help:"The institution whose become objects that have neither a row nor a study in the index (after a loss of the database)." placeholder:"ID"`
	Quick  bool   `help:"Look at sizes only: do not read the objects."`
	Quiet  bool   `help:"Print faults and the summary only."`
}

// Run checks, prints each fault on a line of its own and a summary, and fails if something is left that is wrong.
func (c *fsckCmd) Run(ctx context.Context, log *slog.Logger) error {
	db, err := sqlstore.Open(ctx, c.database(log))
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	defer func() { _ = db.Close() }()
	blobs, err := blob.Open(ctx, c.objects())
	if err != nil {
		return fmt.Errorf("--objects: %w", err)
	}
	f := imaging.Fsck{Index: db.Imaging(), Blobs: blobs, Owner: yilian.InstitutionID(c.Owner), Repair: c.Repair, Quick: c.Quick}
	if c.From != "" {
		if f.Backup, err = backupOf(ctx, c.From); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
	}
	f.Found = func(one imaging.Fault) { _, _ = fmt.Fprintln(os.Stdout, one) }
	if !c.Quiet {
		f.Progress = progressTo(os.Stderr)
	}
	began := time.Now()
	done, err := f.Run(ctx)
	if err != nil {
		return fmt.Errorf("the check could not go on: %w", err)
	}
	_, _ = fmt.Fprintf(os.Stdout, "%d studies, %d instances, %d objects, %d bytes read in %s: %d faults, %d repaired\n",
		done.Studies, done.Instances, done.Objects, done.Bytes, time.Since(began).Round(time.Millisecond), done.Faults, done.Repaired)
	kept := recordingCheck{blobs: blobs, backup: f.Backup, quick: c.Quick, repair: c.Repair}
	if err := kept.run(ctx, db); err != nil {
		return fmt.Errorf("the check of recordings could not go on: %w", err)
	}
	_, _ = fmt.Fprintf(os.Stdout, "%d objects of recordings: %d faults, %d repaired\n", kept.objects, kept.faults, kept.repaired)
	if left := done.Faults - done.Repaired + kept.faults - kept.repaired; left > 0 {
		return fmt.Errorf("%d faults are left", left)
	}
	return nil
}

// backupOf opens a place with objects; a data folder has them in a folder of its own.
func backupOf(ctx context.Context, place string) (imaging.Blobs, error) {
	if in := filepath.Join(place, "objects"); isDir(in) {
		place = in
	}
	return blob.Open(ctx, place)
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

// progressTo prints how far a check is, at most every two seconds.
func progressTo(w io.Writer) func(imaging.Progress) {
	last := time.Now()
	return func(p imaging.Progress) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		_, _ = fmt.Fprintf(w, "%d instances, %.1f GB read, %d objects listed, %d studies counted, %d faults\n",
			p.Instances, float64(p.Bytes)/1e9, p.Objects, p.Studies, p.Faults)
	}
}
