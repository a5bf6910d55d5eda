package api

import (
	"context"

	"yilian"
	"yilian/consult/reading"
)

func (a *API) templateRoutes() {
	Add(a, Roles(yilian.RoleRadiologist, yilian.RoleReviewer), "GET /api/templates", "Normal texts to start a report from", func(_ context.Context, in *struct {
		Modality string `query:"modality" maxLength:"16"`
		BodyPart string `query:"bodyPart" maxLength:"64"`
	},
	) (*Body[List[reading.Template]], error) {
		return answerList([]reading.Template(a.cfg.Clinical.Readings.Templates(in.Modality, in.BodyPart)), "", nil)
	})
}
