package pixel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"testing"

	"yilian/imaging/dicom"
)

// lossyFiles are the files of the corpus that hold JPEG with the DCT.
func lossyFiles(t *testing.T) (all []corpusFile) {
	for _, f := range corpusFiles(t) {
		obj, _, err := load(f.path)
		if err != nil || filepath.Dir(f.name) == "malformed/generated" {
			continue
		}
		switch obj.Syntax.UID {
		case dicom.JPEGBaseline8Bit, dicom.JPEGExtended12Bit, "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55":
			all = append(all, f)
		}
	}
	return all
}

// TestLossyByDCMTK: the first frame of each is what dcmdjpeg makes of it, to the last bit.
func TestLossyByDCMTK(t *testing.T) {
	program := tool(t, "dcmdjpeg")
	compared := 0
	for _, f := range lossyFiles(t) {
		target := filepath.Join(t.TempDir(), "native.dcm")
		if err := exec.Command(program, "+cp", f.path, target).Run(); err != nil {
			continue
		}
		want, _, err := decodeFirst(target)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		got, _, err := decodeFirst(f.path)
		if worst, n := compare(got, want); err != nil || n > 0 {
			t.Errorf("%s: %v, or %d bytes differ by up to %d", f.name, err, n, worst)
		}
		compared++
	}
	t.Logf("%d files compared", compared)
	if compared < 20 {
		t.Errorf("only %d files compared", compared)
	}
}

// TestLossyByGDCM: all frames are what gdcm makes of them, which leaves luminance and colour difference as they are.
func TestLossyByGDCM(t *testing.T) {
	compared := 0
	for _, f := range lossyFiles(t) {
		obj, file, err := load(f.path)
		if err != nil || f.pixels == "" {
			continue
		}
		sum := sha256.New()
		for i := range obj.Layout.Frames {
			im, err := Describe(obj.Dataset, obj.Syntax, i)
			if err != nil {
				t.Fatal(err)
			}
			data, _, err := frameBytes(obj, file, i)
			if err != nil {
				t.Fatal(err)
			}
			h, err := readJPEGHeader(data)
			if err != nil {
				t.Fatal(err)
			}
			d, err := decodeDCT(h, data, im.Rows, im.Columns)
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			to, from := raster{im.Rows, im.Columns, im.Samples, im.width(), make([]byte, im.nativeBytes())}, d.output()
			for y := range im.Rows {
				to.store(y, 0, im.Samples, from.line(y))
			}
			sum.Write(to.data)
			if len(to.data)%2 != 0 {
				sum.Write([]byte{0})
			}
		}
		if got := hex.EncodeToString(sum.Sum(nil))[:16]; got != f.pixels {
			t.Errorf("%s: pixels %s, want %s", f.name, got, f.pixels)
		}
		compared++
	}
	t.Logf("%d files compared", compared)
	if compared < 20 {
		t.Errorf("only %d files compared", compared)
	}
}

// TestTheyEncodeLossy decodes what dcmcjpeg writes in every lossy process, with restart markers of odd sizes and every kind of subsampling,
// and compares it with what dcmdjpeg decodes.
func TestTheyEncodeLossy(t *testing.T) {
	encoder, decoder := tool(t, "dcmcjpeg"), tool(t, "dcmdjpeg")
	dir := t.TempDir()
	source, coded, native := filepath.Join(dir, "source.dcm"), filepath.Join(dir, "coded.dcm"), filepath.Join(dir, "native.dcm")
	for _, options := range [][]string{
		{"+eb"}, {"+ee"}, {"+es"}, {"+ep"}, {"+eb", "+s2"}, {"+eb", "+np"}, {"+ep", "+s2"}, {"+ep", "+np"}, {"+eb", "+cr"}, {"+eb", "+q", "30"},
	} {
		for _, f := range append([]form{{61, 83, 1, 16, 12, false}, {61, 83, 3, 8, 8, false}, {1, 1, 3, 8, 8, false}, {1, 77, 1, 8, 8, false}}, form{17, 5, 3, 8, 8, false}, form{16, 64, 3, 8, 8, false}, form{33, 2, 3, 8, 8, false}) {
			im := f.describe(t, dicom.ExplicitVRLittleEndian)
			writeObject(t, source, im, dicom.ExplicitVRLittleEndian, f.pixels(newRand(20)))
			if exec.Command(encoder, append(options[:len(options):len(options)], source, coded)...).Run() != nil {
				continue // of this depth not by this process
			}
			if out, err := exec.Command(decoder, "+cp", coded, native).CombinedOutput(); err != nil {
				t.Logf("dcmdjpeg: %v: %s", err, out)
				continue
			}
			want, _, err := decodeFirst(native)
			if err != nil {
				t.Fatal(err)
			}
			got, uid, err := decodeFirst(coded)
			if err != nil || !bytes.Equal(got, want) {
				worst, n := compare(got, want)
				t.Errorf("%v of %+v (%s): %v, or %d bytes differ by up to %d", options, f, uid, err, n, worst)
			}
		}
	}
}
