package scp

import (
	"net/netip"
	"sync/atomic"
	"time"

	"yilian"
	"yilian/imaging/dimse"
)

// Limits bound what callers can cost. Zero values take the default.
type Limits struct {
	Associations int           // open at the same time; 100
	PerDevice    int           // of them from one calling AE title at one address; 16
	PerAddress   int           // connections from one address, associated or not; 50
	Drain        int64         // bytes of a refused object that are read on so that its refusal can be answered; 256 MiB
	Grace        time.Duration // how long Run waits after its context ended for what is being received; 20 s
	// Window is what a caller may invoke, and be asked to perform, at the same time on one association, if it proposes more than
	// one (PS3.7 D.3.3.3); 1 and 1.
	Window    dimse.AsyncOps
	Matches   int           // of one C-FIND, then it is answered as out of resources; 10000
	Instances int           // of one C-MOVE or C-GET; 50000
	Subs      time.Duration // between two pending responses of a C-MOVE or C-GET; 1 s
	Reports   time.Duration // how long a commitment report waits for its association to have time for it; 2 s
}

func (l Limits) withDefaults() Limits {
	for _, n := range []struct {
		at    *int
		value int
	}{{&l.Associations, 100}, {&l.PerDevice, 16}, {&l.PerAddress, 50}, {&l.Matches, 10_000}, {&l.Instances, 50_000}} {
		if *n.at <= 0 {
			*n.at = n.value
		}
	}
	if l.Drain <= 0 {
		l.Drain = 256 << 20
	}
	for _, d := range []struct {
		at    *time.Duration
		value time.Duration
	}{{&l.Grace, 20 * time.Second}, {&l.Subs, time.Second}, {&l.Reports, 2 * time.Second}} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
	return l
}

// Refusal tells of an association that was rejected for what its caller is.
type Refusal struct {
	Calling, Called string // as the caller gave them: not trustworthy text
	Address         netip.Addr
	Reject          dimse.Reject
}

// Summary tells of an association that has ended.
type Summary struct {
	Association     string
	Calling         string
	Address         netip.Addr
	Actor           yilian.Actor
	Studies         []yilian.StudyUID // it stored instances of
	Stored, Refused int               // instances
	Bytes           int64             // of data sets
	Began           time.Time
	Released        bool  // it ended as it should; otherwise Err says how
	Err             error // nil when released
}

// Stats counts since the start. All but the first two only grow.
type Stats struct {
	Connections  int64 // open now, associated or not
	Associations int64 // open now

	Accepted, Rejected int64 // associations
	Released, Broken   int64 // associations that ended as they should, or not
	Dropped            int64 // connections closed unheard, over a limit
	Echoes             int64
	Stored, Refused    int64 // instances
	Bytes              int64 // of data sets
	Found              int64 // matches answered to C-FIND
	Sent, Unsent       int64 // instances of C-MOVE and C-GET
}

// stats is Stats while it is being counted.
type stats struct {
	connections, associations atomic.Int64
	accepted, rejected        atomic.Int64
	released, broken, dropped atomic.Int64
	echoes, stored, refused   atomic.Int64
	bytes                     atomic.Int64
	found, sent, unsent       atomic.Int64
}

// Stats gives the counters as they stand now.
func (s *Server) Stats() Stats {
	n := &s.stats
	return Stats{
		Connections: n.connections.Load(), Associations: n.associations.Load(),
		Accepted: n.accepted.Load(), Rejected: n.rejected.Load(),
		Released: n.released.Load(), Broken: n.broken.Load(), Dropped: n.dropped.Load(),
		Echoes: n.echoes.Load(), Stored: n.stored.Load(), Refused: n.refused.Load(), Bytes: n.bytes.Load(),
		Found: n.found.Load(), Sent: n.sent.Load(), Unsent: n.unsent.Load(),
	}
}
