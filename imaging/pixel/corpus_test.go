package pixel

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
)

// corpus finds the shared DICOM files, which stand beside the repository where developers have them; the test is skipped elsewhere.
func corpus(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			shared := filepath.Join(dir, "../shared/dicom")
			if _, err := os.Stat(filepath.Join(shared, "INDEX.tsv")); err == nil {
				return shared
			}
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("the shared DICOM files are not here")
	return ""
}

type corpusFile struct{ name, path, pixels string }

func corpusFiles(t testing.TB) []corpusFile {
	dir := corpus(t)
	f, err := os.Open(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out []corpusFile
	lines := bufio.NewScanner(f)
	lines.Scan()
	for lines.Scan() {
		c := strings.Split(lines.Text(), "\t")
		out = append(out, corpusFile{c[0], filepath.Join(dir, c[0]), c[15]})
	}
	return out
}

// load scans a file and gives it with its bytes, inflated if need be.
func load(path string) (*dicom.Object, []byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	obj, err := dicom.ScanFile(bytes.NewReader(b), dicom.Options{})
	if err != nil {
		return nil, nil, err
	}
	return obj, b, nil
}

func frameBytes(obj *dicom.Object, file []byte, i int) ([]byte, int, error) {
	ranges, skip, err := obj.Layout.Frame(i)
	if err != nil {
		return nil, 0, err
	}
	var out []byte
	for _, r := range ranges {
		if obj.Syntax.BigEndian && obj.Layout.VR == dicom.OW && obj.Dataset.String(dicom.BitsAllocated) == "8" {
			for i := range r.Length {
				at := r.Offset - obj.Layout.Offset + i
				out = append(out, file[obj.Layout.Offset+(at^1)])
			}
			continue
		}
		out = append(out, file[r.Offset:r.Offset+r.Length]...)
	}
	return out, skip, nil
}

// gdcmWrong names files whose 32-bit samples gdcm swaps or plane-orders wrongly; the sums are pydicom's.
var gdcmWrong = map[string]string{
	"rt/rtdose_expb_1frame.dcm": "67f96b3373d7acf1",
	"ts/SC_rgb_rle_32bit.dcm":   "1a243c9351e3a9ae",
}

// twin names, for files that gdcm does not decode, one that holds the same pixels.
var twin = map[string]string{"ts/liver_rle.dcm": "b022303f9581eb6f", "ts/liver_deflate.dcm": "b022303f9581eb6f"}

// TestLosslessPixels compares every frame that is not lossy JPEG with the native pixels as gdcm decodes them. Of each syntax that is decoded
// here, none of the files with a sum may be left out.
func TestLosslessPixels(t *testing.T) {
	compared := map[string]int{}
	total := 0
	for _, f := range corpusFiles(t) {
		want := f.pixels
		if w, ok := gdcmWrong[f.name]; ok {
			want = w
		}
		if w, ok := twin[f.name]; ok {
			want = w
		}
		obj, file, err := load(f.path)
		if err != nil || want == "" {
			continue
		}
		if obj.Layout.Deflated {
			if file, err = inflated(file); err != nil {
				t.Errorf("%s: %v", f.name, err)
				continue
			}
		}
		got, err := nativeSum(obj, file)
		if _, ok := errors.AsType[*UnsupportedError](err); ok || obj.Syntax.UID == dicom.JPEGBaseline8Bit || obj.Syntax.UID == dicom.JPEGExtended12Bit {
			continue
		}
		compared[obj.Syntax.Name]++
		total++
		if err != nil || got != want {
			t.Errorf("%s (%s): pixels %s, want %s, error %v", f.name, obj.Syntax.Name, got, want, err)
		}
	}
	t.Logf("%d files compared: %v", total, compared)
	if total < 150 {
		t.Errorf("only %d files compared", total)
	}
}

// inflated gives the stream that the layout of a deflated object counts in: its meta header, and the data set behind it (PS3.5 A.5).
func inflated(file []byte) ([]byte, error) {
	const groupLength = 132 + 12 // behind the preamble: how long the meta header is
	head := groupLength + int(binary.LittleEndian.Uint32(file[groupLength-4:]))
	rest, err := io.ReadAll(flate.NewReader(bytes.NewReader(file[head:])))
	return append(bytes.Clone(file[:head]), rest...), err
}

// nativeSum decodes all frames and gives the sum of the pixels in the form of the data set's description, padded to even length.
func nativeSum(obj *dicom.Object, file []byte) (string, error) {
	var all []byte
	for i := range obj.Layout.Frames {
		im, err := Describe(obj.Dataset, obj.Syntax, i)
		if err != nil {
			return "", err
		}
		data, skip, err := frameBytes(obj, file, i)
		if err != nil {
			return "", err
		}
		f, err := im.Decode(data, skip)
		if err != nil {
			return "", err
		}
		all = append(all, f.Data...)
	}
	im, err := Describe(obj.Dataset, obj.Syntax, 0)
	if err != nil {
		return "", err
	}
	switch {
	case im.BitsAllocated == 1:
		all = pack(all)
	case im.half() && !obj.Syntax.Encapsulated:
		var out []byte
		for b := all; len(b) >= 6; b = b[6:] {
			out = append(out, b[0], b[3], b[1], b[2])
		}
		all = out
	case im.Planar && !obj.Syntax.Encapsulated:
		n := len(all) / im.Samples / im.width()
		out := make([]byte, 0, len(all))
		for s := range im.Samples {
			for k := range n {
				out = append(out, all[(k*im.Samples+s)*im.width():][:im.width()]...)
			}
		}
		all = out
	}
	if len(all)%2 != 0 && !obj.Syntax.Encapsulated {
		all = append(all, 0)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])[:16], nil
}

func pack(bits []byte) []byte {
	out := make([]byte, (len(bits)+7)/8)
	for i, b := range bits {
		out[i/8] |= b << (i % 8)
	}
	return out
}

// TestMutatedCorpus damages frames of real files: each is decoded or refused, never worse.
func TestMutatedCorpus(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, f := range corpusFiles(t) {
		obj, file, err := load(f.path)
		if err != nil || obj.Layout.Deflated || obj.Layout.Tag == 0 || len(file) > 400<<10 {
			continue
		}
		im, err := Describe(obj.Dataset, obj.Syntax, 0)
		if err != nil {
			continue
		}
		data, skip, err := frameBytes(obj, file, 0)
		if err != nil || !obj.Syntax.Encapsulated || len(data) == 0 {
			continue
		}
		for range 8 {
			b := bytes.Clone(data)
			for range 1 + rng.IntN(3) {
				b[rng.IntN(min(len(b), 1+rng.IntN(len(b))))] = byte(rng.IntN(256))
			}
			b = b[:len(b)-rng.IntN(2)*rng.IntN(len(b))]
			frame, err := im.Decode(b, skip)
			if err != nil {
				if yilian.KindOf(err) != yilian.Invalid {
					t.Errorf("%s: %v", f.name, err)
				}
				continue
			}
			if _, err := im.Thumbnail(frame); err != nil {
				t.Errorf("%s: %v", f.name, err)
			}
		}
	}
}
