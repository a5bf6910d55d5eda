package deident

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"yilian/imaging/dicom"
)

// identity knows the words by which an object names its patient, the people and the houses around them.
type identity struct{ words *regexp.Regexp }

// Words that are shorter say too little: they would take letters out of every text.
const (
	shortestLatin = 3 // letters of a name
	shortestID    = 4 // characters of anything else
	shortestWide  = 2 // Chinese characters of a name
)

// identityOf collects the words of a data set on all levels: of names, and of whatever else the profile takes away that is no description.
func identityOf(d *dicom.Dataset) *identity {
	found := map[string]bool{}
	collect(d, found)
	if len(found) == 0 {
		return &identity{}
	}
	words := make([]string, 0, len(found))
	for w := range found {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int { // the longest first: it is to be taken out whole
		if n := len(b) - len(a); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	return &identity{regexp.MustCompile("(?i)" + strings.Join(words, "|"))}
}

// found gives where words stand in a text: not those that begin or end within another Latin word or number.
func (i *identity) found(text string) (at [][]int) {
	if i.words == nil {
		return nil
	}
	latin := func(r rune) bool { return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	for from := 0; from < len(text); {
		m := i.words.FindStringIndex(text[from:])
		if m == nil {
			break
		}
		begin, end := from+m[0], from+m[1]
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		first, size := utf8.DecodeRuneInString(text[begin:])
		last, _ := utf8.DecodeLastRuneInString(text[:end])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if latin(before) && latin(first) || latin(last) && latin(after) {
			from = begin + size
			continue
		}
		at = append(at, []int{begin, end})
		from = end
	}
	return at
}

func collect(d *dicom.Dataset, found map[string]bool) {
	for i := range d.Elements {
		e := &d.Elements[i]
		for _, item := range e.Items {
			collect(item, found)
		}
		r, listed := table[e.Tag]
		names := listed && r.options&(cleanText|cleanDevice|moveDate|keepPatient|cleanPatient|keepUID) == 0
		switch {
		case e.VR == dicom.PN:
			for _, v := range d.ValuesOf(e) {
				nameWords(v, found)
			}
		case e.VR == dicom.SH, e.VR == dicom.LO, e.VR == dicom.ST, e.VR == dicom.UC, e.Tag == birthDate:
			if !names && e.Tag != birthDate {
				continue
			}
			for _, v := range d.ValuesOf(e) {
				if v = strings.TrimSpace(v); long(v, shortestID) && !isDummy(v) {
					found[v] = true
				}
			}
		}
	}
}

const birthDate dicom.Tag = 0x00100030

// isDummy tells whether a value is what an object has that was without identity before.
func isDummy(v string) bool { return v == "REMOVED" || v == "ANONYMOUS" || v == "19000101" }

// nameWords are the parts of a person's name (PS3.5 6.2.1), and those of each group joined as people write them.
func nameWords(name string, found map[string]bool) {
	if isDummy(name) {
		return
	}
	for group := range strings.SplitSeq(name, "=") {
		parts := strings.FieldsFunc(group, func(r rune) bool { return r == '^' || unicode.IsSpace(r) })
		for _, w := range parts {
			if long(w, shortestLatin) {
				found[w] = true
			}
		}
		for _, joint := range []string{"", " ", "^"} {
			if w := strings.Join(parts, joint); len(parts) > 1 && long(w, shortestLatin) {
				found[w] = true
			}
		}
	}
}

func long(w string, latin int) bool {
	n := utf8.RuneCountInString(w)
	return n >= latin || n >= shortestWide && n < len(w)
}

// in tells whether a text names anybody.
func (i *identity) in(text string) bool { return len(i.found(text)) > 0 }

// without takes the names out of a text.
func (i *identity) without(text string) string {
	at := i.found(text)
	if len(at) == 0 {
		return text
	}
	var left strings.Builder
	from := 0
	for _, m := range at {
		left.WriteString(text[from:m[0]])
		from = m[1]
	}
	return tidy(left.String() + text[from:])
}

// telling are long numbers, dates and addresses, which descriptions that are kept lose as well (PS3.15 E.3.5).
var telling = regexp.MustCompile(`\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?|\d{5,}|[\w.+-]+@[\w.-]+`)

func anonymous(text string) string { return tidy(telling.ReplaceAllString(text, "")) }

func tidy(text string) string { return strings.TrimSpace(strings.Join(strings.Fields(text), " ")) }
