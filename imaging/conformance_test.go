package imaging_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

var update = flag.Bool("update-conformance", false, "write the tables of CONFORMANCE.md anew")

// TestConformanceTables: the tables of transfer syntaxes and character sets are what the code says.
// `go test ./imaging -run ConformanceTables -update-conformance` writes them anew.
func TestConformanceTables(t *testing.T) {
	const file = "CONFORMANCE.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for name, table := range map[string]string{"transfer syntaxes": syntaxes(), "character sets": strings.Join(dicom.CharacterSets(), ", ") + "\n"} {
		begin, end := "<!-- "+name+": from the code -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("no place for the table of %s", name)
		}
		text = before + begin + table + end + after
	}
	if text == string(b) {
		return
	}
	if !*update {
		t.Error("CONFORMANCE.md is not what the code says: go test ./imaging -run ConformanceTables -update-conformance")
		return
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // a document
		t.Fatal(err)
	}
}

// TestExercises: every test that the table of foreign peers names is there.
func TestExercises(t *testing.T) {
	b, err := os.ReadFile("CONFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(b), "<!-- exercises -->")
	table, _, closed := strings.Cut(table, "<!-- end -->")
	if !ok || !closed {
		t.Fatal("no table of exercises")
	}
	var tests strings.Builder
	for _, dir := range []string{"scp", "forward", "../cmd/yilian"} {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no tests in %s: %v", dir, err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(text)
		}
	}
	named := regexp.MustCompile(`Test[A-Za-z]+`).FindAllString(table, -1)
	for _, name := range named {
		if !strings.Contains(tests.String(), "func "+name+"(") {
			t.Errorf("there is no %s", name)
		}
	}
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
}

// syntaxes lists what is known below DICOM's root for transfer syntaxes (PS3.6 Table A-1).
func syntaxes() string {
	var out strings.Builder
	out.WriteString("| transfer syntax | UID | taken, kept, given as it is | decoded | written |\n|---|---|---|---|---|\n")
	line := func(uid string) {
		ts := dicom.Syntax(uid)
		if !ts.Known {
			return
		}
		mark := map[bool]string{true: "yes", false: "no"}
		fmt.Fprintf(&out, "| %s | %s | yes | %s | %s |\n", ts.Name, ts.UID, mark[imaging.Readable(ts)], mark[imaging.Writable(ts)])
	}
	const root = "1.2.840.10008.1.2"
	line(root)
	for group := range 9 {
		if group == 7 {
			continue // live media, which encode no data set
		}
		line(fmt.Sprintf("%s.%d", root, group))
		for n := range 300 {
			line(fmt.Sprintf("%s.%d.%d", root, group, n))
			line(fmt.Sprintf("%s.%d.%d.1", root, group, n))
		}
	}
	return out.String()
}
