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
}

func (l Limits) withDefaults() Limits {
	for _, n := range []struct {
		at    *int
		value int
	}{{&l.Associations, 100}, {&l.PerDevice, 16}, {&l.PerAddress, 50}} {
		if *n.at <= 0 {
			*n.at = n.value
		}
	}
	if l.Drain <= 0 {
		l.Drain = 256 << 20
	}
	if l.Grace <= 0 {
		l.Grace = 20 * time.Second
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
}

// stats is Stats while it is being counted.
type stats struct {
	connections, associations atomic.Int64
	accepted, rejected        atomic.Int64
	released, broken, dropped atomic.Int64
	echoes, stored, refused   atomic.Int64
	bytes                     atomic.Int64
}

// Stats gives the counters as they stand now.
func (s *Server) Stats() Stats {
	n := &s.stats
	return Stats{
		Connections: n.connections.Load(), Associations: n.associations.Load(),
		Accepted: n.accepted.Load(), Rejected: n.rejected.Load(),
		Released: n.released.Load(), Broken: n.broken.Load(), Dropped: n.dropped.Load(),
		Echoes: n.echoes.Load(), Stored: n.stored.Load(), Refused: n.refused.Load(), Bytes: n.bytes.Load(),
	}
}
