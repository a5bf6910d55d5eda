package dicom

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"yilian"
)

// New makes an empty data set for building, with a Specific Character Set: "" (ASCII), "ISO_IR 192", "GB18030",
// `\ISO 2022 IR 58`. One other than "" also becomes element (0008,0005).
func New(terms string) *Dataset {
	d := &Dataset{charset: newCharset(nil)}
	if terms != "" {
		d.charset = newCharset(strings.Split(terms, `\`))
		d.SetString(SpecificCharacterSet, d.charset.declared...)
	}
	return d
}

// NewItem makes an empty item with the character set of d.
func (d *Dataset) NewItem() *Dataset { return &Dataset{charset: d.charset, bigEndian: d.bigEndian} }

// Put sets an element as it is, in place of one with its tag. The bytes must be of the data set's byte order and character set.
func (d *Dataset) Put(e Element) {
	i, ok := d.search(e.Tag)
	if ok {
		d.Elements[i] = e
		return
	}
	d.Elements = slices.Insert(d.Elements, i, e)
}

// Delete removes an element if it is there.
func (d *Dataset) Delete(t Tag) {
	if i, ok := d.search(t); ok {
		d.Elements = slices.Delete(d.Elements, i, i+1)
	}
}

// SetString sets the values of an element whose VR (of the dictionary) is a text or string; none make it empty. Text that the
// character set cannot express is noted, and AppendDataset then fails.
func (d *Dataset) SetString(t Tag, values ...string) { d.SetText(t, t.VR(), values...) }

// SetText is SetString with a given VR, for private elements.
func (d *Dataset) SetText(t Tag, vr VR, values ...string) {
	if k := vr.kind(); k != kindString && k != kindText {
		d.note(yilian.Errorf(yilian.Invalid, "dicom.value", "The element %v of VR %v takes no text.", t, vr))
		return
	}
	joined := strings.Join(values, `\`)
	value := []byte(joined)
	if vr.IsText() {
		b, err := d.charset.encode(vr, joined)
		if err != nil {
			d.note(err)
		}
		value = b
	}
	if len(value) == 0 {
		value = nil
	}
	d.Put(Element{Tag: t, VR: vr, Value: value})
}

// SetInt sets whole numbers, binary or as text of IS or DS by the tag's VR.
func (d *Dataset) SetInt(t Tag, values ...int) { d.setInts(t, t.VR(), values) }

// SetSigned sets whole numbers of an element that the dictionary calls "US or SS", as SS.
func (d *Dataset) SetSigned(t Tag, values ...int) { d.setInts(t, SS, values) }

func (d *Dataset) setInts(t Tag, vr VR, values []int) {
	o := d.order()
	var b []byte
	for i, v := range values {
		switch vr {
		case US, SS, OW, UL, SL, OL, UV, SV, OV:
			b = appendWidth(o, b, uint64(v), vr.width())
		case IS, DS:
			if i > 0 {
				b = append(b, '\\')
			}
			b = strconv.AppendInt(b, int64(v), 10)
		default:
			d.note(yilian.Errorf(yilian.Invalid, "dicom.value", "The element %v of VR %v takes no whole numbers.", t, vr))
			return
		}
	}
	d.Put(Element{Tag: t, VR: vr, Value: b})
}

// SetFloat sets numbers: FL, FD, or DS with at most 16 characters (PS3.5 6.2).
func (d *Dataset) SetFloat(t Tag, values ...float64) {
	vr, o := t.VR(), d.order()
	var b []byte
	for i, v := range values {
		switch vr {
		case FL, OF:
			b = appendUint32(o, b, math.Float32bits(float32(v)))
		case FD, OD:
			b = appendUint64(o, b, math.Float64bits(v))
		case DS:
			if i > 0 {
				b = append(b, '\\')
			}
			b = append(b, FormatDS(v)...)
		default:
			d.note(yilian.Errorf(yilian.Invalid, "dicom.value", "The element %v of VR %v takes no numbers.", t, vr))
			return
		}
	}
	d.Put(Element{Tag: t, VR: vr, Value: b})
}

// FormatDS writes a number with at most 16 characters, as exact as they allow.
func FormatDS(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	for p := 15; len(s) > 16 && p > 0; p-- {
		s = strconv.FormatFloat(v, 'g', p, 64)
	}
	return s
}

// SetTags sets an AT element.
func (d *Dataset) SetTags(t Tag, values ...Tag) {
	var b []byte
	for _, v := range values {
		b = appendUint16(d.order(), appendUint16(d.order(), b, v.Group()), v.Element())
	}
	d.Put(Element{Tag: t, VR: AT, Value: b})
}

// SetBytes sets a raw value; it is padded to even length when written.
func (d *Dataset) SetBytes(t Tag, vr VR, value []byte) { d.Put(Element{Tag: t, VR: vr, Value: value}) }

// SetSequence sets the items of a sequence; build them with NewItem.
func (d *Dataset) SetSequence(t Tag, items ...*Dataset) { d.Put(Element{Tag: t, VR: SQ, Items: items}) }

// note keeps the first error of building for AppendDataset.
func (d *Dataset) note(err error) {
	if d.err == nil {
		d.err = err
	}
}

// padding makes a value even (PS3.5 6.2).
func (v VR) padding() byte {
	if v == UI || v == OB || v == UN {
		return 0
	}
	return ' '
}

func swap(b []byte, w int) {
	for ; len(b) >= w; b = b[w:] {
		slices.Reverse(b[:w])
	}
}

func appendUint16(o binary.ByteOrder, b []byte, v uint16) []byte {
	return o.(binary.AppendByteOrder).AppendUint16(b, v)
}

func appendUint32(o binary.ByteOrder, b []byte, v uint32) []byte {
	return o.(binary.AppendByteOrder).AppendUint32(b, v)
}

func appendUint64(o binary.ByteOrder, b []byte, v uint64) []byte {
	return o.(binary.AppendByteOrder).AppendUint64(b, v)
}

func appendWidth(o binary.ByteOrder, b []byte, v uint64, width int) []byte {
	switch width {
	case 2:
		return appendUint16(o, b, uint16(v))
	case 4:
		return appendUint32(o, b, uint32(v))
	}
	return appendUint64(o, b, v)
}
