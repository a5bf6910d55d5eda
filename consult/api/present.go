package api

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/patient"
	"yilian/consult/request"
)

// RequestSummary is a request as a list or the board shows it.
type RequestSummary struct {
	ID           string           `json:"id"`
	Number       string           `json:"number"`
	Version      int64            `json:"version"`
	State        request.State    `json:"state"`
	Media        request.Media    `json:"media"`
	Kind         request.Kind     `json:"kind"`
	Specialty    string           `json:"specialty"`
	Patient      RequestPatient   `json:"patient"`
	Institution  RequestSite      `json:"institution"`
	Requester    request.Person   `json:"requester"`
	Summary      string           `json:"summary"`
	CreatedAt    time.Time        `json:"createdAt"`
	ChangedAt    time.Time        `json:"changedAt"`
	SubmittedAt  time.Time        `json:"submittedAt,omitzero"`
	WaitingSince time.Time        `json:"waitingSince,omitzero" doc:"While nobody has it"`
	AcceptedBy   *request.Person  `json:"acceptedBy,omitempty"`
	AcceptedAt   time.Time        `json:"acceptedAt,omitzero"`
	JoinBy       time.Time        `json:"joinBy,omitzero" doc:"The specialist must be in the call by then"`
	Escalation   Escalation       `json:"escalation"`
	Ringing      []RequestRing    `json:"ringing"`
	Studies      []request.Study  `json:"studies"`
	OpinionState request.DocState `json:"opinionState"`
	OpinionDueAt time.Time        `json:"opinionDueAt,omitzero"`
	AckDueAt     time.Time        `json:"ackDueAt,omitzero"`
	Actions      []request.Action `json:"actions"`
}

// RequestPatient is the patient as far as a list needs.
type RequestPatient struct {
	ID        yilian.PatientID `json:"id"`
	Name      string           `json:"name"`
	Sex       patient.Sex      `json:"sex"`
	Age       string           `json:"age"`
	BirthDate patient.Date     `json:"birthDate"`
	IDTail    string           `json:"idTail"`
}

// RequestSite is where the patient is.
type RequestSite struct {
	ID         yilian.InstitutionID `json:"id"`
	Name       string               `json:"name"`
	Short      string               `json:"short"`
	DistanceKm int                  `json:"distanceKm"`
	Phone      string               `json:"phone"`
}

// Escalation is how far the request has climbed.
type Escalation struct {
	Level     int       `json:"level" minimum:"0" maximum:"4"`
	NextLevel int       `json:"nextLevel,omitempty"`
	NextAt    time.Time `json:"nextAt,omitzero"`
	Alarm     bool      `json:"alarm" doc:"A coordinator must look"`
	Gap       bool      `json:"gap" doc:"Nobody was on duty when it was submitted"`
}

// RequestRing is somebody who is being rung.
type RequestRing struct {
	Person request.Person `json:"person"`
	Until  time.Time      `json:"until"`
}

// RequestDetail is a whole request.
type RequestDetail struct {
	RequestSummary
	Purpose        string               `json:"purpose"`
	Consent        request.Consent      `json:"consent"`
	Vitals         *request.Vitals      `json:"vitals,omitempty"`
	Attachments    []request.Attachment `json:"attachments"`
	Evidence       request.Evidence     `json:"evidence"`
	Offers         []request.Offer      `json:"offers"`
	Seats          []request.Seat       `json:"seats" doc:"Who is in the room"`
	Guests         []Guest              `json:"guests" doc:"Invited by link, whoever came or not"`
	Panel          []request.Panelist   `json:"panel" doc:"Colleagues whom the specialist asked in"`
	Lecture        *request.Lecture     `json:"lecture,omitempty" doc:"Colleagues of the consortium may listen, or could"`
	GraceSeconds   int                  `json:"graceSeconds"`
	Opinion        RequestOpinion       `json:"opinion"`
	Adoption       *request.Adoption    `json:"adoption,omitempty"`
	MediaSessions  []request.Leg        `json:"mediaSessions"`
	Returned       *request.Decision    `json:"returned,omitempty"`
	Cancelled      *request.Decision    `json:"cancelled,omitempty"`
	Disposition    *request.Decision    `json:"disposition,omitempty"`
	Responsibility string               `json:"responsibility" enum:"site" doc:"Who answers for diagnosis and treatment: in a consult the requesting institution"`
}

// RequestOpinion is the opinion: the draft for its writer, else the current signed version.
type RequestOpinion struct {
	State   request.DocState `json:"state"`
	Version int              `json:"version" doc:"0: nothing is signed"`
	Author  *request.Person  `json:"author,omitempty"`
	request.Text
	SignedAt time.Time         `json:"signedAt,omitzero"`
	History  []request.Version `json:"history"`
}

// summaries presents a list; the institutions are looked up once each.
func (a *API) summaries(ctx context.Context, seen []request.Seen) ([]RequestSummary, error) {
	sites := map[yilian.InstitutionID]directory.Institution{}
	list := make([]RequestSummary, len(seen))
	for i, s := range seen {
		site, known := sites[s.Site]
		if !known {
			var err error
			if site, err = a.dir.Institution(ctx, s.Site); err != nil {
				return nil, err
			}
			sites[s.Site] = site
		}
		list[i] = summary(s, site)
	}
	return list, nil
}

func (a *API) detail(ctx context.Context, s request.Seen) (RequestDetail, error) {
	site, err := a.dir.Institution(ctx, s.Site)
	if err != nil {
		return RequestDetail{}, err
	}
	d := RequestDetail{
		RequestSummary: summary(s, site), Purpose: s.Purpose, Consent: s.Consent, Vitals: s.Vitals, Attachments: s.Attachments, Evidence: s.Evidence,
		Offers: s.Offers, Seats: s.Seats, Guests: guestList(s.Guests), Panel: s.Panel, Lecture: s.Lecture, GraceSeconds: int(s.Rules.Grace.D().Seconds()), Adoption: s.Adoption, MediaSessions: s.Legs,
		Returned: s.Returned, Cancelled: s.Cancelled, Disposition: s.Disposition, Responsibility: "site",
		Opinion: RequestOpinion{State: s.Opinion.State, Version: len(s.Opinion.History), Text: s.Opinion.Text, History: s.Opinion.History},
	}
	if d.Panel == nil {
		d.Panel = []request.Panelist{}
	}
	if s.Opinion.Author.ID != "" {
		author := s.Opinion.Author
		d.Opinion.Author = &author
	}
	if n := len(s.Opinion.History); n > 0 && s.Opinion.State != request.DocDraft {
		d.Opinion.SignedAt = s.Opinion.History[n-1].SignedAt
	}
	return d, nil
}

func summary(s request.Seen, site directory.Institution) RequestSummary {
	now := time.Now()
	out := RequestSummary{
		ID: s.ID, Number: s.Number, Version: s.Version, State: s.State, Media: s.Media, Kind: s.Kind, Specialty: s.Specialty,
		Patient:     RequestPatient{s.Patient.ID, s.Patient.Name, s.Patient.Sex, s.Patient.Birth.Age(now), s.Patient.Birth, s.Patient.IDTail},
		Institution: RequestSite{s.Site, site.Name, site.Short, site.DistanceKm, site.Phone},
		Requester:   s.Requester, Summary: s.Summary, CreatedAt: s.CreatedAt, ChangedAt: s.ChangedAt, SubmittedAt: s.SubmittedAt,
		Escalation: escalation(s.Request), Ringing: []RequestRing{}, Studies: s.Studies, OpinionState: s.Opinion.State,
		OpinionDueAt: s.OpinionDue.At, AckDueAt: s.AckDue.At, Actions: s.Actions,
	}
	switch s.State {
	case request.Queued, request.Offered, request.Unanswered:
		out.WaitingSince = s.QueuedAt
	case request.Accepted:
		out.JoinBy = s.Accepted.JoinBy
	}
	if s.Accepted != nil {
		by := s.Accepted.Person
		out.AcceptedBy, out.AcceptedAt = &by, s.Accepted.At
	}
	for _, o := range s.Offers {
		if o.Outcome == request.Open {
			out.Ringing = append(out.Ringing, RequestRing{o.Person, o.Until})
		}
	}
	return out
}

func escalation(r request.Request) Escalation {
	e := Escalation{Level: levelNumber(r.Ladder.Level), Alarm: r.Ladder.Alarm, Gap: r.Ladder.Gap}
	if next, at := r.Next(); next != "" {
		e.NextLevel, e.NextAt = levelNumber(next), at
	}
	return e
}

func levelNumber(l request.Level) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(string(l), "L")) // levels are L0 to L4
	return n
}

// forPassersBy leaves of the patient what a wall may show: sex, age and what was examined.
func (s *RequestSummary) forPassersBy() {
	s.Patient = RequestPatient{Sex: s.Patient.Sex, Age: s.Patient.Age}
	s.Studies = slices.Clone(s.Studies)
	for i := range s.Studies {
		s.Studies[i].UID = ""
	}
}

// presentEntity shows the entity in a Conflict as its own answer would show it: to those who may see it, otherwise NotFound.
func (a *API) presentEntity(ctx context.Context, current any) (any, error) {
	switch v := current.(type) {
	case directory.Preferences:
		return PreferencesView{v.Version, v.Sections}, nil // the caller's own
	case request.Request:
		seen, err := a.req.See(ctx, ActorOf(ctx), v)
		if err != nil {
			return nil, err
		}
		return a.detail(ctx, seen)
	case directory.Institution, directory.Alliance, directory.Person, directory.Device, directory.Shift, directory.Agreement, directory.Chosen:
		return v, nil
	}
	return a.presentClinical(ctx, current)
}
