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

// foldName folds each group of a person name: components are divided by one "^" whatever divided them (a caret, a comma, spaces),
// and by nothing in Chinese, Japanese and Korean script, where "张^三", "张 三" and "张三" are the same name.
func foldName(s string) string {
	groups := strings.Split(s, "=")
	for i, g := range groups {
		g = strings.ToLower(norm.NFKC.String(g))
		parts := strings.FieldsFunc(g, func(r rune) bool { return r == '^' || r == ',' || unicode.IsSpace(r) })
		divider := "^"
		if strings.IndexFunc(g, ideographic) >= 0 {
			divider = ""
		}
		groups[i] = strings.Join(parts, divider)
	}
	return strings.TrimRight(strings.Join(groups, "="), "=")
}

func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// NameKey is the folded name with its groups divided by "=", or "" for no name.
func NameKey(n dicom.PersonName) string { return foldName(n.String()) }

// NameGroups answers the folded groups that are not empty.
func NameGroups(key string) []string {
	return strings.FieldsFunc(key, func(r rune) bool { return r == '=' })
}
