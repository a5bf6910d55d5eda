package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	calling "yilian/signaling/client"
	"yilian/signaling/protocol"
)

// TestGuestAndPanelOverAKill: a guest comes by link through the lobby, a colleague is asked in; then the process is killed and started again: everybody is back in the same room by
// their token, who waited waits, and nobody is there twice.
func TestGuestAndPanelOverAKill(t *testing.T) {
	p := startProgram(t, t.TempDir())
	asker, adviser := p.signIn("shiqiao"), p.signIn("zhou")
	var r struct{ ID string }
	asker.call("POST", "/api/requests", map[string]any{
		"patient": map[string]any{"name": "乙", "sex": "M", "birthDate": "1950-01-01"}, "kind": "assist", "specialty": "neurology", "summary": "头晕",
		"consent": map[string]any{"given": true}, "submit": true,
	}, &r)
	at := "/api/requests/" + r.ID
	adviser.do("POST", at+"/accept", nil)
	guest := func(name string) string {
		var link struct{ Token string }
		asker.call("POST", at+"/guests", map[string]any{"kind": "family", "name": name}, &link)
		var ticket struct{ Ticket string }
		asker.call("POST", "/api/guest/enter", map[string]any{"token": link.Token, "key": "0123456789abcdef"}, &ticket)
		return ticket.Ticket
	}
	var people struct {
		Items []struct{ ID, Name string }
	}
	adviser.call("GET", at+"/colleagues", nil, &people)
	if len(people.Items) == 0 {
		t.Fatal("nobody could be asked in")
	}
	room := &guestRoom{t: t, p: p, url: adviser.rtc()}
	chair, town := room.join(adviser.ticket(r.ID)), room.join(asker.ticket(r.ID))
	daughter, son := room.join(guest("女儿")), room.join(guest("儿子"))
	if !daughter.InLobby() || !son.InLobby() {
		t.Fatal("a guest is in without being let in")
	}
	room.until("the chair knows who waits", func() bool { return len(chair.lastWaiting()) == 2 })
	if err := town.Control(protocol.ActionAdmit, daughter.You(), ""); err != nil {
		t.Fatal(err)
	}
	room.until("the requester may not let in while the chair is here", func() bool { return town.problem() == "not-allowed" })
	if err := chair.Control(protocol.ActionAdmit, daughter.You(), ""); err != nil {
		t.Fatal(err)
	}
	room.until("the daughter is in", func() bool { return !daughter.InLobby() })

	p.kill()
	p.start()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, side := range []*guestSide{daughter, son, town, chair} {
		if err := side.Resume(ctx); err != nil {
			t.Fatal(err)
		}
	}
	room.until("who was let in is in, who waited waits", func() bool { return !daughter.InLobby() && son.InLobby() })
	room.until("the chair knows who waits still", func() bool { return len(chair.lastWaiting()) == 1 })
	room.until("the chair is back among three", func() bool {
		got := chair.welcomed()
		return len(got.Participants) == 3 && got.Chair
	})
	var seen struct {
		State  string
		Guests []struct{ Name, EnteredAt, Hash string }
		Seats  []struct {
			Other     string
			Connected bool
		}
	}
	room.until("the record names the guest", func() bool {
		adviser.call("GET", at, nil, &seen)
		others := 0
		for _, s := range seen.Seats {
			if s.Other == "guest" && s.Connected {
				others++
			}
		}
		return others == 1
	})
	if seen.State != "in_service" || len(seen.Guests) != 2 || seen.Guests[0].EnteredAt == "" || seen.Guests[0].Hash != "" {
		t.Errorf("in the record: %+v", seen)
	}
	room.lineTest(asker)
	if log := p.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "女儿") {
		t.Errorf("in the log:\n%.3000s", log)
	}
}

// lineTest enters an echo room without being signed in there, and looks at the metrics.
func (g *guestRoom) lineTest(who *client) {
	g.t.Helper()
	var test struct{ Ticket string }
	who.call("POST", "/api/linetest", nil, &test)
	alone := g.join(test.Ticket)
	g.until("the line test is alone", func() bool { return len(alone.welcomed().Participants) == 1 })
	res, err := http.Get("http://" + g.p.http + "/metrics")
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	for _, name := range []string{"yilian_call_rooms 2", "yilian_call_freezes_total"} {
		if !strings.Contains(string(body), name) {
			g.t.Errorf("no %s in the metrics", name)
		}
	}
}

// guestRoom brings people into one call.
type guestRoom struct {
	t   *testing.T
	p   *program
	url string
}

type guestSide struct {
	*calling.Client
	mu      sync.Mutex
	waiting []protocol.Person
	welcome protocol.Welcome
	code    string
}

func (g *guestRoom) join(ticket string) *guestSide {
	g.t.Helper()
	s := &guestSide{}
	c, err := calling.Join(g.t.Context(), calling.Options{URL: g.url, Ticket: ticket, OnMessage: s.hear})
	if err != nil {
		g.t.Fatal(err)
	}
	s.Client = c
	g.t.Cleanup(func() { _ = c.Close() })
	return s
}

func (g *guestRoom) until(what string, ok func() bool) {
	g.t.Helper()
	g.p.await(what, 10*time.Second, ok)
}

func (s *guestSide) hear(m protocol.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m := m.(type) {
	case *protocol.Welcome:
		s.welcome, s.waiting = *m, m.Waiting
	case *protocol.Waiting:
		s.waiting = m.People
	case *protocol.Problem:
		s.code = m.Code
	}
}

func (s *guestSide) lastWaiting() []protocol.Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}

func (s *guestSide) welcomed() protocol.Welcome { s.mu.Lock(); defer s.mu.Unlock(); return s.welcome }
func (s *guestSide) problem() string            { s.mu.Lock(); defer s.mu.Unlock(); return s.code }
