package dicomweb_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yilian/imaging"
)

// TestMetadataJudgedByPydicom: what a foreign reader makes of our metadata is what it makes of the files.
func TestMetadataJudgedByPydicom(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, where python3-pydicom is
	if err := exec.CommandContext(t.Context(), python, "-c", "import pydicom").Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3-pydicom is not installed")
		}
		t.Skip("python3-pydicom is not installed")
	}
	w := newWorld(t)
	dir := t.TempDir()
	put := func(name string, file []byte) {
		s, err := w.archive.Store(t.Context(), north, imaging.Incoming{Part10: true}, bytes.NewReader(file))
		if err != nil || len(s.Study) == 0 || strings.HasPrefix(string(s.Study), "2.25.") {
			return
		}
		a := w.get("north", "/studies/"+string(s.Study)+"/series/"+string(s.Series)+"/instances/"+string(s.Instance)+"/metadata")
		if a.status != 200 {
			t.Errorf("%s: status %d", name, a.status)
			return
		}
		base := filepath.Join(dir, strings.NewReplacer("/", "_", ".dcm", "").Replace(name))
		for ext, b := range map[string][]byte{".dcm": file, ".json": a.body} {
			if err := os.WriteFile(base+ext, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	put("generated", slice(1, 1).file(t))
	if shared() != "" {
		files := sharedFiles(t, "charset", "modality", "multiframe", "sr", "seg", "rt", "ecg", "doc", "sm", "video", "ts", "pixel")
		for _, name := range names(files) {
			put(name, files[name])
		}
	}
	out, err := exec.CommandContext(t.Context(), python, "-W", "ignore", "testdata/judge.py", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		t.Error(strings.TrimSpace(line))
	}
}
