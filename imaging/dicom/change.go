package dicom

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"yilian"
)

// Operation says what a Change does to its element.
type Operation uint8

// The operations.
const (
	Set     Operation = iota // put the value there, in place of one or as a new element
	Replace                  // put the value there if the element is there
	Delete                   // take the element away if it is there
)

// Change is one edit of a data set, in memory (Dataset.Apply) or on its way (Edit).
//
// Path is a tag or keyword, or leads into sequences by item numbers from 0, as for Dataset.Lookup: "PatientName",
// "00081140/0/00081155". "*" stands for every item that is there. Set makes the sequence, and the item behind its last one, where
// they are missing; an item further behind is an error. Of changes that meet in one element, by the number of its item and by "*",
// the first holds.
//
// The value is one of Values (text, numbers as text, tags as "00100010"; each is one value, and none make the element empty), Bytes
// (of the binary VRs, in little endian) and Items (of a sequence; any character set). VR 0 is that of the element that stands
// there, or else of the dictionary.
type Change struct {
	Path   string
	Op     Operation
	VR     VR
	Values []string
	Bytes  []byte
	Items  []*Dataset
}

// ChangesOf makes changes that set every element of d.
func ChangesOf(d *Dataset) []Change {
	out := make([]Change, 0, len(d.Elements))
	for i := range d.Elements {
		e := &d.Elements[i]
		c := Change{Path: e.Tag.String(), VR: e.VR}
		switch {
		case e.VR == SQ:
			c.Items = e.Items
		case e.VR.kind() == kindBytes:
			c.Bytes = littleEndian(e.Value, e.VR, d.bigEndian)
		default:
			c.Values = d.ValuesOf(e)
		}
		out = append(out, c)
	}
	return out
}

func littleEndian(b []byte, vr VR, big bool) []byte {
	if w := vr.width(); big && w > 1 {
		b = bytes.Clone(b)
		swap(b, w)
	}
	return b
}

// step is a change as seen from one level: what is left of its path.
type step struct {
	tag    Tag
	item   int // within tag: a number, everyItem, or itself when the change is of tag
	rest   string
	change *Change
}

const (
	everyItem = -1
	itself    = -2
)

// steps parses the paths of changes, ascending by tag, and refuses two that touch the same element.
func steps(changes []Change) ([]step, error) {
	out := make([]step, 0, len(changes))
	seen := map[string]bool{}
	for i := range changes {
		path, err := canonical(changes[i].Path)
		if err != nil {
			return nil, err
		}
		if seen[path] {
			return nil, errChange(changes[i].Path, "it is changed twice")
		}
		seen[path] = true
		out = append(out, nextStep(path, &changes[i]))
	}
	for path := range seen {
		for i := strings.LastIndexByte(path, '/'); i > 0; i = strings.LastIndexByte(path[:i], '/') {
			if seen[path[:i]] {
				return nil, errChange(path, "the sequence that it is in is changed as well")
			}
		}
	}
	slices.SortStableFunc(out, func(a, b step) int { return cmp.Compare(a.tag, b.tag) })
	return out, nil
}

func errChange(path, text string) error {
	return yilian.Errorf(yilian.Invalid, "dicom.change", "The element %.80q cannot be changed: %s.", path, text)
}

// canonical writes a path with hexadecimal tags and plain numbers.
func canonical(path string) (string, error) {
	parts := strings.Split(path, "/")
	if len(parts)%2 == 0 || len(parts) > 2*maxJSONDepth {
		return "", errChange(path, "the path does not lead to an element")
	}
	for i, p := range parts {
		if i%2 == 0 {
			t, err := ParseTag(p)
			if err != nil || t.Group() < 2 || t.Group() == 0xFFFE || t.Element() == 0 {
				return "", errChange(path, "the path holds what is no attribute")
			}
			parts[i] = t.String()
			continue
		}
		n, err := strconv.ParseUint(p, 10, 24)
		if err != nil && p != "*" {
			return "", errChange(path, "an item is named by its number from 0, or *")
		}
		if err == nil {
			parts[i] = strconv.FormatUint(n, 10)
		}
	}
	return strings.Join(parts, "/"), nil
}

// nextStep takes the first part off a canonical path.
func nextStep(path string, c *Change) step {
	name, rest, more := strings.Cut(path, "/")
	t, _ := strconv.ParseUint(name, 16, 32)
	s := step{tag: Tag(t), item: itself, change: c}
	if more {
		number, rest, _ := strings.Cut(rest, "/")
		s.item, s.rest = everyItem, rest
		if number != "*" {
			s.item, _ = strconv.Atoi(number)
		}
	}
	return s
}

// within gives the steps of a level that concern one tag.
func within(level []step, t Tag) []step {
	from, _ := slices.BinarySearchFunc(level, t, func(s step, t Tag) int { return cmp.Compare(s.tag, t) })
	to := from
	for to < len(level) && level[to].tag == t {
		to++
	}
	return level[from:to]
}

// inItem gives the steps inside item i, of those that concern its sequence.
func inItem(sequence []step, i int) []step {
	var out []step
	for _, s := range sequence {
		if s.item == i || s.item == everyItem {
			out = append(out, nextStep(s.rest, s.change))
		}
	}
	slices.SortStableFunc(out, func(a, b step) int { return cmp.Compare(a.tag, b.tag) })
	return out
}

// own gives the change of the element itself, or nil.
func own(sequence []step) *Change {
	for _, s := range sequence {
		if s.item == itself {
			return s.change
		}
	}
	return nil
}

// sets tells whether the steps make something that is not there.
func sets(all []step) bool {
	return slices.ContainsFunc(all, func(s step) bool { return s.change.Op == Set && s.item != everyItem })
}

// beyond refuses a step into an item that is not there and is not the next one; the next one gets what is in it.
func beyond(sequence []step, items int) ([]step, error) {
	for _, s := range sequence {
		if s.item > items && s.change.Op == Set {
			return nil, errChange(s.change.Path, "there is no such item")
		}
	}
	next := slices.DeleteFunc(slices.Clone(sequence), func(s step) bool { return s.item != items || s.change.Op != Set })
	return inItem(next, items), nil
}

// element makes the new element for level d, whose character set and byte order it takes. vr is of what stands there, or 0.
func (c *Change) element(d *Dataset, t Tag, vr VR) (Element, error) {
	switch {
	case c.VR != 0:
		vr = c.VR
	case vr == 0 || vr == UN:
		vr = t.VR()
	}
	bad := func(text string) (Element, error) { return Element{}, errChange(c.Path, text) }
	switch kind := vr.kind(); {
	case kind == kindUnknown:
		return bad("its VR is none")
	case kind == kindSequence:
		if len(c.Values) > 0 || len(c.Bytes) > 0 {
			return bad("a sequence has items")
		}
		return c.sequence(d, t)
	case len(c.Items) > 0:
		return bad("only a sequence has items")
	case kind == kindBytes || len(c.Bytes) > 0:
		if len(c.Values) > 0 {
			return bad("a value of this VR is given as bytes")
		}
		return Element{Tag: t, VR: vr, Value: littleEndian(c.Bytes, vr, d.bigEndian)}, nil
	case kind == kindNumber:
		b, err := binaryNumbers(vr, c.Values)
		if err != nil {
			return bad("a value is not of VR " + vr.String())
		}
		return Element{Tag: t, VR: vr, Value: littleEndian(b, vr, d.bigEndian)}, nil
	case kind == kindText && len(c.Values) > 1:
		return bad("a text has one value")
	case kind == kindString && slices.ContainsFunc(c.Values, func(v string) bool { return strings.Contains(v, `\`) }):
		return bad("a value holds a backslash, which parts values")
	}
	if _, guess := d.Charset(); guess != "" && vr.IsText() && slices.ContainsFunc(c.Values, func(v string) bool { return !isASCII([]byte(v)) }) {
		return Element{}, errInexpressible(guess) // what is declared would belie the new text as well
	}
	item := d.NewItem()
	item.SetText(t, vr, c.Values...)
	if item.err != nil {
		return Element{}, item.err
	}
	return item.Elements[0], nil
}

func (c *Change) sequence(d *Dataset, t Tag) (Element, error) {
	e := Element{Tag: t, VR: SQ}
	for _, from := range c.Items {
		item := d.NewItem()
		if err := from.transcodeInto(item, encodeStrict); err != nil {
			return e, err
		}
		e.Items = append(e.Items, item)
	}
	return e, nil
}

// build puts what the steps make into an empty item.
func build(d *Dataset, level []step) error {
	for len(level) > 0 {
		t := level[0].tag
		here := within(level, t)
		level = level[len(here):]
		if err := d.apply(t, here); err != nil {
			return err
		}
	}
	return nil
}

// Apply edits a data set in memory. Text that its character set cannot express, or that it would belie, turns the whole data set
// into ISO_IR 192, as Edit does. On an error d is unchanged or changed in part.
func (d *Dataset) Apply(changes ...Change) error {
	level, err := steps(changes)
	if err != nil {
		return err
	}
	if relabels(level) {
		relabel := own(within(level, SpecificCharacterSet))
		d.relabel(d.charset, newCharset(relabel.Values))
		return build(d, level)
	}
	if err := d.cannot(level); isInexpressible(err) {
		utf8, err := d.Transcode("ISO_IR 192")
		if err != nil {
			return err
		}
		d.Elements, d.charset = utf8.Elements, utf8.charset
	} else if err != nil {
		return err
	}
	return build(d, level)
}

func relabels(level []step) bool { return own(within(level, SpecificCharacterSet)) != nil }

// cannot tries the changes on a copy, so that nothing is changed where the character set does not allow it.
func (d *Dataset) cannot(level []step) error {
	return build(d.clone(), level)
}

// clone copies the levels, not the values.
func (d *Dataset) clone() *Dataset {
	out := *d
	out.Elements = slices.Clone(d.Elements)
	for i := range out.Elements {
		items := slices.Clone(out.Elements[i].Items)
		for k := range items {
			items[k] = items[k].clone()
		}
		out.Elements[i].Items = items
	}
	return &out
}

// relabel puts another character set in force on the levels that have this one; their bytes stay.
func (d *Dataset) relabel(old, c *charset) {
	if d.charset != old {
		return
	}
	d.charset = c
	for i := range d.Elements {
		for _, item := range d.Elements[i].Items {
			item.relabel(old, c)
		}
	}
}

// apply makes the changes that concern one element.
func (d *Dataset) apply(t Tag, here []step) error {
	e := d.Get(t)
	if c := own(here); c != nil {
		switch {
		case c.Op == Delete:
			d.Delete(t)
			return nil
		case c.Op == Replace && e == nil:
			return nil
		}
		vr := VR(0)
		if e != nil {
			vr = e.VR
		}
		made, err := c.element(d, t, vr)
		if err != nil {
			return err
		}
		d.Put(made)
		return nil
	}
	if e == nil {
		if !sets(here) {
			return nil
		}
		d.SetSequence(t)
		e = d.Get(t)
	}
	if e.VR != SQ {
		if !sets(here) {
			return nil
		}
		return errChange(here[0].change.Path, "what it is in is no sequence")
	}
	for i, item := range e.Items {
		if err := build(item, inItem(here, i)); err != nil {
			return err
		}
	}
	return d.appendItems(t, here)
}

// appendItems adds the items that the steps make behind the last one.
func (d *Dataset) appendItems(t Tag, here []step) error {
	e := d.Get(t)
	for {
		more, err := beyond(here, len(e.Items))
		if len(more) == 0 || err != nil {
			return err
		}
		item := d.NewItem()
		if err := build(item, more); err != nil {
			return err
		}
		e.Items = append(e.Items, item)
	}
}
