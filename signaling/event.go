package signaling

import (
	"context"
	"time"

	"yilian"
	"yilian/signaling/protocol"
)

// Observer is told what happens in the rooms. Events of one room come in order, one at a time, from a goroutine of that room's: a slow observer delays only
// later events of the same room. The context ends when the server has been stopping for some seconds.
type Observer interface {
	RoomEvent(ctx context.Context, e Event)
}

// EventType names what happened.
type EventType string

// The events. Person is empty for those of the room itself.
const (
	EventOpened      EventType = "opened"      // the room has its first seat
	EventJoined      EventType = "joined"      // a person took a seat
	EventLive        EventType = "live"        // the person's media flow, for the first time or well again after degraded
	EventDegraded    EventType = "degraded"    // audio only, or a poor line; Reason says which: "poor", "silent", "audio-only"
	EventInterrupted EventType = "interrupted" // socket or media are lost; the seat is kept for Grace. Reason: "signal", "media"
	EventResumed     EventType = "resumed"     // back within the grace; At minus Since is the gap
	EventFailed      EventType = "failed"      // the grace is over, or media never came up. The person may still be present by socket (Reason "media") or not ("lost")
	EventMoved       EventType = "moved"       // took the seat over on another device
	EventLeft        EventType = "left"        // the seat is gone. Reason: "left", "lost", "removed", "ended"
	EventQuality     EventType = "quality"     // a sample; see Quality
	EventChat        EventType = "chat"        // a line of the chat; see Chat
	EventWaiting     EventType = "waiting"     // stands in the lobby
	EventAdmitted    EventType = "admitted"    // was let in from the lobby; By says by whom. EventJoined follows
	EventTurnedAway  EventType = "turned-away" // is gone from the lobby. Reason: "denied", "left", "lost", "ended"
	EventMuted       EventType = "muted"       // a chair muted Reason (a source); By says who
	EventPresenter   EventType = "presenter"   // leads the looking together from now on
	EventShared      EventType = "shared"      // a kept topic has a new value; see Shared
	EventRecording   EventType = "recording"   // Reason: "asked", "on", "off", "failed"; Person asked, or ended it
	EventConsent     EventType = "consent"     // Reason: "given", "refused", "withdrawn"
	EventMark        EventType = "mark"        // a mark in the recording; see Text
	EventClosed      EventType = "closed"      // the room is gone. Reason: what CloseRoom said, "empty", or "stopping"
)

// Event is one thing that happened in a room.
type Event struct {
	Room        string
	Type        EventType
	At          time.Time
	Person      yilian.PersonID
	Name        string
	Role        string
	Institution yilian.InstitutionID
	Device      string        // as the client calls itself
	Leg         int           // 1 for the first device or entry of the person, counted up by re-entry and move
	Reason      string        //
	Since       time.Time     // of EventResumed and EventFailed: when the interruption began
	Grace       time.Duration // of EventInterrupted
	Guest       bool
	Listener    bool
	By          yilian.PersonID // of EventAdmitted, EventTurnedAway, EventMuted, and of EventLeft if a chair ended the call
	Text        string          // of EventMark
	Quality     *Sample
	Chat        *protocol.Chat
	Shared      *protocol.Shared
}

// Sample is the quality of one person's line over a few seconds.
type Sample struct {
	protocol.Line
	VideoPaused bool             // the server sends audio only, because the line is too weak
	Path        string           // "udp", "tcp", "relay"; as far as the server sees it
	Client      *protocol.Report // what the receiver itself measured last, if it told
}

type nobody struct{}

func (nobody) RoomEvent(context.Context, Event) {}
