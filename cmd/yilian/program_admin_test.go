package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// admin runs `yilian admin` with a password on standard input.
func admin(t *testing.T, password string, args ...string) (string, error) {
	t.Helper()
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"admin"}, args...)...)
	cmd.Stdin = strings.NewReader(password + "\n")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestFirstAdministrator: an empty installation gets its first administrator on the command line, who signs in at the page and
// sees no clinical data.
func TestFirstAdministrator(t *testing.T) {
	data := t.TempDir()
	if out, err := admin(t, "short", "chief", "--data", data); err == nil {
		t.Errorf("a short password was taken: %s", out)
	}
	if out, err := admin(t, "a-long-enough-password", "chief", "--data", data); err != nil {
		t.Fatalf("admin: %v %s", err, out)
	}
	if out, err := admin(t, "another-long-password", "second", "--data", data); err == nil || !strings.Contains(out, "chief") {
		t.Errorf("a second first administrator: %v %s", err, out)
	}
	if out, err := admin(t, "a-new-long-password", "chief", "--data", data, "--reset"); err != nil {
		t.Errorf("reset: %v %s", err, out)
	}
	p := newProgram(t, "serve", data)
	p.start()
	c := &client{t: t, http: http.DefaultClient, base: "http://" + p.http}
	if status, _ := c.try("POST", "/api/session", map[string]string{"login": "chief", "password": "a-long-enough-password"}); status != http.StatusUnauthorized {
		t.Errorf("the old password answers %d", status)
	}
	in := p.signInWith("chief", "a-new-long-password")
	in.call("GET", "/api/admin/people", nil, nil)
	for _, path := range []string{"/api/requests", "/api/patients?q=zhang", "/api/readings", "/dicom-web/studies"} {
		if status, _ := in.try("GET", path, nil); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("an administrator gets %d from %s", status, path)
		}
	}
}

// TestLiveDemo: the wall is alive.
func TestLiveDemo(t *testing.T) {
	p := startProgram(t, t.TempDir(), "--live", "--rate", "240")
	desk := p.signIn("zhiban")
	p.await("alive", 30*time.Second, func() bool {
		_, body := desk.try("GET", "/api/board", nil)
		var board struct{ Requests []json.RawMessage }
		return json.Unmarshal(body, &board) == nil && len(board.Requests) >= 2
	})
	if bytes.Contains([]byte(p.log.String()), []byte("level=ERROR")) {
		t.Errorf("errors in the log:\n%s", p.log)
	}
}

// TestPortTaken: a start that cannot listen says which setting is to blame, and ends.
func TestPortTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--http", "--dicom", "--media-udp", "--turn"} {
		address := ln.Addr().String()
		if flag == "--media-udp" {
			udp, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = udp.Close() }()
			address = udp.LocalAddr().String()
		}
		p := newProgram(t, "serve", t.TempDir(), "--turn", "127.0.0.1:0")
		out, err := run1(t, bin, append(p.args, flag, address)...)
		if err == nil || !strings.Contains(out, flag) || strings.Contains(out, "panic") {
			t.Errorf("%s: %v %s", flag, err, out)
		}
	}
}
