package structured

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"yilian/imaging/dicom"
)

var update = flag.Bool("update", false, "write testdata anew")

// TestGolden: the objects say what they said before.
func TestGolden(t *testing.T) {
	all := append(every().objects(t), waves().objects(t)...)
	for i, o := range all {
		file, err := o.File()
		if err != nil {
			t.Fatal(err)
		}
		read, err := dicom.ScanFile(bytes.NewReader(file), dicom.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(read.Warnings) > 0 {
			t.Errorf("%v", read.Warnings)
		}
		var got bytes.Buffer
		if err := json.Indent(&got, read.Dataset.AppendJSON(nil, dicom.JSONOptions{}), "", " "); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", fmt.Sprintf("%d-%s.json", i, o.Dataset.String(dicom.Modality)))
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s differs: look, then go test ./imaging/structured -update", path)
		}
	}
}
