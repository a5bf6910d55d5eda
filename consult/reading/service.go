package reading

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// Config is what a Service needs.
type Config struct {
	Store     flow.Store
	Images    Images
	Directory Directory
	Orders    *order.Service
	Patients  *patient.Service
	Looks     *patient.Looks
	Keeper    Keeper // nil: what is drawn is kept here only
	Now       func() time.Time
}

// Service carries studies, read tasks, reports and critical findings.
type Service struct {
	Config
	studies   *flow.Repo[Study]
	tasks     *flow.Repo[Task]
	reports   *flow.Repo[Report]
	criticals *flow.Repo[Critical]
	feedback  *flow.Repo[Feedback]
	marks     *flow.Repo[Measurements]
	archived  *flow.Repo[Kept]
	kept      *flow.Repo[KeptTemplate]

	study    *flow.Machine[StudyState, StudyAction]
	task     *flow.Machine[State, Action]
	document *flow.Machine[ReportState, ReportAction]
	alarm    *flow.Machine[CriticalState, CriticalAction]
	told     *flow.Machine[FeedbackState, FeedbackAction]

	templates Templates
}

// NewService makes a service. Wire StudyChanged to the topic StudyKind and Due to the due-times of Kinds.
func NewService(c Config) (*Service, error) {
	templates, err := StandardTemplates()
	if err != nil {
		return nil, err
	}
	return &Service{
		Config: c, templates: templates,
		study: StudyMachine(), task: Machine(), document: ReportMachine(), alarm: CriticalMachine(), told: FeedbackMachine(),
		studies: flow.NewRepo(c.Store, flow.Spec[Study]{
			Kind: StudyKind, Meta: func(s *Study) *flow.Meta { return &s.Meta }, Keys: studyKeys,
			Audience: func(s Study) []string { return audience(s.circle()) },
			State:    func(s Study) string { return string(s.State) },
			Chain:    func(s Study) string { return string(s.Info.Institution) },
		}),
		tasks: flow.NewRepo(c.Store, flow.Spec[Task]{
			Kind: ReadingKind, Meta: func(t *Task) *flow.Meta { return &t.Meta }, Keys: taskKeys, Dues: taskDues,
			Audience: func(t Task) []string { return audience(t.circle()) },
			State:    func(t Task) string { return string(t.State) },
			Chain:    func(t Task) string { return string(t.Site) },
		}),
		reports: flow.NewRepo(c.Store, flow.Spec[Report]{
			Kind: ReportKind, Meta: func(r *Report) *flow.Meta { return &r.Meta },
			State: func(r Report) string { return string(r.State) },
			Chain: func(r Report) string { return string(r.Site) },
		}),
		criticals: flow.NewRepo(c.Store, flow.Spec[Critical]{
			Kind: CriticalKind, Meta: func(k *Critical) *flow.Meta { return &k.Meta }, Keys: criticalKeys, Dues: criticalDues,
			Audience: criticalAudience,
			State:    func(k Critical) string { return string(k.State) },
			Chain:    func(k Critical) string { return string(k.Institution) },
		}),
		feedback: flow.NewRepo(c.Store, feedbackSpec()),
		marks: flow.NewRepo(c.Store, flow.Spec[Measurements]{
			Kind: MeasurementsKind, Meta: func(m *Measurements) *flow.Meta { return &m.Meta },
		}),
		archived: flow.NewRepo(c.Store, flow.Spec[Kept]{
			Kind: KeptKind, Meta: func(k *Kept) *flow.Meta { return &k.Meta }, Dues: keptDues,
			Chain: func(k Kept) string { return string(k.Site) },
		}),
		kept: flow.NewRepo(c.Store, flow.Spec[KeptTemplate]{
			Kind: TemplateKind, Meta: func(k *KeptTemplate) *flow.Meta { return &k.Meta }, Keys: templateKeys,
		}),
	}, nil
}

// Kinds are the entity kinds whose due-times Due carries out.
var Kinds = []string{StudyKind, ReadingKind, CriticalKind, KeptKind}

// Due carries out a due-time of one of Kinds.
func (s *Service) Due(ctx context.Context, d flow.Due) error {
	type carrier func(context.Context, flow.Due) error
	carriers := map[flow.Ref]carrier{
		{Kind: StudyKind, ID: dueComplete}:   s.completeDue,
		{Kind: StudyKind, ID: dueLate}:       s.lateDue,
		{Kind: StudyKind, ID: dueLoose}:      s.looseDue,
		{Kind: ReadingKind, ID: dueLease}:    s.leaseDue,
		{Kind: ReadingKind, ID: dueAlarm}:    s.alarmDue,
		{Kind: ReadingKind, ID: dueUnopened}: s.unopenedDue,
		{Kind: ReadingKind, ID: dueRoute}:    s.routeDue,
		{Kind: CriticalKind, ID: dueStep}:    s.stepDue,
		{Kind: CriticalKind, ID: dueAct}:     s.actDue,
		{Kind: KeptKind, ID: dueKeep}:        s.keepDue,
	}
	carry, ok := carriers[flow.Ref{Kind: d.Kind, ID: d.Name}]
	if !ok {
		return fmt.Errorf("reading: unknown due-time %s of %s", d.Name, d.Kind)
	}
	return carry(ctx, d)
}

func (s *Service) settings(rd flow.Reader, site yilian.InstitutionID) (directory.Reading, error) {
	all, err := s.Directory.SettingsIn(rd, site, s.Now())
	if yilian.KindOf(err) == yilian.NotFound { // images may come from a site that nobody has registered (yet)
		return directory.Defaults().Reading, nil
	}
	if err != nil {
		return directory.Reading{}, fmt.Errorf("settings: %w", err)
	}
	return all.Reading, nil
}

// system is the command of the service itself, now.
func (s *Service) system() flow.Command { return flow.Command{Actor: yilian.System, At: s.Now()} }

// as is the command of an actor without the version and key that belong to another entity.
func as(cmd flow.Command) flow.Command {
	cmd.Version, cmd.Key, cmd.Due = 0, "", nil
	return cmd
}

// getDoc reads a document that is kept beside the entities (a draft, a lock); found is false if there is none.
func getDoc[T any](rd flow.Reader, ref flow.Ref) (doc T, version int64, err error) {
	rec, err := rd.Get(ref)
	if yilian.KindOf(err) == yilian.NotFound {
		return doc, 0, nil
	}
	if err != nil {
		return doc, 0, err
	}
	if err := json.Unmarshal(rec.Doc, &doc); err != nil {
		return doc, 0, fmt.Errorf("decode %s: %w", ref.Kind, err)
	}
	return doc, rec.Version, nil
}

// putDoc stores such a document at the version after the one that was seen.
func putDoc[T any](tx flow.Tx, ref flow.Ref, seen int64, doc T) error {
	data, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode %s: %w", ref.Kind, err)
	}
	return tx.Put(flow.Record{Ref: ref, Version: seen, Doc: data})
}
