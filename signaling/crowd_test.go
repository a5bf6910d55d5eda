package signaling_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/client"
	"yilian/signaling/protocol"
)

// TestHundredsComeAndGo lets people of every sort join, order, mute, raise hands, be removed, leave, lose their line, resume and take over their own seats in a few rooms at once, while
// rooms are closed under them. Nothing is left behind, and who stays is welcome.
func TestHundredsComeAndGo(t *testing.T) {
	h := open(t, func(c *signaling.Config) {
		c.MaxPeople, c.Grace, c.SampleEvery = 40, 300*time.Millisecond, 100*time.Millisecond
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var everybody sync.WaitGroup
	for n := range 240 {
		everybody.Go(func() { visit(ctx, t, h, n) })
	}
	everybody.Go(func() {
		for i := range 8 {
			time.Sleep(50 * time.Millisecond)
			if err := h.CloseRoom(ctx, fmt.Sprint("room ", i%6), "over"); err != nil {
				t.Error(err)
			}
		}
	})
	everybody.Wait()
	last := silent(t, h, h.ticket(t, "room 1", "last"))
	if err := last.Send(protocol.Say{Ref: "1", Text: "还在"}); err != nil {
		t.Fatal(err)
	}
	last.waitMessage(t, "one's own line", func(m protocol.Message) bool { c, ok := m.(*protocol.Chat); return ok && c.Text == "还在" })
	deadline := time.Now().Add(10 * time.Second)
	for h.Stats().Sockets > 1 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if got := h.Stats().Sockets; got != 1 {
		t.Errorf("%d sockets are left", got)
	}
}

// visit is one person's time in a room. Being refused, removed and closed under one's hands is part of it; only hanging is not.
func visit(ctx context.Context, t *testing.T, h *house, n int) {
	random := rand.New(rand.NewPCG(uint64(n), 7))
	ticket := func() string {
		ticket, err := h.Ticket(signaling.TicketRequest{
			Room: fmt.Sprint("room ", n%6), Person: yilian.PersonID(fmt.Sprint("p", n%150)), Name: "x", CanSend: n%3 != 0,
			Chair: n%10 == 1, Lobby: n%10 == 2, Guest: n%10 == 2, Listener: n%6 == 3, Grace: 300 * time.Millisecond,
		})
		if err != nil {
			t.Error(err)
		}
		return ticket
	}
	c, err := client.Join(ctx, client.Options{URL: h.url, Ticket: ticket()})
	if err != nil {
		return
	}
	for range 4 {
		target := fmt.Sprint("p", random.IntN(150))
		for _, m := range []protocol.Message{
			protocol.State{Mic: random.IntN(2) == 0, Hand: random.IntN(2) == 0},
			protocol.Control{Action: protocol.ActionAdmit, Target: target},
			protocol.Control{Action: []string{"mute", "lower-hand", "present", "unmute-ask"}[random.IntN(4)], Target: target},
			protocol.Present{On: random.IntN(2) == 0},
			protocol.Say{Ref: fmt.Sprint(random.Uint64()), Text: "x"},
			protocol.Views{Views: []protocol.View{{From: target, Source: "camera", Height: 90}}},
		} {
			_ = c.Send(m)
		}
		switch random.IntN(12) {
		case 0:
			_ = c.Send(protocol.Control{Action: protocol.ActionRemove, Target: target})
		case 1:
			c.Drop()
			_ = c.Resume(ctx)
		case 2:
			if other, err := client.Join(ctx, client.Options{URL: h.url, Ticket: ticket()}); err == nil { // a second device
				_ = c.Close()
				c = other
			}
		}
		time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
	}
	if n%2 == 0 {
		_ = c.Leave()
	} else {
		_ = c.Close() // killed
	}
}

// TestRoomThroughTheWire: lobby, admission, chair and presenter as a client sees them.
func TestRoomThroughTheWire(t *testing.T) {
	h := open(t, nil)
	ticket := func(r signaling.TicketRequest) string {
		r.Room, r.Name, r.CanSend, r.Grace = "r", "Dr "+string(r.Person), true, 2*time.Second
		out, err := h.Ticket(r)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	chair := joinWith(t, h, ticket(signaling.TicketRequest{Person: "chair", Chair: true}))
	guest := joinWith(t, h, ticket(signaling.TicketRequest{Person: "guest", Guest: true, Lobby: true}))
	if !guest.InLobby() {
		t.Fatal("in at once")
	}
	chair.waitMessage(t, "who waits", func(m protocol.Message) bool {
		w, ok := m.(*protocol.Waiting)
		return ok && len(w.People) == 1 && w.People[0].ID == "guest" && w.People[0].Guest
	})
	if err := chair.Control(protocol.ActionAdmit, "guest", ""); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := guest.Enter(ctx); err != nil {
		t.Fatal(err)
	}
	guest.receives(t, "chair", "mic")
	chair.receives(t, "guest", "camera")
	if err := chair.Control(protocol.ActionMute, "guest", protocol.SourceCamera); err != nil {
		t.Fatal(err)
	}
	guest.waitMessage(t, "muted", func(m protocol.Message) bool {
		x, ok := m.(*protocol.Muted)
		return ok && x.Source == "camera" && x.By == "chair"
	})
	chair.waitMessage(t, "the slot says so", func(m protocol.Message) bool {
		s, ok := m.(*protocol.Slots)
		if !ok {
			return false
		}
		for _, slot := range s.Slots {
			if slot.From == "guest" && slot.Source == "camera" && slot.Paused && slot.Reason == protocol.PausedMuted {
				return true
			}
		}
		return false
	})
	for _, on := range []bool{false, true} { // the guest switches off and on: it flows again
		if err := guest.Switch(protocol.State{Mic: true, Camera: on}); err != nil {
			t.Fatal(err)
		}
	}
	chair.receives(t, "guest", "camera")
	if err := guest.Send(protocol.Present{On: true}); err != nil {
		t.Fatal(err)
	}
	chair.waitMessage(t, "the presenter", func(m protocol.Message) bool { p, ok := m.(*protocol.Presenter); return ok && p.ID == "guest" })
	if err := chair.Control(protocol.ActionRemove, "guest", ""); err != nil {
		t.Fatal(err)
	}
	guest.waitMessage(t, "the end", func(m protocol.Message) bool { b, ok := m.(*protocol.Bye); return ok && b.Reason == "removed" })
}
