package scp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
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

// Devices knows who may call.
type Devices interface {
	// Device answers the actor behind a calling AE title at an address, or a NotFound, Forbidden or Unauthenticated
	// yilian.Error: the association is then rejected as from an unknown caller. Any other error rejects it transiently.
	Device(ctx context.Context, callingAE string, addr netip.Addr) (yilian.Actor, error)
}

// Config is what a Server is made of. Listener, AETitle, Archive and Devices are needed; the rest has useful zero values.
type Config struct {
	Listener net.Listener // closed when Run returns
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

	// What is offered beyond verification and storage. Where a port is nil its presentation contexts are refused.
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
	if c.Listener == nil || c.Archive == nil || c.Devices == nil {
		return nil, errors.New("scp: a Server needs Listener, Archive and Devices")
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
