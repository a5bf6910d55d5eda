package dicomweb_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"yilian/imaging/dicom"
)

// ctImage describes a small generated CT slice.
type ctImage struct {
	study, series, instance string
	number                  int
	patient, name, charset  string
	accession, date, desc   string
	modality                string
	size                    int
	value                   func(x, y int) int16 // stored values; nil: a ramp
}

func slice(study, n int) ctImage {
	root := fmt.Sprintf("1.2.826.0.1.3680043.10.999.%d", study)
	return ctImage{
		study: root, series: root + ".1", instance: fmt.Sprintf("%s.1.%d", root, n), number: n,
		patient: fmt.Sprintf("P%04d", study), name: "Zhang^San=张^三", charset: "GB18030",
		accession: fmt.Sprintf("A%04d", study), date: "20261101", desc: "胸部CT平扫", modality: "CT", size: 64,
	}
}

// pixels are the native pixel bytes.
func (c ctImage) pixels() []byte {
	b := make([]byte, 0, 2*c.size*c.size)
	for y := range c.size {
		for x := range c.size {
			v := int16(x*16 - 512)
			if c.value != nil {
				v = c.value(x, y)
			}
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
	}
	return b
}

func (c ctImage) dataset() *dicom.Dataset {
	d := dicom.New(c.charset)
	d.SetString(dicom.ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.SOPInstanceUID, c.instance)
	d.SetString(dicom.StudyDate, c.date)
	d.SetString(dicom.StudyTime, "101500")
	d.SetString(dicom.AccessionNumber, c.accession)
	d.SetString(dicom.Modality, c.modality)
	d.SetString(dicom.StudyDescription, c.desc)
	d.SetString(dicom.SeriesDescription, "轴位 1mm")
	d.SetString(dicom.PatientName, c.name)
	d.SetString(dicom.PatientID, c.patient)
	d.SetString(dicom.PatientBirthDate, "19700101")
	d.SetString(dicom.PatientSex, "M")
	d.SetString(dicom.BodyPartExamined, "CHEST")
	d.SetFloat(dicom.SliceThickness, 1)
	d.SetString(dicom.StudyInstanceUID, c.study)
	d.SetString(dicom.SeriesInstanceUID, c.series)
	d.SetString(dicom.StudyID, "1")
	d.SetInt(dicom.SeriesNumber, 1)
	d.SetInt(dicom.InstanceNumber, c.number)
	d.SetFloat(dicom.ImagePositionPatient, -100, -100, float64(c.number))
	d.SetFloat(dicom.ImageOrientationPatient, 1, 0, 0, 0, 1, 0)
	d.SetString(dicom.FrameOfReferenceUID, c.study+".9")
	d.SetInt(dicom.SamplesPerPixel, 1)
	d.SetString(dicom.PhotometricInterpretation, "MONOCHROME2")
	d.SetInt(dicom.Rows, c.size)
	d.SetInt(dicom.Columns, c.size)
	d.SetFloat(dicom.PixelSpacing, 0.7, 0.7)
	d.SetInt(dicom.BitsAllocated, 16)
	d.SetInt(dicom.BitsStored, 16)
	d.SetInt(dicom.HighBit, 15)
	d.SetInt(dicom.PixelRepresentation, 1)
	d.SetFloat(dicom.WindowCenter, 0)
	d.SetFloat(dicom.WindowWidth, 1024)
	d.SetFloat(dicom.RescaleIntercept, 0)
	d.SetFloat(dicom.RescaleSlope, 1)
	d.SetString(dicom.RescaleType, "HU")
	d.SetBytes(dicom.PixelData, dicom.OW, c.pixels())
	return d
}

// file is the slice as a Part 10 file.
func (c ctImage) file(t testing.TB) []byte {
	t.Helper()
	b, err := dicom.AppendFile(nil, c.dataset(), dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func part10(t testing.TB, d *dicom.Dataset) []byte {
	t.Helper()
	b, err := dicom.AppendFile(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
