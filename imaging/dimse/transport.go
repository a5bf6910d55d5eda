package dimse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
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

// transport is the connection with its patience. It belongs to the association's goroutine; only what is handed to
// context.AfterFunc touches conn from elsewhere, and only its deadlines.
type transport struct {
	conn  net.Conn
	in    *bufio.Reader
	rearm func() // TCP_QUICKACK, after each read
	times Timeouts

	ctx      context.Context // of the present operation: its end interrupts reads and writes
	patience time.Duration   // for one read, while until is zero
	until    time.Time       // ARTIM: an absolute end of all reading
	counting bool            // a message is under way and must keep to MinRate
	waited   time.Duration   // in reads, since the message began
	got      int             // bytes since the message began
}

func newTransport(conn net.Conn, times Timeouts) *transport {
	t := &transport{conn: conn, times: times, ctx: context.Background(), patience: times.Read, rearm: func() {}}
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

// bind makes ctx interrupt reads and writes until the returned function is called.
func (t *transport) bind(ctx context.Context) (unbind func()) {
	outer := t.ctx
	t.ctx = ctx
	stop := context.AfterFunc(ctx, func() { _ = t.conn.SetDeadline(longAgo) })
	return func() {
		stop()
		t.ctx = outer
	}
}

// rawReader reads from the connection under the deadlines in force.
type rawReader struct{ t *transport }

func (r rawReader) Read(p []byte) (int, error) {
	t := r.t
	began := time.Now()
	deadline := t.until
	if deadline.IsZero() {
		deadline = began.Add(t.patience)
	}
	if err := t.conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	if t.ctx.Err() != nil { // after the deadline was set: from here on the end of ctx sets a later one
		return 0, context.Cause(t.ctx)
	}
	n, err := t.conn.Read(p)
	t.rearm()
	t.waited += time.Since(began)
	t.got += n
	if err == nil && t.tooSlow() {
		return n, ErrTooSlow
	}
	return n, t.explain(err)
}

// begin starts the account of a new message.
func (t *transport) begin() { t.counting, t.waited, t.got = true, 0, 0 }

func (t *transport) tooSlow() bool {
	return t.counting && t.waited > t.times.Read && float64(t.got) < t.waited.Seconds()*float64(t.times.MinRate)
}

// explain turns errors of the network into this package's.
func (t *transport) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case t.ctx.Err() != nil:
		return context.Cause(t.ctx)
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
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = t.conn.SetReadDeadline(longAgo)
		close(interrupted)
	})
	_, err := t.in.Peek(1)
	if stop() {
		return err
	}
	<-interrupted // its deadline must not fall into what is read next
	if err != nil {
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

// write sends b in one call within the write timeout, or until ARTIM ends it.
func (t *transport) write(b []byte) error {
	deadline := time.Now().Add(t.times.Write)
	if !t.until.IsZero() && t.until.Before(deadline) {
		deadline = t.until
	}
	if err := t.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if t.ctx.Err() != nil {
		return context.Cause(t.ctx)
	}
	_, err := t.conn.Write(b)
	return t.explain(err)
}

// farewell sends a last PDU even when ctx has ended, as far as the peer takes it at once.
func (t *transport) farewell(b []byte) {
	_ = t.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = t.conn.Write(b)
}
