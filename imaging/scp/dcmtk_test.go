package scp

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
)

// background starts a program of DCMTK that listens on a port, and ends it with the test.
func background(t *testing.T, port int, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
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
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	for range 100 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return addr
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not start", name)
	return ""
}

// dial is an association as SCU with a peer.
func dial(t *testing.T, addr, called string, o dimse.Options, classes ...string) *dimse.Association {
	t.Helper()
	for _, c := range classes {
		o.Contexts = append(o.Contexts, proposal(c, dimse.ExplicitVRLittleEndian))
	}
	o.Calling, o.Called, o.Timeouts = "YILIAN", called, dimse.Timeouts{ARTIM: time.Second, Response: 20 * time.Second}
	a, err := dimse.Dial(t.Context(), addr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// TestWeAskDcmqrscp: store, find, get and move as SCU.
func TestWeAskDcmqrscp(t *testing.T) {
	w := newWorld(t)
	port, dir := freePort(t), t.TempDir()
	config := fmt.Sprintf("NetworkTCPPort = %d\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\nours = (YILIAN, %s, %s)\nHostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\nQRSCP %s RW (50, 64mb) ANY\nAETable END\n",
		port, hostPort(w.addr)[0], hostPort(w.addr)[1], dir)
	path := filepath.Join(t.TempDir(), "dcmqrscp.cfg")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := background(t, port, "dcmqrscp", "-c", path)
	a := dial(t, addr, "QRSCP", getter(dimse.ExplicitVRLittleEndian, mrClass), dimse.Verification, ctClass, StudyRootFind, StudyRootGet, StudyRootMove)
	if s, err := a.Echo(t.Context()); err != nil || !s.OK() {
		t.Errorf("echo: %v, %v", s, err)
	}
	var ct phantom.Object
	n := 0
	for object, err := range phantom.Study(phantom.HeadCT, phantom.Options{Images: 4, Size: 64, Accession: "A-5"}) {
		if err != nil {
			t.Fatal(err)
		}
		ct = object
		n++
		path := filepath.Join(t.TempDir(), "x.dcm")
		if err := os.WriteFile(path, object.File, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSample(path)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := a.Store(t.Context(), dimse.Instance{SOPClass: s.class, SOPInstance: s.instance, TransferSyntax: s.syntax, Data: bytes.NewReader(s.data), Size: int64(len(s.data))}); err != nil || o.Status != dimse.Success {
			t.Fatalf("%+v, %v", o, err)
		}
	}
	all, o := find(t, a, StudyRootFind, keysOf(levelStudy, dicom.AccessionNumber, "A-5", dicom.StudyInstanceUID, ""))
	if got := values(all, dicom.StudyInstanceUID); !slices.Equal(got, []string{ct.StudyUID}) || o.Status != dimse.Success {
		t.Errorf("found %v, %+v", got, o)
	}
	study := keysOf(levelStudy, dicom.StudyInstanceUID, ct.StudyUID)
	if o, err := a.Move(t.Context(), StudyRootMove, "YILIAN", study, nil); err != nil || o.Status != dimse.Success || w.Stats().Stored != int64(n) {
		t.Errorf("moved: %+v, %v, %+v", o, err, w.Stats())
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	got := map[string]int64{}
	b := dial(t, addr, "QRSCP", getter(dimse.ExplicitVRLittleEndian, ctClass), StudyRootGet)
	if o, err := b.Get(t.Context(), StudyRootGet, study, drain(got), nil); err != nil || o.Status != dimse.Success || len(got) != n {
		t.Errorf("got %d: %+v, %v", len(got), o, err)
	}
	if err := b.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWeAskWlmscpfs: a worklist of DCMTK in GB18030, asked by us; and what our own door answers to the same question.
func TestWeAskWlmscpfs(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "WLM"), 0o700); err != nil {
		t.Fatal(err)
	}
	steps := bookings().steps
	for i := range steps[:3] {
		d, err := steps[i].dataset().Transcode("GB18030")
		if err != nil {
			t.Fatal(err)
		}
		file := dicom.AppendMeta(nil, dicom.Meta{SOPClassUID: ModalityWorklist, SOPInstanceUID: newUID(), TransferSyntax: dimse.ExplicitVRLittleEndian})
		if file, err = dicom.AppendDataset(file, d, dicom.Syntax(dimse.ExplicitVRLittleEndian)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "WLM", fmt.Sprintf("%d.wl", i)), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "WLM", "lockfile"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	addr := background(t, port, "wlmscpfs", "-dfp", dir, fmt.Sprint(port))
	theirs := dial(t, addr, "WLM", dimse.Options{}, ModalityWorklist)
	w := newWorld(t, func(c *Config) { c.Worklist = bookings() })
	ours := w.call(dimse.Options{Calling: "CT1"}, ModalityWorklist)
	for name, keys := range map[string]*dicom.Dataset{
		"all":     stepKeys("GB18030", nil, nil),
		"Chinese": stepKeys("GB18030", nil, map[dicom.Tag]string{dicom.PatientName: "*张*"}),
		"a day":   stepKeys("GB18030", map[dicom.Tag]string{dicom.ScheduledProcedureStepStartDate: "20261122"}, nil),
	} {
		their, o := find(t, theirs, ModalityWorklist, keys)
		our, _ := find(t, ours, ModalityWorklist, keys)
		if o.Status != dimse.Success || len(their) == 0 || !slices.Equal(values(their, dicom.AccessionNumber), values(our, dicom.AccessionNumber)) ||
			!slices.Equal(values(their, dicom.PatientName), values(our, dicom.PatientName)) {
			t.Errorf("%s: theirs %v, ours %v, %+v", name, values(their, dicom.PatientName), values(our, dicom.PatientName), o)
		}
	}
	if err := theirs.Release(t.Context()); err != nil {
		t.Error(err)
	}
}
