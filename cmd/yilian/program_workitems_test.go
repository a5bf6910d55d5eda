package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const newWorkitem = `{"00741000":{"vr":"CS","Value":["SCHEDULED"]},"00741200":{"vr":"CS","Value":["HIGH"]},"00741204":{"vr":"LO","Value":["肺结节"]},
	"00741202":{"vr":"LO","Value":["AI"]},"00404005":{"vr":"DT","Value":["20261102080000"]},"00404041":{"vr":"CS","Value":["READY"]}}`

// TestWorkitems: a program with the scopes creates a workitem and hears of it on its event channel, after a kill of the service
// too; another institution's program and people without a part see nothing of it.
func TestWorkitems(t *testing.T) {
	p := startProgram(t, t.TempDir())
	admin := p.signIn("admin")
	houses := admin.institutions()
	secret, _ := admin.token(houses["县人民医院"], "worklist:read", "worklist:write")
	foreign, _ := admin.token(houses["清溪卫生院"], "worklist:read", "worklist:write")
	viewer, _ := admin.token(houses["县人民医院"], "dicomweb:read")
	engine := p.stranger(secret)
	send := func(c *client, method, path, body string) int {
		status, _, _ := c.raw(method, "/dicom-web"+path, strings.NewReader(body), http.Header{"Content-Type": {"application/dicom+json"}})
		return status
	}
	if got := send(engine, "POST", "/workitems?1.2.3.4", newWorkitem); got != 201 {
		t.Fatalf("created with %d", got)
	}
	if got := send(engine, "POST", "/workitems/1.2.840.10008.5.1.4.34.5/subscribers/AI", ""); got != 201 {
		t.Fatalf("subscribed with %d", got)
	}
	p.kill()
	p.start()
	engine = p.stranger(secret)
	conn, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+p.http+"/dicom-web/subscribers/AI", http.Header{"Authorization": {"Bearer " + secret}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	defer func() { _ = conn.Close() }()
	time.Sleep(200 * time.Millisecond) // the channel is attached after the handshake
	if got := send(engine, "PUT", "/workitems/1.2.3.4/state", `{"00741000":{"vr":"CS","Value":["IN PROGRESS"]},"00081195":{"vr":"UI","Value":["2.25.9"]}}`); got != 200 {
		t.Fatalf("claimed with %d", got)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, m, err := conn.ReadMessage(); err != nil || !strings.Contains(string(m), "IN PROGRESS") || strings.Contains(string(m), "2.25.9") {
		t.Errorf("heard %s, %v", m, err)
	}
	for name, c := range map[string]struct {
		client *client
		want   int
	}{
		"the engine": {engine, 200}, "another institution's": {p.stranger(foreign), 404}, "a viewer": {p.stranger(viewer), 403}, "nobody": {p.stranger(""), 401},
		"a radiologist": {p.signIn("yuepian"), 200}, "a township doctor": {p.signIn("qingxi"), 403}, "the administrator": {p.signIn("admin"), 403},
	} {
		if got := send(c.client, "GET", "/workitems/1.2.3.4", ""); got != c.want {
			t.Errorf("%s gets %d, want %d", name, got, c.want)
		}
	}
}
