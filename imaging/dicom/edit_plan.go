package dicom

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// patch puts other bytes in place of [at, end) of the tape.
type patch struct {
	at, end int64
	with    []byte
}

// planner turns changes into patches on recorded bytes, one segment of the data set after the other.
type planner struct {
	tape    *tape
	patches []patch
	todo    []step   // of the outermost level
	label   *charset // the character set that Specific Character Set is changed to, or all text is encoded anew in
	labels  *charset // the one it takes the place of
	recode  bool     // all text is encoded anew in label
	started bool
	drop    bool // the value that passes is to be left out
	settled int  // character sets whose guess is made
}

func newPlanner(todo []step) *planner { return &planner{todo: todo} }

// span is a level on the tape: its tokens, where its elements end, and how they are written.
type span struct {
	from, to int
	stop     int64 // math.MaxInt64: the level goes on behind the segment
	coding
	charset *charset
}

// finished tells whether nothing is left to do behind the segment.
func (p *planner) finished() bool { return len(p.todo) == 0 && !p.recode }

// beyondASCII tells whether new text may need another character set.
func (p *planner) beyondASCII() bool {
	return slices.ContainsFunc(p.todo, func(s step) bool {
		return len(s.change.Items) > 0 || slices.ContainsFunc(s.change.Values, func(v string) bool { return !isASCII([]byte(v)) })
	})
}

// segment plans what stands on the tape and gives the pieces to hand out. The first segment decides about the character set.
func (p *planner) segment(t *tape, l span, s *scanner) ([][]byte, error) {
	p.tape, p.drop = t, false
	if p.recode { // what is behind a value that passed may belie a declaration that stood so far
		p.settled = 0
	}
	for ; p.settled < len(s.charsets); p.settled++ {
		s.charsets[p.settled].settle(s.o.Charset)
	}
	outermost := s.obj.Dataset.charset
	if !p.started && relabels(p.todo) {
		c := own(within(p.todo, SpecificCharacterSet))
		p.labels, p.label = outermost, newCharset(c.Values)
	}
	err := p.outermost(l)
	if isInexpressible(err) && !p.started && p.label == nil {
		p.turnUTF8()
		err = p.outermost(l)
	}
	if err != nil {
		return nil, err
	}
	p.started = true
	p.retire(l)
	return p.pieces(), nil
}

// turnUTF8 starts over with all text encoded anew.
func (p *planner) turnUTF8() {
	const term = "ISO_IR 192"
	p.recode, p.label, p.patches, p.drop = true, newCharset([]string{term}), nil, false
	s := step{tag: SpecificCharacterSet, item: itself, change: &Change{Path: SpecificCharacterSet.String(), Values: []string{term}}}
	p.todo = append([]step{s}, p.todo...)
	slices.SortStableFunc(p.todo, func(a, b step) int { return cmp.Compare(a.tag, b.tag) })
}

// outermost plans the outermost level, and tries what comes behind the segment with its character set.
func (p *planner) outermost(l span) error {
	if _, err := p.level(l, p.todo); err != nil {
		return err
	}
	if l.stop != math.MaxInt64 || p.recode || p.started {
		return nil
	}
	later := slices.DeleteFunc(slices.Clone(p.todo), func(s step) bool { return s.tag <= p.last() || s.change.Op == Delete })
	if err := build(&Dataset{charset: p.inForce(l.charset)}, later); isInexpressible(err) {
		return err
	}
	return nil
}

// misplaced stands in for a change that has made a sequence: one that comes behind, out of order, is refused.
const misplaced Operation = 0xFF

// retire forgets the changes that are done. What has been made is deleted where it comes again, behind and out of order.
func (p *planner) retire(l span) {
	if l.stop != math.MaxInt64 {
		return
	}
	last := p.last()
	var todo []step
	for _, s := range p.todo {
		switch {
		case s.tag <= last && p.there(l, s.tag):
			continue
		case s.tag <= last && sets([]step{s}) && s.item == itself:
			s.change = &Change{Path: s.change.Path, Op: Delete}
		case s.tag <= last && sets([]step{s}):
			s = step{tag: s.tag, item: itself, change: &Change{Path: s.change.Path, Op: misplaced}}
		}
		todo = append(todo, s)
	}
	p.todo = todo
}

// there tells whether a level has an element.
func (p *planner) there(l span, t Tag) bool {
	for i := l.from; i < l.to; i = int(p.tape.tokens[i].next) {
		if p.tape.tokens[i].tag == t {
			return true
		}
	}
	return false
}

// inForce gives the character set for new text where c is in force among the old.
func (p *planner) inForce(c *charset) *charset {
	if p.recode || p.label != nil && c == p.labels {
		return p.label
	}
	return c
}

// level plans a level and tells by how many bytes it grows.
func (p *planner) level(l span, todo []step) (int64, error) {
	if len(todo) == 0 && !p.recode {
		return 0, nil
	}
	holder := &Dataset{charset: p.inForce(l.charset), bigEndian: l.big}
	absent := slices.DeleteFunc(slices.Clone(todo), func(s step) bool {
		c := own(within(todo, s.tag)) // the first of those that meet here holds, as in memory
		return !sets([]step{s}) || c != nil && c.Op != Set || p.there(l, s.tag)
	})
	g := groups{p: p}
	for i := l.from; i < l.to; i = int(p.tape.tokens[i].next) {
		t := &p.tape.tokens[i]
		n := 0
		for n < len(absent) && absent[n].tag < t.tag {
			n++
		}
		if err := p.insert(&g, holder, l, absent[:n], t.at); err != nil {
			return 0, err
		}
		absent = absent[n:]
		g.turn(t.tag.Group())
		if t.tag.Element() == 0 {
			g.length = t
		}
		delta, err := p.token(i, within(todo, t.tag), holder)
		if err != nil {
			return 0, err
		}
		g.delta += delta
	}
	if l.stop == math.MaxInt64 {
		p.unfinished(&g)
		return 0, nil
	}
	if err := p.insert(&g, holder, l, absent, l.stop); err != nil {
		return 0, err
	}
	g.turn(0)
	return g.total, nil
}

// insert makes absent elements before the offset at.
func (p *planner) insert(g *groups, holder *Dataset, l span, absent []step, at int64) error {
	for len(absent) > 0 {
		t := absent[0].tag
		here := within(absent, t)
		absent = absent[len(here):]
		made := holder.NewItem()
		if err := made.apply(t, here); err != nil {
			return err
		}
		b, err := encode(made, l.coding)
		if err != nil {
			return err
		}
		g.turn(t.Group())
		g.delta += int64(len(b))
		p.patches = append(p.patches, patch{at: at, end: at, with: b})
	}
	return nil
}

// encode writes the elements of d.
func encode(d *Dataset, c coding) ([]byte, error) {
	e := encoder{implicit: c.implicit, big: c.big}
	e.dataset(d)
	return e.dst, e.err
}

// token plans one element that is there.
func (p *planner) token(i int, here []step, holder *Dataset) (int64, error) {
	t := &p.tape.tokens[i]
	passes := i == len(p.tape.tokens)-1 && t.value == t.end && t.length != 0
	if c := own(here); c != nil {
		if c.Op == misplaced {
			return 0, errChange(c.Path, "it comes out of order behind a long value")
		}
		p.drop = p.drop || passes
		if c.Op == Delete {
			return p.replace(t, nil), nil
		}
		e, err := c.element(holder, t.tag, t.vr)
		if err != nil {
			return 0, err
		}
		b, err := encode(&Dataset{Elements: []Element{e}, bigEndian: holder.bigEndian}, t.coding)
		if err != nil {
			return 0, err
		}
		return p.replace(t, b), nil
	}
	switch {
	case t.vr == SQ && !passes:
		return p.items(i, here, holder)
	case sets(here):
		return 0, errChange(here[0].change.Path, "what it is in is no sequence")
	case p.recode && !passes:
		return p.recoded(t)
	}
	return 0, nil
}

func (p *planner) replace(t *token, with []byte) int64 {
	p.patches = append(p.patches, patch{at: t.at, end: t.end, with: with})
	return int64(len(with)) - (t.end - t.at)
}

// items plans a sequence.
func (p *planner) items(i int, here []step, holder *Dataset) (int64, error) {
	if len(here) == 0 && !p.recode {
		return 0, nil
	}
	t := &p.tape.tokens[i]
	inside := t.coding
	if t.written == UN {
		inside.implicit = true
	}
	inside.big = inside.big && !inside.implicit
	delta, n := int64(0), 0
	for k := i + 1; k < int(t.next); k = int(p.tape.tokens[k].next) {
		item := &p.tape.tokens[k]
		l := span{from: k + 1, to: int(item.next), stop: item.stop, coding: item.coding, charset: item.charset}
		grown, err := p.level(l, inItem(here, n))
		if err != nil {
			return 0, err
		}
		if err := p.lengthen(item, grown); err != nil {
			return 0, err
		}
		delta += grown
		n++
	}
	more := &Dataset{charset: p.inForce(t.charset), bigEndian: inside.big, Elements: []Element{{Tag: t.tag, VR: SQ}}}
	made, err := p.newItems(more, t.tag, here, n, inside)
	if err != nil {
		return 0, err
	}
	if len(made) > 0 {
		p.patches = append(p.patches, patch{at: t.stop, end: t.stop, with: made})
		delta += int64(len(made))
	}
	return delta, p.lengthen(t, delta)
}

// newItems encodes the items that the steps make behind n ones that are there.
func (p *planner) newItems(d *Dataset, t Tag, here []step, n int, inside coding) ([]byte, error) {
	e := encoder{implicit: inside.implicit, big: inside.big}
	for {
		more, err := beyond(here, n)
		if len(more) == 0 || err != nil {
			return e.dst, err
		}
		item := d.NewItem()
		if err := build(item, more); err != nil {
			return nil, err
		}
		e.item(item)
		if e.err != nil {
			return nil, e.err
		}
		n++
	}
}

// lengthen patches the defined length of a sequence or item.
func (p *planner) lengthen(t *token, delta int64) error {
	if delta == 0 || t.length == undefinedLength {
		return nil
	}
	n, o := int64(t.length)+delta, t.order().(binary.AppendByteOrder)
	var b []byte
	width := int64(4)
	if t.tag != itemTag && t.value-t.at == 8 && !t.implicit { // a VR that is none, taken as UN
		width = 2
	}
	if width == 2 && n > math.MaxUint16 || n >= undefinedLength {
		return &SyntaxError{Reason: ReasonValue, Offset: t.at, Tag: t.tag, Text: "it becomes longer than its length can say"}
	}
	if b = o.AppendUint32(b, uint32(n)); width == 2 {
		b = o.AppendUint16(b[:0], uint16(n))
	}
	p.patches = append(p.patches, patch{at: t.value - width, end: t.value, with: b})
	return nil
}

// recoded encodes the text of an element in the new character set.
func (p *planner) recoded(t *token) (int64, error) {
	value := p.tape.slice(t.value, t.end)
	var made []byte
	switch {
	case t.tag == SpecificCharacterSet:
		made = []byte(p.label.declared[0])
	case !t.vr.IsText() || isASCII(value):
		return 0, nil
	default:
		parts := [][]byte{value}
		if t.vr.kind() == kindString {
			parts = t.charset.split(t.vr, value)
		}
		texts := make([]string, len(parts))
		for i, b := range parts {
			texts[i] = t.charset.decode(t.vr, b)
		}
		made = []byte(strings.TrimRight(strings.Join(texts, `\`), " \x00"))
	}
	d := &Dataset{Elements: []Element{{Tag: t.tag, VR: t.vr, Value: made}}}
	b, err := encode(d, t.coding)
	if err != nil {
		return 0, err
	}
	return p.replace(t, b), nil
}

// pieces gives the tape with the patches made.
func (p *planner) pieces() [][]byte {
	slices.SortStableFunc(p.patches, func(a, b patch) int { return cmp.Compare(a.at, b.at) })
	var out [][]byte
	at := p.tape.start
	for _, c := range p.patches {
		out = append(out, p.tape.slice(at, c.at), c.with)
		at = c.end
	}
	out = append(out, p.tape.slice(at, p.tape.start+int64(len(p.tape.raw))))
	p.patches = nil
	return slices.DeleteFunc(out, func(b []byte) bool { return len(b) == 0 })
}
