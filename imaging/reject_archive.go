package imaging

import (
	"context"

	"yilian"
)

// Rejected answers what was rejected of a study, by the study that the headers name: to those who work on corrections at its owner, and
// to the service. Nobody else sees it (IHE RAD TF-3 4.66.4.1.3).
func (a *Archive) Rejected(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, after yilian.InstanceUID, limit int) ([]Rejected, error) {
	if limit <= 0 || limit > MaxPage {
		limit = 100
	}
	page, err := a.index.RejectedOf(ctx, study, after, limit)
	if err != nil {
		return nil, unavailable("list rejected instances", err)
	}
	for _, r := range page {
		if err := a.maySeeRejected(actor, r); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// RejectedObject answers one rejected instance whole, to be looked at before a rejection is undone, or sent on with its note.
func (a *Archive) RejectedObject(ctx context.Context, actor yilian.Actor, uid yilian.InstanceUID) (Object, error) {
	r, err := a.index.RejectedInstance(ctx, uid)
	if err != nil {
		return Object{}, unavailable("look up a rejected instance", err)
	}
	if err := a.maySeeRejected(actor, r); err != nil {
		return Object{}, err
	}
	if err := a.audit(ctx, actor, r.Addition.Study.UID); err != nil && yilian.KindOf(err) != yilian.NotFound {
		return Object{}, err
	}
	return a.object(r.Addition.Instance), nil
}

func (a *Archive) maySeeRejected(actor yilian.Actor, r Rejected) error {
	owner := r.Addition.Study.Institution
	if actor.Is(yilian.RoleSystem) || actor.Is(askers...) && actor.Institution == owner {
		return nil
	}
	if actor.Institution == owner {
		return yilian.Errorf(yilian.Forbidden, CodeForbidden, "What was rejected is not for your role.")
	}
	return notFound()
}
