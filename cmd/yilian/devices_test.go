package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/imaging/scp"
)

// register makes a directory with one institution and a device of it.
func registered(t *testing.T, change func(*directory.Device)) (modalities, directory.Device) {
	t.Helper()
	dir := directory.New(flowtest.New(), slog.New(slog.DiscardHandler), nil)
	cmd := flow.By(yilian.System)
	home, err := dir.SaveInstitution(t.Context(), cmd, directory.Institution{Name: "清溪卫生院", Tier: directory.Township})
	if err != nil {
		t.Fatal(err)
	}
	d := directory.Device{AETitle: "CT", Name: "CT", Institution: yilian.InstitutionID(home.ID), Networks: []string{"10.0.0.0/8"}}
	change(&d)
	if d, err = dir.SaveDevice(t.Context(), cmd, d); err != nil {
		t.Fatal(err)
	}
	return modalities{dir}, d
}

func TestCallers(t *testing.T) {
	print, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	here := netip.MustParseAddr("10.1.2.3")
	for name, c := range map[string]struct {
		change func(*directory.Device)
		call   scp.Connection
		kind   yilian.Kind // Internal: let in
	}{
		"as registered":            {func(*directory.Device) {}, scp.Connection{Calling: "CT", Address: here}, yilian.Internal},
		"another title":            {func(*directory.Device) {}, scp.Connection{Calling: "MR", Address: here}, yilian.NotFound},
		"another network":          {func(*directory.Device) {}, scp.Connection{Calling: "CT", Address: netip.MustParseAddr("192.0.2.1")}, yilian.NotFound},
		"disabled":                 {func(d *directory.Device) { d.Disabled = true }, scp.Connection{Calling: "CT", Address: here}, yilian.NotFound},
		"in the clear, needs TLS":  {func(d *directory.Device) { d.TLS.Required = true }, scp.Connection{Calling: "CT", Address: here}, yilian.Forbidden},
		"over TLS":                 {func(d *directory.Device) { d.TLS.Required = true }, scp.Connection{Calling: "CT", Address: here, Secure: true}, yilian.Internal},
		"with its certificate":     {func(d *directory.Device) { d.TLS.Fingerprint = print }, scp.Connection{Calling: "CT", Address: here, Secure: true, Fingerprint: print}, yilian.Internal},
		"with another certificate": {func(d *directory.Device) { d.TLS.Fingerprint = print }, scp.Connection{Calling: "CT", Address: here, Secure: true, Fingerprint: other}, yilian.Forbidden},
		"without any":              {func(d *directory.Device) { d.TLS.Fingerprint = print }, scp.Connection{Calling: "CT", Address: here, Secure: true}, yilian.Forbidden},
	} {
		m, _ := registered(t, c.change)
		_, err := m.Device(t.Context(), c.call)
		if (c.kind == yilian.Internal) != (err == nil) || err != nil && yilian.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	m, _ := registered(t, func(d *directory.Device) {
		d.Query, d.Classes, d.Charset, d.MaxAssociations = true, []string{"1.2.840.10008.5.1.4.1.1.2"}, "GB18030", 3
		d.Timeouts.Idle = directory.Duration(time.Minute)
	})
	got, err := m.Device(t.Context(), scp.Connection{Calling: "CT", Address: here})
	if err != nil || !got.Query || len(got.Classes) != 1 || got.Charset != "GB18030" || got.Associations != 3 || got.Timeouts.Idle != time.Minute || !mayQuery(got.Actor) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDestinations(t *testing.T) {
	m, d := registered(t, func(d *directory.Device) { d.Address, d.Charset = "10.1.2.3:104", "GB18030" })
	own, other := yilian.Actor{Institution: d.Institution, Device: "WS"}, yilian.Actor{Institution: "elsewhere", Device: "WS"}
	if got, err := m.Destination(t.Context(), own, "CT"); err != nil || got.Address != "10.1.2.3:104" || got.TLS != nil || got.Charset != "GB18030" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := m.Destination(t.Context(), yilian.System, "CT"); err != nil {
		t.Errorf("the service itself: %v", err)
	}
	if _, err := m.Destination(t.Context(), other, "CT"); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("of another institution: %v", err)
	}
	if _, err := m.Destination(t.Context(), own, "MR"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("an unknown title: %v", err)
	}
	m, d = registered(t, func(*directory.Device) {})
	if _, err := m.Destination(t.Context(), yilian.Actor{Institution: d.Institution}, "CT"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("one that does not listen: %v", err)
	}
}

// TestPinnedCertificate: a device that signs its certificate itself is called when its fingerprint is known, and nobody in its place.
func TestPinnedCertificate(t *testing.T) {
	authority, err := openAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.leaf([]string{"127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).HandshakeContext(context.Background())
			_ = conn.Close()
		}
	}()
	sum := sha256.Sum256(pair.Certificate[0])
	for name, c := range map[string]struct {
		fingerprint string
		ok          bool
	}{
		"its own": {hex.EncodeToString(sum[:]), true}, "another": {strings.Repeat("ab", 32), false}, "none, unknown authority": {"", false},
	} {
		config := deviceTLS(directory.DeviceTLS{Required: true, Fingerprint: c.fingerprint})
		if config.ServerName == "" {
			config.ServerName = "127.0.0.1"
		}
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", ln.Addr().String(), config)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	if deviceTLS(directory.DeviceTLS{}) != nil {
		t.Error("a device without TLS is called over TLS")
	}
}

func TestReasonCode(t *testing.T) {
	for text, want := range map[string]string{
		`{"00400281":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["110514"]},"00080104":{"vr":"LO","Value":["x"]}}]}}`: "110514",
		`{"00400281":{"vr":"SQ","Value":[]}}`: "", `{"00400281":{"vr":"SQ","Value":[{}]}}`: "", `{}`: "", `[`: "", ``: "",
	} {
		if got := reasonCode([]byte(text)); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
