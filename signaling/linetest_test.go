package signaling_test

import (
	"testing"

	"yilian"
	"yilian/signaling"
)

// TestLineTest: what one sends comes back on one's own slots, nobody hears of it, and there is an end to how many do it.
func TestLineTest(t *testing.T) {
	h := open(t, nil)
	ticket, who, err := h.LineTest()
	if err != nil {
		t.Fatal(err)
	}
	p := joinWith(t, h, ticket)
	if p.You() != string(who) {
		t.Errorf("in as %q, not %q", p.You(), who)
	}
	p.receives(t, p.You(), "mic")
	p.receives(t, p.You(), "camera")
	if got := h.journal.types(who); len(got) != 0 {
		t.Errorf("the observer heard %v", got)
	}
	var full error
	for range 40 {
		ticket, _, err := h.LineTest()
		if err != nil {
			full = err
			break
		}
		silent(t, h, ticket)
	}
	if yilian.KindOf(full) != yilian.Unavailable {
		t.Errorf("endless line tests: %v", full)
	}
	if _, err := h.Ticket(signaling.TicketRequest{Room: "r", Person: "p"}); err != nil {
		t.Errorf("calls are refused as well: %v", err)
	}
}
