package imaging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// staff is somebody of an institution with a role.
func staff(person, institution string, roles ...yilian.Role) yilian.Actor {
	return yilian.Actor{Person: yilian.PersonID(person), Institution: yilian.InstitutionID(institution), Session: "s-" + person, Roles: roles}
}

var (
	tech   = staff("tech", "north", yilian.RoleTechnologist)
	tech2  = staff("tech2", "north", yilian.RoleTechnologist)
	head   = staff("head", "north", yilian.RoleHead)
	doctor = staff("doctor", "north", yilian.RoleRequester)
	south  = staff("south", "south", yilian.RoleTechnologist)
	admin1 = staff("admin1", "", yilian.RoleAdmin)
	admin2 = staff("admin2", "", yilian.RoleAdmin)
)

func code(err error) string {
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return e.Code
	}
	return ""
}

func wantCode(t testing.TB, err error, want string) {
	t.Helper()
	if code(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// approved proposes a correction as tech and approves it as head.
func (w *world) approved(c imaging.Correction) imaging.Correction {
	w.t.Helper()
	w.sleep(time.Second)
	c, err := w.archive.Propose(w.t.Context(), tech, c, "wrong patient chosen at the device")
	if err != nil {
		w.t.Fatal(err)
	}
	w.sleep(time.Second)
	c, err = w.archive.Decide(w.t.Context(), head, c.ID, imaging.Approve, "", c.Version)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// undone takes a correction back.
func (w *world) undone(c imaging.Correction) imaging.Correction {
	w.t.Helper()
	w.sleep(time.Second)
	c, err := w.archive.Decide(w.t.Context(), tech, c.ID, imaging.Undo, "it was right", c.Version)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sleep(time.Second)
	c, err = w.archive.Decide(w.t.Context(), head, c.ID, imaging.Approve, "", c.Version)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func amend(x thing, set imaging.Values) imaging.Correction {
	return imaging.Correction{Kind: imaging.AmendKind, Amend: &imaging.Amend{Study: x.studyUID(), Set: set}}
}

// whole reads an instance as it is given out, by its parts: in one piece, and from the middle.
func (w *world) whole(p imaging.Path) *dicom.Dataset {
	w.t.Helper()
	o, err := w.archive.Object(w.t.Context(), doctor, p)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := o.Open(w.t.Context(), 0, -1)
	all := readAll(w.t, r, err)
	if int64(len(all)) != o.Size {
		w.t.Errorf("%d bytes, announced %d", len(all), o.Size)
	}
	for _, off := range []int64{0, 1, o.Instance.DataOffset, o.Size / 2, o.Size - 70, o.Size} {
		for _, n := range []int64{-1, 0, 13, 200} {
			r, err := o.Open(w.t.Context(), off, n)
			want := all[off:]
			if n >= 0 {
				want = want[:min(n, int64(len(want)))]
			}
			if got := readAll(w.t, r, err); !bytes.Equal(got, want) {
				w.t.Errorf("range %d+%d: %d bytes, want %d", off, n, len(got), len(want))
			}
		}
	}
	object, err := dicom.ScanFile(bytes.NewReader(all), dicom.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	return object.Dataset
}

func (w *world) metadata(p imaging.Path) map[string]json.RawMessage {
	w.t.Helper()
	i, err := w.archive.Instance(w.t.Context(), doctor, p)
	if err != nil {
		w.t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(i.Metadata, &all); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) found(actor yilian.Actor, f imaging.Field, value string) (uids []yilian.StudyUID) {
	w.t.Helper()
	info, _ := f.Info()
	page, err := w.archive.Find(w.t.Context(), actor, imaging.Query{Match: []imaging.Match{{Field: f, Op: imaging.Equal, Values: []string{info.Kind.Fold(value)}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range page.Studies {
		uids = append(uids, s.UID)
	}
	return uids
}

// TestWrongPatient: two persons give a study another patient. Everything that goes out says so, the bytes stay, and it can be undone.
func TestWrongPatient(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1", name: "Wang^Wu=王^五", content: 7}
	w.mustSend(x)
	before := w.whole(x.path())
	original := w.stored(x)
	set := imaging.Values{"PatientID": {"P2"}, "PatientName": {"Zhao^Liu=赵^六"}, "PatientSex": {"F"}, "StudyDescription": {"胸部"}, "AccessionNumber": {}}
	c := w.approved(amend(x, set))
	if c.State != imaging.CorrectionActive || len(c.Steps) != 2 || c.Steps[1].By.Person != "head" {
		t.Errorf("%+v", c)
	}
	d := w.whole(x.path())
	for tag, want := range map[dicom.Tag]string{
		dicom.PatientID: "P2", dicom.PatientName: "Zhao^Liu=赵^六", dicom.PatientSex: "F", dicom.StudyDescription: "胸部", dicom.AccessionNumber: "",
		dicom.StudyInstanceUID: string(x.studyUID()), dicom.SOPInstanceUID: string(x.uid()),
	} {
		if got := d.String(tag); got != want {
			t.Errorf("%s is %q, want %q", tag.Keyword(), got, want)
		}
	}
	if got := string(w.metadata(x.path())["00100020"]); got != `{"vr":"LO","Value":["P2"]}` {
		t.Errorf("metadata %s", got)
	}
	if n := len(w.found(doctor, imaging.FieldPatientID, "P1")) + len(w.found(doctor, imaging.FieldAccession, "A1")); n != 0 {
		t.Error("still found under what was wrong")
	}
	if len(w.found(doctor, imaging.FieldPatientID, "P2")) != 1 || len(w.found(doctor, imaging.FieldPatientName, "赵六")) != 1 {
		t.Error("not found under what is right")
	}
	if !bytes.Equal(original, w.stored(x)) {
		t.Error("the stored bytes have changed")
	}

	// What comes later for the study is the right patient's too, and is no contradiction.
	y := x
	y.instance = 2
	w.mustSend(y)
	s, _, err := w.archive.Study(t.Context(), doctor, x.studyUID())
	if err != nil || s.PatientID != "P2" || len(s.Differs) != 0 || s.InstanceCount != 2 || s.Original == nil || s.Original.PatientID != "P1" {
		t.Errorf("%+v %v", s, err)
	}
	if w.whole(y.path()).String(dicom.PatientID) != "P2" {
		t.Error("the late instance names the wrong patient")
	}
	if again := w.mustSend(x); !again.Duplicate {
		t.Error("sending again is no duplicate")
	}

	w.undone(c)
	if got := w.whole(x.path()); got.String(dicom.PatientID) != "P1" || got.String(dicom.PatientName) != before.String(dicom.PatientName) {
		t.Errorf("not undone: %s", got.String(dicom.PatientName))
	}
	if !bytes.Equal(w.dataOf(x), x.bytes(t)) || len(w.found(doctor, imaging.FieldPatientID, "P1")) != 1 || len(w.found(doctor, imaging.FieldAccession, "A1")) != 1 {
		t.Error("not as before")
	}
}

// stored answers the file of an instance as the store has it.
func (w *world) stored(x thing) []byte {
	w.t.Helper()
	i, err := w.index.Instance(w.t.Context(), x.uid())
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.blobs.Open(w.t.Context(), i.Blob, 0, -1)
	return readAll(w.t, r, err)
}

// TestTwoPersons: who asked does not decide, and who is no party to the study has no say.
func TestTwoPersons(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	w.mustSend(x)
	ask := amend(x, imaging.Values{"PatientID": {"P2"}})
	propose := func(a yilian.Actor) error {
		_, err := w.archive.Propose(t.Context(), a, ask, "why")
		return err
	}
	wantKind(t, propose(south), yilian.NotFound)
	wantCode(t, propose(doctor), imaging.CodeCorrectionRole)
	wantCode(t, propose(admin1), imaging.CodeCorrectionRole)
	_, err := w.archive.Propose(t.Context(), tech, ask, " ")
	wantKind(t, err, yilian.Invalid)
	c, err := w.archive.Propose(t.Context(), tech, ask, "why")
	if err != nil {
		t.Fatal(err)
	}
	if w.whole(x.path()).String(dicom.PatientID) != "P1" {
		t.Error("in force before it was approved")
	}
	step := func(a yilian.Actor, action imaging.CorrectionAction, version int64) error {
		_, err := w.archive.Decide(t.Context(), a, c.ID, action, "reason", version)
		return err
	}
	wantCode(t, step(tech, imaging.Approve, 0), imaging.CodeCorrectionSelf)
	wantCode(t, step(tech2, imaging.Withdraw, 0), imaging.CodeCorrectionSelf)
	wantKind(t, step(south, imaging.Approve, 0), yilian.NotFound)
	wantCode(t, step(doctor, imaging.Approve, 0), imaging.CodeCorrectionRole)
	wantCode(t, step(head, imaging.Undo, 0), imaging.CodeCorrectionState)
	wantCode(t, step(head, imaging.Approve, 99), imaging.CodeCorrectionState)
	if err := step(tech2, imaging.Approve, c.Version); err != nil {
		t.Fatal(err)
	}
	wantCode(t, step(head, imaging.Approve, 0), imaging.CodeCorrectionState)
	if err := step(tech2, imaging.Undo, 0); err != nil {
		t.Fatal(err)
	}
	wantCode(t, step(tech2, imaging.Approve, 0), imaging.CodeCorrectionSelf)
	if err := step(head, imaging.Refuse, 0); err != nil {
		t.Fatal(err)
	}
	if w.whole(x.path()).String(dicom.PatientID) != "P2" {
		t.Error("a refused undoing took effect")
	}
	for _, bad := range []imaging.Values{{}, {"PixelData": {"x"}}, {"StudyInstanceUID": {"1.2"}}, {"PatientSex": {"X"}}, {"PatientBirthDate": {"2026-01-01"}}, {"PatientID": {"a\\b"}}, {"SeriesNumber": {"1"}}} {
		_, err := w.archive.Propose(t.Context(), tech, amend(x, bad), "why")
		wantKind(t, err, yilian.Invalid)
	}
}

// TestMachine: every state times every action; what the table does not name is refused and changes nothing.
func TestMachine(t *testing.T) {
	states := []imaging.CorrectionState{
		imaging.CorrectionNone, imaging.CorrectionProposed, imaging.CorrectionActive, imaging.CorrectionRefused, imaging.CorrectionWithdrawn,
		imaging.CorrectionUndoing, imaging.CorrectionUndone,
	}
	allowed := map[string]imaging.CorrectionState{
		"|propose": imaging.CorrectionProposed, "proposed|approve": imaging.CorrectionActive, "proposed|refuse": imaging.CorrectionRefused,
		"proposed|withdraw": imaging.CorrectionWithdrawn, "active|undo": imaging.CorrectionUndoing, "undoing|approve": imaging.CorrectionUndone,
		"undoing|refuse": imaging.CorrectionActive, "undoing|withdraw": imaging.CorrectionActive,
	}
	for _, s := range states {
		for _, action := range []imaging.CorrectionAction{imaging.Propose, imaging.Approve, imaging.Refuse, imaging.Withdraw, imaging.Undo} {
			by := head
			if action == imaging.Withdraw {
				by = tech
			}
			c := imaging.Correction{State: s, Version: 3, Steps: []imaging.CorrectionStep{{Action: imaging.Propose, By: tech}}}
			next, effect, err := c.Next(imaging.CorrectionStep{Action: action, By: by}, 3)
			want, ok := allowed[string(s)+"|"+string(action)]
			if ok != (err == nil) || ok && next.State != want || !ok && next.State != s {
				t.Errorf("%s %s: %s, %v", s, action, next.State, err)
			}
			if takes := want == imaging.CorrectionActive && action == imaging.Approve; takes != (effect == imaging.TakesEffect) {
				t.Errorf("%s %s has effect %d", s, action, effect)
			}
		}
	}
}

// TestEveryoneIsTold: who has looked at the study learns that it was wrong, and that it was taken back, once each, until acknowledged.
func TestEveryoneIsTold(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	w.mustSend(x)
	for _, who := range []yilian.Actor{doctor, tech} {
		if _, _, err := w.archive.Study(t.Context(), who, x.studyUID()); err != nil {
			t.Fatal(err)
		}
	}
	c := w.approved(amend(x, imaging.Values{"PatientID": {"P2"}}))
	open := func(p yilian.PersonID) []imaging.Notice {
		page, _, err := w.archive.Notices(t.Context(), yilian.Actor{Person: p}, true, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	told := open("doctor")
	if len(told) != 1 || told[0].Study != x.studyUID() || told[0].Correction != c.ID || told[0].Undone || told[0].Reason == "" {
		t.Fatalf("%+v", told)
	}
	if len(open("tech")) != 0 || len(open("south")) != 0 {
		t.Error("told who knows, or who never saw it")
	}
	wantKind(t, w.archive.Acknowledge(t.Context(), south, told[0].ID), yilian.NotFound)
	for range 2 {
		if err := w.archive.Acknowledge(t.Context(), doctor, told[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(open("doctor")) != 0 {
		t.Error("acknowledged and still open")
	}
	if err := w.archive.Notify(t.Context(), c.ID, []yilian.PersonID{"reader", "doctor", "head"}); err != nil {
		t.Fatal(err)
	}
	if len(open("reader")) != 1 || len(open("doctor")) != 0 || len(open("head")) != 0 {
		t.Error("further people: told twice, or not")
	}
	w.undone(c)
	if told := open("doctor"); len(told) != 1 || !told[0].Undone {
		t.Errorf("%+v", told)
	}
}
