package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// MaxIdentifier bounds the data set of a request or response that is kept in memory: an identifier of C-FIND, the attributes
// of an N-CREATE. The largest met in the field, a worklist item with protocol codes or a list of failed instances, has some
// hundred kilobytes.
const MaxIdentifier = 1 << 20

// calls are the requests of this side that have no final answer yet.
type calls struct {
	mu     sync.Mutex
	lastID uint16
	open   map[uint16]*call
	window chan struct{}           // one entry for each of them
	take   func(*Message) *Command // performs what the peer asks meanwhile; nil: nothing is offered
	lent   bool                    // take is that of a C-GET
}

// call is one request of this side and the answers to it.
type call struct {
	a       *Association
	id      uint16
	field   Field
	answers chan *Message
	gone    chan struct{} // closed when nobody waits any more
	unbind  func()
}

// invoke sends a request, when the window has room for it. The end of ctx aborts the association, until done.
func (a *Association) invoke(ctx context.Context, id byte, c *Command, data io.Reader) (*call, error) {
	if err := a.ready(); err != nil {
		return nil, err
	}
	if err := a.room(ctx); err != nil {
		return nil, err
	}
	k := a.calls.add(a, c)
	k.unbind = a.t.bind(ctx)
	if err := a.send(id, c, data); err != nil {
		k.done()
		return nil, err
	}
	return k, nil
}

// room waits until the window of asynchronous operations has room for another request (PS3.7 D.3.3.3).
func (a *Association) room(ctx context.Context) error {
	patience := time.NewTimer(a.t.times.Response)
	defer patience.Stop()
	select {
	case a.calls.window <- struct{}{}:
		return nil
	case <-a.over:
		return a.fault()
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-patience.C:
		return fmt.Errorf("dimse: no request can be made while %d wait for their answers: %w", cap(a.calls.window), ErrTimeout)
	}
}

func (all *calls) add(a *Association, c *Command) *call {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.open == nil {
		all.open = map[uint16]*call{}
	}
	for {
		all.lastID++
		if _, used := all.open[all.lastID]; !used && all.lastID != 0 {
			break
		}
	}
	c.MessageID = all.lastID
	k := &call{a: a, id: all.lastID, field: c.Field, answers: make(chan *Message, 1), gone: make(chan struct{})}
	all.open[k.id] = k
	return k
}

func (all *calls) of(id uint16) *call {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.open[id]
}

// taker gives what performs the peer's requests.
func (all *calls) taker() func(*Message) *Command {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.take
}

// done ends a call: its number and its place in the window are free.
func (k *call) done() {
	all := &k.a.calls
	all.mu.Lock()
	delete(all.open, k.id)
	all.mu.Unlock()
	close(k.gone)
	k.unbind()
	<-all.window
}

// next waits for the next answer. Who waits and finds nobody reading reads for all.
func (k *call) next(ctx context.Context) (*Message, error) {
	a := k.a
	patience := time.NewTimer(a.t.times.Response)
	defer patience.Stop()
	for {
		select {
		case m := <-k.answers:
			return m, nil
		default:
		}
		select {
		case m := <-k.answers:
			return m, nil
		case <-a.over:
			return nil, a.fault()
		case <-ctx.Done():
			return nil, a.abort(context.Cause(ctx))
		case <-patience.C: // where another goroutine reads
			return nil, a.abort(ErrTimeout)
		case a.reading <- struct{}{}:
			m, err := a.lead(ctx, k)
			<-a.reading
			if m != nil || err != nil {
				return m, err
			}
			patience.Reset(a.t.times.Response)
		}
	}
}

// lead reads one message: it gives one that answers k, and lets others have or perform what is theirs.
func (a *Association) lead(ctx context.Context, k *call) (*Message, error) {
	m, err := a.next(ctx, a.t.times.Response)
	switch {
	case errors.Is(err, errReleaseAsked):
		return nil, fmt.Errorf("the peer released the association instead of answering: %w", a.released())
	case err != nil:
		return nil, err
	case m.Command.Field.Response():
		to, err := a.answered(m)
		switch {
		case err != nil:
			return nil, err
		case to == nil:
			return nil, a.abort(fmt.Errorf("%v to message %d came, which was not asked for", m.Command.Field, m.Command.RespondedTo))
		case to == k:
			return m, nil
		}
		return nil, to.deliver(m)
	}
	return nil, a.oblige(m)
}

// answered finds the call that a response belongs to and takes its data set into memory; nil when there is none.
func (a *Association) answered(m *Message) (*call, error) {
	r := m.Command
	to := a.calls.of(r.RespondedTo)
	if to == nil || r.Field != to.field|responseTo {
		return nil, nil
	}
	if m.data == nil {
		return to, nil
	}
	b, err := io.ReadAll(io.LimitReader(m.data, MaxIdentifier+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxIdentifier {
		return nil, a.abort(fmt.Errorf("the data set of a %v is longer than %d bytes", r.Field, MaxIdentifier))
	}
	m.Data, m.data = bytes.NewReader(b), nil
	return to, nil
}

// deliver hands an answer to the goroutine that waits for it.
func (k *call) deliver(m *Message) error {
	select {
	case k.answers <- m:
	case <-k.gone:
	case <-k.a.over:
		return k.a.fault()
	}
	return nil
}

// oblige performs what the peer asks while this side waits: the C-STORE of a C-GET, an N-EVENT-REPORT.
func (a *Association) oblige(m *Message) error {
	if m.Command.Field == CCancelRQ {
		return nil
	}
	response := m.Command.Response(UnrecognizedOperation)
	if take := a.calls.taker(); take != nil {
		response = take(m)
	}
	return a.respond(m, response, nil)
}

// request sends a request and waits for its one response.
func (a *Association) request(ctx context.Context, id byte, c *Command, data io.Reader) (*Message, error) {
	k, err := a.invoke(ctx, id, c, data)
	if err != nil {
		return nil, err
	}
	defer k.done()
	return k.next(ctx)
}
