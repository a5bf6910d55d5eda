package signaling_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/client"
	"yilian/signaling/protocol"
)

// TestTwelveSeatsOverAKill: the process dies without a word and another takes its place. All twelve are back in the same room with one seat each, the presenter presents, who was
// admitted is in, who waited waits, everybody is asked about the recording again.
func TestTwelveSeatsOverAKill(t *testing.T) {
	k := &killable{t: t, key: []byte(strings.Repeat("k", 32)), recorder: &tapes{}}
	k.start()
	t.Cleanup(func() { k.kill() })
	var seats []*person
	for i := range 12 {
		r := signaling.TicketRequest{Person: person12(i), Chair: i == 0, Lobby: i == 11, Guest: i == 11}
		seats = append(seats, k.join(r))
	}
	waiting := k.join(signaling.TicketRequest{Person: "waiting", Lobby: true})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	must(seats[0].Control(protocol.ActionAdmit, string(person12(11)), ""))
	must(seats[11].Enter(ctx))
	must(seats[3].Send(protocol.Present{On: true}))
	must(seats[0].Send(protocol.Record{On: true}))
	asked := func(m protocol.Message) bool { a, ok := m.(*protocol.Asked); return ok && a.What == protocol.AskRecord }
	for _, s := range seats[1:] {
		s.waitMessage(t, "being asked", asked)
		must(s.Send(protocol.Consent{Recording: true}))
	}
	recording := func(state string) func(protocol.Message) bool {
		return func(m protocol.Message) bool { r, ok := m.(*protocol.Recording); return ok && r.State == state }
	}
	seats[5].waitMessage(t, "recording", recording(protocol.RecordingOn))
	k.kill()
	k.start()
	everybody := append(slices.Clone(seats), waiting)
	for _, s := range everybody {
		s.forget()
	}
	var back sync.WaitGroup
	for _, s := range everybody {
		back.Go(func() {
			if err := s.Resume(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	back.Wait()
	if !waiting.InLobby() || seats[11].InLobby() {
		t.Errorf("waiting %v, admitted %v", waiting.InLobby(), !seats[11].InLobby())
	}
	seats[7].waitMessage(t, "the presenter", func(m protocol.Message) bool {
		p, ok := m.(*protocol.Presenter)
		w, isWelcome := m.(*protocol.Welcome)
		return ok && p.ID == string(person12(3)) || isWelcome && w.Presenter == string(person12(3))
	})
	seats[0].waitMessage(t, "who waits", func(m protocol.Message) bool {
		w, ok := m.(*protocol.Waiting)
		v, isWelcome := m.(*protocol.Welcome)
		return ok && len(w.People) == 1 || isWelcome && len(v.Waiting) == 1
	})
	for _, s := range seats[1:] {
		s.waitMessage(t, "being asked again", asked)
	}
	late := k.join(signaling.TicketRequest{Person: "late"})
	late.waitMessage(t, "all who are in", func(m protocol.Message) bool {
		w, ok := m.(*protocol.Welcome)
		return ok && len(w.Participants) == 13 && w.Recording != nil && w.Recording.State == protocol.RecordingAsked
	})
	must(late.Send(protocol.Consent{Recording: true}))
	for _, s := range seats[1:] {
		must(s.Send(protocol.Consent{Recording: true}))
	}
	seats[5].waitMessage(t, "recording again", recording(protocol.RecordingOn))
	must(seats[9].Send(protocol.Consent{})) // withdrawn
	seats[0].waitMessage(t, "the end of the recording", func(m protocol.Message) bool {
		r, ok := m.(*protocol.Recording)
		return ok && r.State == protocol.RecordingOff && r.By == string(person12(9))
	})
	k.stopNow()
	if got := k.recorder.reasons(); !slices.Equal(got, []string{"stopping", "withdrawn"}) {
		t.Errorf("recordings ended by %v", got)
	}
}

func person12(i int) yilian.PersonID { return yilian.PersonID(fmt.Sprintf("p%02d", i)) }

// killable is a server that can die without a word and come again on the same port.
type killable struct {
	t        *testing.T
	key      []byte
	recorder *tapes
	server   *signaling.Server
	address  string
	sockets  []net.Conn
	mu       sync.Mutex
	end      func()
}

func (k *killable) start() {
	k.t.Helper()
	server, err := signaling.New(signaling.Config{Key: k.key, MediaUDP: "127.0.0.1:0", Loopback: true, Recorder: k.recorder})
	if err != nil {
		k.t.Fatal(err)
	}
	at := k.address
	if at == "" {
		at = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", at)
	if err != nil {
		k.t.Fatal(err)
	}
	k.address, k.server = ln.Addr().String(), server
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := server.Run(ctx); err != nil {
			k.t.Error(err)
		}
	})
	web := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: time.Second, ConnState: func(c net.Conn, s http.ConnState) {
		if s == http.StateHijacked {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.sockets = append(k.sockets, c)
		}
	}}
	running.Go(func() { _ = web.Serve(ln) })
	k.end = sync.OnceFunc(func() {
		_ = web.Close()
		cancel()
		running.Wait()
	})
}

// kill cuts every connection before the server can say a word.
func (k *killable) kill() {
	k.mu.Lock()
	for _, c := range k.sockets {
		_ = c.Close()
	}
	k.sockets = nil
	k.mu.Unlock()
	k.end()
}

// stopNow ends the server in good order.
func (k *killable) stopNow() { k.end() }

func (k *killable) join(r signaling.TicketRequest) *person {
	k.t.Helper()
	r.Room, r.Name, r.CanSend, r.Grace = "mdt", string(r.Person), true, 30*time.Second
	ticket, err := k.server.Ticket(r)
	if err != nil {
		k.t.Fatal(err)
	}
	p := &person{news: make(chan struct{}, 1)}
	return p.joins(k.t, client.Options{URL: "ws://" + k.address, Ticket: ticket, OnMessage: p.hears})
}

// forget drops what was heard so far.
func (p *person) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = nil
}
