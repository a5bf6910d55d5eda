package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/consult/share"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dicomweb"
	"yilian/imaging/fileset"
)

// givers says who may give studies away: the house whose images they are, as for exports.
type givers struct{ *service }

var _ share.Studies = givers{}

// MayGive implements share.Studies.
func (g givers) MayGive(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) (yilian.InstitutionID, string, error) {
	of, _, err := g.archive.Study(ctx, actor, study)
	if err != nil {
		return "", "", err
	}
	if of.Institution != actor.Institution {
		return "", "", noStudy()
	}
	house, err := g.directory.Institution(ctx, of.Institution)
	return of.Institution, house.Name, err
}

func noStudy() error {
	return yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There is no such study, series or instance for you.")
}

func (s *service) joinShares(context.Context) error {
	s.shares = share.New(s.store(), givers{s}, time.Now)
	s.shares.Register(s.clock)
	return nil
}

// sharedPrefix is where the pages of links find their pictures. It is a door of its own, so that whoever is signed in in the same browser sees by a
// link what the link shows, and a guest never meets an operation that stores.
const sharedPrefix = "/s-web"

// joinShared opens the door of links.
func (s *service) joinShared() (err error) {
	s.shared, err = dicomweb.New(dicomweb.Config{
		Archive: s.archive, Authenticate: s.guestOf, Prefix: sharedPrefix, Logger: s.log, Prepare: s.preparation.want,
	})
	return err
}

// uncached tells browsers to keep nothing of what a link shows: what was withdrawn shall not come back from a cache.
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(forgetful{w}, r) })
}

type forgetful struct{ http.ResponseWriter }

func (f forgetful) WriteHeader(status int) {
	f.Header().Set("Cache-Control", "no-store")
	f.ResponseWriter.WriteHeader(status)
}

func (f forgetful) Write(p []byte) (int, error) {
	f.Header().Set("Cache-Control", "no-store")
	return f.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (f forgetful) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// guestOf answers who looks by a link: at its one study, at series of pictures alone, and at whole files only where the link lets them be taken.
func (s *service) guestOf(r *http.Request) (yilian.Actor, error) {
	at, ok := sharedAddress(r.URL.Path)
	if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return yilian.Actor{}, noStudy()
	}
	guest, err := s.api.Guest(r, at.study)
	if err != nil {
		return yilian.Actor{}, noStudy()
	}
	if at.series != "" {
		if err := s.shownToGuests(r.Context(), at); err != nil {
			return yilian.Actor{}, err
		}
	}
	if at.file {
		if l, err := s.shares.MaySee(r.Context(), guest); err != nil || !l.Download {
			return yilian.Actor{}, noStudy()
		}
	}
	return guest, nil
}

// sharedPlace is what a guest asks for.
type sharedPlace struct {
	study  yilian.StudyUID
	series yilian.SeriesUID
	file   bool // the DICOM file as it is
}

// sharedAddress reads an address of the door: the series of one study, and what is in a series.
func sharedAddress(path string) (p sharedPlace, ok bool) {
	parts := strings.Split(strings.TrimPrefix(path, sharedPrefix+"/"), "/")
	if len(parts) < 3 || parts[0] != "studies" || parts[2] != "series" || !imaging.ValidUID(parts[1]) {
		return p, false
	}
	p.study = yilian.StudyUID(parts[1])
	if len(parts) == 3 {
		return p, true
	}
	p.series = yilian.SeriesUID(parts[3])
	p.file = len(parts) == 4 || len(parts) == 6 && parts[4] == "instances"
	return p, imaging.ValidUID(parts[3])
}

// withheld are the modalities of what people wrote and drew about the pictures: a guest sees a report only when it is released and chosen.
var withheld = []string{"SR", "PR", "KO", "DOC"}

func (s *service) shownToGuests(ctx context.Context, at sharedPlace) error {
	_, all, err := s.archive.Summary(ctx, at.study)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(se imaging.Series) bool { return se.UID == at.series && !slices.Contains(withheld, se.Modality) }) {
		return noStudy()
	}
	return nil
}

// guestScope is what a guest may list: the study of the link.
func (a access) guestScope(ctx context.Context, actor yilian.Actor) (imaging.Scope, error) {
	l, err := a.shares.MaySee(ctx, actor)
	if err != nil {
		return imaging.Scope{}, errNoImages()
	}
	return imaging.Scope{Studies: []yilian.StudyUID{l.Study}}, nil
}

func (a access) guestMayRead(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) error {
	if l, err := a.shares.MaySee(ctx, actor); err != nil || l.Study != uid {
		return errNoImages()
	}
	return nil
}

// givenAway writes what leaves the house by links and without identity.
type givenAway struct{ exports }

var _ api.GivenAway = givenAway{}

// ToGuest implements api.GivenAway. The archive asks again whether the guest may read the study, and writes the trail.
func (g givenAway) ToGuest(ctx context.Context, guest yilian.Actor, study yilian.StudyUID) (api.Export, error) {
	if !guest.Is(share.RoleGuest) {
		return api.Export{}, noStudy()
	}
	entries, err := g.archive.Export(ctx, guest, study)
	if err != nil {
		return api.Export{}, err
	}
	return zipped(func(yield func(fileset.Entry, error) bool) {
		for e, err := range entries {
			if err == nil && slices.Contains(withheld, e.Header.String(dicom.Modality)) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}), nil
}
