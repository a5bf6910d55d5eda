package reading_test

import (
	"testing"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// TestWholePath goes from an order to the ordering doctor's acknowledgement.
func TestWholePath(t *testing.T) {
	w := newWorld(t)
	p := w.patient("王小东")
	o := w.order(p, "CT", order.Stat)
	info := w.study(p, o)
	info.Associations = 1
	w.arrive(info)
	w.pass(2 * time.Minute)
	if st, err := w.Study(w.ctx, technician, info.UID); err != nil || st.State != reading.StudyReceiving {
		t.Fatalf("with an open association: %v, %v", st.State, err)
	}
	info.Associations = 0
	w.images.put(info)
	w.pass(time.Minute)

	item := w.only(reading.ScopePool, reader)
	id := item.TaskID()
	if item.State != reading.Offered || item.Order != yilian.OrderID(o.ID) || item.Priority != order.Stat || item.Person.Name != "王小东" {
		t.Fatalf("in the pool: %+v", item)
	}
	if !has(item.Actions, "claim") {
		t.Fatalf("the reader may do %v", item.Actions)
	}
	w.release(id)
	if got, err := w.orders.Get(w.ctx, doctor, yilian.OrderID(o.ID)); err != nil || got.State != order.Released {
		t.Fatalf("order after release: %s, %v", got.State, err)
	}
	inbox, _, err := w.orders.List(w.ctx, doctor, order.ScopeResults, "", 0)
	if err != nil || len(inbox) != 1 {
		t.Fatalf("inbox: %d, %v", len(inbox), err)
	}
	d, err := w.Detail(w.ctx, doctor, id)
	w.ok(err)
	v, public := d.Report.Current()
	if !public || v.Impression != normal.Impression || v.Writer.ID != reader.Person || v.Reviewer.ID != reviewer.Person || len(d.Report.Versions) != 1 {
		t.Fatalf("what the ordering doctor sees: %+v", d.Report)
	}
	_, err = w.Acknowledge(w.ctx, w.by(doctor), yilian.OrderID(o.ID))
	w.ok(err)
	d, err = w.Detail(w.ctx, reader, id)
	w.ok(err)
	if d.State != reading.Closed || d.Order.State != order.Acknowledged {
		t.Fatalf("at the end: read %s, order %s", d.State, d.Order.State)
	}
	for _, chain := range []string{string(township), "system"} {
		if _, err := w.store.VerifyChain(w.ctx, chain); err != nil {
			t.Error(err)
		}
	}
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
