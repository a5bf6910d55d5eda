package dicom

import (
	"strconv"
	"strings"

	"yilian"
)

// Tag names an attribute: group in the upper, element in the lower 16 bits (PS3.5 7.1.1).
type Tag uint32

// NewTag joins group and element.
func NewTag(group, element uint16) Tag { return Tag(group)<<16 | Tag(element) }

// Group gives the group number.
func (t Tag) Group() uint16 { return uint16(t >> 16) }

// Element gives the element number.
func (t Tag) Element() uint16 { return uint16(t) }

// IsPrivate tells whether the tag is of an odd group (PS3.5 7.8).
func (t Tag) IsPrivate() bool { return t&0x10000 != 0 }

// IsCreator tells whether the tag is a private creator, which reserves a block of private elements (PS3.5 7.8.1).
func (t Tag) IsCreator() bool { return t.IsPrivate() && t.Element() >= 0x10 && t.Element() <= 0xFF }

// String gives the eight hexadecimal digits of the DICOM JSON model: "00100010".
func (t Tag) String() string {
	var b [8]byte
	t.put(b[:])
	return string(b[:])
}

func (t Tag) put(b []byte) {
	const digits = "0123456789ABCDEF"
	for i := range 8 {
		b[i] = digits[t>>(28-4*i)&0xF]
	}
}

// ParseTag reads "00100010", "(0010,0010)", "0010,0010" or a keyword such as "PatientName".
func ParseTag(s string) (Tag, error) {
	hex := strings.NewReplacer("(", "", ")", "", ",", "").Replace(s)
	if len(hex) == 8 {
		if v, err := strconv.ParseUint(hex, 16, 32); err == nil {
			return Tag(v), nil
		}
	}
	if t, ok := TagOf(s); ok {
		return t, nil
	}
	return 0, yilian.Errorf(yilian.Invalid, "dicom.tag", "%.64q is neither a DICOM tag nor a keyword.", s)
}
