package dicom

import (
	"strings"
)

// EncodeText encodes text for an element of a VR in a character set (terms as for New), values parted by backslashes. The error, of kind
// Invalid and code dicom.charset, means that the set lacks a character.
func EncodeText(terms string, vr VR, text string) ([]byte, error) {
	return newCharset(strings.Split(terms, `\`)).encode(vr, text)
}

// DecodeText decodes one value of a VR by a character set; what cannot be read becomes U+FFFD.
func DecodeText(terms string, vr VR, value []byte) string {
	return newCharset(strings.Split(terms, `\`)).decode(vr, value)
}

// Transcode makes a copy whose text, on all levels, is encoded in another character set (the terms as for New). It errs
// when text cannot be expressed in it. Other values are shared with d.
func (d *Dataset) Transcode(terms string) (*Dataset, error) {
	out, err := d.transcode(terms, encodeStrict)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// TranscodeFor makes a copy for a reader of the given character sets (the terms as for New), the best first: in the first one that expresses
// all text, and none lost; or else in the first one, with a question mark for each character that it lacks. A component group of
// a PN that lacks a character is left out when another group is whole, for half a name is a wrong one. lost counts the characters.
func (d *Dataset) TranscodeFor(terms ...string) (out *Dataset, lost int) {
	for _, t := range terms {
		if out, err := d.Transcode(t); err == nil {
			return out, 0
		}
	}
	if len(terms) == 0 {
		terms = []string{""}
	}
	out, _ = d.transcode(terms[0], func(c *charset, vr VR, values []string) ([]byte, error) {
		b, n := c.encodeLossy(vr, values)
		lost += n
		return b, nil
	})
	return out, lost
}

// transcode errs only as encode does.
func (d *Dataset) transcode(terms string, encode encodeFunc) (*Dataset, error) {
	out := New(terms)
	if err := d.transcodeInto(out, encode); err != nil {
		return nil, err
	}
	if terms == "" {
		out.Delete(SpecificCharacterSet)
	}
	return out, nil
}

// encodeFunc encodes the values of a text.
type encodeFunc func(c *charset, vr VR, values []string) ([]byte, error)

func encodeStrict(c *charset, vr VR, values []string) ([]byte, error) {
	return c.encode(vr, strings.Join(values, `\`))
}

// transcodeInto recurses no deeper than the scan that made d went (Options.MaxDepth).
func (d *Dataset) transcodeInto(out *Dataset, encode encodeFunc) error {
	out.bigEndian, out.defined = d.bigEndian, d.defined
	own := out.Get(SpecificCharacterSet)
	out.Elements = make([]Element, 0, len(d.Elements)+1)
	if own != nil {
		out.Elements = append(out.Elements, *own)
	}
	for i := range d.Elements {
		e := d.Elements[i]
		switch {
		case e.Tag == SpecificCharacterSet:
			continue
		case e.VR.IsText() && !isASCII(e.Value):
			b, err := encode(out.charset, e.VR, d.ValuesOf(&e))
			if err != nil {
				return err
			}
			e.Value = b
		case e.VR == SQ:
			items := make([]*Dataset, len(e.Items))
			for k, item := range e.Items {
				items[k] = out.NewItem()
				if err := item.transcodeInto(items[k], encode); err != nil {
					return err
				}
			}
			e.Items = items
		}
		out.Put(e)
	}
	return nil
}

// encodeLossy encodes what can be and tells how many characters could not.
func (c *charset) encodeLossy(vr VR, values []string) ([]byte, int) {
	lost := 0
	for i, v := range values {
		if vr == PN {
			values[i] = c.wholeGroups(v, &lost)
		} else {
			values[i] = c.marked(vr, v, &lost)
		}
	}
	b, err := c.encode(vr, strings.Join(values, `\`))
	if err != nil { // every character has been tried
		return nil, lost
	}
	return b, lost
}

// marked puts a question mark for each character that the set lacks.
func (c *charset) marked(vr VR, s string, lost *int) string {
	return strings.Map(func(r rune) rune {
		if _, err := c.encode(vr, string(r)); err != nil {
			*lost++
			return '?'
		}
		return r
	}, s)
}

// wholeGroups leaves out the component groups of a name that the set cannot express, if it can express another.
func (c *charset) wholeGroups(s string, lost *int) string {
	groups := strings.Split(s, "=")
	marked := make([]string, len(groups))
	whole := false
	for i, g := range groups {
		n := 0
		marked[i] = c.marked(PN, g, &n)
		if n > 0 {
			groups[i] = ""
		}
		whole = whole || n == 0 && strings.Trim(g, "^ ") != ""
		*lost += n
	}
	if !whole {
		groups = marked
	}
	return strings.TrimRight(strings.Join(groups, "="), "=")
}

// CharacterSets gives the defined terms of PS3.3 C.12.1.1.2 that are read and written, without code extensions and with them.
func CharacterSets() []string {
	var out []string
	for _, s := range codeSets {
		if !s.double && s != setASCII {
			out = append(out, "ISO_IR "+s.number)
		}
	}
	out = append(out, "ISO_IR 192", "GB18030", "GBK")
	for _, s := range codeSets {
		out = append(out, "ISO 2022 IR "+s.number)
	}
	return out
}
