package dicom

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yilian"
)

// charset is the Specific Character Set in force on one or more levels of a data set (PS3.3 C.12.1.1.2). A nil charset is the
// default repertoire, ASCII.
type charset struct {
	declared []string // the terms as they stand in (0008,0005)
	sets     []*codeSet
	guess    string // the term that the bytes turned out to be in, "" when they are as declared
	form     charsetForm

	samples [][]byte // text beyond ASCII seen by a scan, until the guess is made
	sampled int
}

type charsetForm uint8

const (
	formISO2022 charsetForm = iota // one or several code sets, switched by escape sequences (PS3.5 6.1.2.5)
	formUTF8
	formGB18030 // and GBK, which is a part of it
)

// newCharset makes the charset of the terms of (0008,0005). Misspelt terms are taken for what they mean, unknown ones are
// passed over; the bytes then decide.
func newCharset(terms []string) *charset {
	c := &charset{declared: terms}
	for i, t := range terms {
		switch n := normalTerm(t); n {
		case "192":
			c.form = formUTF8
		case "GB18030", "GBK":
			c.form = formGB18030
		default:
			if s := codeSetOf(n); s != nil && (i == 0 || s != setASCII) {
				c.sets = append(c.sets, s)
			}
		}
		if i == 0 && c.form != formISO2022 {
			break // PS3.3 C.12.1.1.2: these go without code extensions
		}
	}
	if c.form == formISO2022 && (len(c.sets) == 0 || c.sets[0].double) {
		c.sets = slices.Insert(c.sets, 0, setASCII)
	}
	return c
}

// normalTerm reduces a term to its registration number ("100", "58") or to GB18030, GBK, 192; "ISO-IR 100", "iso_ir100" and the
// like are seen in the field, as is "GB2312" for what is meant as GBK.
func normalTerm(term string) string {
	t := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToUpper(term))
	switch t {
	case "", "ASCII", "ISO646":
		return "6"
	case "GB18030", "GB180302000", "GB180302005", "GB180302022":
		return "GB18030"
	case "GBK", "GB2312", "CP936", "ISOIR58":
		return "GBK"
	case "UTF8":
		return "192"
	case "LATIN1", "ISO88591":
		return "100"
	}
	t = strings.TrimPrefix(t, "ISO2022")
	t = strings.TrimPrefix(t, "ISO")
	return strings.TrimPrefix(t, "IR")
}

// Charset tells the declared terms of (0008,0005), inherited ones too, and, when the bytes belie them, the term they were taken
// for: "GB18030", "ISO_IR 192" or "ISO_IR 100"; "" when they are as declared. Guesses are made by Scan, ScanFile and Parse.
func (d *Dataset) Charset() (declared []string, guess string) {
	if d == nil || d.charset == nil {
		return nil, ""
	}
	return slices.Clone(d.charset.declared), d.charset.guess
}

// split cuts a value of a VR at its backslashes, which may also be second bytes of characters (PS3.5 6.1.2.3).
func (c *charset) split(vr VR, b []byte) [][]byte {
	switch {
	case bytes.IndexByte(b, '\\') < 0:
		return [][]byte{b}
	case c == nil || c.form == formUTF8:
		return bytes.Split(b, backslash)
	case c.form == formGB18030:
		return splitGB(b)
	case bytes.IndexByte(b, escape) < 0:
		return bytes.Split(b, backslash)
	}
	return c.split2022(vr, b)
}

func splitGB(b []byte) [][]byte {
	var out [][]byte
	start := 0
	for i := 0; i < len(b); {
		if b[i] == '\\' {
			out = append(out, b[start:i])
			start = i + 1
		}
		i += max(1, gbLength(b[i:]))
	}
	return append(out, b[start:])
}

// gbLength gives the length of the GB18030 character at the start of b, 0 when there is none.
func gbLength(b []byte) int {
	switch {
	case len(b) == 0:
		return 0
	case b[0] < 0x80:
		return 1
	case b[0] == 0x80 || b[0] == 0xFF || len(b) < 2:
		return 0
	case b[1] >= 0x40 && b[1] != 0x7F && b[1] != 0xFF:
		return 2
	case b[1] >= 0x30 && b[1] <= 0x39 && len(b) >= 4 && b[2] >= 0x81 && b[2] <= 0xFE && b[3] >= 0x30 && b[3] <= 0x39:
		return 4
	}
	return 0
}

// decode turns one value of a VR into valid UTF-8; what cannot be read becomes U+FFFD.
func (c *charset) decode(vr VR, b []byte) string {
	if isASCII(b) {
		return string(b)
	}
	switch {
	case c == nil:
		return decodeWith(setASCII, b)
	case c.form == formUTF8:
		return strings.ToValidUTF8(string(b), "\uFFFD")
	case c.form == formGB18030:
		return transform(simplifiedchinese.GB18030, b)
	}
	return c.decode2022(vr, b)
}

func isASCII(b []byte) bool {
	for _, x := range b {
		if x >= 0x80 || x == escape {
			return false
		}
	}
	return true
}

func transform(e encoding.Encoding, b []byte) string {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// encode turns the text of a VR, several values with their backslashes, into bytes of the charset. It errs when a character is not in
// any of the declared sets.
func (c *charset) encode(vr VR, s string) ([]byte, error) {
	if isASCII([]byte(s)) {
		return []byte(s), nil
	}
	if !utf8.ValidString(s) {
		return nil, yilian.Errorf(yilian.Invalid, "dicom.text", "The text is not valid UTF-8.")
	}
	switch {
	case c == nil:
		return nil, errInexpressible("")
	case c.form == formUTF8:
		return []byte(s), nil
	case c.form == formGB18030:
		e := encoding.Encoding(simplifiedchinese.GB18030)
		if c.guess == "" && normalTerm(c.declared[0]) == "GBK" {
			e = simplifiedchinese.GBK
		}
		b, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			return nil, errInexpressible(c.String())
		}
		return b, nil
	}
	return c.encode2022(vr, s)
}

// String gives the terms in force.
func (c *charset) String() string {
	if c == nil {
		return ""
	}
	return cmp.Or(c.guess, strings.Join(c.declared, `\`))
}

func errInexpressible(term string) error {
	return yilian.Errorf(yilian.Invalid, codeInexpressible, "The text cannot be expressed in the character set %q.", term)
}

// isInexpressible tells whether an error means that another character set would do.
func isInexpressible(err error) bool {
	e, ok := errors.AsType[*yilian.Error](err)
	return ok && e.Code == codeInexpressible
}

const codeInexpressible = "dicom.charset"
