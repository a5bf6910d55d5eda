package signaling

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"yilian"
	"yilian/signaling/protocol"
)

// narrow is a forwarder to whose receivers so much is on its way, and that keeps what it is given.
type narrow struct {
	forwarder
	unsent map[string]int
	closed map[string]bool
	sent   []string
}

func (n *narrow) Unsent(peer string) int { return n.unsent[peer] }

func (n *narrow) SendData(peer, _ string, payload []byte) bool {
	if n.closed[peer] {
		return false
	}
	m, err := protocol.DecodeServer(payload)
	if err != nil {
		panic(err)
	}
	v := m.(*protocol.Shared)
	n.sent = append(n.sent, fmt.Sprintf("%s<%s %s %d", peer, v.From, v.Topic, v.N))
	return true
}

// TestNarrowLineGetsTheNewest relays more than a line takes: what waits is only the newest of each kind, in order, and nobody else waits.
func TestNarrowLineGetsTheNewest(t *testing.T) {
	media := &narrow{unsent: map[string]int{"b": crowded + 1}, closed: map[string]bool{}}
	r := &room{server: &Server{sockets: map[uint64]wire{}}, media: media}
	defer func() { r.retry.Stop() }()
	show := func(from, topic string, n int64, to ...string) {
		e := relay{msg: protocol.Shared{Topic: topic, From: from, N: n, Data: json.RawMessage("1")}}
		for _, person := range to {
			e.to = append(e.to, destination{person: yilian.PersonID(person)})
		}
		r.relay(e)
	}
	for n := range int64(5) {
		show("a", "viewer", 10+n, "b", "c")
	}
	show("a", "marks", 20, "b")
	show("c", "pointer", 3, "b")
	show("a", "viewer", 30, "b")
	want := []string{"c<a viewer 10", "c<a viewer 11", "c<a viewer 12", "c<a viewer 13", "c<a viewer 14"}
	if !slices.Equal(media.sent, want) {
		t.Errorf("sent %v", media.sent)
	}
	media.sent = nil
	if r.sendLate(); len(media.sent) != 0 {
		t.Errorf("on a full line %v", media.sent)
	}
	media.unsent["b"] = 0
	if r.sendLate(); !slices.Equal(media.sent, []string{"b<a marks 20", "b<c pointer 3", "b<a viewer 30"}) || len(r.late) != 0 {
		t.Errorf("sent late %v, %v wait", media.sent, r.late)
	}
	media.unsent["b"] = crowded + 1
	show("a", "viewer", 31, "b")
	if r.withoutLate("b"); len(r.late) != 0 {
		t.Errorf("%v wait for nobody", r.late)
	}
}
