package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// onePort serves the page, the WebSocket and TURN over TLS on one port, for networks that let nothing else out. After the TLS handshake the first bytes tell:
// a STUN message begins with two zero bits and has the magic cookie at its fifth byte (RFC 8489 5), which no HTTP request has. Who has agreed on HTTP by ALPN is not
// looked at.
type onePort struct {
	ln    net.Listener
	conf  *tls.Config
	web   *handed
	relay *handed // nil: no TURN
	log   *slog.Logger
}

// handshakeWithin bounds the handshake, and then the wait for the first bytes.
const handshakeWithin = 10 * time.Second

const (
	stunHeader      = 20 // bytes
	stunMagicCookie = 0x2112A442
)

func newOnePort(ln net.Listener, conf *tls.Config, relay *handed, log *slog.Logger) *onePort {
	conf = conf.Clone()
	conf.NextProtos = []string{"h2", "http/1.1"}
	return &onePort{ln: ln, conf: conf, web: newHanded(ln.Addr()), relay: relay, log: log}
}

// run accepts until ctx ends, and returns when every handshake is over.
func (p *onePort) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = p.ln.Close() })
	defer stop()
	var shaking sync.WaitGroup
	defer shaking.Wait()
	defer func() { _ = p.web.Close() }()
	for pause := time.Millisecond; ; {
		conn, err := p.ln.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		case err != nil: // out of file descriptors, mostly
			p.log.Warn("accept", "err", err)
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
			continue
		}
		pause = time.Millisecond
		shaking.Go(func() {
			end := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer end()
			p.shake(ctx, conn)
		})
	}
}

// shake does the handshake and hands the connection to whom it is for.
func (p *onePort) shake(ctx context.Context, raw net.Conn) {
	conn := tls.Server(raw, p.conf)
	ctx, cancel := context.WithTimeout(ctx, handshakeWithin)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // a phone that does not trust us yet is not worth a line
		return
	}
	if conn.ConnectionState().NegotiatedProtocol != "" || p.relay == nil {
		p.web.hand(conn)
		return
	}
	first, err := peek(conn)
	switch {
	case err != nil:
		_ = conn.Close()
	case isSTUN(first):
		p.relay.hand(&peeked{Conn: conn, first: bytes.NewReader(first)})
	default:
		p.web.hand(&peeked{Conn: conn, first: bytes.NewReader(first), state: conn.ConnectionState()})
	}
}

// peek reads what is needed to tell STUN from the rest, and not more than a STUN header. A request that is shorter than that cannot be HTTP.
func peek(conn net.Conn) ([]byte, error) {
	if err := conn.SetReadDeadline(time.Now().Add(handshakeWithin)); err != nil {
		return nil, err
	}
	first := make([]byte, stunHeader)
	n := 0
	for n < 1 || n < 8 && first[0]>>6 == 0 {
		more, err := conn.Read(first[n:])
		if n += more; err != nil && (n == 0 || !errors.Is(err, io.EOF)) {
			return nil, err
		} else if err != nil {
			break
		}
	}
	return first[:n], conn.SetReadDeadline(time.Time{})
}

func isSTUN(first []byte) bool {
	return len(first) >= 8 && first[0]>>6 == 0 && binary.BigEndian.Uint32(first[4:]) == stunMagicCookie
}

// peeked is a connection whose first bytes were read already.
type peeked struct {
	*tls.Conn
	first *bytes.Reader
	state tls.ConnectionState
}

func (c *peeked) Read(b []byte) (int, error) {
	if c.first.Len() > 0 {
		return c.first.Read(b)
	}
	return c.Conn.Read(b)
}

// secured gives a request the TLS state that net/http finds by itself only on a plain *tls.Conn.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if state, ok := r.Context().Value(stateKey{}).(*tls.ConnectionState); ok && r.TLS == nil {
			r.TLS = state
		}
		next.ServeHTTP(w, r)
	})
}

type stateKey struct{}

func stateOf(ctx context.Context, c net.Conn) context.Context {
	if p, ok := c.(*peeked); ok {
		return context.WithValue(ctx, stateKey{}, &p.state)
	}
	return ctx
}

// handed is a listener whose connections are handed to it.
type handed struct {
	addr  net.Addr
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func newHanded(addr net.Addr) *handed {
	return &handed{addr: addr, conns: make(chan net.Conn), over: make(chan struct{})}
}

// hand gives a connection to whoever accepts; after Close it is closed.
func (h *handed) hand(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.over:
		_ = c.Close()
	}
}

// Accept, Close and Addr are net.Listener.
func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.over:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error   { h.once.Do(func() { close(h.over) }); return nil }
func (h *handed) Addr() net.Addr { return h.addr }
