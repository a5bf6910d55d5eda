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

// KeptAside is the archive's side of it. All methods refuse whoever is no administrator.
type KeptAside interface {
	Conflicts(ctx context.Context, actor yilian.Actor, after string, limit int) (page []Kept, next string, err error)
	// Resolve proposes to keep the instance aside for good, or to let it replace the current one; a second administrator's call that says
	// the same approves it. The reasons go into the trail.
	Resolve(ctx context.Context, actor yilian.Actor, id string, replace bool, reason string) (Correction, error)
	// Step undoes what was decided, or answers what another administrator has asked.
	Step(ctx context.Context, actor yilian.Actor, id string, s NewStep) (Correction, error)
	// Corrections answers what was proposed and decided about conflicts, newest first.
	Corrections(ctx context.Context, actor yilian.Actor, f CorrectionFilter) (page []Correction, next string, err error)
}

func (a *API) conflictRoutes() {
	Add(a, admins, "GET /api/admin/conflicts", "Instances that were kept aside", func(ctx context.Context, in *Page) (*Body[List[Kept]], error) {
		return answerList(a.cfg.KeptAside.Conflicts(ctx, ActorOf(ctx), in.After, in.Limit))
	})
	Add(a, admins, "POST /api/admin/conflicts/{id}/resolve", "Say what becomes of an instance that was kept aside; it takes effect when a second administrator says the same", func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Replace bool   `json:"replace"`
			Reason  string `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (*Body[Correction], error) {
		return answer(a.cfg.KeptAside.Resolve(ctx, ActorOf(ctx), in.ID, in.Body.Replace, in.Body.Reason))
	})
	Add(a, admins, "GET /api/admin/corrections", "What was proposed and decided about instances that were kept aside", func(ctx context.Context, in *CorrectionFilter) (*Body[List[Correction]], error) {
		return answerList(a.cfg.KeptAside.Corrections(ctx, ActorOf(ctx), *in))
	})
	Add(a, admins, "POST /api/admin/corrections/{id}/steps", "Approve, refuse or withdraw such a decision, or ask for its undoing", func(ctx context.Context, in *struct {
		ByID
		Body NewStep
	},
	) (*Body[Correction], error) {
		return answer(a.cfg.KeptAside.Step(ctx, ActorOf(ctx), in.ID, in.Body))
	})
}
