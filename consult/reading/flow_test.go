package reading_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/reading"
)

func TestReturnAndDiff(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Routine).TaskID()
	w.write(reader, id, normal)
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	if _, err := w.TakeReview(w.ctx, w.by(reader), id); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("the writer reviews: %v", err)
	}
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	edited := normal
	edited.Findings += "右肺下叶小结节。"
	d, err := w.Detail(w.ctx, reviewer, id)
	w.ok(err)
	if !d.Mine || d.Draft.Text != normal {
		t.Fatalf("the reviewer goes on from %+v", d.Draft)
	}
	_, err = w.SaveDraft(w.ctx, w.saw(reviewer, d.Seen), id, edited)
	w.ok(err)
	if _, err := w.Return(w.ctx, w.by(reviewer), id, " ", 0); code(err) != "reason.missing" {
		t.Errorf("returned without a reason: %v", err)
	}
	_, err = w.Return(w.ctx, w.by(reviewer), id, "漏诊结节", 3)
	w.ok(err)
	if _, err := w.Claim(w.ctx, w.by(second), id); code(err) != "reading.kept" {
		t.Errorf("somebody else takes it at once: %v", err)
	}
	d, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	if d.ReturnedReason != "漏诊结节" || d.Discrepancy != 3 {
		t.Errorf("the writer learns %q, %d", d.ReturnedReason, d.Discrepancy)
	}
	_, err = w.Claim(w.ctx, w.by(reader), id)
	w.ok(err)
	d, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	if d.Draft.Text != normal {
		t.Fatalf("the writer goes on from %+v", d.Draft)
	}
	_, err = w.SaveDraft(w.ctx, w.saw(reader, d.Seen), id, edited)
	w.ok(err)
	_, err = w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	final := edited
	final.Impression = "右肺下叶小结节，建议复查。"
	d, err = w.Detail(w.ctx, reviewer, id)
	w.ok(err)
	_, err = w.SaveDraft(w.ctx, w.saw(reviewer, d.Seen), id, final)
	w.ok(err)
	_, err = w.Release(w.ctx, w.by(reviewer), id, reading.Signing{Discrepancy: 1})
	w.ok(err)
	d, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	var steps []reading.Step
	for _, v := range d.Report.Versions {
		steps = append(steps, v.Step)
		if v.Hash == "" || v.N != len(steps) {
			t.Errorf("version %+v", v)
		}
	}
	want := []reading.Step{reading.StepSubmitted, reading.StepReturned, reading.StepSubmitted, reading.StepFinal}
	if len(steps) != 4 || steps[1] != want[1] || steps[3] != want[3] {
		t.Fatalf("history %v", steps)
	}
	last := d.Report.Versions[3]
	if last.Text != final || last.Writer.ID != reader.Person || last.Reviewer.ID != reviewer.Person || len(last.Changed) == 0 || last.Discrepancy != 1 {
		t.Errorf("%+v", last)
	}
}

func TestTakeBackBeforeReview(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Routine).TaskID()
	w.write(reader, id, normal)
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	if _, err := w.Recall(w.ctx, w.by(second), id, "x"); code(err) != "reading.notWriter" {
		t.Errorf("somebody else takes it back: %v", err)
	}
	got, err := w.Recall(w.ctx, w.by(reader), id, "补充测量")
	w.ok(err)
	if got.State != reading.Returned || got.KeptFor != reader.Person {
		t.Fatalf("%+v", got)
	}
	if _, err := w.TakeReview(w.ctx, w.by(reviewer), id); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("reviewed although it was taken back: %v", err)
	}
}

func TestAnotherReaderGoesOnAfterALostLease(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Urgent).TaskID()
	w.write(reader, id, normal)
	w.pass(4 * time.Minute)
	_, err := w.Heartbeat(w.ctx, reader, id)
	w.ok(err)
	w.pass(5*time.Minute - time.Second)
	if d, err := w.Detail(w.ctx, reader, id); err != nil || d.State != reading.Reading {
		t.Fatalf("the lease was not renewed: %s, %v", d.State, err)
	}
	w.pass(2 * time.Second)
	d, err := w.Detail(w.ctx, second, id)
	w.ok(err)
	if d.State != reading.PutAside || d.Holder.ID != "" || has(d.Actions, "claim") {
		t.Fatalf("after the lease: %s, others may %v", d.State, d.Actions)
	}
	if _, err := w.SaveDraft(w.ctx, w.by(reader), id, reading.Text{Findings: "x"}); code(err) != "reading.notHolder" {
		t.Errorf("written without the lock: %v", err)
	}
	w.pass(10 * time.Minute)
	own := reading.Text{Findings: "第二位医师的描述。", Impression: "正常。"}
	w.write(second, id, own)
	_, err = w.Aside(w.ctx, w.by(second), id, "换班")
	w.ok(err)
	w.pass(10 * time.Minute)
	_, err = w.Claim(w.ctx, w.by(reader), id)
	w.ok(err)
	if d, err = w.Detail(w.ctx, reader, id); err != nil || d.Draft.Text != normal {
		t.Errorf("the first reader's draft: %+v, %v", d.Draft, err)
	}
}

func TestStatIsOthersSooner(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Stat).TaskID()
	w.write(reader, id, normal)
	_, err := w.Aside(w.ctx, w.by(reader), id, "")
	w.ok(err)
	w.pass(3*time.Minute - time.Second)
	if _, err := w.Claim(w.ctx, w.by(second), id); code(err) != "reading.kept" {
		t.Errorf("too early: %v", err)
	}
	w.pass(time.Second)
	if _, err := w.Claim(w.ctx, w.by(second), id); err != nil {
		t.Errorf("after three minutes: %v", err)
	}
}

func TestLostReviewGoesBackToAllReviewers(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Routine).TaskID()
	w.write(reader, id, normal)
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	edited := normal
	edited.Impression = "改"
	d, err := w.Detail(w.ctx, reviewer, id)
	w.ok(err)
	_, err = w.SaveDraft(w.ctx, w.saw(reviewer, d.Seen), id, edited)
	w.ok(err)
	w.pass(6 * time.Minute)
	if d, err = w.Detail(w.ctx, reviewer, id); err != nil || d.State != reading.Submitted || d.Reviewer.ID != "" {
		t.Fatalf("%s %v, %v", d.State, d.Reviewer, err)
	}
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	if d, err = w.Detail(w.ctx, reviewer, id); err != nil || d.Draft.Text != edited {
		t.Errorf("the reviewer's draft: %+v, %v", d.Draft, err)
	}
}

func TestTwoTabs(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Routine).TaskID()
	_, err := w.Claim(w.ctx, w.by(reader), id)
	w.ok(err)
	tab1, err := w.Detail(w.ctx, reader, id)
	w.ok(err)
	_, err = w.SaveDraft(w.ctx, w.saw(reader, tab1.Seen), id, reading.Text{Findings: "双肺"})
	w.ok(err)
	tab1, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	tab2 := tab1
	_, err = w.SaveDraft(w.ctx, w.saw(reader, tab1.Seen), id, normal)
	w.ok(err)
	if _, err := w.SaveDraft(w.ctx, w.saw(reader, tab2.Seen), id, reading.Text{Findings: "旧"}); code(err) != "report.draftMoved" {
		t.Errorf("the tab that is behind overwrites: %v", err)
	}
	if _, err := w.Submit(w.ctx, w.saw(reader, tab2.Seen), id, reading.Signing{}); code(err) != "report.draftMoved" {
		t.Errorf("the tab that is behind signs what it has not seen: %v", err)
	}
	tab1, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	_, err = w.Submit(w.ctx, w.saw(reader, tab1.Seen), id, reading.Signing{})
	w.ok(err)
}

func TestAnAlarmMakesNoClickOutdated(t *testing.T) {
	w := newWorld(t)
	item := w.task(order.Stat)
	w.pass(16 * time.Minute)
	now := w.only(reading.ScopePool, reader)
	if now.Alarms != 1 || now.Seen == item.Seen {
		t.Fatalf("alarms %d, seen %d and %d", now.Alarms, item.Seen, now.Seen)
	}
	if _, err := w.Claim(w.ctx, w.saw(reader, item.Seen), item.TaskID()); err != nil {
		t.Errorf("claim: %v", err)
	}
	if _, err := w.Aside(w.ctx, w.saw(reader, item.Seen), item.TaskID(), ""); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("a click on a state of before is taken: %v", err)
	}
}

func TestAlarms(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Stat).TaskID()
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{14 * time.Minute, 0}, {2 * time.Minute, 1}, {7 * time.Minute, 2}, {8 * time.Minute, 3}, {time.Hour, 3}} {
		w.pass(c.after)
		if d, err := w.Detail(w.ctx, reader, id); err != nil || d.Alarms != c.want {
			t.Errorf("after %v more: %d alarms, want %d, %v", c.after, d.Alarms, c.want, err)
		}
	}
	load, err := w.Load(w.ctx, county)
	w.ok(err)
	if load != (reading.Load{Waiting: 1, Overdue: 1}) {
		t.Errorf("load %+v", load)
	}
}

func TestThePoolWidensWhenTheTimeRunsShort(t *testing.T) {
	w := newWorld(t)
	item := w.task(order.Stat)
	look := func() (n int, may bool) {
		items, _, err := w.List(w.ctx, partner, reading.Filter{Scope: reading.ScopePool})
		w.ok(err)
		may, err = w.MaySee(w.ctx, partner, item.Study)
		w.ok(err)
		return len(items), may
	}
	w.pass(22 * time.Minute)
	if n, may := look(); n != 0 || may {
		t.Errorf("too early: %d, %v", n, may)
	}
	w.pass(time.Minute)
	if n, may := look(); n != 1 || !may {
		t.Errorf("after 75 %%: %d, %v", n, may)
	}
	if _, err := w.Claim(w.ctx, w.by(partner), item.TaskID()); err != nil {
		t.Error(err)
	}
}

func TestUnopenedEmergencyReport(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Stat).TaskID()
	w.release(id)
	w.pass(16 * time.Minute)
	if d, err := w.Detail(w.ctx, reader, id); err != nil || !d.Unopened {
		t.Errorf("nobody is told that nobody has opened it: %v", err)
	}
}

func TestNobodyEntitledThenSomebody(t *testing.T) {
	w := newWorld(t)
	w.people.set(func() { w.people.reads = false })
	p := w.patient("王小东")
	info := w.study(p, w.order(p, "CT", order.Urgent))
	w.arrive(info)
	w.pass(time.Minute)
	if items, _, err := w.List(w.ctx, reader, reading.Filter{Scope: reading.ScopePool}); err != nil || len(items) != 0 {
		t.Fatalf("%d in the pool without an agreement, %v", len(items), err)
	}
	if item := w.only(reading.ScopeAll, technician); item.State != reading.Unassigned {
		t.Fatalf("%s", item.State)
	}
	w.people.set(func() { w.people.reads = true })
	w.pass(5 * time.Minute)
	item := w.only(reading.ScopePool, reader)
	w.people.set(func() { w.people.reads = false })
	if _, err := w.Claim(w.ctx, w.by(reader), item.TaskID()); code(err) != "reading.noAgreement" {
		t.Errorf("claimed after the agreement ended: %v", err)
	}
	w.people.set(func() { w.people.reads, w.people.off[reader.Person] = true, true })
	if _, err := w.Claim(w.ctx, w.by(reader), item.TaskID()); code(err) != "reading.offDuty" {
		t.Errorf("claimed off duty: %v", err)
	}
}

func TestWhoSeesWhat(t *testing.T) {
	w := newWorld(t)
	item := w.task(order.Routine)
	id := item.TaskID()
	secret := reading.Text{Findings: "草稿草稿", Impression: "草稿"}
	w.write(reader, id, secret)
	d, err := w.Detail(w.ctx, doctor, id)
	w.ok(err)
	if d.Draft.Findings != "" || len(d.Report.Versions) != 0 || len(d.Actions) != 0 {
		t.Errorf("the township sees the draft: %+v, may %v", d.Draft, d.Actions)
	}
	if d, err = w.Detail(w.ctx, second, id); err != nil || d.Draft.Text != secret || d.Mine {
		t.Errorf("a colleague reads along: %+v, %v", d.Draft, err)
	}
	_, err = w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	if d, err = w.Detail(w.ctx, doctor, id); err != nil || len(d.Report.Versions) != 0 {
		t.Errorf("the township sees what has one signature: %v", err)
	}
	if _, err := w.Detail(w.ctx, stranger, id); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a stranger sees the read: %v", err)
	}
	for who, want := range map[string]struct {
		a   yilian.Actor
		may bool
	}{
		"the ordering doctor": {doctor, true}, "the technologist": {technician, true}, "the reader": {reader, true}, "a stranger": {stranger, false},
		"a county doctor": {actor("x", county, yilian.RoleRequester), false}, "a specialist without a consult": {actor("y", county, yilian.RoleSpecialist), false},
		"the administrator": {actor("z", township, yilian.RoleAdmin), false}, "a wall screen": {actor("k", county, yilian.RoleKiosk), false},
	} {
		if may, err := w.MaySee(w.ctx, want.a, item.Study); err != nil || may != want.may {
			t.Errorf("%s may see the images: %v, %v", who, may, err)
		}
	}
	if tied, err := w.Tied(w.ctx, reader, item.Patient); err != nil || !tied {
		t.Errorf("the reader has no part in the patient's care: %v", err)
	}
	if tied, err := w.Tied(w.ctx, stranger, item.Patient); err != nil || tied {
		t.Errorf("the stranger has: %v", err)
	}
}

func TestMeasurements(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Routine).TaskID()
	w.write(reader, id, normal)
	items := []json.RawMessage{json.RawMessage(`{"tool":"Length","mm":12.5}`)}
	m, err := w.SaveMeasurements(w.ctx, w.by(reader), id, items)
	w.ok(err)
	if _, err := w.SaveMeasurements(w.ctx, w.saw(reader, m.Version-1), id, nil); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("an older tab overwrites: %v", err)
	}
	_, err = w.SaveMeasurements(w.ctx, w.saw(reader, m.Version), id, append(items, items[0]))
	w.ok(err)
	got, err := w.Measurements(w.ctx, reviewer, id)
	w.ok(err)
	if len(got.Items) != 2 || got.Version != 0 || string(got.Items[0]) != string(items[0]) {
		t.Errorf("the reviewer sees %+v", got)
	}
	if _, err := w.SaveMeasurements(w.ctx, w.by(reviewer), id, []json.RawMessage{json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)}); yilian.KindOf(err) != yilian.TooLarge {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := w.SaveMeasurements(w.ctx, w.by(doctor), id, items); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("the township measures: %v", err)
	}
}

func TestRepeatedCommandsDoNothingTwice(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Routine).TaskID()
	key := func(a yilian.Actor, k string) flow.Command {
		cmd := w.by(a)
		cmd.Key = k
		return cmd
	}
	for range 2 {
		_, err := w.Claim(w.ctx, key(reader, "claim"), id)
		w.ok(err)
	}
	d, err := w.Detail(w.ctx, reader, id)
	w.ok(err)
	_, err = w.SaveDraft(w.ctx, w.saw(reader, d.Seen), id, normal)
	w.ok(err)
	for range 2 {
		_, err := w.Submit(w.ctx, key(reader, "submit"), id, reading.Signing{})
		w.ok(err)
	}
	for range 2 {
		_, err := w.Flag(w.ctx, key(reader, "flag"), id, 1, "气胸")
		w.ok(err)
	}
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	for range 2 {
		_, err := w.Release(w.ctx, key(reviewer, "release"), id, reading.Signing{})
		w.ok(err)
	}
	var children []string
	for range 2 {
		c, err := w.Addendum(w.ctx, key(reader, "addendum"), id, "补充")
		w.ok(err)
		children = append(children, c.ID)
	}
	if children[0] != children[1] {
		t.Errorf("two addenda: %v", children)
	}
	for range 2 {
		_, err := w.Acknowledge(w.ctx, key(doctor, "ack"), d.Task.Order)
		w.ok(err)
	}
	d, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	if len(d.Report.Versions) != 2 {
		t.Errorf("%d versions", len(d.Report.Versions))
	}
	if list, _, err := w.Criticals(w.ctx, reader, reading.CriticalsOpen, "", 0); err != nil || len(list) != 1 {
		t.Errorf("%d critical findings, %v", len(list), err)
	}
}

func TestAnOvertakenDraftStandsBeside(t *testing.T) {
	w := newWorld(t)
	id := w.task(order.Stat).TaskID()
	own := reading.Text{Findings: "第一位医师写了一半"}
	w.write(reader, id, own)
	w.pass(10 * time.Minute)
	w.write(second, id, normal)
	_, err := w.Submit(w.ctx, w.by(second), id, reading.Signing{})
	w.ok(err)
	_, err = w.Recall(w.ctx, w.by(second), id, "需补充")
	w.ok(err)
	w.pass(10 * time.Minute)
	_, err = w.Claim(w.ctx, w.by(reader), id)
	w.ok(err)
	for range 2 {
		d, err := w.Detail(w.ctx, reader, id)
		w.ok(err)
		if d.Draft.Text != normal || d.Draft.Before == nil || *d.Draft.Before != own {
			t.Fatalf("goes on from %+v, beside it %+v", d.Draft.Text, d.Draft.Before)
		}
		_, err = w.SaveDraft(w.ctx, w.saw(reader, d.Seen), id, normal)
		w.ok(err)
	}
}

func TestPriorsStandByTheDayTheyWereMade(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	made := w.clock().AddDate(-7, 0, 0)
	var old []yilian.StudyUID
	for i := range 2 { // from a disc: the older one comes last
		info := w.study(p, w.order(p, "CT", order.Routine))
		info.Date = made.AddDate(-i, 0, 0)
		w.arrive(info)
		old = append(old, info.UID)
		w.pass(time.Minute)
	}
	now := w.study(p, w.order(p, "CT", order.Routine))
	w.arrive(now)
	w.pass(time.Minute)
	items, _, err := w.List(w.ctx, reader, reading.Filter{Scope: reading.ScopePool})
	w.ok(err)
	for _, item := range items {
		if item.Study != now.UID {
			continue
		}
		d, err := w.Detail(w.ctx, reader, item.TaskID())
		w.ok(err)
		if len(d.Priors) != 2 {
			t.Fatalf("%d priors", len(d.Priors))
		}
		for i, prior := range d.Priors {
			if prior.Study != old[i] || !prior.Made.Equal(made.AddDate(-i, 0, 0)) {
				t.Errorf("prior %d: %s of %v", i, prior.Study, prior.Made)
			}
		}
		return
	}
	t.Fatal("the new exam is not in the pool")
}
