package dimse

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"strings"
)

// AcceptOptions are how an acceptor behaves. Negotiate is needed; the rest has useful zero values.
type AcceptOptions struct {
	Timeouts  Timeouts
	MaxLength uint32 // of a P-DATA-TF; DefaultMaxLength
	Drain     int64  // bytes of a data set that nobody reads that are read on before an abort; 64 MiB
	// Negotiate answers the presentation contexts of a request (those it leaves out are refused), or rejects it.
	Negotiate func(ctx context.Context, rq *Associate) ([]Answered, *Reject)
}

// Accept takes an association request on a connection that has just been accepted. The end of ctx interrupts everything
// on the association. An error (*Reject, *Abort, ErrTimeout, ErrClosed) means that there is none and conn is closed.
func Accept(ctx context.Context, conn net.Conn, o AcceptOptions) (*Association, error) {
	a := newAssociation(conn, o.Timeouts, false)
	if o.MaxLength > 0 {
		a.maxLength = int(max(o.MaxLength, minLength))
	}
	a.drain = o.Drain
	if a.drain <= 0 {
		a.drain = 64 << 20
	}
	a.unbind = a.t.bind(ctx) // for the association's whole life
	if err := a.establish(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// establish goes from Sta1 to Sta6, or to where Close has to end.
func (a *Association) establish(ctx context.Context, o AcceptOptions) error {
	if _, err := a.fire(e5, nil); err != nil {
		return a.end(err)
	}
	p, _, err := a.receivePDU()
	if err != nil {
		return err
	}
	if a.refused != nil {
		return a.end(a.refused)
	}
	rq := p.associate
	a.Calling, a.Called, a.Peer = rq.Calling, rq.Called, rq.User
	answers, reject := o.Negotiate(ctx, rq)
	if reject != nil {
		if _, err := a.fire(e8, reject.encode()); err != nil {
			return a.end(err)
		}
		return a.end(reject)
	}
	ac := a.acceptance(rq, answers)
	if _, err := a.fire(e7, ac.encode(typeAssociateAC)); err != nil {
		return a.end(err)
	}
	return nil
}

// unacceptable is the part of the decision that the provider makes (PS3.8 9.3.4, Table 9-21), nil when the request is
// acceptable so far.
func unacceptable(rq *Associate) *Reject {
	switch {
	case rq.Version&1 == 0:
		return new(rejectProtocolVersion)
	case rq.ApplicationContext != ApplicationContext:
		return new(rejectApplicationContext)
	}
	return nil
}

// acceptance makes the A-ASSOCIATE-AC and takes over what was agreed.
func (a *Association) acceptance(rq *Associate, answers []Answered) *Associate {
	ac := &Associate{
		Version: 1, Called: rq.Called, Calling: rq.Calling, ApplicationContext: ApplicationContext,
		User: User{
			MaxLength:           uint32(a.maxLength),
			ImplementationClass: ImplementationClass,
			ImplementationName:  ImplementationName,
		},
	}
	if rq.User.AsyncOps != nil { // one message at a time, whatever was proposed (PS3.7 D.3.3.3)
		ac.User.AsyncOps = &AsyncOps{Invoked: 1, Performed: 1}
	}
	for _, r := range rq.User.Roles { // this side sends nothing by itself yet: the requestor is SCU only
		ac.User.Roles = append(ac.User.Roles, Role{SOPClass: r.SOPClass, SCU: r.SCU})
	}
	for _, p := range rq.Proposed {
		answer := Answered{ID: p.ID, Result: ContextNoReason, TransferSyntax: ImplicitVRLittleEndian}
		for _, given := range answers {
			if given.ID == p.ID {
				answer = given
			}
		}
		ac.Answered = append(ac.Answered, answer)
	}
	a.agree(rq, ac, rq.User.MaxLength)
	return ac
}

// agree takes over the accepted contexts and how much the peer takes in one PDU.
func (a *Association) agree(rq, ac *Associate, peerMax uint32) {
	a.maxSend = maxFragment
	if peerMax != 0 && peerMax < maxFragment {
		a.maxSend = int(peerMax)
	}
	for _, answer := range ac.Answered {
		for _, p := range rq.Proposed {
			if p.ID == answer.ID && answer.Result == ContextAccepted {
				a.contexts = append(a.contexts, Context{ID: p.ID, AbstractSyntax: p.AbstractSyntax, TransferSyntax: answer.TransferSyntax})
			}
		}
	}
}

// newID makes an association ID: 26 characters with 130 random bits.
func newID() string { return strings.ToLower(rand.Text()) }
