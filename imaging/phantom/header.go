package phantom

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"math/rand/v2"
	"time"

	"yilian/imaging/dicom"
)

// study is what its objects share.
type study struct {
	Options
	kind Kind
	rng  *rand.Rand
}

func newStudy(kind Kind, o Options) *study {
	s := &study{Options: o, kind: kind, rng: rand.New(rand.NewPCG(o.Seed, 0x9E3779B97F4A7C15))}
	if s.StudyUID == "" {
		s.StudyUID = s.uid("study")
	}
	return s
}

// uid derives a UID of the root 2.25 (PS3.5 B.2) from what identifies the study, and a name.
func (s *study) uid(name string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d|%s|%s|%s|%s|%s", s.Seed, s.kind, s.Issuer, s.PatientID, s.Time.UTC().Format(time.RFC3339), name))
	sum[6] = sum[6]&0x0F | 0x40 // a UUID of version 4 by its form
	sum[8] = sum[8]&0x3F | 0x80
	return "2.25." + new(big.Int).SetBytes(sum[:16]).String()
}

func date(t time.Time) string  { return t.Format("20060102") }
func clock(t time.Time) string { return t.Format("150405") }

// header is the start of an object: SOP common, patient, study, series and equipment modules (PS3.3 C.7.1 to C.7.5, C.12.1).
type header struct {
	class       string
	modality    string
	series      int
	number      int
	description string // of the series
	study       string
	protocol    string
	body        string
	image       string // Image Type, "\" between its values
	model       string
	after       time.Duration // from the start of the study
}

func (s *study) dataset(h header) *dicom.Dataset {
	d := dicom.New(s.Charset)
	at := s.Time.Add(h.after)
	begun := s.Time.Add(time.Duration(h.series) * time.Minute)
	text := d.SetString
	text(dicom.SOPClassUID, h.class)
	text(dicom.SOPInstanceUID, s.uid(fmt.Sprintf("instance %d.%d", h.series, h.number)))
	text(dicom.StudyInstanceUID, s.StudyUID)
	text(dicom.SeriesInstanceUID, s.uid(fmt.Sprintf("series %d", h.series)))
	text(dicom.InstanceCreationDate, date(at))
	text(dicom.InstanceCreationTime, clock(at))
	text(dicom.StudyDate, date(s.Time))
	text(dicom.StudyTime, clock(s.Time))
	text(dicom.SeriesDate, date(begun))
	text(dicom.SeriesTime, clock(begun))
	text(dicom.ContentDate, date(at))
	text(dicom.ContentTime, clock(at))
	text(dicom.Modality, h.modality)
	text(dicom.Manufacturer, "Yilian Phantom 医联体模")
	text(dicom.ManufacturerModelName, h.model)
	text(dicom.DeviceSerialNumber, fmt.Sprintf("DEMO-%06d", s.Seed%1000000))
	text(dicom.SoftwareVersions, "1")
	text(dicom.InstitutionName, s.Institution)
	text(dicom.StationName, s.Station)
	text(dicom.ReferringPhysicianName, s.Referring)
	text(dicom.StudyDescription, h.study)
	text(dicom.SeriesDescription, h.description)
	text(dicom.PatientName, s.Name)
	text(dicom.PatientID, s.PatientID)
	text(dicom.IssuerOfPatientID, s.Issuer)
	text(dicom.PatientBirthDate, date(s.BirthDate))
	text(dicom.PatientSex, s.Sex)
	text(dicom.PatientAge, age(s.BirthDate, s.Time))
	text(dicom.StudyID, fmt.Sprintf("%d", 1+s.Seed%9999))
	d.SetInt(dicom.SeriesNumber, h.series)
	d.SetInt(dicom.InstanceNumber, h.number)
	s.accession(d)
	if h.image != "" {
		text(dicom.ImageType, h.image)
		text(dicom.AcquisitionDate, date(at))
		text(dicom.AcquisitionTime, clock(at))
		d.SetInt(dicom.AcquisitionNumber, 1)
		text(dicom.BurnedInAnnotation, "NO")
		text(dicom.LossyImageCompression, "00")
	}
	if h.body != "" {
		text(dicom.BodyPartExamined, h.body)
	}
	if h.protocol != "" {
		text(dicom.ProtocolName, h.protocol)
	}
	return d
}

// accession sets the accession number with its issuer, the pair by which a study finds its order.
func (s *study) accession(d *dicom.Dataset) {
	d.SetString(dicom.AccessionNumber, s.Accession)
	if s.Accession == "" || s.AccessionIssuer == "" {
		return
	}
	item := d.NewItem()
	item.SetString(dicom.LocalNamespaceEntityID, s.AccessionIssuer)
	d.SetSequence(dicom.IssuerOfAccessionNumberSequence, item)
}

// age gives an AS value in years (PS3.5 6.2).
func age(birth, at time.Time) string {
	years := at.Year() - birth.Year()
	if at.YearDay() < birth.YearDay() {
		years--
	}
	return fmt.Sprintf("%03dY", min(max(years, 0), 999))
}

// pixels sets the image pixel module of a monochrome image (PS3.3 C.7.6.3).
func pixels(d *dicom.Dataset, rows, columns, stored int, values []uint16) {
	allocated := 16
	b := make([]byte, 0, 2*len(values))
	if stored <= 8 {
		allocated = 8
		for _, v := range values {
			b = append(b, byte(v))
		}
	} else {
		for _, v := range values {
			b = append(b, byte(v), byte(v>>8))
		}
	}
	d.SetInt(dicom.SamplesPerPixel, 1)
	d.SetString(dicom.PhotometricInterpretation, "MONOCHROME2")
	d.SetInt(dicom.Rows, rows)
	d.SetInt(dicom.Columns, columns)
	d.SetInt(dicom.BitsAllocated, allocated)
	d.SetInt(dicom.BitsStored, stored)
	d.SetInt(dicom.HighBit, stored-1)
	d.SetInt(dicom.PixelRepresentation, 0)
	d.SetBytes(dicom.PixelData, dicom.OW, b)
}

// plane sets where an axial slice lies (PS3.3 C.7.6.2): its first pixel at x, y, z mm, square pixels.
func plane(d *dicom.Dataset, frame string, spacing, thickness, x, y, z float64) {
	d.SetString(dicom.FrameOfReferenceUID, frame)
	d.SetString(dicom.PositionReferenceIndicator)
	d.SetFloat(dicom.PixelSpacing, spacing, spacing)
	d.SetFloat(dicom.ImageOrientationPatient, 1, 0, 0, 0, 1, 0)
	d.SetFloat(dicom.ImagePositionPatient, x, y, z)
	d.SetFloat(dicom.SliceThickness, thickness)
	d.SetFloat(dicom.SliceLocation, z)
	d.SetString(dicom.PatientPosition, "HFS")
}

// window is one preset with its name.
type window struct {
	center, width float64
	name          string
}

func presets(d *dicom.Dataset, list ...window) {
	var centers, widths []float64
	var names []string
	for _, w := range list {
		centers, widths, names = append(centers, w.center), append(widths, w.width), append(names, w.name)
	}
	d.SetFloat(dicom.WindowCenter, centers...)
	d.SetFloat(dicom.WindowWidth, widths...)
	d.SetString(dicom.WindowCenterWidthExplanation, names...)
}

// code makes an item of a code sequence (PS3.3 8.8).
func code(d *dicom.Dataset, value, scheme, meaning string) *dicom.Dataset {
	item := d.NewItem()
	item.SetString(dicom.CodeValue, value)
	item.SetString(dicom.CodingSchemeDesignator, scheme)
	item.SetString(dicom.CodeMeaning, meaning)
	return item
}
