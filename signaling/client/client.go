// Package client is a headless client of the call protocol: it joins a room, sends the tracks it is given, receives what the server puts on its
// slots, and can lose and resume its line. It drives tests and load; a person uses the browser's.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/protocol"
)

// Options say where and as whom to join.
type Options struct {
	URL    string // ws:// or wss://
	Ticket string
	Device string
	Header http.Header       // of the upgrade, such as Origin
	Dialer *websocket.Dialer // websocket.DefaultDialer if nil
	Post   *http.Client      // says a first hello by POST, before the socket is opened; nil: on the socket
	API    *webrtc.API       // pion's defaults if nil; must know Opus and VP8
	ICE    []webrtc.ICEServer
	Policy webrtc.ICETransportPolicy

	// Send are the tracks to send, by source name.
	Send map[string]webrtc.TrackLocal
	// Simulcast are sources that are sent in several encodings, each with a rid ("l", "m", "h"), on one m-line.
	Simulcast map[string][]webrtc.TrackLocal
	// Audio and Video are how many slots to offer besides those of Send. Without any media no transport is opened.
	Audio, Video int
	// Looking opens the data channel for looking together with each transport.
	Looking bool

	// OnMessage sees every message of the server, in order; OnTrack every stream that arrives on a slot. They must not block.
	OnMessage func(protocol.Message)
	OnTrack   func(c *Client, mid string, track *webrtc.TrackRemote)
}

// Client is one participant. Its methods may be called from several goroutines.
type Client struct {
	o  Options
	wg sync.WaitGroup

	mu      sync.Mutex
	ws      *websocket.Conn
	pc      *webrtc.PeerConnection
	gen     int
	resume  string
	you     string
	slots   map[string]protocol.Slot // by mid
	looking *webrtc.DataChannel
	answers chan protocol.Answer
	entered chan struct{} // has one token when the lobby was left
	chatSeq int64
	room    standing
	welcome protocol.Welcome
}

// Join opens socket and transport, and returns when the server has welcomed and answered.
func Join(ctx context.Context, o Options) (*Client, error) {
	c := &Client{o: o, slots: map[string]protocol.Slot{}, answers: make(chan protocol.Answer, 4), entered: make(chan struct{}, 1)}
	hello := protocol.Hello{Version: protocol.Version, Ticket: o.Ticket, Client: "yilian-headless", Device: o.Device}
	if err := c.open(ctx, hello, true); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// open connects the socket, with a new transport or the one there is.
func (c *Client) open(ctx context.Context, hello protocol.Hello, newTransport bool) error {
	if c.hasMedia() && newTransport {
		offer, err := c.newTransport()
		if err != nil {
			return err
		}
		hello.Offer = offer
	}
	offered := hello.Offer != nil
	if c.o.Post != nil && hello.Ticket != "" {
		var err error
		if hello, err = c.greet(ctx, hello); err != nil {
			return err
		}
	}
	dialer := c.o.Dialer
	if dialer == nil {
		dialer = websocket.DefaultDialer
	}
	ws, resp, err := dialer.DialContext(ctx, c.o.URL, c.o.Header)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	data, err := protocol.Encode(hello)
	if err == nil {
		err = ws.WriteMessage(websocket.TextMessage, data)
	}
	if err != nil {
		return errors.Join(err, ws.Close())
	}
	c.mu.Lock()
	c.ws = ws // from here on others may write: hello was the first
	c.mu.Unlock()
	welcomed := make(chan error, 1)
	c.wg.Go(func() { c.read(ws, welcomed) })
	select {
	case err := <-welcomed:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	c.restore()
	if !offered || c.InLobby() {
		return nil
	}
	return c.awaitAnswer(ctx)
}

func (c *Client) hasMedia() bool { return len(c.o.Send)+len(c.o.Simulcast)+c.o.Audio+c.o.Video > 0 }

// ClosedError tells how the server closed the socket.
type ClosedError struct {
	Code    int
	Problem protocol.Problem // zero if none was told
}

func (e *ClosedError) Error() string {
	return fmt.Sprintf("closed with %d: %s", e.Code, e.Problem.Text)
}

// read takes the server's messages until the socket ends.
func (c *Client) read(ws *websocket.Conn, welcomed chan<- error) {
	var last protocol.Problem
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				err = &ClosedError{Code: closed.Code, Problem: last}
			}
			offer(welcomed, err)
			c.hand(&closedMessage{err})
			return
		}
		m, err := protocol.DecodeServer(data)
		if errors.Is(err, protocol.ErrUnknown) {
			continue // a newer server
		}
		if err != nil {
			offer(welcomed, err)
			_ = ws.Close()
			continue
		}
		c.take(m)
		c.hand(m)
		switch m := m.(type) {
		case *protocol.Problem:
			last = *m
		case *protocol.Welcome:
			offer(welcomed, nil) // when it has been handed on: who has joined has seen it
		}
	}
}

func offer[T any](to chan<- T, v T) {
	select {
	case to <- v:
	default:
	}
}

func (c *Client) hand(m protocol.Message) {
	if c.o.OnMessage != nil {
		c.o.OnMessage(m)
	}
}

// closedMessage is handed to OnMessage when a socket has ended.
type closedMessage struct{ Err error }

func (closedMessage) Kind() string { return "closed" }

// Closed tells whether a message is the end of the socket, and why it ended.
func Closed(m protocol.Message) (error, bool) {
	e, ok := m.(*closedMessage)
	if !ok {
		return nil, false
	}
	return e.Err, true
}

// take keeps what later calls need.
func (c *Client) take(m protocol.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m := m.(type) {
	case *protocol.Welcome:
		c.resume, c.you, c.welcome = m.Resume, m.You, *m
		c.room.welcomed(*m)
		for _, line := range m.Chat {
			c.chatSeq = max(c.chatSeq, line.Seq)
		}
	case *protocol.Chat:
		c.chatSeq = max(c.chatSeq, m.Seq)
	case *protocol.Answer:
		c.setSlots(m.Slots)
		select {
		case c.answers <- *m:
		default:
		}
	case *protocol.Slots:
		c.setSlots(m.Slots)
	case *protocol.Admitted:
		c.resume = m.Resume
		c.room.lobby = false
		for _, line := range m.Chat {
			c.chatSeq = max(c.chatSeq, line.Seq)
		}
		offer(c.entered, struct{}{})
	default:
		c.room.heard(c.you, m)
	}
}

func (c *Client) setSlots(slots []protocol.Slot) {
	c.slots = map[string]protocol.Slot{}
	for _, s := range slots {
		c.slots[s.Mid] = s
	}
}

// Slot gives what is on an m-line now.
func (c *Client) Slot(mid string) (protocol.Slot, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.slots[mid]
	return s, ok
}

// You is the own participant id.
func (c *Client) You() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.you
}

// Welcomed is the last welcome.
func (c *Client) Welcomed() protocol.Welcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.welcome
}

// Token is the resume token.
func (c *Client) Token() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resume
}

// Transport is the peer connection, nil without media.
func (c *Client) Transport() *webrtc.PeerConnection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pc
}

// Send sends any message.
func (c *Client) Send(m protocol.Message) error {
	data, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room.said(m)
	if c.ws == nil {
		return errNoSocket
	}
	return c.ws.WriteMessage(websocket.TextMessage, data)
}

var errNoSocket = errors.New("the socket is closed")

// Drop cuts the socket without a word, as a lost line does. The transport stays.
func (c *Client) Drop() {
	c.mu.Lock()
	ws := c.ws
	c.ws = nil
	c.mu.Unlock()
	if ws != nil {
		_ = ws.NetConn().Close()
	}
}

// DropMedia cuts the transport without a word.
func (c *Client) DropMedia() error {
	c.mu.Lock()
	pc := c.pc
	c.pc = nil
	c.mu.Unlock()
	if pc == nil {
		return nil
	}
	return pc.GracefulClose()
}

// Resume opens a new socket for the same seat. The transport is kept if there is one, else a new one is opened.
func (c *Client) Resume(ctx context.Context) error {
	c.mu.Lock()
	hello := protocol.Hello{Version: protocol.Version, Resume: c.resume, Client: "yilian-headless", Device: c.o.Device, ChatAfter: c.chatSeq}
	fresh := c.pc == nil
	c.mu.Unlock()
	return c.open(ctx, hello, fresh)
}

// Close ends everything without a word, and waits for it.
func (c *Client) Close() error {
	c.Drop()
	err := c.DropMedia()
	c.wg.Wait()
	return err
}

// Leave gives the seat up and closes.
func (c *Client) Leave() error {
	err := c.Send(protocol.Leave{})
	return errors.Join(err, c.Close())
}
