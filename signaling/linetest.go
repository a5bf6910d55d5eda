package signaling

import (
	"crypto/rand"
	"strings"
	"time"

	"yilian"
)

// Bounds of line tests: they cost what a call costs, and are open to whoever asks.
const (
	echoPrefix = "echo:"
	echoRooms  = 24 // at once
	echoLasts  = 2 * time.Minute
	echoGrace  = 15 * time.Second
	echoSample = time.Second
)

// LineTest gives a ticket into a room of its own in which everything that is sent comes back, and the person that the ticket names. The room closes by itself after two
// minutes; no observer hears of it.
func (s *Server) LineTest() (ticket string, person yilian.PersonID, err error) {
	if s.echoing() >= echoRooms {
		return "", "", yilian.Errorf(yilian.Unavailable, "linetest.full", "Many are testing their lines now. Please try again in two minutes.")
	}
	name := rand.Text()
	person = yilian.PersonID("echo-" + name)
	ticket, err = s.ticket(claims{Room: echoPrefix + name, Person: person, CanSend: true, Echo: true, GraceMS: echoGrace.Milliseconds()})
	return ticket, person, err
}

func (s *Server) echoing() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.rooms {
		if isEcho(name) {
			n++
		}
	}
	return n
}

func isEcho(room string) bool { return strings.HasPrefix(room, echoPrefix) }
