package dicom

import (
	"encoding/binary"
	"math"
	"slices"
)

func isPixelData(t Tag) bool {
	return t == PixelData || t == FloatPixelData || t == DoubleFloatPixelData
}

// element takes the value of the element whose header has been read.
func (s *scanner) element(top *level) error {
	if err := s.ascend(top); err != nil {
		return err
	}
	end, err := s.end(top)
	if err != nil {
		return err
	}
	outermost := len(s.stack) == 1
	written := s.vr
	s.form = 0
	switch {
	case s.vr == UN && !top.implicit:
		s.vr, err = s.lookBehindUN(top)
		if err != nil {
			return err
		}
		if s.vr != UN {
			s.form = formUN
		}
		if s.vr == SQ {
			return s.openSequence(top, end, true, written)
		}
	case s.vr == UN && s.length == undefinedLength:
		s.vr = SQ // nothing else may have it (PS3.5 7.1.3)
	}
	if s.vr == SQ {
		return s.openSequence(top, end, top.implicit, written)
	}
	if s.src.tape != nil {
		if err := s.fits(); err != nil {
			return err
		}
		token := s.record(top, s.tag, written)
		defer func() { s.src.tape.finish(token, s.src.pos, s.src.pos) }()
	}
	switch {
	case s.length == undefinedLength && s.tag == PixelData:
		return s.fragments(top, outermost)
	case s.length == undefinedLength:
		return s.fail(ReasonLength, "its length is undefined, which only sequences and encapsulated pixel data may have")
	case s.length > uint32(min(s.o.MaxValue, math.MaxUint32)) || outermost && isPixelData(s.tag):
		return s.bulk(top, outermost)
	}
	return s.small(top)
}

// ascend checks the order of tags (PS3.5 7.1): another order is mended, a repeated tag refused, since one reader would take its
// first value and another the last.
func (s *scanner) ascend(top *level) error {
	switch {
	case s.tag > top.last || top.last == 0:
		top.last = s.tag
	case s.tag == top.last:
		return s.fail(ReasonDuplicate, "the element stands twice on one level")
	case !top.unsorted:
		top.unsorted = true
		s.warn("the elements are not in ascending order")
	}
	return nil
}

// lookBehindUN finds the true VR of an element written as UN: a sequence if its length is undefined (PS3.5 6.2.2 note 4: in
// implicit VR little endian) or if the dictionary says so and an item stands there; else what the dictionary says.
func (s *scanner) lookBehindUN(top *level) (VR, error) {
	if s.length == undefinedLength {
		if s.tag == PixelData {
			return OB, nil
		}
		return SQ, nil
	}
	vr := s.dictionaryVR()
	if vr == SQ && s.length >= 8 {
		b, err := s.src.peek(4)
		if err != nil {
			return UN, s.src.ended()
		}
		if NewTag(binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])) != itemTag {
			return UN, nil
		}
		return SQ, nil
	}
	if vr == SQ && s.length > 0 || top.set.bigEndian && vr.width() > 1 {
		return UN, nil
	}
	return vr, nil
}

func (s *scanner) add(top *level, e Element) { top.set.Elements = append(top.set.Elements, e) }

func (s *scanner) openSequence(top *level, end int64, implicit bool, written VR) error {
	if s.depth++; s.depth > s.o.MaxDepth {
		return s.fail(ReasonDepth, "sequences are nested deeper than %d", s.o.MaxDepth)
	}
	e := Element{Tag: s.tag, VR: SQ, form: s.form}
	if s.length != undefinedLength {
		e.form |= formDefined
	}
	s.add(top, e)
	l := level{end: end, set: top.set, element: len(top.set.Elements) - 1, sequence: true, implicit: implicit, order: top.order, token: -1}
	if implicit {
		l.order = binary.LittleEndian
	}
	if s.src.tape != nil {
		l.token = s.record(top, s.tag, written)
	}
	s.stack = append(s.stack, l)
	return nil
}

// small keeps a value.
func (s *scanner) small(top *level) error {
	if s.length%2 != 0 {
		s.warn("the value has an odd length")
	}
	value, err := s.value(int(s.length))
	if err != nil {
		return err
	}
	s.add(top, Element{Tag: s.tag, VR: s.vr, form: s.form, Value: value})
	switch {
	case s.tag == SpecificCharacterSet && len(value) > 0:
		c := newCharset(top.set.ValuesOf(&top.set.Elements[len(top.set.Elements)-1]))
		top.set.charset = c
		s.charsets = append(s.charsets, c)
	case s.tag == PixelRepresentation && len(value) >= 2:
		s.signed = s.order.Uint16(value) == 1
	case s.vr.IsText():
		top.set.charset.sample(value)
	}
	return nil
}

const (
	firstChunk = 4 << 10
	maxChunk   = 64 << 10
	largeValue = 1 << 20
)

// large reads a value in steps, each no longer than what has come so far.
func (s *scanner) large(n int) ([]byte, error) {
	b := make([]byte, 0, largeValue)
	for len(b) < n {
		start := len(b)
		b = slices.Grow(b, min(n-start, max(start, largeValue)))
		b = b[:min(cap(b), n)]
		if err := s.src.read(b[start:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// value reads n bytes into memory that grows with what is really there, never with what is announced.
func (s *scanner) value(n int) ([]byte, error) {
	switch {
	case n == 0:
		return nil, nil
	case s.src.whole:
		return s.src.alias(n)
	}
	if s.kept += int64(n); s.kept > s.o.MaxHeader {
		return nil, s.fail(ReasonHeader, "the header has more than %d bytes", s.o.MaxHeader)
	}
	if n > largeValue {
		return s.large(n)
	}
	if cap(s.arena)-len(s.arena) < n {
		s.arena = make([]byte, 0, max(n, min(max(firstChunk, 2*cap(s.arena)), maxChunk)))
	}
	start := len(s.arena)
	s.arena = s.arena[:start+n]
	b := s.arena[start : start+n : start+n]
	return b, s.src.read(b)
}

// bulk passes over a value that is not kept.
func (s *scanner) bulk(top *level, outermost bool) error {
	if s.length%2 != 0 {
		s.warn("the value has an odd length")
	}
	offset := s.src.pos + s.o.Base
	if outermost && isPixelData(s.tag) {
		s.obj.Layout = Layout{Tag: s.tag, VR: s.vr, Offset: offset, Length: int64(s.length)}
	}
	s.add(top, Element{Tag: s.tag, VR: s.vr, form: s.form, Bulk: Bulk{Offset: offset, Length: int64(s.length)}})
	return s.src.skip(int64(s.length))
}

// fragments passes over encapsulated pixel data (PS3.5 A.4) and, on the outermost level, notes where each fragment stands.
func (s *scanner) fragments(top *level, outermost bool) error {
	l := Layout{Tag: s.tag, VR: s.vr, Encapsulated: true, Offset: s.src.pos + s.o.Base}
	s.add(top, Element{Tag: s.tag, VR: s.vr, form: s.form, Bulk: Bulk{Offset: l.Offset, Length: -1}})
	bulk := &top.set.Elements[len(top.set.Elements)-1].Bulk
	pixelData := s.tag
	for n := 0; ; n++ {
		s.at, s.tag = s.src.pos, pixelData
		b, err := s.src.peek(8)
		if err != nil {
			return s.src.ended()
		}
		tag := NewTag(s.order.Uint16(b), s.order.Uint16(b[2:]))
		s.length = s.order.Uint32(b[4:])
		s.src.advance(8)
		switch {
		case tag == sequenceDelimiter:
			if s.length != 0 {
				s.warn("a delimiter has a length")
			}
			bulk.span = s.at + s.o.Base - l.Offset
			if outermost {
				l.Length = s.at + s.o.Base - l.Offset
				s.obj.Layout = l
			}
			return nil
		case tag != itemTag || s.length == undefinedLength:
			return s.fail(ReasonStructure, "a fragment must stand here")
		case n > s.o.MaxFragments:
			return s.fail(ReasonFragments, "there are more than %d fragments", s.o.MaxFragments)
		}
		if _, err := s.end(top); err != nil {
			return err
		}
		if err := s.fits(); err != nil {
			return err
		}
		if n == 0 {
			err = s.offsetTable(&l)
		} else {
			err = s.fragment(&l, outermost)
		}
		if err != nil {
			return err
		}
	}
}

// offsetTable reads the Basic Offset Table.
func (s *scanner) offsetTable(l *Layout) error {
	if int64(s.length)/4 > int64(s.o.MaxFragments) {
		return s.fail(ReasonFragments, "the Basic Offset Table has more than %d entries", s.o.MaxFragments)
	}
	for left := int64(s.length); left > 0; {
		if left < 4 {
			s.warn("the Basic Offset Table has an odd length")
			return s.src.skip(left)
		}
		b, err := s.src.peek(4)
		if err != nil {
			return s.src.ended()
		}
		l.BasicOffsets = append(l.BasicOffsets, s.order.Uint32(b))
		s.src.advance(4)
		left -= 4
	}
	return nil
}

func (s *scanner) fragment(l *Layout, keep bool) error {
	if keep {
		b, err := s.src.peek(min(int(s.length), 12))
		if err != nil {
			return s.src.ended()
		}
		l.Fragments = append(l.Fragments, Fragment{Offset: s.src.pos + s.o.Base, Length: int64(s.length), Start: startsCodestream(b)})
	}
	return s.src.skip(int64(s.length))
}
