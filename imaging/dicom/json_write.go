package dicom

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSONOptions steer AppendJSON.
type JSONOptions struct {
	// BulkDataURI gives the URI of a value that is not written inline; path is as for Dataset.Lookup. When it is nil, or gives
	// "", such a value is left out.
	BulkDataURI func(path string, e *Element) string
	// MaxInline is the size in bytes up to which a binary value is written as InlineBinary; 0: with BulkDataURI none, without it
	// all that are in memory. Text in memory is always written.
	MaxInline int
	Include   func(Tag) bool // of the outermost level; nil: all
}

// AppendJSON appends the DICOM JSON model object of the data set (PS3.18 F.2): text in UTF-8, elements in ascending order, no
// group lengths, no group 0002. Specific Character Set is written as ISO_IR 192 when there is one.
func (d *Dataset) AppendJSON(dst []byte, o JSONOptions) []byte {
	w := jsonWriter{dst: dst, o: &o}
	w.dataset(d, true)
	return w.dst
}

type jsonWriter struct {
	dst  []byte
	path []byte
	o    *JSONOptions
}

// dataset recurses as deep as the data set is nested, which Options.MaxDepth bounds.
func (w *jsonWriter) dataset(d *Dataset, outermost bool) {
	w.dst = append(w.dst, '{')
	first := true
	for i := range d.Elements {
		e := &d.Elements[i]
		if e.Tag.Element() == 0 || e.Tag.Group() == 2 || outermost && w.o.Include != nil && !w.o.Include(e.Tag) {
			continue
		}
		if !first {
			w.dst = append(w.dst, ',')
		}
		first = false
		var tag [8]byte
		e.Tag.put(tag[:])
		w.dst = append(append(append(w.dst, '"'), tag[:]...), `":{"vr":"`...)
		w.dst = append(w.dst, byte(e.VR>>8), byte(e.VR), '"')
		kept := len(w.path)
		w.path = append(w.path, tag[:]...)
		w.value(d, e)
		w.path = w.path[:kept]
		w.dst = append(w.dst, '}')
	}
	w.dst = append(w.dst, '}')
}

func (w *jsonWriter) value(d *Dataset, e *Element) {
	switch {
	case e.VR == SQ:
		w.items(e.Items)
	case e.IsBulk():
		w.bulk(e)
	case len(e.Value) == 0:
	case e.VR.kind() == kindBytes:
		if len(e.Value) <= w.o.MaxInline || w.o.MaxInline == 0 && w.o.BulkDataURI == nil {
			w.inline(d, e)
			return
		}
		w.bulk(e)
	case e.Tag == SpecificCharacterSet:
		w.dst = append(w.dst, `,"Value":["ISO_IR 192"]`...)
	default:
		w.values(d, e)
	}
}

func (w *jsonWriter) bulk(e *Element) {
	if w.o.BulkDataURI == nil {
		return
	}
	if uri := w.o.BulkDataURI(string(w.path), e); uri != "" {
		w.dst = append(w.dst, `,"BulkDataURI":`...)
		w.text(uri)
	}
}

// inline writes a binary value in little endian (PS3.18 F.2.7).
func (w *jsonWriter) inline(d *Dataset, e *Element) {
	b := e.Value
	if n := e.VR.width(); d.bigEndian && n > 1 {
		b = append([]byte(nil), b...)
		swap(b, n)
	}
	w.dst = append(w.dst, `,"InlineBinary":"`...)
	w.dst = base64.StdEncoding.AppendEncode(w.dst, b)
	w.dst = append(w.dst, '"')
}

func (w *jsonWriter) items(items []*Dataset) {
	if len(items) == 0 {
		return
	}
	w.dst = append(w.dst, `,"Value":[`...)
	kept := len(w.path)
	for i, item := range items {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.path = append(strconv.AppendInt(append(w.path[:kept], '/'), int64(i), 10), '/')
		w.dataset(item, false)
	}
	w.path = w.path[:kept]
	w.dst = append(w.dst, ']')
}

func (w *jsonWriter) values(d *Dataset, e *Element) {
	values := d.ValuesOf(e)
	if !slices.ContainsFunc(values, func(v string) bool { return e.VR != PN && v != "" || strings.Trim(v, "^=") != "" }) {
		return
	}
	w.dst = append(w.dst, `,"Value":[`...)
	for i, v := range values {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.one(e.VR, v)
	}
	w.dst = append(w.dst, ']')
}

// one writes a single value: null when it is empty, a number for IS, DS and the binary VRs (a string where JSON has no such
// number, as PS3.18 F.2.4 allows), an object for PN.
func (w *jsonWriter) one(vr VR, v string) {
	switch {
	case v == "" && vr != PN:
		w.dst = append(w.dst, "null"...)
	case vr == PN:
		w.name(v)
	case vr == AT:
		w.text(v)
	case vr == IS || vr == DS || vr.kind() == kindNumber:
		w.number(vr, v)
	default:
		w.text(v)
	}
}

func (w *jsonWriter) number(vr VR, v string) {
	v = strings.TrimSpace(v)
	if vr == SV || vr == UV {
		if i, err := strconv.ParseInt(v, 10, 64); err != nil || i > 1<<53 || i < -1<<53 {
			w.text(v) // as a number it would be rounded by most readers (PS3.18 F.2.3 allows both)
			return
		}
	}
	if !isJSONNumber(v) {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			w.text(v)
			return
		}
		v = strconv.FormatFloat(f, 'g', -1, 64)
	}
	w.dst = append(w.dst, v...)
}

// isJSONNumber checks the grammar of RFC 8259 6.
func isJSONNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits := func() int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n
	}
	n := digits()
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	s = s[n:]
	if strings.HasPrefix(s, ".") {
		s = s[1:]
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = strings.TrimLeft(s[1:], "+-")
		n = digits()
		return n > 0 && n <= 2 && n == len(s) // larger ones are checked for being finite
	}
	return s == ""
}

// name writes a PN value (PS3.18 F.2.2): its component groups by name.
func (w *jsonWriter) name(v string) {
	p := ParsePersonName(v)
	if p == (PersonName{}) {
		w.dst = append(w.dst, "null"...)
		return
	}
	w.dst = append(w.dst, '{')
	first := true
	for _, g := range [...]struct{ key, value string }{{"Alphabetic", p.Alphabetic}, {"Ideographic", p.Ideographic}, {"Phonetic", p.Phonetic}} {
		if g.value == "" {
			continue
		}
		if !first {
			w.dst = append(w.dst, ',')
		}
		first = false
		w.dst = append(append(append(w.dst, '"'), g.key...), `":`...)
		w.text(g.value)
	}
	w.dst = append(w.dst, '}')
}

// text writes a JSON string. < and > are escaped as well, so that a careless page cannot be made to run a patient's name.
func (w *jsonWriter) text(s string) {
	w.dst = append(w.dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			w.dst = utf8.AppendRune(w.dst, r) // U+FFFD for what is no UTF-8
			i += n
			continue
		case c == '"' || c == '\\':
			w.dst = append(w.dst, '\\', c)
		case c < 0x20 || c == '<' || c == '>' || c == 0x7F:
			const digits = "0123456789abcdef"
			w.dst = append(w.dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xF])
		default:
			w.dst = append(w.dst, c)
		}
		i++
	}
	w.dst = append(w.dst, '"')
}

// Lookup resolves a path as JSONOptions.BulkDataURI gets it: "54000100/0/54001010" is Waveform Data in the first item of
// Waveform Sequence. It gives the element and the level it stands on, or nils.
func (d *Dataset) Lookup(path string) (*Element, *Dataset) {
	for d != nil {
		name, rest, more := strings.Cut(path, "/")
		t, err := ParseTag(name)
		if err != nil {
			return nil, nil
		}
		e := d.Get(t)
		if e == nil || !more {
			if e == nil {
				return nil, nil
			}
			return e, d
		}
		number, rest, ok := strings.Cut(rest, "/")
		i, err := strconv.Atoi(number)
		if !ok || err != nil || i < 0 || i >= len(e.Items) {
			return nil, nil
		}
		d, path = e.Items[i], rest
	}
	return nil, nil
}
