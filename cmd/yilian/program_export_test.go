package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/fileset"
)

// TestExport: who may see a study takes it home whole, byte for byte, with a directory; who may not learns nothing; the trail has it.
func TestExport(t *testing.T) {
	tool(t, "storescu")
	p := startProgram(t, t.TempDir())
	sent := writeCT(t, 3)
	p.deliver(sent)
	doctor := p.signIn("qingxi-jishi")
	var studies []map[string]struct{ Value []any }
	p.await("study listed", 15*time.Second, func() bool {
		_, body := doctor.get("/dicom-web/studies")
		return json.Unmarshal(body, &studies) == nil && len(studies) == 1
	})
	uid := studies[0]["0020000D"].Value[0].(string)

	var body []byte
	p.await("the reader's right to the study", 15*time.Second, func() bool { // it begins with the read, not with the first image
		var status int
		status, body = doctor.get("/api/studies/" + uid + "/export")
		return status == 200
	})
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	patients, err := fileset.Read(bytes.NewReader(files["DICOMDIR"]))
	if err != nil || len(patients) != 1 || len(patients[0].Studies) != 1 || patients[0].Studies[0].UID != uid {
		t.Fatalf("directory: %v %v", patients, err)
	}
	found := 0
	for _, se := range patients[0].Studies[0].Series {
		for _, f := range se.Files {
			o, err := dicom.ScanFile(bytes.NewReader(files[f.Path]), dicom.Options{})
			if err != nil || o.Dataset.UID(dicom.SOPInstanceUID) != f.Instance {
				t.Errorf("%s is not the instance %s: %v", f.Path, f.Instance, err)
			}
			found++
		}
	}
	if found != 3 || len(files["README.TXT"]) == 0 {
		t.Errorf("the ZIP has %d instances and a README of %d bytes", found, len(files["README.TXT"]))
	}

	reader := p.signIn("yuepian") // may look at it, and gives no copies away
	p.await("the reader's right to look", 15*time.Second, func() bool {
		status, _ := reader.get("/dicom-web/studies/" + uid + "/metadata")
		return status == 200
	})
	if status, _ := reader.get("/api/studies/" + uid + "/export"); status != 404 {
		t.Errorf("a reader of another house exports: %d", status)
	}
	stranger := p.signIn("zhou") // no request of theirs has this study
	if status, body := stranger.get("/api/studies/" + uid + "/export"); status != 404 || strings.Contains(string(body), "PK") {
		t.Errorf("somebody without a right to the study gets %d", status)
	}
	audit := p.signIn("audit")
	p.await("the export in the trail", 5*time.Second, func() bool {
		_, trail := audit.get("/api/admin/events?entity=study&id=" + uid)
		return strings.Contains(string(trail), "study.exported")
	})
}
