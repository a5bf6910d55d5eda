package api

import (
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/order"
)

// StepView is a performed procedure step of an order.
type StepView struct {
	Device    string     `json:"device"`
	Status    string     `json:"status" enum:"IN PROGRESS,COMPLETED,DISCONTINUED"`
	StartedAt *time.Time `json:"startedAt,omitempty"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
	Reason    string     `json:"reason,omitempty" doc:"Why it was discontinued, in the device's words"`
	Abandoned bool       `json:"abandoned,omitempty" doc:"Somebody has decided that it does not count"`
}

func stepViews(done []order.Done) []StepView {
	var out []StepView
	for _, d := range done {
		out = append(out, StepView{d.Device, string(d.Status), at(d.Started), at(d.Ended), d.Reason, d.Abandoned})
	}
	return out
}

// WorklistItemView is one line of what a device sees when it asks for its worklist.
type WorklistItemView struct {
	Order       string     `json:"order"`
	Accession   string     `json:"accession"`
	Issuer      string     `json:"issuer"`
	StepID      string     `json:"stepId"`
	ProcedureID string     `json:"procedureId"`
	StudyUID    string     `json:"studyUid"`
	Start       time.Time  `json:"start"`
	Booked      bool       `json:"booked" doc:"For this time; otherwise whenever the patient comes"`
	Status      string     `json:"status" enum:"SCHEDULED,STARTED"`
	Modality    string     `json:"modality"`
	BodyPart    string     `json:"bodyPart,omitempty"`
	Description string     `json:"description"`
	Priority    string     `json:"priority" enum:"stat,urgent,routine"`
	Name        order.Name `json:"name" doc:"The groups of the patient's name as the device gets them; characters are masked for administrators"`
	PatientID   string     `json:"patientId,omitempty" doc:"Not for administrators"`
	BirthDate   string     `json:"birthDate,omitempty" doc:"Not for administrators"`
	Sex         string     `json:"sex,omitempty"`
}

// WorklistView is what a device sees.
type WorklistView struct {
	Device  string             `json:"device"`
	Name    string             `json:"name"`
	Charset string             `json:"charset" doc:"It is written in; empty: what the device's query declares"`
	Names   string             `json:"names" enum:",first,groups,latin"`
	Site    SiteView           `json:"site"`
	Items   []WorklistItemView `json:"items"`
}

// StepProblemView is a performed procedure step that could not be brought together with the order that it names.
type StepProblemView struct {
	UID       string     `json:"uid"`
	Device    string     `json:"device"`
	Modality  string     `json:"modality"`
	Status    string     `json:"status" enum:"IN PROGRESS,COMPLETED,DISCONTINUED"`
	Problem   string     `json:"problem" enum:"unknown,ambiguous,patient,cancelled" doc:"unknown: no such order here; ambiguous: it names several orders as one; patient: of another patient; cancelled: the order was cancelled"`
	StartedAt *time.Time `json:"startedAt,omitempty"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
	PatientID string     `json:"patientId,omitempty"`
	Accession []string   `json:"accession"`
	Studies   []string   `json:"studies"`
}

func stepProblem(p order.Performance) (StepProblemView, error) {
	v := StepProblemView{
		UID: p.ID, Device: p.Device, Modality: p.Modality, Status: string(p.Status), Problem: string(p.Problem), StartedAt: at(p.Started), EndedAt: at(p.Ended),
		PatientID: p.PatientID, Accession: []string{}, Studies: []string{},
	}
	for _, a := range p.Asked {
		if a.Accession != "" {
			v.Accession = append(v.Accession, a.Accession)
		}
	}
	for _, uid := range p.Studies() {
		v.Studies = append(v.Studies, string(uid))
	}
	return v, nil
}

// DeviceView is a device that an exam can be booked for.
type DeviceView struct {
	AETitle  string   `json:"aeTitle"`
	Name     string   `json:"name"`
	Modality string   `json:"modality"`
	Site     SiteView `json:"site"`
}

func (a *API) worklistRoutes() {
	Add(a, Clinical(), "GET /api/devices", "Devices that exams can be booked for", func(ctx context.Context, in *struct {
		Institution string `query:"institution" maxLength:"64" doc:"Empty: of all institutions"`
		Modality    string `query:"modality" maxLength:"16"`
	},
	) (*Body[List[DeviceView]], error) {
		return a.bookableDevices(ctx, yilian.InstitutionID(in.Institution), in.Modality)
	})
	Add(a, Roles(yilian.RoleAdmin, yilian.RoleTechnologist), "GET /api/worklist", "What a device sees when it asks for its worklist now", func(ctx context.Context, in *struct {
		Device string    `query:"device" required:"true" maxLength:"16" doc:"AE title"`
		From   time.Time `query:"from"`
		To     time.Time `query:"to"`
	},
	) (*Body[WorklistView], error) {
		return answer(a.worklist(ctx, in.Device, order.Window{From: in.From, To: in.To}))
	})
	Add(a, Roles(yilian.RoleTechnologist, yilian.RoleCoordinator), "GET /api/worklist/problems",
		"What devices have reported that contradicts the orders, of the last two weeks", func(ctx context.Context, in *Page) (*Body[List[StepProblemView]], error) {
			page, next, err := a.cfg.Clinical.Orders.Problems(ctx, ActorOf(ctx), in.After, in.Limit)
			if err != nil {
				return nil, err
			}
			items, err := views(page, stepProblem)
			return answerList(items, next, err)
		})
	Add(a, Roles(yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator, yilian.RoleTechnologist), "POST /api/orders/{id}/book",
		"Book an order for a device and a time, before a device has begun", func(ctx context.Context, in *struct {
			ByID
			Body struct {
				Version int64     `json:"version,omitempty" minimum:"0"`
				Device  string    `json:"device,omitempty" maxLength:"16" doc:"AE title; absent: as it is"`
				Start   time.Time `json:"start,omitzero" doc:"Absent: whenever the patient comes"`
			}
		},
		) (*Body[OrderView], error) {
			o, err := a.cfg.Clinical.Orders.Book(ctx, CommandOf(ctx, in.Body.Version), yilian.OrderID(in.ID), order.Booking{Device: in.Body.Device, Start: in.Body.Start})
			return a.showOrder(ctx, o, err)
		})
	Add(a, Roles(yilian.RoleTechnologist, yilian.RoleCoordinator), "POST /api/orders/{id}/abandon",
		"Open an order again whose device never told the end, or told it wrongly", func(ctx context.Context, in *struct {
			ByID
			Body Said
		},
		) (*Body[OrderView], error) {
			o, err := a.cfg.Clinical.Orders.Abandon(ctx, CommandOf(ctx, in.Body.Version), yilian.OrderID(in.ID), in.Body.Reason)
			return a.showOrder(ctx, o, err)
		})
	Add(a, Scope("dicomweb:store"), "PUT /api/studies/{uid}/manifest", "Announce how many images a study has, before or while it is sent", func(ctx context.Context, in *struct {
		UID  string `path:"uid" maxLength:"64"`
		Body struct {
			Instances int `json:"instances" minimum:"1" maximum:"1000000"`
		}
	},
	) (*Nothing, error) {
		return nil, a.cfg.Clinical.Readings.Announce(ctx, ActorOf(ctx), yilian.StudyUID(in.UID), in.Body.Instances)
	})
}

func (a *API) bookableDevices(ctx context.Context, institution yilian.InstitutionID, modality string) (*Body[List[DeviceView]], error) {
	all, err := a.dir.Devices(ctx)
	if err != nil {
		return nil, err
	}
	look, items := a.look(ctx), []DeviceView{}
	for _, d := range all {
		if d.Disabled || institution != "" && d.Institution != institution || modality != "" && !order.SameModality(d.Modality, modality) {
			continue
		}
		items = append(items, DeviceView{d.AETitle, d.Name, d.Modality, look.site(d.Institution)})
	}
	return answerList(items, "", nil)
}

// worklist asks as the device would. A technologist asks for the devices of their institution; an administrator, who deals with no
// patients, for every device, and learns that somebody is there but not who.
func (a *API) worklist(ctx context.Context, ae string, w order.Window) (WorklistView, error) {
	actor := ActorOf(ctx)
	d, items, err := a.cfg.Clinical.Orders.Preview(ctx, actor, ae, w)
	if err != nil {
		return WorklistView{}, err
	}
	v := WorklistView{
		Device: d.AETitle, Name: d.Name, Charset: d.Charset, Names: string(d.Names), Site: a.look(ctx).site(d.Institution),
		Items: make([]WorklistItemView, len(items)),
	}
	for i, item := range items {
		v.Items[i] = worklistItem(item, actor.Is(yilian.RoleAdmin))
	}
	return v, nil
}

func worklistItem(i order.Item, masked bool) WorklistItemView {
	o := i.Order
	v := WorklistItemView{
		Order: o.ID, Accession: o.Accession, Issuer: o.Issuer, StepID: o.Step, ProcedureID: o.Procedure, StudyUID: string(o.Planned), Start: i.Start.UTC(),
		Booked: !o.Start.IsZero(), Status: "SCHEDULED", Modality: o.Modality, BodyPart: o.BodyPart, Description: o.Description(), Priority: string(o.Priority),
		Name: i.Name, PatientID: i.PatientID, BirthDate: string(i.Patient.Birth), Sex: string(i.Patient.Sex),
	}
	if i.Started {
		v.Status = "STARTED"
	}
	if masked {
		v.Order, v.PatientID, v.BirthDate, v.Sex = "", "", "", ""
		v.Name = order.Name{Alphabetic: mask(i.Name.Alphabetic), Ideographic: mask(i.Name.Ideographic)}
	}
	return v
}

// mask leaves the first character and the delimiters of a name group: enough to see that it is written as the device can show it.
func mask(group string) string {
	out := []rune(group)
	for i := range out {
		if i > 0 && !slices.Contains([]rune("^ ·"), out[i]) {
			out[i] = '*'
		}
	}
	return string(out)
}

// device names a device by its AE title; "" if there is none (any more).
func (l *look) device(ae string) string {
	if ae == "" {
		return ""
	}
	d, err := l.dir.DeviceByAE(l.ctx, ae)
	if err != nil {
		return ""
	}
	return d.Name
}

var _ order.Devices = (*directory.Service)(nil)
