package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
)

// goodFile is one that must arrive whatever comes beside it.
type goodFile struct {
	instance string
	content  []byte
}

func goodFiles(t *testing.T, n int) (files []goodFile) {
	t.Helper()
	for o, err := range phantom.Study(phantom.ChestCT, phantom.Options{Images: n, Size: 64, StudyUID: newUID(), Seed: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, goodFile{o.SOPInstanceUID, o.File})
	}
	return files
}

// climbing are files whose identifiers are paths out of any folder.
func climbing(t *testing.T) (files []hostileFile) {
	t.Helper()
	good := goodFiles(t, 1)[0]
	object, err := dicom.ScanFile(bytes.NewReader(good.content), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := object.Dataset
	for name, uid := range map[string]string{
		"study": d.UID(dicom.StudyInstanceUID), "series": d.UID(dicom.SeriesInstanceUID), "instance": good.instance,
	} {
		for _, path := range []string{"../../../../evil", "/tmp/evil", `..\..\evil`, "..%2f..%2fevil", "evil\x00.dcm", "."} {
			to := (path + strings.Repeat("/evil", 20))[:len(uid)]
			if path == "." {
				to = strings.Repeat(".", len(uid))
			}
			files = append(files, hostileFile{fmt.Sprintf("own: %s %q", name, path), bytes.ReplaceAll(good.content, []byte(uid), []byte(to))})
		}
	}
	return files
}

// TestHostileBatches sends what is malformed together with what is good: in one STOW request, over one association, and as a folder that is
// imported. What is good arrives, what is not has an answer of its own; nothing is written outside the store, and memory stays bounded.
func TestHostileBatches(t *testing.T) {
	outer := t.TempDir()
	data := filepath.Join(outer, "a", "b", "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, data)
	tech := p.signIn("qingxi-jishi")
	hostile := append(hostileFiles(t), climbing(t)...)
	before := p.memory("VmRSS")
	for door, send := range map[string]func(*testing.T, *program, *client, []hostileFile, []goodFile){
		"one STOW request": stowTogether, "one association": storeTogether, "a folder": importTogether,
	} {
		t.Run(door, func(t *testing.T) {
			good := goodFiles(t, 8)
			send(t, p, tech, hostile, good)
			where := tech.located()
			for _, g := range good {
				if where[g.instance] == "" {
					t.Errorf("a good instance did not arrive: %s", g.instance)
				}
			}
			if !p.alive() {
				t.Fatalf("the program ended:\n%s", p.log)
			}
		})
	}
	readBack(t, tech)
	within(t, outer, data)
	if peak := p.memory("VmHWM"); peak > before+250<<20 {
		t.Errorf("hostile files cost %d MB", (peak-before)>>20)
	} else {
		t.Logf("%d hostile files: resident %d MB before, %d MB at most", len(hostile), before>>20, peak>>20)
	}
	if log := p.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		t.Errorf("in the log:\n%.3000s", log[max(0, strings.Index(log, "level=ERROR")):])
	}
	if out, err := p.fsck(t); err != nil {
		t.Errorf("fsck: %v %s", err, out)
	}
}

// mixed puts the good files evenly among the hostile ones.
func mixed(hostile []hostileFile, good []goodFile) (all []hostileFile) {
	every := len(hostile)/len(good) + 1
	for i, h := range hostile {
		if i%every == 0 {
			all = append(all, hostileFile{"good", good[i/every].content})
		}
		all = append(all, h)
	}
	for _, g := range good[(len(hostile)+every-1)/every:] {
		all = append(all, hostileFile{"good", g.content})
	}
	return all
}

func stowTogether(t *testing.T, _ *program, c *client, hostile []hostileFile, good []goodFile) {
	parts := mixed(hostile, good)
	contents := make([][]byte, len(parts))
	for i, f := range parts {
		contents[i] = f.content
	}
	status, answer := c.stow("/dicom-web/studies", contents...)
	var said map[string]struct {
		Value []map[string]struct{ Value []any }
	}
	if err := json.Unmarshal(answer, &said); err != nil || status != http.StatusAccepted {
		t.Fatalf("status %d: %.500s %v", status, answer, err)
	}
	// What has no SOP Instance UID cannot stand among the failed ones (PS3.18 Annex I.2: Other Failures Sequence).
	stored, failed := said["00081199"].Value, slices.Concat(said["00081198"].Value, said["0008119A"].Value)
	if len(stored) < len(good) || len(stored)+len(failed) != len(parts) {
		t.Errorf("%d parts, %d stored and %d failed are told of", len(parts), len(stored), len(failed))
	}
	for _, f := range failed {
		if len(f["00081197"].Value) == 0 {
			t.Errorf("refused without a reason: %v", f)
		}
	}
}

func storeTogether(t *testing.T, p *program, _ *client, hostile []hostileFile, good []goodFile) {
	const ct = "1.2.840.10008.5.1.4.1.1.2"
	var a *dimse.Association
	defer func() {
		if a != nil {
			a.Abort()
		}
	}()
	aborted := 0
	for _, f := range mixed(hostile, good) {
		class, instance, syntax, content := f.guess(t)
		if syntax != dicom.ExplicitVRLittleEndian || class == "" {
			syntax = dicom.ImplicitVRLittleEndian
		}
		if a == nil {
			var err error
			if a, err = dimse.Dial(t.Context(), p.dcm, dimse.Options{
				Calling: "QINGXI_CT", Called: "YILIAN", Timeouts: dimse.Timeouts{Response: 10 * time.Second},
				Contexts: []dimse.Proposal{
					{AbstractSyntax: ct, TransferSyntaxes: []string{dicom.ExplicitVRLittleEndian}}, {AbstractSyntax: ct, TransferSyntaxes: []string{dicom.ImplicitVRLittleEndian}},
				},
			}); err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
		}
		out, err := a.Store(t.Context(), dimse.Instance{SOPClass: ct, SOPInstance: instance, TransferSyntax: syntax, Data: bytes.NewReader(content), Size: int64(len(content))})
		if err != nil {
			aborted++
			_ = a.Close()
			a = nil
		}
		if f.name == "good" && (err != nil || out.Status != dimse.Success) {
			t.Errorf("a good instance after others: %v, %v", out.Status, err)
		}
	}
	if aborted > 3 {
		t.Errorf("the association was lost %d times", aborted)
	}
}

func importTogether(t *testing.T, p *program, _ *client, hostile []hostileFile, good []goodFile) {
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, f := range mixed(hostile, good) {
		sub := filepath.Join(dir, fmt.Sprint(i%5))
		if err := os.MkdirAll(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("%04d", i)), f.content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	out, err := run1(t, bin, "send", dir, "--to", p.dcm, "--calling", "QINGXI_CT", "--retries", "1", "--timeout", "20s")
	if err == nil || !strings.Contains(out, "were not taken") {
		t.Errorf("the import is whole: %v %.300s", err, out)
	}
	counts := regexp.MustCompile(`sent (\d+) \(\d+ with a warning\), failed (\d+), sent before 0, no DICOM (\d+)`).FindStringSubmatch(out)
	if counts == nil {
		t.Fatalf("%.1000s", out)
	}
	var lines int // one for each that was not taken
	for line := range strings.Lines(out) {
		if strings.Contains(line, "\t"+dir) {
			lines++
		}
	}
	if fmt.Sprint(lines) != counts[2] {
		t.Errorf("%d lines for %s failures", lines, counts[2])
	}
	t.Logf("%s", counts[0])
}

// within looks for what was written where it does not belong.
func within(t *testing.T, outer, data string) {
	t.Helper()
	plain := regexp.MustCompile(`^[A-Za-z0-9._+=~-]+$`)
	var outside []string
	err := filepath.WalkDir(outer, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, inside := strings.CutPrefix(path, data)
		switch {
		case d.IsDir() && strings.HasPrefix(data, path):
		case !inside, inside && rel != "" && (!plain.MatchString(d.Name()) || strings.Contains(d.Name(), "evil") || strings.Contains(d.Name(), "..")):
			outside = append(outside, path)
		}
		return nil
	})
	for _, path := range []string{"/tmp/evil", filepath.Join(outer, "..", "evil"), "/evil"} {
		if exists(path) {
			outside = append(outside, path)
		}
	}
	if err != nil || len(outside) > 0 {
		t.Errorf("where nothing belongs: %v %v", slices.Clip(outside), err)
	}
}
