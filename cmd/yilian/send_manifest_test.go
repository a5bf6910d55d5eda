package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSendAnnounces: a study of which half is sent waits for the other half although its series is quiet, and is complete as soon as that
// is here although the quiet time is an hour.
func TestSendAnnounces(t *testing.T) {
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, t.TempDir())
	admin, doctor := p.signIn("admin"), p.signIn("qingxi")
	admin.settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"CT": "2s", "": "2s"}}})
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	var made struct{ Token string }
	admin.call("POST", "/api/admin/tokens", map[string]any{"name": "gateway", "institution": o.Site.ID, "scopes": []string{"dicomweb:store"}}, &made)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(made.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, files := o.images(t, 6, nil)
	dir, away := filepath.Dir(files[0]), t.TempDir()
	send := func(more ...string) string {
		t.Helper()
		out, err := run1(t, bin, append([]string{"send", dir, "--to", p.dcm, "--calling", "QINGXI_CT"}, more...)...)
		if err != nil {
			t.Fatalf("send: %v %s", err, out)
		}
		return out
	}
	// The gateway announces six and loses the line after three.
	half := filepath.Join(away, "half")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	m, err := newManifests("http://"+p.http, token)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := findInstances([]string{dir})
	if err != nil || m.announce(t.Context(), found, quiet()) != 1 {
		t.Fatalf("not announced: %v", err)
	}
	console{t, p, "QINGXI_CT"}.store(files[:3]...)
	time.Sleep(5 * time.Second) // more than twice the quiet time
	if now := doctor.orderNow(o.ID); now.Reading != "" {
		t.Fatal("complete with half of what was announced")
	}
	admin.settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"CT": "1h", "": "1h"}}})
	if out := send("--announce", "http://"+p.http, "--token-file", token); !strings.Contains(out, "announced 1 studies") {
		t.Errorf("send: %s", out)
	}
	p.await("a read", 20*time.Second, func() bool { return doctor.orderNow(o.ID).Reading != "" })
}

// TestSendWithoutAnnouncement: what cannot be announced is sent all the same; a setting that cannot work is told before.
func TestSendWithoutAnnouncement(t *testing.T) {
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer refusing.Close()
	r := startReceiver(t, nil)
	files := generated(t, 3)
	cmd := exec.CommandContext(t.Context(), bin, "send", filepath.Dir(files[0].path), "--to", r.addr, "--calling", "SENDER", "--announce", refusing.URL)
	cmd.Env = append(os.Environ(), "YILIAN_TOKEN=x")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "not announced") || !strings.Contains(string(out), "sent 3") {
		t.Errorf("%v: %s", err, out)
	}
	for _, bad := range [][]string{{"--announce", "nonsense"}, {"--announce", refusing.URL}} {
		if out, err := run1(t, bin, append([]string{"send", filepath.Dir(files[0].path), "--to", r.addr}, bad...)...); err == nil || !strings.Contains(out, "--announce") {
			t.Errorf("%v: %v %s", bad, err, out)
		}
	}
}
