package scp

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
	"yilian/internal/foreign"
)

// TestWeAskDcmjs: echo, storage, query, retrieval, worklist, storage commitment and availability notices as SCU of dcmjs-dimse.
func TestWeAskDcmjs(t *testing.T) {
	reports := make(promises, 1)
	w := newWorld(t, func(c *Config) { c.Reports = reports })
	var files []string
	var ct []phantom.Object
	for object, err := range phantom.Study(phantom.HeadCT, phantom.Options{Images: 3, Size: 64, PatientID: "P-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		ct = append(ct, object)
		files = append(files, filepath.Join(t.TempDir(), "x.dcm"))
		if err := os.WriteFile(files[len(files)-1], object.File, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	port := freePort(t)
	peer := foreign.ListenJS(t, port, map[string]any{
		"answers": []any{map[string]any{"StudyInstanceUID": ct[0].StudyUID, "PatientID": "P-1", "AccessionNumber": "A-1"}}, "files": files,
		"destinations": map[string]any{"YILIAN": portNumber(t, w.addr)}, "report": map[string]any{"port": portNumber(t, w.addr), "called": "YILIAN"},
	})
	to := Destination{AE: "DCMJS", Calling: "YILIAN", Address: fmt.Sprintf("127.0.0.1:%d", port), Timeouts: dimse.Timeouts{ARTIM: time.Second, Response: 20 * time.Second}}
	a := dial(t, to.Address, "DCMJS", getter(dimse.ExplicitVRLittleEndian, ctClass), dimse.Verification, StudyRootFind, StudyRootGet, StudyRootMove, ModalityWorklist)
	if s, err := a.Echo(t.Context()); err != nil || !s.OK() {
		t.Errorf("echo: %v, %v", s, err)
	}
	all, o := find(t, a, StudyRootFind, keysOf(levelStudy, dicom.PatientID, "P-1", dicom.StudyInstanceUID, ""))
	if got := values(all, dicom.StudyInstanceUID); !slices.Equal(got, []string{ct[0].StudyUID}) || o.Status != dimse.Success {
		t.Errorf("found %v, %+v", got, o)
	}
	all, o = find(t, a, ModalityWorklist, stepKeys("ISO_IR 192", nil, nil))
	if got := values(all, dicom.AccessionNumber); !slices.Equal(got, []string{"A-1"}) || o.Status != dimse.Success {
		t.Errorf("worklist %v, %+v", got, o)
	}
	study := keysOf(levelStudy, dicom.StudyInstanceUID, ct[0].StudyUID)
	got := map[string]int64{}
	if o, err := a.Get(t.Context(), StudyRootGet, study, drain(got), nil); err != nil || o.Status != dimse.Success || len(got) != len(ct) {
		t.Errorf("get: %+v, %v, %d", o, err, len(got))
	}
	if o, err := a.Move(t.Context(), StudyRootMove, "YILIAN", study, nil); err != nil || o.Status != dimse.Success || w.Stats().Stored != int64(len(ct)) {
		t.Errorf("move: %+v, %v, %+v", o, err, w.Stats())
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	refs := []Reference{{ctClass, yilian.InstanceUID(ct[0].SOPInstanceUID)}}
	transaction := newUID()
	if err := RequestCommitment(t.Context(), to, transaction, refs); err != nil {
		t.Fatal(err)
	}
	if r := wait(t, reports); r.Transaction != transaction || !slices.Equal(r.Committed, refs) || len(r.Failed) != 0 {
		t.Errorf("the report: %+v", r)
	}
	notice := AvailabilityNotice{Study: yilian.StudyUID(ct[0].StudyUID), RetrieveAE: "YILIAN", Series: []AvailabilitySeries{{UID: yilian.SeriesUID(ct[0].SeriesUID), Instances: refs}}}
	if err := NotifyAvailability(t.Context(), to, notice, notice); err != nil {
		t.Error(err)
	}
	if n := len(peer.Events(foreign.Came("N-CREATE"))); n != 2 {
		t.Errorf("%d notices came", n)
	}
	for _, s := range []string{"C-ECHO", "C-FIND", "C-GET", "C-MOVE", "N-ACTION"} {
		if len(peer.Events(foreign.Came(s))) == 0 {
			t.Errorf("no %s came", s)
		}
	}
}

func portNumber(t *testing.T, addr string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(hostPort(addr)[1], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWeAskOrthancsWorklist: the worklist of Orthanc's plugin, and its echo.
func TestWeAskOrthancsWorklist(t *testing.T) {
	const plugin = "/usr/share/orthanc/plugins/libModalityWorklists.so"
	if _, err := os.Stat(plugin); err != nil {
		foreign.Missing(t, plugin)
	}
	dir := t.TempDir()
	for i, step := range bookings().steps[:3] {
		d := step.dataset()
		file := dicom.AppendMeta(nil, dicom.Meta{SOPClassUID: ModalityWorklist, SOPInstanceUID: newUID(), TransferSyntax: dimse.ExplicitVRLittleEndian})
		file, err := dicom.AppendDataset(file, d, dicom.Syntax(dimse.ExplicitVRLittleEndian))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.wl", i)), file, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	o := startOrthanc(t, "127.0.0.1:1", map[string]any{
		"Plugins": []string{plugin}, "Worklists": map[string]any{"Enable": true, "Database": dir}, "DicomAlwaysAllowFindWorklist": true, "DefaultEncoding": "Utf8",
	})
	a := dial(t, o.dicom, "ORTHANC", dimse.Options{}, dimse.Verification, ModalityWorklist)
	if s, err := a.Echo(t.Context()); err != nil || !s.OK() {
		t.Errorf("echo: %v, %v", s, err)
	}
	for name, c := range map[string]struct {
		keys *dicom.Dataset
		want []string
	}{
		"all":     {stepKeys("ISO_IR 192", nil, nil), []string{"A-1", "A-2", "A-3"}},
		"one":     {stepKeys("ISO_IR 192", nil, map[dicom.Tag]string{dicom.AccessionNumber: "A-2"}), []string{"A-2"}},
		"Chinese": {stepKeys("ISO_IR 192", nil, map[dicom.Tag]string{dicom.PatientName: "*张*"}), []string{"A-1"}},
	} {
		all, out := find(t, a, ModalityWorklist, c.keys)
		got := values(all, dicom.AccessionNumber)
		if slices.Sort(got); out.Status != dimse.Success || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v, %+v", name, got, c.want, out)
		}
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTermSCU: DCMTK's request to shut down, which is to propose a private class, shuts nothing down.
func TestTermSCU(t *testing.T) {
	d := open(t, Config{Archive: &memory{}})
	run(t, "termscu", append([]string{"-v", "-aet", "TESTER", "-aec", "YILIAN"}, hostPort(d.addr)...)...)
	run(t, "echoscu", append([]string{"-aet", "TESTER", "-aec", "YILIAN"}, hostPort(d.addr)...)...)
	eventually(t, "both associations released", func() bool { return d.Stats().Released == 2 })
	if n := d.Stats(); n.Accepted != 2 || n.Stored != 0 {
		t.Errorf("%+v", n)
	}
}

// TestSecureDestinations: DCMTK's storescp over TLS, which demands our certificate, is sent to by C-MOVE; to one of another authority
// nothing goes.
func TestSecureDestinations(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	client := ca.issue("client")
	ca.issue("device")
	stranger.issue("device")
	secure := func(of *authority) (dir, addr string) {
		dir, port := t.TempDir(), freePort(t)
		args := []string{
			"+tls", filepath.Join(of.dir, "device.key"), filepath.Join(of.dir, "device.pem"), "+cf", filepath.Join(ca.dir, "ca.pem"), "-rc",
			"+B", "-od", dir, fmt.Sprint(port),
		}
		return dir, background(t, port, "storescp", args...)
	}
	dir, addr := secure(ca)
	_, other := secure(stranger)
	mine := dimse.SecureClient(dimse.BCP195, ca.pool(), &client)
	w := newWorld(t, func(c *Config) {
		c.Destinations = places{
			"DEVICE": {AE: "DEVICE", Address: addr, TLS: mine}, "STRANGE": {AE: "DEVICE", Address: other, TLS: mine, Timeouts: dimse.Timeouts{Response: time.Second}},
			"CLEAR": {AE: "DEVICE", Address: addr, Timeouts: dimse.Timeouts{Response: time.Second}},
		}
	})
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 3, Size: 64})
	for to, want := range map[string]int{"STRANGE": 0, "CLEAR": 0, "DEVICE": len(ct)} {
		args := append([]string{
			"-S", "-aet", "TESTER", "-aec", "YILIAN", "-aem", to, "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=" + ct[0].StudyUID,
		}, hostPort(w.addr)...)
		out, _ := exec.CommandContext(t.Context(), tool(t, "movescu"), args...).CombinedOutput()
		if files, _ := filepath.Glob(filepath.Join(dir, "*")); to == "DEVICE" && len(files) != want {
			t.Errorf("%s has %d files: %s", to, len(files), out)
		}
	}
	if n := w.Stats(); n.Sent != int64(len(ct)) || n.Unsent != int64(2*len(ct)) {
		t.Errorf("%+v", n)
	}
}
