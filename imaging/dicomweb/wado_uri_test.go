package dicomweb_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image"
	"net/http"
	"slices"
	"strings"
	"testing"

	"yilian/imaging/dicom"
)

func TestWadoURI(t *testing.T) {
	w := newWorld(t)
	c := quadrants(1)
	w.put(c.file(t))
	many := slice(2, 1)
	d := many.dataset()
	d.SetInt(dicom.NumberOfFrames, 3)
	d.SetBytes(dicom.PixelData, dicom.OW, bytes.Repeat(many.pixels(), 3))
	w.put(part10(t, d))
	url := func(c ctImage) string {
		return "/wado?requestType=WADO&studyUID=" + c.study + "&seriesUID=" + c.series + "&objectUID=" + c.instance
	}
	for query, want := range map[string]string{
		"": "image/jpeg", "&contentType=image/png": "image/png", "&contentType=image%2Fjpeg%3Bq%3D0.5,image/png": "image/png", "&contentType=*%2F*": "image/jpeg",
		"&contentType=application%2Fdicom": "application/dicom", "&contentType=text/html,application/dicom": "application/dicom",
		"&contentType=application%2Fdicom&transferSyntax=1.2.840.10008.1.2.4.80": "application/dicom",
		"&contentType=application%2Fdicom&transferSyntax=1.2.840.10008.1.2.4.90": "application/dicom", // as it is kept
	} {
		if a := w.get("north", url(c)+query); a.status != http.StatusOK || a.header.Get("Content-Type") != want {
			t.Errorf("%s: %d %v %s", query, a.status, a.header, a.body[:min(len(a.body), 200)])
		}
	}
	file := w.get("north", url(c)+"&contentType=application%2Fdicom&transferSyntax=1.2.840.10008.1.2.4.80")
	if o, err := dicom.ScanFile(bytes.NewReader(file.body), dicom.Options{}); err != nil || o.Syntax.UID != dicom.JPEGLSLossless {
		t.Errorf("%v", err)
	}
	sized := func(query string) image.Point {
		t.Helper()
		a := w.get("north", url(c)+query)
		img, _, err := image.Decode(bytes.NewReader(a.body))
		if err != nil {
			t.Fatalf("%s: %d %s", query, a.status, a.body[:min(len(a.body), 200)])
		}
		return img.Bounds().Size()
	}
	for query, want := range map[string]image.Point{
		"": {256, 256}, "&rows=64": {64, 64}, "&rows=512&columns=300": {300, 300}, "&region=0,0,0.5,1": {128, 256}, "&region=0.5,0.5,1,1&rows=64": {64, 64},
		"&windowCenter=0&windowWidth=100&imageQuality=50": {256, 256},
	} {
		if got := sized(query); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	for query, want := range map[string]int{
		"&rows=0": 400, "&rows=x": 400, "&region=1,0,0,1": 400, "&region=0,0,1": 400, "&windowCenter=1": 400, "&frameNumber=0": 400, "&frameNumber=2": 404, "&anonymize=yes": 406,
		"&contentType=text/html": 406, "&imageQuality=101": 400, "&presentationUID=1.2": 406,
	} {
		if a := w.get("north", url(c)+query); a.status != want {
			t.Errorf("%s: %d, want %d", query, a.status, want)
		}
	}
	if a := w.get("north", url(many)); a.header.Get("Content-Type") != "application/dicom" {
		t.Errorf("many frames: %v", a.header)
	}
	if a := w.get("north", url(many)+"&frameNumber=3"); a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("one of many frames: %v", a.header)
	}
	for path, want := range map[string]int{
		"/wado": 400, "/wado?requestType=XDS": 400, strings.Replace(url(c), "objectUID", "x", 1): 400, strings.Replace(url(c), c.instance, "..", 1): 400,
		strings.Replace(url(c), c.instance, "1.2", 1): 404,
	} {
		if a := w.get("north", path); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	if a := w.get("south", url(c)); a.status != http.StatusNotFound {
		t.Errorf("another institution: %d", a.status)
	}
	a := w.get("north", url(c))
	if b := w.get("north", url(c), "If-None-Match", a.header.Get("ETag")); b.status != http.StatusNotModified {
		t.Errorf("unchanged: %d", b.status)
	}
}

// TestCapabilities: the description tells of each route and of nothing else, in XML and JSON.
func TestCapabilities(t *testing.T) {
	w := newWorld(t)
	type document struct {
		Resources struct {
			Base     string `xml:"base,attr" json:"base"`
			Resource []struct {
				Path   string `xml:"path,attr" json:"path"`
				Method []struct {
					Name string `xml:"name,attr" json:"name"`
				} `xml:"method" json:"method"`
			} `xml:"resource" json:"resource"`
		} `xml:"resources" json:"resources"`
	}
	for accept, parse := range map[string]func([]byte, any) error{"": xml.Unmarshal, "application/vnd.sun.wadl+xml": xml.Unmarshal, "application/json": json.Unmarshal} {
		a := w.do(http.MethodOptions, "", "/", nil, "Accept", accept)
		var doc document
		if err := parse(a.body, &doc); a.status != http.StatusOK || err != nil || doc.Resources.Base != w.url {
			t.Fatalf("%s: %d %v %s", accept, a.status, err, a.body)
		}
		var told []string
		for _, r := range doc.Resources.Resource {
			for _, m := range r.Method {
				told = append(told, m.Name+" /dicom-web/"+r.Path)
			}
		}
		for _, r := range w.handler.Routes() {
			if !slices.Contains(told, r.Method+" "+strings.ReplaceAll(r.Pattern, "...}", "}")) {
				t.Errorf("%s %s is not told of", r.Method, r.Pattern)
			}
		}
		if len(told) != len(w.handler.Routes()) {
			t.Errorf("%d operations, %d routes", len(told), len(w.handler.Routes()))
		}
	}
	a := w.do(http.MethodOptions, "", "/studies", nil)
	if a.status != http.StatusOK || a.header.Get("Allow") != "GET, HEAD, POST, OPTIONS" || bytes.Contains(a.body, []byte("metadata")) || !bytes.Contains(a.body, []byte("PatientName")) {
		t.Errorf("one resource: %d %v", a.status, a.header)
	}
	if a := w.do(http.MethodOptions, "", "/", nil, "Accept", "text/html"); a.status != http.StatusNotAcceptable {
		t.Errorf("HTML: %d", a.status)
	}
}
