package main

import (
	"context"
	_ "embed"
	"io"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/fileset"
)

//go:embed export_readme.txt
var exportReadme []byte

// exports gives studies out as the ZIP of a DICOM file-set.
type exports struct{ *service }

// Export implements api.Exporter. Only the house whose images they are gives copies away: who reads for it, consults or listens may look.
func (e exports) Export(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) (func(io.Writer) error, error) {
	of, _, err := e.archive.Study(ctx, actor, study)
	if err != nil {
		return nil, err
	}
	if of.Institution != actor.Institution {
		return nil, yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There is no such study, series or instance for you.")
	}
	entries, err := e.archive.Export(ctx, actor, study)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error {
		return fileset.WriteZIP(w, "YILIAN", time.Now(), entries, fileset.Extra{Name: "README.TXT", Content: exportReadme})
	}, nil
}
