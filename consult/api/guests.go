package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/request"
)

func (a *API) guestRoutes() {
	Add(a, takes, "GET /api/requests/{id}/guests", "Who was invited by link", a.listGuests)
	Add(a, Roles(yilian.RoleRequester, yilian.RoleSpecialist), "POST /api/requests/{id}/guests", "Make a guest's link: for one person, once, until a time", a.inviteGuest, created)
	Add(a, Roles(yilian.RoleRequester, yilian.RoleSpecialist), "POST /api/requests/{id}/guests/{guest}/revoke", "Make a guest's link worthless", a.revokeGuest)
	Add(a, Public(), "POST /api/guest/look", "What a guest's link is for; it is not used by that", a.lookAtGuestLink)
	Add(a, Public(), "POST /api/guest/enter", "Use a guest's link: a ticket into the lobby", a.enterAsGuest)
	Add(a, takes, "GET /api/requests/{id}/colleagues", "Whom the specialist could ask in", a.invitable)
	Add(a, advises, "POST /api/requests/{id}/invite", "Ask a colleague in", a.invitation(a.req.Invite))
	Add(a, advises, "POST /api/requests/{id}/uninvite", "Ask a colleague in no longer", a.invitation(a.req.Uninvite))
	Add(a, advises, "POST /api/requests/{id}/excuse", "I was asked in and cannot come", func(ctx context.Context, in *ByID) (*Body[RequestDetail], error) {
		return a.commanded(ctx, func() (request.Request, error) { return a.req.Excuse(ctx, CommandOf(ctx, 0), yilian.RequestID(in.ID)) })
	})
	a.lectureRoutes()
	Add(a, takes, "GET /api/requests/{id}/call-summary", "How good the lines of the calls were, and what was wrong where", func(ctx context.Context, in *ByID) (*Body[request.CallReport], error) {
		return answer(a.req.CallReport(ctx, ActorOf(ctx), yilian.RequestID(in.ID)))
	})
	Add(a, Public(), "POST /api/linetest", "A ticket into an echo room, to measure one's own line", a.lineTest)
}

// Guest is somebody who was invited by link.
type Guest struct {
	ID        string            `json:"id"`
	Kind      request.GuestKind `json:"kind" enum:"family,interpreter,resident,other"`
	Name      string            `json:"name"`
	By        request.Person    `json:"by"`
	At        time.Time         `json:"at"`
	Until     time.Time         `json:"until"`
	EnteredAt time.Time         `json:"enteredAt,omitzero" doc:"When the link was used"`
	RevokedAt time.Time         `json:"revokedAt,omitzero"`
}

func guest(g request.Guest) Guest {
	return Guest{ID: g.ID, Kind: g.Kind, Name: g.Name, By: g.By, At: g.At, Until: g.Until, EnteredAt: g.Entered, RevokedAt: g.Revoked}
}

func (a *API) listGuests(ctx context.Context, in *ByID) (*Body[List[Guest]], error) {
	guests, err := a.req.Guests(ctx, ActorOf(ctx), yilian.RequestID(in.ID))
	return answerList(guestList(guests), "", err)
}

func guestList(guests []request.Guest) []Guest {
	list := make([]Guest, len(guests))
	for i, g := range guests {
		list[i] = guest(g)
	}
	return list
}

// GuestLink is a new guest's link. The token is shown this once.
type GuestLink struct {
	Guest Guest  `json:"guest"`
	Token string `json:"token"`
	Path  string `json:"path" doc:"Of the page, behind the origin of this service"`
}

func (a *API) inviteGuest(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Kind    request.GuestKind `json:"kind" enum:"family,interpreter,resident,other"`
		Name    string            `json:"name" minLength:"1" maxLength:"256"`
		Minutes int               `json:"minutes,omitempty" minimum:"1" maximum:"1440" doc:"How long the link works; 120 if absent"`
	}
},
) (*Body[GuestLink], error) {
	b := in.Body
	token, g, _, err := a.req.InviteGuest(ctx, CommandOf(ctx, 0), yilian.RequestID(in.ID), request.NewGuest{Kind: b.Kind, Name: b.Name, Life: time.Duration(b.Minutes) * time.Minute})
	return answer(GuestLink{Guest: guest(g), Token: token, Path: "/guest/" + token}, err)
}

func (a *API) revokeGuest(ctx context.Context, in *struct {
	ID    string `path:"id" maxLength:"64"`
	Guest string `path:"guest" maxLength:"64"`
},
) (*Body[List[Guest]], error) {
	r, err := a.req.RevokeGuest(ctx, CommandOf(ctx, 0), yilian.RequestID(in.ID), in.Guest)
	return answerList(guestList(r.Guests), "", err)
}

// GuestInvitation is what a guest's link shows. Nothing of the patient is in it.
type GuestInvitation struct {
	Name        string            `json:"name"`
	Kind        request.GuestKind `json:"kind" enum:"family,interpreter,resident,other"`
	By          string            `json:"by" doc:"Who invites"`
	Institution string            `json:"institution"`
	Until       time.Time         `json:"until"`
	Open        bool              `json:"open" doc:"The consult has begun; otherwise ask again in a while"`
	Used        bool              `json:"used" doc:"On another device or browser: it does not work here"`
	ServerTime  time.Time         `json:"serverTime"`
}

type guestToken struct {
	Token string `json:"token" minLength:"1" maxLength:"128"`
	Key   string `json:"key" maxLength:"128" doc:"Made by the page at random (16 to 128 characters) and kept: the link works with the first one only"`
}

func (a *API) lookAtGuestLink(ctx context.Context, in *struct{ Body guestToken }) (*Body[GuestInvitation], error) {
	if err := a.guestCalls.take(callOf(ctx).client.Address, time.Now()); err != nil {
		return nil, err
	}
	i, err := a.req.Invitation(ctx, in.Body.Token, in.Body.Key)
	if err != nil {
		return nil, err
	}
	out := GuestInvitation{Name: i.Name, Kind: i.Kind, By: i.By.Name, Until: i.Until, Open: i.Open, Used: i.Used, ServerTime: time.Now().UTC()}
	inst, err := a.dir.Institution(ctx, i.By.Institution)
	out.Institution = inst.Name
	return answer(out, err)
}

func (a *API) enterAsGuest(ctx context.Context, in *struct{ Body guestToken }) (*Body[TicketAnswer], error) {
	if err := a.guestCalls.take(callOf(ctx).client.Address, time.Now()); err != nil {
		return nil, err
	}
	pass, r, err := a.req.EnterGuest(ctx, in.Body.Token, in.Body.Key)
	if err != nil {
		return nil, err
	}
	t := ticketAnswer(pass)
	t.Grace, t.Phone = int(r.Rules.Grace.D().Seconds()), r.Requester.Phone
	return answer(t, nil)
}

func ticketAnswer(pass request.Pass) TicketAnswer {
	t := TicketAnswer{Ticket: pass.Token, URL: "/rtc", ICEServers: pass.ICEServers}
	if t.ICEServers == nil {
		t.ICEServers = []request.ICEServer{}
	}
	return t
}

// Invitable is somebody whom the specialist could ask in.
type Invitable request.Person

func (a *API) invitable(ctx context.Context, in *ByID) (*Body[List[Invitable]], error) {
	people, err := a.req.Colleagues(ctx, ActorOf(ctx), yilian.RequestID(in.ID))
	list := make([]Invitable, len(people))
	for i, p := range people {
		list[i] = Invitable(p)
	}
	return answerList(list, "", err)
}

type invitationInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Person yilian.PersonID `json:"person" minLength:"1" maxLength:"64"`
	}
}

func (a *API) invitation(do func(context.Context, flow.Command, yilian.RequestID, yilian.PersonID) (request.Request, error)) func(context.Context, *invitationInput) (*Body[RequestDetail], error) {
	return func(ctx context.Context, in *invitationInput) (*Body[RequestDetail], error) {
		return a.commanded(ctx, func() (request.Request, error) {
			return do(ctx, CommandOf(ctx, 0), yilian.RequestID(in.ID), in.Body.Person)
		})
	}
}

// LineTester opens echo rooms.
type LineTester interface {
	// LineTest gives a ticket into a room of its own, in which everything comes back.
	LineTest(ctx context.Context) (request.Pass, error)
}

func (a *API) lineTest(ctx context.Context, _ *struct{}) (*Body[TicketAnswer], error) {
	if a.cfg.LineTests == nil {
		return nil, yilian.Errorf(yilian.Unavailable, "call.none", "This service carries no calls.")
	}
	if err := a.lineCalls.take(callOf(ctx).client.Address, time.Now()); err != nil {
		return nil, err
	}
	pass, err := a.cfg.LineTests.LineTest(ctx)
	return answer(ticketAnswer(pass), err)
}
