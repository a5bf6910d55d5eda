package dimse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
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

// Association is one association, on either side. Close must be called in the end.
//
// Reading belongs to whoever holds the reading token: Next, Release and Serve take it while they run. Requests (Echo, Store,
// Find …) may be made by several goroutines, as far as the asynchronous operations window allows; of those that wait for an
// answer one reads for all. Messages are sent one at a time.
type Association struct {
	ID              string // made up here, unique; for logs and receipts
	Calling, Called string
	Remote          netip.AddrPort // zero when the connection is not TCP
	Peer            User           // what the peer says of itself
	Agreed          User           // what the acceptor answered: roles, window, extended negotiation

	t         *transport
	unbind    func() // lets go of the context of Accept
	requestor bool
	refused   *Reject // acceptor: why the provider does not accept the request, for AE-6
	reason    byte    // of the next A-ABORT with provider source; of the reading side
	broken    atomic.Bool

	mu    sync.Mutex // guards state and err
	state state
	err   error         // why the association is over
	over  chan struct{} // closed with err

	maxLength int // of a P-DATA-TF that comes
	maxSend   int // of a P-DATA-TF that goes
	contexts  []Context
	window    AsyncOps // what this side may invoke and must perform at the same time, at least 1
	drain     int64    // how much of a data set that nobody read is read on

	reading chan struct{} // the reading token; guards the fields below
	left    int           // bytes of the present P-DATA-TF that are not read
	pdv     fragment      // the PDV being read
	message *incoming     // the data set being read

	out   sync.Mutex // held for one message that is sent
	calls calls
}

// Context is an accepted presentation context.
type Context struct {
	ID             byte
	AbstractSyntax string
	TransferSyntax string
	SCU, SCP       bool // the roles that this side has in it (PS3.7 D.3.3.4)
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
		over:      make(chan struct{}),
		reading:   make(chan struct{}, 1),
		window:    AsyncOps{1, 1},
		calls:     calls{window: make(chan struct{}, 1)},
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
	act, does, err := a.transit(e)
	if err != nil {
		return no, err
	}
	return act, a.perform(does, out)
}

// errNotNow: the table names no action for an event in the present state.
var errNotNow = errors.New("cannot happen in")

func (a *Association) transit(e event) (action, step, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	act := a.state.on(e)
	if act == no {
		return no, 0, fmt.Errorf("dimse: %v %w %v", e, errNotNow, a.state)
	}
	r := rules[act]
	does, next := r.does, r.next
	if r.orTo != 0 && !a.condition(act) {
		does, next = r.orDo, r.orTo
	}
	a.state = next
	return act, does, nil
}

// at gives the state of the machine.
func (a *Association) at() state {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state
}

// possible tells whether an event is named in the present state.
func (a *Association) possible(e event) bool { return a.at().on(e) != no }

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
		a.t.limit(time.Time{})
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
		a.t.limit(time.Now().Add(a.t.times.ARTIM))
	}
	if does&disconnect != 0 {
		_ = a.t.conn.Close() // nothing can be done about it, and Close of the association closes again
	}
	return nil
}

// lost tells that writing failed: the connection is taken for closed. A peer that aborted has often said so before.
func (a *Association) lost(err error) error {
	if errors.Is(err, ErrClosed) && a.at() == sta6 {
		if said := a.lastWord(); said != nil {
			return said
		}
	}
	if a.possible(e17) {
		_, _ = a.fire(e17, nil)
	}
	err = a.end(err)
	a.t.stop(err) // who reads must not wait for what cannot come
	return err
}

// lastWord reads the peer's A-ABORT, if there is one, or waits for the goroutine that reads.
func (a *Association) lastWord() error {
	select {
	case a.reading <- struct{}{}:
		defer func() { <-a.reading }()
		a.t.patience = time.Second
		_, said := a.receive()
		if abort, ok := errors.AsType[*Abort](said); ok && abort.Remote {
			return said
		}
	case <-a.over:
		return a.fault()
	case <-time.After(time.Second):
	}
	return nil
}

// end remembers why the association is over; the first reason stays.
func (a *Association) end(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err == nil {
		a.err = err
		close(a.over)
	}
	return a.err
}

// fault gives why the association is over, nil while it is not.
func (a *Association) fault() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// Abort ends the association at once; what was under way is lost.
func (a *Association) Abort() {
	if a.fault() == nil {
		_ = a.abort(context.Canceled)
	}
}

// Close ends the association, by an abort if it is still open, and closes the connection. It may wait up to ARTIM for the
// peer to close first, so that the last PDU is not lost (PS3.8 9.2, Sta13).
func (a *Association) Close() error {
	a.Abort()
	for a.at() == sta13 && a.t.interrupted(true) == nil {
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
	for a.broken.Load() {
		if err := a.t.discard(readBuffer); err != nil {
			return 0, err
		}
	}
	p, err := a.readPDU()
	if bad, ok := errors.AsType[*pduError](err); ok {
		a.reason = bad.reason
		a.broken.Store(true)
		return e19, nil
	}
	if err != nil {
		return 0, err
	}
	a.reason = ReasonUnexpectedPDU
	return received[p.typ], nil
}
