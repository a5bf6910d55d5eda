package api

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// feed is the live push of one page.
type feed struct {
	*page
	conn *websocket.Conn
}

// live answers the push, or the status with which it was refused.
func (p *page) live(header http.Header) (f *feed, status int, err error) {
	u, err := url.Parse(p.server.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	if header == nil {
		header = http.Header{}
	}
	for _, c := range p.client.Jar.(*cookiejar.Jar).Cookies(u) {
		header.Add("Cookie", c.String())
	}
	conn, resp, err := websocket.DefaultDialer.DialContext(p.t.Context(), "ws"+strings.TrimPrefix(p.server.URL, "http")+"/api/live", header)
	if resp != nil {
		defer func() { _ = resp.Body.Close() }()
		status = resp.StatusCode
	}
	if err != nil {
		return nil, status, err
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	return &feed{p, conn}, status, nil
}

func (p *page) listen() *feed {
	p.t.Helper()
	f, _, err := p.live(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	f.wait(func(h Hint) bool { return h.Type == "hello" })
	return f
}

// wait answers the first hint that fits.
func (f *feed) wait(fits func(Hint) bool) Hint {
	f.t.Helper()
	_ = f.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		var h Hint
		if err := f.conn.ReadJSON(&h); err != nil {
			f.t.Fatalf("nothing that fits came: %v", err)
		}
		if fits(h) {
			return h
		}
	}
}

// TestRings: a ring reaches whom it is for within a second, stops everywhere when somebody accepts, and says who.
func TestRings(t *testing.T) {
	d := newDoor(t)
	town, first, second, outsider := d.signedIn("town"), d.signedIn("first"), d.signedIn("first2"), d.signedIn("hamlet")
	fTown, fFirst, fSecond, fOut := town.listen(), first.listen(), second.listen(), outsider.listen()
	start := time.Now()
	r := town.ok("POST", "/api/requests", ask("rescue"))
	id := r["id"].(string)
	ring := func(h Hint) bool { return h.Type == "ring" && string(h.Request) == id }
	h := fFirst.wait(ring)
	fSecond.wait(ring)
	if took := time.Since(start); took > 5*time.Second { // a loaded machine; the bench measures it
		t.Errorf("the ring took %s", took)
	}
	if h.Kind != "rescue" || h.Until == nil || h.Until.Sub(*h.Since) != 30*time.Second {
		t.Errorf("ring %+v", h)
	}
	late := second.listen() // a second device of the same person
	late.wait(ring)
	first.ok("POST", "/api/requests/"+id+"/accept", map[string]any{"version": r["version"]})
	for name, f := range map[string]*feed{"first": fFirst, "second": fSecond, "second device": late} {
		u := f.wait(func(h Hint) bool { return h.Type == "unring" })
		if u.Reason != "accepted" || u.By != "一线甲" || string(u.Request) != id {
			t.Errorf("%s: unring %+v", name, u)
		}
	}
	fTown.wait(func(h Hint) bool { return h.Type == "changed" && h.Topic == "request" && h.ID == id })
	// Another site hears nothing of it: the first thing that comes after a ping of its own is the pong.
	if err := fOut.conn.WriteJSON(map[string]string{"type": "ping"}); err != nil {
		t.Fatal(err)
	}
	for {
		h := fOut.wait(func(Hint) bool { return true })
		if h.Type == "pong" {
			break
		}
		if h.Topic == "request" || h.Type == "ring" {
			t.Errorf("another site was told %+v", h)
		}
	}
}

// TestInvitationIsTold: who is asked into a consult hears of it, also on a page that comes later, until they are there, excused, or not asked any more.
func TestInvitationIsTold(t *testing.T) {
	d := newDoor(t)
	town, first, second := d.signedIn("town"), d.signedIn("first"), d.signedIn("second")
	r := town.ok("POST", "/api/requests", ask("urgent"))
	id := r["id"].(string)
	path := "/api/requests/" + id
	first.ok("POST", path+"/accept", map[string]any{"version": 0})
	for _, p := range []*page{town, first} {
		p.ok("POST", path+"/join", map[string]any{"version": 0})
	}
	person := second.ok("GET", "/api/session", nil)["person"].(map[string]any)["id"]
	body := map[string]any{"person": person}
	f := second.listen()
	told := func(f *feed, what string) Hint {
		t.Helper()
		return f.wait(func(h Hint) bool {
			return strings.HasSuffix(h.Type, "invite") && h.Type == what && string(h.Request) == id
		})
	}
	for name, end := range map[string]func(){
		"taken back": func() { first.ok("POST", path+"/uninvite", body) },
		"excused":    func() { second.ok("POST", path+"/excuse", nil) },
	} {
		first.ok("POST", path+"/invite", body)
		if h := told(f, "invite"); h.By != "一线甲" || h.Kind != "urgent" || h.Since == nil || h.Until != nil {
			t.Errorf("%s: told %+v", name, h)
		}
		late := second.listen()
		told(late, "invite")
		end()
		told(f, "uninvite")
		told(late, "uninvite")
	}
	first.ok("POST", path+"/invite", body)
	told(f, "invite")
	second.ok("POST", path+"/join", map[string]any{"version": 0})
	told(f, "uninvite")
	second.refused(403, "request.notYours", "POST", path+"/excuse", nil)
}

func TestSignedOutIsTold(t *testing.T) {
	d := newDoor(t)
	p := d.signedIn("first")
	f := p.listen()
	p.ok("DELETE", "/api/session", nil)
	f.wait(func(h Hint) bool { return h.Type == "signedOut" })
	_ = f.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, _, err := f.conn.ReadMessage(); err == nil {
		t.Error("the socket stays open")
	}
}

// TestLiveRefuses: strangers, other sites' pages, and pages that talk too much.
func TestLiveRefuses(t *testing.T) {
	d := newDoor(t)
	if _, status, err := d.page().live(nil); err == nil || status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", status)
	}
	p := d.signedIn("first")
	if _, status, err := p.live(http.Header{"Origin": {"https://evil.example"}}); err == nil || status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
	if f, _, err := p.live(http.Header{"Origin": {d.server.URL}}); err != nil {
		t.Errorf("from our own page: %v", err)
	} else {
		f.wait(func(h Hint) bool { return h.Type == "hello" })
	}
	for name, text := range map[string]string{"not JSON": "{", "unknown": `{"type":"shout"}`, "too long": `{"type":"` + strings.Repeat("x", 8<<10) + `"}`} {
		f := p.listen()
		_ = f.conn.WriteMessage(websocket.TextMessage, []byte(text)) // may fail already: the server closes as soon as it has read too much
		_ = f.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		for {
			if _, _, err := f.conn.ReadMessage(); err != nil {
				if e, ok := err.(interface{ Timeout() bool }); ok && e.Timeout() {
					t.Errorf("%s: the socket stays open", name)
				}
				break
			}
		}
	}
	f := p.listen()
	if err := f.conn.WriteJSON(map[string]string{"type": "ping"}); err != nil {
		t.Fatal(err)
	}
	if h := f.wait(func(h Hint) bool { return h.Type == "pong" }); h.ServerTime == nil {
		t.Error("a pong without the time")
	}
}
