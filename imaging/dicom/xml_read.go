package dicom

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"yilian"
)

// ParseXML reads one document of the Native DICOM Model (PS3.19 A.1) as a little endian data set in UTF-8, as ParseJSON does.
// Values behind a BulkData element come from bulk, which gets its uri, or "uuid:" and its uuid; with nil they are refused. A document
// type declaration is refused, so that there are no entities to expand. The caller bounds the length of r.
func ParseXML(r io.Reader, bulk BulkFunc) (*Dataset, error) {
	in := &errReader{r: r}
	p := xmlReader{in: in, dec: xml.NewDecoder(in), bulk: bulk}
	d := New("ISO_IR 192")
	root, err := p.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errXML("it is empty")
	case err != nil:
		return nil, err
	case root == nil || root.Name.Local != "NativeDicomModel":
		return nil, errXML("a NativeDicomModel must stand here")
	}
	if err := p.dataset(d, 0); err != nil {
		return nil, err
	}
	if _, err := p.next(); !errors.Is(err, io.EOF) {
		return nil, errXML("something stands behind the model")
	}
	return d, d.err
}

func errXML(format string, args ...any) error {
	return yilian.Errorf(yilian.Invalid, "dicom.xml", "The DICOM XML cannot be read: "+format+".", args...)
}

// errReader keeps the error that ended reading, to tell it from what the decoder finds.
type errReader struct {
	r   io.Reader
	err error
}

func (e *errReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}

type xmlReader struct {
	in   *errReader
	dec  *xml.Decoder
	bulk BulkFunc
}

// next gives the next start tag within the element at hand, or nil at its end. Only blanks may come before it.
func (p *xmlReader) next() (*xml.StartElement, error) {
	for {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return nil, errXML("text stands where none may")
			}
		}
	}
}

func (p *xmlReader) token() (xml.Token, error) {
	token, err := p.dec.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil, err
	case err != nil && p.in.err != nil:
		return nil, p.in.err
	case err != nil:
		line, _ := p.dec.InputPos()
		return nil, errXML("line %d is not XML in UTF-8", line)
	}
	if _, ok := token.(xml.Directive); ok {
		return nil, errXML("it has a document type")
	}
	return token, nil
}

// text gives the character data of the element at hand, which has nothing else.
func (p *xmlReader) text() (string, error) {
	var out strings.Builder
	for {
		token, err := p.token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			out.Write(t)
		case xml.EndElement:
			return out.String(), nil
		case xml.StartElement:
			return "", errXML("%.30q stands within a value", t.Name.Local)
		}
	}
}

// dataset reads DicomAttributes up to the end of the element at hand. It recurses no deeper than maxJSONDepth.
func (p *xmlReader) dataset(d *Dataset, depth int) error {
	if depth > maxJSONDepth {
		return errXML("sequences are nested deeper than %d", maxJSONDepth)
	}
	for {
		start, err := p.next()
		if start == nil || err != nil {
			return err
		}
		if start.Name.Local != "DicomAttribute" {
			return errXML("%.30q stands where a DicomAttribute must", start.Name.Local)
		}
		if err := p.attribute(d, start, depth); err != nil {
			return err
		}
	}
}

// attribute reads one element.
func (p *xmlReader) attribute(d *Dataset, start *xml.StartElement, depth int) error {
	tag, err := strconv.ParseUint(of(start, "tag"), 16, 32)
	if err != nil || len(of(start, "tag")) != 8 {
		return errXML("%.20q is no tag", of(start, "tag"))
	}
	t, err := d.reserve(Tag(tag), of(start, "privateCreator"))
	if err != nil {
		return err
	}
	vr := t.VR()
	if name := of(start, "vr"); len(name) == 2 {
		vr = VR(name[0])<<8 | VR(name[1])
	}
	if !vr.Known() {
		return errXML("%v has the unknown VR %.4q", t, of(start, "vr"))
	}
	v := xmlValue{xmlReader: p, tag: t, vr: vr, depth: depth}
	if err := v.read(d); err != nil {
		return err
	}
	if d.Has(t) && !(t == SpecificCharacterSet && depth == 0) && !t.IsCreator() {
		return errXML("%v stands twice on one level", t)
	}
	return v.put(d)
}

// of gives an attribute of a start tag.
func of(start *xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// reserve finds the block of a private element that is named by its creator, or takes a free one (PS3.5 7.8.1).
func (d *Dataset) reserve(t Tag, creator string) (Tag, error) {
	if creator == "" || !t.IsPrivate() {
		return t, nil
	}
	block := t.Element() >> 8
	for b := uint16(0x10); b <= 0xFF && block == 0; b++ {
		if own := d.String(NewTag(t.Group(), b)); own == creator {
			block = b
		}
	}
	for b := uint16(0x10); b <= 0xFF && block == 0; b++ {
		if !d.Has(NewTag(t.Group(), b)) {
			block = b
		}
	}
	if block < 0x10 {
		return 0, errXML("there is no block for the private elements of %.64q", creator)
	}
	if at := NewTag(t.Group(), block); !d.Has(at) {
		d.SetText(at, LO, creator)
	}
	return NewTag(t.Group(), block<<8|t.Element()&0xFF), nil
}

// xmlValue collects what stands within one DicomAttribute.
type xmlValue struct {
	*xmlReader
	tag    Tag
	vr     VR
	depth  int
	texts  []string
	items  []*Dataset
	bytes  []byte
	binary bool
}

func (v *xmlValue) read(d *Dataset) error {
	for {
		start, err := v.next()
		if start == nil || err != nil {
			return err
		}
		if v.binary {
			return errXML("%v has more than one value", v.tag)
		}
		if err := v.part(d, start); err != nil {
			return err
		}
	}
}

func (v *xmlValue) part(d *Dataset, start *xml.StartElement) error {
	switch name := start.Name.Local; {
	case name == "Item" && v.vr == SQ:
		n, err := v.number(start, len(v.items))
		if err != nil {
			return err
		}
		for len(v.items) < n {
			v.items = append(v.items, d.NewItem())
		}
		return v.dataset(v.items[n-1], v.depth+1)
	case name == "Value" && v.vr != SQ && v.vr != PN:
		s, err := v.text()
		if err != nil {
			return err
		}
		return v.add(start, s)
	case name == "PersonName" && v.vr == PN:
		s, err := v.name()
		if err != nil {
			return err
		}
		return v.add(start, s)
	case name == "InlineBinary" && v.vr != SQ:
		s, err := v.text()
		if err != nil {
			return err
		}
		v.binary = true
		if v.bytes, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), "")); err != nil {
			return errXML("the InlineBinary of %v is not base64", v.tag)
		}
		return nil
	case name == "BulkData" && v.vr != SQ:
		return v.fetch(start)
	default:
		return errXML("%.30q stands in %v of VR %v", name, v.tag, v.vr)
	}
}

func (v *xmlValue) fetch(start *xml.StartElement) error {
	if _, err := v.text(); err != nil {
		return err
	}
	uri := of(start, "uri")
	if uri == "" {
		uri = "uuid:" + of(start, "uuid")
	}
	if v.bulk == nil {
		return errXML("the bulk data of %v did not come with it", v.tag)
	}
	b, err := v.bulk(v.tag, v.vr, uri)
	v.bytes, v.binary = b, true
	return err
}

// maxGap is how many values or items may be left out before the next one.
const maxGap = 16

// number gives the position that a start tag names; those before it that are missing are empty.
func (v *xmlValue) number(start *xml.StartElement, have int) (int, error) {
	n, err := strconv.Atoi(of(start, "number"))
	if err != nil || n <= have || n > have+maxGap {
		return 0, errXML("%.20q is not the number of the next value of %v", of(start, "number"), v.tag)
	}
	return n, nil
}

func (v *xmlValue) add(start *xml.StartElement, s string) error {
	n, err := v.number(start, len(v.texts))
	if err != nil {
		return err
	}
	for len(v.texts) < n-1 {
		v.texts = append(v.texts, "")
	}
	v.texts = append(v.texts, s)
	return nil
}

// name reads the groups and components of a PersonName.
func (v *xmlValue) name() (string, error) {
	var p PersonName
	for {
		start, err := v.next()
		if err != nil {
			return "", err
		}
		if start == nil {
			return p.String(), nil
		}
		group := map[string]*string{"Alphabetic": &p.Alphabetic, "Ideographic": &p.Ideographic, "Phonetic": &p.Phonetic}[start.Name.Local]
		if group == nil {
			return "", errXML("%.30q stands in a PersonName", start.Name.Local)
		}
		if *group, err = v.components(); err != nil {
			return "", err
		}
	}
}

func (v *xmlValue) components() (string, error) {
	var parts [len(nameParts)]string
	for {
		start, err := v.next()
		if err != nil {
			return "", err
		}
		if start == nil {
			return strings.TrimRight(strings.Join(parts[:], "^"), "^"), nil
		}
		known := false
		for i, name := range nameParts {
			if name == start.Name.Local {
				known = true
				if parts[i], err = v.text(); err != nil {
					return "", err
				}
			}
		}
		if !known {
			return "", errXML("%.30q stands in a PersonName", start.Name.Local)
		}
	}
}

// put sets the element.
func (v *xmlValue) put(d *Dataset) error {
	switch {
	case v.tag == SpecificCharacterSet && v.depth == 0 || v.tag.Element() == 0:
		return nil // the text is UTF-8 now, and lengths are no longer true
	case v.binary:
		d.SetBytes(v.tag, v.vr, v.bytes)
	case v.vr == SQ:
		d.SetSequence(v.tag, v.items...)
	default:
		if err := d.setTexts(v.tag, v.vr, v.texts); err != nil {
			return errXML("a value of %v is not of VR %v", v.tag, v.vr)
		}
	}
	return d.err
}
