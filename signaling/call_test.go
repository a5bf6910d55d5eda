package signaling_test

import (
	"slices"
	"testing"

	"yilian/signaling"
	"yilian/signaling/protocol"
)

func TestCallOfTwo(t *testing.T) {
	h := open(t, nil)
	a := join(t, h, "r1", "a")
	b := join(t, h, "r1", "b")
	a.receives(t, "b", "mic")
	a.receives(t, "b", "camera")
	b.receives(t, "a", "mic")
	b.receives(t, "a", "camera")

	if err := a.Send(protocol.Say{Ref: "1", Text: "血压 90/60"}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*person{a, b} {
		p.waitMessage(t, "the chat line", func(m protocol.Message) bool {
			c, ok := m.(*protocol.Chat)
			return ok && c.Text == "血压 90/60" && c.Seq == 1 && c.From == "a"
		})
	}
	if err := b.Leave(); err != nil {
		t.Fatal(err)
	}
	a.waitMessage(t, "b has left", func(m protocol.Message) bool {
		l, ok := m.(*protocol.Left)
		return ok && l.ID == "b" && l.Reason == "left"
	})
	a.wait(t, "the journal", func() bool { return h.journal.has("b", signaling.EventLeft) })
	want := []signaling.EventType{signaling.EventJoined, signaling.EventLive, signaling.EventLeft}
	if got := h.journal.types("b"); !slices.Equal(got, want) {
		t.Errorf("b: %v, want %v", got, want)
	}
}
