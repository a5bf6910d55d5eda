package dicomweb_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yilian/imaging/dicom"
)

// attributes is one object of the DICOM JSON model.
type attributes map[string]struct {
	VR          string            `json:"vr"`
	Value       []json.RawMessage `json:"Value"`
	BulkDataURI string
}

func (a attributes) text(tag string) string {
	v, ok := a[tag]
	if !ok || len(v.Value) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value[0], &s) != nil {
		return string(v.Value[0])
	}
	return s
}

func (a answer) objects(t *testing.T) []attributes {
	t.Helper()
	if a.status == http.StatusNoContent {
		return nil
	}
	var all []attributes
	if err := json.Unmarshal(a.body, &all); a.status != http.StatusOK || err != nil {
		t.Fatalf("status %d, %v: %s", a.status, err, a.body)
	}
	return all
}

// county fills an archive with three studies.
func county(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for n := 1; n <= 3; n++ {
		w.put(slice(1, n).file(t))
	}
	other := slice(2, 1)
	other.name, other.charset, other.date, other.desc, other.modality = "Li^Si=李^四", "ISO_IR 192", "20261031", "头颅MR平扫", "MR"
	w.put(other.file(t))
	plain := slice(3, 1)
	plain.name, plain.charset, plain.date, plain.desc = "Zhang^Wei", "ISO_IR 192", "20260101", "CHEST"
	w.put(plain.file(t))
	return w
}

const (
	studyUID    = "0020000D"
	seriesUID   = "0020000E"
	instanceUID = "00080018"
	root        = "1.2.826.0.1.3680043.10.999."
)

func TestSearchStudies(t *testing.T) {
	w := county(t)
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("*张*")
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":                                               "1 2 3",
		"limit=2":                                        "1 2",
		"limit=2&offset=1":                               "2 3",
		"offset=7":                                       "",
		"PatientName=Zhang*":                             "1 3",
		"PatientName=zhang^san":                          "1",
		"PatientName=zhang%5Esan":                        "1",
		"PatientName=Zhang%2A":                           "1 3",
		"PatientName=*张*":                                "1",
		"PatientName=*%E5%BC%A0*":                        "1",
		"PatientName=%2A%e5%bc%a0%2a":                    "1",
		"PatientName=" + percent(gbk):                    "1",
		"00100010=" + percent("李四"):                      "2",
		"PatientName=san&fuzzymatching=true":             "1",
		"PatientID=P0002":                                "2",
		"PatientID=p000*":                                "1 2 3",
		"AccessionNumber=A0003":                          "3",
		"00080050=A0003":                                 "3",
		"StudyDate=20261101":                             "1",
		"StudyDate=20261031-20261101":                    "1 2",
		"StudyDate=-20261030":                            "3",
		"ModalitiesInStudy=MR":                           "2",
		"ModalitiesInStudy=CT,MR":                        "1 2 3",
		"Modality=MR":                                    "2", // meant, though only series have it
		"StudyDescription=*CT*":                          "1",
		"StudyInstanceUID=" + root + "1," + root + "3":   "1 3",
		"StudyInstanceUID=" + root + "1%5C" + root + "3": "1 3",
		"PatientName=":                                   "1 2 3",
		"PatientName=*":                                  "1 2 3",
		"PatientID=P0001&StudyDate=20200101-":            "1",
		"PatientID=P0001&StudyDate=20200101":             "",
		"PatientSex=M&limit=1":                           "1",
		"SomethingElse=1":                                "1 2 3",
		"ReferencedStudySequence.StudyInstanceUID=1&x=SomethingElse":    "1 2 3",
		"PatientName=" + percent("\xd5\xc5*"):                           "1", // 张 in GB 2312, which is a letter in UTF-8 as well
		"StudyInstanceUID=" + root + "1&StudyInstanceUID=" + root + "3": "1 3",
		"PatientName=wei%20zhang&fuzzymatching=true":                    "3",
		"PatientName=张&fuzzymatching=TRUE":                              "1",
		"PatientID=P0001,P0003&multiplevaluematching=true":              "1 3",
		"StudyID=%22%22&emptyvaluematching=true":                        "",
		"StudyID=%22%22":                                                "1 2 3",
	} {
		a := w.get("north", "/studies?"+query)
		var got []string
		for _, o := range a.objects(t) {
			got = append(got, strings.TrimPrefix(o.text(studyUID), root))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
		if a.status == http.StatusNoContent != (want == "") {
			t.Errorf("%s: status %d", query, a.status)
		}
		if warned := a.header.Get("Warning") != ""; warned != strings.Contains(query, "SomethingElse") {
			t.Errorf("%s: warning %q", query, a.header.Get("Warning"))
		}
	}
}

// percent encodes every byte.
func percent(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func TestSearchRefuses(t *testing.T) {
	w := county(t)
	for _, query := range []string{
		"limit=-1", "limit=x", "offset=-1", "StudyDate=yesterday", "StudyDate=2026110", "StudyInstanceUID=../etc", "PatientName=%ff%fe", "PatientName=%zz", "StudyTime=9",
	} {
		if a := w.get("north", "/studies?"+query); a.status != http.StatusBadRequest || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: status %d, %s", query, a.status, a.body)
		}
	}
	if a := w.get("north", "/studies", "Accept", "text/html"); a.status != http.StatusNotAcceptable {
		t.Errorf("HTML: status %d", a.status)
	}
	if a := w.get("north", "/studies/not+a+uid/series"); a.status != http.StatusBadRequest {
		t.Errorf("a path that is no UID: status %d", a.status)
	}
}

// TestSearchAttributes: what PS3.18 tables 10.6.3-3 to -5 want, what is asked for more, and never more than that.
func TestSearchAttributes(t *testing.T) {
	w := county(t)
	one := w.get("north", "/studies?PatientID=P0001&includefield=StudyDescription,00081090&includefield=PatientAge").objects(t)[0]
	for _, tag := range []string{
		"00080005", "00080020", "00080030", "00080050", "00080056", "00080061", "00080090", "00081190", "00100010", "00100020", "00100030", "00100040", "0020000D",
		"00200010", "00201206", "00201208", "00081030",
	} {
		if _, ok := one[tag]; !ok {
			t.Errorf("a study has no %s", tag)
		}
	}
	if string(one["00100010"].Value[0]) != `{"Alphabetic":"Zhang^San","Ideographic":"张^三"}` || one.text("00080005") != "ISO_IR 192" ||
		one.text("00201208") != "3" || one.text("00201206") != "1" || one.text("00080061") != "CT" || one.text("00081190") != w.url+"/studies/"+root+"1" {
		t.Errorf("study %v", one)
	}
	series := w.get("north", "/studies/"+root+"1/series?includefield=all").objects(t)
	if len(series) != 1 || series[0].text(seriesUID) != root+"1.1" || series[0].text("00080060") != "CT" || series[0].text("00201209") != "3" ||
		series[0].text("00180015") != "CHEST" || series[0].text("0008103E") != "轴位 1mm" || series[0].text("00081190") != w.url+"/studies/"+root+"1/series/"+root+"1.1" {
		t.Errorf("series %v", series)
	}
	path := "/studies/" + root + "1/series/" + root + "1.1/instances"
	instances := w.get("north", path).objects(t)
	if len(instances) != 3 || instances[1].text(instanceUID) != root+"1.1.2" || instances[1].text("00200013") != "2" || instances[0].text("00280010") != "64" {
		t.Errorf("instances %v", instances)
	}
	if _, ok := instances[0]["00281050"]; ok {
		t.Error("an instance tells what nobody asked for")
	}
	if all := w.get("north", path+"?includefield=all").objects(t); all[0].text("00281050") != "0" || all[0]["7FE00010"].BulkDataURI == "" {
		t.Errorf("with all fields: %v", all[0])
	}
	relational := w.get("north", "/instances?SOPInstanceUID="+root+"2.1.1").objects(t)
	if len(relational) != 1 || relational[0].text("00100020") != "P0002" || relational[0].text("00080060") != "MR" ||
		relational[0].text("00081190") != w.url+"/studies/"+root+"2/series/"+root+"2.1/instances/"+root+"2.1.1" {
		t.Errorf("an instance among all: %v", relational)
	}
	if n := len(w.get("north", "/series?Modality=CT").objects(t)); n != 2 {
		t.Errorf("%d CT series", n)
	}
	if n := len(w.get("north", "/studies/"+root+"1/instances?limit=2").objects(t)); n != 2 {
		t.Errorf("%d instances on a page", n)
	}
}

func TestSearchCompressed(t *testing.T) {
	w := county(t)
	plain := w.get("north", "/studies/"+root+"1/metadata")
	if plain.header.Get("Vary") == "" || len(plain.objects(t)) != 3 {
		t.Errorf("%v", plain.header)
	}
	zipped := w.get("north", "/studies/"+root+"1/metadata", "Accept-Encoding", "gzip")
	if zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) >= len(plain.body) {
		t.Errorf("%d bytes, zipped %d, %v", len(plain.body), len(zipped.body), zipped.header)
	}
	if !slices.Equal(zipped.body[:2], []byte{0x1F, 0x8B}) {
		t.Error("no gzip")
	}
}

// TestSearchPages follows the links from page to page.
func TestSearchPages(t *testing.T) {
	w := county(t)
	next := regexp.MustCompile(`^<(.*)>; rel="next"$`)
	for path, want := range map[string]string{
		"/studies?limit=1&offset=1&PatientSex=M":     "2 3",
		"/studies?limit=2":                           "1 2 3",
		"/instances?limit=2&includefield=StudyDate":  "1.1.1 1.1.2 1.1.3 2.1.1 3.1.1",
		"/series?limit=1&Modality=CT":                "1.1 3.1",
		"/studies/" + root + "1/instances?limit=1":   "1.1.1 1.1.2 1.1.3",
		"/studies/" + root + "1/instances?offset=2":  "1.1.3",
		"/studies/" + root + "1/instances?offset=99": "",
	} {
		var got []string
		for page := path; ; {
			a := w.get("north", page)
			for _, o := range a.objects(t) {
				uid := o.text(instanceUID)
				if uid == "" {
					uid = o.text(seriesUID)
				}
				if uid == "" {
					uid = o.text(studyUID)
				}
				got = append(got, strings.TrimPrefix(uid, root))
			}
			link := next.FindStringSubmatch(a.header.Get("Link"))
			if link == nil {
				break
			}
			page = strings.TrimPrefix(link[1], w.url)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: pages of %q, want %q", path, got, want)
		}
	}
	if a := w.get("north", "/studies?after=nonsense"); a.status != http.StatusBadRequest {
		t.Errorf("a page marker that is none: %d", a.status)
	}
}

// TestSearchSequence: a key inside of a sequence, by keywords and by tags.
func TestSearchSequence(t *testing.T) {
	w := newWorld(t)
	for n, step := range []string{"S1", "S2"} {
		d := slice(n+1, 1).dataset()
		item := d.NewItem()
		item.SetString(dicom.ScheduledProcedureStepID, step)
		item.SetString(dicom.RequestedProcedureID, "R"+step)
		d.SetSequence(dicom.RequestAttributesSequence, item)
		w.put(part10(t, d))
	}
	for _, query := range []string{
		"RequestAttributesSequence.ScheduledProcedureStepID=S2", "00400275.00400009=S2", "00400275.RequestedProcedureID=RS2", "ScheduledProcedureStepID=S2",
	} {
		found := w.get("north", "/series?"+query).objects(t)
		if len(found) != 1 || found[0].text(studyUID) != root+"2" || !strings.Contains(string(found[0]["00400275"].Value[0]), "RS2") {
			t.Errorf("%s finds %v", query, found)
		}
	}
}
