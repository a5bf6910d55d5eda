package api

import (
	"context"
	"time"

	"yilian"
)

// Kept is an instance that the archive kept aside, because another one with the same SOP Instance UID is there already (PS3.3 C.12.1: a UID
// names one instance for ever) or because its study belongs to another institution. It carries no patient data.
type Kept struct {
	ID          string               `json:"id"`
	Reason      string               `json:"reason" doc:"content: the same UID with other content; owner: the study is another institution's; moved: the same UID in another study or series"`
	Institution yilian.InstitutionID `json:"institution" doc:"Who sent it"`
	Device      string               `json:"device"`
	At          time.Time            `json:"at"`
	Study       yilian.StudyUID      `json:"study"`
	Instance    yilian.InstanceUID   `json:"instance"`
	Bytes       int64                `json:"bytes"`
	Current     *KeptCurrent         `json:"current,omitempty" doc:"What the archive gives out under this UID"`
}

// KeptCurrent is the instance that is in force.
type KeptCurrent struct {
	Study   yilian.StudyUID `json:"study"`
	Device  string          `json:"device"`
	At      time.Time       `json:"at"`
	Bytes   int64           `json:"bytes"`
	Differs bool            `json:"differs" doc:"Its content differs from what was kept aside"`
}

// KeptAside is the archive's side of it. Both methods refuse whoever is no administrator.
type KeptAside interface {
	Conflicts(ctx context.Context, actor yilian.Actor, after string, limit int) (page []Kept, next string, err error)
	// Resolve discards the kept instance, or lets it replace the current one. The reason goes into the trail.
	Resolve(ctx context.Context, actor yilian.Actor, id string, replace bool, reason string) error
}

func (a *API) conflictRoutes() {
	Add(a, admins, "GET /api/admin/conflicts", "Instances that were kept aside", func(ctx context.Context, in *Page) (*Body[List[Kept]], error) {
		return answerList(a.cfg.KeptAside.Conflicts(ctx, ActorOf(ctx), in.After, in.Limit))
	})
	Add(a, admins, "POST /api/admin/conflicts/{id}/resolve", "Discard an instance that was kept aside, or let it replace the current one", func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Replace bool   `json:"replace"`
			Reason  string `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (*Nothing, error) {
		return nil, a.cfg.KeptAside.Resolve(ctx, ActorOf(ctx), in.ID, in.Body.Replace, in.Body.Reason)
	})
}
