package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	calling "yilian/signaling/client"
	"yilian/signaling/protocol"
)

// callSide is one person in a call, without media: what is said is kept.
type callSide struct {
	*calling.Client
	mu    sync.Mutex
	heard []string
	ended error
}

// join enters the call of a request with a fresh ticket.
func (c *clinicalCase) join(t *testing.T, who *client, request string) *callSide {
	t.Helper()
	s := &callSide{}
	got, err := calling.Join(t.Context(), calling.Options{URL: who.rtc(), Ticket: who.ticket(request), OnMessage: s.hear})
	if err != nil {
		t.Fatal(err)
	}
	s.Client = got
	t.Cleanup(func() { _ = got.Close() })
	return s
}

func (s *callSide) hear(m protocol.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line, ok := m.(*protocol.Chat); ok {
		s.heard = append(s.heard, line.Text)
	}
	if err, ok := calling.Closed(m); ok {
		s.ended = err
	}
}

func (s *callSide) has(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.heard {
		if line == text {
			return true
		}
	}
	return false
}

func (s *callSide) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (c *client) rtc() string { return "ws" + strings.TrimPrefix(c.base, "http") + "/rtc" }

func (c *client) ticket(request string) string {
	c.t.Helper()
	var a struct{ Ticket string }
	c.call("POST", "/api/requests/"+request+"/ticket", nil, &a)
	return a.Ticket
}

// forge signs claims as the program does, with whatever key.
func forge(t *testing.T, key []byte, claims map[string]any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	text := "yl1." + base64.RawURLEncoding.EncodeToString(body)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// TestHostileCalls: who has no right to enter, or does not keep to the protocol, is shown out with the documented code, and the
// calls of others go on.
func TestHostileCalls(t *testing.T) {
	data := t.TempDir()
	db := openStore(t, filepath.Join(data, "yilian.db"))
	key, err := secret(t.Context(), db.Flow(), "calls")
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	p := startProgram(t, data)
	c := newCase(t, p)
	c.specialist.call("PUT", "/api/presence", map[string]any{"status": "available"}, nil)
	var patient struct{ ID string }
	c.doctor.call("POST", "/api/patients", map[string]any{"name": c.name, "sex": c.sex, "birthDate": c.birth}, &patient)
	c.patient = patient.ID
	c.ask()
	c.specialist.do("POST", "/api/requests/"+c.request+"/accept", nil)
	second, asker, adviser := c.secondCall(t)
	ours, theirs := c.join(t, asker, second), c.join(t, adviser, second)
	specialist := c.join(t, c.specialist, c.request)

	used := c.doctor.ticket(c.request)
	first := c.enter(t, used)
	now := time.Now().Unix()
	claims := func(use string, expires int64) map[string]any {
		return map[string]any{"use": use, "id": "x", "room": c.request, "person": "somebody", "name": "x", "send": true, "grace": 1000, "exp": expires}
	}
	hello := func(field, token string) string {
		return fmt.Sprintf(`{"type":"hello","version":1,%q:%q}`, field, token)
	}
	for _, v := range []struct {
		name string
		send []string
		code int
	}{
		{"no ticket", []string{`{"type":"hello","version":1}`}, protocol.CloseUnauthorized},
		{"used ticket", []string{hello("ticket", used)}, protocol.CloseUnauthorized},
		{"forged ticket", []string{hello("ticket", forge(t, []byte("guess"), claims("enter", now+60)))}, protocol.CloseUnauthorized},
		{"expired ticket", []string{hello("ticket", forge(t, key, claims("enter", now-1)))}, protocol.CloseUnauthorized},
		{"changed ticket", []string{hello("ticket", strings.Replace(c.doctor.ticket(c.request), "yl1.e", "yl1.f", 1))}, protocol.CloseUnauthorized},
		{"ticket to resume", []string{hello("resume", c.doctor.ticket(c.request))}, protocol.CloseUnauthorized},
		{"resume token to enter", []string{hello("ticket", specialist.Token())}, protocol.CloseUnauthorized},
		{"expired token", []string{hello("resume", forge(t, key, claims("resume", now-1)))}, protocol.CloseUnauthorized},
		{"session cookie for a ticket", []string{hello("ticket", c.doctor.csrf)}, protocol.CloseUnauthorized},
		{"garbage", []string{"\x00\x01\x02"}, protocol.CloseBadRequest},
		{"another message first", []string{`{"type":"say","ref":"1","text":"x"}`}, protocol.CloseBadRequest},
		{"another version", []string{`{"type":"hello","version":7}`}, protocol.CloseBadRequest},
		{"deep nesting", []string{`{"type":"hello","version":1,"offer":` + strings.Repeat("[", 60_000)}, protocol.CloseBadRequest},
		{"too large", []string{strings.Repeat("x", 200<<10)}, protocol.CloseTooLarge},
	} {
		if code := p.closeCode(t, v.send); code != v.code {
			t.Errorf("%s: closed with %d, want %d", v.name, code, v.code)
		}
	}
	t.Run("flood", func(t *testing.T) { floods(t, p, c, first) })
	p.await("alive in the other call", 5*time.Second, func() bool {
		_ = ours.Send(protocol.Say{Ref: "still", Text: "还在"})
		return theirs.has("还在")
	})
	if err := errors.Join(ours.end(), theirs.end(), specialist.end()); err != nil {
		t.Errorf("somebody else's call ended: %v", err)
	}
	t.Run("strangers", func(t *testing.T) {
		for _, login := range []string{"shiqiao", "zhou", "zhiban", "admin"} {
			if status, answer := p.signIn(login).try("POST", "/api/requests/"+c.request+"/ticket", nil); status < 400 || status == 409 || status >= 500 {
				t.Errorf("%s: %d %.200s", login, status, answer)
			}
		}
	})
	if log := p.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		t.Errorf("in the log:\n%.3000s", log)
	}
}

// secondCall is another township's consult.
func (c *clinicalCase) secondCall(t *testing.T) (request string, asker, adviser *client) {
	t.Helper()
	asker, adviser = c.p.signIn("shiqiao"), c.p.signIn("zhou")
	var r struct{ ID string }
	asker.call("POST", "/api/requests", map[string]any{
		"patient": map[string]any{"name": "乙", "sex": "M", "birthDate": "1950-01-01"}, "kind": "assist", "specialty": "neurology", "summary": "头晕",
		"consent": map[string]any{"given": true}, "submit": true,
	}, &r)
	adviser.do("POST", "/api/requests/"+r.ID+"/accept", nil)
	return r.ID, asker, adviser
}

// enter opens a socket by hand and says hello.
func (c *clinicalCase) enter(t *testing.T, ticket string) *websocket.Conn {
	t.Helper()
	ws := c.p.socket(t)
	if err := ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(`{"type":"hello","version":1,"ticket":%q}`, ticket))); err != nil {
		t.Fatal(err)
	}
	_ = ws.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, data, err := ws.ReadMessage(); err != nil || !strings.Contains(string(data), `"welcome"`) {
		t.Fatalf("%s %v", data, err)
	}
	return ws
}

func (p *program) socket(t *testing.T) *websocket.Conn {
	t.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/rtc", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func (p *program) closeCode(t *testing.T, messages []string) int {
	t.Helper()
	ws := p.socket(t)
	for _, m := range messages {
		_ = ws.WriteMessage(websocket.TextMessage, []byte(m)) // it may be closed already
	}
	return closing(ws)
}

// closing reads until the socket is closed and answers the code, 0 without one.
func closing(ws *websocket.Conn) int {
	_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				return closed.Code
			}
			return 0
		}
	}
}

// floods: a party of the call sends without end.
func floods(t *testing.T, p *program, c *clinicalCase, ws *websocket.Conn) {
	before := p.memory("VmRSS")
	go func() {
		for n := range 5000 {
			if ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(`{"type":"say","ref":"f%d","text":%q}`, n, strings.Repeat("x", 500)))) != nil {
				return
			}
		}
	}()
	if code := closing(ws); code != protocol.CloseTooFast {
		t.Errorf("a flood was closed with %d, want %d", code, protocol.CloseTooFast)
	}
	if after := p.memory("VmRSS"); after > before+100<<20 {
		t.Errorf("a flood cost %d MB", (after-before)>>20)
	}
	// They may come back, with a new ticket, and are heard.
	again := c.enter(t, c.doctor.ticket(c.request))
	if err := again.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping","t":1}`)); err != nil {
		t.Error(err)
	}
}
