package reading

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// Scope says which read tasks a list holds.
type Scope string

// The scopes of a list.
const (
	ScopePool     Scope = "pool"     // waiting for a reader, or being read; the most urgent first
	ScopeMine     Scope = "mine"     // the actor's own
	ScopeReview   Scope = "review"   // waiting for the second signature
	ScopeReleased Scope = "released" // the newest first
	ScopeAll      Scope = "all"
)

// Filter narrows a list.
type Filter struct {
	Scope    Scope
	Modality string
	Priority order.Priority
	After    string
	Limit    int
}

// Item is a read task as somebody sees it.
type Item struct {
	Task
	Person  patient.Patient
	Until   time.Time // end of the lease, if somebody holds it
	Actions []string  // what the actor may do now
	Percent int       // of the time until it is due
	// Seen is the version to send back with a command: the task's and the actor's draft's together, so that it rises with both.
	Seen int64
}

// lookers may see read tasks at all: readers of the reading institution, and those who answer for a site.
var lookers = append(slices.Clone(byReaders), yilian.RoleCoordinator, yilian.RoleHead, yilian.RoleRequester, yilian.RoleTechnologist)

// List answers a page of read tasks that the actor's institution reads or has sent.
func (s *Service) List(ctx context.Context, actor yilian.Actor, f Filter) (items []Item, next string, err error) {
	if !actor.Is(lookers...) {
		return nil, "", yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here has no reading list.")
	}
	q := flow.Query{Name: keyAll, Values: []string{string(actor.Institution)}, Desc: true, After: f.After, Limit: f.Limit}
	switch f.Scope {
	case ScopePool:
		q.Name, q.Desc = keyPool, false
	case ScopeMine:
		q.Name, q.Values, q.Desc = keyMine, []string{string(actor.Person)}, false
	case ScopeReview:
		q.Name, q.Desc = keyReview, false
	case ScopeReleased:
		q.Name = keyReleased
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		tasks, after, err := s.tasks.FindIn(rd, q)
		if err != nil {
			return err
		}
		next, items = after, []Item{}
		look := s.glance(rd, actor)
		for _, t := range tasks {
			if f.Modality != "" && !order.SameModality(t.Modality, f.Modality) || f.Priority != "" && t.Priority != f.Priority {
				continue
			}
			item, err := look.item(t)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	})
	return items, next, err
}

// glance looks at many tasks for one actor and asks the directory once for each kind of question.
type glance struct {
	*Service
	rd    flow.Reader
	actor yilian.Actor
	may   map[string]error // by question, site and modality
}

func (s *Service) glance(rd flow.Reader, actor yilian.Actor) *glance {
	return &glance{s, rd, actor, map[string]error{}}
}

func (g *glance) item(t Task) (Item, error) {
	p, err := g.patientOf(g.rd, t)
	if err != nil {
		return Item{}, err
	}
	until, err := lockedUntil(g.rd, t)
	if err != nil {
		return Item{}, err
	}
	own, err := draftOf(g.rd, t.TaskID(), g.actor.Person)
	if err != nil {
		return Item{}, err
	}
	return Item{Task: t, Person: p, Until: until, Actions: g.actions(t), Percent: t.Percent(g.Now()), Seen: t.Version + own.Version}, nil
}

// actions are what Next would let the actor do now; entitlement is remembered, as it does not depend on the single task.
func (g *glance) actions(t Task) []string {
	check := func(guard string) error {
		if guard == guardClaim || guard == guardSecond {
			if err := g.entitledTo(t); err != nil {
				return err
			}
			if guard == guardClaim {
				return g.reserved(t, g.actor)
			}
			if t.Reader.ID == g.actor.Person {
				return sameSigner()
			}
			return nil
		}
		if guard == guardReader || guard == guardFlag {
			if err := g.privilegedFor(t); err != nil {
				return err
			}
			return raisable(guard, t)
		}
		return g.check(g.rd, t, g.actor)(guard)
	}
	out := []string{}
	for _, a := range g.task.Allowed(t.State, g.actor, check) {
		if a != Close && a != Cancel {
			out = append(out, string(a))
		}
	}
	return out
}

func (g *glance) entitledTo(t Task) error {
	return g.once("entitled", t, g.entitled)
}

func (g *glance) privilegedFor(t Task) error { return g.once("privileged", t, g.privileged) }

func (g *glance) once(what string, t Task, ask func(flow.Reader, Task, yilian.Actor) error) error {
	key := fmt.Sprint(what, t.Site, order.FoldModality(t.Modality), reads(t, g.actor) == nil)
	err, known := g.may[key]
	if !known {
		err = ask(g.rd, t, g.actor)
		g.may[key] = err
	}
	return err
}

// seen answers a task to somebody who has to do with it; to others it does not exist.
func (s *Service) seen(rd flow.Reader, actor yilian.Actor, id yilian.ReadingID) (Task, error) {
	t, err := s.tasks.GetIn(rd, string(id))
	if err != nil {
		return t, err
	}
	if !actor.Is(lookers...) || !slices.Contains(t.circle(), actor.Institution) {
		return Task{}, yilian.Errorf(yilian.NotFound, "reading.unknown", "There is no such read.")
	}
	return t, nil
}

// inside tells whether the actor belongs to those who read: they see drafts, others only what was given out.
func inside(t Task, actor yilian.Actor) bool {
	return reads(t, actor) == nil && actor.Is(yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleHead)
}

// Detail is a read task with all that belongs to it.
type Detail struct {
	Item
	Order    order.Order
	Report   Report // Versions are hidden from those outside until they are given out
	Draft    Draft  // of the actor, or of the reader for those who read along
	Mine     bool   // the draft is the actor's own, to be written on
	Exam     Exam
	Warnings []Warning
	Priors   []Prior
	Children []Item
	Template Templates
	Study    Study
}

// Prior is an earlier read of the same patient, with the report that holds, if it has been given out; or an exam from elsewhere that was
// filed with the patient, which has neither task nor report.
type Prior struct {
	Item
	Text
	Writer string
	Made   time.Time // when the images were made, which may be years before they came; zero where nothing says so
	// Differs is in what an exam from elsewhere contradicts the patient.
	Differs []Field
}

// maxPriors is how many earlier reads of the patient are shown.
const maxPriors = 20

// Detail answers a read task, and records that somebody opened it.
func (s *Service) Detail(ctx context.Context, actor yilian.Actor, id yilian.ReadingID) (d Detail, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		d = Detail{}
		t, err := s.seen(rd, actor, id)
		if err != nil {
			return err
		}
		look := s.glance(rd, actor)
		if d.Item, err = look.item(t); err != nil {
			return err
		}
		if d.Order, err = s.Orders.GetIn(rd, t.Order); err != nil {
			return fmt.Errorf("order of a read: %w", err)
		}
		if d.Study, err = s.studies.GetIn(rd, string(t.Study)); err != nil {
			return fmt.Errorf("study of a read: %w", err)
		}
		if d.Report, err = s.reportIn(rd, t); err != nil {
			return err
		}
		d.Exam = Exam{Sex: d.Person.Sex, Exam: t.Description + " " + t.BodyPart, Images: t.Laterality}
		d.Template = s.templates.For(TemplateQuery{Language: Languages[0], Modality: t.Modality, BodyPart: t.BodyPart, Sex: d.Person.Sex, Age: -1})
		if err := s.relatives(rd, look, t, &d); err != nil {
			return err
		}
		return s.text(rd, actor, t, &d)
	})
	if err != nil {
		return d, err
	}
	return d, s.looked(ctx, actor, flow.Ref{Kind: ReadingKind, ID: string(id)}, d.Version)
}

// text fills in what the actor sees of the report.
func (s *Service) text(rd flow.Reader, actor yilian.Actor, t Task, d *Detail) (err error) {
	if !inside(t, actor) {
		d.Report.Versions = slices.DeleteFunc(slices.Clone(d.Report.Versions), func(v Version) bool {
			return v.Step == StepSubmitted || v.Step == StepReturned
		})
		return nil
	}
	d.Mine = holds(t, actor) == nil
	if d.Mine {
		d.Draft, err = s.workingCopy(rd, t, actor)
	} else if t.Reader.ID != "" {
		d.Draft, err = draftOf(rd, t.TaskID(), t.Reader.ID)
	}
	d.Warnings = Warnings(d.Draft.Text, d.Exam)
	return err
}

// relatives finds the addenda and corrections of a read, and the earlier reads of its patient.
func (s *Service) relatives(rd flow.Reader, look *glance, t Task, d *Detail) error {
	children, err := s.tasks.All(rd, flow.Query{Name: keyParent, Values: []string{string(t.report())}})
	if err != nil {
		return err
	}
	others, _, err := s.tasks.FindIn(rd, flow.Query{Name: keyPatient, Values: []string{string(t.Patient)}, Desc: true, Limit: maxPriors})
	if err != nil {
		return err
	}
	for _, c := range children {
		item, err := look.item(c)
		if err != nil {
			return err
		}
		d.Children = append(d.Children, item)
	}
	for _, o := range others {
		if o.ID == t.ID || o.Study == t.Study || o.Kind != FirstRead || o.State == Cancelled {
			continue
		}
		item, err := look.item(o)
		if err != nil {
			return err
		}
		r, err := s.reportIn(rd, o)
		if err != nil {
			return err
		}
		v, _ := r.Current()
		study, err := s.studies.GetIn(rd, string(o.Study))
		if err != nil {
			return fmt.Errorf("study of an earlier read: %w", err)
		}
		d.Priors = append(d.Priors, Prior{Item: item, Text: v.Text, Writer: v.Writer.Name, Made: study.when()})
	}
	filed, err := s.filedOf(rd, t)
	if err != nil {
		return err
	}
	d.Priors = append(d.Priors, filed...)
	slices.SortStableFunc(d.Priors, func(a, b Prior) int { return b.Made.Compare(a.Made) })
	return nil
}

// filedOf are the exams from elsewhere that were filed with the patient of a read.
func (s *Service) filedOf(rd flow.Reader, t Task) (out []Prior, err error) {
	studies, _, err := s.studies.FindIn(rd, flow.Query{Name: keyFiled, Values: []string{string(t.Patient)}, Desc: true, Limit: maxPriors})
	for _, st := range studies {
		if st.Info.Instances == 0 { // all of them were rejected
			continue
		}
		made := Task{Study: st.UID(), Site: st.Info.Institution, Modality: st.Info.Modality(), Description: st.Info.Description}
		out = append(out, Prior{Item: Item{Task: made}, Made: st.Info.Date, Differs: st.Overridden})
	}
	return out, err
}

// Tied implements patient.Tie: readers have a part in the care of the patients they have tasks of.
func (s *Service) Tied(ctx context.Context, actor yilian.Actor, id yilian.PatientID) (bool, error) {
	if !actor.Is(byReaders...) {
		return false, nil
	}
	tasks, _, err := s.tasks.Find(ctx, flow.Query{Name: keyPatient, Values: []string{string(id)}, Desc: true, Limit: 200})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(tasks, func(t Task) bool { return t.State != Cancelled && reads(t, actor) == nil }), nil
}

// Load is how busy the readers of an institution are.
type Load struct {
	Readers int `json:"readers"` // people who hold a read now
	Waiting int `json:"waiting"`
	Overdue int `json:"overdue"`
}

// Load counts the open reads of an institution.
func (s *Service) Load(ctx context.Context, id yilian.InstitutionID) (l Load, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		l = Load{}
		busy := map[yilian.PersonID]bool{}
		for _, name := range []string{keyPool, keyReview} {
			tasks, err := s.tasks.All(rd, flow.Query{Name: name, Values: []string{string(id)}})
			if err != nil {
				return err
			}
			for _, t := range tasks {
				if t.Holder.ID != "" {
					busy[t.Holder.ID] = true
				} else {
					l.Waiting++
				}
				if t.Percent(s.Now()) >= 100 {
					l.Overdue++
				}
			}
		}
		l.Readers = len(busy)
		return nil
	})
	return l, err
}

// Latest answers the version that a person looks at first: for a read its newest text that they may see, whoever wrote it; for an
// addendum or correction its own.
func (d Detail) Latest() (Version, bool) {
	if v, ok := d.Report.latest(d.TaskID()); ok {
		if corrected, _ := d.Report.Current(); d.Kind == FirstRead && corrected.Step == StepCorrection {
			return corrected, true
		}
		return v, true
	}
	if d.Kind != FirstRead && !d.Open() {
		return d.Report.Current()
	}
	return Version{}, false
}
