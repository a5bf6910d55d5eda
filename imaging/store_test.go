package imaging_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/phantom"
)

// TestStoreSummary: what the header says is what the summary says.
func TestStoreSummary(t *testing.T) {
	w := newWorld(t)
	for o, err := range phantom.Study(phantom.ChestCT, phantom.Options{Images: 3, Size: 64, PatientID: "P1", Accession: "A1", AccessionIssuer: "HIS", Name: "Li^Si=李^四", Sex: "F"}) {
		if err != nil {
			t.Fatal(err)
		}
		in := imaging.Incoming{Part10: true, Source: "CT1", Association: "a1"}
		if _, err := w.archive.Store(t.Context(), actor("north"), in, bytes.NewReader(o.File)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := w.archive.Find(t.Context(), actor("north"), imaging.Query{})
	if err != nil || len(page.Studies) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	s, series, err := w.archive.Summary(t.Context(), page.Studies[0].UID)
	if err != nil {
		t.Fatal(err)
	}
	if s.PatientID != "P1" || s.PatientIssuer == "" || s.Accession != "A1" || s.AccessionIssuer != "HIS" || s.PatientName.Ideographic != "李^四" || s.Sex != "F" ||
		s.Institution != "north" || s.Device != "CT1" || s.InstanceCount != 3 || len(series) != 1 || series[0].Modality != "CT" || s.OpenAssociations != 1 {
		t.Errorf("study %+v\nseries %+v", s, series)
	}
	if err := w.open(func(c *imaging.Config) { c.Node = "other" }).Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, _, _ := w.archive.Summary(t.Context(), s.UID); s.OpenAssociations != 1 {
		t.Error("another node ended the association")
	}
	if err := w.archive.EndAssociation(t.Context(), "a1"); err != nil {
		t.Fatal(err)
	}
	if s, _, _ := w.archive.Summary(t.Context(), s.UID); s.OpenAssociations != 0 {
		t.Errorf("%d associations are open", s.OpenAssociations)
	}
}

// TestRecover: associations that were open when the program was killed end at its next start.
func TestRecover(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1}
	w.mustSend(x)
	if err := w.open().Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, _, err := w.archive.Summary(t.Context(), x.studyUID()); err != nil || s.OpenAssociations != 0 {
		t.Errorf("%d associations are open, %v", s.OpenAssociations, err)
	}
}

// TestIssuer: an identity is an issuer and an ID; who names no issuer is taken for the owning institution.
func TestIssuer(t *testing.T) {
	w := newWorld(t)
	w.mustSend(thing{study: 1, patient: "7"})
	x := thing{study: 2, patient: "7"}
	if _, err := w.archive.Store(t.Context(), actor("south"), x.incoming(), bytes.NewReader(x.bytes(t))); err != nil {
		t.Fatal(err)
	}
	for study, issuer := range map[int]string{1: "north", 2: "south"} {
		if s, _, err := w.archive.Summary(t.Context(), thing{study: study}.studyUID()); err != nil || s.PatientIssuer != issuer || s.AccessionIssuer != issuer {
			t.Errorf("study %d has the issuer %q, %v", study, s.PatientIssuer, err)
		}
	}
}

func TestDuplicateAndConflict(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, instance: 1}
	if s := w.mustSend(x); s.Duplicate {
		t.Error("the first is a duplicate")
	}
	if s := w.mustSend(x); !s.Duplicate {
		t.Error("the second is no duplicate")
	}
	if n := len(w.blobKeys()); n != 1 {
		t.Errorf("%d files of one instance", n)
	}
	changed := x
	changed.content = 200
	for range 2 { // sending it again keeps nothing more
		s, err := w.send(w.archive, changed)
		wantKind(t, err, yilian.Conflict)
		if e, ok := errors.AsType[*yilian.Error](err); !ok || e.Code != imaging.CodeConflict || s.Instance != x.uid() {
			t.Errorf("receipt %+v, error %v", s, err)
		}
	}
	w.wantReadable(x)
	all, _, err := w.archive.Conflicts(t.Context(), yilian.Actor{Roles: []yilian.Role{yilian.RoleAdmin}}, "", 0)
	if err != nil || len(all) != 1 || len(w.blobKeys()) != 2 {
		t.Fatalf("%d conflicts, %d files, %v", len(all), len(w.blobKeys()), err)
	}
	_, _, err = w.archive.Conflicts(t.Context(), actor("north"), "", 0)
	wantKind(t, err, yilian.Forbidden)
	w.sleep(48 * time.Hour)
	if n, err := w.archive.Sweep(t.Context(), 0); n != 0 || err != nil {
		t.Errorf("the sweep took %d files, %v", n, err)
	}
	fix := imaging.Correction{Kind: imaging.ConflictKind, Conflict: &imaging.ConflictFix{ID: all[0].ID, Replace: true}}
	_, err = w.archive.Propose(t.Context(), doctor, fix, "x")
	wantKind(t, err, yilian.Forbidden)
	c, err := w.archive.Propose(t.Context(), admin1, fix, "the second is right")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.archive.Decide(t.Context(), admin1, c.ID, imaging.Approve, "", 0)
	wantCode(t, err, imaging.CodeCorrectionSelf)
	if _, err := w.archive.Decide(t.Context(), admin2, c.ID, imaging.Approve, "", 0); err != nil {
		t.Fatal(err)
	}
	w.wantReadable(changed)
	w.sleep(48 * time.Hour)
	if n, err := w.archive.Sweep(t.Context(), 0); n != 0 || err != nil || len(w.blobKeys()) != 2 {
		t.Errorf("the one that lost is kept: the sweep took %d files, %v", n, err)
	}
	for _, step := range []struct {
		who    yilian.Actor
		action imaging.CorrectionAction
	}{{admin2, imaging.Undo}, {admin1, imaging.Approve}} {
		if _, err := w.archive.Decide(t.Context(), step.who, c.ID, step.action, "no, the first", 0); err != nil {
			t.Fatal(err)
		}
	}
	w.wantReadable(x)
}

// TestSameAtOnce: of many who send the same at once all are told success, and it is kept once.
func TestSameAtOnce(t *testing.T) {
	w := newWorld(t)
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			if _, err := w.send(w.archive, thing{study: 1}); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	if n := len(w.blobKeys()); n != 1 {
		t.Errorf("%d files of one instance", n)
	}
	w.wantReadable(thing{study: 1})
}

func TestStoreRefuses(t *testing.T) {
	w := newWorld(t, func(c *imaging.Config) { c.Limits = imaging.Limits{Instance: 64 << 10, Header: 8 << 10} })
	x := thing{study: 1}
	good := x.bytes(t)
	large := x.dataset()
	large.SetBytes(dicom.PixelData, dicom.OB, make([]byte, 80<<10))
	long := x.dataset()
	for i := range 30 {
		long.SetBytes(dicom.NewTag(0x0011, uint16(0x1000+i)), dicom.OB, make([]byte, 1<<10))
	}
	encode := func(d *dicom.Dataset) []byte {
		b, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	bad := x.dataset()
	bad.SetString(dicom.StudyInstanceUID, "../../etc/passwd")
	broken := errors.New("connection reset")
	for _, c := range []struct {
		name   string
		change func(*imaging.Incoming)
		data   io.Reader
		kind   yilian.Kind
		code   string
	}{
		{"other SOP instance", func(in *imaging.Incoming) { in.SOPInstance = "1.2.3" }, bytes.NewReader(good), yilian.Invalid, imaging.CodeMismatch},
		{"other SOP class", func(in *imaging.Incoming) { in.SOPClass = "1.2.3" }, bytes.NewReader(good), yilian.Invalid, imaging.CodeMismatch},
		{"other study", func(in *imaging.Incoming) { in.Study = "1.2.3" }, bytes.NewReader(good), yilian.Invalid, imaging.CodeMismatch},
		{"no transfer syntax", func(in *imaging.Incoming) { in.TransferSyntax = "" }, bytes.NewReader(good), yilian.Invalid, imaging.CodeUnsupported},
		{"wrong transfer syntax", func(in *imaging.Incoming) { in.TransferSyntax = dicom.ExplicitVRBigEndian }, bytes.NewReader(good), yilian.Invalid, "dicom."},
		{"cut off", nil, bytes.NewReader(good[:len(good)-10]), yilian.Invalid, "dicom."},
		{"empty", nil, strings.NewReader(""), yilian.Invalid, ""},
		{"text", nil, strings.NewReader(strings.Repeat("hello ", 1000)), yilian.Invalid, "dicom."},
		{"no Part 10 file", func(in *imaging.Incoming) { in.Part10 = true }, strings.NewReader(strings.Repeat("hello ", 1000)), yilian.Invalid, imaging.CodeMalformed},
		{"a UID that is a path", nil, bytes.NewReader(encode(bad)), yilian.Invalid, imaging.CodeMalformed},
		{"too large", nil, bytes.NewReader(encode(large)), yilian.TooLarge, ""},
		{"too long a header", nil, bytes.NewReader(encode(long)), yilian.TooLarge, "dicom.header"},
		{"the sender breaks off", nil, io.MultiReader(bytes.NewReader(good[:100]), iotest.ErrReader(broken)), yilian.Internal, ""},
		{"the sender never begins", func(in *imaging.Incoming) { in.Part10 = true }, iotest.ErrReader(broken), yilian.Internal, ""},
	} {
		in := x.incoming()
		if c.change != nil {
			c.change(&in)
		}
		_, err := w.archive.Store(t.Context(), actor("north"), in, c.data)
		if err == nil || yilian.KindOf(err) != c.kind {
			t.Errorf("%s: %v of kind %d, want kind %d", c.name, err, yilian.KindOf(err), c.kind)
			continue
		}
		if e, ok := errors.AsType[*yilian.Error](err); ok && !strings.HasPrefix(e.Code, c.code) {
			t.Errorf("%s: code %s, want %s", c.name, e.Code, c.code)
		}
		if c.kind == yilian.Internal && !errors.Is(err, broken) {
			t.Errorf("%s: %v does not wrap the sender's error", c.name, err)
		}
	}
	_, err := w.archive.Store(t.Context(), actor("nobody"), x.incoming(), bytes.NewReader(good))
	wantKind(t, err, yilian.Forbidden)
	if n := len(w.blobKeys()); n != 0 {
		t.Errorf("%d files of what was refused", n)
	}
	if _, err := w.index.Study(t.Context(), x.studyUID()); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a refused study is there: %v", err)
	}
}

// TestOwner: a study belongs to the institution whose instance came first.
func TestOwner(t *testing.T) {
	w := newWorld(t)
	w.mustSend(thing{study: 1, instance: 1})
	x := thing{study: 1, instance: 2}
	_, err := w.archive.Store(t.Context(), actor("south"), x.incoming(), bytes.NewReader(x.bytes(t)))
	wantKind(t, err, yilian.Conflict)
	if e, _ := errors.AsType[*yilian.Error](err); e == nil || e.Code != imaging.CodeOwner {
		t.Errorf("error %v", err)
	}
}

// TestSenderLeaves: what arrived whole is kept, even if the sender does not wait for the answer.
func TestSenderLeaves(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	x := thing{study: 1}
	data := io.MultiReader(bytes.NewReader(x.bytes(t)), readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.EOF
	}))
	if _, err := w.archive.Store(ctx, actor("north"), x.incoming(), data); err != nil {
		t.Fatalf("the store gave up with its sender: %v", err)
	}
	w.wantReadable(x)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestMemory: an instance of 200 MB passes through without being held.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MB")
	}
	w := newWorld(t)
	x := thing{study: 1}
	d := x.dataset()
	d.Delete(dicom.PixelData)
	d.SetInt(dicom.Rows, 10_000)
	d.SetInt(dicom.Columns, 20_000)
	head, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	const size = 200_000_000
	head = append(head, 0xE0, 0x7F, 0x10, 0, 'O', 'B', 0, 0, byte(size&0xFF), byte(size>>8&0xFF), byte(size>>16&0xFF), byte(size>>24&0xFF))
	var peak uint64
	sample := func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
	}
	runtime.GC()
	sample()
	before := peak
	n := 0
	zeros := io.LimitReader(readerFunc(func(p []byte) (int, error) {
		if n++; n%100 == 0 {
			sample()
		}
		clear(p)
		return len(p), nil
	}), size)
	s, err := w.archive.Store(t.Context(), actor("north"), x.incoming(), io.MultiReader(bytes.NewReader(head), zeros))
	if err != nil || s.Size != int64(len(head))+size {
		t.Fatalf("%+v, %v", s, err)
	}
	if grown := int64(peak) - int64(before); grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// TestMalformed: damaged and hostile files get an answer, cost little and leave nothing behind but what can be read back.
func TestMalformed(t *testing.T) {
	root := filepath.Join(shared(t), "malformed")
	w := newWorld(t)
	kept := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		began := time.Now()
		s, err := w.archive.Store(t.Context(), actor("north"), imaging.Incoming{Part10: true}, bytes.NewReader(b))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s took %v", path, took)
		}
		if err == nil {
			kept++
			o, err := w.archive.Object(t.Context(), actor("north"), imaging.Path{Study: s.Study, Series: s.Series, Instance: s.Instance})
			if err != nil || o.Instance.SHA256 != s.SHA256 {
				t.Errorf("%s was stored and cannot be looked up: %v", path, err)
			}
			return nil
		}
		if k := yilian.KindOf(err); k != yilian.Invalid && k != yilian.TooLarge && k != yilian.Conflict {
			t.Errorf("%s: %v of kind %d", path, err, k)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d damaged files were readable enough to keep", kept)
}
