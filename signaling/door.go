package signaling

import (
	"context"
	"time"

	"yilian"
	"yilian/signaling/protocol"
)

// hello reads the first message and brings the person into the room.
func (s *Server) hello(ctx context.Context, k *socket) (*room, error) {
	if err := k.ws.SetReadDeadline(time.Now().Add(helloWithin)); err != nil {
		return nil, err
	}
	data, err := k.read(deadAfter)
	if err != nil {
		return nil, err
	}
	msg, err := protocol.DecodeClient(data)
	if err != nil {
		return nil, err
	}
	hello, ok := msg.(*protocol.Hello)
	if !ok {
		return nil, errHelloFirst
	}
	if hello.Version < protocol.OldestVersion || hello.Version > protocol.Version {
		return nil, errVersion
	}
	who, resume, err := s.authenticate(*hello)
	if err != nil {
		return nil, err
	}
	return s.bring(ctx, k, enter{socket: k.id, who: who, resume: resume, hello: *hello})
}

// authenticate reads the ticket or token of a hello, and uses the ticket up.
func (s *Server) authenticate(h protocol.Hello) (c claims, resume bool, err error) {
	now := s.cfg.Now()
	if h.Resume != "" {
		c, err = s.signer.read(h.Resume, useResume, now)
		return c, true, err
	}
	if c, err = s.signer.read(h.Ticket, useTicket, now); err != nil {
		return c, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.used[c.ID]; again {
		return c, false, yilian.Errorf(yilian.Unauthenticated, "call.ticket-used", "The ticket was used already. Open the call again.")
	}
	s.used[c.ID] = c.Expires
	return c, false, nil
}

// bring puts a person into the room, which is made if it is not there.
func (s *Server) bring(ctx context.Context, k *socket, in enter) (*room, error) {
	for {
		r, err := s.room(ctx, in)
		if err != nil {
			return nil, err
		}
		if r.inbox.post(in) {
			return r, nil
		}
	}
}

func (s *Server) room(ctx context.Context, in enter) (*room, error) {
	s.mu.Lock()
	r, stopping := s.rooms[in.who.Room], s.stopping
	_, closed := s.closed[in.who.Room]
	s.mu.Unlock()
	switch {
	case stopping:
		return nil, errStopping
	case r != nil:
		return r, nil
	case in.resume && closed:
		return nil, errEnded
	case in.resume:
		if err := s.admit(ctx, in.who); err != nil {
			return nil, &forbiddenError{err}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, errStopping
	}
	if r := s.rooms[in.who.Room]; r != nil {
		return r, nil
	}
	delete(s.closed, in.who.Room)
	r = s.newRoom(in.who.Room)
	s.rooms[in.who.Room] = r
	return r, nil
}

// forget takes a room out of the list; whoever comes later makes a new one.
func (s *Server) forget(r *room) {
	s.mu.Lock()
	if s.rooms[r.name] == r {
		delete(s.rooms, r.name)
	}
	s.mu.Unlock()
	for _, item := range r.inbox.close() {
		r.tooLate(item)
	}
}

// tooLate takes what came to a room that is over. Who wanted in is asked to come again, with the same ticket; a recording that has just begun ends.
func (r *room) tooLate(item any) {
	switch in := item.(type) {
	case enter:
		r.server.mu.Lock()
		delete(r.server.used, in.who.ID)
		r.server.mu.Unlock()
		if k := r.server.socket(in.socket); k != nil {
			k.hangUp(protocol.CloseRestart, "again")
		}
	case recorded:
		if in.recording != nil {
			r.tasks.Go(func() { r.endRecording(in.recording, "ended") })
		}
	}
}
