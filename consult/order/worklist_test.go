package order_test

import (
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/order"
)

func machine(ae string, at yilian.InstitutionID) yilian.Actor {
	return yilian.Actor{Name: ae, Device: ae, Institution: at}
}

var (
	ct, ct2, dr = machine("QINGXI_CT", "qingxi"), machine("QINGXI_CT2", "qingxi"), machine("QINGXI_DR", "qingxi")
	technician  = yilian.Actor{Person: "gu", Name: "Gu", Institution: "qingxi", Roles: []yilian.Role{yilian.RoleTechnologist}}
)

func (w *world) place(t *testing.T, n order.New) order.Order {
	t.Helper()
	if n.Patient == "" {
		n.Patient = w.patient(t)
	}
	if n.Modality == "" {
		n.Modality = "CT"
	}
	n.Exam, n.Priority = "胸部平扫", order.Urgent
	o, err := w.orders.Place(t.Context(), w.by(doctor), n)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// seen answers the accession numbers in the worklist of a device.
func (w *world) seen(t *testing.T, device yilian.Actor, win order.Window) (numbers []string) {
	t.Helper()
	items, err := w.orders.Worklist(t.Context(), device, win)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		numbers = append(numbers, i.Order.Accession)
	}
	return numbers
}

// TestWorklistIsTheDevices: an order stands in the list of the device that it is booked for and in no other.
func TestWorklistIsTheDevices(t *testing.T) {
	w := newWorld()
	booked := w.place(t, order.New{Device: "QINGXI_CT", Start: w.now.Add(2 * time.Hour)})
	elsewhere := w.place(t, order.New{Device: "SHIQIAO_CT"})
	onlyOne := w.place(t, order.New{Modality: "CR"}) // there is one device for it
	open := w.place(t, order.New{})                  // two devices could make it
	if onlyOne.Device != "QINGXI_DR" || open.Device != "" {
		t.Errorf("booked by themselves: %q, %q", onlyOne.Device, open.Device)
	}
	for _, c := range []struct {
		who  yilian.Actor
		want []string
	}{
		{ct, []string{booked.Accession}}, {ct2, nil}, {dr, []string{onlyOne.Accession}}, {machine("SHIQIAO_CT", "shiqiao"), []string{elsewhere.Accession}},
	} {
		if got := w.seen(t, c.who, order.Window{}); !slices.Equal(got, c.want) {
			t.Errorf("%s sees %v, want %v", c.who.Device, got, c.want)
		}
	}
	for _, thief := range []yilian.Actor{machine("SHIQIAO_CT", "qingxi"), machine("NOBODY", "qingxi"), machine("QINGXI_OLD", "qingxi"), doctor} {
		if _, err := w.orders.Worklist(t.Context(), thief, order.Window{}); err == nil {
			t.Errorf("%+v has a worklist", thief)
		}
	}
	if _, err := w.orders.Cancel(t.Context(), w.by(doctor), yilian.OrderID(booked.ID), "患者离院"); err != nil {
		t.Fatal(err)
	}
	if got := w.seen(t, ct, order.Window{}); len(got) != 0 {
		t.Errorf("after the cancellation: %v", got)
	}
}

func TestWorklistWindow(t *testing.T) {
	w := newWorld()
	now := w.now // 09:00
	walkIn := w.place(t, order.New{Device: "QINGXI_CT"}).Accession
	soon := w.place(t, order.New{Device: "QINGXI_CT", Start: now.Add(time.Hour)}).Accession
	tomorrow := w.place(t, order.New{Device: "QINGXI_CT", Start: now.Add(24 * time.Hour)}).Accession
	far := w.place(t, order.New{Device: "QINGXI_CT", Start: now.Add(20 * 24 * time.Hour)}).Accession
	day := func(n int) order.Window {
		from := time.Date(2026, 3, 14+n, 0, 0, 0, 0, time.UTC)
		return order.Window{From: from, To: from.Add(24*time.Hour - time.Second)}
	}
	for name, c := range map[string]struct {
		later time.Duration
		win   order.Window
		want  []string
	}{
		"without dates":              {0, order.Window{}, []string{walkIn, soon, tomorrow}},
		"today":                      {0, day(0), []string{walkIn, soon}},
		"tomorrow":                   {0, day(1), []string{tomorrow}},
		"to the second":              {0, order.Window{From: now.Add(time.Hour), To: now.Add(time.Hour)}, []string{soon}},
		"never further than allowed": {0, day(20), nil},
		"a walk-in the day after":    {24 * time.Hour, day(1), []string{walkIn, tomorrow}},
		"a walk-in after a week":     {8 * 24 * time.Hour, day(8), nil},
		"when its day has come":      {20 * 24 * time.Hour, day(20), []string{far}},
		"by accession number":        {0, order.Window{Accession: soon}, []string{soon}},
		"limited":                    {0, order.Window{Limit: 2}, []string{walkIn, soon}},
	} {
		t.Run(name, func(t *testing.T) {
			w.now = now.Add(c.later)
			if got := w.seen(t, ct, c.win); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestWorklistItem(t *testing.T) {
	w := newWorld()
	o := w.place(t, order.New{Device: "SHIQIAO_CT", Safety: order.Safety{Laterality: "l", Pregnancy: order.NotPregnant, WeightKg: 62.5, Allergies: "青霉素"}})
	items, err := w.orders.Worklist(t.Context(), machine("SHIQIAO_CT", "shiqiao"), order.Window{})
	if err != nil || len(items) != 1 {
		t.Fatalf("%d, %v", len(items), err)
	}
	i := items[0]
	if i.PatientIssuer != "shiqiao" || i.PatientID == "" || i.PatientID != i.Patient.NumberOf("shiqiao") {
		t.Errorf("the performing site has no number for the patient: %q of %q", i.PatientID, i.PatientIssuer)
	}
	if o.Laterality != "L" || i.Order.Weight() != "62.5" || i.Order.Allergies != "青霉素" || i.Order.Description() != "胸部平扫" || i.Started {
		t.Errorf("%+v", i.Order)
	}
	if o.Step != "S"+o.Accession || o.Procedure != "P"+o.Accession || len(o.Step) > 16 || len(o.Planned) > 64 || o.Planned[:5] != "2.25." {
		t.Errorf("%q, %q, %q", o.Step, o.Procedure, o.Planned)
	}
	if again := w.place(t, order.New{Device: "SHIQIAO_CT"}); again.Planned == o.Planned || again.Step == o.Step {
		t.Error("two orders are one study")
	}
}

// TestLooksAtWorklists: who has looked is in the trail, once for a while, and nothing of the patients.
func TestLooksAtWorklists(t *testing.T) {
	w := newWorld()
	w.place(t, order.New{Device: "QINGXI_CT"})
	for range 5 {
		w.seen(t, ct, order.Window{})
	}
	if _, items, err := w.orders.Preview(t.Context(), technician, "QINGXI_CT", order.Window{}); err != nil || len(items) != 1 {
		t.Errorf("%d, %v", len(items), err)
	}
	if _, _, err := w.orders.Preview(t.Context(), technician, "SHIQIAO_CT", order.Window{}); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("of another institution: %v", err)
	}
	w.now = w.now.Add(20 * time.Minute)
	w.seen(t, ct, order.Window{})
	var looks []yilian.Event
	err := w.store.View(t.Context(), func(rd flow.Reader) (err error) {
		looks, err = rd.Events(flow.Ref{Kind: "device"})
		return err
	})
	if err != nil || len(looks) != 3 || looks[0].Action != "worklist" || looks[0].Actor.Device != "QINGXI_CT" || looks[1].Actor.Person != technician.Person {
		t.Errorf("%d looks: %+v, %v", len(looks), looks, err)
	}
}

func TestBook(t *testing.T) {
	w := newWorld()
	o := w.place(t, order.New{})
	id := yilian.OrderID(o.ID)
	at := w.now.Add(3 * time.Hour)
	for _, c := range []struct {
		who  yilian.Actor
		b    order.Booking
		code string
	}{
		{technician, order.Booking{Device: "NOBODY"}, "device.unknown"},
		{technician, order.Booking{Device: "QINGXI_OLD"}, "device.unknown"},
		{technician, order.Booking{Device: "QINGXI_DR"}, "order.deviceModality"},
		{technician, order.Booking{Device: "SHIQIAO_CT"}, "order.deviceSite"},
		{technician, order.Booking{Device: "QINGXI_CT", Start: w.now.Add(-25 * time.Hour)}, "order.start"},
		{technician, order.Booking{Device: "QINGXI_CT", Start: w.now.AddDate(2, 0, 0)}, "order.start"},
		{yilian.Actor{Person: "x", Institution: "shiqiao", Roles: []yilian.Role{yilian.RoleTechnologist}}, order.Booking{Device: "QINGXI_CT"}, "order.unknown"},
		{yilian.Actor{Person: "x", Institution: "qingxi", Roles: []yilian.Role{yilian.RoleRadiologist}}, order.Booking{Device: "QINGXI_CT"}, "forbidden.role"},
	} {
		if _, err := w.orders.Book(t.Context(), w.by(c.who), id, c.b); code(err) != c.code {
			t.Errorf("%+v by %s: %v, want %s", c.b, c.who.Institution, err, c.code)
		}
	}
	booked, err := w.orders.Book(t.Context(), w.by(technician), id, order.Booking{Device: "QINGXI_CT", Start: at})
	if err != nil || booked.Device != "QINGXI_CT" || !booked.Start.Equal(at) || !booked.Waits[0].Equal(at.Add(order.DefaultSettings.NoImages)) {
		t.Fatalf("%+v, %v", booked, err)
	}
	if got := w.seen(t, ct, order.Window{}); len(got) != 1 {
		t.Errorf("CT sees %v", got)
	}
	// The device fails: one step to the next one.
	if _, err := w.orders.Book(t.Context(), w.by(technician), id, order.Booking{Device: "QINGXI_CT2", Start: at}); err != nil {
		t.Fatal(err)
	}
	if a, b := w.seen(t, ct, order.Window{}), w.seen(t, ct2, order.Window{}); len(a) != 0 || len(b) != 1 {
		t.Errorf("after the transfer: %v and %v", a, b)
	}
}

// TestWorklistNameInLatin: where somebody has written down the Latin name, it stands in the first group, but not where a device wants
// characters there.
func TestWorklistNameInLatin(t *testing.T) {
	for form, want := range map[directory.NameForm]order.Name{
		directory.NamesBoth:   {Alphabetic: "Ouyang^Fuxiao", Ideographic: "欧阳^拂晓"},
		directory.NamesFirst:  {Alphabetic: "欧阳拂晓"},
		directory.NamesGroups: {Alphabetic: "Ouyang^Fuxiao", Ideographic: "欧阳^拂晓"},
		directory.NamesLatin:  {Alphabetic: "Ouyang^Fuxiao"},
	} {
		if got := order.WorklistName("欧阳拂晓", "Ouyang Fuxiao", form, "7"); got != want {
			t.Errorf("%q: %+v", form, got)
		}
	}
}

func TestWorklistName(t *testing.T) {
	for _, c := range []struct {
		name string
		form directory.NameForm
		want order.Name
	}{
		{"王小东", directory.NamesBoth, order.Name{Alphabetic: "王小东", Ideographic: "王^小东"}},
		{"王小东", directory.NamesFirst, order.Name{Alphabetic: "王小东"}},
		{"王小东", directory.NamesGroups, order.Name{Ideographic: "王^小东"}},
		{"王小东", directory.NamesLatin, order.Name{Alphabetic: "ID00000127"}},
		{"欧阳拂晓", directory.NamesGroups, order.Name{Ideographic: "欧阳^拂晓"}},
		{"欧阳", directory.NamesGroups, order.Name{Ideographic: "欧^阳"}},
		{"王", directory.NamesGroups, order.Name{Ideographic: "王"}},
		{"阿迪力·买买提", directory.NamesBoth, order.Name{Alphabetic: "阿迪力·买买提", Ideographic: "阿迪力·买买提"}},
		{"㐱某", directory.NamesGroups, order.Name{Ideographic: "㐱^某"}}, // GBK cannot write it, GB18030 can
		{"Wang Xiaodong", directory.NamesFirst, order.Name{Alphabetic: "Wang^Xiaodong"}},
		{"Wang Xiaodong", directory.NamesLatin, order.Name{Alphabetic: "Wang^Xiaodong"}},
		{"无名氏20260314", directory.NamesGroups, order.Name{Ideographic: "无名氏20260314"}},
	} {
		if got := order.WorklistName(c.name, "", c.form, "00000127"); got != c.want {
			t.Errorf("%s, %q: %+v, want %+v", c.name, c.form, got, c.want)
		}
	}
}
