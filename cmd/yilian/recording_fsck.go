package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"yilian/consult/recording"
	"yilian/imaging"
	"yilian/signaling/record"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// recordingCheck holds every file and index of the recordings against its SHA-256.
type recordingCheck struct {
	blobs  *blob.Store
	backup imaging.Blobs // nil: none
	quick  bool
	repair bool

	objects, faults, repaired int
}

func (c *recordingCheck) run(ctx context.Context, db *sqlstore.DB) error {
	all := recording.New(recording.Config{Store: db.Flow()})
	return all.Each(ctx, func(r recording.Recording) error {
		objects := []recording.Object{*r.Index}
		for _, f := range r.Files {
			objects = append(objects, recording.Object{Name: f.Name, Size: f.Size, SHA256: f.SHA256})
		}
		for _, o := range objects {
			c.objects++
			key := record.Folder(r.ID) + o.Name
			err := c.object(ctx, key, o)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				continue
			}
			c.faults++
			how := ""
			if c.repair && c.backup != nil {
				if failed := c.restore(ctx, key, o); failed != nil {
					how = fmt.Sprintf("; the backup does not help: %v", failed)
				} else {
					c.repaired++
					how = "; fetched from the backup"
				}
			}
			_, _ = fmt.Fprintf(os.Stdout, "recording %s %s: %v%s\n", r.ID, o.Name, err, how)
		}
		return nil
	})
}

var errDiffers = errors.New("the bytes are not those that were stored")

func (c *recordingCheck) object(ctx context.Context, key string, o recording.Object) error {
	if c.quick {
		size, err := c.blobs.Stat(ctx, key)
		if err == nil && size != o.Size {
			return errDiffers
		}
		return err
	}
	body, err := c.blobs.Open(ctx, key, 0, -1)
	if err != nil {
		return err
	}
	return hashed(io.Discard, body, o)
}

// hashed copies an object and fails if it is another one.
func hashed(to io.Writer, from io.ReadCloser, o recording.Object) error {
	defer func() { _ = from.Close() }() // only read
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, hash), from)
	if err != nil {
		return err
	}
	if n != o.Size || hex.EncodeToString(hash.Sum(nil)) != o.SHA256 {
		return errDiffers
	}
	return nil
}

func (c *recordingCheck) restore(ctx context.Context, key string, o recording.Object) error {
	from, err := c.backup.Open(ctx, key, 0, -1)
	if err != nil {
		return err
	}
	to, err := c.blobs.Create(ctx)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	if err := hashed(to, from, o); err != nil {
		to.Abort()
		return err
	}
	return to.Commit(ctx, key)
}
