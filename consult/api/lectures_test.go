package api

import "testing"

// TestLectureOverHTTP goes the way of a lecture: opened, found, listened to, closed.
func TestLectureOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, first, hamlet, admin := d.signedIn("town"), d.signedIn("first"), d.signedIn("hamlet"), d.signedIn("admin")
	r := town.ok("POST", "/api/requests", ask("urgent"))
	id := r["id"].(string)
	path := "/api/requests/" + id
	open := map[string]any{"title": "胸痛一例", "agreed": true}
	first.ok("POST", path+"/accept", map[string]any{"version": 0})
	first.refused(409, "state", "POST", path+"/lecture", open)
	for _, p := range []*page{town, first} {
		p.ok("POST", path+"/join", map[string]any{"version": 0})
	}
	town.refused(403, "forbidden.role", "POST", path+"/lecture", open)
	first.refused(422, "lecture.agreed", "POST", path+"/lecture", map[string]any{"title": "胸痛一例", "agreed": false})
	hamlet.refused(404, "lecture.unknown", "POST", "/api/lectures/"+id+"/ticket", nil)
	if got := first.ok("POST", path+"/lecture", open); got["lecture"].(map[string]any)["title"] != "胸痛一例" {
		t.Errorf("opened: %v", got["lecture"])
	}
	found := items(hamlet.ok("GET", "/api/lectures", nil))
	if len(found) != 1 || found[0]["id"] != id || found[0]["title"] != "胸痛一例" || found[0]["by"] == "" || len(found[0]) != 5 {
		t.Errorf("found %v", found)
	}
	if ticket := hamlet.ok("POST", "/api/lectures/"+id+"/ticket", nil); ticket["ticket"] != "ticket-"+id || ticket["phone"] != "" {
		t.Errorf("ticket %v", ticket)
	}
	hamlet.refused(404, "request.unknown", "GET", path, nil) // who listens sees nothing else of it
	town.refused(409, "lecture.seat", "POST", "/api/lectures/"+id+"/ticket", nil)
	admin.refused(403, "forbidden.role", "GET", "/api/lectures", nil)
	d.page().refused(401, "auth.required", "GET", "/api/lectures", nil)
	if got := first.ok("POST", path+"/lecture/close", nil); got["lecture"].(map[string]any)["closed"] == nil {
		t.Errorf("closed: %v", got["lecture"])
	}
	hamlet.refused(404, "lecture.unknown", "POST", "/api/lectures/"+id+"/ticket", nil)
	if got := first.ok("GET", path+"/talk", nil); len(got["audience"].([]any)) != 0 {
		t.Errorf("audience %v", got["audience"])
	}
}
