package main

import (
	"context"
	"io"

	"yilian"
	"yilian/consult/api"
	"yilian/imaging"
	"yilian/imaging/fileset"
)

// imports answers what a page asks before it sends files.
type imports struct{ archive *imaging.Archive }

var _ api.Importer = imports{}

// ReadDirectory implements api.Importer.
func (i imports) ReadDirectory(ctx context.Context, actor yilian.Actor, r io.Reader) ([]api.DiscPatient, error) {
	listed, err := i.archive.ReadDirectory(ctx, actor, r)
	if err != nil {
		return nil, err
	}
	return each(listed, func(p *fileset.Patient) api.DiscPatient {
		return api.DiscPatient{ID: p.ID, Name: p.Name, Studies: each(p.Studies, discStudy)}
	}), nil
}

func discStudy(s *fileset.Study) api.DiscStudy {
	return api.DiscStudy{UID: s.UID, Date: s.Date, Description: s.Description, Accession: s.Accession, Series: each(s.Series, discSeries)}
}

func discSeries(s *fileset.Series) api.DiscSeries {
	return api.DiscSeries{
		UID: s.UID, Modality: s.Modality, Number: s.Number, Description: s.Description,
		Files: each(s.Files, func(f fileset.File) api.DiscFile { return api.DiscFile{Path: f.Path, Instance: f.Instance} }),
	}
}

// each converts a list, which is never null in an answer.
func each[From, To any](list []From, convert func(From) To) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = convert(v)
	}
	return out
}

// Here implements api.Importer.
func (i imports) Here(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, offered []api.OfferedInstance) ([]yilian.InstanceUID, error) {
	return i.archive.Here(ctx, actor, study, each(offered, func(o api.OfferedInstance) imaging.Offered { return imaging.Offered(o) }))
}
