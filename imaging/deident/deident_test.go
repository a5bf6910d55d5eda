package deident_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"yilian/imaging/deident"
	"yilian/imaging/dicom"
	"yilian/imaging/phantom"
	"yilian/internal/foreign"
)

var everything = deident.Options{CleanDescriptors: true, ShiftDates: true, RetainPatient: true, RetainDevice: true, RetainSafePrivate: true}

// stripped runs a file through a profile.
func stripped(t testing.TB, p *deident.Profile, file []byte, looked bool) []byte {
	t.Helper()
	o, err := dicom.ScanFile(bytes.NewReader(file), deident.Scan)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Plan(o, looked)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(plan.File(bytes.NewReader(file)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t testing.TB, file []byte) *dicom.Dataset {
	t.Helper()
	o, err := dicom.ScanFile(bytes.NewReader(file), deident.Scan)
	if err != nil {
		t.Fatal(err)
	}
	return o.Dataset
}

func study(t testing.TB, kind phantom.Kind, images int) (files [][]byte) {
	t.Helper()
	for o, err := range phantom.Study(kind, phantom.Options{
		Images: images, Size: 48, Seed: 7, Name: "Ouyang^Qingfeng=欧阳^清风=ou1yang2^qing1feng1", PatientID: "QX2026-88417", Institution: "清溪镇中心卫生院", Referring: "Lin^Ruolan=林^若兰",
		Accession: "ACC-7741903", BirthDate: time.Date(1961, 4, 17, 0, 0, 0, 0, time.UTC), Station: "GANTRY-STATION-3",
	}) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, o.File)
	}
	return files
}

func TestWhatBecomesOfAStudy(t *testing.T) {
	p := deident.New(deident.Options{}, []byte("key"))
	var uids [2]map[string]bool
	uids[0], uids[1] = map[string]bool{}, map[string]bool{}
	for _, file := range study(t, phantom.ChestCT, 3) {
		before, after := read(t, file), read(t, stripped(t, p, file, false))
		uids[0][before.UID(dicom.StudyInstanceUID)], uids[1][after.UID(dicom.StudyInstanceUID)] = true, true
		for tag, want := range map[string]string{
			"PatientIdentityRemoved": "YES", "LongitudinalTemporalInformationModified": "REMOVED", "PatientBirthDate": "", "AccessionNumber": "", "Modality": "CT", "StudyDate": "",
		} {
			at, _ := dicom.TagOf(tag)
			if got := after.String(at); got != want {
				t.Errorf("%s is %q, want %q", tag, got, want)
			}
		}
		if id := after.String(dicom.PatientID); !strings.HasPrefix(id, "ANON-") || after.String(dicom.PatientName) != id {
			t.Errorf("the patient is %q %q", id, after.String(dicom.PatientName))
		}
		if codes := after.Sequence(0x00120064); len(codes) != 1 || codes[0].String(dicom.CodeValue) != "113100" {
			t.Errorf("methods: %v", codes)
		}
		if after.UID(dicom.SOPClassUID) != before.UID(dicom.SOPClassUID) {
			t.Error("the SOP class changed")
		}
	}
	if len(uids[0]) != 1 || len(uids[1]) != 1 {
		t.Errorf("the study's UID became %v", uids[1])
	}
	for uid := range uids[1] {
		if uids[0][uid] || !strings.HasPrefix(uid, "2.25.") || len(uid) > 64 {
			t.Errorf("the study's UID became %s", uid)
		}
		if other := deident.New(deident.Options{}, []byte("another")).UID(uid); other == p.UID(uid) {
			t.Error("two exports give the same UIDs")
		}
	}
}

// Dates move by the same number of days in a whole study, so that what lies between them stays.
func TestDatesMoveTogether(t *testing.T) {
	p := deident.New(deident.Options{ShiftDates: true}, []byte("key"))
	moved := map[time.Duration]bool{}
	for _, file := range study(t, phantom.ChestCT, 2) {
		before, after := read(t, file), read(t, stripped(t, p, file, false))
		for _, keyword := range []string{"StudyDate", "PatientBirthDate", "SeriesDate"} {
			at, _ := dicom.TagOf(keyword)
			was, err1 := time.Parse("20060102", before.String(at))
			is, err2 := time.Parse("20060102", after.String(at))
			if keyword == "PatientBirthDate" {
				if after.String(at) != "" {
					t.Errorf("the birth date is %q", after.String(at))
				}
				continue
			}
			if err1 != nil || err2 != nil {
				t.Fatalf("%s: %v %v", keyword, err1, err2)
			}
			moved[was.Sub(is)] = true
		}
		clock, _ := dicom.TagOf("StudyTime")
		if before.String(clock) != after.String(clock) {
			t.Error("the time of day moved")
		}
	}
	if len(moved) != 1 || moved[0] {
		t.Errorf("dates moved by %v", moved)
	}
}

// build makes a file around some elements.
func build(t testing.TB, fill func(d *dicom.Dataset)) []byte {
	t.Helper()
	d := dicom.New("ISO_IR 192")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
	d.SetString(dicom.SOPInstanceUID, "1.2.3.4.5.6.7.8.9")
	d.SetString(dicom.StudyInstanceUID, "1.2.3.4.5.6.7.8")
	d.SetString(dicom.SeriesInstanceUID, "1.2.3.4.5.6.7.8.1")
	d.SetString(dicom.PatientName, "Ouyang^Qingfeng=欧阳^清风")
	d.SetString(dicom.PatientID, "QX2026-88417")
	fill(d)
	file, err := dicom.AppendFile(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDescriptions(t *testing.T) {
	file := build(t, func(d *dicom.Dataset) {
		d.SetString(dicom.StudyDescription, "CT head of OUYANG Qingfeng, QX2026-88417, seen 2026-03-04")
		d.SetString(dicom.SeriesDescription, "欧阳清风 头颅平扫")
		d.SetString(mustTag(t, "ConvolutionKernel"), "Ouyang")
	})
	d := read(t, stripped(t, deident.New(deident.Options{CleanDescriptors: true}, []byte("k")), file, false))
	if got := d.String(dicom.StudyDescription); got != "CT head of , , seen" {
		t.Errorf("the study is described as %q", got)
	}
	if got := d.String(dicom.SeriesDescription); got != "头颅平扫" {
		t.Errorf("the series is described as %q", got)
	}
	if got := d.String(mustTag(t, "ConvolutionKernel")); got != "REMOVED" {
		t.Errorf("a name in an attribute that the profile keeps became %q", got)
	}
	bare := read(t, stripped(t, deident.New(deident.Options{}, []byte("k")), file, false))
	if bare.Has(dicom.SeriesDescription) && bare.String(dicom.SeriesDescription) != "REMOVED" {
		t.Errorf("without the option the series is described as %q", bare.String(dicom.SeriesDescription))
	}
}

func mustTag(t testing.TB, keyword string) dicom.Tag {
	t.Helper()
	tag, ok := dicom.TagOf(keyword)
	if !ok {
		t.Fatalf("no attribute %s", keyword)
	}
	return tag
}

func TestPrivateCurvesOverlaysAndPreamble(t *testing.T) {
	file := build(t, func(d *dicom.Dataset) {
		d.SetText(0x00190010, dicom.LO, "SIEMENS MR HEADER")
		d.SetText(0x0019100C, dicom.IS, "1000")
		d.SetText(0x00191008, dicom.LO, "hidden name")
		d.SetText(0x00290010, dicom.LO, "SOMEBODY")
		d.SetBytes(0x00291010, dicom.OB, bytes.Repeat([]byte("Ouyang"), 50_000))
		d.SetBytes(0x50003000, dicom.OW, []byte("curve "))
		d.SetBytes(0x60003000, dicom.OW, []byte("overlay "))
		d.SetInt(0x60000010, 8)
		d.SetBytes(0xFFFCFFFC, dicom.OB, []byte("trailing"))
	})
	copy(file, "Ouyang Qingfeng")
	for _, keep := range []bool{false, true} {
		out := stripped(t, deident.New(deident.Options{RetainSafePrivate: keep}, []byte("k")), file, false)
		for _, leak := range []string{"Ouyang", "hidden", "SOMEBODY", "curve", "overlay", "trailing"} {
			if bytes.Contains(out, []byte(leak)) {
				t.Errorf("safe private kept %v: %q is left", keep, leak)
			}
		}
		d := read(t, out)
		if d.Has(0x0019100C) != keep || d.Has(0x00190010) != keep || d.Has(0x60000010) {
			t.Errorf("safe private kept %v: %v %v %v", keep, d.Has(0x0019100C), d.Has(0x00190010), d.Has(0x60000010))
		}
	}
}

func TestRisks(t *testing.T) {
	for kind, want := range map[phantom.Kind]deident.Risk{
		phantom.ChestCT: deident.NoRisk, phantom.BrainMR: deident.NoRisk, phantom.Ultrasound: deident.Writes, phantom.ECG: deident.NoRisk,
	} {
		o, err := dicom.ScanFile(bytes.NewReader(study(t, kind, 1)[0]), deident.Scan)
		if err != nil {
			t.Fatal(err)
		}
		if got := deident.RiskOf(o.Dataset, o.Syntax.UID); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
	for name, c := range map[string]struct {
		fill   func(d *dicom.Dataset)
		syntax string
		want   deident.Risk
	}{
		"says so":    {func(d *dicom.Dataset) { d.SetString(0x00280301, "YES") }, "", deident.Declared},
		"screenshot": {func(*dicom.Dataset) {}, "", deident.Screen},
		"video":      {func(d *dicom.Dataset) {}, "1.2.840.10008.1.2.4.102", deident.Video},
		"document":   {func(d *dicom.Dataset) { d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.104.1") }, "", deident.Document},
		"report":     {func(d *dicom.Dataset) { d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.88.22") }, "", deident.Report},
		"radiograph": {func(d *dicom.Dataset) { d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.1") }, "", deident.NotDeclared},
		"clean one": {func(d *dicom.Dataset) {
			d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.1")
			d.SetString(0x00280301, "NO")
		}, "", deident.NoRisk},
		"fluoroscopy": {func(d *dicom.Dataset) {
			d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.12.2")
			d.SetString(dicom.Modality, "RF")
		}, "", deident.Writes},
		"captured in CT": {func(d *dicom.Dataset) {
			d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
			d.SetString(dicom.Modality, "CT")
			d.SetString(dicom.ImageType, "DERIVED", "SECONDARY", "SCREEN SAVE")
		}, "", deident.Screen},
	} {
		d := dicom.New("")
		d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
		d.SetInt(dicom.Rows, 8)
		c.fill(d)
		if got := deident.RiskOf(d, c.syntax); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A person who looked is believed about text in the pixels; nobody else is.
func TestLookedAt(t *testing.T) {
	file := build(t, func(d *dicom.Dataset) {
		d.SetInt(dicom.Rows, 2)
		d.SetInt(dicom.Columns, 2)
		d.SetBytes(dicom.PixelData, dicom.OB, []byte{1, 2, 3, 4})
	})
	p := deident.New(deident.Options{}, []byte("k"))
	for _, looked := range []bool{false, true} {
		if got := read(t, stripped(t, p, file, looked)).String(0x00280301); (got == "NO") != looked {
			t.Errorf("looked at %v: burned in annotation is %q", looked, got)
		}
	}
}

// Pixels pass as they are, and what is in memory does not grow with them.
func TestPixelsStay(t *testing.T) {
	for _, kind := range []phantom.Kind{phantom.ChestCT, phantom.ChestDX, phantom.Ultrasound} {
		file := study(t, kind, 2)[0]
		a, err := dicom.ScanFile(bytes.NewReader(file), deident.Scan)
		if err != nil {
			t.Fatal(err)
		}
		out := stripped(t, deident.New(everything, []byte("k")), file, true)
		b, err := dicom.ScanFile(bytes.NewReader(out), deident.Scan)
		if err != nil {
			t.Fatal(err)
		}
		if a.Layout.Length != b.Layout.Length || !bytes.Equal(file[a.Layout.Offset:a.Layout.Offset+a.Layout.Length], out[b.Layout.Offset:b.Layout.Offset+b.Layout.Length]) {
			t.Errorf("%s: the pixels changed", kind)
		}
	}
}

// judge is an independent reader: it collects what identifies by its own list, and looks for each value's bytes in the output.
const judge = `
import sys, glob, os, pydicom
from pydicom.uid import UID
ids = ["PatientID","OtherPatientIDs","AccessionNumber","PatientBirthDate","InstitutionName","InstitutionAddress","PatientAddress","PatientTelephoneNumbers",
  "StudyID","InstitutionalDepartmentName","ReferringPhysicianAddress","AdmissionID","StationName","DeviceSerialNumber","RequestingService","MedicalRecordLocator","PatientComments"]
keepdev = sys.argv[2] == "device"
if keepdev: ids = [i for i in ids if i not in ("StationName","DeviceSerialNumber")]
bad = 0
for before in sorted(glob.glob(sys.argv[1] + "/*.before")):
    ds = pydicom.dcmread(before, force=True)
    out = open(before[:-6] + "after", "rb").read()
    after = pydicom.dcmread(before[:-6] + "after", force=True)
    values = []
    def add(kind, text, raw):
        for enc in ("utf-8", "gb18030", "gbk", "iso2022_jp", "shift_jis", "euc_kr", "latin-1", "iso8859_5", "utf-16-le"):
            try: b = text.encode(enc)
            except UnicodeError: continue
            if len(b) >= 4 and not (len(b) < 8 and (text.isdigit() or enc == "utf-16-le")): values.append((kind, b))
    def walk(d):
        for e in d:
            if e.VR == "SQ":
                for i in e.value: walk(i)
                continue
            vs = e.value if isinstance(e.value, (list, tuple)) or type(e.value).__name__ == "MultiValue" else [e.value]
            for v in vs:
                if v is None or v == "": continue
                if e.VR == "PN":
                    for g in str(v).split("="):
                        for w in g.replace("^", " ").split():
                            if len(w) >= 3 or (len(w) >= 2 and not w.isascii()): add("name", w, None)
                elif e.VR == "UI":
                    s = str(v)
                    if not s.startswith("1.2.840.10008.") and "Class" not in e.keyword and e.keyword not in ("ImplementationClassUID","CodingSchemeUID") and len(s) > 8: add("uid " + e.keyword, s, None)
                elif e.keyword in ids and len(str(v).strip()) >= 4: add(e.keyword, str(v).strip(), None)
                elif e.tag.is_private and e.VR in ("LO","SH","ST","LT","UT","PN") and len(str(v).strip()) >= 6 and not e.tag.element < 0x100: add("private", str(v).strip(), None)
    walk(ds)
    # What devices repeat of public attributes that stay, and words of codes, identifies nobody.
    public = " ".join(str(e.value) for e in after.iterall() if e.VR != "SQ" and e.VR[0] != "O")
    for kind, b in set(values):
        text = b.decode("latin-1")
        if kind == "private" and text in public or kind == "name" and text in ("Patient", "text", "Video"): continue
        if b in out and b not in (b"YILIAN_1",):
            # a value that the standard's own codes hold as well identifies nobody
            print("LEAK", os.path.basename(before), kind, b[:40]); bad += 1
    if after.get("PatientIdentityRemoved") != "YES": print("UNMARKED", before); bad += 1
print("checked", len(glob.glob(sys.argv[1] + "/*.before")))
sys.exit(1 if bad else 0)
`

func TestJudgedByPydicom(t *testing.T) {
	python := foreign.Python(t, "pydicom")
	for name, o := range map[string]deident.Options{"basic": {}, "device": everything} {
		folder := t.TempDir()
		n := 0
		put := func(file []byte) {
			p := deident.New(o, []byte("a key"))
			for suffix, content := range map[string][]byte{"before": file, "after": stripped(t, p, file, false)} {
				if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%04d.%s", n, suffix)), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			n++
		}
		for _, kind := range phantom.Kinds() {
			put(study(t, kind, 2)[0])
		}
		out, err := exec.Command(python, "-W", "ignore", "-c", judge, folder, name).CombinedOutput()
		if err != nil || !strings.Contains(string(out), fmt.Sprintf("checked %d", n)) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// The judge of forms finds no class of error that the original did not have.
func TestNoNewErrorOfForm(t *testing.T) {
	program := foreign.Program(t, "dciodvfy")
	for _, kind := range phantom.Kinds() {
		for name, o := range map[string]deident.Options{"basic": {}, "all": everything} {
			file := study(t, kind, 2)[0]
			before, after := errorsOf(t, program, file), errorsOf(t, program, stripped(t, deident.New(o, []byte("k")), file, true))
			for e := range after {
				if !before[e] {
					t.Errorf("%s %s: new error: %s", kind, name, e)
				}
			}
		}
	}
}

// value is what a message quotes of the object.
var value = regexp.MustCompile(`<[0-9.]+>|[0-9]+(\.[0-9]+){2,}|\b0$`)

func errorsOf(t *testing.T, program string, file []byte) map[string]bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.dcm")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(program, path).CombinedOutput()
	all := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Error") {
			all[value.ReplaceAllString(strings.TrimSpace(line), "")] = true
		}
	}
	return all
}
