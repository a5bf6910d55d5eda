package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// demoPassword is the one of every fictional account.
const demoPassword = "yunling-demo"

// demoPerson is one fictional member of the demo county.
type demoPerson struct {
	login, name, title, at, department, specialty string
	roles                                         []yilian.Role
	line                                          int // on the roster: 1, 2, or 0 for none
}

type demoSite struct {
	key, name, short string
	tier             directory.Tier
	km               int
	phone            string
}

// 云岭县 exists nowhere. Telephone numbers use the 555 exchange, which no Chinese area has.
var (
	demoSites = []demoSite{
		{"rmyy", "云岭县人民医院", "县人民医院", directory.County, 0, "0000-5550100"},
		{"zyyy", "云岭县中医医院", "县中医院", directory.County, 2, "0000-5550200"},
		{"qingxi", "清溪镇中心卫生院", "清溪卫生院", directory.Township, 168, "0000-5550301"},
		{"shiqiao", "石桥镇卫生院", "石桥卫生院", directory.Township, 92, "0000-5550302"},
		{"baiyang", "白杨乡卫生院", "白杨卫生院", directory.Township, 45, "0000-5550303"},
		{"hewan", "河湾镇卫生院", "河湾卫生院", directory.Township, 31, "0000-5550304"},
		{"songgang", "松岗乡卫生院", "松岗卫生院", directory.Township, 120, "0000-5550305"},
		{"nanping", "南坪镇卫生院", "南坪卫生院", directory.Township, 76, "0000-5550306"},
	}
	demoPeople = []demoPerson{
		{"admin", "管理员", "信息科", "rmyy", "信息科", "", []yilian.Role{yilian.RoleAdmin}, 0},
		{"audit", "安全审计员", "信息科", "rmyy", "信息科", "", []yilian.Role{yilian.RoleAuditor}, 0},
		{"zhiban", "值班护士", "主管护师", "rmyy", "远程医疗室", "", []yilian.Role{yilian.RoleCoordinator}, 0},
		{"lin", "林医生", "副主任医师", "rmyy", "心内科", "cardiology", []yilian.Role{yilian.RoleSpecialist}, 1},
		{"zhou", "周医生", "主治医师", "rmyy", "神经内科", "neurology", []yilian.Role{yilian.RoleSpecialist}, 1},
		{"wu", "吴主任", "主任医师", "rmyy", "神经内科", "neurology", []yilian.Role{yilian.RoleSpecialist, yilian.RoleHead}, 2},
		{"he", "何主任", "主任医师", "rmyy", "心内科", "cardiology", []yilian.Role{yilian.RoleSpecialist, yilian.RoleHead}, 2},
		{"jizhen", "郑医生", "主治医师", "rmyy", "急诊科", "emergency", []yilian.Role{yilian.RoleSpecialist}, 1},
		{"neike", "冯医生", "副主任医师", "zyyy", "内科", "internal", []yilian.Role{yilian.RoleSpecialist}, 1},
		{"erke", "沈医生", "主治医师", "rmyy", "儿科", "paediatrics", []yilian.Role{yilian.RoleSpecialist}, 1},
		{"yuepian", "苏医生", "主治医师", "rmyy", "医学影像科", "radiology", []yilian.Role{yilian.RoleRadiologist}, 1},
		{"yuepian2", "杜医生", "医师", "rmyy", "医学影像科", "radiology", []yilian.Role{yilian.RoleRadiologist}, 1},
		{"shenhe", "韩主任", "副主任医师", "rmyy", "医学影像科", "radiology", []yilian.Role{yilian.RoleReviewer, yilian.RoleRadiologist}, 2},
		{"xindian", "唐医生", "主治医师", "rmyy", "心电图室", "ecg", []yilian.Role{yilian.RoleRadiologist}, 1},
		{"xindian2", "许主任", "副主任医师", "rmyy", "心电图室", "ecg", []yilian.Role{yilian.RoleReviewer, yilian.RoleRadiologist}, 2},
		{"qingxi", "白医生", "执业医师", "qingxi", "全科", "general", []yilian.Role{yilian.RoleRequester}, 0},
		{"qingxi-jishi", "清溪技师", "放射技师", "qingxi", "放射科", "", []yilian.Role{yilian.RoleTechnologist}, 0},
		{"qingxi-yuanzhang", "清溪院长", "副主任医师", "qingxi", "全科", "general", []yilian.Role{yilian.RoleHead}, 0},
		{"shiqiao", "石医生", "执业医师", "shiqiao", "全科", "general", []yilian.Role{yilian.RoleRequester}, 0},
		{"baiyang", "杨医生", "执业助理医师", "baiyang", "全科", "general", []yilian.Role{yilian.RoleRequester}, 0},
		{"hewan", "江医生", "执业医师", "hewan", "全科", "general", []yilian.Role{yilian.RoleRequester}, 0},
		{"songgang", "宋医生", "执业助理医师", "songgang", "全科", "general", []yilian.Role{yilian.RoleRequester}, 0},
		{"nanping", "南医生", "执业医师", "nanping", "全科", "general", []yilian.Role{yilian.RoleRequester, yilian.RoleTechnologist}, 0},
	}
	demoModalities = []string{"CT", "DX", "US", "MR", "MG", "ECG"}
)

// demoSettings make the demo quick: a study counts as complete after 5 s of quiet.
const demoSettings = `{"reading":{"quiet":{"":"5s","CT":"5s","MR":"5s"}}}`

// county is the seeded demo: identifiers by key and login.
type county struct {
	dir    *directory.Service
	sites  map[string]directory.Institution
	people map[string]directory.Person
}

// seedCounty makes the fictional county, or finds it where it was made before.
func seedCounty(ctx context.Context, dir *directory.Service, now time.Time) (*county, error) {
	c := &county{dir: dir, sites: map[string]directory.Institution{}, people: map[string]directory.Person{}}
	there, err := dir.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	if len(there) > 0 {
		if err := c.load(ctx, there); err != nil {
			return nil, err
		}
		return c, c.roster(ctx, now)
	}
	for _, step := range []func(context.Context, time.Time) error{c.institutions, c.staff, c.machines, c.agreements, c.settings, c.roster} {
		if err := step(ctx, now); err != nil {
			return nil, fmt.Errorf("demo county: %w", err)
		}
	}
	return c, nil
}

func (c *county) load(ctx context.Context, there []directory.Institution) error {
	for _, s := range demoSites {
		for _, i := range there {
			if i.Name == s.name {
				c.sites[s.key] = i
			}
		}
	}
	people, err := c.dir.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		c.people[p.Login] = p
	}
	if len(c.sites) < len(demoSites) || len(c.people) < len(demoPeople) {
		return fmt.Errorf("this data folder holds another installation, not the demo county: choose an empty --data")
	}
	return nil
}

func (c *county) institutions(ctx context.Context, _ time.Time) error {
	for _, s := range demoSites {
		v := directory.Institution{Name: s.name, Short: s.short, Tier: s.tier, DistanceKm: s.km, Phone: s.phone}
		if s.tier == directory.Township {
			v.Parent = c.id("rmyy")
		}
		saved, err := c.dir.SaveInstitution(ctx, flow.By(yilian.System), v)
		if err != nil {
			return err
		}
		c.sites[s.key] = saved
	}
	var members []yilian.InstitutionID
	for _, s := range demoSites {
		members = append(members, c.id(s.key))
	}
	_, err := c.dir.SaveAlliance(ctx, flow.By(yilian.System), directory.Alliance{Name: "云岭县紧密型医共体", Lead: c.id("rmyy"), Members: members})
	return err
}

func (c *county) id(site string) yilian.InstitutionID { return yilian.InstitutionID(c.sites[site].ID) }

func (c *county) staff(ctx context.Context, now time.Time) error {
	for _, p := range demoPeople {
		saved, err := c.dir.SavePerson(ctx, flow.By(yilian.System), directory.Person{
			Login: p.login, Name: p.name, Title: p.title, LicenceSince: "2012-07-01", Phone: "0000-5550000",
			Points: []directory.Point{{
				Institution: c.id(p.at), Department: p.department, Specialty: p.specialty, Roles: p.roles, Line: p.line,
				From: now.AddDate(-1, 0, 0), Filed: true,
			}},
		})
		if err != nil {
			return fmt.Errorf("%s: %w", p.login, err)
		}
		if err := c.dir.SetPassword(ctx, yilian.System, yilian.PersonID(saved.ID), demoPassword); err != nil {
			return fmt.Errorf("%s: %w", p.login, err)
		}
		c.people[p.login] = saved
	}
	return nil
}

// deviceAE is the AE title of a site's simulated device: "QINGXI_CT".
func deviceAE(site, modality string) string { return upper(site) + "_" + modality }

func (c *county) machines(ctx context.Context, _ time.Time) error {
	for _, s := range demoSites {
		for _, m := range demoModalities {
			_, err := c.dir.SaveDevice(ctx, flow.By(yilian.System), directory.Device{
				AETitle: deviceAE(s.key, m), Name: s.short + " " + m, Institution: c.id(s.key), Modality: m,
				// The simulated devices run on this machine: nobody else may use their names.
				Networks: []string{"127.0.0.0/8", "::1/128"},
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *county) agreements(ctx context.Context, now time.Time) error {
	for _, s := range demoSites {
		if s.tier != directory.Township {
			continue
		}
		for provider, partner := range map[string]bool{"rmyy": false, "zyyy": true} {
			_, err := c.dir.SaveAgreement(ctx, flow.By(yilian.System), directory.Agreement{
				Site: c.id(s.key), Provider: c.id(provider), Services: []string{directory.ServiceConsult, directory.ServiceRead},
				From: now.AddDate(-1, 0, 0), Partner: partner, Document: "演示协议 " + s.short,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *county) settings(ctx context.Context, now time.Time) error {
	_, err := c.dir.SaveSettings(ctx, flow.By(yilian.System), directory.DefaultSettings, now, json.RawMessage(demoSettings))
	return err
}

// roster covers yesterday evening and the eight days after, with shifts of twelve hours; called again it adds only what is missing.
func (c *county) roster(ctx context.Context, now time.Time) error {
	from := now.Truncate(12 * time.Hour).Add(-12 * time.Hour)
	until := from.AddDate(0, 0, 9)
	there, err := c.dir.Shifts(ctx, from, until)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, s := range there {
		taken[string(s.Person)+s.From.UTC().Format(time.RFC3339)] = true
	}
	for _, p := range demoPeople {
		if p.line == 0 {
			continue
		}
		id := yilian.PersonID(c.people[p.login].ID)
		for at := from; at.Before(until); at = at.Add(12 * time.Hour) {
			if taken[string(id)+at.UTC().Format(time.RFC3339)] {
				continue
			}
			_, err := c.dir.SaveShift(ctx, flow.By(yilian.System), directory.Shift{
				Person: id, Institution: c.id(p.at), Specialty: p.specialty, Line: p.line, From: at, Until: at.Add(12 * time.Hour),
			})
			if err != nil {
				return fmt.Errorf("shift of %s: %w", p.login, err)
			}
		}
	}
	return nil
}
