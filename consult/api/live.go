package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"yilian"
	"yilian/consult/request"
)

// Hint is what the push says. It carries an entity and its version, never the entity: the page fetches what it may see.
type Hint struct {
	Type       string           `json:"type"` // hello, changed, ring, unring, invite, uninvite, pong, signedOut
	ServerTime *time.Time       `json:"serverTime,omitempty"`
	Topic      string           `json:"topic,omitempty"` // of changed; "*": everything may have
	ID         string           `json:"id,omitempty"`
	Version    int64            `json:"version,omitempty"`
	Request    yilian.RequestID `json:"request,omitempty"`
	Ring       int              `json:"ring,omitempty"`
	Kind       request.Kind     `json:"kind,omitempty"`
	Since      *time.Time       `json:"since,omitempty"`
	Until      *time.Time       `json:"until,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	By         string           `json:"by,omitempty"`
}

const (
	liveQueue   = 64 // hints that may wait for one page; more and it is too slow: it reconnects and fetches
	liveRead    = 4 << 10
	liveWrite   = 10 * time.Second
	livePing    = 25 * time.Second
	liveSilence = 70 * time.Second
	liveCheck   = 60 * time.Second // how often the session behind a socket is looked at
)

// socket is one page's push. Its reader is the goroutine of the HTTP handler, its writer a goroutine of its own, the only one that
// writes. The hub owns rings.
type socket struct {
	conn    *websocket.Conn
	actor   yilian.Actor
	session string
	out     chan Hint
	done    chan struct{} // closed by the hub when the socket is to end
	rings   map[yilian.RequestID]request.RingAt
}

// live serves one socket until the page leaves, is too slow, or is signed out.
func (a *API) live(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{HandshakeTimeout: liveWrite, CheckOrigin: a.sameOrigin, Error: func(w http.ResponseWriter, r *http.Request, _ int, err error) {
		a.refuse(w, r, yilian.Errorf(yilian.Forbidden, "live.handshake", "This is not a WebSocket handshake from our own page."))
		a.log.Debug("live handshake refused", "err", err)
	}}
	c := callOf(r.Context())
	conn, err := up.Upgrade(w, r, http.Header{"X-Request-Id": {c.id}})
	if err != nil {
		return // the upgrader has answered
	}
	s := &socket{conn: conn, actor: c.actor, session: c.identity.Session.ID, out: make(chan Hint, liveQueue), done: make(chan struct{}), rings: map[yilian.RequestID]request.RingAt{}}
	if !a.hub.join(s) {
		_ = conn.Close() // the service stops
		return
	}
	go func() {
		s.write()
		a.hub.gone(s)
	}()
	s.read(a)
	a.hub.leave(s)
}

// sameOrigin admits our own page, and pages of origins that the settings name. A program without an Origin has no cookie to abuse.
func (a *API) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(a.cfg.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// read takes the page's pings. Everything else ends the socket.
func (s *socket) read(a *API) {
	s.conn.SetReadLimit(liveRead)
	alive := func() { _ = s.conn.SetReadDeadline(time.Now().Add(liveSilence)) }
	alive()
	s.conn.SetPongHandler(func(string) error { alive(); return nil })
	checked := time.Now()
	for {
		var in struct {
			Type string `json:"type"`
		}
		if err := s.conn.ReadJSON(&in); err != nil || in.Type != "ping" {
			return
		}
		alive()
		if now := time.Now().UTC(); s.offer(Hint{Type: "pong", ServerTime: &now}) {
			a.keepAlive(s, &checked)
		}
	}
}

// keepAlive notes that the page is open, and now and then that its session still is.
func (a *API) keepAlive(s *socket, checked *time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), liveWrite)
	defer cancel()
	if time.Since(*checked) < liveCheck {
		if err := a.dir.Alive(ctx, s.actor); err != nil {
			a.log.Warn("sign of life not noted", "err", err)
		}
		return
	}
	*checked = time.Now()
	live, err := a.dir.KeepAlive(ctx, s.session, s.actor)
	if err != nil {
		a.log.Warn("session not checked", "err", err)
		return
	}
	if !live {
		s.offer(Hint{Type: "signedOut"})
		a.hub.leave(s)
	}
}

// offer queues a hint; false if the page is too slow to be told anything more.
func (s *socket) offer(h Hint) bool {
	select {
	case s.out <- h:
		return true
	default:
		return false
	}
}

// write is the one writer. It ends when the hub closes done, after what is queued has gone out, or when a write fails.
func (s *socket) write() {
	defer func() { _ = s.conn.Close() }() // also ends read
	ping := time.NewTicker(livePing)
	defer ping.Stop()
	for {
		select {
		case h := <-s.out:
			if s.send(h) != nil {
				return
			}
		case <-ping.C:
			if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(liveWrite)) != nil {
				return
			}
		case <-s.done:
			s.drain()
			return
		}
	}
}

func (s *socket) drain() {
	for {
		select {
		case h := <-s.out:
			if s.send(h) != nil {
				return
			}
		default:
			// Going away either way; a page that does not hear it finds the socket closed.
			_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
			return
		}
	}
}

func (s *socket) send(h Hint) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil {
		return err
	}
	return s.conn.WriteMessage(websocket.TextMessage, data)
}
