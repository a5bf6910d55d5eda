package request

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// NewRequest is what a requester says in three actions: for whom, how urgent and which specialty, and one sentence.
type NewRequest struct {
	PatientID yilian.PatientID // or Patient
	Patient   patient.Details
	Content
	Alongside bool // although somebody has an open request of this kind for the patient
	Submit    bool
}

// Content is the part that can be changed while it is with the requester.
type Content struct {
	Kind      Kind
	Specialty string
	Summary   string
	Purpose   string // "": the summary says it
	Consent   Consent
	Vitals    *Vitals
	Studies   []yilian.StudyUID // nil: all that are there attach themselves
}

// Create makes a request, and submits it at once if asked to: then it is in the queue and rings when this returns.
func (s *Service) Create(ctx context.Context, cmd flow.Command, n NewRequest) (r Request, err error) {
	var imaged []Study
	if n.PatientID != "" {
		if imaged, err = s.imagedOf(ctx, n.PatientID); err != nil {
			return Request{}, err
		}
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		var known patient.Patient
		made := false
		r, err = s.repo.CreateIn(tx, cmd, func(tx flow.Tx) (Request, flow.Change, error) {
			made = true
			if known, err = s.patientIn(tx, cmd, n); err != nil {
				return Request{}, flow.Change{}, err
			}
			return s.draft(tx, cmd, n, known, imaged)
		})
		if err != nil || !made || !n.Submit {
			return err
		}
		r, err = s.submitIn(tx, cmd, r, ActSubmit)
		return err
	})
	return r, err
}

func (s *Service) imagedOf(ctx context.Context, id yilian.PatientID) ([]Study, error) {
	if s.Studies == nil {
		return nil, nil
	}
	studies, err := s.Studies.StudiesOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("studies of a patient: %w", err)
	}
	return studies, nil
}

func (s *Service) patientIn(tx flow.Tx, cmd flow.Command, n NewRequest) (patient.Patient, error) {
	if n.PatientID == "" {
		return s.Patients.RegisterIn(tx, flow.Command{Actor: cmd.Actor, At: cmd.At}, n.Patient)
	}
	p, err := s.Patients.GetIn(tx, n.PatientID)
	if err != nil {
		return p, err
	}
	if !slices.Contains(p.Institutions, cmd.Actor.Institution) {
		return p, yilian.Errorf(yilian.NotFound, "patient.unknown", "There is no such patient, or you have no part in their care.")
	}
	return p, nil
}

// draft builds a new request after the table allowed it.
func (s *Service) draft(tx flow.Tx, cmd flow.Command, n NewRequest, p patient.Patient, imaged []Study) (Request, flow.Change, error) {
	r := Request{
		Site: cmd.Actor.Institution, Media: MediaNone, Opinion: Opinion{State: DocNone, History: []Version{}}, Ladder: Ladder{Level: L0}, Requester: named(cmd.Actor),
		Patient: Patient{ID: yilian.PatientID(p.ID), Name: p.Name, Sex: p.Sex, Birth: p.Birth, IDTail: p.IDNumber.Tail()},
		Studies: []Study{}, Attachments: []Attachment{}, Offers: []Offer{}, Legs: []Leg{}, Seats: []Seat{},
	}
	st := &step{s: s, tx: tx, cmd: cmd, r: &r, now: cmd.At.UTC()}
	v := &view{s: s, rd: tx, r: &r, actor: cmd.Actor, now: st.now}
	next, err := s.machines.Task.Next(None, ActCreate, cmd.Actor, v.check)
	if err != nil {
		return r, flow.Change{}, err
	}
	st.enter(next)
	if err := st.fill(n.Content, imaged); err != nil {
		return r, flow.Change{}, err
	}
	who, err := s.Directory.PersonIn(tx, cmd.Actor.Person)
	if err != nil {
		return r, flow.Change{}, err
	}
	r.Requester.Title, r.Requester.Phone = who.Title, who.Phone
	if !n.Alongside {
		if err := s.onlyOne(tx, r); err != nil {
			return r, flow.Change{}, err
		}
	}
	return r, flow.Change{Action: string(ActCreate), Data: map[string]any{"kind": r.Kind, "specialty": r.Specialty}}, nil
}

// onlyOne warns of an open request of the same kind for the same patient: the requester may join it, or ask for another.
func (s *Service) onlyOne(rd flow.Reader, r Request) error {
	others, _, err := s.repo.FindIn(rd, flow.Query{Name: keyPatient, Values: []string{string(r.Patient.ID)}, Limit: 50})
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.Kind == r.Kind && o.State != Draft {
			e := yilian.Errorf(yilian.Conflict, "request.open", "%s has an open request of this kind for this patient.", o.Requester.Name)
			e.Params = map[string]any{"id": o.ID, "number": o.Number, "requester": o.Requester.Name, "winner": o.Requester.Name, "state": string(o.State)}
			e.Current = o
			return e
		}
	}
	return nil
}

const longestText = 4000 // characters

// fill takes over what the requester typed. A draft may be incomplete but not wrong.
func (st *step) fill(c Content, imaged []Study) error {
	r := st.r
	if !slices.Contains(Kinds(), c.Kind) {
		return invalid("request.kind", "The kind is rescue, urgent or assist.")
	}
	if !directory.KnownSpecialty(c.Specialty) {
		return invalid("specialty.unknown", "Unknown specialty %q.", c.Specialty)
	}
	r.Kind, r.Specialty, r.Vitals = c.Kind, c.Specialty, c.Vitals
	r.Summary, r.Purpose = strings.TrimSpace(c.Summary), strings.TrimSpace(c.Purpose)
	if utf8.RuneCountInString(r.Summary) > longestText || utf8.RuneCountInString(r.Purpose) > longestText {
		return invalid("request.text", "A text is longer than %d characters.", longestText)
	}
	if r.Purpose == "" {
		r.Purpose = r.Summary // one sentence serves as both
	}
	r.Consent = Consent{Given: c.Consent.Given, EmergencyReason: strings.TrimSpace(c.Consent.EmergencyReason), By: st.cmd.Actor.Person, At: st.now}
	return r.attachStudies(c.Studies, imaged)
}

// attachStudies takes over those of the patient's studies that were chosen, or all if nobody chose.
func (r *Request) attachStudies(chosen []yilian.StudyUID, imaged []Study) error {
	if r.AllStudies = chosen == nil; r.AllStudies {
		r.Studies = append([]Study{}, imaged...)
		return nil
	}
	r.Studies = []Study{}
	for _, uid := range chosen {
		i := slices.IndexFunc(imaged, func(s Study) bool { return s.UID == uid })
		if i < 0 {
			return invalid("request.study", "A study that was chosen is not of this patient.")
		}
		r.Studies = append(r.Studies, imaged[i])
	}
	return nil
}

// Edit changes a draft, or what was sent back.
func (s *Service) Edit(ctx context.Context, cmd flow.Command, id yilian.RequestID, c Content) (Request, error) {
	old, err := s.repo.Get(ctx, string(id))
	if err != nil {
		return Request{}, err
	}
	imaged, err := s.imagedOf(ctx, old.Patient.ID)
	if err != nil {
		return Request{}, err
	}
	return s.act(ctx, cmd, id, ActEdit, func(st *step) (flow.Change, error) {
		return flow.Change{}, st.fill(c, imaged)
	})
}

// Submit sends a draft; Resubmit sends again what was sent back. The clock of a request that was sent back goes on where it stood.
func (s *Service) Submit(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return s.submit(ctx, cmd, id, ActSubmit)
}

// Resubmit is Submit for a request that was sent back.
func (s *Service) Resubmit(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return s.submit(ctx, cmd, id, ActResubmit)
}

func (s *Service) submit(ctx context.Context, cmd flow.Command, id yilian.RequestID, a Action) (r Request, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		if r, err = s.repo.GetIn(tx, string(id)); err != nil {
			return err
		}
		r, err = s.submitIn(tx, cmd, r, a)
		return err
	})
	return r, err
}

// submitIn is submit, queue and the first ring in one transaction: there is no moment in which a request is submitted and unseen.
func (s *Service) submitIn(tx flow.Tx, cmd flow.Command, r Request, a Action) (Request, error) {
	before := r.Version
	r, err := s.actIn(tx, cmd, r.ID, a, func(st *step) (flow.Change, error) { return st.number() })
	if err != nil || r.Version == before { // a repeated key: it was done
		return r, err
	}
	cmd = system(flow.Command{At: r.ChangedAt})
	covered, err := s.covered(tx, r, cmd.At)
	if err != nil {
		return r, err
	}
	r, err = s.actIn(tx, cmd, r.ID, ActQueue, func(st *step) (flow.Change, error) {
		st.r.QueuedAt, st.r.Ladder.Gap = st.now, !covered
		return flow.Change{Data: map[string]any{"covered": covered}}, nil
	})
	if err != nil {
		return r, err
	}
	if !covered { // nobody to wait for: the coordinator at once
		if r, err = s.raise(tx, cmd, r, L3); err != nil {
			return r, err
		}
	}
	return s.ringIn(tx, cmd, r)
}

// covered tells whether anybody entitled is on duty, free or not.
func (s *Service) covered(rd flow.Reader, r Request, at time.Time) (bool, error) {
	v := &view{s: s, rd: rd, r: &r, actor: yilian.System, now: at}
	ask, err := v.ask()
	if err != nil {
		return false, err
	}
	on, err := s.Directory.OnDutyIn(rd, ask)
	return slices.ContainsFunc(on, func(d directory.OnDuty) bool { return d.Barred == nil && !d.Partner }), err
}

// number is the effect of submitting: the number, the providers, the rules that hold from now on, and the hash of what is attached.
func (st *step) number() (flow.Change, error) {
	r := st.r
	rules, err := st.settings()
	if err != nil {
		return flow.Change{}, err
	}
	r.Providers, r.Partners, err = st.s.Directory.ProvidersIn(st.tx, r.Site, directory.ServiceConsult, r.Specialty, st.now)
	if err != nil {
		return flow.Change{}, err
	}
	r.Rules = Rules{Kind: r.Kind.rules(rules.Consult), Join: rules.Consult.Join, EmptyRoom: rules.Consult.EmptyRoom, Returned: rules.Consult.Returned}
	if r.Number == "" {
		if r.Number, err = st.s.nextNumber(st.tx, st.now); err != nil {
			return flow.Change{}, err
		}
		r.SubmittedAt, r.Ladder.Start = st.now, st.now
	}
	if !r.Ladder.Paused.IsZero() {
		r.Ladder.Start = r.Ladder.Start.Add(st.now.Sub(r.Ladder.Paused))
		r.Ladder.Paused = time.Time{}
	}
	r.RemindAt = time.Time{}
	r.seal()
	return flow.Change{Data: map[string]any{"kind": r.Kind, "evidence": r.Evidence}}, nil
}

// seal makes a new version of the evidence if anything in it changed.
func (r *Request) seal() {
	doc, _ := json.Marshal(struct { // these types always encode
		Summary, Purpose string
		Vitals           *Vitals
		Studies          []Study
		Attachments      []Attachment
	}{r.Summary, r.Purpose, r.Vitals, r.Studies, r.Attachments})
	sum := sha256.Sum256(doc)
	if hash := hex.EncodeToString(sum[:]); hash != r.Evidence.Hash {
		r.Evidence = Evidence{Version: r.Evidence.Version + 1, Hash: hash}
	}
}

// nextNumber answers the next number of the day: HZ, date, four digits.
func (s *Service) nextNumber(tx flow.Tx, now time.Time) (string, error) {
	day := now.In(s.Location).Format("060102")
	n, err := patient.Sequence(tx, "request/"+day)
	return fmt.Sprintf("HZ%s%04d", day, n), err
}

// complete is the guard of submitting.
func (v *view) complete() error {
	if err := v.fromSite(); err != nil {
		return err
	}
	r := v.r
	emergency := r.Kind == Rescue && r.Consent.EmergencyReason != ""
	switch {
	case r.Summary == "":
		return invalid("request.summary", "The summary is missing.")
	case !r.Consent.Given && r.Consent.EmergencyReason == "":
		return invalid("request.consent", "The patient's consent or the reason for going without it is missing.")
	case r.Patient.Name == "" || r.Patient.Birth == "" && r.Patient.IDTail == "" && !emergency:
		return invalid("request.identifiers", "Two identifiers are needed: the name, and the birth date or ID number.")
	}
	own, partners, err := v.s.Directory.ProvidersIn(v.rd, r.Site, directory.ServiceConsult, r.Specialty, v.now)
	if err != nil {
		return err
	}
	if len(own)+len(partners) == 0 {
		return yilian.Errorf(yilian.Forbidden, "request.agreement", "No agreement in force covers consults of this specialty for your institution.")
	}
	return nil
}
