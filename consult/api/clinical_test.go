package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/paper"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

// archive is the Images of the tests: what a simulated device has sent.
type archive struct {
	mu      sync.Mutex // guards studies
	studies map[yilian.StudyUID]reading.StudyInfo
}

func (a *archive) Study(_ context.Context, uid yilian.StudyUID) (reading.StudyInfo, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if info, ok := a.studies[uid]; ok {
		return info, nil
	}
	return reading.StudyInfo{}, yilian.Errorf(yilian.NotFound, "study.unknown", "There is no such study.")
}

func (a *archive) put(info reading.StudyInfo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.studies[info.UID] = info
}

// testClinical makes the services of reading over store, with an empty archive.
func testClinical(t *testing.T, store flow.Store, dir *directory.Service, patients *patient.Service) ClinicalServices {
	t.Helper()
	looks := patient.NewLooks(time.Now)
	c := ClinicalServices{Patients: patients, Orders: order.NewService(order.Config{Store: store, Patients: patients, Devices: dir, Now: time.Now})}
	var err error
	c.Readings, err = reading.NewService(reading.Config{
		Store: store, Images: &archive{studies: map[yilian.StudyUID]reading.StudyInfo{}}, Directory: reading.Staff{Service: dir}, Orders: c.Orders, Patients: patients,
		Looks: looks, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Chart = patient.NewChart(patients, looks, map[string]patient.Tie{"reading": c.Readings})
	if c.Press, c.PrintError = paper.New("", time.UTC); c.PrintError != nil {
		c.Press = nil
	}
	return c
}

// complete puts a study into the archive and lets it be complete at once.
func (d *door) complete(info reading.StudyInfo) {
	d.t.Helper()
	info.LastArrival = time.Now().Add(-time.Hour)
	info.Series = []reading.SeriesInfo{{UID: "1", Modality: info.Modalities[0], LastArrival: info.LastArrival, Instances: info.Instances}}
	readings := d.api.cfg.Clinical.Readings
	readings.Images.(*archive).put(info)
	if err := readings.StudyChanged(d.t.Context(), info.UID); err != nil {
		d.t.Fatal(err)
	}
	// The clock of the door carries out what is due.
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		waits := slices.ContainsFunc(d.store.Pending(), func(due flow.Due) bool {
			return due.Kind == reading.StudyKind && due.ID == string(info.UID) && !due.At.After(time.Now())
		})
		if !waits {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatal("the study is never looked at")
		}
	}
}

func (d *door) exam(town *page, priority string) (order map[string]any, info reading.StudyInfo) {
	d.t.Helper()
	order = town.ok("POST", "/api/orders", map[string]any{
		"patient":  map[string]any{"name": "阿迪力·买买提", "sex": "M", "birthDate": "1961-05-02", "phone": "00005550101"},
		"modality": "CT", "bodyPart": "CHEST", "exam": "胸部CT平扫", "priority": priority, "clinical": "咳嗽3天",
	})
	info = reading.StudyInfo{
		UID: yilian.StudyUID("1.2.826.0.1." + order["accession"].(string)), Institution: d.county.Town, PatientID: order["patientNumber"].(string),
		PatientName: "Adili^Maimaiti=阿迪力^买买提", Sex: "M", BirthDate: "19610502", Accession: order["accession"].(string), Date: time.Now(), Modalities: []string{"CT"},
		BodyPart: "CHEST", Instances: 60, FirstArrival: time.Now().Add(-2 * time.Hour),
	}
	return order, info
}

func TestReadOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, reader, reviewer, tech := d.signedIn("town"), d.signedIn("reader"), d.signedIn("reviewer"), d.signedIn("tech")
	placed, info := d.exam(town, "stat")
	d.complete(info)

	pool := items(reader.ok("GET", "/api/readings?scope=pool", nil))
	if len(pool) != 1 || !has(pool[0]["actions"], "claim") || pool[0]["patient"].(map[string]any)["name"] != "阿迪力·买买提" {
		t.Fatalf("pool %v", pool)
	}
	at := "/api/readings/" + pool[0]["id"].(string)
	read := reader.ok("POST", at+"/claim", map[string]any{"version": pool[0]["version"]})
	reader.ok("POST", at+"/heartbeat", map[string]any{})
	lost := reviewer.refused(http.StatusConflict, "state", "POST", at+"/claim", map[string]any{"version": read["version"]})
	if lost["params"].(map[string]any)["winner"] != "读片医生" || lost["current"].(map[string]any)["state"] != "claimed" {
		t.Errorf("the loser is told %v", lost)
	}
	text := map[string]any{"technique": "平扫", "findings": "右侧气胸，肺压缩80%。", "impression": "右侧气胸。"}
	save := func(p *page, version any, text map[string]any) map[string]any {
		body := map[string]any{"version": version}
		for k, v := range text {
			body[k] = v
		}
		return p.ok("PUT", at+"/report", body)
	}
	saved := save(reader, read["version"], text)
	report := saved["report"].(map[string]any)
	if saved["state"] != "reading" || report["state"] != "draft" || report["warnings"].([]any)[0].(map[string]any)["word"] != "气胸" {
		t.Fatalf("after the draft: %v", report)
	}
	reader.refused(http.StatusConflict, "report.draftMoved", "PUT", at+"/report", map[string]any{"version": read["version"], "findings": "旧", "impression": "旧"})
	critical := reader.ok("POST", at+"/critical", map[string]any{"version": saved["version"], "category": 1, "text": "右侧气胸"})
	town.refused(http.StatusConflict, "report.notReleased", "GET", at+"/report.pdf", nil)
	reader.refused(http.StatusUnprocessableEntity, "input.invalid", "POST", at+"/submit", map[string]any{"version": 1, "finding": "typo"})
	saved = reader.ok("GET", at, nil)
	reader.ok("POST", at+"/submit", map[string]any{"version": saved["version"]})
	reader.refused(http.StatusForbidden, "forbidden.role", "POST", at+"/take-review", map[string]any{})

	queue := items(reviewer.ok("GET", "/api/readings?scope=review", nil))
	mine := reviewer.ok("POST", at+"/take-review", map[string]any{"version": queue[0]["version"]})
	text["impression"] = "右侧气胸，建议胸腔闭式引流。"
	mine = save(reviewer, mine["version"], text)
	done := reviewer.ok("POST", at+"/release", map[string]any{"version": mine["version"], "discrepancy": 2})
	final := done["report"].(map[string]any)
	if done["state"] != "released" || final["state"] != "final" || final["writer"].(map[string]any)["name"] != "读片医生" || final["reviewer"].(map[string]any)["name"] != "审核医生" ||
		len(final["history"].([]any)) != 2 || len(final["diff"].([]any)) == 0 {
		t.Fatalf("released: %v", done)
	}

	alarms := items(town.ok("GET", "/api/criticals", nil))
	if len(alarms) != 1 || alarms[0]["id"] != critical["id"] || !has(alarms[0]["actions"], "acknowledge") {
		t.Fatalf("critical findings %v", alarms)
	}
	path := "/api/criticals/" + critical["id"].(string)
	town.refused(http.StatusUnprocessableEntity, "critical.readBack", "POST", path+"/acknowledge", map[string]any{"version": alarms[0]["version"]})
	town.ok("POST", path+"/acknowledge", map[string]any{"version": alarms[0]["version"], "readBack": "右侧气胸"})
	if got := town.ok("POST", path+"/act", map[string]any{"action": "胸腔闭式引流"}); got["state"] != "closed" {
		t.Errorf("critical finding %v", got)
	}

	inbox := items(town.ok("GET", "/api/orders?scope=results", nil))
	if len(inbox) != 1 || inbox[0]["id"] != placed["id"] || inbox[0]["report"].(map[string]any)["impression"] != text["impression"] {
		t.Fatalf("inbox %v", inbox)
	}
	if _, pdf := town.call("GET", at+"/report.pdf", nil); d.api.cfg.Clinical.Press != nil && !strings.HasPrefix(pdf["raw"].(string), "%PDF-1.") {
		t.Errorf("the print is %.80v", pdf)
	}
	if got := town.ok("POST", "/api/orders/"+placed["id"].(string)+"/acknowledge", map[string]any{"version": inbox[0]["version"]}); got["state"] != "acknowledged" {
		t.Errorf("order %v", got)
	}
	chart := town.ok("GET", "/api/patients/"+placed["patient"].(map[string]any)["id"].(string)+"?purpose=visit", nil)
	for _, part := range []string{"orders", "studies", "reports"} {
		if len(chart[part].([]any)) != 1 {
			t.Errorf("the chart's %s: %v", part, chart[part])
		}
	}
	if list := items(tech.ok("GET", "/api/studies?q=阿迪力", nil)); len(list) != 1 || list[0]["state"] != "matched" || list[0]["patientName"] != "阿迪力买买提" {
		t.Errorf("studies %v", list)
	}
	d.signedIn("hamlet").refused(http.StatusNotFound, "reading.unknown", "GET", at, nil)
	d.signedIn("hamlet").refused(http.StatusNotFound, "patient.unknown", "GET", "/api/patients/"+placed["patient"].(map[string]any)["id"].(string), nil)
}

func TestLinkOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, tech := d.signedIn("town"), d.signedIn("tech")
	placed, info := d.exam(town, "routine")
	info.Accession, info.PatientID = "", ""
	d.complete(info)
	loose := items(tech.ok("GET", "/api/unmatched", nil))
	if len(loose) != 1 {
		t.Fatalf("unmatched %v", loose)
	}
	best := loose[0]["suggestions"].([]any)[0].(map[string]any)
	if best["order"].(map[string]any)["id"] != placed["id"] || !has(best["agrees"], "name") {
		t.Fatalf("suggested %v", best)
	}
	at := "/api/studies/" + string(info.UID)
	town.refused(http.StatusForbidden, "forbidden.role", "POST", at+"/link", map[string]any{"version": 1, "order": placed["id"]})
	tech.refused(http.StatusConflict, "stale", "POST", at+"/link", map[string]any{"version": 1, "order": placed["id"]})
	if got := tech.ok("POST", at+"/link", map[string]any{"version": loose[0]["version"], "order": placed["id"]}); got["state"] != "matched" || got["linkedBy"] != "技师" {
		t.Errorf("linked %v", got)
	}
	got := tech.ok("POST", at+"/unlink", map[string]any{"reason": "选错"})
	if got["state"] != "unmatched" {
		t.Errorf("unlinked %v", got)
	}
}

func TestPatientsOverHTTP(t *testing.T) {
	d := newDoor(t)
	town := d.signedIn("town")
	const number = "11010519491231002X" // the example of GB 11643
	p := town.ok("POST", "/api/patients", map[string]any{"name": "周桂兰", "sex": "F", "idNumber": number})
	if p["idTail"] != "002X" || p["birthDate"] != "1949-12-31" || p["number"] != "00000001" {
		t.Errorf("%v", p)
	}
	for key, value := range p {
		if s, ok := value.(string); ok && strings.Contains(s, "110105") {
			t.Errorf("%s shows the ID number", key)
		}
	}
	town.refused(http.StatusUnprocessableEntity, "patient.idNumber.sexDiffers", "POST", "/api/patients", map[string]any{"name": "周桂兰", "sex": "M", "idNumber": number})
	town.refused(http.StatusConflict, "patient.differs", "POST", "/api/patients", map[string]any{"name": "张三", "sex": "F", "idNumber": number})
	if list := items(town.ok("GET", "/api/patients?q=002X", nil)); len(list) != 1 {
		t.Errorf("found %v", list)
	}
	d.signedIn("admin").refused(http.StatusForbidden, "forbidden.role", "GET", "/api/patients", nil)
}

func TestMeasurementsOverHTTP(t *testing.T) {
	d := newDoor(t)
	town, reader := d.signedIn("town"), d.signedIn("reader")
	_, info := d.exam(town, "routine")
	d.complete(info)
	at := "/api/readings/" + items(reader.ok("GET", "/api/readings", nil))[0]["id"].(string) + "/measurements"
	if got := reader.ok("GET", at, nil); len(got["items"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
	got := reader.ok("PUT", at, map[string]any{"version": 0, "items": []any{map[string]any{"tool": "Length", "handles": []any{1.5, 2}}}})
	reader.refused(http.StatusConflict, "stale", "PUT", at, map[string]any{"version": 0, "items": []any{}})
	if back := reader.ok("GET", at, nil); back["version"] != got["version"] || back["items"].([]any)[0].(map[string]any)["tool"] != "Length" {
		t.Errorf("came back as %v", back)
	}
	reader.refused(http.StatusRequestEntityTooLarge, "measurements.large", "PUT", at, map[string]any{"version": got["version"], "items": []any{strings.Repeat("x", 1<<20)}})
	if list := items(reader.ok("GET", "/api/templates?modality=CT&bodyPart=CHEST&language=zh", nil)); len(list) != 1 || list[0]["id"] != "ct-chest" {
		t.Errorf("templates %v", list)
	}
}

func TestTemplatesAndAbbreviationsOverHTTP(t *testing.T) {
	d := newDoor(t)
	reader, admin := d.signedIn("reader"), d.signedIn("admin")
	in := map[string]any{
		"owner": "person", "name": "我的胸片", "modality": "DX", "bodyPart": "CHEST", "technique": "", "impression": "正常。",
		"lines": []any{map[string]any{"organ": "肺", "normal": "双肺清晰。"}},
	}
	made := reader.ok("POST", "/api/templates", in)
	list := items(reader.ok("GET", "/api/templates?modality=DX&bodyPart=CHEST&language=zh&age=40", nil))
	if len(list) != 2 || list[0]["id"] != made["id"] || list[0]["owner"] != "person" || list[1]["id"] != "dr-chest" {
		t.Errorf("templates %v", list)
	}
	in["owner"] = "institution"
	reader.refused(http.StatusForbidden, "forbidden.role", "POST", "/api/templates", in)
	site := admin.ok("POST", "/api/templates", in)
	at := "/api/templates/" + site["id"].(string)
	in["version"], in["name"] = 9, "本院胸片"
	admin.refused(http.StatusConflict, "stale", "PUT", at, in)
	in["version"] = site["version"]
	if got := admin.ok("PUT", at, in); got["name"] != "本院胸片" {
		t.Errorf("changed to %v", got)
	}
	admin.ok("DELETE", at+"?owner=institution", nil)
	admin.refused(http.StatusNotFound, "template.unknown", "DELETE", at+"?owner=institution", nil)

	saved := reader.ok("PUT", "/api/macros", map[string]any{"version": 0, "items": []any{map[string]any{"key": "zc", "text": "未见异常。"}}})
	if back := reader.ok("GET", "/api/macros", nil); back["version"] != saved["version"] || len(items(back)) != 1 {
		t.Errorf("abbreviations %v", back)
	}
}
