package api

import (
	"context"
	"encoding/json"

	"yilian/consult/directory"
)

// PreferencesView is what a person chose for their pages: opaque to the service.
type PreferencesView struct {
	Version  int64                      `json:"version" doc:"0: nothing was ever chosen"`
	Sections map[string]json.RawMessage `json:"sections" doc:"By name; 64 KB altogether"`
}

func preferencesView(p directory.Preferences, err error) (*Body[PreferencesView], error) {
	return answer(PreferencesView{p.Version, p.Sections}, err)
}

func (a *API) preferenceRoutes() {
	Add(a, SignedIn(), "GET /api/me/preferences", "What the caller chose for their pages", func(ctx context.Context, _ *struct{}) (*Body[PreferencesView], error) {
		return preferencesView(a.dir.Preferences(ctx, ActorOf(ctx)))
	})
	Add(a, SignedIn(), "PUT /api/me/preferences", "Keep it for wherever they sign in", func(ctx context.Context, in *struct {
		Body PreferencesView
	},
	) (*Body[PreferencesView], error) {
		return preferencesView(a.dir.SavePreferences(ctx, CommandOf(ctx, in.Body.Version), in.Body.Sections))
	})
}
