package main

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDICOMOverTLS: a device speaks to the secure door after checking our certificate; in the clear nobody is answered there.
func TestDICOMOverTLS(t *testing.T) {
	echo := tool(t, "echoscu")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	startProgram(t, data, "--dicom-tls", addr)
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	call := func(more ...string) (string, error) {
		args := append(append([]string{"-to", "10", "-ta", "10", "-aet", "QINGXI_CT", "-aec", "YILIAN"}, more...), host, port)
		out, err := exec.CommandContext(t.Context(), echo, args...).CombinedOutput()
		return string(out), err
	}
	if out, err := call("+tla", "+cf", filepath.Join(data, "tls", "ca.crt")); err != nil {
		t.Errorf("over TLS: %v %s", err, out)
	}
	if out, err := call("+tla", "+cf", "/etc/ssl/certs/ca-certificates.crt"); err == nil {
		t.Errorf("our certificate was taken for somebody else's: %s", out)
	}
	if out, err := call(); err == nil {
		t.Errorf("in the clear: %s", out)
	}
	out, err := exec.CommandContext(t.Context(), mustProgram(t), "serve", "--data", t.TempDir(), "--dicom-tls", "x", "--dicom-clients", fmt.Sprint(data, "/none")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--dicom-tls") {
		t.Errorf("a bad setting: %v %s", err, out)
	}
}

func mustProgram(t *testing.T) string {
	t.Helper()
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}
