package dicom

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Matcher matches data sets against the identifier of a query (PS3.4 C.2.2.2, K.4.1.1). The zero value is what a query has without
// extended negotiation.
//
// By VR and form of the key's value: universal (an empty value, or only asterisks), a list of UIDs (any of several values of any VR is
// enough), ranges of DA, TM and DT, wild cards * and ? of the text VRs, sequences (one item must match all keys of the key's item),
// two quotation marks for an attribute without a value, and else single values: exact but for padding; PN in any case, numbers as
// numbers, dates and times as precise as the key is. An attribute of several values matches when one of them does. A key that the data
// set does not have matches only when universal. Timezone Offset From UTC is not taken into account.
type Matcher struct {
	Combined bool           // a range of dates and the range of times beside it are one span of time (PS3.4 C.2.2.2.5; always so in a worklist, K.6.1.2.2)
	Fuzzy    bool           // each word of a PN key must begin a word of the name, in any order
	Unknown  bool           // an empty value is not known and matches every key (PS3.4 C.2.2.1.2)
	Zone     *time.Location // of DT values without one; nil: UTC
}

// Matches is Matcher{}.Matches.
func Matches(identifier, item *Dataset) bool { return Matcher{}.Matches(identifier, item) }

// Matches tells whether item is one that the identifier asks for.
func (m Matcher) Matches(identifier, item *Dataset) bool {
	if identifier == nil {
		return true
	}
	if item == nil {
		item = &Dataset{}
	}
	spans := m.spans(identifier)
	for i := range identifier.Elements {
		key := &identifier.Elements[i]
		if isQueryControl(key.Tag) || slices.ContainsFunc(spans, func(s pair) bool { return s.date == key.Tag || s.time == key.Tag }) {
			continue
		}
		if !m.element(identifier, key, item) {
			return false
		}
	}
	return !slices.ContainsFunc(spans, func(s pair) bool { return !m.span(identifier, item, s) })
}

// isQueryControl names elements of an identifier that are no keys (PS3.4 C.4.1.1.3, C.2.2.2).
func isQueryControl(t Tag) bool {
	switch t {
	case SpecificCharacterSet, TimezoneOffsetFromUTC, QueryRetrieveLevel, queryRetrieveView, RetrieveAETitle, InstanceAvailability:
		return true
	}
	return t.Element() == 0 || t.IsCreator()
}

const (
	queryRetrieveView Tag = 0x00080053
	emptyValue            = `""` // Empty Value Matching of PS3.4 C.2.2.2
)

func (m Matcher) element(identifier *Dataset, key *Element, item *Dataset) bool {
	value := item.Get(key.Tag)
	if key.VR == SQ {
		return m.sequence(key, value)
	}
	keys := identifier.ValuesOf(key)
	if !slices.ContainsFunc(keys, func(k string) bool { return !universal(key.VR, k) }) || key.VR.kind() == kindBytes {
		return true
	}
	if len(keys) == 1 && keys[0] == emptyValue {
		return value == nil || strings.Join(item.ValuesOf(value), "") == ""
	}
	if value == nil {
		return false
	}
	values := item.ValuesOf(value)
	if !slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
		return m.Unknown
	}
	return slices.ContainsFunc(keys, func(k string) bool {
		return k != "" && slices.ContainsFunc(values, func(v string) bool { return m.value(key.VR, k, v) })
	})
}

func universal(vr VR, key string) bool {
	return vr.hasWildcards() && strings.Trim(key, "*") == "" || key == ""
}

// sequence is PS3.4 C.2.2.2.6.
func (m Matcher) sequence(key, value *Element) bool {
	if !slices.ContainsFunc(key.Items, func(k *Dataset) bool { return !m.Matches(k, nil) }) {
		return true // every key in it is universal
	}
	return value != nil && slices.ContainsFunc(value.Items, func(item *Dataset) bool { return m.anyOf(key.Items, item) })
}

func (m Matcher) anyOf(keys []*Dataset, item *Dataset) bool {
	return slices.ContainsFunc(keys, func(k *Dataset) bool { return m.Matches(k, item) })
}

// hasWildcards tells for which VRs * and ? have a meaning (PS3.4 C.2.2.2.4).
func (v VR) hasWildcards() bool {
	switch v {
	case AE, CS, LO, LT, PN, SH, ST, UC, UR, UT:
		return true
	}
	return false
}

// value matches one value of the item with one of the key.
func (m Matcher) value(vr VR, key, v string) bool {
	switch {
	case vr == DA || vr == TM || vr == DT:
		return m.inRange(vr, key, v)
	case vr == PN:
		return m.name(key, v)
	case vr.hasWildcards():
		return wildcard(key, v)
	case vr == UI:
		return key == v
	case vr == AT || vr == AS:
		return strings.EqualFold(key, v)
	}
	a, err := strconv.ParseFloat(key, 64)
	b, err2 := strconv.ParseFloat(v, 64)
	return err == nil && err2 == nil && a == b || key == v
}

// wildcard matches * with any characters and ? with one.
func wildcard(pattern, s string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == s
	}
	p, v := []rune(pattern), []rune(s)
	i, k, star, mark := 0, 0, -1, 0
	for k < len(v) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, k
			i++
		case i < len(p) && (p[i] == '?' || p[i] == v[k]):
			i++
			k++
		case star >= 0:
			mark++
			i, k = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}

// name matches a PN: each group that the key names with its own, or, when the key has one group only, any of them. Case does not count
// (PS3.4 C.2.2.2.1), nor do empty components at the end, nor, in names of Han characters, where the family name ends.
func (m Matcher) name(key, v string) bool {
	key, v = strings.Map(unicode.ToLower, key), strings.Map(unicode.ToLower, v)
	if m.Fuzzy {
		return fuzzy(key, v)
	}
	groups := strings.Split(v, "=")
	if !strings.Contains(key, "=") {
		return slices.ContainsFunc(groups, func(g string) bool { return group(key, g) })
	}
	for i, k := range strings.Split(key, "=") {
		if strings.Trim(k, "*^ ") == "" {
			continue
		}
		if i >= len(groups) || !group(k, groups[i]) {
			return false
		}
	}
	return true
}

func group(key, g string) bool {
	key, g = strings.TrimRight(key, "^ "), strings.TrimRight(g, "^ ")
	return wildcard(key, g) || !strings.Contains(key, "^") && isHan(strings.TrimLeft(key, "*?")) && wildcard(key, strings.ReplaceAll(g, "^", ""))
}

func fuzzy(key, v string) bool {
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("^= ,*?-'.", r) })
	}
	names := words(v)
	closed := strings.ReplaceAll(v, "^", "")
	for _, w := range words(key) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, w) }) && !(isHan(w) && strings.Contains(closed, w)) {
			return false
		}
	}
	return true
}
