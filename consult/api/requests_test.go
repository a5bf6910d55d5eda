package api

import (
	"testing"
)

func ask(kind string) map[string]any {
	return map[string]any{
		"patient": map[string]any{"name": "阿迪力·买买提", "sex": "M", "birthDate": "1956-07-08"}, "kind": kind, "specialty": "cardiology",
		"summary": "胸痛两小时，请指导", "consent": map[string]any{"given": true}, "submit": true,
	}
}

// TestConsultOverHTTP goes the whole way through the door.
func TestConsultOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, first, second := d.signedIn("town"), d.signedIn("first"), d.signedIn("first2")
	cover := town.ok("GET", "/api/coverage?kind=urgent&specialty=cardiology", nil)
	if cover["nobody"] != false || cover["agreement"] != true || len(cover["onDuty"].([]any)) != 3 {
		t.Errorf("coverage %v", cover)
	}
	r := town.ok("POST", "/api/requests", ask("urgent"), "Idempotency-Key", "one")
	again := town.ok("POST", "/api/requests", ask("urgent"), "Idempotency-Key", "one")
	if r["id"] != again["id"] || r["state"] != "offered" || len(r["ringing"].([]any)) != 2 {
		t.Fatalf("created %v, repeated %v", r, again)
	}
	path := "/api/requests/" + r["id"].(string)
	mine := items(first.ok("GET", "/api/requests?scope=mine", nil))
	if len(mine) != 1 || !has(mine[0]["actions"], "accept") || !has(mine[0]["actions"], "decline") {
		t.Fatalf("what rings at the first: %v", mine)
	}
	version := map[string]any{"version": mine[0]["version"]}
	got := first.ok("POST", path+"/accept", version)
	if got["state"] != "accepted" {
		t.Fatalf("accepted: %v", got)
	}
	lost := second.refused(409, "request.taken", "POST", path+"/accept", version)
	if lost["params"].(map[string]any)["winner"] != "一线甲" || lost["current"].(map[string]any)["state"] != "accepted" {
		t.Errorf("the loser got %v", lost)
	}
	if ticket := town.ok("POST", path+"/ticket", nil); ticket["ticket"] == "" || ticket["grace"] != 90.0 || ticket["phone"] != "0000-first" {
		t.Errorf("ticket %v", ticket)
	}
	town.ok("POST", path+"/join", version)
	if r = first.ok("POST", path+"/join", version); r["state"] != "in_service" || r["media"] != "live" {
		t.Fatalf("joined: %v", r)
	}
	r = first.ok("POST", path+"/end", map[string]any{"version": r["version"]})
	r = first.ok("PUT", path+"/opinion", map[string]any{"version": r["version"], "findings": "ECG", "diagnosis": "心绞痛", "advice": "转诊"})
	if draft := town.ok("GET", path, nil)["opinion"].(map[string]any); draft["diagnosis"] != "" {
		t.Errorf("the requester reads an unsigned draft: %v", draft)
	}
	first.ok("POST", path+"/opinion/sign", map[string]any{"version": r["version"]})
	if r = town.ok("GET", path, nil); r["state"] != "opined" || !has(r["actions"], "acknowledge") {
		t.Fatalf("signed: %v", r)
	}
	r = town.ok("POST", path+"/acknowledge", map[string]any{"version": r["version"], "adoption": "adopted"})
	if r["state"] != "closed" {
		t.Fatalf("acknowledged: %v", r)
	}
	if events := items(town.ok("GET", path+"/events", nil)); len(events) < 10 {
		t.Errorf("timeline %v", events)
	}
	board := first.ok("GET", "/api/board", nil)
	if c := board["counts"].(map[string]any); c["closedToday"] != 1.0 || c["medianAcceptSeconds"].(float64) < 0 {
		t.Errorf("counts %v", c)
	}
}
