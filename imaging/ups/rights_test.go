package ups_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging/ups"
)

// TestEveryRouteEveryRole: who has neither the scope nor a part in the work is refused at every operation.
func TestEveryRouteEveryRole(t *testing.T) {
	b := newBench(t)
	b.want(201, both, "POST", "/workitems?"+one, workitem("x"))
	readers := []yilian.Role{yilian.RoleTechnologist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleCoordinator, yilian.RoleHead}
	others := []yilian.Role{yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleAdmin, yilian.RoleAuditor, yilian.RoleKiosk, yilian.RoleProgram, yilian.RoleSystem}
	ask := func(route ups.Route, actor yilian.Actor) int {
		door := &ups.Door{Service: b.worker, Prefix: "/dicom-web", Authenticate: func(*http.Request) (yilian.Actor, error) { return actor, nil }}
		path := strings.NewReplacer("{workitem}", one, "{ae}", "AE").Replace(route.Pattern)
		r := httptest.NewRequestWithContext(t.Context(), route.Method, path, strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/dicom+json")
		if strings.Contains(route.Pattern, "/subscribers/{ae}") && route.Method == "GET" {
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "websocket")
		}
		w := httptest.NewRecorder()
		door.Handler().ServeHTTP(w, r)
		_, _ = io.Copy(io.Discard, w.Body)
		return w.Code
	}
	routes := (&ups.Door{Service: b.worker, Prefix: "/dicom-web"}).Routes()
	for _, route := range routes {
		for _, role := range others {
			if got := ask(route, yilian.Actor{Institution: "north", Roles: []yilian.Role{role}}); got != 403 {
				t.Errorf("%s %s by a %s: %d", route.Method, route.Pattern, role, got)
			}
		}
		for _, role := range readers {
			if got := ask(route, yilian.Actor{Institution: "north", Roles: []yilian.Role{role}}); (got == 403) != route.Write {
				t.Errorf("%s %s by a %s: %d", route.Method, route.Pattern, role, got)
			}
		}
		if got := ask(route, yilian.Actor{Roles: []yilian.Role{yilian.RoleProgram}, Scopes: []string{ups.ScopeRead, ups.ScopeWrite}}); got != 403 {
			t.Errorf("%s %s by a program of no institution: %d", route.Method, route.Pattern, got)
		}
	}
	if len(routes) != 10 {
		t.Errorf("%d routes", len(routes))
	}
}
