package dicomweb_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"yilian/imaging/dicom"
)

// TestXML: headers and answers of searches as Native DICOM Models say what those in JSON say.
func TestXML(t *testing.T) {
	w := county(t)
	instance := "/studies/" + root + "1/series/" + root + "1.1/instances/" + root + "1.1.1"
	for path, want := range map[string]int{
		instance + "/metadata": 1, "/studies/" + root + "1/metadata": 3, "/studies?PatientName=*张*": 1, "/studies/" + root + "1/instances?includefield=all": 3,
	} {
		parts := w.get("north", path, "Accept", `multipart/related; type="application/dicom+xml"`).parts(t)
		objects := w.get("north", path).objects(t)
		if len(parts) != want || len(objects) != want {
			t.Errorf("%s: %d parts, %d objects", path, len(parts), len(objects))
			continue
		}
		for n, p := range parts {
			uris := map[string]bool{}
			d, err := dicom.ParseXML(bytes.NewReader(p.body), func(_ dicom.Tag, _ dicom.VR, uri string) ([]byte, error) {
				uris[uri] = true
				return nil, nil
			})
			if err != nil || p.header.Get("Content-Type") != "application/dicom+xml" {
				t.Fatalf("%s: %v %v", path, p.header, err)
			}
			if d.PersonName(dicom.PatientName).Ideographic != "张^三" && strings.Contains(string(objects[n]["00100010"].VR), "PN") {
				t.Errorf("%s: the name is %q", path, d.String(dicom.PatientName))
			}
			if at := objects[n]["7FE00010"].BulkDataURI; at != "" && !uris[at] {
				t.Errorf("%s: bulk data at %v, in JSON at %s", path, uris, at)
			}
			for tag := range objects[n] {
				if parsed, err := dicom.ParseTag(tag); err != nil || !d.Has(parsed) && tag != "00080005" {
					t.Errorf("%s: no %s in XML", path, tag)
				}
			}
		}
	}
	if a := w.get("north", instance+"/metadata", "Accept", "application/dicom+xml"); a.status != http.StatusOK || a.header.Get("Content-Type") != "application/dicom+xml" || !bytes.HasPrefix(a.body, []byte("<?xml")) {
		t.Errorf("one header: %d %v", a.status, a.header)
	}
	if a := w.get("south", instance+"/metadata", "Accept", "application/dicom+xml"); a.status != http.StatusNotFound {
		t.Errorf("another institution: %d", a.status)
	}
	if a := w.get("north", "/studies?PatientID=nobody", "Accept", "application/dicom+xml"); a.status != http.StatusNoContent {
		t.Errorf("nothing found: %d", a.status)
	}
}
