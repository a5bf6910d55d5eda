package phantom

import (
	"iter"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Kind names a study.
type Kind string

// The kinds of study.
const (
	ChestCT    Kind = "ct-chest"     // 64 slices of 5 mm
	HeadCT     Kind = "ct-head"      // 32 slices of 5 mm
	ChestCR    Kind = "cr-chest"     // one radiograph, CR Image Storage
	ChestDX    Kind = "dx-chest"     // the same, Digital X-Ray Image Storage - For Presentation
	Ultrasound Kind = "us-heart"     // a loop of 40 frames
	BrainMR    Kind = "mr-brain"     // a T1 and a T2 series of 20 slices
	ECG        Kind = "ecg"          // 12 leads, 500 Hz, 10 s
	Mammogram  Kind = "mg-screening" // both breasts in two views, Digital Mammography X-Ray Image Storage - For Presentation
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{ChestCT, HeadCT, ChestCR, ChestDX, Ultrasound, BrainMR, ECG, Mammogram}
}

// Options describe a study. Zero values are filled in with a fictional patient.
type Options struct {
	Seed        uint64
	Charset     string // "GB18030" (default) or "ISO_IR 192"
	Name        string // PN value with its groups: "Zhang^San=张^三"
	PatientID   string
	Issuer      string // of the patient ID
	Sex         string // M, F, O
	BirthDate   time.Time
	Institution string
	Station     string
	Referring   string // PN of the ordering doctor
	Accession   string
	// AccessionIssuer is the local namespace of the accession number (PS3.3 10.14).
	AccessionIssuer string
	Time            time.Time // start of the study, in local time
	StudyUID        string    // "": derived from Seed, Kind and PatientID
	Images          int       // slices or frames; 0: as the kind says
	Size            int       // rows and columns of CT, MR and radiographs; 0: as the kind says
	// Finding adds what a reader should see: a nodule (chest), a bleeding (head CT), inferior ST elevation (ECG), an effusion
	// around the heart (ultrasound), a lesion (MR), calcifications (breast).
	Finding bool
	// HeartRate is the ECG's, beats a minute; 0: 72.
	HeartRate float64
}

// Object is one composite instance as a Part 10 file.
type Object struct {
	SOPClassUID, SOPInstanceUID string
	StudyUID, SeriesUID         string
	Number                      int // in the study, from 1
	File                        []byte
}

// Study makes the objects of a study one at a time. It stops at the first error, yilian.Invalid for an unknown kind or a name that the
// character set cannot express.
func Study(kind Kind, o Options) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		o.defaults()
		s := newStudy(kind, o)
		make, ok := map[Kind]func(*study) iter.Seq[*dicom.Dataset]{
			ChestCT: chestCT, HeadCT: headCT, ChestCR: chestCR, ChestDX: chestDX, Ultrasound: ultrasound, BrainMR: brainMR, ECG: ecg, Mammogram: mammogram,
		}[kind]
		if !ok {
			yield(Object{}, yilian.Errorf(yilian.Invalid, "phantom.kind", "There is no phantom of kind %q.", kind))
			return
		}
		number := 0
		for d := range make(s) {
			number++
			file, err := dicom.AppendFile(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
			if err != nil {
				yield(Object{}, err)
				return
			}
			obj := Object{
				SOPClassUID: d.UID(dicom.SOPClassUID), SOPInstanceUID: d.UID(dicom.SOPInstanceUID),
				StudyUID: d.UID(dicom.StudyInstanceUID), SeriesUID: d.UID(dicom.SeriesInstanceUID), Number: number, File: file,
			}
			if !yield(obj, nil) {
				return
			}
		}
	}
}

// Count tells how many objects a study will have.
func Count(kind Kind, o Options) int {
	switch kind {
	case ChestCT:
		return o.images(chestSlices)
	case HeadCT:
		return o.images(headSlices)
	case Mammogram:
		return len(breastViews)
	case BrainMR:
		return 2 * o.images(brainSlices)
	}
	return 1
}

func (o *Options) images(standard int) int {
	if o.Images > 0 {
		return o.Images
	}
	return standard
}

func (o *Options) size(standard int) int {
	if o.Size > 0 {
		return min(o.Size, 4096)
	}
	return standard
}

func (o *Options) defaults() {
	def := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	def(&o.Charset, "GB18030")
	def(&o.Name, "Phantom^Yi=体模^一")
	def(&o.PatientID, "PHANTOM-1")
	def(&o.Issuer, "YILIAN-DEMO")
	def(&o.Sex, "O")
	def(&o.Institution, "示范县青山镇卫生院")
	def(&o.Station, "DEMO1")
	def(&o.Referring, "Demo^Yisheng=示范^医生")
	if o.HeartRate <= 0 {
		o.HeartRate = ecgHeartRate
	}
	if o.BirthDate.IsZero() {
		o.BirthDate = time.Date(1966, 6, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Time.IsZero() {
		o.Time = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	}
}
