package main

import (
	"context"
	_ "embed"
	"io"
	"time"

	"yilian"
	"yilian/imaging/fileset"
)

//go:embed export_readme.txt
var exportReadme []byte

// exports gives studies out as the ZIP of a DICOM file-set.
type exports struct{ *service }

// Export implements api.Exporter.
func (e exports) Export(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) (func(io.Writer) error, error) {
	entries, err := e.archive.Export(ctx, actor, study)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error {
		return fileset.WriteZIP(w, "YILIAN", time.Now(), entries, fileset.Extra{Name: "README.TXT", Content: exportReadme})
	}, nil
}
