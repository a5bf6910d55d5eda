package patient

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// Patient is a person as the institutions know them.
type Patient struct {
	flow.Meta
	Name     string   `json:"name"`
	Latin    string   `json:"latin,omitempty"` // the name in Latin letters, family name first, as devices without Chinese write it
	Sex      Sex      `json:"sex"`
	Birth    Date     `json:"birthDate,omitempty"`
	IDNumber IDNumber `json:"idNumber,omitempty"` // stored whole, shown by its tail only
	Phone    string   `json:"phone,omitempty"`
	// Identities are the numbers under which issuers know the patient; the first is from the institution that registered them.
	Identities []Identity `json:"identities,omitempty"`
	// Institutions have registered the patient as theirs: their staff may find and open them.
	Institutions []yilian.InstitutionID `json:"institutions,omitempty"`
}

// Details are what a person types to register a patient.
type Details struct {
	Name     string
	Latin    string // the name in Latin letters, if it is known: "Wang Xiaodong"
	Sex      Sex
	Birth    string
	IDNumber string
	Phone    string
	Identity *Identity // the number in the institution's own system, if it has one; otherwise one is issued
}

// KnownAt tells whether an institution has registered the patient, or has a number for them as its devices have.
func (p Patient) KnownAt(inst yilian.InstitutionID) bool {
	return p.known(inst) || p.NumberOf(string(inst)) != ""
}

// known tells whether an institution has registered the patient.
func (p Patient) known(by yilian.InstitutionID) bool { return slices.Contains(p.Institutions, by) }

// NumberOf is the patient's number with an issuer, or "".
func (p Patient) NumberOf(issuer string) string {
	for _, id := range p.Identities {
		if id.Issuer == issuer {
			return id.ID
		}
	}
	return ""
}

// build checks details and makes a patient of them. What the ID number says fills in what was not typed.
func build(d Details, now time.Time) (Patient, error) {
	var p Patient
	var err error
	if p.Name, err = CleanName(d.Name); err != nil {
		return p, err
	}
	if d.Latin != "" {
		if p.Latin, err = CleanName(d.Latin); err != nil {
			return p, err
		}
		if !isLatin([]rune(p.Latin)) {
			return p, yilian.Errorf(yilian.Invalid, "patient.latin", "The Latin name has letters that are not Latin.")
		}
	}
	if p.Sex = d.Sex; !p.Sex.Valid() {
		return p, yilian.Errorf(yilian.Invalid, "patient.sex", "The sex is missing.")
	}
	if d.Birth != "" {
		if p.Birth, err = ParseDate(d.Birth); err != nil {
			return p, err
		}
		if string(p.Birth) > now.AddDate(0, 0, 1).Format(time.DateOnly) || string(p.Birth) < "1880" {
			return p, yilian.Errorf(yilian.Invalid, "patient.birthDate", "The birth date cannot be right.")
		}
	}
	if d.IDNumber != "" {
		if p.IDNumber, err = ParseIDNumber(d.IDNumber, now); err != nil {
			return p, err
		}
		if err := p.IDNumber.Agree(p.Sex, p.Birth); err != nil {
			return p, err
		}
		p.Birth = p.IDNumber.Birth()
	}
	if p.Phone, err = cleanPhone(d.Phone); err != nil {
		return p, err
	}
	if d.Identity != nil {
		if err := d.Identity.check(); err != nil {
			return p, err
		}
		p.Identities = []Identity{*d.Identity}
	}
	return p, nil
}

// cleanPhone keeps the digits (and a leading +) of a telephone number of 5 to 20 digits.
func cleanPhone(s string) (string, error) {
	s = strings.TrimSpace(s)
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -()（）", r):
		default:
			return "", yilian.Errorf(yilian.Invalid, "patient.phone", "The telephone number has a character that is none.")
		}
	}
	if n := len(strings.TrimPrefix(b.String(), "+")); s != "" && (n < 5 || n > 20) {
		return "", yilian.Errorf(yilian.Invalid, "patient.phone", "A telephone number has 5 to 20 digits.")
	}
	return b.String(), nil
}

// The names of the keys under which a patient is found.
const (
	keyFind     = "find"     // institution + search token
	keyIdentity = "identity" // Identity.Key
	keyNumber   = "idNumber" // digest of the ID number
)

func keys(p Patient) []flow.Key {
	sort := flow.SortTime(p.CreatedAt)
	var out []flow.Key
	for _, inst := range p.Institutions {
		for _, token := range tokens(p) {
			out = append(out, flow.Key{Name: keyFind, Value: findValue(inst, token), Sort: sort})
		}
	}
	for _, id := range p.Identities {
		out = append(out, flow.Key{Name: keyIdentity, Value: id.Key(), Sort: sort})
	}
	if p.IDNumber != "" {
		out = append(out, flow.Key{Name: keyNumber, Value: digest(p.IDNumber), Sort: sort})
	}
	return out
}

func findValue(inst yilian.InstitutionID, token string) string { return string(inst) + "␟" + token }

// everybody is the token that lists all of an institution's patients, the newest first.
const everybody = ""

// Prefix is how many characters of a text are indexed. Who types more finds by the first ones, and the rest is compared.
const Prefix = 6

// tokens are what finds a patient in the index: the beginnings of each of their texts, and of a short name every part.
func tokens(p Patient) []string {
	out := []string{everybody}
	for _, text := range texts(p) {
		out = append(out, Beginnings(text)...)
	}
	if name := []rune(NameKey(p.Name)); len(name) <= Prefix && !isLatin(name) {
		for i := range name {
			out = append(out, Beginnings(string(name[i:]))...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Beginnings are the first 1, 2 … Prefix characters of a text.
func Beginnings(text string) (out []string) {
	for i, r := range text {
		out = append(out, text[:i+utf8.RuneLen(r)])
		if len(out) == Prefix {
			break
		}
	}
	return out
}

// texts are what a patient can be looked for by, folded: the name and its words, the ID number's digest and tail, telephone number
// and its last four digits, and the patient's numbers.
func texts(p Patient) []string {
	out := []string{NameKey(p.Name)}
	for word := range strings.FieldsFuncSeq(p.Name, func(r rune) bool { return r == '·' || r == ' ' }) {
		out = append(out, NameKey(word))
	}
	if p.IDNumber != "" {
		out = append(out, strings.ToLower(p.IDNumber.Tail()), digest(p.IDNumber))
	}
	if n := len(p.Phone); n > 4 {
		out = append(out, p.Phone, p.Phone[n-4:])
	}
	for _, id := range p.Identities {
		out = append(out, NameKey(id.ID))
	}
	return out
}

// found tells whether a folded text finds the patient.
func found(p Patient, token string) bool {
	return strings.Contains(NameKey(p.Name), token) || slices.ContainsFunc(texts(p), func(t string) bool { return strings.HasPrefix(t, token) })
}

// First is the part of a text that is looked up in the index.
func First(text string) string {
	if all := Beginnings(text); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

func isLatin(s []rune) bool {
	return !slices.ContainsFunc(s, func(r rune) bool { return r > 0x24F })
}

// digest stands in for an ID number in the index, so that the number itself is in one place only.
func digest(n IDNumber) string {
	sum := sha256.Sum256([]byte(n))
	return hex.EncodeToString(sum[:16])
}
