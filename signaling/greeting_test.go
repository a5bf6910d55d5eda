package signaling_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yilian/signaling"
	"yilian/signaling/protocol"
)

// posted says something by POST and gives the status, the kinds of the messages that come back, the last problem, and the close code.
func posted(t *testing.T, h *house, body []byte, headers ...string) (status int, kinds []string, problem string, code int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.web+"/rtc", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		return res.StatusCode, nil, "", 0
	}
	var reply protocol.Reply
	if err := json.NewDecoder(res.Body).Decode(&reply); err != nil {
		t.Fatal(err)
	}
	for _, raw := range reply.Messages {
		m, err := protocol.DecodeServer(raw)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, m.Kind())
		if p, ok := m.(*protocol.Problem); ok {
			problem = p.Code
		}
	}
	return res.StatusCode, kinds, problem, reply.Close
}

// TestHelloByPost brings somebody in by POST; the socket takes over, and nothing of it is seen by the others.
func TestHelloByPost(t *testing.T) {
	h := open(t, nil)
	a := join(t, h, "r", "a")
	o, b := options(t, h, h.ticket(t, "r", "b"))
	o.Post = http.DefaultClient
	b.joins(t, o)
	a.receives(t, "b", "camera")
	b.receives(t, "a", "camera")
	if err := b.Send(protocol.Say{Ref: "1", Text: "你好"}); err != nil {
		t.Fatal(err)
	}
	a.waitMessage(t, "the chat line", func(m protocol.Message) bool { c, ok := m.(*protocol.Chat); return ok && c.From == "b" })
	a.mu.Lock()
	defer a.mu.Unlock()
	joined := 0
	for _, m := range a.messages {
		switch m := m.(type) {
		case *protocol.Joined:
			joined++
		case *protocol.Left:
			t.Errorf("%s left", m.ID)
		case *protocol.Changed:
			if m.Participant.Link == protocol.LinkInterrupted {
				t.Errorf("%s is interrupted", m.Participant.ID)
			}
		}
	}
	if joined != 1 {
		t.Errorf("joined %d times", joined)
	}
	if got := h.Stats().Sockets; got != 2 {
		t.Errorf("%d sockets", got)
	}
}

func TestHelloByPostIsRefused(t *testing.T) {
	h := open(t, nil)
	var packed bytes.Buffer
	bomb := gzip.NewWriter(&packed)
	_, _ = bomb.Write(bytes.Repeat([]byte(" "), 64<<20))
	_ = bomb.Close()
	used := hello(t, h, "r", "p")
	if _, kinds, _, _ := posted(t, h, used); len(kinds) != 1 || kinds[0] != "welcome" {
		t.Fatalf("%v", kinds)
	}
	for name, c := range map[string]struct {
		body          []byte
		headers       []string
		status, close int
		problem       string
	}{
		"garbage":      {[]byte("\x00{"), nil, 200, protocol.CloseBadRequest, "bad-message"},
		"not a hello":  {[]byte(`{"type":"ping","t":1}`), nil, 200, protocol.CloseBadRequest, "hello-first"},
		"version":      {[]byte(`{"type":"hello","version":99}`), nil, 200, protocol.CloseBadRequest, "version"},
		"no ticket":    {[]byte(`{"type":"hello","version":1}`), nil, 200, protocol.CloseUnauthorized, "ticket"},
		"used ticket":  {used, nil, 200, protocol.CloseUnauthorized, "ticket"},
		"oversized":    {bytes.Repeat([]byte("x"), protocol.MaxMessage+1), nil, 200, protocol.CloseTooLarge, "limit"},
		"a bomb":       {packed.Bytes(), []string{"Content-Encoding", "gzip"}, 200, protocol.CloseTooLarge, "limit"},
		"not gzip":     {used, []string{"Content-Encoding", "gzip"}, 200, protocol.CloseBadRequest, "bad-message"},
		"other origin": {hello(t, h, "r", "q"), []string{"Origin", "https://evil.example"}, 403, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, problem, code := posted(t, h, c.body, c.headers...)
			if status != c.status || problem != c.problem || code != c.close {
				t.Errorf("%d %q %d, want %d %q %d", status, problem, code, c.status, c.problem, c.close)
			}
		})
	}
}

// TestHelloTwice says the same hello by POST and on a socket, in either order, as a client does that does not know whether the first has come.
func TestHelloTwice(t *testing.T) {
	h := open(t, nil)
	named := func(person, ref string) []byte {
		data, err := protocol.Encode(protocol.Hello{Version: protocol.Version, Ticket: h.ticket(t, "r", person), Ref: ref})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := named("a", "1")
	if _, kinds, _, _ := posted(t, h, first); len(kinds) != 1 {
		t.Fatalf("%v", kinds)
	}
	ws := raw(t, h)
	_ = ws.WriteMessage(websocket.TextMessage, first)
	if _, data, err := ws.ReadMessage(); err != nil || !strings.Contains(string(data), `"resumed":true`) {
		t.Errorf("%s, %v", data, err)
	}
	if status, _, _, _ := posted(t, h, first); status != http.StatusConflict {
		t.Errorf("behind the socket: status %d", status)
	}
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping","t":5}`))
	if _, data, err := ws.ReadMessage(); err != nil || !strings.Contains(string(data), "pong") {
		t.Errorf("the late letter took the seat: %s, %v", data, err)
	}
	stolen := bytes.Replace(first, []byte(`"ref":"1"`), []byte(`"ref":"2"`), 1)
	if _, _, problem, _ := posted(t, h, stolen); problem != "ticket" {
		t.Errorf("a ticket with another ref: %q", problem)
	}
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"leave"}`))
	ends(t, ws)
	again := raw(t, h)
	_ = again.WriteMessage(websocket.TextMessage, first)
	if code, problem := ends(t, again); code != protocol.CloseUnauthorized || problem != "ticket" {
		t.Errorf("a seat that was given up: %d %q", code, problem)
	}
}

// TestHelloByPostIntoTheLobby is answered at once, though no answer to the offer will come.
func TestHelloByPostIntoTheLobby(t *testing.T) {
	h := open(t, nil)
	ticket, err := h.Ticket(signaling.TicketRequest{Room: "r", Person: "g", Name: "G", CanSend: true, Lobby: true, Guest: true})
	if err != nil {
		t.Fatal(err)
	}
	o, g := options(t, h, ticket)
	o.Post = http.DefaultClient
	began := time.Now()
	g.joins(t, o)
	if !g.InLobby() || time.Since(began) > 3*time.Second {
		t.Errorf("in the lobby: %v, after %v", g.InLobby(), time.Since(began))
	}
}

// TestSlotsAreToldAgain loses a socket while somebody comes in: whoever comes back learns where to see them.
func TestSlotsAreToldAgain(t *testing.T) {
	h := open(t, nil)
	a := join(t, h, "r", "a")
	a.Drop()
	b := join(t, h, "r", "b")
	b.receives(t, "a", "camera")
	if err := a.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.receives(t, "b", "camera")
}
