package imaging

import (
	"context"

	"yilian"
)

// Notices answers what the actor has to know about studies that they have seen, newest first; open: only what they have not
// acknowledged.
func (a *Archive) Notices(ctx context.Context, actor yilian.Actor, open bool, after string, limit int) ([]Notice, string, error) {
	if actor.Person == "" {
		return nil, "", nil
	}
	if limit <= 0 || limit > MaxPage {
		limit = 100
	}
	page, next, err := a.index.Notices(ctx, actor.Person, open, after, limit)
	if err != nil {
		return nil, "", unavailable("list notices", err)
	}
	return page, next, nil
}

// Acknowledge ends a notice of the actor.
func (a *Archive) Acknowledge(ctx context.Context, actor yilian.Actor, id string) error {
	if err := a.index.Acknowledge(ctx, actor.Person, id, a.now().UTC()); err != nil {
		return unavailable("acknowledge a notice", err)
	}
	return nil
}

// Notify tells further people about a correction: those who have reported on the study, say, whom the archive does not know.
func (a *Archive) Notify(ctx context.Context, correction string, people []yilian.PersonID) error {
	if err := a.index.Notify(ctx, correction, people, a.now().UTC()); err != nil {
		return unavailable("write notices", err)
	}
	return nil
}
