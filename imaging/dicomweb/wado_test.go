package dicomweb_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

func TestRetrieve(t *testing.T) {
	w := newWorld(t)
	files := map[string][]byte{}
	for n := 1; n <= 3; n++ {
		c := slice(1, n)
		files[c.instance] = c.file(t)
		w.put(files[c.instance])
	}
	for path, want := range map[string]int{
		"/studies/" + root + "1":                                                    3,
		"/studies/" + root + "1/series/" + root + "1.1":                             3,
		"/studies/" + root + "1/series/" + root + "1.1/instances/" + root + "1.1.2": 1,
	} {
		for _, accept := range []string{"", `multipart/related; type="application/dicom"; transfer-syntax=*`, "multipart/related; type=application/dicom", "*/*"} {
			a := w.get("north", path, "Accept", accept)
			parts := a.parts(t)
			if len(parts) != want {
				t.Errorf("%s as %q: %d parts", path, accept, len(parts))
			}
			for _, p := range parts {
				o, err := dicom.ScanFile(bytes.NewReader(p.body), dicom.Options{})
				if err != nil {
					t.Fatal(err)
				}
				original, err := dicom.ScanFile(bytes.NewReader(files[o.Dataset.UID(dicom.SOPInstanceUID)]), dicom.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(p.body[o.Start:], files[o.Dataset.UID(dicom.SOPInstanceUID)][original.Start:]) {
					t.Error("a data set comes back changed")
				}
				if !strings.HasPrefix(p.header.Get("Content-Type"), "application/dicom") || p.header.Get("Content-Location") == "" {
					t.Errorf("part %v", p.header)
				}
			}
		}
	}
	one := "/studies/" + root + "1/series/" + root + "1.1/instances/" + root + "1.1.2"
	file := w.get("north", one, "Accept", "application/dicom")
	if file.status != http.StatusOK || file.header.Get("Content-Type") != "application/dicom" || string(file.body[128:132]) != "DICM" {
		t.Errorf("status %d, %v", file.status, file.header)
	}
	part := w.get("north", one, "Accept", "application/dicom", "Range", "bytes=128-131")
	if part.status != http.StatusPartialContent || string(part.body) != "DICM" {
		t.Errorf("a range: status %d, %q", part.status, part.body)
	}
	if again := w.get("north", one, "Accept", "application/dicom", "If-None-Match", file.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("unchanged: status %d", again.status)
	}
	for _, accept := range []string{"application/tar", `multipart/related; type="application/dicom+xml"`, `multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90`} {
		if a := w.get("north", one, "Accept", accept); a.status != http.StatusNotAcceptable {
			t.Errorf("%s: status %d", accept, a.status)
		}
	}
	if a := w.get("north", "/studies/1.2.3"); a.status != http.StatusNotFound {
		t.Errorf("an unknown study: status %d", a.status)
	}
}

// TestFrameForms: for each thing a client may ask, the form it gets, of a native and of a compressed image.
func TestFrameForms(t *testing.T) {
	w := newWorld(t)
	native := slice(1, 1)
	w.put(native.file(t))
	files := sharedFiles(t, "ts")
	rle, j2k := w.put(files["ts/CTImage_rle.dcm"]), imaging.Stored{}
	if b, ok := files["ts/MR_small_jp2klossless.dcm"]; ok {
		j2k = w.put(b)
	}
	url := func(s imaging.Stored) string {
		return "/studies/" + string(s.Study) + "/series/" + string(s.Series) + "/instances/" + string(s.Instance) + "/frames/1"
	}
	nativeURL := "/studies/" + native.study + "/series/" + native.series + "/instances/" + native.instance + "/frames/1"
	const octets, le = "application/octet-stream", "1.2.840.10008.1.2.1"
	for _, c := range []struct {
		path, accept string
		want         string // the Content-Type of the part, or of the body when it is single; "" for 406
	}{
		{nativeURL, "", octets + "; transfer-syntax=" + le},
		{nativeURL, "*/*", octets + "; transfer-syntax=" + le},
		{nativeURL, `multipart/related; type="application/octet-stream"`, octets + "; transfer-syntax=" + le},
		{nativeURL, `multipart/related; type="application/octet-stream"; transfer-syntax="*"`, octets + "; transfer-syntax=" + le},
		{nativeURL, `multipart/related; type=application/octet-stream; transfer-syntax=*`, octets + "; transfer-syntax=" + le},
		{nativeURL, `multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.4.90`, ""},
		{nativeURL, octets, "single " + octets + "; transfer-syntax=" + le},
		{nativeURL, `multipart/related; type="image/jpeg"`, "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.70"},
		{nativeURL, `multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50`, ""},
		{nativeURL, `multipart/related; type="image/jp2"`, ""},
		{nativeURL, "image/dicom-rle", "single image/dicom-rle; transfer-syntax=1.2.840.10008.1.2.5"},
		{nativeURL, `multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.4.80`, octets + "; transfer-syntax=1.2.840.10008.1.2.4.80"},
		{nativeURL, "text/html", ""},
		{nativeURL, `multipart/related; type="image/jls", multipart/related; type="application/octet-stream"; q=0.5`, "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80"},
		{nativeURL, `multipart/related; type="image/jls"; q=0.5, multipart/related; type="application/octet-stream"`, octets + "; transfer-syntax=" + le},

		{url(rle), "*/*", "image/dicom-rle; transfer-syntax=1.2.840.10008.1.2.5"},
		{url(rle), `multipart/related; type="application/octet-stream"; transfer-syntax=*`, octets + "; transfer-syntax=1.2.840.10008.1.2.5"},
		{url(rle), `multipart/related; type="application/octet-stream"`, octets + "; transfer-syntax=" + le},
		{url(rle), `multipart/related; type="image/dicom-rle"`, "image/dicom-rle; transfer-syntax=1.2.840.10008.1.2.5"},
		{url(rle), `multipart/related; type="image/*"; transfer-syntax=1.2.840.10008.1.2.5`, "image/dicom-rle; transfer-syntax=1.2.840.10008.1.2.5"},
		{url(rle), `multipart/related; type="image/jls"`, "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80"},
		{url(rle), octets, "single " + octets + "; transfer-syntax=" + le},

		{url(j2k), `multipart/related; type="application/octet-stream"; transfer-syntax=*`, octets + "; transfer-syntax=1.2.840.10008.1.2.4.90"},
		{url(j2k), `multipart/related; type="application/octet-stream"`, ""},
		{url(j2k), "image/jp2", "single image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90"},
		{url(j2k), `multipart/related; type="application/octet-stream", multipart/related; type="image/jp2"`, "image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90"},
	} {
		if strings.Contains(c.path, "//") {
			continue
		}
		a := w.get("north", c.path, "Accept", c.accept)
		switch single, isSingle := strings.CutPrefix(c.want, "single "); {
		case c.want == "":
			if a.status != http.StatusNotAcceptable || !bytes.Contains(a.body, []byte("transfer-syntax=*")) {
				t.Errorf("%s: status %d, %s", c.accept, a.status, a.body)
			}
		case isSingle:
			if a.status != http.StatusOK || a.header.Get("Content-Type") != single {
				t.Errorf("%s: status %d, %v", c.accept, a.status, a.header)
			}
		default:
			if p := a.parts(t); len(p) != 1 || p[0].header.Get("Content-Type") != c.want {
				t.Errorf("%s: %v, want %s", c.accept, p[0].header, c.want)
			}
		}
	}
	got := w.get("north", nativeURL).parts(t)[0].body
	if !bytes.Equal(got, native.pixels()) {
		t.Error("the frame is not the pixels")
	}
	for path, want := range map[string]int{"/frames/2": 404, "/frames/0": 400, "/frames/x": 400, "/frames/1,1": 200, "/frames/1,2": 404} {
		if a := w.get("north", strings.TrimSuffix(nativeURL, "/frames/1")+path); a.status != want {
			t.Errorf("%s: status %d, want %d", path, a.status, want)
		}
	}
	a := w.get("north", nativeURL)
	if b := w.get("north", nativeURL, "If-None-Match", a.header.Get("ETag")); b.status != http.StatusNotModified || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
		t.Errorf("status %d, %v", b.status, a.header)
	}
}

func TestBulkData(t *testing.T) {
	w := newWorld(t)
	c := slice(1, 1)
	w.put(c.file(t))
	metadata := w.get("north", "/studies/"+c.study+"/metadata").objects(t)
	uri := metadata[0]["7FE00010"].BulkDataURI
	path, ok := strings.CutPrefix(uri, w.url)
	if !ok {
		t.Fatalf("bulk data at %q", uri)
	}
	if p := w.get("north", path).parts(t); len(p) != 1 || !bytes.Equal(p[0].body, c.pixels()) {
		t.Error("the parts are not the pixels")
	}
	whole := w.get("north", path, "Accept", "application/octet-stream")
	if whole.status != http.StatusOK || !bytes.Equal(whole.body, c.pixels()) {
		t.Errorf("status %d, %d bytes", whole.status, len(whole.body))
	}
	part := w.get("north", path, "Accept", "application/octet-stream", "Range", "bytes=100-199")
	if part.status != http.StatusPartialContent || !bytes.Equal(part.body, c.pixels()[100:200]) {
		t.Errorf("status %d, %d bytes", part.status, len(part.body))
	}
	for p, want := range map[string]int{strings.TrimSuffix(path, "7FE00010") + "00091234": 404, strings.TrimSuffix(path, "7FE00010"): 404} {
		if a := w.get("north", p); a.status != want {
			t.Errorf("%s: status %d", p, a.status)
		}
	}
}

func TestRendered(t *testing.T) {
	w := newWorld(t)
	c := quadrants(1)
	w.put(c.file(t))
	instance := "/studies/" + c.study + "/series/" + c.series + "/instances/" + c.instance
	shown := func(path string, headers ...string) image.Image {
		t.Helper()
		a := w.get("north", path, headers...)
		img, _, err := image.Decode(bytes.NewReader(a.body))
		if a.status != http.StatusOK || err != nil {
			t.Fatalf("%s: status %d, %v: %.200s", path, a.status, err, a.body)
		}
		return img
	}
	gray := func(img image.Image, q int) int {
		b := img.Bounds()
		r, _, _, _ := img.At(b.Min.X+b.Dx()/4+q%2*b.Dx()/2, b.Min.Y+b.Dy()/4+q/2*b.Dy()/2).RGBA()
		return int(r >> 8)
	}
	quarters := func(img image.Image, want ...int) {
		t.Helper()
		for q, v := range want {
			if got := gray(img, q); got < v-3 || got > v+3 {
				t.Errorf("quarter %d is %d, want %d", q, got, v)
			}
		}
	}
	quarters(shown(instance+"/rendered", "Accept", "image/png"), 32, 96, 159, 223)
	quarters(shown(instance+"/rendered"), 32, 96, 159, 223)
	quarters(shown("/studies/"+c.study+"/rendered"), 32, 96, 159, 223)
	quarters(shown(instance+"/frames/1/rendered?window=-383.5,2"), 128, 255, 255, 255)
	small := shown(instance + "/rendered?viewport=64,32")
	if b := small.Bounds(); b.Dx() != 32 || b.Dy() != 32 {
		t.Errorf("a viewport of 64 by 32 gives %v", b)
	}
	quarters(small, 32, 96, 159, 223)
	quarters(shown(instance+"/rendered?viewport=64,64,128,0,128,128"), 96, 96, 96, 96)
	thumb := shown("/studies/" + c.study + "/series/" + c.series + "/thumbnail")
	quarters(thumb, 32, 96, 159, 223)
	for _, bad := range []string{
		"?window=1", "?window=a,b", "?window=0,0", "?window=1,2,cubic", "?viewport=1", "?viewport=0,0", "?viewport=64,64,999,999,10,10", "?quality=0", "?quality=200",
	} {
		if a := w.get("north", instance+"/rendered"+bad); a.status != http.StatusBadRequest {
			t.Errorf("%s: status %d", bad, a.status)
		}
	}
	if a := w.get("north", instance+"/rendered", "Accept", "image/webp"); a.status != http.StatusNotAcceptable {
		t.Errorf("webp: status %d", a.status)
	}
	if a := w.get("north", instance+"/frames/9/rendered"); a.status != http.StatusNotFound {
		t.Errorf("frame 9: status %d", a.status)
	}
	good, less := w.get("north", instance+"/rendered?quality=95"), w.get("north", instance+"/rendered?quality=5")
	if len(less.body) >= len(good.body) {
		t.Errorf("quality 5 has %d bytes, 95 has %d", len(less.body), len(good.body))
	}
	a := w.get("north", instance+"/rendered", "Accept", "image/png")
	if _, err := png.Decode(bytes.NewReader(a.body)); err != nil {
		t.Error(err)
	}
	if b := w.get("north", instance+"/rendered", "Accept", "image/png", "If-None-Match", a.header.Get("ETag")); b.status != http.StatusNotModified {
		t.Errorf("unchanged: status %d", b.status)
	}
}

// TestUndecodable: what the server does not decode is refused with a reason, and can still be fetched.
func TestUndecodable(t *testing.T) {
	files := sharedFiles(t, "ts")
	b, ok := files["ts/MR_small_jp2klossless.dcm"]
	if !ok {
		t.Skip("no JPEG 2000 file")
	}
	w := newWorld(t)
	s := w.put(b)
	instance := "/studies/" + string(s.Study) + "/series/" + string(s.Series) + "/instances/" + string(s.Instance)
	for _, path := range []string{"/rendered", "/thumbnail", "/frames/1/rendered"} {
		if a := w.get("north", instance+path); a.status != http.StatusNotAcceptable || !bytes.Contains(a.body, []byte("JPEG 2000")) {
			t.Errorf("%s: status %d, %s", path, a.status, a.body)
		}
	}
	for accept, want := range map[string]int{
		`multipart/related; type="application/dicom"; transfer-syntax=*`:                   200,
		`multipart/related; type="application/dicom"`:                                      200,
		`multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1`: 406,
	} {
		if a := w.get("north", "/studies/"+string(s.Study), "Accept", accept); a.status != want {
			t.Errorf("%s: status %d, want %d", accept, a.status, want)
		}
	}
}

// TestTranscoded: explicit VR little endian is given of what can be decoded.
func TestTranscoded(t *testing.T) {
	files := sharedFiles(t, "ts")
	w := newWorld(t)
	s := w.put(files["ts/CTImage_rle.dcm"])
	a := w.get("north", "/studies/"+string(s.Study), "Accept", `multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1`)
	p := a.parts(t)
	o, err := dicom.ScanFile(bytes.NewReader(p[0].body), dicom.Options{})
	if err != nil || o.Syntax.UID != dicom.ExplicitVRLittleEndian || !strings.HasSuffix(p[0].header.Get("Content-Type"), "transfer-syntax=1.2.840.10008.1.2.1") {
		t.Fatalf("%v, %v", p[0].header, err)
	}
	reference, err := dicom.ScanFile(bytes.NewReader(files["ts/CTImage_explicit_le.dcm"]), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := p[0].body[o.Layout.Offset:][:o.Layout.FrameBits/8]
	if want := files["ts/CTImage_explicit_le.dcm"][reference.Layout.Offset:][:reference.Layout.FrameBits/8]; !bytes.Equal(got, want) {
		t.Error("other pixels")
	}
}

// TestDamagedStore: when bytes are missing behind a good index, an answer is never cut short in silence.
func TestDamagedStore(t *testing.T) {
	w := newWorld(t)
	for n := 1; n <= 2; n++ {
		w.put(slice(1, n).file(t))
	}
	second, err := w.index.Instance(t.Context(), root+"1.1.2")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.blobs.Delete(t.Context(), second.Blob); err != nil {
		t.Fatal(err)
	}
	instance := "/studies/" + root + "1/series/" + root + "1.1/instances/" + root + "1.1.2"
	if a := w.get("north", instance); a.status != http.StatusInternalServerError || bytes.Contains(a.body, []byte("missing")) {
		t.Errorf("status %d, %s", a.status, a.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/studies/"+root+"1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Institution", "north")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := new(bytes.Buffer).ReadFrom(resp.Body); err == nil {
		t.Error("a study with a missing instance looks whole")
	}
}
