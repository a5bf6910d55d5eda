package dicom

import (
	"slices"
	"sort"
)

// Keyword gives the attribute's keyword (PS3.6), or "" when the tag is private or not known.
func (t Tag) Keyword() string {
	i, ok := t.position()
	if !ok {
		return ""
	}
	return keywordAt(i)
}

// VR gives the value representation of the data dictionary: UN for what it does not know, LO for a private creator,
// UL for a group length. Where the dictionary leaves a choice it gives US (of US or SS) and OW (of OB or OW).
func (t Tag) VR() VR {
	switch vr := t.dictVR(); vr {
	case vrXS:
		return US
	case vrOX:
		return OW
	default:
		return vr
	}
}

// Ambiguous entries of the dictionary, see gen_dictionary.go.
const (
	vrXS VR = 'x'<<8 | 's'
	vrOX VR = 'o'<<8 | 'x'
)

func (t Tag) dictVR() VR {
	switch {
	case t.IsCreator():
		return LO
	case t.Element() == 0:
		return UL
	}
	if i, ok := t.position(); ok {
		return VR(dictVRs[2*i])<<8 | VR(dictVRs[2*i+1])
	}
	return UN
}

// TagOf finds a tag by its keyword.
func TagOf(keyword string) (Tag, bool) {
	i, ok := sort.Find(len(dictByKeyword), func(i int) int {
		k := keywordAt(int(dictByKeyword[i]))
		switch {
		case keyword < k:
			return -1
		case keyword > k:
			return 1
		}
		return 0
	})
	if !ok {
		return 0, false
	}
	return dictTags[dictByKeyword[i]], true
}

// position finds the tag in the dictionary; repeating groups 50xx and 60xx (PS3.5 7.6) stand there once.
func (t Tag) position() (int, bool) {
	if g := t.Group(); g&1 == 0 && (g&0xFF00 == 0x6000 || g&0xFF00 == 0x5000) {
		t = t &^ 0x00FF0000
	}
	return slices.BinarySearch(dictTags[:], t)
}

func keywordAt(i int) string { return dictKeywords[dictOffsets[i]:dictOffsets[i+1]] }
