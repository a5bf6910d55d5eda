package dimse

// UIDs of PS3.6 Annex A that the protocol itself needs.
const (
	Verification = "1.2.840.10008.1.1"

	ImplicitVRLittleEndian = "1.2.840.10008.1.2"
	ExplicitVRLittleEndian = "1.2.840.10008.1.2.1"
	ExplicitVRBigEndian    = "1.2.840.10008.1.2.2"
)

// How this implementation names itself to a peer (PS3.7 D.3.3.2). The class is a UUID-derived UID (PS3.5 B.2).
const (
	ImplementationClass = "2.25.30478339569949839713005332660490128613"
	ImplementationName  = "YILIAN_1"
)
