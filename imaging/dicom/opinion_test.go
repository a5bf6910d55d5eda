package dicom

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	suyashkumar "github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// TestDictionaryAgrees compares every entry with the dictionary it was made from.
func TestDictionaryAgrees(t *testing.T) {
	for i, ours := range dictTags {
		if ours.Group() == 0 || ours.Element() == 0 || ours&^0xF == 0x00280400 {
			continue // PS3.7; group lengths; (0028,04x0), which stands there twice
		}
		info, err := tag.Find(tag.Tag{Group: ours.Group(), Element: ours.Element()})
		if err != nil || info.Keyword != keywordAt(i) {
			t.Errorf("%v: %q, theirs %q, %v", ours, keywordAt(i), info.Keyword, err)
			continue
		}
		if vr := ours.VR().String(); !strings.Contains(strings.Join(info.VRs, " "), vr) && info.VRs[0] != "NA" {
			t.Errorf("%v: %s, theirs %v", ours, vr, info.VRs)
		}
	}
}

// TestSecondOpinion reads the well-formed files that come with github.com/suyashkumar/dicom and compares the texts.
func TestSecondOpinion(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/suyashkumar/dicom").Output()
	if err != nil {
		t.Skip("the module is not in the cache")
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "testdata/*.dcm"))
	if err != nil || len(files) == 0 {
		t.Skip("the module has no test data")
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := ScanFile(bytes.NewReader(b), Options{Size: int64(len(b))})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		theirs, err := suyashkumar.Parse(bytes.NewReader(b), int64(len(b)), nil, suyashkumar.SkipPixelData())
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, e := range theirs.Elements {
			want, ok := e.Value.GetValue().([]string)
			at := NewTag(e.Tag.Group, e.Tag.Element)
			if !ok || at.Group() == 2 || at == PixelData || at.IsPrivate() {
				continue
			}
			compared++
			got := strings.Join(obj.Dataset.Strings(at), `\`)
			if strings.TrimSpace(got) != strings.TrimSpace(strings.Join(want, `\`)) && !strings.Contains(strings.Join(want, ""), " ") {
				t.Errorf("%s: %v: %q, theirs %q", filepath.Base(path), at, got, want)
			}
		}
		if compared < 10 {
			t.Errorf("%s: only %d elements compared", filepath.Base(path), compared)
		}
	}
}
