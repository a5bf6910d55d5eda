package deident

import "yilian/imaging/dicom"

// Options are those of PS3.15 E.3 that are offered. The zero value is the Basic Profile alone.
type Options struct {
	CleanDescriptors  bool // descriptions stay, without what identifies
	ShiftDates        bool // dates stay apart as they were, moved by one number of days a study; times of day stay
	RetainPatient     bool // sex, age, size, weight …
	RetainDevice      bool // serial numbers, names of stations
	RetainUIDs        bool
	RetainSafePrivate bool
}

// method is a code of CID 7050.
type method struct{ value, meaning string }

// methods are the codes of what was done (PS3.16 CID 7050).
func (o Options) methods() []method {
	all := []struct {
		on bool
		method
	}{
		{true, method{"113100", "Basic Application Confidentiality Profile"}},
		{o.CleanDescriptors, method{"113105", "Clean Descriptors Option"}},
		{o.ShiftDates, method{"113107", "Retain Longitudinal Temporal Information Modified Dates Option"}},
		{o.RetainPatient, method{"113108", "Retain Patient Characteristics Option"}},
		{o.RetainDevice, method{"113109", "Retain Device Identity Option"}},
		{o.RetainUIDs, method{"113110", "Retain UIDs Option"}},
		{o.RetainSafePrivate, method{"113111", "Retain Safe Private Option"}},
	}
	var out []method
	for _, m := range all {
		if m.on {
			out = append(out, m.method)
		}
	}
	return out
}

// The attributes that say what was done (PS3.15 E.1.1, PS3.3 C.12.1.1.9).
const (
	identityRemoved dicom.Tag = 0x00120062
	methodText      dicom.Tag = 0x00120063
	methodCodes     dicom.Tag = 0x00120064
	burnedIn        dicom.Tag = 0x00280301
	timeModified    dicom.Tag = 0x00280303
)

// marks are the changes that say so. looked: a person has looked at the pixels and found no text in them.
func (o Options) marks(looked bool) []dicom.Change {
	var texts []string
	var items []*dicom.Dataset
	for _, m := range o.methods() {
		texts = append(texts, "PS3.15 "+m.value)
		item := dicom.New("")
		item.SetString(dicom.CodeValue, m.value)
		item.SetString(dicom.CodingSchemeDesignator, "DCM")
		item.SetString(dicom.CodeMeaning, m.meaning)
		items = append(items, item)
	}
	modified := "REMOVED"
	if o.ShiftDates {
		modified = "MODIFIED"
	}
	changes := []dicom.Change{
		{Path: identityRemoved.String(), VR: dicom.CS, Values: []string{"YES"}},
		{Path: methodText.String(), VR: dicom.LO, Values: texts},
		{Path: methodCodes.String(), VR: dicom.SQ, Items: items},
		{Path: timeModified.String(), VR: dicom.CS, Values: []string{modified}},
	}
	if looked {
		changes = append(changes, dicom.Change{Path: burnedIn.String(), VR: dicom.CS, Values: []string{"NO"}})
	}
	return changes
}
