package signaling

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// ICEServer is a STUN or TURN server for the browser.
type ICEServer = protocol.ICEServer

// Config is what a Server needs. The zero value of every field but Key and the media addresses is useful.
type Config struct {
	// Key signs tickets and resume tokens; at least 32 bytes, the same on every node and after a restart.
	Key []byte

	// MediaUDP is the one UDP port of all media ("host:port"; an empty host listens on every address, port 0 picks one),
	// MediaTCP the port for ICE-TCP; one of the two may be empty.
	MediaUDP string
	MediaTCP string

	// PublicIPs are announced in place of the addresses of the interfaces, for a server behind a 1:1 NAT.
	PublicIPs []netip.Addr

	// Loopback also offers 127.0.0.1 and ::1, for a demonstration on one machine.
	Loopback bool

	// ICE gives the STUN and TURN servers with credentials for one person; nil for none.
	ICE func(person yilian.PersonID) []ICEServer

	// Observer is told what happens, in order for each room; nil for nobody.
	Observer Observer

	// Recorder makes recordings; nil: there are none.
	Recorder Recorder

	// Admit is asked when a resume token names a room that this process does not have (after a restart, or when the room was closed
	// here): nil error lets the person in. It must be quick. nil admits everybody whose token is good.
	Admit func(ctx context.Context, room string, person yilian.PersonID) error

	// Origin tells whether a browser page may open the socket; nil accepts pages of the same host only.
	Origin func(*http.Request) bool

	// Now is the clock for tickets; nil is time.Now.
	Now func() time.Time

	Logger *slog.Logger // nil discards

	TicketTTL    time.Duration // life of a ticket; 60 s if zero
	SessionTTL   time.Duration // life of a resume token; 12 h if zero
	Grace        time.Duration // when the ticket names none; 90 s if zero
	MaxPeople    int           // seats in one room, without listeners; 16 if zero
	MaxListeners int           // listeners in one room; 500 if zero
	MaxSockets   int           // sockets of the whole server; 4096 if zero
	SampleEvery  time.Duration // quality samples; 5 s if zero
}

func (c Config) withDefaults() (Config, error) {
	if len(c.Key) < 32 {
		return c, errors.New("signaling: the key needs at least 32 bytes")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	if c.Admit == nil {
		c.Admit = func(context.Context, string, yilian.PersonID) error { return nil }
	}
	if c.ICE == nil {
		c.ICE = func(yilian.PersonID) []ICEServer { return nil }
	}
	c.TicketTTL = or(c.TicketTTL, time.Minute)
	c.SessionTTL = or(c.SessionTTL, 12*time.Hour)
	c.Grace = or(c.Grace, 90*time.Second)
	c.MaxPeople = or(c.MaxPeople, 16)
	c.MaxListeners = or(c.MaxListeners, 500)
	c.MaxSockets = or(c.MaxSockets, 4096)
	c.SampleEvery = or(c.SampleEvery, 5*time.Second)
	return c, nil
}

func or[T comparable](v, instead T) T {
	var zero T
	if v == zero {
		return instead
	}
	return v
}

func (c Config) media() sfu.Config {
	return sfu.Config{
		UDP:       c.MediaUDP,
		TCP:       c.MediaTCP,
		PublicIPs: c.PublicIPs,
		Loopback:  c.Loopback,
		Logger:    c.Logger,
	}
}
