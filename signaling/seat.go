package signaling

import (
	"time"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// connectWithin is how long a transport may take to come up for the first time before the call counts as failed.
const connectWithin = 30 * time.Second

// seat is one person's place in a room. It outlives sockets and transports.
type seat struct {
	who    claims
	socket uint64 // 0: none
	leg    int
	device string
	joined time.Time
	on     protocol.State
	muted  map[string]*mute // sources that a chair muted
	told   int              // the lobby's edition that this seat was told of; 0: none

	gen       int             // of the transport, 0: none
	transport sfu.State       // "" until the first offer
	answering *protocol.Offer // the offer being answered
	waiting   []protocol.Candidate
	slots     []sfu.Slot
	want      sfu.Wanted
	layers    map[string]protocol.Layers // what was told last of each source
	numbers   map[string]int64           // the last that was shared of each topic of looking together
	rate      bucket                     // of the data channel

	everLive bool
	link     string
	reason   string    // why the link is as it is
	since    time.Time // of the interruption
	until    time.Time // end of the grace; zero when it is not running
	connect  time.Time // when the first connection counts as failed; zero once decided

	quality quality
	line    protocol.Line
	paused  bool
	report  *protocol.Report
}

// listed tells whether the others see the person in the list of participants.
func (s *seat) listed() bool { return !s.who.Listener }

// state is what is switched on and not muted.
func (s *seat) state() protocol.State {
	on := s.on
	for source := range s.muted {
		if flag := switchOf(&on, source); flag != nil {
			*flag = false
		}
	}
	return on
}

func (s *seat) participant() protocol.Participant {
	p := protocol.Participant{
		ID:          string(s.who.Person),
		Name:        s.who.Name,
		Role:        s.who.Role,
		Institution: string(s.who.Institution),
		CanSend:     s.who.CanSend,
		Link:        s.link,
		State:       s.state(),
		Chair:       s.who.Chair,
		Guest:       s.who.Guest,
		Grade:       s.line.Grade,
		Joined:      s.joined.UTC(),
	}
	if !s.until.IsZero() {
		until := s.until.UTC()
		p.Until = &until
	}
	return p
}

// linkOf is the rule for how a participant is connected, from the socket, the transport and the line.
func linkOf(socket, everLive bool, transport sfu.State, degraded string) (link, reason string) {
	switch {
	case transport == sfu.Connected && degraded != "":
		return protocol.LinkDegraded, degraded
	case transport == sfu.Connected:
		return protocol.LinkLive, ""
	case !socket:
		return protocol.LinkInterrupted, "signal"
	case transport == sfu.Silent:
		return protocol.LinkDegraded, "silent"
	case transport == sfu.Failed || everLive:
		return protocol.LinkInterrupted, "media"
	}
	return protocol.LinkConnecting, ""
}

// due gives the next moment at which something about the seat changes by time alone.
func (s *seat) due() time.Time {
	if s.until.IsZero() {
		return s.connect
	}
	if s.connect.IsZero() || s.until.Before(s.connect) {
		return s.until
	}
	return s.connect
}
