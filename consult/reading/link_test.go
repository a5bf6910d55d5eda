package reading_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/reading"
)

func TestUnmatchedIsAlarmedAndLinkedByHand(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	o := w.order(p, "CT", order.Stat)
	info := w.study(p, o)
	info.Accession, info.PatientID = "", ""
	w.arrive(info)
	w.pass(time.Minute)
	list, _, err := w.Unmatched(w.ctx, technician, "", 0)
	w.ok(err)
	if len(list) != 1 || list[0].State != reading.StudyUnmatched || len(list[0].Suggestions) != 1 || list[0].Suggestions[0].Order != yilian.OrderID(o.ID) || !has(list[0].Actions, "link") {
		t.Fatalf("unmatched: %+v", list)
	}
	w.pass(2 * time.Hour)
	st, err := w.Study(w.ctx, technician, info.UID)
	w.ok(err)
	if !st.Overdue {
		t.Error("nobody was alarmed")
	}
	if _, err := w.Link(w.ctx, w.by(stranger), info.UID, yilian.OrderID(o.ID)); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("a radiologist of another county links: %v", err)
	}
	outside := actor("chu", "elsewhere", yilian.RoleTechnologist)
	if _, err := w.Link(w.ctx, w.by(outside), info.UID, yilian.OrderID(o.ID)); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a technologist of another county links: %v", err)
	}
	linked, err := w.Link(w.ctx, w.saw(technician, st.Version), info.UID, yilian.OrderID(o.ID))
	w.ok(err)
	if linked.State != reading.StudyMatched || linked.LinkedBy != technician.Name || linked.Overdue || len(linked.Overridden) != 0 {
		t.Fatalf("linked: %+v", linked)
	}
	if got := w.only(reading.ScopePool, reader); got.Order != yilian.OrderID(o.ID) {
		t.Fatalf("in the pool: %+v", got.Task)
	}
	if _, err := w.Link(w.ctx, w.saw(technician, st.Version), info.UID, yilian.OrderID(o.ID)); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("linked a second time: %v", err)
	}
}

func TestConflictIsForAPerson(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	o := w.order(p, "CT", order.Stat)
	info := w.study(p, o)
	info.BirthDate = "19700101"
	w.arrive(info)
	w.pass(time.Minute)
	st, err := w.Study(w.ctx, technician, info.UID)
	w.ok(err)
	if st.State != reading.StudyConflict || st.Claimed != yilian.OrderID(o.ID) || len(st.Differs) != 1 || st.Differs[0] != reading.FieldBirth {
		t.Fatalf("%+v", st.Study)
	}
	if got, err := w.orders.Get(w.ctx, doctor, yilian.OrderID(o.ID)); err != nil || got.State != order.Ordered {
		t.Errorf("the order moved: %s, %v", got.State, err)
	}
	w.pass(10 * time.Minute) // stat: alarmed sooner
	if st, err = w.Study(w.ctx, technician, info.UID); err != nil || !st.Overdue {
		t.Errorf("nobody was alarmed: %v", err)
	}
	linked, err := w.Link(w.ctx, w.by(technician), info.UID, yilian.OrderID(o.ID))
	if err != nil || !slices.Equal(linked.Overridden, []reading.Field{reading.FieldBirth}) {
		t.Errorf("linked all the same: %v, %v", linked.Overridden, err)
	}
}

func TestUnlink(t *testing.T) {
	w := newWorld(t)
	item := w.task(order.Urgent)
	w.write(reader, item.TaskID(), normal)
	if _, err := w.Unlink(w.ctx, w.by(technician), item.Study, ""); code(err) != "reason.missing" {
		t.Errorf("without a reason: %v", err)
	}
	st, err := w.Unlink(w.ctx, w.by(technician), item.Study, "选错申请单")
	w.ok(err)
	o, err := w.orders.Get(w.ctx, doctor, item.Order)
	w.ok(err)
	d, err := w.Detail(w.ctx, reader, item.TaskID())
	w.ok(err)
	if st.State != reading.StudyUnmatched || o.State != order.Ordered || o.Study != "" || d.State != reading.Cancelled || d.Holder.ID != "" {
		t.Fatalf("study %s, order %s, read %s", st.State, o.State, d.State)
	}
	if _, err := w.Link(w.ctx, w.by(technician), item.Study, item.Order); err != nil {
		t.Fatalf("linked again: %v", err)
	}
	again := w.only(reading.ScopePool, reader)
	w.release(again.TaskID())
	if _, err := w.Unlink(w.ctx, w.by(technician), item.Study, "x"); code(err) != "study.signed" {
		t.Errorf("after the signature: %v", err)
	}
}

func TestPartialWhenASenderHangs(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	info := w.study(p, w.order(p, "CT", order.Urgent))
	info.Associations = 1
	w.arrive(info)
	w.pass(15*time.Minute - time.Second)
	if st, err := w.Study(w.ctx, technician, info.UID); err != nil || st.State != reading.StudyReceiving {
		t.Fatalf("too early: %s, %v", st.State, err)
	}
	w.pass(2 * time.Second)
	if item := w.only(reading.ScopePool, reader); !item.Partial {
		t.Error("not flagged as partial")
	}
}

// TestStudySetRight: a study that is set right in the archive is matched again where it had no order; where it had one, its reader is
// warned and what contradicts the order is noted. The same news twice change nothing.
func TestStudySetRight(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	o := w.order(p, "CT", order.Routine)
	loose := w.study(p, o)
	right := loose
	loose.Accession, loose.PatientID = "", "NOBODY"
	w.arrive(loose)
	w.pass(time.Minute)
	st, err := w.StudyOf(w.ctx, loose.UID)
	w.ok(err)
	if st.State != reading.StudyUnmatched {
		t.Fatalf("before: %s", st.State)
	}
	for range 2 {
		w.arrive(right)
	}
	if st, err = w.StudyOf(w.ctx, loose.UID); err != nil || st.State != reading.StudyMatched || st.Order != yilian.OrderID(o.ID) {
		t.Fatalf("after the correction: %s with order %q, %v", st.State, st.Order, err)
	}
	item := w.only(reading.ScopePool, reader)
	if item.Corrected {
		t.Error("the reader is warned of what was right when the task was made")
	}

	wrong := right
	wrong.Sex, wrong.PatientName, wrong.Instances = "F", "Wang^Xiaoxi=王小溪", 59
	version := st.Version
	for range 2 {
		w.arrive(wrong)
	}
	if st, err = w.StudyOf(w.ctx, loose.UID); err != nil || st.Version != version+1 || st.Info.PatientName != wrong.PatientName || !slices.Contains(st.Overridden, reading.Field("sex")) {
		t.Errorf("of a matched study: version %d, %q, contradicts %v, %v", st.Version-version, st.Info.PatientName, st.Overridden, err)
	}
	if item = w.only(reading.ScopePool, reader); !item.Corrected || item.Images != 59 {
		t.Errorf("the reader is warned: %v, %d images", item.Corrected, item.Images)
	}

	w.images.drop(loose.UID)
	for range 2 {
		w.ok(w.StudyChanged(w.ctx, loose.UID))
	}
	if item = w.only(reading.ScopePool, reader); item.Images != 0 {
		t.Errorf("after all images were rejected the read shows %d", item.Images)
	}
}

func TestExamFromElsewhereStandsBesideAndIsNotRead(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	o := w.order(p, "CT", order.Routine)
	disc := w.study(p, o)
	disc.Accession, disc.PatientID, disc.BirthDate, disc.Date = "", "of another hospital", "", w.clock().AddDate(-3, 0, 0)
	w.arrive(disc)
	w.pass(time.Minute)
	id := yilian.PatientID(p.ID)
	outside := actor("chu", "elsewhere", yilian.RoleTechnologist)
	if _, err := w.File(w.ctx, w.by(outside), disc.UID, id); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a technologist of another county files: %v", err)
	}
	if _, err := w.File(w.ctx, w.by(reader), disc.UID, id); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("a radiologist files: %v", err)
	}
	if _, err := w.File(w.ctx, w.by(technician), disc.UID, "none"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("filed with nobody: %v", err)
	}
	st, err := w.File(w.ctx, w.by(technician), disc.UID, id)
	w.ok(err)
	if st.State != reading.StudyFiled || st.Patient != yilian.PatientID(p.ID) || st.Order != "" || st.Read != "" || st.LinkedBy != technician.Name {
		t.Fatalf("filed: %+v", st)
	}
	if _, err := w.File(w.ctx, w.by(technician), disc.UID, id); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("filed a second time: %v", err)
	}
	if !slices.Equal(st.Overridden, []reading.Field{reading.FieldPatientID}) {
		t.Errorf("it contradicts the patient in %v", st.Overridden)
	}
	if list, _, err := w.Unmatched(w.ctx, technician, "", 0); err != nil || len(list) != 0 {
		t.Errorf("it still waits for an order: %v, %v", list, err)
	}
	w.arrive(w.study(p, o)) // the order is as open as it was
	w.pass(time.Minute)
	pool, _, err := w.List(w.ctx, reader, reading.Filter{Scope: reading.ScopePool})
	w.ok(err)
	if len(pool) != 1 || pool[0].Study == disc.UID {
		t.Fatalf("in the pool: %+v", pool)
	}
	priors := func() []reading.Prior {
		d, err := w.Detail(w.ctx, reader, pool[0].TaskID())
		w.ok(err)
		return d.Priors
	}
	if got := priors(); len(got) != 1 || got[0].Study != disc.UID || got[0].ID != "" || !got[0].Made.Equal(disc.Date) {
		t.Fatalf("beside: %+v", got)
	}
	if may, err := w.MaySee(w.ctx, reader, disc.UID); err != nil || !may {
		t.Errorf("who reads for the patient may not compare: %v, %v", may, err)
	}
	if may, err := w.MaySee(w.ctx, stranger, disc.UID); err != nil || may {
		t.Errorf("a stranger sees it: %v, %v", may, err)
	}
	disc.Instances, disc.LastArrival = 80, w.clock() // more of the same disc
	w.arrive(disc)
	w.pass(time.Minute)
	if _, err := w.Unfile(w.ctx, w.by(technician), disc.UID, ""); code(err) != "reason.missing" {
		t.Errorf("taken away without a reason: %v", err)
	}
	st, err = w.Unfile(w.ctx, w.by(technician), disc.UID, "不是这位患者")
	w.ok(err)
	if st.State != reading.StudyUnmatched || st.Patient != "" || st.Overdue || len(priors()) != 0 {
		t.Errorf("taken away: %+v, %v", st, priors())
	}
	if list, _, err := w.Unmatched(w.ctx, technician, "", 0); err != nil || len(list) != 1 {
		t.Errorf("it does not wait again: %v, %v", list, err)
	}
	w.ok(w.store.View(w.ctx, func(rd flow.Reader) error {
		events, err := rd.Events(flow.Ref{Kind: reading.StudyKind, ID: string(disc.UID)})
		for _, e := range events {
			if e.Action == "unfile" && (e.Reason != "不是这位患者" || !strings.Contains(string(e.Data), p.ID)) {
				t.Errorf("the trail does not say whose it was, and why not: %q, %s", e.Reason, e.Data)
			}
		}
		return err
	}))
	w.pass(24 * time.Hour)
	if st, err := w.Study(w.ctx, technician, disc.UID); err != nil || !st.Overdue {
		t.Errorf("nobody is alarmed any more: %v, %v", st.Overdue, err)
	}
}

func TestFiledExamIsSetRight(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	o := w.order(p, "CT", order.Routine)
	w.arrive(w.study(p, o))
	w.pass(time.Minute)
	disc := w.study(p, o)
	disc.Accession, disc.PatientID, disc.Date = "", "", time.Time{}
	w.arrive(disc)
	w.pass(time.Minute)
	_, err := w.File(w.ctx, w.by(technician), disc.UID, yilian.PatientID(p.ID))
	w.ok(err)
	prior := func() []reading.Prior {
		d, err := w.Detail(w.ctx, reader, w.only(reading.ScopePool, reader).TaskID())
		w.ok(err)
		return d.Priors
	}
	if got := prior(); len(got) != 1 || !got[0].Made.IsZero() || len(got[0].Differs) != 0 {
		t.Fatalf("an undated exam: %+v", got)
	}
	disc.Sex = "F"
	w.arrive(disc)
	w.pass(time.Minute)
	if got := prior(); len(got) != 1 || !slices.Equal(got[0].Differs, []reading.Field{reading.FieldSex}) {
		t.Errorf("corrected to somebody else: %+v", got)
	}
}
