package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built(t *testing.T) fs.FS {
	t.Helper()
	return fstest.MapFS{
		"index.html":                {Data: []byte("<!doctype html><title>app</title>")},
		"assets/main-Ab12.js.gz":    {Data: zipped(t, "import './x.js'")},
		"assets/decoder-Cd34.wasm":  {Data: []byte("\x00asm")},
		"manifest.webmanifest":      {Data: []byte("{}")},
		"assets/folder.d/inner.css": {Data: []byte("a{}")},
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func get(t *testing.T, h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func body(resp *httptest.ResponseRecorder) string { return resp.Body.String() }

func TestServesTheApplication(t *testing.T) {
	h := handler(built(t))
	for _, c := range []struct {
		name, method, path string
		status             int
		contentType, cache string
		has                string
	}{
		{"start page", "GET", "/", 200, "text/html; charset=utf-8", "no-cache", "app"},
		{"a route of the page", "GET", "/requests/abc", 200, "text/html; charset=utf-8", "no-cache", "app"},
		{"a route that ends in a UID", "GET", "/studies/1.2.840.99999.12.345", 200, "text/html; charset=utf-8", "no-cache", "app"},
		{"a folder is not a file", "GET", "/assets", 200, "text/html; charset=utf-8", "no-cache", "app"},
		{"hashed script", "GET", "/assets/main-Ab12.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "import"},
		{"decoder", "GET", "/assets/decoder-Cd34.wasm", 200, "application/wasm", "public, max-age=31536000, immutable", "asm"},
		{"manifest", "GET", "/manifest.webmanifest", 200, "application/manifest+json", "no-cache", "{}"},
		{"script of an older build", "GET", "/assets/main-Old.js", 404, "", "no-store", ""},
		{"unknown file", "GET", "/favicon.ico", 404, "", "no-store", ""},
		{"twin by its own name", "GET", "/assets/main-Ab12.js.gz", 404, "", "no-store", ""},
		{"climbing out", "GET", "/../web.go", 200, "text/html; charset=utf-8", "no-cache", "app"},
		{"writing", "POST", "/", 405, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := get(t, h, c.method, c.path)
			if resp.Code != c.status {
				t.Fatalf("status %d, want %d", resp.Code, c.status)
			}
			if c.contentType != "" && resp.Header().Get("Content-Type") != c.contentType {
				t.Errorf("type %q, want %q", resp.Header().Get("Content-Type"), c.contentType)
			}
			if c.cache != "" && resp.Header().Get("Cache-Control") != c.cache {
				t.Errorf("cache %q, want %q", resp.Header().Get("Cache-Control"), c.cache)
			}
			if got := body(resp); !strings.Contains(got, c.has) {
				t.Errorf("body %q lacks %q", got, c.has)
			}
			if resp.Header().Get("Content-Security-Policy") == "" || !strings.Contains(resp.Header().Get("Permissions-Policy"), "camera=(self)") {
				t.Error("security headers are missing")
			}
		})
	}
}

func TestCompressedTwin(t *testing.T) {
	h := handler(built(t))
	resp := get(t, h, "GET", "/assets/main-Ab12.js", "Accept-Encoding", "br, gzip")
	if resp.Header().Get("Content-Encoding") != "gzip" || resp.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v", resp.Header())
	}
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(z); err != nil || string(data) != "import './x.js'" {
		t.Fatalf("%q %v", data, err)
	}
	refused := get(t, h, "GET", "/assets/main-Ab12.js", "Accept-Encoding", "gzip;q=0")
	if refused.Header().Get("Content-Encoding") != "" || body(refused) != "import './x.js'" {
		t.Error("a client that refuses gzip did not get the plain file")
	}
	head := get(t, h, "HEAD", "/assets/main-Ab12.js", "Accept-Encoding", "gzip")
	if head.Code != 200 || body(head) != "" {
		t.Error("HEAD carried a body")
	}
}

func TestPlaceholderWithoutBuild(t *testing.T) {
	resp := get(t, handler(nil), "GET", "/requests/new")
	if resp.Code != 200 || resp.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", resp.Code, resp.Header())
	}
	if !strings.Contains(body(resp), "make build") {
		t.Error("the placeholder does not say how to build the page")
	}
}

func TestHandlerAlwaysAnswers(t *testing.T) {
	if resp := get(t, Handler(), "GET", "/"); resp.Code != 200 {
		t.Fatalf("status %d", resp.Code)
	}
}
