package signaling

import (
	"context"

	"yilian"
	"yilian/signaling/protocol"
)

// hello takes the first message and brings the person into the room.
func (s *Server) hello(ctx context.Context, k *socket, data []byte) (*room, error) {
	hello, err := helloOf(data)
	if err != nil {
		return nil, err
	}
	in, err := s.entry(*hello)
	if err != nil {
		return nil, err
	}
	in.socket = k.id
	return s.bring(ctx, in)
}

// helloOf reads a first message.
func helloOf(data []byte) (*protocol.Hello, error) {
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
	return hello, nil
}

// usedTicket is what is remembered of a ticket: when it expires anyway, and what its user called that hello.
type usedTicket struct {
	expires int64 // Unix seconds
	ref     string
}

// entry reads the ticket or token of a hello, and uses the ticket up. The same hello may be said again: its first answer was lost, or came another way.
func (s *Server) entry(h protocol.Hello) (in enter, err error) {
	now := s.cfg.Now()
	in = enter{hello: h}
	if h.Resume != "" {
		in.who, err = s.signer.read(h.Resume, useResume, now)
		in.resume = true
		return in, err
	}
	if in.who, err = s.signer.read(h.Ticket, useTicket, now); err != nil {
		return in, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	used, again := s.used[in.who.ID]
	if again && (h.Ref == "" || used.ref != h.Ref) {
		return in, errUsed
	}
	in.again = again
	s.used[in.who.ID] = usedTicket{in.who.Expires, h.Ref}
	return in, nil
}

var errUsed = yilian.Errorf(yilian.Unauthenticated, "call.ticket-used", "The ticket was used already. Open the call again.")

// bring puts a person into the room, which is made if it is not there.
func (s *Server) bring(ctx context.Context, in enter) (*room, error) {
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
