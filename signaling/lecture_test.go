package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/client"
	"yilian/signaling/protocol"
)

// TestHundredListen: a hundred come to hear one who speaks. All hear; nobody is told of any of them but how many they are; one who loses the line comes back; some leave;
// when the lecture is closed the others are sent away with it, the speaker stays, and no ticket or token of before brings anybody back.
func TestHundredListen(t *testing.T) {
	h := open(t, func(c *signaling.Config) { c.SampleEvery = 5 * time.Second })
	speaker, doctor := join(t, h, "r", "speaker"), silent(t, h, h.ticket(t, "r", "doctor"))
	const crowd = 100
	listeners := make([]*person, crowd)
	var coming sync.WaitGroup
	doors := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range listeners {
		doors <- struct{}{}
		coming.Go(func() {
			defer func() { <-doors }()
			listeners[i] = listen(t, h, fmt.Sprint("listener-", i))
		})
	}
	coming.Wait()
	if t.Failed() {
		t.FailNow()
	}
	count := func(n int) func(protocol.Message) bool {
		return func(m protocol.Message) bool { a, ok := m.(*protocol.Audience); return ok && a.Count == n }
	}
	doctor.waitMessage(t, "all of the audience", count(crowd))
	for _, p := range listeners {
		p.wait(t, "sound", func() bool { return p.packets["0"] > 10 })
		if slot, _ := p.Slot("0"); slot.From != "speaker" || slot.Source != "mic" {
			t.Errorf("%s hears %+v", p.You(), slot)
		}
	}
	listeners[0].Drop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := listeners[0].Resume(ctx); err != nil {
		t.Fatal(err)
	}
	late := h.listenerTicket(t, "late")
	for _, p := range listeners[1:41] {
		if err := p.Leave(); err != nil {
			t.Error(err)
		}
	}
	doctor.waitMessage(t, "who is left of the audience", count(crowd-40))
	for _, p := range []*person{speaker, doctor} {
		p.mu.Lock()
		for _, m := range p.messages {
			if j, ok := m.(*protocol.Joined); ok && j.Participant.ID != "doctor" {
				t.Errorf("%s was told that %s joined", p.You(), j.Participant.ID)
			}
		}
		p.mu.Unlock()
	}
	h.DismissAudience("r")
	ended := func(m protocol.Message) bool {
		b, ok := m.(*protocol.Bye)
		return ok && b.Reason == "ended" && b.Detail == "dismissed"
	}
	for _, p := range append(listeners[41:], listeners[0]) {
		p.waitMessage(t, "the end of the lecture", ended)
	}
	doctor.waitMessage(t, "an empty hall", count(0))
	for name, err := range map[string]error{"a ticket of before": tryTicket(ctx, h, late), "a token of before": listeners[50].Resume(ctx)} {
		var closed *client.ClosedError
		if !errors.As(err, &closed) || closed.Code != protocol.CloseGone {
			t.Errorf("%s: %v", name, err)
		}
	}
	listen(t, h, "again").receives(t, "speaker", "mic")
	for i := range listeners {
		if id := yilian.PersonID(fmt.Sprint("listener-", i)); !h.journal.has(id, signaling.EventJoined) || !h.journal.has(id, signaling.EventLeft) {
			t.Errorf("of %s is recorded: %v", id, h.journal.types(id))
		}
	}
	if h.journal.has("speaker", signaling.EventLeft) || h.journal.has("doctor", signaling.EventLeft) {
		t.Error("the lecture took the consult with it")
	}
}

func (h *house) listenerTicket(t *testing.T, name string) string {
	t.Helper()
	ticket, err := h.Ticket(signaling.TicketRequest{Room: "r", Person: yilian.PersonID(name), Name: name, Listener: true, Grace: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// listen brings in somebody who takes sound only: a hundred pictures are a measurement, not a test.
func listen(t *testing.T, h *house, name string) *person {
	t.Helper()
	p := &person{packets: map[string]int{}, news: make(chan struct{}, 1)}
	o := client.Options{
		URL: h.url, Ticket: h.listenerTicket(t, name), API: loopbackAPI(t), Dialer: &websocket.Dialer{HandshakeTimeout: 10 * time.Second}, Audio: 1,
		OnMessage: p.hears, OnTrack: p.reads,
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := client.Join(ctx, o)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return p
	}
	p.Client = c
	t.Cleanup(func() { _ = c.Close() })
	return p
}

// reads counts the packets of a stream until it ends.
func (p *person) reads(_ *client.Client, mid string, track *webrtc.TrackRemote) {
	buf := make([]byte, 1600)
	for {
		if _, _, err := track.Read(buf); err != nil {
			return
		}
		p.mu.Lock()
		p.packets[mid]++
		p.mu.Unlock()
		p.changed()
	}
}

func tryTicket(ctx context.Context, h *house, ticket string) error {
	c, err := client.Join(ctx, client.Options{URL: h.url, Ticket: ticket})
	if err == nil {
		return c.Close()
	}
	return err
}
