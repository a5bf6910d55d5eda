package imaging

import (
	"context"
	"encoding/json"
	"iter"

	"yilian"
)

// Path names a study, a series of it, or an instance of that series; what is left empty is not restricted.
type Path struct {
	Study    yilian.StudyUID
	Series   yilian.SeriesUID
	Instance yilian.InstanceUID
}

// Find answers one page of what matches and the actor may list.
func (a *Archive) Find(ctx context.Context, actor yilian.Actor, q Query) (Page, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, MaxPage)
	if q.Offset < 0 {
		return Page{}, yilian.Errorf(yilian.Invalid, CodeQuery, "The offset is negative.")
	}
	for _, m := range q.Match {
		info, ok := m.Field.Info()
		if !ok || info.Level > q.Level || len(m.Values) == 0 {
			return Page{}, yilian.Errorf(yilian.Invalid, CodeQuery, "%.64s cannot be searched at this level.", m.Field)
		}
	}
	scope, err := a.searchable(ctx, actor, q)
	if err != nil {
		return Page{}, err
	}
	if !scope.All && len(scope.Institutions) == 0 && len(scope.Studies) == 0 {
		return Page{}, nil
	}
	page, err := a.index.Find(ctx, scope, q)
	if err != nil {
		return Page{}, unavailable("search", err)
	}
	return page, nil
}

// searchable answers where a search may look. One inside a study is a reading of that study; any other stays within what the
// actor may list.
func (a *Archive) searchable(ctx context.Context, actor yilian.Actor, q Query) (Scope, error) {
	if q.Study != "" {
		return Scope{All: true}, a.authorise(ctx, actor, q.Study)
	}
	scope, err := a.access.Scope(ctx, actor)
	if err != nil {
		return Scope{}, refused(err)
	}
	return scope, a.auditSearch(ctx, actor)
}

// Summary answers a study and its series for the service itself (completeness, matching). It asks nobody for access.
func (a *Archive) Summary(ctx context.Context, uid yilian.StudyUID) (Study, []Series, error) {
	study, err := a.index.Study(ctx, uid)
	if err != nil {
		return Study{}, nil, err
	}
	series, err := a.index.Series(ctx, uid)
	return study, series, err
}

// Study answers a study and its series.
func (a *Archive) Study(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) (Study, []Series, error) {
	if err := a.authorise(ctx, actor, uid); err != nil {
		return Study{}, nil, err
	}
	study, series, err := a.Summary(ctx, uid)
	if err != nil {
		return Study{}, nil, unavailable("look up a study", err)
	}
	return study, series, nil
}

// pageSize is how many instances are read from the index at a time.
const pageSize = 200

// Instances goes through the instances of a study or series, with their Metadata but without Layout, in the order of series,
// number and UID. It yields NotFound first when there are none.
func (a *Archive) Instances(ctx context.Context, actor yilian.Actor, p Path) iter.Seq2[Instance, error] {
	return func(yield func(Instance, error) bool) {
		if err := a.authorise(ctx, actor, p.Study); err != nil {
			yield(Instance{}, err)
			return
		}
		a.instances(ctx, p, a.index.Instances)(yield)
	}
}

// Outline is Instances without Metadata and Layout, which are most of an instance: for who wants to know which there are, or to send them.
func (a *Archive) Outline(ctx context.Context, actor yilian.Actor, p Path) iter.Seq2[Instance, error] {
	return func(yield func(Instance, error) bool) {
		if err := a.authorise(ctx, actor, p.Study); err != nil {
			yield(Instance{}, err)
			return
		}
		for i, err := range a.instances(ctx, p, a.index.Outline) {
			if i.Metadata, i.Layout = nil, nil; !yield(i, err) {
				return
			}
		}
	}
}

// lister is a method of Index that lists instances.
type lister func(ctx context.Context, study yilian.StudyUID, series yilian.SeriesUID, after string, limit int) (page []Instance, next string, err error)

// instances is Instances or Outline for who may read the study. It and instance are the only ways to the instances of the index that lead to a
// reader.
func (a *Archive) instances(ctx context.Context, p Path, list lister) iter.Seq2[Instance, error] {
	return func(yield func(Instance, error) bool) {
		if p.Instance != "" {
			yield(a.instance(ctx, p))
			return
		}
		for after, n := "", 0; ; {
			page, next, err := list(ctx, p.Study, p.Series, after, pageSize)
			if err != nil {
				yield(Instance{}, unavailable("list instances", err))
				return
			}
			if n += len(page); n == 0 {
				yield(Instance{}, notFound())
				return
			}
			for _, i := range page {
				if !yield(i, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			after = next
		}
	}
}

// Instance answers one instance, with Metadata and Layout.
func (a *Archive) Instance(ctx context.Context, actor yilian.Actor, p Path) (Instance, error) {
	if err := a.authorise(ctx, actor, p.Study); err != nil {
		return Instance{}, err
	}
	return a.instance(ctx, p)
}

// instance looks up an instance that must lie where the path says.
func (a *Archive) instance(ctx context.Context, p Path) (Instance, error) {
	i, err := a.index.Instance(ctx, p.Instance)
	if err != nil {
		return Instance{}, unavailable("look up an instance", err)
	}
	if i.Study != p.Study || p.Series != "" && i.Series != p.Series {
		return Instance{}, notFound()
	}
	return i, nil
}

// ResolveBulk puts base in front of the relative BulkDataURIs of an instance's metadata: base + "00282000".
func ResolveBulk(metadata json.RawMessage, base string) json.RawMessage {
	return replaceScheme(metadata, base)
}

func notFound() error {
	return yilian.Errorf(yilian.NotFound, CodeNotFound, "There is no such study, series or instance for you.")
}
