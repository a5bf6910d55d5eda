package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// ReadingSummary is a read task as a list shows it.
type ReadingSummary struct {
	ID            string      `json:"id"`
	Version       int64       `json:"version" doc:"Send it back with a command; it rises with the task and with the caller's own draft"`
	State         string      `json:"state" enum:"created,eligible,offered,claimed,reading,submitted,in_review,returned,released,closed,put_aside,unassigned,cancelled"`
	Kind          string      `json:"kind,omitempty" enum:"addendum,correction" doc:"Empty for a first read"`
	Parent        string      `json:"parent,omitempty" doc:"Whose report an addendum or correction belongs to"`
	Priority      string      `json:"priority" enum:"stat,urgent,routine"`
	Patient       BriefView   `json:"patient"`
	Accession     string      `json:"accession,omitempty"`
	Modality      string      `json:"modality"`
	BodyPart      string      `json:"bodyPart,omitempty"`
	Laterality    string      `json:"laterality,omitempty" doc:"L or R, as the images name it"`
	Description   string      `json:"description,omitempty"`
	Institution   SiteView    `json:"institution" doc:"Where the exam was made"`
	Study         string      `json:"study"`
	CompleteAt    time.Time   `json:"completeAt"`
	DueAt         time.Time   `json:"dueAt"`
	SLAPercent    int         `json:"slaPercent"`
	Reader        *PersonView `json:"reader,omitempty"`
	Reviewer      *PersonView `json:"reviewer,omitempty"`
	Lock          *LockView   `json:"lock,omitempty"`
	KeptFor       string      `json:"keptFor,omitempty" doc:"Name of the reader for whom it is kept"`
	KeptUntil     *time.Time  `json:"keptUntil,omitempty"`
	Critical      bool        `json:"critical,omitempty"`
	CriticalState string      `json:"criticalState,omitempty"`
	Images        int         `json:"images"`
	Late          bool        `json:"late,omitempty" doc:"Images came after the study was complete"`
	Corrected     bool        `json:"corrected,omitempty" doc:"What the images say of patient or exam was set right, or some were rejected"`
	Partial       bool        `json:"partial,omitempty"`
	Unopened      bool        `json:"unopened,omitempty" doc:"An emergency report that nobody at the site has opened in time"`
	SubmittedAt   *time.Time  `json:"submittedAt,omitempty"`
	ReleasedAt    *time.Time  `json:"releasedAt,omitempty"`
	Actions       []string    `json:"actions"`
}

// LockView says who holds a read and until when, unless they renew it.
type LockView struct {
	Person PersonView `json:"person"`
	Until  time.Time  `json:"until"`
	Since  *time.Time `json:"since,omitempty"`
}

func (l *look) reading(item reading.Item) (ReadingSummary, error) {
	t := item.Task
	v := ReadingSummary{
		ID: t.ID, Version: item.Seen, State: string(t.State), Kind: string(t.Kind), Parent: string(t.Parent), Priority: string(t.Priority),
		Patient: briefView(item.Person, l.now), Accession: t.Accession, Modality: t.Modality, BodyPart: t.BodyPart, Laterality: t.Laterality, Description: t.Description,
		Institution: l.site(t.Site), Study: string(t.Study), CompleteAt: t.CompleteAt, DueAt: t.DueAt, SLAPercent: item.Percent,
		Reader: personView(t.Reader), Reviewer: personView(t.Reviewer), Critical: t.Critical != "", CriticalState: t.Critical, Images: t.Images,
		Late: t.Late, Corrected: t.Corrected, Partial: t.Partial, Unopened: t.Unopened, SubmittedAt: at(t.SubmittedAt), ReleasedAt: at(t.ReleasedAt), Actions: item.Actions,
	}
	if t.Holder.ID != "" {
		v.Lock = &LockView{*personView(t.Holder), item.Until, at(t.HeldSince)}
	}
	if t.KeptFor != "" && l.now.Before(t.KeptUntil) && t.Open() {
		v.KeptFor, v.KeptUntil = t.Reader.Name, at(t.KeptUntil)
	}
	return v, nil
}

// ReadingCommand is the body of a command on a read task. What a command does not need is ignored by it.
type ReadingCommand struct {
	Version     int64    `json:"version,omitempty" minimum:"0"`
	Reason      string   `json:"reason,omitempty" maxLength:"500"`
	Discrepancy int      `json:"discrepancy,omitempty" minimum:"0" maximum:"4" doc:"With release and return: 0 none, 1 wording, 2 minor, 3 significant, 4 urgent"`
	Preliminary bool     `json:"preliminary,omitempty" doc:"With submit, stat only: give the report out with one signature"`
	Confirmed   []string `json:"confirmed,omitempty" maxItems:"10" doc:"With submit and release: codes of warnings that stop a signature and that were looked into"`
}

func (a *API) readingRoutes() {
	Add(a, Clinical(), "GET /api/readings", "Read tasks", func(ctx context.Context, in *struct {
		Page
		Scope    string `query:"scope" enum:"pool,mine,review,released,all" default:"pool"`
		Modality string `query:"modality" maxLength:"16"`
		Priority string `query:"priority" enum:"stat,urgent,routine"`
	},
	) (*Body[List[ReadingSummary]], error) {
		page, next, err := a.cfg.Clinical.Readings.List(ctx, ActorOf(ctx), reading.Filter{
			Scope: reading.Scope(in.Scope), Modality: in.Modality, Priority: order.Priority(in.Priority), After: in.After, Limit: in.Limit,
		})
		if err != nil {
			return nil, err
		}
		items, err := views(page, a.look(ctx).reading)
		return answerList(items, next, err)
	})
	Add(a, Clinical(), "GET /api/readings/{id}", "A read task with its report; the look is recorded", func(ctx context.Context, in *ByID) (*Body[ReadingView], error) {
		return a.showReading(ctx, yilian.ReadingID(in.ID), nil)
	})
	a.readingCommands()
	a.measurementRoutes()
}

// command is one command of a read task: the service's method, and the identifier of the task to show afterwards.
type readingCommand func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error)

func (a *API) readingCommands() {
	s := a.cfg.Clinical.Readings
	readers := Roles(yilian.RoleRadiologist, yilian.RoleReviewer)
	reviewers := Roles(yilian.RoleReviewer)
	for _, c := range []struct {
		name, summary string
		who           Access
		do            readingCommand
	}{
		{"claim", "Take a read: exactly one wins", readers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, _ ReadingCommand) (reading.Task, error) {
			return s.Claim(ctx, cmd, id)
		}},
		{"aside", "Put a read aside; the draft is kept", readers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error) {
			return s.Aside(ctx, cmd, id, in.Reason)
		}},
		{"skip", "Pass over a read that one could take, with a reason", readers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error) {
			return s.Skip(ctx, cmd, id, in.Reason)
		}},
		{"submit", "The first signature", readers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error) {
			return s.Submit(ctx, cmd, id, reading.Signing{Preliminary: in.Preliminary, Confirmed: in.Confirmed})
		}},
		{"take-review", "Take a report for the second signature", reviewers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, _ ReadingCommand) (reading.Task, error) {
			return s.TakeReview(ctx, cmd, id)
		}},
		{"return", "Send a report back to its writer", reviewers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error) {
			return s.Return(ctx, cmd, id, in.Reason, in.Discrepancy)
		}},
		{"release", "The second signature: the report is final", reviewers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error) {
			return s.Release(ctx, cmd, id, reading.Signing{Discrepancy: in.Discrepancy, Confirmed: in.Confirmed})
		}},
		{"addendum", "Open an addendum to a released report; answers its task", readers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error) {
			return s.Addendum(ctx, cmd, id, in.Reason)
		}},
		{"recall", "Take back what one signed; after the release, open a correction and answer its task", readers, func(ctx context.Context, cmd flow.Command, id yilian.ReadingID, in ReadingCommand) (reading.Task, error) {
			return s.Recall(ctx, cmd, id, in.Reason)
		}},
	} {
		Add(a, c.who, "POST /api/readings/{id}/"+c.name, c.summary, func(ctx context.Context, in *struct {
			ByID
			Body ReadingCommand
		},
		) (*Body[ReadingView], error) {
			t, err := c.do(ctx, CommandOf(ctx, in.Body.Version), yilian.ReadingID(in.ID), in.Body)
			return a.showReading(ctx, t.TaskID(), err)
		})
	}
	Add(a, readers, "POST /api/readings/{id}/heartbeat", "Renew the lease of a read that one holds", func(ctx context.Context, in *struct {
		ByID
		Body ReadingCommand
	},
	) (*Body[LockView], error) {
		actor := ActorOf(ctx)
		until, err := s.Heartbeat(ctx, actor, yilian.ReadingID(in.ID))
		return answer(LockView{PersonView{ID: string(actor.Person), Name: actor.Name}, until, nil}, err)
	})
}
