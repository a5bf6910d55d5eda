package dimse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// Options are how a requestor behaves. Called and Contexts are needed.
type Options struct {
	Calling, Called string // AE titles
	Contexts        []Proposal
	MaxLength       uint32 // of a P-DATA-TF that comes; DefaultMaxLength
	Timeouts        Timeouts
	// Roles are proposed for SOP classes in which this side is not, or not only, SCU (PS3.7 D.3.3.4).
	Roles []Role
	// Extended is proposed for SOP classes (PS3.7 D.3.3.5).
	Extended []Extended
	// Window is proposed when it is not zero: what this side would invoke and perform at the same time (PS3.7 D.3.3.3). Devices
	// are met that break when they see one.
	Window   AsyncOps
	Identity *Identity   // who asks (PS3.7 D.3.3.7); nil: nobody in particular
	TLS      *tls.Config // see SecureClient; nil: plain TCP
	// Take performs what the peer requests while this side waits for an answer, such as an N-EVENT-REPORT; nil: it is answered
	// as not supported. Get takes the place of it while it runs.
	Take func(*Message) *Command
	// Dial makes the connection; nil: TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Proposal is a SOP class with the transfer syntaxes in which this side can send it.
type Proposal struct {
	AbstractSyntax   string
	TransferSyntaxes []string
}

// Dial connects and requests an association. The end of ctx interrupts it, but not the association afterwards.
func Dial(ctx context.Context, addr string, o Options) (*Association, error) {
	rq, err := o.request()
	if err != nil {
		return nil, err
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	limited, cancel := context.WithTimeout(ctx, o.Timeouts.withDefaults().Read)
	defer cancel()
	conn, err := dial(limited, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", addr, err)
	}
	if o.TLS != nil {
		if conn, err = secure(limited, conn, addr, o.TLS); err != nil {
			return nil, fmt.Errorf("connecting to %s: %w", addr, err)
		}
	}
	return request(ctx, conn, rq, o)
}

// request makes the A-ASSOCIATE-RQ: a presentation context for each proposal, with the IDs 1, 3, 5 …
func (o *Options) request() (*Associate, error) {
	if err := errors.Join(CheckAETitle(o.Calling), CheckAETitle(o.Called)); err != nil {
		return nil, err
	}
	if n := len(o.Contexts); n == 0 || n > maxContexts {
		return nil, fmt.Errorf("dimse: %d presentation contexts, 1 to %d are possible", n, maxContexts)
	}
	if o.MaxLength == 0 {
		o.MaxLength = DefaultMaxLength
	}
	rq := &Associate{
		Version: 1, Called: o.Called, Calling: o.Calling, ApplicationContext: ApplicationContext,
		User: User{
			MaxLength:           max(o.MaxLength, minLength),
			ImplementationClass: ImplementationClass,
			ImplementationName:  ImplementationName,
			Roles:               o.Roles,
			Extended:            o.Extended,
			Identity:            o.Identity,
		},
	}
	if o.Window != (AsyncOps{}) {
		rq.User.AsyncOps = &o.Window
	}
	for i, p := range o.Contexts {
		rq.Proposed = append(rq.Proposed, Proposed{ID: byte(2*i + 1), AbstractSyntax: p.AbstractSyntax, TransferSyntaxes: p.TransferSyntaxes})
	}
	return rq, rq.check()
}

// request goes from Sta1 to Sta6 on an open connection, or closes it.
func request(ctx context.Context, conn net.Conn, rq *Associate, o Options) (*Association, error) {
	a := newAssociation(conn, o.Timeouts, true)
	a.Calling, a.Called = rq.Calling, rq.Called
	a.maxLength = int(rq.User.MaxLength)
	a.drain = 64 << 20
	defer a.t.bind(ctx)()
	ac, err := a.propose(ctx, rq)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.Peer = ac.User
	a.agree(rq, ac)
	a.calls.take = o.Take
	return a, nil
}

func (a *Association) propose(ctx context.Context, rq *Associate) (*Associate, error) {
	for _, step := range []struct {
		event
		out []byte
	}{{e1, nil}, {e2, rq.encode(typeAssociateRQ)}} {
		if _, err := a.fire(step.event, step.out); err != nil {
			return nil, a.end(err)
		}
	}
	if err := a.t.idle(ctx, a.t.times.Response); err != nil {
		return nil, a.failed(err)
	}
	a.t.begin()
	p, act, err := a.receivePDU()
	if err != nil {
		return nil, err
	}
	if act != ae3 {
		return nil, a.abort(fmt.Errorf("%v instead of an answer", act))
	}
	return p.associate, nil
}
