package dicom

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"yilian"
)

// seeds adds small files of the corpus where it is, and built ones.
func seeds(f *testing.F) {
	for _, uid := range []string{ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian} {
		for _, terms := range []string{"ISO_IR 192", "GB18030", `\ISO 2022 IR 58`} {
			b, err := AppendFile(nil, sample(terms), Syntax(uid))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Add(capsule("2 ", []string{soi + "ab", "cd", soi + "ef"}, []int{0, 2}, []int{0, 2}).b)
	f.Add(deflated(capsule("1 ", []string{"ab"}, nil, nil).b))
	for _, name := range []string{"charset/opendcm_GB18030.dcm", "charset/chrSQEncoding1.dcm", "malformed/UN_sequence.dcm", "ts/SC_rgb_small_odd_jpeg.dcm", "malformed/nested_priv_SQ.dcm"} {
		if dir := findCorpus(); dir != "" {
			if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				f.Add(b)
			}
		}
	}
}

// FuzzScanFile: any bytes are read or refused with a SyntaxError; what is read can be shown, encoded and read again.
func FuzzScanFile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		o := Options{MaxElements: 2000, MaxSize: 1 << 20, MaxFragments: 1000}
		obj, err := ScanFile(bytes.NewReader(b), o)
		slow, slowErr := ScanFile(iotest.OneByteReader(bytes.NewReader(b)), o)
		if (err == nil) != (slowErr == nil) {
			t.Fatalf("%v in one piece, %v byte by byte", err, slowErr)
		}
		if err != nil {
			if e, ok := errors.AsType[*SyntaxError](err); !ok || e.Offset < 0 || e.Offset > 1<<20+64<<10 {
				t.Fatalf("error %v", err)
			}
			return
		}
		use(t, obj)
		if !slow.Dataset.equal(obj.Dataset) {
			t.Fatal("read differently byte by byte")
		}
	})
}

// use calls what callers call on an object.
func use(t *testing.T, obj *Object) {
	d := obj.Dataset
	js := d.AppendJSON(nil, JSONOptions{BulkDataURI: func(path string, e *Element) string {
		if got, _ := d.Lookup(path); got != e {
			t.Fatalf("%s does not lead back", path)
		}
		return path
	}})
	if _, err := ParseJSON(js, func(Tag, VR, string) ([]byte, error) { return nil, nil }); err != nil && yilian.KindOf(err) != yilian.Invalid {
		t.Fatal(err)
	}
	for i := range min(obj.Layout.Frames, 10) {
		ranges, _, err := obj.Layout.Frame(i)
		for _, r := range ranges {
			if err == nil && (r.Offset < 0 || r.Length < 0 || r.Offset+r.Length > obj.Size && !obj.Layout.Deflated) {
				t.Fatalf("frame %d lies at %v of %d", i, r, obj.Size)
			}
		}
	}
	d.Floats(PixelSpacing)
	d.Ints(ImageType)
	d.PersonName(PatientName).Display()
	if u, err := d.Transcode("ISO_IR 192"); err == nil {
		u.AppendJSON(nil, JSONOptions{})
	}
	ts := Syntax(ExplicitVRLittleEndian)
	again, err := AppendDataset(nil, d, ts)
	if err != nil {
		return // a value left in the stream, or longer than its VR can say
	}
	back, err := Parse(again, ts)
	if err != nil {
		// What was read as implicit may look otherwise: an unknown VR, a private sequence, text of 64 KiB.
		return
	}
	if len(back.Elements) != len(d.Elements) {
		t.Fatalf("%d elements come back as %d", len(d.Elements), len(back.Elements))
	}
}

// FuzzCharset: decoding gives valid text for any bytes and terms, and splitting loses none of them.
func FuzzCharset(f *testing.F) {
	f.Add(`\ISO 2022 IR 58`, []byte("Zhang^San=\x1b$)A\xd5\xc5^\x1b$)A\xc8\xfd"))
	f.Add(`ISO 2022 IR 13\ISO 2022 IR 87`, []byte("\xd4\xcf=\x1b$B;3ED\x1b(J\\\x1b"))
	f.Add("GB18030", []byte("\x81\x5c\\\x82\x35\x90\x37"))
	f.Add("ISO_IR 100", []byte("\xd5\xc5"))
	f.Fuzz(func(t *testing.T, terms string, b []byte) {
		d := New("")
		d.charset = newCharset(bytesToStrings(bytes.Split([]byte(terms), backslash)))
		d.charset.sample(b)
		d.charset.settle("")
		if got := bytes.Join(d.charset.split(PN, b), backslash); !bytes.Equal(got, b) {
			t.Fatalf("%q splits into %q", b, got)
		}
		s := d.charset.decode(PN, b)
		if len(s) > 6*len(b) {
			t.Fatalf("%d bytes become %d", len(b), len(s))
		}
		if e, err := d.charset.encode(PN, s); err == nil && isASCII(b) && !bytes.Equal(e, b) {
			t.Fatalf("%q comes back as %q", b, e)
		}
	})
}

func bytesToStrings(all [][]byte) []string {
	out := make([]string, len(all))
	for i, b := range all {
		out[i] = string(b)
	}
	return out
}

// FuzzParseJSON: any bytes are read or refused; what is read can be written, and is the same again.
func FuzzParseJSON(f *testing.F) {
	f.Add(sample("GB18030").AppendJSON(nil, JSONOptions{}))
	f.Add([]byte(`{"00720082":{"vr":"SV","Value":["-9223372036854775808",1]},"00081110":{"vr":"SQ","Value":[null,{}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseJSON(b, func(Tag, VR, string) ([]byte, error) { return []byte{1, 2}, nil })
		if err != nil {
			if yilian.KindOf(err) != yilian.Invalid {
				t.Fatal(err)
			}
			return
		}
		for range 2 { // numbers find their form
			if d, err = ParseJSON(d.AppendJSON(nil, JSONOptions{}), nil); err != nil {
				t.Fatal(err)
			}
		}
		back, err := ParseJSON(d.AppendJSON(nil, JSONOptions{}), nil)
		if err != nil {
			t.Fatal(err)
		}
		if x, y := d.AppendJSON(nil, JSONOptions{}), back.AppendJSON(nil, JSONOptions{}); !bytes.Equal(x, y) {
			t.Fatalf("comes back as\n%s\nwas\n%s", y, x)
		}
	})
}
