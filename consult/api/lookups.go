package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/request"
)

// CoverageAnswer is what a requester is told before they submit.
type CoverageAnswer struct {
	OnDuty              []request.Duty `json:"onDuty"`
	ExpectedWaitSeconds int            `json:"expectedWaitSeconds"`
	Nobody              bool           `json:"nobody"`
	Fallback            *Fallback      `json:"fallback,omitempty"`
	Agreement           bool           `json:"agreement"`
	Partner             bool           `json:"partner" doc:"A partner hospital has somebody on duty"`
}

// Fallback is the specialty to ask when nobody is on duty.
type Fallback struct {
	Specialty string `json:"specialty"`
	Text      string `json:"text"`
	OnDuty    int    `json:"onDuty"`
}

// DutyAnswer is who is on duty at the caller's institution.
type DutyAnswer struct {
	Items      []request.Duty      `json:"items"`
	Gaps       []request.Uncovered `json:"gaps"`
	ServerTime time.Time           `json:"serverTime"`
}

func (a *API) lookupRoutes() {
	Add(a, SignedIn().AndKiosk(), "GET /api/institutions", "All institutions", func(ctx context.Context, _ *struct{}) (*Body[List[directory.Institution]], error) {
		all, err := a.dir.Institutions(ctx)
		return answerList(all, "", err)
	})
	Add(a, SignedIn().AndKiosk(), "GET /api/specialties", "The coded list of specialties", func(context.Context, *struct{}) (*Body[List[directory.Specialty]], error) {
		return answerList(directory.Specialties(), "", nil)
	})
	Add(a, Clinical(), "GET /api/coverage", "Who could help now?", a.coverage)
	Add(a, SignedIn().AndKiosk(), "GET /api/duty", "Who is on duty here", a.duty)
	Add(a, Clinical(), "GET /api/colleagues", "Who practises at an institution, to choose from", a.colleagues)
}

func (a *API) coverage(ctx context.Context, in *struct {
	Kind      request.Kind `query:"kind" enum:"rescue,urgent,assist" default:"urgent"`
	Specialty string       `query:"specialty" required:"true" maxLength:"32"`
},
) (*Body[CoverageAnswer], error) {
	c, err := a.req.Coverage(ctx, ActorOf(ctx).Institution, in.Kind, in.Specialty)
	if err != nil {
		return nil, err
	}
	out := CoverageAnswer{OnDuty: c.OnDuty, ExpectedWaitSeconds: int(c.Expected.Seconds()), Nobody: c.Nobody, Agreement: c.Agreement, Partner: c.Partner}
	if c.Fallback != "" {
		out.Fallback = &Fallback{Specialty: c.Fallback, OnDuty: c.FallbackDuty, Text: specialtyName(c.Fallback)}
	}
	return answer(out, nil)
}

func specialtyName(code string) string {
	for _, s := range directory.Specialties() {
		if s.Code == code {
			return s.Name
		}
	}
	return code
}

func (a *API) duty(ctx context.Context, _ *struct{}) (*Body[DutyAnswer], error) {
	on, gaps, err := a.req.Duty(ctx, ActorOf(ctx).Institution)
	return answer(DutyAnswer{on, gaps, time.Now().UTC()}, err)
}

// Colleague is somebody who can be named: assigned, asked.
type Colleague struct {
	ID         yilian.PersonID `json:"id"`
	Name       string          `json:"name"`
	Title      string          `json:"title"`
	Department string          `json:"department"`
	Specialty  string          `json:"specialty"`
	Roles      []yilian.Role   `json:"roles"`
}

func (a *API) colleagues(ctx context.Context, in *struct {
	Institution yilian.InstitutionID `query:"institution" maxLength:"64" doc:"Empty: the caller's"`
	Role        yilian.Role          `query:"role" maxLength:"32"`
},
) (*Body[List[Colleague]], error) {
	if in.Institution == "" {
		in.Institution = ActorOf(ctx).Institution
	}
	people, err := a.dir.PeopleOf(ctx, in.Institution)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	list := []Colleague{}
	for _, p := range people {
		for _, q := range p.Points {
			who := yilian.Actor{Roles: q.Roles}
			if p.Disabled || q.Institution != in.Institution || !q.Valid(now) || in.Role != "" && !who.Is(in.Role) {
				continue
			}
			list = append(list, Colleague{yilian.PersonID(p.ID), p.Name, p.Title, q.Department, q.Specialty, q.Roles})
		}
	}
	return answerList(list, "", nil)
}
