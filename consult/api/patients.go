package api

import (
	"context"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

// PatientView is a patient as a page sees them: never the ID number, only its tail.
type PatientView struct {
	BriefView
	Version     int64    `json:"version"`
	Latin       string   `json:"latin,omitempty"`
	BirthDate   string   `json:"birthDate,omitempty"`
	Phone       string   `json:"phone,omitempty"`
	Number      string   `json:"number,omitempty" doc:"The patient's number with the caller's institution: DICOM's Patient ID"`
	Institution string   `json:"institution,omitempty" doc:"Short name of the institution that registered the patient first"`
	Actions     []string `json:"actions"`
}

func (l *look) patient(p patient.Patient) (PatientView, error) {
	v := PatientView{
		BriefView: briefView(p, l.now), Version: p.Version, Latin: p.Latin, BirthDate: string(p.Birth), Phone: p.Phone,
		Number: p.NumberOf(string(l.actor.Institution)), Actions: []string{},
	}
	if len(p.Institutions) > 0 {
		v.Institution = l.site(p.Institutions[0]).Short
	}
	if l.actor.Is(yilian.RoleRequester) {
		v.Actions = append(v.Actions, "request", "order")
	}
	return v, nil
}

// PatientDetails is what is typed to register a patient.
type PatientDetails struct {
	Name      string `json:"name" minLength:"1" maxLength:"64"`
	Sex       string `json:"sex" enum:"M,F,O,U"`
	BirthDate string `json:"birthDate,omitempty" maxLength:"10" doc:"YYYY-MM-DD; may be left out if the ID number is given"`
	IDNumber  string `json:"idNumber,omitempty" maxLength:"18"`
	Phone     string `json:"phone,omitempty" maxLength:"32"`
	Latin     string `json:"latin,omitempty" maxLength:"64" doc:"The name in Latin letters, family name first, for devices that show no Chinese"`
	Number    string `json:"number,omitempty" maxLength:"64" doc:"The number in the institution's own system; one is issued if there is none"`
}

func (in PatientDetails) details(actor yilian.Actor) patient.Details {
	d := patient.Details{Name: in.Name, Latin: in.Latin, Sex: patient.Sex(in.Sex), Birth: in.BirthDate, IDNumber: in.IDNumber, Phone: in.Phone}
	if in.Number != "" {
		d.Identity = &patient.Identity{Issuer: string(actor.Institution), ID: in.Number}
	}
	return d
}

// ReportBrief is a released report in a chart.
type ReportBrief struct {
	Reading     string `json:"reading"`
	Study       string `json:"study"`
	Description string `json:"description"`
	Modality    string `json:"modality"`
	Impression  string `json:"impression"`
	ReleasedAt  string `json:"releasedAt" format:"date-time"`
	Author      string `json:"author"`
}

// ChartView is the longitudinal view of a patient.
type ChartView struct {
	Patient  PatientView      `json:"patient"`
	Requests []RequestSummary `json:"requests"`
	Orders   []OrderView      `json:"orders"`
	Studies  []StudyView      `json:"studies"`
	Reports  []ReportBrief    `json:"reports"`
}

// chartLength bounds each list of a chart.
const chartLength = 100

func (a *API) patientRoutes() {
	Add(a, Clinical(), "GET /api/patients", "Find patients of the caller's institution", func(ctx context.Context, in *struct {
		Page
		Q string `query:"q" maxLength:"64" doc:"Part of the name, ID number or its tail, telephone, patient number"`
	},
	) (*Body[List[PatientView]], error) {
		page, next, err := a.cfg.Clinical.Patients.Search(ctx, ActorOf(ctx), in.Q, in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		items, err := views(page, a.look(ctx).patient)
		return answerList(items, next, err)
	})
	Add(a, Roles(yilian.RoleRequester, yilian.RoleTechnologist, yilian.RoleCoordinator), "POST /api/patients", "Register a patient, or find the one who is meant",
		func(ctx context.Context, in *Body[PatientDetails]) (*Body[PatientView], error) {
			p, err := a.cfg.Clinical.Patients.Register(ctx, CommandOf(ctx, 0), in.Body.details(ActorOf(ctx)))
			if err != nil {
				return nil, err
			}
			return answer(a.look(ctx).patient(p))
		})
	Add(a, Clinical(), "GET /api/patients/{id}", "Open a patient's chart; the look is recorded", func(ctx context.Context, in *struct {
		ByID
		Purpose string `query:"purpose" maxLength:"200"`
	},
	) (*Body[ChartView], error) {
		return answer(a.chart(ctx, yilian.PatientID(in.ID), in.Purpose))
	})
}

func (a *API) chart(ctx context.Context, id yilian.PatientID, purpose string) (c ChartView, err error) {
	cl, l := a.cfg.Clinical, a.look(ctx)
	p, err := cl.Chart.Open(ctx, l.actor, id, purpose)
	if err != nil {
		return c, err
	}
	if c.Patient, err = l.patient(p); err != nil {
		return c, err
	}
	if c.Requests, err = a.requestsOf(ctx, id); err != nil {
		return c, err
	}
	orders, err := cl.Orders.OfPatient(ctx, id, chartLength)
	if err != nil {
		return c, err
	}
	if c.Orders, err = views(orders, l.order); err != nil {
		return c, err
	}
	studies, err := cl.Readings.StudiesOf(ctx, id, chartLength)
	if err != nil {
		return c, err
	}
	if c.Studies, err = views(studies, func(st reading.Study) (StudyView, error) { return l.study(reading.StudyItem{Study: st}) }); err != nil {
		return c, err
	}
	c.Reports, err = l.reports(orders)
	return c, err
}

// reports are what the orders of a patient have led to.
func (l *look) reports(orders []order.Order) ([]ReportBrief, error) {
	out := []ReportBrief{}
	for _, o := range orders {
		v, t, found, err := l.cfg.Clinical.Readings.Outcome(l.ctx, o)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		released := v.Reviewer.At
		if released.IsZero() {
			released = v.Writer.At
		}
		out = append(out, ReportBrief{
			Reading: t.ID, Study: string(t.Study), Description: o.Exam, Modality: o.Modality, Impression: v.Impression,
			ReleasedAt: released.Format("2006-01-02T15:04:05Z07:00"), Author: v.Writer.Name,
		})
	}
	return out, nil
}

// requestsOf are the consult requests of a patient that the caller may see.
func (a *API) requestsOf(ctx context.Context, id yilian.PatientID) ([]RequestSummary, error) {
	seen, err := a.req.OfPatient(ctx, ActorOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return a.summaries(ctx, seen)
}
