package patient_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/patient"
)

func by(a yilian.Actor) flow.Command { return flow.Command{Actor: a, At: now} }

func staff(person, inst string, roles ...yilian.Role) yilian.Actor {
	return yilian.Actor{Person: yilian.PersonID(person), Name: person, Institution: yilian.InstitutionID(inst), Roles: roles, Session: "s"}
}

var (
	doctor = staff("tian", "qingxi", yilian.RoleRequester)
	other  = staff("shi", "shiqiao", yilian.RoleRequester)
)

func newService() (*patient.Service, *flowtest.Store) {
	store := flowtest.New()
	return patient.NewService(store, func() time.Time { return now }), store
}

func register(t *testing.T, s *patient.Service, a yilian.Actor, d patient.Details) patient.Patient {
	t.Helper()
	p, err := s.Register(t.Context(), by(a), d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRegisterFillsInFromIDNumber(t *testing.T) {
	s, _ := newService()
	p := register(t, s, doctor, patient.Details{Name: "周桂兰", Sex: patient.Female, IDNumber: strings.ToLower(example), Phone: "(0000) 555-0101"})
	if p.Birth != "1949-12-31" || p.IDNumber.Tail() != "002X" || p.Phone != "00005550101" || p.NumberOf("qingxi") != "00000001" {
		t.Errorf("%+v", p)
	}
}

func TestRegisterRefuses(t *testing.T) {
	s, _ := newService()
	for _, c := range []struct {
		who  yilian.Actor
		d    patient.Details
		code string
	}{
		{doctor, patient.Details{Name: " ", Sex: patient.Male}, "patient.name.empty"},
		{doctor, patient.Details{Name: "某", Sex: "X"}, "patient.sex"},
		{doctor, patient.Details{Name: "某", Sex: patient.Male, Birth: "2030-01-01"}, "patient.birthDate"},
		{doctor, patient.Details{Name: "某", Sex: patient.Male, Birth: "1.1.2000"}, "patient.birthDate"},
		{doctor, patient.Details{Name: "某", Sex: patient.Male, IDNumber: example}, "patient.idNumber.sexDiffers"},
		{doctor, patient.Details{Name: "某", Sex: patient.Female, Birth: "1950-01-01", IDNumber: example}, "patient.idNumber.birthDiffers"},
		{doctor, patient.Details{Name: "某", Sex: patient.Male, Phone: "call me"}, "patient.phone"},
		{doctor, patient.Details{Name: "某", Sex: patient.Male, Identity: &patient.Identity{Issuer: "qingxi", ID: strings.Repeat("9", 65)}}, "patient.identity"},
		{staff("a", "qingxi", yilian.RoleAdmin), patient.Details{Name: "某", Sex: patient.Male}, "forbidden.role"},
	} {
		if _, err := s.Register(t.Context(), by(c.who), c.d); code(err) != c.code {
			t.Errorf("%+v: %v, want %s", c.d, err, c.code)
		}
	}
}

func TestOnePersonAtTwoInstitutions(t *testing.T) {
	s, _ := newService()
	a := register(t, s, doctor, patient.Details{Name: "周桂兰", Sex: patient.Female, IDNumber: example})
	if list, _, err := s.Search(t.Context(), other, "周桂兰", "", 0); err != nil || len(list) != 0 {
		t.Fatalf("another institution finds the patient: %d, %v", len(list), err)
	}
	b := register(t, s, other, patient.Details{Name: "周桂兰", Sex: patient.Female, IDNumber: example, Identity: &patient.Identity{Issuer: "shiqiao", ID: "M-17"}})
	if a.ID != b.ID || b.NumberOf("qingxi") != "00000001" || b.NumberOf("shiqiao") != "M-17" || len(b.Institutions) != 2 {
		t.Fatalf("%+v and %+v", a, b)
	}
	if _, err := s.Register(t.Context(), by(other), patient.Details{Name: "张三", Sex: patient.Female, IDNumber: example}); code(err) != "patient.differs" {
		t.Errorf("the same ID number under another name: %v", err)
	}
	if list, _, err := s.Search(t.Context(), other, "桂兰", "", 0); err != nil || len(list) != 1 {
		t.Errorf("after registering: %d, %v", len(list), err)
	}
}

func TestSearch(t *testing.T) {
	s, _ := newService()
	register(t, s, doctor, patient.Details{Name: "周桂兰", Sex: patient.Female, IDNumber: example, Phone: "13905550101"})
	register(t, s, doctor, patient.Details{Name: "阿迪力·买买提", Sex: patient.Male, Birth: "1961-05-02"})
	register(t, s, doctor, patient.Details{Name: "Smith John", Sex: patient.Male})
	for q, want := range map[string]int{
		"": 3, "周": 1, "桂兰": 1, "周兰": 0, "002x": 1, example: 1, "0101": 1, "13905550101": 1, "00000002": 1, "阿迪力": 1, "买买提": 1, "阿迪力买买提": 1, "smith": 1, "JOHN": 1,
		"nobody": 0, "·": 0,
	} {
		list, _, err := s.Search(t.Context(), doctor, q, "", 0)
		if err != nil || len(list) != want {
			t.Errorf("%q finds %d, want %d (%v)", q, len(list), want, err)
		}
	}
	if _, _, err := s.Search(t.Context(), staff("k", "qingxi", yilian.RoleKiosk), "", "", 0); yilian.KindOf(err) != yilian.Forbidden {
		t.Errorf("a wall screen looks for patients: %v", err)
	}
}

type tie struct{ person yilian.PersonID }

func (b tie) Tied(_ context.Context, a yilian.Actor, _ yilian.PatientID) (bool, error) {
	return a.Person == b.person, nil
}

func TestChart(t *testing.T) {
	s, store := newService()
	clock := now
	looks := patient.NewLooks(func() time.Time { return clock })
	chart := patient.NewChart(s, looks, map[string]patient.Tie{"consult": tie{"zhou"}})
	p := register(t, s, doctor, patient.Details{Name: "周桂兰", Sex: patient.Female})
	id := yilian.PatientID(p.ID)
	for _, c := range []struct {
		who      yilian.Actor
		relation string
	}{
		{doctor, "institution"},
		{staff("zhou", "yunling", yilian.RoleSpecialist), "consult"},
		{staff("li", "yunling", yilian.RoleSpecialist), ""},
		{other, ""},
		{staff("admin", "qingxi", yilian.RoleAdmin), ""},
		{staff("audit", "qingxi", yilian.RoleAuditor), ""},
		{staff("zhou", "yunling", yilian.RoleAdmin), ""},
	} {
		_, err := chart.Open(t.Context(), c.who, id, "treatment")
		if want := c.relation == ""; want != (yilian.KindOf(err) == yilian.NotFound && err != nil) {
			t.Errorf("%s at %s: %v", c.who.Person, c.who.Institution, err)
		}
	}
	count := func() (n int) {
		t.Helper()
		if err := store.View(t.Context(), func(rd flow.Reader) error {
			events, err := rd.Events(flow.Ref{Kind: patient.Kind, ID: p.ID})
			for _, e := range events {
				if e.Action == "open" {
					n++
					if strings.Contains(string(e.Data)+e.Reason, "周桂兰") {
						t.Error("the trail holds a name")
					}
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 2 {
		t.Errorf("%d looks recorded, want 2", n)
	}
	for range 3 {
		if _, err := chart.Open(t.Context(), doctor, id, "treatment"); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(); n != 2 {
		t.Errorf("fetching again makes entries: %d", n)
	}
	clock = clock.Add(patient.LookWindow)
	if _, err := chart.Open(t.Context(), doctor, id, "treatment"); err != nil || count() != 3 {
		t.Errorf("a later look is not recorded: %v", err)
	}
}
