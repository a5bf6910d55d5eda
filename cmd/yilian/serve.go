package main

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"yilian/consult/api"
)

// webGrace is how long running requests may take to finish when the program stops.
const webGrace = 10 * time.Second

// serveCmd runs the service until SIGINT or SIGTERM.
type serveCmd struct {
	settings `embed:""`
}

// Run serves.
func (c *serveCmd) Run(ctx context.Context, log *slog.Logger) error {
	s, err := wire(ctx, &c.settings, log, false)
	if err != nil {
		return err
	}
	s.announce()
	return s.run(ctx)
}

// run runs every part until ctx ends or one fails, then closes the stores.
func (s *service) run(ctx context.Context) error {
	doors, workers := &crew{log: s.log}, &crew{log: s.log}
	conf, err := s.tls()
	if err != nil {
		return err
	}
	handler := s.doors().mux()
	if s.http != nil {
		doors.add("http", func(ctx context.Context) error { return serveWeb(ctx, s.http, handler, nil, webGrace, s.log) })
	}
	if s.https != nil {
		port := newOnePort(s.https, conf, s.relayDoor, s.log)
		doors.add("port of https", port.run)
		doors.add("https", func(ctx context.Context) error { return serveWeb(ctx, port.web, handler, port.conf, webGrace, s.log) })
	}
	if s.dicom != nil {
		doors.add("dicom", s.dicom.Run)
	}
	// The calls are told to come back before the sockets close.
	doors.add("calls", s.rooms.Run)
	doors.add("live", s.api.Run)
	doors.add("workitems", s.tellWorkitems)
	workers.add("clock", s.clock.Run)
	workers.add("relay", s.relay.Run)
	workers.add("forward", s.forwarding.worker.Run)
	workers.add("metadata", s.prepare)
	workers.add("sweep", s.sweep)
	workers.add("retention", s.expire)
	err = inTurn(ctx, doors, workers)
	if closing := s.close(); err == nil {
		err = closing
	}
	s.log.Info("stopped")
	return err
}

// How often leftovers are looked for, and how old they are before they count as such.
const (
	sweepEvery = 6 * time.Hour
	sweepAge   = 24 * time.Hour
)

// sweep deletes now and then what a crash has left behind: objects without a row, uploads that never ended.
func (s *service) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		removed, err := s.archive.Sweep(ctx, sweepAge)
		_, over := s.workitems.Sweep(ctx)
		err = errors.Join(err, over, s.blobs.Sweep(ctx, time.Now().Add(-sweepAge)))
		if err != nil && ctx.Err() == nil {
			s.log.Warn("sweep", "err", err)
		}
		if removed > 0 {
			s.log.Info("leftover objects deleted", "objects", removed)
		}
	}
}

// tls answers what the https listener shows: the given certificate, or one of the local authority.
func (s *service) tls() (*tls.Config, error) {
	if s.https == nil {
		return nil, nil
	}
	pair, err := s.certificate(time.Now())
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// certificate is the one that was given, or one of the local authority, which is made when it is needed first.
func (s *service) certificate(now time.Time) (pair tls.Certificate, err error) {
	if s.settings.Cert != "" {
		if pair, err = tls.LoadX509KeyPair(s.settings.Cert, s.settings.Key); err != nil {
			return pair, fmt.Errorf("--cert, --key: %w", err)
		}
		return pair, nil
	}
	if s.authority == nil {
		if s.authority, err = openAuthority(s.settings.path("tls"), now); err != nil {
			return pair, err
		}
	}
	return s.authority.leaf(localNames(s.settings.PublicIP), now)
}

// pem answers the authority's certificate for phones to trust.
func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// announce logs where the doors are.
func (s *service) announce() {
	at := func(ln net.Listener) string {
		if ln == nil {
			return "off"
		}
		return ln.Addr().String()
	}
	s.log.Info("ready", "http", at(s.http), "https", at(s.https), "dicom", s.settings.DICOM, "dicom-tls", s.settings.DICOMTLS, "ae", s.settings.AE,
		"media-udp", s.rooms.Ports().UDP, "media-tcp", s.rooms.Ports().TCP, "version", version)
}

// openapiCmd prints the API's document.
type openapiCmd struct{}

// Run prints it.
func (openapiCmd) Run() error {
	doc, err := api.OpenAPI()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(os.Stdout, string(doc))
	return err
}
