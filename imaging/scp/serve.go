package scp

import "context"

type association struct{}

// Run serves until ctx ends, then lets open associations finish what they are receiving within Limits.Grace, aborts the
// rest and returns when all of it is over.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	return s.config.Listener.Close()
}
