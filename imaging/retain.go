package imaging

import (
	"context"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Keeping says how long studies are kept.
type Keeping interface {
	// Keep answers the retention class of a study.
	Keep(ctx context.Context, s Study) (Retention, error)
}

// Retention is a class: outpatient records are kept 15 years after the patient's last visit and inpatient records 30 (医疗机构病历管理规定), unless
// an institution chose longer.
type Retention struct {
	Class string
	Years int           // after the patient's newest study at the institution; 0: for ever
	Grace time.Duration // from when a study has left the listings until its bytes are deleted
}

// Hold is a legal hold: while it lasts, nothing of the study is deleted, whatever its class says.
type Hold struct {
	ID            string
	Study         yilian.StudyUID
	Institution   yilian.InstitutionID // owner of the study
	Reason        string
	By            yilian.Actor
	At            time.Time
	Released      time.Time // zero while it lasts
	ReleasedBy    yilian.Actor
	ReleaseReason string
}

// Holds remembers legal holds, and carries out what has expired.
type Holds interface {
	// Hold sets a hold, with its event.
	Hold(ctx context.Context, h Hold) error
	// Release ends one, with its event; Conflict if it has ended.
	Release(ctx context.Context, id string, by yilian.Actor, at time.Time, reason string) (Hold, error)
	HoldByID(ctx context.Context, id string) (Hold, error)
	// HoldsOf answers one page, newest first; study "" is all of the scope, lasting only those that were not released.
	HoldsOf(ctx context.Context, scope Scope, study yilian.StudyUID, lasting bool, after string, limit int) (page []Hold, next string, err error)

	// Bytes is how much all listed studies have.
	Bytes(ctx context.Context) (int64, error)

	// Quiet answers studies into which nothing was stored since a moment, by UID.
	Quiet(ctx context.Context, before time.Time, after yilian.StudyUID, limit int) ([]Study, error)
	// Impose records a correction that is in force at once, by a rule and not by two persons, and carries it out with its note.
	Impose(ctx context.Context, c Correction, note *Addition) error
	// Ended answers instances that were rejected because their retention had ended, before a moment, by UID. Those on hold are left out.
	Ended(ctx context.Context, before time.Time, after yilian.InstanceUID, limit int) ([]Rejected, error)
	// Purge forgets rejected instances with an event for each study, unless a hold has come up, and answers whose bytes nobody needs any
	// more.
	Purge(ctx context.Context, all []Rejected, at time.Time) (unused []string, err error)
}

// SetHold puts a study on hold: the head of its institution, or an administrator.
func (a *Archive) SetHold(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, reason string) (Hold, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Hold{}, yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "Say why.")
	}
	s, err := a.index.Study(ctx, study)
	if err != nil {
		return Hold{}, unavailable("look up a study", err)
	}
	if err := mayHold(actor, s.Institution); err != nil {
		return Hold{}, err
	}
	now := a.now().UTC()
	h := Hold{ID: correctionID(now), Study: study, Institution: s.Institution, Reason: reason, By: signer(actor), At: now}
	if err := a.index.Hold(ctx, h); err != nil {
		return Hold{}, unavailable("set a hold", err)
	}
	return h, nil
}

// ReleaseHold ends a hold.
func (a *Archive) ReleaseHold(ctx context.Context, actor yilian.Actor, id, reason string) (Hold, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Hold{}, yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "Say why.")
	}
	h, err := a.index.HoldByID(ctx, id)
	if err != nil {
		return h, unavailable("look up a hold", err)
	}
	if err := mayHold(actor, h.Institution); err != nil {
		return Hold{}, err
	}
	if h, err = a.index.Release(ctx, id, signer(actor), a.now().UTC(), reason); err != nil {
		return h, unavailable("release a hold", err)
	}
	return h, nil
}

// Holds answers the holds that the actor may set, newest first.
func (a *Archive) Holds(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, lasting bool, after string, limit int) ([]Hold, string, error) {
	scope := Scope{All: true}
	if !actor.Is(yilian.RoleAdmin, yilian.RoleSystem) {
		if err := mayHold(actor, actor.Institution); err != nil {
			return nil, "", err
		}
		scope = Scope{Institutions: []yilian.InstitutionID{actor.Institution}}
	}
	if limit <= 0 || limit > MaxPage {
		limit = 100
	}
	page, next, err := a.index.HoldsOf(ctx, scope, study, lasting, after, limit)
	if err != nil {
		return nil, "", unavailable("list holds", err)
	}
	return page, next, nil
}

func mayHold(actor yilian.Actor, owner yilian.InstitutionID) error {
	if actor.Is(yilian.RoleAdmin, yilian.RoleSystem) || actor.Is(yilian.RoleHead) && actor.Institution == owner {
		return nil
	}
	if actor.Is(yilian.RoleHead) {
		return notFound()
	}
	return yilian.Errorf(yilian.Forbidden, CodeCorrectionRole, "A hold is for the head of the institution, or an administrator.")
}

// Expire lets studies whose retention has ended leave the listings (113039), and deletes the bytes of those that left them longer than the
// grace ago. What is on hold stays. It answers how many studies and instances it treated. Run it now and then, on one node.
func (a *Archive) Expire(ctx context.Context, keep Keeping) (studies, instances int, err error) {
	// Nothing younger than a year is looked at: no class is that short.
	before := a.now().AddDate(-1, 0, 0)
	for after := yilian.StudyUID(""); ; {
		page, err := a.index.Quiet(ctx, before, after, pageSize)
		if err != nil {
			return studies, 0, unavailable("list old studies", err)
		}
		for _, s := range page {
			done, err := a.expireStudy(ctx, keep, s)
			if err != nil {
				return studies, 0, err
			}
			if done {
				studies++
			}
			after = s.UID
		}
		if len(page) < pageSize {
			break
		}
	}
	instances, err = a.purgeEnded(ctx, keep)
	return studies, instances, err
}

// expired tells whether the class of a study says that it has been kept long enough: its patient has not come since.
func (a *Archive) expired(ctx context.Context, keep Keeping, s Study) (Retention, bool, error) {
	class, err := keep.Keep(ctx, s)
	if err != nil || class.Years <= 0 {
		return class, false, err
	}
	cut := a.now().AddDate(-class.Years, 0, 0)
	if !lastSeen(s).Before(cut) {
		return class, false, nil
	}
	uids, err := a.index.StudiesOf(ctx, s.Institution, PatientKey{s.PatientIssuer, s.PatientID})
	if err != nil {
		return class, false, unavailable("list a patient's studies", err)
	}
	for _, uid := range uids {
		other, err := a.index.Study(ctx, uid)
		if err != nil {
			return class, false, unavailable("look up a study", err)
		}
		if !lastSeen(other).Before(cut) {
			return class, false, nil
		}
	}
	return class, true, nil
}

// lastSeen is the later of the study's date and its last arrival.
func lastSeen(s Study) time.Time {
	if at, err := time.ParseInLocation("20060102", s.Date, time.Local); err == nil && at.After(s.LastArrival) {
		return at
	}
	return s.LastArrival
}

func (a *Archive) expireStudy(ctx context.Context, keep Keeping, s Study) (done bool, err error) {
	class, expired, err := a.expired(ctx, keep, s)
	if err != nil || !expired {
		return false, err
	}
	refs, err := a.references(ctx, s.UID, []Reference{{Study: s.UID}})
	if yilian.KindOf(err) == yilian.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now := a.now().UTC()
	c := Correction{
		ID: dicom.DerivedUID("expiry", string(s.UID), s.LastArrival.String()), Kind: RejectKind, State: CorrectionActive, Version: 1, Institution: s.Institution,
		Studies: []yilian.StudyUID{s.UID}, At: now, Reject: &Reject{Code: RejectedRetention, NoteHome: s.UID, Instances: refs},
		Steps: []CorrectionStep{{Propose, yilian.System, now, class.Class}, {Approve, yilian.System, now, ""}},
	}
	told, err := a.storeNote(ctx, yilian.System, c)
	if err != nil {
		return false, err
	}
	err = a.index.Impose(ctx, c, told)
	if yilian.KindOf(err) == yilian.Conflict {
		return false, nil // on hold
	}
	if err != nil {
		return false, unavailable("let a study expire", err)
	}
	a.log.InfoContext(ctx, "retention ended", "study", s.UID, "class", class.Class, "instances", len(refs))
	return true, nil
}

// purgeEnded deletes what left the listings longer than its grace ago.
func (a *Archive) purgeEnded(ctx context.Context, keep Keeping) (n int, err error) {
	now := a.now()
	for after := yilian.InstanceUID(""); ; {
		page, err := a.index.Ended(ctx, now, after, pageSize)
		if err != nil {
			return n, unavailable("list what has expired", err)
		}
		if len(page) == 0 {
			return n, nil
		}
		after = page[len(page)-1].Instance
		var due []Rejected
		for _, r := range page {
			study := r.Addition.Study
			study.LastArrival = r.Addition.At // the note has come since
			class, expired, err := a.expired(ctx, keep, study)
			if err != nil {
				return n, err
			}
			// A note from elsewhere does not shorten what we owe; and notes are kept: they are the proof.
			if expired && r.At.Add(class.Grace).Before(now) && r.Addition.Instance.SOPClass != keyObjects {
				due = append(due, r)
			}
		}
		unused, err := a.index.Purge(ctx, due, now.UTC())
		if err != nil {
			return n, unavailable("delete what has expired", err)
		}
		for _, key := range unused {
			a.drop(ctx, key)
		}
		for study := range byStudy(due) {
			a.dropDerived(ctx, study)
		}
		n += len(unused)
	}
}

// dropDerived deletes what was made of a study: metadata, previews, thumbnails. What of it is still needed is made again.
func (a *Archive) dropDerived(ctx context.Context, study yilian.StudyUID) {
	for _, prefix := range []string{metadataObjects, previewObjects, derived} {
		for after := ""; ; {
			keys, err := a.blobs.List(ctx, prefix+studyFolder(study), after, MaxPage)
			if err != nil {
				a.log.WarnContext(ctx, "what was made of an expired study stays until the sweep", "study", study, "error", err)
				return
			}
			for _, key := range keys {
				a.drop(ctx, key)
			}
			if len(keys) < MaxPage {
				break
			}
			after = keys[len(keys)-1]
		}
	}
}

// byStudy groups rejected instances.
func byStudy(all []Rejected) map[yilian.StudyUID][]Rejected {
	out := map[yilian.StudyUID][]Rejected{}
	for _, r := range all {
		out[r.Addition.Study.UID] = append(out[r.Addition.Study.UID], r)
	}
	return out
}

// PurgeEvents are the audit entries of instances whose bytes are deleted, one a study: which they were, and their hashes.
func PurgeEvents(all []Rejected, at time.Time) []yilian.Event {
	groups := byStudy(all)
	uids := make([]yilian.StudyUID, 0, len(groups))
	for uid := range groups {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	var events []yilian.Event
	for _, uid := range uids {
		group := groups[uid]
		hashes := map[yilian.InstanceUID]string{}
		for _, r := range group {
			hashes[r.Instance] = r.SHA256
		}
		s := group[0].Addition.Study
		events = append(events, yilian.Event{
			Chain: string(s.Institution), Entity: "study", EntityID: string(uid), Version: s.Version, Action: "study.deleted", Actor: yilian.System, At: at,
			Reason: "the retention period has ended", Data: encoded(map[string]any{"instances": hashes}),
		})
	}
	return events
}
