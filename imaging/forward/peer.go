package forward

import (
	"context"
	"crypto/tls"
	"time"

	"yilian"
	"yilian/imaging/dimse"
)

// Peer is another archive or workstation that takes images.
type Peer struct {
	ID, Name string
	Disabled bool // its jobs wait

	// A DIMSE peer has an Address, a DICOMweb peer a URL.
	Called, Calling string // AE titles: the peer's, and the one under which it knows us
	Address         string // host:port
	TLS             *tls.Config
	Timeouts        dimse.Timeouts

	URL            string // base of its DICOMweb services: …/dicom-web
	User, Password string // basic authentication
	Bearer         string // or a token

	Transfer     string  // what it would rather be sent than what is kept: native, jpeg-ls, jpeg-lossless, rle; else: what is kept
	Associations int     // jobs at the same time; 0: 1
	Bytes        int64   // a second, over all associations of this node; 0: no bound
	Instances    float64 // a second; 0: no bound
	Attempts     int     // of a job until it is dead; 0: 10
	Patience     time.Duration

	Commitment  bool // a DIMSE peer is asked to commit itself to what it has taken (PS3.4 Annex J)
	Notices     Notices
	Corrections Corrections
}

// Notices is whether a DIMSE peer is told what can be retrieved here (PS3.4 Annex R) of the studies that rules name it for.
type Notices string

// The choices.
const (
	NoNotices   Notices = ""
	AlsoNotices Notices = "also" // beside the images
	OnlyNotices Notices = "only" // instead of them
)

// Corrections is what a peer is sent when what it has is corrected or rejected here.
type Corrections string

// The choices.
const (
	CorrectionsSend   Corrections = ""       // the corrected objects, under the same SOP Instance UIDs, and rejection notes
	CorrectionsNotice Corrections = "notice" // an availability notice, for a peer that keeps what came first under a UID
	CorrectionsNone   Corrections = "none"
)

// Settings are the peers and rules as they are now. Peer answers NotFound for one that is no more.
type Settings interface {
	Peer(ctx context.Context, id string) (Peer, error)
	Rules(ctx context.Context) ([]Rule, error)
}

// Case is what the clinical side knows of a study.
type Case struct {
	Referring yilian.InstitutionID // "": no order is known
	Urgency   string               // stat, urgent, routine; "": not known
	Complete  bool                 // by evidence
}

// Cases answers the clinical side of a study; a study that it does not know yet is the zero Case.
type Cases interface {
	Case(ctx context.Context, uid yilian.StudyUID) (Case, error)
}
