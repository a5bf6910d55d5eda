package dicom

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestMatchValues goes through the kinds of matching of PS3.4 C.2.2.2, one key against one attribute.
func TestMatchValues(t *testing.T) {
	cases := []struct {
		tag        Tag
		vr         VR
		key, value string
		want       bool
	}{
		// Universal.
		{PatientID, LO, "", "A1", true},
		{PatientID, LO, "", "", true},
		{PatientID, LO, "*", "A1", true},
		{PatientID, LO, "**", "", true},
		{StudyDate, DA, "", "20261121", true},
		// Single value.
		{PatientID, LO, "A1", "A1", true},
		{PatientID, LO, "A1", "a1", false},
		{PatientID, LO, "A1", "A12", false},
		{PatientID, LO, "A1", "", false},
		{PatientID, LO, "A1", `B\A1`, true},
		{Modality, CS, `CT\MR`, "MR", true},
		{AccessionNumber, SH, "7", "07", false},
		{InstanceNumber, IS, "7", "07", true},
		{PixelSpacing, DS, "0.5", "5e-1", true},
		{InstanceNumber, IS, "7", "x", false},
		{Rows, US, "512", "512", true},
		{Rows, US, "512", "511", false},
		{FrameIncrementPointer, AT, "00181063", "00181063", true},
		// UIDs: a list, and no wild cards.
		{StudyInstanceUID, UI, `1.2\1.3`, "1.3", true},
		{StudyInstanceUID, UI, `1.2\1.3`, "1.4", false},
		{StudyInstanceUID, UI, "1.*", "1.3", false},
		// Empty values.
		{PatientID, LO, `""`, "", true},
		{PatientID, LO, `""`, "A", false},
		{StudyDate, DA, `""`, "", true},
		{StudyDate, DA, `""`, "20261121", false},
		// Wild cards.
		{StudyDescription, LO, "胸*", "胸部平扫", true},
		{StudyDescription, LO, "胸??扫", "胸部平扫", true},
		{StudyDescription, LO, "*平*", "胸部平扫", true},
		{StudyDescription, LO, "?", "胸部", false},
		{StudyDescription, LO, "a*b*c", "aXbYbZc", true},
		{StudyDescription, LO, "a*b*c", "aXbYbZ", false},
		{Modality, CS, "C?", "CT", true},
		// Names.
		{PatientName, PN, "zhang^san", "Zhang^San=张^三", true},
		{PatientName, PN, "ZHANG*", "Zhang^San=张^三", true},
		{PatientName, PN, "张^三", "Zhang^San=张^三", true},
		{PatientName, PN, "张三", "Zhang^San=张^三", true},
		{PatientName, PN, "*三", "Zhang^San=张^三", true},
		{PatientName, PN, "zhangsan", "Zhang^San=张^三", false},
		{PatientName, PN, "=张*", "Zhang^San=张^三", true},
		{PatientName, PN, "=zhang*", "Zhang^San=张^三", false},
		{PatientName, PN, "Zhang*=李*", "Zhang^San=张^三", false},
		{PatientName, PN, "Zhang^San^^", "Zhang^San", true},
		{PatientName, PN, "Zhang", "Zhang^San", false},
		// Dates.
		{StudyDate, DA, "20261121", "20261121", true},
		{StudyDate, DA, "20261121", "2026.11.21", true},
		{StudyDate, DA, "2026-11-21", "20261121", true},
		{StudyDate, DA, "20261121", "20261122", false},
		{StudyDate, DA, "20261101-20261130", "20261121", true},
		{StudyDate, DA, "20261101-20261121", "20261121", true},
		{StudyDate, DA, "20261122-20261130", "20261121", false},
		{StudyDate, DA, "20261121-", "20261121", true},
		{StudyDate, DA, "-20261120", "20261121", false},
		{StudyDate, DA, "-20261121", "", false},
		// Times.
		{StudyTime, TM, "10-12", "125959.999999", true},
		{StudyTime, TM, "1000-1159", "115930", true},
		{StudyTime, TM, "1000-1159", "1200", false},
		{StudyTime, TM, "1000", "100042", true},
		{StudyTime, TM, "100041", "100042", false},
		{StudyTime, TM, "-0000", "000030", true},
		{StudyTime, TM, "0000-", "00", true},
		// Date-times.
		{AcquisitionDateTime, DT, "20261121", "20261121103000", true},
		{AcquisitionDateTime, DT, "20261121-20261122", "20261122235959.5", true},
		{AcquisitionDateTime, DT, "20261121103000+0800-20261121104500+0800", "20261121023500", true},
		{AcquisitionDateTime, DT, "20261121103000-0500-", "20261121153000", true},
		{AcquisitionDateTime, DT, "20261121103000-0500", "20261121153000", true},
		{AcquisitionDateTime, DT, "-2025", "20261121", false},
		{AcquisitionDateTime, DT, "2025-2026", "20261121", true},
		{AcquisitionDateTime, DT, "202610-202611", "20261130", true},
	}
	for _, c := range cases {
		key, item := New("ISO_IR 192"), New("GB18030")
		for d, v := range map[*Dataset]string{key: c.key, item: c.value} {
			err := d.Apply(Change{Path: c.tag.String(), VR: c.vr, Values: strings.FieldsFunc(v, func(r rune) bool { return r == '\\' })})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := Matches(key, item); got != c.want {
			t.Errorf("%s %q matches %q: %v", c.tag.Keyword(), c.key, c.value, got)
		}
	}
}

// stepItem is a worklist item with two steps.
func stepItem() *Dataset {
	d := New("GB18030")
	d.SetString(PatientName, "Zhang^San=张^三")
	d.SetString(PatientID, "P1")
	d.SetString(AccessionNumber)
	step := func(ae, date, clock string) *Dataset {
		s := d.NewItem()
		s.SetText(NewTag(0x0040, 0x0001), AE, ae)
		s.SetText(NewTag(0x0040, 0x0002), DA, date)
		s.SetText(NewTag(0x0040, 0x0003), TM, clock)
		s.SetText(NewTag(0x0040, 0x0007), LO, "胸部CT")
		return s
	}
	d.SetSequence(scheduledSteps, step("CT1", "20261121", "0930"), step("MR1", "20261122", "1800"))
	return d
}

const scheduledSteps Tag = 0x00400100

func stepKey(ae, date, clock string) *Dataset {
	d := New("ISO_IR 192")
	d.SetString(QueryRetrieveLevel, "STUDY")
	d.SetString(PatientName)
	d.SetString(StudyInstanceUID)
	s := d.NewItem()
	s.SetText(NewTag(0x0040, 0x0001), AE, ae)
	s.SetText(NewTag(0x0040, 0x0002), DA, date)
	s.SetText(NewTag(0x0040, 0x0003), TM, clock)
	d.SetSequence(scheduledSteps, s)
	return d
}

func TestMatchSequences(t *testing.T) {
	cases := []struct {
		ae, date, clock string
		plain, combined bool
	}{
		{"", "", "", true, true},
		{"CT1", "", "", true, true},
		{"CT2", "", "", false, false},
		{"CT1", "20261122", "", false, false}, // each is true of one item, both of none
		{"MR1", "20261122", "", true, true},
		{"", "20261121-20261121", "0800-1000", true, true},
		{"", "20261120-20261123", "1000-1200", false, true}, // a span of days, not an hour of each
		{"MR1", "20261121-20261122", "1000-1759", false, false},
		{"MR1", "20261121-20261122", "1000-18", true, true},
		{"MR1", "20261122-", "1801-", false, false},
		{"MR1", "20261121-", "1801-", false, true},
		{"CT1", "-20261121", "-0929", false, false},
	}
	for _, c := range cases {
		key := stepKey(c.ae, c.date, c.clock)
		if got := Matches(key, stepItem()); got != c.plain {
			t.Errorf("%+v: %v", c, got)
		}
		if got := (Matcher{Combined: true}).Matches(key, stepItem()); got != c.combined {
			t.Errorf("%+v combined: %v", c, got)
		}
	}
	whole := New("")
	whole.SetSequence(scheduledSteps)
	if !Matches(whole, stepItem()) || !Matches(whole, New("")) {
		t.Error("an empty sequence is not universal")
	}
	if Matches(stepKey("CT1", "", ""), New("")) {
		t.Error("an absent sequence matches")
	}
}

func TestMatchOptions(t *testing.T) {
	key := New("ISO_IR 192")
	key.SetString(AccessionNumber, "7")
	if Matches(key, stepItem()) || !(Matcher{Unknown: true}).Matches(key, stepItem()) {
		t.Error("what is not known matches only when asked for")
	}
	key.SetString(PatientSex, "M")
	if (Matcher{Unknown: true}).Matches(key, stepItem()) {
		t.Error("what is not there matches")
	}
	for name, want := range map[string]bool{"san zh": true, "三": true, "张三": true, "san li": false, "SAN^ZHANG": true, "张三丰": false} {
		key := New("ISO_IR 192")
		key.SetString(PatientName, name)
		if got := (Matcher{Fuzzy: true}).Matches(key, stepItem()); got != want {
			t.Errorf("fuzzy %q: %v", name, got)
		}
	}
	key = New("")
	key.SetText(AcquisitionDateTime, DT, "20261121103000")
	item := New("")
	item.SetText(AcquisitionDateTime, DT, "20261121023000+0000")
	if !(Matcher{Zone: time.FixedZone("", 8*3600)}).Matches(key, item) || Matches(key, item) {
		t.Error("the zone has no effect")
	}
	if !Matches(nil, item) || !Matches(New(""), nil) {
		t.Error("no keys match nothing")
	}
}

// TestMatchItself: a data set whose values have no wild cards matches itself.
func TestMatchItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDataset(t, New("ISO_IR 192"), 2)
		if !Matches(d, d) {
			t.Fatalf("%s does not match itself", d.AppendJSON(nil, JSONOptions{}))
		}
		pattern, s := rapid.StringMatching(`[ab*?]{0,6}`).Draw(t, "pattern"), rapid.StringMatching(`[ab]{0,6}`).Draw(t, "text")
		if got, want := wildcard(pattern, s), slowWildcard(pattern, s); got != want {
			t.Fatalf("%q matches %q: %v", pattern, s, got)
		}
	})
}

func slowWildcard(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case p[0] == '*':
		return slowWildcard(p[1:], s) || s != "" && slowWildcard(p, s[1:])
	}
	return s != "" && (p[0] == '?' || p[0] == s[0]) && slowWildcard(p[1:], s[1:])
}
