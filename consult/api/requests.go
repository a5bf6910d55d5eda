package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/patient"
	"yilian/consult/request"
)

// Who may do what with requests at all; what exactly is for the tables and guards of the request package.
var (
	asks    = Roles(yilian.RoleRequester)
	advises = Roles(yilian.RoleSpecialist)
	desks   = Roles(yilian.RoleCoordinator, yilian.RoleHead)
	takes   = Roles(yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleCoordinator, yilian.RoleHead)
)

func (a *API) requestRoutes() {
	Add(a, takes, "GET /api/requests", "Requests that I may see", a.listRequests)
	Add(a, asks, "POST /api/requests", "Ask for a consult", a.createRequest, created)
	Add(a, takes, "GET /api/requests/{id}", "One request", a.getRequest)
	Add(a, asks, "PUT /api/requests/{id}", "Change a draft, or what was sent back", a.editRequest)
	Add(a, takes, "GET /api/requests/{id}/events", "What happened", a.requestEvents)
	Add(a, takes, "GET /api/requests/{id}/talk", "What was said by text in the call, and how good the lines were", func(ctx context.Context, in *ByID) (*Body[request.Talk], error) {
		return answer(a.req.Talk(ctx, ActorOf(ctx), yilian.RequestID(in.ID)))
	})
	a.requestCommands()
	a.opinionRoutes()
	a.fileRoutes()
	Add(a, Roles(yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleCoordinator, yilian.RoleHead, yilian.RoleRadiologist, yilian.RoleReviewer,
		yilian.RoleTechnologist).AndKiosk(), "GET /api/board", "The duty room's board", a.board)
}

func created(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// requestCommands registers everything that moves a request.
func (a *API) requestCommands() {
	Add(a, asks, "POST /api/requests/{id}/submit", "Submit a draft", plain(a, a.req.Submit))
	Add(a, asks, "POST /api/requests/{id}/resubmit", "Submit again what was sent back", plain(a, a.req.Resubmit))
	Add(a, advises, "POST /api/requests/{id}/accept", "Accept: exactly one wins", plain(a, a.req.Accept))
	Add(a, advises, "POST /api/requests/{id}/decline", "Decline a ring, with a reason", reasoned(a, a.req.Decline))
	Add(a, Roles(yilian.RoleSpecialist, yilian.RoleCoordinator), "POST /api/requests/{id}/return", "Send back for more material", reasoned(a, a.req.Return))
	Add(a, Roles(yilian.RoleRequester, yilian.RoleCoordinator), "POST /api/requests/{id}/cancel", "Cancel before the consult", reasoned(a, a.req.Cancel))
	Add(a, Roles(yilian.RoleRequester, yilian.RoleSpecialist), "POST /api/requests/{id}/join", "I am in the call", plain(a, a.req.Join))
	Add(a, advises, "POST /api/requests/{id}/callback", "Go on by telephone", plain(a, a.req.Callback))
	Add(a, Roles(yilian.RoleRequester, yilian.RoleCoordinator), "POST /api/requests/{id}/takeover", "Seek another specialist, as this one is lost", plain(a, a.req.Takeover))
	Add(a, Roles(yilian.RoleRequester, yilian.RoleSpecialist), "POST /api/requests/{id}/end", "End the call for all", a.endRequest)
	Add(a, asks, "POST /api/requests/{id}/acknowledge", "Acknowledge the opinion", a.acknowledge)
	Add(a, desks, "POST /api/requests/{id}/assign", "Ring one chosen person", a.assign)
	Add(a, desks, "POST /api/requests/{id}/dispose", "Dispose of what nobody answered", a.dispose)
	Add(a, Roles(yilian.RoleRequester, yilian.RoleSpecialist), "POST /api/requests/{id}/ticket", "A ticket for the call", a.ticket)
}

// versioned is the input of a command: the entity and the version that the actor saw.
type versioned struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version int64 `json:"version" minimum:"0" doc:"The version that the page shows; 0: whichever"`
	}
}

type requestCommand func(ctx context.Context, cmd flow.Command, id yilian.RequestID) (request.Request, error)

// plain is the handler of a command without further input.
func plain(a *API, do requestCommand) func(context.Context, *versioned) (*Body[RequestDetail], error) {
	return func(ctx context.Context, in *versioned) (*Body[RequestDetail], error) {
		return a.commanded(ctx, func() (request.Request, error) {
			return do(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID))
		})
	}
}

type withReason struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version int64          `json:"version" minimum:"0"`
		Reason  request.Reason `json:"reason"`
	}
}

// reasoned is the handler of a command that needs a coded reason.
func reasoned(a *API, do func(context.Context, flow.Command, yilian.RequestID, request.Reason) (request.Request, error)) func(context.Context, *withReason) (*Body[RequestDetail], error) {
	return func(ctx context.Context, in *withReason) (*Body[RequestDetail], error) {
		return a.commanded(ctx, func() (request.Request, error) {
			return do(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID), in.Body.Reason)
		})
	}
}

// commanded carries a command out and answers the request as the actor now sees it.
func (a *API) commanded(ctx context.Context, do func() (request.Request, error)) (*Body[RequestDetail], error) {
	r, err := do()
	if err != nil {
		return nil, err
	}
	seen, err := a.req.See(ctx, ActorOf(ctx), r)
	if err != nil {
		return nil, err
	}
	return answer(a.detail(ctx, seen))
}

func (a *API) listRequests(ctx context.Context, in *struct {
	Page
	Scope request.Scope `query:"scope" enum:"mine,queue,open,done" default:"mine"`
},
) (*Body[List[RequestSummary]], error) {
	seen, next, err := a.req.List(ctx, ActorOf(ctx), in.Scope, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	list, err := a.summaries(ctx, seen)
	return answerList(list, next, err)
}

func (a *API) getRequest(ctx context.Context, in *ByID) (*Body[RequestDetail], error) {
	seen, err := a.req.Get(ctx, ActorOf(ctx), yilian.RequestID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(a.detail(ctx, seen))
}

// PatientInput is whom a request is for: known by identifier, or described.
type PatientInput struct {
	ID        yilian.PatientID `json:"id,omitempty" maxLength:"64"`
	Name      string           `json:"name,omitempty" maxLength:"256"`
	Sex       patient.Sex      `json:"sex,omitempty" enum:"M,F,O,U"`
	BirthDate string           `json:"birthDate,omitempty" maxLength:"10"`
	IDNumber  string           `json:"idNumber,omitempty" maxLength:"32"`
	Phone     string           `json:"phone,omitempty" maxLength:"32"`
}

// ConsentInput is the patient's consent, or the reason for going without it.
type ConsentInput struct {
	Given           bool   `json:"given,omitempty"`
	EmergencyReason string `json:"emergencyReason,omitempty" maxLength:"500"`
}

// ContentInput is what a requester can change.
type ContentInput struct {
	Kind      request.Kind      `json:"kind" enum:"rescue,urgent,assist"`
	Specialty string            `json:"specialty" maxLength:"32"`
	Summary   string            `json:"summary" maxLength:"16000"`
	Purpose   string            `json:"purpose,omitempty" maxLength:"16000" doc:"Empty: the summary says it"`
	Consent   ConsentInput      `json:"consent"`
	Studies   []yilian.StudyUID `json:"studies,omitempty" maxItems:"50" nullable:"false" doc:"Absent: all that are there attach themselves"`
	Vitals    *request.Vitals   `json:"vitals,omitempty"`
}

func (c ContentInput) content() request.Content {
	return request.Content{
		Kind: c.Kind, Specialty: c.Specialty, Summary: c.Summary, Purpose: c.Purpose, Vitals: c.Vitals, Studies: c.Studies,
		Consent: request.Consent{Given: c.Consent.Given, EmergencyReason: c.Consent.EmergencyReason},
	}
}

func (a *API) createRequest(ctx context.Context, in *struct {
	Body struct {
		ContentInput
		Patient   PatientInput `json:"patient"`
		Submit    bool         `json:"submit,omitempty"`
		Alongside bool         `json:"alongside,omitempty" doc:"Although there is an open request of this kind for the patient (409 request.open)"`
	}
},
) (*Body[RequestDetail], error) {
	b := in.Body
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.Create(ctx, CommandOf(ctx, 0), request.NewRequest{
			PatientID: b.Patient.ID, Content: b.content(), Submit: b.Submit, Alongside: b.Alongside,
			Patient: patient.Details{Name: b.Patient.Name, Sex: b.Patient.Sex, Birth: b.Patient.BirthDate, IDNumber: b.Patient.IDNumber, Phone: b.Patient.Phone},
		})
	})
}

func (a *API) editRequest(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		ContentInput
		Version int64 `json:"version" minimum:"0"`
	}
},
) (*Body[RequestDetail], error) {
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.Edit(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID), in.Body.content())
	})
}

func (a *API) endRequest(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version int64           `json:"version" minimum:"0"`
		Reason  *request.Reason `json:"reason,omitempty"`
	}
},
) (*Body[RequestDetail], error) {
	reason := "ended"
	if in.Body.Reason != nil && in.Body.Reason.Code != "" {
		reason = in.Body.Reason.Code
	}
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.End(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID), reason)
	})
}

func (a *API) acknowledge(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version  int64  `json:"version" minimum:"0"`
		Adoption string `json:"adoption" enum:"adopted,partly,rejected"`
		Reason   string `json:"reason,omitempty" maxLength:"500"`
	}
},
) (*Body[RequestDetail], error) {
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.Acknowledge(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID), in.Body.Adoption, in.Body.Reason)
	})
}

func (a *API) assign(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version int64           `json:"version" minimum:"0"`
		Person  yilian.PersonID `json:"person" maxLength:"64"`
	}
},
) (*Body[RequestDetail], error) {
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.Assign(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID), in.Body.Person)
	})
}

func (a *API) dispose(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version int64           `json:"version" minimum:"0"`
		Action  string          `json:"action" enum:"assign,phone,refer,close"`
		Person  yilian.PersonID `json:"person,omitempty" maxLength:"64" doc:"With assign"`
		Text    string          `json:"text,omitempty" maxLength:"500"`
	}
},
) (*Body[RequestDetail], error) {
	cmd, id := CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID)
	return a.commanded(ctx, func() (request.Request, error) {
		if in.Body.Action == "assign" {
			return a.req.Assign(ctx, cmd, id, in.Body.Person)
		}
		return a.req.Dispose(ctx, cmd, id, in.Body.Action, in.Body.Text)
	})
}

// TicketAnswer opens a call.
type TicketAnswer struct {
	Ticket     string              `json:"ticket" doc:"Good for one entry within a minute"`
	URL        string              `json:"url"`
	ICEServers []request.ICEServer `json:"iceServers"`
	Grace      int                 `json:"grace" doc:"Seconds for which a lost seat is kept"`
	Phone      string              `json:"phone" doc:"The other side's, if the line fails"`
}

func (a *API) ticket(ctx context.Context, in *ByID) (*Body[TicketAnswer], error) {
	actor := ActorOf(ctx)
	pass, r, err := a.req.Ticket(ctx, actor, yilian.RequestID(in.ID))
	if err != nil {
		return nil, err
	}
	t := ticketAnswer(pass)
	t.Grace = int(r.Rules.Grace.D().Seconds())
	switch {
	case r.Accepted != nil && r.Accepted.Person.ID == actor.Person:
		t.Phone = r.Requester.Phone
	case r.Accepted != nil:
		t.Phone = r.Accepted.Person.Phone
	}
	return answer(t, nil)
}

// Happening is one entry of a timeline.
type Happening struct {
	At          time.Time            `json:"at"`
	Action      string               `json:"action"`
	From        string               `json:"from,omitempty"`
	To          string               `json:"to,omitempty"`
	Version     int64                `json:"version"`
	Actor       string               `json:"actor"`
	Person      yilian.PersonID      `json:"person,omitempty"`
	Institution yilian.InstitutionID `json:"institution,omitempty"`
	Reason      string               `json:"reason,omitempty"`
	Data        json.RawMessage      `json:"data,omitempty"`
}

func (a *API) requestEvents(ctx context.Context, in *ByID) (*Body[List[Happening]], error) {
	events, err := a.req.Events(ctx, ActorOf(ctx), yilian.RequestID(in.ID))
	return answerList(happenings(events), "", err)
}

func happenings(events []yilian.Event) []Happening {
	list := make([]Happening, len(events))
	for i, e := range events {
		list[i] = Happening{e.At, e.Action, e.From, e.To, e.Version, e.Actor.Name, e.Actor.Person, e.Actor.Institution, e.Reason, e.Data}
	}
	return list
}

// BoardAnswer is the duty room's board.
type BoardAnswer struct {
	ServerTime  time.Time           `json:"serverTime"`
	Institution InstitutionShort    `json:"institution"`
	Counts      request.Counts      `json:"counts"`
	Requests    []RequestSummary    `json:"requests"`
	Duty        []request.Duty      `json:"duty"`
	Gaps        []request.Uncovered `json:"gaps"`
	Reading     ReadingBoard        `json:"reading"`
}

func (a *API) board(ctx context.Context, _ *struct{}) (*Body[BoardAnswer], error) {
	actor := ActorOf(ctx)
	b, err := a.req.Board(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := BoardAnswer{ServerTime: b.At, Institution: short(callOf(ctx).identity.Institution), Counts: b.Counts, Duty: b.Duty, Gaps: b.Gaps}
	if out.Requests, err = a.summaries(ctx, b.Requests); err != nil {
		return nil, err
	}
	if actor.Is(yilian.RoleKiosk) {
		for i := range out.Requests {
			out.Requests[i].forPassersBy()
		}
	}
	out.Reading, err = a.readingBoard(ctx, actor.Institution)
	return answer(out, err)
}
