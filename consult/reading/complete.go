package reading

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
)

// Completeness is when a study counts as complete. The zero value asks for nothing.
type Completeness struct {
	Quiet   func(modality string) time.Duration // how long each series must have been quiet
	MaxWait time.Duration                       // after the last arrival: then complete although the evidence is missing
}

// Evidence is what others than the images say of how many there will be: the device by its performed steps (MPPS), the sender by a
// manifest. The zero value says nothing.
type Evidence struct {
	Working    bool // a device reports that it goes on
	Ended      bool // a device reports the end
	Completed  bool // and not only of what was broken off
	WrongEntry bool // all that was made was broken off because it was the wrong line of the worklist
	// Listed is how many instances of which series devices say that they have made.
	Listed map[yilian.SeriesUID]int
	// Missing: of those, some are known not to be here though their number is.
	Missing bool
	Total   int // instances of the study by the sender's manifest; 0: none
}

// Silent tells whether nobody says anything.
func (e Evidence) Silent() bool { return !e.Working && !e.Ended && e.Total == 0 }

// Verdict is the answer to "is it complete?".
type Verdict struct {
	Complete bool
	Partial  bool      // the evidence is missing, but the longest wait is over; or the exam was broken off
	Again    time.Time // when to look again, if not complete
}

// patience is how much longer a series must be quiet whose header states more images than are here.
const patience = 3

// Judge decides by evidence. Everything that a device or sender has listed is here: complete at once, but for series that nobody
// listed, which must be quiet. Something listed is missing, or a device goes on: wait for it. Nobody says anything: every series
// quiet and no association open that brought images of the study. Nothing holds a study back for longer than MaxWait after its last
// image; what was not proved then is partial.
func (c Completeness) Judge(s StudyInfo, e Evidence, now time.Time) Verdict {
	all, withheld := e.weigh(s)
	quietAt, longest := s.LastArrival, time.Duration(0)
	if all {
		quietAt = now
	}
	for _, series := range s.Series {
		q := c.quiet(series)
		longest = max(longest, q)
		if _, listed := e.Listed[series.UID]; all && (listed || e.Total > 0) {
			continue
		}
		if at := series.LastArrival.Add(q); at.After(quietAt) {
			quietAt = at
		}
	}
	giveUp := s.LastArrival.Add(c.MaxWait)
	quiet := !now.Before(quietAt)
	brokenOff := e.Ended && !e.Completed
	switch {
	case s.Instances == 0:
		return Verdict{Again: now.Add(max(longest, time.Second))}
	case quiet && !withheld && (all || s.Associations == 0):
		return Verdict{Complete: true, Partial: brokenOff}
	case !now.Before(giveUp):
		return Verdict{Complete: true, Partial: true}
	case withheld:
		return Verdict{Again: giveUp} // or when the device reports, or an image comes
	case quiet:
		return Verdict{Again: earlier(now.Add(max(longest, time.Second)), giveUp)}
	default:
		return Verdict{Again: earlier(quietAt, giveUp)}
	}
}

func (c Completeness) quiet(s SeriesInfo) time.Duration {
	if s.Stated > s.Instances {
		return patience * c.Quiet(s.Modality)
	}
	return c.Quiet(s.Modality)
}

// weigh tells whether all that was announced is here, and whether something that was announced is not.
func (e Evidence) weigh(s StudyInfo) (all, withheld bool) {
	here := map[yilian.SeriesUID]int{}
	for _, series := range s.Series {
		here[series.UID] = series.Instances
	}
	missing := e.Missing || s.Instances < e.Total
	for uid, n := range e.Listed {
		missing = missing || here[uid] < n
	}
	announced := e.Ended && len(e.Listed) > 0 || e.Total > 0
	return announced && !missing && !e.Working, missing || e.Working
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// evidence gathers what devices and senders say of a study.
func (s *Service) evidence(ctx context.Context, info StudyInfo) (e Evidence, err error) {
	var steps []order.Performance
	err = s.Store.View(ctx, func(rd flow.Reader) (err error) {
		if steps, err = s.Orders.StepsOf(rd, info.Institution, info.UID); err != nil {
			return fmt.Errorf("performed steps of a study: %w", err)
		}
		m, _, err := getDoc[Manifest](rd, manifestRef(info.Institution, info.UID))
		e.Total = m.Instances
		return err
	})
	if err != nil {
		return Evidence{}, err
	}
	wrong, listed := 0, map[yilian.InstanceUID]bool{}
	for _, p := range steps {
		e.Working = e.Working || !p.Status.Final()
		e.Ended = e.Ended || p.Status.Final()
		e.Completed = e.Completed || p.Status == order.StepCompleted
		if p.WrongEntry() {
			wrong++
		}
		if p.Status.Final() {
			e.list(p.Series, listed)
		}
	}
	e.WrongEntry = wrong > 0 && wrong == len(steps)
	if all, _ := e.weigh(info); !all || len(listed) == 0 {
		return e, nil
	}
	if images, ok := s.Images.(Holdings); ok {
		missing, err := images.Missing(ctx, info.UID, slices.Sorted(maps.Keys(listed)))
		if err != nil {
			return Evidence{}, fmt.Errorf("instances of a performed step: %w", err)
		}
		e.Missing = missing > 0
	}
	return e, nil
}

// list adds what a step has made; what several steps name is counted once.
func (e *Evidence) list(made []order.SeriesMade, seen map[yilian.InstanceUID]bool) {
	for _, m := range made {
		for _, uid := range m.Instances {
			if seen[uid] {
				continue
			}
			if seen[uid] = true; e.Listed == nil {
				e.Listed = map[yilian.SeriesUID]int{}
			}
			e.Listed[m.UID]++
		}
	}
}

// Holdings is an archive that can tell which of some instances are not here. Images may implement it; numbers alone are compared
// where it does not.
type Holdings interface {
	Missing(ctx context.Context, uid yilian.StudyUID, instances []yilian.InstanceUID) (int, error)
}

// Manifest is what a sender announces of a study: a township gateway knows what it has before it sends.
type Manifest struct {
	Instances int       `json:"instances"`
	At        time.Time `json:"at"`
}

// manifestRef: a manifest counts for what the same institution sends only.
func manifestRef(site yilian.InstitutionID, uid yilian.StudyUID) flow.Ref {
	return flow.Ref{Kind: "manifest", ID: string(site) + "␟" + string(uid)}
}

// maxManifest is how many instances a study may be announced to have.
const maxManifest = 1_000_000

// Announce takes a sender's manifest of a study that its institution sends or is about to send. A later one replaces it.
func (s *Service) Announce(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID, instances int) error {
	switch {
	case actor.Institution == "":
		return yilian.Errorf(yilian.Forbidden, "forbidden.role", "A manifest belongs to the institution that sends.")
	case instances < 1 || instances > maxManifest:
		return yilian.Errorf(yilian.Invalid, "study.manifest", "A study has from 1 to %d images.", maxManifest)
	}
	err := s.Store.Update(ctx, func(tx flow.Tx) error {
		ref := manifestRef(actor.Institution, uid)
		old, seen, err := getDoc[Manifest](tx, ref)
		if err != nil || old.Instances == instances {
			return err
		}
		if err := putDoc(tx, ref, seen, Manifest{Instances: instances, At: s.Now().UTC()}); err != nil {
			return err
		}
		return tx.Append(yilian.Event{
			Chain: string(actor.Institution), Entity: StudyKind, EntityID: string(uid), Action: "announce", Actor: actor, At: s.Now().UTC(),
		}, nil)
	})
	if err != nil {
		return err
	}
	return s.StudyChanged(ctx, uid)
}
