package order_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/order"
	"yilian/consult/patient"
)

var update = flag.Bool("update", false, "write MACHINES.md anew")

// TestMachine compares the table, cell by cell, with a second transcription; what is not named here must be refused.
func TestMachine(t *testing.T) {
	type step struct {
		next  order.State
		roles []yilian.Role
	}
	reads := []yilian.Role{yilian.RoleSystem, yilian.RoleRadiologist, yilian.RoleReviewer}
	links := []yilian.Role{yilian.RoleSystem, yilian.RoleTechnologist, yilian.RoleCoordinator}
	devices, masters := []yilian.Role{yilian.RoleSystem}, []yilian.Role{yilian.RoleTechnologist, yilian.RoleCoordinator}
	note := func(s order.State) step { return step{s, devices} }
	want := map[order.State]map[order.Action]step{
		order.Ordered: {
			order.Cancel:  {order.Cancelled, []yilian.Role{yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator}},
			order.Book:    {order.Ordered, []yilian.Role{yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator, yilian.RoleTechnologist}},
			order.Begin:   {order.InProgress, devices},
			order.Perform: {order.Performed, devices},
			order.Note:    note(order.Ordered),
			order.Match:   {order.Images, links},
		},
		order.InProgress: {
			order.Perform:     {order.Performed, devices},
			order.Discontinue: {order.Ordered, devices},
			order.Abandon:     {order.Ordered, masters},
			order.Note:        note(order.InProgress),
			order.Match:       {order.Images, links},
		},
		order.Performed: {
			order.Begin:   {order.InProgress, devices},
			order.Abandon: {order.Ordered, masters},
			order.Note:    note(order.Performed),
			order.Match:   {order.Images, links},
		},
		order.Images: {order.Unmatch: {order.Ordered, links}, order.Read: {order.Reading, reads}, order.Note: note(order.Images)},
		order.Reading: {
			order.Unmatch: {order.Ordered, links}, order.Read: {order.Reading, reads}, order.Release: {order.Released, reads}, order.Note: note(order.Reading),
		},
		order.Released: {
			order.Amend: {order.Released, reads}, order.Acknowledge: {order.Acknowledged, []yilian.Role{yilian.RoleRequester, yilian.RoleHead}},
			order.Note: note(order.Released),
		},
		order.Acknowledged: {order.Amend: {order.Released, reads}, order.Note: note(order.Acknowledged)},
	}
	m := order.Machine()
	for _, s := range m.States() {
		for _, a := range m.Actions() {
			w, named := want[s][a]
			for _, role := range []yilian.Role{
				yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleTechnologist, yilian.RoleCoordinator,
				yilian.RoleHead, yilian.RoleAdmin, yilian.RoleAuditor, yilian.RoleKiosk, yilian.RoleProgram, yilian.RoleSystem,
			} {
				got, err := m.Next(s, a, yilian.Actor{Roles: []yilian.Role{role}}, nil)
				switch {
				case !named && yilian.KindOf(err) == yilian.Conflict && got == s:
				case named && slices.Contains(w.roles, role) && err == nil && got == w.next:
				case named && !slices.Contains(w.roles, role) && yilian.KindOf(err) == yilian.Forbidden:
				default:
					t.Errorf("%s by %s in %s: %s, %v", a, role, s, got, err)
				}
			}
		}
	}
}

// TestPicture keeps MACHINES.md what the table says; go test -update writes it.
func TestPicture(t *testing.T) {
	m := order.Machine()
	text := "# The state machine of consult/order\n\nGenerated from the table by `go test ./consult/order -run TestPicture -update`; a test compares.\n\n```mermaid\n" +
		m.Mermaid() + "```\n\n" + m.Table()
	if *update {
		if err := os.WriteFile("MACHINES.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("MACHINES.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Error("MACHINES.md is not what the table says: go test ./consult/order -run TestPicture -update")
	}
}

// machines are the Devices of the tests.
type machines []directory.Device

func (m machines) DeviceByAE(_ context.Context, ae string) (directory.Device, error) {
	for _, d := range m {
		if d.AETitle == ae {
			return d, nil
		}
	}
	return directory.Device{}, yilian.Errorf(yilian.NotFound, "device.unknown", "no such device")
}

func (m machines) DevicesOf(_ context.Context, id yilian.InstitutionID) (out []directory.Device, err error) {
	for _, d := range m {
		if d.Institution == id {
			out = append(out, d)
		}
	}
	return out, nil
}

var park = machines{
	{AETitle: "QINGXI_CT", Name: "CT", Institution: "qingxi", Modality: "CT"},
	{AETitle: "QINGXI_CT2", Name: "CT 2", Institution: "qingxi", Modality: "CT", Charset: "GB18030", Names: directory.NamesFirst},
	{AETitle: "QINGXI_DR", Name: "DR", Institution: "qingxi", Modality: "DX", Charset: "ISO_IR 192"},
	{AETitle: "QINGXI_OLD", Name: "MR", Institution: "qingxi", Modality: "MR", Disabled: true},
	{AETitle: "SHIQIAO_CT", Name: "CT", Institution: "shiqiao", Modality: "CT"},
}

type world struct {
	store    *flowtest.Store
	orders   *order.Service
	patients *patient.Service
	now      time.Time
}

var doctor = yilian.Actor{Person: "tian", Name: "Dr Tian", Institution: "qingxi", Roles: []yilian.Role{yilian.RoleRequester}}

func newWorld() *world {
	w := &world{store: flowtest.New(), now: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	w.patients = patient.NewService(w.store, clock)
	w.orders = order.NewService(order.Config{Store: w.store, Patients: w.patients, Devices: park, Now: clock, Location: time.UTC})
	return w
}

func (w *world) by(a yilian.Actor) flow.Command { return flow.Command{Actor: a, At: w.now} }

func (w *world) patient(t *testing.T) yilian.PatientID {
	t.Helper()
	p, err := w.patients.Register(t.Context(), w.by(doctor), patient.Details{Name: "王小东", Sex: patient.Male, Birth: "1961-05-02", Phone: "05550101"})
	if err != nil {
		t.Fatal(err)
	}
	return yilian.PatientID(p.ID)
}

func code(err error) string {
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

func TestPlace(t *testing.T) {
	w := newWorld()
	p := w.patient(t)
	seen := map[string]bool{}
	for range 20 {
		o, err := w.orders.Place(t.Context(), w.by(doctor), order.New{Patient: p, Modality: "ct", Exam: "胸部CT平扫", Priority: order.Stat})
		if err != nil {
			t.Fatal(err)
		}
		if o.State != order.Ordered || o.Modality != "CT" || o.Issuer != "qingxi" || len(o.Accession) > 16 || seen[o.Accession] {
			t.Fatalf("order %+v", o)
		}
		seen[o.Accession] = true
	}
	elsewhere, err := w.orders.Place(t.Context(), w.by(doctor), order.New{Patient: p, Modality: "CT", Exam: "胸部", Priority: order.Routine, Device: "SHIQIAO_CT"})
	if err != nil || elsewhere.Issuer != "shiqiao" || elsewhere.Site != "shiqiao" || elsewhere.Accession != "2603140001" {
		t.Fatalf("an order for another site's device: %+v, %v", elsewhere, err)
	}
	for _, c := range []struct {
		who  yilian.Actor
		n    order.New
		code string
	}{
		{doctor, order.New{Patient: p, Modality: "XX", Exam: "x", Priority: order.Stat}, "order.modality"},
		{doctor, order.New{Patient: p, Modality: "CT", Exam: "x", Priority: "soon"}, "order.priority"},
		{doctor, order.New{Patient: p, Modality: "CT", Priority: order.Stat}, "order.exam"},
		{doctor, order.New{Patient: p, Modality: "CT", Exam: "x", Priority: order.Stat, Device: "NOBODY"}, "device.unknown"},
		{yilian.Actor{Person: "x", Institution: "qingxi", Roles: []yilian.Role{yilian.RoleTechnologist}}, order.New{Patient: p, Modality: "CT", Exam: "x", Priority: order.Stat}, "forbidden.role"},
		{yilian.Actor{Person: "x", Institution: "baiyang", Roles: []yilian.Role{yilian.RoleRequester}}, order.New{Patient: p, Modality: "CT", Exam: "x", Priority: order.Stat}, "patient.unknown"},
	} {
		if _, err := w.orders.Place(t.Context(), w.by(c.who), c.n); code(err) != c.code {
			t.Errorf("%+v by %s: %v, want %s", c.n, c.who.Institution, err, c.code)
		}
	}
}

func TestPlaceTwiceWithOneKey(t *testing.T) {
	w := newWorld()
	p := w.patient(t)
	cmd := w.by(doctor)
	cmd.Key = "k1"
	n := order.New{Patient: p, Modality: "CT", Exam: "胸部", Priority: order.Stat}
	a, err := w.orders.Place(t.Context(), cmd, n)
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.orders.Place(t.Context(), cmd, n)
	if err != nil || a.ID != b.ID {
		t.Fatalf("the repeated call made %s beside %s, %v", b.ID, a.ID, err)
	}
}

func TestCancelAndSight(t *testing.T) {
	w := newWorld()
	o, err := w.orders.Place(t.Context(), w.by(doctor), order.New{Patient: w.patient(t), Modality: "CT", Exam: "胸部", Priority: order.Stat})
	if err != nil {
		t.Fatal(err)
	}
	id := yilian.OrderID(o.ID)
	stranger := yilian.Actor{Person: "x", Institution: "baiyang", Roles: []yilian.Role{yilian.RoleRequester}}
	if _, err := w.orders.Get(t.Context(), stranger, id); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a stranger sees the order: %v", err)
	}
	if _, err := w.orders.Cancel(t.Context(), w.by(stranger), id, "x"); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("a stranger cancels: %v", err)
	}
	if _, err := w.orders.Cancel(t.Context(), w.by(doctor), id, ""); code(err) != "reason.missing" {
		t.Errorf("without a reason: %v", err)
	}
	old := w.by(doctor)
	old.Version = 7
	if _, err := w.orders.Cancel(t.Context(), old, id, "x"); !errors.Is(err, flow.ErrStale) {
		t.Errorf("with another version: %v", err)
	}
	got, err := w.orders.Cancel(t.Context(), w.by(doctor), id, "患者离院")
	if err != nil || got.State != order.Cancelled || len(w.orders.Actions(got, doctor)) != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if list, _, err := w.orders.List(t.Context(), doctor, order.ScopeMine, "", 0); err != nil || len(list) != 1 {
		t.Errorf("mine: %d, %v", len(list), err)
	}
}

func TestNoticesThatNoImagesHaveCome(t *testing.T) {
	w := newWorld()
	o, err := w.orders.Place(t.Context(), w.by(doctor), order.New{Patient: w.patient(t), Modality: "CT", Exam: "胸部", Priority: order.Stat})
	if err != nil {
		t.Fatal(err)
	}
	for i, wait := range []time.Duration{order.DefaultSettings.NoImages, order.DefaultSettings.NotDone} {
		w.now = o.CreatedAt.Add(wait - time.Second)
		if dues, err := w.store.ClaimDue(t.Context(), w.now, 10, time.Minute); err != nil || len(dues) != 0 {
			t.Fatalf("before notice %d: %v, %v", i+1, dues, err)
		}
		w.now = o.CreatedAt.Add(wait)
		dues, err := w.store.ClaimDue(t.Context(), w.now, 10, time.Minute)
		if err != nil || len(dues) != 1 {
			t.Fatalf("notice %d: %v, %v", i+1, dues, err)
		}
		if err := w.orders.Due(t.Context(), dues[0]); err != nil {
			t.Fatal(err)
		}
		if err := w.orders.Due(t.Context(), dues[0]); !errors.Is(err, flow.ErrStale) {
			t.Errorf("carried out twice: %v", err)
		}
		got, err := w.orders.Get(t.Context(), doctor, yilian.OrderID(o.ID))
		if err != nil || got.NoImages != i+1 || got.State != order.Ordered {
			t.Fatalf("after notice %d: %+v, %v", i+1, got, err)
		}
	}
	if next, err := w.store.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("something is still due: %v, %v", next, err)
	}
}
