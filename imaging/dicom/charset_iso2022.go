package dicom

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

const escape = 0x1B

// codeSet is a coded character set that ISO 2022 escape sequences designate (PS3.3 tables C.12-2 to C.12-4).
type codeSet struct {
	number  string // ISO registration number, as in the defined term
	g0      string // what follows ESC to put it into G0, "" if it never is
	g1      string // into G1
	double  bool   // two bytes a character
	g0ASCII bool   // its G0 half is plain ASCII
	table   encoding.Encoding
	prefix  string // what the table wants before each character
}

var setASCII = &codeSet{number: "6", g0: "(B", g0ASCII: true}

// codeSets is read only.
var codeSets = []*codeSet{
	setASCII,
	{number: "100", g1: "-A", g0ASCII: true, table: charmap.ISO8859_1},
	{number: "101", g1: "-B", g0ASCII: true, table: charmap.ISO8859_2},
	{number: "109", g1: "-C", g0ASCII: true, table: charmap.ISO8859_3},
	{number: "110", g1: "-D", g0ASCII: true, table: charmap.ISO8859_4},
	{number: "144", g1: "-L", g0ASCII: true, table: charmap.ISO8859_5},
	{number: "127", g1: "-G", g0ASCII: true, table: charmap.ISO8859_6},
	{number: "126", g1: "-F", g0ASCII: true, table: charmap.ISO8859_7},
	{number: "138", g1: "-H", g0ASCII: true, table: charmap.ISO8859_8},
	{number: "148", g1: "-M", g0ASCII: true, table: charmap.ISO8859_9},
	{number: "203", g1: "-b", g0ASCII: true, table: charmap.ISO8859_15},
	{number: "166", g1: "-T", g0ASCII: true, table: charmap.Windows874},
	{number: "13", g0: "(J", g1: ")I", table: japanese.ShiftJIS}, // JIS X 0201: romaji and half-width katakana
	{number: "87", g0: "$B", double: true, table: japanese.EUCJP},
	{number: "159", g0: "$(D", double: true, table: japanese.EUCJP, prefix: "\x8F"},
	{number: "149", g1: "$)C", double: true, table: korean.EUCKR},
	{number: "58", g1: "$)A", double: true, table: simplifiedchinese.GBK},
}

func codeSetOf(number string) *codeSet {
	for _, s := range codeSets {
		if s.number == number {
			return s
		}
	}
	return nil
}

// designated finds the set that the escape sequence at the start of b (without ESC) designates, and its length.
func designated(b []byte) (s *codeSet, g1 bool, n int) {
	for _, s := range codeSets {
		if s.g0 != "" && bytes.HasPrefix(b, []byte(s.g0)) {
			return s, false, len(s.g0)
		}
		if s.g1 != "" && bytes.HasPrefix(b, []byte(s.g1)) {
			return s, true, len(s.g1)
		}
	}
	return nil, false, 0
}

// isoState is what stands in G0 and G1 while a value is read (PS3.5 6.1.2.5.3).
type isoState struct {
	c      *charset
	g0, g1 *codeSet
}

func (c *charset) start() isoState {
	first := c.sets[0]
	s := isoState{c: c, g0: setASCII, g1: first}
	if first.g0 != "" {
		s.g0 = first
	}
	return s
}

// reset happens at each delimiter and line end. With a first set that has no G1 half, the last one designated stays there:
// senders that forget to designate it again would otherwise be unreadable, and nothing else could stand there.
func (s *isoState) reset() {
	g1 := s.g1
	*s = s.c.start()
	if s.g1 == setASCII {
		s.g1 = g1
	}
}

// next takes one character (or escape sequence, with set nil) off b.
func (s *isoState) next(b []byte) (n int, set *codeSet) {
	switch x := b[0]; {
	case x == escape:
		set, g1, n := designated(b[1:])
		switch {
		case set == nil:
		case g1:
			s.g1 = set
		default:
			s.g0 = set
		}
		return n + 1, nil
	case x < 0x21 || x == 0x7F:
		if x == '\r' || x == '\n' || x == '\t' || x == '\f' {
			s.reset()
		}
		return 1, setASCII
	case x < 0x80:
		set = s.g0
	default:
		set = s.g1
	}
	if set.double && len(b) >= 2 {
		return 2, set
	}
	if !set.double && (b[0] == '^' || b[0] == '=' || b[0] == '\\') {
		s.reset()
		return 1, setASCII
	}
	return 1, set
}

func (c *charset) split2022(b []byte) [][]byte {
	var out [][]byte
	state := c.start()
	start := 0
	for i := 0; i < len(b); {
		n, set := state.next(b[i:])
		if n == 1 && b[i] == '\\' && set != nil {
			out = append(out, b[start:i])
			start = i + 1
		}
		i += n
	}
	return append(out, b[start:])
}

// decode2022 reads a value; escape sequences are honoured whether (0008,0005) announced their sets or not.
func (c *charset) decode2022(b []byte) string {
	var out strings.Builder
	state := c.start()
	for i := 0; i < len(b); {
		n, set := state.next(b[i:])
		if set == nil {
			i += n
			continue
		}
		j := i + n
		if b[i] < 0x80 && !set.double && set.g0ASCII {
			out.WriteByte(b[i])
			i = j
			continue
		}
		out.WriteString(decodeWith(set, b[i:j]))
		i = j
	}
	return out.String()
}

// decodeWith reads one character of a set.
func decodeWith(s *codeSet, b []byte) string {
	switch {
	case s.number == "13" && len(b) == 1 && b[0] == '\\':
		return "¥"
	case s.number == "13" && len(b) == 1 && b[0] == '~':
		return "‾"
	case s.table == nil || s.double && len(b) < 2:
		return strings.ToValidUTF8(string(b), "\uFFFD")
	case !s.double:
		return transform(s.table, b)
	}
	return transform(s.table, append([]byte(s.prefix), b[0]|0x80, b[1]|0x80))
}

// encode2022 writes text with the declared sets, designating each where it is first needed after a delimiter (PS3.5 6.1.2.5.3).
func (c *charset) encode2022(s string) ([]byte, error) {
	var out []byte
	state := c.start()
	for _, r := range s {
		if r < 0x80 {
			if state.g0.double || state.g0 != c.start().g0 && state.g0 != setASCII {
				out = append(append(out, escape), "(B"...)
				state.g0 = setASCII
			}
			out = append(out, byte(r))
			if strings.ContainsRune("^=\\\r\n\t\f", r) {
				state = c.start()
			}
			continue
		}
		set, b := c.express(r)
		if set == nil {
			return nil, errInexpressible(strings.Join(c.declared, `\`))
		}
		out = append(state.designate(out, set, b), b...)
	}
	if state.g0.double {
		out = append(append(out, escape), "(B"...)
	}
	return out, nil
}

// designate writes the escape sequence that b of the set needs, if any.
func (s *isoState) designate(out []byte, set *codeSet, b []byte) []byte {
	switch {
	case b[0] < 0x80 && s.g0 != set:
		s.g0 = set
		return append(append(out, escape), set.g0...)
	case b[0] >= 0x80 && s.g1 != set:
		s.g1 = set
		return append(append(out, escape), set.g1...)
	}
	return out
}

// express finds the first declared set that has the character, and its bytes there.
func (c *charset) express(r rune) (*codeSet, []byte) {
	for _, s := range c.sets {
		if s.table == nil {
			continue
		}
		b, err := s.table.NewEncoder().Bytes([]byte(string(r)))
		if err != nil {
			continue
		}
		rest, ok := bytes.CutPrefix(b, []byte(s.prefix))
		switch {
		case !ok || s.double != (len(rest) == 2):
		case !s.double && rest[0] >= 0x80:
			return s, rest
		case s.double && (rest[0] < 0xA1 || rest[1] < 0xA1):
		case s.double && s.g0 != "":
			return s, []byte{rest[0] & 0x7F, rest[1] & 0x7F}
		case s.double:
			return s, rest
		}
	}
	return nil, nil
}
