package dicomweb_test

import (
	"bytes"
	"net/http"
	"testing"

	"yilian/imaging/dicom"
)

// video makes an object whose pixel data are one stream, in fragments.
func video(t *testing.T, syntax string, fragments ...[]byte) []byte {
	t.Helper()
	d := dicom.New("ISO_IR 192")
	set := d.SetString
	set(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.77.1.1.1")
	set(dicom.SOPInstanceUID, "2.25.771")
	set(dicom.StudyInstanceUID, "2.25.77")
	set(dicom.SeriesInstanceUID, "2.25.770")
	set(dicom.PatientID, "VIDEO")
	set(dicom.PatientName, "Test^Video")
	set(dicom.Modality, "ES")
	set(dicom.PhotometricInterpretation, "YBR_PARTIAL_420")
	d.SetInt(dicom.NumberOfFrames, 50)
	d.SetInt(dicom.SamplesPerPixel, 3)
	d.SetInt(dicom.Rows, 240)
	d.SetInt(dicom.Columns, 320)
	d.SetInt(dicom.BitsAllocated, 8)
	d.SetInt(dicom.BitsStored, 8)
	d.SetInt(dicom.HighBit, 7)
	d.SetInt(dicom.PixelRepresentation, 0)
	file, err := dicom.AppendFile(nil, d, dicom.Syntax(syntax))
	if err != nil {
		t.Fatal(err)
	}
	file = append(file, 0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF)
	for _, f := range append([][]byte{nil}, fragments...) { // an empty offset table first
		file = append(file, 0xFE, 0xFF, 0x00, 0xE0, byte(len(f)), byte(len(f)>>8), 0, 0)
		file = append(file, f...)
	}
	return append(file, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0)
}

func TestVideoByRanges(t *testing.T) {
	w := newWorld(t)
	begin, end := bytes.Repeat([]byte("begin"), 20), bytes.Repeat([]byte("ends"), 25)
	whole := append(bytes.Clone(begin), end...)
	s := w.put(video(t, "1.2.840.10008.1.2.4.102", begin, end))
	path := "/studies/" + string(s.Study) + "/series/" + string(s.Series) + "/instances/" + string(s.Instance) + "/rendered"
	get := func(accept, span string) answer {
		headers := []string{"Accept", accept}
		if span != "" {
			headers = append(headers, "Range", span)
		}
		return w.do(http.MethodGet, "north", path, nil, headers...)
	}
	if a := get("video/mp4", ""); a.status != http.StatusOK || a.header.Get("Content-Type") != "video/mp4" || !bytes.Equal(a.body, whole) {
		t.Errorf("whole: %d %s, %d bytes", a.status, a.header.Get("Content-Type"), len(a.body))
	}
	if a := get("video/mp4", "bytes=98-103"); a.status != http.StatusPartialContent || !bytes.Equal(a.body, whole[98:104]) {
		t.Errorf("over two fragments: %d %q for %q", a.status, a.body, whole[98:104])
	}
	if a := w.do(http.MethodGet, "north", path+"?accept=video/*", nil, "Accept", "*/*"); a.status != http.StatusOK {
		t.Errorf("by the address: %d", a.status)
	}
	if a := get("video/mpeg2", ""); a.status != http.StatusNotAcceptable {
		t.Errorf("as another video: %d", a.status)
	}
	if a := w.do(http.MethodGet, "south", path, nil, "Accept", "video/mp4"); a.status == http.StatusOK {
		t.Errorf("another institution sees it")
	}
}
