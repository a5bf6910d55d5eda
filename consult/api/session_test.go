package api

import (
	"net/http"
	"strings"
	"testing"

	"yilian/consult/directory/directorytest"
)

func TestSignInOverHTTP(t *testing.T) {
	d := newDoor(t)
	d.county.SetPasswords(t, "town")
	p := d.page()
	p.refused(401, "auth.required", "GET", "/api/session", nil)
	p.refused(401, "auth.wrong", "POST", "/api/session", map[string]any{"login": "town", "password": "wrong"})
	req, err := http.NewRequestWithContext(t.Context(), "POST", d.server.URL+"/api/session",
		strings.NewReader(`{"login":"town","password":"`+directorytest.Password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	cookie := resp.Header.Get("Set-Cookie")
	for _, part := range []string{"yilian=", "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q without %s", cookie, part)
		}
	}
	if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("X-Request-Id") == "" {
		t.Errorf("headers %v", resp.Header)
	}
	me := p.ok("GET", "/api/session", nil)
	if me["person"].(map[string]any)["name"] != "镇医生" || me["csrf"] == "" || me["settings"].(map[string]any)["demo"] != true {
		t.Errorf("me %v", me)
	}
	// Without the token, or with a wrong one, the cookie alone changes nothing.
	p.refused(403, "auth.csrf", "PUT", "/api/presence", map[string]any{"status": "available"})
	p.refused(403, "auth.csrf", "PUT", "/api/presence", map[string]any{"status": "available"}, "X-CSRF-Token", "guess")
	p.csrf = me["csrf"].(string)
	p.refused(403, "auth.origin", "PUT", "/api/presence", map[string]any{"status": "available"}, "Sec-Fetch-Site", "cross-site")
	p.refused(403, "auth.origin", "PUT", "/api/presence", map[string]any{"status": "available"}, "Origin", "https://evil.example")
	if got := p.ok("PUT", "/api/presence", map[string]any{"status": "paused", "minutes": 10, "reason": "用餐"}); got["status"] != "paused" {
		t.Errorf("presence %v", got)
	}
	p.refused(422, "presence.minutes", "PUT", "/api/presence", map[string]any{"status": "paused", "minutes": 11})
	p.ok("DELETE", "/api/session", nil)
	p.refused(401, "auth.required", "GET", "/api/session", nil)
}

func TestSignInFromAnotherSiteIsRefused(t *testing.T) {
	d := newDoor(t)
	d.page().refused(403, "auth.origin", "POST", "/api/session", map[string]any{"login": "a", "password": "b"}, "Sec-Fetch-Site", "cross-site")
}

func TestLockOutOverHTTP(t *testing.T) {
	d := newDoor(t)
	p := d.page()
	for range 5 {
		p.refused(401, "auth.wrong", "POST", "/api/session", map[string]any{"login": "town", "password": "wrong"})
	}
	out := p.refused(429, "auth.locked", "POST", "/api/session", map[string]any{"login": "town", "password": "wrong"})
	if out["params"].(map[string]any)["minutes"] != 15.0 {
		t.Errorf("locked %v", out)
	}
}

// TestClientAddress: X-Forwarded-For counts only from a proxy of ours, and only its last part that is not ours.
func TestClientAddress(t *testing.T) {
	ours, err := parseProxies([]string{"10.0.0.0/8", "::1/128"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer, forwarded, want string
	}{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "198.51.100.1", "192.0.2.1"},
		{"10.1.1.1:5", "198.51.100.1", "198.51.100.1"},
		{"10.1.1.1:5", "203.0.113.66, 198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"10.1.1.1:5", "nonsense", "10.1.1.1"},
		{"[::1]:5", "2001:db8::5", "2001:db8::5"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := ours.address(r); got != c.want {
			t.Errorf("%s for %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
	if _, err := New(Config{Proxies: []string{"10.0.0.0"}}); err == nil {
		t.Error("a proxy that is no network")
	}
	if _, err := New(Config{Origins: []string{"not an origin"}}); err == nil {
		t.Error("an origin that is none")
	}
}
