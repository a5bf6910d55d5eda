package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/request"
)

func (a *API) lectureRoutes() {
	Add(a, advises, "POST /api/requests/{id}/lecture", "Let colleagues of the consortium listen to the consult", a.openLecture)
	Add(a, advises, "POST /api/requests/{id}/lecture/close", "Send the listeners away; the consult goes on", a.closeLecture)
	Add(a, Clinical(), "GET /api/lectures", "What one could listen to now", a.lectures)
	Add(a, Clinical(), "POST /api/lectures/{id}/ticket", "A ticket to listen; it is on record who did, and when", a.listen)
}

func (a *API) openLecture(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Title  string `json:"title" minLength:"1" maxLength:"256" doc:"Shown to everybody who could listen: nothing of the patient"`
		Agreed bool   `json:"agreed" doc:"The patient, or who speaks for them, agreed that others listen; without, it is refused"`
	}
},
) (*Body[RequestDetail], error) {
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.OpenLecture(ctx, CommandOf(ctx, 0), yilian.RequestID(in.ID), request.NewLecture{Title: in.Body.Title, Agreed: in.Body.Agreed})
	})
}

func (a *API) closeLecture(ctx context.Context, in *ByID) (*Body[RequestDetail], error) {
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.CloseLecture(ctx, CommandOf(ctx, 0), yilian.RequestID(in.ID))
	})
}

// LectureNotice is a consult to which one could listen. Nothing of the patient is in it.
type LectureNotice struct {
	ID          string               `json:"id"`
	Title       string               `json:"title"`
	By          string               `json:"by"`
	Institution yilian.InstitutionID `json:"institution"`
	At          time.Time            `json:"at"`
}

func (a *API) lectures(ctx context.Context, _ *struct{}) (*Body[List[LectureNotice]], error) {
	notices, err := a.req.Lectures(ctx, ActorOf(ctx))
	list := make([]LectureNotice, len(notices))
	for i, n := range notices {
		list[i] = LectureNotice{ID: string(n.Request), Title: n.Title, By: n.By.Name, Institution: n.By.Institution, At: n.At}
	}
	return answerList(list, "", err)
}

func (a *API) listen(ctx context.Context, in *ByID) (*Body[TicketAnswer], error) {
	pass, r, err := a.req.Listen(ctx, ActorOf(ctx), yilian.RequestID(in.ID))
	if err != nil {
		return nil, err
	}
	t := ticketAnswer(pass)
	t.Grace = int(r.Rules.Grace.D().Seconds())
	return answer(t, nil)
}
