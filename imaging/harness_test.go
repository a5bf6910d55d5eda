package imaging_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// world is an archive on a real database and folder.
type world struct {
	t       testing.TB
	dir     string
	db      *sqlstore.DB
	index   imaging.Index
	blobs   imaging.Blobs
	archive *imaging.Archive

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func newWorld(t testing.TB, change ...func(*imaging.Config)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(w.dir, "yilian.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if w.blobs, err = blob.Folder(filepath.Join(w.dir, "objects")); err != nil {
		t.Fatal(err)
	}
	w.db, w.index = db, db.Imaging()
	w.archive = w.open(change...)
	return w
}

// open makes an archive over the stores of the world.
func (w *world) open(change ...func(*imaging.Config)) *imaging.Archive {
	w.t.Helper()
	c := imaging.Config{Index: w.index, Blobs: w.blobs, Access: rights{w.index}, Clock: w.clock}
	for _, f := range change {
		f(&c)
	}
	a, err := imaging.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) sleep(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// rights: everybody has an institution and sees the studies of it, "region" sees all, "nobody" may do nothing.
type rights struct{ index imaging.Index }

func (r rights) Scope(_ context.Context, a yilian.Actor) (imaging.Scope, error) {
	switch a.Institution {
	case "region":
		return imaging.Scope{All: true}, nil
	case "nobody":
		return imaging.Scope{}, nil
	}
	return imaging.Scope{Institutions: []yilian.InstitutionID{a.Institution}}, nil
}

func (r rights) MayRead(ctx context.Context, a yilian.Actor, uid yilian.StudyUID) error {
	s, err := r.index.Study(ctx, uid)
	if err != nil {
		return err
	}
	if a.Institution == "region" || a.Institution == s.Institution || a.Is(yilian.RoleSystem) {
		return nil
	}
	return yilian.Errorf(yilian.Forbidden, "no", "No.")
}

func (r rights) MayStore(_ context.Context, a yilian.Actor) (yilian.InstitutionID, error) {
	if a.Institution == "nobody" {
		return "", yilian.Errorf(yilian.Forbidden, imaging.CodeForbidden, "You may not store here.")
	}
	return a.Institution, nil
}

func actor(institution yilian.InstitutionID) yilian.Actor {
	return yilian.Actor{Person: "p1", Institution: institution, Session: "s"}
}

// thing is a small generated image.
type thing struct {
	study, series, instance int
	patient, name           string
	content                 byte // of every pixel
}

func (x thing) uid() yilian.InstanceUID {
	return yilian.InstanceUID(fmt.Sprintf("1.2.826.0.1.3680043.10.998.%d.%d.%d", x.study, x.series, x.instance))
}

func (x thing) studyUID() yilian.StudyUID {
	return yilian.StudyUID(fmt.Sprintf("1.2.826.0.1.3680043.10.998.%d", x.study))
}

func (x thing) dataset() *dicom.Dataset {
	d := dicom.New("GB18030")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
	d.SetString(dicom.SOPInstanceUID, string(x.uid()))
	d.SetString(dicom.StudyDate, "20261101")
	d.SetString(dicom.StudyTime, "08:15:00")
	d.SetString(dicom.AccessionNumber, fmt.Sprint("A", x.study))
	d.SetString(dicom.Modality, "OT")
	name := x.name
	if name == "" {
		name = "Zhang^San=张^三"
	}
	d.SetString(dicom.PatientName, name)
	d.SetString(dicom.PatientID, x.patient)
	d.SetString(dicom.StudyInstanceUID, string(x.studyUID()))
	d.SetString(dicom.SeriesInstanceUID, fmt.Sprintf("%s.%d", x.studyUID(), x.series))
	d.SetInt(dicom.SeriesNumber, x.series)
	d.SetInt(dicom.InstanceNumber, x.instance)
	d.SetInt(dicom.SamplesPerPixel, 1)
	d.SetString(dicom.PhotometricInterpretation, "MONOCHROME2")
	d.SetInt(dicom.Rows, 8)
	d.SetInt(dicom.Columns, 8)
	d.SetInt(dicom.BitsAllocated, 8)
	d.SetInt(dicom.BitsStored, 8)
	d.SetInt(dicom.HighBit, 7)
	d.SetInt(dicom.PixelRepresentation, 0)
	d.SetBytes(dicom.PixelData, dicom.OB, bytes.Repeat([]byte{x.content}, 64))
	return d
}

// bytes is the bare data set in explicit VR little endian, as in a C-STORE.
func (x thing) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := dicom.AppendDataset(nil, x.dataset(), dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// incoming is what a C-STORE says of it.
func (x thing) incoming() imaging.Incoming {
	return imaging.Incoming{
		TransferSyntax: dicom.ExplicitVRLittleEndian, SOPClass: "1.2.840.10008.5.1.4.1.1.7", SOPInstance: x.uid(), Source: "CT1", Association: "a1",
	}
}

func (x thing) path() imaging.Path { return imaging.Path{Study: x.studyUID(), Instance: x.uid()} }

func (w *world) send(a *imaging.Archive, x thing) (imaging.Stored, error) {
	w.t.Helper()
	return a.Store(w.t.Context(), actor("north"), x.incoming(), bytes.NewReader(x.bytes(w.t)))
}

func (w *world) mustSend(x thing) imaging.Stored {
	w.t.Helper()
	s, err := w.send(w.archive, x)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// readAll reads a stream that must open and end well.
func readAll(t testing.TB, r io.ReadCloser, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return b
}

// dataOf answers the data set of an instance as the archive gives it back.
func (w *world) dataOf(x thing) []byte {
	w.t.Helper()
	o, err := w.archive.Object(w.t.Context(), actor("north"), x.path())
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := o.Open(w.t.Context(), 0, -1)
	return readAll(w.t, r, err)[o.Instance.DataOffset:]
}

// blobKeys lists the Part 10 files.
func (w *world) blobKeys() []string {
	w.t.Helper()
	keys, err := w.blobs.List(w.t.Context(), "dicom/", "", 100_000)
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// indexed lists the blobs that rows name.
func (w *world) indexed() []string {
	w.t.Helper()
	known, err := w.index.Known(w.t.Context(), w.blobKeys())
	if err != nil {
		w.t.Fatal(err)
	}
	var keys []string
	for k := range known {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func wantKind(t testing.TB, err error, kind yilian.Kind) {
	t.Helper()
	if got := yilian.KindOf(err); err == nil || got != kind {
		t.Errorf("error %v of kind %d, want kind %d", err, got, kind)
	}
}

// shared answers the folder of test data beside the module, or skips.
func shared(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	data := filepath.Join(filepath.Dir(dir), "shared", "dicom")
	if _, err := os.Stat(data); err != nil {
		t.Skip("no shared test data beside the module")
	}
	return data
}
