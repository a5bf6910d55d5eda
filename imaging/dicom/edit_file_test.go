package dicom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func editedFile(b []byte, changes ...Change) ([]byte, error) {
	return io.ReadAll(EditFile(iotest.OneByteReader(bytes.NewReader(b)), changes))
}

// TestEditFileMeta: the file meta information repeats the SOP UIDs.
func TestEditFileMeta(t *testing.T) {
	for _, uid := range plainSyntaxes[:3] {
		b, err := AppendFile(nil, sample("GB18030"), Syntax(uid))
		if err != nil {
			t.Fatal(err)
		}
		out, err := editedFile(b, Change{Path: "SOPInstanceUID", Values: []string{"2.25.99999999"}}, Change{Path: "00020016", Values: []string{"WARD7"}})
		if err != nil {
			t.Fatal(err)
		}
		before, after := mustScan(t, b), mustScan(t, out)
		if got, want := difference(before.Meta, after.Meta, ""), []string{"+00020016", "~00020000", "~00020003"}; !slices.Equal(got, want) {
			t.Errorf("meta: %v, want %v", got, want)
		}
		if got := after.Meta.UID(MediaStorageSOPInstanceUID); got != "2.25.99999999" || after.Dataset.UID(SOPInstanceUID) != got {
			t.Errorf("the UIDs are %s and %s", got, after.Dataset.UID(SOPInstanceUID))
		}
		if n, _ := after.Meta.Int(FileMetaInformationGroupLength); int64(n) != after.Start-144 {
			t.Errorf("group length %d of %d", n, after.Start-144)
		}
		if got := difference(before.Dataset, after.Dataset, ""); !slices.Equal(got, []string{"~00080018"}) {
			t.Errorf("data set: %v", got)
		}
		if out, err := editedFile(b, Change{Path: "TransferSyntaxUID", Values: []string{ExplicitVRBigEndian}}); err == nil || len(out) > 0 {
			t.Error("another transfer syntax was declared")
		}
	}
}

func mustScan(t *testing.T, b []byte) *Object {
	t.Helper()
	obj, err := ScanFile(bytes.NewReader(b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// TestEditCharset: new text follows what is declared, or the data set follows the new text.
func TestEditCharset(t *testing.T) {
	cases := []struct {
		name, terms, patient, set string
		recoded                   bool
	}{
		{"GB18030 carries it", "GB18030", "\xd5\xc5", "李四", false},
		{"UTF-8 carries it", "ISO_IR 192", "张", "李四", false},
		{"escapes carry it", `\ISO 2022 IR 58`, "Zhang=\x1b$)A\xd5\xc5", "Li=李", false},
		{"ASCII in Latin-1", "ISO_IR 100", "J\xe9r\xf4me", "Jerome", false},
		{"Chinese in Latin-1", "ISO_IR 100", "J\xe9r\xf4me", "李四", true},
		{"Chinese in nothing", "", "Zhang", "李四", true},
		{"ASCII in what is belied", "ISO_IR 100", "\xd5\xc5^\xc8\xfd", "Li", false},
		{"Latin-1 in what is belied", "ISO_IR 100", "\xd5\xc5^\xc8\xfd", "é", true},
		{"an emoji in GBK", "GBK", "\xd5\xc5", "😀", true},
	}
	for _, c := range cases {
		for _, defined := range []bool{false, true} {
			w := plainWriter{ts: explicit, defined: defined}
			if c.terms != "" {
				w.element(SpecificCharacterSet, CS, padded(c.terms))
			}
			item := w.inner()
			item.element(PatientComments, LT, padded(c.patient))
			other := w.inner()
			other.element(SpecificCharacterSet, CS, []byte("GB18030 "))
			other.element(PatientComments, LT, []byte("\xd5\xc5"))
			w.sequence(ReferencedPatientSequence, item.b, other.b)
			w.element(PatientName, PN, padded(c.patient))
			w.element(PixelData, OB, []byte{1, 2})
			w.element(NewTag(0x7FE1, 0x0010), LO, []byte("YILIAN"))
			before, err := Parse(w.b, explicit)
			if err != nil {
				t.Fatal(err)
			}
			out, err := edited(w.b, explicit, Change{Path: "StudyDescription", Values: []string{c.set}})
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			after, err := Parse(out, explicit)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			declared, guess := after.Charset()
			was, _ := before.Charset()
			if c.recoded && (!slices.Equal(declared, []string{"ISO_IR 192"}) || guess != "") || !c.recoded && !slices.Equal(declared, was) {
				t.Errorf("%s: declared %q, guess %q", c.name, declared, guess)
			}
			if got := after.String(StudyDescription); got != c.set {
				t.Errorf("%s: new text %q", c.name, got)
			}
			for _, path := range []string{"00100010", "00081120/0/00104000", "00081120/1/00104000"} {
				e, level := before.Lookup(path)
				f, after := after.Lookup(path)
				if f == nil || !slices.Equal(level.ValuesOf(e), after.ValuesOf(f)) {
					t.Errorf("%s: %s reads otherwise", c.name, path)
				}
			}
		}
	}
}

func padded(s string) []byte {
	if len(s)%2 != 0 {
		s += " "
	}
	return []byte(s)
}

// TestEditRelabel: a change of Specific Character Set tells the truth about bytes that stay.
func TestEditRelabel(t *testing.T) {
	b := (&raw{}).element(SpecificCharacterSet, "CS", "ISO_IR 100").element(PatientName, "PN", "\xd5\xc5").b
	changes := []Change{{Path: "00080005", Values: []string{"GB18030"}}, {Path: "PatientComments", Values: []string{"李"}}}
	out, err := edited(b, explicit, changes...)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(out, explicit)
	if err != nil || d.String(PatientName) != "张" || d.String(PatientComments) != "李" || string(d.Get(PatientName).Value) != "\xd5\xc5" {
		t.Errorf("%v, %q, %q", err, d.String(PatientName), d.String(PatientComments))
	}
	if memory, err := Parse(b, explicit); err != nil || memory.Apply(changes...) != nil || memory.String(PatientName) != "张" || memory.String(PatientComments) != "李" {
		t.Errorf("in memory: %v, %q", err, memory.String(PatientName))
	}
	changes[0].Values[0] = "ISO_IR 100"
	if out, err := edited(b, explicit, changes...); err == nil || len(out) > 0 {
		t.Error("Latin-1 expresses Chinese")
	}
}

// TestEditPasses: long values and pixel data go through without being held, and what is behind them is edited.
func TestEditPasses(t *testing.T) {
	const size = 100 << 20
	w := plainWriter{ts: explicit, defined: true}
	w.element(NewTag(0x0042, 0), UL, w.number(4, 12+2))
	head := bytes.Clone(w.b)
	w.b = nil
	w.element(EncapsulatedDocument, OB, nil)
	document := w.b[:8]
	w.b = nil
	w.element(NewTag(0x0042, 0x0012), LO, []byte("text/html "))
	w.element(PatientName, PN, []byte("out of order"))
	var tail bytes.Buffer
	tail.Write(w.b)
	stream := func() io.Reader {
		return io.MultiReader(bytes.NewReader(head), bytes.NewReader(document), bytes.NewReader([]byte{0, 0, 0x40, 6}), io.LimitReader(zeroReader{}, size), bytes.NewReader(tail.Bytes()))
	}
	for _, c := range []struct {
		name   string
		change Change
		grows  int64
	}{
		{"behind", Change{Path: "00420012", Values: []string{"application/pdf"}}, 6 - 12},
		{"itself", Change{Path: "00420010", Values: []string{"title "}}, 14},
		{"out of order", Change{Path: "PatientName", Values: []string{"x"}}, 2 - 12},
	} {
		in := &counter{r: stream()}
		r := Edit(in, explicit, []Change{c.change})
		var n, most int64
		buffer := make([]byte, 32<<10)
		for {
			m, err := r.Read(buffer)
			n += int64(m)
			most = max(most, int64(in.n)-n)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		if want := int64(in.n) + c.grows; n != want {
			t.Errorf("%s: %d bytes, want %d", c.name, n, want)
		}
		if most > 2<<20 {
			t.Errorf("%s: %d bytes were held", c.name, most)
		}
	}
}

// TestEditRefuses: damage is told before the first byte where the header has it, and is not passed over behind it.
func TestEditRefuses(t *testing.T) {
	name := Change{Path: "FFFCFFFC", Op: Delete}
	for what, b := range map[string][]byte{
		"a header cut short": nested(explicit, true)[:60],
		"no data set":        []byte("GIF89a and more of it"),
		"a false syntax":     nested(implicit, true),
	} {
		out, err := edited(b, explicit, name)
		if _, ok := errors.AsType[*SyntaxError](err); !ok || len(out) > 0 {
			t.Errorf("%s: %d bytes, error %v", what, len(out), err)
		}
	}
	b := nested(explicit, true)
	if _, err := edited(b[:len(b)-20], explicit, name); err == nil {
		t.Error("pixel data cut short pass")
	}
	broken := errors.New("broken")
	r := Edit(io.MultiReader(bytes.NewReader(b[:50]), iotest.ErrReader(broken)), explicit, []Change{name})
	if _, err := io.ReadAll(r); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestEditCorpus edits every readable shared file: nothing else differs, and the bytes of the pixel data stay.
func TestEditCorpus(t *testing.T) {
	changes := []Change{
		{Path: "PatientName", Values: []string{"Wang^Wu=王^五"}},
		{Path: "SOPInstanceUID", Values: []string{"2.25.4711"}},
		{Path: "AccessionNumber", Values: []string{"A-0815"}},
		{Path: "PatientBirthDate", Op: Delete},
	}
	n := 0
	for _, f := range corpusFiles(t) {
		b, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		before, err := ScanFile(bytes.NewReader(b), Options{})
		if err != nil {
			out, err := io.ReadAll(EditFile(bytes.NewReader(b), changes))
			if err == nil && !bytes.HasSuffix(out, b[len(b)-40:]) { // damage behind the last change passes unread
				t.Errorf("%s cannot be read but is edited to %d bytes", f.name, len(out))
			}
			continue
		}
		n++
		if same, err := io.ReadAll(EditFile(bytes.NewReader(b), nil)); err != nil || !bytes.Equal(same, b) {
			t.Errorf("%s: not the same without changes (error %v)", f.name, err)
		}
		out, err := io.ReadAll(EditFile(bytes.NewReader(b), changes))
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		after, err := ScanFile(bytes.NewReader(out), Options{})
		if err != nil {
			t.Errorf("%s: cannot be read: %v", f.name, err)
			continue
		}
		unexpected(t, f.name, before, after, b, out)
		if e := before.Dataset.Get(StudyInstanceUID); e != nil && e.form == 0 && !before.Syntax.Deflated { // one written as UN gets its true VR
			inPlace(t, f.name, b, len(e.Value))
		}
	}
	t.Logf("%d files edited", n)
	if n < 300 {
		t.Errorf("only %d files were edited", n)
	}
}

// inPlace sets a UID to another one of n bytes: no byte of the file but those n differs.
func inPlace(t *testing.T, name string, b []byte, n int) {
	t.Helper()
	uid := strings.Repeat("7", n)
	out, err := io.ReadAll(EditFile(bytes.NewReader(b), []Change{{Path: "StudyInstanceUID", Values: []string{uid}}}))
	if n%2 != 0 {
		return // an odd length is mended
	}
	if err != nil || len(out) != len(b) {
		t.Errorf("%s: %d bytes become %d (error %v)", name, len(b), len(out), err)
		return
	}
	if at := bytes.Index(out, []byte(uid)); at < 0 || !bytes.Equal(out[:at], b[:at]) || !bytes.Equal(out[at+n:], b[at+n:]) {
		t.Errorf("%s: other bytes than the UID's changed", name)
	}
}

func unexpected(t *testing.T, name string, before, after *Object, b, out []byte) {
	t.Helper()
	declared, _ := before.Dataset.Charset()
	now, _ := after.Dataset.Charset()
	recoded := !slices.Equal(declared, now)
	for _, d := range difference(before.Dataset, after.Dataset, "") {
		path := d[1:]
		switch path {
		case "00100010", "00080018", "00080050", "00100030":
			continue
		}
		e, level := before.Dataset.Lookup(path)
		o, other := after.Dataset.Lookup(path)
		switch {
		case strings.HasSuffix(path, "0000"):
		case recoded && strings.HasSuffix(path, "00080005"):
		case recoded && e != nil && o != nil && slices.Equal(level.ValuesOf(e), other.ValuesOf(o)):
		default:
			t.Errorf("%s: %s changed", name, d)
		}
	}
	if got := after.Dataset.String(PatientName); got != "Wang^Wu=王^五" {
		t.Errorf("%s: name %q", name, got)
	}
	if _, err := pixels(before, b); err != nil || before.Syntax.Deflated {
		return
	}
	p, _ := pixels(before, b)
	if q, err := pixels(after, out); err != nil || !bytes.Equal(p, q) {
		t.Errorf("%s: other pixel data (error %v)", name, err)
	}
}

func pixels(o *Object, b []byte) ([]byte, error) {
	l := o.Layout
	if l.Offset+l.Length > int64(len(b)) {
		return nil, fmt.Errorf("%d bytes at %d of %d", l.Length, l.Offset, len(b))
	}
	return b[l.Offset : l.Offset+l.Length], nil
}
