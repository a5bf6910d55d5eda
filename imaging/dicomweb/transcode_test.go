package dicomweb_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

// frameBytes scans a Part 10 file with native pixels and answers these.
func frameBytes(t *testing.T, file []byte) []byte {
	t.Helper()
	o, err := dicom.ScanFile(bytes.NewReader(file), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Layout.Encapsulated || o.Layout.Tag == 0 {
		t.Fatalf("no native pixels, but %s", o.Syntax.Name)
	}
	return file[o.Layout.Offset:][:o.Layout.FrameBits/8*int64(o.Layout.Frames)]
}

var written = []string{
	dicom.ImplicitVRLittleEndian, dicom.ExplicitVRLittleEndian, dicom.RLELossless, dicom.JPEGLossless, dicom.JPEGLosslessSV1, dicom.JPEGLSLossless,
}

// TestTransferSyntaxes: an instance comes in each transfer syntax that is written here, and a foreign decoder finds the same pixels
// in it.
func TestTransferSyntaxes(t *testing.T) {
	w := newWorld(t)
	sources := map[string][]byte{"generated": slice(1, 1).file(t)}
	if shared() != "" {
		files := sharedFiles(t, "ts")
		for _, name := range names(files) {
			if strings.Contains(name, "rle") || strings.Contains(name, "jpegls") || strings.Contains(name, "jls") || strings.Contains(name, "lossless") || strings.Contains(name, "color") {
				sources[name] = files[name]
			}
		}
	}
	tried := 0
	for _, name := range names(sources) {
		file := sources[name]
		s, err := w.archive.Store(t.Context(), north, imaging.Incoming{Part10: true}, bytes.NewReader(file))
		if err != nil || !imaging.Readable(dicom.Syntax(s.TransferSyntax)) {
			continue
		}
		path := "/studies/" + string(s.Study) + "/series/" + string(s.Series) + "/instances/" + string(s.Instance)
		plain := w.get("north", path, "Accept", "application/dicom; transfer-syntax="+dicom.ExplicitVRLittleEndian)
		if plain.status != http.StatusOK {
			t.Logf("%s is not decoded: %d", name, plain.status)
			continue
		}
		want := frameBytes(t, plain.body)
		_, err = foreign(t, file)
		judged := err == nil && !strings.Contains(name, "32bit") // gdcm does not read everything, and RLE of 32 bits wrongly
		for _, syntax := range written {
			a := w.get("north", path, "Accept", `multipart/related; type="application/dicom"; transfer-syntax=`+syntax)
			if a.status == http.StatusNotAcceptable {
				t.Logf("%s in %s: %s", name, syntax, a.body)
				continue
			}
			p := a.parts(t)
			o, err := dicom.ScanFile(bytes.NewReader(p[0].body), dicom.Options{})
			if err != nil || o.Syntax.UID != syntax || p[0].header.Get("Content-Type") != "application/dicom; transfer-syntax="+syntax {
				t.Errorf("%s in %s: %v %v", name, syntax, err, p[0].header)
				continue
			}
			if !judged {
				continue
			}
			tried++
			if got, err := foreign(t, p[0].body); err != nil || !bytes.Equal(frameBytes(t, got), want) {
				t.Errorf("%s in %s: other pixels, %v", name, syntax, err)
			}
		}
	}
	t.Logf("%d files judged", tried)
}

// foreign lets gdcm turn a file into explicit VR little endian.
func foreign(t *testing.T, file []byte) ([]byte, error) {
	t.Helper()
	in, out := filepath.Join(t.TempDir(), "in.dcm"), filepath.Join(t.TempDir(), "out.dcm")
	if err := os.WriteFile(in, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), "gdcmconv", "--raw", "--explicit", in, out).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gdcmconv: %w %s", err, said)
	}
	return os.ReadFile(out)
}

// TestWishes: of several transfer syntaxes each instance comes in the best that it can be given in.
func TestWishes(t *testing.T) {
	files := sharedFiles(t, "ts")
	w := newWorld(t)
	j2k, rle := w.put(files["ts/MR_small_jp2klossless.dcm"]), w.put(files["ts/CTImage_rle.dcm"])
	for _, c := range []struct {
		stored imaging.Stored
		accept string
		want   string // transfer syntax, "" for 406
	}{
		{rle, "transfer-syntax=1.2.840.10008.1.2.4.90; q=0.9|transfer-syntax=1.2.840.10008.1.2.4.80; q=0.5", dicom.JPEGLSLossless},
		{rle, "transfer-syntax=1.2.840.10008.1.2.4.80; q=0.1|transfer-syntax=1.2.840.10008.1.2.5; q=0.5", dicom.RLELossless},
		{rle, "transfer-syntax=1.2.840.10008.1.2.4.80; q=0|transfer-syntax=*; q=0.5", dicom.RLELossless},
		{rle, "", dicom.ExplicitVRLittleEndian},
		{j2k, "transfer-syntax=1.2.840.10008.1.2.1|transfer-syntax=1.2.840.10008.1.2.4.90; q=0.2", dicom.JPEG2000Lossless},
		{j2k, "transfer-syntax=1.2.840.10008.1.2.1|transfer-syntax=1.2.840.10008.1.2.4.80", ""},
		{j2k, "", dicom.JPEG2000Lossless},
	} {
		var accept []string
		for _, one := range strings.Split(c.accept, "|") {
			accept = append(accept, strings.TrimSuffix(`multipart/related; type="application/dicom"; `+one, "; "))
		}
		a := w.get("north", "/studies/"+string(c.stored.Study), "Accept", strings.Join(accept, ", "))
		if c.want == "" {
			if a.status != http.StatusNotAcceptable {
				t.Errorf("%s: status %d", c.accept, a.status)
			}
			continue
		}
		if got := a.parts(t)[0].header.Get("Content-Type"); !strings.HasSuffix(got, "="+c.want) {
			t.Errorf("%s gives %s, want %s", c.accept, got, c.want)
		}
	}
	// The query parameter goes before the header (PS3.18 8.3.3.1).
	query := "?accept=" + percent(`multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.80`)
	if got := w.get("north", "/studies/"+string(rle.Study)+query, "Accept", "text/html").parts(t)[0].header.Get("Content-Type"); !strings.HasSuffix(got, dicom.JPEGLSLossless) {
		t.Errorf("by query parameter: %s", got)
	}
}

// TestZip: a study as an archive of files, as they are kept or as is wished.
func TestZip(t *testing.T) {
	w := newWorld(t)
	files := map[string][]byte{}
	for n := 1; n <= 3; n++ {
		c := slice(1, n)
		files[c.series+"/"+c.instance+".dcm"] = c.file(t)
		w.put(files[c.series+"/"+c.instance+".dcm"])
	}
	a := w.get("north", "/studies/"+root+"1", "Accept", "application/zip")
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	if a.status != http.StatusOK || err != nil || len(z.File) != 3 {
		t.Fatalf("status %d, %v", a.status, err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(frameBytes(t, b), frameBytes(t, files[f.Name])) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if a := w.do(http.MethodHead, "north", "/studies/"+root+"1", nil, "Accept", "application/zip"); a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" {
		t.Errorf("HEAD: %d %v", a.status, a.header)
	}
}

// TestPixelsOfAll: all frames, and all bulk values, of a study, a series, an instance.
func TestPixelsOfAll(t *testing.T) {
	w := newWorld(t)
	var want []byte
	for n := 1; n <= 3; n++ {
		w.put(slice(1, n).file(t))
		want = slice(1, n).pixels()
	}
	instance := "/studies/" + root + "1/series/" + root + "1.1/instances/" + root + "1.1.2"
	for path, count := range map[string]int{
		"/studies/" + root + "1": 3, "/studies/" + root + "1/series/" + root + "1.1": 3, instance: 1,
	} {
		for suffix, accept := range map[string]string{
			"/pixeldata": "", "/bulkdata": `multipart/related; type="application/octet-stream"`, "": `multipart/related; type="application/octet-stream"`,
		} {
			p := w.get("north", path+suffix, "Accept", accept).parts(t)
			if len(p) != count || !bytes.Equal(p[0].body, want) || !strings.Contains(p[0].header.Get("Content-Location"), w.url+"/studies/") {
				t.Errorf("%s%s: %d parts, %v", path, suffix, len(p), p[0].header)
			}
		}
		for _, suffix := range []string{"", "/pixeldata", "/bulkdata"} {
			if a := w.do(http.MethodHead, "north", path+suffix, nil); a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "multipart/related") {
				t.Errorf("HEAD %s%s: %d %v", path, suffix, a.status, a.header)
			}
		}
	}
	jls := w.get("north", "/studies/"+root+"1", "Accept", `multipart/related; type="image/jls"`).parts(t)
	if len(jls) != 3 || jls[1].header.Get("Content-Type") != "image/jls; transfer-syntax="+dicom.JPEGLSLossless {
		t.Errorf("%d parts, %v", len(jls), jls[0].header)
	}
}

// TestFrameRanges: any bytes of a frame, native, in fragments, and decoded.
func TestFrameRanges(t *testing.T) {
	w := newWorld(t)
	c := slice(1, 1)
	w.put(c.file(t))
	paths := map[string]string{"/studies/" + c.study + "/series/" + c.series + "/instances/" + c.instance + "/frames/1": "application/octet-stream"}
	if shared() != "" {
		for _, file := range sharedFiles(t, "multiframe", "ts") {
			s, err := w.archive.Store(t.Context(), north, imaging.Incoming{Part10: true}, bytes.NewReader(file))
			if err != nil {
				continue
			}
			frame := "/studies/" + string(s.Study) + "/series/" + string(s.Series) + "/instances/" + string(s.Instance) + "/frames/1"
			paths[frame] = "application/octet-stream; transfer-syntax=*"
		}
	}
	tried := 0
	for path, accept := range paths {
		whole := w.get("north", path, "Accept", accept)
		if whole.status != http.StatusOK || len(whole.body) < 100 {
			continue
		}
		n := len(whole.body)
		for _, r := range [][2]int{{0, 9}, {10, 19}, {n / 2, n - 1}, {n - 1, n - 1}, {0, n - 1}} {
			a := w.get("north", path, "Accept", accept, "Range", fmt.Sprintf("bytes=%d-%d", r[0], r[1]))
			if a.status != http.StatusPartialContent || !bytes.Equal(a.body, whole.body[r[0]:r[1]+1]) {
				t.Errorf("%s %v: status %d, %d bytes", path, r, a.status, len(a.body))
			}
		}
		if a := w.get("north", path, "Accept", accept, "Range", fmt.Sprintf("bytes=%d-", n)); a.status != http.StatusRequestedRangeNotSatisfiable {
			t.Errorf("%s: behind the end: %d", path, a.status)
		}
		if a := w.get("north", path, "Accept", accept, "Range", "bytes=0-3,8-11"); a.status != http.StatusPartialContent || !slices.Contains([]string{"multipart/byteranges"}, strings.Split(a.header.Get("Content-Type"), ";")[0]) {
			t.Errorf("%s: two ranges: %d %v", path, a.status, a.header)
		}
		tried++
	}
	t.Logf("%d frames", tried)
}
