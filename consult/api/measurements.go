package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
	"yilian/consult/reading"
)

// MeasurementsView is what was drawn on a study: opaque to the service.
type MeasurementsView struct {
	Version int64             `json:"version"`
	Items   []json.RawMessage `json:"items"`
}

// KeptView is what of a read's measurements stands in the archive as DICOM objects.
type KeptView struct {
	Number  int               `json:"number" doc:"Of the version that was kept last; 0: none"`
	At      *time.Time        `json:"at,omitempty"`
	Waiting bool              `json:"waiting,omitempty" doc:"Ordered, and not carried out yet"`
	Failed  string            `json:"failed,omitempty" doc:"Code of why the last order could not be carried out"`
	Objects []KeptObjectView  `json:"objects"`
	LeftOut []reading.LeftOut `json:"leftOut,omitempty" doc:"Marks of the last order that no object can say, as one outside its recording; the others are kept"`
}

// KeptObjectView names one object.
type KeptObjectView struct {
	Modality string `json:"modality" enum:"SR,PR,KO"`
	Series   string `json:"series"`
	Instance string `json:"instance"`
}

func keptView(k reading.Kept) KeptView {
	v := KeptView{Number: k.Number, Waiting: k.Wanted != nil, Failed: k.Failed, LeftOut: k.LeftOut, Objects: []KeptObjectView{}}
	if !k.At.IsZero() {
		v.At = &k.At
	}
	for _, o := range k.Objects {
		v.Objects = append(v.Objects, KeptObjectView{o.Modality, string(o.Series), string(o.Instance)})
	}
	return v
}

func (a *API) measurementRoutes() {
	readers := Roles(yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleHead)
	Add(a, readers, "GET /api/readings/{id}/measurements", "What the caller drew on the study, or its reader", func(ctx context.Context, in *ByID) (*Body[MeasurementsView], error) {
		m, err := a.cfg.Clinical.Readings.Measurements(ctx, ActorOf(ctx), yilian.ReadingID(in.ID))
		return answer(MeasurementsView{m.Version, m.Items}, err)
	})
	Add(a, Roles(yilian.RoleRadiologist, yilian.RoleReviewer), "PUT /api/readings/{id}/measurements", "Keep what the caller drew; at most 1 MB", func(ctx context.Context, in *struct {
		ByID
		Body MeasurementsView
	},
	) (*Body[MeasurementsView], error) {
		m, err := a.cfg.Clinical.Readings.SaveMeasurements(ctx, CommandOf(ctx, in.Body.Version), yilian.ReadingID(in.ID), in.Body.Items)
		return answer(MeasurementsView{m.Version, m.Items}, err)
	}, func(op *huma.Operation) { op.MaxBodyBytes = 2 << 20 })
	Add(a, readers, "GET /api/readings/{id}/measurements/kept", "What of it stands in the archive", func(ctx context.Context, in *ByID) (*Body[KeptView], error) {
		k, err := a.cfg.Clinical.Readings.KeptMeasurements(ctx, ActorOf(ctx), yilian.ReadingID(in.ID))
		return answer(keptView(k), err)
	})
	Add(a, Roles(yilian.RoleRadiologist, yilian.RoleReviewer), "POST /api/readings/{id}/measurements/kept", "Put what the caller drew into the archive now; a signature does so by itself", func(ctx context.Context, in *ByID) (*Body[KeptView], error) {
		k, err := a.cfg.Clinical.Readings.KeepMeasurements(ctx, CommandOf(ctx, 0), yilian.ReadingID(in.ID))
		return answer(keptView(k), err)
	})
}
