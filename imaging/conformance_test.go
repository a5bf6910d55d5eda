package imaging_test

import (
	"flag"
	"fmt"
	"os"
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
