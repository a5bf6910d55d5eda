package ups

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"yilian"
)

// The times of an event channel.
const (
	handshake = 10 * time.Second
	beat      = 20 * time.Second // between pings
	patience  = 50 * time.Second // without a pong, the channel is over
	writing   = 10 * time.Second
)

// channel opens a WebSocket on which a subscriber hears of its workitems (PS3.18 8.10.4). The subscriber sends nothing.
func (d *Door) channel(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	if !websocket.IsWebSocketUpgrade(r) {
		return &httpError{http.StatusUpgradeRequired, yilian.Errorf(yilian.Invalid, "ups.channel", "The event channel is a WebSocket.")}
	}
	ae := r.PathValue("ae")
	if err := d.Service.subscriber(r.Context(), actor, ae, GlobalSubscription); err != nil {
		return err
	}
	upgrader := d.upgrader()
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil //nolint:nilerr // the upgrader has answered
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	c, err := d.Service.attach(ctx, actor, ae, cancel)
	if err != nil {
		d.Logger.WarnContext(ctx, "event channel not opened", "error", err)
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseTryAgainLater, ""), time.Now().Add(writing))
		return nil
	}
	defer d.Service.detach(c)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer cancel()
		listen(conn)
	}()
	c.pump(ctx, conn)
	_ = conn.Close() // ends listen
	<-gone
	return nil
}

// listen reads until the other side is gone; only control frames are expected.
func listen(conn *websocket.Conn) {
	conn.SetReadLimit(4096)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	conn.SetPongHandler(func(string) error { return conn.SetReadDeadline(time.Now().Add(patience)) })
	for {
		if _, _, err := conn.NextReader(); err != nil {
			return
		}
	}
}

// pump is the only writer of the socket.
func (c *channel) pump(ctx context.Context, conn *websocket.Conn) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
			return
		case m := <-c.out:
			_ = conn.SetWriteDeadline(time.Now().Add(writing))
			err = conn.WriteMessage(websocket.TextMessage, m)
		case <-ticker.C:
			err = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writing))
		}
		if err != nil {
			return
		}
	}
}
