package patient

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"yilian"
)

// Sex is the administrative sex with DICOM's letters (PS3.3 C.7.1.1, Patient's Sex), which map to GB/T 2261.1.
type Sex string

// The sexes; Unknown stands for a person who is not identified yet.
const (
	Male    Sex = "M"
	Female  Sex = "F"
	Other   Sex = "O"
	Unknown Sex = "U"
)

// Valid tells whether s is one of the sexes.
func (s Sex) Valid() bool { return slices.Contains([]Sex{Male, Female, Other, Unknown}, s) }

// Date is a calendar date without a time zone, as YYYY-MM-DD; empty is unknown.
type Date string

// ParseDate accepts YYYY-MM-DD and DICOM's YYYYMMDD.
func ParseDate(s string) (Date, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if t, err := time.Parse(layout, s); err == nil {
			return Date(t.Format(time.DateOnly)), nil
		}
	}
	return "", yilian.Errorf(yilian.Invalid, "patient.birthDate", "The birth date is not a date.")
}

// Age writes the age at a moment as a hospital does: years from 3 years on, months under 3 years, days under a month.
func (d Date) Age(at time.Time) string {
	born, err := time.ParseInLocation(time.DateOnly, string(d), at.Location())
	if err != nil || born.After(at) {
		return ""
	}
	months := (at.Year()-born.Year())*12 + int(at.Month()) - int(born.Month())
	if at.Day() < born.Day() {
		months--
	}
	switch {
	case months >= 36:
		return fmt.Sprintf("%d岁", months/12)
	case months >= 1:
		return fmt.Sprintf("%d月", months)
	default:
		return fmt.Sprintf("%d天", int(at.Sub(born).Hours()/24))
	}
}

// Years is the age in whole years at a moment, or -1 when the date is unknown.
func (d Date) Years(at time.Time) int {
	born, err := time.ParseInLocation(time.DateOnly, string(d), at.Location())
	if err != nil || born.After(at) {
		return -1
	}
	y := at.Year() - born.Year()
	if at.Month() < born.Month() || at.Month() == born.Month() && at.Day() < born.Day() {
		y--
	}
	return y
}

// maxName is the longest name in characters: long romanised names with fathers' names stay well below it, and it fits
// DICOM's 64 characters a component group (PS3.5 6.2, PN).
const maxName = 64

// CleanName normalises a typed name to NFC, folds the look-alike middle dots to U+00B7 as GB 2312 names are written, trims
// and joins runs of space. It refuses control characters, DICOM's delimiters and anything longer than 64 characters.
func CleanName(s string) (string, error) {
	s = norm.NFC.String(s)
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("•‧∙⋅・･．", r) {
			return '·'
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if s == "" {
		return "", yilian.Errorf(yilian.Invalid, "patient.name.empty", "The name is missing.")
	}
	if utf8.RuneCountInString(s) > maxName {
		return "", yilian.Errorf(yilian.Invalid, "patient.name.long", "The name is longer than 64 characters.")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '^' || r == '=' || r == '\\' }) {
		return "", yilian.Errorf(yilian.Invalid, "patient.name.character", "The name has a character that names do not have.")
	}
	return s, nil
}

// NameKey folds a name for comparison: compatibility forms (full-width letters), case, middle dots, spaces and DICOM's
// delimiters disappear. Two names with one key are the same name; nothing more is claimed.
func NameKey(s string) string {
	s = norm.NFKC.String(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
