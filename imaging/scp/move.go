package scp

import (
	"context"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
)

// move is a C-MOVE (PS3.4 C.4.2): the instances go over an association of their own to a known destination.
func (c *association) move(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	destination, err := c.server.config.Destinations.Destination(ctx, c.caller.Actor, rq.MoveDestination)
	switch {
	case err == nil:
	case yilian.KindOf(err) == yilian.NotFound:
		return rq.Response(dimse.UnknownDestination)
	default:
		return c.failed(rq, err)
	}
	r, response := c.retrieve(ctx, op)
	if response != nil {
		return response
	}
	m := mover{retrieval: r, destination: destination}
	return r.finish(ctx, m.run(ctx))
}

// mover sends to a destination.
type mover struct {
	*retrieval
	destination Destination
	broken      int // associations that broke or could not be made
}

// patience with a destination whose associations break
const mostBroken = 3

// run sends everything and tells how much is left when it was cancelled.
func (m *mover) run(ctx context.Context) (left int) {
	for len(m.todo) > 0 && ctx.Err() == nil {
		batch, contexts := m.batch()
		sent := m.associate(ctx, contexts, batch)
		m.todo = m.todo[sent:]
		if m.broken >= mostBroken {
			break
		}
	}
	if ctx.Err() != nil {
		return len(m.todo)
	}
	for _, i := range m.todo { // given up
		m.count(i, dimse.OutOfResources)
	}
	return 0
}

// mostContexts is how many presentation contexts an association can have (PS3.8 9.3.2.2).
const mostContexts = 128

// batch is the longest beginning of what is to be sent that one association has enough presentation contexts for: for each class one
// in each transfer syntax that something is kept in, and one in those that it can be converted to.
func (m *mover) batch() ([]imaging.Instance, []dimse.Proposal) {
	var contexts []dimse.Proposal
	known := map[string]bool{}
	for n, i := range m.todo {
		for _, as := range [][]string{{i.TransferSyntax}, converted} {
			key := i.SOPClass + " " + strings.Join(as, " ")
			if known[key] {
				continue
			}
			if len(contexts) == mostContexts {
				return m.todo[:n], contexts
			}
			known[key] = true
			contexts = append(contexts, dimse.Proposal{AbstractSyntax: i.SOPClass, TransferSyntaxes: as})
		}
	}
	return m.todo, contexts
}

// associate sends a batch over one association and tells how many instances were dealt with.
func (m *mover) associate(ctx context.Context, contexts []dimse.Proposal, batch []imaging.Instance) (sent int) {
	a, err := m.destination.dial(ctx, m.server.config.AETitle, contexts, nil)
	if err != nil {
		m.broken++
		m.log.Warn("destination not reached", "destination", m.destination.AE, "error", err)
		return 0
	}
	defer func() { _ = a.Close() }()
	for n, i := range batch {
		if ctx.Err() != nil {
			break
		}
		if m.progress(len(m.todo)-n) != nil {
			m.broken = mostBroken // who asked is gone
			break
		}
		if err := m.send(m.op.Life(), a, i, m.calling); err != nil {
			m.broken++
			return n + 1
		}
		sent = n + 1
	}
	if err := a.Release(m.op.Life()); err != nil {
		m.log.Debug("association with the destination not released", "error", err)
	}
	return sent
}

// dial requests an association with a destination.
func (d Destination) dial(ctx context.Context, calling string, contexts []dimse.Proposal, roles []dimse.Role) (*dimse.Association, error) {
	return dimse.Dial(ctx, d.Address, dimse.Options{
		Calling: calling, Called: d.AE, Contexts: contexts, Roles: roles, Timeouts: d.Timeouts, TLS: d.TLS,
	})
}
