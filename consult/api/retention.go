package api

import (
	"context"
	"time"

	"yilian"
)

// Hold is a legal hold: while it lasts, nothing of the study is deleted.
type Hold struct {
	ID            string               `json:"id"`
	Study         yilian.StudyUID      `json:"study"`
	Institution   yilian.InstitutionID `json:"institution"`
	Reason        string               `json:"reason"`
	By            string               `json:"by" doc:"Name"`
	At            time.Time            `json:"at"`
	Released      *time.Time           `json:"released,omitempty"`
	ReleasedBy    string               `json:"releasedBy,omitempty"`
	ReleaseReason string               `json:"releaseReason,omitempty"`
}

// SpaceAnswer is how full the store of images is.
type SpaceAnswer struct {
	Level string    `json:"level" enum:"ok,low,full,unknown" doc:"full: nothing new is taken; what is there can be read"`
	Free  int64     `json:"free" doc:"Bytes"`
	Total int64     `json:"total" doc:"Bytes; 0: no bound is known"`
	At    time.Time `json:"at,omitzero"`
}

// keepers set holds: the head of the institution that made the study, and administrators.
var keepers = Roles(yilian.RoleAdmin, yilian.RoleHead)

func (a *API) retentionRoutes() {
	Add(a, keepers, "GET /api/retention/holds", "Legal holds, newest first", func(ctx context.Context, in *struct {
		Page
		Study string `query:"study" maxLength:"64"`
		All   bool   `query:"all" doc:"Also those that were released"`
	},
	) (*Body[List[Hold]], error) {
		return answerList(a.cfg.Truth.Holds(ctx, ActorOf(ctx), yilian.StudyUID(in.Study), !in.All, in.After, in.Limit))
	})
	Add(a, keepers, "POST /api/retention/holds", "Put a study on legal hold", func(ctx context.Context, in *struct {
		Body struct {
			Study  yilian.StudyUID `json:"study" minLength:"1" maxLength:"64"`
			Reason string          `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (*Body[Hold], error) {
		return answer(a.cfg.Truth.Hold(ctx, ActorOf(ctx), in.Body.Study, in.Body.Reason))
	}, created)
	Add(a, keepers, "POST /api/retention/holds/{id}/release", "Release a legal hold", func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (*Body[Hold], error) {
		return answer(a.cfg.Truth.Release(ctx, ActorOf(ctx), in.ID, in.Body.Reason))
	})
	// Technologists, too: their devices are the ones that are refused.
	Add(a, Roles(yilian.RoleAdmin, yilian.RoleHead, yilian.RoleTechnologist), "GET /api/retention/space", "How full the store of images is", func(ctx context.Context, _ *struct{}) (*Body[SpaceAnswer], error) {
		return answer(a.cfg.Truth.Space(ctx), nil)
	})
}
