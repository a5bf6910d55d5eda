package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/reading"
)

// CriticalView is a critical finding (危急值) as a page sees it.
type CriticalView struct {
	ID             string       `json:"id"`
	Version        int64        `json:"version"`
	State          string       `json:"state" enum:"flagged,notifying,delivered,acknowledged,acted,closed,escalated,downgraded"`
	Text           string       `json:"text"`
	Category       int          `json:"category" enum:"1,2,3"`
	Patient        BriefView    `json:"patient"`
	Reading        string       `json:"reading"`
	Order          string       `json:"order"`
	Institution    SiteView     `json:"institution" doc:"Where it was ordered: who must act"`
	FlaggedBy      PersonView   `json:"flaggedBy"`
	FlaggedAt      time.Time    `json:"flaggedAt"`
	Notified       []NoticeView `json:"notified"`
	Level          int          `json:"level" doc:"0 ordering doctor and duty, 1 second person, 2 site head, 3 coordinator"`
	NextAt         *time.Time   `json:"nextAt,omitempty" doc:"Of the next escalation"`
	DeliveredAt    *time.Time   `json:"deliveredAt,omitempty"`
	ReadBack       string       `json:"readBack,omitempty"`
	AcknowledgedBy *PersonView  `json:"acknowledgedBy,omitempty"`
	AcknowledgedAt *time.Time   `json:"acknowledgedAt,omitempty"`
	ActBy          *time.Time   `json:"actBy,omitempty"`
	Overdue        bool         `json:"overdue,omitempty" doc:"No action was recorded in time"`
	Action         string       `json:"action,omitempty"`
	ActedBy        *PersonView  `json:"actedBy,omitempty"`
	ActedAt        *time.Time   `json:"actedAt,omitempty"`
	Downgrade      string       `json:"downgrade,omitempty" doc:"Why it was withdrawn"`
	Actions        []string     `json:"actions"`
}

// NoticeView is one person who was told.
type NoticeView struct {
	Person PersonView `json:"person"`
	Level  int        `json:"level"`
	At     time.Time  `json:"at"`
}

func (l *look) critical(k reading.Critical) (CriticalView, error) {
	p, err := l.cfg.Clinical.Patients.Get(l.ctx, k.Patient)
	if err != nil {
		return CriticalView{}, err
	}
	v := CriticalView{
		ID: k.ID, Version: k.Version, State: string(k.State), Text: k.Text, Category: k.Category, Patient: briefView(p, l.now), Reading: string(k.Read),
		Order: string(k.Order), Institution: l.site(k.Institution), FlaggedBy: *personView(k.FlaggedBy), FlaggedAt: k.FlaggedAt, Notified: []NoticeView{},
		Level: k.Level, NextAt: at(k.NextAt()), DeliveredAt: at(k.DeliveredAt), ReadBack: k.ReadBack, AcknowledgedBy: personView(k.Acknowledger),
		AcknowledgedAt: at(k.AckAt), ActBy: at(k.ActBy), Overdue: k.Overdue, Action: k.Action, ActedBy: personView(k.Actor), ActedAt: at(k.ActedAt),
		Downgrade: k.Downgrade, Actions: l.cfg.Clinical.Readings.CriticalActions(k, l.actor),
	}
	for _, n := range k.Notified {
		v.Notified = append(v.Notified, NoticeView{*personView(n.Person), n.Level, n.At})
	}
	return v, nil
}

// CriticalCommand is the body of a command on a critical finding.
type CriticalCommand struct {
	Version  int64  `json:"version,omitempty" minimum:"0"`
	ReadBack string `json:"readBack,omitempty" maxLength:"1000" doc:"With acknowledge: what was understood"`
	Action   string `json:"action,omitempty" maxLength:"1000" doc:"With act: what was done for the patient"`
	Reason   string `json:"reason,omitempty" maxLength:"500" doc:"With downgrade"`
}

func (a *API) criticalRoutes() {
	s := a.cfg.Clinical.Readings
	readers := Roles(yilian.RoleRadiologist, yilian.RoleReviewer)
	recipients := Roles(yilian.RoleRequester, yilian.RoleHead, yilian.RoleCoordinator)
	Add(a, readers, "POST /api/readings/{id}/critical", "Flag a critical finding; it does not wait for the signature", func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Version  int64  `json:"version,omitempty" minimum:"0"`
			Category int    `json:"category" minimum:"1" maximum:"3" doc:"1: minutes, 2: hours, 3: days"`
			Text     string `json:"text" minLength:"1" maxLength:"1000"`
		}
	},
	) (*Body[CriticalView], error) {
		k, err := s.Flag(ctx, CommandOf(ctx, in.Body.Version), yilian.ReadingID(in.ID), in.Body.Category, in.Body.Text)
		return a.showCritical(ctx, k, err)
	})
	Add(a, Clinical(), "GET /api/criticals", "Open critical findings", func(ctx context.Context, in *struct {
		Page
		Scope string `query:"scope" enum:"mine,open" default:"mine"`
	},
	) (*Body[List[CriticalView]], error) {
		page, next, err := s.Criticals(ctx, ActorOf(ctx), reading.CriticalScope(in.Scope), in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		items, err := views(page, a.look(ctx).critical)
		return answerList(items, next, err)
	})
	for _, c := range []struct {
		name, summary string
		who           Access
		do            func(ctx context.Context, cmd flow.Command, id string, in CriticalCommand) (reading.Critical, error)
	}{
		{"delivered", "It is on the recipient's screen", recipients, func(ctx context.Context, cmd flow.Command, id string, _ CriticalCommand) (reading.Critical, error) {
			return s.Delivered(ctx, cmd, id)
		}},
		{"acknowledge", "Read back and take over", recipients, func(ctx context.Context, cmd flow.Command, id string, in CriticalCommand) (reading.Critical, error) {
			return s.AcknowledgeCritical(ctx, cmd, id, in.ReadBack)
		}},
		{"act", "Record what was done", recipients, func(ctx context.Context, cmd flow.Command, id string, in CriticalCommand) (reading.Critical, error) {
			return s.ActOn(ctx, cmd, id, in.Action)
		}},
		{"downgrade", "Withdraw a finding that was judged wrong", readers, func(ctx context.Context, cmd flow.Command, id string, in CriticalCommand) (reading.Critical, error) {
			return s.DowngradeCritical(ctx, cmd, id, in.Reason)
		}},
	} {
		Add(a, c.who, "POST /api/criticals/{id}/"+c.name, c.summary, func(ctx context.Context, in *struct {
			ByID
			Body CriticalCommand
		},
		) (*Body[CriticalView], error) {
			k, err := c.do(ctx, CommandOf(ctx, in.Body.Version), in.ID, in.Body)
			return a.showCritical(ctx, k, err)
		})
	}
}

func (a *API) showCritical(ctx context.Context, k reading.Critical, err error) (*Body[CriticalView], error) {
	if err != nil {
		return nil, err
	}
	return answer(a.look(ctx).critical(k))
}
