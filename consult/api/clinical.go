package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/paper"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

// ClinicalServices holds the services behind patients, orders, studies, reads and critical findings.
type ClinicalServices struct {
	Patients *patient.Service
	Chart    *patient.Chart
	Orders   *order.Service
	Readings *reading.Service
	Press    *paper.Press // nil: printing is not possible here, for PrintError
	// PrintError says why nothing can be printed.
	PrintError error
}

// clinicalRoutes registers their operations.
func (a *API) clinicalRoutes() {
	a.patientRoutes()
	a.orderRoutes()
	a.worklistRoutes()
	a.studyRoutes()
	a.printRoutes()
	a.readingRoutes()
	a.reportRoutes()
	a.criticalRoutes()
	a.feedbackRoutes()
	a.templateRoutes()
}

// presentClinical turns the clinical entities of a Conflict into what a page may see of them; nil for others.
func (a *API) presentClinical(ctx context.Context, current any) (any, error) {
	look, cl := a.look(ctx), a.cfg.Clinical
	switch v := current.(type) {
	case order.Order:
		if _, err := cl.Orders.Get(ctx, look.actor, yilian.OrderID(v.ID)); err != nil {
			return nil, err
		}
		return look.order(v)
	case reading.Task:
		return a.readingNow(ctx, v.TaskID())
	case reading.Draft:
		return v.Text, nil // only its writer comes so far
	case reading.Study:
		if may, err := cl.Readings.MaySee(ctx, look.actor, v.UID()); err != nil {
			return nil, err
		} else if !may {
			return nil, errNoRoute()
		}
		return look.study(reading.StudyItem{Study: v, Actions: []string{}})
	case reading.Critical:
		if !v.Concerns(look.actor) {
			return nil, errNoRoute()
		}
		return look.critical(v)
	case reading.Measurements:
		return MeasurementsView{v.Version, v.Items}, nil // the caller's own
	}
	return nil, nil // a patient or report is never shown as a by-product
}

// PersonView names a person.
type PersonView struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
}

func personView(p reading.Person) *PersonView {
	if p.ID == "" {
		return nil
	}
	return &PersonView{string(p.ID), p.Name, p.Phone}
}

// SiteView names an institution.
type SiteView struct {
	ID    string `json:"id"`
	Short string `json:"short"`
	Name  string `json:"name"`
}

// BriefView is a patient as every list shows them.
type BriefView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Sex    string `json:"sex" enum:"M,F,O,U"`
	Age    string `json:"age,omitempty"`
	IDTail string `json:"idTail,omitempty"`
}

func briefView(p patient.Patient, now time.Time) BriefView {
	return BriefView{p.ID, p.Name, string(p.Sex), p.Birth.Age(now), p.IDNumber.Tail()}
}

// look makes views for one caller; it asks once for each name.
type look struct {
	*API
	ctx   context.Context
	actor yilian.Actor
	now   time.Time
	sites map[yilian.InstitutionID]SiteView
}

func (a *API) look(ctx context.Context) *look {
	return &look{a, ctx, ActorOf(ctx), time.Now(), map[yilian.InstitutionID]SiteView{}}
}

// site names an institution; one that is not registered is named by its identifier.
func (l *look) site(id yilian.InstitutionID) SiteView {
	if v, ok := l.sites[id]; ok {
		return v
	}
	v := SiteView{ID: string(id), Short: string(id), Name: string(id)}
	if inst, err := l.dir.Institution(l.ctx, id); err == nil {
		v.Short, v.Name = inst.Short, inst.Name
	}
	l.sites[id] = v
	return v
}

// at answers a time for JSON; nil for none.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// views maps a page of things to their views.
func views[T, V any](in []T, view func(T) (V, error)) ([]V, error) {
	out := make([]V, 0, len(in))
	for _, x := range in {
		v, err := view(x)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Said is the body of a command that needs a version and perhaps a reason.
type Said struct {
	Version int64  `json:"version,omitempty" minimum:"0"`
	Reason  string `json:"reason,omitempty" maxLength:"500"`
}
