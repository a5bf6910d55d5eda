package reading_test

import (
	"testing"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/reading"
)

func TestLateImages(t *testing.T) {
	w := newWorld(t)
	item := w.task(order.Routine)
	info, err := w.images.Study(w.ctx, item.Study)
	w.ok(err)
	more := func(n int) {
		info.Instances, info.LastArrival = n, w.clock()
		info.Series[0].LastArrival = w.clock()
		w.arrive(info)
		w.pass(time.Minute)
	}
	more(80)
	if d, err := w.Detail(w.ctx, reader, item.TaskID()); err != nil || !d.Late || d.Images != 80 || len(d.Children) != 0 {
		t.Fatalf("before the report: %+v, %v", d.Task, err)
	}
	w.release(item.TaskID())
	more(100)
	d, err := w.Detail(w.ctx, reader, item.TaskID())
	w.ok(err)
	if len(d.Children) != 1 || d.Children[0].Kind != reading.Appending || d.Children[0].State != reading.Offered || d.Children[0].KeptFor != reader.Person {
		t.Fatalf("after the release: %+v", d.Children)
	}
	more(120)
	if d, err = w.Detail(w.ctx, reader, item.TaskID()); err != nil || len(d.Children) != 1 {
		t.Fatalf("%d addenda are open, %v", len(d.Children), err)
	}
	child := d.Children[0].TaskID()
	if _, err := w.Claim(w.ctx, w.by(second), child); code(err) != "reading.kept" {
		t.Errorf("somebody else takes the addendum at once: %v", err)
	}
	w.write(reader, child, reading.Text{Findings: "补充薄层重建，所见同前。"})
	_, err = w.Submit(w.ctx, w.by(reader), child, reading.Signing{})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), child)
	w.ok(err)
	_, err = w.Acknowledge(w.ctx, w.by(doctor), item.Order)
	w.ok(err)
	_, err = w.Release(w.ctx, w.by(reviewer), child, reading.Signing{})
	w.ok(err)
	d, err = w.Detail(w.ctx, doctor, item.TaskID())
	w.ok(err)
	if d.Report.State != reading.ReportAppended || len(d.Report.Addenda()) != 1 || d.Order.State != order.Released {
		t.Fatalf("report %s, %d addenda, order %s", d.Report.State, len(d.Report.Addenda()), d.Order.State)
	}
	if v, _ := d.Report.Current(); v.Impression != normal.Impression {
		t.Errorf("the addendum replaced the report: %+v", v.Text)
	}
}

func TestCorrection(t *testing.T) {
	w := newWorld(t)
	item := w.task(order.Routine)
	w.release(item.TaskID())
	child, err := w.Recall(w.ctx, w.by(reviewer), item.TaskID(), "左右侧书写有误")
	w.ok(err)
	if child.Kind != reading.Correcting || child.State != reading.Offered {
		t.Fatalf("%+v", child)
	}
	p, err := w.Print(w.ctx, doctor, item.TaskID())
	w.ok(err)
	if p.Report.Recalled == "" {
		t.Error("the report is not marked while it is being corrected")
	}
	_, err = w.Claim(w.ctx, w.by(reviewer), child.TaskID())
	w.ok(err)
	d, err := w.Detail(w.ctx, reviewer, child.TaskID())
	w.ok(err)
	if d.Draft.Text != normal {
		t.Errorf("the correction begins with %+v", d.Draft.Text)
	}
	right := reading.Text{Findings: "左肺下叶结节。", Impression: "左肺下叶结节。"}
	_, err = w.SaveDraft(w.ctx, w.saw(reviewer, d.Seen), child.TaskID(), right)
	w.ok(err)
	if _, err := w.SaveDraft(w.ctx, w.saw(reviewer, d.Seen), child.TaskID(), right); err != nil {
		t.Errorf("saved once more after a lost answer: %v", err)
	}
	_, err = w.Submit(w.ctx, w.by(reviewer), child.TaskID(), reading.Signing{})
	w.ok(err)
	if _, err := w.TakeReview(w.ctx, w.by(reviewer), child.TaskID()); code(err) != "reading.sameSigner" {
		t.Errorf("both signatures by one: %v", err)
	}
	other := actor("hua", county, yilian.RoleReviewer)
	_, err = w.TakeReview(w.ctx, w.by(other), child.TaskID())
	w.ok(err)
	_, err = w.Release(w.ctx, w.by(other), child.TaskID(), reading.Signing{Discrepancy: 3})
	w.ok(err)
	p, err = w.Print(w.ctx, doctor, item.TaskID())
	w.ok(err)
	if p.Version.Text != right || p.Report.State != reading.ReportCorrected || p.Report.Recalled != "" {
		t.Fatalf("%+v", p.Report)
	}
	if first := p.Report.Versions[1]; first.Step != reading.StepFinal || first.Impression != normal.Impression {
		t.Errorf("the first report is gone: %+v", first)
	}
	w.pass(25 * time.Hour)
	if _, err := w.Recall(w.ctx, w.by(reviewer), item.TaskID(), "x"); code(err) != "reading.tooLate" {
		t.Errorf("after the time for corrections: %v", err)
	}
	if d, err := w.Detail(w.ctx, reviewer, item.TaskID()); err != nil || has(d.Actions, "recall") || !has(d.Actions, "addendum") {
		t.Errorf("offers %v, %v", d.Actions, err)
	}
}

func TestPreliminaryReport(t *testing.T) {
	w := newWorld(t)
	routine := w.task(order.Routine)
	w.write(reader, routine.TaskID(), normal)
	if _, err := w.Submit(w.ctx, w.by(reader), routine.TaskID(), reading.Signing{Preliminary: true}); code(err) != "report.preliminary" {
		t.Errorf("of a routine exam: %v", err)
	}
	w.task(order.Stat)
	items, _, err := w.List(w.ctx, reader, reading.Filter{Scope: reading.ScopePool, Priority: order.Stat})
	w.ok(err)
	id := items[0].TaskID()
	w.write(reader, id, normal)
	if _, err := w.Print(w.ctx, doctor, id); code(err) != "report.notReleased" {
		t.Errorf("a draft is printed: %v", err)
	}
	_, err = w.Submit(w.ctx, w.by(reader), id, reading.Signing{Preliminary: true})
	w.ok(err)
	p, err := w.Print(w.ctx, doctor, id)
	w.ok(err)
	if p.Version.Step != reading.StepPreliminary || p.Report.State != reading.ReportPreliminary {
		t.Fatalf("%+v", p.Version)
	}
	if inbox, _, err := w.orders.List(w.ctx, doctor, order.ScopeResults, "", 0); err != nil || len(inbox) != 1 || !inbox[0].Preliminary {
		t.Fatalf("inbox %+v, %v", inbox, err)
	}
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	_, err = w.Return(w.ctx, w.by(reviewer), id, "请描述纵隔", 2)
	w.ok(err)
	if p, err = w.Print(w.ctx, doctor, id); err != nil || p.Version.Step != reading.StepPreliminary {
		t.Errorf("what was given out must hold until the final report: %v", err)
	}
}
