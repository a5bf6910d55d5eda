package api

import (
	"context"

	"yilian"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

// TemplateView is a template with whose it is.
type TemplateView struct {
	reading.Template
	Owner   string `json:"owner" enum:"person,institution,program"`
	Version int64  `json:"version" doc:"To send back when it is changed; 0: the program's own, which nobody changes"`
}

// TemplateInput is a template to keep.
type TemplateInput struct {
	reading.Template
	Version int64  `json:"version,omitempty" minimum:"0"`
	Owner   string `json:"owner" enum:"person,institution" doc:"An administrator keeps those of the institution, everybody who reads their own"`
}

func (a *API) templateRoutes() {
	keepers := Roles(yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleAdmin)
	s := a.cfg.Clinical.Readings
	Add(a, keepers, "GET /api/templates", "Texts to start a report from: one's own, the institution's, the program's", func(ctx context.Context, in *struct {
		Modality string `query:"modality" maxLength:"16"`
		BodyPart string `query:"bodyPart" maxLength:"64"`
		Language string `query:"language" enum:"zh,en"`
		Sex      string `query:"sex" enum:"M,F,O,U"`
		Age      int    `query:"age" default:"-1" minimum:"-1" maximum:"150" doc:"Years; -1: unknown"`
	},
	) (*Body[List[TemplateView]], error) {
		all, err := s.Templates(ctx, ActorOf(ctx), reading.TemplateQuery{
			Language: in.Language, Modality: in.Modality, BodyPart: in.BodyPart, Sex: patient.Sex(in.Sex), Age: in.Age,
		})
		out := make([]TemplateView, len(all))
		for i, t := range all {
			out[i] = TemplateView{t.Template, string(t.Owner), t.Version}
		}
		return answerList(out, "", err)
	})
	Add(a, keepers, "POST /api/templates", "Keep a new template", func(ctx context.Context, in *struct{ Body TemplateInput }) (*Body[TemplateView], error) {
		return kept(s.SaveTemplate(ctx, CommandOf(ctx, 0), reading.Owner(in.Body.Owner), "", in.Body.Template))
	})
	Add(a, keepers, "PUT /api/templates/{id}", "Change a template", func(ctx context.Context, in *struct {
		ByID
		Body TemplateInput
	},
	) (*Body[TemplateView], error) {
		return kept(s.SaveTemplate(ctx, CommandOf(ctx, in.Body.Version), reading.Owner(in.Body.Owner), in.ID, in.Body.Template))
	})
	Add(a, keepers, "DELETE /api/templates/{id}", "Take a template out of use", func(ctx context.Context, in *struct {
		ByID
		Owner string `query:"owner" enum:"person,institution" required:"true"`
	},
	) (*struct{}, error) {
		return nil, s.RetireTemplate(ctx, CommandOf(ctx, 0), reading.Owner(in.Owner), in.ID)
	})
	a.macroRoutes()
}

func kept(k reading.KeptTemplate, err error) (*Body[TemplateView], error) {
	k.Of.ID = k.ID
	return answer(TemplateView{k.Of, string(k.Owner), k.Version}, err)
}

func (a *API) macroRoutes() {
	s := a.cfg.Clinical.Readings
	readers := Roles(yilian.RoleRadiologist, yilian.RoleReviewer)
	Add(a, readers, "GET /api/macros", "The caller's abbreviations", func(ctx context.Context, _ *struct{}) (*Body[reading.Macros], error) {
		return answer(s.Macros(ctx, ActorOf(ctx)))
	})
	Add(a, readers, "PUT /api/macros", "Replace the caller's abbreviations", func(ctx context.Context, in *struct{ Body reading.Macros }) (*Body[reading.Macros], error) {
		return answer(s.SaveMacros(ctx, CommandOf(ctx, in.Body.Version), in.Body.Items))
	})
}
