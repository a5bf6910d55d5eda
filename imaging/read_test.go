package imaging_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/phantom"
	"yilian/imaging/pixel"
)

// TestBitIdentical: whatever comes in comes out, for every encoding there is.
func TestBitIdentical(t *testing.T) {
	root := shared(t)
	w := newWorld(t)
	n := 0
	for _, f := range corpus(t, root) {
		b, err := os.ReadFile(filepath.Join(root, f.path))
		if err != nil {
			t.Fatal(err)
		}
		object, err := dicom.ScanFile(bytes.NewReader(b), dicom.Options{})
		if err != nil {
			continue
		}
		in := imaging.Incoming{TransferSyntax: object.Syntax.UID, Source: "X"}
		s, err := w.archive.Store(t.Context(), actor("north"), in, bytes.NewReader(b[object.Start:]))
		if yilian.KindOf(err) == yilian.Conflict { // the same image in another encoding
			continue
		}
		if err != nil {
			if object.Dataset.Has(dicom.StudyInstanceUID) {
				t.Errorf("%s: %v", f.path, err)
			}
			continue
		}
		n++
		o, err := w.archive.Object(t.Context(), actor("north"), imaging.Path{Study: s.Study, Series: s.Series, Instance: s.Instance})
		if err != nil {
			t.Fatalf("%s: %v", f.path, err)
		}
		r, err := o.Open(t.Context(), 0, -1)
		whole := readAll(t, r, err)
		if !bytes.Equal(whole[o.Instance.DataOffset:], b[object.Start:]) || int64(len(whole)) != o.Size {
			t.Errorf("%s comes back changed", f.path)
		}
		back, err := dicom.ScanFile(bytes.NewReader(whole), dicom.Options{})
		if err != nil || back.Syntax.UID != object.Syntax.UID || back.Start != o.Instance.DataOffset {
			t.Errorf("%s: the kept file: %v", f.path, err)
		}
	}
	if n < 100 {
		t.Errorf("only %d files were stored", n)
	}
}

// corpusFile is a row of the index of test data.
type corpusFile struct{ path, rawPixels string }

func corpus(t *testing.T, root string) []corpusFile {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var all []corpusFile
	for _, row := range rows[1:] {
		if !strings.HasPrefix(row[0], "malformed/") && len(row) > column["gdcm_raw_pixel_sha256_16"] {
			all = append(all, corpusFile{row[0], row[column["gdcm_raw_pixel_sha256_16"]]})
		}
	}
	return all
}

// gdcmErrs is a file whose RLE segments of 32 bits gdcm puts together wrongly; pydicom reads it as we do.
const gdcmErrs = "ts/SC_rgb_rle_32bit.dcm"

// TestFramesAgreeWithGDCM: the frames that the archive gives, decoded and joined, are the pixels that gdcm finds.
func TestFramesAgreeWithGDCM(t *testing.T) {
	root := shared(t)
	n := 0
	for _, f := range corpus(t, root) {
		if f.rawPixels == "" || !strings.HasPrefix(f.path, "ts/") && !strings.HasPrefix(f.path, "multiframe/") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, f.path))
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		s, err := w.archive.Store(t.Context(), actor("north"), imaging.Incoming{Part10: true}, bytes.NewReader(b))
		if err != nil {
			continue
		}
		frames, err := w.archive.Frames(t.Context(), actor("north"), imaging.Path{Study: s.Study, Series: s.Series, Instance: s.Instance})
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		if frames.Syntax.Lossy {
			continue
		}
		sum := sha256.New()
		for i := 1; i <= frames.Count() && err == nil; i++ {
			var frame []byte
			if frame, err = frames.DecodeNative(t.Context(), i); err == nil {
				sum.Write(frame)
			}
		}
		if err != nil {
			t.Logf("%s: not decoded: %v", f.path, err)
			continue
		}
		n++
		plain := hex.EncodeToString(sum.Sum(nil))[:16]
		sum.Write([]byte{0}) // gdcm gives the padding of an odd number of bytes as well
		if padded := hex.EncodeToString(sum.Sum(nil))[:16]; plain != f.rawPixels && padded != f.rawPixels && f.path != gdcmErrs {
			t.Errorf("%s: the pixels are %s, of gdcm %s", f.path, plain, f.rawPixels)
		}
	}
	if n < 30 {
		t.Errorf("only %d files were compared", n)
	}
}

// multi stores an ultrasound loop and answers its path.
func (w *world) multi(frames int) (imaging.Path, []byte) {
	w.t.Helper()
	for o, err := range phantom.Study(phantom.Ultrasound, phantom.Options{Images: frames}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.archive.Store(w.t.Context(), actor("north"), imaging.Incoming{Part10: true}, bytes.NewReader(o.File)); err != nil {
			w.t.Fatal(err)
		}
		return imaging.Path{Study: yilian.StudyUID(o.StudyUID), Series: yilian.SeriesUID(o.SeriesUID), Instance: yilian.InstanceUID(o.SOPInstanceUID)}, o.File
	}
	w.t.Fatal("no image")
	return imaging.Path{}, nil
}

func TestFrames(t *testing.T) {
	w := newWorld(t)
	p, file := w.multi(5)
	object, err := dicom.ScanFile(bytes.NewReader(file), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	frames, err := w.archive.Frames(t.Context(), actor("north"), p)
	if err != nil || frames.Count() != 5 {
		t.Fatalf("%+v, %v", frames, err)
	}
	size := object.Layout.FrameBits / 8
	for i := 1; i <= 5; i++ {
		r, n, err := frames.Open(t.Context(), i)
		got := readAll(t, r, err)
		from := object.Layout.Offset + int64(i-1)*size
		if n != size || !bytes.Equal(got, file[from:from+size]) {
			t.Errorf("frame %d is not what the file has", i)
		}
	}
	for _, i := range []int{0, 6, -1} {
		_, _, err := frames.Open(t.Context(), i)
		wantKind(t, err, yilian.NotFound)
	}
	x := thing{study: 9}
	d := x.dataset()
	d.Delete(dicom.PixelData)
	b, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.archive.Store(t.Context(), actor("north"), x.incoming(), bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	_, err = w.archive.Frames(t.Context(), actor("north"), x.path())
	wantKind(t, err, yilian.NotFound)
	_, err = w.archive.Render(t.Context(), actor("north"), imaging.Path{Study: x.studyUID()}, 0, pixel.RenderOptions{})
	wantKind(t, err, yilian.NotFound)
}

// TestBits: frames of 1-bit pixels need not begin on a byte.
func TestBits(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1}
	d := x.dataset()
	d.SetInt(dicom.Rows, 3)
	d.SetInt(dicom.Columns, 5)
	d.SetInt(dicom.NumberOfFrames, 3)
	for tag, v := range map[dicom.Tag]int{dicom.BitsAllocated: 1, dicom.BitsStored: 1, dicom.HighBit: 0} {
		d.SetInt(tag, v)
	}
	stream := []byte{0b1010_0110, 0b1100_1001, 0b0011_1010, 0b1111_0000, 0b0101_0101, 0b0001_1111}
	d.SetBytes(dicom.PixelData, dicom.OB, stream)
	b, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.archive.Store(t.Context(), actor("north"), x.incoming(), bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	frames, err := w.archive.Frames(t.Context(), actor("north"), x.path())
	if err != nil {
		t.Fatal(err)
	}
	bit := func(b []byte, i int) byte { return b[i/8] >> (i % 8) & 1 }
	for f := range 3 {
		r, n, err := frames.Open(t.Context(), f+1)
		got := readAll(t, r, err)
		if n != 2 || len(got) != 2 {
			t.Fatalf("frame %d has %d bytes, %d announced", f+1, len(got), n)
		}
		native, err := frames.DecodeNative(t.Context(), f+1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 15 {
			if bit(got, i) != bit(stream, f*15+i) || bit(native, i) != bit(stream, f*15+i) {
				t.Fatalf("frame %d, pixel %d: %08b, %08b", f+1, i, got, native)
			}
		}
	}
}

func TestMetadataAndBulk(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1}
	d := x.dataset()
	small, middle, large := bytes.Repeat([]byte{1}, 100), bytes.Repeat([]byte{2}, 5000), bytes.Repeat([]byte{3}, 300_000)
	creator := dicom.NewTag(0x0011, 0x0010)
	d.SetText(creator, dicom.LO, "TEST")
	for i, v := range [][]byte{small, middle, large} {
		d.SetBytes(dicom.NewTag(0x0011, uint16(0x1001+i)), dicom.OB, v)
	}
	item := d.NewItem()
	item.SetBytes(dicom.NewTag(0x5400, 0x1010), dicom.OW, large)
	d.SetSequence(dicom.NewTag(0x5400, 0x0100), item)
	b, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.archive.Store(t.Context(), actor("north"), x.incoming(), bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	i, err := w.archive.Instance(t.Context(), actor("north"), x.path())
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct {
		VR           string `json:"vr"`
		InlineBinary []byte
		BulkDataURI  string
		Value        []json.RawMessage
	}
	if err := json.Unmarshal(imaging.ResolveBulk(i.Metadata, "http://x/"), &all); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(all["00111001"].InlineBinary, small) || all["00111002"].BulkDataURI != "http://x/00111002" || all["7FE00010"].BulkDataURI == "" {
		t.Errorf("metadata %s", i.Metadata)
	}
	if name := string(all["00100010"].Value[0]); !strings.Contains(name, "张^三") {
		t.Errorf("name %s", name)
	}
	if all["00020010"].VR != "" {
		t.Error("the metadata have file meta information")
	}
	for path, want := range map[string][]byte{
		"00111002": middle, "00111003": large, "54000100/0/54001010": large, "7FE00010": bytes.Repeat([]byte{0}, 64), "00111001": small,
	} {
		v, err := w.archive.Bulk(t.Context(), actor("north"), x.path(), path)
		if err != nil || v.Size != int64(len(want)) {
			t.Errorf("%s: size %d, %v", path, v.Size, err)
			continue
		}
		r, err := v.Open(t.Context(), 0, -1)
		if got := readAll(t, r, err); !bytes.Equal(got, want) {
			t.Errorf("%s: %d other bytes", path, len(got))
		}
		r, err = v.Open(t.Context(), 10, 20)
		if got := readAll(t, r, err); !bytes.Equal(got, want[10:30]) {
			t.Errorf("a part of %s: %d other bytes", path, len(got))
		}
	}
	for _, path := range []string{"", "00111009", "nonsense", "54000100", "54000100/1/54001010", "../x"} {
		_, err := w.archive.Bulk(t.Context(), actor("north"), x.path(), path)
		wantKind(t, err, yilian.NotFound)
	}
}

func TestThumbnail(t *testing.T) {
	w := newWorld(t)
	p, _ := w.multi(5)
	first, i, err := w.archive.Thumbnail(t.Context(), actor("north"), imaging.Path{Study: p.Study}, 0)
	if err != nil || i.UID != p.Instance || !bytes.HasPrefix(first, []byte{0xFF, 0xD8}) {
		t.Fatalf("%d bytes of %s, %v", len(first), i.UID, err)
	}
	keys, err := w.blobs.List(t.Context(), "derived/", "", 10)
	if err != nil || len(keys) != 1 {
		t.Fatalf("kept %q, %v", keys, err)
	}
	again, _, err := w.archive.Thumbnail(t.Context(), actor("north"), p, 3) // the middle one
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("another picture, %v", err)
	}
}

// TestDecode: an instance given in explicit VR little endian reads back with the same pixels, whatever it is kept in.
func TestDecode(t *testing.T) {
	root := shared(t)
	n := 0
	for _, name := range []string{
		"ts/CTImage_rle.dcm", "ts/CTImage_implicit_le.dcm", "ts/CTImage_explicit_be.dcm", "ts/CTImage_jpegls_lossless_80.dcm",
		"ts/CTImage_jpeg_lossless_sv1_70.dcm", "ts/CTImage_explicit_le.dcm",
	} {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue
		}
		n++
		w := newWorld(t)
		s, err := w.archive.Store(t.Context(), actor("north"), imaging.Incoming{Part10: true}, bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		i, err := w.archive.Instance(t.Context(), actor("north"), imaging.Path{Study: s.Study, Series: s.Series, Instance: s.Instance})
		if err != nil {
			t.Fatal(err)
		}
		d, err := w.archive.Decode(t.Context(), i)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var out bytes.Buffer
		if err := d.Write(t.Context(), &out); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		native := decodedPixels(t, out.Bytes())
		reference, err := os.ReadFile(filepath.Join(root, "ts/CTImage_explicit_le.dcm"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(native, decodedPixels(t, reference)) {
			t.Errorf("%s: other pixels", name)
		}
	}
	if n == 0 {
		t.Skip("none of the files is there")
	}
}

// decodedPixels reads the native pixels of an explicit VR little endian file.
func decodedPixels(t *testing.T, file []byte) []byte {
	t.Helper()
	o, err := dicom.ScanFile(bytes.NewReader(file), dicom.Options{})
	if err != nil || o.Syntax.UID != dicom.ExplicitVRLittleEndian {
		t.Fatalf("%v, %v", o, err)
	}
	return file[o.Layout.Offset:][:o.Layout.FrameBits/8*int64(o.Layout.Frames)]
}
