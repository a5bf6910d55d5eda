package dicom

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// difference lists the paths on which two data sets differ: "+path", "-path", "~path".
func difference(a, b *Dataset, path string) []string {
	var out []string
	at := func(t Tag) string { return path + t.String() }
	for i := range a.Elements {
		e := &a.Elements[i]
		o := b.Get(e.Tag)
		switch {
		case o == nil:
			out = append(out, "-"+at(e.Tag))
		case e.VR != o.VR, e.IsBulk() != o.IsBulk() || e.Bulk.Length != o.Bulk.Length:
			out = append(out, "~"+at(e.Tag))
		case e.VR == SQ:
			for k := range max(len(e.Items), len(o.Items)) {
				item := fmt.Sprintf("%s/%d", at(e.Tag), k)
				switch {
				case k >= len(o.Items):
					out = append(out, "-"+item)
				case k >= len(e.Items):
					out = append(out, "+"+item)
				default:
					out = append(out, difference(e.Items[k], o.Items[k], item+"/")...)
				}
			}
		case !bytes.Equal(e.Value, o.Value):
			out = append(out, "~"+at(e.Tag))
		}
	}
	for i := range b.Elements {
		if t := b.Elements[i].Tag; !a.Has(t) {
			out = append(out, "+"+at(t))
		}
	}
	slices.Sort(out)
	return out
}

func edited(b []byte, ts TransferSyntax, changes ...Change) ([]byte, error) {
	return io.ReadAll(Edit(iotest.HalfReader(bytes.NewReader(b)), ts, changes))
}

// nested is a sequence in a sequence, by defined or undefined lengths, with group lengths, in any of the plain syntaxes.
func nested(ts TransferSyntax, defined bool) []byte {
	w := plainWriter{ts: ts, defined: defined}
	w.element(NewTag(8, 0), UL, w.number(4, 1000))
	w.element(SpecificCharacterSet, CS, []byte("GB18030 "))
	w.element(SOPInstanceUID, UI, []byte("1.2.3\x00"))
	w.element(AccessionNumber, SH, []byte("A1"))
	inner := w.inner()
	inner.element(CodeValue, SH, []byte("X "))
	inner.element(CodeMeaning, LO, []byte("\xb7\xce"))
	item := w.inner()
	item.element(NewTag(8, 0), UL, w.number(4, 24))
	item.element(ReferencedSOPInstanceUID, UI, []byte("1.2.4\x00"))
	item.sequence(NewTag(0x0040, 0xA170), inner.b)
	w.sequence(ReferencedImageSequence, item.b, item.b)
	w.element(NewTag(0x10, 0), UL, w.number(4, 500))
	w.element(PatientName, PN, []byte("\xd5\xc5^\xc8\xfd "))
	w.element(PatientID, LO, []byte("P1"))
	w.element(Rows, US, w.number(2, 3))
	w.element(PixelData, OW, []byte("123456"))
	w.element(NewTag(0xFFFC, 0xFFFC), OB, []byte{0, 0})
	return w.b
}

// plainWriter writes elements in a given syntax with lengths of a given kind.
type plainWriter struct {
	ts      TransferSyntax
	defined bool
	b       []byte
}

func (w *plainWriter) inner() *plainWriter { return &plainWriter{ts: w.ts, defined: w.defined} }

func (w *plainWriter) number(width int, v uint64) []byte {
	return appendWidth(coding{big: w.ts.BigEndian}.order(), nil, v, width)
}

func (w *plainWriter) element(t Tag, vr VR, value []byte) {
	e := encoder{dst: w.b, implicit: w.ts.Implicit, big: w.ts.BigEndian}
	e.header(t, vr, uint32(len(value)))
	w.b = append(e.dst, value...)
}

func (w *plainWriter) delimited(t, end Tag, vr VR, content []byte) {
	e := encoder{dst: w.b, implicit: w.ts.Implicit || vr == 0, big: w.ts.BigEndian}
	length := uint32(undefinedLength)
	if w.defined {
		length = uint32(len(content))
	}
	e.header(t, vr, length)
	e.dst = append(e.dst, content...)
	if !w.defined {
		e.tag(end)
		e.dst = e.order().AppendUint32(e.dst, 0)
	}
	w.b = e.dst
}

func (w *plainWriter) sequence(t Tag, items ...[]byte) {
	in := w.inner()
	for _, b := range items {
		in.delimited(itemTag, itemDelimiter, 0, b)
	}
	w.delimited(t, sequenceDelimiter, SQ, in.b)
}

// reencoded gives a data set as it comes back from its encoding.
func reencoded(t *testing.T, d *Dataset, ts TransferSyntax) *Dataset {
	ts.Deflated = false
	if e := d.Get(PixelData); e != nil && e.IsBulk() {
		d.SetBytes(PixelData, e.VR, make([]byte, e.Bulk.Length))
	}
	b, err := AppendDataset(nil, d, ts)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(b, ts)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

var plainSyntaxes = []string{ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}

func TestEdit(t *testing.T) {
	name := Change{Path: "PatientName", Values: []string{"Li^Si=李^四"}}
	const inner = "00081140/1/0040A170/0/"
	cases := []struct {
		name    string
		changes []Change
		diff    string
	}{
		{"nothing", nil, ""},
		{"the same value", []Change{{Path: "00100020", Values: []string{"P1"}}}, ""},
		{"a longer text", []Change{name}, "~00100000 ~00100010"},
		{"an absent element", []Change{{Path: "StudyDescription", Values: []string{"胸部"}}}, "+00081030 ~00080000"},
		{"an absent element at the end", []Change{{Path: "FFFE0001"}}, "!"},
		{"an element behind the pixels", []Change{{Path: "FFFCFFFC", Op: Delete}}, "-FFFCFFFC"},
		{"a new one behind the pixels", []Change{{Path: "7FE10010", Values: []string{"YILIAN"}}}, "+7FE10010"},
		{"before the first", []Change{{Path: "00080001", Bytes: []byte{1, 0}, VR: UN}}, "+00080001 ~00080000"},
		{"delete", []Change{{Path: "00100010", Op: Delete}}, "-00100010 ~00100000"},
		{"delete what is absent", []Change{{Path: "00101010", Op: Delete}}, ""},
		{"replace what is absent", []Change{{Path: "00101010", Op: Replace, Values: []string{"1"}}}, ""},
		{"make empty", []Change{{Path: "00100020"}}, "~00100000 ~00100020"},
		{"a number", []Change{{Path: "Rows", Values: []string{"258"}}}, "~00280010"},
		{"deep inside", []Change{{Path: inner + "00080104", Values: []string{"结节"}}}, "~00080000 ~" + inner + "00080104"},
		{"a new element deep inside", []Change{{Path: inner + "00080102", Values: []string{"DCM"}}}, "+" + inner + "00080102 ~00080000"},
		{"in each item", []Change{{Path: "00081140/*/00081155", Values: []string{"1.2.4444"}}}, "~00080000 ~00081140/0/00080000 ~00081140/0/00081155 ~00081140/1/00080000 ~00081140/1/00081155"},
		{"a new item", []Change{{Path: "00081140/2/00081155", Values: []string{"1.2.5"}}}, "+00081140/2 ~00080000"},
		{"an item too far", []Change{{Path: "00081140/3/00081155", Values: []string{"1.2.5"}}}, "!"},
		{"a new sequence", []Change{{Path: "00081110/0/00081155", Values: []string{"1.2.5"}}}, "+00081110 ~00080000"},
		{"a new sequence by items", []Change{{Path: "00081110", Items: []*Dataset{sample("ISO_IR 192")}}}, "+00081110 ~00080000"},
		{"no sequence", []Change{{Path: "00100010/0/00081155", Values: []string{"1.2.5"}}}, "!"},
		{"delete a sequence", []Change{{Path: "00081140", Op: Delete}}, "-00081140 ~00080000"},
		{"other pixels", []Change{{Path: "7FE00010", Bytes: []byte("ab")}}, "~7FE00010"},
		{"no pixels", []Change{{Path: "7FE00010", Op: Delete}}, "-7FE00010"},
		{"twice", []Change{name, {Path: "00100010", Op: Delete}}, "!"},
		{"a sequence and what is in it", []Change{{Path: "00081140", Op: Delete}, {Path: inner + "00080104"}}, "!"},
		{"no number", []Change{{Path: "Rows", Values: []string{"many"}}}, "!"},
		{"two values in one", []Change{{Path: "PatientID", Values: []string{`a\b`}}}, "!"},
		{"no path", []Change{{Path: "00081140/0"}}, "!"},
		{"file meta information", []Change{{Path: "00020016", Values: []string{"A"}}}, "!"},
	}
	for _, uid := range plainSyntaxes {
		for _, defined := range []bool{false, true} {
			ts := Syntax(uid)
			b := nested(ts, defined)
			if ts.Deflated {
				b = deflated(b)
			}
			before, err := Parse(b, ts)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				name := fmt.Sprintf("%s, %s, defined lengths %v", c.name, ts.Name, defined)
				out, err := edited(b, ts, c.changes...)
				if c.diff == "!" {
					if err == nil || len(out) > 0 {
						t.Errorf("%s: %d bytes, no error", name, len(out))
					}
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				after, err := Parse(out, ts)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				if got := strings.Join(difference(before, after, ""), " "); got != c.diff {
					t.Errorf("%s: changed %s, want %s", name, got, c.diff)
				}
				if c.diff == "" && !bytes.Equal(out, b) && !ts.Deflated {
					t.Errorf("%s: other bytes", name)
				}
				memory, err := Parse(b, ts)
				if err != nil {
					t.Fatal(err)
				}
				if err := memory.Apply(c.changes...); err != nil {
					t.Errorf("%s: in memory: %v", name, err)
				}
				for _, d := range difference(reencoded(t, memory, ts), after, "") {
					if !strings.HasSuffix(d, "0000") && d != "~7FE00010" {
						t.Errorf("%s: in memory otherwise: %s", name, d)
					}
				}
			}
		}
	}
}

// TestEditMeeting has changes meet in one element, named by the number of its item and by *: the first holds, in the stream and in memory, whether the
// element is there or not.
func TestEditMeeting(t *testing.T) {
	w := plainWriter{ts: explicit, defined: true}
	inside := w.inner()
	inside.element(ReferencedSOPInstanceUID, UI, []byte("1.2.4\x00"))
	w.sequence(ReferencedImageSequence, inside.b, inside.b)
	b := w.b
	operations := []Operation{Set, Replace, Delete}
	for _, tag := range []Tag{ReferencedSOPInstanceUID, Modality} { // there, and not
		for _, first := range operations {
			for _, second := range operations {
				for _, items := range [][2]string{{"0", "*"}, {"*", "0"}} {
					path := func(item string) string { return "00081140/" + item + "/" + tag.String() }
					changes := []Change{
						{Path: path(items[0]), Op: first, Values: []string{"1"}},
						{Path: path(items[1]), Op: second, Values: []string{"2"}},
					}
					out, err := edited(b, explicit, changes...)
					if err != nil {
						t.Fatal(err)
					}
					before, stream, memory := parsed(t, b), parsed(t, out), parsed(t, b)
					if err := memory.Apply(changes...); err != nil {
						t.Fatal(err)
					}
					name := fmt.Sprintf("%v, %v of %s and %v of %s", tag, first, items[0], second, items[1])
					if diff := difference(reencoded(t, memory, explicit), stream, ""); len(diff) > 0 {
						t.Errorf("%s: in the stream otherwise: %v", name, diff)
					}
					item := func(d *Dataset) *Dataset { return d.Get(ReferencedImageSequence).Items[0] }
					has := first == Set || first == Replace && item(before).Has(tag)
					if got := item(stream); got.Has(tag) != has || has && got.String(tag) != "1" {
						t.Errorf("%s: %q", name, got.String(tag))
					}
				}
			}
		}
	}
}

func parsed(t *testing.T, b []byte) *Dataset {
	t.Helper()
	d, err := Parse(b, explicit)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
