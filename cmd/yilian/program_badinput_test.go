package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// problem is the part of an error's answer that a page goes by.
type problem struct {
	Status  int
	Code    string
	Params  map[string]any
	Current map[string]any
	Request string
}

// TestBadHTTP gives the HTTP doors what nobody should send. Each has its answer, and the next caller is served.
func TestBadHTTP(t *testing.T) {
	t.Parallel() // it mostly waits
	p := startProgram(t, t.TempDir())
	c := newCase(t, p)
	slow := p.slowBody(c.doctor)
	t.Run("bodies", func(t *testing.T) { badBodies(t, c) })
	t.Run("addresses", func(t *testing.T) { badAddresses(t, c.doctor) })
	t.Run("stale", func(t *testing.T) { staleVersions(t, c) })
	t.Run("forged", func(t *testing.T) { forgedSessions(t, p, c.doctor) })
	t.Run("attachments", func(t *testing.T) { badAttachments(t, c.doctor, c.request) })
	t.Run("slow body", func(t *testing.T) {
		if status := <-slow; status != http.StatusRequestTimeout {
			t.Errorf("a body that does not come: %d, want 408", status)
		}
	})
	if log := p.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "panic") {
		t.Errorf("errors in the log:\n%.3000s", log[strings.Index(log, "level=ERROR"):])
	}
}

func badBodies(t *testing.T, c *clinicalCase) {
	const good = `{"patient":{"name":"甲","sex":"M","birthDate":"1950-01-01"},"kind":"assist","specialty":"cardiology","summary":"x","consent":{"given":true}`
	json, deep := "application/json", strings.Repeat("[", 200_000)
	for _, v := range []struct {
		name, kind, body string
		status           int
		code             string
	}{
		{"over the limit", json, good + `,"purpose":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "input.tooLarge"},
		{"unknown field", json, good + `,"admin":true}`, 422, "input.invalid"},
		{"unknown field inside", json, strings.Replace(good, `"sex"`, `"vip":1,"sex"`, 1) + `}`, 422, "input.invalid"},
		{"number for text", json, strings.Replace(good, `"x"`, `7`, 1) + `}`, 422, "input.invalid"},
		{"text for object", json, strings.Replace(good, `{"given":true}`, `"yes"`, 1) + `}`, 422, "input.invalid"},
		{"array", json, `[]`, 422, "input.invalid"},
		{"null", json, `null`, 422, "input.invalid"},
		{"not JSON", json, `{"patient"`, 400, "input.malformed"},
		{"deep nesting", json, deep, 400, "input.malformed"},
		{"deep nesting inside", json, good + `,"vitals":` + deep + strings.Repeat("]", 200_000) + `}`, 400, "input.malformed"},
		{"two values", json, good + `}{}`, 400, "input.malformed"},
		{"not UTF-8", json, strings.Replace(good, `"x"`, "\"\xff\xfe\"", 1) + `}`, 201, ""},
		{"NUL", json, strings.Replace(good, `"x"`, `"\u0000"`, 1) + `}`, 201, ""},
		{"huge number", json, strings.Replace(good, `"summary"`, `"vitals":{"pulse":1e400},"summary"`, 1) + `}`, 400, ""},
		{"nothing", json, ``, 400, ""},
		{"form", "application/x-www-form-urlencoded", `kind=assist`, 415, "input.mediaType"},
		{"XML", "text/xml", `<x/>`, 415, "input.mediaType"},
		{"unknown kind", json, strings.Replace(good, "assist", "party", 1) + `}`, 422, "input.invalid"},
		{"long text", json, strings.Replace(good, `"x"`, `"`+strings.Repeat("字", 5000)+`"`, 1) + `}`, 422, "request.text"},
		{"birth date in the future", json, strings.Replace(good, "1950", "2950", 1) + `}`, 422, ""},
		{"wrong ID number", json, strings.Replace(good, `"sex"`, `"idNumber":"110101195001010000","sex"`, 1) + `}`, 422, ""},
	} {
		status, answer, header := c.doctor.raw("POST", "/api/requests", strings.NewReader(v.body), http.Header{"Content-Type": {v.kind}, "X-CSRF-Token": {c.doctor.csrf}})
		is(t, v.name, v.status, v.code, status, answer, header)
	}
}

// is compares an answer with the status and code that are documented; every refusal is a problem with an identifier for the log.
func is(t *testing.T, name string, want int, code string, status int, answer []byte, header http.Header) problem {
	t.Helper()
	var got problem
	err := json.Unmarshal(answer, &got)
	if status != want || code != "" && got.Code != code {
		t.Errorf("%s: %d %.300s, want %d %s", name, status, answer, want, code)
	} else if want >= 400 && (err != nil || got.Code == "" || got.Status != want || header.Get("Content-Type") != "application/problem+json") {
		t.Errorf("%s: %d is no problem: %v %.300s", name, status, header, answer)
	}
	return got
}

func badAddresses(t *testing.T, c *client) {
	for at, want := range map[string]int{
		"GET /api/requests/../../etc/passwd":                   200,
		"GET /api/requests/%2e%2e%2f%2e%2e%2fyilian.db":        404,
		"GET /api/requests/" + strings.Repeat("x", 60000):      422,
		"GET /api/requests/x%00y":                              404,
		"GET /api/requests/%ff%fe":                             404,
		"GET /api/patients/" + url.PathEscape(`' OR 1=1 --`):   404,
		"GET /api/patients?limit=-1":                           422,
		"GET /api/patients?limit=99999999999999999999":         422,
		"GET /api/patients?after=" + url.QueryEscape(`'"\x00`): 422,
		"GET /api/requests?scope=everything":                   422,
		"GET /api/nothing":                                     404,
		"GET /api/":                                            404,
		"PATCH /api/requests":                                  404,
		"DELETE /api/requests":                                 404,
		"TRACE /api/session":                                   404,
		"GET /api/admin/people":                                403,
		"GET /api/admin/events?entity=request&id=x":            403,
		"GET /dicom-web/studies/../../api/session":             200, // cleaned by the client's own redirect: it is the session
		"GET /dicom-web/studies/..%2f..%2fyilian.db":           400,
		"GET /dicom-web/studies/1.2.3/series/x":                404,
		"GET /dicom-web/studies/1.2.3/metadata":                404,
		"GET /dicom-web/studies?limit=x":                       400,
		"GET /dicom-web/studies?00100010=%ff":                  400,
		"DELETE /dicom-web/studies/1.2.3":                      405,
		"POST /dicom-web/studies/1.2.3/metadata":               405,
		"POST /metrics":                                        405,
		"GET /../../../etc/passwd":                             200, // the page: its router says that there is nothing
		"GET /assets/..%2f..%2f..%2fetc%2fpasswd":              200,
	} {
		method, path, _ := strings.Cut(at, " ")
		status, answer, _ := c.raw(method, path, nil, http.Header{"X-CSRF-Token": {c.csrf}})
		if status != want || bytes.Contains(answer, []byte("root:")) || bytes.Contains(answer, []byte("SQLite format")) {
			t.Errorf("%.80s: %d %.200s, want %d", at, status, answer, want)
		}
	}
	status, _, _ := c.raw("GET", "/api/session", nil, http.Header{"X-Big": {strings.Repeat("x", 100<<10)}})
	if status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("100 KB of header: %d", status)
	}
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", "POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n"} {
		if line := rawHTTP(t, c.base, text); !strings.Contains(line, "400") {
			t.Errorf("%q: %q", text, line)
		}
	}
}

// rawHTTP sends bytes and answers the status line.
func rawHTTP(t *testing.T, base, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return line
}

// staleVersions: who has an old version gets what is there now, and who was faster.
func staleVersions(t *testing.T, c *clinicalCase) {
	var r struct {
		ID      string
		Version int64
	}
	body := c.asking("assist")
	body["patient"] = map[string]any{"name": c.name, "sex": c.sex, "birthDate": c.birth}
	c.doctor.call("POST", "/api/requests", body, &r)
	c.request = r.ID
	at := "/api/requests/" + r.ID
	c.specialist.do("POST", at+"/accept", nil)
	other := c.p.signIn("he")
	for _, v := range []struct {
		name   string
		who    *client
		path   string
		body   map[string]any
		code   string
		winner string
	}{
		{"cancel what was accepted", c.doctor, at + "/cancel", map[string]any{"version": r.Version, "reason": map[string]any{"code": "improved"}}, "stale", "林医生"},
		{"accept what was accepted", other, at + "/accept", map[string]any{"version": r.Version}, "request.taken", "林医生"},
		{"in the wrong state", c.doctor, at + "/acknowledge", map[string]any{"version": 0, "adoption": "adopted"}, "state", ""},
	} {
		status, answer := v.who.try("POST", v.path, v.body)
		got := kept[problem](t, answer)
		if status != http.StatusConflict || v.code != "" && got.Code != v.code || v.winner != "" && got.Params["winner"] != v.winner {
			t.Errorf("%s: %d %.300s", v.name, status, answer)
		}
		if got.Current["id"] != r.ID || got.Current["state"] != "accepted" {
			t.Errorf("%s: current is %v %v", v.name, got.Current["id"], got.Current["state"])
		}
	}
}

func forgedSessions(t *testing.T, p *program, c *client) {
	u, err := url.Parse(c.base)
	if err != nil {
		t.Fatal(err)
	}
	cookie := c.http.Jar.Cookies(u)[0]
	if res := cookieOf(t, p); !res.HttpOnly || res.SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookie is %+v", res)
	}
	with := func(value string) *client {
		jar, _ := cookiejar.New(nil) // never fails
		jar.SetCookies(u, []*http.Cookie{{Name: cookie.Name, Value: value, Path: "/"}})
		return &client{t: t, http: &http.Client{Jar: jar, Timeout: 10 * time.Second}, base: c.base}
	}
	other := p.signIn("shiqiao")
	presence := `{"status":"available"}`
	for _, v := range []struct {
		name   string
		who    *client
		header http.Header
		status int
		code   string
	}{
		{"no cookie", p.stranger(""), http.Header{"X-Csrf-Token": {c.csrf}}, 401, "auth.required"},
		{"forged cookie", with("AAAA"), http.Header{"X-Csrf-Token": {c.csrf}}, 401, "auth.required"},
		{"cookie cut short", with(cookie.Value[:40]), http.Header{"X-Csrf-Token": {c.csrf}}, 401, "auth.required"},
		{"huge cookie", with(strings.Repeat("A", 30000)), http.Header{"X-Csrf-Token": {c.csrf}}, 401, "auth.required"},
		{"no CSRF token", c, http.Header{}, 403, "auth.csrf"},
		{"forged CSRF token", c, http.Header{"X-Csrf-Token": {"AAAA"}}, 403, "auth.csrf"},
		{"another session's CSRF token", c, http.Header{"X-Csrf-Token": {other.csrf}}, 403, "auth.csrf"},
		{"another site", c, http.Header{"X-Csrf-Token": {c.csrf}, "Origin": {"http://elsewhere.example"}}, 403, "auth.origin"},
		{"another site, as browsers say", c, http.Header{"X-Csrf-Token": {c.csrf}, "Sec-Fetch-Site": {"cross-site"}}, 403, "auth.origin"},
		{"no origin at all", c, http.Header{"X-Csrf-Token": {c.csrf}, "Origin": {"null"}}, 403, "auth.origin"},
		{"our own page", c, http.Header{"X-Csrf-Token": {c.csrf}, "Origin": {c.base}, "Sec-Fetch-Site": {"same-origin"}}, 200, ""},
		{"forged token", p.stranger("AAAA"), http.Header{}, 401, "auth.required"},
	} {
		v.header.Set("Content-Type", "application/json")
		status, answer, header := v.who.raw("PUT", "/api/presence", strings.NewReader(presence), v.header)
		is(t, v.name, v.status, v.code, status, answer, header)
	}
	// Signing in from another site's page would put the victim into the attacker's account.
	status, answer, header := p.visitor().raw("POST", "/api/session", strings.NewReader(`{"login":"lin","password":"`+demoPassword+`"}`),
		http.Header{"Content-Type": {"application/json"}, "Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://elsewhere.example"}})
	is(t, "sign-in from another site", 403, "auth.origin", status, answer, header)
	if header.Get("Set-Cookie") != "" {
		t.Error("a sign-in from another site got a cookie")
	}
}

func cookieOf(t *testing.T, p *program) *http.Cookie {
	t.Helper()
	res, err := http.Post("http://"+p.http+"/api/session", "application/json", strings.NewReader(`{"login":"he","password":"`+demoPassword+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if len(res.Cookies()) != 1 {
		t.Fatalf("%d cookies", len(res.Cookies()))
	}
	return res.Cookies()[0]
}

func badAttachments(t *testing.T, c *client, request string) {
	at := "/api/requests/" + request + "/attachments"
	for _, v := range []struct {
		name    string
		content []byte
		status  int
		code    string
	}{
		{"large.pdf", append([]byte("%PDF-1.7\n"), make([]byte, 21<<20)...), 413, "attachment.large"},
		{"page.png", []byte("<html><script>alert(1)</script>"), 422, "attachment.type"},
		{"empty.png", nil, 422, "attachment.empty"},
		{"program.jpg", []byte("MZ\x90\x00" + strings.Repeat("\x00", 600)), 422, "attachment.type"},
	} {
		status, answer := c.upload(at, v.name, v.content)
		if got := kept[problem](t, answer); status != v.status || got.Code != v.code {
			t.Errorf("%s: %d %.200s", v.name, status, answer)
		}
	}
	status, answer := c.upload(at, `..\..\"x";evil.html`, photograph())
	if got := kept[struct{ ID, Name string }](t, answer); status != http.StatusCreated || strings.ContainsAny(got.Name, `/\";`) || !strings.HasSuffix(got.Name, ".png") {
		t.Errorf("name tricks: %d %s", status, answer)
	} else if _, _, header := c.raw("GET", at+"/"+got.ID, nil, nil); header.Get("Content-Type") != "image/png" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("served as %v", header)
	}
	for _, kind := range []string{"multipart/form-data; boundary=x", "multipart/form-data", "application/json"} {
		if status, answer, _ := c.raw("POST", at, strings.NewReader("--y\r\n"), http.Header{"Content-Type": {kind}, "X-Csrf-Token": {c.csrf}}); status < 400 || status >= 500 {
			t.Errorf("%s: %d %.200s", kind, status, answer)
		}
	}
}

// slowBody promises a body and does not send it; the status of the answer comes on the channel.
func (p *program) slowBody(c *client) <-chan int {
	answered := make(chan int, 1)
	r, w := io.Pipe()
	p.t.Cleanup(func() { _ = w.Close() })
	req, err := http.NewRequestWithContext(p.t.Context(), "POST", c.base+"/api/requests", r)
	if err != nil {
		p.t.Fatal(err)
	}
	req.ContentLength = 1000
	req.Header = http.Header{"Content-Type": {"application/json"}, "X-Csrf-Token": {c.csrf}}
	go func() { _, _ = w.Write([]byte(`{"patient":`)) }()
	go func() {
		res, err := c.http.Do(req)
		if err != nil {
			answered <- 0
			return
		}
		_ = res.Body.Close()
		answered <- res.StatusCode
	}()
	return answered
}

// TestSessions: wrong passwords, places elsewhere, and what ends a session while its page is open.
func TestSessions(t *testing.T) {
	t.Parallel()
	p := startProgram(t, t.TempDir())
	admin := p.signIn("admin")
	admin.call("PUT", "/api/admin/settings", map[string]any{"version": 1, "values": map[string]any{"signIn": map[string]any{"sessions": 2}}}, nil)
	t.Run("failures", func(t *testing.T) { signInFailures(t, p) })
	t.Run("live", func(t *testing.T) { liveEnds(t, p, admin) })
	t.Run("expired", func(t *testing.T) {
		admin.call("PUT", "/api/admin/settings", map[string]any{"version": 2, "values": map[string]any{"signIn": map[string]any{"absolute": "1s"}}}, nil)
		c := p.signIn("shiqiao")
		time.Sleep(1100 * time.Millisecond)
		if status, answer := c.try("GET", "/api/patients", nil); status != http.StatusUnauthorized {
			t.Errorf("an expired session: %d %s", status, answer)
		}
	})
	t.Run("address", func(t *testing.T) { tooManyFromOneAddress(t, p) })
}

func (c *client) tries(login, password string) (int, problem) {
	status, answer := c.try("POST", "/api/session", map[string]any{"login": login, "password": password})
	var got problem
	if err := json.Unmarshal(answer, &got); err != nil {
		c.t.Fatalf("%v: %s", err, answer)
	}
	got.Request = ""
	return status, got
}

// signInFailures: an unknown login is answered like a known one, again and again; then both are locked, and nobody else.
func signInFailures(t *testing.T, p *program) {
	c := p.visitor()
	for n := range 7 {
		status, known := c.tries("qingxi", "wrong")
		status2, unknown := c.tries("nobody-at-all", "wrong")
		if status != status2 || fmt.Sprint(known) != fmt.Sprint(unknown) {
			t.Errorf("try %d tells known from unknown: %d %+v, %d %+v", n+1, status, known, status2, unknown)
		}
		want, code := 401, "auth.wrong"
		if n >= 5 {
			want, code = 429, "auth.locked"
		}
		if status != want || known.Code != code {
			t.Errorf("try %d: %d %s, want %d %s", n+1, status, known.Code, want, code)
		}
	}
	if status, got := c.tries("qingxi", demoPassword); status != http.StatusTooManyRequests || got.Params["minutes"] == nil {
		t.Errorf("the right password while locked: %d %+v", status, got)
	}
	if status, _ := c.tries("shiqiao", demoPassword); status != http.StatusOK {
		t.Errorf("another person: %d", status)
	}
}

// live opens the push of a session.
func (c *client) live(t *testing.T, header http.Header) (*websocket.Conn, int) {
	t.Helper()
	dialer := websocket.Dialer{Jar: c.http.Jar, HandshakeTimeout: 5 * time.Second}
	ws, res, err := dialer.Dial("ws"+strings.TrimPrefix(c.base, "http")+"/api/live", header)
	if res == nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if ws != nil {
		t.Cleanup(func() { _ = ws.Close() })
	}
	return ws, res.StatusCode
}

// endOf reads hints until the socket ends and tells whether the page was told that it is signed out.
func endOf(ws *websocket.Conn) (told bool, err error) {
	_ = ws.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		var hint struct{ Type string }
		if err := ws.ReadJSON(&hint); err != nil {
			if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
				return told, err
			}
			return told, nil
		}
		told = told || hint.Type == "signedOut"
	}
}

func liveEnds(t *testing.T, p *program, admin *client) {
	if _, status := p.visitor().live(t, nil); status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", status)
	}
	if _, status := p.signIn("lin").live(t, http.Header{"Origin": {"http://elsewhere.example"}}); status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
	var token struct{ ID, URL string }
	admin.call("POST", "/api/admin/kiosks", map[string]any{"name": "wall", "institution": admin.institutions()["县人民医院"]}, &token)
	person := admin.people()
	for _, v := range []struct {
		name string
		who  *client
		end  func(*client)
	}{
		{"signed out", p.signIn("zhou"), func(c *client) { c.call("DELETE", "/api/session", nil, nil) }},
		{"signed in elsewhere", p.signIn("wu"), func(*client) { p.signIn("wu"); p.signIn("wu") }},
		{"new password", p.signIn("he"), func(*client) {
			admin.call("POST", "/api/admin/people/"+person["he"]+"/password", map[string]any{"password": "another-password"}, nil)
		}},
		{"link revoked", p.screen(token.URL), func(*client) { admin.call("DELETE", "/api/admin/tokens/"+token.ID, nil, nil) }},
	} {
		ws, status := v.who.live(t, nil)
		if ws == nil {
			t.Fatalf("%s: %d", v.name, status)
		}
		v.end(v.who)
		if told, err := endOf(ws); err != nil || !told {
			t.Errorf("%s: the open page: told %v, %v", v.name, told, err)
		}
		if status, _ := v.who.try("GET", "/api/board", nil); status != http.StatusUnauthorized {
			t.Errorf("%s: the session still works: %d", v.name, status)
		}
	}
}

// screen opens a wall screen by its link.
func (p *program) screen(link string) *client {
	_, secret, _ := strings.Cut(link, "#")
	c := p.visitor()
	var me struct{ CSRF string }
	c.call("POST", "/api/session/kiosk", map[string]any{"link": secret}, &me)
	c.csrf = me.CSRF
	return c
}

func (c *client) people() map[string]string {
	var list struct{ Items []struct{ ID, Login string } }
	c.call("GET", "/api/admin/people", nil, &list)
	out := map[string]string{}
	for _, v := range list.Items {
		out[v.Login] = v.ID
	}
	return out
}

// tooManyFromOneAddress: whoever guesses at many logins is stopped, and only they.
func tooManyFromOneAddress(t *testing.T, p *program) {
	from := func(ip string) *client {
		c := p.visitor()
		c.http.Transport = &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}).DialContext}
		return c
	}
	var wg sync.WaitGroup
	guess := from("127.0.0.9")
	for n := range 40 {
		wg.Go(func() { guess.tries(fmt.Sprintf("guess-%d", n), "wrong") })
	}
	wg.Wait()
	if status, got := guess.tries("erke", demoPassword); status != http.StatusTooManyRequests {
		t.Errorf("after 40 guesses: %d %+v", status, got)
	}
	if status, _ := from("127.0.0.10").tries("erke", demoPassword); status != http.StatusOK {
		t.Errorf("from another address: %d", status)
	}
}
