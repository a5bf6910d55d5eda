package order_test

import (
	"cmp"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
)

// begun is what a device reports that has taken an order from its worklist.
func (w *world) begun(uid string, o order.Order) order.Performance {
	return order.Performance{
		Meta: flow.Meta{ID: uid}, Status: order.StepOpen, StationAE: o.Device, Modality: o.Modality, Started: w.now,
		Asked: []order.Asked{{Study: o.Planned, Accession: o.Accession, Step: o.Step, Procedure: o.Procedure}},
	}
}

func ended(p order.Performance, status order.Progress) order.Performance {
	p.Status = status
	p.Series = []order.SeriesMade{{UID: "1.2.3.1", Instances: []yilian.InstanceUID{"1.2.3.1.1", "1.2.3.1.2"}}}
	return p
}

func (w *world) state(t *testing.T, o order.Order, want order.State) order.Order {
	t.Helper()
	got, err := w.orders.Get(t.Context(), doctor, yilian.OrderID(o.ID))
	if err != nil || got.State != want {
		t.Fatalf("the order is %s, want %s (%v)", got.State, want, err)
	}
	return got
}

func (w *world) create(t *testing.T, p order.Performance) order.Performance {
	t.Helper()
	made, err := w.orders.CreateStep(t.Context(), ct, p)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (w *world) set(t *testing.T, p order.Performance) order.Performance {
	t.Helper()
	made, err := w.orders.SetStep(t.Context(), ct, p)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestPerformedStepLocksItsOrder(t *testing.T) {
	w := newWorld()
	o := w.place(t, order.New{Device: "QINGXI_CT"})
	id := yilian.OrderID(o.ID)
	p := w.create(t, w.begun("1.2.1", o))
	if len(p.Orders) != 1 || p.Orders[0] != id || p.Problem != "" || p.Device != "QINGXI_CT" || p.Institution != "qingxi" {
		t.Fatalf("%+v", p)
	}
	locked := w.state(t, o, order.InProgress)
	if len(locked.Done) != 1 || locked.Done[0].Status != order.StepOpen {
		t.Errorf("%+v", locked.Done)
	}
	if _, err := w.orders.Cancel(t.Context(), w.by(doctor), id, "x"); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("cancelled under the device's hands: %v", err)
	}
	if _, err := w.orders.Book(t.Context(), w.by(technician), id, order.Booking{Device: "QINGXI_CT2"}); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("booked anew: %v", err)
	}
	items, err := w.orders.Worklist(t.Context(), ct, order.Window{})
	if err != nil || len(items) != 1 || !items[0].Started {
		t.Errorf("in progress: %+v, %v", items, err)
	}
	w.now = w.now.Add(10 * time.Minute)
	w.set(t, ended(p, order.StepCompleted))
	got := w.state(t, o, order.Performed)
	if len(w.seen(t, ct, order.Window{})) != 0 {
		t.Error("what was performed is in the worklist")
	}
	if !got.Waits[0].Equal(w.now.Add(order.DefaultSettings.NoImages)) || !got.Done[0].Ended.Equal(w.now) {
		t.Errorf("waits %v, done %+v", got.Waits, got.Done)
	}
	events, err := w.orders.Trail(t.Context(), id)
	if err != nil || len(events) != 3 || events[1].Action != "begin" || events[1].Actor.Device != "QINGXI_CT" || events[2].To != "performed" {
		t.Errorf("%+v, %v", events, err)
	}
}

// TestFinalIsFinal: repeated reports change nothing, other ones are refused, and nobody touches what another device has reported.
func TestFinalIsFinal(t *testing.T) {
	w := newWorld()
	o := w.place(t, order.New{Device: "QINGXI_CT"})
	p := w.begun("1.2.1", o)
	if _, err := w.orders.CreateStep(t.Context(), ct, ended(p, order.StepCompleted)); yilian.KindOf(err) != yilian.Invalid {
		t.Errorf("born complete: %v", err)
	}
	p = w.create(t, p)
	for _, who := range []yilian.Actor{ct, ct2, machine("SHIQIAO_CT", "shiqiao")} {
		if _, err := w.orders.CreateStep(t.Context(), who, w.begun("1.2.1", o)); yilian.KindOf(err) != yilian.Conflict {
			t.Errorf("created once more by %s: %v", who.Device, err)
		}
	}
	for _, who := range []yilian.Actor{ct2, machine("QINGXI_CT", "shiqiao"), doctor} {
		if _, err := w.orders.SetStep(t.Context(), who, ended(p, order.StepDiscontinued)); yilian.KindOf(err) != yilian.NotFound {
			t.Errorf("%s changes it: %v", who.Device, err)
		}
		if _, err := w.orders.GetStep(t.Context(), who, "1.2.1"); yilian.KindOf(err) != yilian.NotFound {
			t.Errorf("%s reads it: %v", who.Device, err)
		}
	}
	if _, err := w.orders.SetStep(t.Context(), ct, w.begun("9.9", o)); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("one that is not there: %v", err)
	}
	done := ended(p, order.StepCompleted)
	done.Ended = w.now
	first := w.set(t, done)
	if again := w.set(t, done); again.Version != first.Version {
		t.Error("the same end was written twice")
	}
	for _, bad := range []order.Performance{ended(p, order.StepDiscontinued), w.begun("1.2.1", o)} {
		if _, err := w.orders.SetStep(t.Context(), ct, bad); code(err) != "performed.final" {
			t.Errorf("%s after the end: %v", bad.Status, err)
		}
	}
	if got, err := w.orders.GetStep(t.Context(), ct, "1.2.1"); err != nil || got.Status != order.StepCompleted || len(got.Series) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDiscontinuedGoesBack(t *testing.T) {
	w := newWorld()
	o := w.place(t, order.New{Device: "QINGXI_CT"})
	p := w.create(t, w.begun("1.2.1", o))
	stop := ended(p, order.StepDiscontinued)
	stop.Reason, stop.ReasonCode = "Incorrect worklist entry selected", "110514"
	if !w.set(t, stop).WrongEntry() {
		t.Error("the wrong entry is not recognised")
	}
	back := w.state(t, o, order.Ordered)
	if back.Done[0].Reason != stop.Reason || len(w.seen(t, ct, order.Window{})) != 1 {
		t.Errorf("%+v", back.Done)
	}
	// The second attempt succeeds, with one step more beside it.
	second, third := w.create(t, w.begun("1.2.2", o)), w.create(t, w.begun("1.2.3", o))
	w.state(t, o, order.InProgress)
	w.set(t, ended(second, order.StepCompleted))
	w.state(t, o, order.InProgress)
	w.set(t, ended(third, order.StepDiscontinued))
	w.state(t, o, order.Performed)
	w.create(t, w.begun("1.2.4", o)) // one more view
	w.state(t, o, order.InProgress)
}

func TestAbandon(t *testing.T) {
	w := newWorld()
	o := w.place(t, order.New{Device: "QINGXI_CT"})
	id := yilian.OrderID(o.ID)
	p := w.create(t, w.begun("1.2.1", o))
	if _, err := w.orders.Abandon(t.Context(), w.by(technician), id, " "); code(err) != "reason.missing" {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := w.orders.Abandon(t.Context(), w.by(doctor), id, "x"); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("by the doctor: %v", err)
	}
	got, err := w.orders.Abandon(t.Context(), w.by(technician), id, "设备死机")
	if err != nil || got.State != order.Ordered || !got.Done[0].Abandoned {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := w.orders.Cancel(t.Context(), w.by(doctor), id, "患者离院"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.orders.SetStep(t.Context(), ct, ended(p, order.StepCompleted)); err != nil {
		t.Errorf("the end of what was cancelled meanwhile is not recorded: %v", err)
	}
	w.state(t, o, order.Cancelled)
}

// TestWhatAStepNames: a step is brought together with an order only if everything it names is the same order, of its own site, for
// the same patient.
func TestWhatAStepNames(t *testing.T) {
	w := newWorld()
	a, b := w.place(t, order.New{Device: "QINGXI_CT"}), w.place(t, order.New{Device: "QINGXI_CT"})
	away := w.place(t, order.New{Device: "SHIQIAO_CT"})
	gone := w.place(t, order.New{Device: "QINGXI_CT"})
	if _, err := w.orders.Cancel(t.Context(), w.by(doctor), yilian.OrderID(gone.ID), "x"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change  func(*order.Performance)
		orders  int
		problem order.Problem
	}{
		"accession alone": {func(p *order.Performance) { p.Asked = []order.Asked{{Accession: a.Accession}} }, 1, ""},
		"step alone":      {func(p *order.Performance) { p.Asked = []order.Asked{{Step: a.Step}} }, 1, ""},
		"study alone":     {func(p *order.Performance) { p.Asked = []order.Asked{{Study: a.Planned}} }, 1, ""},
		"both of a group": {func(p *order.Performance) {
			p.Asked = []order.Asked{{Accession: a.Accession, Study: a.Planned}, {Accession: b.Accession, Study: a.Planned}}
		}, 1, order.ProblemAmbiguous},
		"two orders": {func(p *order.Performance) {
			p.Asked = []order.Asked{{Accession: a.Accession}, {Accession: b.Accession}}
		}, 2, ""},
		"accession of one, study of another": {func(p *order.Performance) { p.Asked = []order.Asked{{Accession: a.Accession, Study: b.Planned}} }, 0, order.ProblemAmbiguous},
		"of another site":                    {func(p *order.Performance) { p.Asked = []order.Asked{{Study: away.Planned, Step: away.Step + "9"}} }, 0, order.ProblemUnknown},
		"an exam that nobody ordered":        {func(p *order.Performance) { p.Asked = []order.Asked{{Study: "1.2.99"}} }, 0, ""},
		"an unknown number":                  {func(p *order.Performance) { p.Asked = []order.Asked{{Accession: "2603149999"}} }, 0, order.ProblemUnknown},
		"a cancelled order":                  {func(p *order.Performance) { p.Asked = []order.Asked{{Accession: gone.Accession}} }, 0, order.ProblemCancelled},
		"another patient":                    {func(p *order.Performance) { p.PatientID = "00009999" }, 0, order.ProblemPatient},
		"another issuer's number":            {func(p *order.Performance) { p.PatientID, p.PatientIssuer = "00009999", "HIS" }, 1, ""},
		"nothing":                            {func(p *order.Performance) { p.Asked = nil }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w.now = w.now.Add(time.Second)
			p := w.begun("1.9."+w.now.Format("150405"), a)
			c.change(&p)
			if got := w.create(t, p); len(got.Orders) != c.orders || got.Problem != c.problem {
				t.Errorf("%d orders, %q; want %d, %q", len(got.Orders), got.Problem, c.orders, c.problem)
			}
		})
	}
}

// story is one order with two steps, and what must have become of it.
type story struct {
	w        *world
	o        order.Order
	steps    [2]order.Progress // "": not begun
	ignored  [2]bool
	canceled bool
}

func (m *story) state() order.State {
	var open, done bool
	for i, s := range m.steps {
		open = open || s == order.StepOpen && !m.ignored[i]
		done = done || s == order.StepCompleted && !m.ignored[i]
	}
	switch {
	case m.canceled:
		return order.Cancelled
	case open:
		return order.InProgress
	case done:
		return order.Performed
	default:
		return order.Ordered
	}
}

// storyOps are begin, complete and discontinue of either step, abandon, and cancel.
const storyOps = 8

// tell does one of them and answers what went otherwise than it must.
func (m *story) tell(t *testing.T, op int) error {
	id, now := yilian.OrderID(m.o.ID), m.state()
	var err error
	var allowed bool
	var then func()
	switch {
	case op == 6:
		_, err = m.w.orders.Abandon(t.Context(), m.w.by(technician), id, "x")
		allowed, then = now == order.InProgress || now == order.Performed, func() { m.ignored = [2]bool{true, true} }
	case op == 7:
		_, err = m.w.orders.Cancel(t.Context(), m.w.by(doctor), id, "x")
		allowed, then = now == order.Ordered, func() { m.canceled = true }
	default:
		i := op / 3
		step, was := m.w.begun(m.o.ID+"."+string(rune('1'+i)), m.o), m.steps[i]
		if op%3 == 0 {
			_, err = m.w.orders.CreateStep(t.Context(), ct, step)
			allowed, then = was == "", func() { m.steps[i], m.ignored[i] = order.StepOpen, false }
			break
		}
		to := []order.Progress{"", order.StepCompleted, order.StepDiscontinued}[op%3]
		_, err = m.w.orders.SetStep(t.Context(), ct, ended(step, to))
		allowed = was == order.StepOpen || was == to
		then = func() {
			if was == order.StepOpen { // a device that reports again takes back that its step was abandoned
				m.steps[i], m.ignored[i] = to, false
			}
		}
	}
	if allowed != (err == nil) {
		return fmt.Errorf("operation %d in %s: %w", op, now, cmp.Or(err, errors.New("done although it must be refused")))
	}
	if allowed {
		then()
	}
	got, err := m.w.orders.Get(t.Context(), doctor, id)
	if err == nil && got.State != m.state() {
		err = fmt.Errorf("after operation %d in %s the order is %s, want %s", op, now, got.State, m.state())
	}
	return err
}

// TestEverySequenceOfReports goes through every sequence of three reports and commands on one order with two steps, and through many
// long ones. No report is refused but those on a step that is final or not there, and the order is where its steps, taken together, put
// it.
func TestEverySequenceOfReports(t *testing.T) {
	w := newWorld()
	p := w.patient(t)
	for n := range storyOps * storyOps * storyOps {
		m := &story{w: w, o: w.place(t, order.New{Patient: p, Device: "QINGXI_CT"})}
		for _, op := range []int{n % storyOps, n / storyOps % storyOps, n / storyOps / storyOps} {
			if err := m.tell(t, op); err != nil {
				t.Fatalf("sequence %d: %v", n, err)
			}
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		m := &story{w: w, o: w.place(t, order.New{Patient: p, Device: "QINGXI_CT"})}
		for _, op := range rapid.SliceOfN(rapid.IntRange(0, storyOps-1), 4, 12).Draw(r, "operations") {
			if err := m.tell(t, op); err != nil {
				r.Fatal(err)
			}
		}
	})
}
