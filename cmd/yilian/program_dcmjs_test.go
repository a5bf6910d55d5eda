package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yilian/imaging/scp"
	"yilian/internal/foreign"
)

// The program with dcmjs-dimse as peer: a DICOM implementation that shares nothing with ours, DCMTK or Orthanc.

// portOf is the port of an address as a number.
func portOf(t *testing.T, addr string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// js lets dcmjs-dimse send requests as a device, and fails unless each was answered finally with success.
func (p *program) js(ae string, more map[string]any, requests ...map[string]any) []foreign.Event {
	p.t.Helper()
	events := foreign.AskJS(p.t, portOf(p.t, p.dcm), ae, "YILIAN", more, requests...)
	for n := range requests {
		answers := foreign.Answers(events, n)
		if len(answers) == 0 || answers[len(answers)-1].Status != "0000" {
			p.t.Fatalf("%v was answered %+v; in all %+v", requests[n]["do"], answers, events)
		}
	}
	return events
}

// matches are the pending responses of a C-FIND, FF00 or FF01.
func matches(all []foreign.Event, n int) []foreign.Event {
	return slices.DeleteFunc(foreign.Answers(all, n), func(e foreign.Event) bool { return !strings.HasPrefix(e.Status, "FF") })
}

func items(e foreign.Event, sequence string) (all []map[string]any) {
	switch v := e.Dataset[sequence].(type) {
	case []any:
		for _, one := range v {
			if item, ok := one.(map[string]any); ok {
				all = append(all, item)
			}
		}
	case map[string]any:
		all = append(all, v)
	}
	return all
}

// TestDcmjsAsModality: worklist, performed step, images and storage commitment, on the same association and on a new one, from a foreign
// implementation.
func TestDcmjsAsModality(t *testing.T) {
	p := startProgram(t, t.TempDir())
	admin, doctor := p.signIn("admin"), p.signIn("qingxi")
	listens := freeAddress(t)
	admin.setDevice("QINGXI_CT", map[string]any{"address": listens, "charset": "ISO_IR 192", "names": "groups"})
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")

	// Modality Worklist
	events := p.js("QINGXI_CT", nil, map[string]any{"do": "echo"}, map[string]any{"do": "find", "level": "worklist", "keys": map[string]any{
		"PatientName": "", "PatientID": "", "AccessionNumber": o.Accession, "StudyInstanceUID": "", "RequestedProcedureID": "",
		"ScheduledProcedureStepSequence": []any{map[string]any{"ScheduledStationAETitle": "QINGXI_CT", "Modality": "CT", "ScheduledProcedureStepID": ""}},
	}})
	found := matches(events, 1)
	if len(found) != 1 || found[0].Dataset["StudyInstanceUID"] != o.PlannedStudy || found[0].Dataset["PatientID"] != o.PatientNumber {
		t.Fatalf("the worklist: %+v", events)
	}

	// Modality Performed Procedure Step: begun, and what a device may not do
	made, files := o.images(t, 2, nil)
	step := newUID()
	begin := map[string]any{"do": "create", "class": scp.PerformedStepClass, "instance": step, "dataset": map[string]any{
		"SpecificCharacterSet": "ISO_IR 192", "PatientID": o.PatientNumber, "PatientName": "Ou^Yang", "PatientBirthDate": "19610203", "PatientSex": "F",
		"ScheduledStepAttributesSequence": []any{map[string]any{
			"StudyInstanceUID": o.PlannedStudy, "AccessionNumber": o.Accession, "ScheduledProcedureStepID": "S" + o.Accession, "RequestedProcedureID": "P" + o.Accession,
		}},
		"Modality": "CT", "PerformedStationAETitle": "QINGXI_CT", "PerformedProcedureStepID": "1", "PerformedProcedureStepStatus": "IN PROGRESS",
		"PerformedProcedureStepStartDate": time.Now().Format("20060102"), "PerformedProcedureStepStartTime": time.Now().Format("150405"),
	}}
	p.js("QINGXI_CT", nil, begin)
	if now := doctor.orderNow(o.ID); now.State != "in_progress" || len(now.Performed) != 1 {
		t.Fatalf("begun: %+v", now)
	}
	again := foreign.AskJS(t, portOf(t, p.dcm), "QINGXI_CT", "YILIAN", nil, begin)
	if a := foreign.Answers(again, 0); len(a) != 1 || a[0].Status != "0111" {
		t.Errorf("begun twice: %+v", again)
	}

	// Images, and their commitment on the association that asks
	p.js("QINGXI_CT", nil, map[string]any{"do": "store", "file": files[0]}, map[string]any{"do": "store", "file": files[1]})
	var refs []any
	for _, m := range made {
		refs = append(refs, map[string]any{"ReferencedSOPClassUID": m.SOPClassUID, "ReferencedSOPInstanceUID": m.SOPInstanceUID})
	}
	lost := map[string]any{"ReferencedSOPClassUID": made[0].SOPClassUID, "ReferencedSOPInstanceUID": newUID()}
	ask := func(transaction string) map[string]any {
		return map[string]any{"do": "action", "class": scp.CommitmentPush, "instance": "1.2.840.10008.1.20.1.1", "type": 1, "dataset": map[string]any{
			"TransactionUID": transaction, "ReferencedSOPSequence": append(slices.Clone(refs), lost),
		}}
	}
	safe := func(e foreign.Event, transaction string) {
		t.Helper()
		failed := items(e, "FailedSOPSequence")
		if e.Type != 2 || e.Dataset["TransactionUID"] != transaction || len(items(e, "ReferencedSOPSequence")) != 2 || len(failed) != 1 || fmt.Sprint(failed[0]["FailureReason"]) != "274" {
			t.Errorf("the report: %+v", e)
		}
	}
	same := newUID()
	events = p.js("QINGXI_CT", map[string]any{"linger": 8000}, ask(same))
	here := slices.DeleteFunc(events, func(e foreign.Event) bool { return e.Got != "N-EVENT-REPORT" })
	if len(here) != 1 {
		t.Fatalf("%d reports on the association that asked: %+v", len(here), events)
	}
	safe(here[0], same)

	// and on a new one, once the device listens
	later := newUID()
	p.js("QINGXI_CT", nil, ask(later))
	device := foreign.ListenJS(t, portOf(t, listens), nil)
	safe(device.Await("the report", foreign.Came("N-EVENT-REPORT")), later)

	// The end of the step
	var images []any
	images = append(images, refs...)
	p.js("QINGXI_CT", nil, map[string]any{"do": "set", "class": scp.PerformedStepClass, "instance": step, "dataset": map[string]any{
		"PerformedProcedureStepStatus": "COMPLETED", "PerformedProcedureStepEndDate": time.Now().Format("20060102"),
		"PerformedProcedureStepEndTime": time.Now().Format("150405"),
		"PerformedSeriesSequence": []any{map[string]any{
			"SeriesInstanceUID": made[0].SeriesUID, "ReferencedImageSequence": images, "ProtocolName": "Chest", "PerformingPhysicianName": "",
			"OperatorsName": "", "SeriesDescription": "", "RetrieveAETitle": "", "ReferencedNonImageCompositeSOPInstanceSequence": []any{},
		}},
	}})
	p.await("a read", 20*time.Second, func() bool { return doctor.orderNow(o.ID).Reading != "" })
	events = p.js("QINGXI_CT", nil, map[string]any{"do": "getStep", "class": scp.RetrieveStepClass, "instance": step})
	if a := foreign.Answers(events, 0); a[0].Dataset["PerformedProcedureStepStatus"] != "COMPLETED" {
		t.Errorf("N-GET: %+v", a)
	}
	second := foreign.AskJS(t, portOf(t, p.dcm), "QINGXI_CT", "YILIAN", nil, map[string]any{
		"do": "set", "class": scp.PerformedStepClass, "instance": step, "dataset": map[string]any{"PerformedProcedureStepStatus": "DISCONTINUED"},
	})
	if a := foreign.Answers(second, 0); len(a) != 1 || a[0].Status != "0110" {
		t.Errorf("ended twice: %+v", second)
	}
}

// TestDcmjsRetrieves: query, C-GET and C-MOVE by a foreign implementation, and delivery to it.
func TestDcmjsRetrieves(t *testing.T) {
	p := startProgram(t, t.TempDir())
	admin, doctor := p.signIn("admin"), p.signIn("qingxi")
	listens := freeAddress(t)
	admin.setDevice("QINGXI_MR", map[string]any{"query": true, "address": listens, "charset": "ISO_IR 192"})
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	made, files := o.images(t, 3, nil)
	console{t, p, "QINGXI_CT"}.store(files...)
	study := made[0].StudyUID
	events := p.js(
		"QINGXI_MR", nil,
		map[string]any{"do": "find", "level": "study", "keys": map[string]any{"PatientID": o.PatientNumber, "StudyInstanceUID": "", "PatientName": ""}},
		map[string]any{"do": "find", "level": "series", "keys": map[string]any{"StudyInstanceUID": study, "SeriesInstanceUID": "", "Modality": ""}},
		map[string]any{"do": "find", "level": "image", "keys": map[string]any{"StudyInstanceUID": study, "SeriesInstanceUID": made[0].SeriesUID, "SOPInstanceUID": ""}},
	)
	for n, want := range []int{1, 1, 3} {
		found := matches(events, n)
		if len(found) != want || found[0].Dataset["StudyInstanceUID"] != study {
			t.Errorf("C-FIND %d: %+v", n, found)
		}
	}
	events = p.js("QINGXI_MR", nil, map[string]any{"do": "get", "study": study})
	if got := slices.DeleteFunc(events, func(e foreign.Event) bool { return e.Got != "C-STORE" }); len(got) != 3 {
		t.Errorf("C-GET brought %d: %+v", len(got), events)
	}
	destination := foreign.ListenJS(t, portOf(t, listens), nil)
	events = p.js("QINGXI_MR", nil, map[string]any{"do": "move", "to": "QINGXI_MR", "study": study})
	got := destination.Events(foreign.Came("C-STORE"))
	if last := foreign.Answers(events, 0); len(got) != 3 || last[len(last)-1].Completed != 3 || got[0].Dataset["PatientID"] != o.PatientNumber {
		t.Errorf("C-MOVE brought %d: %+v", len(got), events)
	}
}

// TestDcmjsPromises: a peer that is asked to keep what it was sent answers over an association of its own; a device that says who its user is must say it truly.
func TestDcmjsPromises(t *testing.T) {
	p := startProgram(t, t.TempDir())
	admin, doctor := p.signIn("admin"), p.signIn("qingxi")
	addr := freeAddress(t)
	peer := foreign.ListenJS(t, portOf(t, addr), map[string]any{"aet": "QINGXI_MR", "report": map[string]any{"port": portOf(t, p.dcm), "called": "YILIAN"}})
	admin.peer(addr, map[string]any{"called": "QINGXI_MR", "commitment": true})
	o := doctor.order("欧阳拂晓", "CT", "QINGXI_CT")
	made, files := o.images(t, 3, nil)
	console{t, p, "QINGXI_CT"}.store(files...)
	promised := map[string]bool{}
	p.await("all promised", 30*time.Second, func() bool {
		for _, e := range peer.Events(foreign.Came("N-ACTION")) {
			for _, ref := range items(e, "ReferencedSOPSequence") {
				promised[fmt.Sprint(ref["ReferencedSOPInstanceUID"])] = true
			}
		}
		return len(promised) == len(made)
	})
	for _, e := range peer.Events(func(e foreign.Event) bool {
		return e.Error != "" || e.Rejected != nil || e.Reported != "" && e.Reported != "0000"
	}) {
		t.Errorf("the report: %+v", e)
	}
	var jobs struct {
		Items []struct{ Kind, State, ErrorCode string }
	}
	p.await("the answers dealt with", 20*time.Second, func() bool {
		admin.call("GET", "/api/admin/forward/jobs", nil, &jobs)
		asked, answered := 0, 0
		for _, j := range jobs.Items {
			if j.State != "done" {
				return false
			}
			switch j.Kind {
			case "promise":
				asked++
			case "promised":
				answered++
			}
		}
		return asked > 0 && asked == answered
	})

	var program struct{ Token string }
	admin.call("POST", "/api/admin/tokens", map[string]any{"name": "console", "institution": o.Site.ID, "scopes": []string{"dicomweb:store"}}, &program)
	for passcode, ok := range map[string]bool{program.Token: true, "guessed": false} {
		events := foreign.AskJS(t, portOf(t, p.dcm), "QINGXI_CT", "YILIAN", map[string]any{"user": "wang", "passcode": passcode}, map[string]any{"do": "echo"})
		if a := foreign.Answers(events, 0); (len(a) == 1 && a[0].Status == "0000") != ok {
			t.Errorf("with the passcode %.4s…: %+v", passcode, events)
		}
	}
}

// followed is a peer of dcmjs-dimse that was sent a study of n images, and who works on corrections.
type followed struct {
	p          *program
	peer       *foreign.JS
	id         any // of the peer
	study      string
	instances  []string
	asks, says *client
}

func newFollowed(t *testing.T, n int, settings map[string]any) *followed {
	t.Helper()
	f := &followed{p: startProgram(t, t.TempDir())}
	addr := freeAddress(t)
	f.peer = foreign.ListenJS(t, portOf(t, addr), nil)
	admin := f.p.signIn("admin")
	admin.settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"CT": "1s", "": "1s"}}})
	more := map[string]any{"called": "DCMJS"}
	for k, v := range settings {
		more[k] = v
	}
	f.id = admin.peer(addr, more)["id"]
	doctor := f.p.signIn("qingxi")
	f.study = f.p.sentStudy(t, doctor, n)
	for uid := range doctor.located() {
		f.instances = append(f.instances, uid)
	}
	slices.Sort(f.instances)
	f.sign()
	f.idle()
	return f
}

func (f *followed) sign() { f.asks, f.says = f.p.signIn("qingxi-jishi"), f.p.signIn("shenhe") }

// idle waits until the peer's queue is empty.
func (f *followed) idle() {
	f.p.t.Helper()
	admin := f.p.signIn("admin")
	calm := 0
	f.p.await("all sent", 60*time.Second, func() bool {
		if l := admin.line(f.id); l.Waiting == 0 {
			calm++
		} else {
			calm = 0
		}
		return calm > 15
	})
}

// correct lets a correction take effect.
func (f *followed) correct(fix map[string]any) (id string) {
	f.p.t.Helper()
	var c struct{ ID string }
	fix["reason"] = "test"
	f.asks.call("POST", "/api/reconcile/corrections", fix, &c)
	f.step(f.says, c.ID, "approve")
	return c.ID
}

func (f *followed) undo(id string) {
	f.p.t.Helper()
	f.step(f.asks, id, "undo")
	f.step(f.says, id, "approve")
}

func (f *followed) step(who *client, id, action string) {
	f.p.t.Helper()
	var c struct{ Version int64 }
	who.call("GET", "/api/reconcile/corrections/"+id, nil, &c)
	who.call("POST", "/api/reconcile/corrections/"+id+"/steps", map[string]any{"action": action, "reason": "seen on the sheet", "version": c.Version}, nil)
}

// last is what the peer was sent last of each instance.
func (f *followed) last() map[string]foreign.Event {
	out := map[string]foreign.Event{}
	for _, e := range f.peer.Events(foreign.Came("C-STORE")) {
		out[e.Instance] = e
	}
	return out
}

// TestCorrectionFollowsThroughKill: a correction reaches the peer that has the old objects, also when the program is killed in the middle of
// telling it; a rejection follows as a note, and when it is undone the objects come again.
func TestCorrectionFollowsThroughKill(t *testing.T) {
	const n = 30
	f := newFollowed(t, n, map[string]any{"instancesPerSecond": 12})
	first := len(f.peer.Events(foreign.Came("C-STORE")))
	if len(f.instances) != n || first < n {
		t.Fatalf("%d instances, %d sent", len(f.instances), first)
	}
	old := f.last()[f.instances[0]].Dataset["PatientID"]
	id := f.correct(map[string]any{"kind": "amend", "amend": map[string]any{"study": f.study, "set": map[string]any{"PatientID": []string{"RIGHT"}}}})
	corrected := func() (so int) {
		for _, e := range f.last() {
			if e.Dataset["PatientID"] == "RIGHT" {
				so++
			}
		}
		return so
	}
	for _, after := range []int{8, 18} {
		f.p.await(fmt.Sprint("corrected ", after), 30*time.Second, func() bool { return corrected() >= after })
		f.p.kill()
		f.p.start()
	}
	f.p.await("all corrected", 60*time.Second, func() bool { return corrected() == n })
	f.idle()
	if again := len(f.peer.Events(foreign.Came("C-STORE"))) - first - n; again > 4 {
		t.Errorf("%d sent again after two kills", again)
	}
	f.sign()
	f.undo(id)
	f.p.await("all as before", 60*time.Second, func() bool { return corrected() == 0 })
	if got := f.last()[f.instances[0]].Dataset["PatientID"]; got != old {
		t.Errorf("undone, the patient is %v, was %v", got, old)
	}
	f.idle()

	before := len(f.peer.Events(foreign.Came("C-STORE")))
	id = f.correct(map[string]any{"kind": "reject", "reject": map[string]any{"code": "113037", "instances": []any{map[string]any{"study": f.study, "instance": f.instances[0]}}}})
	f.idle()
	came := f.peer.Events(foreign.Came("C-STORE"))[before:]
	if len(came) != 1 || came[0].Dataset["Modality"] != "KO" {
		t.Fatalf("after a rejection came %d: %+v", len(came), came)
	}
	evidence := items(came[0], "CurrentRequestedProcedureEvidenceSequence")
	if len(evidence) != 1 || evidence[0]["StudyInstanceUID"] != f.study {
		t.Errorf("the note names %+v", evidence)
	}
	before++
	f.undo(id)
	f.idle()
	came = f.peer.Events(foreign.Came("C-STORE"))[before:]
	if len(came) != 1 || came[0].Instance != f.instances[0] {
		t.Errorf("after the undoing came %d: %+v", len(came), came)
	}
}

// TestNoticesToDcmjs: a peer that wants notices alone is told of a complete study and of what is rejected, over an outage and a kill.
func TestNoticesToDcmjs(t *testing.T) {
	f := newFollowed(t, 3, map[string]any{"notices": "only"})
	told := func() map[string]string {
		out := map[string]string{}
		for _, e := range f.peer.Events(foreign.Came("N-CREATE")) {
			for _, series := range items(e, "ReferencedSeriesSequence") {
				for _, ref := range items(foreign.Event{Dataset: series}, "ReferencedSOPSequence") {
					out[fmt.Sprint(ref["ReferencedSOPInstanceUID"])] = fmt.Sprint(ref["InstanceAvailability"], " ", ref["RetrieveAETitle"])
				}
			}
		}
		return out
	}
	f.p.await("told of the study", 30*time.Second, func() bool { return len(told()) == 3 })
	for uid, said := range told() {
		if said != "ONLINE YILIAN" || !slices.Contains(f.instances, uid) {
			t.Errorf("told that %s is %s", uid, said)
		}
	}
	if n := len(f.peer.Events(foreign.Came("C-STORE"))); n != 0 {
		t.Errorf("%d images came", n)
	}
	if e := f.peer.Events(foreign.Came("N-CREATE"))[0]; e.Class != scp.AvailabilityClass || e.Dataset["StudyInstanceUID"] != f.study {
		t.Errorf("the notice: %+v", e)
	}
	// The peer is off while the study is rejected, and the program is killed.
	f.peer.Stop()
	f.correct(map[string]any{"kind": "reject", "reject": map[string]any{"code": "113038", "instances": []any{map[string]any{"study": f.study}}}})
	admin := f.p.signIn("admin")
	f.p.await("peer down", 20*time.Second, func() bool { return admin.line(f.id).Failures > 0 })
	f.p.kill()
	var peers struct{ Items []map[string]any }
	f.p.start()
	admin = f.p.signIn("admin")
	admin.call("GET", "/api/admin/peers", nil, &peers)
	f.peer = foreign.ListenJS(t, portOf(t, peers.Items[0]["address"].(string)), nil)
	admin.call("POST", "/api/admin/peers/"+f.id.(string)+"/resume", nil, nil)
	f.p.await("told of the rejection", 30*time.Second, func() bool { return len(told()) == 3 })
	for uid, said := range told() {
		if said != "UNAVAILABLE YILIAN" {
			t.Errorf("told that %s is %s", uid, said)
		}
	}
}
