package main

import (
	"context"
	"slices"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/consult/flow"
	"yilian/consult/reading"
	"yilian/imaging"
)

// truth lets the API correct what the archive says, and tells the clinical side whom that concerns.
type truth struct{ *service }

var (
	_ api.Truth     = truth{}
	_ api.KeptAside = keptAside{}
)

// joinTruth carries the news of corrections to those who reported on what was wrong.
func (s *service) joinTruth() {
	s.relay.Handle(correctionTopic, func(ctx context.Context, m flow.Message) error { return s.tellReporters(ctx, m.Key) })
}

const correctionTopic = "correction"

// tellReporters adds to the notices of a correction those whom the archive does not know: everybody in the trail of the study's reads
// and requests for exams, and who ordered it. Again is harmless.
func (s *service) tellReporters(ctx context.Context, id string) error {
	c, err := s.archive.Correction(ctx, yilian.System, id)
	if err != nil || !c.InForce() && c.State != imaging.CorrectionUndone {
		return err
	}
	var people []yilian.PersonID
	for _, uid := range c.Studies {
		of, err := s.reportersOf(ctx, uid)
		if err != nil {
			return err
		}
		people = append(people, of...)
	}
	slices.Sort(people)
	if people = slices.Compact(people); len(people) == 0 {
		return nil
	}
	return s.archive.Notify(ctx, id, people)
}

func (s *service) reportersOf(ctx context.Context, uid yilian.StudyUID) (people []yilian.PersonID, err error) {
	st, err := s.readings.StudyOf(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if st.Order != "" {
		o, _, err := s.readings.OfOrder(ctx, st.Order)
		if err != nil {
			return nil, err
		}
		people = append(people, o.Orderer)
	}
	if st.Read == "" {
		return people, nil
	}
	err = s.store().View(ctx, func(rd flow.Reader) error {
		events, err := rd.Events(flow.Ref{Kind: reading.ReadingKind, ID: string(st.Read)})
		for _, e := range events {
			if e.Actor.Person != "" {
				people = append(people, e.Actor.Person)
			}
		}
		return err
	})
	return people, err
}

func (t truth) Propose(ctx context.Context, actor yilian.Actor, n api.NewCorrection) (api.Correction, error) {
	c, err := t.archive.Propose(ctx, actor, proposed(n.Fix), n.Reason)
	return shown(c, actor), err
}

func (t truth) Step(ctx context.Context, actor yilian.Actor, id string, s api.NewStep) (api.Correction, error) {
	c, err := t.archive.Decide(ctx, actor, id, imaging.CorrectionAction(s.Action), s.Reason, s.Version)
	return shown(c, actor), err
}

func (t truth) Correction(ctx context.Context, actor yilian.Actor, id string) (api.Correction, error) {
	c, err := t.archive.Correction(ctx, actor, id)
	return shown(c, actor), err
}

func (t truth) Corrections(ctx context.Context, actor yilian.Actor, f api.CorrectionFilter) ([]api.Correction, string, error) {
	return listCorrections(ctx, t.archive, actor, f)
}

func listCorrections(ctx context.Context, a *imaging.Archive, actor yilian.Actor, f api.CorrectionFilter) ([]api.Correction, string, error) {
	filter := imaging.CorrectionFilter{Study: yilian.StudyUID(f.Study)}
	switch f.State {
	case "":
	case "open":
		filter.States = []imaging.CorrectionState{imaging.CorrectionProposed, imaging.CorrectionUndoing}
	default:
		filter.States = []imaging.CorrectionState{imaging.CorrectionState(f.State)}
	}
	page, next, err := a.Corrections(ctx, actor, filter, f.After, f.Limit)
	list := make([]api.Correction, len(page))
	for i, c := range page {
		list[i] = shown(c, actor)
	}
	return list, next, err
}

// Sides sets the images, what is shown of them and the order side by side. Reading the study goes into the trail.
func (t truth) Sides(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) ([]api.Side, error) {
	study, _, err := t.archive.Study(ctx, actor, uid)
	if err != nil {
		return nil, err
	}
	sides := []api.Side{side("images", study.Uncorrected()), side("shown", study)}
	st, err := t.readings.StudyOf(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound {
		return sides, nil
	}
	if err != nil {
		return nil, err
	}
	id := st.Order
	if id == "" {
		id = st.Claimed
	}
	if id == "" {
		return sides, nil
	}
	o, p, err := t.readings.OfOrder(ctx, id)
	if err != nil {
		return nil, err
	}
	ordered := api.Side{
		Source: "order", PatientName: p.Name, Sex: string(p.Sex), BirthDate: compactDate(string(p.Birth)), Accession: o.Accession, AccessionIssuer: o.Issuer,
		Description: o.Exam, Order: string(id),
	}
	for _, known := range p.Identities {
		if ordered.PatientID == "" || known.Issuer == study.PatientIssuer {
			ordered.PatientID, ordered.PatientIssuer = known.ID, known.Issuer
		}
	}
	return append(sides, ordered), nil
}

// compactDate: "1970-01-02" as DICOM writes it.
func compactDate(s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Format("20060102")
	}
	return s
}

func side(source string, s imaging.Study) api.Side {
	return api.Side{
		Source: source, PatientName: groups(s.PatientName), PatientID: s.PatientID, PatientIssuer: s.PatientIssuer, Sex: s.Sex, BirthDate: s.BirthDate,
		Accession: s.Accession, AccessionIssuer: s.AccessionIssuer, StudyDate: s.Date, Description: s.Description, Bytes: s.Bytes, Device: s.Device,
	}
}

func (t truth) Rejected(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, after string, limit int) ([]api.RejectedInstance, string, error) {
	if limit <= 0 {
		limit = 100
	}
	page, err := t.archive.Rejected(ctx, actor, study, yilian.InstanceUID(after), limit)
	list := make([]api.RejectedInstance, len(page))
	for i, r := range page {
		list[i] = api.RejectedInstance{
			Instance: r.Instance, Series: r.Home.Series, Study: r.Home.Study, Code: r.Code, Correction: r.Correction, At: r.At, Bytes: r.Addition.Instance.Size,
		}
	}
	next := ""
	if len(page) == limit {
		next = string(page[limit-1].Instance)
	}
	return list, next, err
}

// KeptSides shows what was kept aside from the caller's institution, with the values of both sides.
func (t truth) KeptSides(ctx context.Context, actor yilian.Actor, after string, limit int) ([]api.KeptSides, string, error) {
	page, next, err := t.archive.ConflictsOf(ctx, actor, after, limit)
	list := make([]api.KeptSides, len(page))
	for i, c := range page {
		list[i] = api.KeptSides{Kept: keptOf(c), Sides: []api.Side{keptSide("kept", c.Kept, c.Device)}}
		if c.Current.UID != "" {
			list[i].Sides = append(list[i].Sides, keptSide("current", c.Current, c.Current.Source))
		}
		list[i].Differs = differs(list[i].Sides)
	}
	return list, next, err
}

// keptSide reads what an instance's header says.
func keptSide(source string, i imaging.Instance, device string) api.Side {
	s := imaging.HeaderStudy(i)
	out := side(source, s)
	out.SHA256, out.Bytes, out.Device = i.SHA256, i.Size, device
	return out
}

// differs names the members in which two sides are not the same.
func differs(sides []api.Side) []string {
	out := []string{}
	if len(sides) < 2 {
		return out
	}
	a, b := sides[0], sides[1]
	for _, f := range []struct{ name, a, b string }{
		{"patientName", a.PatientName, b.PatientName},
		{"patientId", a.PatientID, b.PatientID},
		{"patientIssuer", a.PatientIssuer, b.PatientIssuer},
		{"sex", a.Sex, b.Sex},
		{"birthDate", a.BirthDate, b.BirthDate},
		{"accession", a.Accession, b.Accession},
		{"studyDate", a.StudyDate, b.StudyDate},
		{"description", a.Description, b.Description},
		{"sha256", a.SHA256, b.SHA256},
	} {
		if f.a != f.b {
			out = append(out, f.name)
		}
	}
	return out
}

func (t truth) Notices(ctx context.Context, actor yilian.Actor, open bool, after string, limit int) ([]api.Notice, string, error) {
	page, next, err := t.archive.Notices(ctx, actor, open, after, limit)
	list := make([]api.Notice, len(page))
	for i, n := range page {
		list[i] = api.Notice{
			ID: n.ID, Kind: string(n.Kind), Undone: n.Undone, Study: n.Study, Correction: n.Correction, At: n.At, Reason: n.Reason, Acknowledged: moment(n.Acknowledged),
		}
	}
	return list, next, err
}

func (t truth) Acknowledge(ctx context.Context, actor yilian.Actor, id string) error {
	return t.archive.Acknowledge(ctx, actor, id)
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Resolve proposes what becomes of a kept instance, or approves what another administrator has proposed, if it is the same.
func (k keptAside) Resolve(ctx context.Context, actor yilian.Actor, id string, replace bool, reason string) (api.Correction, error) {
	for after := ""; ; {
		page, next, err := k.archive.Corrections(ctx, actor, imaging.CorrectionFilter{States: []imaging.CorrectionState{imaging.CorrectionProposed}, Kinds: []imaging.CorrectionKind{imaging.ConflictKind}}, after, 0)
		if err != nil {
			return api.Correction{}, err
		}
		for _, c := range page {
			if c.Conflict != nil && c.Conflict.ID == id && c.Conflict.Replace == replace {
				c, err = k.archive.Decide(ctx, actor, c.ID, imaging.Approve, reason, c.Version)
				return shown(c, actor), err
			}
		}
		if after = next; next == "" {
			break
		}
	}
	c, err := k.archive.Propose(ctx, actor, imaging.Correction{Kind: imaging.ConflictKind, Conflict: &imaging.ConflictFix{ID: id, Replace: replace}}, reason)
	return shown(c, actor), err
}

func (k keptAside) Step(ctx context.Context, actor yilian.Actor, id string, s api.NewStep) (api.Correction, error) {
	c, err := k.archive.Decide(ctx, actor, id, imaging.CorrectionAction(s.Action), s.Reason, s.Version)
	return shown(c, actor), err
}

func (k keptAside) Corrections(ctx context.Context, actor yilian.Actor, f api.CorrectionFilter) ([]api.Correction, string, error) {
	return listCorrections(ctx, k.archive, actor, f)
}
