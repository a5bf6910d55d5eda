package api

import (
	"context"
	"encoding/json"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

var admins = Roles(yilian.RoleAdmin)

func (a *API) adminRoutes() {
	register(a, "institutions", a.dir.Institutions, a.dir.SaveInstitution, func(v *directory.Institution) *flow.Meta { return &v.Meta })
	register(a, "alliances", a.dir.Alliances, a.dir.SaveAlliance, func(v *directory.Alliance) *flow.Meta { return &v.Meta })
	register(a, "people", a.dir.People, a.dir.SavePerson, func(v *directory.Person) *flow.Meta { return &v.Meta })
	register(a, "devices", a.dir.Devices, a.dir.SaveDevice, func(v *directory.Device) *flow.Meta { return &v.Meta })
	register(a, "agreements", a.dir.Agreements, a.dir.SaveAgreement, func(v *directory.Agreement) *flow.Meta { return &v.Meta })
	register(a, "shifts", a.recentShifts, a.dir.SaveShift, func(v *directory.Shift) *flow.Meta { return &v.Meta })
	Add(a, admins, "POST /api/admin/people/{id}/password", "Give somebody a new password; their sessions end", a.givePassword)
	Add(a, admins, "POST /api/admin/people/{id}/unlock", "Lift the lock of a login", func(ctx context.Context, in *ByID) (*Nothing, error) {
		return nil, a.dir.Unlock(ctx, ActorOf(ctx), yilian.PersonID(in.ID))
	})
	a.tokenRoutes()
	Add(a, admins, "GET /api/admin/settings", "What an institution chose, and what holds", a.getSettings)
	Add(a, admins, "PUT /api/admin/settings", "Choose settings from a date on", a.putSettings)
	Add(a, Roles(yilian.RoleAuditor), "GET /api/admin/events", "The trail of one entity", a.auditEvents)
	Add(a, Roles(yilian.RoleAuditor), "GET /api/admin/chains/{id}", "Verify the hashes of a chain", a.verifyChain)
}

// saved is the input of an edit.
type saved[T any] struct {
	ID   string `path:"id" maxLength:"64"`
	Body T
}

// register adds list, create and replace of one register. An edit names the version that it replaces in the entity's own version.
func register[T any](a *API, name string, list func(context.Context) ([]T, error), save func(context.Context, flow.Command, T) (T, error), meta func(*T) *flow.Meta) {
	path := "/api/admin/" + name
	Add(a, admins, "GET "+path, "All "+name, func(ctx context.Context, _ *struct{}) (*Body[List[T]], error) {
		all, err := list(ctx)
		return answerList(all, "", err)
	})
	Add(a, admins, "POST "+path, "Add to "+name, func(ctx context.Context, in *struct{ Body T }) (*Body[T], error) {
		*meta(&in.Body) = flow.Meta{}
		return answer(save(ctx, CommandOf(ctx, 0), in.Body))
	}, created)
	Add(a, admins, "PUT "+path+"/{id}", "Change one of "+name, func(ctx context.Context, in *saved[T]) (*Body[T], error) {
		m := meta(&in.Body)
		m.ID = in.ID
		return answer(save(ctx, CommandOf(ctx, m.Version), in.Body))
	})
}

// recentShifts are those that ended less than a week ago, and all to come.
func (a *API) recentShifts(ctx context.Context) ([]directory.Shift, error) {
	now := time.Now()
	return a.dir.Shifts(ctx, now.AddDate(0, 0, -7), now.AddDate(1, 0, 0))
}

func (a *API) givePassword(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Password string `json:"password" maxLength:"1024"`
	}
},
) (*Nothing, error) {
	return nil, a.dir.SetPassword(ctx, ActorOf(ctx), yilian.PersonID(in.ID), in.Body.Password)
}

// TokenInfo is a token without its secret.
type TokenInfo struct {
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	Scopes      []string             `json:"scopes"`
	Institution yilian.InstitutionID `json:"institution"`
	CreatedAt   time.Time            `json:"createdAt"`
	Until       time.Time            `json:"until,omitzero"`
	Revoked     time.Time            `json:"revoked,omitzero"`
}

func tokenInfo(t directory.Token) TokenInfo {
	return TokenInfo{t.ID, t.Name, t.Scopes, t.Institution, t.CreatedAt, t.Until, t.Revoked}
}

// NewTokenAnswer shows the secret of a token once.
type NewTokenAnswer struct {
	TokenInfo
	Token string `json:"token" doc:"Shown once"`
}

// KioskAnswer is the link for a wall screen, shown once.
type KioskAnswer struct {
	TokenInfo
	URL string `json:"url" doc:"Open it on the screen; shown once"`
}

func (a *API) tokenRoutes() {
	Add(a, admins, "GET /api/admin/tokens", "Tokens of programs and wall screens", func(ctx context.Context, _ *struct{}) (*Body[List[TokenInfo]], error) {
		all, err := a.dir.Tokens(ctx)
		list := make([]TokenInfo, len(all))
		for i, t := range all {
			list[i] = tokenInfo(t)
		}
		return answerList(list, "", err)
	})
	Add(a, admins, "POST /api/admin/tokens", "A new token for a program", a.newToken, created)
	Add(a, admins, "DELETE /api/admin/tokens/{id}", "Revoke a token", func(ctx context.Context, in *ByID) (*Nothing, error) {
		return nil, a.dir.RevokeToken(ctx, ActorOf(ctx), in.ID)
	})
	Add(a, admins, "POST /api/admin/kiosks", "A link for a wall screen", a.newKiosk, created)
}

func (a *API) newToken(ctx context.Context, in *struct {
	Body struct {
		Name        string               `json:"name" minLength:"1" maxLength:"100"`
		Scopes      []string             `json:"scopes" minItems:"1" enum:"dicomweb:read,dicomweb:store,worklist:read,worklist:write" nullable:"false"`
		Institution yilian.InstitutionID `json:"institution" maxLength:"64"`
		Until       time.Time            `json:"until,omitzero"`
	}
},
) (*Body[NewTokenAnswer], error) {
	b := in.Body
	secret, t, err := a.dir.NewToken(ctx, ActorOf(ctx), directory.Token{Name: b.Name, Scopes: b.Scopes, Institution: b.Institution, Until: b.Until})
	return answer(NewTokenAnswer{tokenInfo(t), secret}, err)
}

func (a *API) newKiosk(ctx context.Context, in *struct {
	Body struct {
		Name        string               `json:"name" minLength:"1" maxLength:"100"`
		Institution yilian.InstitutionID `json:"institution" maxLength:"64"`
	}
},
) (*Body[KioskAnswer], error) {
	secret, t, err := a.dir.NewKiosk(ctx, ActorOf(ctx), in.Body.Name, in.Body.Institution)
	return answer(KioskAnswer{tokenInfo(t), "/kiosk#" + secret}, err)
}

// SettingsAnswer is what an institution chose, and what holds for it now with all that it inherits.
type SettingsAnswer struct {
	ID        string             `json:"id"`
	Version   int64              `json:"version"`
	Periods   []directory.Period `json:"periods"`
	Effective directory.Settings `json:"effective"`
	Defaults  directory.Settings `json:"defaults"`
}

func (a *API) getSettings(ctx context.Context, in *struct {
	Institution string `query:"institution" maxLength:"64" doc:"Empty: what holds for all"`
},
) (*Body[SettingsAnswer], error) {
	return answer(a.settingsOf(ctx, in.Institution))
}

func (a *API) settingsOf(ctx context.Context, institution string) (SettingsAnswer, error) {
	id := institution
	if id == "" || id == directory.DefaultSettings {
		id, institution = directory.DefaultSettings, ""
	}
	chosen, err := a.dir.ChosenSettings(ctx, id)
	if err != nil {
		return SettingsAnswer{}, err
	}
	effective, err := a.dir.Settings(ctx, yilian.InstitutionID(institution))
	return SettingsAnswer{id, chosen.Version, chosen.Periods, effective, directory.Defaults()}, err
}

func (a *API) putSettings(ctx context.Context, in *struct {
	Institution string `query:"institution" maxLength:"64" doc:"Empty: for all"`
	Body        struct {
		Version int64           `json:"version" minimum:"0"`
		From    time.Time       `json:"from,omitzero" doc:"Absent: now"`
		Values  json.RawMessage `json:"values" doc:"A part of the settings; what it does not name is inherited"`
	}
},
) (*Body[SettingsAnswer], error) {
	id := in.Institution
	if id == "" {
		id = directory.DefaultSettings
	}
	if _, err := a.dir.SaveSettings(ctx, CommandOf(ctx, in.Body.Version), id, in.Body.From, in.Body.Values); err != nil {
		return nil, err
	}
	return answer(a.settingsOf(ctx, in.Institution))
}

func (a *API) auditEvents(ctx context.Context, in *struct {
	Entity string `query:"entity" required:"true" maxLength:"32"`
	ID     string `query:"id" required:"true" maxLength:"64"`
},
) (*Body[List[yilian.Event]], error) {
	var events []yilian.Event
	err := a.cfg.Store.View(ctx, func(rd flow.Reader) (err error) {
		events, err = rd.Events(flow.Ref{Kind: in.Entity, ID: in.ID})
		return err
	})
	return answerList(events, "", err)
}

// ChainAnswer is the result of verifying a chain.
type ChainAnswer struct {
	Chain  string `json:"chain"`
	Length int64  `json:"length"`
	Intact bool   `json:"intact"`
	Detail string `json:"detail,omitempty"`
}

func (a *API) verifyChain(ctx context.Context, in *ByID) (*Body[ChainAnswer], error) {
	n, err := a.cfg.Store.VerifyChain(ctx, in.ID)
	out := ChainAnswer{Chain: in.ID, Length: n, Intact: err == nil}
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		out.Detail = "The first entry that does not fit comes after these."
		a.log.Error("audit chain broken", "chain", in.ID, "length", n, "err", err)
	}
	return answer(out, nil)
}
