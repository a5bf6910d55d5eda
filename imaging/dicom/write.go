package dicom

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"yilian"
)

// AppendDataset encodes a data set in a transfer syntax that is neither deflated nor encapsulated. It fails when a value was not
// expressible, is too long for its VR's length field, or was left in the stream (Bulk: see Write).
//
// What was read without a Warning is written byte for byte as it was: sequences and items with defined or undefined lengths, known
// attributes as UN. New sequences and items get undefined lengths: every reader knows them.
func AppendDataset(dst []byte, d *Dataset, ts TransferSyntax) ([]byte, error) {
	if ts.Deflated {
		return nil, yilian.Errorf(yilian.Invalid, "dicom.value", "A deflated data set is not written.")
	}
	e := encoder{dst: dst, implicit: ts.Implicit, big: ts.BigEndian}
	e.dataset(d)
	return e.dst, e.err
}

// BulkSource opens a value that was left in the stream, as Element.Bulk says where; encapsulated pixel data are read up to their sequence
// delimiter. What is a Closer is closed.
type BulkSource func(e *Element) (io.Reader, error)

// Write encodes a data set as AppendDataset does, in any transfer syntax, with the values of bulk in their places. Little more than
// 64 KiB are held. Bulk values must be of the byte order of ts, pixel data of its encapsulation.
func Write(w io.Writer, d *Dataset, ts TransferSyntax, bulk BulkSource) error {
	if !ts.Deflated {
		e := encoder{implicit: ts.Implicit, big: ts.BigEndian, w: w, bulk: bulk}
		e.dataset(d)
		return e.flush()
	}
	even := &counted{w: w}
	z, err := flate.NewWriter(even, flate.DefaultCompression)
	if err != nil {
		return err
	}
	ts.Deflated = false
	if err := Write(z, d, ts, bulk); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if even.n%2 != 0 { // PS3.5 A.5
		_, err = w.Write([]byte{0})
	}
	return err
}

// Write encodes an object as a Part 10 file, in the transfer syntax that it has.
func (o *Object) Write(w io.Writer, bulk BulkSource) error {
	e := encoder{w: w, bulk: bulk}
	if o.Preamble != nil {
		e.dst = append(append(e.dst, o.Preamble...), "DICM"...)
	}
	if o.Meta != nil {
		e.dataset(o.Meta)
	}
	if err := e.flush(); err != nil {
		return err
	}
	return Write(w, o.Dataset, o.Syntax, bulk)
}

type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// encoder writes elements (PS3.5 7).
type encoder struct {
	dst      []byte
	implicit bool
	big      bool
	err      error
	w        io.Writer // takes what is encoded so far; nil: all stays in dst
	bulk     BulkSource
}

const encoderBuffer = 64 << 10

func (e *encoder) order() binary.AppendByteOrder {
	if e.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// dataset recurses as deep as the data set is nested; what was scanned is bounded by Options.MaxDepth.
func (e *encoder) dataset(d *Dataset) {
	if d.err != nil && e.err == nil {
		e.err = d.err
	}
	for i := range d.Elements {
		if e.err != nil && e.w != nil {
			return
		}
		e.element(d, &d.Elements[i])
		if e.w != nil && len(e.dst) > encoderBuffer {
			_ = e.flush() // kept in e.err
		}
	}
}

func (e *encoder) flush() error {
	if e.err == nil && len(e.dst) > 0 {
		_, e.err = e.w.Write(e.dst)
		e.dst = e.dst[:0]
	}
	return e.err
}

func (e *encoder) element(d *Dataset, el *Element) {
	switch {
	case el.IsBulk():
		e.bulkValue(d, el)
		return
	case el.VR == SQ:
		e.sequence(el)
		return
	}
	n := len(el.Value) + len(el.Value)%2
	vr := e.written(d, el)
	if !e.implicit && !vr.long() && n > 0xFFFE || int64(n) >= undefinedLength {
		e.fail(el, fmt.Sprintf("its %d bytes are too many for its VR", len(el.Value)))
		return
	}
	e.header(el.Tag, vr, uint32(n))
	start := len(e.dst)
	e.dst = append(e.dst, el.Value...)
	if w := el.VR.width(); w > 1 && e.big != d.bigEndian {
		swap(e.dst[start:], w)
	}
	if len(el.Value)%2 != 0 {
		e.dst = append(e.dst, el.VR.padding())
	}
}

// written gives the VR to write. A value is written as UN again only in the byte order that it had.
func (e *encoder) written(d *Dataset, el *Element) VR {
	if el.form&formUN != 0 && e.big == d.bigEndian {
		return UN
	}
	return el.VR
}

func (e *encoder) sequence(el *Element) {
	vr, length := SQ, uint32(undefinedLength)
	outside := *e
	inside := encoder{implicit: e.implicit, big: e.big}
	if el.form&formUN != 0 && !e.implicit { // implicit VR little endian (PS3.5 6.2.2 note 4)
		vr, inside.implicit, inside.big = UN, true, false
	}
	if el.form&formDefined != 0 {
		length = inside.length(inside.items(el.Items))
	}
	e.header(el.Tag, vr, length)
	e.implicit, e.big = inside.implicit, inside.big
	for _, item := range el.Items {
		e.item(item)
	}
	e.implicit, e.big = outside.implicit, outside.big
	if length == undefinedLength {
		e.delimiter(sequenceDelimiter)
	}
}

// length gives the length field of n bytes: undefined when it cannot say them.
func (e *encoder) length(n int64) uint32 {
	if n >= undefinedLength {
		return undefinedLength
	}
	return uint32(n)
}

func (e *encoder) item(d *Dataset) {
	length := uint32(undefinedLength)
	if d.defined {
		length = e.length(e.size(d))
	}
	e.tag(itemTag)
	e.dst = e.order().AppendUint32(e.dst, length)
	e.dataset(d)
	if length == undefinedLength {
		e.delimiter(itemDelimiter)
	}
}

func (e *encoder) delimiter(t Tag) {
	e.tag(t)
	e.dst = e.order().AppendUint32(e.dst, 0)
}

// items gives the bytes that items take.
func (e *encoder) items(items []*Dataset) int64 {
	n := int64(0)
	for _, d := range items {
		n += 8 + e.size(d)
		if !d.defined {
			n += 8
		}
	}
	return n
}

// size gives the bytes that the elements of d take.
func (e *encoder) size(d *Dataset) int64 {
	n := int64(0)
	for i := range d.Elements {
		el := &d.Elements[i]
		vr := e.written(d, el)
		if el.VR == SQ {
			vr = SQ
		}
		n += 8
		if !e.implicit && vr.long() {
			n += 4
		}
		switch {
		case el.IsBulk() && el.Bulk.Length < 0:
			n += el.Bulk.span + 8
		case el.IsBulk():
			n += el.Bulk.Length + el.Bulk.Length%2
		case el.VR != SQ:
			n += int64(len(el.Value) + len(el.Value)%2)
		default:
			inside := encoder{implicit: e.implicit || el.form&formUN != 0, big: e.big && el.form&formUN == 0}
			n += inside.items(el.Items)
			if el.form&formDefined == 0 {
				n += 8
			}
		}
	}
	return n
}

// bulkValue copies a value from where it is.
func (e *encoder) bulkValue(d *Dataset, el *Element) {
	encapsulated := el.Bulk.Length < 0
	switch {
	case e.bulk == nil:
		e.fail(el, "its value was left in the stream")
		return
	case e.big != d.bigEndian && el.VR.width() > 1 && !encapsulated, encapsulated && e.implicit:
		e.fail(el, "its value is not of this transfer syntax")
		return
	}
	n := el.Bulk.Length
	length := e.length(n + n%2)
	if encapsulated {
		n, length = el.Bulk.span, undefinedLength
	}
	vr := e.written(d, el)
	if !e.implicit && !vr.long() && length > 0xFFFE {
		e.fail(el, fmt.Sprintf("its %d bytes are too many for its VR", n))
		return
	}
	e.header(el.Tag, vr, length)
	if e.flush() != nil {
		return
	}
	r, err := e.bulk(el)
	if err != nil {
		e.err = err
		return
	}
	if c, ok := r.(io.Closer); ok {
		defer func() { _ = c.Close() }()
	}
	if _, e.err = io.CopyN(e.w, r, n); e.err != nil {
		if errors.Is(e.err, io.EOF) {
			e.err = io.ErrUnexpectedEOF
		}
		return
	}
	switch {
	case encapsulated:
		e.delimiter(sequenceDelimiter)
	case n%2 != 0:
		e.dst = append(e.dst, el.VR.padding())
	}
}

func (e *encoder) fail(el *Element, text string) {
	if e.err == nil {
		e.err = &SyntaxError{Reason: ReasonValue, Offset: int64(len(e.dst)), Tag: el.Tag, Text: text}
	}
}

func (e *encoder) tag(t Tag) {
	e.dst = e.order().AppendUint16(e.order().AppendUint16(e.dst, t.Group()), t.Element())
}

func (e *encoder) header(t Tag, vr VR, length uint32) {
	e.tag(t)
	if !e.implicit {
		e.dst = append(e.dst, byte(vr>>8), byte(vr))
		if !vr.long() {
			e.dst = e.order().AppendUint16(e.dst, uint16(length))
			return
		}
		e.dst = append(e.dst, 0, 0)
	}
	e.dst = e.order().AppendUint32(e.dst, length)
}
