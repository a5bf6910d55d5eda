package dimse

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"slices"
	"strings"
)

// AcceptOptions are how an acceptor behaves. Negotiate is needed; the rest has useful zero values.
type AcceptOptions struct {
	Timeouts  Timeouts
	MaxLength uint32 // of a P-DATA-TF; DefaultMaxLength
	Drain     int64  // bytes of a data set that nobody reads that are read on before an abort; 64 MiB
	// Negotiate answers a request, or rejects it.
	Negotiate func(ctx context.Context, rq *Associate) (Agreement, *Reject)
}

// Agreement is what an acceptor answers to a request. The zero value accepts the association and nothing in it.
type Agreement struct {
	Contexts []Answered // those left out are refused
	// Roles answers the roles proposed (PS3.7 D.3.3.4): a class left out keeps the default, the requestor being SCU.
	Roles    []Role
	Extended []Extended // answers of the extended negotiation; classes left out are not extended
	// Window is what the requestor may invoke and perform at the same time, at most (PS3.7 D.3.3.3). Zero fields are one
	// operation; it counts only for a requestor that proposed a window.
	Window   AsyncOps
	Identity []byte    // the positive response to a user identity that asked for one; nil: none
	Timeouts *Timeouts // for this peer from now on; nil: as before
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
	agreement, reject := o.Negotiate(ctx, rq)
	if reject != nil {
		if _, err := a.fire(e8, reject.encode()); err != nil {
			return a.end(err)
		}
		return a.end(reject)
	}
	if agreement.Timeouts != nil {
		a.t.times = agreement.Timeouts.withDefaults()
		a.t.patience = a.t.times.Read
	}
	ac := a.acceptance(rq, agreement)
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
func (a *Association) acceptance(rq *Associate, o Agreement) *Associate {
	ac := &Associate{
		Version: 1, Called: rq.Called, Calling: rq.Calling, ApplicationContext: ApplicationContext,
		User: User{
			MaxLength:           uint32(a.maxLength),
			ImplementationClass: ImplementationClass,
			ImplementationName:  ImplementationName,
			Roles:               answerRoles(rq.User.Roles, o.Roles),
			Extended:            o.Extended,
		},
	}
	if w := rq.User.AsyncOps; w != nil {
		ac.User.AsyncOps = &AsyncOps{Invoked: narrower(w.Invoked, o.Window.Invoked), Performed: narrower(w.Performed, o.Window.Performed)}
	}
	if id := rq.User.Identity; id != nil && id.AnswerRequested {
		ac.User.IdentityAnswer = o.Identity
	}
	for _, p := range rq.Proposed {
		answer := Answered{ID: p.ID, Result: ContextNoReason, TransferSyntax: ImplicitVRLittleEndian}
		for _, given := range o.Contexts {
			if given.ID == p.ID {
				answer = given
			}
		}
		ac.Answered = append(ac.Answered, answer)
	}
	a.agree(rq, ac)
	return ac
}

// answerRoles accepts of the proposed roles those that are offered (PS3.7 D.3.3.4.2). Without an offer for its class the
// requestor keeps what it would have without a proposal.
func answerRoles(proposed, offered []Role) []Role {
	var answer []Role
	for _, p := range proposed {
		given := Role{SOPClass: p.SOPClass, SCU: true}
		if i := slices.IndexFunc(offered, func(r Role) bool { return r.SOPClass == p.SOPClass }); i >= 0 {
			given = offered[i]
		}
		answer = append(answer, Role{SOPClass: p.SOPClass, SCU: p.SCU && given.SCU, SCP: p.SCP && given.SCP})
	}
	return answer
}

// narrower is the smaller of a proposed number of operations, where 0 is no limit, and what is offered, where it is one.
func narrower(proposed, offered uint16) uint16 {
	offered = max(1, offered)
	if proposed == 0 {
		return offered
	}
	return min(proposed, offered)
}

// agree takes over what the acceptance says: contexts, roles, window, and how much the peer takes in one PDU.
func (a *Association) agree(rq, ac *Associate) {
	a.Agreed = ac.User
	peerMax := ac.User.MaxLength
	if !a.requestor {
		peerMax = rq.User.MaxLength
	}
	a.maxSend = maxFragment
	if peerMax != 0 && peerMax < maxFragment {
		a.maxSend = int(peerMax)
	}
	for _, answer := range ac.Answered {
		for _, p := range rq.Proposed {
			if p.ID != answer.ID || answer.Result != ContextAccepted {
				continue
			}
			c := Context{ID: p.ID, AbstractSyntax: p.AbstractSyntax, TransferSyntax: answer.TransferSyntax}
			c.SCU, c.SCP = a.roles(rq, ac, p.AbstractSyntax)
			a.contexts = append(a.contexts, c)
		}
	}
	if rq.User.AsyncOps != nil && ac.User.AsyncOps != nil {
		a.open(*ac.User.AsyncOps)
	}
}

// roles gives this side's roles for a SOP class: an SCU is the requestor and an SCP the acceptor, unless both have said
// otherwise (PS3.7 D.3.3.4).
func (a *Association) roles(rq, ac *Associate, class string) (scu, scp bool) {
	of := func(all []Role) int {
		return slices.IndexFunc(all, func(r Role) bool { return r.SOPClass == class })
	}
	role := Role{SCU: true}
	if i, k := of(rq.User.Roles), of(ac.User.Roles); i >= 0 && k >= 0 {
		p, g := rq.User.Roles[i], ac.User.Roles[k]
		role = Role{SCU: p.SCU && g.SCU, SCP: p.SCP && g.SCP}
	}
	if a.requestor {
		return role.SCU, role.SCP
	}
	return role.SCP, role.SCU
}

// unlimited is how many operations there may be at a time where no limit was agreed on.
const unlimited = 64

// open makes room for the agreed operations; w is seen from the requestor.
func (a *Association) open(w AsyncOps) {
	for _, n := range []*uint16{&w.Invoked, &w.Performed} {
		if *n == 0 || *n > unlimited {
			*n = unlimited
		}
	}
	if !a.requestor {
		w.Invoked, w.Performed = w.Performed, w.Invoked
	}
	a.window = w
	a.calls.window = make(chan struct{}, w.Invoked)
}

// newID makes an association ID: 26 characters with 130 random bits.
func newID() string { return strings.ToLower(rand.Text()) }
