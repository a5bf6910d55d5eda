package dicom

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"yilian"
)

// from opens bulk values in the bytes that were scanned.
func from(b []byte) BulkSource {
	return func(e *Element) (io.Reader, error) { return bytes.NewReader(b[e.Bulk.Offset:]), nil }
}

// writtenBack scans a file and writes it again.
func writtenBack(b []byte, o Options) (*Object, []byte, error) {
	obj, err := ScanFile(bytes.NewReader(b), o)
	if err != nil {
		return nil, nil, err
	}
	plain := b
	if obj.Syntax.Deflated { // offsets count inflated bytes
		inflated, err := io.ReadAll(flate.NewReader(bytes.NewReader(b[obj.Start:])))
		if err != nil {
			return nil, nil, err
		}
		plain = append(bytes.Clone(b[:obj.Start]), inflated...)
	}
	var out bytes.Buffer
	err = obj.Write(&out, from(plain))
	return obj, out.Bytes(), err
}

// TestWritesBackCorpus: every shared file that is read without a warning is written as the same bytes, whether its values were
// kept or left in the stream. The others are written as files that read the same.
func TestWritesBackCorpus(t *testing.T) {
	exact, other := 0, 0
	for _, f := range corpusFiles(t) {
		b, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{}, {MaxValue: 64}} {
			obj, out, err := writtenBack(b, o)
			if obj == nil {
				break // TestCorpus says which may
			}
			switch {
			case err != nil && len(obj.Warnings) > 0:
				other++
			case err != nil:
				t.Errorf("%s: %v", f.name, err)
			case len(obj.Warnings) > 0 || obj.Syntax.Deflated:
				other++
				back, err := ScanFile(bytes.NewReader(out), Options{})
				if err == nil && o.MaxValue == 0 {
					for _, d := range difference(obj.Dataset, back.Dataset, "") {
						if e, _ := back.Dataset.Lookup(d[1:]); e == nil || len(e.Value)%2 != 0 {
							t.Errorf("%s: %s", f.name, d)
						}
					}
				} else if err != nil {
					t.Errorf("%s: is written so that it cannot be read: %v", f.name, err)
				}
			case !bytes.Equal(b, out):
				at := 0
				for at < min(len(b), len(out)) && b[at] == out[at] {
					at++
				}
				t.Errorf("%s: %d bytes are written as %d, other ones from %d on", f.name, len(b), len(out), at)
			default:
				exact++
			}
		}
	}
	t.Logf("%d written as the same bytes, %d with warnings or deflated read the same", exact, other)
	if exact < 500 {
		t.Errorf("only %d were written as the same bytes", exact)
	}
}

// TestWritesBack goes through the forms that a data set can have on the wire.
func TestWritesBack(t *testing.T) {
	sop := func() *raw { return (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00") }
	cases := map[string]*raw{
		"defined lengths":                 sop().head(ReferencedStudySequence, "SQ", 18).item(10).element(PatientID, "LO", "ab"),
		"undefined lengths":               sop().head(ReferencedStudySequence, "SQ", undefined).item(undefined).element(PatientID, "LO", "ab").endItem().endSequence(),
		"undefined in defined":            sop().head(ReferencedStudySequence, "SQ", 26).item(undefined).element(PatientID, "LO", "ab").endItem(),
		"defined in undefined":            sop().head(ReferencedStudySequence, "SQ", undefined).item(10).element(PatientID, "LO", "ab").endSequence(),
		"an empty sequence":               sop().head(ReferencedStudySequence, "SQ", 0),
		"an empty one with its delimiter": sop().head(ReferencedStudySequence, "SQ", undefined).endSequence(),
		"an empty item":                   sop().head(ReferencedStudySequence, "SQ", 8).item(0),
		"a sequence as UN":                sop().head(ReferencedStudySequence, "UN", 18).item(10).tag(PatientID).u32(2).bytes("ab"),
		"a private one as UN":             sop().head(NewTag(9, 0x1001), "UN", undefined).item(undefined).tag(PatientID).u32(2).bytes("ab").endItem().endSequence().element(PatientID, "LO", "cd"),
		"a UN in a UN":                    sop().head(NewTag(9, 0x1001), "UN", undefined).item(undefined).tag(ReferencedStudySequence).u32(18).item(10).tag(PatientID).u32(2).bytes("ab").endItem().endSequence(),
		"text as UN":                      sop().element(PatientID, "UN", "ab"),
		"a number as UN":                  sop().element(Rows, "UN", "\x00\x02"),
		"OV, SV, UV":                      sop().element(NewTag(0x0072, 0x0081), "OV", "12345678").element(NewTag(0x0072, 0x0082), "SV", "12345678").element(NewTag(0x0072, 0x0083), "UV", "12345678"),
		"padding":                         sop().element(PatientName, "PN", "a\x00").element(PatientID, "LO", "ab    "),
		"group lengths":                   (&raw{}).element(NewTag(8, 0), "UL", "\x0e\x00\x00\x00").element(SOPInstanceUID, "UI", "1.2.3\x00"),
		"a retired element":               sop().element(NewTag(0x0010, 0x1050), "LO", "abcd"),
		"a private block":                 sop().element(NewTag(9, 0x10), "LO", "YILIAN").element(NewTag(9, 0x1001), "OB", "\x00\x01"),
		"pixel data":                      sop().element(PixelData, "OW", "12345678").element(NewTag(0xFFFC, 0xFFFC), "OB", "\x00\x00"),
		"fragments":                       capsule("2 ", []string{soi + "ab", "cd", soi + "ef"}, []int{0, 2}, []int{0, 2}),
		"fragments in an item of defined length": sop().head(NewTag(0x0088, 0x0200), "SQ", 8+12+8+8+4+8).item(12+8+8+4+8).
			head(PixelData, "OB", undefined).item(0).item(4).bytes("abcd").endSequence(),
	}
	for name, c := range cases {
		for _, max := range []int{0, 1} {
			obj, err := Scan(bytes.NewReader(c.b), explicit, Options{MaxValue: max})
			if err != nil || len(obj.Warnings) > 0 {
				t.Errorf("%s: %v, %v", name, err, obj.Warnings)
				continue
			}
			var out bytes.Buffer
			if err := Write(&out, obj.Dataset, explicit, from(c.b)); err != nil || !bytes.Equal(out.Bytes(), c.b) {
				t.Errorf("%s (values of %d kept): error %v\n got %q\nwant %q", name, max, err, out.Bytes(), c.b)
			}
		}
	}
	for _, uid := range plainSyntaxes[:3] {
		for _, defined := range []bool{false, true} {
			b, ts := nested(Syntax(uid), defined), Syntax(uid)
			obj, err := Scan(bytes.NewReader(b), ts, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := Write(&out, obj.Dataset, ts, from(b)); err != nil || !bytes.Equal(out.Bytes(), b) {
				t.Errorf("%s: error %v\n got %q\nwant %q", ts.Name, err, out.Bytes(), b)
			}
		}
	}
}

// TestWriteAcross: lengths stay true when a data set of defined lengths is changed, or goes into another syntax.
func TestWriteAcross(t *testing.T) {
	for _, from := range plainSyntaxes[:3] {
		for _, to := range plainSyntaxes {
			d, err := Parse(nested(Syntax(from), true), Syntax(from))
			if err != nil {
				t.Fatal(err)
			}
			d.Delete(PixelData)
			if err := d.Apply(Change{Path: "00081140/0/00081155", Values: []string{"1.2.3.4.5.6.7.8"}}); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := Write(&out, d, Syntax(to), nil); err != nil {
				t.Fatal(err)
			}
			back, err := Parse(out.Bytes(), Syntax(to))
			if err != nil {
				t.Errorf("%s to %s: %v", from, to, err)
				continue
			}
			if got, want := back.AppendJSON(nil, JSONOptions{}), d.AppendJSON(nil, JSONOptions{}); !bytes.Equal(got, want) {
				t.Errorf("%s to %s:\n got %s\nwant %s", from, to, got, want)
			}
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	b := nested(explicit, true)
	obj, err := Scan(bytes.NewReader(b), explicit, Options{})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		ts   TransferSyntax
		bulk BulkSource
		want error
	}{
		"no source":          {explicit, nil, nil},
		"another byte order": {Syntax(ExplicitVRBigEndian), from(b), nil},
		"a source that errs": {explicit, func(*Element) (io.Reader, error) { return nil, broken }, broken},
		"a source too short": {explicit, func(*Element) (io.Reader, error) { return strings.NewReader("12"), nil }, io.ErrUnexpectedEOF},
	} {
		err := Write(io.Discard, obj.Dataset, c.ts, c.bulk)
		if err == nil || c.want == nil && yilian.KindOf(err) != yilian.Invalid || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := Write(brokenWriter{broken}, obj.Dataset, explicit, from(b)); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// FuzzWrite: what is read is written so that it reads the same, and byte for byte when there was nothing to warn of.
func FuzzWrite(f *testing.F) {
	seeds(f)
	for _, defined := range []bool{false, true} {
		f.Add(append(AppendMeta(nil, Meta{TransferSyntax: ExplicitVRLittleEndian}), nested(explicit, defined)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 {
			return
		}
		for _, o := range []Options{{}, {MaxValue: 64}} {
			obj, out, err := writtenBack(b, o)
			if obj == nil || err != nil && len(obj.Warnings) > 0 || obj.Syntax.Deflated {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(obj.Warnings) == 0 && !bytes.Equal(b, out) {
				t.Fatalf("%q is written as %q", b, out)
			}
			if len(obj.Warnings) > 0 {
				return // odd lengths are padded, unknown VRs become UN
			}
			back, err := ScanFile(bytes.NewReader(out), o)
			if err != nil || !back.Dataset.equal(obj.Dataset) {
				t.Fatalf("reads otherwise (error %v)", err)
			}
		}
	})
}
