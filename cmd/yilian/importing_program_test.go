package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/fileset"
)

// offer is a folder's instances as a page would offer them, with their files and study.
func offer(t *testing.T, folder string) (study string, list []map[string]any, files [][]byte) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		o, err := dicom.ScanFile(bytes.NewReader(b), dicom.Options{Header: true})
		if err != nil {
			t.Fatal(err)
		}
		study = o.Dataset.UID(dicom.StudyInstanceUID)
		files = append(files, b)
		list = append(list, map[string]any{"uid": o.Dataset.UID(dicom.SOPInstanceUID), "size": int64(len(b)) - o.Start})
	}
	return study, list, files
}

// here asks what of an offer need not be sent.
func (c *client) here(study string, list []map[string]any) (status int, uids []string) {
	c.t.Helper()
	status, body := c.try("POST", "/api/import/here", map[string]any{"study": study, "instances": list})
	var answer struct{ Here []string }
	if status == http.StatusOK && json.Unmarshal(body, &answer) != nil {
		c.t.Fatalf("here: %s", body)
	}
	return status, answer.Here
}

func (c *client) dicomdir(body []byte) (int, []byte) {
	c.t.Helper()
	status, answer, _ := c.raw("POST", "/api/import/dicomdir", bytes.NewReader(body), http.Header{"Content-Type": {"application/dicom"}, "X-CSRF-Token": {c.csrf}})
	return status, answer
}

// TestImport: technologists import for their institution alone; what is here is recognised by UID and size; a kill in the middle loses
// nothing that was answered and stores nothing twice; the trail knows who.
func TestImport(t *testing.T) {
	p := startProgram(t, t.TempDir())
	study, list, files := offer(t, writeCT(t, 24))
	tech := p.signIn("qingxi-jishi")
	if status, here := tech.here(study, list); status != http.StatusOK || len(here) != 0 {
		t.Fatalf("before: %d %v", status, here)
	}
	if status, body := tech.stow("/dicom-web/studies", files[:8]...); status != http.StatusOK {
		t.Fatalf("first batch: %d %s", status, body)
	}
	p.kill()
	p.start()
	tech = p.signIn("qingxi-jishi")
	_, here := tech.here(study, list)
	if len(here) != 8 {
		t.Fatalf("after the kill %d of 8 are known", len(here))
	}
	var rest [][]byte
	for i, one := range list {
		if !slices.Contains(here, one["uid"].(string)) {
			rest = append(rest, files[i])
		}
	}
	if status, body := tech.stow("/dicom-web/studies", rest...); status != http.StatusOK {
		t.Fatalf("the rest: %d %s", status, body)
	}
	if n := len(tech.located()); n != 24 {
		t.Errorf("%d instances are listed", n)
	}
	other := slices.Clone(list)
	other[0] = map[string]any{"uid": list[0]["uid"], "size": list[0]["size"].(int64) + 2}
	if _, here := tech.here(study, other); len(here) != 23 {
		t.Errorf("of another size %d are known", len(here))
	}
	p.importRights(t, study, list, files[0])
}

func (p *program) importRights(t *testing.T, study string, list []map[string]any, file []byte) {
	for _, login := range []string{"qingxi", "yuepian", "admin"} {
		c := p.signIn(login)
		if status, _ := c.here(study, list); status != http.StatusForbidden {
			t.Errorf("%s asks what is here: %d", login, status)
		}
		if status, _ := c.dicomdir([]byte("x")); status != http.StatusForbidden {
			t.Errorf("%s has a directory read: %d", login, status)
		}
		if status, _ := c.stow("/dicom-web/studies", file); status != http.StatusForbidden {
			t.Errorf("%s stores: %d", login, status)
		}
	}
	audit := p.signIn("audit")
	p.await("the import in the trail", 5*time.Second, func() bool {
		_, trail := audit.get("/api/admin/events?entity=study&id=" + study)
		return strings.Contains(string(trail), "qingxi-jishi") || strings.Contains(string(trail), "清溪技师")
	})
}

// TestImportDirectory: what a disc's directory says is listed; what is none, is too large or lies is refused in words and quickly.
func TestImportDirectory(t *testing.T) {
	p := startProgram(t, t.TempDir())
	tech := p.signIn("qingxi-jishi")
	var w fileset.Writer
	_, _, files := offer(t, writeCT(t, 3))
	for _, f := range files {
		o, err := dicom.ScanFile(bytes.NewReader(f), dicom.Options{Header: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Add(o.Dataset, o.Syntax.UID); err != nil {
			t.Fatal(err)
		}
	}
	good, err := w.Directory()
	if err != nil {
		t.Fatal(err)
	}
	status, body := tech.dicomdir(good)
	if status != http.StatusOK || strings.Count(string(body), "DICOM/ST000001/SE000001/IM00000") != 3 {
		t.Errorf("a directory: %d %.300s", status, body)
	}
	bomb := append(bytes.Clone(good[:bytes.Index(good, []byte("\x04\x00\x20\x12SQ"))+8]), 0xFF, 0xFF, 0xFF, 0xFF)
	bomb = append(bomb, bytes.Repeat([]byte{0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0}, 2<<20-100)...)
	for name, body := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "an image": files[0], "cut off": good[:len(good)*2/3], "millions of records": bomb, "more than it takes": make([]byte, 17<<20),
	} {
		began := time.Now()
		status, answer := tech.dicomdir(body)
		if status < 400 || status >= 500 || !strings.Contains(string(answer), `"code"`) {
			t.Errorf("%s: %d %.200s", name, status, answer)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

// TestExportISO: the image of a disc has the length that was said, holds the study byte for byte, and a stranger finds what its DICOMDIR names.
func TestExportISO(t *testing.T) {
	bsdtar := tool(t, "bsdtar")
	p := startProgram(t, t.TempDir())
	tech := p.signIn("qingxi-jishi")
	study, list, files := offer(t, writeCT(t, 5))
	if status, body := tech.stow("/dicom-web/studies", files...); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	var body []byte
	var header http.Header
	p.await("the right to the study", 15*time.Second, func() bool {
		var status int
		status, body, header = tech.raw("GET", "/api/studies/"+study+"/export?format=iso", nil, nil)
		return status == http.StatusOK
	})
	if got := header.Get("Content-Length"); got != fmt.Sprint(len(body)) || !strings.Contains(header.Get("Content-Disposition"), ".iso") {
		t.Errorf("%s bytes of %d, %s", got, len(body), header.Get("Content-Disposition"))
	}
	dir := t.TempDir()
	iso := filepath.Join(dir, "study.iso")
	if err := os.WriteFile(iso, body, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(bsdtar, "-xf", iso, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("bsdtar: %v %s", err, out)
	}
	directory, err := os.ReadFile(filepath.Join(dir, "DICOMDIR"))
	if err != nil {
		t.Fatal(err)
	}
	patients, err := fileset.Read(bytes.NewReader(directory))
	if err != nil || len(patients) != 1 {
		t.Fatalf("directory: %v %v", patients, err)
	}
	found := 0
	for _, f := range patients[0].Studies[0].Series[0].Files {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(one map[string]any) bool { return one["uid"] == f.Instance })
		o, err := dicom.ScanFile(bytes.NewReader(b), dicom.Options{})
		if err != nil || i < 0 || !bytes.Equal(b[o.Start:], dataSet(t, files[i])) {
			t.Errorf("%s is not what was sent: %v", f.Path, err)
		}
		found++
	}
	if found != 5 {
		t.Errorf("%d files", found)
	}
	if status, _ := tech.get("/api/studies/" + study + "/export?format=exe"); status != http.StatusUnprocessableEntity {
		t.Errorf("another format: %d", status)
	}
	if status, _ := p.signIn("zhou").get("/api/studies/" + study + "/export?format=iso"); status != http.StatusNotFound {
		t.Errorf("a stranger: %d", status)
	}
}
