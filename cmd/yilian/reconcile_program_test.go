package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/imaging/dicom"
)

// TestCorrectionInTheProgram: a study with the wrong patient is corrected by two persons; every door says so, who has seen it is told, the
// check of the archive finds nothing wrong, and it can be undone.
func TestCorrectionInTheProgram(t *testing.T) {
	p := startProgram(t, t.TempDir())
	doctor, tech, head, other := p.signIn("qingxi"), p.signIn("qingxi-jishi"), p.signIn("shenhe"), p.signIn("shiqiao")
	study := p.sentStudy(t, doctor, 3)
	where := doctor.located()
	var path string
	for _, path = range where {
		break
	}
	series := path[:strings.Index(path, "/instances/")]
	if before := string(doctor.body(series + "/metadata")); strings.Contains(before, "CORRECTED") {
		t.Fatal(before)
	}
	set := map[string]any{"PatientID": []string{"CORRECTED"}, "PatientName": []string{"Zhao^Liu=赵^六"}}
	fix := map[string]any{"kind": "amend", "reason": "the wrong patient was chosen at the device", "amend": map[string]any{"study": study, "set": set}}
	var c struct {
		ID, State string
		Version   int64
		Actions   []string
	}
	if status, body := other.try("POST", "/api/reconcile/corrections", fix); status != http.StatusForbidden {
		t.Errorf("a stranger's proposal: %d %s", status, body)
	}
	tech.call("POST", "/api/reconcile/corrections", fix, &c)
	step := func(who *client, action string) (int, []byte) {
		return who.try("POST", "/api/reconcile/corrections/"+c.ID+"/steps", map[string]any{"action": action, "reason": "seen on the sheet", "version": c.Version})
	}
	if status, body := step(tech, "approve"); status != http.StatusForbidden || !strings.Contains(string(body), "correction.self") {
		t.Errorf("approved by who asked: %d %s", status, body)
	}
	status, body := step(head, "approve")
	if status != http.StatusOK || json.Unmarshal(body, &c) != nil || c.State != "active" {
		t.Fatalf("approve: %d %s", status, body)
	}
	p.corrected(doctor, path, series, "CORRECTED", true)
	var sides struct {
		Items []struct{ Source, PatientID string }
	}
	tech.call("GET", "/api/reconcile/studies/"+study, nil, &sides)
	if len(sides.Items) < 2 || sides.Items[0].PatientID == "CORRECTED" || sides.Items[1].PatientID != "CORRECTED" {
		t.Errorf("sides: %+v", sides)
	}
	var notices struct {
		Items []struct{ ID, Study, Kind string }
	}
	doctor.call("GET", "/api/notices", nil, &notices)
	if len(notices.Items) != 1 || notices.Items[0].Study != study {
		t.Fatalf("notices: %+v", notices)
	}
	doctor.call("POST", "/api/notices/"+notices.Items[0].ID+"/acknowledge", nil, nil)
	if out, err := p.fsck(t); err != nil || !strings.Contains(out, " 0 faults") {
		t.Errorf("fsck beside the service: %v %s", err, out)
	}
	if status, body = step(tech, "undo"); status != http.StatusOK || json.Unmarshal(body, &c) != nil {
		t.Fatalf("undo: %d %s", status, body)
	}
	if status, body = step(head, "approve"); status != http.StatusOK {
		t.Fatalf("undo: %d %s", status, body)
	}
	p.corrected(doctor, path, series, "CORRECTED", false)
}

// corrected looks at a study through the doors: QIDO, series metadata, and the whole instance.
func (p *program) corrected(c *client, path, series, id string, want bool) {
	p.t.Helper()
	if n := c.qido("PatientID=" + id); (n == 1) != want {
		p.t.Errorf("QIDO finds %d", n)
	}
	if got := strings.Contains(string(c.body(series+"/metadata")), id); got != want {
		p.t.Errorf("the metadata of the series have it: %v", got)
	}
	object, err := dicom.ScanFile(bytes.NewReader(p.instance(c, path)), dicom.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	if got := object.Dataset.String(dicom.PatientID) == id; got != want {
		p.t.Errorf("the instance has it: %v", got)
	}
}

// sentStudy sends a generated study from the site's device and answers its UID.
func (p *program) sentStudy(t *testing.T, c *client, images int) string {
	t.Helper()
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run1(t, bin, "send", writePhantom(t, images), "--to", p.dcm, "--calling", "QINGXI_CT"); err != nil {
		t.Fatalf("send: %v %s", err, out)
	}
	for _, path := range c.located() {
		// Once it is complete, those who read for the site see it, too.
		reviewer := p.signIn("shenhe")
		uid := strings.Split(path, "/")[3]
		p.await("the reading hospital to see the study", 60*time.Second, func() bool {
			status, _ := reviewer.try("GET", "/dicom-web/studies/"+uid+"/series", nil)
			return status == http.StatusOK
		})
		return uid
	}
	t.Fatal("nothing arrived")
	return ""
}

func (c *client) body(path string) []byte {
	c.t.Helper()
	status, body := c.try("GET", path, nil)
	if status != http.StatusOK {
		c.t.Fatalf("%s: %d %.200s", path, status, body)
	}
	return body
}

// qido counts the studies that a query finds.
func (c *client) qido(query string) int {
	c.t.Helper()
	status, body := c.try("GET", "/dicom-web/studies?"+query, nil)
	var found []any
	if status != http.StatusNoContent && json.Unmarshal(body, &found) != nil {
		c.t.Fatalf("QIDO %s: %d %.200s", query, status, body)
	}
	return len(found)
}

// fsck runs `yilian fsck` on the program's data.
func (p *program) fsck(t *testing.T, more ...string) (string, error) {
	t.Helper()
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	return run1(t, bin, append([]string{"fsck", "--data", p.args[2]}, more...)...)
}

// TestKillDuringCorrection: killed while a correction is approved, the archive says the old or the new everywhere, and never both.
func TestKillDuringCorrection(t *testing.T) {
	p := startProgram(t, t.TempDir())
	study := p.sentStudy(t, p.signIn("qingxi"), 2)
	total := 0
	for round := range 3 {
		tech, head := p.signIn("qingxi-jishi"), p.signIn("shenhe")
		var ids []string
		for n := range 12 {
			id := fmt.Sprintf("R%dN%d", round, n)
			var c struct{ ID string }
			tech.call("POST", "/api/reconcile/corrections", map[string]any{
				"kind": "amend", "reason": "test", "amend": map[string]any{"study": study, "set": map[string]any{"PatientID": []string{id}}},
			}, &c)
			ids = append(ids, c.ID)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, id := range ids {
				req, err := http.NewRequestWithContext(t.Context(), "POST", head.base+"/api/reconcile/corrections/"+id+"/steps", strings.NewReader(`{"action":"approve","version":1}`))
				if err != nil {
					return
				}
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("X-CSRF-Token", head.csrf)
				res, err := head.http.Do(req)
				if err != nil {
					return
				}
				_ = res.Body.Close()
			}
		}()
		time.Sleep(time.Duration(10+15*round) * time.Millisecond)
		p.kill()
		<-done
		p.start()
		tech = p.signIn("qingxi-jishi")
		want, active := "", 0
		for n, id := range ids {
			var c struct{ State string }
			tech.call("GET", "/api/reconcile/corrections/"+id, nil, &c)
			if c.State == "active" {
				active++
				want = fmt.Sprintf("R%dN%d", round, n)
			}
		}
		t.Logf("round %d: %d of %d in force", round+1, active, len(ids))
		total += active
		if want == "" {
			continue
		}
		if n := tech.qido("PatientID=" + want); n != 1 {
			t.Errorf("the last correction in force is %s, QIDO finds %d", want, n)
		}
		for _, path := range tech.located() {
			object, err := dicom.ScanFile(bytes.NewReader(p.instance(tech, path)), dicom.Options{})
			if err != nil || object.Dataset.String(dicom.PatientID) != want {
				t.Errorf("an instance says %s, want %s (%v)", object.Dataset.String(dicom.PatientID), want, err)
			}
		}
	}
	if total == 0 {
		t.Error("it was killed before anything was in force, each time")
	}
	if out, err := p.fsck(t); err != nil {
		t.Errorf("fsck: %v %s", err, out)
	}
}

// TestFsckInTheProgram: damage on the disk is found, with an exit code that says so; a backup heals it while the service runs.
func TestFsckInTheProgram(t *testing.T) {
	data := t.TempDir()
	p := startProgram(t, data)
	doctor := p.signIn("qingxi")
	p.sentStudy(t, doctor, 2)
	backup := t.TempDir()
	if out, err := run1(t, "cp", "-r", filepath.Join(data, "objects"), backup); err != nil {
		t.Fatal(out)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	flipByte(t, filepath.Join(data, "objects"))
	out, err := p.fsck(t)
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(out, "hash") {
		t.Fatalf("damaged: %v %s", err, out)
	}
	p.start()
	if out, err = p.fsck(t, "--repair", "--from", backup); err != nil || !strings.Contains(out, "fetched from the backup") {
		t.Errorf("repair: %v %s", err, out)
	}
	if out, err = p.fsck(t); err != nil {
		t.Errorf("afterwards: %v %s", err, out)
	}
	doctor = p.signIn("qingxi")
	for _, path := range doctor.located() {
		if len(p.instance(doctor, path)) < 1000 {
			t.Error("an instance came back empty")
		}
	}
}

// flipByte damages the largest file below a folder: in the middle of what was written to it.
func flipByte(t *testing.T, dir string) {
	t.Helper()
	var largest string
	var size int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := d.Info()
		if err == nil && st.Size() > size {
			largest, size = path, st.Size()
		}
		return err
	})
	if err != nil || largest == "" {
		t.Fatalf("no file to damage: %v", err)
	}
	b, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	end := len(bytes.TrimRight(b, "\x00")) // a pack is allocated ahead
	b[end-end/4] ^= 1
	if err := os.WriteFile(largest, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
