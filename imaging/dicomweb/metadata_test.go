package dicomweb_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func inflate(t *testing.T, b []byte) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMetadataForms: at each level, compressed or not, the same headers; again only when they changed.
func TestMetadataForms(t *testing.T) {
	w := newWorld(t)
	for n := 1; n <= 3; n++ {
		w.put(slice(1, n).file(t))
	}
	second := slice(1, 9)
	second.series, second.instance = root+"1.2", root+"1.2.9"
	w.put(second.file(t))
	for path, want := range map[string]int{"": 4, "/series/" + root + "1.1": 3, "/series/" + root + "1.2": 1, "/series/" + root + "1.1/instances/" + root + "1.1.2": 1} {
		path = "/studies/" + root + "1" + path + "/metadata"
		plain := w.get("north", path, "Accept-Encoding", "identity")
		zipped := w.get("north", path, "Accept-Encoding", "br, gzip;q=0.8")
		if len(plain.objects(t)) != want || plain.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d objects, %v", path, len(plain.objects(t)), plain.header)
		}
		if zipped.header.Get("Content-Encoding") != "gzip" || !bytes.Equal(inflate(t, zipped.body), plain.body) {
			t.Errorf("%s: compressed otherwise, %v", path, zipped.header)
		}
		for _, o := range plain.objects(t) {
			at := o["7FE00010"].BulkDataURI
			if b := w.get("north", strings.TrimPrefix(at, w.url), "Accept", "application/octet-stream"); b.status != http.StatusOK || len(b.body) != 64*64*2 {
				t.Errorf("%s: %s is answered by %d, %d bytes", path, at, b.status, len(b.body))
			}
		}
		tag := plain.header.Get("ETag")
		if a := w.get("north", path, "Accept-Encoding", "identity", "If-None-Match", `"x", W/`+tag); a.status != http.StatusNotModified || len(a.body) > 0 {
			t.Errorf("%s: unchanged: %d", path, a.status)
		}
		if a := w.do(http.MethodHead, "north", path, nil, "Accept-Encoding", "identity"); a.status != http.StatusOK || a.header.Get("ETag") != tag {
			t.Errorf("%s: HEAD: %d %v", path, a.status, a.header)
		}
		if a := w.get("south", path); a.status != http.StatusNotFound {
			t.Errorf("%s: another institution: %d", path, a.status)
		}
	}
	series := "/studies/" + root + "1/series/" + root + "1.1/metadata"
	before := w.get("north", series)
	w.put(slice(1, 4).file(t))
	after := w.get("north", series, "If-None-Match", before.header.Get("ETag"))
	if len(after.objects(t)) != 4 || after.header.Get("ETag") == before.header.Get("ETag") {
		t.Errorf("an instance that came later: %d %v", after.status, after.header)
	}
}

// BenchmarkSeriesMetadata answers the metadata of a series of 200 slices over HTTP.
func BenchmarkSeriesMetadata(b *testing.B) {
	w := newWorld(b)
	for n := 1; n <= 200; n++ {
		c := slice(1, n)
		c.size = 8
		w.put(c.file(b))
	}
	for _, coding := range []string{"gzip", "identity"} {
		b.Run(coding, func(b *testing.B) {
			for b.Loop() {
				if a := w.get("north", "/studies/"+root+"1/series/"+root+"1.1/metadata", "Accept-Encoding", coding); a.status != http.StatusOK {
					b.Fatal(a.status)
				}
			}
		})
	}
	b.Run("many at a time", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if a := w.get("north", fmt.Sprint("/studies/", root, "1/series/", root, "1.1/metadata"), "Accept-Encoding", "gzip"); a.status != http.StatusOK {
					b.Error(a.status)
				}
			}
		})
	})
}

// BenchmarkRetrieve gives a study of 200 slices whole, one frame, and one picture.
func BenchmarkRetrieve(b *testing.B) {
	w := newWorld(b)
	for n := 1; n <= 200; n++ {
		c := slice(1, n)
		c.size, c.value = 512, grain(n)
		w.put(c.file(b))
	}
	for _, c := range []struct{ name, path, accept string }{
		{"study", "", `multipart/related; type="application/dicom"; transfer-syntax=*`},
		{"frame", "/series/" + root + "1.1/instances/" + root + "1.1.100/frames/1", `multipart/related; type="application/octet-stream"`},
		{"picture", "/series/" + root + "1.1/instances/" + root + "1.1.100/rendered", "image/jpeg"},
		{"thumbnail", "/series/" + root + "1.1/instances/" + root + "1.1.100/thumbnail", "image/jpeg"},
		{"series list", "/series", "application/dicom+json"},
		{"instances", "/instances", "application/dicom+json"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				_ = timed(b, w.url+"/studies/"+root+"1"+c.path, c.accept, "identity")
			}
		})
	}
}
