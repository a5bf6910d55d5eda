package dicom

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

const xmlNamespace = "http://dicom.nema.org/PS3.19/models/NativeDICOM"

// XMLOptions steer WriteXML; the fields mean what they mean for JSON, and a path leads to the same element.
type XMLOptions = JSONOptions

// WriteXML writes the Native DICOM Model of the data set (PS3.19 A.1): one document, text in UTF-8, no group lengths, no group 0002,
// private elements by the name of their creator. What XML cannot hold of a text (control characters) becomes U+FFFD. Specific
// Character Set is written as ISO_IR 192 when there is one. No more than some 64 KiB and the largest value are held.
func (d *Dataset) WriteXML(w io.Writer, o XMLOptions) error {
	x := xmlWriter{w: w, o: &o}
	x.raw(xml.Header)
	x.raw(`<NativeDicomModel xmlns="` + xmlNamespace + `" xml:space="preserve">`)
	x.dataset(d, true)
	x.raw("</NativeDicomModel>\n")
	x.flush()
	return x.err
}

type xmlWriter struct {
	w    io.Writer
	b    bytes.Buffer
	path []byte
	o    *XMLOptions
	err  error
}

func (x *xmlWriter) raw(s string) { x.b.WriteString(s) }

// text escapes; writing to memory does not fail.
func (x *xmlWriter) text(s string) { _ = xml.EscapeText(&x.b, []byte(s)) }

func (x *xmlWriter) attribute(name, value string) {
	x.raw(" " + name + `="`)
	x.text(value)
	x.raw(`"`)
}

func (x *xmlWriter) flush() {
	if x.err == nil {
		_, x.err = x.w.Write(x.b.Bytes())
	}
	x.b.Reset()
}

// dataset recurses as deep as the data set is nested, which Options.MaxDepth bounds.
func (x *xmlWriter) dataset(d *Dataset, outermost bool) {
	for i := range d.Elements {
		e := &d.Elements[i]
		if x.err != nil || e.Tag.Element() == 0 || e.Tag.Group() == 2 || outermost && x.o.Include != nil && !x.o.Include(e.Tag) {
			continue
		}
		tag, creator := e.Tag, d.creator(e.Tag)
		if creator != "" {
			tag &^= 0xFF00
		}
		x.raw("<DicomAttribute")
		x.attribute("tag", tag.String())
		x.attribute("vr", e.VR.String())
		if k := e.Tag.Keyword(); k != "" {
			x.attribute("keyword", k)
		}
		if creator != "" {
			x.attribute("privateCreator", creator)
		}
		x.raw(">")
		kept := len(x.path)
		x.path = append(x.path, e.Tag.String()...)
		x.value(d, e)
		x.path = x.path[:kept]
		x.raw("</DicomAttribute>")
		if x.b.Len() > encoderBuffer {
			x.flush()
		}
	}
}

// creator gives the name under which the block of a private element is reserved (PS3.5 7.8.1), "" when it is not.
func (d *Dataset) creator(t Tag) string {
	if !t.IsPrivate() || t.Element() < 0x1000 {
		return ""
	}
	return d.String(NewTag(t.Group(), t.Element()>>8))
}

func (x *xmlWriter) value(d *Dataset, e *Element) {
	switch {
	case e.VR == SQ:
		x.items(e.Items)
	case e.IsBulk():
		x.bulk(e)
	case len(e.Value) == 0:
	case e.VR.kind() == kindBytes:
		if len(e.Value) <= x.o.MaxInline || x.o.MaxInline == 0 && x.o.BulkDataURI == nil {
			x.raw("<InlineBinary>")
			x.raw(base64.StdEncoding.EncodeToString(littleEndian(e.Value, e.VR, d.bigEndian)))
			x.raw("</InlineBinary>")
			return
		}
		x.bulk(e)
	case e.Tag == SpecificCharacterSet:
		x.raw(`<Value number="1">ISO_IR 192</Value>`)
	default:
		x.values(e.VR, d.ValuesOf(e))
	}
}

func (x *xmlWriter) bulk(e *Element) {
	if x.o.BulkDataURI == nil {
		return
	}
	if uri := x.o.BulkDataURI(string(x.path), e); uri != "" {
		x.raw("<BulkData")
		x.attribute("uri", uri)
		x.raw("/>")
	}
}

func (x *xmlWriter) items(items []*Dataset) {
	kept := len(x.path)
	for i, item := range items {
		x.raw(`<Item number="` + strconv.Itoa(i+1) + `">`)
		x.path = append(strconv.AppendInt(append(x.path[:kept], '/'), int64(i), 10), '/')
		x.dataset(item, false)
		x.path = x.path[:kept]
		x.raw("</Item>")
	}
}

func (x *xmlWriter) values(vr VR, values []string) {
	for i, v := range values {
		number := strconv.Itoa(i + 1)
		if vr == PN {
			x.raw(`<PersonName number="` + number + `">`)
			x.name(ParsePersonName(v))
			x.raw("</PersonName>")
			continue
		}
		x.raw(`<Value number="` + number + `">`)
		x.text(v)
		x.raw("</Value>")
	}
}

// nameParts are the components of each group of a PN, in their order (PS3.19 A.1.5).
var nameParts = [...]string{"FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"}

func (x *xmlWriter) name(p PersonName) {
	for _, g := range [...]struct{ key, value string }{{"Alphabetic", p.Alphabetic}, {"Ideographic", p.Ideographic}, {"Phonetic", p.Phonetic}} {
		if g.value == "" {
			continue
		}
		x.raw("<" + g.key + ">")
		for i, part := range strings.SplitN(g.value, "^", len(nameParts)) {
			if part != "" {
				x.raw("<" + nameParts[i] + ">")
				x.text(part)
				x.raw("</" + nameParts[i] + ">")
			}
		}
		x.raw("</" + g.key + ">")
	}
}
