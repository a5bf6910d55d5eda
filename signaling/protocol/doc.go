// Package protocol holds the messages of the call protocol (see ../PROTOCOL.md) and nothing else: their shapes, their
// limits, and how they are written and read. It does no I/O and knows neither WebSocket nor WebRTC.
package protocol

// Version is the protocol version this package speaks. A server accepts every client whose version is between
// OldestVersion and Version.
const (
	Version       = 1
	OldestVersion = 1
)

// Limits of one socket. A message over MaxMessage ends the socket with CloseTooLarge, more than MaxRate messages a second
// over a burst of MaxBurst with CloseTooFast; the others are answered by an error message.
const (
	MaxMessage  = 128 << 10 // bytes of one WebSocket message; an SDP with many streams is about 30 KB
	MaxRate     = 60        // messages a second, on average
	MaxBurst    = 240       // messages at once
	MaxChat     = 4000      // runes of one chat text
	MaxData     = 32 << 10  // bytes of one data payload
	MaxTopic    = 64        // bytes of a data topic
	MaxTopics   = 32        // kept topics in one room
	MaxHistory  = 500       // chat lines kept for late joiners
	MaxSlots    = 32        // m-lines a transport may have
	MaxSource   = 32        // bytes of a source name
	MaxID       = 128       // bytes of a participant's id
	MaxViews    = 64        // tiles a client may name
	MaxHeight   = 8192      // pixels of a tile
	MaxMark     = 200       // runes of a mark
	MaxPriority = 1000      // of a tile
	MaxNumber   = 1 << 53   // of a shared value: a browser counts no further
)

// Topics of looking together. The first three are the presenter's while there is one.
const (
	TopicViewer  = "viewer"  // the picture on show
	TopicMarks   = "marks"   // the marks on it
	TopicStudy   = "study"   // the study that is open
	TopicPointer = "pointer" // where somebody points
)

// ChannelLooking is the label of the data channel over which looking together goes, ordered and reliable.
const ChannelLooking = "looking"

// Close codes of the WebSocket, all in the range for applications (RFC 6455 7.4.2), and 1012 "service restart".
const (
	CloseRestart      = 1012 // the server is going away: reconnect with the resume token after a moment
	CloseBadRequest   = 4400 // not this protocol, or a message that breaks it
	CloseUnauthorized = 4401 // the ticket or token is forged, expired, used, or for something else
	CloseForbidden    = 4403 // known, but not entitled to this room now
	CloseGone         = 4404 // the seat is no longer kept: get a new ticket
	CloseTimeout      = 4408 // no hello in time, or a peer that does not read
	CloseMoved        = 4409 // the same person took the seat on another device
	CloseEnded        = 4410 // the room was closed
	CloseTooLarge     = 4413 // a message over MaxMessage
	CloseFull         = 4423 // the room has no seat left
	CloseTooFast      = 4429 // more than MaxRate
)
