package imaging

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Who works on corrections. Whoever deals with the images may ask; technologists, heads and those who review reports decide; and one of
// the two persons is of the institution that made the study, so that a township with one technologist has its second person at the
// hospital that reads for it. What the archive kept aside carries no patient's data in its listing and belongs to the
// administrators, who neither see nor correct a study otherwise.
var (
	askers   = []yilian.Role{yilian.RoleTechnologist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleCoordinator, yilian.RoleHead}
	deciders = []yilian.Role{yilian.RoleTechnologist, yilian.RoleHead, yilian.RoleReviewer}
)

// maxSteps bounds what one correction names.
const maxCorrected = 10_000

// Propose writes down a correction that takes effect once another person has approved it. Of c, Kind and the part of that kind are
// used, and Institution for a merge.
func (a *Archive) Propose(ctx context.Context, actor yilian.Actor, c Correction, reason string) (Correction, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return c, yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "Say why.")
	}
	var err error
	switch {
	case c.Kind == AmendKind && c.Amend != nil:
		err = a.prepareAmend(ctx, &c)
	case c.Kind == MergeKind && c.Merge != nil:
		err = a.prepareMerge(ctx, actor, &c)
	case c.Kind == MoveKind && c.Move != nil:
		err = a.prepareMove(ctx, &c)
	case c.Kind == RejectKind && c.Reject != nil:
		err = a.prepareReject(ctx, &c)
	case c.Kind == ConflictKind && c.Conflict != nil:
		err = a.prepareConflict(ctx, &c)
	default:
		err = yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "A correction of the kind %.20q says nothing.", c.Kind)
	}
	if err != nil {
		return c, unavailable("look at what is to be corrected", err)
	}
	c.Studies = slices.Compact(slices.Sorted(slices.Values(c.Studies)))
	if err := a.mayCorrect(ctx, actor, c, askers); err != nil {
		return c, err
	}
	now := a.now().UTC()
	c.ID, c.State, c.Version, c.At, c.Steps = correctionID(now), CorrectionNone, 0, now, nil
	if c, _, err = c.Next(CorrectionStep{Propose, actor, now, reason}, 0); err != nil {
		return c, err
	}
	if err := a.index.Suggest(ctx, c); err != nil {
		return c, unavailable("write down a correction", err)
	}
	return c, nil
}

// Decide does one step of a correction: Approve, Refuse, Withdraw or Undo. version, unless 0, is the one that the actor saw.
func (a *Archive) Decide(ctx context.Context, actor yilian.Actor, id string, action CorrectionAction, reason string, version int64) (Correction, error) {
	c, err := a.index.Correction(ctx, id)
	if err != nil {
		return c, unavailable("look up a correction", err)
	}
	who := deciders
	if action == Undo || action == Withdraw {
		who = askers
	}
	if err := a.mayCorrect(ctx, actor, c, who); err != nil {
		return c, err
	}
	step := CorrectionStep{action, actor, a.now().UTC(), strings.TrimSpace(reason)}
	if action == Undo && step.Reason == "" {
		return c, yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "Say why.")
	}
	if action == Approve && !c.party(actor) {
		return c, yilian.Errorf(yilian.Forbidden, CodeCorrectionRole, "One of the two persons must be of the institution that made the study.")
	}
	_, effect, err := c.Next(step, version)
	if err != nil {
		return c, err
	}
	var told *Addition
	if effect == TakesEffect && c.Kind == RejectKind && !c.Reject.Received {
		if told, err = a.storeNote(ctx, actor, c); err != nil {
			return c, err
		}
	}
	if c, err = a.index.Correct(ctx, id, step, c.Version, told); err != nil {
		return c, unavailable("carry out a correction", err)
	}
	a.log.InfoContext(ctx, "correction", "correction", id, "kind", c.Kind, "action", action, "state", c.State)
	return c, nil
}

// party tells whether one of the two persons is of the institution that made the study.
func (c Correction) party(actor yilian.Actor) bool {
	return actor.Institution == c.Institution || c.asked().By.Institution == c.Institution || actor.Is(yilian.RoleAdmin)
}

// May tells whether an actor who may see a correction may do something with it now, for a page to offer it.
func (c Correction) May(actor yilian.Actor, action CorrectionAction) bool {
	who := deciders
	if action == Undo || action == Withdraw {
		who = askers
	}
	if !actor.Is(who...) && !(c.Kind == ConflictKind && actor.Is(yilian.RoleAdmin)) || action == Approve && !c.party(actor) {
		return false
	}
	_, _, err := c.Next(CorrectionStep{Action: action, By: actor}, 0)
	return err == nil
}

// Correction answers one correction to who may see its studies.
func (a *Archive) Correction(ctx context.Context, actor yilian.Actor, id string) (Correction, error) {
	c, err := a.index.Correction(ctx, id)
	if err != nil {
		return c, unavailable("look up a correction", err)
	}
	if err := a.mayCorrect(ctx, actor, c, askers); err != nil {
		return Correction{}, notFound()
	}
	return c, nil
}

// Corrections answers corrections of the studies that the actor may list, newest first. An administrator lists what became of what was
// kept aside.
func (a *Archive) Corrections(ctx context.Context, actor yilian.Actor, f CorrectionFilter, after string, limit int) ([]Correction, string, error) {
	scope := Scope{All: true}
	switch {
	case actor.Is(yilian.RoleSystem):
	case actor.Is(askers...):
		var err error
		if scope, err = a.access.Scope(ctx, actor); err != nil {
			return nil, "", refused(err)
		}
	case actor.Is(yilian.RoleAdmin):
		f.Kinds = []CorrectionKind{ConflictKind}
	default:
		return nil, "", yilian.Errorf(yilian.Forbidden, CodeCorrectionRole, "Corrections are not for this role.")
	}
	if limit <= 0 || limit > MaxPage {
		limit = 100
	}
	page, next, err := a.index.Corrections(ctx, scope, f, after, limit)
	if err != nil {
		return nil, "", unavailable("list corrections", err)
	}
	return page, next, nil
}

// mayCorrect asks whether the actor has a hand in the studies of a correction.
func (a *Archive) mayCorrect(ctx context.Context, actor yilian.Actor, c Correction, roles []yilian.Role) error {
	if actor.Is(yilian.RoleSystem) || c.Kind == ConflictKind && actor.Is(yilian.RoleAdmin) {
		return nil
	}
	if !actor.Is(roles...) {
		return yilian.Errorf(yilian.Forbidden, CodeCorrectionRole, "This is not for your role.")
	}
	if c.Kind == ConflictKind && actor.Institution != c.Institution {
		return notFound()
	}
	for _, uid := range c.Studies {
		if c.Kind == ConflictKind || c.Move != nil && c.Move.New && c.Move.To == uid {
			continue
		}
		if err := a.access.MayRead(ctx, actor, uid); err != nil {
			if actor.Institution == c.Institution && yilian.KindOf(err) == yilian.NotFound {
				continue // all of it is rejected: it stays its owner's
			}
			if k := yilian.KindOf(err); k == yilian.Forbidden || k == yilian.NotFound {
				return notFound()
			}
			return refused(err)
		}
	}
	return nil
}

func (a *Archive) prepareAmend(ctx context.Context, c *Correction) error {
	study, err := a.index.Study(ctx, c.Amend.Study)
	if err != nil {
		return err
	}
	allowed := studyCorrectable
	if c.Amend.Series != "" {
		allowed = seriesCorrectable
		all, err := a.index.Series(ctx, study.UID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(s Series) bool { return s.UID == c.Amend.Series }) {
			return notFound()
		}
	}
	if len(c.Amend.Set) == 0 {
		return yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "Say what is to be corrected.")
	}
	c.Institution, c.Studies = study.Institution, []yilian.StudyUID{study.UID}
	_, err = c.Amend.Set.overlay(allowed)
	return err
}

func (a *Archive) prepareMerge(ctx context.Context, actor yilian.Actor, c *Correction) error {
	m := c.Merge
	c.Institution = cmp.Or(c.Institution, actor.Institution)
	if m.From.ID == "" || m.Into.ID == "" || m.From == m.Into {
		return yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "Name two patients by issuer and identifier.")
	}
	m.From.Issuer, m.Into.Issuer = cmp.Or(m.From.Issuer, string(c.Institution)), cmp.Or(m.Into.Issuer, string(c.Institution))
	if _, err := m.Overlay(); err != nil {
		return err
	}
	var err error
	if c.Studies, err = a.index.StudiesOf(ctx, c.Institution, m.From); err != nil {
		return err
	}
	if len(c.Studies) == 0 {
		return yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "This patient has no studies at this institution.")
	}
	return nil
}

// Overlay is what a merge puts over the studies of the patient that goes.
func (m Merge) Overlay() ([]byte, error) {
	set := Values{}
	for k, v := range m.Set {
		set[k] = v
	}
	set["PatientID"], set["IssuerOfPatientID"] = []string{m.Into.ID}, []string{m.Into.Issuer}
	return set.overlay(patientCorrectable)
}

func (a *Archive) prepareMove(ctx context.Context, c *Correction) error {
	m := c.Move
	if len(m.From) == 0 || len(m.From) > maxCorrected {
		return yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "Say what is to be moved.")
	}
	if _, err := m.Set.overlay(studyCorrectable); err != nil {
		return err
	}
	if m.New = m.To == ""; m.New {
		m.To = yilian.StudyUID(dicom.DerivedUID("study of a move", correctionID(a.now())))
	}
	for _, p := range m.From {
		if p.Study == "" || p.Series == "" || p.Study == m.To {
			return yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "What is moved is a series or an instance of another study.")
		}
		c.Studies = append(c.Studies, p.Study)
	}
	if !m.New {
		c.Studies = append(c.Studies, m.To)
	}
	for _, uid := range slices.Compact(slices.Sorted(slices.Values(c.Studies))) {
		s, err := a.index.Study(ctx, uid)
		if err != nil {
			return err
		}
		if c.Institution = cmp.Or(c.Institution, s.Institution); c.Institution != s.Institution {
			return yilian.Errorf(yilian.Conflict, CodeCorrectionOwner, "The studies belong to different institutions.")
		}
	}
	for _, p := range m.From {
		if page, _, err := a.index.Instances(ctx, p.Study, p.Series, "", 1); err != nil || len(page) == 0 {
			return cmp.Or(err, notFound())
		}
		if p.Instance != "" {
			if _, err := a.instance(ctx, p); err != nil {
				return err
			}
		}
	}
	c.Studies = append(c.Studies, m.To)
	return nil
}

func (a *Archive) prepareReject(ctx context.Context, c *Correction) error {
	r := c.Reject
	if rejectionTitles[r.Code] == "" || r.Code == RejectedRetention {
		return yilian.Errorf(yilian.Invalid, CodeCorrectionValue, "%.16q is not a reason to reject images by hand.", r.Code)
	}
	if len(r.Instances) == 0 || len(r.Instances) > maxCorrected {
		return yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "Say which instances are rejected.")
	}
	study, err := a.index.Study(ctx, r.Instances[0].Study)
	if err != nil {
		return err
	}
	*r = Reject{Code: r.Code, NoteHome: study.UID, Instances: r.Instances}
	c.Institution, c.Studies = study.Institution, []yilian.StudyUID{study.UID}
	r.Instances, err = a.references(ctx, study.UID, r.Instances)
	return err
}

// references opens series and whole studies out into their instances.
func (a *Archive) references(ctx context.Context, study yilian.StudyUID, named []Reference) (all []Reference, err error) {
	seen := map[yilian.InstanceUID]bool{}
	for _, n := range named {
		if n.Study != study {
			return nil, yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "One rejection is about one study.")
		}
		before := len(all)
		for i, err := range a.Outline(ctx, yilian.System, Path{n.Study, n.Series, n.Instance}) {
			if err != nil {
				return nil, err
			}
			if !seen[i.UID] {
				seen[i.UID] = true
				all = append(all, Reference{i.Study, i.Series, i.UID, i.SOPClass})
			}
			if len(all) > maxCorrected {
				return nil, yilian.Errorf(yilian.Invalid, CodeCorrectionTarget, "These are too many instances for one rejection.")
			}
		}
		if len(all) == before && n.Instance != "" && !seen[n.Instance] {
			return nil, notFound()
		}
	}
	return all, nil
}

func (a *Archive) prepareConflict(ctx context.Context, c *Correction) error {
	k, err := a.index.Conflict(ctx, c.Conflict.ID)
	if err != nil {
		return err
	}
	c.Conflict.Instance, c.Institution = k.Kept.UID, k.Institution
	c.Studies = []yilian.StudyUID{k.Kept.Study}
	if k.Current.UID != "" {
		c.Studies = append(c.Studies, k.Current.Study)
	}
	return nil
}

// storeNote makes the rejection note of a correction durable and answers it to be recorded with the correction.
func (a *Archive) storeNote(ctx context.Context, actor yilian.Actor, c Correction) (*Addition, error) {
	study, err := a.index.Study(ctx, c.Reject.NoteHome)
	if err != nil {
		return nil, unavailable("look up a study", err)
	}
	now := a.now().UTC()
	d, err := note(c, study, now)
	if err != nil {
		return nil, err
	}
	file, err := dicom.AppendFile(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		return nil, unavailable("write a rejection note", err)
	}
	w, err := a.blobs.Create(ctx)
	if err != nil {
		return nil, unavailable("create an object", err)
	}
	defer w.Abort()
	in := Incoming{Part10: true, Source: cmp.Or(a.node, "YILIAN"), TransferSyntax: dicom.ExplicitVRLittleEndian}
	var receipt Stored
	got, err := a.receive(in, bytes.NewReader(file), w, &receipt)
	if err != nil {
		return nil, err
	}
	add, err := describe(got, in, study.Institution)
	if err != nil {
		return nil, err
	}
	add.Actor, add.At, add.Rejects = signer(actor), now, nil
	add.Instance.Arrival, add.Instance.Blob = now, blobKey(add.Study.UID, add.Instance.UID, now)
	if err := w.Commit(ctx, add.Instance.Blob); err != nil {
		return nil, unavailable("commit an object", err)
	}
	return &add, nil
}

// correctionID gives identifiers that sort by age.
func correctionID(at time.Time) string {
	return fmt.Sprintf("%010s", strconv.FormatInt(at.UnixMilli(), 32)) + strings.ToLower(rand.Text())
}
