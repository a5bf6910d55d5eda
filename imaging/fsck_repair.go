package imaging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"yilian"
)

// Damaged is the code under which fsck takes instances out of the listings whose bytes are damaged. It is no code of DICOM and no note
// tells of it.
const Damaged = "damaged"

// quarantine is the prefix of damaged bytes that good ones have taken the place of.
const quarantine = "quarantine/"

// mend puts good bytes from the backup in the place of damaged ones, or takes the instance out of the listings. Damaged bytes are never
// thrown away. It answers what it did.
func (c *check) mend(ctx context.Context, i Instance, listed bool, f *Fault) (string, error) {
	err := c.fetch(ctx, i, f)
	if err == nil {
		return "fetched from the backup", nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if !errors.Is(err, errNoBackup) {
		f.Detail += "; the backup: " + err.Error()
	}
	if !listed || f.Kind == FaultUnreadable {
		return "", nil // nobody sees it, or it may be read another time
	}
	err = c.Index.Quarantine(ctx, i, string(f.Kind), c.Now().UTC())
	if yilian.KindOf(err) == yilian.NotFound {
		return "", nil // changed meanwhile
	}
	if err != nil {
		return "", err
	}
	return "taken out of the listings", nil
}

// fetch copies the object of an instance from the backup, if it is good there.
func (c *check) fetch(ctx context.Context, i Instance, f *Fault) error {
	if c.Backup == nil {
		return errNoBackup
	}
	quick := c.Quick
	c.Quick = false
	bad, err := c.compare(ctx, c.Backup, i)
	c.Quick = quick
	if err != nil {
		return err
	}
	if bad != nil {
		if bad.Kind == FaultMissing {
			return errNoBackup
		}
		return errors.New(bad.Detail)
	}
	good := blobKey(i.Study, i.UID, c.Now())
	if err := copyObject(ctx, c.Backup, i.Blob, c.Blobs, good); err != nil {
		return err
	}
	if f.Kind != FaultMissing {
		err := copyObject(ctx, c.Blobs, i.Blob, c.Blobs, quarantine+strings.TrimPrefix(good, objects))
		if err != nil && f.Kind != FaultUnreadable {
			return fmt.Errorf("set the damaged bytes aside: %w", err)
		}
	}
	if err := c.Index.Rebind(ctx, i, good); err != nil {
		return err
	}
	// Nobody names the damaged object any more; what stays of it by a failure is swept.
	return c.Blobs.Delete(ctx, i.Blob)
}

func copyObject(ctx context.Context, from Blobs, key string, to Blobs, as string) error {
	r, err := from.Open(ctx, key, 0, -1)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	w, err := to.Create(ctx)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	return w.Commit(ctx, as)
}

// orphans looks for objects that no row names. What is younger than an arrival can take is spared.
func (c *check) orphans(ctx context.Context) error {
	before := c.Now().Add(-2 * finish)
	for after := ""; ; {
		keys, err := c.Blobs.List(ctx, objects, after, MaxPage)
		if err != nil || len(keys) == 0 {
			return err
		}
		after = keys[len(keys)-1]
		c.done.Objects += len(keys)
		old := slices.DeleteFunc(slices.Clone(keys), func(k string) bool {
			at, ok := keyTime(k)
			return ok && !at.Before(before)
		})
		known, err := c.Index.Known(ctx, old)
		if err != nil {
			return err
		}
		for _, k := range old {
			if known[k] {
				continue
			}
			if err := c.orphan(ctx, k); err != nil {
				return err
			}
		}
		c.tell()
	}
}

// orphan tells of an object without a row and, if its owner is known, adds it to the index.
func (c *check) orphan(ctx context.Context, key string) error {
	f := Fault{Kind: FaultOrphan, Key: key, Detail: "no row names the object"}
	if c.Repair {
		done, err := c.adopt(ctx, key, &f)
		if err != nil {
			return err
		}
		f.Repair = done
	}
	if known, err := c.Index.Known(ctx, []string{key}); err != nil || known[key] && f.Repair == "" {
		return err // it got its row meanwhile
	}
	c.fault(f)
	return nil
}

// adopt records an object as an instance of its study's owner.
func (c *check) adopt(ctx context.Context, key string, f *Fault) (string, error) {
	got, err := inspect(ctx, c.Blobs, key)
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		f.Detail += "; it cannot be read: " + err.Error()
		return "", nil
	}
	add, err := describe(got, Incoming{}, c.Owner)
	if err != nil {
		f.Detail += "; " + err.Error()
		return "", nil
	}
	f.Study, f.Instance = add.Study.UID, add.Instance.UID
	owner, err := c.ownerOf(ctx, add.Study.UID)
	if err != nil {
		return "", err
	}
	if owner == "" {
		f.Detail += "; nobody knows whose it is"
		return "", nil
	}
	if owner != c.Owner {
		if add, err = describe(got, Incoming{}, owner); err != nil {
			return "", err
		}
	}
	add.Actor, add.At, add.Instance.Blob = yilian.System, c.Now().UTC(), key
	if at, ok := keyTime(key); ok {
		add.At = at.UTC()
	}
	add.Instance.Arrival = add.At
	outcome, err := c.Index.Add(ctx, add)
	switch {
	case err != nil:
		return "", err
	case outcome.Status == Added:
		return "added to the index", nil
	case outcome.Status == KeptAside && !outcome.Unused:
		return "kept aside for an administrator", nil
	}
	f.Detail = "the same content is in the archive under another key"
	return "", nil
}

// ownerOf is who owns a study, by its row; where there is none, whoever fsck was told.
func (c *check) ownerOf(ctx context.Context, uid yilian.StudyUID) (yilian.InstitutionID, error) {
	s, err := c.Index.Study(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound {
		return c.Owner, nil
	}
	return s.Institution, err
}

// String is one line for a person.
func (f Fault) String() string {
	parts := []string{string(f.Kind)}
	for _, p := range []struct{ name, value string }{{"study", string(f.Study)}, {"instance", string(f.Instance)}, {"object", f.Key}} {
		if p.value != "" {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	line := strings.Join(parts, " ") + ": " + f.Detail
	if f.Repair != "" {
		line += " (" + f.Repair + ")"
	}
	return line
}

// QuarantineEvent is the audit entry of an instance that is damaged.
func QuarantineEvent(i Instance, owner yilian.InstitutionID, version int64, why string, at time.Time) yilian.Event {
	return yilian.Event{
		Chain: string(owner), Entity: "study", EntityID: string(i.Study), Version: version, Action: "instance.damaged", Actor: yilian.System, At: at, Reason: why,
		Data: encoded(map[string]any{"instance": i.UID, "sha256": i.SHA256, "object": i.Blob}),
	}
}

// lookAheadReader counts how much of a stream was consumed through a buffer.
type lookAheadReader struct {
	*bufio.Reader
	from *countReader
}

func newLookAhead(r io.Reader) lookAheadReader {
	from := &countReader{r: r}
	return lookAheadReader{bufio.NewReaderSize(from, lookAhead), from}
}

func (l lookAheadReader) at() int64 { return l.from.n - int64(l.Buffered()) }

type countReader struct {
	r io.Reader
	n int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
