package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
	"yilian/consult/share"
)

// Review shows what a copy of a study without identity would be.
type Review struct {
	Instances int            `json:"instances"`
	Samples   []ReviewSample `json:"samples" doc:"One instance of each series, before and after"`
	Risks     []ReviewRisk   `json:"risks" doc:"Instances that somebody has to look at, or that are left out unless chosen"`
	Unread    int            `json:"unread,omitempty" doc:"Instances that cannot be read and are left out"`
}

// ReviewSample is the header of one instance, before and after.
type ReviewSample struct {
	Series      string      `json:"series"`
	Modality    string      `json:"modality"`
	Description string      `json:"description,omitempty"`
	Instances   int         `json:"instances"`
	Rows        []ReviewRow `json:"rows" doc:"What changes"`
	Kept        int         `json:"kept" doc:"How many attributes stay as they are"`
}

// ReviewRow is one attribute that changes.
type ReviewRow struct {
	Path    string `json:"path"`
	Keyword string `json:"keyword,omitempty" doc:"Absent for private attributes"`
	Action  string `json:"action" enum:"remove,empty,dummy,uid,shift,clean"`
	Before  string `json:"before,omitempty"`
	After   string `json:"after,omitempty"`
}

// ReviewRisk is an instance that may show who it is of.
type ReviewRisk struct {
	Instance yilian.InstanceUID `json:"instance"`
	Series   yilian.SeriesUID   `json:"series"`
	Number   int                `json:"number"`
	Modality string             `json:"modality"`
	Frames   int                `json:"frames"`
	Risk     string             `json:"risk" enum:"document,report,declared,video,photo,screen,modality,undeclared"`
	LeftOut  bool               `json:"leftOut" doc:"It stays behind unless it is chosen"`
}

func (a *API) releaseRoutes() {
	Add(a, Clinical(), "POST /api/studies/{uid}/deidentify/review", "What a copy without identity would be: headers before and after, and what has to be looked at", func(ctx context.Context, in *struct {
		ByUID
		Body share.Options
	},
	) (*Body[Review], error) {
		return answer(a.cfg.GivenAway.Review(ctx, ActorOf(ctx), yilian.StudyUID(in.UID), in.Body))
	})
	Add(a, Clinical(), "POST /api/studies/{uid}/deidentify", "Let go of a copy without identity; whatever has to be looked at was looked at or is left out", a.release, created)
	Add(a, Clinical(), "GET /api/deidentified/{id}/file", "A copy without identity as a ZIP, for an hour to who let go of it", func(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
		r, err := a.cfg.Shares.Fetch(ctx, CommandOf(ctx, 0), in.ID)
		if err != nil {
			return nil, err
		}
		file, err := a.cfg.GivenAway.Copy(ctx, ActorOf(ctx), r)
		if err != nil {
			return nil, err
		}
		return a.sendFile(file, "zip", "deidentified-"+r.ID[:8]+".zip"), nil
	})
}

// Released is a copy that can be fetched.
type Released struct {
	ID   string `json:"id"`
	Path string `json:"path"`
}

func (a *API) release(ctx context.Context, in *struct {
	ByUID
	Body struct {
		Options  share.Options        `json:"options"`
		Looked   []yilian.InstanceUID `json:"looked" maxItems:"20000" doc:"Instances in whose pixels the caller found nothing that identifies"`
		Excluded []yilian.InstanceUID `json:"excluded" maxItems:"20000" doc:"Instances that stay behind"`
	}
},
) (*Body[Released], error) {
	r := share.Release{Study: yilian.StudyUID(in.UID), Options: in.Body.Options, Looked: in.Body.Looked, Excluded: in.Body.Excluded}
	if err := a.cfg.GivenAway.Check(ctx, ActorOf(ctx), r); err != nil {
		return nil, err
	}
	r, err := a.cfg.Shares.Release(ctx, CommandOf(ctx, 0), r)
	return answer(Released{ID: r.ID, Path: "/api/deidentified/" + r.ID + "/file"}, err)
}
