package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"yilian/consult/flow"
	"yilian/imaging/phantom"
	"yilian/storage/sqlstore"
)

// TestPatientStaysAmongThoseInvolved treats one patient from order to signed opinion, then lets everybody else try every door. At the
// end nothing about the patient is in the log, although it told everything it had, and the trail is whole and says who looked.
func TestPatientStaysAmongThoseInvolved(t *testing.T) {
	data := t.TempDir()
	p := startProgram(t, data, "--log-level", "debug")
	c := newCase(t, p)
	overheard := p.overhear(t, "shiqiao", "nanping")
	c.imaged(t, 2)
	c.awaitRead()
	c.read()
	c.ask()
	c.consult()

	admin := p.signIn("admin")
	houses := admin.institutions()
	strangers := c.strangers(t, admin, houses)
	t.Run("entitled", func(t *testing.T) { c.entitled(t, admin, houses) })
	for _, name := range slices.Sorted(maps.Keys(strangers)) {
		t.Run(name, func(t *testing.T) { c.refused(t, strangers[name]) })
	}
	t.Run("hints", func(t *testing.T) {
		for login, heard := range overheard() {
			for _, thing := range []string{c.patient, c.order, c.study, c.reading, c.request, c.critical} {
				if strings.Contains(heard, thing) {
					t.Errorf("%s was told of %s: %.500s", login, thing, heard)
				}
			}
		}
	})
	t.Run("foreign instances", func(t *testing.T) { c.foreignInstances(t, admin, houses["石桥卫生院"]) })
	t.Run("failures", func(t *testing.T) { c.failures(t) })
	if err := p.stop(); err != nil {
		t.Fatalf("stopped with %v", err)
	}
	t.Run("log", func(t *testing.T) { c.silentLog(t) })
	t.Run("trail", func(t *testing.T) { c.trail(t, filepath.Join(data, "yilian.db"), houses) })
}

// who is somebody at the doors; sees names those doors that are open to them all the same.
type who struct {
	*client
	sees []string
}

func (c *clinicalCase) strangers(t *testing.T, admin *client, houses map[string]string) map[string]who {
	t.Helper()
	foreign, _ := admin.token(houses["石桥卫生院"], scopeRead, scopeStore)
	storing, _ := admin.token(houses["清溪卫生院"], scopeStore)
	expired, gone := admin.token(houses["清溪卫生院"], scopeRead)
	admin.call("DELETE", "/api/admin/tokens/"+gone, nil, nil)
	return map[string]who{
		"nobody":                       {client: c.p.stranger("")},
		"forged token":                 {client: c.p.stranger("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
		"revoked token":                {client: c.p.stranger(expired)},
		"another township":             {client: c.p.signIn("shiqiao")},
		"another township's images":    {client: c.p.signIn("nanping")},
		"partner hospital":             {client: c.p.signIn("neike")},
		"same hospital without a bond": {client: c.p.signIn("zhou"), sees: []string{"/api/requests", "/api/board"}},
		"reader of another kind":       {client: c.p.signIn("xindian"), sees: []string{"/dicom-web", "/api/studies", "/api/readings", "/api/orders", "/api/patients", "/api/criticals"}},
		"administrator":                {client: admin},
		"auditor":                      {client: c.p.signIn("audit")},
		"wall screen":                  {client: c.kiosk(admin, houses["县人民医院"])},
		"program of another township":  {client: c.p.stranger(foreign)},
		"program that only stores":     {client: c.p.stranger(storing)},
	}
}

// kiosk opens a wall screen's session by its link.
func (c *clinicalCase) kiosk(admin *client, institution string) *client {
	var link struct{ URL string }
	admin.call("POST", "/api/admin/kiosks", map[string]any{"name": "wall", "institution": institution}, &link)
	_, secret, _ := strings.Cut(link.URL, "#")
	screen := c.p.visitor()
	var me struct{ CSRF string }
	screen.call("POST", "/api/session/kiosk", map[string]any{"link": secret}, &me)
	screen.csrf = me.CSRF
	return screen
}

// things answers the addresses of everything about the patient.
func (c *clinicalCase) things() []string {
	study := "/dicom-web/studies/" + c.study
	series := study + "/series/" + c.series
	instance := series + "/instances/" + c.instance
	request := "/api/requests/" + c.request
	return []string{
		study, series, instance, study + "/metadata", series + "/metadata", instance + "/metadata", instance + "/frames/1",
		study + "/thumbnail", series + "/thumbnail", instance + "/thumbnail", instance + "/frames/1/thumbnail",
		instance + "/rendered", instance + "/frames/1/rendered", instance + "/bulkdata/7FE00010",
		"/api/studies/" + c.study, "/api/patients/" + c.patient, "/api/orders/" + c.order,
		"/api/readings/" + c.reading, "/api/readings/" + c.reading + "/measurements", "/api/readings/" + c.reading + "/measurements/kept",
		"/api/readings/" + c.reading + "/report.pdf",
		request, request + "/events", request + "/opinion.pdf", request + "/attachments/" + c.attachment,
	}
}

// lists answers searches that would find the patient.
func (c *clinicalCase) lists() []string {
	q := url.QueryEscape
	return []string{
		"/dicom-web/studies", "/dicom-web/series", "/dicom-web/instances", "/dicom-web/studies?StudyInstanceUID=" + c.study,
		"/dicom-web/studies?PatientName=" + q("欧阳*"), "/dicom-web/studies?PatientID=" + c.number, "/dicom-web/studies?AccessionNumber=" + c.accession,
		"/dicom-web/studies/" + c.study + "/series", "/dicom-web/studies/" + c.study + "/instances", "/dicom-web/instances?SOPInstanceUID=" + c.instance,
		"/dicom-web/studies/" + c.study + "/series/" + c.series + "/instances",
		"/api/patients?q=" + q(c.name), "/api/patients?q=" + c.idNumber, "/api/patients?q=" + q(c.phone),
		"/api/studies", "/api/studies?q=" + q(c.name), "/api/studies?institution=" + c.site, "/api/unmatched",
		"/api/orders?scope=site", "/api/orders?scope=mine", "/api/orders?scope=results",
		"/api/readings?scope=all", "/api/readings?scope=pool", "/api/readings?scope=released", "/api/readings?scope=mine",
		"/api/requests?scope=mine", "/api/requests?scope=open", "/api/requests?scope=done", "/api/requests?scope=queue",
		"/api/criticals?scope=open", "/api/criticals?scope=mine", "/api/feedback", "/api/board", "/api/duty",
	}
}

// commands answers what changes things, with bodies that are well-formed.
func (c *clinicalCase) commands() map[string]any {
	reason := func(code string) map[string]any {
		return map[string]any{"version": 0, "reason": map[string]any{"code": code, "text": "x"}}
	}
	critical := "POST /api/criticals/" + c.critical
	request, reading := "POST /api/requests/"+c.request, "POST /api/readings/"+c.reading
	version := map[string]any{"version": 0}
	return map[string]any{
		request + "/accept": version, request + "/decline": reason("other"), request + "/return": reason("other"), request + "/cancel": reason("other"),
		request + "/join": version, request + "/callback": version, request + "/takeover": version, request + "/end": version, request + "/ticket": nil,
		request + "/acknowledge":                           map[string]any{"version": 0, "adoption": "adopted"},
		request + "/assign":                                map[string]any{"version": 0, "person": "x"},
		request + "/dispose":                               map[string]any{"version": 0, "action": "close", "text": "x"},
		request + "/opinion/sign":                          version,
		request + "/opinion/withdraw":                      reason("other"),
		"PUT /api/requests/" + c.request + "/opinion":      map[string]any{"version": 0, "diagnosis": "x"},
		"PUT /api/requests/" + c.request:                   map[string]any{"version": 0, "kind": "assist", "specialty": "cardiology", "summary": "x", "consent": map[string]any{"given": true}},
		reading + "/claim":                                 version,
		reading + "/heartbeat":                             map[string]any{},
		reading + "/take-review":                           version,
		reading + "/addendum":                              map[string]any{"version": 0, "reason": "x"},
		reading + "/recall":                                map[string]any{"version": 0, "reason": "x"},
		reading + "/critical":                              map[string]any{"version": 0, "category": 1, "text": "x"},
		"PUT /api/readings/" + c.reading + "/report":       map[string]any{"version": 0, "findings": "x", "impression": "x", "technique": ""},
		"PUT /api/readings/" + c.reading + "/measurements": map[string]any{"version": 0, "items": []any{}},
		reading + "/measurements/kept":                     nil,
		"POST /api/orders/" + c.order + "/cancel":          map[string]any{"version": 0, "reason": "x"},
		"POST /api/orders/" + c.order + "/acknowledge":     version,
		critical + "/delivered":                            version, critical + "/acknowledge": map[string]any{"version": 9, "readBack": "x"},
		critical + "/act": map[string]any{"version": 0, "action": "x"}, critical + "/downgrade": map[string]any{"version": 9, "reason": "x"},
		"POST /api/studies/" + c.study + "/link":   map[string]any{"version": 0, "order": c.order},
		"POST /api/studies/" + c.study + "/unlink": map[string]any{"version": 0, "reason": "x"},
		// Guessing identifiers across kinds: naming somebody else's patient in what is one's own.
		"POST /api/requests": c.asking("assist"),
		"POST /api/orders":   map[string]any{"patient": map[string]any{"id": c.patient}, "modality": "CT", "priority": "routine", "bodyPart": "CHEST", "exam": "x"},
	}
}

func (c *clinicalCase) entitled(t *testing.T, admin *client, houses map[string]string) {
	reads, _ := admin.token(houses["清溪卫生院"], scopeRead)
	for name, v := range map[string]struct {
		*client
		doors string // prefixes that are open
	}{
		"ordering doctor":         {c.doctor, "/dicom-web /api/studies /api/patients /api/orders /api/readings /api/requests"},
		"reader":                  {c.reader, "/dicom-web /api/studies /api/patients /api/readings"},
		"reviewer":                {c.reviewer, "/dicom-web /api/studies /api/patients /api/readings"},
		"specialist":              {c.specialist, "/dicom-web /api/patients /api/requests"},
		"program of the township": {c.p.stranger(reads), "/dicom-web"},
	} {
		for _, path := range c.things() {
			if !slices.ContainsFunc(strings.Fields(v.doors), func(d string) bool { return strings.HasPrefix(path, d) }) {
				continue
			}
			if name == "ordering doctor" && strings.Contains(path, "/measurements") {
				continue // theirs who read
			}
			if status, body := v.get(path); status != http.StatusOK || len(body) == 0 {
				t.Errorf("%s: %s: %d %.200s", name, path, status, body)
			}
		}
	}
	if n := len(c.doctor.located()); n != len(c.instances) {
		t.Errorf("the ordering doctor finds %d instances, want %d", n, len(c.instances))
	}
}

// get asks for whatever the address has.
func (c *client) get(path string) (int, []byte) {
	c.t.Helper()
	header := http.Header{}
	if strings.HasPrefix(path, "/dicom-web") && !strings.Contains(path, "metadata") && !strings.Contains(path, "rendered") && !strings.Contains(path, "thumbnail") {
		header.Set("Accept", `multipart/related; type="application/dicom"; transfer-syntax=*, multipart/related; type="application/octet-stream"; transfer-syntax=*, application/dicom+json`)
	}
	status, body, _ := c.raw("GET", path, nil, header)
	return status, body
}

func (c *clinicalCase) refused(t *testing.T, v who) {
	closed := func(path string) bool {
		return !slices.ContainsFunc(v.sees, func(s string) bool { return strings.HasPrefix(path, s) })
	}
	for _, path := range c.things() {
		if !closed(path) {
			continue
		}
		status, body := v.get(path)
		if !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, status) {
			t.Errorf("GET %s: %d %.200s", path, status, body)
		}
		c.tellsNothing(t, path, body)
	}
	for _, path := range c.lists() {
		if !closed(path) {
			continue
		}
		status, body := v.get(path)
		if !slices.Contains([]int{http.StatusOK, http.StatusNoContent, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, status) {
			t.Errorf("GET %s: %d %.200s", path, status, body)
		}
		c.tellsNothing(t, path, body)
		if path != "/api/board" && bytes.Contains(body, []byte(c.request)) {
			t.Errorf("GET %s names the request: %.300s", path, body)
		}
	}
	for at, body := range c.commands() {
		method, path, _ := strings.Cut(at, " ")
		if !closed(path) {
			continue
		}
		status, answer := v.try(method, path, body)
		if status < 400 || status >= 500 || status == http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %.300s", at, status, answer)
		}
		c.tellsNothing(t, at, answer)
	}
}

func (c *clinicalCase) tellsNothing(t *testing.T, where string, body []byte) {
	t.Helper()
	for _, secret := range append(c.identifiers(), c.birth, c.patient, c.study, c.instance, c.summary) {
		// An error may repeat the address; nobody learns from that.
		// A request number counts the same day as an accession number may: HZ2611220001 tells nothing of 2611220001.
		if bytes.Contains(bytes.ReplaceAll(body, []byte("HZ"+secret), nil), []byte(secret)) && !strings.Contains(where, secret) {
			t.Errorf("%s tells %q: %.300s", where, secret, body)
		}
	}
}

// overhear listens to the pushes of people who have no part in the case; the function it answers stops and gives what they heard.
func (p *program) overhear(t *testing.T, logins ...string) func() map[string]string {
	t.Helper()
	heard, sockets := map[string]string{}, map[string]*websocket.Conn{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, login := range logins {
		ws, status := p.signIn(login).live(t, nil)
		if ws == nil {
			t.Fatalf("%s: %d", login, status)
		}
		sockets[login] = ws
		wg.Go(func() {
			for {
				_, hint, err := ws.ReadMessage()
				if err != nil {
					return
				}
				mu.Lock()
				heard[login] += string(hint)
				mu.Unlock()
			}
		})
	}
	return func() map[string]string {
		for _, ws := range sockets {
			_ = ws.Close()
		}
		wg.Wait()
		for login := range sockets {
			if !strings.Contains(heard[login], `"hello"`) {
				t.Errorf("%s heard nothing at all", login)
			}
		}
		return heard
	}
}

// foreignInstances: who may store cannot enter another institution's study, nor take it over.
func (c *clinicalCase) foreignInstances(t *testing.T, admin *client, foreign string) {
	token, _ := admin.token(foreign, scopeRead, scopeStore)
	intruder := c.p.stranger(token)
	var forged []byte
	for obj, err := range phantom.Study(phantom.ChestCT, phantom.Options{
		Seed: 99, Name: c.dicomName, PatientID: c.number, Issuer: c.issuer, Sex: "M", Accession: c.accession, Images: 1, Size: 32, StudyUID: c.study,
	}) {
		if err != nil {
			t.Fatal(err)
		}
		forged = obj.File
	}
	for _, path := range []string{"/dicom-web/studies", "/dicom-web/studies/" + c.study} {
		status, body := intruder.stow(path, forged)
		if status != http.StatusConflict || !strings.Contains(string(body), "00081198") {
			t.Errorf("STOW into a foreign study: %d %s", status, body)
		}
	}
	if status, body := intruder.get("/dicom-web/studies/" + c.study + "/metadata"); status != http.StatusNotFound {
		t.Errorf("the intruder sees the study after storing into it: %d %.200s", status, body)
	}
	if n := len(c.doctor.located()); n != len(c.instances) {
		t.Errorf("the owner now has %d instances, want %d", n, len(c.instances))
	}
	// What was sent is kept aside for an administrator to decide.
	if status, body := admin.try("GET", "/api/admin/conflicts", nil); status != http.StatusOK || !strings.Contains(string(body), c.study) {
		t.Errorf("conflicts: %d %.300s", status, body)
	}
}

// stow stores files by the web.
func (c *client) stow(path string, files ...[]byte) (int, []byte) {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range files {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/dicom"}})
		if err == nil {
			_, err = part.Write(f)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	status, answer, _ := c.raw("POST", path, &body, http.Header{
		"Content-Type": {`multipart/related; type="application/dicom"; boundary=` + w.Boundary()}, "X-CSRF-Token": {c.csrf}, "Accept": {"application/dicom+json"},
	})
	return status, answer
}

// failures provokes errors whose causes carry identifiers.
func (c *clinicalCase) failures(t *testing.T) {
	q := url.QueryEscape
	for _, path := range []string{
		"/api/patients?limit=x&q=" + q(c.name), "/api/patients?q=" + q(strings.Repeat(c.name, 30)), "/api/patients/" + q(c.name), "/api/studies?from=" + q(c.name),
		"/dicom-web/studies?PatientName=" + q(c.name+"\x00"), "/dicom-web/studies?limit=" + c.number, "/dicom-web/studies/" + c.number, "/api/" + q(c.name),
		"/" + q(c.name), "/rtc?name=" + q(c.name), "/api/live?name=" + q(c.name), "/dicom-web/studies?PatientID=" + c.number + "&fuzzymatching=" + c.phone,
	} {
		if status, body := c.doctor.get(path); status >= 500 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	// The same ID number under another name; an order and a request that name the patient and cannot be.
	if status, body := c.doctor.try("POST", "/api/patients", map[string]any{"name": c.name + "二", "sex": "F", "idNumber": c.idNumber, "phone": c.phone}); status != http.StatusConflict {
		t.Errorf("another name: %d %s", status, body)
	}
	if status, body := c.doctor.try("POST", "/api/orders", map[string]any{"patient": map[string]any{"name": c.name, "sex": "F"}, "modality": c.name, "priority": "routine", "x": c.phone}); status != http.StatusUnprocessableEntity {
		t.Errorf("wrong order: %d %s", status, body)
	}
	// The same SOP instance with other content is kept aside.
	if status, body := c.changedInstance(t); status != http.StatusConflict {
		t.Errorf("another content: %d %s", status, body)
	}
	_, _ = c.doctor.try("POST", "/api/session", map[string]any{"login": c.name, "password": c.idNumber})
}

func (c *clinicalCase) changedInstance(t *testing.T) (int, []byte) {
	file := bytes.Clone(c.instances[0].File)
	file[len(file)-1] ^= 1
	return c.p.signIn("qingxi-jishi").stow("/dicom-web/studies", file)
}

// silentLog looks for the patient in everything that the program has said.
func (c *clinicalCase) silentLog(t *testing.T) {
	log := c.p.log.String()
	if !strings.Contains(log, "level=DEBUG") {
		t.Fatal("the log does not tell everything")
	}
	for _, secret := range c.identifiers() {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), fmt.Sprintf("%+q", secret)[1 : len(fmt.Sprintf("%+q", secret))-1]} {
			if at := strings.Index(log, form); at >= 0 {
				t.Errorf("the log tells %q: …%s…", secret, log[max(0, at-300):min(len(log), at+100)])
				break
			}
		}
	}
	for _, bad := range []string{"level=ERROR", "panic"} {
		if at := strings.Index(log, bad); at >= 0 {
			t.Errorf("in the log: %.400s", log[at:])
		}
	}
}

// trail checks every chain, who looked at what, and that a changed entry is noticed.
func (c *clinicalCase) trail(t *testing.T, db string, houses map[string]string) {
	chains := append(slices.Collect(maps.Values(houses)), "system")
	if bad := brokenChains(t, db, chains); len(bad) > 0 {
		t.Errorf("chains do not verify: %v", bad)
	}
	c.looks(t, db)
	python := tool(t, "python3")
	for name, change := range map[string]string{
		"another actor": `UPDATE event SET actor = replace(actor, '白医生', '石医生') WHERE chain = ? AND entity = 'request' AND action = 'submit'`,
		"another time":  `UPDATE event SET at = at + 1 WHERE chain = ? AND seq = 2`,
		"taken out":     `DELETE FROM event WHERE chain = ? AND seq = 3`,
		"cut off":       `DELETE FROM event WHERE chain = ? AND seq = (SELECT max(seq) FROM event e WHERE e.chain = event.chain)`,
	} {
		copied := filepath.Join(t.TempDir(), "yilian.db")
		script := `
import sqlite3, sys
source = sqlite3.connect(sys.argv[1])
db = sqlite3.connect(sys.argv[2])
source.backup(db)
db.create_function("replace", 3, lambda v, a, b: v.replace(a.encode(), b.encode()) if isinstance(v, bytes) else v.replace(a, b))
n = db.execute(sys.argv[3], (sys.argv[4],)).rowcount
db.commit()
sys.exit(0 if n >= 1 else "nothing was changed")`
		if out, err := exec.CommandContext(t.Context(), python, "-c", script, db, copied, change, c.site).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", name, err, out)
		}
		if bad := brokenChains(t, copied, chains); !slices.Equal(bad, []string{c.site}) {
			t.Errorf("%s: broken chains %v, want that of the township", name, bad)
		}
	}
}

func openStore(t *testing.T, path string) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(context.Background(), sqlstore.Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func brokenChains(t *testing.T, path string, chains []string) (bad []string) {
	t.Helper()
	db := openStore(t, path)
	for _, chain := range chains {
		if _, err := db.Flow().VerifyChain(context.Background(), chain); err != nil {
			bad = append(bad, chain)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	return bad
}

// looks: those who opened the patient's things are in the trail, with their names.
func (c *clinicalCase) looks(t *testing.T, path string) {
	db := openStore(t, path)
	defer func() { _ = db.Close() }()
	for _, want := range []struct{ kind, id, action, names string }{
		{"study", c.study, "study.read", "白医生 苏医生 韩主任 林医生 gateway"},
		{"patient", c.patient, "open", "白医生 苏医生 韩主任 林医生"},
		{"reading", c.reading, "open", "白医生 苏医生 韩主任"},
		{"request", c.request, "print", "白医生 林医生"},
	} {
		var seen []string
		err := db.Flow().View(context.Background(), func(rd flow.Reader) error {
			events, err := rd.Events(flow.Ref{Kind: want.kind, ID: want.id})
			for _, e := range events {
				if e.Action == want.action {
					seen = append(seen, e.Actor.Name)
				}
			}
			return err
		})
		for _, name := range strings.Fields(want.names) {
			if !slices.Contains(seen, name) {
				err = errors.Join(err, fmt.Errorf("%s is not among %v", name, seen))
			}
		}
		if err != nil {
			t.Errorf("%s of the %s: %v", want.action, want.kind, err)
		}
	}
}

// kept parses an answer that must be JSON.
func kept[T any](t *testing.T, body []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v: %.300s", err, body)
	}
	return v
}
