package scp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
	"yilian/internal/foreign"
)

// orthanc is Orthanc as a peer.
type orthanc struct {
	t     *testing.T
	dicom string // host:port
	url   string
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// startOrthanc starts one that knows a modality YILIAN at an address. more is put over its configuration.
func startOrthanc(t *testing.T, yilian string, more map[string]any) *orthanc {
	t.Helper()
	program := foreign.Program(t, "Orthanc")
	dir := t.TempDir()
	dicomPort, httpPort := freePort(t), freePort(t)
	host := hostPort(yilian)
	config := map[string]any{
		"StorageDirectory": filepath.Join(dir, "db"), "IndexDirectory": filepath.Join(dir, "db"), "Plugins": []string{}, "Name": "TEST",
		"HttpPort": httpPort, "DicomPort": dicomPort, "DicomAet": "ORTHANC", "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
		"DefaultEncoding": "Chinese", "DicomAlwaysAllowEcho": true, "DicomAlwaysAllowStore": true, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowMove": true, "DicomAlwaysAllowGet": true,
		"DicomModalities": map[string]any{"yilian": map[string]any{
			"AET": "YILIAN", "Host": host[0], "Port": json.Number(host[1]), "AllowStorageCommitment": true, "AllowFind": true, "AllowMove": true, "AllowGet": true, "AllowStore": true, "AllowEcho": true,
		}},
	}
	for k, v := range more {
		config[k] = v
	}
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "orthanc.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, path)
	cmd.Env = append(os.Environ(), "TCP_NODELAY=1")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	o := &orthanc{t: t, dicom: fmt.Sprintf("127.0.0.1:%d", dicomPort), url: fmt.Sprintf("http://127.0.0.1:%d", httpPort)}
	for range 200 {
		if r, err := http.Get(o.url + "/system"); err == nil {
			_ = r.Body.Close()
			return o
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("Orthanc did not start")
	return nil
}

// ask makes a request of its REST interface and decodes the answer.
func (o *orthanc) ask(method, path string, body, answer any) {
	o.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	default:
		b2, err := json.Marshal(b)
		if err != nil {
			o.t.Fatal(err)
		}
		in = bytes.NewReader(b2)
	}
	rq, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, in)
	if err != nil {
		o.t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(rq)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		o.t.Fatalf("%s %s: %d %s %v", method, path, r.StatusCode, b, err)
	}
	if answer != nil {
		if err := json.Unmarshal(b, answer); err != nil {
			o.t.Fatalf("%s %s: %s", method, path, b)
		}
	}
}

func (o *orthanc) count() int {
	var ids []string
	o.ask(http.MethodGet, "/instances", nil, &ids)
	return len(ids)
}

// TestOrthancAsksUs: its query and retrieve, storage, storage commitment and worklist query against this door.
func TestOrthancAsksUs(t *testing.T) {
	to := places{}
	w := newWorld(t, func(c *Config) {
		c.Destinations, c.Worklist = to, &booked{steps: []ScheduledStep{{
			StationAE: "ORTHANC", Modality: "CT", Accession: "A-1", PatientName: dicom.PersonName{Alphabetic: "Zhang^San", Ideographic: "张^三"}, PatientID: "1",
		}}}
	})
	w.studies()
	o := startOrthanc(t, w.addr, nil)
	to["ORTHANC"] = Destination{AE: "ORTHANC", Address: o.dicom}

	o.ask(http.MethodPost, "/modalities/yilian/echo", map[string]any{}, nil)
	var q struct{ ID string }
	o.ask(http.MethodPost, "/modalities/yilian/query", map[string]any{"Level": "Study", "Query": map[string]string{"PatientName": "张*", "AccessionNumber": ""}}, &q)
	var answers []string
	o.ask(http.MethodGet, "/queries/"+q.ID+"/answers", nil, &answers)
	if len(answers) != 2 {
		t.Fatalf("%d answers", len(answers))
	}
	var content map[string]any
	o.ask(http.MethodGet, "/queries/"+q.ID+"/answers/0/content?simplify", nil, &content)
	if name, _ := content["PatientName"].(string); !strings.Contains(name, "张^三") {
		t.Errorf("%v", content)
	}
	o.ask(http.MethodPost, "/queries/"+q.ID+"/retrieve", map[string]any{"TargetAet": "ORTHANC"}, nil)
	if n := o.count(); n != 5 {
		t.Errorf("%d instances retrieved, want 5", n)
	}

	var ct phantom.Object
	for object, err := range phantom.Study(phantom.HeadCT, phantom.Options{Images: 1, Size: 64, Seed: 99, PatientID: "P-77"}) {
		if err != nil {
			t.Fatal(err)
		}
		ct = object
	}
	var up struct{ ID string }
	o.ask(http.MethodPost, "/instances", ct.File, &up)
	o.ask(http.MethodPost, "/modalities/yilian/store", map[string]any{"Resources": []string{up.ID}}, nil)
	o.commitment(ct.SOPInstanceUID, "Success")
	o.commitment("1.2.3.404", "Failure")

	var list []map[string]any
	o.ask(http.MethodPost, "/modalities/yilian/find-worklist", map[string]any{"Query": map[string]any{"AccessionNumber": "", "PatientName": ""}, "Simplify": true}, &list)
	if len(list) != 1 || list[0]["AccessionNumber"] != "A-1" {
		t.Errorf("worklist %v", list)
	}
}

// commitment has Orthanc ask for the commitment to an instance and awaits our report.
func (o *orthanc) commitment(instance, want string) {
	o.t.Helper()
	var asked struct{ ID string }
	o.ask(http.MethodPost, "/modalities/yilian/storage-commitment", map[string]any{"DicomInstances": []map[string]string{{"SOPClassUID": ctClass, "SOPInstanceUID": instance}}}, &asked)
	var report struct{ Status string }
	for range 100 {
		o.ask(http.MethodGet, "/storage-commitment/"+asked.ID, nil, &report)
		if report.Status != "Pending" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if report.Status != want {
		o.t.Errorf("commitment to %s: %s, want %s", instance, report.Status, want)
	}
}

// TestWeAskOrthanc: find, get, move and storage commitment as SCU.
func TestWeAskOrthanc(t *testing.T) {
	reports := make(promises, 1)
	w := newWorld(t, func(c *Config) { c.Reports = reports })
	o := startOrthanc(t, w.addr, nil)
	var ct []phantom.Object
	for object, err := range phantom.Study(phantom.HeadCT, phantom.Options{Images: 4, Size: 64, Name: "Zhang^San=张^三", PatientID: "P-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		o.ask(http.MethodPost, "/instances", object.File, nil)
		ct = append(ct, object)
	}
	options := getter(dimse.ExplicitVRLittleEndian, ctClass)
	options.Calling, options.Called, options.Timeouts = "YILIAN", "ORTHANC", dimse.Timeouts{ARTIM: time.Second, Response: 20 * time.Second}
	for _, c := range []string{StudyRootFind, StudyRootMove, StudyRootGet, PatientRootFind} {
		options.Contexts = append(options.Contexts, proposal(c, dimse.ExplicitVRLittleEndian))
	}
	a, err := dimse.Dial(t.Context(), o.dicom, options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	keys := dicom.New("GB18030")
	keys.SetString(dicom.QueryRetrieveLevel, levelStudy)
	keys.SetString(dicom.PatientName, "*张*")
	keys.SetString(dicom.StudyInstanceUID)
	all, _ := find(t, a, StudyRootFind, keys)
	if got := values(all, dicom.StudyInstanceUID); !slices.Equal(got, []string{ct[0].StudyUID}) || all[0].PersonName(dicom.PatientName).Ideographic != "张^三" {
		t.Errorf("found %v", got)
	}
	study := keysOf(levelStudy, dicom.StudyInstanceUID, ct[0].StudyUID)
	got := map[string]int64{}
	if out, err := a.Get(t.Context(), StudyRootGet, study, drain(got), nil); err != nil || out.Status != dimse.Success || len(got) != len(ct) {
		t.Errorf("get: %+v, %v, %d", out, err, len(got))
	}
	if out, err := a.Move(t.Context(), StudyRootMove, "YILIAN", study, nil); err != nil || out.Status != dimse.Success || w.Stats().Stored != int64(len(ct)) {
		t.Errorf("move: %+v, %v, %+v", out, err, w.Stats())
	}
	if out, err := a.Move(t.Context(), StudyRootMove, "NOBODY", study, nil); err != nil || out.Status.OK() {
		t.Errorf("move to nobody: %+v, %v", out, err)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	refs := []Reference{{ctClass, yilian.InstanceUID(ct[0].SOPInstanceUID)}, {ctClass, "1.2.3.404"}}
	if err := RequestCommitment(t.Context(), Destination{AE: "ORTHANC", Address: o.dicom}, newUID(), refs); err != nil {
		t.Fatal(err)
	}
	if r := wait(t, reports); len(r.Committed) != 1 || r.Committed[0] != refs[0] || len(r.Failed) != 1 || r.Failed[0].Instance != "1.2.3.404" {
		t.Errorf("%+v", r)
	}
}
