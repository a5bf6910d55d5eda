package dimse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// ErrCancelled is the cause with which the context of an Operation ends that the peer has cancelled (C-CANCEL).
var ErrCancelled = errors.New("cancelled by the peer")

// Operation is a request of the peer that is being performed.
type Operation struct {
	*Message
	a      *Association
	life   context.Context
	cancel context.CancelCauseFunc
	active atomic.Bool // it has not been answered for good
}

// Life is the context of the association; it is not ended by a C-CANCEL. Sub-operations run under it.
func (op *Operation) Life() context.Context { return op.life }

// Reply sends a response; data, when not nil, goes with it. Any number of pending ones may go before the final one.
func (op *Operation) Reply(response *Command, data []byte) error {
	var body io.Reader
	if data != nil {
		body = bytes.NewReader(data)
	}
	if response.Status != Pending && response.Status != PendingWarning {
		op.active.Store(false)
	}
	return op.a.respond(op.Message, response, body)
}

// performer is Serve under way.
type performer struct {
	a       *Association
	perform func(context.Context, *Operation)
	slots   chan struct{} // the window: what is performed at the same time
	all     sync.WaitGroup
	hush    context.CancelCauseFunc // ends the waiting for the next message

	mu       sync.Mutex
	running  map[uint16]*Operation
	rested   time.Time // since when none is
	stopping error     // why no more is to be performed
}

// Serve performs the peer's requests until the association is over, each on a goroutine of its own, as many at a time as the
// asynchronous operations window allows: one, in the order of their coming, unless another window was agreed on. The context
// of an operation ends with ErrCancelled when the peer cancels it, and with the association. perform must Reply to it.
//
// An error is final, as that of Next. After the end of ctx, operations under way are finished; the association can then be
// closed. hard is the context of the operations.
func (a *Association) Serve(ctx, hard context.Context, perform func(ctx context.Context, op *Operation)) error {
	if err := a.ready(); err != nil {
		return err
	}
	a.reading <- struct{}{}
	defer func() { <-a.reading }()
	life, kill := context.WithCancelCause(hard)
	defer kill(context.Canceled)
	quiet, hush := context.WithCancelCause(life)
	s := &performer{a: a, perform: perform, slots: make(chan struct{}, max(1, a.window.Performed)), hush: hush, running: map[uint16]*Operation{}, rested: time.Now()}
	defer context.AfterFunc(ctx, func() { s.stop(context.Cause(ctx)) })()
	err := s.loop(quiet, life)
	if errors.Is(err, errReleaseAsked) { // what is still under way has nobody to be answered to
		s.cancelAll(io.EOF)
		s.all.Wait()
		return a.released()
	}
	kill(err)
	s.all.Wait()
	return err
}

func (s *performer) loop(quiet, life context.Context) error {
	for {
		m, err := s.next(quiet)
		if err != nil {
			return err
		}
		if err := s.take(life, m); err != nil {
			return err
		}
	}
}

// next reads the next message. A peer is idle only while nothing is performed for it.
func (s *performer) next(quiet context.Context) (*Message, error) {
	a := s.a
	if err := a.message.finish(); err != nil {
		return nil, err
	}
	for a.left == 0 {
		err := a.t.idle(quiet, max(time.Millisecond, a.t.times.Idle-s.rest()))
		if err == nil {
			break
		}
		if errors.Is(err, ErrTimeout) && a.fault() == nil && s.rest() < a.t.times.Idle {
			continue
		}
		return nil, a.failed(err)
	}
	return a.read()
}

// rest is how long nothing has been performed.
func (s *performer) rest() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.running) > 0 {
		return 0
	}
	return time.Since(s.rested)
}

func (s *performer) take(life context.Context, m *Message) error {
	c := m.Command
	switch {
	case c.Field.Response():
		to, err := s.a.answered(m)
		if err != nil || to == nil { // to nothing that was asked: it is read on and forgotten
			return err
		}
		return to.deliver(m)
	case c.Field == CCancelRQ:
		s.mu.Lock()
		defer s.mu.Unlock()
		if op := s.running[c.RespondedTo]; op != nil {
			op.cancel(ErrCancelled)
		}
		return nil
	}
	return s.start(life, m)
}

// start begins an operation. It waits until the data set of a C-STORE has been read; any other is small, and taken into memory, so
// that the operation can wait for what comes after it.
func (s *performer) start(life context.Context, m *Message) error {
	if m.data != nil && m.Command.Field != CStoreRQ {
		if err := m.buffer(); err != nil {
			return err
		}
	}
	select {
	case s.slots <- struct{}{}:
	case <-s.a.over:
		return s.a.fault()
	}
	op := &Operation{Message: m, a: s.a, life: life}
	op.active.Store(true)
	var ctx context.Context
	ctx, op.cancel = context.WithCancelCause(life)
	if !s.enter(op) {
		<-s.slots
		op.cancel(nil)
		return s.a.respond(m, m.Command.Response(DuplicateInvocation), nil)
	}
	s.all.Go(func() {
		s.perform(ctx, op)
		_ = m.data.finish() // its error has ended the association
		m.data.end(false)
		s.leave(op)
	})
	if m.data != nil {
		<-m.data.over
	}
	return s.a.fault()
}

// buffer takes as much of a data set into memory as makes an identifier, and one byte more of one that is too long.
func (m *Message) buffer() error {
	b, err := io.ReadAll(io.LimitReader(m.data, MaxIdentifier+1))
	if err != nil {
		return err
	}
	if err := m.data.finish(); err != nil {
		return err
	}
	m.Data, m.data = bytes.NewReader(b), nil
	return nil
}

func (s *performer) enter(op *Operation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.running[op.Command.MessageID]; other != nil && other.active.Load() {
		return false
	}
	s.running[op.Command.MessageID] = op
	return true
}

func (s *performer) leave(op *Operation) {
	op.cancel(nil)
	<-s.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[op.Command.MessageID] == op {
		delete(s.running, op.Command.MessageID)
		s.rested = time.Now()
	}
	if s.stopping != nil && len(s.running) == 0 {
		s.hush(s.stopping)
	}
}

// stop ends the waiting for messages once nothing is under way.
func (s *performer) stop(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = why
	if len(s.running) == 0 {
		s.hush(why)
	}
}

func (s *performer) cancelAll(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range s.running {
		op.cancel(why)
	}
}
