package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"yilian"
)

// Exporter gives out studies as files; cmd/yilian fits the archive to it.
type Exporter interface {
	// Export authorises and writes the trail; what it answers then writes the file.
	Export(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, format ExportFormat) (Export, error)
}

// ExportFormat is the kind of file: "zip" or "iso".
type ExportFormat string

// Export is a file that is made while it is sent.
type Export struct {
	Size  int64 // bytes; below 0 while nobody knows
	Write func(io.Writer) error
}

// exportTypes are the media types of the formats.
var exportTypes = map[ExportFormat]string{"zip": "application/zip", "iso": "application/vnd.efi.iso"}

type exportInput struct {
	ByUID
	Format ExportFormat `query:"format" enum:"zip,iso" default:"zip" doc:"A ZIP, or the image of a disc (ISO 9660)"`
}

func (a *API) export(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	file, err := a.cfg.Exports.Export(ctx, ActorOf(ctx), yilian.StudyUID(in.UID), in.Format)
	if err != nil {
		return nil, err
	}
	// Named by the end of its UID: a file name travels further than a patient's name should.
	return a.sendFile(file, in.Format, "study-"+in.UID[max(0, len(in.UID)-12):]+"."+string(in.Format)), nil
}

// sendFile sends a file that is made while it is sent.
func (a *API) sendFile(file Export, format ExportFormat, name string) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", exportTypes[format])
		h.Set("Cache-Control", "private, no-store")
		if file.Size >= 0 {
			h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
		}
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		sent := &begun{to: w}
		err := file.Write(sent)
		switch {
		case err == nil:
		case !sent.any: // so the browser can still be told why
			h.Del("Content-Length")
			h.Del("Content-Disposition")
			a.refuse(w, r, err)
		default:
			a.log.Warn("export not sent whole", "err", err)
			panic(http.ErrAbortHandler) // the browser must not take what it has for the whole
		}
	}}
}

// begun tells whether anything was written.
type begun struct {
	to  io.Writer
	any bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.any = b.any || len(p) > 0
	return b.to.Write(p)
}
