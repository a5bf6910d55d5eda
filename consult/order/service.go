package order

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// Patients answers whom an order is for; patient.Service implements it.
type Patients interface {
	GetIn(rd flow.Reader, id yilian.PatientID) (patient.Patient, error)
	// NumberIn answers the patient with a number of the institution, which is issued if there is none.
	NumberIn(tx flow.Tx, cmd flow.Command, id yilian.PatientID, inst yilian.InstitutionID) (patient.Patient, error)
}

// Devices answers what machines there are; directory.Service implements it.
type Devices interface {
	DeviceByAE(ctx context.Context, ae string) (directory.Device, error)
	DevicesOf(ctx context.Context, id yilian.InstitutionID) ([]directory.Device, error)
}

// Settings are the times of an order. The zero value waits for nothing.
type Settings struct {
	NoImages time.Duration // so long after the exam was due or done, the site is told that no images have come
	NotDone  time.Duration // after this the exam counts as not done; the order stays open
	WalkIn   time.Duration // an order without a time is so long in its device's worklist
	Behind   time.Duration // a worklist query without dates reaches back so far from the beginning of the day
	Ahead    time.Duration // and so far into the future
}

// DefaultSettings are what holds where an institution has set nothing else.
var DefaultSettings = Settings{
	NoImages: 30 * time.Minute, NotDone: 24 * time.Hour, WalkIn: 7 * 24 * time.Hour, Behind: 24 * time.Hour, Ahead: 8 * 24 * time.Hour,
}

// Config is what a Service needs.
type Config struct {
	Store    flow.Store
	Patients Patients
	Devices  Devices
	Settings func(rd flow.Reader, site yilian.InstitutionID) (Settings, error) // nil: DefaultSettings
	Now      func() time.Time
	Location *time.Location // whose day numbers the accession numbers; nil: the machine's
}

// Service places orders and keeps them.
type Service struct {
	Config
	repo    *flow.Repo[Order]
	done    *flow.Repo[Performance]
	looks   *patient.Looks // at worklists
	machine *flow.Machine[State, Action]
}

// Kind is the entity kind of an order in trail and messages.
const Kind = "order"

// NewService makes a service.
func NewService(c Config) *Service {
	if c.Settings == nil {
		c.Settings = func(flow.Reader, yilian.InstitutionID) (Settings, error) { return DefaultSettings, nil }
	}
	if c.Location == nil {
		c.Location = time.Local
	}
	return &Service{Config: c, machine: Machine(), done: flow.NewRepo(c.Store, performanceSpec()), looks: patient.NewLooks(c.Now), repo: flow.NewRepo(c.Store, flow.Spec[Order]{
		Kind:     Kind,
		Meta:     func(o *Order) *flow.Meta { return &o.Meta },
		Keys:     keys,
		Dues:     dues,
		Audience: audience,
		State:    func(o Order) string { return string(o.State) },
	})}
}

// Place makes an order of the actor for a patient of their institution, and issues its accession number.
func (s *Service) Place(ctx context.Context, cmd flow.Command, n New) (Order, error) {
	n, err := n.clean()
	if err != nil {
		return Order{}, err
	}
	if !cmd.Actor.Is(yilian.RoleRequester) || cmd.Actor.Institution == "" {
		return Order{}, yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here may not order exams.")
	}
	device, err := s.deviceFor(ctx, n, cmd.Actor.Institution)
	if err != nil {
		return Order{}, err
	}
	site := cmd.Actor.Institution
	if n.Device = device.AETitle; n.Device != "" {
		site = device.Institution
	}
	if err := s.checkStart(n.Start); err != nil {
		return Order{}, err
	}
	return s.repo.Create(ctx, cmd, func(tx flow.Tx) (Order, flow.Change, error) {
		p, err := s.Patients.GetIn(tx, n.Patient)
		if err != nil {
			return Order{}, flow.Change{}, fmt.Errorf("patient of an order: %w", err)
		}
		if !slices.Contains(p.Institutions, cmd.Actor.Institution) {
			return Order{}, flow.Change{}, yilian.Errorf(yilian.NotFound, "patient.unknown", "There is no such patient, or you have no part in their care.")
		}
		if _, err := s.Patients.NumberIn(tx, as(cmd), n.Patient, site); err != nil {
			return Order{}, flow.Change{}, fmt.Errorf("patient number at the performing site: %w", err)
		}
		o, err := s.fill(tx, cmd, n, site)
		if err != nil {
			return o, flow.Change{}, err
		}
		o.Accession, err = s.accession(tx, o.Issuer)
		o.Number = o.Accession
		o.Step, o.Procedure = "S"+o.Accession, "P"+o.Accession
		return o, flow.Change{Action: "place"}, err
	})
}

func (s *Service) fill(rd flow.Reader, cmd flow.Command, n New, site yilian.InstitutionID) (Order, error) {
	o := Order{
		Planned: plannedUID(flow.NewID()),
		State:   Ordered, Issuer: string(site), Institution: cmd.Actor.Institution, Site: site,
		Orderer: cmd.Actor.Person, OrdererName: cmd.Actor.Name, Department: cmd.Actor.Department,
		Patient: n.Patient, Modality: n.Modality, BodyPart: n.BodyPart, Exam: n.Exam, Priority: n.Priority,
		Device: n.Device, Start: n.Start.UTC(), Clinical: n.Clinical, Safety: n.Safety,
	}
	return o, s.await(rd, &o, later(s.Now(), n.Start))
}

// await sets when it is told that no images have come: after the exam was due, or done.
func (s *Service) await(rd flow.Reader, o *Order, since time.Time) error {
	set, err := s.Settings(rd, o.Site)
	if err != nil {
		return fmt.Errorf("settings of a site: %w", err)
	}
	o.Waits, o.NoImages = nil, 0
	for _, d := range []time.Duration{set.NoImages, set.NotDone} {
		if d > 0 {
			o.Waits = append(o.Waits, since.Add(d).UTC())
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// as is the command of an actor without the version and key that belong to another entity.
func as(cmd flow.Command) flow.Command {
	cmd.Version, cmd.Key, cmd.Due = 0, "", nil
	return cmd
}

// plannedUID is the Study Instance UID of a new order: it follows from a random name, not from the accession number, which a restored
// backup could issue twice. Its root is the one that anyone may derive from a UUID (PS3.5 B.2; RFC 9562 5.8 for the bits).
func plannedUID(name string) yilian.StudyUID {
	sum := sha256.Sum256([]byte("study of order " + name))
	id := sum[:16]
	id[6], id[8] = id[6]&0x0F|0x80, id[8]&0x3F|0x80
	return yilian.StudyUID("2.25." + new(big.Int).SetBytes(id).String())
}

// accession issues the next accession number of an issuer: the day as YYMMDD and a running number of at least four digits.
func (s *Service) accession(tx flow.Tx, issuer string) (string, error) {
	day := s.Now().In(s.Location).Format("060102")
	n, err := patient.Sequence(tx, "accession/"+issuer+"/"+day)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%04d", day, n), nil
}

// Cancel withdraws an order that no device has begun; it is gone from the worklist at once.
func (s *Service) Cancel(ctx context.Context, cmd flow.Command, id yilian.OrderID, reason string) (Order, error) {
	if reason == "" {
		return Order{}, yilian.Errorf(yilian.Invalid, "reason.missing", "A reason is needed.")
	}
	return s.repo.Update(ctx, cmd, string(id), func(_ flow.Tx, o Order) (Order, flow.Change, error) {
		o, err := s.step(o, cmd.Actor, Cancel)
		o.CancelReason = reason
		return o, flow.Change{Action: string(Cancel), Reason: reason}, err
	})
}

// AcknowledgeIn records within tx that the ordering side has taken note of the result.
func (s *Service) AcknowledgeIn(tx flow.Tx, cmd flow.Command, id yilian.OrderID) (Order, error) {
	return s.ApplyIn(tx, cmd, id, Acknowledge, func(o *Order) {
		o.AcknowledgedAt, o.AcknowledgedBy = s.Now().UTC(), cmd.Actor.Name
	})
}

// ApplyIn does a step of the reading workflow within tx; fill sets what goes with it.
func (s *Service) ApplyIn(tx flow.Tx, cmd flow.Command, id yilian.OrderID, action Action, fill func(*Order)) (Order, error) {
	return s.repo.UpdateIn(tx, cmd, string(id), func(_ flow.Tx, o Order) (Order, flow.Change, error) {
		o, err := s.step(o, cmd.Actor, action)
		if err != nil {
			return o, flow.Change{}, err
		}
		if fill != nil {
			fill(&o)
		}
		return o, flow.Change{Action: string(action)}, nil
	})
}

func (s *Service) step(o Order, actor yilian.Actor, action Action) (Order, error) {
	next, err := s.machine.Next(o.State, action, actor, check(o, actor))
	if err != nil {
		return o, err
	}
	o.State = next
	return o, nil
}

func check(o Order, actor yilian.Actor) flow.Check {
	return func(guard string) error {
		switch guard {
		case guardOwn, guardOrderer:
			if actor.Institution == o.Institution {
				return nil
			}
		case guardSite:
			if actor.Institution == o.Institution || actor.Institution == o.Site {
				return nil
			}
		}
		return yilian.Errorf(yilian.Forbidden, "order.notYours", "This order belongs to another institution.")
	}
}

// Actions answers what the actor may do with the order now, of those that a person does.
func (s *Service) Actions(o Order, actor yilian.Actor) []string {
	out := []string{}
	for _, a := range s.machine.Allowed(o.State, actor, check(o, actor)) {
		if slices.Contains([]Action{Cancel, Book, Abandon, Acknowledge}, a) {
			out = append(out, string(a))
		}
	}
	return out
}

// Due carries out a due-time of an order: the notice that no images have come.
func (s *Service) Due(ctx context.Context, d flow.Due) error {
	_, err := s.repo.Update(ctx, flow.Firing(d, s.Now()), d.ID, func(_ flow.Tx, o Order) (Order, flow.Change, error) {
		if !o.Open() || o.NoImages >= len(o.Waits) {
			return o, flow.Change{}, nil
		}
		o.NoImages++
		return o, flow.Change{Action: "noImages", Chain: string(o.Institution)}, nil
	})
	return err
}
