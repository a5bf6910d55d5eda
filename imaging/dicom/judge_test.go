package dicom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"yilian/internal/foreign"
)

// TestAgreesWithJudges compares every shared file that can be read, its pixel data taken away, with what dcm2json makes of it, or pydicom
// where dcm2json gives no answer: the same elements, the same VRs, the same values. What neither answers for is named.
func TestAgreesWithJudges(t *testing.T) {
	tool := foreign.Program(t, "dcm2json")
	dir := t.TempDir()
	count := map[string]int{}
	pending := map[string]corpusFile{}
	for i, f := range corpusFiles(t) {
		path := filepath.Join(dir, strconv.Itoa(i))
		obj, err := withoutPixels(f.path, path)
		if err != nil {
			key := "damaged"
			if f.ok {
				key = "refused on purpose" // by TestCorpus
			}
			count[key]++
			continue
		}
		out, err := exec.Command(tool, "-q", path).Output()
		theirs := map[string]any{}
		if err != nil || unmarshal(out, &theirs) != nil {
			pending[strconv.Itoa(i)] = f
			continue
		}
		agree(t, f, obj, theirs, "dcm2json", count)
		_ = os.Remove(path)
	}
	byPydicom(t, dir, pending, count)
	t.Logf("%v", count)
	if count["agree with dcm2json"] < 250 {
		t.Errorf("only %d files compared with dcm2json", count["agree with dcm2json"])
	}
}

// withoutPixels writes a copy that has no pixel data and reads it.
func withoutPixels(from, to string) (*Object, error) {
	in, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	if _, err := ScanFile(in, Options{}); err != nil {
		return nil, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(EditFile(in, []Change{{Path: "PixelData", Op: Delete}}))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		return nil, err
	}
	return ScanFile(bytes.NewReader(b), Options{})
}

// agree counts a comparison. Text that we read by a guess is left to TestTruth.
func agree(t *testing.T, f corpusFile, obj *Object, theirs map[string]any, judge string, count map[string]int) {
	ours := map[string]any{}
	if err := unmarshal(obj.Dataset.AppendJSON(nil, JSONOptions{}), &ours); err != nil {
		t.Fatalf("%s: our JSON is none: %v", f.name, err)
	}
	_, guess := obj.Dataset.Charset()
	key := "agree with " + judge
	if guess != "" {
		key += " but for text by a guess"
	}
	for _, d := range differences("", ours, theirs) {
		_, what, _ := strings.Cut(d, " ")
		if guess == "" || !slices.ContainsFunc([]VR{LO, LT, PN, SH, ST, UC, UT}, func(v VR) bool { return strings.HasPrefix(what, v.String()+" ") }) {
			t.Errorf("%s: %s: %s", judge, f.name, d)
			key = "differ from " + judge
		}
	}
	count[key]++
}

// byPydicom has pydicom judge the files that are left in dir.
func byPydicom(t *testing.T, dir string, files map[string]corpusFile, count map[string]int) {
	const script = `
import sys, pathlib, json, pydicom
pydicom.config.settings.reading_validation_mode = 0
for f in pathlib.Path(sys.argv[1]).iterdir():
    try:
        d = pydicom.dcmread(f, force=True)
        print(json.dumps({"file": f.name, "data": d.to_json_dict(bulk_data_threshold=1 << 30, suppress_invalid_tags=True)}))
    except Exception as e:
        print(json.dumps({"file": f.name, "error": repr(e)}))
`
	out, err := exec.Command(foreign.Python(t, "pydicom"), "-W", "ignore", "-c", script, dir).Output()
	if err != nil && len(out) == 0 {
		count["no answer"] += len(files)
		return
	}
	for line := range strings.Lines(string(out)) {
		var answer struct {
			File, Error string
			Data        map[string]any
		}
		if err := unmarshal([]byte(line), &answer); err != nil {
			t.Fatal(err)
		}
		f, ok := files[answer.File]
		if !ok || answer.Error != "" {
			count["no answer"]++
			t.Logf("%s: no answer: %s", f.name, answer.Error)
			continue
		}
		obj, err := scanPath(filepath.Join(dir, answer.File))
		if err != nil {
			t.Fatal(err)
		}
		agree(t, f, obj, answer.Data, "pydicom", count)
	}
}

func unmarshal(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return dec.Decode(v)
}

func scanPath(path string) (*Object, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return ScanFile(r, Options{})
}

func differences(path string, ours, theirs map[string]any) []string {
	var out []string
	for tag, v := range theirs {
		if strings.HasPrefix(tag, "0002") || strings.HasSuffix(tag, "0000") {
			continue
		}
		o, ok := ours[tag].(map[string]any)
		if !ok {
			out = append(out, fmt.Sprintf("%s%s only theirs", path, tag))
			continue
		}
		th := v.(map[string]any)
		if excused(tag, path, o["vr"], th["vr"]) {
			continue
		}
		if o["vr"] != th["vr"] {
			out = append(out, fmt.Sprintf("%s%s vr %v, theirs %v", path, tag, o["vr"], th["vr"]))
			continue
		}
		ov, tv := valuesOf(o), valuesOf(th)
		if len(ov) != len(tv) {
			out = append(out, fmt.Sprintf("%s%s %v has %d values %.60v, theirs %d %.60v", path, tag, o["vr"], len(ov), ov, len(tv), tv))
			continue
		}
		for i := range ov {
			if oi, ok := ov[i].(map[string]any); ok && th["vr"] == "SQ" {
				out = append(out, differences(fmt.Sprintf("%s%s/%d/", path, tag, i), oi, tv[i].(map[string]any))...)
				continue
			}
			if a, b := normal(ov[i]), normal(tv[i]); a != b {
				out = append(out, fmt.Sprintf("%s%s %v value %q, theirs %q", path, tag, o["vr"], a, b))
			}
		}
	}
	for tag := range ours {
		if _, ok := theirs[tag]; !ok && tag != "00080005" {
			out = append(out, fmt.Sprintf("%s%s only ours", path, tag))
		}
	}
	return out
}

// valuesOf gives the values, none when all are empty.
func valuesOf(element map[string]any) []any {
	all, _ := element["Value"].([]any)
	if !slices.ContainsFunc(all, func(v any) bool { return strings.Trim(normal(v), "^") != "" }) {
		return nil
	}
	return all
}

// excused names where the two may differ: dcm2json looks up private elements of implicit VR in a dictionary of private ones, leaves
// UN as it is where we know better, and in items neither decodes by nor rewrites a character set of their own.
func excused(tag, path string, ours, theirs any) bool {
	switch {
	case tag == "00080005":
		return true
	case ours == "UN" && tag[3]%2 == 1:
		return true
	case theirs == "UN":
		return true
	}
	return strings.HasPrefix(path, "00321064/0/") && ours == "PN"
}

// normal makes numbers comparable however they are written.
func normal(v any) string {
	switch m := v.(type) {
	case nil:
		return ""
	case map[string]any:
		if s, ok := m["Alphabetic"].(string); ok && len(m) == 1 {
			v = strings.TrimRight(s, "^")
		}
	}
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		if err == nil {
			if math.Abs(f) < 1e-37 {
				f = 0 // dcm2json rounds denormals and keeps no sign of zero
			}
			return fmt.Sprintf("%.6g", f)
		}
	}
	s := strings.TrimRight(fmt.Sprint(v), "\x00")
	return strings.ReplaceAll(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == 0xFFFD }), "?"), "??", "?")
}
