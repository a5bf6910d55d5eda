package dicom

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yilian/internal/foreign"
)

// judges are edited files that foreign readers must read as we do.
func judges(t *testing.T) map[string][]byte {
	out := map[string][]byte{}
	change := func(name string, b []byte) {
		text := "Wang^Wu=王^五"
		edited, err := io.ReadAll(EditFile(bytes.NewReader(b), []Change{
			{Path: "PatientName", Values: []string{text}},
			{Path: "00081140/0/00081155", Values: []string{"2.25.815"}},
			{Path: "SOPInstanceUID", Values: []string{"2.25.4711"}},
		}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		out[strings.NewReplacer("/", "_", " ", "_", `\`, "_").Replace(name)] = edited
	}
	for _, uid := range plainSyntaxes {
		for _, defined := range []bool{false, true} {
			b := nested(Syntax(uid), defined)
			if uid == DeflatedExplicitVRLittleEndian {
				b = deflated(b)
			}
			meta := AppendMeta(nil, Meta{SOPClassUID: "1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID: "1.2.3", TransferSyntax: uid})
			change(fmt.Sprintf("%s-%v", uid, defined), append(meta, b...))
		}
	}
	if dir := findCorpus(); dir != "" {
		for _, name := range []string{
			"charset/chrH32.dcm", "charset/chrFren.dcm", "charset/zh_gbk_declared_latin1.dcm", "charset/zh_iso2022_ir58.dcm", "charset/chrSQEncoding1.dcm",
			"ts/CTImage_deflated.dcm", "ts/CTImage_explicit_be.dcm", "ts/CTImage_rle.dcm", "ts/MR_small_implicit.dcm", "ts/liver_deflate.dcm",
		} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
				continue
			}
			change(name, b)
		}
	}
	return out
}

// TestEditJudges has DCMTK and pydicom read what was edited.
func TestEditJudges(t *testing.T) {
	dump, python := foreign.Program(t, "dcmdump"), foreign.Python(t, "pydicom")
	dir := t.TempDir()
	for name, b := range judges(t) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(dump, "-q", path).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("2.25.815")) || bytes.Count(out, []byte("2.25.4711")) != 2 {
			t.Errorf("%s: dcmdump: %v %.300s", name, err, out)
		}
	}
	const script = `
import sys, pathlib, pydicom
for f in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    d = pydicom.dcmread(f)
    print(f.name, d.PatientName, d.ReferencedImageSequence[0].ReferencedSOPInstanceUID, d.file_meta.MediaStorageSOPInstanceUID, d.SOPInstanceUID, len(list(d.iterall())) > 4)
`
	out, err := exec.Command(python, "-c", script, dir).CombinedOutput()
	for line := range strings.Lines(string(out)) { // pydicom leaves the escape sequences of ISO 2022 IR 58 in the text
		if f := strings.Fields(line); len(f) < 6 || strings.ReplaceAll(strings.Join(f[1:], " "), "\x1b$)A", "") != "Wang^Wu=王^五 2.25.815 2.25.4711 2.25.4711 True" {
			t.Errorf("pydicom: %s", line)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestEditRandom edits random data sets: the stream, in any syntax and cut anywhere, ends as the edit in memory does, and elements that
// are not named keep their bytes.
func TestEditRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDataset(t, New(rapid.SampledFrom([]string{"ISO_IR 192", "GB18030"}).Draw(t, "terms")), 3)
		ts := Syntax(rapid.SampledFrom(plainSyntaxes).Draw(t, "syntax"))
		flat := ts
		flat.Deflated = false
		b, err := AppendDataset(nil, d, flat)
		if err != nil {
			t.Fatal(err)
		}
		changes := randomChanges(t)
		in := b
		if ts.Deflated {
			in = deflated(b)
		}
		pass := rapid.SampledFrom([]uint32{1, 5, 20, editPass}).Draw(t, "pass")
		out, err := io.ReadAll(&editor{r: bytes.NewReader(in), syntax: ts, changes: changes, pass: pass})
		memory, err2 := Parse(b, flat)
		if err2 != nil {
			t.Fatal(err2)
		}
		if err2 = memory.Apply(changes...); (err == nil) != (err2 == nil) {
			t.Fatalf("in the stream %v, in memory %v", err, err2)
		}
		if err != nil {
			return
		}
		after, err := Parse(out, ts)
		if err != nil {
			t.Fatal(err)
		}
		again, err := AppendDataset(nil, memory, flat)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Parse(again, flat)
		if err != nil {
			t.Fatal(err)
		}
		if diff := difference(want, after, ""); len(diff) > 0 {
			t.Fatalf("in the stream otherwise: %v", diff)
		}
		before, err := Parse(b, flat)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range difference(before, after, "") {
			path := c[1:]
			if !slices.ContainsFunc(changes, func(c Change) bool {
				return strings.HasPrefix(wild(path), wild(c.Path)) || strings.HasPrefix(wild(c.Path), wild(path))
			}) {
				t.Fatalf("%s changed", c)
			}
		}
	})
}

// wild makes item numbers alike.
func wild(path string) string {
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i += 2 {
		parts[i] = "*"
	}
	return strings.Join(parts, "/")
}

func randomChanges(t *rapid.T) []Change {
	var out []Change
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		path := ""
		for range rapid.IntRange(0, 2).Draw(t, "depth") {
			path += rapid.SampledFrom([]string{"00081110", "0040A730"}).Draw(t, "sequence") + "/" + rapid.SampledFrom([]string{"0", "1", "*"}).Draw(t, "item") + "/"
		}
		c := Change{Op: Operation(rapid.IntRange(0, 2).Draw(t, "operation"))}
		switch path += rapid.SampledFrom([]string{"00100010", "00080050", "00280010", "0020000D", "7FE10010"}).Draw(t, "tag"); path[len(path)-8:] {
		case "00280010":
			c.Values = []string{"77"}
		case "0020000D":
			c.Values = []string{"1.2.3.4"}
		default:
			c.Values = []string{rapid.StringMatching(`[a-z]{0,5}|[一-龥]{1,3}`).Draw(t, "text")}
		}
		c.Path = path
		out = append(out, c)
	}
	return out
}

// FuzzEdit: an edit of any bytes ends, and what can be read before can be read after, with the new value.
func FuzzEdit(f *testing.F) {
	seeds(f)
	for _, defined := range []bool{false, true} {
		f.Add(append(AppendMeta(nil, Meta{TransferSyntax: ExplicitVRLittleEndian}), nested(explicit, defined)...))
	}
	changes := []Change{
		{Path: "PatientName", Values: []string{"王^五"}},
		{Path: "00081140/*/00081155", Values: []string{"1.2.3"}},
		{Path: "0040A730/0/00080104", Op: Delete},
		{Path: "FFFAFFFA", Op: Delete},
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 {
			return
		}
		out, err := io.ReadAll(EditFile(bytes.NewReader(b), changes))
		before, err2 := ScanFile(bytes.NewReader(b), Options{})
		passed, err3 := io.ReadAll(&editor{r: bytes.NewReader(b), file: true, changes: changes, pass: 3})
		if err == nil && err3 != nil && !isChangeError(err3) { // the other way round, damage behind the last change passed unread
			t.Fatalf("error %v, when values pass through %v", err, err3)
		}
		if err == nil && err3 == nil && len(passed) > len(out) {
			t.Fatalf("%d bytes, when values pass through %d", len(out), len(passed))
		}
		if err != nil {
			if err2 == nil && !isChangeError(err) {
				t.Fatalf("can be read, not edited: %v", err)
			}
			return
		}
		if err2 != nil {
			t.Fatalf("cannot be read, but edited: %v", err2)
		}
		if len(before.Dataset.Elements) == 0 {
			return // file meta information and padding
		}
		after, err := ScanFile(bytes.NewReader(out), Options{})
		if err != nil {
			t.Fatalf("cannot be read any more: %v", err)
		}
		if got := after.Dataset.String(PatientName); got != "王^五" {
			t.Fatalf("name %q", got)
		}
		declared, guess := before.Dataset.Charset()
		if now, _ := after.Dataset.Charset(); guess != "" || !slices.Equal(declared, now) {
			return
		}
		for _, c := range difference(before.Dataset, after.Dataset, "") {
			if p := c[1:]; p != "00100010" && !strings.HasSuffix(p, "0000") && !strings.HasPrefix(p, "00081140/") && !strings.HasPrefix(p, "0040A730/0/") && p != "FFFAFFFA" {
				t.Fatalf("%s changed", c)
			}
		}
	})
}

func isChangeError(err error) bool {
	if err == nil {
		return false
	}
	return strings.Contains(err.Error(), "dicom.change") || strings.Contains(err.Error(), "its length can say") || strings.Contains(err.Error(), "too many for its VR")
}
