package dicom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestAgreesWithDCMTK compares every readable file of the corpus with what dcm2json makes of it: the same elements, the same VRs,
// the same values.
func TestAgreesWithDCMTK(t *testing.T) {
	tool, err := exec.LookPath("dcm2json")
	if err != nil {
		t.Skip("dcm2json is not installed")
	}
	compared := 0
	for _, f := range corpusFiles(t) {
		if !f.ok {
			continue
		}
		obj, err := scanPath(f.path)
		if err != nil {
			continue // TestCorpus says which may
		}
		out, err := exec.Command(tool, f.path).Output()
		if err != nil {
			continue // dcm2json refuses some character sets and all incomplete files
		}
		compared++
		theirs := map[string]any{}
		if err := unmarshal(out, &theirs); err != nil {
			continue
		}
		ours := map[string]any{}
		b := obj.Dataset.AppendJSON(nil, JSONOptions{})
		if err := unmarshal(b, &ours); err != nil {
			t.Fatalf("%s: our JSON is none: %v\n%s", f.name, err, b)
		}
		guess := ""
		if _, guess = obj.Dataset.Charset(); guess != "" {
			continue // TestTruth judges what dcm2json does not guess
		}
		for _, d := range differences("", ours, theirs) {
			t.Errorf("%s: %s", f.name, d)
		}
	}
	if compared < 100 {
		t.Errorf("only %d files compared", compared)
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
		ov, _ := o["Value"].([]any)
		tv, _ := th["Value"].([]any)
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
