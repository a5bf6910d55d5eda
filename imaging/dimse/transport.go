package dimse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// ErrTimeout: the peer kept this side waiting longer than Timeouts allow.
var ErrTimeout = errors.New("timeout")

// ErrTooSlow: the peer delivered a message below Timeouts.MinRate.
var ErrTooSlow = errors.New("message delivered too slowly")

// ErrClosed: the connection ended without release or abort.
var ErrClosed = errors.New("connection closed by the peer")

// readBuffer makes one read call of many small PDUs; large reads pass it by.
const readBuffer = 64 << 10

// longAgo is a deadline that makes a blocked read or write return at once.
var longAgo = time.Unix(1, 0)

// transport is the connection with its patience. Reading belongs to one goroutine at a time, the one that holds the
// association's reading token; writing may happen beside it and is one PDU at a time.
type transport struct {
	conn  net.Conn
	in    *bufio.Reader
	rearm func() // TCP_QUICKACK, after each read
	times Timeouts

	// of the reading side
	patience time.Duration // for one read, while until is zero
	counting bool          // a message is under way and must keep to MinRate
	waited   time.Duration // in reads, since the message began
	got      int           // bytes since the message began

	writing sync.Mutex // held for one PDU; guards the fields below
	torn    bool       // a PDU was cut off: nothing that follows would be understood
	held    time.Duration
	put     int // bytes since the message to send began, held: the time that their writing took

	mu    sync.Mutex // guards the fields below, and that the deadlines of conn agree with them
	until time.Time  // ARTIM: an absolute end of all reading
	cuts  []*cut
}

// cut is an interruption in force: the context behind it has ended.
type cut struct {
	cause   error
	reading bool // only reading is interrupted
}

func newTransport(conn net.Conn, times Timeouts) *transport {
	t := &transport{conn: conn, times: times, patience: times.Read, rearm: func() {}}
	if tcp := tcpOf(conn); tcp != nil {
		t.rearm = quickAck(tcp)
		// Both are the best that can be had; an error leaves a connection that still works.
		_ = tcp.SetNoDelay(true)
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4})
		t.rearm()
	}
	t.in = bufio.NewReaderSize(rawReader{t}, readBuffer)
	return t
}

// tcpOf finds the TCP connection below another one, such as TLS; nil when there is none.
func tcpOf(conn net.Conn) *net.TCPConn {
	for {
		switch c := conn.(type) {
		case *net.TCPConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// bind makes the end of ctx interrupt reads and writes until the returned function is called.
func (t *transport) bind(ctx context.Context) (unbind func()) { return t.interruptible(ctx, false) }

func (t *transport) interruptible(ctx context.Context, reading bool) (unbind func()) {
	var c *cut
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		t.mu.Lock()
		defer t.mu.Unlock()
		c = &cut{context.Cause(ctx), reading}
		t.cuts = append(t.cuts, c)
		_ = t.conn.SetReadDeadline(longAgo)
		if !reading {
			_ = t.conn.SetWriteDeadline(longAgo)
		}
	})
	return func() {
		if stop() {
			return
		}
		<-done
		t.mu.Lock()
		defer t.mu.Unlock()
		t.cuts = slices.DeleteFunc(t.cuts, func(other *cut) bool { return other == c })
	}
}

// stop ends all reading for good.
func (t *transport) stop(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cuts = append(t.cuts, &cut{cause, true})
	_ = t.conn.SetReadDeadline(longAgo)
}

// interrupted gives the cause of the first interruption in force, of reading or of writing.
func (t *transport) interrupted(reading bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cause(reading)
}

// cause is interrupted for who holds mu.
func (t *transport) cause(reading bool) error {
	for _, c := range t.cuts {
		if reading || !c.reading {
			return c.cause
		}
	}
	return nil
}

// limit sets or, with the zero time, lifts the absolute end of all reading. A read that waits is told.
func (t *transport) limit(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = until
	if !until.IsZero() && t.cause(true) == nil {
		_ = t.conn.SetReadDeadline(until)
	}
}

// rawReader reads from the connection under the deadlines in force.
type rawReader struct{ t *transport }

func (r rawReader) Read(p []byte) (int, error) {
	t := r.t
	began := time.Now()
	if err := t.armRead(began); err != nil {
		return 0, err
	}
	n, err := t.conn.Read(p)
	t.rearm()
	t.waited += time.Since(began)
	t.got += n
	if err == nil && t.tooSlow() {
		return n, ErrTooSlow
	}
	return n, t.explain(err, true)
}

func (t *transport) armRead(now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.cause(true); err != nil {
		return err
	}
	deadline := t.until
	if deadline.IsZero() {
		deadline = now.Add(t.patience)
	}
	return t.conn.SetReadDeadline(deadline)
}

// begin starts the account of a new message.
func (t *transport) begin() { t.counting, t.waited, t.got = true, 0, 0 }

func (t *transport) tooSlow() bool {
	return t.counting && t.waited > t.times.Read && float64(t.got) < t.waited.Seconds()*float64(t.times.MinRate)
}

// explain turns errors of the network into this package's.
func (t *transport) explain(err error, reading bool) error {
	if err == nil {
		return nil
	}
	if cause := t.interrupted(reading); cause != nil {
		return cause
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrTimeout
	case errors.Is(err, io.EOF):
		return ErrClosed
	}
	return fmt.Errorf("%w: %w", ErrClosed, err)
}

// idle waits for the first byte of what comes next, or the end of ctx. Nothing is consumed. What has already arrived when
// ctx ends has begun, and counts.
func (t *transport) idle(ctx context.Context, patience time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.patience, t.counting = patience, false
	defer func() { t.patience = t.times.Read }()
	unbind := t.interruptible(ctx, true)
	_, err := t.in.Peek(1)
	unbind()
	if err == nil || ctx.Err() == nil {
		return err
	}
	if t.interrupted(true) == nil {
		t.patience = time.Millisecond
		_, err = t.in.Peek(1)
	}
	if err != nil {
		return context.Cause(ctx)
	}
	return nil
}

// full reads exactly len(p) bytes.
func (t *transport) full(p []byte) error {
	_, err := io.ReadFull(t.in, p)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		return ErrClosed
	}
	return err
}

// body reads n bytes into memory, which grows only as they arrive.
func (t *transport) body(n int) ([]byte, error) {
	var b []byte
	for len(b) < n {
		step := min(n-len(b), 4096+len(b))
		b = append(b, make([]byte, step)...)
		if err := t.full(b[len(b)-step:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// discard reads on and forgets n bytes.
func (t *transport) discard(n int) error {
	_, err := t.in.Discard(n)
	if errors.Is(err, io.EOF) {
		return ErrClosed
	}
	return err
}

// beginWrite starts the account of a message that is sent.
func (t *transport) beginWrite() {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.held, t.put = 0, 0
}

// write sends b, one or more whole PDUs, in one call within the write timeout, or until ARTIM ends it. Like one that sends, a
// peer that takes must keep to MinRate.
func (t *transport) write(b []byte) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.torn {
		return ErrClosed
	}
	began := time.Now()
	if err := t.armWrite(began); err != nil {
		return err
	}
	n, err := t.conn.Write(b)
	t.torn = err != nil && n > 0 && n < len(b)
	t.held += time.Since(began)
	t.put += n
	if err == nil && t.held > t.times.Write && float64(t.put) < t.held.Seconds()*float64(t.times.MinRate) {
		return ErrTooSlow
	}
	return t.explain(err, false)
}

func (t *transport) armWrite(now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.cause(false); err != nil {
		return err
	}
	deadline := now.Add(t.times.Write)
	if !t.until.IsZero() && t.until.Before(deadline) {
		deadline = t.until
	}
	return t.conn.SetWriteDeadline(deadline)
}

// farewell sends a last PDU even when the context has ended, as far as the peer takes it at once. A write that is stuck is cut
// short for it.
func (t *transport) farewell(b []byte) {
	_ = t.conn.SetWriteDeadline(time.Now().Add(time.Second))
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.torn {
		return
	}
	_ = t.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = t.conn.Write(b)
}
