package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/imaging/phantom"
)

// clinicalCase is one fictional patient with everything that a township and the county do for them.
type clinicalCase struct {
	name, sex, birth, idNumber, phone, dicomName, summary string

	p                                               *program
	doctor, reader, reviewer, specialist            *client
	patient, number, accession, issuer, order, site string
	study, series, instance                         string
	reading, critical, request, attachment          string
	instances                                       []phantom.Object
}

// newCase makes up a patient whom nobody can be mistaken for.
func newCase(t *testing.T, p *program) *clinicalCase {
	c := &clinicalCase{
		name: "欧阳拂晓", sex: "F", birth: "1961-02-03", phone: "0000-5559876", dicomName: "Ouyang^Fuxiao=欧阳^拂晓",
		summary: "胸闷三小时，请协助", p: p,
	}
	c.idNumber = idNumber("99010119610203002")
	c.doctor, c.reader, c.reviewer, c.specialist = p.signIn("qingxi"), p.signIn("yuepian"), p.signIn("shenhe"), p.signIn("lin")
	return c
}

// idNumber appends the check character of GB 11643 to 17 digits of a region that does not exist.
func idNumber(digits string) string {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(digits[i]-'0') * w
	}
	return digits + string("10X98765432"[sum%11])
}

// identifiers are what must not be seen by those who have no part in the care of the patient.
func (c *clinicalCase) identifiers() []string {
	return []string{c.name, "欧阳^拂晓", "Ouyang^Fuxiao", "Ouyang", c.idNumber, c.phone, c.accession, c.number}
}

// imaged orders a CT of the chest and sends its images from the site's device.
func (c *clinicalCase) imaged(t *testing.T, images int) {
	t.Helper()
	c.examined(t, "CT", "CHEST", "胸部平扫", phantom.ChestCT, images)
}

// examined orders an exam and sends what comes of it from the site's device.
func (c *clinicalCase) examined(t *testing.T, modality, bodyPart, exam string, kind phantom.Kind, images int) {
	t.Helper()
	var o struct {
		ID, Accession, Issuer, PatientNumber string
		Patient                              struct{ ID string }
		Site                                 struct{ ID string }
	}
	c.doctor.call("POST", "/api/orders", map[string]any{
		"patient":  map[string]any{"name": c.name, "sex": c.sex, "birthDate": c.birth, "idNumber": c.idNumber, "phone": c.phone},
		"modality": modality, "bodyPart": bodyPart, "exam": exam, "priority": "urgent", "clinical": "胸闷",
	}, &o)
	c.order, c.accession, c.issuer, c.number, c.patient, c.site = o.ID, o.Accession, o.Issuer, o.PatientNumber, o.Patient.ID, o.Site.ID
	birth, err := time.Parse(time.DateOnly, c.birth)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for obj, err := range phantom.Study(kind, phantom.Options{
		Seed: 11, Name: c.dicomName, PatientID: c.number, Issuer: c.issuer, Sex: c.sex, BirthDate: birth, Accession: c.accession,
		AccessionIssuer: c.issuer, Images: images, Size: 128, StudyUID: newUID(), Time: time.Now(),
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.dcm", obj.Number)), obj.File, 0o600); err != nil {
			t.Fatal(err)
		}
		c.instances = append(c.instances, obj)
	}
	first := c.instances[0]
	c.study, c.series, c.instance = first.StudyUID, first.SeriesUID, first.SOPInstanceUID
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run1(t, bin, "send", dir, "--to", c.p.dcm, "--calling", "QINGXI_CT"); err != nil {
		t.Fatalf("send: %v %s", err, out)
	}
}

// awaitRead waits until the study is complete, matched and offered to readers.
func (c *clinicalCase) awaitRead() {
	c.p.t.Helper()
	c.p.await("a read", 30*time.Second, func() bool {
		var o struct{ Reading string }
		c.doctor.call("GET", "/api/orders/"+c.order, nil, &o)
		c.reading = o.Reading
		return o.Reading != ""
	})
}

// read lets one write and sign the report and another release it.
func (c *clinicalCase) read() {
	at := "/api/readings/" + c.reading
	c.reader.do("POST", at+"/claim", nil)
	c.reader.do("PUT", at+"/report", map[string]any{"technique": "平扫", "findings": "右肺见小结节。", "impression": "右肺小结节，建议复查。"})
	var k struct{ ID string }
	c.reader.call("POST", at+"/critical", map[string]any{"category": 2, "text": "可疑小结节"}, &k)
	c.critical = k.ID
	c.doctor.call("POST", "/api/criticals/"+k.ID+"/delivered", map[string]any{}, nil)
	c.doctor.call("POST", "/api/criticals/"+k.ID+"/acknowledge", map[string]any{"readBack": "可疑小结节"}, nil)
	c.reader.do("POST", at+"/submit", nil)
	c.reviewer.do("POST", at+"/take-review", nil)
	c.reviewer.do("POST", at+"/release", map[string]any{"discrepancy": 3})
}

// ask raises a request with a photograph. Nobody has accepted it yet.
func (c *clinicalCase) ask() {
	c.p.t.Helper()
	var r struct{ ID string }
	c.doctor.call("POST", "/api/requests", c.asking("assist"), &r)
	c.request = r.ID
	status, answer := c.doctor.upload("/api/requests/"+r.ID+"/attachments", c.name+".png", photograph())
	var a struct{ ID string }
	if err := json.Unmarshal(answer, &a); err != nil || status != http.StatusCreated {
		c.p.t.Fatalf("attach: %d %s", status, answer)
	}
	c.attachment = a.ID
}

func (c *clinicalCase) asking(kind string) map[string]any {
	return map[string]any{
		"patient": map[string]any{"id": c.patient}, "kind": kind, "specialty": "cardiology", "summary": c.summary,
		"consent": map[string]any{"given": true}, "submit": true, "alongside": true,
	}
}

// consult lets the specialist accept, telephone, write and sign.
func (c *clinicalCase) consult() {
	at := "/api/requests/" + c.request
	c.specialist.do("POST", at+"/accept", nil)
	c.specialist.do("POST", at+"/callback", nil)
	c.specialist.do("POST", at+"/end", nil)
	c.specialist.do("PUT", at+"/opinion", map[string]any{"findings": "心电图无动态变化。", "diagnosis": "胸痛待查", "advice": "复查肌钙蛋白。"})
	c.specialist.do("POST", at+"/opinion/sign", nil)
}

// do carries a command out on the version that is there now.
func (c *client) do(method, path string, body map[string]any) {
	c.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	parts := strings.Split(path, "/")
	var now struct{ Version int64 }
	c.call("GET", strings.Join(parts[:4], "/"), nil, &now)
	body["version"] = now.Version
	c.call(method, path, body, nil)
}

func photograph() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 32, 32))) // memory: cannot fail
	return b.Bytes()
}

// upload sends a file as a form does.
func (c *client) upload(path, name string, content []byte) (int, []byte) {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil || w.Close() != nil {
		c.t.Fatal(err)
	}
	status, answer, _ := c.raw("POST", path, &body, http.Header{"Content-Type": {w.FormDataContentType()}, "X-CSRF-Token": {c.csrf}})
	return status, answer
}

// raw does one request with exactly these headers.
func (c *client) raw(method, path string, body io.Reader, header http.Header) (int, []byte, http.Header) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, answer, res.Header
}

// stranger is a client without any sign-in; a bearer token may be given.
func (p *program) stranger(token string) *client {
	c := &client{t: p.t, http: &http.Client{Timeout: 30 * time.Second}, base: "http://" + p.http}
	if token != "" {
		c.http.Transport = bearer(token)
	}
	return c
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// token makes a program's bearer token for an institution.
func (c *client) token(institution string, scopes ...string) (secret, id string) {
	c.t.Helper()
	var a struct{ Token, ID string }
	c.call("POST", "/api/admin/tokens", map[string]any{"name": "gateway", "scopes": scopes, "institution": institution}, &a)
	return a.Token, a.ID
}

// institutions answers identifiers by short name.
func (c *client) institutions() map[string]string {
	c.t.Helper()
	var list struct{ Items []struct{ ID, Short string } }
	c.call("GET", "/api/institutions", nil, &list)
	out := map[string]string{}
	for _, i := range list.Items {
		out[i.Short] = i.ID
	}
	return out
}

// visitor is a browser that nobody has signed in with.
func (p *program) visitor() *client {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &client{t: p.t, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}, base: "http://" + p.http}
}
