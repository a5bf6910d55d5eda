package fileset

import (
	"strings"

	"yilian/imaging/dicom"
)

// The attributes of a directory (PS3.3 F.3).
const (
	fileSetID        dicom.Tag = 0x00041130
	firstRecord      dicom.Tag = 0x00041200
	lastRecord       dicom.Tag = 0x00041202
	consistency      dicom.Tag = 0x00041212
	records          dicom.Tag = 0x00041220
	nextRecord       dicom.Tag = 0x00041400
	inUse            dicom.Tag = 0x00041410
	lowerRecord      dicom.Tag = 0x00041420
	recordType       dicom.Tag = 0x00041430
	referencedFile   dicom.Tag = 0x00041500
	referencedClass  dicom.Tag = 0x00041510
	referencedObject dicom.Tag = 0x00041511
	referencedSyntax dicom.Tag = 0x00041512
)

// DirectoryClass is the SOP class of a directory (PS3.4 Y).
const DirectoryClass = "1.2.840.10008.1.3.10"

// kind is what a record says beside its type; required attributes are there even when nothing is known.
type kind struct {
	name               string
	required, optional []dicom.Tag
}

func tagOf(keyword string) dicom.Tag {
	t, ok := dicom.TagOf(keyword)
	if !ok {
		panic("fileset: no attribute " + keyword) // of the table below, which does not change
	}
	return t
}

func tags(keywords ...string) (out []dicom.Tag) {
	for _, k := range keywords {
		out = append(out, tagOf(k))
	}
	return out
}

// The three levels above the files (PS3.3 F.5.1, F.5.2, F.5.3).
var (
	patientKind = kind{"PATIENT", tags("PatientName", "PatientID"), tags("IssuerOfPatientID", "PatientBirthDate", "PatientSex")}
	studyKind   = kind{"STUDY", tags("StudyDate", "StudyTime", "StudyDescription", "StudyInstanceUID", "StudyID", "AccessionNumber"), nil}
	seriesKind  = kind{"SERIES", tags("Modality", "SeriesInstanceUID", "SeriesNumber"), tags("SeriesDescription", "InstitutionName", "BodyPartExamined")}
)

// The records of files (PS3.3 F.4 and F.5). What has no type of its own is an image when it has rows, else raw data.
var (
	imageKind        = kind{"IMAGE", tags("InstanceNumber"), tags("ImageType", "Rows", "Columns", "NumberOfFrames")}
	reportKind       = kind{"SR DOCUMENT", tags("InstanceNumber", "CompletionFlag", "VerificationFlag", "ContentDate", "ContentTime", "ConceptNameCodeSequence"), nil}
	keyKind          = kind{"KEY OBJECT DOC", tags("InstanceNumber", "ContentDate", "ContentTime", "ConceptNameCodeSequence"), nil}
	presentationKind = kind{
		"PRESENTATION", tags("PresentationCreationDate", "PresentationCreationTime", "InstanceNumber", "ContentLabel", "ContentDescription", "ContentCreatorName"),
		nil,
	}
	waveformKind = kind{"WAVEFORM", tags("InstanceNumber", "ContentDate", "ContentTime"), nil}
	documentKind = kind{"ENCAP DOC", tags("InstanceNumber", "ContentDate", "ContentTime", "DocumentTitle", "MIMETypeOfEncapsulatedDocument"), nil}
	rawKind      = kind{"RAW DATA", tags("ContentDate", "ContentTime", "InstanceNumber"), nil}
	doseKind     = kind{"RT DOSE", tags("InstanceNumber", "DoseSummationType"), nil}
	planKind     = kind{"RT PLAN", tags("InstanceNumber", "RTPlanLabel", "RTPlanDate", "RTPlanTime"), nil}
	contourKind  = kind{"RT STRUCTURE SET", tags("InstanceNumber", "StructureSetLabel", "StructureSetDate", "StructureSetTime"), nil}
)

// leaves are the SOP classes, or how they begin, that have a record of their own; the longest that fits counts.
var leaves = map[string]kind{
	"1.2.840.10008.5.1.4.1.1.88.":   reportKind,
	"1.2.840.10008.5.1.4.1.1.88.59": keyKind,
	"1.2.840.10008.5.1.4.1.1.11.":   presentationKind,
	"1.2.840.10008.5.1.4.1.1.9.":    waveformKind,
	"1.2.840.10008.5.1.4.1.1.104.":  documentKind,
	"1.2.840.10008.5.1.4.1.1.66":    rawKind,
	"1.2.840.10008.5.1.4.1.1.66.4":  imageKind, // segmentation
	"1.2.840.10008.5.1.4.1.1.481.2": doseKind,
	"1.2.840.10008.5.1.4.1.1.481.3": contourKind,
	"1.2.840.10008.5.1.4.1.1.481.5": planKind,
}

// leafOf says which record an instance has.
func leafOf(d *dicom.Dataset) kind {
	class := d.UID(dicom.SOPClassUID)
	best := ""
	for prefix := range leaves {
		fits := class == prefix || strings.HasSuffix(prefix, ".") && strings.HasPrefix(class, prefix)
		if fits && len(prefix) > len(best) {
			best = prefix
		}
	}
	switch {
	case best != "":
		return leaves[best]
	case d.Has(dicom.Rows):
		return imageKind
	}
	return rawKind
}

// record makes the record of a kind from an instance that belongs to it.
func (k kind) record(from *dicom.Dataset) *dicom.Dataset {
	r := dicom.New("ISO_IR 192")
	r.SetInt(nextRecord, 0)
	r.SetInt(inUse, 0xFFFF)
	r.SetInt(lowerRecord, 0)
	r.SetString(recordType, k.name)
	for _, t := range k.required {
		if !k.copy(r, from, t) {
			r.Put(dicom.Element{Tag: t, VR: t.VR()})
		}
	}
	for _, t := range k.optional {
		k.copy(r, from, t)
	}
	return r
}

// copy repeats an attribute in the record, in its character set; false when there is nothing to repeat.
func (k kind) copy(r, from *dicom.Dataset, t dicom.Tag) bool {
	e := from.Get(t)
	switch {
	case e == nil || len(e.Value) == 0 && len(e.Items) == 0:
		return false
	case t.VR() == dicom.SQ:
		item := r.NewItem()
		for _, inner := range tags("CodeValue", "CodingSchemeDesignator", "CodeMeaning") {
			item.SetString(inner, from.First(t).Strings(inner)...)
		}
		r.SetSequence(t, item)
	case t.VR() == dicom.US:
		r.SetInt(t, from.Ints(t)...)
	default:
		r.SetString(t, from.Strings(t)...)
	}
	return true
}
