package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/request"
)

// send posts raw bytes.
func (p *page) send(path, contentType string, body io.Reader) (int, map[string]any) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), "POST", p.server.URL+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-CSRF-Token", p.csrf)
	resp, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil && err != io.EOF {
		p.t.Fatal(err)
	}
	if resp.StatusCode >= 400 && resp.Header.Get("Content-Type") != "application/problem+json" {
		p.t.Errorf("%s: an error of type %s", path, resp.Header.Get("Content-Type"))
	}
	return resp.StatusCode, out
}

// TestBadInput: each has a clear answer, in one form.
func TestBadInput(t *testing.T) {
	d := newDoor(t)
	p := d.signedIn("town")
	good, err := json.Marshal(ask("urgent"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(from, to string) string { return strings.Replace(string(good), from, to, 1) }
	for name, c := range map[string]struct {
		body, contentType string
		status            int
		code              string
	}{
		"unknown field":   {with(`{`, `{"colour":"red",`), "application/json", 422, "input.invalid"},
		"nested unknown":  {with(`"given":true`, `"given":true,"x":1`), "application/json", 422, "input.invalid"},
		"wrong type":      {with(`"kind":"urgent"`, `"kind":7`), "application/json", 422, "input.invalid"},
		"unknown kind":    {with(`"kind":"urgent"`, `"kind":"mdt"`), "application/json", 422, "input.invalid"},
		"missing":         {with(`"kind":"urgent",`, ``), "application/json", 422, "input.invalid"},
		"not JSON":        {`{"kind":`, "application/json", 400, "input.malformed"},
		"empty":           {``, "application/json", 400, "input.malformed"},
		"another type":    {`<a/>`, "application/xml", 415, "input.mediaType"},
		"too large":       {with(`胸痛两小时`, strings.Repeat("痛", 1<<20/3)), "application/json", 413, "input.tooLarge"},
		"too long":        {with(`胸痛两小时`, strings.Repeat("痛", 5000)), "application/json", 422, "request.text"},
		"deeply nested":   {strings.Repeat(`{"a":`, 50_000) + `1` + strings.Repeat(`}`, 50_000), "application/json", 400, "input.malformed"},
		"unknown service": {with(`"specialty":"cardiology"`, `"specialty":"wizardry"`), "application/json", 422, "specialty.unknown"},
	} {
		status, out := p.send("/api/requests", c.contentType, strings.NewReader(c.body))
		if status != c.status || out["code"] != c.code {
			t.Errorf("%s: %d %v, want %d %s", name, status, out, c.status, c.code)
		}
		if strings.Contains(fmt.Sprint(out), "goroutine") {
			t.Errorf("%s: internal text leaves", name)
		}
	}
	p.refused(404, "route.unknown", "GET", "/api/nothing", nil)
	p.refused(404, "request.unknown", "GET", "/api/requests/none", nil)
	p.refused(422, "input.invalid", "GET", "/api/requests?limit=100000", nil)
	p.refused(422, "input.invalid", "GET", "/api/requests?scope=everything", nil)
}

// TestStaleOverHTTP: 409 with what is now and who made it so.
func TestStaleOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, town2 := d.signedIn("town"), d.signedIn("town2")
	r := town.ok("POST", "/api/requests", ask("assist"))
	path := "/api/requests/" + r["id"].(string)
	cancel := map[string]any{"version": r["version"], "reason": map[string]any{"code": "improved"}}
	town2.ok("POST", path+"/cancel", cancel)
	out := town.refused(409, "stale", "POST", path+"/cancel", cancel)
	if out["params"].(map[string]any)["winner"] != "镇医生二" || out["current"].(map[string]any)["state"] != "cancelled" {
		t.Errorf("stale: %v", out)
	}
	cancel["version"] = 0
	out = town.refused(409, "state", "POST", path+"/cancel", cancel)
	if out["params"].(map[string]any)["state"] != "cancelled" {
		t.Errorf("state: %v", out)
	}
}

// TestInternalErrorsStayInside: the text of what broke never leaves.
func TestInternalErrorsStayInside(t *testing.T) {
	d := newDoor(t)
	p := d.api.problem(t.Context(), fmt.Errorf("password of the database: %w", io.ErrUnexpectedEOF))
	if p.Status != 500 || strings.Contains(p.Detail+p.Title+p.Code, "database") {
		t.Errorf("%+v", p)
	}
	for kind := yilian.Invalid; kind <= yilian.Unavailable; kind++ {
		if p := d.api.problem(t.Context(), yilian.Errorf(kind, "c", "t")); p.Status < 400 || p.Status == 500 || p.Code != "c" {
			t.Errorf("kind %d: %+v", kind, p)
		}
	}
	if _, err := d.api.presentEntity(t.Context(), request.Request{}); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a request is shown to nobody in particular: %v", err)
	}
}

func TestAttachments(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	d := newDoor(t)
	town, first, stranger := d.signedIn("town"), d.signedIn("first"), d.signedIn("hamlet")
	r := town.ok("POST", "/api/requests", ask("urgent"))
	path := "/api/requests/" + r["id"].(string) + "/attachments"
	png := append([]byte("\x89PNG\x0D\x0A\x1A\x0A"), bytes.Repeat([]byte{7}, 3<<20)...)
	upload := func(p *page, name string, data []byte) (int, map[string]any) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		f, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(data)
		_ = w.Close()
		return p.send(path, w.FormDataContentType(), &b)
	}
	status, a := upload(town, `..\..\心电图.exe`, png)
	if status != 201 || a["type"] != "image/png" || a["name"] != "心电图.png" || a["size"] != float64(len(png)) {
		t.Fatalf("%d %v", status, a)
	}
	if status, out := upload(stranger, "x.png", png); status != 404 {
		t.Errorf("a stranger attached: %d %v", status, out)
	}
	for name, data := range map[string][]byte{"script.png": []byte("<html><script>"), "empty.pdf": {}, "text.pdf": []byte("hello")} {
		if status, out := upload(town, name, data); status != 422 {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if status, out := upload(town, "big.png", append(png, make([]byte, 20<<20)...)); status != 413 || out["code"] != "attachment.large" {
		t.Errorf("too large: %d %v", status, out)
	}
	huge, w := httptest.NewRequest("POST", path, nil), httptest.NewRecorder()
	huge.ContentLength = largestUpload + 1
	if d.api.Handler().ServeHTTP(w, huge); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("beyond every limit: %d %s", w.Code, w.Body)
	}
	got := first.ok("GET", path+"/"+a["id"].(string), nil)
	if got["raw"] != string(png) {
		t.Errorf("%d bytes came back", len(fmt.Sprint(got["raw"])))
	}
	stranger.refused(404, "request.unknown", "GET", path+"/"+a["id"].(string), nil)
	first.refused(404, "attachment.unknown", "GET", path+"/none", nil)
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("%d temporary files are left (%v)", len(left), err)
	}
	detail := first.ok("GET", "/api/requests/"+r["id"].(string), nil)
	if len(detail["attachments"].([]any)) != 1 {
		t.Errorf("attachments %v", detail["attachments"])
	}
}
