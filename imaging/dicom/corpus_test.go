package dicom

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus finds the shared DICOM files, which stand beside the repository where developers have them; the test is skipped elsewhere.
func corpus(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			shared := filepath.Join(dir, "../shared/dicom")
			if _, err := os.Stat(filepath.Join(shared, "INDEX.tsv")); err == nil {
				return shared
			}
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("the shared DICOM files are not here")
	return ""
}

type corpusFile struct {
	name, path, syntax, charset string
	ok                          bool // for dcmdump
	pixels                      string
}

func corpusFiles(t testing.TB) []corpusFile {
	dir := corpus(t)
	f, err := os.Open(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []corpusFile
	lines := bufio.NewScanner(f)
	lines.Scan()
	for lines.Scan() {
		c := strings.Split(lines.Text(), "\t")
		out = append(out, corpusFile{name: c[0], path: filepath.Join(dir, c[0]), syntax: c[5], charset: c[9], ok: c[11] == "ok", pixels: c[15]})
	}
	return out
}

func TestTry(t *testing.T) {
	for _, f := range corpusFiles(t) {
		r, err := os.Open(f.path)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := ScanFile(r, Options{})
		r.Close()
		if (err == nil) != f.ok {
			t.Logf("%s: dcmdump ok=%v, we: %v", f.name, f.ok, err)
		}
		if err == nil && f.syntax != obj.Syntax.UID {
			t.Logf("%s: ts %s %s", f.name, f.syntax, obj.Syntax.UID)
		}
		if err == nil && len(obj.Warnings) > 0 {
			t.Logf("%s: %v", f.name, obj.Warnings)
		}
	}
}
