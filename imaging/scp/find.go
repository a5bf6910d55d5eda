package scp

import (
	"context"
	"errors"
	"fmt"

	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// find is a C-FIND of query/retrieve (PS3.4 C.4.1).
func (c *association) find(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	keys, response := c.readIdentifier(op)
	if response != nil {
		return response
	}
	s, blame, err := parseSearch(op.Context.AbstractSyntax, keys, c.negotiated(op.Context.AbstractSyntax))
	if err != nil {
		return misunderstood(rq, err, blame)
	}
	f := &finder{association: c, op: op, search: s, charsets: c.charsets(keys)}
	err = f.run(ctx)
	switch {
	case ctx.Err() != nil:
		return stopped(ctx, rq)
	case errors.Is(err, errEnough):
		response := rq.Response(dimse.OutOfResources)
		response.ErrorComment = fmt.Sprintf("more than %d match: ask for less", c.server.config.Limits.Matches)
		return response
	case err != nil:
		return c.failed(rq, err)
	}
	return rq.Response(dimse.Success)
}

// finder is a C-FIND under way.
type finder struct {
	*association
	op       *dimse.Operation
	search   search
	charsets []string
	told     int
}

// errEnough: there are more matches than are answered.
var errEnough = errors.New("too many matches")

func (f *finder) run(ctx context.Context) error {
	if f.search.patients {
		return f.patients(ctx)
	}
	return f.pages(ctx, func(page imaging.Page) error {
		for _, st := range page.Studies {
			if err := f.tell(ctx, f.studyFound(st)); err != nil {
				return err
			}
		}
		for _, se := range page.Series {
			if err := f.tell(ctx, f.seriesFound(se, page.ParentStudies[se.Study])); err != nil {
				return err
			}
		}
		for _, i := range page.Instances {
			if err := f.tell(ctx, f.instanceFound(i, page.ParentSeries[imaging.Path{Study: i.Study, Series: i.Series}], page.ParentStudies[i.Study])); err != nil {
				return err
			}
		}
		return nil
	})
}

// pageOfFind is how many matches are looked up at a time: few enough that the first answers come soon.
const pageOfFind = 200

// pages goes through all that the index finds.
func (f *finder) pages(ctx context.Context, each func(imaging.Page) error) error {
	q := f.search.query
	q.Limit = pageOfFind
	for {
		page, err := f.server.config.Library.Find(ctx, f.caller.Actor, q)
		if err != nil {
			return err
		}
		if err := each(page); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
		q.After = page.Next
	}
}

// patients folds all studies that match into their patients. The counts are known at the end only, so that it waits for it where
// they are asked for.
func (f *finder) patients(ctx context.Context) error {
	keys := f.search.keys
	counted := keys.Has(dicom.NumberOfPatientRelatedStudies) || keys.Has(tagPatientSeries) || keys.Has(tagPatientInstances)
	var all patientFolder
	err := f.pages(ctx, func(page imaging.Page) error {
		for _, st := range page.Studies {
			if !all.add(st) {
				continue
			}
			if len(all.order) > f.server.config.Limits.Matches {
				return errEnough
			}
			if counted {
				continue
			}
			if err := f.tell(ctx, f.patientFound(&patientFound{study: st})); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !counted {
		return err
	}
	for _, key := range all.order {
		if err := f.tell(ctx, f.patientFound(all.all[key])); err != nil {
			return err
		}
	}
	return nil
}

// tell answers one match, if it is one in all keys.
func (f *finder) tell(ctx context.Context, candidate *dicom.Dataset) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !f.search.matcher.Matches(f.search.rest, candidate) {
		return nil
	}
	if f.told++; f.told > f.server.config.Limits.Matches {
		return errEnough
	}
	out, unsupported := project(f.search.keys, candidate, f.search.keptAt)
	out.SetString(dicom.QueryRetrieveLevel, f.search.keys.String(dicom.QueryRetrieveLevel))
	for _, t := range []dicom.Tag{dicom.RetrieveAETitle, f.search.unique()} { // whether asked for or not
		if e := candidate.Get(t); e != nil {
			out.Put(*e)
		}
	}
	return f.pending(out, unsupported)
}

// unique is the unique key of the level (PS3.4 C.6.1.1).
func (s *search) unique() dicom.Tag {
	if s.patients {
		return dicom.PatientID
	}
	return [...]dicom.Tag{dicom.StudyInstanceUID, dicom.SeriesInstanceUID, dicom.SOPInstanceUID}[s.query.Level]
}

func (f *finder) pending(out *dicom.Dataset, unsupported bool) error {
	b, err := write(out, f.charsets, f.op.Context)
	if err != nil {
		return err
	}
	status := dimse.Pending
	if unsupported {
		status = dimse.PendingWarning
	}
	if err := f.op.Reply(f.op.Command.Response(status), b); err != nil {
		return err
	}
	f.server.stats.found.Add(1)
	return nil
}
