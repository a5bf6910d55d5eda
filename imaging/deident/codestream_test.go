package deident_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"yilian/imaging/deident"
	"yilian/imaging/dicom"
	"yilian/internal/foreign"
)

// encapsulated makes a file whose pixel data are fragments.
func encapsulated(t *testing.T, syntax string, fragments ...[]byte) []byte {
	t.Helper()
	d := dicom.New("")
	base(d)
	d.SetString(dicom.PatientName, "Ouyang^Qingfeng")
	d.SetInt(dicom.Rows, 8)
	file, err := dicom.AppendFile(nil, d, dicom.Syntax(syntax))
	if err != nil {
		t.Fatal(err)
	}
	file = append(file, 0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0)
	for _, f := range fragments {
		if len(f)%2 != 0 {
			f = append(f, 0)
		}
		file = append(file, 0xFE, 0xFF, 0x00, 0xE0)
		file = binary.LittleEndian.AppendUint32(file, uint32(len(f)))
		file = append(file, f...)
	}
	return append(file, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0)
}

func segment(code byte, text string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, code}, uint16(len(text)+2)), text...)
}

// Comments and application data of codestreams lose their words; what decoders need, and the picture, stay as they are.
func TestCommentsOfCodestreams(t *testing.T) {
	jpeg := bytes.Join([][]byte{
		{0xFF, 0xD8},
		segment(0xE0, "JFIF\x00stays"), segment(0xE1, "Exif\x00Ouyang"), segment(0xE2, "ICC_PROFILE stays"), segment(0xFE, "taken of Ouyang"),
		{0xFF},
		segment(0xED, "Photoshop Ouyang"), segment(0xEE, "Adobe stays"), segment(0xC0, "frame stays"), segment(0xDA, "scan"), []byte("picture \xFF\xFE\x00\x08Ouyang stays"),
		{0xFF, 0xD9},
	}, nil)
	j2k := bytes.Join([][]byte{{0xFF, 0x4F}, segment(0x51, "size stays"), segment(0x64, "Ouyang was here"), segment(0x90, "tile"), []byte("Ouyang in the picture")}, nil)
	for syntax, stream := range map[string][]byte{"1.2.840.10008.1.2.4.50": jpeg, "1.2.840.10008.1.2.4.90": j2k} {
		file := encapsulated(t, syntax, stream, stream)
		o, err := dicom.ScanFile(bytes.NewReader(file), deident.Scan)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := deident.New(deident.Options{}, []byte("k")).Plan(o, false)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]io.Reader{"at once": bytes.NewReader(file), "byte by byte": iotest.OneByteReader(bytes.NewReader(file))} {
			out, err := io.ReadAll(plan.File(r))
			if err != nil {
				t.Fatal(err)
			}
			pictures := bytes.Count(stream, []byte("Ouyang")) - len(heads(stream))
			if got := bytes.Count(out, []byte("Ouyang")); got != 2*pictures {
				t.Errorf("%s %s: %d names are left, %d of them in pictures", syntax, name, got, 2*pictures)
			}
			if got, want := bytes.Count(out, []byte("stays")), 2*bytes.Count(stream, []byte("stays")); got != want {
				t.Errorf("%s %s: %d of %d parts stayed", syntax, name, got, want)
			}
			again, err := dicom.ScanFile(bytes.NewReader(out), deident.Scan)
			if err != nil || len(again.Layout.Fragments) != 2 {
				t.Errorf("%s %s: %v", syntax, name, err)
			}
		}
	}
}

// heads are the names before the picture begins.
func heads(stream []byte) [][]byte {
	head, _, _ := bytes.Cut(stream, []byte{0xFF, 0xDA})
	if head, _, found := bytes.Cut(stream, []byte{0xFF, 0x90}); found {
		return bytes.Split(head, []byte("Ouyang"))[1:]
	}
	return bytes.Split(head, []byte("Ouyang"))[1:]
}

// A foreign decoder sees the same picture before and after.
func TestOthersPicturesStay(t *testing.T) {
	decoder := foreign.Program(t, "dcmdjpeg")
	p, compared := deident.New(deident.Options{}, []byte("k")), 0
	for path, file := range foreignFiles(t) {
		o, err := dicom.ScanFile(bytes.NewReader(file), deident.Scan)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(o.Syntax.UID, "1.2.840.10008.1.2.4.5") && o.Syntax.UID != "1.2.840.10008.1.2.4.70" {
			continue
		}
		before := decoded(t, decoder, file)
		if before == nil {
			continue // the decoder cannot do it anyway
		}
		if compared++; !bytes.Equal(before, decoded(t, decoder, stripped(t, p, file, false))) {
			t.Errorf("%s: another picture", filepath.Base(path))
		}
	}
	if compared < 5 {
		t.Errorf("only %d pictures were compared", compared)
	}
}

func decoded(t *testing.T, decoder string, file []byte) []byte {
	t.Helper()
	from, to := filepath.Join(t.TempDir(), "a.dcm"), filepath.Join(t.TempDir(), "b.dcm")
	if err := os.WriteFile(from, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(decoder, from, to).Run(); err != nil {
		return nil
	}
	out, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	o, err := dicom.ScanFile(bytes.NewReader(out), deident.Scan)
	if err != nil {
		t.Fatal(err)
	}
	return out[o.Layout.Offset : o.Layout.Offset+o.Layout.Length]
}
