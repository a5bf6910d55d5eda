package imaging

import (
	"context"
	"io"
	"iter"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/fileset"
)

// Export gives out a whole study for a medium, corrections applied. It is in the audit trail before the first byte leaves, each time: a copy
// that leaves the house is more than a look.
func (a *Archive) Export(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) (iter.Seq2[fileset.Entry, error], error) {
	if err := a.authorise(ctx, actor, uid); err != nil {
		return nil, err
	}
	study, err := a.index.Study(ctx, uid)
	if err != nil {
		return nil, unavailable("look up a study", err)
	}
	err = a.index.Audit(ctx, yilian.Event{
		Chain: string(study.Institution), Entity: "study", EntityID: string(uid), Version: study.Version, Action: "study.exported", Actor: actor, At: a.now().UTC(),
	})
	if err != nil {
		return nil, unavailable("write the audit trail", err)
	}
	return func(yield func(fileset.Entry, error) bool) {
		for i, err := range a.Instances(ctx, actor, Path{Study: uid}) {
			if err != nil {
				yield(fileset.Entry{}, err)
				return
			}
			header, err := dicom.ParseJSON(i.Metadata, nothing)
			i.Metadata = nil // an entry may be kept until all have come
			o := a.ObjectOf(i)
			if !yield(fileset.Entry{
				Header: header, Syntax: i.TransferSyntax,
				Open: func() (io.ReadCloser, error) { return o.Open(ctx, 0, -1) },
				Size: func() (int64, error) { sized, err := o.correct(ctx); return sized.Size, err },
			}, err) {
				return
			}
		}
	}, nil
}

// nothing stands for bulk values, which no directory repeats.
func nothing(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil }
