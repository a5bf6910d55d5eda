package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yilian/consult/directory/directorytest"
)

// TestPreferencesAreTold: a page that is open hears that its person chose something elsewhere, and of nobody else's choices.
func TestPreferencesAreTold(t *testing.T) {
	d := newDoor(t)
	const at = "/api/me/preferences"
	here, there, other := d.signedIn("town"), d.page(), d.signedIn("reader")
	there.csrf = there.ok("POST", "/api/session", map[string]any{"login": "town", "password": directorytest.Password})["csrf"].(string)
	person := func(p *page) string {
		return p.ok("GET", "/api/session", nil)["person"].(map[string]any)["id"].(string)
	}
	open, foreign := there.listen(), other.listen()
	prefers := func(h Hint) bool { return h.Type == "changed" && h.Topic == "preferences" }
	start := time.Now()
	here.ok("PUT", at, map[string]any{"version": 0, "sections": map[string]any{"viewer": map[string]any{"overlay": "none"}}})
	if h := open.wait(prefers); h.ID != person(here) || h.Version != 1 {
		t.Errorf("the other window is told %+v", h)
	}
	if took := time.Since(start); took > 5*time.Second { // a loaded machine
		t.Errorf("after %s", took)
	}
	other.ok("PUT", at, map[string]any{"version": 0, "sections": map[string]any{}})
	if h := foreign.wait(prefers); h.ID != person(other) {
		t.Errorf("somebody else is told %+v first", h)
	}
}

// TestPreferencesFollowThePerson: they stand at the next sign-in, are nobody else's, and the slower of two windows is told.
func TestPreferencesFollowThePerson(t *testing.T) {
	d := newDoor(t)
	const at = "/api/me/preferences"
	d.page().refused(http.StatusUnauthorized, "auth.required", "GET", at, nil)
	here, there := d.signedIn("town"), d.page()
	there.csrf = there.ok("POST", "/api/session", map[string]any{"login": "town", "password": directorytest.Password})["csrf"].(string)
	if got := here.ok("GET", at, nil); got["version"] != 0.0 || len(got["sections"].(map[string]any)) != 0 {
		t.Fatalf("at first %v", got)
	}
	keys := map[string]any{"viewer": map[string]any{"mouse": map[string]any{"wheel": "zoom"}}}
	if got := here.ok("PUT", at, map[string]any{"version": 0, "sections": keys}); got["version"] != 1.0 {
		t.Fatalf("kept %v", got)
	}
	lost := there.refused(http.StatusConflict, "stale", "PUT", at, map[string]any{"version": 0, "sections": map[string]any{}})
	if current := lost["current"].(map[string]any); current["version"] != 1.0 {
		t.Errorf("the loser is told %v", lost)
	}
	got := there.ok("GET", at, nil)
	if wheel := got["sections"].(map[string]any)["viewer"].(map[string]any)["mouse"].(map[string]any)["wheel"]; wheel != "zoom" {
		t.Errorf("elsewhere %v", got)
	}
	if got := there.ok("PUT", at, map[string]any{"version": 1, "sections": map[string]any{}}); got["version"] != 2.0 {
		t.Errorf("then %v", got)
	}
	if got := d.signedIn("reader").ok("GET", at, nil); got["version"] != 0.0 {
		t.Errorf("somebody else sees %v", got)
	}
	large := map[string]any{"version": 2, "sections": map[string]any{"x": strings.Repeat("x", 64<<10)}}
	there.refused(http.StatusRequestEntityTooLarge, "preferences.large", "PUT", at, large)
}
