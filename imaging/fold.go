package imaging

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"yilian/imaging/dicom"
)

// Fold brings a value, or a pattern with "*" and "?", to the form in which it is compared: full-width and half-width forms are
// one, case does not matter, and neither do spaces at the ends.
func (k FieldKind) Fold(s string) string {
	switch k {
	case UIDField, DateField, TimeField, NumberField:
		return strings.TrimSpace(s)
	case CodeField:
		return strings.ToUpper(strings.TrimSpace(s))
	case NameField:
		return foldName(s)
	default:
		return foldText(s)
	}
}

func foldText(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// foldName folds each group of a person name: letters without their accents (PS3.4 C.2.2.2.1 leaves that to us; who types "Muller"
// means Müller), components divided by one "^" whatever divided them (a caret, a comma, spaces), and by nothing in Chinese, Japanese
// and Korean script, where "张^三", "张 三" and "张三" are the same name.
func foldName(s string) string {
	groups := strings.Split(s, "=")
	for i, g := range groups {
		parts := nameWords(strings.ToLower(plainLetters(g)))
		divider := "^"
		if Undivided(g) {
			divider = ""
		}
		groups[i] = strings.Join(parts, divider)
	}
	return strings.TrimRight(strings.Join(groups, "="), "=")
}

// plainLetters takes the accents of Latin, Greek and Cyrillic letters away. The marks of other scripts, which make other letters of
// them, stay.
func plainLetters(s string) string {
	ascii := strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
	if ascii {
		return s
	}
	bare := strings.Map(func(r rune) rune {
		if r >= 0x0300 && r <= 0x036F { // combining diacritical marks
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return norm.NFKC.String(bare)
}

// nameWords divides a group of a name into its components and their words.
func nameWords(group string) []string {
	return strings.FieldsFunc(group, func(r rune) bool { return r == '^' || r == ',' || unicode.IsSpace(r) })
}

// Undivided tells whether a name is written without a divider between its components, as Chinese is.
func Undivided(s string) bool { return strings.IndexFunc(s, ideographic) >= 0 }

func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// NameKey is the folded name with its groups divided by "=", or "" for no name.
func NameKey(n dicom.PersonName) string { return foldName(n.String()) }

// NameGroups answers the folded groups that are not empty.
func NameGroups(key string) []string {
	return strings.FieldsFunc(key, func(r rune) bool { return r == '=' })
}
