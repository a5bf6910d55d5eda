package reading

import (
	"context"
	"fmt"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// Print is what is printed of a report: the text that holds now, and what belongs to it.
type Print struct {
	Task     Task // the first read
	Order    order.Order
	Study    Study
	Patient  patient.Patient
	Report   Report
	Version  Version // the text that holds
	Critical Critical
}

// Print answers what to print of a report that has been given out, and records who has it on paper.
func (s *Service) Print(ctx context.Context, actor yilian.Actor, id yilian.ReadingID) (p Print, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		p = Print{}
		t, err := s.seen(rd, actor, id)
		if err != nil {
			return err
		}
		if p.Task, err = s.tasks.GetIn(rd, string(t.report())); err != nil {
			return err
		}
		if p.Report, err = s.reportIn(rd, t); err != nil {
			return err
		}
		var public bool
		if p.Version, public = p.Report.Current(); !public {
			return yilian.Errorf(yilian.Conflict, "report.notReleased", "The report has not been released yet.")
		}
		if p.Order, err = s.Orders.GetIn(rd, t.Order); err != nil {
			return fmt.Errorf("order of a report: %w", err)
		}
		if p.Study, err = s.studies.GetIn(rd, string(t.Study)); err != nil {
			return fmt.Errorf("study of a report: %w", err)
		}
		if p.Patient, err = s.patientOf(rd, t); err != nil {
			return err
		}
		p.Critical, err = s.criticalOf(rd, p.Task.TaskID())
		return err
	})
	if err != nil {
		return p, err
	}
	return p, flow.Look(ctx, s.Store, yilian.Event{
		Chain: string(p.Task.Site), Entity: ReportKind, EntityID: p.Report.ID, Version: p.Report.Version, Action: "print", Actor: actor, At: s.Now().UTC(),
	})
}

// Outcome answers the report of an order as its ordering side sees it; found is false before it is given out.
func (s *Service) Outcome(ctx context.Context, o order.Order) (v Version, t Task, found bool, err error) {
	if o.Read == "" {
		return v, t, false, nil
	}
	err = s.Store.View(ctx, func(rd flow.Reader) (err error) {
		if t, err = s.tasks.GetIn(rd, string(o.Read)); err != nil {
			return err
		}
		r, err := s.reportIn(rd, t)
		v, found = r.Current()
		return err
	})
	return v, t, found, err
}

// Given answers the text that holds of a study's report; found is false before it is given out. It asks nobody's right: the caller has.
func (s *Service) Given(ctx context.Context, uid yilian.StudyUID) (v Version, found bool, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		st, err := s.studies.GetIn(rd, string(uid))
		if yilian.KindOf(err) == yilian.NotFound || err == nil && st.Read == "" {
			return nil
		}
		if err != nil {
			return err
		}
		t, err := s.tasks.GetIn(rd, string(st.Read))
		if err != nil {
			return err
		}
		r, err := s.reportIn(rd, t)
		v, found = r.Current()
		return err
	})
	return v, found, err
}
