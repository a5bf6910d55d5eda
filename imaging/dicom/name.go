package dicom

import "strings"

// PersonName holds the three component groups of a PN (PS3.5 6.2.1), each as it stands: "Zhang^San", "张^三", "".
type PersonName struct {
	Alphabetic  string `json:"Alphabetic,omitempty"`
	Ideographic string `json:"Ideographic,omitempty"`
	Phonetic    string `json:"Phonetic,omitempty"`
}

// ParsePersonName cuts a decoded PN value at its equals signs and drops empty components at the end of each group.
func ParsePersonName(s string) PersonName {
	groups := strings.SplitN(s, "=", 3)
	for i, g := range groups {
		groups[i] = strings.TrimRight(g, "^ \x00")
	}
	p := PersonName{Alphabetic: groups[0]}
	if len(groups) > 1 {
		p.Ideographic = groups[1]
	}
	if len(groups) > 2 {
		p.Phonetic = groups[2]
	}
	return p
}

// String gives the PN value, without empty groups at its end.
func (p PersonName) String() string {
	return strings.TrimRight(p.Alphabetic+"="+p.Ideographic+"="+p.Phonetic, "=")
}

// Display gives the name for people to read: the ideographic group closed up (张三), or the alphabetic with its first
// caret shown as a comma ("Zhang, San").
func (p PersonName) Display() string {
	if p.Ideographic != "" {
		return strings.ReplaceAll(p.Ideographic, "^", "")
	}
	family, given, ok := strings.Cut(p.Alphabetic, "^")
	if !ok {
		return family
	}
	given = strings.Join(strings.FieldsFunc(given, func(r rune) bool { return r == '^' || r == ' ' }), " ")
	if isHan(family) {
		return family + given
	}
	return strings.TrimSuffix(family+", "+given, ", ")
}

func isHan(s string) bool {
	for _, r := range s {
		return r >= 0x2E80
	}
	return false
}

// PersonName gives the first value of a PN element.
func (d *Dataset) PersonName(t Tag) PersonName { return ParsePersonName(d.String(t)) }
