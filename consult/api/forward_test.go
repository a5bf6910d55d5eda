package api

import (
	"context"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

func testPeers(t *testing.T, store flow.Store, dir *directory.Service) *directory.Forwarding {
	t.Helper()
	f, err := directory.NewForwarding(store, dir, directory.NewSecretKey())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// noForwarding is an archive whose queue is empty. A test of a connection succeeds and tells the secret's length.
type noForwarding struct{}

func (noForwarding) Queue(context.Context) ([]ForwardLine, error) { return nil, nil }
func (noForwarding) Jobs(context.Context, ForwardFilter) ([]ForwardJob, string, error) {
	return nil, "", nil
}

func (noForwarding) Job(context.Context, string) (ForwardJob, error) {
	return ForwardJob{}, yilian.Errorf(yilian.NotFound, "queue.unknown", "There is no such job.")
}

func (noForwarding) Replay(context.Context, yilian.Actor, ForwardChoice) (int64, error) {
	return 3, nil
}

func (noForwarding) Cancel(context.Context, yilian.Actor, ForwardChoice) (int64, error) {
	return 0, nil
}
func (noForwarding) Resume(context.Context, yilian.Actor, string) error { return nil }
func (noForwarding) Send(context.Context, yilian.Actor, string, yilian.StudyUID, string) error {
	return nil
}

func (noForwarding) Test(_ context.Context, _ directory.Peer, secret string) (ForwardTest, error) {
	return ForwardTest{OK: true, Millis: float64(len(secret))}, nil
}

func (noForwarding) DryRun(context.Context, yilian.StudyUID) (ForwardPlan, error) {
	return ForwardPlan{Rules: []ForwardRuleCheck{}}, nil
}

func TestPeersAndRoutes(t *testing.T) {
	d := newDoor(t)
	admin := d.signedIn("admin")
	const peers, routes = "/api/admin/peers", "/api/admin/routes"
	web := admin.ok("POST", peers, map[string]any{
		"name": "省影像中心", "kind": "dicomweb", "url": "https://pacs.example/dicom-web/", "auth": "bearer", "associations": 4, "hasSecret": true,
	})
	if web["url"] != "https://pacs.example/dicom-web" || web["hasSecret"] != false {
		t.Errorf("peer %v", web)
	}
	at := peers + "/" + web["id"].(string)
	sealed := admin.ok("PUT", at+"/secret", map[string]any{"secret": "wx-13-token"})
	if sealed["hasSecret"] != true || strings.Contains(toString(admin.ok("GET", peers, nil)), "wx-13") {
		t.Errorf("sealed %v", sealed)
	}
	// A test of what is on the page uses the stored secret only for the place that it was given for.
	for url, length := range map[string]float64{"https://pacs.example/dicom-web": 11, "https://elsewhere.example/dicom-web": 0} {
		sealed["url"] = url
		if out := admin.ok("POST", peers+"/test", map[string]any{"peer": sealed}); out["milliseconds"] != length {
			t.Errorf("%s was shown a secret of %v", url, out["milliseconds"])
		}
	}
	// Saved with another place it loses its secret.
	if moved := admin.ok("PUT", at, sealed); moved["hasSecret"] != (sealed["url"] == "https://pacs.example/dicom-web") {
		t.Errorf("moved %v", moved)
	}
	rule := admin.ok("POST", routes, map[string]any{
		"name": "夜间CT", "trigger": "complete", "peers": []any{web["id"], web["id"]},
		"when": map[string]any{"modalities": []any{"ct"}, "from": "18:00", "until": "08:00", "weekdays": []any{"sat"}, "referring": []any{d.county.Town}},
	})
	if len(rule["peers"].([]any)) != 1 || rule["part"] != "study" || rule["when"].(map[string]any)["modalities"].([]any)[0] != "CT" {
		t.Errorf("rule %v", rule)
	}
	admin.refused(409, "peer.used", "DELETE", at, nil)
	rule["version"] = 7
	admin.refused(409, "stale", "PUT", routes+"/"+rule["id"].(string), rule)
	admin.ok("DELETE", routes+"/"+rule["id"].(string), nil)
	admin.ok("DELETE", at, nil)
	if left := items(admin.ok("GET", peers, nil)); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	admin.refused(404, "peer.unknown", "PUT", at+"/secret", map[string]any{"secret": "x"})
	admin.refused(404, "peer.unknown", "POST", "/api/admin/forward/send", map[string]any{"peer": web["id"], "study": "1.2.3"})
	events := items(d.signedIn("auditor").ok("GET", "/api/admin/events?entity=peer&id="+web["id"].(string), nil))
	if len(events) != 4 || strings.Contains(toString(map[string]any{"e": events}), "wx-13") {
		t.Errorf("%d events: %v", len(events), events)
	}
	d.signedIn("town").refused(403, "forbidden.role", "GET", peers, nil)
}

func TestPeersAndRoutesRefused(t *testing.T) {
	d := newDoor(t)
	admin := d.signedIn("admin")
	peer := func(change map[string]any) map[string]any {
		p := map[string]any{"name": "PACS", "kind": "dimse", "called": "PACS", "address": "10.1.2.3:104"}
		for k, v := range change {
			p[k] = v
		}
		return p
	}
	web := map[string]any{"kind": "dicomweb", "url": "http://10.1.2.3/dicom-web"}
	for code, change := range map[string]map[string]any{
		"peer.name":           {"name": " "},
		"device.ae":           {"called": "A\\B"},
		"peer.address":        {"address": "10.1.2.3"},
		"peer.associations":   {"associations": 17},
		"peer.rate":           {"bytesPerSecond": 10},
		"peer.ca":             {"tls": map[string]any{"ca": "no PEM"}},
		"peer.certificate":    {"tls": map[string]any{"certificate": "../../etc/passwd"}},
		"institution.unknown": {"institution": "nowhere"},
		"peer.url":            {"kind": "dicomweb", "url": "file:///etc/passwd"},
		"peer.secure":         {"kind": web["kind"], "url": web["url"], "auth": "bearer"},
		"peer.secretFile":     {"kind": web["kind"], "url": "https://x/", "auth": "bearer", "secretFile": "../key"},
		"peer.user":           {"kind": web["kind"], "url": "https://x/", "auth": "basic"},
	} {
		admin.refused(422, code, "POST", "/api/admin/peers", peer(change))
	}
	id := admin.ok("POST", "/api/admin/peers", peer(nil))["id"]
	for code, change := range map[string]map[string]any{
		"peer.unknown":        {"peers": []any{"none"}},
		"route.name":          {"name": ""},
		"route.order":         {"order": -1},
		"route.time":          {"when": map[string]any{"from": "25:00"}},
		"route.sopClass":      {"when": map[string]any{"sopClasses": []any{"CT"}}},
		"institution.unknown": {"when": map[string]any{"institutions": []any{"nowhere"}}},
	} {
		rule := map[string]any{"name": "r", "trigger": "arrival", "peers": []any{id}}
		for k, v := range change {
			rule[k] = v
		}
		admin.refused(422, code, "POST", "/api/admin/routes", rule)
	}
	if out := admin.ok("POST", "/api/admin/forward/replay", map[string]any{"peer": id, "state": "dead"}); out["jobs"] != 3.0 {
		t.Errorf("replayed %v", out)
	}
}
