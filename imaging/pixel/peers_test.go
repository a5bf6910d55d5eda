package pixel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"yilian/imaging/dicom"
	"yilian/internal/foreign"
)

// tool finds a program of DCMTK or GDCM; the part of a test that needs it is skipped elsewhere.
func tool(t *testing.T, name string) string {
	t.Helper()
	return foreign.Program(t, name)
}

// peerForms are the images that others encode, and are given.
func peerForms() []form {
	return []form{
		{61, 83, 1, 8, 8, false},
		{61, 83, 1, 16, 10, false},
		{61, 83, 1, 16, 12, false},
		{61, 83, 1, 16, 16, false},
		{61, 83, 1, 16, 16, true},
		{61, 83, 1, 16, 12, true},
		{61, 83, 3, 8, 8, false},
		{1, 1, 1, 16, 12, false},
		{1, 77, 1, 8, 8, false},
		{77, 1, 1, 16, 16, false},
		{1, 1, 3, 8, 8, false},
		{2, 3, 3, 8, 8, false},
	}
}

// TestTheyEncode decodes what dcmcjpeg, dcmcjpls, dcmcrle and gdcmconv encode, and compares it with what they were given.
func TestTheyEncode(t *testing.T) {
	encoders := [][]string{
		{"dcmcjpeg", "+e1"},
		{"dcmcrle"},
		{"dcmcjpls", "+el"},
		{"dcmcjpls", "+el", "+is"},
		{"dcmcjpls", "+el", "+in"},
		{"dcmcjpls", "+el", "+pc", "+rs", "17"},
		{"dcmcjpls", "+en", "+md", "1"},
		{"dcmcjpls", "+en", "+md", "3"},
		{"dcmcjpls", "+en", "+md", "3", "+is"},
		{"dcmcjpls", "+en", "+md", "2", "+in"},
		{"gdcmconv", "--rle"},
		{"gdcmconv", "--jpegls"},
		{"gdcmconv", "--jpeg"},
		{"gdcmconv", "--jpegls", "--lossy", "-e", "2"},
	}
	for sv := 1; sv <= 7; sv++ {
		encoders = append(encoders, []string{"dcmcjpeg", "+el", "+sv", fmt.Sprint(sv)})
	}
	for _, command := range encoders {
		t.Run(strings.Join(command, " "), func(t *testing.T) {
			tool(t, command[0])
			encoded := 0
			for _, f := range peerForms() {
				if theyEncode(t, command, f) {
					encoded++
				}
			}
			if encoded < 6 {
				t.Errorf("only %d images were encoded", encoded)
			}
		})
	}
}

// theyEncode compares one image, and tells whether they could encode it: each of them crashes on some.
func theyEncode(t *testing.T, command []string, f form) bool {
	dir := t.TempDir()
	source, target := filepath.Join(dir, "native.dcm"), filepath.Join(dir, "coded.dcm")
	want := f.pixels(rand.New(rand.NewPCG(5, 5)))
	im := f.describe(t, dicom.ExplicitVRLittleEndian)
	deviation := 0
	if i := slices.IndexFunc(command, func(s string) bool { return s == "+md" || s == "-e" }); i > 0 {
		deviation, _ = strconv.Atoi(command[i+1])
	}
	if deviation > 0 && (f.signed || f.stored != f.allocated && command[0] == "gdcmconv") {
		return false
	}
	writeObject(t, source, im, dicom.ExplicitVRLittleEndian, want)
	if out, err := exec.Command(command[0], append(command[1:len(command):len(command)], source, target)...).CombinedOutput(); err != nil {
		t.Logf("%+v is not encoded: %v: %.200s", f, err, out)
		return false
	}
	got, uid, err := decodeFirst(target)
	if err != nil || !near(got, want, f.allocated, deviation) {
		t.Errorf("%+v (%s): error %v, or other pixels", f, uid, err)
	}
	return uid != dicom.ExplicitVRLittleEndian
}

// TestTheyDecode gives what is encoded here to dcmdjpeg, dcmdjpls, dcmdrle and gdcmconv, and compares what they make of it with the
// pixels as they are decoded here.
func TestTheyDecode(t *testing.T) {
	dcmtk := map[string]string{
		dicom.RLELossless: "dcmdrle", dicom.JPEGLossless: "dcmdjpeg", dicom.JPEGLosslessSV1: "dcmdjpeg", dicom.JPEGLSLossless: "dcmdjpls", dicom.JPEGLSNearLossless: "dcmdjpls",
	}
	for _, c := range codings() {
		if dcmtk[c.syntax] == "" {
			continue
		}
		for _, judge := range [][]string{{dcmtk[c.syntax]}, {"gdcmconv", "--raw"}} {
			t.Run(fmt.Sprintf("%s %+v by %s", dicom.Syntax(c.syntax).Name, c.o, judge[0]), func(t *testing.T) {
				tool(t, judge[0])
				for _, f := range peerForms() {
					theyDecode(t, judge, c, f)
				}
			})
		}
	}
}

func theyDecode(t *testing.T, judge []string, c coding, f form) {
	if f.samples == 1 && c.o.Interleave != ByLine {
		return // the same codestream
	}
	dir := t.TempDir()
	source, target := filepath.Join(dir, "coded.dcm"), filepath.Join(dir, "native.dcm")
	im := f.describe(t, c.syntax)
	given := f.pixels(rand.New(rand.NewPCG(5, 5)))
	coded, err := im.Encode(nil, &Frame{Rows: f.rows, Columns: f.cols, Samples: f.samples, Width: f.allocated / 8, Data: given}, c.syntax, c.o)
	if err != nil {
		t.Error(err)
		return
	}
	want, err := im.Decode(coded, 0)
	if err != nil {
		t.Error(err)
		return
	}
	writeObject(t, source, im, c.syntax, coded)
	if out, err := exec.Command(judge[0], append(judge[1:len(judge):len(judge)], source, target)...).CombinedOutput(); err != nil {
		t.Errorf("%v of %+v: %v: %s", judge, f, err, out)
		return
	}
	got, uid, err := decodeFirst(target)
	if err != nil || uid != dicom.ExplicitVRLittleEndian || !bytes.Equal(got, want.Data) {
		t.Errorf("%v of %+v: error %v, or other pixels (%s)", judge, f, err, uid)
	}
}

// near compares samples of one or two bytes within a deviation.
func near(a, b []byte, allocated, deviation int) bool {
	if len(a) != len(b) {
		return false
	}
	w := allocated / 8
	for i := 0; i < len(a); i += w {
		x, y := int(a[i]), int(b[i])
		if w == 2 {
			x, y = x|int(a[i+1])<<8, y|int(b[i+1])<<8
		}
		if max(x-y, y-x) > deviation {
			return false
		}
	}
	return true
}

// writeObject writes a file with one frame, native or encapsulated in one fragment.
func writeObject(t *testing.T, path string, im *Image, syntax string, frame []byte) {
	t.Helper()
	d := dicom.New("")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
	d.SetString(dicom.SOPInstanceUID, "2.25.77")
	d.SetString(dicom.StudyInstanceUID, "2.25.78")
	d.SetString(dicom.SeriesInstanceUID, "2.25.79")
	d.SetInt(dicom.Rows, im.Rows)
	d.SetInt(dicom.Columns, im.Columns)
	d.SetInt(dicom.SamplesPerPixel, im.Samples)
	d.SetString(dicom.PhotometricInterpretation, im.Photometric)
	if im.Samples == 3 {
		d.SetInt(dicom.PlanarConfiguration, 0)
	}
	d.SetInt(dicom.BitsAllocated, im.BitsAllocated)
	d.SetInt(dicom.BitsStored, im.BitsStored)
	d.SetInt(dicom.HighBit, im.HighBit)
	d.SetInt(dicom.PixelRepresentation, 0)
	if im.Signed {
		d.SetInt(dicom.PixelRepresentation, 1)
	}
	encapsulated := dicom.Syntax(syntax).Encapsulated
	if !encapsulated {
		d.SetBytes(dicom.PixelData, dicom.OW, frame)
	}
	b, err := dicom.AppendFile(nil, d, dicom.Syntax(syntax))
	if err != nil {
		t.Fatal(err)
	}
	if encapsulated { // PS3.5 A.4: an empty offset table, one fragment, the delimiter
		b = append(b, 0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
		b = append(append(b, frame...), 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func decodeFirst(path string) ([]byte, string, error) {
	obj, file, err := load(path)
	if err != nil {
		return nil, "", err
	}
	im, err := Describe(obj.Dataset, obj.Syntax, 0)
	if err != nil {
		return nil, "", err
	}
	data, skip, err := frameBytes(obj, file, 0)
	if err != nil {
		return nil, "", err
	}
	f, err := im.Decode(data, skip)
	if err != nil {
		return nil, "", err
	}
	return f.Data, obj.Syntax.UID, nil
}
