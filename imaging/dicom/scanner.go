package dicom

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
)

const undefinedLength = math.MaxUint32

// scanner is the bounded pass over a data set. Open sequences and items stand on a stack of its own, not on the goroutine's.
type scanner struct {
	src     *source
	o       *Options
	obj     *Object
	stack   []level
	depth   int   // open sequences
	count   int   // elements and items so far
	kept    int64 // bytes of values
	arena   []byte
	only    uint16 // stop at the first element of another group; 0: never
	signed  bool   // Pixel Representation (0028,0103) last seen: decides US or SS
	started bool   // an element has been read

	charsets []*charset          // to be settled at the end
	stop     func(*scanner) bool // of the editor: whether to pause behind the header of this element, on the outermost level

	// The element at hand.
	order  binary.ByteOrder
	at     int64
	tag    Tag
	vr     VR
	form   form // formUN or none
	length uint32
}

// level is an open data set (the outermost or an item), or an open sequence.
type level struct {
	end      int64    // offset where it ends; open when a delimiter ends it (or, outermost, the stream)
	set      *Dataset // of the item; of the sequence: the data set that holds it
	element  int      // of the sequence: its position in set.Elements
	sequence bool
	implicit bool
	order    binary.ByteOrder
	last     Tag
	unsorted bool
	token    int // on the tape, -1: none
}

const open = math.MaxInt64

func newScanner(src *source, ts TransferSyntax, o *Options, obj *Object) *scanner {
	s := &scanner{src: src, o: o, obj: obj, order: binary.LittleEndian}
	if ts.BigEndian {
		s.order = binary.BigEndian
	}
	obj.Dataset = &Dataset{Elements: make([]Element, 0, 64), bigEndian: ts.BigEndian, charset: newCharset(nil)}
	s.charsets = append(s.charsets, obj.Dataset.charset)
	end := src.size
	if ts.Deflated {
		end = open
	}
	s.stack = append(make([]level, 0, 16), level{end: end, set: obj.Dataset, implicit: ts.Implicit, order: s.order, token: -1})
	return s
}

// run reads until the outermost level ends.
func (s *scanner) run() error {
	for {
		top := &s.stack[len(s.stack)-1]
		s.at, s.tag, s.order = s.src.pos, 0, top.order
		if s.src.pos >= top.end {
			if err := s.close(); err != nil {
				return err
			}
			if len(s.stack) == 0 {
				return nil
			}
			continue
		}
		done, err := s.next(top)
		if err != nil {
			return err
		}
		if done {
			return s.close()
		}
	}
}

// next reads one element, item or delimiter; done at the end of the stream on the outermost level.
func (s *scanner) next(top *level) (done bool, err error) {
	b, err := s.src.peek(8)
	if len(s.stack) == 1 && errors.Is(err, io.EOF) {
		return s.tail(b)
	}
	if err != nil {
		return false, s.src.ended()
	}
	s.tag = NewTag(s.order.Uint16(b), s.order.Uint16(b[2:]))
	if s.tag.Group() == 0xFFFE {
		s.length = s.order.Uint32(b[4:])
		s.src.advance(8)
		return false, s.delimiter(top)
	}
	if top.sequence {
		return false, s.fail(ReasonStructure, "an element stands where an item of a sequence must")
	}
	if s.only != 0 && s.only != s.tag.Group() && len(s.stack) == 1 {
		return true, nil
	}
	if len(s.stack) == 1 && s.o.Header && isPixelData(s.tag) {
		s.obj.Layout = Layout{Tag: s.tag, Offset: s.src.pos + s.o.Base}
		return true, nil
	}
	if err := s.header(b, top.implicit); err != nil {
		return false, err
	}
	s.started = true
	if s.tag == 0 && s.length == 0 && len(s.stack) == 1 {
		s.warn("zeros after the last element")
		return true, s.zeros()
	}
	if s.count++; s.count > s.o.MaxElements {
		return false, s.fail(ReasonElements, "there are more than %d elements", s.o.MaxElements)
	}
	if s.stop != nil && len(s.stack) == 1 && s.stop(s) {
		return false, s.pause(top)
	}
	return false, s.element(top)
}

// tail looks at the up to seven bytes that are left: padding is tolerated.
func (s *scanner) tail(b []byte) (bool, error) {
	if slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) || s.src.size != open && s.src.pos+int64(len(b)) < s.src.size {
		return false, s.src.ended()
	}
	if len(b) > 0 {
		s.warn("zeros after the last element")
	}
	s.src.advance(len(b))
	return true, nil
}

// zeros passes over padding up to the end of the stream.
func (s *scanner) zeros() error {
	for {
		b, err := s.src.peek(1)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if b[0] != 0 {
			return s.fail(ReasonStructure, "something stands behind the padding after the last element")
		}
		s.src.advance(1)
	}
}

// header reads VR and length behind the tag (PS3.5 7.1.2, 7.1.3) and takes the bytes.
func (s *scanner) header(b []byte, implicit bool) error {
	if implicit {
		s.length = s.order.Uint32(b[4:])
		s.vr = s.dictionaryVR()
		if !s.started && s.looksExplicit(b) {
			return s.fail(ReasonMismatch, "the data set is declared as implicit VR but is encoded as explicit VR")
		}
		s.src.advance(8)
		return nil
	}
	s.vr = VR(b[4])<<8 | VR(b[5])
	if !s.vr.letters() {
		if !s.started {
			return s.fail(ReasonMismatch, "the data set is declared as explicit VR but holds no VR")
		}
		s.warn("the VR is no VR; taken as UN with a 16-bit length")
		s.vr = UN
		s.length = uint32(s.order.Uint16(b[6:]))
		s.src.advance(8)
		return nil
	}
	if !s.vr.long() {
		s.length = uint32(s.order.Uint16(b[6:]))
		s.src.advance(8)
		return nil
	}
	b, err := s.src.peek(12)
	if err != nil {
		return s.src.ended()
	}
	s.length = s.order.Uint32(b[8:])
	if b[6] != 0 || b[7] != 0 {
		s.warn("the reserved bytes behind the VR are not zero")
	}
	s.src.advance(12)
	if !s.vr.Known() {
		s.warn("the VR is not known; taken as UN")
		s.vr = UN
	}
	return nil
}

// looksExplicit tells whether the first element of an implicit stream has a VR where its length should be: as a length such
// letters would mean at least 16 KiB, and the groups that come first have no such elements.
func (s *scanner) looksExplicit(b []byte) bool {
	vr := VR(b[4])<<8 | VR(b[5])
	return s.tag.Group() <= 8 && vr.Known()
}

func (s *scanner) dictionaryVR() VR {
	switch vr := s.tag.dictVR(); vr {
	case vrXS:
		if s.signed {
			return SS
		}
		return US
	case vrOX:
		return OW
	default:
		return vr
	}
}

// delimiter handles the tags of group FFFE: items and the ends of items and sequences (PS3.5 7.5).
func (s *scanner) delimiter(top *level) error {
	if s.tag != itemTag && s.length != 0 {
		s.warn("a delimiter has a length")
	}
	switch {
	case s.tag == itemTag && top.sequence:
		return s.openItem(top)
	case s.tag == itemDelimiter && !top.sequence && len(s.stack) > 1:
		if top.end != open {
			s.warn("an item of defined length has a delimiter")
		}
		return s.close()
	case s.tag == sequenceDelimiter && top.sequence:
		if top.end != open {
			s.warn("a sequence of defined length has a delimiter")
		}
		return s.close()
	}
	return s.fail(ReasonStructure, "an item or a delimiter stands where none may")
}

func (s *scanner) openItem(top *level) error {
	end, err := s.end(top)
	if err != nil {
		return err
	}
	if s.count++; s.count > s.o.MaxElements {
		return s.fail(ReasonElements, "there are more than %d elements and items", s.o.MaxElements)
	}
	item := &Dataset{bigEndian: top.order == binary.BigEndian, charset: top.set.charset, defined: s.length != undefinedLength}
	e := &top.set.Elements[top.element]
	e.Items = append(e.Items, item)
	l := level{end: end, set: item, implicit: top.implicit, order: top.order, token: -1}
	if s.src.tape != nil {
		l.token = s.record(top, itemTag, SQ)
	}
	s.stack = append(s.stack, l)
	return nil
}

// end gives the offset where what has just been announced ends, checked against the level around it.
func (s *scanner) end(top *level) (int64, error) {
	if s.length == undefinedLength {
		return open, nil
	}
	end := s.src.pos + int64(s.length)
	if end > top.end {
		if len(s.stack) == 1 {
			return 0, s.fail(ReasonTruncated, "its length %d runs past the end of the stream", s.length)
		}
		return 0, s.fail(ReasonLength, "its length %d runs past the end of the item or sequence around it", s.length)
	}
	if top.end == open { // the outer levels still bound it
		for _, l := range s.stack {
			if end > l.end {
				return 0, s.fail(ReasonLength, "its length %d runs past the end of what is around it", s.length)
			}
		}
	}
	return end, nil
}

// close ends the innermost level.
func (s *scanner) close() error {
	top := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	if top.token >= 0 {
		s.src.tape.tokens[top.token].charset = top.set.charset
		s.src.tape.finish(top.token, s.at, s.src.pos)
	}
	if top.sequence {
		s.depth--
		return nil
	}
	if top.unsorted {
		return s.sort(top.set)
	}
	return nil
}

// sort puts the elements of a data set in order that did not come so.
func (s *scanner) sort(d *Dataset) error {
	slices.SortStableFunc(d.Elements, func(a, b Element) int { return cmp.Compare(a.Tag, b.Tag) })
	for i := 1; i < len(d.Elements); i++ {
		if d.Elements[i].Tag == d.Elements[i-1].Tag {
			s.tag = d.Elements[i].Tag
			return s.fail(ReasonDuplicate, "the element stands twice on one level")
		}
	}
	return nil
}
