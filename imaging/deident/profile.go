package deident

import (
	"strings"

	"yilian/imaging/dicom"
)

// row is what table E.1-1 says of an attribute: the action of the Basic Profile, and which options change it.
type row struct {
	basic   string
	options option
}

type option uint8

// The columns of options: K keeps, C cleans (PS3.15 table E.1-1a).
const (
	keepUID option = 1 << iota
	keepDevice
	cleanDevice
	keepPatient
	cleanPatient
	moveDate
	cleanText
)

// Action is what becomes of an attribute.
type Action string

// The actions. Conditional ones of the table (X/Z, X/D …) are taken as the last of their letters, which fits every IOD: that type a module gives
// the attribute is not looked at.
const (
	Keep    Action = "keep"
	Remove  Action = "remove"
	Empty   Action = "empty"
	Dummy   Action = "dummy"
	NewUID  Action = "uid"
	Shift   Action = "shift"
	Clean   Action = "clean"   // the words that identify are taken out
	Recurse Action = "recurse" // of sequences: what is inside is looked at
)

// Attributes of which the table or the dictionary alone would say the wrong thing.
const (
	presentationDate   dicom.Tag = 0x00700082
	presentationTime   dicom.Tag = 0x00700083
	documentBytes      dicom.Tag = 0x00420011
	trailingPadding    dicom.Tag = 0xFFFCFFFC
	personCodes        dicom.Tag = 0x00401101
	referencedStudies  dicom.Tag = 0x00081110
	institutionCodes   dicom.Tag = 0x00080082
	operatorIdentities dicom.Tag = 0x00081072
)

// action decides about one element.
func (o Options) action(e *dicom.Element) Action {
	t := e.Tag
	switch {
	case t.IsPrivate():
		return Remove // what may stay is decided by block, see safe.go
	case t.Group()&0xFF00 == 0x5000, t.Group()&0xFF00 == 0x6000, t == trailingPadding:
		return Remove
	}
	r, listed := table[t]
	if !listed {
		return o.unlisted(e)
	}
	switch on := r.options; {
	case on&moveDate != 0 && o.ShiftDates:
		return Shift
	case on&keepUID != 0 && o.RetainUIDs, on&keepDevice != 0 && o.RetainDevice, on&keepPatient != 0 && o.RetainPatient:
		return kept(e)
	case on&cleanText != 0 && o.CleanDescriptors, on&cleanPatient != 0 && o.RetainPatient, on&cleanDevice != 0 && o.RetainDevice:
		return cleaned(e)
	}
	if e.VR == dicom.SQ {
		return sequence(t, r.basic)
	}
	if t == presentationDate || t == presentationTime {
		return Dummy // the table says X, presentation states need them
	}
	switch r.basic {
	case "X":
		return Remove
	case "Z", "X/Z":
		return Empty
	case "U":
		return NewUID
	}
	return Dummy
}

func kept(e *dicom.Element) Action {
	if e.VR == dicom.SQ {
		return Recurse
	}
	return Clean // it stays unless it repeats a name
}

func cleaned(e *dicom.Element) Action {
	switch {
	case e.VR == dicom.SQ:
		return Recurse
	case e.VR.IsBinary():
		return Remove // nothing here can read it
	}
	return Clean
}

// sequence reads the table for a sequence: a dummy of one is the sequence with what is inside made dummy.
func sequence(t dicom.Tag, basic string) Action {
	switch {
	case t == operatorIdentities:
		return Remove
	case t == institutionCodes:
		return Empty
	case t == personCodes:
		return Dummy
	case basic == "X":
		return Remove
	case t == referencedStudies:
		return Recurse // a class and a UID, which is replaced; empty it would be wrong in modules where it may be absent
	case basic == "Z" || basic == "X/Z":
		return Empty
	}
	return Recurse
}

// unlisted decides about what the table does not name, by its representation.
func (o Options) unlisted(e *dicom.Element) Action {
	keyword := e.Tag.Keyword()
	switch {
	case keyword == "":
		return Remove
	case e.VR == dicom.SQ:
		return Recurse
	case e.VR == dicom.PN:
		return Dummy
	case e.VR == dicom.DA, e.VR == dicom.TM, e.VR == dicom.DT:
		if o.ShiftDates {
			return Shift
		}
		return Dummy
	case e.VR == dicom.UI:
		if o.RetainUIDs || definition(keyword) {
			return Keep
		}
		return NewUID
	case e.IsBulk() && !e.VR.IsBinary() && e.VR != dicom.US && e.VR != dicom.SS:
		return Remove // a text of that size cannot be looked through
	case e.VR.IsText(), e.VR == dicom.UR, e.VR == dicom.AE:
		return Clean
	}
	return Keep
}

// definition tells whether a UID says what something is, not which one it is.
func definition(keyword string) bool {
	for _, part := range []string{"SOPClass", "TransferSyntaxUID", "CodingSchemeUID", "ContextUID", "MappingResourceUID", "CreatorUID"} {
		if strings.Contains(keyword, part) {
			return true
		}
	}
	return false
}
