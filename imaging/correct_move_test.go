package imaging_test

import (
	"bytes"
	"compress/flate"
	"io"
	"slices"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// TestMove: a series that belongs to another examination gets a study of its own; what comes for it later follows; undone, all is as before.
func TestMove(t *testing.T) {
	w := newWorld(t)
	a := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	b := thing{study: 1, series: 2, instance: 1, patient: "P1"}
	b2 := thing{study: 1, series: 2, instance: 2, patient: "P1"}
	w.mustSend(a)
	w.mustSend(b)
	seriesB := yilian.SeriesUID(string(b.studyUID()) + ".2")
	c := w.approved(imaging.Correction{Kind: imaging.MoveKind, Move: &imaging.Move{
		From: []imaging.Path{{Study: b.studyUID(), Series: seriesB}}, Set: imaging.Values{"PatientID": {"P2"}, "PatientName": {"Zhao^Liu"}, "AccessionNumber": {"A9"}},
	}})
	to := c.Move.To
	toSeries := imaging.MovedSeries(c.ID, b.studyUID(), seriesB)
	w.mustSend(b2)
	for _, uid := range []yilian.InstanceUID{b.uid(), b2.uid()} {
		d := w.whole(imaging.Path{Study: to, Series: toSeries, Instance: uid})
		if d.String(dicom.PatientID) != "P2" || d.String(dicom.AccessionNumber) != "A9" || d.UID(dicom.StudyInstanceUID) != string(to) || d.UID(dicom.SeriesInstanceUID) != string(toSeries) {
			t.Errorf("%s: patient %s, study %s", uid, d.String(dicom.PatientID), d.UID(dicom.StudyInstanceUID))
		}
	}
	_, err := w.archive.Object(t.Context(), doctor, b.path())
	wantKind(t, err, yilian.NotFound)
	s, series, err := w.archive.Study(t.Context(), doctor, b.studyUID())
	if err != nil || s.InstanceCount != 1 || len(series) != 1 {
		t.Errorf("%+v %v", s, err)
	}
	if s, series, err = w.archive.Study(t.Context(), doctor, to); err != nil || s.InstanceCount != 2 || s.SeriesCount != 1 || len(series) != 1 || s.PatientID != "P2" || s.Original != nil {
		t.Errorf("%+v %v", s, err)
	}
	if !w.mustSend(b).Duplicate {
		t.Error("the same image again is no duplicate after it was moved")
	}

	// An amendment stands on the move.
	on := w.approved(imaging.Correction{Kind: imaging.AmendKind, Amend: &imaging.Amend{Study: to, Set: imaging.Values{"PatientID": {"P3"}}}})
	if got := w.whole(imaging.Path{Study: to, Instance: b.uid()}).String(dicom.PatientID); got != "P3" {
		t.Errorf("patient %s", got)
	}
	undoing, err := w.archive.Decide(t.Context(), tech, c.ID, imaging.Undo, "no", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.archive.Decide(t.Context(), head, c.ID, imaging.Approve, "", 0)
	wantCode(t, err, imaging.CodeCorrectionLater)
	w.undone(on)
	if _, err = w.archive.Decide(t.Context(), head, c.ID, imaging.Approve, "", undoing.Version); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.archive.Study(t.Context(), doctor, to)
	wantKind(t, err, yilian.NotFound)
	if s, series, err = w.archive.Study(t.Context(), doctor, b.studyUID()); err != nil || s.InstanceCount != 3 || s.SeriesCount != 2 || len(series) != 2 {
		t.Errorf("%+v %v", s, err)
	}
	for _, x := range []thing{a, b, b2} {
		if !bytes.Equal(w.dataOf(x), x.bytes(t)) {
			t.Errorf("%v is not as it came", x)
		}
	}
}

// TestMoveAllIntoAnother: a study whose only series goes to a study that is there leaves the listings and comes back when it is undone.
func TestMoveAllIntoAnother(t *testing.T) {
	w := newWorld(t)
	a := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	b := thing{study: 2, series: 1, instance: 1, patient: "P2", name: "Zhao^Liu"}
	w.mustSend(a)
	w.mustSend(b)
	from := imaging.Path{Study: a.studyUID(), Series: yilian.SeriesUID(string(a.studyUID()) + ".1"), Instance: a.uid()}
	c := w.approved(imaging.Correction{Kind: imaging.MoveKind, Move: &imaging.Move{From: []imaging.Path{from}, To: b.studyUID()}})
	if len(w.found(doctor, imaging.FieldPatientID, "P1")) != 0 {
		t.Error("the empty study is listed")
	}
	d := w.whole(imaging.Path{Study: b.studyUID(), Instance: a.uid()})
	if d.String(dicom.PatientID) != "P2" || d.String(dicom.PatientName) != "Zhao^Liu" || d.String(dicom.AccessionNumber) != "A2" {
		t.Errorf("patient %s %s", d.String(dicom.PatientID), d.String(dicom.PatientName))
	}
	w.undone(c)
	if got := w.found(doctor, imaging.FieldPatientID, "P1"); !slices.Equal(got, []yilian.StudyUID{a.studyUID()}) {
		t.Errorf("found %v", got)
	}
	if !bytes.Equal(w.dataOf(a), a.bytes(t)) {
		t.Error("not as it came")
	}
}

// TestMerge: the studies of one patient are another's, also those that come later; another issuer's patient of the same number is not.
func TestMerge(t *testing.T) {
	w := newWorld(t)
	a := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	late := thing{study: 3, series: 1, instance: 1, patient: "P1"}
	w.mustSend(a)
	foreign := thing{study: 2, series: 1, instance: 1, patient: "P1"}
	if _, err := w.archive.Store(t.Context(), actor("south"), foreign.incoming(), bytes.NewReader(foreign.bytes(t))); err != nil {
		t.Fatal(err)
	}
	c := w.approved(imaging.Correction{Kind: imaging.MergeKind, Merge: &imaging.Merge{From: imaging.PatientKey{ID: "P1"}, Into: imaging.PatientKey{ID: "P7"}, Set: imaging.Values{"PatientName": {"Qian^Qi=钱^七"}}}})
	w.mustSend(late)
	for _, x := range []thing{a, late} {
		if d := w.whole(x.path()); d.String(dicom.PatientID) != "P7" || d.String(dicom.PatientName) != "Qian^Qi=钱^七" {
			t.Errorf("%v: %s", x, d.String(dicom.PatientID))
		}
	}
	if got := w.found(actor("region"), imaging.FieldPatientID, "P1"); !slices.Equal(got, []yilian.StudyUID{foreign.studyUID()}) {
		t.Errorf("P1 is %v", got)
	}
	w.undone(c)
	for _, x := range []thing{a, late} {
		if !bytes.Equal(w.dataOf(x), x.bytes(t)) {
			t.Errorf("%v is not as it came", x)
		}
	}
	if got := w.found(doctor, imaging.FieldPatientID, "P1"); len(got) != 2 {
		t.Errorf("P1 is %v", got)
	}
}

// TestCorrectedWithoutPixels: an object that cannot be cut before its pixels is edited as a stream.
func TestCorrectedWithoutPixels(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	d := x.dataset()
	d.Delete(dicom.PixelData)
	plain, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, -1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = deflate.Write(plain); err == nil {
		err = deflate.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	raw := packed.Bytes()
	in := x.incoming()
	in.TransferSyntax = dicom.DeflatedExplicitVRLittleEndian
	if _, err := w.archive.Store(t.Context(), actor("north"), in, bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	w.approved(amend(x, imaging.Values{"PatientID": {"P2"}}))
	if got := w.whole(x.path()).String(dicom.PatientID); got != "P2" {
		t.Errorf("patient %s", got)
	}
	for i, err := range w.archive.Instances(t.Context(), doctor, imaging.Path{Study: x.studyUID()}) {
		if err != nil {
			t.Fatal(err)
		}
		o := w.archive.ObjectOf(i)
		r, err := o.Open(t.Context(), o.Instance.DataOffset, -1)
		if err != nil {
			t.Fatal(err)
		}
		object, err := dicom.Scan(r, dicom.Syntax(i.TransferSyntax), dicom.Options{})
		if err != nil || object.Dataset.String(dicom.PatientID) != "P2" {
			t.Errorf("%v", err)
		}
		_, _ = io.Copy(io.Discard, r)
		_ = r.Close()
	}
}
