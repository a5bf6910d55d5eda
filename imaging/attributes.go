package imaging

import (
	"slices"

	"yilian/imaging/dicom"
)

// studyAttribute and seriesAttribute say which part of a header describes the patient and study, and the series (PS3.3 C.7.1.1,
// C.7.2.1, C.7.2.2 and C.7.3.1). Everything else is the instance's.
func studyAttribute(t dicom.Tag) bool {
	_, ok := slices.BinarySearch(studyAttributes, t)
	return ok || t.Group() == 0x0010 && t.Element() < 0x2200
}

func seriesAttribute(t dicom.Tag) bool {
	_, ok := slices.BinarySearch(seriesAttributes, t)
	return ok
}

// In ascending order; group 0010 up to 2200 (the patient and the state of the patient) belongs to the study as a whole.
var studyAttributes = []dicom.Tag{
	dicom.StudyDate, dicom.StudyTime, dicom.AccessionNumber, dicom.IssuerOfAccessionNumberSequence, dicom.InstitutionName,
	dicom.ReferringPhysicianName, dicom.TimezoneOffsetFromUTC, dicom.StudyDescription, dicom.ProcedureCodeSequence,
	dicom.PhysiciansOfRecord, dicom.NameOfPhysiciansReadingStudy, dicom.AdmittingDiagnosesDescription, dicom.StudyInstanceUID, dicom.StudyID,
}

// ImagesInAcquisition (0020,1002) is how many images the device says that the acquisition of a series has.
const ImagesInAcquisition dicom.Tag = 0x00201002

var seriesAttributes = []dicom.Tag{
	dicom.SeriesDate, dicom.SeriesTime, dicom.Modality, dicom.Manufacturer, dicom.InstitutionName, dicom.StationName,
	dicom.SeriesDescription, dicom.InstitutionalDepartmentName, dicom.PerformingPhysicianName, dicom.OperatorsName, dicom.ManufacturerModelName,
	dicom.BodyPartExamined, dicom.ProtocolName, dicom.PatientPosition, dicom.SeriesInstanceUID, dicom.SeriesNumber, dicom.FrameOfReferenceUID,
	dicom.Laterality, ImagesInAcquisition, dicom.PerformedProcedureStepStartDate, dicom.PerformedProcedureStepStartTime, dicom.PerformedProcedureStepID,
	dicom.PerformedProcedureStepDescription, dicom.RequestAttributesSequence,
}
