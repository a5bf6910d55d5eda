package client

import (
	"context"
	"errors"

	"yilian/signaling/protocol"
)

// standing is what a room does not keep over a restart of its server, so that the client has to say it again.
type standing struct {
	lobby      bool
	fresh      bool // the last welcome was of a room that did not know the seat
	presenting bool // led the looking together
	recording  bool // asked for the recording that is asked or on
	consent    *bool
	state      *protocol.State
	views      *protocol.Views
}

func (s *standing) welcomed(w protocol.Welcome) {
	s.lobby, s.fresh = w.Lobby, !w.Resumed && !w.Lobby
}

// said notes what the client itself says.
func (s *standing) said(m protocol.Message) {
	switch m := m.(type) {
	case protocol.Consent:
		s.consent = &m.Recording
	case protocol.State:
		s.state = &m
	case protocol.Views:
		s.views = &m
	}
}

// heard notes what the server says of the room.
func (s *standing) heard(you string, m protocol.Message) {
	switch m := m.(type) {
	case *protocol.Presenter:
		s.presenting = m.ID == you
	case *protocol.Recording:
		open := m.State == protocol.RecordingAsked || m.State == protocol.RecordingOn
		s.recording = open && m.By == you
		if !open {
			s.consent = nil
		}
	}
}

// again lists what is to be said to a room that has forgotten everything.
func (s *standing) again() (out []protocol.Message) {
	if !s.fresh {
		return nil
	}
	if s.state != nil {
		out = append(out, *s.state)
	}
	if s.views != nil {
		out = append(out, *s.views)
	}
	if s.presenting {
		out = append(out, protocol.Present{On: true})
	}
	if s.recording {
		out = append(out, protocol.Record{On: true})
	}
	return out
}

// restore says again what the room has forgotten. A socket that is lost again meanwhile resumes again.
func (c *Client) restore() {
	c.mu.Lock()
	messages := c.room.again()
	c.mu.Unlock()
	for _, m := range messages {
		_ = c.Send(m)
	}
}

// InLobby tells whether the client waits for being admitted.
func (c *Client) InLobby() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.room.lobby
}

// Enter waits in the lobby until the client is admitted, and opens the transport.
func (c *Client) Enter(ctx context.Context) error {
	select {
	case <-c.entered:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !c.hasMedia() {
		return nil
	}
	offer, err := c.newTransport()
	if err != nil {
		return err
	}
	if err := c.Send(offer); err != nil {
		return err
	}
	return c.awaitAnswer(ctx)
}

// Control gives an order of a chair.
func (c *Client) Control(action, target, source string) error {
	return c.Send(protocol.Control{Action: action, Target: target, Source: source})
}

// Want tells which video streams are shown, and how large.
func (c *Client) Want(views ...protocol.View) error { return c.Send(protocol.Views{Views: views}) }

// Switch tells what is switched on.
func (c *Client) Switch(on protocol.State) error { return c.Send(on) }

var errNoEncodings = errors.New("a simulcast needs an encoding")
