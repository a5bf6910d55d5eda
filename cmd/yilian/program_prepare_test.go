package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMetadataPrepared: once somebody has asked for the metadata of a study, those of the next one are made when it is complete,
// before anybody asks.
func TestMetadataPrepared(t *testing.T) {
	tool(t, "storescu")
	data := t.TempDir()
	p := startProgram(t, data)
	admin := p.signIn("admin")
	admin.settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"CT": "1s", "": "1s"}}})
	objects := func() int {
		t.Helper()
		n := 0
		err := filepath.WalkDir(filepath.Join(data, "objects"), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".gz") {
				n++
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return n
	}
	p.deliver(writeCT(t, 3))
	doctor := p.signIn("yuepian")
	var studies []map[string]struct{ Value []any }
	p.await("study listed", 15*time.Second, func() bool {
		_, body := doctor.get("/dicom-web/studies")
		return json.Unmarshal(body, &studies) == nil && len(studies) == 1
	})
	p.await("metadata of the first study", 15*time.Second, func() bool {
		status, _ := doctor.get("/dicom-web/studies/" + studies[0]["0020000D"].Value[0].(string) + "/metadata")
		return status == 200
	})
	before := objects()
	if before == 0 {
		t.Fatal("no metadata object is kept")
	}
	p.deliver(writeCT(t, 3))
	p.await("metadata of the second study", 20*time.Second, func() bool { return objects() > before })
}
