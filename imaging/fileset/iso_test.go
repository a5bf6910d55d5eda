package fileset_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/fileset"
	"yilian/imaging/phantom"
	"yilian/internal/foreign"
)

// entries are the instances of a study, and what their files hold by instance UID.
func entries(t *testing.T, images int) (iter.Seq2[fileset.Entry, error], map[string][]byte) {
	t.Helper()
	var all []fileset.Entry
	files := map[string][]byte{}
	for o, err := range phantom.Study(phantom.ChestCT, phantom.Options{Images: images, Size: 16, Seed: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		scanned, err := dicom.ScanFile(bytes.NewReader(o.File), dicom.Options{Header: true})
		if err != nil {
			t.Fatal(err)
		}
		files[scanned.Dataset.UID(dicom.SOPInstanceUID)] = o.File
		all = append(all, fileset.Entry{
			Header: scanned.Dataset, Syntax: scanned.Syntax.UID,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o.File)), nil },
			Size: func() (int64, error) { return int64(len(o.File)), nil },
		})
	}
	return func(yield func(fileset.Entry, error) bool) {
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}, files
}

var readme = fileset.Extra{Name: "README.TXT", Content: []byte("what this is\n")}

// image writes the image of a study and answers its file, and what it should hold by path.
func image(t *testing.T, images int) (file string, want map[string][]byte) {
	t.Helper()
	seq, files := entries(t, images)
	img, err := fileset.NewISO("YILIAN", time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC), seq, readme)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := img.Write(&b); err != nil {
		t.Fatal(err)
	}
	if int64(b.Len()) != img.Size() || b.Len()%2048 != 0 {
		t.Fatalf("the image has %d bytes, said were %d", b.Len(), img.Size())
	}
	file = filepath.Join(t.TempDir(), "study.iso")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	want = map[string][]byte{"README.TXT": readme.Content}
	seq, _ = entries(t, images)
	var w fileset.Writer
	for e, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		path, err := w.Add(e.Header, e.Syntax)
		if err != nil {
			t.Fatal(err)
		}
		want[path] = files[e.Header.UID(dicom.SOPInstanceUID)]
	}
	return file, want
}

// Strangers unpack the image: every file is where it should be and byte for byte what it was, also where a directory goes over sectors.
func TestISOByStrangers(t *testing.T) {
	file, want := image(t, 120)
	for name, unpack := range map[string][]string{
		"bsdtar":  {"bsdtar", "-xf", file, "-C"},
		"xorriso": {"xorriso", "-osirrox", "on", "-indev", file, "-extract", "/"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "disc")
			if err := os.Mkdir(out, 0o700); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(foreign.Program(t, unpack[0]), append(unpack[1:], out)...)
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			for path, content := range want {
				got, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(path)))
				if err != nil || !bytes.Equal(got, content) {
					t.Fatalf("%s: %d bytes of %d: %v", path, len(got), len(content), err)
				}
			}
			discByPydicom(t, out, 120)
		})
	}
}

// discByPydicom follows the DICOMDIR of a disc that a stranger unpacked.
func discByPydicom(t *testing.T, folder string, instances int) {
	t.Helper()
	script := "import sys\nfrom pydicom.fileset import FileSet\nfs = FileSet(sys.argv[1])\nfor i in fs: i.load()\nprint(len(fs))"
	out, err := exec.Command(foreign.Python(t, "pydicom"), "-W", "ignore", "-c", script, filepath.Join(folder, "DICOMDIR")).CombinedOutput()
	if want := fmt.Sprintf("%d\n", instances); err != nil || string(out) != want {
		t.Errorf("pydicom reads %q, want %q: %v", out, want, err)
	}
}

// isoinfo reads the descriptor, the directories and both path tables, and finds nothing to complain of.
func TestISOStructure(t *testing.T) {
	file, want := image(t, 60)
	isoinfo := foreign.Program(t, "isoinfo")
	run := func(args ...string) string {
		out, err := exec.Command(isoinfo, append(args, "-i", file)...).CombinedOutput()
		if err != nil {
			t.Fatalf("isoinfo %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	listed := 0
	for line := range strings.Lines(run("-f")) {
		path := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "/"), ";1")
		if _, ok := want[strings.TrimSuffix(path, ".")]; ok {
			listed++
		}
	}
	if listed != len(want) {
		t.Errorf("isoinfo lists %d of %d files:\n%s", listed, len(want), run("-f"))
	}
	for _, field := range []string{"Volume id: YILIAN", "Logical block size is: 2048", "Volume set size is: 1"} {
		if got := run("-d"); !strings.Contains(got, field) {
			t.Errorf("no %q in\n%s", field, got)
		}
	}
	tables := run("-p")
	for _, name := range []string{"DICOM", "ST000001", "SE000001"} {
		if !strings.Contains(tables, name) {
			t.Errorf("no %s in the path table:\n%s", name, tables)
		}
	}
}

// What changes while it is written, and what does not fit, is no image.
func TestISORefuses(t *testing.T) {
	sized := func(size int64, err error) iter.Seq2[fileset.Entry, error] {
		seq, _ := entries(t, 2)
		return func(yield func(fileset.Entry, error) bool) {
			for e, bad := range seq {
				if bad != nil {
					t.Fatal(bad)
				}
				e.Size = func() (int64, error) { return size, err }
				if !yield(e, nil) {
					return
				}
			}
		}
	}
	if _, err := fileset.NewISO("X", time.Now(), sized(5<<30, nil)); yilian.KindOf(err) != yilian.TooLarge {
		t.Errorf("a file of 5 GiB: %v", err)
	}
	lost := errors.New("lost")
	if _, err := fileset.NewISO("X", time.Now(), sized(0, lost)); !errors.Is(err, lost) {
		t.Errorf("a file whose size is not known: %v", err)
	}
	for _, size := range []int64{10, 1 << 20} {
		img, err := fileset.NewISO("X", time.Now(), sized(size, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := img.Write(io.Discard); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("files that are not of %d bytes: %v", size, err)
		}
	}
}

// An empty image, too, is one.
func TestISOEmpty(t *testing.T) {
	img, err := fileset.NewISO("X", time.Now(), func(func(fileset.Entry, error) bool) {}, readme)
	if err != nil {
		t.Fatal(err)
	}
	if err := img.Write(io.Discard); err != nil {
		t.Error(err)
	}
}
