package reading_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// TestJudgeByEvidence: what devices and senders say goes before silence; nothing holds a study for longer than the longest wait.
func TestJudgeByEvidence(t *testing.T) {
	rules := reading.Completeness{Quiet: func(string) time.Duration { return time.Minute }, MaxWait: 15 * time.Minute}
	last := orderedAt
	study := func(assoc int, counts ...int) reading.StudyInfo {
		s := reading.StudyInfo{Associations: assoc, LastArrival: last}
		for i, n := range counts {
			s.Series = append(s.Series, reading.SeriesInfo{UID: yilian.SeriesUID(fmt.Sprint(i + 1)), Modality: "CT", Instances: n, LastArrival: last})
			s.Instances += n
		}
		return s
	}
	listed := func(n ...int) map[yilian.SeriesUID]int {
		m := map[yilian.SeriesUID]int{}
		for i, x := range n {
			m[yilian.SeriesUID(fmt.Sprint(i+1))] = x
		}
		return m
	}
	done := func(n ...int) reading.Evidence {
		return reading.Evidence{Ended: true, Completed: true, Listed: listed(n...)}
	}
	working := reading.Evidence{Working: true}
	broken := reading.Evidence{Ended: true, Listed: listed(2)}
	unlisted := reading.Evidence{Ended: true, Completed: true}
	lost := done(2)
	lost.Missing = true
	stated := study(0, 2)
	stated.Series[0].Stated = 3
	yes, partial := reading.Verdict{Complete: true}, reading.Verdict{Complete: true, Partial: true}
	again := func(d time.Duration) reading.Verdict { return reading.Verdict{Again: last.Add(d)} }
	for name, c := range map[string]struct {
		info     reading.StudyInfo
		evidence reading.Evidence
		after    time.Duration
		want     reading.Verdict
	}{
		"all that was listed is here":         {study(0, 2), done(2), 0, yes},
		"though an association is open":       {study(1, 2), done(2), 0, yes},
		"more than was listed":                {study(0, 3), done(2), 0, yes},
		"a series that nobody listed":         {study(0, 2, 1), done(2), 0, again(time.Minute)},
		"which is quiet":                      {study(0, 2, 1), done(2), time.Minute, yes},
		"one of two series is missing":        {study(0, 2), done(2, 1), 2 * time.Minute, again(15 * time.Minute)},
		"one image is missing":                {study(0, 2), done(3), 2 * time.Minute, again(15 * time.Minute)},
		"and does not come":                   {study(0, 2), done(3), 15 * time.Minute, partial},
		"the number is right, the images not": {study(0, 2), lost, 2 * time.Minute, again(15 * time.Minute)},
		"the device goes on":                  {study(0, 2), working, 2 * time.Minute, again(15 * time.Minute)},
		"for too long":                        {study(0, 2), working, 15 * time.Minute, partial},
		"it ended without a list":             {study(0, 2), unlisted, 59 * time.Second, again(time.Minute)},
		"and all is quiet":                    {study(0, 2), unlisted, time.Minute, yes},
		"broken off, what was made is here":   {study(0, 2), broken, 0, partial},
		"the manifest is fulfilled":           {study(1, 2), reading.Evidence{Total: 2}, 0, yes},
		"the manifest says more":              {study(0, 2), reading.Evidence{Total: 3}, 2 * time.Minute, again(15 * time.Minute)},
		"the header states more":              {stated, reading.Evidence{}, time.Minute, again(3 * time.Minute)},
		"a header is a hint only":             {stated, reading.Evidence{}, 3 * time.Minute, yes},
	} {
		if got := rules.Judge(c.info, c.evidence, last.Add(c.after)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestJudgeEnds: whatever the evidence says, a study with images is complete after the longest wait, and "look again" is never in
// the past and never later than that.
func TestJudgeEnds(t *testing.T) {
	rules := reading.Completeness{Quiet: func(string) time.Duration { return time.Minute }, MaxWait: 15 * time.Minute}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "images")
		s := reading.StudyInfo{
			Instances: n, Associations: rapid.IntRange(0, 2).Draw(t, "associations"), LastArrival: orderedAt,
			Series: []reading.SeriesInfo{{UID: "1", Instances: n, LastArrival: orderedAt, Stated: rapid.IntRange(0, 6).Draw(t, "stated")}},
		}
		e := reading.Evidence{
			Working: rapid.Bool().Draw(t, "working"), Ended: rapid.Bool().Draw(t, "ended"), Completed: rapid.Bool().Draw(t, "completed"),
			Missing: rapid.Bool().Draw(t, "missing"), Total: rapid.IntRange(0, 6).Draw(t, "total"),
			Listed: map[yilian.SeriesUID]int{"1": rapid.IntRange(0, 6).Draw(t, "listed")},
		}
		after := time.Duration(rapid.IntRange(0, 2000).Draw(t, "seconds")) * time.Second
		got := rules.Judge(s, e, orderedAt.Add(after))
		switch {
		case got.Complete:
		case after >= rules.MaxWait:
			t.Fatal("not complete after the longest wait")
		case !got.Again.After(orderedAt.Add(after)) || got.Again.After(orderedAt.Add(rules.MaxWait)):
			t.Fatalf("look again %v after the last image, at %v", got.Again.Sub(orderedAt), after)
		}
	})
}

var scanner = yilian.Actor{Name: "CT", Institution: township, Device: "QINGXI_CT"}

// exam is an order, the images that a device makes for it from its worklist, and what it reports.
func (w *world) exam(pr order.Priority) (order.Order, reading.StudyInfo, order.Performance) {
	w.t.Helper()
	p := w.patient("王小东")
	o := w.order(p, "CT", pr)
	info := w.study(p, o)
	info.UID, info.DeviceAE = o.Planned, scanner.Device
	info.Series[0].UID, info.Series[0].Instances, info.Instances = "1.5", 2, 2
	step := order.Performance{
		Meta: flow.Meta{ID: "9." + o.Accession}, Status: order.StepOpen, Modality: "CT",
		Asked: []order.Asked{{Study: o.Planned, Accession: o.Accession, Step: o.Step}},
	}
	return o, info, step
}

func (w *world) report(p order.Performance) {
	w.t.Helper()
	var err error
	if p.Status == order.StepOpen {
		_, err = w.orders.CreateStep(w.ctx, scanner, p)
	} else {
		_, err = w.orders.SetStep(w.ctx, scanner, p)
	}
	w.ok(err)
	w.ok(w.StepReported(w.ctx, p.ID))
	w.fire()
}

func made(p order.Performance, status order.Progress, n int) order.Performance {
	p.Status = status
	p.Series = []order.SeriesMade{{UID: "1.5"}}
	for i := range n {
		p.Series[0].Instances = append(p.Series[0].Instances, yilian.InstanceUID(fmt.Sprintf("1.5.%d", i+1)))
	}
	return p
}

func (w *world) want(uid yilian.StudyUID, state reading.StudyState) reading.StudyItem {
	w.t.Helper()
	st, err := w.Study(w.ctx, technician, uid)
	if err != nil || st.State != state {
		w.t.Fatalf("the study is %s, want %s (%v)", st.State, state, err)
	}
	return st
}

// TestCompleteAtOnce: the device reports its list, the last image comes: no quiet time is waited for. It is matched, and a task.
func TestCompleteAtOnce(t *testing.T) {
	for _, order1 := range []string{"images, then report", "report, then images"} {
		t.Run(order1, func(t *testing.T) {
			w := newWorld(t)
			o, info, step := w.exam(order.Stat)
			w.report(step)
			half := info
			half.Instances, half.Series = 1, []reading.SeriesInfo{{UID: "1.5", Modality: "CT", Instances: 1, LastArrival: w.clock()}}
			half.Associations, info.Associations = 1, 1
			w.arrive(half)
			w.fire()
			w.want(info.UID, reading.StudyReceiving)
			if order1 == "images, then report" {
				w.arrive(info)
				w.fire()
				w.want(info.UID, reading.StudyReceiving)
				w.report(made(step, order.StepCompleted, 2))
			} else {
				w.report(made(step, order.StepCompleted, 2))
				w.want(info.UID, reading.StudyReceiving)
				w.arrive(info)
				w.fire()
			}
			st := w.want(info.UID, reading.StudyMatched)
			if st.Partial || st.By != reading.FieldAccession || st.Order != yilian.OrderID(o.ID) {
				t.Errorf("%+v", st.Study)
			}
			if got := w.only(reading.ScopePool, reader); got.Order != yilian.OrderID(o.ID) {
				t.Errorf("in the pool: %+v", got.Task)
			}
		})
	}
}

// TestStepsHoldAndLetGo: a device that goes on holds its study up to the longest wait; images that it has listed and that do not come, too.
func TestStepsHoldAndLetGo(t *testing.T) {
	for name, last := range map[string]func(order.Performance) order.Performance{
		"never ended":         nil,
		"an image is missing": func(p order.Performance) order.Performance { return made(p, order.StepCompleted, 3) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, info, step := w.exam(order.Urgent)
			w.report(step)
			w.arrive(info)
			if last != nil {
				w.report(last(step))
			}
			w.pass(15*time.Minute - time.Second)
			w.want(info.UID, reading.StudyReceiving)
			w.pass(2 * time.Second)
			if st := w.want(info.UID, reading.StudyMatched); !st.Partial {
				t.Error("not flagged as partial")
			}
		})
	}
}

func TestBrokenOff(t *testing.T) {
	w := newWorld(t)
	o, info, step := w.exam(order.Urgent)
	w.report(step)
	w.arrive(info)
	stop := made(step, order.StepDiscontinued, 2)
	stop.Reason, stop.ReasonCode = "Patient refused to continue procedure", "110505"
	w.report(stop)
	if st := w.want(info.UID, reading.StudyMatched); !st.Partial || st.Order != yilian.OrderID(o.ID) {
		t.Errorf("%+v", st.Study)
	}
}

// TestWrongLineOfTheWorklist: what was made under somebody else's entry is never linked by itself, although everything agrees.
func TestWrongLineOfTheWorklist(t *testing.T) {
	w := newWorld(t)
	o, info, step := w.exam(order.Urgent)
	w.report(step)
	w.arrive(info)
	stop := made(step, order.StepDiscontinued, 2)
	stop.ReasonCode = "110514"
	w.report(stop)
	if st := w.want(info.UID, reading.StudyConflict); !slices.Equal(st.Differs, []reading.Field{reading.FieldEntry}) || st.Claimed != yilian.OrderID(o.ID) {
		t.Errorf("%+v", st.Study)
	}
	if got, err := w.orders.Get(w.ctx, doctor, yilian.OrderID(o.ID)); err != nil || got.State != order.Ordered {
		t.Errorf("the order is %s, %v", got.State, err)
	}
}

// TestStrangersProveNothing: what a device of another institution reports of a study neither completes nor holds it.
func TestStrangersProveNothing(t *testing.T) {
	w := newWorld(t)
	_, info, step := w.exam(order.Urgent)
	foreign := yilian.Actor{Name: "CT", Institution: county, Device: "COUNTY_CT"}
	_, err := w.orders.CreateStep(w.ctx, foreign, step)
	w.ok(err)
	w.ok(w.Announce(w.ctx, foreign, info.UID, 500))
	w.arrive(info)
	w.ok(w.StepReported(w.ctx, step.ID))
	w.pass(time.Minute)
	if st := w.want(info.UID, reading.StudyMatched); st.Partial {
		t.Error("held by a stranger")
	}
}

func TestManifest(t *testing.T) {
	w := newWorld(t)
	_, info, _ := w.exam(order.Urgent)
	w.ok(w.Announce(w.ctx, scanner, info.UID, 3))
	info.Associations = 1
	w.arrive(info)
	w.pass(5 * time.Minute)
	w.want(info.UID, reading.StudyReceiving)
	info.Instances, info.Series[0].Instances = 3, 3
	w.arrive(info)
	w.fire()
	if st := w.want(info.UID, reading.StudyMatched); st.Partial {
		t.Error("partial although all is here")
	}
	if err := w.Announce(w.ctx, scanner, info.UID, 0); code(err) != "study.manifest" {
		t.Errorf("nothing announced: %v", err)
	}
	if err := w.Announce(w.ctx, yilian.Actor{}, info.UID, 3); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("by nobody: %v", err)
	}
}

func TestQuietTimeOfTheDevice(t *testing.T) {
	w := newWorld(t)
	w.people.set(func() { w.people.quiet = 5 * time.Minute })
	_, info, _ := w.exam(order.Urgent)
	w.arrive(info)
	w.pass(5*time.Minute - time.Second)
	w.want(info.UID, reading.StudyReceiving)
	w.pass(time.Second)
	w.want(info.UID, reading.StudyMatched)
}

// TestSendersThatFalter: two associations, a retry of what is here, one that dies: the study becomes complete once, with everything.
func TestSendersThatFalter(t *testing.T) {
	w := newWorld(t)
	_, info, _ := w.exam(order.Urgent)
	part := func(n, assoc int) {
		at := w.clock()
		s := info
		s.Instances, s.Associations, s.LastArrival = n, assoc, at
		s.Series = []reading.SeriesInfo{{UID: "1.5", Modality: "CT", Instances: n, LastArrival: at}}
		w.arrive(s)
	}
	part(10, 1)
	w.pass(40 * time.Second)
	part(20, 2) // a second association brings more
	w.pass(40 * time.Second)
	part(20, 1) // the first one dies: no image, but a hint
	w.pass(10 * time.Minute)
	w.want(info.UID, reading.StudyReceiving) // the other one is still there
	part(25, 1)
	w.pass(30 * time.Second)
	s, err := w.images.Study(w.ctx, info.UID)
	w.ok(err)
	s.Associations = 0
	w.arrive(s) // it ends
	w.pass(30*time.Second + time.Second)
	st := w.want(info.UID, reading.StudyMatched)
	if st.Partial || st.Info.Instances != 25 || st.Late {
		t.Fatalf("%+v", st.Study)
	}
	w.arrive(s) // the sender retries what is here: duplicates are no images
	w.pass(time.Minute)
	if st := w.want(info.UID, reading.StudyMatched); st.Late {
		t.Error("a duplicate counts as late")
	}
}

// TestPartialThenTheRest: an association hangs until the longest wait is over, the read is released, then the rest comes: an addendum.
func TestPartialThenTheRest(t *testing.T) {
	w := newWorld(t)
	_, info, step := w.exam(order.Urgent)
	w.report(step)
	w.arrive(info)
	w.pass(15 * time.Minute)
	item := w.only(reading.ScopePool, reader)
	if !item.Partial {
		t.Fatal("not partial")
	}
	w.release(item.TaskID())
	info.Instances, info.Series[0].Instances, info.LastArrival = 3, 3, w.clock()
	info.Series[0].LastArrival = w.clock()
	w.arrive(info)
	w.report(made(step, order.StepCompleted, 3))
	w.pass(time.Minute)
	late := w.only(reading.ScopePool, reader)
	if late.Kind != reading.Appending || late.Parent != item.TaskID() {
		t.Fatalf("%+v", late.Task)
	}
}

// holdings is an archive that knows of each instance whether it is here.
type holdings struct {
	*archive
	here map[yilian.InstanceUID]bool
}

func (h holdings) Missing(_ context.Context, _ yilian.StudyUID, all []yilian.InstanceUID) (n int, _ error) {
	for _, uid := range all {
		if !h.here[uid] {
			n++
		}
	}
	return n, nil
}

// TestTheImagesThemselves: as many images as were listed, but other ones, are not the ones that were listed.
func TestTheImagesThemselves(t *testing.T) {
	w := newWorld(t)
	h := holdings{w.images, map[yilian.InstanceUID]bool{"1.5.1": true, "1.5.99": true}}
	w.Images = h
	_, info, step := w.exam(order.Urgent)
	w.report(step)
	w.arrive(info)
	w.report(made(step, order.StepCompleted, 2))
	w.pass(2 * time.Minute)
	w.want(info.UID, reading.StudyReceiving)
	h.here["1.5.2"] = true
	info.Instances, info.Series[0].Instances = 3, 3
	w.arrive(info)
	w.fire()
	if st := w.want(info.UID, reading.StudyMatched); st.Partial {
		t.Error("partial although all is here")
	}
}

// TestMatchByStudyUID: a UID that this service has assigned, with the same patient, is certain.
func TestMatchByStudyUID(t *testing.T) {
	planned := candidate()
	planned.Planned = "2.25.7"
	for name, c := range map[string]struct {
		change  func(*reading.StudyInfo)
		state   reading.StudyState
		by      reading.Field
		differs []reading.Field
	}{
		"patient ID and UID":            {func(s *reading.StudyInfo) { s.PatientName, s.BirthDate, s.Sex = "", "", "" }, reading.StudyMatched, reading.FieldStudyUID, nil},
		"name, birth date and UID":      {func(s *reading.StudyInfo) { s.PatientID = "" }, reading.StudyMatched, reading.FieldStudyUID, nil},
		"name and UID alone":            {func(s *reading.StudyInfo) { s.PatientID, s.BirthDate = "", "" }, reading.StudyConflict, reading.FieldStudyUID, []reading.Field{reading.FieldBirth}},
		"another patient":               {func(s *reading.StudyInfo) { s.PatientID = "00000128" }, reading.StudyConflict, reading.FieldStudyUID, []reading.Field{reading.FieldPatientID}},
		"a mistyped accession number":   {func(s *reading.StudyInfo) { s.Accession = "2603140009" }, reading.StudyConflict, reading.FieldStudyUID, []reading.Field{reading.FieldAccession}},
		"even long after the order":     {func(s *reading.StudyInfo) { s.Date = orderedAt.AddDate(0, 2, 0) }, reading.StudyMatched, reading.FieldStudyUID, nil},
		"UID of nobody, patient agrees": {func(s *reading.StudyInfo) { s.UID = "1.2.3" }, reading.StudyMatched, reading.FieldPatientID, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := images()
			s.UID, s.Accession = "2.25.7", ""
			c.change(&s)
			var byStudy []reading.Candidate
			if s.UID == planned.Planned {
				byStudy = append(byStudy, planned)
			}
			got := reading.Match(s, nil, byStudy, []reading.Candidate{planned})
			if got.State != c.state || got.By != c.by || !slices.Equal(got.Differs, c.differs) {
				t.Errorf("got %+v", got)
			}
		})
	}
	other := candidate()
	other.Order, other.Planned = "o2", "2.25.8"
	s := images()
	s.UID = "2.25.8"
	if got := reading.Match(s, []reading.Candidate{candidate()}, []reading.Candidate{other}, nil); got.State != reading.StudyConflict || got.Differs[0] != reading.FieldStudyUID {
		t.Errorf("accession number of one order, UID of another: %+v", got)
	}
}

// TestUIDIsEnoughToMatch goes from the worklist to the read although the console has lost the accession number.
func TestUIDIsEnoughToMatch(t *testing.T) {
	w := newWorld(t)
	o, info, _ := w.exam(order.Urgent)
	info.Accession, info.Date = "", w.clock().Add(-48*time.Hour) // and its clock is wrong
	w.arrive(info)
	w.pass(time.Minute)
	if st := w.want(info.UID, reading.StudyMatched); st.By != reading.FieldStudyUID || st.Order != yilian.OrderID(o.ID) {
		t.Errorf("%+v", st.Study)
	}
}
