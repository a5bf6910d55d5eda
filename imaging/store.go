package imaging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// finish bounds how long an instance that arrived whole may take to become durable. The sweep of orphans relies on it: see Sweep.
const finish = 10 * time.Minute

// Store takes one instance in and answers when it is durable: the blob first, then the index. It reads data to its end or to the first
// fault and never holds it in memory. Beside an error, the receipt names what is known of the instance that was refused.
//
// Errors: Invalid (CodeMismatch, CodeUnsupported, "dicom.…" for a malformed data set), TooLarge, Forbidden, Conflict (CodeConflict,
// CodeOwner: it was kept aside durably, sending it again will not help), Unavailable and Internal (not stored as far as is known;
// sending it again is safe). An error of data itself is answered wrapped.
func (a *Archive) Store(ctx context.Context, actor yilian.Actor, in Incoming, data io.Reader) (Stored, error) {
	stored, commit, err := a.Receive(ctx, actor, in, data)
	if err != nil {
		return stored, err
	}
	return commit(ctx)
}

// Commit makes a received instance durable and answers its receipt. It is called once, from any goroutine.
type Commit func(ctx context.Context) (Stored, error)

// Receive is the first half of Store: it reads an instance to its end. Only commit makes it durable, so that the next one can be read
// meanwhile. Beside an error there is no commit.
func (a *Archive) Receive(ctx context.Context, actor yilian.Actor, in Incoming, data io.Reader) (stored Stored, commit Commit, err error) {
	stored = Stored{SOPClass: in.SOPClass, Instance: in.SOPInstance, TransferSyntax: in.TransferSyntax}
	owner, err := a.access.MayStore(ctx, actor)
	if err != nil {
		return stored, nil, refused(err)
	}
	if err := a.gauge.Admit(ctx); err != nil {
		return stored, nil, err
	}
	w, err := a.begin(ctx)
	if err != nil {
		return stored, nil, unavailable("create an object", err)
	}
	defer func() {
		if commit == nil {
			w.Abort()
			a.sealPages(ctx)
		}
	}()
	got, err := a.receive(in, data, w, &stored)
	if err != nil {
		return stored, nil, err
	}
	add, err := describe(got, in, owner)
	if err != nil {
		return stored, nil, err
	}
	stored = Stored{
		Study: add.Study.UID, Series: add.Series.UID, Instance: add.Instance.UID, SOPClass: add.Instance.SOPClass,
		TransferSyntax: add.Instance.TransferSyntax, Size: add.Instance.Size, SHA256: add.Instance.SHA256,
	}
	add.Actor = actor
	if in.Association != "" {
		add.Association = a.association(in.Association)
	}
	return stored, func(ctx context.Context) (Stored, error) {
		outcome, err := a.commit(ctx, w, add)
		if stored.Duplicate = err == nil && outcome.Status != Added; stored.Duplicate {
			stored.Rejected = outcome.Reason
		}
		return stored, err
	}, nil
}

// received is an instance whose bytes have all been written to its blob.
type received struct {
	object     *dicom.Object
	meta       dicom.Meta
	dataOffset int64
	size       int64
	sha256     string
}

// receive streams data into w as a Part 10 file, hashing and scanning it on the way.
func (a *Archive) receive(in Incoming, data io.Reader, w io.Writer, stored *Stored) (received, error) {
	meta := dicom.Meta{SOPClassUID: in.SOPClass, SOPInstanceUID: string(in.SOPInstance), TransferSyntax: in.TransferSyntax, SourceAE: aeTitle(in.Source)}
	source := &faultReader{r: data}
	data = source
	if in.Part10 {
		br := bufio.NewReaderSize(data, lookAhead)
		var err error
		if meta, err = readMeta(br, meta); err != nil {
			return received{}, source.explain(err)
		}
		stored.SOPClass, stored.Instance, stored.TransferSyntax = meta.SOPClassUID, yilian.InstanceUID(meta.SOPInstanceUID), meta.TransferSyntax
		data = br
	}
	syntax := dicom.Syntax(meta.TransferSyntax)
	if syntax.UID == "" {
		return received{}, yilian.Errorf(yilian.Invalid, CodeUnsupported, "The transfer syntax of the instance is not given.")
	}
	head := dicom.AppendMeta(nil, meta)
	buffer := a.buffers.Get().(*[]byte)
	defer a.buffers.Put(buffer)
	tee := a.newIntake(data, w, head)
	defer tee.close()
	object, err := dicom.Scan(tee, syntax, dicom.Options{
		MaxHeader: a.limits.Header, MaxSize: maxSize(a.limits.Instance, syntax), Base: int64(len(head)), Buffer: *buffer,
		Charset: in.Charset,
	})
	if err = tee.explain(source.explain(err)); err != nil {
		return received{}, err
	}
	sum, err := tee.finish()
	if err != nil {
		return received{}, err
	}
	return received{object, meta, int64(len(head)), tee.size, sum}, nil
}

// commit makes a received instance durable and tells what became of it. From here on the sender's going away changes
// nothing: what arrived whole is kept.
func (a *Archive) commit(ctx context.Context, w sink, add Addition) (outcome Outcome, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finish)
	defer cancel()
	end := sync.OnceFunc(func() { w.Abort(); a.sealPages(ctx) })
	if known, err := a.index.Held(ctx, add.Instance.UID); err == nil && same(known, add.Instance) {
		end()
		return Outcome{Status: Duplicate}, nil
	}
	add.At = a.now().UTC()
	add.Instance.Arrival = add.At
	add.Instance.Blob = blobKey(add.Study.UID, add.Instance.UID, add.At)
	if add, err = w.commit(ctx, add); err != nil {
		end()
		return outcome, unavailable("commit an object", err)
	}
	add.Recorded = func(o Outcome) { end(); a.recorded(context.WithoutCancel(ctx), add, o) }
	if outcome, err = a.index.Add(ctx, add); err != nil {
		// It may have been recorded all the same, so the blob stays; if it was not, the sweep finds it.
		end()
		return outcome, unavailable("record an instance", err)
	}
	if outcome.Status == KeptAside {
		return outcome, keptAside(outcome)
	}
	return outcome, nil
}

// recorded does what is left to do for an addition that is in the index.
func (a *Archive) recorded(ctx context.Context, add Addition, o Outcome) {
	if o.Unused {
		a.drop(ctx, add.Instance.Blob)
	}
	if o.Status == KeptAside {
		a.log.WarnContext(ctx, "instance kept aside", "reason", o.Reason, "conflict", o.Conflict, "instance", add.Instance.UID, "source", add.Instance.Source)
	}
}

// drop removes a blob that no row names. A failure is left to the sweep.
func (a *Archive) drop(ctx context.Context, key string) {
	if err := a.blobs.Delete(ctx, key); err != nil {
		a.log.WarnContext(ctx, "unused object left behind", "key", key, "error", err)
	}
}

// same tells whether two instances are one and the same content.
func same(a, b Instance) bool {
	return a.UID == b.UID && a.SHA256 == b.SHA256 && a.TransferSyntax == b.TransferSyntax && a.Whence() == b.Whence()
}

func keptAside(o Outcome) error {
	code, text := CodeConflict, "Another instance with the same SOP Instance UID is in the archive. This one was kept aside for an administrator."
	if o.Reason == ReasonOwner {
		code, text = CodeOwner, "The study belongs to another institution. The instance was kept aside for an administrator."
	}
	e := yilian.Errorf(yilian.Conflict, code, "%s", text)
	e.Params = map[string]any{"conflict": o.Conflict, "reason": o.Reason}
	return e
}

// refused passes a typed refusal on and hides anything else.
func refused(err error) error {
	if yilian.KindOf(err) != yilian.Internal {
		return err
	}
	return fmt.Errorf("imaging: ask for access: %w", err)
}

// unavailable marks a failure of a store: trying again may help.
func unavailable(doing string, err error) error {
	if yilian.KindOf(err) != yilian.Internal {
		return fmt.Errorf("imaging: %s: %w", doing, err)
	}
	e := yilian.Errorf(yilian.Unavailable, CodeUnavailable, "The archive cannot do this now. Please try again.")
	e.Err = fmt.Errorf("imaging: %s: %w", doing, err)
	return e
}

func tooLarge() error {
	return yilian.Errorf(yilian.TooLarge, CodeTooLarge, "The instance is larger than this archive accepts.")
}

// faultReader remembers a failure of the sender's stream, so that it is not taken for a malformed data set.
type faultReader struct {
	r   io.Reader
	err error
}

func (f *faultReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

func (f *faultReader) explain(err error) error {
	if f.err != nil {
		return fmt.Errorf("imaging: receive an instance: %w", f.err)
	}
	return err
}

// maxSize bounds what a scan reads: of a deflated data set that is the inflated bytes, and the scanner's own bound is tighter.
func maxSize(limit int64, ts dicom.TransferSyntax) int64 {
	if ts.Deflated {
		return 0
	}
	return limit
}

// aeTitle answers the name of a source if it can stand in an AE element (PS3.5 6.2), or "".
func aeTitle(s string) string {
	if len(s) > 16 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' }) {
		return ""
	}
	return s
}
