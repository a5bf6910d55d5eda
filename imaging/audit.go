package imaging

import (
	"context"
	"sync"
	"time"

	"yilian"
)

// auditEvery is how long one entry in the trail stands for an actor's reading of one study.
const auditEvery = 10 * time.Minute

// authorise asks whether the actor may read a study and writes it into the trail before anything is given out. Refusals look like
// absence.
func (a *Archive) authorise(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) error {
	if err := a.access.MayRead(ctx, actor, study); err != nil {
		switch yilian.KindOf(err) {
		case yilian.Forbidden, yilian.NotFound:
			e := yilian.Errorf(yilian.NotFound, CodeNotFound, "There is no such study, series or instance for you.")
			e.Err = err
			return e
		}
		return refused(err)
	}
	if actor.Is(yilian.RoleSystem) {
		return nil
	}
	return a.audit(ctx, actor, study)
}

// audit writes one event for an actor's reading of a study, at most once in auditEvery. Without it nothing is read.
func (a *Archive) audit(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) error {
	key := visitOf(actor, uid)
	now := a.now().UTC()
	if !a.visits.due(key, now) {
		return nil
	}
	study, err := a.index.Study(ctx, uid)
	if err != nil {
		return unavailable("look up a study", err)
	}
	err = a.index.Audit(ctx, yilian.Event{
		Chain: string(study.Institution), Entity: "study", EntityID: string(uid), Version: study.Version,
		Action: "study.read", Actor: actor, At: now,
	})
	if err != nil {
		return unavailable("write the audit trail", err)
	}
	a.visits.done(key, now)
	return nil
}

// auditSearch writes that an actor searched the archive, at most once in auditEvery.
func (a *Archive) auditSearch(ctx context.Context, actor yilian.Actor) error {
	key := visitOf(actor, "")
	now := a.now().UTC()
	if actor.Is(yilian.RoleSystem) || !a.visits.due(key, now) {
		return nil
	}
	err := a.index.Audit(ctx, yilian.Event{
		Chain: string(actor.Institution), Entity: "archive", EntityID: "studies", Action: "archive.searched", Actor: actor, At: now,
	})
	if err != nil {
		return unavailable("write the audit trail", err)
	}
	a.visits.done(key, now)
	return nil
}

// visit is one actor looking at one study.
type visit struct {
	person      yilian.PersonID
	institution yilian.InstitutionID
	session     string
	device      string
	name        string
	study       yilian.StudyUID
}

func visitOf(a yilian.Actor, study yilian.StudyUID) visit {
	return visit{a.Person, a.Institution, a.Session, a.Device, a.Name, study}
}

// maxVisits bounds the memory of visits; when it is full, some are written to the trail again too early.
const maxVisits = 20_000

// visits remembers which visits the trail tells of already.
type visits struct {
	mu sync.Mutex
	at map[visit]time.Time // guarded by mu
}

func (v *visits) due(key visit, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, ok := v.at[key]
	return !ok || now.Sub(at) >= auditEvery
}

func (v *visits) done(key visit, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.at == nil {
		v.at = map[visit]time.Time{}
	}
	if len(v.at) >= maxVisits {
		for k, at := range v.at {
			if now.Sub(at) >= auditEvery {
				delete(v.at, k)
			}
		}
	}
	if len(v.at) >= maxVisits {
		clear(v.at)
	}
	v.at[key] = now
}
