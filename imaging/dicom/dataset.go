package dicom

import (
	"cmp"
	"slices"
)

// Dataset is one level of a data set: its elements in ascending order of tags. The zero value is an empty data set of the
// default character repertoire. It is not safe for writing from several goroutines.
type Dataset struct {
	Elements []Element

	bigEndian bool     // byte order of the raw values
	defined   bool     // an item that was read with a defined length, and is written so
	charset   *charset // of this level, inherited from the enclosing one when it has none of its own
	err       error    // what went wrong while building
}

// Element is one attribute. Exactly one of Value, Items and Bulk is in use.
type Element struct {
	Tag   Tag
	VR    VR
	form  form
	Value []byte     // as it stands in the stream, padding included
	Items []*Dataset // of an SQ
	Bulk  Bulk       // a value that was too large to keep
}

// form is how an element was written, where that is a choice, so that it is written so again.
type form uint8

const (
	formDefined form = 1 << iota // a sequence of defined length
	formUN                       // as UN, although its VR is known
)

// Bulk says where a value stands in the scanned stream. Length -1 means encapsulated pixel data of undefined length: see Layout.
type Bulk struct {
	Offset int64
	Length int64
	span   int64 // of encapsulated pixel data: the length without the sequence delimiter
}

// IsBulk tells whether the value was left in the stream.
func (e *Element) IsBulk() bool { return e.Bulk.Offset != 0 }

// Get finds an element of this level, or nil.
func (d *Dataset) Get(t Tag) *Element {
	i, ok := d.search(t)
	if !ok {
		return nil
	}
	return &d.Elements[i]
}

// Has tells whether this level has the element, empty or not.
func (d *Dataset) Has(t Tag) bool {
	_, ok := d.search(t)
	return ok
}

func (d *Dataset) search(t Tag) (int, bool) {
	if d == nil {
		return 0, false
	}
	return slices.BinarySearchFunc(d.Elements, t, func(e Element, t Tag) int { return cmp.Compare(e.Tag, t) })
}

// Sequence gives the items of a sequence, nil when it is absent or empty.
func (d *Dataset) Sequence(t Tag) []*Dataset {
	if e := d.Get(t); e != nil {
		return e.Items
	}
	return nil
}

// First follows sequences through their first items: d.First(RequestAttributesSequence) is the item or nil. All accessors
// accept a nil Dataset, so that chains need no checks.
func (d *Dataset) First(path ...Tag) *Dataset {
	for _, t := range path {
		items := d.Sequence(t)
		if len(items) == 0 {
			return nil
		}
		d = items[0]
	}
	return d
}
