// Package directorytest makes a small fictional county in a flow.Store, for the tests of workflows.
package directorytest

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Password is everybody's.
const Password = "correct horse battery"

// TB is what is needed of a test; *testing.T and *rapid.T have it.
type TB interface {
	Helper()
	Fatal(args ...any)
}

// County is one county hospital, a partner hospital and two townships, with people who are on duty all day.
type County struct {
	*directory.Service
	Hospital, Partner, Town, Hamlet yilian.InstitutionID
	people                          map[string]directory.Person
}

type post struct {
	login, name string
	at          func(*County) yilian.InstitutionID
	specialty   string
	line        int // 0: not on the roster
	licence     string
	roles       []yilian.Role
}

func hospital(c *County) yilian.InstitutionID { return c.Hospital }
func partner(c *County) yilian.InstitutionID  { return c.Partner }
func town(c *County) yilian.InstitutionID     { return c.Town }
func hamlet(c *County) yilian.InstitutionID   { return c.Hamlet }

func posts() []post {
	heart := "cardiology"
	specialist := []yilian.Role{yilian.RoleSpecialist}
	return []post{
		{"town", "镇医生", town, "general", 0, "2015-01-01", []yilian.Role{yilian.RoleRequester}},
		{"town2", "镇医生二", town, "general", 0, "2015-01-01", []yilian.Role{yilian.RoleRequester}},
		{"hamlet", "乡医生", hamlet, "general", 0, "2015-01-01", []yilian.Role{yilian.RoleRequester}},
		{"first", "一线甲", hospital, heart, 1, "2010-01-01", specialist},
		{"first2", "一线乙", hospital, heart, 1, "2010-01-01", specialist},
		{"second", "二线", hospital, heart, 2, "2005-01-01", specialist},
		{"young", "新医生", hospital, heart, 1, "2999-01-01", specialist},
		{"brain", "神内医生", hospital, "neurology", 1, "2010-01-01", specialist},
		{"head", "科主任", hospital, heart, 0, "1995-01-01", []yilian.Role{yilian.RoleSpecialist, yilian.RoleHead}},
		{"desk", "总值班", hospital, "", 0, "2000-01-01", []yilian.Role{yilian.RoleCoordinator}},
		{"far", "外院医生", partner, heart, 1, "2000-01-01", specialist},
		{"admin", "管理员", hospital, "", 0, "", []yilian.Role{yilian.RoleAdmin}},
		{"auditor", "审计员", hospital, "", 0, "", []yilian.Role{yilian.RoleAuditor}},
		{"reader", "读片医生", hospital, "radiology", 1, "2010-01-01", []yilian.Role{yilian.RoleRadiologist}},
		{"reviewer", "审核医生", hospital, "radiology", 0, "2000-01-01", []yilian.Role{yilian.RoleReviewer}},
		{"tech", "技师", town, "radiology", 0, "", []yilian.Role{yilian.RoleTechnologist}},
	}
}

// New fills store with the county, rostered from an hour before now for a day. Everybody who is rostered is online and available.
func New(t TB, store flow.Store, dir *directory.Service, now time.Time) *County {
	t.Helper()
	c := &County{Service: dir, people: map[string]directory.Person{}}
	cmd := flow.Command{Actor: yilian.System, At: now}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	institution := func(name string, tier directory.Tier, parent yilian.InstitutionID) yilian.InstitutionID {
		v, err := dir.SaveInstitution(context.Background(), cmd, directory.Institution{Name: name, Tier: tier, Parent: parent, DistanceKm: 40, Phone: "0000-120"})
		must(err)
		return yilian.InstitutionID(v.ID)
	}
	c.Hospital = institution("云河县人民医院", directory.County, "")
	c.Partner = institution("邻县人民医院", directory.County, "")
	c.Town = institution("柳树镇卫生院", directory.Township, c.Hospital)
	c.Hamlet = institution("石桥乡卫生院", directory.Township, c.Hospital)
	begin := now.Add(-time.Hour)
	for _, site := range []yilian.InstitutionID{c.Town, c.Hamlet} {
		for _, to := range []yilian.InstitutionID{c.Hospital, c.Partner} {
			_, err := dir.SaveAgreement(context.Background(), cmd, directory.Agreement{
				Site: site, Provider: to, Services: []string{directory.ServiceConsult, directory.ServiceRead},
				From: begin, Partner: to == c.Partner,
			})
			must(err)
		}
	}
	for _, p := range posts() {
		inst := p.at(c)
		who, err := dir.SavePerson(context.Background(), cmd, directory.Person{
			Login: p.login, Name: p.name, Title: "主治医师", LicenceSince: p.licence, Phone: "0000-" + p.login,
			Points: []directory.Point{{Institution: inst, Department: p.specialty, Specialty: p.specialty, Roles: p.roles, Line: p.line, From: begin, Filed: true}},
		})
		must(err)
		c.people[p.login] = who
		if p.line == 0 {
			continue
		}
		_, err = dir.SaveShift(context.Background(), cmd, directory.Shift{
			Person: yilian.PersonID(who.ID), Institution: inst, Specialty: p.specialty, Line: p.line,
			From: begin, Until: begin.Add(24 * time.Hour),
		})
		must(err)
		must(dir.Alive(context.Background(), c.Actor(p.login)))
	}
	return c
}

// SetPasswords gives everybody Password: only tests that sign in need it, as hashing takes its time on purpose.
func (c *County) SetPasswords(t TB, logins ...string) {
	t.Helper()
	for _, login := range logins {
		if err := c.SetPassword(context.Background(), yilian.System, c.ID(login), Password); err != nil {
			t.Fatal(err)
		}
	}
}

// ID answers the identifier of the person with a login.
func (c *County) ID(login string) yilian.PersonID {
	p, known := c.people[login]
	if !known {
		panic("no such login: " + login)
	}
	return yilian.PersonID(p.ID)
}

// Who answers the person with a login.
func (c *County) Who(login string) directory.Person { return c.people[login] }

// Actor answers the person with a login as an actor at their first practice point.
func (c *County) Actor(login string) yilian.Actor {
	p := c.people[login]
	q := p.Points[0]
	return yilian.Actor{Person: c.ID(login), Name: p.Name, Institution: q.Institution, Department: q.Department, Roles: q.Roles, Session: "session-" + login, Address: "192.0.2.1"}
}

// Logins answers every login of the county.
func Logins() []string {
	var all []string
	for _, p := range posts() {
		all = append(all, p.login)
	}
	return all
}
