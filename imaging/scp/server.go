package scp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
)

// Archive takes instances in; *imaging.Archive is one. Both methods are called from one goroutine for each association.
type Archive interface {
	// Store reads data to its end or to the first fault, and answers when the instance is durable.
	Store(ctx context.Context, actor yilian.Actor, in imaging.Incoming, data io.Reader) (imaging.Stored, error)
	// EndAssociation is called once for each accepted association, however it ended.
	EndAssociation(ctx context.Context, association string) error
}

// Library reads the archive for query and retrieve; FromArchive makes one. Every method acts for an actor, and answers only what
// this actor may see.
type Library interface {
	Find(ctx context.Context, actor yilian.Actor, q imaging.Query) (imaging.Page, error)
	// Outline goes through the instances of a study, series, or one instance, without their headers; NotFound first when there are none.
	Outline(ctx context.Context, actor yilian.Actor, p imaging.Path) iter.Seq2[imaging.Instance, error]
	// Open reads the data set of an instance that Outline has given, without file meta information, as it is kept or, when as is
	// not the syntax that it is kept in, converted. size is -1 when it is not known. What cannot be converted is an Invalid
	// yilian.Error.
	Open(ctx context.Context, i imaging.Instance, as string) (data io.ReadCloser, size int64, err error)
}

// Commitment answers what storage commitment asks: is an instance safe?
type Commitment interface {
	// Kept tells the SOP class of a stored instance that the actor sent or may see and that is durable, current and not rejected;
	// NotFound for any other.
	Kept(ctx context.Context, actor yilian.Actor, instance yilian.InstanceUID) (sopClass string, err error)
}

// Reports takes the reports on what RequestCommitment asked for; nil is answered when one is durable.
type Reports interface {
	Committed(ctx context.Context, from yilian.Actor, r CommitmentReport) error
}

// Connection is what is known of a caller before it is let in. Titles are as the caller gave them: not trustworthy text.
type Connection struct {
	Calling, Called string
	Address         netip.Addr
	Secure          bool   // TLS
	Fingerprint     string // SHA-256 of the client certificate, in hexadecimal; "": none was shown
	Implementation  string // implementation version name
}

// Caller is a device that is let in, with its settings. Zero values are the door's own.
type Caller struct {
	Actor        yilian.Actor
	Query        bool     // it may look for and retrieve, as far as the archive lets its actor
	Classes      []string // SOP classes taken from it; one that ends in a dot is a prefix. Empty: all
	Charset      string   // what it can read where its request does not say: terms of (0008,0005) divided by "\"
	Timeouts     dimse.Timeouts
	Associations int // at the same time
}

// repair is the term by which its false or missing declarations are read: of several, the last one.
func (c Caller) repair() string {
	terms := strings.Split(c.Charset, `\`)
	return terms[len(terms)-1]
}

func (c Caller) takes(class string) bool {
	return len(c.Classes) == 0 || slices.ContainsFunc(c.Classes, func(own string) bool {
		return own == class || strings.HasSuffix(own, ".") && strings.HasPrefix(class, own)
	})
}

// Devices knows who may call.
type Devices interface {
	// Device answers who a caller is, or a NotFound, Forbidden or Unauthenticated yilian.Error: the association is then rejected as
	// from an unknown caller. Any other error rejects it transiently.
	Device(ctx context.Context, c Connection) (Caller, error)
}

// ErrUnchecked: nobody here checks identities of this type.
var ErrUnchecked = errors.New("scp: identities of this type are not checked")

// Identities checks user identities (PS3.7 D.3.3.7).
type Identities interface {
	// Identify answers the server response to an identity (for Kerberos and SAML, see PS3.7 D.3.3.7.2; empty for a name),
	// ErrUnchecked, or any other error: the association is then rejected. It must not log the identity.
	Identify(ctx context.Context, caller Caller, id dimse.Identity) (response []byte, err error)
}

// Config is what a Server is made of. A listener, AETitle, Archive and Devices are needed; the rest has useful zero values.
type Config struct {
	Listener net.Listener // closed when Run returns
	Secure   net.Listener // TCP, where TLS is spoken; closed when Run returns. nil: none
	TLS      *tls.Config  // of Secure, see dimse.SecureServer
	AETitle  string       // the called AE title that this door answers to
	Archive  Archive
	Devices  Devices
	Logger   *slog.Logger // nil: discards
	Limits   Limits
	Timeouts dimse.Timeouts
	// RefusePrivate refuses SOP classes that are not DICOM's own. The zero value takes them: an archive that keeps the bytes
	// need not understand them.
	RefusePrivate bool
	Hooks         Hooks

	// Identities checks user identities; nil: they are not looked at, and no positive response is given.
	Identities Identities

	// What is offered beyond verification and storage. Where a port is nil its presentation contexts are refused.
	Library      Library      // C-FIND, C-GET and, with Destinations, C-MOVE
	Commitment   Commitment   // storage commitment
	Reports      Reports      // the outcome of storage commitment that this service has asked of others
	Worklist     Worklist     // Modality Worklist C-FIND
	Performed    Performed    // Modality Performed Procedure Step
	Destinations Destinations // C-MOVE, and where reports go that come too late for the association that asked
	Later        Later        // nil: such a report is tried once and then lost
}

// Hooks tell the rest of the service what happens at this door. Each may be nil; they are called on the association's
// goroutine and must return soon.
type Hooks struct {
	// Refused is called when an association was rejected for what the caller is: its AE title or ours was wrong.
	Refused func(Refusal)
	// Ended is called when an accepted association has ended and its studies no longer count in Receiving.
	Ended func(Summary)
}

// Server is the DIMSE door. Its methods are safe for concurrent use.
type Server struct {
	config Config
	log    *slog.Logger
	stats  stats

	mu        sync.Mutex
	open      map[*association]struct{} // guarded by mu: associations and connections on the way to one
	receiving map[yilian.StudyUID]int   // guarded by mu: open associations that stored instances of the study
}

// New checks the configuration and makes a Server.
func New(c Config) (*Server, error) {
	if c.Listener == nil && c.Secure == nil || c.Archive == nil || c.Devices == nil {
		return nil, errors.New("scp: a Server needs a listener, Archive and Devices")
	}
	if c.Secure != nil && c.TLS == nil {
		return nil, errors.New("scp: a secure listener needs TLS")
	}
	if err := dimse.CheckAETitle(c.AETitle); err != nil {
		return nil, err
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.withDefaults()
	return &Server{
		config:    c,
		log:       c.Logger,
		open:      map[*association]struct{}{},
		receiving: map[yilian.StudyUID]int{},
	}, nil
}

// Receiving counts the open associations that have stored instances of the study: while there is one, more may come.
func (s *Server) Receiving(study yilian.StudyUID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.receiving[study]
}
