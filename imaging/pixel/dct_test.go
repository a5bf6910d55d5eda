package pixel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"yilian"
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

// TestDCTRestart joins bands of eight lines that were encoded one by one with restart markers, which is what a restart interval of a line of
// blocks is; the number of lines stands in the header, or behind the scan.
func TestDCTRestart(t *testing.T) {
	const cols, rows = 40, 24
	gray, _ := photograph(cols, rows)
	band := func(from, to int) (head, scan []byte) {
		var b bytes.Buffer
		if err := EncodeJPEG(&b, gray.SubImage(image.Rect(0, from, cols, to)), 85); err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(b.Bytes(), []byte{0xFF, mSOS}) + 10
		return b.Bytes()[:at], b.Bytes()[at : b.Len()-2]
	}
	im := describe(t, dicom.JPEGBaseline8Bit, rows, cols, 1, 8, 8, "MONOCHROME2")
	head, scan := band(0, rows)
	want, err := im.Decode(slices.Concat(head, scan, []byte{0xFF, mEOI}), 0)
	if err != nil {
		t.Fatal(err)
	}
	head = slices.Insert(slices.Clone(head), 2, 0xFF, mDRI, 0, 4, 0, cols/8)
	var joined []byte
	for i := range rows / 8 {
		_, scan := band(8*i, 8*i+8)
		if joined = append(joined, scan...); i < rows/8-1 {
			joined = append(joined, 0xFF, byte(mRST0+i))
		}
	}
	open := slices.Clone(head)
	open[bytes.Index(open, []byte{0xFF, mSOF0})+6] = 0
	for name, stream := range map[string][]byte{
		"restart": slices.Concat(head, joined, []byte{0xFF, mEOI}),
		"DNL":     slices.Concat(open, joined, []byte{0xFF, mDNL, 0, 4, 0, rows, 0xFF, mEOI}),
	} {
		if got, err := im.Decode(stream, 0); err != nil || !bytes.Equal(got.Data, want.Data) {
			t.Errorf("%s: error %v, or other pixels", name, err)
		}
	}
	for name, stream := range map[string][]byte{
		"no marker":   slices.Concat(head, bytes.ReplaceAll(joined, []byte{0xFF, mRST0}, nil), []byte{0xFF, mEOI}),
		"another DNL": slices.Concat(open, joined, []byte{0xFF, mDNL, 0, 4, 0, rows + 1, 0xFF, mEOI}),
		"cut":         slices.Concat(head, joined[:len(joined)-20]),
	} {
		if _, err := im.Decode(stream, 0); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
