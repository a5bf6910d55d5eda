package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"yilian/internal/foreign"
)

// TestAdministration builds a small county through the door, signs in as one of its people, and edits.
func TestAdministration(t *testing.T) {
	d := newDoor(t)
	admin := d.signedIn("admin")
	inst := admin.ok("POST", "/api/admin/institutions", map[string]any{"name": "白杨镇卫生院", "tier": "township", "parent": d.county.Hospital})
	if inst["short"] != "白杨镇卫生院" || inst["version"] != 1.0 {
		t.Errorf("institution %v", inst)
	}
	inst["distanceKm"] = 170
	edited := admin.ok("PUT", "/api/admin/institutions/"+inst["id"].(string), inst)
	if edited["version"] != 2.0 || edited["distanceKm"] != 170.0 {
		t.Errorf("edited %v", edited)
	}
	out := admin.refused(409, "stale", "PUT", "/api/admin/institutions/"+inst["id"].(string), inst)
	if out["current"].(map[string]any)["distanceKm"] != 170.0 {
		t.Errorf("stale %v", out)
	}
	person := admin.ok("POST", "/api/admin/people", map[string]any{"login": "baiyang", "name": "白医生", "points": []any{
		map[string]any{"institution": inst["id"], "department": "全科", "roles": []any{"requester"}, "filed": true},
	}})
	if p := person["points"].([]any)[0].(map[string]any); p["id"] == "" {
		t.Errorf("the point got no identifier: %v", p)
	}
	admin.refused(422, "password.short", "POST", "/api/admin/people/"+person["id"].(string)+"/password", map[string]any{"password": "short"})
	admin.ok("POST", "/api/admin/people/"+person["id"].(string)+"/password", map[string]any{"password": "a long enough one"})
	theirs := d.page()
	me := theirs.ok("POST", "/api/session", map[string]any{"login": "baiyang", "password": "a long enough one"})
	if me["point"].(map[string]any)["institution"].(map[string]any)["name"] != "白杨镇卫生院" {
		t.Errorf("me %v", me)
	}
	admin.ok("POST", "/api/admin/people/"+person["id"].(string)+"/unlock", nil)
	for register, body := range map[string]map[string]any{
		"alliances":  {"name": "云河县医共体", "lead": d.county.Hospital, "members": []any{inst["id"]}},
		"devices":    {"aeTitle": "CR_BAIYANG", "name": "DR", "institution": inst["id"], "modality": "DX", "networks": []any{"10.9.0.0/16"}},
		"agreements": {"site": inst["id"], "provider": d.county.Hospital, "services": []any{"consult", "read"}, "from": "2026-01-01T00:00:00Z"},
		"shifts": {
			"person": d.county.ID("second"), "institution": d.county.Hospital, "specialty": "cardiology", "line": 2,
			"from": "2031-01-01T00:00:00Z", "until": "2031-01-01T12:00:00Z",
		},
	} {
		made := admin.ok("POST", "/api/admin/"+register, body)
		admin.ok("PUT", "/api/admin/"+register+"/"+made["id"].(string), made)
		admin.ok("GET", "/api/admin/"+register, nil)
		admin.refused(404, strings.TrimSuffix(register, "s")+".unknown", "PUT", "/api/admin/"+register+"/none", made)
	}
	settings := admin.ok("PUT", "/api/admin/settings?institution="+inst["id"].(string), map[string]any{"version": 0, "values": map[string]any{
		"consult": map[string]any{"rescue": map[string]any{"lease": "25s"}},
	}})
	if settings["effective"].(map[string]any)["consult"].(map[string]any)["rescue"].(map[string]any)["lease"] != "25s" {
		t.Errorf("settings %v", settings["effective"])
	}
	admin.refused(422, "settings.values", "PUT", "/api/admin/settings", map[string]any{"version": 0, "values": map[string]any{"nonsense": 1}})
	if s := admin.ok("GET", "/api/admin/settings", nil); s["id"] != "default" {
		t.Errorf("settings for all %v", s)
	}
}

func TestProgramTokens(t *testing.T) {
	d := newDoor(t)
	admin := d.signedIn("admin")
	made := admin.ok("POST", "/api/admin/tokens", map[string]any{"name": "OHIF", "scopes": []any{"dicomweb:read"}, "institution": d.county.Hospital})
	secret := made["token"].(string)
	if list := admin.ok("GET", "/api/admin/tokens", nil); strings.Contains(strings.Join(strings.Fields(toString(list)), ""), secret) {
		t.Error("the secret is shown twice")
	}
	r := httptest.NewRequest("GET", "/dicom-web/studies", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	if a, err := d.api.Authenticate(r); err != nil || len(a.Scopes) != 1 {
		t.Errorf("%+v, %v", a, err)
	}
	admin.ok("DELETE", "/api/admin/tokens/"+made["id"].(string), nil)
	if _, err := d.api.Authenticate(r); err == nil {
		t.Error("a revoked token lets in")
	}
	admin.refused(422, "input.invalid", "POST", "/api/admin/tokens", map[string]any{"name": "x", "scopes": []any{"all"}, "institution": d.county.Hospital})
	kiosk := admin.ok("POST", "/api/admin/kiosks", map[string]any{"name": "值班室", "institution": d.county.Hospital})
	_, link, _ := strings.Cut(kiosk["url"].(string), "#")
	screen := d.page()
	screen.ok("POST", "/api/session/kiosk", map[string]any{"link": link})
	d.signedIn("town").ok("POST", "/api/requests", ask("urgent"))
	board := screen.ok("GET", "/api/board", nil)
	if text := toString(board); strings.Contains(text, "阿迪力") || strings.Contains(text, "胸痛") || len(board["requests"].([]any)) != 1 {
		t.Errorf("the wall shows %s", text)
	}
}

func TestAudit(t *testing.T) {
	d := newDoor(t)
	r := d.signedIn("town").ok("POST", "/api/requests", ask("urgent"))
	auditor := d.signedIn("auditor")
	events := items(auditor.ok("GET", "/api/admin/events?entity=request&id="+r["id"].(string), nil))
	if len(events) != 4 || strings.Contains(toString(map[string]any{"e": events}), "阿迪力") {
		t.Errorf("trail %v", events)
	}
	if e := events[0]; e["action"] != "create" || e["actor"].(map[string]any)["address"] != "127.0.0.1" || e["hash"] == "" {
		t.Errorf("event %v", e)
	}
	if c := auditor.ok("GET", "/api/admin/chains/"+string(d.county.Town), nil); c["intact"] != true || c["length"].(float64) < 4 {
		t.Errorf("chain %v", c)
	}
}

func TestOpinionOnPaper(t *testing.T) {
	d := newDoor(t)
	if d.api.cfg.Clinical.Press == nil {
		foreign.Missing(t, "a Chinese font")
	}
	town, first := d.signedIn("town"), d.signedIn("first")
	r := town.ok("POST", "/api/requests", ask("urgent"))
	path := "/api/requests/" + r["id"].(string)
	town.refused(404, "opinion.none", "GET", path+"/opinion.pdf", nil)
	whichever := map[string]any{"version": 0}
	first.ok("POST", path+"/accept", whichever)
	first.ok("POST", path+"/callback", whichever)
	first.ok("POST", path+"/end", whichever)
	first.ok("PUT", path+"/opinion", map[string]any{"version": 0, "diagnosis": "心绞痛", "advice": "转诊", "referral": true})
	first.ok("POST", path+"/opinion/sign", whichever)
	pdf := town.ok("GET", path+"/opinion.pdf", nil)["raw"].(string)
	if !strings.HasPrefix(pdf, "%PDF-") || len(pdf) < 2000 {
		t.Errorf("%d bytes", len(pdf))
	}
	events := items(town.ok("GET", path+"/events", nil))
	if events[len(events)-1]["action"] != "print" {
		t.Error("the print is not on record")
	}
}

// TestPanicIsOneRequest: a handler that breaks answers an internal error, and nothing of it leaves.
func TestPanicIsOneRequest(t *testing.T) {
	d := newDoor(t)
	w := httptest.NewRecorder()
	d.api.frame(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), `"internal"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
