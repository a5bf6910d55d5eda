package pixel

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"yilian/imaging/dicom"
)

// TestDCMTK decodes what dcmcjpeg, dcmcjpls and dcmcrle encode, and compares it with what they were given.
func TestDCMTK(t *testing.T) {
	for _, tool := range []string{"dcmcjpeg", "dcmcjpls", "dcmcrle"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	type form struct{ samples, allocated, stored, signed int }
	forms := []form{{1, 8, 8, 0}, {1, 16, 12, 0}, {1, 16, 16, 0}, {1, 16, 16, 1}, {3, 8, 8, 0}}
	encoders := [][]string{{"dcmcjpeg", "+e1"}, {"dcmcrle"}, {"dcmcjpls", "+el"}, {"dcmcjpls", "+el", "+is"}, {"dcmcjpls", "+el", "+in"}, {"dcmcjpls", "+en", "+md", "3"}, {"dcmcjpls", "+en", "+md", "3", "+is"}, {"dcmcjpls", "+el", "+pc", "+rs", "17"}}
	for sv := 1; sv <= 7; sv++ {
		encoders = append(encoders, []string{"dcmcjpeg", "+el", "+sv", fmt.Sprint(sv)})
	}
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 5))
	for _, form := range forms {
		values := little(picture(rng, 61, 83, form.samples, form.stored), form.allocated)
		source := filepath.Join(dir, "native.dcm")
		writeObject(t, source, 61, 83, form.samples, form.allocated, form.stored, form.signed, values)
		for _, command := range encoders {
			if form.signed == 1 && slices.Contains(command, "+en") {
				continue // dcmcjpls does not encode these
			}
			target := filepath.Join(dir, "coded.dcm")
			args := append(command[1:len(command):len(command)], source, target)
			if out, err := exec.Command(command[0], args...).CombinedOutput(); err != nil {
				t.Errorf("%v of %+v: %v: %s", command, form, err, out)
				continue
			}
			got, uid, err := decodeFirst(target)
			deviation := 0
			if slices.Contains(command, "+en") {
				deviation = 3
			}
			if err != nil || !near(got, values, form.allocated, deviation) {
				t.Errorf("%v of %+v (%s): error %v, or other pixels", command, form, uid, err)
			}
		}
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

func writeObject(t *testing.T, path string, rows, columns, samples, allocated, stored, signed int, pixels []byte) {
	t.Helper()
	d := dicom.New("")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
	d.SetString(dicom.SOPInstanceUID, "2.25.77")
	d.SetString(dicom.StudyInstanceUID, "2.25.78")
	d.SetString(dicom.SeriesInstanceUID, "2.25.79")
	d.SetInt(dicom.Rows, rows)
	d.SetInt(dicom.Columns, columns)
	d.SetInt(dicom.SamplesPerPixel, samples)
	d.SetString(dicom.PhotometricInterpretation, map[int]string{1: "MONOCHROME2", 3: "RGB"}[samples])
	if samples == 3 {
		d.SetInt(dicom.PlanarConfiguration, 0)
	}
	d.SetInt(dicom.BitsAllocated, allocated)
	d.SetInt(dicom.BitsStored, stored)
	d.SetInt(dicom.HighBit, stored-1)
	d.SetInt(dicom.PixelRepresentation, signed)
	d.SetBytes(dicom.PixelData, dicom.OW, pixels)
	b, err := dicom.AppendFile(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
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

// TestLossyPixels compares lossy JPEG of 8 bits with what dcmdjpeg makes of it: the same but for rounding and for how colour is
// spread over the pixels that share it.
func TestLossyPixels(t *testing.T) {
	tool, err := exec.LookPath("dcmdjpeg")
	if err != nil {
		t.Skip("dcmdjpeg is not installed")
	}
	compared := 0
	for _, f := range corpusFiles(t) {
		obj, _, err := load(f.path)
		if err != nil || filepath.Dir(f.name) == "malformed/generated" || obj.Syntax.UID != dicom.JPEGBaseline8Bit && obj.Syntax.UID != dicom.JPEGExtended12Bit {
			continue
		}
		if bits, _ := obj.Dataset.Int(dicom.BitsAllocated); bits != 8 {
			continue
		}
		target := filepath.Join(t.TempDir(), "native.dcm")
		if err := exec.Command(tool, "+cp", f.path, target).Run(); err != nil {
			continue
		}
		got, _, err := decodeFirst(f.path)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		want, _, err := decodeFirst(target)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		compared++
		sum := 0
		for i := range want {
			sum += diff(got[i], want[i])
		}
		if mean := float64(sum) / float64(len(want)); mean > 3 {
			t.Errorf("%s: differs by %.2f on average", f.name, mean)
		}
	}
	if compared < 15 {
		t.Errorf("only %d files compared", compared)
	}
}
