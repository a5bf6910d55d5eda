package order

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Progress is the status of a performed procedure step (PS3.3 C.4.14).
type Progress string

// The states of a performed procedure step. The last two are final.
const (
	StepOpen         Progress = "IN PROGRESS"
	StepCompleted    Progress = "COMPLETED"
	StepDiscontinued Progress = "DISCONTINUED"
)

// Final tells whether nothing can change any more (PS3.4 F.7.2.2.2).
func (p Progress) Final() bool { return p == StepCompleted || p == StepDiscontinued }

// Performance is a performed procedure step (MPPS, PS3.4 F.7) as its device has reported it; its identifier is the SOP Instance UID.
type Performance struct {
	flow.Meta
	Status Progress `json:"status"`
	// Device is the AE title of who reported it, at Institution: nobody else may touch it.
	Device      string               `json:"device"`
	Institution yilian.InstitutionID `json:"institution"`

	StationAE     string          `json:"stationAE,omitempty"`
	Modality      string          `json:"modality,omitempty"`
	Started       time.Time       `json:"started,omitzero"`
	Ended         time.Time       `json:"ended,omitzero"`
	Reason        string          `json:"reason,omitempty"`     // of a discontinuation: code meaning
	ReasonCode    string          `json:"reasonCode,omitempty"` // and value (PS3.16 CID 9300)
	Asked         []Asked         `json:"asked,omitempty"`
	PatientID     string          `json:"patientId,omitempty"`
	PatientIssuer string          `json:"patientIssuer,omitempty"`
	Series        []SeriesMade    `json:"series,omitempty"`
	Attributes    json.RawMessage `json:"attributes,omitempty"` // all that the device said, in DICOM JSON

	// Orders are those that it was made for, Problem why it could not be brought together with what it names.
	Orders  []yilian.OrderID `json:"orders,omitempty"`
	Problem Problem          `json:"problem,omitempty"`
}

// Asked names what the device was asked for: an item of its Scheduled Step Attributes Sequence.
type Asked struct {
	Study     yilian.StudyUID `json:"study,omitempty"`
	Accession string          `json:"accession,omitempty"`
	Step      string          `json:"step,omitempty"`
	Procedure string          `json:"procedure,omitempty"`
}

// SeriesMade is an item of the Performed Series Sequence.
type SeriesMade struct {
	UID       yilian.SeriesUID     `json:"uid"`
	Instances []yilian.InstanceUID `json:"instances,omitempty"`
}

// Problem says why a performed step is not brought together with the order that it names.
type Problem string

// The problems.
const (
	ProblemUnknown   Problem = "unknown"   // it names an order that does not exist at this institution
	ProblemAmbiguous Problem = "ambiguous" // what it names belongs to different orders
	ProblemPatient   Problem = "patient"   // it was made on another patient than the order's
	ProblemCancelled Problem = "cancelled" // the order was cancelled before the device began
)

// incorrectEntry is the reason "Incorrect worklist entry selected" (PS3.16 CID 9300): what was made belongs to somebody else.
const incorrectEntry = "110514"

// WrongEntry tells that the technologist had chosen the wrong line of the worklist.
func (p Performance) WrongEntry() bool {
	return p.Status == StepDiscontinued && p.ReasonCode == incorrectEntry
}

// Done is what an order keeps of a performed step.
type Done struct {
	UID       string    `json:"uid"`
	Device    string    `json:"device"`
	Status    Progress  `json:"status"`
	Started   time.Time `json:"started,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	Abandoned bool      `json:"abandoned,omitempty"` // somebody has decided that it does not count
}

// PerformedKind is the entity kind of performed steps in trail and messages.
const PerformedKind = "performed"

// The names of the keys under which a performed step is found.
const (
	keyStepStudy = "study" // institution + Study Instance UID
	keyStepOrder = "order"
	keyStepLoose = "problem" // institution: steps with a problem
)

func performanceSpec() flow.Spec[Performance] {
	return flow.Spec[Performance]{
		Kind: PerformedKind, Meta: func(p *Performance) *flow.Meta { return &p.Meta },
		Keys: func(p Performance) []flow.Key {
			at := flow.SortTime(p.CreatedAt)
			var out []flow.Key
			for _, uid := range p.Studies() {
				out = append(out, flow.Key{Name: keyStepStudy, Value: stepStudyKey(p.Institution, uid), Sort: at})
			}
			for _, id := range p.Orders {
				out = append(out, flow.Key{Name: keyStepOrder, Value: string(id), Sort: at})
			}
			if p.Problem != "" {
				out = append(out, flow.Key{Name: keyStepLoose, Value: string(p.Institution), Sort: at})
			}
			return out
		},
		Audience: func(p Performance) []string { return []string{"institution:" + string(p.Institution)} },
		State:    func(p Performance) string { return string(p.Status) },
		Chain:    func(p Performance) string { return string(p.Institution) },
	}
}

func stepStudyKey(site yilian.InstitutionID, uid yilian.StudyUID) string {
	return string(site) + "␟" + string(uid)
}

// Studies are the studies that the step makes images of.
func (p Performance) Studies() []yilian.StudyUID {
	var out []yilian.StudyUID
	for _, a := range p.Asked {
		if a.Study != "" && !slices.Contains(out, a.Study) {
			out = append(out, a.Study)
		}
	}
	return out
}

// reporter is a device as the actor of what the service does on its report.
func reporter(device yilian.Actor) yilian.Actor {
	device.Roles = []yilian.Role{yilian.RoleSystem}
	return device
}

// CreateStep records that a device has begun (N-CREATE, PS3.4 F.7.2.1) and locks the orders that it names. Conflict: the UID is there.
func (s *Service) CreateStep(ctx context.Context, device yilian.Actor, p Performance) (Performance, error) {
	if p.ID == "" || p.Status != StepOpen {
		return Performance{}, yilian.Errorf(yilian.Invalid, "performed.begin", "A performed procedure step begins with the status IN PROGRESS.")
	}
	cmd := flow.Command{Actor: reporter(device), At: s.Now()}
	var made Performance
	err := s.Store.Update(ctx, func(tx flow.Tx) (err error) {
		if _, err := s.done.GetIn(tx, p.ID); yilian.KindOf(err) != yilian.NotFound {
			return cmp.Or(err, error(yilian.Errorf(yilian.Conflict, "performed.there", "This performed procedure step is there already.")))
		}
		made, err = s.done.CreateIn(tx, cmd, func(flow.Tx) (Performance, flow.Change, error) {
			q := p
			q.Device, q.Institution = device.Device, device.Institution
			if q.Started.IsZero() {
				q.Started = s.Now().UTC()
			}
			if q.Orders, q.Problem, err = s.orders(tx, q); err != nil {
				return q, flow.Change{}, err
			}
			err = s.report(tx, cmd, &q)
			return q, flow.Change{Action: "begin", Data: q.told()}, err
		})
		return err
	})
	return made, err
}

// SetStep replaces a step by its merged successor (N-SET, PS3.4 F.7.2.2). What links it to orders was fixed when it began. A repeated
// report of the same end does nothing; Conflict: it was final; NotFound: there is none of this device.
func (s *Service) SetStep(ctx context.Context, device yilian.Actor, p Performance) (Performance, error) {
	if p.Status != StepOpen && !p.Status.Final() {
		return Performance{}, yilian.Errorf(yilian.Invalid, "performed.status", "Unknown status of a performed procedure step.")
	}
	cmd := flow.Command{Actor: reporter(device), At: s.Now()}
	return s.done.Update(ctx, cmd, p.ID, func(tx flow.Tx, old Performance) (Performance, flow.Change, error) {
		if !old.of(device) {
			return old, flow.Change{}, errNoStep()
		}
		p.Meta, p.Device, p.Institution, p.Asked, p.Orders, p.Problem = old.Meta, old.Device, old.Institution, old.Asked, old.Orders, old.Problem
		if p.Started.IsZero() {
			p.Started = old.Started
		}
		if p.Status.Final() && p.Ended.IsZero() {
			p.Ended = s.Now().UTC()
		}
		if old.Status.Final() {
			if same(old, p) {
				return old, flow.Change{}, nil
			}
			return old, flow.Change{}, yilian.Errorf(yilian.Conflict, "performed.final", "This performed procedure step has ended: it cannot be changed.")
		}
		err := s.report(tx, cmd, &p)
		return p, flow.Change{Action: "set", Reason: p.Reason, Data: p.told()}, err
	})
}

// GetStep answers a step to its own device.
func (s *Service) GetStep(ctx context.Context, device yilian.Actor, uid string) (Performance, error) {
	p, err := s.done.Get(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound || err == nil && !p.of(device) {
		return Performance{}, errNoStep()
	}
	return p, err
}

// Performance answers a step to a service that has decided already who may see it.
func (s *Service) Performance(ctx context.Context, uid string) (Performance, error) {
	return s.done.Get(ctx, uid)
}

// StepsOf answers the performed steps of a study that devices of an institution have reported, oldest first.
func (s *Service) StepsOf(rd flow.Reader, site yilian.InstitutionID, uid yilian.StudyUID) ([]Performance, error) {
	return s.done.All(rd, flow.Query{Name: keyStepStudy, Values: []string{stepStudyKey(site, uid)}})
}

// problemDays is how long a performed step with a problem is shown.
const problemDays = 14

// Problems answers a page of the performed steps at the actor's institution that could not be brought together with the order that they
// name, the newest first: the console and the register contradict each other, and somebody has to look.
func (s *Service) Problems(ctx context.Context, actor yilian.Actor, after string, limit int) ([]Performance, string, error) {
	if !actor.Is(masters...) || actor.Institution == "" {
		return nil, "", yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here has no worklists.")
	}
	return s.done.Find(ctx, flow.Query{
		Name: keyStepLoose, Values: []string{string(actor.Institution)}, From: flow.SortTime(s.Now().AddDate(0, 0, -problemDays)), Desc: true,
		After: after, Limit: limit,
	})
}

func errNoStep() error {
	return yilian.Errorf(yilian.NotFound, "performed.unknown", "There is no such performed procedure step of this device.")
}

func (p Performance) of(device yilian.Actor) bool {
	return p.Device == device.Device && p.Institution == device.Institution
}

// same compares what a device has reported.
func same(a, b Performance) bool {
	x, errX := json.Marshal([]any{a.Status, a.Ended.UTC(), a.Reason, a.ReasonCode, a.Series})
	y, errY := json.Marshal([]any{b.Status, b.Ended.UTC(), b.Reason, b.ReasonCode, b.Series})
	return errors.Join(errX, errY) == nil && string(x) == string(y)
}

// told is what the trail keeps of a report beside the status.
func (p Performance) told() any {
	n := 0
	for _, series := range p.Series {
		n += len(series.Instances)
	}
	return struct {
		Orders    []yilian.OrderID `json:"orders,omitempty"`
		Problem   Problem          `json:"problem,omitempty"`
		Series    int              `json:"series,omitempty"`
		Instances int              `json:"instances,omitempty"`
	}{p.Orders, p.Problem, len(p.Series), n}
}

// orders finds what a step was made for.
func (s *Service) orders(rd flow.Reader, p Performance) (ids []yilian.OrderID, problem Problem, err error) {
	for _, asked := range p.Asked {
		o, why, err := s.asked(rd, p, asked)
		if err != nil {
			return nil, "", err
		}
		if problem = cmp.Or(problem, why); o.ID != "" && !slices.Contains(ids, yilian.OrderID(o.ID)) {
			ids = append(ids, yilian.OrderID(o.ID))
		}
	}
	slices.Sort(ids) // entities are taken in order
	return ids, problem, nil
}

// asked finds the one order that everything in an item points to: accession number, step and study of the device's own institution.
func (s *Service) asked(rd flow.Reader, p Performance, a Asked) (Order, Problem, error) {
	var found []Order
	for _, q := range []flow.Query{
		{Name: keyAccession, Values: []string{accessionKey(string(p.Institution), a.Accession)}},
		{Name: keyStep, Values: []string{stepKey(p.Institution, a.Step)}},
		{Name: keyPlanned, Values: []string{string(a.Study)}},
	} {
		page, _, err := s.repo.FindIn(rd, q)
		if err != nil {
			return Order{}, "", fmt.Errorf("order of a performed step: %w", err)
		}
		for _, o := range page {
			if o.Site == p.Institution && !slices.ContainsFunc(found, func(f Order) bool { return f.ID == o.ID }) {
				found = append(found, o)
			}
		}
	}
	switch {
	case len(found) > 1:
		return Order{}, ProblemAmbiguous, nil
	case len(found) == 0 && (a.Accession != "" || a.Step != ""):
		return Order{}, ProblemUnknown, nil
	case len(found) == 0:
		return Order{}, "", nil // an exam that nobody ordered
	case found[0].State == Cancelled:
		return Order{}, ProblemCancelled, nil
	}
	who, err := s.Patients.GetIn(rd, found[0].Patient)
	if err != nil {
		return Order{}, "", fmt.Errorf("patient of a performed step: %w", err)
	}
	if number := who.NumberOf(cmp.Or(p.PatientIssuer, string(p.Institution))); number != "" && p.PatientID != "" && number != p.PatientID {
		return Order{}, ProblemPatient, nil
	}
	return found[0], "", nil
}

// report tells the orders of a step how it stands. One that was cancelled all the same is left alone.
func (s *Service) report(tx flow.Tx, cmd flow.Command, p *Performance) error {
	for _, id := range p.Orders {
		now, err := s.repo.GetIn(tx, string(id))
		if err != nil {
			return fmt.Errorf("order of a performed step: %w", err)
		}
		if now.State == Cancelled {
			p.Problem = ProblemCancelled
			continue
		}
		_, err = s.repo.UpdateIn(tx, as(cmd), string(id), func(tx flow.Tx, o Order) (Order, flow.Change, error) {
			o.note(Done{UID: p.ID, Device: p.Device, Status: p.Status, Started: p.Started, Ended: p.Ended, Reason: p.Reason})
			action := o.reported()
			o, err := s.step(o, cmd.Actor, action)
			if err != nil {
				return o, flow.Change{}, err
			}
			if action == Perform || action == Discontinue {
				err = s.await(tx, &o, s.Now())
			}
			return o, flow.Change{Action: string(action), Reason: p.Reason, Data: map[string]string{"step": p.ID, "device": p.Device}}, err
		})
		if err != nil {
			return fmt.Errorf("order of a performed step: %w", err)
		}
	}
	return nil
}

// note records how a step stands. A device that reports again takes back that its step was abandoned.
func (o *Order) note(d Done) {
	o.Done = slices.Clone(o.Done)
	if i := slices.IndexFunc(o.Done, func(x Done) bool { return x.UID == d.UID }); i >= 0 {
		o.Done[i] = d
		return
	}
	o.Done = append(o.Done, d)
}

// reported is what the reports of the devices, all together, mean for the order.
func (o Order) reported() Action {
	has := func(status Progress) bool {
		return slices.ContainsFunc(o.Done, func(d Done) bool { return d.Status == status && !d.Abandoned })
	}
	switch waits := o.Open(); {
	case !waits:
		return Note
	case has(StepOpen) && o.State != InProgress:
		return Begin
	case !has(StepOpen) && has(StepCompleted) && o.State != Performed:
		return Perform
	case !has(StepOpen) && !has(StepCompleted) && o.State == InProgress:
		return Discontinue
	default:
		return Note
	}
}
