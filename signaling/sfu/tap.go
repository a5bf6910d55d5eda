package sfu

import (
	"time"

	"yilian/signaling/sfu/packet"
)

// TapStream is one stream as a Tap sees it: what one peer sends, one encoding of it. Sound is plain Opus, whatever it came in.
type TapStream struct {
	ID        uint64 // of this stream within the engine's life, never used again
	Peer      string
	Source    string
	Kind      Kind
	MIME      string // lower case, such as "video/vp8"
	ClockRate uint32
	Channels  uint16
	RID       string // of simulcast, else empty
	Keyframe  func() // of video: asks the sender for a key frame, soon and not too often; it may be called at any time from anywhere
}

// Tap gets a copy of everything that a room forwards. Its methods are called from the read loops of the streams, of one stream one at a time and in this order:
// Begin, any number of Packet and Clock, End. They must not block, must not call the room, and must not keep p.Payload.
type Tap interface {
	Begin(s TapStream)
	// Packet is one packet, in the order of arrival: retransmissions come late.
	Packet(stream uint64, p packet.Packet, arrived time.Time)
	// Clock tells which RTP timestamp belongs to a moment of the sender's clock, as its sender reports do: it ties the streams of a sender together.
	Clock(stream uint64, at time.Time, rtp uint32)
	End(stream uint64)
}

// tapped is a tap in use: a new value for every SetTap, so that a stream sees whether it has been introduced to this one.
type tapped struct{ tap Tap }

// SetTap lets a tap see all media of the room from now on; nil takes it away. It may be called while media flow. When it returns the former tap may still
// get what was under way; its streams are ended one by one as their next packet comes or they stop.
func (r *Room) SetTap(t Tap) {
	if t == nil {
		r.tap.Store(nil)
		return
	}
	r.tap.Store(&tapped{t})
}

// feed is the side of a source towards the tap; it belongs to the source's read loop.
type feed struct {
	to    *tapped // the tap that knows this stream
	id    uint64
	clock senderReport // last one told
}

// tapPacket hands a packet to the tap, if there is one.
func (s *source) tapPacket(p packet.Packet, now time.Time) {
	room := s.peer.room
	t := room.tap.Load()
	if t != s.feed.to {
		s.untap()
		if t != nil {
			s.tapBegin(t)
		}
	}
	if s.feed.to == nil || s.muted.Load() {
		return
	}
	if r := s.lastReport(); r != s.feed.clock {
		s.feed.clock = r
		t.tap.Clock(s.feed.id, r.ntp, r.rtp)
	}
	t.tap.Packet(s.feed.id, p, now)
}

func (s *source) tapBegin(t *tapped) {
	name := s.name()
	if name == "" {
		return // nobody has said yet what it is
	}
	engine := s.peer.room.engine
	s.feed = feed{to: t, id: engine.taps.Add(1)}
	t.tap.Begin(TapStream{
		ID: s.feed.id, Peer: s.peer.id, Source: name, Kind: s.kind, MIME: s.mime, ClockRate: s.clockRate, Channels: s.channels, RID: s.rid,
		Keyframe: s.keyframe,
	})
	if s.describe != nil {
		s.keyframe()
	}
}

// untap ends the stream at the tap that knows it.
func (s *source) untap() {
	if s.feed.to != nil {
		s.feed.to.tap.End(s.feed.id)
		s.feed = feed{}
	}
}
