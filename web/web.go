// Package web serves the browser application: the files that Vite built into dist/app, embedded in the binary, or a page
// that says how to build them when there are none. It knows no API and no state.
package web

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// dist always holds placeholder.html; app/ is there only after the page was built.
//
//go:embed all:dist
var dist embed.FS

// Handler serves the application for every path that is not a file of it (the browser's router decides), and the
// placeholder page when the binary was built without the application.
func Handler() http.Handler {
	app, err := fs.Sub(dist, "dist/app")
	if err != nil {
		return handler(nil)
	}
	if _, err := fs.Stat(app, "index.html"); err != nil {
		return handler(nil)
	}
	return handler(app)
}

func handler(app fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		securityHeaders(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		if app == nil {
			w.Header().Set("Cache-Control", "no-store")
			serve(w, r, dist, "dist/placeholder.html")
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		switch {
		case isFile(app, name) && !strings.HasSuffix(name, compressed):
			cacheHeaders(w.Header(), name)
			serve(w, r, app, name)
		case strings.HasPrefix(name, "assets/") || types[path.Ext(name)] != "":
			// A file that an older page asks for after an upgrade: an HTML answer would be parsed as a script. Anything
			// else with a dot is a route of the page: a study's UID is full of them.
			w.Header().Set("Cache-Control", "no-store")
			http.NotFound(w, r)
		default:
			cacheHeaders(w.Header(), "index.html")
			serve(w, r, app, "index.html")
		}
	})
}

// compressed is the suffix of the twin that the build writes beside each file worth compressing.
const compressed = ".gz"

// serve answers with one file: its compressed twin where the browser takes it, else the file itself.
func serve(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Add("Vary", "Accept-Encoding")
	if exists(files, name+compressed) {
		if acceptsGzip(r) {
			w.Header().Set("Content-Encoding", "gzip")
			copyFile(w, r, files, name+compressed)
			return
		}
		if !exists(files, name) {
			inflate(w, r, files, name+compressed)
			return
		}
	}
	copyFile(w, r, files, name)
}

func copyFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(data) // the browser went away: nobody is left to tell
}

// inflate serves the rare client that takes no gzip from the compressed twin; the binary carries no second copy.
func inflate(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	f, err := files.Open(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		http.Error(w, "damaged file", http.StatusInternalServerError)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	_, _ = io.Copy(w, z) //nolint:gosec // our own build output, not hostile input
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(coding, "gzip") && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// isFile tells whether the build has this file, plain or as a compressed twin alone.
func isFile(files fs.FS, name string) bool {
	return name != "" && (exists(files, name) || exists(files, name+compressed))
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}

// types are the kinds of file the build writes; the system's table is not asked, it differs from machine to machine.
var types = map[string]string{
	".html":  "text/html; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".mjs":   "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".json":  "application/json",
	".map":   "application/json",
	".wasm":  "application/wasm",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".ico":   "image/x-icon",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",

	".webmanifest": "application/manifest+json",
}

func contentType(name string) string {
	if t, ok := types[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

// cacheHeaders: what carries its hash in its name never changes; everything else is asked for again each time.
func cacheHeaders(h http.Header, name string) {
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		return
	}
	h.Set("Cache-Control", "no-cache")
}

// policy allows what the application needs and no more: its own scripts and workers, WebAssembly for the image decoders,
// styles that the component library writes at run time, pictures it makes itself, and a camera preview.
const policy = "default-src 'self'; " +
	"script-src 'self' 'wasm-unsafe-eval'; " +
	"worker-src 'self' blob:; " +
	"style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; " +
	"media-src 'self' blob: mediastream:; " +
	"font-src 'self' data:; " +
	"connect-src 'self' blob: ws: wss:; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func securityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), fullscreen=(self), geolocation=(), payment=(), usb=()")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
