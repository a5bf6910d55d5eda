package deident

import (
	"strings"

	"yilian/imaging/dicom"
)

// Risk says why a person has to look at an instance before it leaves.
type Risk string

// The risks. The first that fits is told.
const (
	NoRisk      Risk = ""
	Document    Risk = "document"   // a PDF or another file inside: nothing here takes names out of it
	Report      Risk = "report"     // a structured report: texts become dummies, numbers and codes stay
	Declared    Risk = "declared"   // Burned In Annotation says YES
	Video       Risk = "video"      // no picture of it can be shown
	Photograph  Risk = "photo"      // a face, a name on a wrist
	Screen      Risk = "screen"     // a secondary capture, a scanned film, a screenshot
	Writes      Risk = "modality"   // devices that usually write into the picture: US, XA, RF, ES …
	NotDeclared Risk = "undeclared" // a projection image that does not say whether there is text
)

// modalities whose devices usually write names into the picture.
var writing = map[string]bool{"US": true, "XA": true, "RF": true, "ES": true, "IVUS": true, "ECHO": true, "SC": true, "OT": true, "OP": true, "DOC": true, "HC": true, "DG": true}

// plain are modalities whose pixels come from a detector by reconstruction and never carry text, unless they were captured from a screen.
var plain = map[string]bool{"CT": true, "MR": true, "PT": true, "NM": true, "SEG": true, "RTDOSE": true}

// LeftOut tells whether an instance with a risk stays behind unless somebody chooses it.
func (r Risk) LeftOut() bool { return r == Document || r == Report || r == Video }

// RiskOf judges an instance by its header.
func RiskOf(d *dicom.Dataset, syntax string) Risk {
	class, modality := d.UID(dicom.SOPClassUID), d.String(dicom.Modality)
	const storage = "1.2.840.10008.5.1.4.1.1."
	kind := strings.TrimPrefix(class, storage)
	switch {
	case d.Has(documentBytes) || strings.HasPrefix(kind, "104."):
		return Document
	case strings.HasPrefix(kind, "88."):
		return Report
	case !d.Has(dicom.Rows):
		return NoRisk
	case d.String(burnedIn) == "YES":
		return Declared
	case isVideo(syntax):
		return Video
	case strings.HasPrefix(kind, "77.1."):
		return Photograph
	case kind == "7" || strings.HasPrefix(kind, "7.") || d.String(conversion) != "" || secondary(d):
		return Screen
	case writing[modality]:
		return Writes
	case d.String(burnedIn) == "NO" || plain[modality]:
		return NoRisk
	}
	return NotDeclared
}

const conversion dicom.Tag = 0x00080064

// secondary tells whether an image was captured from a screen (PS3.3 C.7.6.1.1.2, value 3 of devices).
func secondary(d *dicom.Dataset) bool {
	for _, v := range d.Strings(dicom.ImageType) {
		if strings.Contains(v, "SCREEN") || strings.Contains(v, "CAPTURE") {
			return true
		}
	}
	return false
}

func isVideo(syntax string) bool {
	for _, prefix := range []string{"1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.101", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.103", "1.2.840.10008.1.2.4.104", "1.2.840.10008.1.2.4.105", "1.2.840.10008.1.2.4.106", "1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108"} {
		if strings.HasPrefix(syntax, prefix) {
			return true
		}
	}
	return false
}
