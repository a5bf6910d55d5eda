package api

import (
	"testing"
	"time"
)

const guestKey = "0123456789abcdef-of-this-browser"

// TestGuestOverHTTP goes the way of a link: made, looked at, used, refused to a second browser, revoked.
func TestGuestOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, first, stranger, family := d.signedIn("town"), d.signedIn("first"), d.signedIn("reader"), d.page()
	r := town.ok("POST", "/api/requests", ask("urgent"))
	path := "/api/requests/" + r["id"].(string)
	link := town.ok("POST", path+"/guests", map[string]any{"kind": "family", "name": "女儿", "minutes": 30})
	token := link["token"].(string)
	if len(token) != 32 || link["path"] != "/guest/"+token || link["guest"].(map[string]any)["name"] != "女儿" {
		t.Fatalf("link %v", link)
	}
	stranger.refused(403, "forbidden.role", "POST", path+"/guests", map[string]any{"kind": "family", "name": "x"})
	look := family.ok("POST", "/api/guest/look", map[string]any{"token": token, "key": guestKey})
	if look["open"] != false || look["used"] != false || look["by"] != "卫生院医生" && look["by"] == "" || look["institution"] == "" {
		t.Errorf("look %v", look)
	}
	for _, secret := range []string{"patient", "summary", "number", "id"} {
		if _, shown := look[secret]; shown {
			t.Errorf("a guest is shown %s", secret)
		}
	}
	family.refused(409, "guest.early", "POST", "/api/guest/enter", map[string]any{"token": token, "key": guestKey})
	first.ok("POST", path+"/accept", map[string]any{"version": 0})
	family.refused(422, "guest.key", "POST", "/api/guest/enter", map[string]any{"token": token, "key": "short"})
	if ticket := family.ok("POST", "/api/guest/enter", map[string]any{"token": token, "key": guestKey}); ticket["ticket"] == "" || ticket["url"] != "/rtc" {
		t.Errorf("ticket %v", ticket)
	}
	family.ok("POST", "/api/guest/enter", map[string]any{"token": token, "key": guestKey}) // the page was loaded again
	other := d.page()
	other.refused(409, "guest.used", "POST", "/api/guest/enter", map[string]any{"token": token, "key": guestKey + "2"})
	if look := other.ok("POST", "/api/guest/look", map[string]any{"token": token, "key": ""}); look["used"] != true {
		t.Errorf("looks unused elsewhere: %v", look)
	}
	if g := first.ok("GET", path, nil)["guests"].([]any); len(g) != 1 || g[0].(map[string]any)["enteredAt"] == nil || g[0].(map[string]any)["hash"] != nil {
		t.Errorf("in the record: %v", g)
	}
	id := link["guest"].(map[string]any)["id"].(string)
	if g := items(first.ok("POST", path+"/guests/"+id+"/revoke", nil)); g[0]["revokedAt"] == nil {
		t.Errorf("revoked %v", g)
	}
	family.refused(404, "guest.link", "POST", "/api/guest/enter", map[string]any{"token": token, "key": guestKey})
	family.refused(404, "guest.link", "POST", "/api/guest/look", map[string]any{"token": "x", "key": ""})
}

func TestInviteOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, first, second := d.signedIn("town"), d.signedIn("first"), d.signedIn("first2")
	r := town.ok("POST", "/api/requests", ask("urgent"))
	path := "/api/requests/" + r["id"].(string)
	first.ok("POST", path+"/accept", map[string]any{"version": 0})
	second.refused(403, "request.notYours", "POST", path+"/ticket", nil)
	var id string
	for _, p := range items(first.ok("GET", path+"/colleagues", nil)) {
		if p["name"] == "一线乙" {
			id = p["id"].(string)
		}
	}
	second.refused(403, "request.notYours", "POST", path+"/invite", map[string]any{"person": id})
	if got := first.ok("POST", path+"/invite", map[string]any{"person": id}); len(got["panel"].([]any)) != 1 {
		t.Errorf("invited: %v", got["panel"])
	}
	if ticket := second.ok("POST", path+"/ticket", nil); ticket["ticket"] == "" {
		t.Errorf("ticket %v", ticket)
	}
	first.ok("POST", path+"/uninvite", map[string]any{"person": id})
	second.refused(403, "request.notYours", "POST", path+"/ticket", nil)
}

func TestLineTestsAreFewForOneAddress(t *testing.T) {
	d := newDoor(t)
	d.page().refused(503, "call.none", "POST", "/api/linetest", nil) // this door has no calls
	limit, now := newThrottle(2, 6), time.Unix(1e9, 0)
	for i, want := range []bool{true, true, false} {
		if got := limit.take("a", now) == nil; got != want {
			t.Errorf("call %d: %v", i, got)
		}
	}
	if limit.take("b", now) != nil || limit.take("a", now.Add(11*time.Second)) != nil || limit.take("a", now.Add(12*time.Second)) == nil {
		t.Error("the pace is not kept, or not for each address")
	}
	for i := range 3 * throttled {
		_ = limit.take(time.Duration(i).String(), now)
	}
	if n := len(limit.calls); n > throttled {
		t.Errorf("%d addresses are remembered", n)
	}
}
