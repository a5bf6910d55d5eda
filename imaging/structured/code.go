package structured

import (
	"strings"

	"yilian/imaging/dicom"
)

// Code is a coded concept (PS3.3 8.1). The meanings are the English ones of their schemes: programs compare them.
type Code struct{ Value, Scheme, Meaning string }

// Attributes that the dictionary of names does not carry.
const (
	mappingResource     dicom.Tag = 0x00080105
	schemeIdentSequence dicom.Tag = 0x00080110
	schemeResponsible   dicom.Tag = 0x00080116
	schemeName          dicom.Tag = 0x00080115
	personIdentCodes    dicom.Tag = 0x00401101
	relationshipType    dicom.Tag = 0x0040A010
	authorObserver      dicom.Tag = 0x0040A078
	observerType        dicom.Tag = 0x0040A084
	personName          dicom.Tag = 0x0040A123
	contentUID          dicom.Tag = 0x0040A124
	predecessors        dicom.Tag = 0x0040A360
	performedCodes      dicom.Tag = 0x0040A372
	evidenceSequence    dicom.Tag = 0x0040A375
	contentTemplate     dicom.Tag = 0x0040A504
	templateIdentifier  dicom.Tag = 0x0040DB00
	graphicData         dicom.Tag = 0x00700022
	graphicType         dicom.Tag = 0x00700023
	referencedFrameUID  dicom.Tag = 0x30060024
)

// ownScheme is for what no public scheme of PS3.16 names.
const ownScheme = "99YILIAN"

// The concepts of the templates (PS3.16 TID 1500, 1501, 300, 321, 1001, 1204, 1600, 2010).
var (
	imagingMeasurementReport = Code{"126000", "DCM", "Imaging Measurement Report"}
	languageOfContent        = Code{"121049", "DCM", "Language of Content Item and Descendants"}
	observerKind             = Code{"121005", "DCM", "Observer Type"}
	person                   = Code{"121006", "DCM", "Person"}
	personObserver           = Code{"121008", "DCM", "Person Observer Name"}
	observerOrganisation     = Code{"121009", "DCM", "Person Observer's Organization Name"}
	procedureReported        = Code{"121058", "DCM", "Procedure reported"}
	imagingProcedure         = Code{"363679005", "SCT", "Imaging procedure"}
	imageLibrary             = Code{"111028", "DCM", "Image Library"}
	imageLibraryGroup        = Code{"126200", "DCM", "Image Library Group"}
	modalityConcept          = Code{"121139", "DCM", "Modality"}
	imagingMeasurements      = Code{"126010", "DCM", "Imaging Measurements"}
	measurementGroup         = Code{"125007", "DCM", "Measurement Group"}
	trackingIdentifier       = Code{"112039", "DCM", "Tracking Identifier"}
	trackingUID              = Code{"112040", "DCM", "Tracking Unique Identifier"}
	findingConcept           = Code{"121071", "DCM", "Finding"}
	findingSite              = Code{"363698007", "SCT", "Finding Site"}
	sourceOfMeasurement      = Code{"121112", "DCM", "Source of Measurement"}
	comment                  = Code{"121106", "DCM", "Comment"}
	imageRegion              = Code{"111030", "DCM", "Image Region"}
	ofInterest               = Code{"113000", "DCM", "Of Interest"}
	keyDescription           = Code{"113012", "DCM", "Key Object Description"}
)

// languages are those that the texts can be in (PS3.16 CID 5000).
var languages = map[string]Code{
	"zh": {"zh", "RFC5646", "Chinese"},
	"en": {"en", "RFC5646", "English"},
}

// quantities are what the numbers of a mark measure. The concepts are those that other programs look for.
var quantities = map[string]Code{
	"length":    {"410668003", "SCT", "Length"},
	"width":     {"103355008", "SCT", "Width"},
	"angle":     {"1483009", "SCT", "Angle"},
	"area":      {"42798000", "SCT", "Area"},
	"perimeter": {"131191004", "SCT", "Perimeter"},
	"radius":    {"131190003", "SCT", "Radius"},
	"mean":      {"373098007", "SCT", "Mean"},
	"sd":        {"386136009", "SCT", "Standard Deviation"},
	"min":       {"255605001", "SCT", "Minimum"},
	"max":       {"56851009", "SCT", "Maximum"},
	"value":     {"PIXEL_VALUE", ownScheme, "Pixel value"},
	"stored":    {"STORED_VALUE", ownScheme, "Stored pixel value"},
	"ratio":     {"CTR", ownScheme, "Cardiothoracic ratio"},
	"heart":     {"HEART_WIDTH", ownScheme, "Transverse cardiac diameter"},
	"thorax":    {"THORAX_WIDTH", ownScheme, "Transverse thoracic diameter"},
	"longAxis":  {"103339001", "SCT", "Long Axis"},
	"shortAxis": {"103340004", "SCT", "Short Axis"},
	"time":      {"103335007", "SCT", "Duration"},
	"rate":      {"8867-4", "LN", "Heart rate"},
	"voltage":   {"109013", "DCM", "Voltage measurement"},
}

// attenuation is the value of a pixel in Hounsfield units.
var attenuation = Code{"112031", "DCM", "Attenuation Coefficient"}

// quantity answers the concept of a figure.
func quantity(f Figure) Code {
	if f.Kind == "value" && f.Unit == "HU" {
		return attenuation
	}
	if c, ok := quantities[f.Kind]; ok {
		return c
	}
	return Code{clip(f.Kind, 16), ownScheme, clip(f.Kind, 64)}
}

// units are those of the viewer in the Unified Code for Units of Measure (PS3.16 7.2.2).
var units = map[string]Code{
	"":     {"1", "UCUM", "no units"},
	"mm":   {"mm", "UCUM", "millimeter"},
	"cm":   {"cm", "UCUM", "centimeter"},
	"mm²":  {"mm2", "UCUM", "square millimeter"},
	"cm²":  {"cm2", "UCUM", "square centimeter"},
	"°":    {"deg", "UCUM", "degree"},
	"HU":   {"[hnsf'U]", "UCUM", "Hounsfield unit"},
	"%":    {"%", "UCUM", "Percent"},
	"px":   {"{pixels}", "UCUM", "pixels"},
	"px²":  {"{pixels}", "UCUM", "pixels"},
	"s":    {"s", "UCUM", "second"},
	"ms":   {"ms", "UCUM", "millisecond"},
	"cm/s": {"cm/s", "UCUM", "centimeter per second"},
	"SUV":  {"{SUVbw}g/ml", "UCUM", "Standardized Uptake Value body weight"},
	"bpm":  {"{H.B.}/min", "UCUM", "Heart beat per minute"},
	"mV":   {"mV", "UCUM", "millivolt"},
	"Gy":   {"Gy", "UCUM", "Gray"},
}

// unit answers the code of a unit; one that is not known stands as an annotation without a dimension.
func unit(u string) Code {
	if c, ok := units[u]; ok {
		return c
	}
	plain := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune(`{}\`, r) {
			return -1
		}
		return r
	}, u)
	if plain == "" {
		return units[""]
	}
	return Code{"{" + clip(plain, 14) + "}", "UCUM", clip(u, 64)}
}

// modalities are the meanings of Modality as a concept (PS3.16 CID 29).
var modalities = map[string]string{
	"CT": "Computed Tomography", "MR": "Magnetic Resonance", "CR": "Computed Radiography", "DX": "Digital Radiography", "MG": "Mammography",
	"US": "Ultrasound", "XA": "X-Ray Angiography", "RF": "Radiofluoroscopy", "NM": "Nuclear Medicine", "PT": "Positron emission tomography",
	"OT": "Other Modality", "ES": "Endoscopy", "XC": "External-camera Photography", "ECG": "Electrocardiography",
}

func modality(m string) Code {
	if meaning, ok := modalities[m]; ok {
		return Code{m, "DCM", meaning}
	}
	return Code{"OT", "DCM", modalities["OT"]}
}

// item writes a code as an item of a sequence in d.
func (c Code) item(d *dicom.Dataset) *dicom.Dataset {
	i := d.NewItem()
	i.SetString(dicom.CodeValue, c.Value)
	i.SetString(dicom.CodingSchemeDesignator, c.Scheme)
	i.SetString(dicom.CodeMeaning, c.Meaning)
	return i
}

// clip cuts a text to as many characters as may stand in an element.
func clip(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}
