package reading

import (
	"strings"
	"unicode"
)

// DisplayName shows a DICOM person name (PS3.5 6.2.1) to people: the ideographic group if there is one, otherwise the first. The
// components of an ideographic name stand together, those of a Latin one with a space.
func DisplayName(pn string) string {
	groups := strings.Split(pn, "=")
	name := groups[0]
	if len(groups) > 1 && strings.Trim(groups[1], "^ ") != "" {
		name = groups[1]
	}
	between := " "
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		between = ""
	}
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '^' }), between)
}
