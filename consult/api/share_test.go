package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/share"
)

// noStudies lets technologists give away the study 1.2.3 and nothing else.
type noStudies struct{}

func (noStudies) MayGive(_ context.Context, actor yilian.Actor, study yilian.StudyUID) (yilian.InstitutionID, string, error) {
	if !actor.Is(yilian.RoleTechnologist) || study != "1.2.3" {
		return "", "", yilian.Errorf(yilian.NotFound, "imaging.notFound", "There is no such study.")
	}
	return actor.Institution, "县医院", nil
}

type noGiven struct{}

func (noGiven) ToGuest(context.Context, yilian.Actor, yilian.StudyUID) (Export, error) {
	return Export{Size: -1, Write: func(w io.Writer) error { _, err := io.WriteString(w, "PK"); return err }}, nil
}

func (noGiven) Review(context.Context, yilian.Actor, yilian.StudyUID, share.Options) (Review, error) {
	return Review{Samples: []ReviewSample{}, Risks: []ReviewRisk{}}, nil
}
func (noGiven) Check(context.Context, yilian.Actor, share.Release) error { return nil }
func (noGiven) Copy(context.Context, yilian.Actor, share.Release) (Export, error) {
	return Export{Size: -1, Write: func(io.Writer) error { return nil }}, nil
}

// A link goes its way: made, looked at, opened with its code in one browser, refused in another, withdrawn.
func TestShareOverHTTP(t *testing.T) {
	d := newDoor(t)
	tech, reader, guest, other := d.signedIn("tech"), d.signedIn("reader"), d.page(), d.page()
	reader.refused(404, "imaging.notFound", "POST", "/api/studies/1.2.3/shares", map[string]any{"for": "x"})
	made := tech.ok("POST", "/api/studies/1.2.3/shares", map[string]any{"for": "省医院 林医生", "hours": 2, "download": true, "report": true})
	path, code := made["path"].(string), made["code"].(string)
	token := strings.TrimPrefix(path, "/s/")
	if len(token) != 32 || len(code) != 6 {
		t.Fatalf("%v", made)
	}
	listed := tech.ok("GET", "/api/studies/1.2.3/shares", nil)
	if all := items(listed); len(all) != 1 || all[0]["state"] != "waiting" || all[0]["hash"] != nil || all[0]["code"] != nil {
		t.Errorf("the list: %v", listed)
	}
	look := guest.ok("POST", "/api/share/look", map[string]any{"token": token})
	if look["for"] != "省医院 林医生" || look["institution"] != "县医院" || look["here"] != false || look["study"] != nil {
		t.Errorf("before the code: %v", look)
	}
	guest.refused(403, "share.used", "POST", "/api/share/enter", map[string]any{"token": token})
	bad := "000000"
	if code == bad {
		bad = "111111"
	}
	guest.refused(403, "share.code", "POST", "/api/share/open", map[string]any{"token": token, "code": bad})
	guest.ok("POST", "/api/share/open", map[string]any{"token": token, "code": code})
	in := guest.ok("POST", "/api/share/enter", map[string]any{"token": token})
	if in["study"] != "1.2.3" || in["download"] != true || in["pending"] != true || in["report"] != nil {
		t.Errorf("inside: %v", in)
	}
	other.refused(403, "share.used", "POST", "/api/share/open", map[string]any{"token": token, "code": code})
	other.refused(403, "share.used", "POST", "/api/share/look", map[string]any{"token": token})
	if status, _ := guest.call("GET", "/api/share/download?study=1.2.3", nil); status != 200 {
		t.Errorf("download: %d", status)
	}
	other.refused(404, "share.unknown", "GET", "/api/share/download?study=1.2.3", nil)
	guest.refused(404, "share.unknown", "GET", "/api/share/download?study=1.2.4", nil)
	guest.refused(401, "auth.required", "GET", "/api/studies/1.2.3", nil)
	guest.refused(401, "auth.required", "GET", "/api/studies/1.2.3/export", nil)
	id := made["share"].(map[string]any)["id"].(string)
	reader.refused(404, "imaging.notFound", "POST", "/api/shares/"+id+"/revoke", nil)
	if got := tech.ok("POST", "/api/shares/"+id+"/revoke", nil); got["state"] != "revoked" || got["refused"] != float64(3) || got["looks"] != float64(1) || got["downloads"] != float64(1) {
		t.Errorf("withdrawn: %v", got)
	}
	guest.refused(403, "share.revoked", "POST", "/api/share/enter", map[string]any{"token": token})
	guest.refused(403, "share.revoked", "POST", "/api/share/look", map[string]any{"token": token})
}

// The cookie is out of reach of scripts and of other sites.
func TestShareCookie(t *testing.T) {
	d := newDoor(t)
	made := d.signedIn("tech").ok("POST", "/api/studies/1.2.3/shares", map[string]any{"for": "x"})
	body := strings.NewReader(`{"token":"` + strings.TrimPrefix(made["path"].(string), "/s/") + `","code":"` + made["code"].(string) + `"}`)
	req, err := http.NewRequestWithContext(t.Context(), "POST", d.server.URL+"/api/share/open", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := d.page().client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	k := resp.Cookies()
	if resp.StatusCode != 200 || len(k) != 1 || !k[0].HttpOnly || k[0].SameSite != http.SameSiteStrictMode || len(k[0].Value) < 40 {
		t.Errorf("%d %v", resp.StatusCode, k)
	}
}

// Guessing is slow: an address that tries many codes waits.
func TestShareCodesAreRateLimited(t *testing.T) {
	d := newDoor(t)
	guest := d.page()
	for range 40 {
		status, out := guest.call("POST", "/api/share/open", map[string]any{"token": "nothing", "code": "123456"})
		if status == http.StatusTooManyRequests {
			if out["code"] != "call.often" {
				t.Errorf("%v", out)
			}
			return
		}
	}
	t.Error("forty codes were tried without a wait")
}
