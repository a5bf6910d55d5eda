package imaging

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"yilian"
)

// Config is what an Archive is made of. Index, Blobs and Access are needed; the rest has useful zero values.
type Config struct {
	Index  Index
	Blobs  Blobs
	Access Access
	Node   string           // name of this node, the same after a restart; "" where there is only one
	Clock  func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discards
	Limits Limits
	Gauge  *Gauge // of the room that Blobs has; nil: it is not watched
}

// Limits bound what one sender can cost. Zero values take the default.
type Limits struct {
	Instance int64 // bytes of one instance; 4 GiB
	Header   int64 // bytes of an instance's header, without bulk values; 16 MiB
}

// Archive is the one door to the pixels. It is safe for concurrent use and owns no goroutine.
type Archive struct {
	index  Index
	blobs  Blobs
	notes  Journal // blobs, if they keep notes; else nil
	access Access
	gauge  *Gauge
	node   string
	now    func() time.Time
	log    *slog.Logger
	limits Limits

	buffers sync.Pool // *[]byte of bufferSize
	chunks  sync.Pool // *[]byte of chunkSize
	visits  visits
	pixels  gate
	discs   gate    // one directory may cost some hundred megabytes when it is made to
	builds  flights // of metadata and previews
	layouts layouts

	contents contentsCache // of previews
}

// bufferSize is that of one read while receiving.
const bufferSize = 128 << 10

// New makes an Archive.
func New(c Config) (*Archive, error) {
	if c.Index == nil || c.Blobs == nil || c.Access == nil {
		return nil, errors.New("imaging: an Archive needs Index, Blobs and Access")
	}
	a := &Archive{index: c.Index, blobs: c.Blobs, access: c.Access, gauge: c.Gauge, node: c.Node, now: c.Clock, log: c.Logger, limits: c.Limits}
	if a.now == nil {
		a.now = time.Now
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.limits.Instance <= 0 {
		a.limits.Instance = 4 << 30
	}
	if a.limits.Header <= 0 {
		a.limits.Header = 16 << 20
	}
	a.notes, _ = c.Blobs.(Journal)
	a.chunks.New = func() any { b := make([]byte, 0, chunkSize); return &b }
	a.buffers.New = func() any { b := make([]byte, bufferSize); return &b }
	a.pixels = make(gate, max(2, runtime.GOMAXPROCS(0)))
	a.discs = make(gate, 1)
	return a, nil
}

// Incoming says what a door knows of an instance before its first byte.
type Incoming struct {
	// Part10 tells that the stream is a whole Part 10 file (STOW-RS, the gateway); otherwise it is a bare data set in TransferSyntax
	// (C-STORE).
	Part10         bool
	TransferSyntax string
	// SOPClass and SOPInstance are the command's (0000,0002) and (0000,1000). When set, the data set must say the same.
	SOPClass    string
	SOPInstance yilian.InstanceUID
	// Study, when set, is the only study the instance may belong to (STOW-RS to /studies/{uid}).
	Study yilian.StudyUID
	// Source is the AE title of the sender, or the program's name.
	Source string
	// Charset is the one defined term that the sender's text really is in where it declares none, or a wrong one; "" if nothing is
	// known. The bytes are kept as they come.
	Charset string
	// Association identifies the association or upload that the instance is part of; the study counts as being received until
	// EndAssociation is called with it. It must be unique across restarts and nodes. "" if the door has none.
	Association string
}

// Stored is the receipt: what it names is durable.
type Stored struct {
	Study          yilian.StudyUID
	Series         yilian.SeriesUID
	Instance       yilian.InstanceUID
	SOPClass       string
	TransferSyntax string
	Size           int64  // of the data set in bytes
	SHA256         string // hex, over the data set's bytes
	Duplicate      bool   // the very same content was here before
	// Rejected is the code by which this very instance was rejected before: it was not taken again, and sending it once more does
	// not help. The sender is answered success (IHE RAD TF-3 4.66.4).
	Rejected string
}

// Error codes of Store and of the readers.
const (
	CodeConflict    = "instance.conflict"     // Conflict: same SOP Instance UID, other content; kept aside
	CodeOwner       = "study.owner"           // Conflict: the study belongs to another institution; kept aside
	CodeMismatch    = "instance.mismatch"     // Invalid: the data set and the command (or URL) name different things
	CodeMalformed   = "instance.malformed"    // Invalid: not a data set
	CodeTooLarge    = "instance.too-large"    // TooLarge: over Limits
	CodeUnsupported = "instance.unsupported"  // Invalid: unknown transfer syntax, or it cannot be given as asked
	CodeNotFound    = "imaging.not-found"     // NotFound: no such thing, or not for this actor
	CodeForbidden   = "imaging.forbidden"     // Forbidden: may not store here
	CodeQuery       = "imaging.invalid-query" // Invalid: a search that makes no sense
	CodeUnavailable = "imaging.unavailable"   // Unavailable: a store is down, full or too slow
)

// EndAssociation tells that no more instances will come from this association (or upload). The door calls it once, however the
// association ended; it is harmless for one that stored nothing.
func (a *Archive) EndAssociation(ctx context.Context, association string) error {
	if association == "" {
		return nil
	}
	if err := a.index.EndAssociation(ctx, a.association(association)); err != nil {
		return unavailable("end an association", err)
	}
	return nil
}

// association is the name of a door's association among those of all nodes.
func (a *Archive) association(id string) string { return a.node + "/" + id }
