package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
	"yilian/imaging/dicom"
	"yilian/imaging/scp"
)

// worklist lets devices see what is booked for them and report what they have done.
type worklist struct{ orders *order.Service }

var (
	_ scp.Worklist  = worklist{}
	_ scp.Performed = worklist{}
)

// joinWork lets performed steps decide, beside quiet time and associations, when a study is complete.
func (s *service) joinWork() {
	s.relay.Handle(order.PerformedKind, func(ctx context.Context, m flow.Message) error {
		return s.readings.StepReported(ctx, m.Key)
	})
}

// orderTimes are the times of orders, and how far worklists reach, that an institution chose.
func (s *service) orderTimes(rd flow.Reader, site yilian.InstitutionID) (order.Settings, error) {
	all, err := s.directory.SettingsIn(rd, site, time.Now())
	o := all.Order
	return order.Settings{NoImages: o.NoImages.D(), NotDone: o.NotDone.D(), WalkIn: o.WalkIn.D(), Behind: o.Behind.D(), Ahead: o.Ahead.D()}, err
}

// Scheduled implements scp.Worklist.
func (w worklist) Scheduled(ctx context.Context, device yilian.Actor, f scp.StepFilter) ([]scp.ScheduledStep, error) {
	if f.StationAE != "" && f.StationAE != device.Device {
		return nil, nil // another device's list is none of its business
	}
	items, err := w.orders.Worklist(ctx, device, order.Window{
		From: f.From, To: f.To, Accession: f.Accession, PatientID: f.PatientID, Limit: f.Limit,
	})
	if err != nil {
		return nil, err
	}
	steps := make([]scp.ScheduledStep, len(items))
	for i, item := range items {
		steps[i] = scheduled(item)
	}
	return steps, nil
}

// priorities as Requested Procedure Priority (0040,1003) names them (PS3.3 C.4.11).
var priorities = map[order.Priority]string{order.Stat: "STAT", order.Urgent: "HIGH", order.Routine: "MEDIUM"}

// pregnancies are the values of Pregnancy Status (0010,21C0).
var pregnancies = map[order.Pregnancy]string{order.NotPregnant: "1", order.PossiblyPregnant: "2", order.Pregnant: "3"}

func scheduled(i order.Item) scp.ScheduledStep {
	o := i.Order
	orderer := order.WorklistName(o.OrdererName, "", i.Device.NameForm(), string(o.Orderer))
	step := scp.ScheduledStep{
		StationAE: o.Device, StationName: i.Device.Name, Modality: modalityFor(i), StepID: o.Step, StepDescription: o.Description(),
		StepStatus: "SCHEDULED", Start: i.Start, ProcedureID: o.Procedure, ProcedureDescription: o.Description(),
		BodyPart: o.BodyPart, Laterality: o.Laterality, Contrast: o.Contrast, Reason: short(o.Clinical),
		Accession: o.Accession, AccessionIssuer: o.Issuer, StudyUID: o.Planned, PatientID: i.PatientID, PatientIssuer: i.PatientIssuer,
		PatientName: personName(i.Name), BirthDate: strings.ReplaceAll(string(i.Patient.Birth), "-", ""), Sex: sexOf(i.Patient.Sex),
		Weight: o.Weight(), Allergies: o.Allergies, Pregnancy: pregnancies[o.Pregnancy],
		Referring: personName(orderer), Requesting: personName(orderer), Ward: o.Department, Priority: priorities[o.Priority],
	}
	if i.Started {
		step.StepStatus = "STARTED"
	}
	return step
}

// sexOf is Patient's Sex (0010,0040), which has no word for unknown.
func sexOf(s patient.Sex) string {
	if s == patient.Unknown {
		return ""
	}
	return string(s)
}

// modalityFor is what the device calls its own modality: an order for DX stands in the list of a CR device as CR.
func modalityFor(i order.Item) string {
	if i.Device.Modality != "" {
		return i.Device.Modality
	}
	return i.Order.Modality
}

func personName(n order.Name) dicom.PersonName {
	return dicom.PersonName{Alphabetic: n.Alphabetic, Ideographic: n.Ideographic}
}

// short cuts a text to what Reason for the Requested Procedure (0040,1002, LO) holds.
func short(text string) string {
	if r := []rune(text); len(r) > 64 {
		return string(r[:63]) + "…"
	}
	return text
}

// Create implements scp.Performed.
func (w worklist) Create(ctx context.Context, device yilian.Actor, s scp.PerformedStep) error {
	_, err := w.orders.CreateStep(ctx, device, performance(s))
	return err
}

// Set implements scp.Performed.
func (w worklist) Set(ctx context.Context, device yilian.Actor, s scp.PerformedStep) error {
	_, err := w.orders.SetStep(ctx, device, performance(s))
	return err
}

// Get implements scp.Performed.
func (w worklist) Get(ctx context.Context, device yilian.Actor, uid string) (scp.PerformedStep, error) {
	p, err := w.orders.GetStep(ctx, device, uid)
	if err != nil {
		return scp.PerformedStep{}, err
	}
	s := scp.PerformedStep{
		UID: p.ID, Status: string(p.Status), StationAE: p.StationAE, Modality: p.Modality, Started: p.Started, Ended: p.Ended, Reason: p.Reason,
		PatientID: p.PatientID, PatientIssuer: p.PatientIssuer, Attributes: p.Attributes,
	}
	for _, a := range p.Asked {
		s.Scheduled = append(s.Scheduled, scp.PerformedRequest{StudyUID: a.Study, Accession: a.Accession, StepID: a.Step, ProcedureID: a.Procedure})
	}
	for _, m := range p.Series {
		s.Series = append(s.Series, scp.PerformedSeries{UID: m.UID, Instances: m.Instances})
	}
	return s, nil
}

func performance(s scp.PerformedStep) order.Performance {
	p := order.Performance{
		Meta: flow.Meta{ID: s.UID}, Status: order.Progress(s.Status), StationAE: s.StationAE, Modality: s.Modality, Started: s.Started, Ended: s.Ended,
		Reason: s.Reason, ReasonCode: reasonCode(s.Attributes), PatientID: s.PatientID, PatientIssuer: s.PatientIssuer, Attributes: s.Attributes,
	}
	for _, r := range s.Scheduled {
		p.Asked = append(p.Asked, order.Asked{Study: r.StudyUID, Accession: r.Accession, Step: r.StepID, Procedure: r.ProcedureID})
	}
	for _, m := range s.Series {
		p.Series = append(p.Series, order.SeriesMade{UID: m.UID, Instances: m.Instances})
	}
	return p
}

// reasonCode reads the code value of Performed Procedure Step Discontinuation Reason Code Sequence (0040,0281) from DICOM JSON.
func reasonCode(attributes json.RawMessage) string {
	var said struct {
		Reason struct {
			Value []struct {
				Code struct {
					Value []string `json:"Value"`
				} `json:"00080100"`
			} `json:"Value"`
		} `json:"00400281"`
	}
	if err := json.Unmarshal(attributes, &said); err != nil || len(said.Reason.Value) == 0 || len(said.Reason.Value[0].Code.Value) == 0 {
		return ""
	}
	return said.Reason.Value[0].Code.Value[0]
}
