package dicom

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math"
)

// Edit gives the data set of r, in transfer syntax ts, with the changes made. Every other byte is as it came: lengths, padding, order
// and encoding of what is not touched stay, right or wrong. What follows from a change is changed with it:
//
//   - the defined lengths of the sequences and items around it, and the length (gggg,0000) of its group. Such a group length is left out
//     where it stands before a value that is passed through and the change behind it.
//   - the character set. New text is encoded as the data set declares (an item by its own declaration). Where that cannot express it,
//     or where the bytes belie it (see Dataset.Charset), all text of the data set is encoded anew in ISO_IR 192; what could not
//     be read then becomes U+FFFD. Text in elements of unknown VR stays. A change of Specific Character Set itself says what the
//     bytes that are there really are in: they stay, and new text that it cannot express is an error.
//   - a deflated data set is compressed anew: its inflated bytes are what stays.
//
// The elements before the pixel data are held in memory, up to 64 MiB, except values of more than 1 MiB on the outermost level;
// pixel data and such values pass through, and what is behind the last change passes unread. What is wrong with the changes or the header is told by the first Read, before any
// byte; errors are as those of Scan, and *yilian.Error of kind Invalid for changes.
func Edit(r io.Reader, ts TransferSyntax, changes []Change) io.Reader {
	return &editor{r: r, syntax: ts, changes: changes, pass: editPass}
}

// EditFile is Edit for a Part 10 stream. When the SOP Class or SOP Instance UID changes, the file meta information follows. It can
// be changed by paths into group 0002, except for the transfer syntax.
func EditFile(r io.Reader, changes []Change) io.Reader {
	return &editor{r: r, file: true, changes: changes, pass: editPass}
}

const (
	editHeader = 64 << 20 // bytes of a header that are held
	editPass   = 1 << 20  // a longer value passes through
)

// editor reads the header up to the first value that passes through, plans patches on its bytes, hands out the pieces, lets the
// value through, and goes on behind it.
type editor struct {
	r       io.Reader
	syntax  TransferSyntax
	file    bool
	changes []Change
	pass    uint32 // a longer value passes through

	o         Options
	src       *source
	scan      *scanner
	plan      *planner
	todo      []step
	mayRecode bool // text may have to be encoded anew

	pieces [][]byte
	value  passing
	tail   io.Reader // when there are no pieces, what is left
	done   bool
	err    error
}

func (e *editor) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for e.err == nil {
		switch {
		case len(e.pieces) > 0:
			n := copy(p, e.pieces[0])
			if e.pieces[0] = e.pieces[0][n:]; len(e.pieces[0]) == 0 {
				e.pieces = e.pieces[1:]
			}
			if n > 0 {
				return n, nil
			}
		case e.tail != nil:
			return e.tail.Read(p)
		case !e.value.over():
			n, err := e.value.read(e.src, p)
			if err != nil {
				e.err = e.scan.explain(err)
			} else if n > 0 {
				return n, nil
			}
		case e.src == nil:
			e.err = e.begin()
		default:
			e.err = e.segment()
		}
	}
	return 0, e.err
}

// begin reads the file meta information and the first segment.
func (e *editor) begin() error {
	todo, err := steps(e.changes)
	if err != nil {
		return err
	}
	e.o = Options{MaxValue: 64 << 10, MaxHeader: editHeader, MaxSize: math.MaxInt64}
	e.o.defaults()
	e.src = newSource(e.r, &e.o)
	e.src.tape = &tape{}
	meta, todo := splitMeta(todo)
	var head [][]byte
	if e.file {
		if head, err = e.meta(meta); err != nil {
			return err
		}
	} else if len(meta) > 0 {
		return errChange(meta[0].change.Path, "there is no file meta information")
	}
	e.todo = todo
	switch {
	case len(todo) == 0:
		e.src.tape = nil
		e.pieces, e.tail = head, e.src
		return nil
	case e.syntax.Deflated:
		return e.deflated(head)
	}
	e.start()
	err = e.segment()
	e.pieces = append(head, e.pieces...)
	return err
}

func (e *editor) start() {
	e.src.tape = &tape{start: e.src.pos}
	e.scan = newScanner(e.src, e.syntax, &e.o, &Object{})
	e.scan.stop = e.passes
	e.plan = newPlanner(e.todo)
	e.mayRecode = e.plan.beyondASCII()
}

// splitMeta parts the changes of group 0002 from the others.
func splitMeta(todo []step) (meta, rest []step) {
	n := 0
	for n < len(todo) && todo[n].tag.Group() <= 2 {
		n++
	}
	return todo[:n], todo[n:]
}

// meta plans the file meta information.
func (e *editor) meta(todo []step) ([][]byte, error) {
	obj := &Object{}
	ts, err := openFile(e.src, &e.o, obj)
	if err != nil {
		return nil, err
	}
	e.syntax = ts
	for _, s := range todo {
		if s.tag == TransferSyntaxUID {
			return nil, errChange(s.change.Path, "the bytes are in this transfer syntax")
		}
	}
	t := e.src.tape
	if obj.Meta == nil {
		if len(todo) > 0 {
			return nil, errChange(todo[0].change.Path, "there is no file meta information")
		}
		return [][]byte{t.raw}, nil
	}
	todo, err = follow(todo, e.changes)
	if err != nil {
		return nil, err
	}
	p := newPlanner(todo)
	p.tape = t
	l := span{to: len(t.tokens), stop: e.src.pos, coding: t.tokens[0].coding}
	if _, err := p.level(l, todo); err != nil {
		return nil, err
	}
	return p.pieces(), nil
}

// follow adds what the file meta information repeats of the data set.
func follow(todo []step, changes []Change) ([]step, error) {
	out := make([]Change, 0, len(todo)+2)
	for _, s := range todo {
		out = append(out, *s.change)
	}
	for i := range changes {
		path, err := canonical(changes[i].Path)
		if err != nil {
			return nil, err
		}
		c := changes[i]
		switch path {
		case SOPClassUID.String():
			c.Path = MediaStorageSOPClassUID.String()
		case SOPInstanceUID.String():
			c.Path = MediaStorageSOPInstanceUID.String()
		default:
			continue
		}
		if c.Op != Delete && len(within(todo, mustTag(c.Path))) == 0 {
			out = append(out, c)
		}
	}
	return steps(out)
}

func mustTag(path string) Tag { return nextStep(path, nil).tag }

// deflated edits the inflated data set and compresses it again.
func (e *editor) deflated(head [][]byte) error {
	e.src.tape = nil
	inner := &editor{syntax: e.syntax, pass: e.pass, o: e.o, todo: e.todo, src: inflated(e.src, &Options{MaxSize: inflatedMaxSize})}
	inner.start()
	if err := inner.segment(); err != nil {
		return err
	}
	e.pieces, e.tail = head, newDeflater(inner)
	return nil
}

// passes decides at the header of an element of the outermost level whether its value is to pass through.
func (e *editor) passes(s *scanner) bool {
	switch {
	case isPixelData(s.tag):
		return s.length != undefinedLength || s.tag == PixelData
	case s.length == undefinedLength || s.length <= e.pass || s.tag == SpecificCharacterSet || len(within(e.todo, s.tag)) > 0:
		return false
	}
	// The character set is settled by the text before the first value that passes: most of it stands in groups up to 0040.
	return !e.mayRecode || s.tag.Group() > 0x0040 && s.vr != SQ && s.vr != UN && !s.vr.IsText()
}

// segment reads up to the next value that passes through, or to the end, and plans.
func (e *editor) segment() error {
	if e.done {
		return io.EOF
	}
	if e.plan.finished() {
		e.tail, e.src.tape = e.src, nil
		return nil
	}
	e.src.tape = &tape{start: e.src.pos}
	err := e.scan.run()
	paused := errors.Is(err, errPaused)
	if err != nil && !paused {
		return e.scan.explain(err)
	}
	t := e.src.tape
	e.src.tape = nil
	l := span{to: len(t.tokens), stop: e.scan.at, coding: coding{implicit: e.syntax.Implicit, big: e.syntax.BigEndian}, charset: e.scan.obj.Dataset.charset}
	if paused {
		l.stop = math.MaxInt64
	}
	if e.pieces, err = e.plan.segment(t, l, e.scan); err != nil {
		return err
	}
	if !paused {
		e.done = true
		return nil
	}
	e.value = passing{left: int64(e.scan.length), order: e.scan.order, drop: e.plan.drop}
	if e.scan.length == undefinedLength {
		e.value.left, e.value.fragments = 0, true
	}
	return nil
}

// deflater compresses what it reads (PS3.5 A.5).
type deflater struct {
	r    io.Reader
	w    *flate.Writer
	in   []byte
	out  bytes.Buffer
	n    int64
	done bool
}

func newDeflater(r io.Reader) *deflater {
	d := &deflater{r: r, in: make([]byte, defaultBuffer)}
	d.w, _ = flate.NewWriter(&d.out, flate.DefaultCompression) // the level is valid
	return d
}

func (d *deflater) Read(p []byte) (int, error) {
	for d.out.Len() == 0 {
		if d.done {
			return 0, io.EOF
		}
		if err := d.step(); err != nil {
			return 0, err
		}
	}
	n, err := d.out.Read(p)
	d.n += int64(n)
	return n, err
}

func (d *deflater) step() error {
	n, err := d.r.Read(d.in)
	if _, err := d.w.Write(d.in[:n]); err != nil {
		return err
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := d.w.Close(); err != nil {
		return err
	}
	if (d.n+int64(d.out.Len()))%2 != 0 {
		d.out.WriteByte(0)
	}
	d.done = true
	return nil
}
