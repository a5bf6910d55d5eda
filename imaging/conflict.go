package imaging

import (
	"context"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Conflicts answers what was kept aside in the actor's scope, oldest first, for an administrator.
func (a *Archive) Conflicts(ctx context.Context, actor yilian.Actor, after string, limit int) (page []Conflict, next string, err error) {
	scope, err := a.administers(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	if limit <= 0 || limit > MaxPage {
		limit = 100
	}
	page, next, err = a.index.Conflicts(ctx, scope, after, limit)
	if err != nil {
		return nil, "", unavailable("list conflicts", err)
	}
	return page, next, nil
}

// administers answers the scope of an administrator, or of the service itself. An administrator needs no right to read images:
// conflicts show UIDs only.
func (a *Archive) administers(ctx context.Context, actor yilian.Actor) (Scope, error) {
	switch {
	case actor.Is(yilian.RoleSystem):
		return Scope{All: true}, nil
	case actor.Is(yilian.RoleAdmin):
		return Scope{All: true}, nil
	}
	return Scope{}, yilian.Errorf(yilian.Forbidden, CodeForbidden, "Only an administrator sees what was kept aside.")
}

// abandoned is how long an association may store nothing before Sweep takes it for one of a node that is gone.
const abandoned = 6 * time.Hour

// Sweep deletes Part 10 files that no row of the index names: what a crash between the two commits, or a failed deletion, has
// left behind, and metadata and previews of what series were before. It spares what is younger than age, at least twice the time that Store may take to finish. It answers how many it
// deleted. It also ends associations that nobody will end any more. Run it now and then, on any node.
func (a *Archive) Sweep(ctx context.Context, age time.Duration) (removed int, err error) {
	if err := a.index.EndAssociations(ctx, "", a.now().Add(-abandoned)); err != nil {
		return 0, unavailable("end associations", err)
	}
	for _, prefix := range []string{metadataObjects, previewObjects} {
		n, err := a.sweepSeries(ctx, prefix)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	before := a.now().Add(-max(age, 2*finish))
	for after := ""; ; {
		keys, err := a.blobs.List(ctx, objects, after, MaxPage)
		if err != nil {
			return removed, unavailable("list objects", err)
		}
		if len(keys) == 0 {
			return removed, nil
		}
		after = keys[len(keys)-1]
		n, err := a.sweepPage(ctx, keys, before)
		removed += n
		if err != nil {
			return removed, err
		}
	}
}

// suspicious is how many orphans among MaxPage objects are more than crashes leave behind: an index that was restored from an old backup
// does not know what came since, and that must not be deleted.
const suspicious = 100

func (a *Archive) sweepPage(ctx context.Context, keys []string, before time.Time) (removed int, err error) {
	var old []string
	for _, k := range keys {
		if at, ok := keyTime(k); ok && at.Before(before) {
			old = append(old, k)
		}
	}
	if len(old) == 0 {
		return 0, nil
	}
	known, err := a.index.Known(ctx, old)
	if err != nil {
		return 0, unavailable("look up objects", err)
	}
	if lost := len(old) - len(known); lost > suspicious {
		return 0, yilian.Errorf(yilian.Conflict, "sweep.suspicious",
			"%d of %d objects are in no row: the index may be older than the objects. Nothing was deleted; run fsck.", lost, len(old))
	}
	for _, k := range old {
		if known[k] {
			continue
		}
		if err := a.blobs.Delete(ctx, k); err != nil {
			return removed, unavailable("delete an object", err)
		}
		removed++
		a.log.InfoContext(ctx, "orphan object deleted", "key", k)
	}
	return removed, nil
}

// ConflictsOf answers what was kept aside from the actor's own institution, with the values of both sides, to those who work on
// corrections there. What another institution has under the same UID is not theirs to see: of it, only that there is something.
func (a *Archive) ConflictsOf(ctx context.Context, actor yilian.Actor, after string, limit int) (page []Conflict, next string, err error) {
	if !actor.Is(askers...) || actor.Institution == "" {
		return nil, "", yilian.Errorf(yilian.Forbidden, CodeCorrectionRole, "This is not for your role.")
	}
	if limit <= 0 || limit > MaxPage {
		limit = 100
	}
	page, next, err = a.index.Conflicts(ctx, Scope{Institutions: []yilian.InstitutionID{actor.Institution}}, after, limit)
	if err != nil {
		return nil, "", unavailable("list conflicts", err)
	}
	for i, c := range page {
		if c.Current.UID == "" {
			continue
		}
		if err := a.access.MayRead(ctx, actor, c.Current.Study); err != nil {
			page[i].Current = Instance{}
		}
	}
	return page, next, nil
}

// HeaderStudy is the study that the header of an instance describes.
func HeaderStudy(i Instance) Study {
	d, err := dicom.ParseJSON(part(i.Metadata, studyAttribute), nil)
	if err != nil {
		return Study{UID: i.Study}
	}
	return describeStudy(d, "")
}
