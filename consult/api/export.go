package api

import (
	"context"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"yilian"
)

// Exporter gives out studies as files; cmd/yilian fits the archive to it.
type Exporter interface {
	// Export authorises and writes the trail; what it answers then writes the ZIP.
	Export(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) (write func(io.Writer) error, err error)
}

func (a *API) export(ctx context.Context, in *ByUID) (*huma.StreamResponse, error) {
	write, err := a.cfg.Exports.Export(ctx, ActorOf(ctx), yilian.StudyUID(in.UID))
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "application/zip")
		h.Set("Cache-Control", "private, no-store")
		// Named by the end of its UID: a file name travels further than a patient's name should.
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "study-" + in.UID[max(0, len(in.UID)-12):] + ".zip"}))
		if err := write(w); err != nil {
			a.log.Warn("export not sent whole", "err", err)
			panic(http.ErrAbortHandler) // the browser must not take what it has for the whole
		}
	}}, nil
}
