package reading_test

import (
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// flagged is a critical finding on a draft.
func flagged(w *world, category int) (reading.Critical, yilian.ReadingID) {
	w.t.Helper()
	id := w.task(order.Stat).TaskID()
	w.write(reader, id, normal)
	k, err := w.Flag(w.ctx, w.by(reader), id, category, "右侧张力性气胸，肺组织压缩约80%")
	w.ok(err)
	return k, id
}

func (w *world) critical(id string) reading.Critical {
	w.t.Helper()
	list, _, err := w.Criticals(w.ctx, reader, reading.CriticalsOpen, "", 0)
	w.ok(err)
	i := slices.IndexFunc(list, func(k reading.Critical) bool { return k.ID == id })
	if i < 0 {
		w.t.Fatal("the critical finding is not open any more")
	}
	return list[i]
}

func told(k reading.Critical) (who []yilian.PersonID) {
	for _, n := range k.Notified {
		who = append(who, n.ID)
	}
	return who
}

func TestCriticalEscalatesUntilReadBack(t *testing.T) {
	w := newWorld(t)
	k, id := flagged(w, 1)
	if k.State != reading.Notifying || !slices.Equal(told(k), []yilian.PersonID{doctor.Person}) {
		t.Fatalf("at first: %s, told %v", k.State, told(k))
	}
	for _, c := range []struct {
		after time.Duration
		level int
		who   yilian.PersonID
	}{{3 * time.Minute, 1, colleague.Person}, {3 * time.Minute, 2, siteHead.Person}, {4 * time.Minute, 3, coordinator.Person}} {
		w.pass(c.after - time.Second)
		if got := w.critical(k.ID); got.Level != c.level-1 {
			t.Fatalf("level %d too early", got.Level)
		}
		w.pass(time.Second)
		got := w.critical(k.ID)
		if got.Level != c.level || got.State != reading.Escalated || !slices.Contains(told(got), c.who) {
			t.Fatalf("level %d, %s, told %v; want %s", got.Level, got.State, told(got), c.who)
		}
	}
	w.pass(time.Hour)
	if got := w.critical(k.ID); got.State != reading.Escalated {
		t.Errorf("the alarm went out by itself: %s", got.State)
	}
	if d, err := w.Detail(w.ctx, reader, id); err != nil || d.Critical != string(reading.Escalated) {
		t.Errorf("the read shows %q, %v", d.Critical, err)
	}
}

// TestFlagging: whoever may read this kind of exam flags, also off duty; one finding at a time, and no press is offered for a second.
func TestFlagging(t *testing.T) {
	w := newWorld(t)
	k, id := flagged(w, 1)
	d, err := w.Detail(w.ctx, reader, id)
	w.ok(err)
	if slices.Contains(d.Actions, string(reading.Flag)) {
		t.Errorf("a second finding is offered beside the open one: %v", d.Actions)
	}
	w.people.set(func() { w.people.off = map[yilian.PersonID]bool{reviewer.Person: true} })
	if _, err := w.Flag(w.ctx, w.by(reviewer), id, 1, "again"); code(err) != "critical.open" {
		t.Errorf("off duty, while one is open: %v", err)
	}
	w.people.set(func() { w.people.unfit = map[yilian.PersonID]bool{reviewer.Person: true} })
	_, err = w.AcknowledgeCritical(w.ctx, w.by(doctor), k.ID, "气胸")
	w.ok(err)
	_, err = w.ActOn(w.ctx, w.by(doctor), k.ID, "胸腔闭式引流")
	w.ok(err)
	if _, err := w.Flag(w.ctx, w.by(reviewer), id, 1, "again"); code(err) != "reading.privilege" {
		t.Errorf("a reader of another kind of exam flags: %v", err)
	}
	if _, err := w.Flag(w.ctx, w.by(reader), id, 2, "又见肋骨骨折"); err != nil {
		t.Errorf("a second finding after the first was dealt with: %v", err)
	}
}

func TestCriticalReadBackAndActed(t *testing.T) {
	w := newWorld(t)
	k, id := flagged(w, 1)
	if _, err := w.Flag(w.ctx, w.by(reader), id, 1, "again"); code(err) != "critical.open" {
		t.Errorf("flagged twice: %v", err)
	}
	_, err := w.Delivered(w.ctx, w.by(doctor), k.ID)
	w.ok(err)
	if _, err := w.AcknowledgeCritical(w.ctx, w.by(doctor), k.ID, " "); code(err) != "critical.readBack" {
		t.Errorf("acknowledged without reading back: %v", err)
	}
	for _, who := range []yilian.Actor{stranger, actor("x", "elsewhere", yilian.RoleRequester), actor("y", county, yilian.RoleRequester)} {
		if _, err := w.AcknowledgeCritical(w.ctx, w.by(who), k.ID, "x"); yilian.KindOf(err) != yilian.Forbidden {
			t.Errorf("%s acknowledges: %v", who.Person, err)
		}
	}
	got, err := w.AcknowledgeCritical(w.ctx, w.by(colleague), k.ID, "右侧张力性气胸")
	w.ok(err)
	if got.State != reading.Acknowledged || got.Acknowledger.ID != colleague.Person {
		t.Fatalf("%+v", got)
	}
	w.pass(31 * time.Minute)
	if got = w.critical(k.ID); !got.Overdue || !slices.Contains(told(got), siteHead.Person) || got.State != reading.Acknowledged {
		t.Errorf("nobody was reminded: %+v", got)
	}
	got, err = w.ActOn(w.ctx, w.by(colleague), k.ID, "胸腔闭式引流，转上级医院")
	w.ok(err)
	if got.State != reading.Done {
		t.Errorf("acted, but %s", got.State)
	}
	if list, _, err := w.Criticals(w.ctx, doctor, reading.CriticalsMine, "", 0); err != nil || len(list) != 0 {
		t.Errorf("%d still open, %v", len(list), err)
	}
	if next, err := w.store.NextDue(w.ctx); err != nil || !next.IsZero() && next.Before(w.clock()) {
		t.Errorf("something is due in the past: %v, %v", next, err)
	}
}

func TestCoordinatorActsByTelephone(t *testing.T) {
	w := newWorld(t)
	k, _ := flagged(w, 1)
	w.pass(11 * time.Minute)
	if _, err := w.AcknowledgeCritical(w.ctx, w.by(coordinator), k.ID, "电话复述：右侧张力性气胸"); err != nil {
		t.Errorf("%v", err)
	}
}

func TestSlowerCategories(t *testing.T) {
	for category, last := range map[int]time.Duration{2: 2 * time.Hour, 3: 72 * time.Hour} {
		w := newWorld(t)
		k, _ := flagged(w, category)
		w.pass(last - time.Minute)
		if got := w.critical(k.ID); got.Level != 2 {
			t.Errorf("category %d: level %d", category, got.Level)
		}
		w.pass(time.Minute)
		if got := w.critical(k.ID); got.Level != 3 {
			t.Errorf("category %d: level %d in the end", category, got.Level)
		}
	}
}

func TestDowngrade(t *testing.T) {
	w := newWorld(t)
	k, _ := flagged(w, 1)
	if _, err := w.DowngradeCritical(w.ctx, w.by(stranger), k.ID, "x"); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("a stranger withdraws: %v", err)
	}
	got, err := w.DowngradeCritical(w.ctx, w.by(reviewer), k.ID, "皮肤皱褶伪影")
	w.ok(err)
	if got.State != reading.Downgraded {
		t.Fatalf("%s", got.State)
	}
	w.pass(time.Hour)
	if got = w.critical(k.ID); got.Level != 0 {
		t.Errorf("it goes on escalating: %d", got.Level)
	}
	got, err = w.AcknowledgeCritical(w.ctx, w.by(doctor), k.ID, "已知悉撤回")
	w.ok(err)
	if got.State != reading.Done {
		t.Errorf("%s", got.State)
	}
}
