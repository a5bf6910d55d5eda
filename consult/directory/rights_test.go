package directory_test

import (
	"encoding/json"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

func (p *place) ask(t *testing.T) directory.Ask {
	t.Helper()
	rules, err := p.dir.Settings(t.Context(), p.Town)
	if err != nil {
		t.Fatal(err)
	}
	return directory.Ask{Site: p.Town, Specialty: "cardiology", At: p.now, Rules: rules}
}

func (p *place) entitled(t *testing.T, ask directory.Ask, login string) error {
	t.Helper()
	return p.store.View(t.Context(), func(rd flow.Reader) error {
		_, err := p.dir.EntitledIn(rd, ask, p.ID(login))
		return err
	})
}

// TestEntitled: every condition by itself, and the reason that the person is told.
func TestEntitled(t *testing.T) {
	edit := func(f func(p *place, v *directory.Person)) func(*testing.T, *place) {
		return func(t *testing.T, p *place) {
			v := p.person(t, "first")
			f(p, &v)
			if _, err := p.dir.SavePerson(t.Context(), p.cmd("admin", v.Version), v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*testing.T, *place)
		code   string
	}{
		"as they are":            {func(*testing.T, *place) {}, ""},
		"not filed":              {edit(func(_ *place, v *directory.Person) { v.Points[0].Filed = false }), "entitled.point"},
		"point ended":            {edit(func(p *place, v *directory.Person) { v.Points[0].Until = p.now }), "entitled.point"},
		"point to come":          {edit(func(p *place, v *directory.Person) { v.Points[0].From = p.now.Add(time.Hour) }), "entitled.point"},
		"no specialist":          {edit(func(_ *place, v *directory.Person) { v.Points[0].Roles = []yilian.Role{yilian.RoleRequester} }), "entitled.point"},
		"disabled":               {edit(func(_ *place, v *directory.Person) { v.Disabled = true }), "entitled.point"},
		"no licence":             {edit(func(_ *place, v *directory.Person) { v.LicenceSince = "" }), "entitled.licence"},
		"licence young":          {edit(func(_ *place, v *directory.Person) { v.LicenceSince = "2028-05-07" }), "entitled.licence"},
		"three years":            {edit(func(_ *place, v *directory.Person) { v.LicenceSince = "2028-05-06" }), ""},
		"shift over":             {func(_ *testing.T, p *place) { p.now = p.now.Add(23 * time.Hour) }, "entitled.shift"},
		"shift to begin":         {func(_ *testing.T, p *place) { p.now = p.now.Add(-61 * time.Minute) }, "entitled.shift"},
		"agreement over":         {func(t *testing.T, p *place) { p.endAgreements(t, nil) }, "entitled.agreement"},
		"other specialty agreed": {func(t *testing.T, p *place) { p.endAgreements(t, []string{"neurology"}) }, "entitled.agreement"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			c.change(t, p)
			err := p.entitled(t, p.ask(t), "first")
			if c.code == "" && err != nil || c.code != "" && codeOf(err) != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
		})
	}
}

// endAgreements ends all agreements now, or narrows them to specialties.
func (p *place) endAgreements(t *testing.T, specialties []string) {
	t.Helper()
	all, err := p.dir.Agreements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Specialties = specialties; specialties == nil {
			a.Until = p.now
		}
		if _, err := p.dir.SaveAgreement(t.Context(), p.cmd("admin", a.Version), a); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnDuty(t *testing.T) {
	p := newPlace(t)
	var names []string
	ask := p.ask(t)
	err := p.store.View(t.Context(), func(rd flow.Reader) error {
		on, err := p.dir.OnDutyIn(rd, ask)
		for _, d := range on {
			names = append(names, d.Person.Login)
			if barred := d.Person.Login == "young"; barred != (d.Barred != nil) {
				t.Errorf("%s: %v", d.Person.Login, d.Barred)
			}
			if d.Partner != (d.Person.Login == "far") {
				t.Errorf("%s is a partner: %v", d.Person.Login, d.Partner)
			}
		}
		return err
	})
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"far", "first", "first2", "second", "young"}) {
		t.Errorf("on duty %v, %v", names, err)
	}
}

func TestPresence(t *testing.T) {
	p := newPlace(t)
	clock := flow.NewClock(p.store, slog.New(slog.DiscardHandler))
	p.dir.Register(clock)
	status := func() directory.Status {
		t.Helper()
		v, err := p.dir.Presence(t.Context(), p.ID("first"))
		if err != nil {
			t.Fatal(err)
		}
		return v.Status()
	}
	pass := func(d time.Duration, there bool) {
		t.Helper()
		for end := p.now.Add(d); p.now.Before(end); {
			p.now = p.now.Add(10 * time.Second)
			if there {
				if err := p.dir.Alive(t.Context(), p.Actor("first")); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := clock.CarryOut(t.Context(), p.now); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(s directory.Status) {
		t.Helper()
		if got := status(); got != s {
			t.Errorf("%s, want %s", got, s)
		}
	}
	want(directory.Available)
	pass(5*time.Minute, true)
	want(directory.Available)
	pass(2*time.Minute, false)
	want(directory.Off)
	pass(10*time.Second, true)
	want(directory.Available)
	if _, err := p.dir.SetPresence(t.Context(), p.Actor("first"), directory.Paused, 15, ""); codeOf(err) != "presence.minutes" {
		t.Errorf("a pause of 15 minutes: %v", err)
	}
	if _, err := p.dir.SetPresence(t.Context(), p.Actor("first"), directory.Paused, 20, "手术"); err != nil {
		t.Fatal(err)
	}
	pass(19*time.Minute, true)
	want(directory.Paused)
	pass(70*time.Second, true)
	want(directory.Available)
	if _, err := p.dir.SetPresence(t.Context(), p.Actor("first"), directory.Off, 0, ""); err != nil {
		t.Fatal(err)
	}
	pass(time.Minute, true)
	want(directory.Off)
	if _, err := p.dir.SetPresence(t.Context(), p.Actor("first"), "dancing", 0, ""); codeOf(err) != "presence.status" {
		t.Errorf("an unknown status: %v", err)
	}
}

// TestSettings: defaults, then what was chosen for all, then by the parents, then by itself; each from its date on.
func TestSettings(t *testing.T) {
	p := newPlace(t)
	choose := func(id string, from time.Time, values string) {
		t.Helper()
		if _, err := p.dir.SaveSettings(t.Context(), p.cmd("admin", 0), id, from, json.RawMessage(values)); err != nil {
			t.Fatal(err)
		}
	}
	lease := func() time.Duration {
		t.Helper()
		all, err := p.dir.Settings(t.Context(), p.Town)
		if err != nil {
			t.Fatal(err)
		}
		if all.Consult.Rescue.Second.D() != time.Minute || all.Reading.Quiet["CT"].D() != time.Minute {
			t.Error("what was not chosen changed")
		}
		return all.Consult.Rescue.Lease.D()
	}
	if lease() != 30*time.Second {
		t.Errorf("default %s", lease())
	}
	choose(directory.DefaultSettings, time.Time{}, `{"consult":{"rescue":{"lease":"31s"}}}`)
	choose(string(p.Hospital), time.Time{}, `{"consult":{"rescue":{"lease":"32s"}}}`)
	if lease() != 32*time.Second {
		t.Errorf("the parent's %s", lease())
	}
	choose(string(p.Town), p.now.Add(time.Hour), `{"consult":{"rescue":{"lease":"33s"}}}`)
	if lease() != 32*time.Second {
		t.Errorf("before its date %s", lease())
	}
	p.now = p.now.Add(2 * time.Hour)
	if lease() != 33*time.Second {
		t.Errorf("from its date on %s", lease())
	}
	for _, bad := range []string{`{"consult":{"rescue":{"lease":"-1s"}}}`, `{"consult":{"rescu":{}}}`, `[]`, `{"consult":1}`, `{} {}`, `{"duty":{"pauses":["x"]}}`} {
		if _, err := p.dir.SaveSettings(t.Context(), p.cmd("admin", 0), string(p.Town), time.Time{}, json.RawMessage(bad)); codeOf(err) != "settings.values" {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := p.dir.SaveSettings(t.Context(), p.cmd("admin", 0), "nowhere", time.Time{}, json.RawMessage(`{}`)); codeOf(err) != "institution.unknown" {
		t.Errorf("for nobody: %v", err)
	}
}

func TestDevices(t *testing.T) {
	p := newPlace(t)
	d, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", 0), directory.Device{AETitle: " CT_TOWN ", Name: "CT", Institution: p.Town, Modality: "CT", Networks: []string{"10.1.0.0/16", "2001:db8::/32"}})
	if err != nil || d.AETitle != "CT_TOWN" {
		t.Fatalf("%+v, %v", d, err)
	}
	for addr, known := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "2001:db8::1": true, "192.0.2.1": false} {
		a, err := p.dir.Device(t.Context(), "CT_TOWN ", netip.MustParseAddr(addr))
		if known != (err == nil) || known && (a.Device != "CT_TOWN" || a.Institution != p.Town) || err != nil && yilian.KindOf(err) != yilian.NotFound {
			t.Errorf("%s: %+v, %v", addr, a, err)
		}
	}
	if _, err := p.dir.Device(t.Context(), "ct_town", netip.MustParseAddr("10.1.2.3")); err == nil {
		t.Error("AE titles are case-sensitive (PS3.5 6.2)")
	}
	d.Disabled = true
	if _, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", d.Version), d); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.Device(t.Context(), "CT_TOWN", netip.MustParseAddr("10.1.2.3")); err == nil {
		t.Error("a disabled device is let in")
	}
	for code, bad := range map[string]directory.Device{
		"device.ae":      {AETitle: "AN AE TITLE THAT IS TOO LONG", Institution: p.Town},
		"device.aeTaken": {AETitle: "CT_TOWN", Institution: p.Town},
		"device.network": {AETitle: "X", Institution: p.Town, Networks: []string{"10.1.0.0"}},
	} {
		if _, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", 0), bad); codeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, ae := range []string{`A\B`, "", " ", "CT\x01", "中文"} {
		if _, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", 0), directory.Device{AETitle: ae, Institution: p.Town}); codeOf(err) != "device.ae" {
			t.Errorf("AE title %q: %v", ae, err)
		}
	}
}

// TestRegisters: what cannot be entered, and why.
func TestRegisters(t *testing.T) {
	p := newPlace(t)
	cmd := p.cmd("admin", 0)
	point := directory.Point{Institution: p.Town, Roles: []yilian.Role{yilian.RoleRequester}}
	with := func(f func(*directory.Point)) []directory.Point {
		q := point
		f(&q)
		return []directory.Point{q}
	}
	for code, v := range map[string]directory.Person{
		"person.login":        {Login: "a b", Name: "x"},
		"person.loginTaken":   {Login: "TOWN", Name: "x"},
		"person.name":         {Login: "new", Name: " "},
		"person.licence":      {Login: "new", Name: "x", LicenceSince: "2010"},
		"point.incomplete":    {Login: "new", Name: "x", Points: with(func(q *directory.Point) { q.Roles = nil })},
		"point.role":          {Login: "new", Name: "x", Points: with(func(q *directory.Point) { q.Roles = []yilian.Role{yilian.RoleSystem} })},
		"point.separation":    {Login: "new", Name: "x", Points: with(func(q *directory.Point) { q.Roles = []yilian.Role{yilian.RoleAdmin, yilian.RoleAuditor} })},
		"point.line":          {Login: "new", Name: "x", Points: with(func(q *directory.Point) { q.Line = 3 })},
		"specialty.unknown":   {Login: "new", Name: "x", Points: with(func(q *directory.Point) { q.Specialty = "wizardry" })},
		"period":              {Login: "new", Name: "x", Points: with(func(q *directory.Point) { q.From, q.Until = p.now, p.now.Add(-time.Hour) })},
		"institution.unknown": {Login: "new", Name: "x", Points: with(func(q *directory.Point) { q.Institution = "nowhere" })},
	} {
		if _, err := p.dir.SavePerson(t.Context(), cmd, v); codeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	shift := directory.Shift{Person: p.ID("first"), Institution: p.Hospital, Specialty: "cardiology", Line: 1, From: p.now, Until: p.now.Add(8 * time.Hour)}
	for code, f := range map[string]func(*directory.Shift){
		"period":            func(v *directory.Shift) { v.Until = v.From },
		"shift.long":        func(v *directory.Shift) { v.Until = v.From.Add(25 * time.Hour) },
		"shift.line":        func(v *directory.Shift) { v.Line = 0 },
		"shift.point":       func(v *directory.Shift) { v.Institution = p.Town },
		"specialty.unknown": func(v *directory.Shift) { v.Specialty = "" },
		"person.unknown":    func(v *directory.Shift) { v.Person = "nobody" },
	} {
		v := shift
		f(&v)
		if _, err := p.dir.SaveShift(t.Context(), cmd, v); codeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := p.dir.SaveInstitution(t.Context(), cmd, directory.Institution{Name: "x", Tier: "galaxy"}); codeOf(err) != "institution.tier" {
		t.Errorf("tier: %v", err)
	}
	if _, err := p.dir.SaveAgreement(t.Context(), cmd, directory.Agreement{Site: p.Town, Provider: p.Town, Services: []string{"read"}}); codeOf(err) != "agreement.parties" {
		t.Errorf("an agreement with oneself: %v", err)
	}
	stale := p.person(t, "town")
	if _, err := p.dir.SavePerson(t.Context(), p.cmd("admin", stale.Version), stale); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.SavePerson(t.Context(), p.cmd("admin", stale.Version), stale); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("an edit of an old version: %v", err)
	}
}

func TestLists(t *testing.T) {
	for i, s := range directory.Specialties() {
		if s.Code == "" || s.Name == "" || s.NameEn == "" || s.Official == "" {
			t.Errorf("specialty %d: %+v", i, s)
		}
		for _, f := range directory.Fallbacks(s.Code) {
			if !directory.KnownSpecialty(f) || f == s.Code && f != "emergency" {
				t.Errorf("%s falls back to %s", s.Code, f)
			}
		}
	}
}
