package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/phantom"
)

// onBothEngines runs a test with one machine's own stores, and with PostgreSQL, S3 and Redis.
func onBothEngines(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	t.Run("alone", func(t *testing.T) { test(t, startProgram(t, t.TempDir())) })
	t.Run("engines", func(t *testing.T) { test(t, startProgram(t, t.TempDir(), engines(t)...)) })
}

// given is a study of the township that may be given away.
type given struct {
	*program
	owner *client
	uid   string
}

// giveable delivers a study and waits until its house may give it away.
func giveable(t *testing.T, p *program, kind phantom.Kind, images int) given {
	t.Helper()
	dir, uid := t.TempDir(), newUID()
	for o, err := range phantom.Study(kind, phantom.Options{Images: images, Size: 32, StudyUID: uid, Name: "Ouyang^Qingfeng=欧阳^清风", PatientID: "QX2026-88417", Accession: "ACC-7741903"}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.dcm", o.Number)), o.File, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.deliver(dir)
	g := given{p, p.signIn("qingxi-jishi"), uid}
	p.await("the right to give a study away", 20*time.Second, func() bool {
		status, _ := g.owner.get("/api/studies/" + uid + "/shares")
		return status == 200
	})
	return g
}

// outside is a browser that nobody has signed in with.
func (g given) outside(t *testing.T) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, http: &http.Client{Jar: jar, Timeout: 20 * time.Second}, base: "http://" + g.program.http}
}

type madeShare struct {
	Share struct{ ID, State string }
	Path  string
	Code  string
}

func (m madeShare) token() string { return strings.TrimPrefix(m.Path, "/s/") }

// TestShareByLink: who may give a study away makes a link; a guest sees that study by it and nothing else, in one browser, also after the process was
// killed; then it is withdrawn.
func TestShareByLink(t *testing.T) { onBothEngines(t, shareByLink) }

func shareByLink(t *testing.T, p *program) {
	tool(t, "storescu")
	g, other := giveable(t, p, phantom.ChestCT, 3), giveable(t, p, phantom.ChestDX, 1)
	for login, want := range map[string]int{"yuepian": 404, "zhou": 404, "zhiban": 404, "shiqiao": 404, "admin": 403, "audit": 403} {
		if status, _ := p.signIn(login).try("POST", "/api/studies/"+g.uid+"/shares", map[string]any{"for": "x"}); status != want {
			t.Errorf("%s makes a link: %d, want %d", login, status, want)
		}
	}
	var made madeShare
	g.owner.call("POST", "/api/studies/"+g.uid+"/shares", map[string]any{"for": "省医院 林医生", "hours": 1}, &made)

	guest := g.outside(t)
	if status, body := guest.try("POST", "/api/share/open", map[string]any{"token": made.token(), "code": made.Code}); status != 200 {
		t.Fatalf("open: %d %s", status, body)
	}
	var in struct{ Study, For, Institution string }
	guest.call("POST", "/api/share/enter", map[string]any{"token": made.token()}, &in)
	if in.Study != g.uid || in.Institution != "清溪镇中心卫生院" {
		t.Fatalf("%+v", in)
	}
	g.seesOnlyThat(t, guest, other.uid)

	second := g.outside(t)
	if status, body := second.try("POST", "/api/share/open", map[string]any{"token": made.token(), "code": made.Code}); status != 403 || !strings.Contains(string(body), "share.used") {
		t.Errorf("a second browser: %d %s", status, body)
	}
	if status, _ := second.get("/s-web/studies/" + g.uid + "/series"); status != 404 {
		t.Errorf("a second browser sees the series: %d", status)
	}

	p.kill()
	p.start()
	g.seesOnlyThat(t, guest, other.uid)
	owner := p.signIn("qingxi-jishi")
	owner.call("POST", "/api/shares/"+made.Share.ID+"/revoke", nil, &made.Share)
	if status, _ := guest.get("/s-web/studies/" + g.uid + "/series"); status != 404 || made.Share.State != "revoked" {
		t.Errorf("after it was withdrawn: %d %s", status, made.Share.State)
	}
	if status, body := guest.try("POST", "/api/share/enter", map[string]any{"token": made.token()}); status != 403 || !strings.Contains(string(body), "share.revoked") {
		t.Errorf("after it was withdrawn: %d %s", status, body)
	}
	audit := p.signIn("audit")
	p.await("the trail", 5*time.Second, func() bool {
		_, trail := audit.get("/api/admin/events?entity=share&id=" + made.Share.ID)
		for _, action := range []string{"make", "open", "look", "refuse", "revoke"} {
			if !strings.Contains(string(trail), `"action":"`+action+`"`) {
				return false
			}
		}
		return !strings.Contains(string(trail), "省医院")
	})
	log := p.log.String()
	for _, word := range []string{"panic", "省医院", made.token(), g.uid, "level=ERROR"} {
		if strings.Contains(log, word) {
			t.Errorf("%q is in the log:\n%.3000s", word, log[strings.Index(log, word):])
		}
	}
}

// seesOnlyThat tries every door with the browser of a guest.
func (g given) seesOnlyThat(t *testing.T, guest *client, other string) {
	t.Helper()
	status, body := guest.get("/s-web/studies/" + g.uid + "/series")
	var series []map[string]struct{ Value []any }
	if status != 200 || json.Unmarshal(body, &series) != nil || len(series) == 0 {
		t.Fatalf("the series of the study: %d %s", status, body)
	}
	at := "/s-web/studies/" + g.uid + "/series/" + series[0]["0020000E"].Value[0].(string)
	status, body = guest.get(at + "/metadata")
	var instances []map[string]struct{ Value []any }
	if status != 200 || json.Unmarshal(body, &instances) != nil || len(instances) == 0 {
		t.Fatalf("the metadata of a series: %d", status)
	}
	instance := at + "/instances/" + instances[0]["00080018"].Value[0].(string)
	for _, path := range []string{at + "/thumbnail", instance + "/frames/1", instance + "/rendered"} {
		if status, _ := guest.get(path); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if kept, err := guest.http.Get(guest.base + instance + "/frames/1"); err != nil || kept.Body.Close() != nil || kept.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a browser keeps frames: %v %v", kept.Header, err)
	}
	for _, path := range []string{
		instance, at, "/s-web/studies", "/s-web/series", "/s-web/instances", "/s-web/studies/" + g.uid, "/s-web/studies/" + g.uid + "/metadata",
		"/s-web/studies/" + other + "/series", "/s-web/studies/" + other, "/s-web/wado?requestType=WADO&studyUID=" + other + "&seriesUID=1.2&objectUID=1.3",
		"/s-web/studies/" + g.uid + "/series?StudyInstanceUID=" + other + "&includefield=all&x=/../../" + other,
	} {
		status, body := guest.get(path)
		if status == 200 && (!strings.Contains(path, "?") || strings.Contains(string(body), other)) {
			t.Errorf("a guest sees %s", path)
		}
	}
	for _, path := range []string{
		"/dicom-web/studies", "/dicom-web/studies/" + g.uid + "/series", "/dicom-web/studies/" + other + "/series", "/api/studies/" + g.uid,
		"/api/studies/" + g.uid + "/export", "/api/studies", "/api/studies/" + g.uid + "/shares", "/api/session",
	} {
		if status, _ := guest.get(path); status != 401 {
			t.Errorf("%s to a guest: %d", path, status)
		}
	}
	if status, _ := guest.get("/api/share/download?study=" + g.uid); status != 403 {
		t.Errorf("a download that the link does not allow: %d", status)
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+g.program.http+"/s-web/studies", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "multipart/related; type=application/dicom; boundary=x")
		res, err := guest.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("%s by a guest: %d", method, res.StatusCode)
		}
	}
}

// TestShareDownload: a link that lets the images be taken gives the pictures, and not what was written about them.
func TestShareDownload(t *testing.T) { onBothEngines(t, shareDownload) }

func shareDownload(t *testing.T, p *program) {
	tool(t, "storescu")
	g := giveable(t, p, phantom.ChestCT, 2)
	var made madeShare
	g.owner.call("POST", "/api/studies/"+g.uid+"/shares", map[string]any{"for": "x", "download": true}, &made)
	guest := g.outside(t)
	guest.try("POST", "/api/share/open", map[string]any{"token": made.token(), "code": made.Code})
	status, body := guest.get("/api/share/download?study=" + g.uid)
	if files := unzipped(t, body); status != 200 || len(files) != 4 {
		t.Errorf("%d, %d files", status, len(files))
	}
}

// TestShareRace: many browsers open one link at the same moment and one gets in; pages that are busy with it are shut while it is withdrawn.
func TestShareRace(t *testing.T) { onBothEngines(t, shareRace) }

func shareRace(t *testing.T, p *program) {
	tool(t, "storescu")
	g := giveable(t, p, phantom.ChestCT, 1)
	var made madeShare
	g.owner.call("POST", "/api/studies/"+g.uid+"/shares", map[string]any{"for": "x", "download": true}, &made)
	guests := make([]*client, 5)
	status := make([]int, len(guests))
	var all sync.WaitGroup
	for i := range guests {
		guests[i] = g.outside(t)
		all.Go(func() {
			status[i], _ = guests[i].try("POST", "/api/share/open", map[string]any{"token": made.token(), "code": made.Code})
		})
	}
	all.Wait()
	in := slices.Index(status, 200)
	if slices.Sort(status); !slices.Equal(status, []int{200, 403, 403, 403, 403}) {
		t.Fatalf("%v", status)
	}
	series := "/s-web/studies/" + g.uid + "/series"
	for i, guest := range guests {
		if got, _ := guest.get(series); (got == 200) != (i == in) {
			t.Errorf("browser %d of %d: %d", i, in, got)
		}
	}
	guest := guests[in]
	var withdrawn atomic.Bool
	looked := make([]int, 3)
	for i, path := range []string{series, "/api/share/download?study=" + g.uid, series} {
		all.Go(func() {
			for after := 0; after < 2; {
				if withdrawn.Load() {
					after++
				}
				got, err := guest.look(path)
				if looked[i] = got; err == nil && got != 200 && got != 403 && got != 404 {
					t.Errorf("%s: %d", path, got)
					return
				}
			}
		})
	}
	g.owner.call("POST", "/api/shares/"+made.Share.ID+"/revoke", nil, &made.Share)
	withdrawn.Store(true)
	all.Wait()
	for _, got := range looked {
		if got == 200 || got == 0 || made.Share.State != "revoked" {
			t.Errorf("after it was withdrawn: %v, %s", looked, made.Share.State)
		}
	}
	if log := p.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "panic") {
		t.Errorf("in the log:\n%.3000s", log)
	}
}

// look reads what is at a path, to its end; an error is an answer that was cut off, as that of a download is when its link is withdrawn.
func (c *client) look(path string) (status int, err error) {
	c.t.Helper()
	res, err := c.http.Get(c.base + path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

func unzipped(t *testing.T, body []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatalf("%v: %.200s", err, body)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestWithoutIdentity: a copy leaves only when what may show a name was looked at; no value that identifies is in it.
func TestWithoutIdentity(t *testing.T) { onBothEngines(t, withoutIdentity) }

func withoutIdentity(t *testing.T, p *program) {
	tool(t, "storescu")
	ct, us := giveable(t, p, phantom.ChestCT, 3), giveable(t, p, phantom.Ultrasound, 4)
	options := map[string]any{"cleanDescriptors": true, "shiftDates": true, "retainPatient": true, "retainDevice": false, "retainUids": false, "retainSafePrivate": false}
	for login, want := range map[string]int{"yuepian": 404, "zhou": 404, "admin": 403, "audit": 403} {
		if status, _ := p.signIn(login).try("POST", "/api/studies/"+ct.uid+"/deidentify/review", options); status != want {
			t.Errorf("%s reviews: %d, want %d", login, status, want)
		}
	}
	var review struct {
		Instances int
		Risks     []struct{ Instance, Risk string }
		Samples   []struct {
			Rows []struct{ Keyword, Action, Before, After string }
		}
	}
	ct.owner.call("POST", "/api/studies/"+ct.uid+"/deidentify/review", options, &review)
	if review.Instances != 3 || len(review.Risks) != 0 || len(review.Samples) != 1 || len(review.Samples[0].Rows) < 8 {
		t.Fatalf("the review of a CT: %+v", review)
	}
	var released struct{ ID, Path string }
	ct.owner.call("POST", "/api/studies/"+ct.uid+"/deidentify", map[string]any{"options": options, "looked": []string{}, "excluded": []string{}}, &released)
	status, body := ct.owner.get(released.Path)
	files := unzipped(t, body)
	if status != 200 || len(files) != 5 {
		t.Fatalf("%d, %d files", status, len(files))
	}
	for name, b := range files {
		for _, secret := range []string{"Ouyang", "欧阳", "QX2026-88417", "ACC-7741903", ct.uid, "\xc5\xb7\xd1\xf4"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s has %q", name, secret)
			}
		}
		if strings.HasPrefix(name, "DICOM/") {
			o, err := dicom.ScanFile(bytes.NewReader(b), dicom.Options{})
			if err != nil || o.Dataset.String(0x00120062) != "YES" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if status, _ := p.signIn("qingxi").get(released.Path); status != 404 {
		t.Errorf("somebody else fetches it: %d", status)
	}

	us.owner.call("POST", "/api/studies/"+us.uid+"/deidentify/review", options, &review)
	if len(review.Risks) != 1 || review.Risks[0].Risk != "modality" {
		t.Fatalf("the review of an ultrasound: %+v", review.Risks)
	}
	if status, body := us.owner.try("POST", "/api/studies/"+us.uid+"/deidentify", map[string]any{"options": options, "looked": []string{}, "excluded": []string{}}); status != 422 || !strings.Contains(string(body), "deident.review") {
		t.Errorf("nobody has looked: %d %s", status, body)
	}
	if status, body := us.owner.try("POST", "/api/studies/"+us.uid+"/deidentify", map[string]any{"options": options, "looked": []string{}, "excluded": []string{review.Risks[0].Instance}}); status != 422 || !strings.Contains(string(body), "deident.nothing") {
		t.Errorf("nothing is left: %d %s", status, body)
	}
	us.owner.call("POST", "/api/studies/"+us.uid+"/deidentify", map[string]any{"options": options, "looked": []string{review.Risks[0].Instance}, "excluded": []string{}}, &released)
	if status, body := us.owner.get(released.Path); status != 200 || len(unzipped(t, body)) != 3 {
		t.Errorf("after a look: %d", status)
	}
	audit := p.signIn("audit")
	_, trail := audit.get("/api/admin/events?entity=deidentified&id=" + released.ID)
	if !strings.Contains(string(trail), `"action":"release"`) || !strings.Contains(string(trail), `"action":"fetch"`) {
		t.Errorf("the trail: %.300s", trail)
	}
}
