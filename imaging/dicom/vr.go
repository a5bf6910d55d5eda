package dicom

// VR is a value representation (PS3.5 6.2): its two letters, the first in the upper byte.
type VR uint16

// The value representations of PS3.5 6.2.
const (
	AE VR = 'A'<<8 | 'E'
	AS VR = 'A'<<8 | 'S'
	AT VR = 'A'<<8 | 'T'
	CS VR = 'C'<<8 | 'S'
	DA VR = 'D'<<8 | 'A'
	DS VR = 'D'<<8 | 'S'
	DT VR = 'D'<<8 | 'T'
	FD VR = 'F'<<8 | 'D'
	FL VR = 'F'<<8 | 'L'
	IS VR = 'I'<<8 | 'S'
	LO VR = 'L'<<8 | 'O'
	LT VR = 'L'<<8 | 'T'
	OB VR = 'O'<<8 | 'B'
	OD VR = 'O'<<8 | 'D'
	OF VR = 'O'<<8 | 'F'
	OL VR = 'O'<<8 | 'L'
	OV VR = 'O'<<8 | 'V'
	OW VR = 'O'<<8 | 'W'
	PN VR = 'P'<<8 | 'N'
	SH VR = 'S'<<8 | 'H'
	SL VR = 'S'<<8 | 'L'
	SQ VR = 'S'<<8 | 'Q'
	SS VR = 'S'<<8 | 'S'
	ST VR = 'S'<<8 | 'T'
	SV VR = 'S'<<8 | 'V'
	TM VR = 'T'<<8 | 'M'
	UC VR = 'U'<<8 | 'C'
	UI VR = 'U'<<8 | 'I'
	UL VR = 'U'<<8 | 'L'
	UN VR = 'U'<<8 | 'N'
	UR VR = 'U'<<8 | 'R'
	US VR = 'U'<<8 | 'S'
	UT VR = 'U'<<8 | 'T'
	UV VR = 'U'<<8 | 'V'
)

func (v VR) String() string { return string([]byte{byte(v >> 8), byte(v)}) }

// Known tells whether PS3.5 defines the VR.
func (v VR) Known() bool { return v.kind() != kindUnknown }

// IsText tells whether values depend on the Specific Character Set (PS3.5 6.1.2.2).
func (v VR) IsText() bool {
	switch v {
	case LO, LT, PN, SH, ST, UC, UT:
		return true
	}
	return false
}

// IsBinary tells whether DICOM JSON writes the value as InlineBinary or BulkDataURI (PS3.18 F.2.2).
func (v VR) IsBinary() bool { return v.kind() == kindBytes }

type vrKind uint8

const (
	kindUnknown vrKind = iota
	kindString         // split at backslash
	kindText           // one value, backslash is an ordinary character
	kindNumber         // binary numbers of a fixed width
	kindBytes          // OB, OW … UN
	kindSequence
)

func (v VR) kind() vrKind {
	switch v {
	case AE, AS, CS, DA, DS, DT, IS, LO, PN, SH, TM, UC, UI:
		return kindString
	case LT, ST, UR, UT:
		return kindText
	case AT, FD, FL, SL, SS, SV, UL, US, UV:
		return kindNumber
	case OB, OD, OF, OL, OV, OW, UN:
		return kindBytes
	case SQ:
		return kindSequence
	}
	return kindUnknown
}

// long tells whether the explicit encoding has a 32-bit length (PS3.5 7.1.2). Representations that a later edition may add
// have one too.
func (v VR) long() bool {
	switch v {
	case AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, PN, SH, SL, SS, ST, TM, UI, UL, US:
		return false
	}
	return true
}

// width is the number of bytes that change places with the byte order; 1 for text and bytes.
func (v VR) width() int {
	switch v {
	case US, SS, OW, AT:
		return 2
	case UL, SL, FL, OL, OF:
		return 4
	case FD, OD, OV, SV, UV:
		return 8
	}
	return 1
}

// letters tells whether both bytes are capital letters, as those of every VR are and ever will be.
func (v VR) letters() bool {
	a, b := byte(v>>8), byte(v)
	return 'A' <= a && a <= 'Z' && 'A' <= b && b <= 'Z'
}
