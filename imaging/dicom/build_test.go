package dicom

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
)

// equal compares two data sets element by element.
func (d *Dataset) equal(o *Dataset) bool {
	return slices.EqualFunc(d.Elements, o.Elements, func(a, b Element) bool {
		return a.Tag == b.Tag && a.VR == b.VR && a.Bulk == b.Bulk && bytes.Equal(a.Value, b.Value) &&
			slices.EqualFunc(a.Items, b.Items, (*Dataset).equal)
	})
}

// sample builds a data set that has an element of most VRs, and Chinese text on two levels.
func sample(terms string) *Dataset {
	d := New(terms)
	d.SetString(SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
	d.SetString(SOPInstanceUID, "2.25.1234")
	d.SetString(PatientName, "Zhang^San=张^三")
	d.SetString(PatientID, "A-17")
	d.SetString(StudyDescription, "胸部平扫")
	d.SetString(ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
	d.SetString(PatientComments, `一\二`)
	d.SetInt(Rows, 512)
	d.SetInt(InstanceNumber, -3)
	d.SetSigned(SmallestImagePixelValue, -17)
	d.SetFloat(PixelSpacing, 0.703125, 1.0/3)
	d.SetFloat(PhysicalDeltaX, 1e-7)
	d.SetTags(FrameIncrementPointer, FrameTime)
	d.SetBytes(NewTag(0x0011, 0x1001), OB, []byte{1, 2, 3})
	d.SetText(NewTag(0x0011, 0x0010), LO, "YILIAN")
	item := d.NewItem()
	item.SetString(CodeMeaning, "肺")
	inner := item.NewItem()
	inner.SetString(TextValue, "结节")
	item.SetSequence(ContentSequence, inner)
	d.SetSequence(RequestAttributesSequence, item, d.NewItem())
	d.SetSequence(ReferencedStudySequence)
	return d
}

func TestEncodeAndParse(t *testing.T) {
	for _, uid := range []string{ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian} {
		for _, terms := range []string{"ISO_IR 192", "GB18030", `\ISO 2022 IR 58`} {
			t.Run(Syntax(uid).Name+" "+terms, func(t *testing.T) {
				b, err := AppendDataset(nil, sample(terms), Syntax(uid))
				if err != nil {
					t.Fatal(err)
				}
				d, err := Parse(b, Syntax(uid))
				if err != nil {
					t.Fatal(err)
				}
				checkSample(t, d, uid != ImplicitVRLittleEndian)
				again, err := AppendDataset(nil, d, Syntax(uid))
				if err != nil || !bytes.Equal(again, b) {
					t.Errorf("encoding what was parsed gives other bytes (error %v)", err)
				}
				scanned, err := Scan(bytes.NewReader(b), Syntax(uid), Options{})
				if err != nil || !scanned.Dataset.equal(d) {
					t.Errorf("a stream reads differently from memory (error %v)", err)
				}
			})
		}
	}
}

func checkSample(t *testing.T, d *Dataset, explicit bool) {
	t.Helper()
	texts := []struct {
		tag  Tag
		want []string
	}{
		{PatientName, []string{"Zhang^San=张^三"}},
		{StudyDescription, []string{"胸部平扫"}},
		{ImageType, []string{"ORIGINAL", "PRIMARY", "AXIAL"}},
		{PatientComments, []string{`一\二`}},
		{Rows, []string{"512"}},
		{InstanceNumber, []string{"-3"}},
		{PixelSpacing, []string{"0.703125", "0.33333333333333"}},
		{FrameIncrementPointer, []string{"00181063"}},
		{ReferencedStudySequence, nil},
		{ReferencedSOPClassUID, nil},
	}
	for _, c := range texts {
		if got := d.Strings(c.tag); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.tag, got, c.want)
		}
	}
	if v, ok := d.Int(SmallestImagePixelValue); explicit && (!ok || v != -17) {
		t.Errorf("signed value %d, %v", v, ok)
	}
	if v := d.First(RequestAttributesSequence, ContentSequence).String(TextValue); v != "结节" {
		t.Errorf("nested text %q", v)
	}
	if n := len(d.Sequence(RequestAttributesSequence)); n != 2 {
		t.Errorf("%d items", n)
	}
	if v, ok := d.Float(PhysicalDeltaX); !ok || v != 1e-7 {
		t.Errorf("double %g", v)
	}
	if e := d.Get(NewTag(0x0011, 0x1001)); e == nil || !bytes.Equal(e.Value[:3], []byte{1, 2, 3}) {
		t.Error("the private element is not what it was")
	}
}

func TestFile(t *testing.T) {
	d := sample("GB18030")
	b, err := AppendFile(nil, d, Syntax(ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	obj, err := ScanFile(bytes.NewReader(b), Options{Size: int64(len(b))})
	if err != nil {
		t.Fatal(err)
	}
	if len(obj.Warnings) > 0 || obj.Size != int64(len(b)) || obj.Meta.UID(MediaStorageSOPInstanceUID) != "2.25.1234" {
		t.Errorf("warnings %v, size %d of %d", obj.Warnings, obj.Size, len(b))
	}
	data, err := AppendDataset(nil, d, Syntax(ExplicitVRLittleEndian))
	if err != nil || !bytes.Equal(b[obj.Start:], data) {
		t.Errorf("Start is %d, but the data set does not stand there (error %v)", obj.Start, err)
	}
	if n, ok := obj.Meta.Int(FileMetaInformationGroupLength); !ok || int64(n) != obj.Start-128-4-12 {
		t.Errorf("group length %d for a header of %d", n, obj.Start)
	}
	if _, err := AppendFile(nil, New(""), Syntax(ExplicitVRLittleEndian)); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("a file without UIDs: %v", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	explicit := Syntax(ExplicitVRLittleEndian)
	build := func(f func(*Dataset)) *Dataset { d := New("ISO_IR 100"); f(d); return d }
	for name, d := range map[string]*Dataset{
		"Chinese in Latin-1": build(func(d *Dataset) { d.SetString(PatientName, "张三") }),
		"nested Chinese": build(func(d *Dataset) {
			i := d.NewItem()
			i.SetString(PatientName, "张")
			d.SetSequence(ReferencedStudySequence, i)
		}),
		"text in a number":         build(func(d *Dataset) { d.SetString(Rows, "512") }),
		"numbers in a name":        build(func(d *Dataset) { d.SetInt(PatientName, 1) }),
		"a float in a short":       build(func(d *Dataset) { d.SetFloat(Rows, 1) }),
		"70 KiB with short length": build(func(d *Dataset) { d.SetString(StudyDescription, string(make([]byte, 70<<10))) }),
		"a value left behind":      build(func(d *Dataset) { d.Put(Element{Tag: PixelData, VR: OW, Bulk: Bulk{Offset: 8, Length: 9}}) }),
	} {
		if _, err := AppendDataset(nil, d, explicit); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := AppendDataset(nil, New(""), Syntax(DeflatedExplicitVRLittleEndian)); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("deflated: %v", err)
	}
}

func TestTranscode(t *testing.T) {
	d := sample("GB18030")
	utf8, err := d.Transcode("ISO_IR 192")
	if err != nil {
		t.Fatal(err)
	}
	checkSample(t, utf8, true)
	if got, _ := utf8.Charset(); !slices.Equal(got, []string{"ISO_IR 192"}) || utf8.String(SpecificCharacterSet) != "ISO_IR 192" {
		t.Errorf("declared %v", got)
	}
	if !bytes.Contains(utf8.Get(PatientName).Value, []byte("张")) {
		t.Error("the bytes are not UTF-8")
	}
	checkSample(t, d, true)
	back, err := utf8.Transcode("GB18030")
	if err != nil || !back.equal(d) {
		t.Errorf("there and back is not the same (error %v)", err)
	}
	if _, err := d.Transcode("ISO_IR 100"); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("Chinese to Latin-1: %v", err)
	}
	if plain, err := New("ISO_IR 192").Transcode(""); err != nil || plain.Has(SpecificCharacterSet) {
		t.Errorf("ASCII keeps a character set (error %v)", err)
	}
}

// TestRandomDatasets encodes and parses data sets of random shape.
func TestRandomDatasets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDataset(t, New("ISO_IR 192"), 3)
		ts := Syntax(rapid.SampledFrom([]string{ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}).Draw(t, "syntax"))
		b, err := AppendDataset(nil, d, ts)
		if err != nil {
			t.Fatal(err)
		}
		first, err := Parse(b, ts)
		if err != nil {
			t.Fatal(err)
		}
		again, err := AppendDataset(nil, first, ts)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("other bytes after a round (error %v)", err)
		}
		for i := range d.Elements {
			e := &d.Elements[i]
			if want, got := d.ValuesOf(e), first.Strings(e.Tag); e.VR != SQ && !slices.Equal(want, got) {
				t.Fatalf("%v: %q, want %q", e.Tag, got, want)
			}
		}
	})
}

func randomDataset(t *rapid.T, d *Dataset, depth int) *Dataset {
	words := rapid.StringMatching(`[A-Za-z]{0,9}|[一-龥]{1,7}`)
	for _, tag := range rapid.SliceOfNDistinct(rapid.SampledFrom([]Tag{
		PatientName, PatientID, StudyDescription, Rows, KVP, FrameTime, PhysicalDeltaX, RegionFlags,
		ReferencedStudySequence, ContentSequence, StudyInstanceUID,
	}), 0, 8, rapid.ID).Draw(t, "tags") {
		switch tag.VR() {
		case SQ:
			var items []*Dataset
			for range rapid.IntRange(0, min(depth, 2)).Draw(t, "items") {
				items = append(items, randomDataset(t, d.NewItem(), depth-1))
			}
			d.SetSequence(tag, items...)
		case US, UL:
			d.SetInt(tag, rapid.IntRange(0, 0xFFFF).Draw(t, "number"))
		case FD, DS:
			d.SetFloat(tag, rapid.Float64Range(-1e6, 1e6).Draw(t, "number"))
		case UI:
			d.SetString(tag, rapid.StringMatching(`1\.2(\.[1-9][0-9]{0,5}){0,6}`).Draw(t, "uid"))
		default:
			d.SetString(tag, words.Draw(t, "text"))
		}
	}
	return d
}

func TestFormatDS(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.5: "0.5", -1.0 / 3: "-0.3333333333333", 1e-300 / 3: "3.33333333e-301", 123456789.123456789: "123456789.123457", -1.23456789012e-7: "-1.234567890e-07"} {
		got := FormatDS(v)
		if len(got) > 16 {
			t.Errorf("%g: %q is longer than 16", v, got)
		}
		if p, ok := New("").withDS(got).Float(KVP); !ok || v != 0 && (p/v-1 > 1e-8 || p/v-1 < -1e-8) {
			t.Errorf("%g: %q is %g, want about %s", v, got, p, want)
		}
	}
}

func (d *Dataset) withDS(s string) *Dataset { d.SetString(KVP, s); return d }

func TestTimes(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	d := New("")
	d.SetString(StudyDate, "20261121")
	d.SetString(StudyTime, "093015.25")
	if at, ok := d.Time(StudyDate, StudyTime, zone); !ok || !at.Equal(time.Date(2026, 11, 21, 9, 30, 15, 250e6, zone)) {
		t.Errorf("time %v, %v", at, ok)
	}
	d.SetString(TimezoneOffsetFromUTC, "-0330")
	if at, _ := d.Time(StudyDate, StudyTime, zone); !at.Equal(time.Date(2026, 11, 21, 13, 0, 15, 250e6, time.UTC)) {
		t.Errorf("time with offset %v", at)
	}
	d.SetString(AcquisitionDateTime, "202611210930")
	if at, ok := d.DateTime(AcquisitionDateTime, zone); !ok || !at.Equal(time.Date(2026, 11, 21, 9, 30, 0, 0, zone)) {
		t.Errorf("DT %v, %v", at, ok)
	}
	d.SetString(AcquisitionDateTime, "20261121093000.5+0800")
	if at, ok := d.DateTime(AcquisitionDateTime, time.UTC); !ok || !at.Equal(time.Date(2026, 11, 21, 9, 30, 0, 5e8, zone)) {
		t.Errorf("DT with zone %v, %v", at, ok)
	}
	for _, bad := range []string{"", "2026", "20261341", "2026112", "abcdefgh"} {
		if v, ok := ParseDate(bad); ok {
			t.Errorf("date %q read as %v", bad, v)
		}
	}
	for text, want := range map[string]time.Duration{"09": 9 * time.Hour, "0930": 9*time.Hour + 30*time.Minute, "09:30:01": 9*time.Hour + 30*time.Minute + time.Second} {
		if v, ok := ParseTimeOfDay(text); !ok || v != want {
			t.Errorf("time %q read as %v", text, v)
		}
	}
	for _, bad := range []string{"", "9", "2400", "0960", "093", "09-30", "093000.1234567"} {
		if v, ok := ParseTimeOfDay(bad); ok {
			t.Errorf("time %q read as %v", bad, v)
		}
	}
	if v, ok := ParseDate("1998.07.01"); !ok || v.Year() != 1998 {
		t.Errorf("the older form read as %v", v)
	}
}

func TestPersonName(t *testing.T) {
	cases := []struct{ text, display, back string }{
		{"Zhang^San=张^三", "张三", "Zhang^San=张^三"},
		{"Zhang^San", "Zhang, San", "Zhang^San"},
		{"张三", "张三", "张三"},
		{"张^三^^^", "张三", "张^三"},
		{"Adams^John Robert Quincy^^Rev.^B.A.", "Adams, John Robert Quincy Rev. B.A.", "Adams^John Robert Quincy^^Rev.^B.A."},
		{"Yamada^Tarou=山田^太郎=やまだ^たろう", "山田太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう"},
		{"=王^小东=", "王小东", "=王^小东"},
		{"", "", ""},
		{"^", "", ""},
	}
	for _, c := range cases {
		p := ParsePersonName(c.text)
		if p.Display() != c.display || p.String() != c.back {
			t.Errorf("%q: display %q, value %q", c.text, p.Display(), p.String())
		}
	}
}

func TestValidUID(t *testing.T) {
	for uid, want := range map[string]bool{
		"1.2.840.10008.1.2": true, "2.25.0": true, "0": true, "": false, "1..2": false, ".1": false, "1.": false, "1.02": false, "1.2 ": false,
		"../../etc": false, "1.2/3": false, "1.a": false,
		"1.2345678901.2345678901.2345678901.2345678901.2345678901.23456789": false,
		"1.2345678901.2345678901.2345678901.2345678901.2345678901.2345678":  true,
	} {
		if got := ValidUID(uid); got != want {
			t.Errorf("%q (%d): %v", uid, len(uid), got)
		}
	}
}

func TestNilDataset(t *testing.T) {
	var d *Dataset
	if d.String(PatientID) != "" || d.Has(PatientID) || d.First(ContentSequence).Sequence(ContentSequence) != nil || d.Strings(PatientID) != nil {
		t.Error("a nil data set is not empty")
	}
	if _, ok := d.Int(Rows); ok {
		t.Error("a nil data set has rows")
	}
	if e, _ := d.Lookup("00100010"); e != nil {
		t.Error("a nil data set resolves a path")
	}
	if declared, guess := d.Charset(); declared != nil || guess != "" {
		t.Error("a nil data set has a character set")
	}
}
