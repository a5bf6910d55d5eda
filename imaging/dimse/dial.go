package dimse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"yilian/imaging/dicom"
)

// Options are how a requestor behaves. Called and Contexts are needed.
type Options struct {
	Calling, Called string // AE titles
	Contexts        []Proposal
	MaxLength       uint32 // of a P-DATA-TF that comes; DefaultMaxLength
	Timeouts        Timeouts
	// Dial makes the connection; nil: plain TCP. A TLS connection is made here.
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
		},
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
	a.agree(rq, ac, ac.User.MaxLength)
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

// Echo verifies that the peer serves DIMSE (PS3.4 Annex A).
func (a *Association) Echo(ctx context.Context) (Status, error) {
	for _, c := range a.contexts {
		if c.AbstractSyntax == Verification {
			m, err := a.request(ctx, c.ID, &Command{Field: CEchoRQ, AffectedSOPClass: Verification}, nil)
			if err != nil {
				return 0, err
			}
			return m.Command.Status, nil
		}
	}
	return 0, fmt.Errorf("%w: verification", ErrNoContext)
}

// ErrNoContext: the peer has accepted no presentation context for what is to be sent. The association stays open.
var ErrNoContext = errors.New("no presentation context accepted")

// Instance is an object to be sent.
type Instance struct {
	SOPClass, SOPInstance string
	TransferSyntax        string    // of Data: there must be an accepted context for it
	Data                  io.Reader // the data set alone, without preamble and meta information
	Size                  int64     // of Data in bytes; negative: not known. A difference aborts the association
}

// Outcome is what the peer answered to a request.
type Outcome struct {
	Status  Status
	Comment string // the peer's error comment: not trustworthy text
}

// Store sends an instance (C-STORE) and gives the peer's answer. ErrNoContext leaves the association open, all other
// errors end it.
func (a *Association) Store(ctx context.Context, in Instance) (Outcome, error) {
	c, ok := a.Context(in.SOPClass, in.TransferSyntax)
	if !ok {
		return Outcome{}, fmt.Errorf("%w: SOP class %s in %s", ErrNoContext, in.SOPClass, in.TransferSyntax)
	}
	data := in.Data
	if in.Size >= 0 {
		data = &sized{in.Data, in.Size}
	}
	if in.TransferSyntax == dicom.DeflatedExplicitVRLittleEndian {
		data = &even{r: data}
	}
	m, err := a.request(ctx, c.ID, &Command{Field: CStoreRQ, AffectedSOPClass: in.SOPClass, AffectedSOPInstance: in.SOPInstance}, data)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Status: m.Command.Status, Comment: m.Command.ErrorComment}, nil
}

// sized is a reader that must give exactly left more bytes.
type sized struct {
	r    io.Reader
	left int64
}

func (s *sized) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if s.left < 0 || (err == io.EOF && s.left != 0) {
		return n, errors.New("the data set's size has changed")
	}
	return n, err
}

// even pads with a NUL to an even length, as a deflated data set must be (PS3.5 A.5). Files are met in which it is not, and
// DCMTK aborts at a fragment of odd length (PS3.8 E.1).
type even struct {
	r    io.Reader
	odd  bool
	done bool
}

func (e *even) Read(p []byte) (int, error) {
	if e.done || len(p) == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p)
	e.odd = e.odd != (n%2 == 1)
	if err == io.EOF && e.odd && n < len(p) {
		p[n], e.done = 0, true
		return n + 1, io.EOF
	}
	if err == io.EOF && e.odd { // no room: the next call gives the padding
		return n, nil
	}
	return n, err
}
