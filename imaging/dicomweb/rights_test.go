package dicomweb_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"yilian/imaging/dicomweb"
)

// TestRightsOfEveryRoute walks the table of operations: nobody signed in, another institution, a program without the scope and a
// program with it.
func TestRightsOfEveryRoute(t *testing.T) {
	w := newWorld(t)
	c := slice(1, 1)
	file := c.file(t)
	w.put(file)
	fill := strings.NewReplacer("{study}", c.study, "{series}", c.series, "{instance}", c.instance, "{frames}", "1", "{path...}", "7FE00010")
	for _, r := range w.handler.Routes() {
		path := fill.Replace(strings.TrimPrefix(r.Pattern, "/dicom-web"))
		if path == "/wado" {
			path = fill.Replace("/wado?requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={instance}&contentType=application%2Fdicom")
		}
		if strings.Contains(path, "{") {
			t.Errorf("the test does not know %s", r.Pattern)
			continue
		}
		ask := func(institution, scopes string) int {
			if r.Method == http.MethodGet {
				return w.get(institution, path, "X-Scopes", scopes).status
			}
			body, kind := related(file)
			if r.Method == http.MethodPut {
				body, kind = bytes.NewReader(small(t)), "image/jpeg"
			}
			return w.do(r.Method, institution, path, body, "Content-Type", kind, "X-Scopes", scopes).status
		}
		right, wrong := "dicomweb:read", "dicomweb:store"
		foreign := http.StatusNotFound
		if r.Store {
			right, wrong = wrong, right
			foreign = http.StatusOK // the very same content of another institution is a duplicate and tells nothing new
		}
		done := http.StatusOK
		if r.Method == http.MethodPut {
			foreign, done = http.StatusNotFound, http.StatusConflict // the server makes this thumbnail itself
		}
		if !strings.Contains(path, root) && !r.Store {
			foreign = http.StatusNoContent
		}
		for _, q := range []struct {
			who, scopes string
			want        int
		}{
			{"", "", http.StatusUnauthorized},
			{"south", "", foreign},
			{"north", wrong, http.StatusForbidden},
			{"north", right, done},
			{"north", "", done},
		} {
			if got := ask(q.who, q.scopes); got != q.want {
				t.Errorf("%s %s by %q with scopes %q: status %d, want %d", r.Method, r.Pattern, q.who, q.scopes, got, q.want)
			}
		}
	}
}

func TestUnknownAddresses(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/", 404}, {"GET", "/nothing", 404}, {"DELETE", "/studies/1.2", 405}, {"PUT", "/studies", 405}, {"POST", "/series", 405},
	} {
		a := w.do(c.method, "north", c.path, nil)
		if a.status != c.want || a.header.Get("Content-Type") != "application/problem+json" || (c.want == 405) != (a.header.Get("Allow") != "") {
			t.Errorf("%s %s: status %d, %v", c.method, c.path, a.status, a.header)
		}
	}
}

func TestOrigins(t *testing.T) {
	w := newWorld(t, func(c *dicomweb.Config) { c.Origins = []string{"https://viewer.example"} })
	good := w.do(http.MethodOptions, "", "/studies", nil, "Origin", "https://viewer.example", "Access-Control-Request-Method", "GET")
	if good.status != http.StatusNoContent || good.header.Get("Access-Control-Allow-Origin") != "https://viewer.example" || good.header.Get("Access-Control-Allow-Headers") == "" {
		t.Errorf("status %d, %v", good.status, good.header)
	}
	for _, origin := range []string{"https://evil.example", "https://viewer.example.evil.example", "null", "http://viewer.example"} {
		a := w.get("north", "/studies", "Origin", origin)
		if a.header.Get("Access-Control-Allow-Origin") != "" || a.header.Get("Vary") == "" {
			t.Errorf("%s: %v", origin, a.header)
		}
	}
	if a := w.get("north", "/studies", "Origin", "https://viewer.example"); a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("%v", a.header)
	}
	if a := newWorld(t).get("north", "/studies", "Origin", "https://viewer.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without a setting: %v", a.header)
	}
}
