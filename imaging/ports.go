package imaging

import (
	"context"
	"io"
	"time"

	"yilian"
)

// Access says who may see and store what. The archive asks it for every operation and denies when it answers an error.
type Access interface {
	// Scope answers which studies the actor may list. The zero Scope lists nothing.
	Scope(ctx context.Context, actor yilian.Actor) (Scope, error)
	// MayRead answers nil if the actor may read this study. The archive turns any refusal (Forbidden, NotFound) into NotFound, so
	// that nobody learns which studies exist.
	MayRead(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) error
	// MayStore answers the institution that will own what the actor sends, or Forbidden.
	MayStore(ctx context.Context, actor yilian.Actor) (yilian.InstitutionID, error)
}

// Scope is what an actor may list: everything, or the studies of some institutions and some more that were shared one by one.
type Scope struct {
	All          bool
	Institutions []yilian.InstitutionID
	Studies      []yilian.StudyUID
}

// BlobWriter receives one object. Nothing is visible before Commit. Exactly one of Commit and Abort ends it; Abort after Commit does
// nothing. It is an alias of a plain interface so that an implementation needs not import this package.
type BlobWriter = interface {
	io.Writer
	// Commit makes what was written durable under key. When it returns nil, the object survives a power cut. After an error the object
	// may or may not be there.
	Commit(ctx context.Context, key string) error
	Abort()
}

// Blobs keeps immutable objects. All methods are safe for concurrent use and end early with ctx. Open and Stat answer a NotFound
// yilian.Error for an unknown key. Keys are slash-separated segments of at most 200 bytes.
type Blobs interface {
	Create(ctx context.Context) (BlobWriter, error)
	// Open reads n bytes from off on; n < 0 reads to the end.
	Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error)
	Stat(ctx context.Context, key string) (size int64, err error)
	// Delete removes an object; an unknown key is no error.
	Delete(ctx context.Context, key string) error
	// List answers up to limit keys that begin with prefix and sort after `after`, in bytewise order.
	List(ctx context.Context, prefix, after string, limit int) ([]string, error)
}

// RecordWriter receives one object for a Journal. Exactly one Abort ends it, also after Record.
type RecordWriter = interface {
	io.Writer
	// Record makes what was written durable together with a note, with one write to the disk, and answers the key that the object
	// has from then on: it keeps the first and the last segment of the given one. page and end say where the note stands: behind
	// all notes of that page that were recorded before. With page "" no note is kept.
	Record(ctx context.Context, key string, note []byte) (at, page string, end int64, err error)
	// Abort gives up what was not recorded. What was recorded stays; the next note of the page comes only after Abort.
	Abort()
}

// Journal is what Blobs may be too: it keeps a note beside an object, so that what is to be recorded about it needs no sync of its
// own. The archive asks for the notes again when it starts.
type Journal interface {
	// Begin begins an object of a kind, which is the first segment of its key, or answers errors.ErrUnsupported.
	Begin(ctx context.Context, kind string) (RecordWriter, error)
	// Replay gives each note that stands behind a position (0: the beginning) of a page that no running program writes to, in the
	// order of the page. An error of the functions ends it. Notes whose object was deleted are left out.
	Replay(ctx context.Context, position func(page string) (int64, error), each func(key, page string, end int64, note []byte) error) error
	// Seal closes the pages that are full: their notes will not be asked for again. settle has to make durable what was made of
	// all notes whose writer was aborted; it may forget the positions in some pages. It is not called when no page is full.
	Seal(ctx context.Context, settle func(ctx context.Context, forget []string) error) error
}

// Index remembers what is in the archive. All methods are safe for concurrent use and end early with ctx; what is not there is a
// NotFound yilian.Error.
type Index interface {
	// Add records an instance whose blob is durable already. Its rows, its event and a coalesced outbox message (topic "study",
	// key the study's UID) become durable in one transaction before Add answers nil. An instance that is there with the same
	// content is Duplicate and changes nothing; one that may not be added is KeptAside, which changes nothing else. An error
	// promises nothing: the outcome may be unknown, and adding again is safe.
	//
	// An addition that stands in a journal (see Page) need not be durable by itself when Add answers, nor even be in the index, if
	// its outcome is sure and whoever asks the index afterwards sees it (see Recorded). The position in its page is recorded with
	// it, and after a power cut nothing is there that was recorded later than something that is not.
	Add(ctx context.Context, a Addition) (Outcome, error)
	// Position answers up to where a page of the journal has been recorded; 0 for an unknown page.
	Position(ctx context.Context, page string) (int64, error)
	// Settle makes all durable that was added before, and forgets the positions in some pages.
	Settle(ctx context.Context, forget []string) error
	// EndAssociation forgets an association that stored instances and tells the studies it touched (outbox topic "study").
	EndAssociation(ctx context.Context, association string) error
	// EndAssociations does the same for all whose name begins with prefix and that have stored nothing since a moment (the zero
	// time: ever).
	EndAssociations(ctx context.Context, prefix string, since time.Time) error

	Study(ctx context.Context, uid yilian.StudyUID) (Study, error)
	// Series answers the series of a study, by number, then UID.
	Series(ctx context.Context, uid yilian.StudyUID) ([]Series, error)
	// Revisions answers the revisions of the series of a study, or of one of them, in the order of Series: see Series.Revision.
	Revisions(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID) ([]Revision, error)
	// Bare answers one instance without its Metadata and Layout, and without what corrections say.
	Bare(ctx context.Context, uid yilian.InstanceUID) (Instance, error)
	// Held is Bare for who is about to add: it may miss what was answered and is not in the index yet (see Add).
	Held(ctx context.Context, uid yilian.InstanceUID) (Instance, error)
	// Instance answers one instance with its Metadata and Layout.
	Instance(ctx context.Context, uid yilian.InstanceUID) (Instance, error)
	// Instances answers up to limit instances of a study, or of one series of it, in the order (series UID, number, instance
	// UID), from the one after the cursor on, with Metadata but without Layout. next is "" at the end.
	Instances(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID, after string, limit int) (page []Instance, next string, err error)
	// Outline is Instances without Metadata.
	Outline(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID, after string, limit int) (page []Instance, next string, err error)
	// Find answers one page of what matches within the scope, newest study first, then by UID (series and instances by number).
	// The time it takes does not grow with the archive for exact, prefix and date matches.
	Find(ctx context.Context, scope Scope, q Query) (Page, error)

	// Conflicts answers what was kept aside, oldest first.
	Conflicts(ctx context.Context, scope Scope, after string, limit int) (page []Conflict, next string, err error)

	// Known answers which of the blob keys are named by a row.
	Known(ctx context.Context, keys []string) (map[string]bool, error)
	// Audit appends an event that goes with no other change, durably.
	Audit(ctx context.Context, e yilian.Event) error

	Corrections
}

// Addition is one instance to be recorded, with its study and series as its own header describes them.
type Addition struct {
	Study       Study
	Series      Series
	Instance    Instance
	Rejects     *Reject `json:",omitempty"` // it is a rejection note, to be carried out with its arrival
	Association string  // it counts as open until EndAssociation; "" if the door has none
	Actor       yilian.Actor
	At          time.Time

	Page string `json:"-"` // of the journal that holds this addition; "" for none
	End  int64  `json:"-"` // the position in it behind this addition

	// Recorded is called once, perhaps before Add answers, when an addition that Add did not refuse is in the index with its position.
	// The outcome is that of Add, but for what others have done between. nil: Add answers no earlier than that.
	Recorded func(Outcome) `json:"-"`
}

// Outcome is what became of an Addition.
type Outcome struct {
	Status OutcomeStatus
	// Conflict is the ID of what was kept aside, and Reason why (see the Reason constants).
	Conflict string
	Reason   string
	// Unused tells that the blob of the addition is not named by any row: the instance was a duplicate, or was kept aside before.
	Unused bool
}

// Revision tells which state a series is in.
type Revision struct {
	Series    yilian.SeriesUID
	Revision  int64
	Instances int
}

// OutcomeStatus is what became of an Addition.
type OutcomeStatus int

// The outcomes.
const (
	Added OutcomeStatus = iota
	Duplicate
	KeptAside
	Ignored // it was rejected for good (see Reason, a Rejected code): it is not taken, and sending it again does not help
)

// Reasons for keeping an instance aside.
const (
	ReasonContent = "content" // its SOP Instance UID is here already with other content
	ReasonOwner   = "owner"   // its study belongs to another institution
	ReasonMoved   = "moved"   // its SOP Instance UID is here already in another study or series
)
