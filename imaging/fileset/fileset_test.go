package fileset_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yilian/imaging/dicom"
	"yilian/imaging/fileset"
	"yilian/imaging/phantom"
	"yilian/internal/foreign"
)

// write lays a file-set of two patients in a folder, and answers how many instances it has.
func write(t *testing.T, folder string) (instances int) {
	t.Helper()
	w := fileset.Writer{ID: "YILIAN_TEST"}
	for i, kind := range []phantom.Kind{phantom.ChestCT, phantom.ChestDX, phantom.ECG, phantom.BrainMR} {
		o := phantom.Options{Images: 3, Size: 32, Seed: uint64(i + 1), StudyUID: fmt.Sprintf("1.2.826.0.1.3680043.10.1462.5.%d", i), PatientID: fmt.Sprintf("P%d", i%2), Name: "Zhang^San=张^三"}
		for object, err := range phantom.Study(kind, o) {
			if err != nil {
				t.Fatal(err)
			}
			scanned, err := dicom.ScanFile(bytes.NewReader(object.File), dicom.Options{Header: true})
			if err != nil {
				t.Fatal(err)
			}
			path, err := w.Add(scanned.Dataset, scanned.Syntax.UID)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(folder, filepath.FromSlash(path))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, object.File, 0o644); err != nil {
				t.Fatal(err)
			}
			instances++
		}
	}
	directory, err := w.Directory()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "DICOMDIR"), directory, 0o644); err != nil {
		t.Fatal(err)
	}
	return instances
}

func read(t *testing.T, file string) []*fileset.Patient {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	patients, err := fileset.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(file), err)
	}
	return patients
}

// shape is "studies/series/files" of each patient.
func shape(patients []*fileset.Patient) string {
	var out []string
	for _, p := range patients {
		var series, files int
		for _, st := range p.Studies {
			series += len(st.Series)
			for _, se := range st.Series {
				files += len(se.Files)
			}
		}
		out = append(out, fmt.Sprintf("%s %d/%d/%d", p.ID, len(p.Studies), series, files))
	}
	return strings.Join(out, ", ")
}

func TestWriteAndRead(t *testing.T) {
	folder := t.TempDir()
	instances := write(t, folder)
	patients := read(t, filepath.Join(folder, "DICOMDIR"))
	if len(patients) != 2 || len(patients[0].Studies) != 2 || patients[0].Name != "张三" {
		t.Fatalf("read back: %s, first named %q", shape(patients), patients[0].Name)
	}
	found := 0
	for _, p := range patients {
		for _, st := range p.Studies {
			for _, se := range st.Series {
				for _, f := range se.Files {
					found++
					b, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(f.Path)))
					if err != nil {
						t.Fatal(err)
					}
					o, err := dicom.ScanFile(bytes.NewReader(b), dicom.Options{Header: true})
					if err != nil {
						t.Fatal(err)
					}
					if got := o.Dataset.UID(dicom.SOPInstanceUID); got != f.Instance || o.Dataset.UID(dicom.SeriesInstanceUID) != se.UID || o.Dataset.UID(dicom.StudyInstanceUID) != st.UID {
						t.Errorf("%s is %s, of another place in the directory", f.Path, got)
					}
				}
			}
		}
	}
	if found != instances {
		t.Errorf("the directory lists %d of %d files", found, instances)
	}
}

// A foreign reader follows the links, and a foreign judge finds no error.
func TestJudges(t *testing.T) {
	folder := t.TempDir()
	instances := write(t, folder)
	judge, python := foreign.Program(t, "dciodvfy"), foreign.Python(t, "pydicom")
	said, _ := exec.Command(judge, filepath.Join(folder, "DICOMDIR")).CombinedOutput()
	for line := range strings.Lines(string(said)) {
		if strings.HasPrefix(line, "Error") {
			t.Errorf("dciodvfy: %s", line)
		}
	}
	script := `
import sys
from pydicom.fileset import FileSet
fs = FileSet(sys.argv[1])
print(len(fs), len(fs.find_values("PatientID")), len(fs.find_values("StudyInstanceUID")))
for i in fs: i.load()
`
	out, err := exec.Command(python, "-W", "ignore", "-c", script, filepath.Join(folder, "DICOMDIR")).CombinedOutput()
	if want := fmt.Sprintf("%d 2 4\n", instances); err != nil || string(out) != want {
		t.Errorf("pydicom reads %q, want %q: %v", out, want, err)
	}
}

func TestRefuses(t *testing.T) {
	var w fileset.Writer
	if _, err := w.Add(dicom.New(""), dicom.ExplicitVRLittleEndian); err == nil {
		t.Error("an instance without identifiers was taken")
	}
	for o, err := range phantom.Study(phantom.ChestDX, phantom.Options{Images: 1, Size: 16, Seed: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fileset.Read(bytes.NewReader(o.File)); err == nil {
			t.Error("an image was read as a directory")
		}
	}
}

// Directories of others: well-formed ones, big-endian and implicit ones, and one whose records are out of order.
func TestForeignDirectories(t *testing.T) {
	folder := "../../../shared/dicom/fileset"
	if _, err := os.Stat(folder); err != nil {
		folder = "/usr/lib/python3/dist-packages/pydicom/data/test_files/dicomdirtests"
	}
	if _, err := os.Stat(folder); err != nil {
		foreign.Missing(t, "python3-pydicom")
	}
	for name, want := range map[string]string{
		"DICOMDIR": "77654033 2/4/7, 98890234 4/9/24", "DICOMDIR-bigEnd": "77654033 2/4/7, 98890234 4/9/24", "DICOMDIR-implicit": "77654033 2/4/7, 98890234 4/9/24",
		"DICOMDIR-reordered": "77654033 2/4/7, 98890234 4/9/24", "DICOMDIR-empty.dcm": "",
	} {
		file := filepath.Join(folder, name)
		if _, err := os.Stat(file); err != nil {
			continue
		}
		if got := shape(read(t, file)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestPathsStayInside(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(lay(t), "DICOMDIR"))
	if err != nil {
		t.Fatal(err)
	}
	for _, evil := range []string{"..", "...", "A/B", `C:AA`} {
		changed := bytes.ReplaceAll(good, []byte("DICOM\\ST"), []byte((evil + "     ")[:5]+"\\ST"))
		patients, err := fileset.Read(bytes.NewReader(changed))
		if err != nil {
			t.Fatal(err)
		}
		if got := shape(patients); !strings.Contains(got, "/0") {
			t.Errorf("%q: files are listed: %s", evil, got)
		}
	}
}

func lay(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder)
	return folder
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("DICM"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = fileset.Read(bytes.NewReader(b)) })
}
