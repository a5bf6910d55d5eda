package scp

import "yilian/imaging/dicom"

// Tags that only this door names (PS3.6).
const (
	tagAllergies              dicom.Tag = 0x00102110
	tagPregnancyStatus        dicom.Tag = 0x001021C0
	tagPatientSeries          dicom.Tag = 0x00201202 // Number of Patient Related Series
	tagPatientInstances       dicom.Tag = 0x00201204
	tagContrast               dicom.Tag = 0x00321070 // Requested Contrast Agent
	tagPatientLocation        dicom.Tag = 0x00380300
	tagStepStatus             dicom.Tag = 0x00400020 // Scheduled Procedure Step Status
	tagNonImages              dicom.Tag = 0x00400220 // Referenced Non-Image Composite SOP Instance Sequence
	tagStationName            dicom.Tag = 0x00400242 // Performed Station Name
	tagDiscontinuation        dicom.Tag = 0x00400281 // PPS Discontinuation Reason Code Sequence
	tagReferencedStepSequence           = dicom.ReferencedPerformedProcedureStepSequence
)
