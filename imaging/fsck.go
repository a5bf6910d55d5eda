package imaging

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Inspection is what a check of the whole archive asks of the index, beside what everybody does.
type Inspection interface {
	// AllStudies answers the UIDs that rows of studies, series or instances name, in order.
	AllStudies(ctx context.Context, after yilian.StudyUID, limit int) ([]yilian.StudyUID, error)
	// CheckStudy answers in what the rows of a study disagree, seen at one moment.
	CheckStudy(ctx context.Context, uid yilian.StudyUID) (faults []string, err error)
	// Recount brings the aggregates of a study to what it has, with an event.
	Recount(ctx context.Context, uid yilian.StudyUID, at time.Time) error
	// AllInstances answers instances as they are stored, with Layout and without Metadata, by UID.
	AllInstances(ctx context.Context, after yilian.InstanceUID, limit int) ([]Instance, error)
	// Aside answers what is kept aside or rejected, and stored.
	Aside(ctx context.Context, after string, limit int) (page []Instance, next string, err error)
	// Relayout replaces header and layout of an instance that has this blob still.
	Relayout(ctx context.Context, i Instance) error
	// Rebind lets the row of an instance that has this blob still, listed or aside, name another one with the same content.
	Rebind(ctx context.Context, i Instance, blob string) error
	// Quarantine takes an instance that has this blob still out of every listing, with an event: its bytes are damaged or gone. The same
	// content sent again takes its place.
	Quarantine(ctx context.Context, i Instance, why string, at time.Time) error
}

// Fsck checks every object against its hash, and index and objects against one another. It may run beside the service: what changes
// while it looks is looked at again before it counts as a fault.
type Fsck struct {
	Index  Index
	Blobs  Blobs
	Backup Blobs                // where good bytes may be found; nil: nowhere
	Owner  yilian.InstitutionID // whose objects become that have neither row nor study; "": they are told and kept
	Repair bool
	Quick  bool // do not read the objects: look at their sizes only
	Now    func() time.Time

	Found    func(Fault)    // called for each fault
	Progress func(Progress) // called now and then; nil: not
}

// Fault is one thing that is wrong.
type Fault struct {
	Kind     FaultKind
	Study    yilian.StudyUID
	Instance yilian.InstanceUID
	Key      string // of the object
	Detail   string
	Repair   string // what was done about it; "": nothing
}

// FaultKind says what is wrong.
type FaultKind string

// The kinds of faults.
const (
	FaultMissing    FaultKind = "missing"    // a row without its object
	FaultTruncated  FaultKind = "truncated"  // the object has another size than its row says
	FaultHash       FaultKind = "hash"       // the object has other bytes
	FaultUnreadable FaultKind = "unreadable" // reading it fails on the way
	FaultLayout     FaultKind = "layout"     // the row's index of pixels and large values points outside
	FaultOrphan     FaultKind = "orphan"     // an object without a row
	FaultCount      FaultKind = "count"      // rows of studies and series disagree with what they have
	FaultPreview    FaultKind = "preview"    // previews that are not what was written: they are made again
)

// Progress is how far a check is.
type Progress struct {
	Studies, Instances, Objects int
	Bytes                       int64 // read and hashed
	Faults, Repaired            int
}

// Run checks everything. It answers an error only when it could not go on; faults are told to Found and counted.
func (f *Fsck) Run(ctx context.Context) (Progress, error) {
	if f.Now == nil {
		f.Now = time.Now
	}
	c := &check{Fsck: f}
	for _, part := range []func(context.Context) error{c.instances, c.aside, c.orphans, c.previews, c.studies} {
		if err := part(ctx); err != nil {
			return c.done, err
		}
	}
	c.tell()
	return c.done, nil
}

// check is one run.
type check struct {
	*Fsck
	done Progress
}

func (c *check) tell() {
	if c.Progress != nil {
		c.Progress(c.done)
	}
}

func (c *check) fault(f Fault) {
	c.done.Faults++
	if f.Repair != "" {
		c.done.Repaired++
	}
	if c.Found != nil {
		c.Found(f)
	}
}

func (c *check) studies(ctx context.Context) error {
	for after := yilian.StudyUID(""); ; {
		page, err := c.Index.AllStudies(ctx, after, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, uid := range page {
			if err := c.study(ctx, uid); err != nil {
				return err
			}
			after = uid
		}
		c.tell()
	}
}

func (c *check) study(ctx context.Context, uid yilian.StudyUID) error {
	c.done.Studies++
	faults, err := c.Index.CheckStudy(ctx, uid)
	if err != nil || len(faults) == 0 {
		return err
	}
	f := Fault{Kind: FaultCount, Study: uid, Detail: strings.Join(faults, "; ")}
	if c.Repair {
		err := c.Index.Recount(ctx, uid, c.Now().UTC())
		switch {
		case err == nil:
			f.Repair = "counted"
		case yilian.KindOf(err) != yilian.NotFound:
			return err
		}
	}
	c.fault(f)
	return nil
}

func (c *check) instances(ctx context.Context) error {
	for after := yilian.InstanceUID(""); ; {
		page, err := c.Index.AllInstances(ctx, after, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, i := range page {
			if err := c.instance(ctx, i, true); err != nil {
				return err
			}
			after = i.UID
		}
		c.tell()
	}
}

func (c *check) aside(ctx context.Context) error {
	for after := ""; ; {
		page, next, err := c.Index.Aside(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, i := range page {
			if err := c.instance(ctx, i, false); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			return nil
		}
		c.tell()
	}
}

// instance checks one object against its row. listed: it is in the listings, and leaves them when it is damaged.
func (c *check) instance(ctx context.Context, i Instance, listed bool) error {
	c.done.Instances++
	f, err := c.compare(ctx, c.Blobs, i)
	if err != nil {
		return err
	}
	if f == nil {
		return c.layout(ctx, i, listed)
	}
	if moved, err := c.changed(ctx, i, listed); err != nil || moved {
		return err
	}
	if c.Repair {
		if f.Repair, err = c.mend(ctx, i, listed, f); err != nil {
			return err
		}
	}
	c.fault(*f)
	return nil
}

// changed tells whether the row has come to name another object since it was read, or is gone: then there was no fault.
func (c *check) changed(ctx context.Context, i Instance, listed bool) (bool, error) {
	if !listed {
		known, err := c.Index.Known(ctx, []string{i.Blob})
		return err == nil && !known[i.Blob], err
	}
	now, err := c.Index.Instance(ctx, i.UID)
	if yilian.KindOf(err) == yilian.NotFound {
		return true, nil
	}
	return err == nil && now.Blob != i.Blob, err
}

// compare answers in what an object disagrees with its row, or nil.
func (c *check) compare(ctx context.Context, from Blobs, i Instance) (*Fault, error) {
	fault := func(kind FaultKind, format string, args ...any) (*Fault, error) {
		return &Fault{Kind: kind, Study: i.Study, Instance: i.UID, Key: i.Blob, Detail: fmt.Sprintf(format, args...)}, nil
	}
	size, err := from.Stat(ctx, i.Blob)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case yilian.KindOf(err) == yilian.NotFound:
		return fault(FaultMissing, "the object is not there")
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", i.Blob, err) // the store is down: that is no damage
	case size != i.DataOffset+i.Size:
		return fault(FaultTruncated, "%d bytes instead of %d", size, i.DataOffset+i.Size)
	case c.Quick:
		return nil, nil //nolint:nilnil // no fault
	}
	r, err := from.Open(ctx, i.Blob, i.DataOffset, -1)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", i.Blob, err)
	}
	defer func() { _ = r.Close() }()
	h := sha256.New()
	n, err := io.Copy(h, r)
	c.done.Bytes += n
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return fault(FaultUnreadable, "%v", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != i.SHA256 {
		return fault(FaultHash, "SHA-256 %s instead of %s", got, i.SHA256)
	}
	return nil, nil //nolint:nilnil // no fault
}

// layout checks that a row's index of its object stays inside of it. What is kept aside is checked when it is used.
func (c *check) layout(ctx context.Context, i Instance, listed bool) error {
	if !listed {
		return nil
	}
	why := outside(i)
	if why == "" {
		return nil
	}
	again := i
	got, err := inspect(ctx, c.Blobs, i.Blob)
	if err == nil {
		again.Metadata, again.Layout, err = header(got.object.Dataset, got.object.Layout)
	}
	if err == nil && bytes.Equal(again.Layout, i.Layout) {
		return nil // the file came with more frames than pixels: the row says what it says
	}
	f := Fault{Kind: FaultLayout, Study: i.Study, Instance: i.UID, Key: i.Blob, Detail: why}
	if c.Repair {
		if err == nil {
			err = c.Index.Relayout(ctx, again)
		}
		if err == nil {
			f.Repair = "read again"
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	c.fault(f)
	return nil
}

// outside says how a layout does not fit its object, or "".
func outside(i Instance) string {
	l, err := i.layout()
	if err != nil {
		return "it cannot be read"
	}
	end := i.DataOffset + i.Size
	fits := func(off, n int64) bool { return off >= i.DataOffset && n >= 0 && off+n <= end }
	p := l.Pixels
	if p.Tag == 0 && i.Frames > 0 && len(i.Layout) > 0 {
		return fmt.Sprintf("it has no pixels for %d frames", i.Frames)
	}
	if p.Deflated {
		return "" // counts inflated bytes
	}
	if p.Tag != 0 && !fits(p.Offset, p.Length) {
		return "the pixels lie outside of the object"
	}
	for n := 0; p.Tag != 0 && n < p.Frames; n++ {
		ranges, _, err := p.Frame(n)
		if err != nil {
			return fmt.Sprintf("frame %d: %v", n+1, err)
		}
		for _, r := range ranges {
			if !fits(r.Offset, r.Length) {
				return fmt.Sprintf("frame %d lies outside of the object", n+1)
			}
		}
	}
	for path, b := range l.Bulk {
		if !fits(b.Offset, b.Length) {
			return "the value of " + path + " lies outside of the object"
		}
	}
	return ""
}

// inspect reads an object as if it arrived now.
func inspect(ctx context.Context, blobs Blobs, key string) (received, error) {
	total, err := blobs.Stat(ctx, key)
	if err != nil {
		return received{}, err
	}
	r, err := blobs.Open(ctx, key, 0, -1)
	if err != nil {
		return received{}, err
	}
	defer func() { _ = r.Close() }()
	br := newLookAhead(r)
	meta, err := readMeta(br.Reader, dicom.Meta{})
	if err != nil {
		return received{}, err
	}
	offset := br.at()
	h := sha256.New()
	tee := io.TeeReader(br, h)
	object, err := dicom.Scan(tee, dicom.Syntax(meta.TransferSyntax), dicom.Options{Base: offset, MaxHeader: 64 << 20})
	if err != nil {
		return received{}, err
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return received{}, err
	}
	return received{object, meta, offset, total - offset, hex.EncodeToString(h.Sum(nil))}, nil
}

// errNoBackup: the bytes are not to be had.
var errNoBackup = errors.New("no backup has it")
