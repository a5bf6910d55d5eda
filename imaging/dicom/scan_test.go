package dicom

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"yilian"
)

// raw writes elements byte by byte, right or wrong.
type raw struct {
	b        []byte
	implicit bool
}

func (r *raw) tag(t Tag) *raw {
	r.b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(r.b, t.Group()), t.Element())
	return r
}

func (r *raw) u32(v uint32) *raw { r.b = binary.LittleEndian.AppendUint32(r.b, v); return r }

// head writes tag, VR and length.
func (r *raw) head(t Tag, vr string, length uint32) *raw {
	r.tag(t)
	if r.implicit {
		return r.u32(length)
	}
	r.b = append(r.b, vr...)
	if (VR(vr[0])<<8 | VR(vr[1])).long() {
		r.b = append(r.b, 0, 0)
		return r.u32(length)
	}
	r.b = binary.LittleEndian.AppendUint16(r.b, uint16(length))
	return r
}

func (r *raw) element(t Tag, vr, value string) *raw {
	r.head(t, vr, uint32(len(value)))
	r.b = append(r.b, value...)
	return r
}

func (r *raw) item(length uint32) *raw { return r.tag(itemTag).u32(length) }
func (r *raw) endItem() *raw           { return r.tag(itemDelimiter).u32(0) }
func (r *raw) endSequence() *raw       { return r.tag(sequenceDelimiter).u32(0) }
func (r *raw) bytes(s string) *raw     { r.b = append(r.b, s...); return r }

const undefined = math.MaxUint32

var explicit, implicit = Syntax(ExplicitVRLittleEndian), Syntax(ImplicitVRLittleEndian)

func TestStructures(t *testing.T) {
	sop := func() *raw { return (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00") }
	cases := []struct {
		name string
		data *raw
		path string // of an element to look up
		want string
	}{
		{"undefined lengths", sop().head(ReferencedStudySequence, "SQ", undefined).item(undefined).element(PatientID, "LO", "ab").endItem().endSequence(), "00081110/0/00100020", "ab"},
		{"defined lengths", sop().head(ReferencedStudySequence, "SQ", 18).item(10).element(PatientID, "LO", "ab"), "00081110/0/00100020", "ab"},
		{"item of undefined length in a sequence of defined", sop().head(ReferencedStudySequence, "SQ", 26).item(undefined).element(PatientID, "LO", "ab").endItem(), "00081110/0/00100020", "ab"},
		{"second item", sop().head(ReferencedStudySequence, "SQ", undefined).item(0).item(10).element(PatientID, "LO", "ab").endSequence(), "00081110/1/00100020", "ab"},
		{"UN of undefined length holds implicit VR", sop().head(NewTag(0x0009, 0x1001), "UN", undefined).item(undefined).tag(PatientID).u32(2).bytes("ab").endItem().endSequence().element(PatientID, "LO", "cd"), "00091001/0/00100020", "ab"},
		{"after that explicit VR goes on", sop().head(NewTag(0x0009, 0x1001), "UN", undefined).item(undefined).endItem().endSequence().element(PatientID, "LO", "cd"), "00100020", "cd"},
		{"a sequence written as UN", sop().head(ReferencedStudySequence, "UN", 18).item(10).tag(PatientID).u32(2).bytes("ab"), "00081110/0/00100020", "ab"},
		{"a number written as UN", sop().element(Rows, "UN", "\x00\x02"), "00280010", "512"},
		{"OV, SV and UV have long lengths", sop().element(NewTag(0x0072, 0x0081), "OV", "12345678").element(NewTag(0x0072, 0x0082), "SV", "\xff\xff\xff\xff\xff\xff\xff\xff").element(NewTag(0x0072, 0x0083), "UV", "\xff\xff\xff\xff\xff\xff\xff\xff").element(Rows2, "US", "\x01\x00"), "00720083", "18446744073709551615"},
		{"SV is signed", sop().element(NewTag(0x0072, 0x0082), "SV", "\xff\xff\xff\xff\xff\xff\xff\xff"), "00720082", "-1"},
		{"a VR of a later edition", sop().element(NewTag(0x0072, 0x0099), "ZZ", "abcd").element(NewTag(0x0072, 0x00A0), "LO", "ef"), "007200A0", "ef"},
		{"zeros at the end", sop().element(PatientID, "LO", "ab").bytes(strings.Repeat("\x00", 37)), "00100020", "ab"},
		{"a few zeros at the end", sop().element(PatientID, "LO", "ab").bytes("\x00\x00\x00"), "00100020", "ab"},
		{"elements out of order", sop().element(PatientID, "LO", "ab").element(Modality, "CS", "CT"), "00080060", "CT"},
		{"an odd length", sop().element(PatientID, "LO", "abc").element(PatientSex, "CS", "O "), "00100020", "abc"},
		{"a VR of no letters", sop().element(PatientID, "LO", "ab").tag(NewTag(0x10, 0x30)).bytes("??\x02\x00xy").element(PatientSex, "CS", "O "), "00100040", "O"},
		{"a delimiter after an item of defined length", sop().head(ReferencedStudySequence, "SQ", undefined).item(18).element(PatientID, "LO", "ab").endItem().endSequence().element(PatientID, "LO", "cd"), "00100020", "cd"},
		{"a private sequence in a private block", sop().element(NewTag(9, 0x10), "LO", "YILIAN").head(NewTag(9, 0x1000), "SQ", undefined).item(undefined).element(NewTag(9, 0x1001), "LO", "ab").endItem().endSequence(), "00091000/0/00091001", "ab"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for kind, r := range readers(c.data.b) {
				obj, err := Scan(r, explicit, Options{})
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				e, level := obj.Dataset.Lookup(c.path)
				if e == nil {
					t.Fatalf("%s: %s is not there", kind, c.path)
				}
				if got := level.String(e.Tag); got != c.want {
					t.Errorf("%s: %q, want %q", kind, got, c.want)
				}
				if obj.Size != int64(len(c.data.b)) {
					t.Errorf("%s: size %d, want %d", kind, obj.Size, len(c.data.b))
				}
			}
		})
	}
}

// Rows2 is an ordinary element behind the selectors.
const Rows2 Tag = 0x00720100

// readers gives the same bytes in pieces of several sizes.
func readers(b []byte) map[string]io.Reader {
	return map[string]io.Reader{
		"whole":        bytes.NewReader(b),
		"one by one":   iotest.OneByteReader(bytes.NewReader(b)),
		"half":         iotest.HalfReader(bytes.NewReader(b)),
		"end with EOF": iotest.DataErrReader(bytes.NewReader(b)),
	}
}

func TestRefusals(t *testing.T) {
	start := func() *raw { return (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00") }
	nested := func(n int) *raw {
		r := start()
		for range n {
			r.head(ContentSequence, "SQ", undefined).item(undefined)
		}
		return r
	}
	many := start()
	for i := range 50 {
		many.element(NewTag(0x0011, uint16(0x1000+i)), "LO", "ab")
	}
	fragments := start().head(PixelData, "OB", undefined).item(0)
	for range 50 {
		fragments.item(0)
	}
	cases := []struct {
		name   string
		data   []byte
		ts     TransferSyntax
		o      Options
		reason Reason
		offset int64
	}{
		{"cut in a tag", start().element(PatientID, "LO", "abcd").b[:16], explicit, Options{}, ReasonTruncated, 14},
		{"cut in a value", start().element(PatientID, "LO", "abcd").b[:24], explicit, Options{}, ReasonTruncated, 24},
		{"a length past the known end", start().head(PatientID, "LO", 100).b, explicit, Options{Size: 22}, ReasonTruncated, 14},
		{"a huge length", start().head(TextValue, "UT", 0x7FFFFFF0).bytes("abc").b, explicit, Options{}, ReasonTruncated, 29},
		{"a huge length of a known stream", start().head(TextValue, "UT", 0x7FFFFFF0).bytes("abc").b, explicit, Options{Size: 29}, ReasonTruncated, 14},
		{"an element longer than its item", start().head(ContentSequence, "SQ", undefined).item(10).element(PatientID, "LO", "abcdef").endSequence().b, explicit, Options{}, ReasonLength, 34},
		{"an item longer than its sequence", start().head(ContentSequence, "SQ", 18).item(20).element(PatientID, "LO", "ab").bytes("0123456789").b, explicit, Options{}, ReasonLength, 26},
		{"a length past an outer item", start().head(ContentSequence, "SQ", undefined).item(30).head(ContentSequence, "SQ", undefined).item(undefined).element(TextValue, "UT", "0123456789").b, explicit, Options{}, ReasonLength, 54},
		{"undefined length of text", start().head(TextValue, "UT", undefined).b, explicit, Options{}, ReasonLength, 14},
		{"an unclosed sequence", start().head(ContentSequence, "SQ", undefined).item(undefined).b, explicit, Options{}, ReasonTruncated, 34},
		{"an element where an item must be", start().head(ContentSequence, "SQ", undefined).element(PatientID, "LO", "ab").b, explicit, Options{}, ReasonStructure, 26},
		{"a stray delimiter", start().endSequence().b, explicit, Options{}, ReasonStructure, 14},
		{"a stray item", start().item(0).b, explicit, Options{}, ReasonStructure, 14},
		{"the wrong delimiter", start().head(ContentSequence, "SQ", undefined).endItem().b, explicit, Options{}, ReasonStructure, 26},
		{"the same element twice", start().element(PatientID, "LO", "ab").element(PatientID, "LO", "cd").b, explicit, Options{}, ReasonDuplicate, 24},
		{"the same element twice, apart", start().element(PatientID, "LO", "ab").element(Modality, "CS", "CT").element(PatientID, "LO", "cd").b, explicit, Options{}, ReasonDuplicate, -1},
		{"explicit declared as implicit", start().b, implicit, Options{}, ReasonMismatch, 0},
		{"implicit declared as explicit", (&raw{implicit: true}).element(SOPInstanceUID, "", "1.2.3\x00").b, explicit, Options{}, ReasonMismatch, 0},
		{"a fragment of undefined length", start().head(PixelData, "OB", undefined).item(0).item(undefined).b, explicit, Options{}, ReasonStructure, 34},
		{"no item among the fragments", start().head(PixelData, "OB", undefined).item(0).element(PatientID, "LO", "ab").b, explicit, Options{}, ReasonStructure, 34},
		{"too deep", nested(9).b, explicit, Options{MaxDepth: 8}, ReasonDepth, 14 + 8*20},
		{"too many elements", many.b, explicit, Options{MaxElements: 40}, ReasonElements, 14 + 39*10},
		{"too large a header", many.b, explicit, Options{MaxHeader: 90}, ReasonHeader, 14 + 42*10},
		{"too many fragments", fragments.b, explicit, Options{MaxFragments: 40}, ReasonFragments, 14 + 12 + 8 + 40*8},
		{"too long a stream", many.b, explicit, Options{MaxSize: 100}, ReasonSize, -1},
		{"something behind the padding", start().bytes(strings.Repeat("\x00", 20) + "x").b, explicit, Options{}, ReasonStructure, 14},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Scan(bytes.NewReader(c.data), c.ts, c.o)
			e, ok := errors.AsType[*SyntaxError](err)
			if !ok {
				t.Fatalf("error %v, want a SyntaxError", err)
			}
			if e.Reason != c.reason || c.offset >= 0 && e.Offset != c.offset {
				t.Errorf("%s at %d (%v), want %s at %d", e.Reason, e.Offset, err, c.reason, c.offset)
			}
			want := yilian.Invalid
			if slices.Contains([]Reason{ReasonDepth, ReasonElements, ReasonHeader, ReasonFragments, ReasonSize}, c.reason) {
				want = yilian.TooLarge
			}
			if yilian.KindOf(err) != want {
				t.Errorf("kind %v, want %v", yilian.KindOf(err), want)
			}
		})
	}
}

func TestReadErrorIsKept(t *testing.T) {
	broken := errors.New("the line is down")
	data := (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00").head(PixelData, "OW", 1<<20).b
	for name, r := range map[string]io.Reader{
		"in a value": io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)),
		"in a tag":   io.MultiReader(bytes.NewReader(data[:10]), iotest.ErrReader(broken)),
		"at once":    iotest.ErrReader(broken),
	} {
		if _, err := Scan(r, explicit, Options{}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ScanFile(r, Options{}); err == nil {
			t.Errorf("%s: a file without an error", name)
		}
	}
}

// TestReadsEachByteOnce hands a TeeReader, as a receiver does that stores and hashes what is scanned.
func TestReadsEachByteOnce(t *testing.T) {
	pixels := strings.Repeat("pixels..", 40_000)
	data := (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00").element(PixelData, "OW", pixels).element(DataSetTrailingPadding, "OB", "\x00\x00").b
	hash := sha256.New()
	obj, err := Scan(io.TeeReader(iotest.HalfReader(bytes.NewReader(data)), hash), explicit, Options{Base: 1000, Buffer: make([]byte, 8<<10)})
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256(data); !bytes.Equal(hash.Sum(nil), want[:]) {
		t.Error("the copy differs")
	}
	if l := obj.Layout; l.Offset != 1000+14+12 || l.Length != int64(len(pixels)) {
		t.Errorf("pixel data at %d, %d bytes", l.Offset, l.Length)
	}
	if e := obj.Dataset.Get(PixelData); !e.IsBulk() || e.Bulk.Offset != 1026 {
		t.Errorf("bulk %+v", e.Bulk)
	}
}

func TestHeaderOnly(t *testing.T) {
	data := (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00").element(Rows, "US", "\x02\x00").head(PixelData, "OW", 1<<30).b
	r := &counter{r: io.MultiReader(bytes.NewReader(data), zeroReader{})}
	obj, err := Scan(r, explicit, Options{Header: true})
	if err != nil {
		t.Fatal(err)
	}
	if obj.Dataset.Has(PixelData) || obj.Layout.Tag != PixelData || r.n > 64<<10 {
		t.Errorf("pixel data read or not announced; %d bytes read", r.n)
	}
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, 5)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func TestDeflated(t *testing.T) {
	ts := Syntax(DeflatedExplicitVRLittleEndian)
	data := (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00").element(PixelData, "OW", strings.Repeat("ab", 5000)).b
	hash := sha256.New()
	packed := append(deflated(data), 0) // padded to even length
	obj, err := Scan(io.TeeReader(bytes.NewReader(packed), hash), ts, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256(packed); !bytes.Equal(hash.Sum(nil), want[:]) {
		t.Error("the padding was not read")
	}
	if l := obj.Layout; !l.Deflated || l.Length != 10000 || obj.Dataset.UID(SOPInstanceUID) != "1.2.3" {
		t.Errorf("layout %+v", l)
	}
	if d, err := Parse(packed, ts); err != nil || d.UID(SOPInstanceUID) != "1.2.3" {
		t.Errorf("parsed from memory: %v", err)
	}
	for name, b := range map[string][]byte{"cut": packed[:len(packed)/2], "empty": nil, "none": []byte("this is no deflated stream")} {
		e, ok := errors.AsType[*SyntaxError](errOf(Scan(bytes.NewReader(b), ts, Options{})))
		if !ok || e.Reason != ReasonDeflate && e.Reason != ReasonTruncated {
			t.Errorf("%s: %v", name, e)
		}
	}
	bomb := deflated((&raw{}).head(PixelData, "OW", 100<<20).bytes(strings.Repeat("\x00", 8<<20)).b)
	e, ok := errors.AsType[*SyntaxError](errOf(Scan(bytes.NewReader(bomb), ts, Options{MaxSize: 1 << 20})))
	if !ok || e.Reason != ReasonSize {
		t.Errorf("a bomb: %v", e)
	}
}

func errOf(_ *Object, err error) error { return err }

// TestMemoryStaysBounded feeds streams that announce much and counts what is allocated for them.
func TestMemoryStaysBounded(t *testing.T) {
	deep := &raw{}
	for range 500_000 {
		deep.head(ContentSequence, "SQ", undefined).item(undefined)
	}
	announced := (&raw{}).head(TextValue, "UT", 0x7FFFFFF0).b
	table := (&raw{}).head(PixelData, "OB", undefined).item(0xFFFFFFF0).b
	cases := []struct {
		name string
		data []byte
		o    Options
		max  uint64
	}{
		{"60 MB of nested sequences", deep.b, Options{}, 1 << 20},
		{"a text of 2 GiB that is not there", announced, Options{MaxValue: math.MaxInt, MaxHeader: math.MaxInt64}, 2 << 20},
		{"an offset table of 4 GiB", table, Options{}, 1 << 20},
	}
	for _, c := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Scan(bytes.NewReader(c.data), explicit, c.o)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", c.name)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > c.max {
			t.Errorf("%s: %d bytes allocated", c.name, n)
		}
	}
}

func TestFileForms(t *testing.T) {
	file, err := AppendFile(nil, sample("ISO_IR 192"), explicit)
	if err != nil {
		t.Fatal(err)
	}
	noPreamble := file[132:]
	data, err := AppendDataset(nil, sample("ISO_IR 192"), explicit)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := AppendDataset(nil, sample("ISO_IR 192"), implicit)
	if err != nil {
		t.Fatal(err)
	}
	big, err := AppendDataset(nil, sample("ISO_IR 192"), Syntax(ExplicitVRBigEndian))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b        []byte
		uid      string
		warnings int
	}{
		"as it should be":               {file, ExplicitVRLittleEndian, 0},
		"without a preamble":            {noPreamble, ExplicitVRLittleEndian, 1},
		"with DICM only":                {append([]byte("DICM"), noPreamble...), ExplicitVRLittleEndian, 1},
		"without meta, explicit":        {data, ExplicitVRLittleEndian, 2},
		"without meta, implicit":        {plain, ImplicitVRLittleEndian, 2},
		"without meta, big endian":      {big, ExplicitVRBigEndian, 2},
		"a preamble before implicit VR": {append(slices.Clone(file[:132]), plain...), ImplicitVRLittleEndian, 1},
	} {
		obj, err := ScanFile(bytes.NewReader(c.b), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if obj.Syntax.UID != c.uid || len(obj.Warnings) != c.warnings {
			t.Errorf("%s: %s, warnings %v", name, obj.Syntax.Name, obj.Warnings)
		}
		if obj.Dataset.PersonName(PatientName).Ideographic != "张^三" {
			t.Errorf("%s: the name is %v", name, obj.Dataset.PersonName(PatientName))
		}
	}
	for name, b := range map[string]string{
		"nothing": "", "one byte": "D", "a page": "<!DOCTYPE html><html><body>" + strings.Repeat("x", 300), "zeros": strings.Repeat("\x00", 1000),
		"only a preamble": strings.Repeat("\x00", 128), "only DICM": strings.Repeat("\x00", 128) + "DICM", "PNG": "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 200),
	} {
		e, ok := errors.AsType[*SyntaxError](errOf(ScanFile(strings.NewReader(b), Options{})))
		if !ok || e.Reason != ReasonNotDICOM {
			t.Errorf("%s: %v", name, e)
		}
	}
}
