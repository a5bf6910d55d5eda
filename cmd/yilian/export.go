package main

import (
	"context"
	_ "embed"
	"io"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/imaging"
	"yilian/imaging/fileset"
)

//go:embed export_readme.txt
var exportReadme []byte

// exports gives studies out as DICOM file-sets.
type exports struct{ *service }

// Export implements api.Exporter. Only the house whose images they are gives copies away: who reads for it, consults or listens may look.
func (e exports) Export(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, format api.ExportFormat) (out api.Export, err error) {
	of, _, err := e.archive.Study(ctx, actor, study)
	if err != nil {
		return out, err
	}
	if of.Institution != actor.Institution {
		return out, yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There is no such study, series or instance for you.")
	}
	entries, err := e.archive.Export(ctx, actor, study)
	if err != nil {
		return out, err
	}
	const id = "YILIAN"
	readme := fileset.Extra{Name: "README.TXT", Content: exportReadme}
	if format == "iso" {
		img, err := fileset.NewISO(id, time.Now(), entries, readme)
		if err != nil {
			return out, err
		}
		return api.Export{Size: img.Size(), Write: img.Write}, nil
	}
	return api.Export{Size: -1, Write: func(w io.Writer) error { return fileset.WriteZIP(w, id, time.Now(), entries, readme) }}, nil
}
