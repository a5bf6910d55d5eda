package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Me is what a page needs to know about itself.
type Me struct {
	Person     MePerson   `json:"person"`
	Point      MePoint    `json:"point"`
	Points     []MePoint  `json:"points"`
	CSRF       string     `json:"csrf" doc:"Repeat it as X-CSRF-Token on everything but GET"`
	Kiosk      bool       `json:"kiosk"`
	Presence   Presence   `json:"presence"`
	ServerTime time.Time  `json:"serverTime"`
	Settings   MeSettings `json:"settings"`
}

// MePerson is the person who is signed in.
type MePerson struct {
	ID    yilian.PersonID `json:"id"`
	Name  string          `json:"name"`
	Title string          `json:"title"`
	Phone string          `json:"phone"`
}

// MePoint is one practice point of the person.
type MePoint struct {
	ID          string           `json:"id"`
	Institution InstitutionShort `json:"institution"`
	Department  string           `json:"department"`
	Specialty   string           `json:"specialty"`
	Roles       []yilian.Role    `json:"roles"`
}

// InstitutionShort names an institution.
type InstitutionShort struct {
	ID    yilian.InstitutionID `json:"id"`
	Name  string               `json:"name"`
	Short string               `json:"short"`
	Tier  directory.Tier       `json:"tier"`
	Phone string               `json:"phone"`
}

// MeSettings are the settings that a page shows.
type MeSettings struct {
	PausesMinutes []int `json:"pausesMinutes"`
	PasswordMin   int   `json:"passwordMin"`
	Demo          bool  `json:"demo"`
}

// Presence is what the person is doing, and what the roster says.
type Presence struct {
	Status directory.Status `json:"status" enum:"available,busy,wrapup,paused,off"`
	Since  time.Time        `json:"since,omitzero"`
	Until  time.Time        `json:"until,omitzero"`
	Reason string           `json:"reason,omitempty"`
	Call   string           `json:"call,omitempty" doc:"The request that occupies the person"`
	Shift  *MyShift         `json:"shift,omitempty"`
}

// MyShift is the duty the person is on.
type MyShift struct {
	Specialty string    `json:"specialty"`
	Line      int       `json:"line"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
}

type signedIn struct {
	SetCookie string `header:"Set-Cookie"`
	Body      Me
}

type signedOut struct {
	SetCookie string `header:"Set-Cookie"`
}

func (a *API) sessionRoutes() {
	Add(a, Public(), "POST /api/session", "Sign in", a.signIn)
	Add(a, Public(), "POST /api/session/kiosk", "Open the session of a wall screen by its link", a.signInKiosk)
	Add(a, SignedIn().AndKiosk(), "GET /api/session", "Who am I?", func(ctx context.Context, _ *struct{}) (*Body[Me], error) {
		return answer(a.me(ctx, callOf(ctx).identity))
	})
	Add(a, SignedIn().AndKiosk(), "DELETE /api/session", "Sign out", a.signOut)
	Add(a, SignedIn(), "PUT /api/session/point", "Work at another practice point", a.switchPoint)
	Add(a, SignedIn(), "POST /api/session/password", "Change the password", a.changePassword)
	Add(a, SignedIn(), "PUT /api/presence", "Say what I am doing", a.setPresence)
}

func (a *API) signIn(ctx context.Context, in *struct {
	Body struct {
		Login    string `json:"login" maxLength:"128"`
		Password string `json:"password" maxLength:"1024"`
	}
},
) (*signedIn, error) {
	token, id, err := a.dir.SignIn(ctx, in.Body.Login, in.Body.Password, callOf(ctx).client)
	if err != nil {
		return nil, err
	}
	return a.welcome(ctx, token, id)
}

func (a *API) signInKiosk(ctx context.Context, in *struct {
	Body struct {
		Link string `json:"link" maxLength:"128" doc:"The secret part of the link"`
	}
},
) (*signedIn, error) {
	token, id, err := a.dir.SignInKiosk(ctx, in.Body.Link, callOf(ctx).client)
	if err != nil {
		return nil, err
	}
	return a.welcome(ctx, token, id)
}

// welcome answers a session that has just been opened or moved.
func (a *API) welcome(ctx context.Context, token string, id directory.Identity) (*signedIn, error) {
	c := callOf(ctx)
	c.identity, c.actor = id, id.Actor()
	if err := a.dir.Alive(ctx, c.actor); err != nil {
		return nil, err
	}
	me, err := a.me(ctx, id)
	if err != nil {
		return nil, err
	}
	return &signedIn{SetCookie: c.cookie(token), Body: me}, nil
}

func (a *API) signOut(ctx context.Context, _ *struct{}) (*signedOut, error) {
	c := callOf(ctx)
	if err := a.dir.SignOut(ctx, c.actor, c.identity.Session.ID, "signedOut"); err != nil {
		return nil, err
	}
	return &signedOut{SetCookie: c.cookie("")}, nil
}

func (a *API) switchPoint(ctx context.Context, in *struct {
	Body struct {
		Point string `json:"point" maxLength:"64"`
	}
},
) (*signedIn, error) {
	token, id, err := a.dir.SwitchPoint(ctx, callOf(ctx).identity, in.Body.Point)
	if err != nil {
		return nil, err
	}
	return a.welcome(ctx, token, id)
}

func (a *API) changePassword(ctx context.Context, in *struct {
	Body struct {
		Old string `json:"old" maxLength:"1024"`
		New string `json:"new" maxLength:"1024"`
	}
},
) (*Nothing, error) {
	return nil, a.dir.ChangePassword(ctx, callOf(ctx).identity, in.Body.Old, in.Body.New)
}

func (a *API) setPresence(ctx context.Context, in *struct {
	Body struct {
		Status  directory.Status `json:"status" enum:"available,paused,wrapup,off"`
		Minutes int              `json:"minutes,omitempty" doc:"Of a pause"`
		Reason  string           `json:"reason,omitempty" maxLength:"200"`
	}
},
) (*Body[Presence], error) {
	p, err := a.dir.SetPresence(ctx, ActorOf(ctx), in.Body.Status, in.Body.Minutes, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return answer(a.presence(ctx, p))
}

func (a *API) me(ctx context.Context, id directory.Identity) (Me, error) {
	rules, err := a.dir.Settings(ctx, id.Point.Institution)
	if err != nil {
		return Me{}, err
	}
	me := Me{
		Person: MePerson{yilian.PersonID(id.Person.ID), id.Person.Name, id.Person.Title, id.Person.Phone},
		CSRF:   id.Session.CSRF, Kiosk: id.Session.Kiosk != "", ServerTime: time.Now().UTC(),
		Points:   []MePoint{},
		Settings: MeSettings{PausesMinutes: rules.Duty.Pauses, PasswordMin: rules.SignIn.PasswordMin, Demo: a.cfg.Demo},
	}
	for _, p := range id.Person.Points {
		if !p.Valid(me.ServerTime) {
			continue
		}
		inst, err := a.dir.Institution(ctx, p.Institution)
		if err != nil {
			return Me{}, err
		}
		point := MePoint{p.ID, short(inst), p.Department, p.Specialty, p.Roles}
		me.Points = append(me.Points, point)
		if p.ID == id.Point.ID {
			me.Point = point
		}
	}
	if me.Kiosk {
		me.Presence.Status = directory.Off
		return me, nil
	}
	p, err := a.dir.Presence(ctx, me.Person.ID)
	if err != nil {
		return Me{}, err
	}
	me.Presence, err = a.presence(ctx, p)
	return me, err
}

func short(v directory.Institution) InstitutionShort {
	return InstitutionShort{yilian.InstitutionID(v.ID), v.Name, v.Short, v.Tier, v.Phone}
}

func (a *API) presence(ctx context.Context, p directory.Presence) (Presence, error) {
	out := Presence{Status: p.Status(), Since: p.Since, Until: p.Until, Reason: p.Reason, Call: p.Call}
	err := a.cfg.Store.View(ctx, func(rd flow.Reader) error {
		shift, on, err := a.dir.ShiftIn(rd, yilian.PersonID(p.ID), time.Now())
		if on {
			out.Shift = &MyShift{shift.Specialty, shift.Line, shift.From, shift.Until}
		}
		return err
	})
	return out, err
}
