package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// OrderView is an exam order as a page sees it.
type OrderView struct {
	ID             string      `json:"id"`
	Version        int64       `json:"version"`
	State          string      `json:"state" enum:"ordered,in_progress,performed,images,reading,released,acknowledged,cancelled"`
	Number         string      `json:"number"`
	Accession      string      `json:"accession"`
	Issuer         string      `json:"issuer"`
	Patient        BriefView   `json:"patient"`
	PatientNumber  string      `json:"patientNumber,omitempty" doc:"DICOM's Patient ID to type at the console, with the performing site as its issuer"`
	Modality       string      `json:"modality"`
	BodyPart       string      `json:"bodyPart"`
	Exam           string      `json:"exam"`
	Priority       string      `json:"priority" enum:"stat,urgent,routine"`
	Device         string      `json:"device,omitempty" doc:"AE title of the device in whose worklist it is"`
	DeviceName     string      `json:"deviceName,omitempty"`
	Start          *time.Time  `json:"start,omitempty" doc:"Booked for then; absent: whenever the patient comes"`
	Laterality     string      `json:"laterality,omitempty" enum:"L,R,B"`
	Contrast       string      `json:"contrast,omitempty"`
	Allergies      string      `json:"allergies,omitempty"`
	Pregnancy      string      `json:"pregnancy,omitempty" enum:"no,possible,yes"`
	WeightKg       float64     `json:"weightKg,omitempty"`
	PlannedStudy   string      `json:"plannedStudy" doc:"Study Instance UID of the images, if the device takes the order from its worklist"`
	Performed      []StepView  `json:"performed,omitempty" doc:"What devices have reported (MPPS), in the order of their beginning"`
	Clinical       string      `json:"clinical,omitempty"`
	OrderedBy      PersonView  `json:"orderedBy"`
	OrderedAt      time.Time   `json:"orderedAt"`
	Department     string      `json:"department,omitempty"`
	Institution    SiteView    `json:"institution"`
	Site           SiteView    `json:"site"`
	Study          string      `json:"study,omitempty"`
	Reading        string      `json:"reading,omitempty"`
	NoImages       int         `json:"noImages,omitempty" doc:"Notices that no images have come: 1 late, 2 counts as not done"`
	Report         *ResultView `json:"report,omitempty"`
	AcknowledgedBy string      `json:"acknowledgedBy,omitempty"`
	AcknowledgedAt *time.Time  `json:"acknowledgedAt,omitempty"`
	CancelReason   string      `json:"cancelReason,omitempty"`
	Actions        []string    `json:"actions"`
}

// ResultView is what the ordering doctor reads of a report.
type ResultView struct {
	State       string      `json:"state" enum:"preliminary,final,appended,corrected"`
	Findings    string      `json:"findings"`
	Impression  string      `json:"impression"`
	Writer      *PersonView `json:"writer,omitempty"`
	WrittenAt   *time.Time  `json:"writtenAt,omitempty"`
	Reviewer    *PersonView `json:"reviewer,omitempty"`
	ReleasedAt  *time.Time  `json:"releasedAt,omitempty"`
	Critical    bool        `json:"critical,omitempty"`
	Preliminary bool        `json:"preliminary,omitempty"`
	Discrepancy int         `json:"discrepancy,omitempty" doc:"3 or 4: the final report differs significantly from what was written first"`
}

func (l *look) order(o order.Order) (OrderView, error) {
	p, err := l.cfg.Clinical.Patients.Get(l.ctx, o.Patient)
	if err != nil {
		return OrderView{}, err
	}
	v := OrderView{
		ID: o.ID, Version: o.Version, State: string(o.State), Number: o.Number, Accession: o.Accession, Issuer: o.Issuer,
		Patient: briefView(p, l.now), PatientNumber: p.NumberOf(string(o.Site)), Modality: o.Modality, BodyPart: o.BodyPart, Exam: o.Exam,
		Priority: string(o.Priority), Device: o.Device, DeviceName: l.device(o.Device), Start: at(o.Start), Laterality: o.Laterality, Contrast: o.Contrast,
		Allergies: o.Allergies, Pregnancy: string(o.Pregnancy), WeightKg: o.WeightKg, PlannedStudy: string(o.Planned), Performed: stepViews(o.Done), Clinical: o.Clinical, OrderedBy: PersonView{ID: string(o.Orderer), Name: o.OrdererName},
		OrderedAt: o.CreatedAt, Department: o.Department, Institution: l.site(o.Institution), Site: l.site(o.Site), Study: string(o.Study),
		Reading: string(o.Read), NoImages: o.NoImages, AcknowledgedBy: o.AcknowledgedBy, AcknowledgedAt: at(o.AcknowledgedAt),
		CancelReason: o.CancelReason, Actions: l.cfg.Clinical.Orders.Actions(o, l.actor),
	}
	v.Report, err = l.result(o)
	return v, err
}

// result is the report of an order, as soon as it has been given out.
func (l *look) result(o order.Order) (*ResultView, error) {
	if o.State != order.Released && o.State != order.Acknowledged && !o.Preliminary {
		return nil, nil
	}
	text, t, found, err := l.cfg.Clinical.Readings.Outcome(l.ctx, o)
	if err != nil || !found {
		return nil, err
	}
	return &ResultView{
		State: string(text.Step.State()), Findings: text.Findings, Impression: text.Impression, Writer: personView(text.Writer.Person),
		WrittenAt: at(text.Writer.At), Reviewer: personView(text.Reviewer.Person), ReleasedAt: at(text.Reviewer.At), Critical: t.Critical != "",
		Preliminary: o.Preliminary, Discrepancy: text.Discrepancy,
	}, nil
}

// OrderInput is what a doctor fills in. The patient is named by id, or described.
type OrderInput struct {
	Patient struct {
		ID        string `json:"id,omitempty" maxLength:"64"`
		Name      string `json:"name,omitempty" maxLength:"64"`
		Sex       string `json:"sex,omitempty" enum:"M,F,O,U"`
		BirthDate string `json:"birthDate,omitempty" maxLength:"10"`
		IDNumber  string `json:"idNumber,omitempty" maxLength:"18"`
		Phone     string `json:"phone,omitempty" maxLength:"32"`
		Latin     string `json:"latin,omitempty" maxLength:"64"`
		Number    string `json:"number,omitempty" maxLength:"64"`
	} `json:"patient"`
	Modality string `json:"modality" maxLength:"16"`
	BodyPart string `json:"bodyPart,omitempty" maxLength:"64"`
	Exam     string `json:"exam,omitempty" maxLength:"200"`
	Priority string `json:"priority" enum:"stat,urgent,routine"`
	Device   string `json:"device,omitempty" maxLength:"16" doc:"AE title; needed for an exam at another site, or where several devices could make it"`
	Clinical string `json:"clinical,omitempty" maxLength:"4000"`

	Start      time.Time `json:"start,omitzero" doc:"Absent: whenever the patient comes"`
	Laterality string    `json:"laterality,omitempty" enum:"L,R,B"`
	Contrast   string    `json:"contrast,omitempty" maxLength:"64"`
	Allergies  string    `json:"allergies,omitempty" maxLength:"64"`
	Pregnancy  string    `json:"pregnancy,omitempty" enum:"no,possible,yes"`
	WeightKg   float64   `json:"weightKg,omitempty" minimum:"0" maximum:"500"`
}

func (a *API) orderRoutes() {
	Add(a, Roles(yilian.RoleRequester), "POST /api/orders", "Order an exam", func(ctx context.Context, in *Body[OrderInput]) (*Body[OrderView], error) {
		return answer(a.place(ctx, in.Body))
	})
	Add(a, Clinical(), "GET /api/orders", "List orders: the caller's, their institution's, or results not yet acknowledged", func(ctx context.Context, in *struct {
		Page
		Scope string `query:"scope" enum:"mine,site,results" default:"mine"`
	},
	) (*Body[List[OrderView]], error) {
		page, next, err := a.cfg.Clinical.Orders.List(ctx, ActorOf(ctx), order.Scope(in.Scope), in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		items, err := views(page, a.look(ctx).order)
		return answerList(items, next, err)
	})
	Add(a, Clinical(), "GET /api/orders/{id}", "An order", func(ctx context.Context, in *ByID) (*Body[OrderView], error) {
		o, err := a.cfg.Clinical.Orders.Get(ctx, ActorOf(ctx), yilian.OrderID(in.ID))
		return a.showOrder(ctx, o, err)
	})
	type command struct {
		ByID
		Body Said
	}
	Add(a, Roles(yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator), "POST /api/orders/{id}/cancel", "Cancel an order that has no images", func(ctx context.Context, in *command) (*Body[OrderView], error) {
		o, err := a.cfg.Clinical.Orders.Cancel(ctx, CommandOf(ctx, in.Body.Version), yilian.OrderID(in.ID), in.Body.Reason)
		return a.showOrder(ctx, o, err)
	})
	Add(a, Roles(yilian.RoleRequester, yilian.RoleHead), "POST /api/orders/{id}/acknowledge", "Take note of a result", func(ctx context.Context, in *command) (*Body[OrderView], error) {
		o, err := a.cfg.Clinical.Readings.Acknowledge(ctx, CommandOf(ctx, in.Body.Version), yilian.OrderID(in.ID))
		return a.showOrder(ctx, o, err)
	})
}

func (a *API) showOrder(ctx context.Context, o order.Order, err error) (*Body[OrderView], error) {
	if err != nil {
		return nil, err
	}
	return answer(a.look(ctx).order(o))
}

// place registers the patient, if they are described, and orders the exam. Both are idempotent, so a repeated call does neither twice.
func (a *API) place(ctx context.Context, in OrderInput) (OrderView, error) {
	cl := a.cfg.Clinical
	id := yilian.PatientID(in.Patient.ID)
	if id == "" {
		d := PatientDetails{
			Name: in.Patient.Name, Sex: in.Patient.Sex, BirthDate: in.Patient.BirthDate, IDNumber: in.Patient.IDNumber, Phone: in.Patient.Phone,
			Latin: in.Patient.Latin, Number: in.Patient.Number,
		}
		p, err := a.register(ctx, d.details(ActorOf(ctx)))
		if err != nil {
			return OrderView{}, err
		}
		id = yilian.PatientID(p.ID)
	}
	o, err := cl.Orders.Place(ctx, CommandOf(ctx, 0), order.New{
		Patient: id, Modality: in.Modality, BodyPart: in.BodyPart, Exam: in.Exam, Priority: order.Priority(in.Priority), Device: in.Device, Start: in.Start, Clinical: in.Clinical,
		Safety: order.Safety{Laterality: in.Laterality, Contrast: in.Contrast, Allergies: in.Allergies, Pregnancy: order.Pregnancy(in.Pregnancy), WeightKg: in.WeightKg},
	})
	if err != nil {
		return OrderView{}, err
	}
	return a.look(ctx).order(o)
}

func (a *API) register(ctx context.Context, d patient.Details) (patient.Patient, error) {
	return a.cfg.Clinical.Patients.Register(ctx, CommandOf(ctx, 0), d)
}
