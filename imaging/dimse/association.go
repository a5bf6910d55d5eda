package dimse

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

const (
	// DefaultMaxLength is the longest P-DATA-TF that this side takes, unless told otherwise, without the PDU header.
	DefaultMaxLength = 128 << 10
	// maxAssociate bounds an A-ASSOCIATE PDU. 128 contexts with 20 transfer syntaxes each need about 190 KiB.
	maxAssociate = 256 << 10
	// maxFragment bounds what this side sends in one PDU, however much the peer takes.
	maxFragment = 128 << 10
)

// Association is one association, on either side. It belongs to one goroutine: no method may be called while another
// runs. Close must be called in the end.
type Association struct {
	ID              string // made up here, unique; for logs and receipts
	Calling, Called string
	Remote          netip.AddrPort // zero when the connection is not TCP
	Peer            User           // what the peer says of itself

	t         *transport
	unbind    func() // lets go of the context of Accept
	state     state
	requestor bool
	refused   *Reject // acceptor: why the provider does not accept the request, for AE-6
	reason    byte    // of the next A-ABORT with provider source
	broken    bool    // the PDU framing is lost: what still comes is not parsed
	err       error   // why the association is over

	maxLength int // of a P-DATA-TF that comes
	maxSend   int // of a P-DATA-TF that goes
	contexts  []Context
	left      int       // bytes of the present P-DATA-TF that are not read
	pdv       fragment  // the PDV being read
	message   *incoming // the data set being read
	drain     int64     // how much of a data set that nobody read is read on
	lastID    uint16    // message ID of the last request sent
}

// Context is an accepted presentation context.
type Context struct {
	ID             byte
	AbstractSyntax string
	TransferSyntax string
}

func newAssociation(conn net.Conn, times Timeouts, requestor bool) *Association {
	a := &Association{
		ID:        newID(),
		unbind:    func() {},
		t:         newTransport(conn, times.withDefaults()),
		state:     sta1,
		requestor: requestor,
		maxLength: DefaultMaxLength,
		maxSend:   minLength,
	}
	if addr, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		a.Remote = addr.AddrPort()
		a.Remote = netip.AddrPortFrom(a.Remote.Addr().Unmap(), a.Remote.Port())
	}
	return a
}

// Contexts gives the accepted presentation contexts.
func (a *Association) Contexts() []Context { return slices.Clone(a.contexts) }

// Context finds the accepted context for a SOP class in a transfer syntax.
func (a *Association) Context(abstract, transfer string) (Context, bool) {
	i := slices.IndexFunc(a.contexts, func(c Context) bool { return c.AbstractSyntax == abstract && c.TransferSyntax == transfer })
	if i < 0 {
		return Context{}, false
	}
	return a.contexts[i], true
}

func (a *Association) contextOf(id byte) (Context, bool) {
	i := slices.IndexFunc(a.contexts, func(c Context) bool { return c.ID == id })
	if i < 0 {
		return Context{}, false
	}
	return a.contexts[i], true
}

// fire lets an event happen: it performs the action that the table names and goes to the next state. out is the PDU that
// a primitive of this side wants sent. An event that the table does not name is refused and changes nothing.
func (a *Association) fire(e event, out []byte) (action, error) {
	act := a.state.on(e)
	if act == no {
		return no, fmt.Errorf("dimse: %v cannot happen in %v", e, a.state)
	}
	r := rules[act]
	does, next := r.does, r.next
	if r.orTo != 0 && !a.condition(act) {
		does, next = r.orDo, r.orTo
	}
	a.state = next
	return act, a.perform(does, out)
}

// condition decides the two actions that the standard makes depend on something.
func (a *Association) condition(act action) bool {
	if act == ae6 {
		return a.refused == nil
	}
	return a.requestor // ar8
}

// perform does an action's steps in the order of the standard.
func (a *Association) perform(does step, out []byte) error {
	if does&stopTimer != 0 {
		a.t.until = time.Time{}
	}
	if does&sendPDU != 0 {
		if err := a.t.write(out); err != nil {
			return a.lost(err)
		}
	}
	if does&abortUser != 0 {
		a.t.farewell((&Abort{Source: SourceUser}).encode())
	}
	if does&abortProvider != 0 {
		a.t.farewell((&Abort{Source: SourceProvider, Reason: a.reason}).encode())
	}
	if does&startTimer != 0 {
		a.t.until = time.Now().Add(a.t.times.ARTIM)
	}
	if does&disconnect != 0 {
		_ = a.t.conn.Close() // nothing can be done about it, and Close of the association closes again
	}
	return nil
}

// lost tells that writing failed: the connection is taken for closed. A peer that aborted has often said so before.
func (a *Association) lost(err error) error {
	if errors.Is(err, ErrClosed) && a.state == sta6 {
		a.t.patience = time.Second
		if _, said := a.receive(); said != nil {
			if abort, ok := errors.AsType[*Abort](said); ok && abort.Remote {
				return said
			}
		}
	}
	if a.state.on(e17) != no {
		_, _ = a.fire(e17, nil)
	}
	return a.end(err)
}

// end remembers why the association is over; the first reason stays.
func (a *Association) end(err error) error {
	if a.err == nil {
		a.err = err
	}
	return a.err
}

// received is the event of each PDU type.
var received = [...]event{
	typeAssociateRQ: e6, typeAssociateAC: e3, typeAssociateRJ: e4, typeData: e10,
	typeReleaseRQ: e12, typeReleaseRP: e13, typeAbort: e16,
}

// pdu is a received one, decoded; of a P-DATA-TF only the header has been read.
type pdu struct {
	typ       byte
	associate *Associate
	reject    *Reject
	abort     *Abort
}

// receive reads one PDU and fires its event. It answers the action so that the caller knows which primitive was indicated;
// an error means that the association is over (or never came to be).
func (a *Association) receive() (action, error) {
	_, act, err := a.receivePDU()
	return act, err
}

func (a *Association) receivePDU() (*pdu, action, error) {
	p, err := a.readPDU()
	if err != nil {
		return nil, no, a.failed(err)
	}
	if p.typ == typeAssociateRQ {
		a.refused = unacceptable(p.associate)
	}
	a.reason = ReasonUnexpectedPDU
	before := a.state
	var out []byte
	if a.refused != nil {
		out = a.refused.encode()
	}
	act, err := a.fire(received[p.typ], out)
	if err != nil {
		return nil, no, a.end(err)
	}
	switch act {
	case aa1, aa8:
		unexpected := fmt.Errorf("PDU type %02X is not expected in %v", p.typ, before)
		return nil, act, a.end(a.sent(act, unexpected))
	case aa2, aa3:
		return nil, act, a.end(p.abort)
	case ae4:
		return nil, act, a.end(p.reject)
	}
	return p, act, nil
}

// sent describes the A-ABORT that an action has sent.
func (a *Association) sent(act action, why error) *Abort {
	if act == aa1 {
		return &Abort{Source: SourceUser, Err: why}
	}
	return &Abort{Source: SourceProvider, Reason: a.reason, Err: why}
}

// failed fires the event behind an error of readPDU or of reading a P-DATA-TF's content.
func (a *Association) failed(err error) error {
	if a.err != nil {
		return a.err
	}
	bad, isBad := errors.AsType[*pduError](err)
	switch {
	case isBad:
		a.reason, a.broken = bad.reason, true
		act, _ := a.fire(e19, nil) // named in every state in which something is read
		return a.end(a.sent(act, err))
	case errors.Is(err, ErrClosed):
		_, _ = a.fire(e17, nil)
		return a.end(err)
	case a.state.on(e18) != no: // all that is read in these states is read under ARTIM
		_, _ = a.fire(e18, nil)
		return a.end(err)
	}
	return a.abort(err)
}

// abort is the local user's A-ABORT request, for a reason that the result tells.
func (a *Association) abort(why error) error {
	if a.state.on(e15) == no {
		return a.end(why)
	}
	a.broken = true
	_, _ = a.fire(e15, nil)
	return a.end(&Abort{Source: SourceUser, Err: why})
}

// readPDU reads the next PDU, or the header of a P-DATA-TF.
func (a *Association) readPDU() (*pdu, error) {
	if a.left > 0 { // of a P-DATA-TF that nobody wants
		if err := a.t.discard(a.left); err != nil {
			return nil, err
		}
		a.left = 0
	}
	var head [pduHeader]byte
	if err := a.t.full(head[:1]); err != nil {
		return nil, err
	}
	a.t.patience = a.t.times.Read
	if err := a.t.full(head[1:]); err != nil {
		return nil, err
	}
	typ, length := head[0], binary.BigEndian.Uint32(head[2:])
	limit, err := a.limit(typ)
	if err != nil {
		return nil, err
	}
	if uint64(length) > uint64(limit) {
		return nil, invalid("PDU type %02X of %d bytes, at most %d are taken", typ, length, limit)
	}
	if typ == typeData {
		a.left = int(length)
		return &pdu{typ: typ}, nil
	}
	body, err := a.t.body(int(length))
	if err != nil {
		return nil, err
	}
	return decodePDU(typ, body)
}

// limit is the longest PDU of a type that is taken.
func (a *Association) limit(typ byte) (int, error) {
	switch typ {
	case typeAssociateRQ, typeAssociateAC:
		return maxAssociate, nil
	case typeData:
		return a.maxLength, nil
	case typeAssociateRJ, typeReleaseRQ, typeReleaseRP, typeAbort:
		return 4, nil
	}
	return 0, &pduError{ReasonUnrecognizedPDU, fmt.Sprintf("type %02X", typ)}
}

// decodePDU decodes the body of any PDU but a P-DATA-TF.
func decodePDU(typ byte, body []byte) (p *pdu, err error) {
	p = &pdu{typ: typ}
	switch typ {
	case typeAssociateRQ, typeAssociateAC:
		p.associate, err = decodeAssociate(typ, body)
	case typeAssociateRJ:
		p.reject, err = decodeReject(body)
	case typeAbort:
		p.abort, err = decodeAbort(body)
	case typeReleaseRQ, typeReleaseRP:
		if len(body) != 4 {
			err = invalid("A-RELEASE of %d bytes", len(body))
		}
	}
	return p, err
}

// Abort ends the association at once; what was under way is lost.
func (a *Association) Abort() {
	if a.err == nil {
		_ = a.abort(context.Canceled)
	}
}

// Close ends the association, by an abort if it is still open, and closes the connection. It may wait up to ARTIM for the
// peer to close first, so that the last PDU is not lost (PS3.8 9.2, Sta13).
func (a *Association) Close() error {
	a.Abort()
	for a.state == sta13 && a.t.ctx.Err() == nil {
		e, err := a.linger()
		if err != nil {
			e = e17
			if errors.Is(err, ErrTimeout) {
				e = e18
			}
		}
		if _, err := a.fire(e, nil); err != nil {
			break
		}
	}
	a.unbind()
	if err := a.t.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// linger reads one PDU in Sta13 and answers its event. Without framing there are no PDUs, only bytes to read on.
func (a *Association) linger() (event, error) {
	for a.broken {
		if err := a.t.discard(readBuffer); err != nil {
			return 0, err
		}
	}
	p, err := a.readPDU()
	if bad, ok := errors.AsType[*pduError](err); ok {
		a.reason, a.broken = bad.reason, true
		return e19, nil
	}
	if err != nil {
		return 0, err
	}
	a.reason = ReasonUnexpectedPDU
	return received[p.typ], nil
}
