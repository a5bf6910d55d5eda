package dimse

import "yilian/imaging/dicom"

// UIDs of PS3.6 Annex A that the protocol itself needs.
const (
	Verification = "1.2.840.10008.1.1"

	ImplicitVRLittleEndian = "1.2.840.10008.1.2"
	ExplicitVRLittleEndian = "1.2.840.10008.1.2.1"
	ExplicitVRBigEndian    = "1.2.840.10008.1.2.2"
)

// How this implementation names itself to a peer (PS3.7 D.3.3.2), the same as in file meta information.
const (
	ImplementationClass = dicom.ImplementationUID
	ImplementationName  = dicom.ImplementationVersion
)
