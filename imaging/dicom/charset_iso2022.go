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

// isoState is what stands in G0 and G1 while a value is read or written (PS3.5 6.1.2.5.3).
type isoState struct {
	c          *charset
	g0, g1     *codeSet
	delimiters string // characters at which the first set comes back into force
}

// start begins a value. Backslash parts the values of all VRs but texts, ^ and = the components and groups of a name.
func (c *charset) start(vr VR) isoState {
	const lines = "\r\n\t\f"
	s := isoState{c: c, delimiters: lines + `\`}
	switch {
	case vr == PN:
		s.delimiters += "^="
	case vr.kind() == kindText:
		s.delimiters = lines
	}
	s.g0, s.g1 = c.initial()
	return s
}

// initial gives what the first set puts into G0 and G1.
func (c *charset) initial() (g0, g1 *codeSet) {
	if first := c.sets[0]; first.g0 != "" {
		return first, first
	}
	return setASCII, c.sets[0]
}

// reset happens at each delimiter. With a first set that has no G1 half, the last one designated stays there: senders that forget to
// designate it again would otherwise be unreadable, and nothing else could stand there.
func (s *isoState) reset() {
	g1 := s.g1
	s.g0, s.g1 = s.c.initial()
	if s.g1 == setASCII {
		s.g1 = g1
	}
}

func (s *isoState) delimits(b byte) bool { return strings.IndexByte(s.delimiters, b) >= 0 }

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
		if s.delimits(x) {
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
	if !set.double && s.delimits(b[0]) {
		s.reset()
		return 1, setASCII
	}
	return 1, set
}

func (c *charset) split2022(vr VR, b []byte) [][]byte {
	var out [][]byte
	state := c.start(vr)
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
func (c *charset) decode2022(vr VR, b []byte) string {
	var out strings.Builder
	state := c.start(vr)
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

// encode2022 writes text with the declared sets, designating each where it is first needed after a delimiter, and putting the first
// one back into force before each and at the end (PS3.5 6.1.2.5.3).
func (c *charset) encode2022(vr VR, s string) ([]byte, error) {
	var out []byte
	state := c.start(vr)
	for _, r := range s {
		if r < 0x80 {
			out = state.ascii(out, byte(r))
			continue
		}
		set, b := c.express(r)
		if set == nil {
			return nil, errInexpressible(c.String())
		}
		out = append(state.designate(out, set, b), b...)
	}
	return state.restore(out), nil
}

// ascii writes one character of ASCII. JIS X 0201, where it is the first set, has the same ones but for two.
func (s *isoState) ascii(out []byte, b byte) []byte {
	switch {
	case s.delimits(b):
		out = append(s.restore(out), b)
		s.g0, s.g1 = s.c.initial()
		return out
	case s.g0.double: // before a space, too: it is no part of the set, but readers trip over it
		out = s.back(out)
	}
	if (b == '~' || b == '\\') && s.g0.number == "13" {
		out = append(append(out, escape), setASCII.g0...)
		s.g0 = setASCII
	}
	return append(out, b)
}

// back puts the first set's G0 half in force.
func (s *isoState) back(out []byte) []byte {
	g0, _ := s.c.initial()
	if s.g0 != g0 {
		s.g0 = g0
		out = append(append(out, escape), g0.g0...)
	}
	return out
}

// restore puts the first set back in force, as far as it has anything for G1.
func (s *isoState) restore(out []byte) []byte {
	out = s.back(out)
	if _, g1 := s.c.initial(); s.g1 != g1 && g1.g1 != "" {
		s.g1 = g1
		out = append(append(out, escape), g1.g1...)
	}
	return out
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

// lacks tells what the table has beyond the standard of the set: readers may not have it.
func (s *codeSet) lacks(row, cell byte) bool {
	switch s.number {
	case "87": // JIS X 0208: rows 1 to 8 and 16 to 84
		return row > 0xA8 && row < 0xB0 || row > 0xF4
	case "58": // GB 2312: rows 1 to 9 and 16 to 87, without what GBK put into their gaps
		return row > 0xA9 && row < 0xB0 || row > 0xF7 ||
			row == 0xA2 && cell < 0xB1 || row == 0xA6 && cell >= 0xE0 && cell <= 0xF5 || row == 0xA8 && cell >= 0xBB && cell <= 0xC4
	}
	return false
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
		case s.double && (rest[0] < 0xA1 || rest[1] < 0xA1 || s.lacks(rest[0], rest[1])):
		case s.double && s.g0 != "":
			return s, []byte{rest[0] & 0x7F, rest[1] & 0x7F}
		case s.double:
			return s, rest
		}
	}
	return nil, nil
}
