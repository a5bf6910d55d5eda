package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
	"yilian/imaging/scp"
)

// setDevice changes settings of one of the demo county's devices.
func (c *client) setDevice(ae string, change map[string]any) {
	c.t.Helper()
	var list struct{ Items []map[string]any }
	c.call("GET", "/api/admin/devices", nil, &list)
	i := slices.IndexFunc(list.Items, func(d map[string]any) bool { return d["aeTitle"] == ae })
	if i < 0 {
		c.t.Fatalf("no device %s", ae)
	}
	for name, value := range change {
		list.Items[i][name] = value
	}
	c.call("PUT", "/api/admin/devices/"+list.Items[i]["id"].(string), list.Items[i], nil)
}

// booked is an order as its answer shows it.
type booked struct {
	ID, State, Accession, Issuer, PatientNumber, PlannedStudy, Device, Reading, Study string
	Version                                                                           int64
	Site                                                                              struct{ ID string }
	Performed                                                                         []struct{ Status, Device, Reason string }
}

func (c *client) order(name, modality, device string) (o booked) {
	c.t.Helper()
	c.call("POST", "/api/orders", map[string]any{
		"patient":  map[string]any{"name": name, "sex": "F", "birthDate": "1961-02-03", "phone": "00005559876"},
		"modality": modality, "bodyPart": "CHEST", "exam": "胸部平扫", "priority": "urgent", "device": device, "clinical": "胸闷",
	}, &o)
	return o
}

// see lets findscu ask for the worklist as a device, in an address that keys may narrow, and answers what it got as dcmdump shows it in
// UTF-8: one text a response.
func see(t *testing.T, p *program, ae string, keys ...string) (responses []string) {
	t.Helper()
	findscu, dcmdump := tool(t, "findscu"), tool(t, "dcmdump")
	dir := t.TempDir()
	args := []string{"-W", "-aet", ae, "-aec", "YILIAN", "-X", "-od", dir}
	for _, k := range append([]string{
		"PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID",
		"RequestedProcedureDescription", "ScheduledProcedureStepSequence[0].ScheduledStationAETitle", "ScheduledProcedureStepSequence[0].Modality",
		"ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate", "ScheduledProcedureStepSequence[0].ScheduledProcedureStepID",
		"ScheduledProcedureStepSequence[0].ScheduledProcedureStepStatus",
	}, keys...) {
		args = append(args, "-k", k)
	}
	if out, err := run1(t, findscu, append(args, "127.0.0.1", port(p.dcm))...); err != nil {
		t.Fatalf("findscu as %s: %v %s", ae, err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "rsp*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		plain, err := run1(t, dcmdump, "-q", "+L", f)
		if err != nil {
			t.Fatalf("dcmdump: %v %s", err, plain)
		}
		utf8, err := run1(t, dcmdump, "-q", "+L", "+U8", f)
		if err != nil {
			t.Fatalf("dcmdump +U8: %v %s", err, utf8)
		}
		responses = append(responses, utf8+"\nas sent: "+strings.Join(regexp.MustCompile(`\(0008,0005\)[^\n]*`).FindAllString(plain, 1), ""))
	}
	return responses
}

// TestWorklistByFindscu: an exam stands in the list of its device and in no other, in the character set and the form of names that the
// device asks for, and is gone when it is cancelled.
func TestWorklistByFindscu(t *testing.T) {
	p := startProgram(t, t.TempDir())
	admin, doctor := p.signIn("admin"), p.signIn("qingxi")
	admin.setDevice("QINGXI_CT", map[string]any{"charset": "GB18030", "names": "first"})
	admin.setDevice("QINGXI_DX", map[string]any{"charset": "ISO_IR 192", "names": "groups"})
	admin.setDevice("QINGXI_US", map[string]any{"charset": "ISO_IR 100"})
	ct := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	dx := doctor.order("㐱䶮", "DX", "") // characters of GB18030 that GBK does not have; the one device for it is found
	us := doctor.order("王小东", "US", "QINGXI_US")
	if dx.Device != "QINGXI_DX" {
		t.Errorf("booked for %q", dx.Device)
	}
	for _, c := range []struct {
		ae       string
		o        booked
		has      []string
		hasNot   string
		declared string
	}{
		{"QINGXI_CT", ct, []string{"[欧阳拂晓]", ct.Accession, ct.PlannedStudy, "[" + ct.PatientNumber + "]", "[19610203]", "[SCHEDULED]", "[胸部平扫]", "[S" + ct.Accession + "]"}, "=", "GB18030"},
		{"QINGXI_DX", dx, []string{"[=㐱^䶮]", dx.Accession, dx.PlannedStudy}, "[㐱䶮]", "ISO_IR 192"},
		{"QINGXI_US", us, []string{"[ID" + us.PatientNumber + "]", us.Accession}, "王", ""},
	} {
		got := see(t, p, c.ae)
		if len(got) != 1 {
			t.Errorf("%s sees %d steps: %s", c.ae, len(got), got)
			continue
		}
		for _, text := range c.has {
			if !strings.Contains(got[0], text) {
				t.Errorf("%s is not told %s:\n%s", c.ae, text, got[0])
			}
		}
		name := regexp.MustCompile(`\(0010,0010\)[^\n]*`).FindString(got[0])
		if strings.Contains(name[strings.Index(name, "["):strings.LastIndex(name, "]")+1], c.hasNot) {
			t.Errorf("%s is told the name %s", c.ae, name)
		}
		if _, as, _ := strings.Cut(got[0], "as sent:"); c.declared != "" && !strings.Contains(as, "["+c.declared+"]") {
			t.Errorf("%s gets it as %s, want %s", c.ae, as, c.declared)
		}
	}
	if got := see(t, p, "QINGXI_CT", "ScheduledProcedureStepSequence[0].ScheduledStationAETitle=QINGXI_DX"); len(got) != 0 {
		t.Errorf("another device's list: %s", got)
	}
	for key, want := range map[string]int{
		"AccessionNumber=" + ct.Accession: 1, "AccessionNumber=" + dx.Accession: 0, "PatientID=" + ct.PatientNumber: 1,
		"ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=" + time.Now().Format("20060102"):                  1,
		"ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=" + time.Now().AddDate(0, 0, 2).Format("20060102"): 0,
		"ScheduledProcedureStepSequence[0].Modality=MR":                                                                       0,
	} {
		if got := see(t, p, "QINGXI_CT", key); len(got) != want {
			t.Errorf("%s: %d steps, want %d", key, len(got), want)
		}
	}
	if got := see(t, p, "SHIQIAO_CT"); len(got) != 0 {
		t.Errorf("the neighbour's CT sees %s", got)
	}
	doctor.call("POST", "/api/orders/"+ct.ID+"/cancel", map[string]any{"reason": "患者离院"}, nil)
	if got := see(t, p, "QINGXI_CT"); len(got) != 0 {
		t.Errorf("after the cancellation: %s", got)
	}
}

// TestWorklistReach: how long an order without a time stands in its device's worklist is the institution's choice.
func TestWorklistReach(t *testing.T) {
	p := startProgram(t, t.TempDir())
	admin, doctor := p.signIn("admin"), p.signIn("qingxi")
	doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	if got := see(t, p, "QINGXI_CT"); len(got) != 1 {
		t.Fatalf("the device sees %s", got)
	}
	admin.settings(map[string]any{"order": map[string]any{"walkIn": "1s"}})
	p.await("the order to leave the worklist", 10*time.Second, func() bool { return len(see(t, p, "QINGXI_CT")) == 0 })
	admin.settings(map[string]any{"order": map[string]any{"walkIn": "24h"}})
	p.await("the order to come back", 10*time.Second, func() bool { return len(see(t, p, "QINGXI_CT")) == 1 })
}

// console is a device's own side of its performed steps.
type console struct {
	t *testing.T
	p *program
	a string // AE title
}

func (c console) with(fn func(*dimse.Association) (dimse.Outcome, error)) dimse.Outcome {
	c.t.Helper()
	assoc, err := dimse.Dial(c.t.Context(), c.p.dcm, dimse.Options{
		Calling: c.a, Called: "YILIAN",
		Contexts: []dimse.Proposal{{AbstractSyntax: scp.PerformedStepClass, TransferSyntaxes: []string{dimse.ExplicitVRLittleEndian}}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	defer assoc.Abort()
	out, err := fn(assoc)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := assoc.Release(c.t.Context()); err != nil {
		c.t.Error(err)
	}
	return out
}

// begin is the N-CREATE for an exam from the worklist.
func (c console) begin(uid string, o booked) dimse.Status {
	c.t.Helper()
	d := dicom.New("ISO_IR 192")
	asked := d.NewItem()
	for tag, v := range map[dicom.Tag]string{
		dicom.StudyInstanceUID: o.PlannedStudy, dicom.AccessionNumber: o.Accession, dicom.ScheduledProcedureStepID: "S" + o.Accession,
		dicom.RequestedProcedureID: "P" + o.Accession, dicom.RequestedProcedureDescription: "胸部平扫",
	} {
		asked.SetString(tag, v)
	}
	d.SetSequence(dicom.ScheduledStepAttributesSequence, asked)
	for tag, v := range map[dicom.Tag]string{
		dicom.PatientID: o.PatientNumber, dicom.PatientName: "欧阳拂晓", dicom.Modality: "CT", dicom.PerformedStationAETitle: c.a,
		dicom.PerformedProcedureStepID: "1", dicom.PerformedProcedureStepStartDate: time.Now().Format("20060102"),
		dicom.PerformedProcedureStepStartTime: time.Now().Format("150405"), dicom.PerformedProcedureStepStatus: scp.StepInProgress,
	} {
		d.SetString(tag, v)
	}
	return c.with(func(a *dimse.Association) (dimse.Outcome, error) {
		return a.Create(c.t.Context(), scp.PerformedStepClass, uid, d)
	}).Status
}

// end is the N-SET that ends it, with what was made.
func (c console) end(uid, status string, made []phantom.Object) dimse.Status {
	c.t.Helper()
	d := dicom.New("ISO_IR 192")
	for tag, v := range map[dicom.Tag]string{
		dicom.PerformedProcedureStepStatus: status, dicom.PerformedProcedureStepEndDate: time.Now().Format("20060102"),
		dicom.PerformedProcedureStepEndTime: time.Now().Format("150405"),
	} {
		d.SetString(tag, v)
	}
	if len(made) > 0 {
		series := d.NewItem()
		series.SetString(dicom.SeriesInstanceUID, made[0].SeriesUID)
		var refs []*dicom.Dataset
		for _, m := range made {
			ref := d.NewItem()
			ref.SetString(dicom.ReferencedSOPClassUID, m.SOPClassUID)
			ref.SetString(dicom.ReferencedSOPInstanceUID, m.SOPInstanceUID)
			refs = append(refs, ref)
		}
		series.SetSequence(dicom.ReferencedImageSequence, refs...)
		d.SetSequence(dicom.PerformedSeriesSequence, series)
	}
	return c.with(func(a *dimse.Association) (dimse.Outcome, error) {
		return a.Set(c.t.Context(), scp.PerformedStepClass, uid, d)
	}).Status
}

func (c *client) orderNow(id string) (o booked) {
	c.t.Helper()
	c.call("GET", "/api/orders/"+id, nil, &o)
	return o
}

// images are those that a device makes of an exam that it took from its worklist, as files.
func (o booked) images(t *testing.T, n int, change func(*phantom.Options)) (made []phantom.Object, files []string) {
	t.Helper()
	opt := phantom.Options{
		Seed: 7, Name: "欧阳拂晓", PatientID: o.PatientNumber, Sex: "F", BirthDate: time.Date(1961, 2, 3, 0, 0, 0, 0, time.UTC), Accession: o.Accession,
		Images: n, Size: 64, StudyUID: o.PlannedStudy, Time: time.Now(),
	}
	if change != nil {
		change(&opt)
	}
	dir := t.TempDir()
	for obj, err := range phantom.Study(phantom.ChestCT, opt) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(dir, fmt.Sprintf("%04d.dcm", obj.Number)))
		if err := os.WriteFile(files[len(files)-1], obj.File, 0o600); err != nil {
			t.Fatal(err)
		}
		made = append(made, obj)
	}
	return made, files
}

func (c console) store(files ...string) {
	c.t.Helper()
	args := append([]string{"-aet", c.a, "-aec", "YILIAN", "127.0.0.1", port(c.p.dcm)}, files...)
	if out, err := run1(c.t, tool(c.t, "storescu"), args...); err != nil {
		c.t.Fatalf("storescu: %v %s", err, out)
	}
}

// TestFromWorklistToRead goes the whole way with the real program: order, worklist, performed step, images in two associations with a
// retry, complete at once although the quiet time is an hour, matched, offered to the readers.
func TestFromWorklistToRead(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { fromWorklistToRead(t, startProgram(t, t.TempDir())) })
	t.Run("PostgreSQL", func(t *testing.T) {
		fromWorklistToRead(t, startProgram(t, t.TempDir(), "--database", ownDatabase(t)))
	})
}

// ownDatabase makes a database of PostgreSQL for one test.
func ownDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("YILIAN_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no engines: run deploy/engines.sh start and take its environment")
		}
		t.Skip("no engines are running")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/work_" + strings.ToLower(printable(newUID()[10:20]))
	if out, err := run1(t, tool(t, "psql"), server, "-c", "CREATE DATABASE "+u.Path[1:]); err != nil {
		t.Fatalf("psql: %v %s", err, out)
	}
	t.Cleanup(func() {
		_, _ = exec.Command("psql", server, "-c", "DROP DATABASE "+u.Path[1:]+" WITH (FORCE)").Output()
	})
	return u.String()
}

func fromWorklistToRead(t *testing.T, p *program) {
	t.Helper()
	doctor, ct := p.signIn("qingxi"), console{t, p, "QINGXI_CT"}
	p.signIn("admin").setDevice("QINGXI_CT", map[string]any{"charset": "GB18030", "names": "first", "quietTime": "1h"})
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	if s := ct.begin("1.2.3.1", o); !s.OK() {
		t.Fatalf("begun: %s", s)
	}
	if s := ct.begin("1.2.3.1", o); s.OK() {
		t.Error("begun twice under one UID")
	}
	if now := doctor.orderNow(o.ID); now.State != "in_progress" || len(now.Performed) != 1 || now.Performed[0].Status != "IN PROGRESS" {
		t.Fatalf("%+v", now)
	}
	if got := see(t, p, "QINGXI_CT"); len(got) != 1 || !strings.Contains(got[0], "[STARTED]") {
		t.Errorf("in progress, the device sees %s", got)
	}
	if status, answer := doctor.try("POST", "/api/orders/"+o.ID+"/cancel", map[string]any{"reason": "x"}); status != 409 {
		t.Errorf("cancelled under the device's hands: %d %s", status, answer)
	}
	if s := (console{t, p, "QINGXI_DX"}).end("1.2.3.1", scp.StepDiscontinued, nil); s.OK() {
		t.Error("another device ends the step")
	}
	made, files := o.images(t, 6, nil)
	ct.store(files[:3]...)
	ct.store(files[2:5]...) // one of them for the second time
	if s := ct.end("1.2.3.1", scp.StepCompleted, made); !s.OK() {
		t.Fatalf("ended: %s", s)
	}
	if s := ct.end("1.2.3.1", scp.StepDiscontinued, nil); s.OK() {
		t.Error("ended twice")
	}
	if now := doctor.orderNow(o.ID); now.State != "performed" {
		t.Errorf("the order is %s", now.State)
	}
	if got := see(t, p, "QINGXI_CT"); len(got) != 0 {
		t.Errorf("performed, the device sees %s", got)
	}
	ct.store(files[5])
	p.await("a read", 15*time.Second, func() bool { return doctor.orderNow(o.ID).Reading != "" })
	now := doctor.orderNow(o.ID)
	if now.State != "images" || now.Study != o.PlannedStudy {
		t.Errorf("%+v", now)
	}
	var read struct {
		Images  int
		Partial bool
	}
	p.signIn("yuepian").call("GET", "/api/readings/"+now.Reading, nil, &read)
	if read.Images != 6 || read.Partial {
		t.Errorf("the read has %+v", read)
	}
}

// TestDeviceThatLosesTheAccessionNumber: the Study Instance UID that the worklist gave, and the patient, are enough.
func TestDeviceThatLosesTheAccessionNumber(t *testing.T) {
	p := startProgram(t, t.TempDir())
	doctor, ct := p.signIn("qingxi"), console{t, p, "QINGXI_CT"}
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	if s := ct.begin("1.2.3.2", o); !s.OK() {
		t.Fatalf("begun: %s", s)
	}
	made, files := o.images(t, 3, func(opt *phantom.Options) { opt.Accession, opt.Time = "", time.Now().AddDate(0, -1, 0) })
	ct.store(files...)
	if s := ct.end("1.2.3.2", scp.StepCompleted, made); !s.OK() {
		t.Fatalf("ended: %s", s)
	}
	p.await("a read", 15*time.Second, func() bool { return doctor.orderNow(o.ID).Reading != "" })
}

// TestSenderThatDies: an association that breaks off leaves what it brought; the study is complete when it has been quiet for as long as
// its device is given, what comes again is no news, and what comes late is.
func TestSenderThatDies(t *testing.T) {
	p := startProgram(t, t.TempDir())
	doctor, ct := p.signIn("qingxi"), console{t, p, "QINGXI_CT"}
	p.signIn("admin").setDevice("QINGXI_CT", map[string]any{"quietTime": "2s"})
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	made, files := o.images(t, 4, nil)
	assoc, err := dimse.Dial(t.Context(), p.dcm, dimse.Options{
		Calling: ct.a, Called: "YILIAN", Contexts: []dimse.Proposal{{AbstractSyntax: made[0].SOPClassUID, TransferSyntaxes: []string{dimse.ExplicitVRLittleEndian}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer assoc.Abort()
	for _, f := range files[:2] {
		send(t, assoc, f)
	}
	time.Sleep(4 * time.Second) // longer than the quiet time, but the association is open
	if now := doctor.orderNow(o.ID); now.Reading != "" {
		t.Error("complete although an association is open")
	}
	assoc.Abort()
	p.await("a read", 15*time.Second, func() bool { return doctor.orderNow(o.ID).Reading != "" })
	reader := p.signIn("yuepian")
	look := func() (read struct {
		Images        int
		Late, Partial bool
	},
	) {
		reader.call("GET", "/api/readings/"+doctor.orderNow(o.ID).Reading, nil, &read)
		return read
	}
	if read := look(); read.Images != 2 || read.Partial || read.Late {
		t.Errorf("%+v", read)
	}
	ct.store(files[:2]...)
	if read := look(); read.Images != 2 || read.Late {
		t.Errorf("after a repetition: %+v", read)
	}
	ct.store(files...)
	p.await("late images noticed", 10*time.Second, func() bool { read := look(); return read.Images == 4 && read.Late })
}

// send stores one file over an association that is there.
func send(t *testing.T, assoc *dimse.Association, file string) {
	t.Helper()
	found, _, err := findInstances([]string{file})
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v", file, err)
	}
	f := found[0]
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := assoc.Store(t.Context(), dimse.Instance{
		SOPClass: f.class, SOPInstance: f.instance, TransferSyntax: f.syntax, Data: bytes.NewReader(raw[f.start:]), Size: f.size,
	})
	if err != nil || !out.Status.OK() {
		t.Fatalf("store: %s, %v", out.Status, err)
	}
}

// TestDevicesThatQuery: only a device that may, and only what its own institution has.
func TestDevicesThatQuery(t *testing.T) {
	findscu := tool(t, "findscu")
	p := startProgram(t, t.TempDir())
	doctor := p.signIn("qingxi")
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	_, files := o.images(t, 1, nil)
	console{t, p, "QINGXI_CT"}.store(files...)
	admin := p.signIn("admin")
	admin.setDevice("QINGXI_MR", map[string]any{"query": true})
	admin.setDevice("SHIQIAO_CT", map[string]any{"query": true})
	for ae, want := range map[string]string{"QINGXI_MR": o.PlannedStudy, "SHIQIAO_CT": "", "QINGXI_CT": "No Acceptable Presentation Contexts"} {
		out, _ := run1(t, findscu, "-v", "-S", "-aet", ae, "-aec", "YILIAN", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "-k", "PatientID="+o.PatientNumber,
			"127.0.0.1", port(p.dcm))
		if want != "" && !strings.Contains(out, want) || want == "" && strings.Contains(out, o.PlannedStudy) {
			t.Errorf("%s sees\n%s", ae, out)
		}
	}
}
