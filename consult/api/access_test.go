package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/directory"
)

// TestEveryRouteIsClassified: a route that nobody classified lets nobody in, and this test names it.
func TestEveryRouteIsClassified(t *testing.T) {
	d := newDoor(t)
	routes := 0
	for path, item := range d.api.huma.OpenAPI().Paths {
		for method, op := range map[string]any{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete, "PATCH": item.Patch} {
			if fmt.Sprint(op) == "<nil>" {
				continue
			}
			routes++
			if who, ok := d.api.access[method+" "+path]; !ok || !who.classified() {
				t.Errorf("%s %s is not classified", method, path)
			}
		}
	}
	if routes < 90 {
		t.Errorf("only %d routes", routes)
	}
	if (Access{}).Allows(yilian.Actor{Person: "p", Roles: []yilian.Role{yilian.RoleAdmin}}) {
		t.Error("no class is an open door")
	}
}

// public are the only routes that may be called without signing in. A new one is a decision, made here too.
var public = []string{
	"POST /api/session", "POST /api/session/kiosk", "GET /api/openapi.json", "POST /api/guest/look", "POST /api/guest/enter", "POST /api/linetest",
	"POST /api/share/look", "POST /api/share/open", "POST /api/share/enter", "GET /api/share/download",
}

// kiosks are the only routes that a wall screen may call: it looks.
var kiosks = []string{"GET /api/session", "DELETE /api/session", "GET /api/institutions", "GET /api/specialties", "GET /api/duty", "GET /api/board", "GET /api/live"}

// TestEveryRouteTimesEveryRole calls every route as everybody. What the class refuses is refused before the input is even read; what it
// lets through may still be refused by a service, but is never unknown, and never breaks anything.
func TestEveryRouteTimesEveryRole(t *testing.T) {
	d := newDoor(t)
	admin := d.county.Actor("admin")
	bearer, _, err := d.dir.NewToken(t.Context(), admin, directory.Token{Name: "viewer", Scopes: []string{directory.ScopeRead, directory.ScopeStore}, Institution: d.county.Hospital})
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := d.dir.NewKiosk(t.Context(), admin, "screen", d.county.Hospital)
	if err != nil {
		t.Fatal(err)
	}
	callers := map[string]func() *page{"nobody": d.page}
	for _, login := range []string{"town", "first", "desk", "head", "admin", "auditor", "reader", "reviewer", "tech"} {
		p := d.signedIn(login)
		callers[login] = func() *page { return p }
	}
	screen := d.page()
	screen.csrf = screen.ok("POST", "/api/session/kiosk", map[string]any{"link": link})["csrf"].(string)
	callers["kiosk"] = func() *page { return screen }
	program := d.page()
	callers["program"] = func() *page { return program }

	for route, who := range d.api.access {
		if slices.Contains(public, route) != who.public {
			t.Errorf("%s: public is %v", route, who.public)
		}
		if slices.Contains(kiosks, route) != who.kiosk {
			t.Errorf("%s: open to screens is %v", route, who.kiosk)
		}
		if route == "DELETE /api/session" || who.public {
			continue // ends the session that the rest needs
		}
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{id}", "none", "{uid}", "1.2.3", "{attachment}", "none", "{guest}", "none", "{file}", "none").Replace(path)
		for name, caller := range callers {
			header := []string{}
			if name == "program" {
				header = []string{"Authorization", "Bearer " + bearer}
			}
			var body any
			if method == "POST" || method == "PUT" {
				body = map[string]any{"no such field": 1}
			}
			status, out := caller().call(method, path, body, header...)
			code, _ := out["code"].(string)
			switch actor := d.actor(name); {
			case name == "nobody":
				if status != http.StatusUnauthorized {
					t.Errorf("%s by nobody: %d %s", route, status, code)
				}
			case who.Allows(actor):
				if status == http.StatusUnauthorized || status == http.StatusInternalServerError {
					t.Errorf("%s by %s, who may: %d %s", route, name, status, code)
				}
			case status != http.StatusForbidden || code != "forbidden.role":
				t.Errorf("%s by %s, who may not: %d %s", route, name, status, code)
			}
		}
	}
}

func (d *door) actor(name string) yilian.Actor {
	switch name {
	case "nobody":
		return yilian.Actor{}
	case "kiosk":
		return yilian.Actor{Roles: []yilian.Role{yilian.RoleKiosk}}
	case "program":
		return yilian.Actor{Roles: []yilian.Role{yilian.RoleProgram}, Scopes: []string{directory.ScopeRead, directory.ScopeStore}}
	}
	return d.county.Actor(name)
}

// TestNoClinicalDataForAdministrators, and nothing but the trail for the auditor.
func TestNoClinicalDataForAdministrators(t *testing.T) {
	d := newDoor(t)
	for route, who := range d.api.access {
		for _, role := range []yilian.Role{yilian.RoleAdmin, yilian.RoleAuditor} {
			actor := yilian.Actor{Person: "p", Roles: []yilian.Role{role}}
			_, path, _ := strings.Cut(route, " ")
			clinical := slices.ContainsFunc([]string{"requests", "patients", "orders", "studies", "readings", "criticals", "unmatched", "board", "coverage", "colleagues"},
				func(s string) bool { return strings.HasPrefix(path, "/api/"+s) })
			if clinical && who.Allows(actor) {
				t.Errorf("%s is open to %s", route, role)
			}
		}
	}
}
