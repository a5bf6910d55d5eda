package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Bounds for all HTTP doors. Bodies have their own limits at each door; uploads of images may take long, so there is no
// total read or write time-out, only one for the header and for idle connections.
const (
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
)

// doors are the HTTP handlers of the parts, each of which authenticates by itself.
type doors struct {
	api, dicomweb, shared, workitems, rtc, web http.Handler
	authorityCert                              []byte // PEM, nil where the certificate is not our own
	ready                                      func(context.Context) map[string]error
	detail                                     func(context.Context) map[string]string // what is worth telling and takes no door away
	metrics                                    *prometheus.Registry
	log                                        *slog.Logger
}

func (d doors) mux() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", d.api)
	mux.Handle("/dicom-web/", steady(d.dicomweb, stillness))
	mux.Handle("/s-web/", steady(uncached(d.shared), stillness))
	mux.Handle("GET /api/studies/{uid}/export", steady(d.api, stillness))
	mux.Handle("GET /api/share/download", steady(d.api, stillness))
	mux.Handle("GET /api/deidentified/{id}/file", steady(d.api, stillness))
	mux.Handle("/dicom-web/workitems", steady(d.workitems, stillness))
	mux.Handle("/dicom-web/workitems/", steady(d.workitems, stillness))
	mux.Handle("/dicom-web/subscribers/", d.workitems)
	mux.Handle("/rtc", d.rtc)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", d.readyz)
	// Metrics carry counts and durations only, and are for the machine's own collector.
	mux.Handle("GET /metrics", onlyLocal(promhttp.HandlerFor(d.metrics, promhttp.HandlerOpts{})))
	if d.authorityCert != nil {
		mux.HandleFunc("GET /ca.crt", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-x509-ca-cert")
			w.Header().Set("Content-Disposition", `attachment; filename="yilian-ca.crt"`)
			_, _ = w.Write(d.authorityCert)
		})
	}
	mux.Handle("/", d.web)
	return unread(d.recoverer(mux), headerTimeout)
}

// readyz answers 200 when every store can be used, otherwise 503 and which cannot.
func (d doors) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	state, status := map[string]string{}, http.StatusOK
	for name, err := range d.ready(ctx) {
		state[name] = "ok"
		if err != nil {
			state[name], status = "unavailable", http.StatusServiceUnavailable
			d.log.Warn("not ready", "part", name, "err", err)
		}
	}
	for name, text := range d.detail(ctx) {
		state[name] = text
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(state)
}

// recoverer turns a panic of one request into a logged 500, so that it harms nobody else.
func (d doors) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) // the handler's own way to cut the connection
			}
			if v != nil {
				// The path may carry identifiers of a patient's study: it is not logged.
				d.log.Error("panic in a request", "method", r.Method, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !(ip.IsLoopback() || ip.IsPrivate()) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveWeb serves until ctx ends, then lets running requests finish for the grace.
func serveWeb(ctx context.Context, ln net.Listener, h http.Handler, conf *tls.Config, grace time.Duration, log *slog.Logger) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, TLSConfig: conf,
		// Handshake errors of phones that do not trust us yet are not worth a line each.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	_, shaken := ln.(*handed) // hands were shaken already, see onePort
	if shaken {
		srv.Handler, srv.ConnContext = secured(h), stateOf
	}
	go func() {
		if conf != nil && !shaken {
			done <- srv.ServeTLS(ln, "", "")
		} else {
			done <- srv.Serve(ln)
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := srv.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
