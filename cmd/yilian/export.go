package main

import (
	"context"
	_ "embed"
	"io"
	"iter"
	"time"

	"yilian"
	"yilian/consult/api"
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
		return out, noStudy()
	}
	entries, err := e.archive.Export(ctx, actor, study)
	if err != nil {
		return out, err
	}
	if format != "iso" {
		return zipped(entries), nil
	}
	img, err := fileset.NewISO(exportID, time.Now(), entries, exportNote())
	if err != nil {
		return out, err
	}
	return api.Export{Size: img.Size(), Write: img.Write}, nil
}

const exportID = "YILIAN"

func exportNote() fileset.Extra { return fileset.Extra{Name: "README.TXT", Content: exportReadme} }

// zipped makes a ZIP of a study while it is sent.
func zipped(entries iter.Seq2[fileset.Entry, error]) api.Export {
	return api.Export{Size: -1, Write: func(w io.Writer) error { return fileset.WriteZIP(w, exportID, time.Now(), entries, exportNote()) }}
}
