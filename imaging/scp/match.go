package scp

import (
	"cmp"
	"slices"
	"strings"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

// matcher compares a candidate with the keys of an identifier (PS3.4 C.2.2.2), for what no index has compared already.
type matcher struct {
	combined bool // date and time ranges are one range (PS3.4 C.2.2.2.5.1), where that was agreed on
	fuzzy    bool // names match by the beginnings of their words
}

// clocks are the dates and times that belong together.
var clocks = map[dicom.Tag]dicom.Tag{
	dicom.StudyDate:                       dicom.StudyTime,
	dicom.SeriesDate:                      dicom.SeriesTime,
	dicom.ContentDate:                     dicom.ContentTime,
	dicom.ScheduledProcedureStepStartDate: dicom.ScheduledProcedureStepStartTime,
	dicom.PerformedProcedureStepStartDate: dicom.PerformedProcedureStepStartTime,
}

// control tells of elements of an identifier that are no keys.
func control(t dicom.Tag) bool {
	return t == dicom.SpecificCharacterSet || t == dicom.QueryRetrieveLevel || t == dicom.TimezoneOffsetFromUTC || t.Element() == 0
}

// matches tells whether every key of one level matches.
func (m matcher) matches(keys, candidate *dicom.Dataset) bool {
	together := m.together(keys)
	for i := range keys.Elements {
		key := &keys.Elements[i]
		if control(key.Tag) || slices.Contains(together, key.Tag) {
			continue
		}
		if !m.matchesKey(keys, key, candidate) {
			return false
		}
	}
	for i := 0; i+1 < len(together); i += 2 {
		if !m.instant(keys, candidate, together[i], together[i+1]) {
			return false
		}
	}
	return true
}

// together lists the dates and times of keys that make one range each.
func (m matcher) together(keys *dicom.Dataset) (tags []dicom.Tag) {
	if !m.combined {
		return nil
	}
	for date, clock := range clocks {
		if strings.Contains(keys.String(date), "-") && strings.Contains(keys.String(clock), "-") {
			tags = append(tags, date, clock)
		}
	}
	return tags
}

func (m matcher) instant(keys, candidate *dicom.Dataset, date, clock dicom.Tag) bool {
	day := candidate.String(date)
	if day == "" {
		return false
	}
	at := day + padTime(candidate.String(clock), '0')
	fromDay, toDay, _ := strings.Cut(keys.String(date), "-")
	from, to, _ := strings.Cut(keys.String(clock), "-")
	if fromDay != "" && at < fromDay+padTime(from, '0') {
		return false
	}
	return toDay == "" || at <= toDay+padTime(to, '9')
}

// padTime completes a TM to HHMMSSFFFFFF.
func padTime(s string, with byte) string {
	s = strings.NewReplacer(":", "", ".", "").Replace(strings.TrimSpace(s))
	if len(s) < 12 {
		s += strings.Repeat(string(with), 12-len(s))
	}
	return s[:12]
}

func (m matcher) matchesKey(keys *dicom.Dataset, key *dicom.Element, candidate *dicom.Dataset) bool {
	if key.VR == dicom.SQ {
		if len(key.Items) == 0 || universal(key.Items[0]) {
			return true
		}
		return slices.ContainsFunc(candidate.Sequence(key.Tag), func(item *dicom.Dataset) bool { return m.matches(key.Items[0], item) })
	}
	wanted := keys.ValuesOf(key)
	if len(wanted) == 0 || len(wanted) == 1 && (wanted[0] == "" || strings.Trim(wanted[0], "*") == "") {
		return true
	}
	if wanted[0] == `""` && len(wanted) == 1 { // empty value matching
		return candidate.String(key.Tag) == ""
	}
	have := candidate.Strings(key.Tag)
	return slices.ContainsFunc(wanted, func(w string) bool {
		return slices.ContainsFunc(have, func(h string) bool { return m.value(key.VR, w, h) })
	})
}

// universal tells whether an item restricts nothing.
func universal(item *dicom.Dataset) bool {
	return !slices.ContainsFunc(item.Elements, func(e dicom.Element) bool {
		if e.VR == dicom.SQ {
			return len(e.Items) > 0 && !universal(e.Items[0])
		}
		v := strings.Trim(item.String(e.Tag), "*")
		return v != "" && !control(e.Tag)
	})
}

func (m matcher) value(vr dicom.VR, wanted, have string) bool {
	switch vr {
	case dicom.UI:
		return wanted == have
	case dicom.DA:
		return within(wanted, have, func(s string) string { return strings.NewReplacer(".", "", "-", "").Replace(s) }, 8)
	case dicom.TM:
		return within(wanted, have, func(s string) string { return strings.NewReplacer(":", "", ".", "").Replace(s) }, 12)
	case dicom.DT:
		return within(wanted, have, func(s string) string { return strings.ReplaceAll(s, ".", "") }, 20)
	case dicom.PN:
		return m.name(wanted, have)
	case dicom.US, dicom.UL, dicom.SS, dicom.SL, dicom.IS, dicom.DS, dicom.FL, dicom.FD:
		return strings.TrimLeft(wanted, "+0") == strings.TrimLeft(have, "+0")
	}
	return wild(imaging.TextField.Fold(wanted), imaging.TextField.Fold(have))
}

// within is range matching; a value that is less precise than length stands for all that begins with it.
func within(wanted, have string, plain func(string) string, length int) bool {
	have = plain(have)
	from, to, isRange := strings.Cut(wanted, "-")
	if !isRange {
		return strings.HasPrefix(have, plain(from))
	}
	if from != "" && cmp.Compare(have, plain(from)) < 0 {
		return false
	}
	limit := plain(to)
	return to == "" || have <= limit+strings.Repeat("9", max(0, length-len(limit)))
}

// name matches a person name, or any component group of it, without regard to case and to how its parts are divided.
func (m matcher) name(wanted, have string) bool {
	wanted = imaging.NameField.Fold(wanted)
	for _, group := range append(strings.Split(have, "="), have) {
		group = imaging.NameField.Fold(group)
		if group != "" && (wild(wanted, group) || m.fuzzy && begins(wanted, group)) {
			return true
		}
	}
	return false
}

// begins tells whether every word of a name is the beginning of a word of another.
func begins(wanted, have string) bool {
	words := strings.FieldsFunc(have, notWord)
	for _, w := range strings.FieldsFunc(wanted, notWord) {
		if !slices.ContainsFunc(words, func(h string) bool { return strings.HasPrefix(h, w) }) {
			return false
		}
	}
	return wanted != ""
}

func notWord(r rune) bool { return strings.ContainsRune("^ =,*?", r) }

// wild matches "*" (any text) and "?" (one character) in time linear in both, but for one return after each "*".
func wild(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, from := -1, 0
	i, k := 0, 0
	for k < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, k
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[k]):
			i++
			k++
		case star >= 0:
			from++
			i, k = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
