package imaging_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

func reject(code string, things ...thing) imaging.Correction {
	r := &imaging.Reject{Code: code}
	for _, x := range things {
		r.Instances = append(r.Instances, imaging.Reference{Study: x.studyUID(), Series: yilian.SeriesUID(fmt.Sprintf("%s.%d", x.studyUID(), x.series)), Instance: x.uid()})
	}
	return imaging.Correction{Kind: imaging.RejectKind, Reject: r}
}

func (w *world) counts(x thing) (series, instances int) {
	w.t.Helper()
	s, _, err := w.archive.Study(w.t.Context(), doctor, x.studyUID())
	if err != nil {
		return 0, 0
	}
	return s.SeriesCount, s.InstanceCount
}

// TestReject: what two persons rejected is in no listing, stays stored, is not taken again, and comes back when two persons say so.
func TestReject(t *testing.T) {
	for _, code := range []string{imaging.RejectedQuality, imaging.RejectedSafety, imaging.RejectedWorklist} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			bad, good := thing{study: 1, series: 1, instance: 1, patient: "P1"}, thing{study: 1, series: 2, instance: 1, patient: "P1"}
			w.mustSend(bad)
			w.mustSend(good)
			c := w.approved(reject(code, bad))
			_, err := w.archive.Object(t.Context(), doctor, bad.path())
			wantKind(t, err, yilian.NotFound)
			visible := 1 // the note for quality is there to be seen, in a series of its own
			if code != imaging.RejectedQuality {
				visible = 0
			}
			if series, n := w.counts(bad); series != 1+visible || n != 1+visible {
				t.Errorf("%d series, %d instances", series, n)
			}
			// What was rejected and the note that says so are for those who correct, and for the service.
			rejected, err := w.archive.Rejected(t.Context(), tech, bad.studyUID(), "", 10)
			if err != nil || len(rejected) != 2-visible {
				t.Fatalf("%d rejected, %v", len(rejected), err)
			}
			_, err = w.archive.Rejected(t.Context(), doctor, bad.studyUID(), "", 10)
			wantKind(t, err, yilian.Forbidden)
			o, err := w.archive.RejectedObject(t.Context(), tech, bad.uid())
			if err != nil {
				t.Fatal(err)
			}
			r, err := o.Open(t.Context(), o.Instance.DataOffset, -1)
			if !bytes.Equal(readAll(t, r, err), bad.bytes(t)) {
				t.Error("the rejected bytes have changed")
			}
			w.checkNote(c, bad, code)

			again, err := w.send(w.archive, bad)
			if err != nil || !again.Duplicate || again.Rejected != code {
				t.Errorf("again: %+v %v", again, err)
			}
			other := bad
			other.content = 9
			_, err = w.send(w.archive, other)
			if code == imaging.RejectedQuality {
				wantKind(t, err, yilian.Conflict)
			} else if err != nil {
				t.Errorf("other content: %v", err)
			}
			if _, n := w.counts(bad); n != 1+visible {
				t.Errorf("%d instances after it was sent again", n)
			}

			w.undone(c)
			if series, n := w.counts(bad); series != 2 || n != 2 {
				t.Errorf("undone: %d series, %d instances", series, n)
			}
			if !bytes.Equal(w.dataOf(bad), bad.bytes(t)) {
				t.Error("not as it came")
			}
		})
	}
}

// checkNote reads the note as another system would.
func (w *world) checkNote(c imaging.Correction, x thing, code string) {
	w.t.Helper()
	stored, err := w.archive.Correction(w.t.Context(), tech, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	o, err := w.archive.RejectedObject(w.t.Context(), tech, stored.Reject.Note)
	if yilian.KindOf(err) == yilian.NotFound {
		o, err = w.archive.Object(w.t.Context(), tech, imaging.Path{Study: x.studyUID(), Instance: stored.Reject.Note})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := o.Open(w.t.Context(), 0, -1)
	object, err := dicom.ScanFile(bytes.NewReader(readAll(w.t, r, err)), dicom.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	d := object.Dataset
	evidence := d.Sequence(dicom.Tag(0x0040A375))
	if d.First(dicom.ConceptNameCodeSequence).String(dicom.CodeValue) != code || len(evidence) != 1 || d.String(dicom.Modality) != "KO" || d.String(dicom.PatientName) == "" {
		w.t.Errorf("a note with title %s, %d studies", d.First(dicom.ConceptNameCodeSequence).String(dicom.CodeValue), len(evidence))
	}
	if got := evidence[0].First(dicom.ReferencedSeriesSequence, dicom.ReferencedSOPSequence).UID(dicom.ReferencedSOPInstanceUID); got != string(x.uid()) {
		w.t.Errorf("it names %s", got)
	}
}

// keyObject is a rejection note as another system sends it.
func keyObject(x thing, number int, code string, named ...thing) []byte {
	d := dicom.New("ISO_IR 192")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.88.59")
	d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("1.2.826.0.1.3680043.10.998.%d.77.%d", x.study, number))
	d.SetString(dicom.StudyInstanceUID, string(x.studyUID()))
	d.SetString(dicom.SeriesInstanceUID, fmt.Sprintf("%s.77", x.studyUID()))
	d.SetString(dicom.Modality, "KO")
	d.SetString(dicom.PatientID, x.patient)
	title := d.NewItem()
	title.SetString(dicom.CodeValue, code)
	title.SetString(dicom.CodingSchemeDesignator, "DCM")
	d.SetSequence(dicom.ConceptNameCodeSequence, title)
	study, series := d.NewItem(), d.NewItem()
	var refs []*dicom.Dataset
	for _, n := range named {
		item := d.NewItem()
		item.SetString(dicom.ReferencedSOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
		item.SetString(dicom.ReferencedSOPInstanceUID, string(n.uid()))
		refs = append(refs, item)
	}
	series.SetString(dicom.SeriesInstanceUID, fmt.Sprintf("%s.%d", x.studyUID(), 1))
	series.SetSequence(dicom.ReferencedSOPSequence, refs...)
	study.SetString(dicom.StudyInstanceUID, string(x.studyUID()))
	study.SetSequence(dicom.ReferencedSeriesSequence, series)
	d.SetSequence(dicom.Tag(0x0040A375), study)
	b, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		panic(err)
	}
	return b
}

func (w *world) sendNote(from yilian.Actor, b []byte) imaging.Stored {
	w.t.Helper()
	s, err := w.archive.Store(w.t.Context(), from, imaging.Incoming{TransferSyntax: dicom.ExplicitVRLittleEndian, Source: "PACS"}, bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// TestNoteArrives: a rejection note by any door takes effect, for what is here and for what has not come, within its institution only.
func TestNoteArrives(t *testing.T) {
	w := newWorld(t)
	one, two, coming := thing{study: 1, series: 1, instance: 1, patient: "P1"}, thing{study: 1, series: 1, instance: 2, patient: "P1"}, thing{study: 1, series: 1, instance: 3, patient: "P1"}
	w.mustSend(one)
	w.mustSend(two)

	// Another institution's note about these images, in a study of its own, changes nothing here, now or later.
	foreign := thing{study: 5, series: 1, instance: 1}
	w.sendNote(actor("south"), keyObject(foreign, 1, imaging.RejectedSafety, one, coming))
	if _, n := w.counts(one); n != 2 {
		t.Errorf("%d instances after a stranger's note", n)
	}

	note := keyObject(one, 1, imaging.RejectedSafety, one, coming)
	w.sendNote(actor("north"), note)
	if !w.sendNote(actor("north"), note).Duplicate {
		t.Error("the same note again is no duplicate")
	}
	if _, n := w.counts(one); n != 1 {
		t.Errorf("%d instances", n)
	}
	if s := w.mustSend(coming); s.Rejected != imaging.RejectedSafety {
		t.Errorf("what a note named before it came was taken: %+v", s)
	}
	page, _, err := w.archive.Corrections(t.Context(), tech, imaging.CorrectionFilter{Study: one.studyUID()}, "", 10)
	if err != nil || len(page) != 1 || page[0].State != imaging.CorrectionActive || !page[0].Reject.Received {
		t.Fatalf("%+v %v", page, err)
	}
	// Undone by two persons.
	w.sleep(time.Second)
	if _, err := w.archive.Decide(t.Context(), tech, page[0].ID, imaging.Undo, "it is fine", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.archive.Decide(t.Context(), head, page[0].ID, imaging.Approve, "", 0); err != nil {
		t.Fatal(err)
	}
	if s := w.mustSend(coming); s.Duplicate {
		t.Errorf("%+v", s)
	}
	if _, n := w.counts(one); n != 3 {
		t.Errorf("%d instances", n)
	}
}

// TestRejectWhole: a study of which everything is rejected is gone, its corrections too, and comes back with them.
func TestRejectWhole(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	w.mustSend(x)
	before, _, err := w.archive.Study(t.Context(), doctor, x.studyUID())
	if err != nil {
		t.Fatal(err)
	}
	w.approved(amend(x, imaging.Values{"PatientID": {"P2"}}))
	c := w.approved(reject(imaging.RejectedSafety, x))
	if len(w.found(doctor, imaging.FieldPatientID, "P2")) != 0 {
		t.Error("listed")
	}
	w.undone(c)
	after, _, err := w.archive.Study(t.Context(), doctor, x.studyUID())
	if err != nil || after.PatientID != "P2" || after.Version <= before.Version || !after.FirstArrival.Equal(before.FirstArrival) {
		t.Errorf("%+v %v", after, err)
	}
	if w.whole(x.path()).String(dicom.PatientID) != "P2" {
		t.Error("the correction is lost")
	}
}

// TestRetentionEnded: what was rejected since its time was over may come again.
func TestRetentionEnded(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	w.mustSend(x)
	w.sendNote(actor("north"), keyObject(x, 1, imaging.RejectedRetention, x))
	if _, n := w.counts(x); n != 0 {
		t.Errorf("%d instances", n)
	}
	if s := w.mustSend(x); s.Duplicate {
		t.Errorf("%+v", s)
	}
	if _, n := w.counts(x); n != 1 {
		t.Errorf("%d instances", n)
	}
}
