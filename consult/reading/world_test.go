package reading_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/order"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

// world is a township and the county hospital that reads for it, with a clock that the test moves.
type world struct {
	t        testing.TB
	ctx      context.Context
	store    *flowtest.Store
	images   *archive
	people   *staff
	orders   *order.Service
	patients *patient.Service
	*reading.Service

	mu  sync.Mutex // guards now
	now time.Time
}

const (
	township = yilian.InstitutionID("qingxi")
	county   = yilian.InstitutionID("yunling")
	sister   = yilian.InstitutionID("partner") // reads for the township when the time runs short
)

func actor(id string, at yilian.InstitutionID, roles ...yilian.Role) yilian.Actor {
	return yilian.Actor{Person: yilian.PersonID(id), Name: "Dr " + id, Institution: at, Roles: roles, Session: "s-" + id}
}

var (
	doctor      = actor("tian", township, yilian.RoleRequester)
	colleague   = actor("shi", township, yilian.RoleRequester)
	technician  = actor("gu", township, yilian.RoleTechnologist)
	reader      = actor("lin", county, yilian.RoleRadiologist)
	second      = actor("he", county, yilian.RoleRadiologist)
	reviewer    = actor("qiao", county, yilian.RoleRadiologist, yilian.RoleReviewer)
	coordinator = actor("bai", county, yilian.RoleCoordinator)
	siteHead    = actor("fang", township, yilian.RoleHead)
	partner     = actor("pan", sister, yilian.RoleRadiologist)
	stranger    = actor("xin", "elsewhere", yilian.RoleRadiologist, yilian.RoleReviewer)
)

func newWorld(t testing.TB) *world {
	w := &world{t: t, ctx: context.Background(), store: flowtest.New(), now: time.Date(2026, 3, 14, 1, 0, 0, 0, time.UTC)}
	w.images = &archive{studies: map[yilian.StudyUID]reading.StudyInfo{}}
	w.people = &staff{settings: directory.Defaults(), reads: true, off: map[yilian.PersonID]bool{}}
	w.patients = patient.NewService(w.store, w.clock)
	w.orders = order.NewService(order.Config{Store: w.store, Patients: w.patients, Devices: w.people, Now: w.clock, Location: time.UTC})
	var err error
	w.Service, err = reading.NewService(reading.Config{
		Store: w.store, Images: w.images, Directory: w.people, Orders: w.orders, Patients: w.patients, Looks: patient.NewLooks(w.clock), Now: w.clock,
	})
	w.ok(err)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// by is the command of somebody now, who saw whichever version.
func (w *world) by(a yilian.Actor) flow.Command { return flow.Command{Actor: a, At: w.clock()} }

// saw is the command of somebody who had seen a version.
func (w *world) saw(a yilian.Actor, version int64) flow.Command {
	cmd := w.by(a)
	cmd.Version = version
	return cmd
}

// pass lets time pass, second by second of what is due, and carries out each due-time at its moment.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	end := w.clock().Add(d)
	for {
		next, err := w.store.NextDue(w.ctx)
		w.ok(err)
		if next.IsZero() || next.After(end) {
			break
		}
		w.mu.Lock()
		if next.After(w.now) {
			w.now = next
		}
		w.mu.Unlock()
		w.fire()
	}
	w.mu.Lock()
	w.now = end
	w.mu.Unlock()
}

func (w *world) fire() {
	w.t.Helper()
	dues, err := w.store.ClaimDue(w.ctx, w.clock(), 100, time.Nanosecond)
	w.ok(err)
	for _, d := range dues {
		if d.Kind == order.Kind {
			err = w.orders.Due(w.ctx, d)
		} else {
			err = w.Due(w.ctx, d)
		}
		if err != nil && !errors.Is(err, flow.ErrStale) {
			w.t.Fatalf("due-time %s of %s: %v", d.Name, d.Kind, err)
		}
	}
}

// patient registers somebody at the township.
func (w *world) patient(name string) patient.Patient {
	w.t.Helper()
	p, err := w.patients.Register(w.ctx, w.by(doctor), patient.Details{Name: name, Sex: patient.Male, Birth: "1961-05-02"})
	w.ok(err)
	return p
}

func (w *world) order(p patient.Patient, modality string, pr order.Priority) order.Order {
	w.t.Helper()
	o, err := w.orders.Place(w.ctx, w.by(doctor), order.New{Patient: yilian.PatientID(p.ID), Modality: modality, BodyPart: "CHEST", Exam: "胸部CT平扫", Priority: pr})
	w.ok(err)
	return o
}

var uids int

// study is what the images for an order say.
func (w *world) study(p patient.Patient, o order.Order) reading.StudyInfo {
	uids++
	now := w.clock()
	return reading.StudyInfo{
		UID: yilian.StudyUID(fmt.Sprintf("1.2.826.0.1.%d", uids)), Institution: township, PatientID: p.NumberOf(string(township)), PatientName: "Wang^Xiaodong=" + p.Name,
		Sex: string(p.Sex), BirthDate: "19610502", Accession: o.Accession, Date: now, Modalities: []string{o.Modality}, BodyPart: "CHEST",
		Series:    []reading.SeriesInfo{{UID: "1", Modality: o.Modality, Instances: 60, LastArrival: now}},
		Instances: 60, FirstArrival: now, LastArrival: now,
	}
}

// arrive stores a study in the archive and gives the hint.
func (w *world) arrive(info reading.StudyInfo) {
	w.t.Helper()
	w.images.put(info)
	w.ok(w.StudyChanged(w.ctx, info.UID))
}

// task takes a new exam to the pool and answers its task.
func (w *world) task(pr order.Priority) reading.Item {
	w.t.Helper()
	p := w.patient("王小东")
	info := w.study(p, w.order(p, "CT", pr))
	w.arrive(info)
	w.pass(time.Minute)
	return w.only(reading.ScopePool, reader)
}

// only answers the newest task of a list, which must have one.
func (w *world) only(scope reading.Scope, who yilian.Actor) reading.Item {
	w.t.Helper()
	items, _, err := w.List(w.ctx, who, reading.Filter{Scope: scope})
	w.ok(err)
	if len(items) == 0 {
		w.t.Fatalf("nothing in %s", scope)
	}
	return items[len(items)-1]
}

var normal = reading.Text{Technique: "胸部CT平扫", Findings: "双肺纹理清晰。", Impression: "胸部CT平扫未见明显异常。"}

// write claims a task and drafts a report.
func (w *world) write(who yilian.Actor, id yilian.ReadingID, text reading.Text) {
	w.t.Helper()
	_, err := w.Claim(w.ctx, w.by(who), id)
	w.ok(err)
	d, err := w.Detail(w.ctx, who, id)
	w.ok(err)
	_, err = w.SaveDraft(w.ctx, w.saw(who, d.Seen), id, text)
	w.ok(err)
}

// release takes a task from the pool to its final report.
func (w *world) release(id yilian.ReadingID) {
	w.t.Helper()
	w.write(reader, id, normal)
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	_, err = w.Release(w.ctx, w.by(reviewer), id, reading.Signing{})
	w.ok(err)
}

func code(err error) string {
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

// archive is the Images of the tests.
type archive struct {
	mu      sync.Mutex // guards studies
	studies map[yilian.StudyUID]reading.StudyInfo
}

func (a *archive) put(info reading.StudyInfo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.studies[info.UID] = info
}

func (a *archive) drop(uid yilian.StudyUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.studies, uid)
}

func (a *archive) Study(_ context.Context, uid yilian.StudyUID) (reading.StudyInfo, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if info, ok := a.studies[uid]; ok {
		return info, nil
	}
	return reading.StudyInfo{}, yilian.Errorf(yilian.NotFound, "study.unknown", "There is no such study.")
}

// staff is the Directory of the tests: the county reads for the township as long as reads is set.
type staff struct {
	mu       sync.Mutex // guards all of it
	settings directory.Settings
	reads    bool
	quiet    time.Duration // of every device
	off      map[yilian.PersonID]bool
	unfit    map[yilian.PersonID]bool // their practice point covers another kind of exam
}

func (s *staff) set(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

func (s *staff) SettingsIn(flow.Reader, yilian.InstitutionID, time.Time) (directory.Settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings, nil
}

func (s *staff) QuietTime(flow.Reader, string) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quiet, nil
}

func (s *staff) Readers(_ flow.Reader, site yilian.InstitutionID, _ []string, _ time.Time) (near, far []yilian.InstitutionID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reads && site == township {
		return []yilian.InstitutionID{county}, []yilian.InstitutionID{sister}, nil
	}
	return nil, nil, nil
}

func (s *staff) Sites(_ flow.Reader, reader yilian.InstitutionID, _ time.Time) ([]yilian.InstitutionID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reads && (reader == county || reader == sister) {
		return []yilian.InstitutionID{reader, township}, nil
	}
	return []yilian.InstitutionID{reader}, nil
}

func (s *staff) Privileged(_ flow.Reader, actor yilian.Actor, _ []string, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unfit[actor.Person] {
		return yilian.Errorf(yilian.Forbidden, "reading.privilege", "unfit")
	}
	return nil
}

func (s *staff) Reads(rd flow.Reader, actor yilian.Actor, specialties []string, at time.Time) error {
	if err := s.Privileged(rd, actor, specialties, at); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.off[actor.Person] {
		return yilian.Errorf(yilian.Forbidden, "reading.offDuty", "off")
	}
	return nil
}

func (s *staff) OnDuty(flow.Reader, yilian.InstitutionID, time.Time) ([]reading.Person, error) {
	return []reading.Person{{ID: doctor.Person, Name: doctor.Name}}, nil
}

func (s *staff) WithRole(_ flow.Reader, id yilian.InstitutionID, role yilian.Role, _ time.Time) (out []reading.Person, err error) {
	for _, a := range []yilian.Actor{doctor, colleague, siteHead, coordinator, reader, reviewer} {
		if a.Institution == id && a.Is(role) {
			out = append(out, reading.Person{ID: a.Person, Name: a.Name})
		}
	}
	return out, nil
}

func (s *staff) DeviceByAE(_ context.Context, ae string) (directory.Device, error) {
	return directory.Device{AETitle: ae, Institution: township}, nil
}

func (s *staff) DevicesOf(context.Context, yilian.InstitutionID) ([]directory.Device, error) {
	return nil, nil
}

// containsText looks for a text in a stored draft, as the draft or as what was kept beside it.
func containsText(doc []byte, text reading.Text) bool {
	var d reading.Draft
	if err := json.Unmarshal(doc, &d); err != nil {
		return false
	}
	return d.Text == text || d.Before != nil && *d.Before == text
}
