package main

import (
	"context"
	"slices"

	"yilian"
	"yilian/consult/share"
	"yilian/imaging"
)

// The scopes of a program's token at the DICOMweb door, and of a device that may query at the DIMSE door.
const (
	scopeRead  = "dicomweb:read"
	scopeStore = "dicomweb:store"
	scopeQuery = "dicom:query"
)

// access says who may see and send images. Nobody may by default; administrators, auditors and wall screens never.
//
// It looks at the services through the program, since the archive is joined before the services that know the rights.
type access struct{ *service }

var _ imaging.Access = access{}

// Scope implements imaging.Access: people list what their institution made or reads, and what a consult shares with them;
// programs and devices, as far as they may query, what their institution made.
func (a access) Scope(ctx context.Context, actor yilian.Actor) (imaging.Scope, error) {
	switch {
	case actor.Is(yilian.RoleSystem):
		return imaging.Scope{All: true}, nil
	case actor.Is(yilian.RoleProgram), actor.Device != "":
		if !mayQuery(actor) {
			return imaging.Scope{}, errNoImages()
		}
		return imaging.Scope{Institutions: []yilian.InstitutionID{actor.Institution}}, nil
	case actor.Is(share.RoleGuest):
		return a.guestScope(ctx, actor)
	case !actor.Is(viewers...):
		return imaging.Scope{}, errNoImages()
	}
	var scope imaging.Scope
	var err error
	if actor.Is(homeViewers...) {
		if scope.Institutions, err = a.readings.Sites(ctx, actor); err != nil {
			return imaging.Scope{}, err
		}
	}
	scope.Studies, err = a.requests.Shared(ctx, actor)
	return scope, err
}

// MayRead implements imaging.Access.
func (a access) MayRead(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) error {
	switch {
	case actor.Is(yilian.RoleSystem):
		return nil
	case actor.Is(yilian.RoleProgram), actor.Device != "":
		return a.machineMayRead(ctx, actor, uid)
	case actor.Is(share.RoleGuest):
		return a.guestMayRead(ctx, actor, uid)
	case !actor.Is(viewers...):
		return errNoImages()
	}
	if may, err := a.readings.MaySee(ctx, actor, uid); may || err != nil {
		return err
	}
	if may, err := a.requests.MayRead(ctx, actor, uid); may || err != nil {
		return err
	}
	return errNoImages()
}

// mayQuery tells whether a program or device may look for and read what its institution has.
func mayQuery(actor yilian.Actor) bool {
	if actor.Is(yilian.RoleProgram) {
		return slices.Contains(actor.Scopes, scopeRead)
	}
	return slices.Contains(actor.Scopes, scopeQuery)
}

func (a access) machineMayRead(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) error {
	if !mayQuery(actor) {
		return errNoImages()
	}
	info, err := a.readings.Images.Study(ctx, uid)
	if err != nil {
		return err
	}
	if info.Institution != actor.Institution {
		return errNoImages()
	}
	return nil
}

// MayStore implements imaging.Access: devices and programs send for their institution, technologists and administrators of
// images may import for theirs; the service itself keeps what readers draw, for whom the study belongs to.
func (a access) MayStore(_ context.Context, actor yilian.Actor) (yilian.InstitutionID, error) {
	device := actor.Device != ""
	program := actor.Is(yilian.RoleProgram) && slices.Contains(actor.Scopes, scopeStore)
	if (device || program || actor.Is(yilian.RoleTechnologist, yilian.RoleSystem)) && actor.Institution != "" {
		return actor.Institution, nil
	}
	return "", yilian.Errorf(yilian.Forbidden, imaging.CodeForbidden, "You may not send images to this archive.")
}

var (
	// homeViewers see what belongs to their institution; specialists only what a consult shares with them.
	homeViewers = []yilian.Role{
		yilian.RoleRequester, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleTechnologist, yilian.RoleCoordinator, yilian.RoleHead,
	}
	viewers = append(slices.Clone(homeViewers), yilian.RoleSpecialist)
)

func errNoImages() error {
	return yilian.Errorf(yilian.Forbidden, imaging.CodeForbidden, "You are not entitled to these images.")
}
