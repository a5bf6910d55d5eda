package dicom

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"yilian"
)

// capsule builds an object of encapsulated pixel data: fragments as given, a Basic Offset Table of the listed fragments.
func capsule(frames string, fragments []string, table, extended []int) *raw {
	r := (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00").element(NumberOfFrames, "IS", frames)
	offsets := make([]uint32, len(fragments))
	at := uint32(0)
	for i, f := range fragments {
		offsets[i] = at
		at += uint32(8 + len(f))
	}
	if extended != nil {
		var v []byte
		for _, i := range extended {
			v = binary.LittleEndian.AppendUint64(v, uint64(offsets[i]))
		}
		r.element(ExtendedOffsetTable, "OV", string(v))
	}
	r.head(PixelData, "OB", undefined).item(uint32(4 * len(table)))
	for _, i := range table {
		r.u32(offsets[i])
	}
	for _, f := range fragments {
		r.item(uint32(len(f))).bytes(f)
	}
	return r.endSequence()
}

const soi = "\xFF\xD8\xFF\xE0"

func TestFrames(t *testing.T) {
	cases := []struct {
		name      string
		frames    string
		fragments []string
		table     []int
		extended  []int
		want      []string // frames; "!" where none can be had
	}{
		{"one frame, one fragment", "1 ", []string{"abcd"}, nil, nil, []string{"abcd"}},
		{"one frame, three fragments", "1 ", []string{"abcd", "ef", "gh"}, nil, nil, []string{"abcdefgh"}},
		{"no number of frames", "", []string{"abcd", "ef"}, nil, nil, []string{"abcdef"}},
		{"a fragment a frame", "3 ", []string{"ab", "cdef", "gh"}, nil, nil, []string{"ab", "cdef", "gh"}},
		{"by the basic table", "2 ", []string{"ab", "cd", "ef"}, []int{0, 2}, nil, []string{"abcd", "ef"}},
		{"by the extended table", "2 ", []string{"ab", "cd", "ef"}, nil, []int{0, 1}, []string{"ab", "cdef"}},
		{"by where codestreams start", "2 ", []string{soi + "ab", "cd", soi + "ef"}, nil, nil, []string{soi + "abcd", soi + "ef"}},
		{"a table that points nowhere gives way", "3 ", []string{"ab", "cdef", "gh"}, []int{0, 0, 0}, nil, []string{"ab", "cdef", "gh"}},
		{"a table of another length gives way", "2 ", []string{"ab", "cd"}, []int{0}, nil, []string{"ab", "cd"}},
		{"one stream for all", "3 ", []string{"abcdef"}, nil, nil, []string{"!", "!", "!"}},
		{"nothing to go by", "2 ", []string{"ab", "cd", "ef"}, nil, nil, []string{"!", "!"}},
		{"no fragments", "1 ", nil, nil, nil, []string{"!"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			data := capsule(c.frames, c.fragments, c.table, c.extended)
			obj, err := Scan(bytes.NewReader(data.b), Syntax(JPEGBaseline8Bit), Options{})
			if err != nil {
				t.Fatal(err)
			}
			l := throughJSON(t, obj.Layout)
			if l.Frames != len(c.want) {
				t.Fatalf("%d frames", l.Frames)
			}
			for i, want := range c.want {
				ranges, _, err := l.Frame(i)
				if want == "!" {
					if yilian.KindOf(err) != yilian.Invalid {
						t.Errorf("frame %d: %v, %v", i, ranges, err)
					}
					continue
				}
				var got []byte
				for _, r := range ranges {
					got = append(got, data.b[r.Offset:r.Offset+r.Length]...)
				}
				if err != nil || string(got) != want {
					t.Errorf("frame %d: %q, %v, want %q", i, got, err, want)
				}
			}
			for _, i := range []int{-1, len(c.want)} {
				if _, _, err := l.Frame(i); yilian.KindOf(err) != yilian.NotFound {
					t.Errorf("frame %d: %v", i, err)
				}
			}
		})
	}
}

// throughJSON shows that a Layout can be kept as JSON.
func throughJSON(t *testing.T, l Layout) *Layout {
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var out Layout
	if err := json.Unmarshal(b, &out); err != nil || !reflect.DeepEqual(out, l) {
		t.Fatalf("%+v is kept as %s (error %v)", l, b, err)
	}
	return &out
}

func TestNativeFrames(t *testing.T) {
	build := func(set func(*Dataset), n int) *Layout {
		d := New("")
		d.SetString(SOPInstanceUID, "1.2.3")
		d.SetInt(Rows, 3)
		d.SetInt(Columns, 5)
		d.SetInt(BitsAllocated, 16)
		d.SetInt(NumberOfFrames, 3)
		set(d)
		d.SetBytes(PixelData, OW, make([]byte, n))
		b, err := AppendDataset(nil, d, explicit)
		if err != nil {
			t.Fatal(err)
		}
		obj, err := Scan(bytes.NewReader(b), explicit, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return &obj.Layout
	}
	l := build(func(*Dataset) {}, 90)
	for i := range 3 {
		r, skip, err := l.Frame(i)
		if err != nil || skip != 0 || len(r) != 1 || r[0] != (Range{l.Offset + int64(30*i), 30}) {
			t.Errorf("frame %d: %v, %d, %v", i, r, skip, err)
		}
	}
	l = build(func(d *Dataset) { d.SetInt(BitsAllocated, 1) }, 6)
	for i, want := range []struct {
		Range
		skip int
	}{{Range{0, 2}, 0}, {Range{1, 3}, 7}, {Range{3, 3}, 6}} {
		r, skip, err := l.Frame(i)
		if err != nil || skip != want.skip || r[0].Offset-l.Offset != want.Offset || r[0].Length != want.Length {
			t.Errorf("frame %d of bits: %v, %d, %v", i, r, skip, err)
		}
	}
	half := func(d *Dataset) {
		d.SetInt(BitsAllocated, 8)
		d.SetInt(SamplesPerPixel, 3)
		d.SetString(PhotometricInterpretation, "YBR_FULL_422")
	}
	if r, _, err := build(half, 90).Frame(2); err != nil || r[0].Length != 30 {
		t.Errorf("half the colours: %v, %v", r, err)
	}
	for name, set := range map[string]func(*Dataset){
		"too few bytes":     func(d *Dataset) { d.SetInt(Rows, 4) },
		"endless frames":    func(d *Dataset) { d.SetInt(NumberOfFrames, 1<<31-1); d.SetInt(Rows, 65535); d.SetInt(Columns, 65535) },
		"no rows":           func(d *Dataset) { d.SetInt(Rows, 0) },
		"no bits allocated": func(d *Dataset) { d.Delete(BitsAllocated) },
	} {
		l := build(set, 90)
		if r, _, err := l.Frame(l.Frames - 1); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	if _, _, err := (&Layout{}).Frame(0); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("no pixel data: %v", err)
	}
}

// TestCorpusFrames cuts every multi-frame file that is not video and looks at how its frames begin.
func TestCorpusFrames(t *testing.T) {
	cut := 0
	for _, f := range corpusFiles(t) {
		obj, err := scanPath(f.path)
		if err != nil || obj.Syntax.IsVideo() || !obj.Layout.Encapsulated || filepath.Dir(f.name) == "malformed/generated" {
			continue
		}
		file, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		used := 0
		for i := range obj.Layout.Frames {
			ranges, _, err := obj.Layout.Frame(i)
			if err != nil {
				t.Errorf("%s: frame %d: %v", f.name, i, err)
				break
			}
			used += len(ranges)
			start := file[ranges[0].Offset:]
			if obj.Syntax.UID != RLELossless && obj.Syntax.UID != DeflatedImageFrame && !startsCodestream(start) {
				t.Errorf("%s: frame %d begins with %x", f.name, i, start[:4])
			}
			cut++
		}
		if used != len(obj.Layout.Fragments) {
			t.Errorf("%s: %d of %d fragments belong to frames", f.name, used, len(obj.Layout.Fragments))
		}
	}
	if cut < 300 {
		t.Errorf("only %d frames", cut)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	r := (&raw{}).element(SOPInstanceUID, "UI", "1.2.3\x00")
	for i := range 100 {
		r.element(NewTag(0x0011, uint16(0x1000+i)), "LO", "abc")
	}
	obj, err := Scan(bytes.NewReader(r.b), explicit, Options{})
	if err != nil || len(obj.Warnings) != maxWarnings || slices.ContainsFunc(obj.Warnings, func(w Warning) bool { return w.Text == "" }) {
		t.Errorf("%d warnings, %v", len(obj.Warnings), err)
	}
}
