package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/protocol"
)

// raw opens a socket and says nothing.
func raw(t *testing.T, h *house) *websocket.Conn {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial(h.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func hello(t *testing.T, h *house, room, person string) []byte {
	t.Helper()
	data, err := protocol.Encode(protocol.Hello{Version: protocol.Version, Ticket: h.ticket(t, room, person)})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// ends reads until the socket is closed and gives the close code and the last problem.
func ends(t *testing.T, ws *websocket.Conn) (code int, problem string) {
	t.Helper()
	if err := ws.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				return closed.Code, problem
			}
			return 0, problem
		}
		if m, err := protocol.DecodeServer(data); err == nil {
			if p, ok := m.(*protocol.Problem); ok {
				problem = p.Code
			}
		}
	}
}

func TestHostilePeers(t *testing.T) {
	h := open(t, nil)
	victim := join(t, h, "r", "victim")
	for name, c := range map[string]struct {
		send    func(ws *websocket.Conn)
		code    int
		problem string
	}{
		"garbage":          {text("\x00\xff{"), protocol.CloseBadRequest, "bad-message"},
		"not an object":    {text(`[1,2]`), protocol.CloseBadRequest, "bad-message"},
		"unknown at first": {text(`{"type":"hack"}`), protocol.CloseBadRequest, "bad-message"},
		"no hello":         {text(`{"type":"say","ref":"1","text":"x"}`), protocol.CloseBadRequest, "hello-first"},
		"wrong version":    {text(`{"type":"hello","version":99}`), protocol.CloseBadRequest, "version"},
		"no ticket":        {text(`{"type":"hello","version":1}`), protocol.CloseUnauthorized, "ticket"},
		"forged ticket":    {text(`{"type":"hello","version":1,"ticket":"yl1.e30.AAAA"}`), protocol.CloseUnauthorized, "ticket"},
		"forged token":     {text(`{"type":"hello","version":1,"resume":"yl1.e30.AAAA"}`), protocol.CloseUnauthorized, "ticket"},
		"binary":           {frame(websocket.BinaryMessage, []byte("{}")), protocol.CloseBadRequest, "bad-message"},
		"oversized":        {text(strings.Repeat("x", protocol.MaxMessage+1)), protocol.CloseTooLarge, "limit"},
		"deep nesting":     {text(strings.Repeat(`{"a":`, 12_000)), protocol.CloseBadRequest, "bad-message"},
		"huge number":      {text(`{"type":"hello","version":1e400}`), protocol.CloseBadRequest, "bad-message"},
	} {
		t.Run(name, func(t *testing.T) {
			ws := raw(t, h)
			c.send(ws)
			if code, problem := ends(t, ws); code != c.code || problem != c.problem {
				t.Errorf("closed with %d %q, want %d %q", code, problem, c.code, c.problem)
			}
		})
	}
	if err := victim.Send(protocol.Ping{T: 7}); err != nil {
		t.Fatal(err)
	}
	victim.waitMessage(t, "the pong", func(m protocol.Message) bool { p, ok := m.(*protocol.Pong); return ok && p.T == 7 })
}

func text(s string) func(*websocket.Conn) { return frame(websocket.TextMessage, []byte(s)) }

func frame(kind int, data []byte) func(*websocket.Conn) {
	return func(ws *websocket.Conn) { _ = ws.WriteMessage(kind, data) }
}

func TestBadMessagesInTheRoom(t *testing.T) {
	h := open(t, nil)
	for name, c := range map[string]struct{ message, problem string }{
		"unknown type":    {`{"type":"later-version"}`, "unknown"},
		"empty chat":      {`{"type":"say","ref":"1","text":"  "}`, "limit"},
		"long chat":       {`{"type":"say","ref":"1","text":"` + strings.Repeat("字", protocol.MaxChat+1) + `"}`, "limit"},
		"big data":        {`{"type":"share","topic":"t","data":"` + strings.Repeat("x", protocol.MaxData) + `"}`, "limit"},
		"gen 0":           {`{"type":"offer","gen":0,"sdp":"v=0"}`, "limit"},
		"track twice":     {`{"type":"offer","gen":1,"sdp":"v=0","tracks":[{"mid":"0","source":"a"},{"mid":"0","source":"b"}]}`, "limit"},
		"SDP garbage":     {`{"type":"offer","gen":1,"sdp":"` + strings.Repeat("a", 60_000) + `"}`, "offer"},
		"SDP empty":       {`{"type":"offer","gen":1,"sdp":"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"}`, "offer"},
		"SDP incomplete":  {`{"type":"offer","gen":1,"sdp":"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"}`, "offer"},
		"stray candidate": {`{"type":"candidate","gen":5,"candidate":"candidate:1"}`, "no-transport"},
	} {
		t.Run(name, func(t *testing.T) {
			ws := raw(t, h)
			_ = ws.WriteMessage(websocket.TextMessage, hello(t, h, "r "+name, "p"))
			_ = ws.WriteMessage(websocket.TextMessage, []byte(c.message))
			_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"leave"}`))
			code, problem := ends(t, ws)
			late := c.problem == "offer" && problem == "" // the offer was still being read when the seat was given up
			if code != 1000 || problem != c.problem && !late {
				t.Errorf("closed with %d %q, want 1000 %q", code, problem, c.problem)
			}
		})
	}
}

func TestFlood(t *testing.T) {
	h := open(t, nil)
	ws := raw(t, h)
	_ = ws.WriteMessage(websocket.TextMessage, hello(t, h, "r", "flood"))
	go func() {
		for ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping","t":1}`)) == nil {
		}
	}()
	if code, problem := ends(t, ws); code != protocol.CloseTooFast || problem != "limit" {
		t.Errorf("closed with %d %q", code, problem)
	}
}

func TestTicketIsUsedOnce(t *testing.T) {
	h := open(t, nil)
	first, ws := hello(t, h, "r", "p"), raw(t, h)
	_ = ws.WriteMessage(websocket.TextMessage, first)
	if _, data, err := ws.ReadMessage(); err != nil || !strings.Contains(string(data), `"welcome"`) {
		t.Fatalf("%s, %v", data, err)
	}
	again := raw(t, h)
	_ = again.WriteMessage(websocket.TextMessage, first)
	if code, problem := ends(t, again); code != protocol.CloseUnauthorized || problem != "ticket" {
		t.Errorf("closed with %d %q", code, problem)
	}
}

func TestExpiredTicket(t *testing.T) {
	now := time.Now()
	var mu sync.Mutex
	h := open(t, func(c *signaling.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	late := hello(t, h, "r", "p")
	mu.Lock()
	now = now.Add(2 * time.Minute)
	mu.Unlock()
	ws := raw(t, h)
	_ = ws.WriteMessage(websocket.TextMessage, late)
	if code, problem := ends(t, ws); code != protocol.CloseUnauthorized || problem != "ticket" {
		t.Errorf("closed with %d %q", code, problem)
	}
}

func TestForeignOrigin(t *testing.T) {
	h := open(t, nil)
	_, resp, err := websocket.DefaultDialer.Dial(h.url, http.Header{"Origin": {"https://evil.example"}})
	if err == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("%v", err)
	}
	_ = resp.Body.Close()
}

func TestNoFreeLine(t *testing.T) {
	h := open(t, func(c *signaling.Config) { c.MaxSockets = 1 })
	_ = raw(t, h)
	_, resp, err := websocket.DefaultDialer.Dial(h.url, nil)
	if err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v", err)
	}
	_ = resp.Body.Close()
}

// TestLinesAtOnce has many knock at once: no more come in than there are lines, and each line that becomes free is given again.
func TestLinesAtOnce(t *testing.T) {
	const lines = 3
	h := open(t, func(c *signaling.Config) { c.MaxSockets = lines })
	for range 3 {
		var in sync.Map
		var knocking sync.WaitGroup
		for i := range 20 * lines {
			knocking.Go(func() {
				ws, resp, err := websocket.DefaultDialer.Dial(h.url, nil)
				if resp != nil {
					_ = resp.Body.Close()
				}
				if err == nil {
					in.Store(i, ws)
				} else if resp == nil || resp.StatusCode != http.StatusServiceUnavailable {
					t.Error(err)
				}
			})
		}
		knocking.Wait()
		n := 0
		in.Range(func(_, ws any) bool {
			n++
			_ = ws.(*websocket.Conn).Close()
			return true
		})
		if n != lines {
			t.Errorf("%d came in by %d lines", n, lines)
		}
		// What is no upgrade and what is no hello takes no line for good.
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			req, err := http.NewRequestWithContext(t.Context(), method, h.web, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = resp.Body.Close()
			}
		}
		for end := time.Now().Add(10 * time.Second); h.Stats().Sockets > 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestAdmitRefuses(t *testing.T) {
	h := open(t, nil)
	p := join(t, h, "r", "p")
	token := p.Token()
	other := open(t, func(c *signaling.Config) {
		c.Admit = func(_ context.Context, room string, who yilian.PersonID) error {
			return yilian.Errorf(yilian.Forbidden, "call.closed", "The consult %s is over for %s.", room, who)
		}
	})
	ws := raw(t, other)
	_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"hello","version":1,"resume":%q}`, token))
	if code, problem := ends(t, ws); code != protocol.CloseForbidden || problem != "forbidden" {
		t.Errorf("closed with %d %q", code, problem)
	}
}
