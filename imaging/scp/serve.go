package scp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"yilian/imaging/dimse"
)

// Run serves until ctx ends, then lets open associations finish what they are receiving within Limits.Grace, aborts the
// rest and returns when all of it is over.
func (s *Server) Run(ctx context.Context) error {
	hard, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	calm, hush := context.WithCancel(ctx)
	defer hush()
	stop := context.AfterFunc(calm, s.closeListeners)
	defer stop()

	var all, doors sync.WaitGroup
	failed := make(chan error, 2)
	for _, l := range s.listeners() {
		doors.Go(func() {
			defer hush() // without one of them the door is closed
			failed <- s.accept(calm, hard, l, &all)
		})
	}
	doors.Wait()
	err := <-failed
	s.finish(&all, kill)
	s.closeListeners()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// listener is where connections come in.
type listener struct {
	net.Listener
	secure bool
}

func (s *Server) listeners() (all []listener) {
	if s.config.Listener != nil {
		all = append(all, listener{s.config.Listener, false})
	}
	if s.config.Secure != nil {
		all = append(all, listener{s.config.Secure, true})
	}
	return all
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners() {
		_ = l.Close() // by another already, perhaps
	}
}

// accept takes connections until the listener is closed.
func (s *Server) accept(ctx, hard context.Context, l listener, all *sync.WaitGroup) error {
	for pause := time.Duration(0); ; {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("scp: %w", err)
		default: // out of file descriptors, as a rule: it passes
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.log.Error("DICOM connection not accepted", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		c := &association{server: s, conn: conn, address: addressOf(conn), began: time.Now(), secure: l.secure}
		if !s.enter(c) {
			s.stats.dropped.Add(1)
			s.log.Warn("DICOM connection dropped: too many", "address", c.address)
			_ = conn.Close()
			continue
		}
		all.Go(func() {
			defer s.leave(c)
			c.serve(ctx, hard)
		})
	}
}

// finish waits for the open associations, and kills them after the grace.
func (s *Server) finish(all *sync.WaitGroup, kill context.CancelFunc) {
	grace := time.AfterFunc(s.config.Limits.Grace, kill)
	defer grace.Stop()
	all.Wait()
}

// enter counts a connection in, unless there are too many from its address, or in all. Room is kept beyond the limit of
// associations so that a caller over it is told so (PS3.8 9.3.4: local limit exceeded) and not just cut off.
func (s *Server) enter(c *association) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := 0
	for other := range s.open {
		if other.address == c.address {
			same++
		}
	}
	limits := s.config.Limits
	if same >= limits.PerAddress || len(s.open) >= 2*limits.Associations {
		return false
	}
	s.open[c] = struct{}{}
	s.stats.connections.Add(1)
	return true
}

// admit counts a connection as an association, unless there are too many of them, or of its device,
// of which there may be most (0: as of any device).
func (s *Server) admit(c *association, calling string, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	admitted, device := 0, 0
	for other := range s.open {
		if other.calling == "" {
			continue
		}
		admitted++
		if other.calling == calling && other.address == c.address {
			device++
		}
	}
	if admitted >= s.config.Limits.Associations || device >= cmp.Or(most, s.config.Limits.PerDevice) {
		return false
	}
	c.calling = calling
	s.stats.associations.Add(1)
	return true
}

// leave counts a connection out.
func (s *Server) leave(c *association) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	s.stats.connections.Add(-1)
	if c.calling != "" {
		s.stats.associations.Add(-1)
	}
}

// depart stops counting an association as one that sends its studies.
func (s *Server) depart(c *association) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for study := range c.studies {
		if s.receiving[study]--; s.receiving[study] == 0 {
			delete(s.receiving, study)
		}
	}
}

func addressOf(conn net.Conn) netip.Addr {
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// refuse counts and logs a rejection; one for what the caller is goes to Hooks.Refused.
func (s *Server) refuse(c *association, rq *dimse.Associate, r dimse.Reject) *dimse.Reject {
	s.stats.rejected.Add(1)
	s.log.Warn("association rejected", "calling", rq.Calling, "called", rq.Called, "address", c.address, "why", r.Error())
	aboutCaller := r == dimse.RejectCallingAE || r == dimse.RejectCalledAE || r == dimse.RejectIdentity
	if s.config.Hooks.Refused != nil && aboutCaller {
		s.config.Hooks.Refused(Refusal{Calling: rq.Calling, Called: rq.Called, Address: c.address, Reject: r})
	}
	return &r
}
