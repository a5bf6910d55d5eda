package structured

import (
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// SOP classes of the objects that are written (PS3.4 B.5).
const (
	ComprehensiveSR        = "1.2.840.10008.5.1.4.1.1.88.33"
	Comprehensive3DSR      = "1.2.840.10008.5.1.4.1.1.88.34"
	KeyObjectSelection     = "1.2.840.10008.5.1.4.1.1.88.59"
	GrayscalePresentation  = "1.2.840.10008.5.1.4.1.1.11.1"
	ColorPresentation      = "1.2.840.10008.5.1.4.1.1.11.2"
	Manufacturer           = "Yilian" // of every object
	utf8                   = "ISO_IR 192"
	firstSeries            = 9001 // Series Number of the measurements; presentations and key objects have the next ones
	maxGraphic             = 0xFFFE / 4
	descriptionMeasures    = "Measurements"
	descriptionPresents    = "Presentation"
	descriptionKeys        = "Key images"
	templateReport         = "1500"
	templateKeys           = "2010"
	implementationSoftware = "1"
)

// Set is what one reader has drawn on one study and wants kept, with what its objects say beside.
type Set struct {
	// Header has the patient's and the study's attributes as they are to stand in the objects (see Archive: Study.Attributes).
	Header *dicom.Dataset
	// Owner tells the sets of one study apart; the objects of one owner are versions of one another.
	Owner    string
	Observer Observer
	// Language of the texts that people have written: an RFC 5646 tag such as "zh" or "en".
	Language string
	At       time.Time // when it was kept; in the zone that the objects speak of
	Number   int       // of this version, from 1
	// Complete tells that the reader has signed; else they go on.
	Complete bool

	Marks []Mark
	Keys  []Key
	Looks []Look
	// Before is the report that this set supersedes; nil for the first.
	Before *Reference
}

// Observer is who measured.
type Observer struct {
	Name         string // as people write it; a Chinese name becomes the ideographic group
	Organisation string
}

// Reference names an instance.
type Reference struct {
	SOPClass string             `json:"sopClass"`
	Study    yilian.StudyUID    `json:"study"`
	Series   yilian.SeriesUID   `json:"series"`
	Instance yilian.InstanceUID `json:"instance"`
}

// Picture is one frame of an instance.
type Picture struct {
	Reference
	Frame            int // from 1; 0: the instance has only one
	FrameOfReference string
	Modality         string
}

// Point is a place in a picture: column and row, 0,0 being the outer corner of the first pixel and 0.5,0.5 its middle (PS3.3 C.18.6.1.2).
type Point [2]float64

// Figure is one number of a mark.
type Figure struct {
	Kind  string // length, width, angle, area, mean, sd, min, max, value, ratio …
	Value float64
	Unit  string // as people read it: mm, mm², HU, °, px; "" for a bare number
}

// Mark is something drawn on a picture, or on a waveform.
type Mark struct {
	ID      string // a UUID, or any text that is its own
	Tool    string // the name of the viewer's tool
	Picture Picture
	Points  []Point
	// World has the points in the patient's frame of reference where the mark was drawn on a plane through a volume; Points is empty then, and
	// Picture is the one nearest to it.
	World [][3]float64
	// Wave is where the mark lies on a waveform, which has neither points nor pixels; Picture names its instance.
	Wave    *Wave
	Open    bool // a curve that is not closed
	Label   string
	Figures []Figure
	Finding *Code
	Site    *Code
}

// Key is a picture that matters, and why.
type Key struct {
	Picture Picture
	Text    string
}
