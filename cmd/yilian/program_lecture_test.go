package main

import (
	"context"
	"errors"
	"testing"
	"time"

	calling "yilian/signaling/client"
	"yilian/signaling/protocol"
)

// TestLectureOverAKill: the specialist opens a lecture, a colleague of another institution listens, the process is killed and started again, the colleague is back by the token and
// is not named to anybody; when the lecture is closed they are sent away, the consult goes on, and who listened is on record.
func TestLectureOverAKill(t *testing.T) {
	p := startProgram(t, t.TempDir())
	asker, adviser, colleague := p.signIn("shiqiao"), p.signIn("zhou"), p.signIn("hewan")
	var r struct{ ID string }
	asker.call("POST", "/api/requests", map[string]any{
		"patient": map[string]any{"name": "丙", "sex": "F", "birthDate": "1950-01-01"}, "kind": "assist", "specialty": "neurology", "summary": "头晕",
		"consent": map[string]any{"given": true}, "submit": true,
	}, &r)
	at := "/api/requests/" + r.ID
	adviser.do("POST", at+"/accept", nil)
	room := &guestRoom{t: t, p: p, url: adviser.rtc()}
	chair, town := room.join(adviser.ticket(r.ID)), room.join(asker.ticket(r.ID))
	var seen struct {
		State string
		Seats []struct{ Other string }
	}
	room.until("the consult has begun", func() bool { adviser.call("GET", at, nil, &seen); return seen.State == "in_service" })
	if status, _ := colleague.try("POST", "/api/lectures/"+r.ID+"/ticket", nil); status != 404 {
		t.Errorf("a ticket before there is a lecture: %d", status)
	}
	adviser.call("POST", at+"/lecture", map[string]any{"title": "头晕一例", "agreed": true}, nil)
	var found struct{ Items []struct{ ID, Title string } }
	colleague.call("GET", "/api/lectures", nil, &found)
	if len(found.Items) != 1 || found.Items[0].ID != r.ID {
		t.Fatalf("found %+v", found)
	}
	var ticket struct{ Ticket string }
	colleague.call("POST", "/api/lectures/"+r.ID+"/ticket", nil, &ticket)
	listener := room.join(ticket.Ticket)
	if w := listener.welcomed(); !w.Listener || w.CanSend || w.Chair || len(w.Participants) != 2 {
		t.Errorf("welcomed as %+v", w)
	}

	p.kill()
	p.start()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, side := range []*guestSide{listener, town, chair} {
		if err := side.Resume(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if w := chair.welcomed(); len(w.Participants) != 2 || w.Audience != 1 {
		t.Errorf("the chair is back among %d and an audience of %d", len(w.Participants), w.Audience)
	}
	adviser.call("POST", at+"/lecture/close", nil, nil)
	p.await("the listener is sent away", 5*time.Second, func() bool {
		var closed *calling.ClosedError
		err := listener.Resume(t.Context())
		return errors.As(err, &closed) && closed.Code == protocol.CloseGone
	})
	var talk struct {
		Audience []struct {
			Name   string
			Visits []struct{ From, Until string }
		}
	}
	room.until("who listened is on record", func() bool {
		adviser.call("GET", at+"/talk", nil, &talk)
		return len(talk.Audience) == 1 && len(talk.Audience[0].Visits) == 1 && talk.Audience[0].Visits[0].Until != ""
	})
	if adviser.call("GET", at, nil, &seen); seen.State != "in_service" || len(seen.Seats) != 2 {
		t.Errorf("the consult afterwards: %+v", seen)
	}
}
