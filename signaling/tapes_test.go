package signaling_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
	"yilian/signaling/sfu/packet"
)

// tapes is a Recorder that counts.
type tapes struct {
	mu    sync.Mutex
	ended []string
	all   []*tape
}

type tape struct {
	of      *tapes
	mu      sync.Mutex
	streams map[uint64]sfu.TapStream
	packets map[string]int // by peer
	notes   []signaling.EventType
	over    chan struct{}
}

func (r *tapes) Start(_ context.Context, _ signaling.RecordingStart) (signaling.Recording, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &tape{of: r, streams: map[uint64]sfu.TapStream{}, packets: map[string]int{}, over: make(chan struct{})}
	r.all = append(r.all, t)
	return t, nil
}

func (r *tapes) reasons() []string { r.mu.Lock(); defer r.mu.Unlock(); return slices.Clone(r.ended) }

func (t *tape) Begin(s sfu.TapStream) { t.mu.Lock(); defer t.mu.Unlock(); t.streams[s.ID] = s }
func (t *tape) Packet(id uint64, _ packet.Packet, _ time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.packets[t.streams[id].Peer]++
}
func (t *tape) Clock(uint64, time.Time, uint32) {}
func (t *tape) End(uint64)                      {}

func (t *tape) Note(e signaling.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, e.Type)
}

func (t *tape) Stop(_ context.Context, reason string) error {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	t.of.ended = append(t.of.ended, reason)
	close(t.over)
	return nil
}

func (t *tape) Done() <-chan struct{} { return t.over }

func (t *tape) heard(peer string) int { t.mu.Lock(); defer t.mu.Unlock(); return t.packets[peer] }

// TestOnlyWhoAgreedIsRecorded: a newcomer's media reach the recording from the moment they agree, not before.
func TestOnlyWhoAgreedIsRecorded(t *testing.T) {
	r := &tapes{}
	h := open(t, func(c *signaling.Config) { c.Recorder = r })
	ticket := func(p yilian.PersonID, chair bool) string {
		ticket, err := h.Ticket(signaling.TicketRequest{Room: "r", Person: p, Name: "x", CanSend: true, Chair: chair, Grace: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	a := joinWith(t, h, ticket("a", true))
	if err := a.Send(protocol.Record{On: true}); err != nil {
		t.Fatal(err)
	}
	isOn := func(m protocol.Message) bool {
		r, ok := m.(*protocol.Recording)
		return ok && r.State == protocol.RecordingOn
	}
	a.waitMessage(t, "the recording", isOn)
	tape := r.all[0]
	b := joinWith(t, h, ticket("b", false))
	a.receives(t, "b", "mic")
	a.receives(t, "b", "camera")
	a.wait(t, "packets of a on the tape", func() bool { return tape.heard("a") > 20 })
	if n := tape.heard("b"); n != 0 {
		t.Errorf("%d packets of somebody who was not asked yet", n)
	}
	if err := b.Send(protocol.Consent{Recording: true}); err != nil {
		t.Fatal(err)
	}
	a.wait(t, "packets of b on the tape", func() bool { return tape.heard("b") > 20 })
	if err := b.Send(protocol.Mark{Text: "这里"}); err != nil {
		t.Fatal(err)
	}
	a.wait(t, "the mark", func() bool {
		tape.mu.Lock()
		defer tape.mu.Unlock()
		return slices.Contains(tape.notes, signaling.EventMark)
	})
	if err := h.CloseRoom(t.Context(), "r", "done"); err != nil {
		t.Fatal(err)
	}
	a.wait(t, "the end", func() bool { return slices.Equal(r.reasons(), []string{"done"}) })
}
