package dicomweb_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yilian/imaging/dicom"
)

// small is a thumbnail as a browser would send it.
func small(t *testing.T) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 128, 96))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestGivenThumbnail: what the server cannot decode is shown by what the browser made of it; nothing else is taken.
func TestGivenThumbnail(t *testing.T) {
	files := sharedFiles(t, "ts")
	w := newWorld(t)
	s := w.put(files["ts/MR_small_jp2klossless.dcm"])
	study := "/studies/" + string(s.Study)
	instance := study + "/series/" + string(s.Series) + "/instances/" + string(s.Instance)
	if a := w.get("north", instance+"/thumbnail"); a.status != http.StatusNotAcceptable {
		t.Fatalf("before: %d", a.status)
	}
	put := func(institution string, body []byte) int {
		return w.do(http.MethodPut, institution, instance+"/thumbnail", bytes.NewReader(body), "Content-Type", "image/jpeg").status
	}
	large := image.NewGray(image.Rect(0, 0, 300, 10))
	var tooLarge bytes.Buffer
	if err := png.Encode(&tooLarge, large); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who  string
		body []byte
		want int
	}{
		"no picture":      {"north", []byte("<svg onload=alert(1)>"), http.StatusUnsupportedMediaType},
		"cut off":         {"north", small(t)[:200], http.StatusUnsupportedMediaType},
		"too many pixels": {"north", tooLarge.Bytes(), http.StatusBadRequest},
		"too many bytes":  {"north", append(small(t), make([]byte, 600<<10)...), http.StatusRequestEntityTooLarge},
		"not theirs":      {"south", small(t), http.StatusNotFound},
		"nobody":          {"", small(t), http.StatusUnauthorized},
	} {
		if got := put(c.who, c.body); got != c.want {
			t.Errorf("%s: status %d, want %d", name, got, c.want)
		}
	}
	if got := put("north", append(small(t), "<script>"...)); got != http.StatusCreated {
		t.Errorf("status %d", got)
	}
	if got := put("north", small(t)); got != http.StatusOK {
		t.Errorf("a second one: status %d", got)
	}
	for _, path := range []string{instance + "/thumbnail", study + "/thumbnail"} {
		a := w.get("north", path)
		if img, _, err := image.Decode(bytes.NewReader(a.body)); a.status != http.StatusOK || err != nil || img.Bounds().Dx() != 128 || bytes.Contains(a.body, []byte("<script>")) {
			t.Errorf("%s: %d %v", path, a.status, err)
		}
	}
}

// TestMovie: an instance of many frames moves, at its own pace.
func TestMovie(t *testing.T) {
	w := newWorld(t)
	c := slice(1, 1)
	d := c.dataset()
	d.SetInt(dicom.NumberOfFrames, 5)
	d.SetFloat(dicom.FrameTime, 40)
	d.SetBytes(dicom.PixelData, dicom.OW, bytes.Repeat(c.pixels(), 5))
	w.put(part10(t, d))
	instance := "/studies/" + c.study + "/series/" + c.series + "/instances/" + c.instance
	a := w.get("north", instance+"/rendered?viewport=32,32", "Accept", "image/gif")
	g, err := gif.DecodeAll(bytes.NewReader(a.body))
	if err != nil || len(g.Image) != 5 || g.Delay[0] != 4 || g.Image[0].Bounds().Dx() != 32 {
		t.Fatalf("status %d, %v", a.status, err)
	}
	if a := w.get("north", instance+"/frames/2/rendered", "Accept", "image/gif"); a.status != http.StatusOK || string(a.body[:3]) != "GIF" {
		t.Errorf("one frame: %d", a.status)
	}
	if p := w.get("north", instance+"/rendered", "Accept", `multipart/related; type="image/jpeg"`).parts(t); len(p) != 5 || !strings.HasSuffix(p[4].header.Get("Content-Location"), "/frames/5/rendered") {
		t.Errorf("%d parts", len(p))
	}
	if p := w.get("north", "/studies/"+c.study+"/rendered", "Accept", `multipart/related; type="image/png"`).parts(t); len(p) != 5 {
		t.Errorf("%d parts of the study", len(p))
	}
	if p := w.get("north", instance+"/frames/1,3/rendered", "Accept", `multipart/related; type="image/jpeg"`).parts(t); len(p) != 2 {
		t.Errorf("%d parts", len(p))
	}
	if a := w.get("north", instance+"/frames/1,3/rendered"); a.status != http.StatusNotAcceptable {
		t.Errorf("two frames in one picture: %d", a.status)
	}
}

// TestAnnotation: text stands where it is asked for, and nowhere else.
func TestAnnotation(t *testing.T) {
	w := newWorld(t)
	c := slice(1, 1)
	c.size, c.value = 256, func(int, int) int16 { return 0 }
	w.put(c.file(t))
	path := "/studies/" + c.study + "/series/" + c.series + "/instances/" + c.instance + "/rendered"
	bright := func(query string) (top, bottom int) {
		t.Helper()
		a := w.get("north", path+query, "Accept", "image/png")
		if a.status == http.StatusNotAcceptable {
			t.Skipf("%s", a.body)
		}
		img, err := png.Decode(bytes.NewReader(a.body))
		if err != nil {
			t.Fatalf("%d %v", a.status, err)
		}
		if dir := t.ArtifactDir(); query == "?annotation=patient,technique&viewport=512,512" {
			_ = os.WriteFile(filepath.Join(dir, "annotation.png"), a.body, 0o600)
		}
		b := img.Bounds()
		for y := range b.Dy() {
			for x := range b.Dx() {
				if color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y > 230 {
					if y < b.Dy()/2 {
						top++
					} else {
						bottom++
					}
				}
			}
		}
		return top, bottom
	}
	for query, want := range map[string][2]bool{
		"": {false, false}, "?annotation=patient": {true, false}, "?annotation=technique": {false, true},
		"?annotation=patient,technique&viewport=512,512": {true, true},
	} {
		if top, bottom := bright(query); top > 5 != want[0] || bottom > 5 != want[1] {
			t.Errorf("%q: %d bright pixels above, %d below", query, top, bottom)
		}
	}
	if a := w.get("north", path+"?annotation=doctor"); a.status != http.StatusBadRequest {
		t.Errorf("an unknown text: %d", a.status)
	}
}

// TestColourProfile: littleCMS or ImageMagick are not asked; the profile is where readers look for it, and says what it is.
func TestColourProfile(t *testing.T) {
	w := newWorld(t)
	c := slice(1, 1)
	w.put(c.file(t))
	path := "/studies/" + c.study + "/series/" + c.series + "/instances/" + c.instance + "/rendered"
	a := w.get("north", path+"?iccprofile=srgb")
	i := bytes.Index(a.body, []byte("ICC_PROFILE\x00\x01\x01"))
	if i < 0 {
		t.Fatal("no profile in the JPEG")
	}
	n := int(binary.BigEndian.Uint16(a.body[i-2:])) - 2 - 14
	profile := a.body[i+14:][:n]
	if int(binary.BigEndian.Uint32(profile)) != n || string(profile[36:40]) != "acsp" || string(profile[12:20]) != "mntrRGB " {
		t.Errorf("profile of %d bytes: %q", n, profile[:40])
	}
	if _, err := jpeg.Decode(bytes.NewReader(a.body)); err != nil {
		t.Error(err)
	}
	p := w.get("north", path+"?iccprofile=yes", "Accept", "image/png")
	if _, err := png.Decode(bytes.NewReader(p.body)); err != nil || !bytes.Contains(p.body, []byte("iCCP")) {
		t.Errorf("PNG: %v", err)
	}
	for query, want := range map[string]int{"?iccprofile=no": 200, "?iccprofile=adobergb": 406, "?iccprofile=cmyk": 400} {
		if a := w.get("north", path+query); a.status != want || want == 200 && bytes.Contains(a.body, []byte("ICC_PROFILE")) {
			t.Errorf("%s: %d", query, a.status)
		}
	}
	if python, err := exec.LookPath("/usr/bin/python3"); err == nil && exec.CommandContext(t.Context(), python, "-c", "import PIL.ImageCms").Run() == nil {
		file := filepath.Join(t.TempDir(), "srgb.icc")
		if err := os.WriteFile(file, profile, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, "-c", `import sys,PIL.ImageCms as c
p=c.getOpenProfile(sys.argv[1]); s=c.createProfile("sRGB")
from PIL import Image
i=Image.new("RGB",(6,1)); i.putdata([(255,0,0),(0,255,0),(0,0,255),(128,128,128),(10,20,30),(200,100,50)])
o=c.profileToProfile(i,p,s); print(c.getProfileDescription(p).strip(), max(abs(a-b) for x,y in zip(i.getdata(),o.getdata()) for a,b in zip(x,y)))`, file).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "sRGB ") || strings.TrimSpace(string(out)) > "sRGB 2" {
			t.Errorf("%v %s", err, out)
		}
	}
}
