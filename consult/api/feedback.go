package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
	"yilian/consult/reading"
)

// FeedbackView tells the writer of a report of a significant or urgent difference that its reviewer found.
type FeedbackView struct {
	ID       string        `json:"id"`
	Grade    int           `json:"grade" enum:"3,4" doc:"3 significant, 4 urgent"`
	Reviewer PersonView    `json:"reviewer"`
	At       time.Time     `json:"at"`
	Reading  *FeedbackRead `json:"reading,omitempty" doc:"Missing if the caller may not see that read any more"`
}

// FeedbackRead is the read that feedback is about.
type FeedbackRead struct {
	ID          string    `json:"id"`
	Number      int       `json:"number" doc:"The version in the report's history that has the grade"`
	Patient     BriefView `json:"patient"`
	Modality    string    `json:"modality"`
	Description string    `json:"description,omitempty"`
	Returned    bool      `json:"returned,omitempty" doc:"It was sent back; otherwise it was signed with the reviewer's changes"`
	Reason      string    `json:"reason,omitempty" doc:"Why it was sent back"`
}

func (l *look) feedback(f reading.FeedbackItem) (FeedbackView, error) {
	v := FeedbackView{ID: f.ID, Grade: f.Grade, Reviewer: *personView(f.Reviewer), At: f.At}
	if t := f.Seen; t != nil {
		v.Reading = &FeedbackRead{
			ID: t.ID, Number: f.Number, Patient: briefView(t.Person, l.now), Modality: t.Modality, Description: t.Description,
			Returned: t.Graded.Step == reading.StepReturned, Reason: t.Graded.Reason,
		}
	}
	return v, nil
}

func (a *API) feedbackRoutes() {
	s := a.cfg.Clinical.Readings
	readers := Roles(yilian.RoleRadiologist, yilian.RoleReviewer)
	Add(a, readers, "GET /api/feedback", "Significant and urgent differences that reviewers found in the caller's reports and the caller has not taken note of, the most urgent first", func(ctx context.Context, in *Page) (*Body[List[FeedbackView]], error) {
		page, next, err := s.Feedback(ctx, ActorOf(ctx), in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		items, err := views(page, a.look(ctx).feedback)
		return answerList(items, next, err)
	})
	Add(a, readers, "POST /api/feedback/{id}/acknowledge", "Take note of it", func(ctx context.Context, in *ByID) (*Nothing, error) {
		return nil, s.AcknowledgeFeedback(ctx, CommandOf(ctx, 0), in.ID)
	}, func(o *huma.Operation) { o.DefaultStatus = 204 })
}
