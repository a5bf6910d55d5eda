package dicom

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yilian"
)

// findCorpus finds the shared DICOM files, which stand beside the repository where developers have them; "" elsewhere.
func findCorpus() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for range 8 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			shared := filepath.Join(dir, "../shared/dicom")
			if _, err := os.Stat(filepath.Join(shared, "INDEX.tsv")); err == nil {
				return shared
			}
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// corpus gives the folder of the shared files, or skips the test.
func corpus(t testing.TB) string {
	dir := findCorpus()
	if dir == "" {
		t.Skip("the shared DICOM files are not here")
	}
	return dir
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
	defer func() { _ = f.Close() }()
	var out []corpusFile
	lines := bufio.NewScanner(f)
	lines.Scan()
	for lines.Scan() {
		c := strings.Split(lines.Text(), "\t")
		out = append(out, corpusFile{name: c[0], path: filepath.Join(dir, c[0]), syntax: c[5], charset: c[9], ok: c[11] == "ok", pixels: c[15]})
	}
	return out
}

// judged names the files on which we differ from dcmdump on purpose. "" means that we read them.
var judged = map[string]Reason{
	"fileset/DICOMDIR-nooffset":               ReasonLength, // the last item is longer than the sequence it is in
	"malformed/generated/nested_sq_64u.dcm":   ReasonDepth,
	"malformed/generated/nested_sq_1000u.dcm": ReasonDepth,
	"malformed/pwnlab/TC0265_depth_100.dcm":   ReasonDepth,
	"malformed/generated/preamble_only.dcm":   ReasonNotDICOM,
}

// TestCorpus reads every shared file and expects of each what INDEX.tsv says of it.
func TestCorpus(t *testing.T) {
	for _, f := range corpusFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			obj, err := scanPath(f.path)
			reason, ours := judged[f.name]
			if ours {
				if got, ok := errors.AsType[*SyntaxError](err); !ok || got.Reason != reason {
					t.Fatalf("error %v, want reason %s", err, reason)
				}
				return
			}
			if !f.ok {
				if _, ok := errors.AsType[*SyntaxError](err); !ok {
					t.Fatalf("error %v, want a SyntaxError", err)
				}
				if yilian.KindOf(err) != yilian.Invalid {
					t.Errorf("kind %v of %v", yilian.KindOf(err), err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if f.syntax != "" && obj.Syntax.UID != f.syntax {
				t.Errorf("transfer syntax %s, want %s", obj.Syntax.UID, f.syntax)
			}
			if info, err := os.Stat(f.path); err == nil && !obj.Syntax.Deflated && obj.Size != info.Size() {
				t.Errorf("size %d, want %d", obj.Size, info.Size())
			}
		})
	}
}
