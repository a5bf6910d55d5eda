package reading_test

import (
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// sided takes an exam of the left knee to the pool whose images name a side.
func (w *world) sided(laterality string) yilian.ReadingID {
	w.t.Helper()
	p := w.patient("王小东")
	o, err := w.orders.Place(w.ctx, w.by(doctor), order.New{Patient: yilian.PatientID(p.ID), Modality: "CT", BodyPart: "KNEE", Exam: "左膝关节CT", Priority: order.Routine})
	w.ok(err)
	info := w.study(p, o)
	info.BodyPart, info.Laterality = "KNEE", laterality
	w.arrive(info)
	w.pass(2 * time.Minute)
	return w.only(reading.ScopePool, reader).TaskID()
}

func TestImagesOfTheOtherSideStopASignature(t *testing.T) {
	w := newWorld(t)
	text := reading.Text{Findings: "左膝关节在位。", Impression: "左膝未见骨折。"}
	id := w.sided("R")
	w.write(reader, id, text)
	if _, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{}); code(err) != "report.unconfirmed" {
		t.Fatalf("signed although the images are of the other side: %v", err)
	}
	how := reading.Signing{Confirmed: []string{"report.sideImages", "report.other"}}
	_, err := w.Submit(w.ctx, w.by(reader), id, how)
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	if _, err := w.Release(w.ctx, w.by(reviewer), id, reading.Signing{}); code(err) != "report.unconfirmed" {
		t.Fatalf("released without a look: %v", err)
	}
	_, err = w.Release(w.ctx, w.by(reviewer), id, how)
	w.ok(err)
	d, err := w.Detail(w.ctx, reader, id)
	w.ok(err)
	for _, v := range d.Report.Versions {
		if !slices.Equal(v.Confirmed, []string{"report.sideImages"}) {
			t.Errorf("version %d keeps %v", v.N, v.Confirmed)
		}
	}
	other := w.sided("L")
	w.write(reader, other, text)
	_, err = w.Submit(w.ctx, w.by(reader), other, reading.Signing{})
	w.ok(err)
}

func TestSkipIsOnRecord(t *testing.T) {
	w := newWorld(t)
	item := w.task(order.Routine)
	id := item.TaskID()
	if !has(item.Actions, "skip") {
		t.Errorf("the reader may %v", item.Actions)
	}
	if _, err := w.Skip(w.ctx, w.by(reader), id, ""); code(err) != "reason.missing" {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := w.Skip(w.ctx, w.by(doctor), id, "忙"); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("by the ordering doctor: %v", err)
	}
	got, err := w.Skip(w.ctx, w.saw(reader, item.Seen), id, "非本人亚专业")
	w.ok(err)
	if got.State != reading.Offered {
		t.Errorf("skipped: %s", got.State)
	}
	// Who saw the task before it was skipped is not behind.
	_, err = w.Claim(w.ctx, w.saw(second, item.Seen), id)
	w.ok(err)
	if _, err := w.Skip(w.ctx, w.by(reader), id, "忙"); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("somebody else's: %v", err)
	}
}

func TestAReviewersProposalComesBackWithTheReport(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Routine).TaskID()
	w.write(reader, id, normal)
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	proposed := normal
	proposed.Impression = "右肺下叶小结节，建议复查。"
	d, err := w.Detail(w.ctx, reviewer, id)
	w.ok(err)
	_, err = w.SaveDraft(w.ctx, w.saw(reviewer, d.Seen), id, proposed)
	w.ok(err)
	_, err = w.Return(w.ctx, w.by(reviewer), id, "漏诊", 2)
	w.ok(err)
	_, err = w.Claim(w.ctx, w.by(reader), id)
	w.ok(err)
	d, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	last := d.Report.Versions[len(d.Report.Versions)-1]
	if last.Step != reading.StepReturned || last.Text != proposed || len(last.Changed) == 0 {
		t.Errorf("it came back with %+v", last)
	}
	if d.Draft.Text != normal {
		t.Errorf("the writer's own text is %+v", d.Draft.Text)
	}
	// Sent back as it was, it proposes nothing.
	_, err = w.SaveDraft(w.ctx, w.saw(reader, d.Seen), id, reading.Text{Findings: "双肺清晰。", Impression: "正常。"})
	w.ok(err)
	_, err = w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	_, err = w.Return(w.ctx, w.by(reviewer), id, "请测量", 0)
	w.ok(err)
	d, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	last = d.Report.Versions[len(d.Report.Versions)-1]
	if !last.Empty() || len(last.Changed) > 0 || last.Reason != "请测量" {
		t.Errorf("it came back with %+v", last)
	}
}
