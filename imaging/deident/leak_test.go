package deident_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yilian/imaging/deident"
	"yilian/imaging/dicom"
	"yilian/internal/foreign"
)

// secrets are attributes that must not keep their value whatever the options say, of many representations and places in the table.
var secrets = []string{
	"PatientBirthName", "OtherPatientIDs", "PatientAddress", "PatientTelephoneNumbers", "AccessionNumber", "ReferringPhysicianName", "OperatorsName", "InstitutionName",
	"InstitutionAddress", "AdmissionID", "PatientMotherBirthName", "MedicalRecordLocator", "RequestingService", "ContentCreatorName", "VerifyingObserverName", "PersonName",
	"TextValue", "ResponsiblePerson", "PatientInsurancePlanCodeSequence", "StudyID",
}

// sequences that the profile keeps and looks into, and some that it takes away.
var nests = []string{"ReferencedImageSequence", "SharedFunctionalGroupsSequence", "ContentSequence", "VerifyingObserverSequence", "RequestAttributesSequence", "SourceImageSequence", "DerivationImageSequence"}

// Random data sets with nested sequences never leak a marked value: not in attributes of the table, not in private or unknown ones, not in a text that is
// kept and repeats it, on no level, in no character set, whatever the options.
func TestNothingLeaks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		charset := rapid.SampledFrom([]string{"ISO_IR 192", "GB18030", `ISO 2022 IR 6\ISO 2022 IR 58`, "ISO_IR 100"}).Draw(rt, "charset")
		marks := []string{"Qxzvmark"}
		if charset != "ISO_IR 100" {
			marks = append(marks, "龚梵奚")
		}
		mark := rapid.SampledFrom(marks).Draw(rt, "mark")
		d := dicom.New(charset)
		base(d)
		name := mark
		if mark != "Qxzvmark" {
			name = "X=" + mark
		}
		d.SetString(dicom.PatientName, name)
		fill(rt, d, mark, 0)
		syntax := dicom.Syntax(rapid.SampledFrom([]string{dicom.ExplicitVRLittleEndian, "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"}).Draw(rt, "syntax"))
		file, err := dicom.AppendFile(nil, d, syntax)
		if err != nil {
			rt.Fatal(err)
		}
		o := deident.Options{
			CleanDescriptors: rapid.Bool().Draw(rt, "descriptors"), ShiftDates: rapid.Bool().Draw(rt, "dates"), RetainPatient: rapid.Bool().Draw(rt, "patient"),
			RetainDevice: rapid.Bool().Draw(rt, "device"), RetainSafePrivate: rapid.Bool().Draw(rt, "private"),
		}
		out := stripped(t, deident.New(o, []byte("k")), file, rapid.Bool().Draw(rt, "looked"))
		after := read(t, out)
		for _, w := range encodings(mark) {
			if bytes.Contains(out, w) {
				rt.Fatalf("%q is left in the file (%v)", mark, o)
			}
		}
		for _, uid := range []string{"1.3.46.670589.11.7.1", "1.2.3.4.5.6.7.8"} {
			if bytes.Contains(out, []byte(uid)) {
				rt.Fatalf("the UID %s is left", uid)
			}
		}
		if !strings.HasPrefix(after.String(dicom.PatientName), "ANON-") {
			rt.Fatalf("the patient is %q", after.String(dicom.PatientName))
		}
	})
}

func base(d *dicom.Dataset) {
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.SOPInstanceUID, "1.2.3.4.5.6.7.8.9")
	d.SetString(dicom.StudyInstanceUID, "1.2.3.4.5.6.7.8")
	d.SetString(dicom.SeriesInstanceUID, "1.2.3.4.5.6.7.8.1")
}

func encodings(mark string) (all [][]byte) {
	for _, terms := range []string{"ISO_IR 192", "GB18030", `ISO 2022 IR 6\ISO 2022 IR 58`} {
		d := dicom.New(terms)
		d.SetText(0x00104000, dicom.LT, mark)
		if b, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian)); err == nil {
			all = append(all, bytes.TrimRight(b[len(b)-len(d.Get(0x00104000).Value):], " "))
		}
	}
	return append(all, []byte(mark))
}

func fill(rt *rapid.T, d *dicom.Dataset, mark string, depth int) {
	for _, keyword := range rapid.SliceOfNDistinct(rapid.SampledFrom(secrets), 0, 6, rapid.ID).Draw(rt, "attributes") {
		tag, ok := dicom.TagOf(keyword)
		if !ok {
			rt.Fatalf("no attribute %s", keyword)
		}
		if tag.VR() == dicom.SQ {
			item := d.NewItem()
			item.SetString(dicom.CodeMeaning, mark)
			d.SetSequence(tag, item)
			continue
		}
		d.SetString(tag, mark)
	}
	if rapid.Bool().Draw(rt, "private") {
		d.SetText(0x00290010, dicom.LO, "ACME 1")
		d.SetText(0x00291001, dicom.LO, mark)
		item := d.NewItem()
		item.SetText(0x00291002, dicom.LO, mark)
		d.SetSequence(0x00291003, item)
		d.SetText(0x00190010, dicom.LO, "SIEMENS MR HEADER")
		d.SetBytes(0x0019100C, dicom.UN, []byte(mark))
	}
	if rapid.Bool().Draw(rt, "unknown") {
		d.SetText(0x00182FFE, dicom.LO, mark)
		d.SetBytes(0x60023000, dicom.OW, []byte(mark+mark))
		d.SetBytes(0x50043000, dicom.OW, []byte(mark+mark))
	}
	if rapid.Bool().Draw(rt, "kept text") { // these stay, without the name
		d.SetString(dicom.StudyDescription, "about "+mark+" again")
		d.SetText(0x00181210, dicom.SH, mark)
		d.SetText(0x00080104, dicom.LO, mark+" code")
	}
	d.SetText(0x00081155, dicom.UI, "1.3.46.670589.11.7.1")
	if depth > 3 {
		return
	}
	for _, keyword := range rapid.SliceOfNDistinct(rapid.SampledFrom(nests), 0, 2, rapid.ID).Draw(rt, "sequences") {
		tag, _ := dicom.TagOf(keyword)
		var items []*dicom.Dataset
		for range rapid.IntRange(1, 3).Draw(rt, "items") {
			item := d.NewItem()
			fill(rt, item, mark, depth+1)
			items = append(items, item)
		}
		d.SetSequence(tag, items...)
	}
}

// foreignFiles are objects of other makers, as far as they can be read at all.
func foreignFiles(t *testing.T) (files map[string][]byte) {
	t.Helper()
	root := "../../../shared/dicom"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no objects of other makers here")
	}
	files = map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "malformed") {
			return err
		}
		if info, err := entry.Info(); err != nil || info.Size() > 1<<20 {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) < 132 || string(b[128:132]) != "DICM" {
			return err
		}
		if o, err := dicom.ScanFile(bytes.NewReader(b), deident.Scan); err == nil && o.Dataset.Has(dicom.SOPClassUID) {
			files[path] = b
		}
		return nil
	})
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	return files
}

func TestOthersObjectsJudgedByPydicom(t *testing.T) {
	python := foreign.Python(t, "pydicom")
	files := foreignFiles(t)
	folder := t.TempDir()
	p := deident.New(deident.Options{ShiftDates: true, RetainPatient: true}, []byte("a key"))
	for path, file := range files {
		name := filepath.Join(folder, strings.NewReplacer("../", "", "/", "_").Replace(path))
		for suffix, content := range map[string][]byte{"before": file, "after": stripped(t, p, file, false)} {
			if err := os.WriteFile(name+"."+suffix, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := exec.Command(python, "-W", "ignore", "-c", judge, folder, "basic").CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("checked %d", len(files))) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestOthersObjectsKeepTheirForm(t *testing.T) {
	program := foreign.Program(t, "dciodvfy")
	p := deident.New(deident.Options{}, []byte("a key"))
	for path, file := range foreignFiles(t) {
		before, after := errorsOf(t, program, file), errorsOf(t, program, stripped(t, p, file, false))
		for e := range after {
			if !before[e] {
				t.Errorf("%s: new error: %s", filepath.Base(path), e)
			}
		}
	}
}
