package dicom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yilian"
)

func TestJSONModel(t *testing.T) {
	d := New("GB18030")
	d.SetString(PatientName, "Zhang^San=张^三=zhang", "", "Li^Si")
	d.SetString(ImageType, "ORIGINAL", "", "AXIAL")
	d.SetString(StudyDescription, "<b>\"胸\\")
	d.SetInt(Rows, 512)
	d.SetInt(InstanceNumber, 7)
	d.SetString(PatientID)
	d.SetTags(FrameIncrementPointer, FrameTime)
	d.SetText(KVP, DS, "+1.20E2 ", "abc", " -.5")
	d.SetBytes(NewTag(0x0011, 0x1001), UN, []byte{1, 2, 3, 4})
	d.SetString(ReferringPhysicianName, "^^^")
	item := d.NewItem()
	item.SetBytes(WaveformData, OW, []byte{1, 0, 2, 0})
	d.SetSequence(WaveformSequence, item)
	d.SetSequence(ReferencedStudySequence)
	d.Put(Element{Tag: PixelData, VR: OW, Bulk: Bulk{Offset: 9, Length: 9}})
	var paths []string
	uri := func(path string, _ *Element) string { paths = append(paths, path); return "bulk/" + path }

	const head = `{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080008":{"vr":"CS","Value":["ORIGINAL",null,"AXIAL"]},"00080090":{"vr":"PN"},` +
		`"00081030":{"vr":"LO","Value":["\u003cb\u003e\"胸",null]},"00081110":{"vr":"SQ"},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Zhang^San","Ideographic":"张^三","Phonetic":"zhang"},null,{"Alphabetic":"Li^Si"}]},` +
		`"00100020":{"vr":"LO"},`
	const middle = `"00180060":{"vr":"DS","Value":[120,"abc",-0.5]},"00200013":{"vr":"IS","Value":[7]},"00280009":{"vr":"AT","Value":["00181063"]},"00280010":{"vr":"US","Value":[512]},`
	got := string(d.AppendJSON(nil, JSONOptions{BulkDataURI: uri}))
	want := head + `"00111001":{"vr":"UN","BulkDataURI":"bulk/00111001"},` + middle + `"54000100":{"vr":"SQ","Value":[{"54001010":{"vr":"OW","BulkDataURI":"bulk/54000100/0/54001010"}}]},"7FE00010":{"vr":"OW","BulkDataURI":"bulk/7FE00010"}}`
	if got != want {
		t.Errorf("with bulk data:\n got %s\nwant %s", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Error("this is not JSON")
	}
	for _, p := range paths {
		if e, level := d.Lookup(p); e == nil || level == nil || !strings.HasSuffix(p, e.Tag.String()) {
			t.Errorf("path %s leads to %v", p, e)
		}
	}
	got = string(d.AppendJSON(nil, JSONOptions{MaxInline: 3, BulkDataURI: func(string, *Element) string { return "" }}))
	if strings.Contains(got, "Bulk") || strings.Contains(got, "Inline") || !strings.Contains(got, `"00111001":{"vr":"UN"}`) {
		t.Errorf("without room for bulk data: %s", got)
	}
	got = string(d.AppendJSON(nil, JSONOptions{Include: func(t Tag) bool { return t == WaveformSequence }}))
	if want := `{"54000100":{"vr":"SQ","Value":[{"54001010":{"vr":"OW","InlineBinary":"AQACAA=="}}]}}`; got != want {
		t.Errorf("one element: %s", got)
	}
}

// TestJSONInlineIsLittleEndian: InlineBinary does not follow the transfer syntax (PS3.18 F.2.7).
func TestJSONInlineIsLittleEndian(t *testing.T) {
	b, err := AppendDataset(nil, sample("ISO_IR 192"), Syntax(ExplicitVRBigEndian))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(b, Syntax(ExplicitVRBigEndian))
	if err != nil {
		t.Fatal(err)
	}
	d.SetBytes(WaveformData, OW, []byte{1, 2})
	if got := d.AppendJSON(nil, JSONOptions{Include: func(t Tag) bool { return t == WaveformData }}); !strings.Contains(string(got), `"AgE="`) {
		t.Errorf("%s", got)
	}
}

func TestJSONThereAndBack(t *testing.T) {
	for _, terms := range []string{"ISO_IR 192", "GB18030"} {
		d := sample(terms)
		first := d.AppendJSON(nil, JSONOptions{})
		back, err := ParseJSON(first, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkSample(t, back, true)
		if again := back.AppendJSON(nil, JSONOptions{}); !bytes.Equal(again, first) {
			t.Errorf("another round gives\n%s\nnot\n%s", again, first)
		}
	}
	for _, f := range corpusFiles(t) {
		obj, err := scanPath(f.path)
		if err != nil {
			continue
		}
		first := obj.Dataset.AppendJSON(nil, JSONOptions{})
		back, err := ParseJSON(first, nil)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if again := back.AppendJSON(nil, JSONOptions{}); !sameJSON(again, first) && f.name != "malformed/pwnlab/TC0239_studydate_DA_as_DS.dcm" {
			t.Errorf("%s: another round gives other JSON", f.name)
		}
	}
}

// sameJSON compares without the character set, which reading adds, and without how numbers are written.
func sameJSON(a, b []byte) bool {
	var x, y map[string]any
	if unmarshal(a, &x) != nil || unmarshal(b, &y) != nil {
		return false
	}
	delete(x, "00080005")
	delete(y, "00080005")
	return len(differences("", x, y)) == 0
}

func TestParseJSONReads(t *testing.T) {
	d, err := ParseJSON([]byte(`{"00080005":{"vr":"CS","Value":["GB18030"]},"00100010":{"vr":"PN","Value":[{"Ideographic":"张^三"}]},"00280010":{"vr":"US","Value":[512]},
		"00180060":{"vr":"DS","Value":[1.0000000000000000001]},"00081030":{"Value":["no VR"]},"00720083":{"vr":"UV","Value":["18446744073709551615"]},
		"00081110":{"vr":"SQ","Value":[{},null,{"00100020":{"vr":"LO","Value":["x"]}}]},"7FE00010":{"vr":"OW","BulkDataURI":"cid:1"}}`),
		func(tag Tag, vr VR, uri string) ([]byte, error) {
			if tag != PixelData || vr != OW || uri != "cid:1" {
				return nil, fmt.Errorf("asked for %v %v %s", tag, vr, uri)
			}
			return []byte{1, 2, 3, 4}, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if d.String(PatientName) != "=张^三" || d.String(StudyDescription) != "no VR" || d.String(SpecificCharacterSet) != "ISO_IR 192" || d.String(0x00720083) != "18446744073709551615" {
		t.Errorf("%q %q %q %q", d.String(PatientName), d.String(StudyDescription), d.String(SpecificCharacterSet), d.String(0x00720083))
	}
	if e, level := d.Lookup("00081110/2/00100020"); e == nil || level.String(PatientID) != "x" {
		t.Error("the third item is missing")
	}
	if _, err := AppendDataset(nil, d, explicit); err != nil {
		t.Error(err)
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for _, bad := range []string{
		``, `[]`, `{"x":{}}`, `{"0010001":{"vr":"PN"}}`, `{"00100010":{"vr":"XX"}}`, `{"00280010":{"vr":"US","Value":["many"]}}`, `{"00280010":{"vr":"US","Value":[{}]}}`,
		`{"7FE00010":{"vr":"OW","InlineBinary":"***"}}`, `{"7FE00010":{"vr":"OW","BulkDataURI":"x"}}`, `{"7FE00010":{"vr":"OW","Value":[1]}}`, `{"00081110":{"vr":"SQ","Value":[1]}}`,
		`{"00280009":{"vr":"AT","Value":["PatientName"]}}`, `{"00280010":{"vr":"US","Value":[1.5]}}`,
		strings.Repeat(`{"00081110":{"vr":"SQ","Value":[`, 40) + `{}` + strings.Repeat(`]}}`, 40),
	} {
		if _, err := ParseJSON([]byte(bad), nil); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%.60s: %v", bad, err)
		}
	}
	all, err := ParseJSONArray([]byte(`[{"00100020":{"vr":"LO","Value":["a"]}},{}]`), nil)
	if err != nil || len(all) != 2 || all[0].String(PatientID) != "a" {
		t.Errorf("array: %v, %v", all, err)
	}
	if _, err := ParseJSONArray([]byte(`{}`), nil); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("an object for an array: %v", err)
	}
}

func TestLookupRefuses(t *testing.T) {
	d := sample("GB18030")
	for _, path := range []string{"", "/", "00100010/0/00100020", "00400275", "00400275/", "00400275/9/00080104", "00400275/-1/00080104", "00400275/x/00080104", "00400275/0/", "00400275/0", "zz"} {
		if e, level := d.Lookup(path); (e == nil) != (level == nil) || e != nil && path != "00400275" {
			t.Errorf("%q leads to %v", path, e)
		}
	}
	if e, level := d.Lookup("00400275/0/0040A730/0/0040A160"); e == nil || level.String(e.Tag) != "结节" {
		t.Error("a path of two sequences leads nowhere")
	}
}

func TestNumbersInJSON(t *testing.T) {
	for text, want := range map[string]string{"1": "1", "-0": "-0", "0.50": "0.50", "1e5": "1e5", "01": "1", "+3": "3", ".5": "0.5", "5.": "5", "1e999": `"1e999"`, "NaN": `"NaN"`, "0x10": `"0x10"`, "": "null", "1 2": `"1 2"`} {
		w := jsonWriter{o: &JSONOptions{}}
		w.one(DS, text)
		if string(w.dst) != want || !json.Valid(w.dst) {
			t.Errorf("%q is written as %s, want %s", text, w.dst, want)
		}
	}
}

func TestDictionary(t *testing.T) {
	if !slices.IsSorted(dictTags[:]) || len(dictVRs) != 2*len(dictTags) || len(dictOffsets) != len(dictTags)+1 {
		t.Fatal("the tables do not fit together")
	}
	for _, c := range []struct {
		tag     Tag
		vr      VR
		keyword string
	}{
		{PatientName, PN, "PatientName"},
		{PixelData, OW, "PixelData"},
		{CommandField, US, "CommandField"},
		{SmallestImagePixelValue, US, "SmallestImagePixelValue"},
		{0x60020010, US, "OverlayRows"},
		{0x60FE3000, OW, "OverlayData"},
		{ExtendedOffsetTable, OV, "ExtendedOffsetTable"},
		{EncapsulatedPixelDataValueTotalLength, UV, "EncapsulatedPixelDataValueTotalLength"},
		{0x00090010, LO, ""},
		{0x00091001, UN, ""},
		{0x00100000, UL, ""},
		{0x00101234, UN, ""},
		{LUTData, OW, "LUTData"},
	} {
		if c.tag.VR() != c.vr || c.tag.Keyword() != c.keyword {
			t.Errorf("%v: %v %q, want %v %q", c.tag, c.tag.VR(), c.tag.Keyword(), c.vr, c.keyword)
		}
		if c.keyword != "" && c.tag.Group() < 0x5000 {
			if got, ok := TagOf(c.keyword); !ok || got != c.tag {
				t.Errorf("%s is %v", c.keyword, got)
			}
		}
	}
	for text, want := range map[string]Tag{"00100010": PatientName, "(0010,0010)": PatientName, "0010,0010": PatientName, "PatientName": PatientName, "7fe00010": PixelData} {
		if got, err := ParseTag(text); err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "0010", "0010001G", "patientname", "PatientName "} {
		if got, err := ParseTag(bad); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%q is %v, %v", bad, got, err)
		}
	}
}

func TestSyntaxes(t *testing.T) {
	for _, c := range []struct {
		uid                                     string
		known, implicit, big, deflated, capsule bool
		lossy, video                            bool
	}{
		{uid: ImplicitVRLittleEndian, known: true, implicit: true},
		{uid: ExplicitVRLittleEndian, known: true},
		{uid: ExplicitVRBigEndian, known: true, big: true},
		{uid: DeflatedExplicitVRLittleEndian, known: true, deflated: true},
		{uid: "1.2.840.10008.1.2.4.95", known: true, deflated: true},
		{uid: "1.2.840.10008.1.2.4.94", known: true},
		{uid: JPEGBaseline8Bit, known: true, capsule: true, lossy: true},
		{uid: JPEGLosslessSV1, known: true, capsule: true},
		{uid: HTJ2KLosslessRPCL, known: true, capsule: true},
		{uid: RLELossless + "\x00", known: true, capsule: true},
		{uid: DeflatedImageFrame, known: true, capsule: true},
		{uid: "1.2.840.10008.1.2.4.102", known: true, capsule: true, lossy: true, video: true},
		{uid: "1.2.840.10008.1.2.4.100.1", known: true, capsule: true, lossy: true, video: true},
		{uid: "1.2.840.10008.1.2.4.110", known: true, capsule: true},
		{uid: "1.2.840.10008.1.2.4.1", capsule: true},
		{uid: "1.2.840.10008.1.2.4.5", capsule: true},
		{uid: "1.2.3.4", capsule: true},
		{uid: "", capsule: true},
	} {
		ts := Syntax(c.uid)
		if ts.Known != c.known || ts.Implicit != c.implicit || ts.BigEndian != c.big || ts.Deflated != c.deflated || ts.Encapsulated != c.capsule || ts.Lossy != c.lossy || ts.IsVideo() != c.video {
			t.Errorf("%q: %+v, video %v", c.uid, ts, ts.IsVideo())
		}
	}
}
